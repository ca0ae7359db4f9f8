import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readKernel } from './kernel.ts';

const ARM64 = 0xaa64;

/** An Image with an EFI stub: a PE header at 0x40, one section that ends at the file's end. */
function image(options: { machine?: number; sectionEnd?: number; flags?: bigint } = {}): Buffer {
  const bytes = 8192;
  const { machine = ARM64, sectionEnd = bytes, flags = 0n } = options;
  const file = Buffer.alloc(bytes, 0x5a);
  file.fill(0, 0, 0x200);
  file.write('MZ', 0, 'latin1');
  file.writeBigUInt64LE(0x20_0000n, 0x10);
  file.writeBigUInt64LE(flags, 0x18);
  file.write('ARM\x64', 0x38, 'latin1');
  file.writeUInt32LE(0x40, 0x3c);
  file.write('PE\0\0', 0x40, 'latin1');
  file.writeUInt16LE(machine, 0x44);
  file.writeUInt16LE(1, 0x46);
  file.writeUInt32LE(sectionEnd - 0x1000, 0x58 + 16);
  file.writeUInt32LE(0x1000, 0x58 + 20);
  return file;
}

function zboot(compression: string, payload: Buffer, announced = payload.length): Buffer {
  const head = Buffer.alloc(0x80);
  head.write('MZ\0\0zimg', 0, 'latin1');
  head.writeUInt32LE(0x80, 8);
  head.writeUInt32LE(announced, 12);
  head.write(compression, 0x18, 'latin1');
  return Buffer.concat([head, payload]);
}

/** A zstd frame with one uncompressed block [RFC 8878, "Frames"], and the length that zboot puts behind it. */
function zstd(content: Buffer, announced = content.length): Buffer {
  const frame = Buffer.alloc(12);
  frame.writeUInt32LE(0xfd2fb528, 0);
  frame.writeUInt8(0xa0, 4); // single segment, four bytes of content size
  frame.writeUInt32LE(content.length, 5);
  frame.writeUIntLE((content.length << 3) | 1, 9, 3);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(announced);
  return Buffer.concat([frame, content, length]);
}

function zbootZstd(packed: Buffer): Buffer {
  return zboot('zstd', packed, packed.length - 4);
}

/** An EFI program that carries `kernel` in a section of its own. */
function stub(kernel: Buffer, section = '.linux'): Buffer {
  const head = Buffer.alloc(0x200);
  head.write('MZ', 0, 'latin1');
  head.writeUInt32LE(0x40, 0x3c);
  head.write('PE\0\0', 0x40, 'latin1');
  head.writeUInt16LE(0xaa64, 0x44);
  head.writeUInt16LE(1, 0x46);
  head.write(section, 0x58, 'latin1');
  head.writeUInt32LE(kernel.length, 0x58 + 16);
  head.writeUInt32LE(head.length, 0x58 + 20);
  return Buffer.concat([head, kernel]);
}

describe('a kernel', () => {
  it.each([
    ['plain', image()],
    ['gzipped', gzipSync(image())],
    ['in an EFI zboot wrapper', zboot('gzip', gzipSync(image()))],
    ['in an EFI zboot wrapper with zstd', zbootZstd(zstd(image()))],
    ['in an EFI stub', stub(image())],
    ['in a zboot wrapper in an EFI stub', stub(zbootZstd(zstd(image())))],
  ])('is read %s', (_, file) => {
    expect(readKernel(file, 'k').bytes.equals(image())).toBe(true);
  });

  it('is an arm zImage too, plain or gzipped, and even where it is an EFI program', () => {
    for (const file of [zimage(), gzipSync(zimage()), zimage({ machine: 0x01c2 })]) {
      const { architecture, bytes } = readKernel(file, 'k');
      expect([architecture, bytes.length]).toEqual(['arm', 4096]);
    }
    expect(readKernel(image(), 'k').architecture).toBe('arm64');
  });

  it.each([
    ['a truncated zImage', zimage({ end: 5000 }), 'k: truncated: its header announces 5000 bytes and the file has 4096'],
    ['a big-endian zImage', zimage({ order: 0x01020304 }), 'k: a big-endian zImage'],
    ['empty', Buffer.alloc(0), 'k: the file is empty'],
    ['cut off in its header', image().subarray(0, 0x30), 'k: no arm64 Linux Image'],
    ['truncated', image({ sectionEnd: 9000 }), 'k: truncated: its header announces 9000 bytes and the file has 8192'],
    ['truncated inside gzip', gzipSync(image()).subarray(0, 40), 'k: the gzip data is truncated or damaged'],
    ['truncated inside zboot', zboot('gzip', Buffer.alloc(10), 5000), 'k: truncated'],
    ['truncated inside zstd', zbootZstd(zstd(image()).subarray(0, 40)), 'k: the zstd data is truncated or damaged'],
    ['unpacked to more than announced', zbootZstd(zstd(image(), 4000)), 'k: the zstd data is truncated or damaged'],
    ['said to unpack to 4 GiB', zbootZstd(zstd(image(), 0xffffffff)), 'k: the zstd data is truncated or damaged'],
    ['truncated inside an EFI stub', stub(image()).subarray(0, 5000), 'k: truncated: its header announces 8704 bytes'],
    ['an EFI program without a kernel', stub(image(), '.text'), 'k: no arm64 Linux Image'],
    ['in a zboot wrapper of another kind', zboot('zstd22', Buffer.alloc(10)), 'k: an EFI zboot kernel compressed with zstd22'],
    ['big-endian', image({ flags: 1n }), 'k: a big-endian kernel'],
    ['for x86-64', x86(), 'k: a kernel for x86-64; a machine needs an arm64 kernel'],
    ['for riscv64', otherMagic('RSC\x05', 0x38), 'k: a kernel for riscv'],
    ['an ELF file', otherMagic('\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\xb7\0', 0), 'k: an ELF file; make it flat first'],
    ['an ELF file for x86', otherMagic('\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0', 0), 'k: an ELF file for x86-64'],
    ['a RAM disk', otherMagic('070701', 0), 'k: a cpio archive'],
  ])('is refused when it is %s', (_, file, message) => {
    expect(() => readKernel(file, 'k')).toThrow(message);
  });
});

/** [Linux, Documentation/arch/arm/booting.rst "Calling the kernel image"] */
function zimage({ end = 4096, order = 0x04030201, machine = 0 } = {}): Buffer {
  const file = Buffer.alloc(4096);
  file.writeUInt32LE(0x016f2818, 0x24);
  file.writeUInt32LE(end, 0x2c);
  file.writeUInt32LE(order, 0x30);
  if (machine !== 0) {
    file.write('MZ', 0, 'latin1');
    file.writeUInt32LE(0x40, 0x3c);
    file.write('PE\0\0', 0x40, 'latin1');
    file.writeUInt16LE(machine, 0x44);
  }
  return file;
}

function x86(): Buffer {
  const file = image({ machine: 0x8664 });
  file.fill(0, 0x38, 0x3c);
  return file;
}

function otherMagic(magic: string, offset: number): Buffer {
  const file = Buffer.alloc(4096);
  file.write(magic, offset, 'latin1');
  return file;
}
