/**
 * Talks to TypeScript's server as an editor does: requests as JSON lines, answers as messages with a length
 * header, matched by their sequence number.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';

export interface ServerDiagnostic {
  readonly code: number;
  readonly text?: string;
  readonly message?: string;
  readonly source?: string;
  readonly start: { readonly line: number; readonly offset: number };
  readonly end: { readonly line: number; readonly offset: number };
}

interface Response { readonly type: string; readonly request_seq?: number; readonly success?: boolean; readonly message?: string; readonly body?: unknown }
interface Waiting { readonly resolve: (body: unknown) => void; readonly reject: (error: Error) => void }

export class TsServerClient {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #sequence = 0;
  #received = Buffer.alloc(0);

  constructor(logFile?: string) {
    const server = createRequire(import.meta.url).resolve('typescript/lib/tsserver.js');
    const logging = logFile === undefined ? [] : ['--logVerbosity', 'normal', '--logFile', logFile];
    this.#process = spawn(process.execPath, [server, '--disableAutomaticTypingAcquisition', ...logging], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#process.stdout!.on('data', (bytes: Buffer) => this.#receive(bytes));
    this.#process.on('exit', () => this.#fail(new Error('the TypeScript server ended')));
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #receive(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      const header = /Content-Length: (\d+)\r\n\r\n/.exec(this.#received.toString('latin1'));
      if (header === null) return;
      const begin = header.index + header[0].length;
      const end = begin + Number(header[1]);
      if (this.#received.length < end) return;
      this.#answer(JSON.parse(this.#received.toString('utf8', begin, end)) as Response);
      this.#received = this.#received.subarray(end);
    }
  }

  #answer({ type, request_seq: sequence, success, message, body }: Response): void {
    if (type !== 'response' || sequence === undefined) return;
    const waiting = this.#waiting.get(sequence);
    this.#waiting.delete(sequence);
    if (success === true) waiting?.resolve(body);
    else waiting?.reject(new Error(message ?? 'the TypeScript server refused a request'));
  }

  /** Sends a command that is not answered. */
  notify(command: string, body: object): void {
    this.#sequence += 1;
    this.#process.stdin!.write(`${JSON.stringify({ seq: this.#sequence, type: 'request', command, arguments: body })}\n`);
  }

  request(command: string, body: object): Promise<unknown> {
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(this.#sequence + 1, { resolve, reject }));
    this.notify(command, body);
    return answer;
  }

  open(file: string, text: string): void {
    this.notify('open', { file, fileContent: text, scriptKindName: 'TS' });
  }

  /** Replaces what the editor has of a file, without saving it. */
  async replace(file: string, text: string): Promise<void> {
    await this.request('updateOpen', { openFiles: [{ file, fileContent: text }] });
  }

  async diagnostics(file: string): Promise<ServerDiagnostic[]> {
    return (await this.request('semanticDiagnosticsSync', { file })) as ServerDiagnostic[];
  }

  close(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#process.once('exit', () => resolve()));
    this.notify('exit', {});
    return ended;
  }
}
