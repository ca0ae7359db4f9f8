/**
 * As many machines as there may be, large and small, on four CPUs: all start, all answer, each on its own console, and what the hypervisor
 * holds for them is what it says, and little.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildHandset, type BuiltImage, defineHandset, type HandsetConfig, launch, linux, type MachineConfig } from 'thimble';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readImage } from '../tool/src/image/image-contents.ts';
import { guest, launched, PATIENCE } from './handset-under-test.ts';
import { answer, booted } from './linux-shell.ts';

const MACHINES_MAX = 32;
/** What a further small machine may cost, its image and device trees included. */
const FURTHER_MACHINE_KIB_MAX = 32;
/** And everything with one small machine. */
const FIRST_MACHINE_KIB_MAX = 256;

const rich: MachineConfig[] = [
  { name: 'rich', memoryMib: 256, image: linux() },
  { name: 'twin', memoryMib: 128, vcpus: 2, image: linux() },
];

/** `count` machines of 2 and 4 MiB. */
function small(count: number): MachineConfig[] {
  return Array.from({ length: count }, (_, index) => ({ name: `small-${index}`, memoryMib: 2 + 2 * (index % 2), image: guest('answer') }));
}

describe('thirty-two machines on four CPUs and 2 GiB', () => {
  const handset = launched(
    defineHandset({ cpus: 4, memoryMib: 2048, machines: [...rich, ...small(MACHINES_MAX - rich.length)] }),
  );
  const consoles = () => handset().consoles.filter(({ name }) => name.startsWith('small-'));

  test('all start', async () => {
    await Promise.all(consoles().map((console) => console.expect('ready to answer\n', PATIENCE)));
    await Promise.all(rich.map(({ name }) => booted(handset().console(name))));
    const { machines } = await handset().status();
    expect(machines).toHaveLength(MACHINES_MAX);
    expect(machines.every(({ state }) => state === 'running')).toBe(true);
  });

  test('each hears what is typed for it, and nothing else', async () => {
    for (const [index, console] of consoles().entries()) console.write(String.fromCharCode(0x41 + index));
    for (const [index, console] of consoles().entries()) {
      await console.expect(`answer to ${String.fromCharCode(0x41 + index)}: 1\n`, PATIENCE);
    }
    for (const { name } of rich) expect(await answer(handset().console(name), 'echo $((6*7))')).toBe('42');
  });

  test('the last one ends and starts again while the others go on', async () => {
    const last = consoles().at(-1)!;
    handset().kill(last.name);
    await handset().hypervisor.expect(`${last.name}: off\n`, PATIENCE);
    handset().start(last.name);
    await last.expect('ready to answer\n', PATIENCE);
    last.write('z');
    await last.expect('answer to z: 1\n', PATIENCE);
    const [first] = consoles();
    first!.write('z');
    await first!.expect('answer to z: 2\n', PATIENCE);
  });

  test('those that nobody speaks to sleep', async () => {
    const before = await handset().status();
    await answer(handset().console('rich'), 'sleep 1');
    const after = await handset().status();
    const woken = after.machines.filter(({ name, vcpus }, index) => name.startsWith('small-') && vcpus[0]!.wakeUps !== before.machines[index]!.vcpus[0]!.wakeUps);
    expect(woken).toEqual([]);
  });
});

describe('thirty-two machines that all speak while the hypervisor tells that they have started', () => {
  test('are each heard with every byte, on their own console, on handsets that take each other\'s processors', async () => {
    const config = defineHandset({ cpus: 4, memoryMib: 512, machines: small(MACHINES_MAX) });
    const heard = await Promise.all(Array.from({ length: 4 }, () => heardAtStart(config)));
    for (const { machines, hypervisor } of heard) {
      expect(machines).toEqual(config.machines.map(() => ['ready to answer']));
      for (const { name } of config.machines) expect(hypervisor).toContain(`${name}: started`);
    }
  });

  async function heardAtStart(config: HandsetConfig): Promise<{ readonly machines: string[][]; readonly hypervisor: string[] }> {
    const handset = await launch(config);
    try {
      const consoles = config.machines.map(({ name }) => handset.console(name));
      await Promise.all(consoles.map((console) => console.expect('\n', PATIENCE)));
      await handset.hypervisor.expect(`${consoles.at(-1)!.name}: started\n`, PATIENCE);
      return { machines: consoles.map(({ lines }) => [...lines]), hypervisor: [...handset.hypervisor.lines] };
    } finally {
      await handset.close();
    }
  }
});

describe('what the hypervisor holds', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'thimble-many-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** KiB that the running hypervisor says it holds for that many small machines, and what `inspect` says of the file. */
  async function held(count: number): Promise<{ readonly running: number; readonly inspected: number }> {
    const built: BuiltImage = await buildHandset(defineHandset({ machines: small(count) }), { output: join(folder, `${count}.img`) });
    const handset = await launch(built);
    try {
      const { hypervisorKib } = await handset.status();
      return { running: hypervisorKib, inspected: readImage(await readFile(built.file), built.file).heldBytes / 1024 };
    } finally {
      await handset.close();
    }
  }

  test('is what `inspect` foretells, and bounded for the first machine and for each further one', async () => {
    const one = await held(1);
    const many = await held(MACHINES_MAX);
    for (const { running, inspected } of [one, many]) expect(running).toBe(inspected);
    console.log(`held: ${one.running} KiB with one small machine, ${many.running} KiB with ${MACHINES_MAX}`);
    expect(one.running).toBeLessThanOrEqual(FIRST_MACHINE_KIB_MAX);
    expect(many.running).toBeLessThanOrEqual(one.running + (MACHINES_MAX - 1) * FURTHER_MACHINE_KIB_MAX);
  });
});
