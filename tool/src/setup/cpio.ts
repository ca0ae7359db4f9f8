/**
 * Writes a cpio archive in the `newc` format, which Linux unpacks into its first root file system
 * [Linux, Documentation/driver-api/early-userspace/buffer-format.rst].
 *
 *     070701 ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check   (8 hex digits each)
 *     name, NUL, padding to 4 bytes
 *     content, padding to 4 bytes
 *
 * Everything that is not content is constant (owner root, time 0, inodes counted up), so that equal input gives
 * equal bytes.
 */

export type CpioEntry =
  | { readonly kind: 'directory'; readonly path: string; readonly mode?: number }
  | { readonly kind: 'file'; readonly path: string; readonly content: Uint8Array; readonly mode?: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | { readonly kind: 'characterDevice'; readonly path: string; readonly major: number; readonly minor: number };

// The file type bits of st_mode [POSIX, cpio format, c_mode].
const typeDirectory = 0o040000;
const typeFile = 0o100000;
const typeLink = 0o120000;
const typeCharacterDevice = 0o020000;

export function writeCpio(entries: readonly CpioEntry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  entries.forEach((entry, index) => {
    const path = entry.path.replace(/^\/+/, '');
    if (path === '' || path.split('/').includes('..')) {
      throw new Error(`cpio: '${entry.path}' is not a path inside the archive`);
    }
    parts.push(...record(index + 1, path, entry));
  });
  parts.push(...record(0, 'TRAILER!!!', null));
  return Buffer.concat(parts);
}

function record(inode: number, path: string, entry: CpioEntry | null): Uint8Array[] {
  const content = entry === null ? Buffer.alloc(0) : contentOf(entry);
  const name = Buffer.from(`${path}\0`, 'utf8');
  const device = entry?.kind === 'characterDevice' ? entry : { major: 0, minor: 0 };
  const links = entry?.kind === 'directory' ? 2 : 1;
  const mode = entry === null ? 0 : modeOf(entry);
  const fields = [inode, mode, 0, 0, links, 0, content.length, 0, 0, device.major, device.minor, name.length, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  return [
    Buffer.from(header, 'ascii'),
    name,
    padding(header.length + name.length),
    content,
    padding(content.length),
  ];
}

function contentOf(entry: CpioEntry): Uint8Array {
  switch (entry.kind) {
    case 'file':
      return entry.content;
    case 'link':
      return Buffer.from(entry.target, 'utf8');
    case 'directory':
    case 'characterDevice':
      return Buffer.alloc(0);
  }
}

function modeOf(entry: CpioEntry): number {
  switch (entry.kind) {
    case 'file':
      return typeFile | (entry.mode ?? 0o755);
    case 'directory':
      return typeDirectory | (entry.mode ?? 0o755);
    case 'link':
      return typeLink | 0o777;
    case 'characterDevice':
      return typeCharacterDevice | 0o600;
  }
}

function padding(length: number): Uint8Array {
  return Buffer.alloc(-length & 3);
}
