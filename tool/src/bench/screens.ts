/**
 * What screens cost: a frame of 720 by 1440 pixels from the machine that draws it to the panel, a touch, a switch from one machine to the other. All instructions of
 * the board, by guests/src/measure-screen.ts, which does the same without a hypervisor.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { thousands } from '../commands/figures.ts';
import { defineHandset, type MachineConfig, program } from '../config/handset-config.ts';
import { buildHandset, type FreshImage } from '../handset/build-handset.ts';
import { boot } from '../handset/launch.ts';
import type { MachineImage } from '../image/machine-image.ts';
import { buildFolder, projectRoot } from '../project.ts';
import { commandLine } from '../qemu/command-line.ts';
import { Qemu } from '../qemu/qemu.ts';
import { Console } from '../serial/console.ts';
import { FingerAndKeys } from './finger-and-keys.ts';
import { MEASURING_TIMEOUT_MS } from './instruction-clock.ts';
import type { Measurement, Progress } from './measurement.ts';
import { writeNativeBoot } from './native-boot.ts';

const PATIENCE = { timeoutMs: MEASURING_TIMEOUT_MS } as const;
const TOUCHES = 10;
const SWITCHES = 6;
const PAUSE_MS = 100;
const NATIVE_OFFSET = 0x18_0000;
/** A sample in which nothing else happened is below this. */
const QUIET_INSTRUCTIONS = 20_000;

const image = program({ entry: 'guests/src/measure-screen.ts', deviceTree: false });

function machine(name: string, cpus: readonly number[]): MachineConfig {
  return { name, memoryMib: 16, cpus, image, screen: true };
}

/** The first machine counts, by a CPU of its own. */
const handset = defineHandset({ cpus: 2, memoryMib: 256, machines: [machine('first', [0, 1]), machine('second', [0])] });

/** A board's measuring guest, spoken to. */
class Measured {
  constructor(
    private readonly console: Console,
    private readonly input: FingerAndKeys,
  ) {}

  private async ask(): Promise<{ readonly events: number; readonly instructions: number }> {
    this.console.write('s');
    const [, events, instructions] = await this.console.expect(/events (\d+) sample (\d+)\n/, PATIENCE);
    return { events: Number(events), instructions: Number(instructions) };
  }

  /** What was executed since the last time, once all is quiet again, and the touch screen's events so far. */
  async settled(): Promise<{ readonly events: number; readonly instructions: number }> {
    let all = 0;
    for (;;) {
      await sleep(PAUSE_MS);
      const { events, instructions } = await this.ask();
      if (instructions < QUIET_INSTRUCTIONS) return { events, instructions: all };
      all += instructions;
    }
  }

  async frame(): Promise<number> {
    await this.settled();
    this.console.write('f');
    const [, instructions] = await this.console.expect(/bench frame (\d+)\n/, PATIENCE);
    return Number(instructions);
  }

  /** From the board's touch screen to the machine's event, one after the other; what the counting itself takes is subtracted. */
  async touch(): Promise<number> {
    const { events: before } = await this.settled();
    const quiet = (await this.ask()).instructions;
    let all = 0;
    for (let touch = 0; touch < TOUCHES; touch += 1) {
      await this.input.touch(touch % 2 === 0);
      let events = before;
      while (events <= before + touch) {
        // It is to come while the guest is idle.
        await sleep(PAUSE_MS);
        const sample = await this.ask();
        events = sample.events;
        all += sample.instructions - quiet;
      }
    }
    return Math.round(all / TOUCHES);
  }

  /** Presses `key`, and counts until the panel shows what that does. */
  async press(key: string): Promise<number> {
    await this.settled();
    await this.input.press(key);
    let { instructions } = await this.settled();
    while (instructions === 0) ({ instructions } = await this.settled());
    return instructions;
  }

  async personaSwitch(): Promise<number> {
    let all = 0;
    for (let count = 0; count < SWITCHES; count += 1) all += await this.press('f12');
    return Math.round(all / SWITCHES);
  }
}

async function asGuests(built: FreshImage, folder: string): Promise<Map<string, number>> {
  const socket = join(folder, 'guest-qmp');
  const running = await boot(built, { countInstructions: true, extraArguments: FingerAndKeys.qemuArguments(socket) });
  try {
    for (const name of ['first', 'second']) await running.console(name).expect('shown\n', PATIENCE);
    const input = new FingerAndKeys(socket);
    const measured = new Measured(running.console('first'), input);
    const sideBySide = await measured.frame();
    await measured.press('f11');
    const figures = new Map([['frameSideBySide', sideBySide], ['frameFull', await measured.frame()], ['touch', await measured.touch()]]);
    figures.set('personaSwitch', await measured.personaSwitch());
    input.close();
    return figures;
  } finally {
    await running.close();
  }
}

/** QEMU keeps a device tree where the program would be. It runs anywhere, by whole pages. */
function moved(built: MachineImage): MachineImage {
  const segments = built.segments.map((segment) => ({ ...segment, ipa: segment.ipa + NATIVE_OFFSET }));
  return { ...built, segments, entryIpa: built.entryIpa + NATIVE_OFFSET };
}

/** The first machine on the board itself, with the board's own screen and touch screen. */
async function withoutHypervisor(built: FreshImage, folder: string): Promise<Map<string, number>> {
  const [first] = built.machines;
  if (!first) throw new Error('the measured handset has no machine');
  const socket = join(folder, 'native-qmp');
  const devices = ['virtio-gpu-device,xres=720,yres=1440', 'virtio-tablet-device'].flatMap((device, index) => ['-device', `${device},bus=virtio-mmio-bus.${String(index)}`]);
  const extraArguments = ['-global', 'virtio-mmio.force-legacy=false', ...devices, ...FingerAndKeys.qemuArguments(socket)];
  const files = await writeNativeBoot(folder, moved(first), built.handset.board.gic ?? 2);
  const console = new Console('native', (data) => {
    qemu.write(data);
  });
  const qemu = new Qemu(commandLine(built.handset, files, { countInstructions: true, extraArguments }), (data) => {
    console.receive(data);
  });
  try {
    await console.expect('shown\n', PATIENCE);
    const input = new FingerAndKeys(socket);
    const measured = new Measured(console, input);
    const figures = new Map([['frame', await measured.frame()], ['touch', await measured.touch()]]);
    input.close();
    return figures;
  } finally {
    qemu.kill();
    await qemu.exited;
  }
}

async function measure(progress: Progress): Promise<Map<string, number | string>> {
  const folder = join(buildFolder, `bench-screens-${String(process.pid)}`);
  await mkdir(folder, { recursive: true });
  try {
    const built = await buildHandset(handset, { folder: projectRoot, place: 'measure', output: join(folder, 'handset.img'), progress });
    const native = await withoutHypervisor(built, folder);
    const guest = await asGuests(built, folder);
    const text = (key: string): string => thousands(native.get(key) ?? 0);
    return new Map<string, number | string>([
      ...guest,
      ['screenNative', `without a hypervisor, where QEMU itself moves the pixels: ${text('frame')} instructions a frame, ${text('touch')} a touch`],
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const screens: Measurement = {
  keys: ['frameFull', 'frameSideBySide', 'touch', 'personaSwitch'],
  what: 'screens and the touch screen',
  measure,
};
