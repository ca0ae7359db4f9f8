import { describe, expect, test } from 'vitest';
import { buildInitrd, defaultKernelCommandLine } from './initrd.ts';

const busybox = Buffer.from('a busybox');

/** Names and contents, found by their headers. */
function contents(archive: Uint8Array): ReadonlyMap<string, string> {
  const bytes = Buffer.from(archive);
  const found = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const field = (index: number): number => parseInt(bytes.toString('ascii', at + 6 + index * 8, at + 14 + index * 8), 16);
    const [contentBytes, nameBytes] = [field(6), field(11)];
    const contentAt = (at + 110 + nameBytes + 3) & ~3;
    expect(found.has(bytes.toString('utf8', at + 110, at + 109 + nameBytes))).toBe(false);
    found.set(bytes.toString('utf8', at + 110, at + 109 + nameBytes), bytes.toString('utf8', contentAt, contentAt + contentBytes));
    at = (contentAt + contentBytes + 3) & ~3;
  }
  return found;
}

describe('the default userland', () => {
  const files = contents(buildInitrd({ busybox }));

  test('has busybox, an init, and a console to open before anything is mounted', () => {
    expect(files.get('bin/busybox')).toBe('a busybox');
    expect(files.get('init')).toMatch(/^#!\/bin\/busybox sh\n/);
    expect(files.has('dev/console')).toBe(true);
  });

  test('names every folder before what is in it', () => {
    const names = [...files.keys()];
    for (const [index, name] of names.entries()) {
      const parent = name.slice(0, Math.max(0, name.lastIndexOf('/')));
      if (parent !== '') expect(names.slice(0, index), name).toContain(parent);
    }
  });

  test('takes the name of its machine from the command line', () => {
    expect(defaultKernelCommandLine('work')).toMatch(/(^| )console=ttyAMA0( |$)/);
    expect(defaultKernelCommandLine('work')).toMatch(/(^| )thimble\.name=work( |$)/);
    expect(files.get('etc/start')).toContain('thimble.name=*) name=${word#*=}');
  });

  test('goes on from a root volume, by the name of its disk, without the kernel\'s messages on the screen that is its own', () => {
    expect(defaultKernelCommandLine('work', true)).toMatch(/(^| )console=tty0( |$)/);
    const line = defaultKernelCommandLine('work', true, 'data');
    expect(line).toMatch(/ thimble\.root=data$/);
    expect(line).not.toContain('tty0');
    expect(files.get('init')).toContain('thimble.root=*) root=${word#*=}');
    expect(files.has('sysroot')).toBe(true);
  });

  test('is the same for the same busybox, and another for another', () => {
    expect(Buffer.compare(buildInitrd({ busybox }), buildInitrd({ busybox }))).toBe(0);
    expect(Buffer.compare(buildInitrd({ busybox }), buildInitrd({ busybox: Buffer.from('b busybox') }))).not.toBe(0);
  });
});

test('extra files are added with their folders, and replace those of the same path', () => {
  const files = contents(
    buildInitrd({ busybox, files: [{ path: '/opt/test/run', content: 'x' }, { path: 'init', content: 'mine' }] }),
  );
  expect(files.get('opt/test/run')).toBe('x');
  expect(files.has('opt/test')).toBe(true);
  expect(files.get('init')).toBe('mine');
});
