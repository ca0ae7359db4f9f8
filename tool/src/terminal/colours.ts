/** Each machine's colour, the same in every view; none where colours are unwanted. */
import pc from 'picocolors';

export type Paint = (text: string) => string;

export interface Colours {
  machine(index: number): Paint;
  readonly own: Paint;
  readonly dim: Paint;
  readonly bold: Paint;
  readonly bad: Paint;
}

export function coloursFor(stream: { readonly isTTY?: boolean }): Colours {
  const colours = pc.createColors(stream.isTTY === true && pc.isColorSupported);
  const palette = [colours.cyan, colours.yellow, colours.green, colours.magenta, colours.blue, colours.red];
  return {
    machine: (index) => palette[index % palette.length] ?? colours.cyan,
    own: colours.dim,
    dim: colours.dim,
    bold: colours.bold,
    bad: colours.red,
  };
}
