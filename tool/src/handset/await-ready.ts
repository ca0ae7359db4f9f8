/**
 * Waiting until every machine is ready, or until it is certain that one will not be.
 */
import type { Machine } from '../config/check.ts';
import type { Console } from '../serial/console.ts';
import { isEndOf, isPanic, isRefusal } from './hypervisor-lines.ts';
import { readyAtPrompt, readyReport, type ReadyReport, rootProblem } from './readiness.ts';
import type { RunningHandset } from './running-handset.ts';

/** Machines that did not become ready: why, and their consoles. */
export class NotReady extends Error {
  constructor(
    readonly reason: string,
    readonly consoles: readonly Console[],
  ) {
    super(reason);
  }
}

export interface ReadyMachine extends ReadyReport {
  readonly name: string;
  readonly seconds: number;
}

/** Whether waiting for the machines `names` is vain after this line. */
function isFatal(line: string, names: readonly string[]): boolean {
  return isRefusal(line) || isPanic(line) || names.some((name) => isEndOf(name, line));
}

/** Resolves with one entry a machine, in the manifest's order. */
export function awaitReady(
  handset: RunningHandset,
  machines: readonly Machine[],
  options: { readonly timeoutMs: number; readonly onReady?: (machine: ReadyMachine) => void },
): Promise<ReadyMachine[]> {
  const startedMs = performance.now();
  const reports = new Map<string, ReadyMachine>();
  const stops: (() => void)[] = [];
  const missing = (): Console[] => handset.consoles.filter(({ name }) => !reports.has(name));
  const watched = new Promise<ReadyMachine[]>((resolve, reject) => {
    const fail = (reason: string, consoles = missing()): void => {
      reject(new NotReady(reason, consoles));
    };
    const timer = setTimeout(() => {
      const names = missing().map(({ name }) => name);
      fail(`${names.join(' and ')} not ready after ${String(options.timeoutMs / 1000)} s`);
    }, options.timeoutMs);
    stops.push(() => {
      clearTimeout(timer);
    });
    const watch = (machine: Machine, console: Console): void => {
      const take = (report: ReadyReport | null): void => {
        if (!report || reports.has(machine.name)) return;
        const ready = { name: machine.name, ...report, seconds: (performance.now() - startedMs) / 1000 };
        reports.set(machine.name, ready);
        options.onReady?.(ready);
        if (reports.size === machines.length) resolve(machines.flatMap(({ name }) => reports.get(name) ?? []));
      };
      const takeLine = (line: string): void => {
        const problem = rootProblem(machine, line);
        if (problem !== null) fail(`${machine.name}: ${problem}`, [console]);
        take(readyReport(machine, line));
      };
      const takePrompt = (): void => {
        take(readyAtPrompt(machine, console.partialLine.replace(/\r/g, '')));
      };
      console.lines.forEach(takeLine);
      takePrompt();
      stops.push(console.onLine(takeLine), console.onData(takePrompt));
    };
    machines.forEach((machine, index) => {
      const console = handset.consoles[index];
      if (console) watch(machine, console);
    });
    stops.push(
      handset.hypervisor.onLine((line) => {
        if (!isFatal(line, missing().map(({ name }) => name))) return;
        const blamed = missing().filter(({ name }) => line.startsWith(`${name}: `));
        fail(line, blamed.length > 0 ? blamed : missing());
      }),
    );
    handset.ended.then(
      () => {
        fail('the handset powered off before every machine was ready');
      },
      (error: unknown) => {
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
  return watched.finally(() => {
    for (const stop of stops) stop();
  });
}
