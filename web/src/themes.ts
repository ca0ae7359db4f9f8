/** The terminals' colours, for dark and for light surroundings. */
import type { ITheme } from '@xterm/xterm';

const DARK: ITheme = {
  background: '#0b1016',
  foreground: '#dbe4ee',
  cursor: '#2dd4bf',
  cursorAccent: '#0b1016',
  selectionBackground: '#28445e',
  black: '#1c2530',
  red: '#f47174',
  green: '#7bd88f',
  yellow: '#f2c879',
  blue: '#74aef7',
  magenta: '#d29bf0',
  cyan: '#5fd3e0',
  white: '#dbe4ee',
  brightBlack: '#66768a',
  brightRed: '#ff9a9c',
  brightGreen: '#a4ecb1',
  brightYellow: '#ffdf9e',
  brightBlue: '#a3caff',
  brightMagenta: '#e4bfff',
  brightCyan: '#97ebf4',
  brightWhite: '#ffffff',
};

const LIGHT: ITheme = {
  background: '#fbfcfe',
  foreground: '#1d2733',
  cursor: '#0f766e',
  cursorAccent: '#fbfcfe',
  selectionBackground: '#bfdcf5',
  black: '#1d2733',
  red: '#b4232a',
  green: '#1d7a3a',
  yellow: '#8a5a00',
  blue: '#1f5fb8',
  magenta: '#8433a8',
  cyan: '#0d7280',
  white: '#5c6b7c',
  brightBlack: '#5c6b7c',
  brightRed: '#d1353d',
  brightGreen: '#25914a',
  brightYellow: '#a66e00',
  brightBlue: '#2f77d8',
  brightMagenta: '#9c46c2',
  brightCyan: '#128a9a',
  brightWhite: '#1d2733',
};

export function terminalTheme(isLight: boolean): ITheme {
  return isLight ? LIGHT : DARK;
}
