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

function startFresh(prepared: PreparedModule): Instance {
  return start(prepared, { registers: new Map(), mmio: noDevices, hooks: {} });
}

function observe(instance: Instance, name: string, inputs: readonly bigint[]): Observed {
  try {
    const count = Number(callRaw(name, instance.raw(prefix + name), inputs.map((input) => BigInt.asIntN(64, input))));
    const outputAt = instance.raw(`${prefix}outputAt`);
    return { kind: 'values', values: Array.from({ length: count }, (_, at) => BigInt.asUintN(64, BigInt(outputAt(at)!))) };
  } catch (error) {
    if (error instanceof Trap) return { kind: 'trap' };
    throw error;
  }
}

/** A trap leaves the C stack where it was. Its frames are small; after so many, an instance is replaced. */
const trapsMax = 50;

function runAll(prepared: PreparedModule, trials: readonly Trial[]): Observed[][] {
  let instance = startFresh(prepared);
  let traps = 0;
  return trials.map(({ program, inputs }, at) => inputs.map((input) => {
    const observed = observe(instance, entryName(at), encodeInputs(program, input));
    if (observed.kind === 'trap') traps += 1;
    if (traps === trapsMax) [instance, traps] = [startFresh(prepared), 0];
    return observed;
  }));
}

export const wasmExecutor: Executor = {
  name: 'wasm32',
  run: (trials) => withCompiled(trials, { target: 'wasm32' }, async ({ imageFile }) => runAll(await prepare(new Uint8Array(readFileSync(imageFile!))), trials)),
};
