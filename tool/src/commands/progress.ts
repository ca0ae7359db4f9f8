/** Where a command tells of long steps: standard error, so that its result can be piped. */
import pc from 'picocolors';

export function progress(line: string): void {
  process.stderr.write(`${pc.createColors(process.stderr.isTTY && pc.isColorSupported).dim(`· ${line}`)}\n`);
}
