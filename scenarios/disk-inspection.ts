/** What is on a handset's disk while no handset uses it: file systems, checked and read by e2fsprogs on this computer. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const MIB = 2 ** 20;
const BLOCK_BYTES = 4096;
const KIB = 1024;
/** Not every search path has the folders of programs for root. */
const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };

export interface Volume {
  readonly name: string;
  readonly sizeMib: number;
}

/** Where each volume begins: the host tool makes them one after the other, from 1 MiB on. */
export function placesOf(volumes: readonly Volume[]): ReadonlyMap<string, { readonly start: number; readonly bytes: number }> {
  let start = MIB;
  return new Map(
    volumes.map(({ name, sizeMib }) => {
      const place = { start, bytes: sizeMib * MIB };
      start += place.bytes;
      return [name, place];
    }),
  );
}

function run(program: string, ...words: readonly string[]): string {
  return execFileSync(program, words, { env, encoding: 'latin1', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** An empty ext4 in each volume of the disk, of which nothing is left for its first mount to do: QEMU's log of writes mixes up zeroes and what is written meanwhile. */
export function format(disk: string, volumes: readonly Volume[]): void {
  for (const { start, bytes } of placesOf(volumes).values()) {
    run('mke2fs', '-q', '-F', '-t', 'ext4', '-b', String(BLOCK_BYTES), '-E', `offset=${String(start)},lazy_itable_init=0`, disk, `${String(bytes / KIB)}k`);
  }
}

/** What a file system holds once its journal has been replayed. */
export interface Contents {
  readonly log: string;
  readonly state: string;
}

/** Replays the journal of the file system in `bytes`, in the file `scratch`; throws unless it is clean then. */
export function recovered(bytes: Buffer, scratch: string): Contents {
  writeFileSync(scratch, bytes);
  run('e2fsck', '-y', '-E', 'journal_only', scratch);
  run('e2fsck', '-f', '-n', scratch);
  const read = (file: string): string => run('debugfs', '-R', `cat ${file}`, scratch);
  return { log: read('/log'), state: read('/state') };
}

/** The records 1 to n of `name`, whole and in their order, and nothing else: n, or what is there instead. */
export function recordsIn({ log, state }: Contents, name: string): number | string {
  const lines = log.split('\n').slice(0, -1);
  const wrong = lines.findIndex((line, index) => line !== `record ${String(index + 1)} of ${name}`);
  if (wrong >= 0) return `record ${String(wrong + 1)} of ${name} is ${JSON.stringify(lines[wrong])}`;
  const [first = ''] = state.split('\n');
  const isWhole = state === '' || state === `${first}\n`.repeat(BLOCK_BYTES * 10).slice(0, state.length);
  return isWhole ? lines.length : `the state of ${name} is torn`;
}

/** The record whose state is there; 0 if none is. */
export function stateIn({ state }: Contents): number {
  return Number(/^state (\d+) /.exec(state)?.[1] ?? 0);
}
