/**
 * A machine's content on the bare board: the same bytes at the same addresses as under the hypervisor.
 *
 * QEMU's own way of booting a kernel would not do: it edits the device tree and pads it to ten times its size, which
 * Linux then checksums. Instead everything is loaded as it is, and six instructions stand in for the boot loader.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MachineImage } from '../image/machine-image.ts';
import { MIB, RAM_BASE } from '../image/virtual-handset.ts';
import type { BootFiles, LoadedFile } from '../qemu/command-line.ts';

/** QEMU keeps a device tree of its own in the first MiB. */
const BOOT_LOADER_ADDRESS = RAM_BASE + MIB;

/**
 *     ldr x0, tree;  mov x1, #0;  mov x2, #0;  mov x3, #0;  ldr x4, entry;  br x4
 *     tree: .quad …  entry: .quad …
 */
function bootLoader(tree: number, entry: number): Buffer {
  const code = [0x580000c0, 0xd2800001, 0xd2800002, 0xd2800003, 0x58000084, 0xd61f0080];
  const bytes = Buffer.alloc(code.length * 4 + 16);
  code.forEach((instruction, index) => bytes.writeUInt32LE(instruction, index * 4));
  bytes.writeBigUInt64LE(BigInt(tree), code.length * 4);
  bytes.writeBigUInt64LE(BigInt(entry), code.length * 4 + 8);
  return bytes;
}

/** Writes the machine's parts into `folder`, and says how QEMU boots them. */
export async function writeNativeBoot(folder: string, machine: MachineImage, gic: 2 | 3): Promise<BootFiles> {
  const { segments, tree, entryIpa } = machine;
  const parts = [
    ...segments.map(({ kind, bytes, ipa }) => ({ name: kind, bytes, address: ipa })),
    ...(tree ? [{ name: 'device-tree', bytes: gic === 3 ? tree.gicv3 : tree.gicv2, address: tree.ipa }] : []),
    { name: 'boot-loader', bytes: bootLoader(tree?.ipa ?? 0, entryIpa), address: BOOT_LOADER_ADDRESS },
  ];
  const files: LoadedFile[] = [];
  for (const { name, bytes, address } of parts) {
    const file = join(folder, `native-${name}`);
    await writeFile(file, bytes);
    files.push({ file, address });
  }
  return { kind: 'native', files, entry: BOOT_LOADER_ADDRESS };
}
