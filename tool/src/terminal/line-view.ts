/** All consoles side by side, a line at a time, each under its machine's name and colour. */
import type { RunningHandset } from '../handset/running-handset.ts';
import type { Colours, Paint } from './colours.ts';
import { settledText } from './plain-text.ts';

const OWN_NAME = 'thimble';

export class LineView {
  private readonly width: number;

  constructor(
    names: readonly string[],
    private readonly colours: Colours,
    private readonly print: (text: string) => void,
  ) {
    this.width = Math.max(OWN_NAME.length, ...names.map((name) => name.length));
  }

  machineLine(index: number, name: string, line: string): void {
    this.print(`${this.label(name, this.colours.machine(index))} ${settledText(line)}\n`);
  }

  ownLine(line: string): void {
    const text = settledText(line).replace(/^thimble: /, '');
    const bad = /^(panic|manifest): |: stopped/.test(text);
    this.print(`${this.label(OWN_NAME, this.colours.bold)} ${bad ? this.colours.bad(text) : text}\n`);
  }

  /** Shows what comes on every console; the result stops that for the machines. */
  follow(handset: RunningHandset): () => void {
    const stops = handset.consoles.map((console, index) => {
      for (const line of console.lines) this.machineLine(index, console.name, line);
      return console.onLine((line) => {
        this.machineLine(index, console.name, line);
      });
    });
    return () => {
      for (const stop of stops) stop();
    };
  }

  private label(name: string, paint: Paint): string {
    return paint(`${name.padEnd(this.width)} │`);
  }
}
