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

describe('a kernel', () => {
  it.each([
    ['plain', image()],
    ['gzipped', gzipSync(image())],
    ['in an EFI zboot wrapper', zboot('gzip', gzipSync(image()))],
  ])('is read %s', (_, file) => {
    expect(readKernel(file, 'k').bytes.equals(image())).toBe(true);
  });

  it.each([
    ['empty', Buffer.alloc(0), 'k: the file is empty'],
    ['cut off in its header', image().subarray(0, 0x30), 'k: no arm64 Linux Image'],
    ['truncated', image({ sectionEnd: 9000 }), 'k: truncated: its header announces 9000 bytes and the file has 8192'],
    ['truncated inside gzip', gzipSync(image()).subarray(0, 40), 'k: the gzip data is truncated or damaged'],
    ['truncated inside zboot', zboot('gzip', Buffer.alloc(10), 5000), 'k: truncated'],
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
