/** For tests: a handset of the machines `one` and `two` inside this process, which does at once what it is told. */
import { Console } from '../serial/console.ts';
import type { HandsetStatus, MachineState } from '../serial/status.ts';
import type { ControlledHandset } from './handset-control.ts';

const TICKS_A_STATUS = 1000;
const HALF = 0.5;

export class FakeHandset implements ControlledHandset {
  /** What was typed, by machine. */
  readonly typed: Record<string, string> = { one: '', two: '' };
  readonly states: Record<string, MachineState> = { one: 'running', two: 'off' };
  readonly consoles: readonly Console[];
  readonly hypervisor = new Console('hypervisor', () => undefined);
  readonly ended: ControlledHandset['ended'];
  /** How often its status was asked for. */
  statuses = 0;
  /** Does nothing that it is told. */
  isDeaf = false;
  /** What the serial line has not taken yet. */
  jam: Promise<void> | null = null;
  private end: (error: Error) => void = () => undefined;

  constructor() {
    this.consoles = Object.keys(this.typed).map(
      (name) =>
        new Console(name, (data) => {
          this.typed[name] = (this.typed[name] ?? '') + Buffer.from(data).toString('latin1');
        }),
    );
    this.ended = new Promise((_, reject) => {
      this.end = reject;
    });
    this.ended.catch(() => undefined);
  }

  console(name: string): Console {
    const found = this.consoles.find((candidate) => candidate.name === name);
    if (!found) throw new Error(`no ${name}`);
    return found;
  }

  status(): Promise<HandsetStatus> {
    this.statuses += 1;
    const counter = this.statuses * TICKS_A_STATUS;
    const machines = this.consoles.map(({ name }, index) => ({
      index,
      name,
      state: this.states[name] ?? 'off',
      memoryMib: 16,
      vcpus: [{ index: 0, cpu: index, state: 'running', ticksRun: counter * HALF, exits: counter, wakeUps: 0, ticksStolen: 0 } as const],
    }));
    return Promise.resolve({ cpus: 2, memoryKib: 2048, hypervisorKib: 512, counterHz: TICKS_A_STATUS, counter, machines });
  }

  start(name: string): void {
    this.become(name, 'running', 'started');
  }

  kill(name: string): void {
    this.become(name, 'off', 'off');
  }

  reset(name: string): void {
    this.become(name, 'running', 'reset');
  }

  pause(name: string): void {
    this.become(name, 'paused', 'paused');
  }

  resume(name: string): void {
    this.become(name, 'running', 'resumed');
  }

  congestion(): Promise<void> | null {
    return this.jam;
  }

  /** What a machine prints. */
  says(name: string, text: string | Buffer): void {
    this.console(name).receive(Buffer.from(text));
  }

  fails(): void {
    this.end(new Error('gone'));
  }

  private become(name: string, state: MachineState, word: string): void {
    if (this.isDeaf) return;
    this.states[name] = state;
    this.hypervisor.receiveLine(`${name}: ${word}`);
  }
}
