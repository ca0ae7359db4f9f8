/**
 * The modules of Debian's kernels that a machine with devices needs: drivers of virtio devices, and a file system. They are kept beside the kernel, and
 * are of its package, since a kernel takes no others than its own.
 */
import { copyFile, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** In an order in which each finds what it needs. A kernel that has one built in has no file of it. */
export const MODULES = [
  'virtio_mmio', 'virtio_blk', 'failover', 'net_failover', 'virtio_net', 'virtio_dma_buf', 'drm', 'drm_kms_helper', 'drm_shmem_helper', 'virtio-gpu',
  'virtio_input', 'evdev', 'virtio-rng', 'virtio_console', 'crc16', 'crc32c_generic', 'mbcache', 'jbd2', 'ext4',
] as const;

const FOLDER = 'modules';
/** Some kernels have theirs compressed; busybox and the kernel can both undo that. */
const FILE = /\/lib\/modules\/[^/]+\/kernel\/(?:.*\/)?([^/]+)\.ko(?:\.xz)?$/;

export interface ModuleFile {
  readonly name: string;
  readonly bytes: number;
}

/** The module that the file at `path` in a kernel's package is of, if it is one of those. */
export function moduleAt(path: string): (typeof MODULES)[number] | null {
  const name = FILE.exec(path)?.[1];
  return MODULES.find((module) => module === name) ?? null;
}

/** Takes them from below `unpacked` to `folder`; in the order in which they are to be loaded. */
export async function keepModules(unpacked: string, folder: string): Promise<ModuleFile[]> {
  await mkdir(join(folder, FOLDER));
  const entries = await readdir(unpacked, { recursive: true, withFileTypes: true });
  const found = entries
    .filter((entry) => entry.isFile())
    .map((entry) => ({ from: join(entry.parentPath, entry.name), name: entry.name, module: moduleAt(join(entry.parentPath, entry.name)) }));
  const kept: ModuleFile[] = [];
  for (const wanted of MODULES) {
    for (const { from, name } of found.filter(({ module }) => module === wanted)) {
      await copyFile(from, join(folder, FOLDER, name));
      kept.push({ name, bytes: (await stat(from)).size });
    }
  }
  return kept;
}

/** Absolute paths of what was kept in `folder`; null if something is gone or was cut short. */
export async function keptModules(folder: string, kept: readonly ModuleFile[]): Promise<string[] | null> {
  const files = kept.map(({ name }) => join(folder, FOLDER, name));
  const sizes = await Promise.all(files.map(async (file) => (await stat(file).catch(() => null))?.size));
  return sizes.every((size, index) => size === kept[index]?.bytes) ? files : null;
}
