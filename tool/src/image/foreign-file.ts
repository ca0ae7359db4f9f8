/**
 * Names the files that people hand to a boot loader by mistake.
 */
const ELF_MACHINES: Readonly<Record<number, string>> = {
  3: 'x86 (32-bit)',
  8: 'mips',
  21: 'ppc64',
  22: 's390x',
  40: 'arm (32-bit)',
  62: 'x86-64',
  183: 'arm64',
  243: 'riscv64',
  258: 'loongarch64',
};

function startsWith(bytes: Buffer, text: string, offset = 0): boolean {
  return bytes.length >= offset + text.length && bytes.toString('latin1', offset, offset + text.length) === text;
}

/** What an ELF file is, or null where it is none. */
export function describeElf(bytes: Buffer): string | null {
  if (!startsWith(bytes, '\x7fELF') || bytes.length < 20) return null;
  const machine = bytes[5] === 2 ? bytes.readUInt16BE(18) : bytes.readUInt16LE(18);
  const name = ELF_MACHINES[machine] ?? `ELF machine ${String(machine)}`;
  return name === 'arm64' || name === 'arm (32-bit)'
    ? 'an ELF file; make it flat first: llvm-objcopy -O binary IN OUT (for Linux: take arch/arm64/boot/Image, or arch/arm/boot/zImage)'
    : `an ELF file for ${name}; a machine needs arm64 code`;
}

/** A sentence about a well-known file that is no arm64 Image, with its remedy; null where it is unknown. */
export function describeForeignFile(bytes: Buffer): string | null {
  const elf = describeElf(bytes);
  if (elf !== null) return elf;
  if (startsWith(bytes, 'HdrS', 0x202)) return 'a kernel for x86; a machine needs an arm64 kernel';
  if (startsWith(bytes, 'RSC\x05', 0x38)) return 'a kernel for riscv; a machine needs an arm64 kernel';
  if (startsWith(bytes, 'ANDROID!')) return 'an Android boot image; unpack it and give the kernel inside';
  if (startsWith(bytes, '\x27\x05\x19\x56')) return 'a U-Boot uImage; give the Image that is inside';
  if (startsWith(bytes, '\xd0\x0d\xfe\xed')) return 'a device tree or FIT image; give the Image that is inside';
  if (startsWith(bytes, '\xfd7zXZ')) return 'compressed with xz; unpack it first: xz -d FILE';
  if (startsWith(bytes, '\x28\xb5\x2f\xfd')) return 'compressed with zstd; unpack it first: zstd -d FILE';
  if (startsWith(bytes, 'BZh')) return 'compressed with bzip2; unpack it first: bzip2 -d FILE';
  if (startsWith(bytes, '070701')) return 'a cpio archive (an initial RAM disk?); give the kernel here and this as `initrd`';
  if (startsWith(bytes, '!<arch>\n')) return 'a Debian package or ar archive; unpack it and give the kernel inside';
  return null;
}
