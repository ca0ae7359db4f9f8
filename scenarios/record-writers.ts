/**
 * Machines whose only work is to write to their volumes, and to say on the console what can no longer be lost: a small Linux userland of
 * theirs, without a shell, so that a boot is short.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { linux, type MachineConfig } from 'thimble';
import { buildInitrd, ensureGuestFiles } from 'thimble/setup/index.ts';

const MODULES = ['virtio_mmio', 'virtio_blk', 'crc16', 'crc32c_generic', 'mbcache', 'jbd2', 'ext4'];

/** Mounts the volume, and becomes the program that the command line names. */
const init = `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs devtmpfs /dev
/bin/busybox --install -s
for module in /lib/modules/*.ko; do insmod "$module"; done
echo 1 > /proc/sys/kernel/printk
for word in $(cat /proc/cmdline); do
  case $word in thimble.name=*) name=\${word#*=} ;; esac
done
mkdir -p /data
mount -t tmpfs tmpfs /run
if mount -t ext4 /dev/vda /data; then
  echo "resumed $(cat /data/log 2> /dev/null | wc -l)"
  . /$name
fi
echo "it is over: $(cat /run/why; dmesg | tail -n 3)"
while true; do sleep 1000; done
`;

/** Appends a record, and comes back when it is written for good. */
const append = `append() {
  echo "record $1 of $name" | dd of=/data/log oflag=append conv=notrunc,fsync 2> /run/why
}
n=$(cat /data/log 2> /dev/null | wc -l)
`;

/**
 * A record is a line of `log`, and each fourth one before that a new file that takes the place of the former one: ext4's journal has kept this when it has
 * kept what came after it.
 */
const writer = `${append}
while true; do
  n=$((n + 1))
  if [ $((n % 4)) = 0 ]; then
    yes "state $n of $name" | head -c 40000 | dd of=/data/new conv=fsync 2> /run/why && mv /data/new /data/state || break
  fi
  append $n || break
  echo "kept $n"
done
`;

/** Fills the volume, says why it cannot go on, makes room, and does that again. */
const filler = `${append}
while true; do
  n=$((n + 1))
  rm -f /data/fill.*
  append $n && echo "kept $n" || n=$((n - 1))
  i=0
  while dd if=/dev/zero of=/data/fill.$i bs=64k count=16 conv=fsync 2> /run/why; do i=$((i + 1)); done
  echo "full: $(grep dd: /run/why)"
done
`;

export const CROWDED = 'crowded';
export const WRITERS = ['personal', 'work'] as const;

/** Writes to `file` the userland that all of them have. */
export async function writeUserland(file: string): Promise<void> {
  const progress = (): void => undefined;
  const { busybox, modules } = await ensureGuestFiles({ progress });
  const needed = MODULES.flatMap((name, index) => {
    const from = modules.find((module) => basename(module) === `${name}.ko`);
    return from === undefined ? [] : [{ path: `/lib/modules/${String(index).padStart(2, '0')}.ko`, content: readFileSync(from) }];
  });
  const scripts = [...WRITERS.map((name) => ({ path: `/${name}`, content: writer })), { path: `/${CROWDED}`, content: filler }];
  writeFileSync(file, buildInitrd({ busybox: readFileSync(busybox), files: [{ path: '/init', content: init }, ...scripts, ...needed] }));
}

/** Each with the volume of its own name. */
export function recordWriters(initrd: string): MachineConfig[] {
  return [...WRITERS, CROWDED].map((name) => ({
    name,
    memoryMib: 96,
    image: linux({ initrd, commandLine: `console=ttyAMA0 quiet thimble.name=${name}` }),
    volumes: [{ name }],
  }));
}

/** The last record that a machine has said to be kept; 0 if it has said nothing. */
export function keptIn(lines: readonly string[]): number {
  return lines.reduce((last, line) => Number(/^kept (\d+)$/.exec(line)?.[1] ?? last), 0);
}
