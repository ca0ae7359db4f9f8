/** Where a command tells of long steps: standard error, so that its result can be piped. */
import { coloursFor } from '../terminal/colours.ts';

export function progress(line: string): void {
  process.stderr.write(`${coloursFor(process.stderr).dim(`· ${line}`)}\n`);
}
