/**
 * The person's terminal, borrowed: every key comes at once and unchanged, and it is given back as it was found,
 * however the tool ends.
 */
const ALTERNATE_SCREEN = /\x1b\[\?(?:1049|1047|47)([hl])/g; // eslint-disable-line no-control-regex -- a control sequence
/** Colours off, cursor shown, pasting and mouse as before. */
const CALM = '\x1b[0m\x1b[?25h\x1b[?2004l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1l\x1b>';

export class RawTerminal {
  private lineStart = true;
  private alternateScreen = false;
  private readonly restoreOnExit = (): void => {
    this.restore();
  };

  constructor(onKeys: (data: Buffer) => void) {
    process.stdin.setRawMode(true);
    process.stdin.on('data', onKeys);
    process.stdin.resume();
    process.on('exit', this.restoreOnExit);
  }

  /** A guest's bytes, as they are. */
  raw(data: Buffer): void {
    if (data.length === 0) return;
    process.stdout.write(data);
    for (const [, way] of data.toString('latin1').matchAll(ALTERNATE_SCREEN)) this.alternateScreen = way === 'h';
    this.lineStart = data.at(-1) === 0x0a;
  }

  /** The tool's own text, on lines of its own. */
  text(text: string): void {
    process.stdout.write(`${this.lineStart ? '' : '\r\n'}${text}`);
    this.lineStart = text.endsWith('\n');
  }

  restore(): void {
    process.off('exit', this.restoreOnExit);
    process.stdin.pause();
    process.stdin.removeAllListeners('data');
    try {
      process.stdout.write(`${this.alternateScreen ? '\x1b[?1049l' : ''}${CALM}${this.lineStart ? '' : '\r\n'}`);
      process.stdin.setRawMode(false);
    } catch {
      // The terminal itself is gone: a closed window leaves nothing to restore.
    }
    this.lineStart = true;
  }
}
