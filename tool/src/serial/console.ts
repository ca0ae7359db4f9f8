/**
 * One console: what has been said on it, who waits for what, and a way to answer.
 *
 * `expect` reads like a conversation: it looks at what nobody has expected yet, and a match consumes everything up
 * to its end. Carriage returns are dropped, so that `$` and `\n` mean line ends.
 */
import { LineSplitter } from './line-splitter.ts';

export const EXPECT_TIMEOUT_MS = 30_000;
/** How much is remembered. A guest may print for days. */
const LINES_MAX = 20_000;
const UNREAD_CHARACTERS_MAX = 2 ** 20;
const LAST_LINES = 12;

export interface ExpectOptions {
  /** 30 seconds if absent. */
  readonly timeoutMs?: number;
}

/** Something that was expected on a console and did not come. The message has the console's last lines. */
export class ConsoleError extends Error {
  override readonly name = 'ConsoleError';
}

interface Waiter {
  readonly pattern: RegExp | string;
  readonly resolve: (match: RegExpMatchArray) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

type Listener<T> = (item: T) => void;

function search(text: string, pattern: RegExp | string): RegExpMatchArray | null {
  if (typeof pattern !== 'string') return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')).exec(text);
  const index = text.indexOf(pattern);
  const match: [string] = [pattern];
  return index < 0 ? null : Object.assign(match, { index, input: text });
}

function shown(pattern: RegExp | string): string {
  return typeof pattern === 'string' ? JSON.stringify(pattern) : String(pattern);
}

export class Console {
  /** Every complete line, oldest first. */
  readonly lines: string[] = [];
  private unread = '';
  private closedBecause: string | null = null;
  private readonly waiters = new Set<Waiter>();
  private readonly lineListeners = new Set<Listener<string>>();
  private readonly dataListeners = new Set<Listener<Buffer>>();
  private readonly splitter = new LineSplitter((line) => {
    this.takeLine(line);
  });

  constructor(
    readonly name: string,
    private readonly send: (data: Uint8Array) => void,
  ) {}

  write(text: string | Uint8Array): void {
    this.send(typeof text === 'string' ? Buffer.from(text, 'utf8') : text);
  }

  /** Calls `listener` for each line to come; the result stops that. */
  onLine(listener: Listener<string>): () => void {
    this.lineListeners.add(listener);
    return () => this.lineListeners.delete(listener);
  }

  /** Calls `listener` with the bytes to come, as they come; the result stops that. */
  onData(listener: Listener<Buffer>): () => void {
    this.dataListeners.add(listener);
    return () => this.dataListeners.delete(listener);
  }

  /** The line that has no end yet, as it came: usually a prompt. */
  get partialLine(): string {
    return this.splitter.partial;
  }

  /** The last lines, the unfinished one included, for a person. */
  lastLines(count = LAST_LINES): string[] {
    const partial = this.partialLine.replace(/\r/g, '');
    return [...this.lines.slice(-count), ...(partial === '' ? [] : [partial])].slice(-count);
  }

  /** Resolves with the match once `pattern` appears in what has not been expected yet. */
  expect(pattern: RegExp | string, { timeoutMs = EXPECT_TIMEOUT_MS }: ExpectOptions = {}): Promise<RegExpMatchArray> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiters.delete(waiter);
        reject(this.failure(`no ${shown(pattern)} within ${String(timeoutMs / 1000)} s`));
      }, timeoutMs);
      const waiter: Waiter = { pattern, resolve, reject, timer };
      this.waiters.add(waiter);
      this.serve();
      if (this.closedBecause !== null) this.close(this.closedBecause);
    });
  }

  /** What the serial line brought for this console. */
  receive(data: Buffer): void {
    this.unread = (this.unread + this.splitter.push(data).replace(/\r/g, '')).slice(-UNREAD_CHARACTERS_MAX);
    for (const listener of this.dataListeners) listener(data);
    this.serve();
  }

  /** A line of the tool's own making, as if the console had said it. */
  receiveLine(line: string): void {
    this.unread += `${line}\n`;
    this.takeLine(line);
    this.serve();
  }

  /** Nothing more comes: whoever still waits is told `reason`. */
  close(reason: string): void {
    this.closedBecause = reason;
    for (const waiter of this.waiters) {
      clearTimeout(waiter.timer);
      waiter.reject(this.failure(`${reason} before ${shown(waiter.pattern)} appeared`));
    }
    this.waiters.clear();
  }

  private takeLine(line: string): void {
    this.lines.push(line);
    if (this.lines.length > LINES_MAX) this.lines.shift();
    for (const listener of this.lineListeners) listener(line);
  }

  private serve(): void {
    for (const waiter of this.waiters) {
      const match = search(this.unread, waiter.pattern);
      if (!match) continue;
      this.waiters.delete(waiter);
      clearTimeout(waiter.timer);
      this.unread = this.unread.slice((match.index ?? 0) + match[0].length);
      waiter.resolve(match);
    }
  }

  private failure(what: string): ConsoleError {
    const last = this.lastLines();
    const tail = last.length === 0 ? 'it printed nothing' : `its last lines:\n${last.map((line) => `  ${line}`).join('\n')}`;
    return new ConsoleError(`${this.name}: ${what}; ${tail}`);
  }
}
