/**
 * Runs compiled cases natively under the C compiler's undefined-behaviour sanitizer: what C leaves undefined
 * must not be reachable from any program of the language.
 */
import { spawnSync } from 'node:child_process';
import { encodeInputs } from './encode-inputs.ts';
import { withCompiled, type Executor, type Observed } from './executor.ts';
import { driverText, recordBytes, trapped } from './native-driver.ts';

interface Record { readonly at: number; readonly inputs: readonly bigint[] }

function encodeRecords(records: readonly Record[]): Buffer {
  const bytes = Buffer.alloc(records.length * recordBytes);
  for (const [position, { at, inputs }] of records.entries()) {
    bytes.writeBigUInt64LE(BigInt(at), position * recordBytes);
    for (const [index, input] of inputs.entries()) bytes.writeBigUInt64LE(input, position * recordBytes + 8 * (index + 1));
  }
  return bytes;
}

/** The driver writes each outcome whole before it takes the next record. */
function decodeOutput(bytes: Buffer): Observed[] {
  const observed: Observed[] = [];
  let at = 0;
  const next = (): number => bytes.readUInt32LE((at += 4) - 4);
  const nextWide = (): bigint => bytes.readBigUInt64LE((at += 8) - 8);
  while (at < bytes.length) {
    const trace = Array.from({ length: next() }, next);
    const count = next();
    observed.push(count === trapped ? { kind: 'trap', trace } : { kind: 'values', trace, values: Array.from({ length: count }, nextWide) });
  }
  return observed;
}

/** After so many records that ended the process, the rest would say the same. */
const endsMax = 20;

/** Goes on behind a record that ended the process. */
function runRecords(executable: string, records: readonly Record[]): Observed[] {
  const observed: Observed[] = [];
  for (let ends = 0; observed.length < records.length; ends += 1) {
    if (ends === endsMax) throw new Error(`${endsMax} calls ended the process; the last said: ${JSON.stringify(observed.at(-1))}`);
    const { status, signal, stdout, stderr } = spawnSync(executable, { input: encodeRecords(records.slice(observed.length)), maxBuffer: 1 << 28 });
    for (const outcome of decodeOutput(stdout)) observed.push(outcome);
    if (status === 0) break;
    observed.push({ kind: 'undefined behaviour', report: stderr.toString('utf8').trim() || `ended by ${signal ?? `exit status ${status}`}` });
  }
  return observed;
}

export const nativeExecutor: Executor = {
  name: 'native',
  run: (trials) => withCompiled(trials, { target: 'native', sanitize: true, driver: driverText(trials.length) }, ({ imageFile }) => {
    const records = trials.flatMap(({ program, inputs }, at) => inputs.map((input) => ({ at, inputs: encodeInputs(program, input) })));
    const observed = runRecords(imageFile!, records);
    return trials.map(({ inputs }) => observed.splice(0, inputs.length));
  }),
};
