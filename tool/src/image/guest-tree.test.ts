import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { reservedMemory } from '../devices/reserved-memory.ts';
import { guestTree } from './guest-tree.ts';

function source(gic: 2 | 3): string {
  const tree = guestTree({ gic, vcpus: 2, memoryMib: 256, commandLine: 'quiet', initrd: { ipa: 0x4800_0000, bytes: 0x1234 } });
  return execFileSync('dtc', ['-q', '-I', 'dtb', '-O', 'dts'], { input: tree }).toString();
}

/** Of a machine with these wishes. */
function reserved(wishes: { screen?: boolean; poolMib?: number }): string {
  const simpleScreen = wishes.screen ? { width: 720, height: 1440 } : null;
  const memory = reservedMemory({ memoryMib: 64, simpleScreen, poolMib: wishes.poolMib ?? null });
  const tree = guestTree({ gic: 3, vcpus: 1, memoryMib: 64, commandLine: '', initrd: null, virtioSlots: 2, reserved: memory });
  return execFileSync('dtc', ['-q', '-I', 'dtb', '-O', 'dts'], { input: tree }).toString();
}

describe("a guest's device tree", () => {
  it('describes the virtual handset with a GICv3', () => {
    const text = source(3);
    expect(text).toContain('compatible = "arm,gic-v3";');
    expect(text).toContain('reg = <0x00 0x8000000 0x00 0x10000 0x00 0x80a0000 0x00 0x40000>;');
    expect(text).toContain('interrupts = <0x01 0x0d 0x04 0x01 0x0e 0x04 0x01 0x0b 0x04 0x01 0x0a 0x04>;');
    expect(text).toContain('reg = <0x00 0x40000000 0x00 0x10000000>;');
    expect(text).toContain('linux,initrd-end = <0x00 0x48001234>;');
    expect(text).toContain('method = "hvc";');
  });

  it('describes it with a GICv2', () => {
    const text = source(2);
    expect(text).toContain('compatible = "arm,cortex-a15-gic";');
    expect(text).toContain('reg = <0x00 0x8000000 0x00 0x10000 0x00 0x8010000 0x00 0x2000>;');
    expect(text).toContain('interrupts = <0x01 0x0d 0x304 0x01 0x0e 0x304 0x01 0x0b 0x304 0x01 0x0a 0x304>;');
  });

  it('has a simple screen at the end of RAM, which nothing else is to touch', () => {
    const text = reserved({ screen: true });
    const [, screen = ''] = /chosen \{[^]*?framebuffer@43c00000 \{([^}]*)\}/.exec(text) ?? [];
    for (const line of ['compatible = "simple-framebuffer";', 'reg = <0x00 0x43c00000 0x00 0x3f4800>;', 'width = <0x2d0>;', 'height = <0x5a0>;', 'stride = <0xb40>;', 'format = "x8r8g8b8";']) {
      expect(screen).toContain(line);
    }
    const [, memory = ''] = /reserved-memory \{[^]*?framebuffer@43c00000 \{([^}]*)\}/.exec(text) ?? [];
    expect(memory).toContain('reg = <0x00 0x43c00000 0x00 0x400000>;');
    expect(memory).toContain('no-map;');
    expect(text).not.toContain('memory-region');
  });

  it('has a pool for its devices below that', () => {
    const text = reserved({ screen: true, poolMib: 8 });
    const [, pool = ''] = /reserved-memory \{[^]*?dma-pool@43400000 \{([^}]*)\}/.exec(text) ?? [];
    expect(pool).toContain('compatible = "restricted-dma-pool";');
    expect(pool).toContain('reg = <0x00 0x43400000 0x00 0x800000>;');
    const [, phandle = ''] = /phandle = <(0x\w+)>;/.exec(pool) ?? [];
    expect(text.match(new RegExp(`memory-region = <${phandle}>;`, 'g'))?.length).toBe(2);
  });

  it('has a clock if it sees the board\'s', () => {
    const tree = guestTree({ gic: 2, vcpus: 1, memoryMib: 64, commandLine: '', initrd: null, hasClock: true });
    const text = execFileSync('dtc', ['-q', '-I', 'dtb', '-O', 'dts'], { input: tree }).toString();
    const [, clock = ''] = /rtc@10000000 \{([^}]*)\}/.exec(text) ?? [];
    for (const line of ['compatible = "arm,pl031\\0arm,primecell";', 'reg = <0x00 0x10000000 0x00 0x1000>;', 'clock-names = "apb_pclk";']) expect(clock).toContain(line);
    expect(clock).not.toContain('interrupts');
    expect(reserved({})).not.toContain('rtc@');
  });

  it('reserves nothing otherwise', () => {
    expect(reserved({})).not.toContain('reserved-memory');
  });

  it('has a node for each virtio device, and none without', () => {
    expect(source(3)).not.toContain('virtio');
    const tree = guestTree({ gic: 3, vcpus: 1, memoryMib: 16, commandLine: '', initrd: null, virtioSlots: 3 });
    const text = execFileSync('dtc', ['-q', '-I', 'dtb', '-O', 'dts'], { input: tree }).toString();
    const nodes = [...text.matchAll(/virtio_mmio@(\w+) \{([^}]*)\}/g)];
    expect(nodes.map(([, at]) => at)).toEqual(['a000000', 'a000200', 'a000400']);
    expect(nodes[2]![2]).toContain('reg = <0x00 0xa000400 0x00 0x200>;');
    expect(nodes[2]![2]).toContain('interrupts = <0x00 0x12 0x01>;');
    expect(nodes[2]![2]).toContain('compatible = "virtio,mmio";');
    expect(nodes[2]![2]).toContain('dma-coherent;');
  });
});
