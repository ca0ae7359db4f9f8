import { describe, expect, test } from 'vitest';
import { checkHandset, type Machine } from '../config/check.ts';
import { debian, linux } from '../config/handset-config.ts';
import { readyReport, rootProblem } from './readiness.ts';

const UP = 'thimble-ready work 6.1.0-9-arm64 230556';
const LOST = 'thimble: there is no volume work: the disk has no partition of that name; this is the small userland';

/** A machine whose root is a volume with `content`. */
function rooted(content: unknown): Machine {
  const volume = { name: 'work', sizeMib: 512, content };
  const machine = { name: 'work', image: linux({ root: 'work' }), volumes: [{ name: 'work' }] };
  return checkHandset({ disk: { file: 'd', volumes: [volume] }, machines: [machine] }, 'c.ts').machines[0]!;
}

describe('a machine with a root volume', () => {
  test('is ready when its desktop says so, not at its first line', () => {
    const machine = rooted(debian({ desktop: 'sway' }));
    expect(readyReport(machine, 'Booting Linux')).toBeNull();
    expect(readyReport(machine, UP)).toEqual({ kernelRelease: '6.1.0-9-arm64', memoryKib: 230_556 });
  });

  test('whose content is somebody’s own is ready as any other image is', () => {
    for (const content of ['root.ext4', undefined]) expect(readyReport(rooted(content), 'Booting Linux')).not.toBeNull();
  });

  test('will never be ready when the RAM disk says that it has none', () => {
    expect(rootProblem(rooted('root.ext4'), LOST)).toBe('there is no volume work: the disk has no partition of that name');
    expect(rootProblem(rooted('root.ext4'), UP)).toBeNull();
    const small = checkHandset({ machines: [{ name: 'work', image: linux() }] }, 'c.ts').machines[0]!;
    expect(rootProblem(small, LOST)).toBeNull();
  });
});
