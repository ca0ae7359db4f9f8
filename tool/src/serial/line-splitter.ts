/**
 * Cuts a console's bytes into lines of text.
 *
 * A line ends in LF, with any CRs before it dropped. UTF-8 may be cut anywhere. A line without an end is given up
 * in pieces, so that no guest can make the tool's memory grow.
 */
import { StringDecoder } from 'node:string_decoder';

export const LINE_CHARACTERS_MAX = 8192;

export class LineSplitter {
  private readonly decoder = new StringDecoder('utf8');
  private rest = '';

  constructor(private readonly take: (line: string) => void) {}

  /** The start of a line that has no end yet. */
  get partial(): string {
    return this.rest;
  }

  /** Takes bytes, gives complete lines, and returns the text that the bytes were. */
  push(data: Buffer): string {
    const text = this.decoder.write(data);
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.take(line.replace(/\r+$/, ''));
    while (this.rest.length > LINE_CHARACTERS_MAX) {
      this.take(this.rest.slice(0, LINE_CHARACTERS_MAX));
      this.rest = this.rest.slice(LINE_CHARACTERS_MAX);
    }
    return text;
  }
}
