import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cells64, cellsOf, childAt, DamagedTree, flatten, node, readTree, textOf } from './device-tree.ts';

const sample = node('', { compatible: ['a,b', 'c'], '#address-cells': [2], flag: true }, [
  node('memory@40000000', { reg: [...cells64(0x1_4000_0000), ...cells64(0x1000)] }),
  node('chosen', { bootargs: 'quiet', seed: new Uint8Array([1, 2, 3]) }, [node('inner', {})]),
]);

describe('a flattened device tree', () => {
  it('is what dtc understands', () => {
    const source = execFileSync('dtc', ['-q', '-I', 'dtb', '-O', 'dts'], { input: flatten(sample) }).toString();
    expect(source).toContain('compatible = "a,b\\0c";');
    expect(source).toContain('reg = <0x01 0x40000000 0x00 0x1000>;');
    expect(source).toContain('seed = [01 02 03];');
    expect(source).toContain('flag;');
  });

  it('reads back', () => {
    const root = readTree(flatten(sample));
    const chosen = childAt(root, ['chosen']);
    expect(root.children.map((child) => child.name)).toEqual(['memory@40000000', 'chosen']);
    expect(chosen && textOf(chosen, 'bootargs')).toBe('quiet');
    expect(cellsOf(root, '#address-cells')).toEqual([2]);
    expect(childAt(root, ['chosen', 'inner'])?.name).toBe('inner');
    expect(childAt(root, ['nowhere', 'inner'])).toBeNull();
  });

  it('gives the offset at which a value lies', () => {
    const blob = flatten(sample);
    const seed = childAt(readTree(blob), ['chosen'])?.properties.get('seed');
    expect(seed && [...blob.subarray(seed.offset, seed.offset + 3)]).toEqual([1, 2, 3]);
  });

  it('of any damage is read or refused, never read past its end', () => {
    const blob = flatten(sample);
    fc.assert(
      fc.property(fc.nat(blob.length - 1), fc.nat(255), fc.nat(blob.length), (at, value, length) => {
        const damaged = Buffer.from(blob.subarray(0, Math.max(length, 1)));
        damaged[at % damaged.length] = value;
        try {
          readTree(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(DamagedTree);
        }
      }),
    );
  });
});
