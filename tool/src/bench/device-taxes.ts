/**
 * What devices cost Linux as a guest, where the device machine serves them, against the same Linux on the board with QEMU's own devices: all instructions of the
 * board, by guests/src/runtime/spinner.ts.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { thousands } from '../commands/figures.ts';
import { defineHandset, linux, type MachineConfig } from '../config/handset-config.ts';
import { buildHandset, type FreshImage } from '../handset/build-handset.ts';
import { buildFolder } from '../project.ts';
import { type BothRuns, kernelCommandLine, type LinuxRun, runGuest, runNative, runTwice, type Ticks, writeInitrd } from './linux-twice.ts';
import type { Measurement, Progress } from './measurement.ts';

/** The figure `key`, how much more that is than without a hypervisor, and both in words. */
export function against(key: string, { native, guest }: BothRuns): [string, number | string][] {
  const [alone, above] = [native.get(key), guest.get(key)];
  if (alone === undefined || above === undefined) return [];
  const percent = Math.round((above / alone - 1) * 1000) / 10;
  return [[key, above], [`${key}Tax`, percent], [`${key}Native`, `${thousands(alone)} instructions without a hypervisor, ${thousands(above)} as a guest`]];
}

export const disk: Measurement = {
  keys: ['diskRead', 'diskReadTax', 'diskSequential', 'diskSequentialTax'],
  what: "Linux's reads from a disk",
  async measure(progress) {
    const runs = await runTwice({ program: 'linux-disk', cpus: 2, modules: ['virtio_mmio', 'virtio_blk'], diskMib: 64 }, progress);
    return new Map([...against('diskRead', runs), ...against('diskSequential', runs)]);
  },
};

const NETWORK_MODULES = ['virtio_mmio', 'failover', 'net_failover', 'virtio_net'];
const MEMORY_MIB = 256;

/** One end of the measured network, 10.0.0.`address`. */
function end(program: string, address: number): LinuxRun {
  const commands = [`busybox ip addr add 10.0.0.${String(address)}/24 dev eth0`, 'busybox ip link set eth0 up'];
  return { program, cpus: 2, modules: NETWORK_MODULES, commands };
}

const client = end('linux-udp-client', 1);
const server = end('linux-udp-server', 2);

/** The two machines of a handset, on these CPUs; the last one is left alone by all but who spins there. */
async function buildEnds(cpusOfServer: readonly number[], folder: string, progress: Progress): Promise<FreshImage> {
  const machine = async (run: LinuxRun, cpus: readonly number[]): Promise<MachineConfig> => {
    const image = linux({ initrd: await writeInitrd(run, folder, progress), commandLine: kernelCommandLine(run) });
    return { name: run.program.slice('linux-udp-'.length), memoryMib: MEMORY_MIB, cpus, image, network: { uplink: false } };
  };
  const machines = [await machine(client, [0, 2]), await machine(server, cpusOfServer)];
  const handset = defineHandset({ cpus: 3, memoryMib: 768, machines });
  return buildHandset(handset, { folder, place: 'measure', output: join(folder, 'guest.img'), progress });
}

/** Each end on a board of its own, the boards' network devices connected. */
async function nativeEnds(folder: string, { machines, ...image }: FreshImage): Promise<Ticks> {
  const socket = (which: number): string => join(folder, `network-${String(which)}`);
  const [first, second] = await Promise.all(
    machines.slice(0, 2).map((machine, index) => {
      const wire = `dgram,id=wire,local.type=unix,local.path=${socket(index)},remote.type=unix,remote.path=${socket(1 - index)}`;
      const device = 'virtio-net-device,netdev=wire,bus=virtio-mmio-bus.0';
      const extraArguments = ['-global', 'virtio-mmio.force-legacy=false', '-netdev', wire, '-device', device];
      const board = { ...image, handset: { ...image.handset, cpus: 2 }, machines: [machine] };
      return runNative(join(folder, machine.name), board, { extraArguments });
    }),
  );
  const sum = (first?.get('networkRoundTrip') ?? 0) + (second?.get('networkRoundTripServer') ?? 0);
  return new Map([['networkRoundTrip', sum]]);
}

export const network: Measurement = {
  keys: ['networkRoundTrip', 'networkRoundTripTax'],
  what: 'a network between two machines',
  async measure(progress) {
    const folder = join(buildFolder, `bench-network-${String(process.pid)}`);
    for (const each of ['client', 'server']) await mkdir(join(folder, each), { recursive: true });
    try {
      const apart = await buildEnds([1, 2], folder, progress);
      progress('on two boards without a hypervisor');
      const native = await nativeEnds(folder, apart);
      const together = await buildEnds([1], folder, progress);
      progress('as guests of one board');
      return new Map(against('networkRoundTrip', { native, guest: await runGuest(together, folder) }));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
