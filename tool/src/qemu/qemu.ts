/**
 * A QEMU process that never outlives the tool.
 *
 * Three nets hold it: `kill` by its owner, a hook on this process's exit, and, for the case that this process is
 * killed, the parent-death signal of Linux, which setpriv arranges. QEMU runs in a session of its own, so that a
 * Ctrl-C meant for the tool does not reach it first.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { findProgram, needProgram } from '../programs.ts';
import { Refusal } from '../refusal.ts';

const STDERR_CHARACTERS_MAX = 4096;

export interface QemuExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether the tool ended it. */
  readonly killed: boolean;
}

const living = new Set<ChildProcessWithoutNullStreams>();

function killAll(): void {
  for (const child of living) child.kill('SIGKILL');
}

/** Modules that only some installations have are no concern of a board without a display. */
function isNoise(line: string): boolean {
  return line.trim() === '' || /: module \S+ not found/.test(line);
}

export class Qemu {
  /** Resolves when the process has ended and its last output was delivered. */
  readonly exited: Promise<QemuExit>;
  private readonly child: ChildProcessWithoutNullStreams;
  private messages = '';
  private killed = false;

  constructor(args: readonly string[], onSerial: (data: Buffer) => void) {
    const qemu = needProgram(process.env['THIMBLE_QEMU'] ?? 'qemu-system-aarch64');
    const setpriv = findProgram('setpriv');
    const [program, ...rest] = setpriv ? [setpriv, '--pdeathsig', 'KILL', qemu, ...args] : [qemu, ...args];
    if (living.size === 0) process.once('exit', killAll);
    this.child = spawn(program, rest, { stdio: 'pipe', detached: true });
    living.add(this.child);
    this.child.stdout.on('data', onSerial);
    this.child.stderr.on('data', (data: Buffer) => {
      this.messages = (this.messages + data.toString()).slice(-STDERR_CHARACTERS_MAX);
    });
    // The process may end while input is on its way to it.
    this.child.stdin.on('error', () => undefined);
    this.exited = new Promise((resolve, reject) => {
      this.child.once('error', (error) => {
        this.forget();
        reject(new Refusal(`${program}: cannot be started: ${error.message}`, { cause: error }));
      });
      this.child.once('close', (code, signal) => {
        this.forget();
        resolve({ code, signal, killed: this.killed });
      });
    });
    // Whoever waits is told; nobody needs to.
    this.exited.catch(() => undefined);
  }

  write(data: Uint8Array): void {
    if (this.child.stdin.writable) this.child.stdin.write(data);
  }

  /** Resolves when the process has taken what was written; null if it keeps up. */
  congestion(): Promise<void> | null {
    const { stdin } = this.child;
    if (!stdin.writable || !stdin.writableNeedDrain) return null;
    return new Promise((resolve) => {
      const done = (): void => {
        stdin.off('drain', done).off('close', done);
        resolve();
      };
      stdin.once('drain', done).once('close', done);
    });
  }

  kill(): void {
    this.killed = true;
    this.child.kill('SIGKILL');
  }

  /** What QEMU complained about. */
  get complaint(): string {
    return this.messages
      .split('\n')
      .filter((line) => !isNoise(line))
      .map((line) => line.replace(/^\S*qemu-system-aarch64: /, ''))
      .join('; ');
  }

  private forget(): void {
    living.delete(this.child);
    if (living.size === 0) process.off('exit', killAll);
  }
}
