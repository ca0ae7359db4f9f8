/** What the hypervisor takes: its image, and the RAM that no machine can use because of it. */
import { defineHandset, program } from '../config/handset-config.ts';
import { compiledHypervisor } from '../handset/build-handset.ts';
import { launch } from '../handset/launch.ts';
import { projectRoot } from '../project.ts';
import type { Measurement, Progress } from './measurement.ts';

const KIB = 1024;

/** RAM held on a handset with that many small machines, as its own status says. Machines of one program share its image. */
async function bytesHeld(machineCount: number, progress: Progress): Promise<number> {
  const image = program({ entry: 'guests/src/busy.ts', deviceTree: false });
  const machines = Array.from({ length: machineCount }, (_, index) => ({ name: `m${String(index)}`, memoryMib: 16, image }));
  const handset = defineHandset({ cpus: 1, memoryMib: 256, machines });
  const running = await launch(handset, { folder: projectRoot, place: 'measure', progress });
  try {
    await running.consoles[0]?.expect('beat ');
    return (await running.status()).hypervisorKib * KIB;
  } finally {
    await running.close();
  }
}

export const ramHeld: Measurement = {
  keys: ['ramBytes', 'ramBytesFurther'],
  what: 'the RAM that the hypervisor holds',
  async measure(progress) {
    const one = await bytesHeld(1, progress);
    const two = await bytesHeld(2, progress);
    return new Map([
      ['ramBytes', one],
      ['ramBytesFurther', two - one],
    ]);
  },
};

export const imageSize: Measurement = {
  keys: ['flatBytes'],
  what: "the image's size",
  async measure(progress) {
    const { flatBytes } = await compiledHypervisor(progress);
    return new Map([['flatBytes', flatBytes]]);
  },
};
