/**
 * How everything is, with what two statuses of the hypervisor tell between them: use and rates.
 *
 * Asking costs the hypervisor a little, and an idle handset shall stay idle: it is asked while somebody watches, and never
 * more than once at a time, however many do.
 */
import type { RunningHandset } from '../handset/running-handset.ts';
import type { HandsetStatus, MachineStatus, VcpuStatus } from '../serial/status.ts';
import { type MachineSample, type Sample, SAMPLE_INTERVAL_MS } from './protocol.ts';

/** Between two statuses that nobody else has asked for. */
const SHORT_INTERVAL_MS = 500;
/** A status older than this tells of another time. */
const BASE_AGE_MS_MAX = 3 * SAMPLE_INTERVAL_MS;
const KIB_A_MIB = 1024;

type Counter = 'ticksRun' | 'ticksStolen' | 'exits' | 'wakeUps';

function total(machine: MachineStatus | undefined, counter: Counter): number {
  return machine?.vcpus.reduce((sum, vcpu: VcpuStatus) => sum + vcpu[counter], 0) ?? 0;
}

function machineSample(before: HandsetStatus, after: HandsetStatus, machine: MachineStatus, sinceMs: number | null): MachineSample {
  const { index, name, state, memoryMib, vcpus } = machine;
  const ticks = after.counter - before.counter;
  const earlier = before.machines.find((candidate) => candidate.index === index);
  const known = state === 'running' && ticks > 0;
  const grown = (counter: Counter): number => Math.max(0, total(machine, counter) - total(earlier, counter));
  const share = (counter: Counter): number | null => (known ? grown(counter) / ticks : null);
  const rate = (counter: Counter): number | null => (known ? (grown(counter) * after.counterHz) / ticks : null);
  return {
    name,
    state,
    memoryMib,
    vcpus: vcpus.length,
    cpus: [...new Set(vcpus.map(({ cpu }) => cpu))],
    cpuUse: share('ticksRun'),
    cpuStolen: share('ticksStolen'),
    exitsPerSecond: rate('exits'),
    wakeUpsPerSecond: rate('wakeUps'),
    runningSinceMs: state === 'running' || state === 'paused' ? sinceMs : null,
  };
}

export function sampleOf(before: HandsetStatus, after: HandsetStatus, atMs: number, runningSinceMs: (name: string) => number | null): Sample {
  return {
    atMs,
    cpus: after.cpus,
    memoryMib: Math.round(after.memoryKib / KIB_A_MIB),
    hypervisorKib: after.hypervisorKib,
    machines: after.machines.map((machine) => machineSample(before, after, machine, runningSinceMs(machine.name))),
  };
}

export class Sampler {
  private base: { readonly status: HandsetStatus; readonly atMs: number } | null = null;
  private taking: Promise<Sample> | null = null;
  private timer: NodeJS.Timeout | null = null;
  private readonly listeners = new Set<(sample: Sample) => void>();

  constructor(
    private readonly handset: Pick<RunningHandset, 'status'>,
    private readonly runningSinceMs: (name: string) => number | null,
  ) {}

  /** A sample: of the time since the last one if that is near, else of half a second. */
  sample(): Promise<Sample> {
    this.taking ??= this.take().finally(() => {
      this.taking = null;
    });
    return this.taking;
  }

  /** Calls `listener` with a sample a second; the result stops that. */
  watch(listener: (sample: Sample) => void): () => void {
    this.listeners.add(listener);
    this.schedule(0);
    return () => this.listeners.delete(listener);
  }

  private async take(): Promise<Sample> {
    const old = this.base;
    const age = old === null ? Number.POSITIVE_INFINITY : Date.now() - old.atMs;
    const before = old !== null && age >= SHORT_INTERVAL_MS && age <= BASE_AGE_MS_MAX ? old.status : await this.fresh();
    return sampleOf(before, await this.handset.status().then((status) => this.remember(status)), Date.now(), this.runningSinceMs);
  }

  private async fresh(): Promise<HandsetStatus> {
    const status = await this.handset.status();
    await new Promise((resolve) => setTimeout(resolve, SHORT_INTERVAL_MS));
    return status;
  }

  private remember(status: HandsetStatus): HandsetStatus {
    this.base = { status, atMs: Date.now() };
    return status;
  }

  private schedule(delayMs: number): void {
    if (this.timer !== null || this.listeners.size === 0) return;
    this.timer = setTimeout(() => {
      void this.tell();
    }, delayMs).unref();
  }

  private async tell(): Promise<void> {
    // No status: the handset has ended, of which everybody hears otherwise, or is too busy to answer this time.
    const sample = await this.sample().catch(() => null);
    if (sample) for (const listener of this.listeners) listener(sample);
    this.timer = null;
    this.schedule(SAMPLE_INTERVAL_MS);
  }
}
