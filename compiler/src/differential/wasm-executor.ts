/**
 * Runs compiled cases as WebAssembly inside this process.
 */
import { readFileSync } from 'node:fs';
import { callRaw, prepare, start, type Instance, type PreparedModule } from '../host-run/instance.ts';
import { symbolPrefix } from '../host-run/load-program.ts';
import { noDevices } from '../host-run/machine.ts';
import { Trap } from '../host-run/trap.ts';
import type { Trial } from './case-arbitrary.ts';
import { encodeInputs } from './encode-inputs.ts';
import { withCompiled, type Executor, type Observed } from './executor.ts';
import { entryName } from './print-case.ts';

const prefix = symbolPrefix('cases.ts');

/** An instance and the device that takes the trace of its current call. */
interface Traced { readonly instance: Instance; trace: number[] }

function startFresh(prepared: PreparedModule): Traced {
  const traced: { instance?: Instance; trace: number[] } = { trace: [] };
  const write = (_address: bigint, id: bigint): void => void traced.trace.push(Number(id));
  traced.instance = start(prepared, { registers: new Map(), mmio: { ...noDevices, write }, hooks: {} });
  return traced as Traced;
}

function observe(traced: Traced, name: string, inputs: readonly bigint[]): Observed {
  const { instance } = traced;
  traced.trace = [];
  try {
    const count = Number(callRaw(name, instance.raw(prefix + name), inputs.map((input) => BigInt.asIntN(64, input))));
    const outputAt = instance.raw(`${prefix}outputAt`);
    return { kind: 'values', trace: traced.trace, values: Array.from({ length: count }, (_, at) => BigInt.asUintN(64, BigInt(outputAt(at)!))) };
  } catch (error) {
    if (error instanceof Trap) return { kind: 'trap', trace: traced.trace };
    throw error;
  }
}

/** A trap leaves the C stack where it was. Its frames are small; after so many, an instance is replaced. */
const trapsMax = 50;

function runAll(prepared: PreparedModule, trials: readonly Trial[]): Observed[][] {
  let traced = startFresh(prepared);
  let traps = 0;
  return trials.map(({ program, inputs }, at) => inputs.map((input) => {
    const observed = observe(traced, entryName(at), encodeInputs(program, input));
    if (observed.kind === 'trap') traps += 1;
    if (traps === trapsMax) [traced, traps] = [startFresh(prepared), 0];
    return observed;
  }));
}

export const wasmExecutor: Executor = {
  name: 'wasm32',
  run: (trials) => withCompiled(trials, { target: 'wasm32' }, async ({ imageFile }) => runAll(await prepare(new Uint8Array(readFileSync(imageFile!))), trials)),
};
