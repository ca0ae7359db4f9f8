/**
 * The default userland of a Linux machine: Debian's busybox and a few small text files, as an initrd. A machine with a root volume goes on there
 * instead, as soon as the drivers are loaded.
 *
 * One initrd serves every machine, so that an image stores it once; what differs, the machine's name, comes from the
 * kernel command line (`thimble.name=`). It is deterministic: equal input gives equal bytes.
 */
import { posix } from 'node:path';
import { quietKernel } from '../userland/quiet-kernel.ts';
import { writeCpio, type CpioEntry } from './cpio.ts';

/** One more file in an initrd: an absolute path in the guest, its content, and its mode (0o755 if absent). */
export interface InitrdFile {
  readonly path: string;
  readonly content: string | Uint8Array;
  readonly mode?: number;
}

/**
 * `busybox` is the content of a static arm64 busybox. `files` are added, and replace files of the same path:
 * a test that brings its own `/init` gets a machine that runs nothing else.
 */
export function buildInitrd(options: {
  readonly busybox: Uint8Array;
  readonly files?: readonly InitrdFile[];
}): Uint8Array {
  const files = new Map<string, InitrdFile>();
  for (const file of [{ path: '/bin/busybox', content: options.busybox }, ...userland, ...(options.files ?? [])]) {
    files.set(posix.normalize(`/${file.path}`), file);
  }
  const directories = new Set(emptyDirectories);
  for (const path of [...emptyDirectories, ...files.keys()]) {
    for (let folder = posix.dirname(path); folder !== '/'; folder = posix.dirname(folder)) directories.add(folder);
  }
  const entries: CpioEntry[] = [...directories].sort().map((path) => ({ kind: 'directory', path }));
  // The kernel opens it for the first process, before anything could mount /dev.
  entries.push({ kind: 'characterDevice', path: '/dev/console', major: 5, minor: 1 });
  for (const [path, file] of files) {
    const content = typeof file.content === 'string' ? Buffer.from(file.content, 'utf8') : file.content;
    entries.push({ kind: 'file', path, content, mode: file.mode ?? 0o755 });
  }
  return writeCpio(entries);
}

/** The command line for a Linux machine with this userland. With a screen, the kernel's messages go there too, unless a root volume has its own use for it. */
export function defaultKernelCommandLine(machineName: string, hasScreen = false, root?: string): string {
  return `${hasScreen && root === undefined ? 'console=tty0 ' : ''}console=ttyAMA0 thimble.name=${machineName}${rootWord(root)}`;
}

/** What the command line says of a machine's root volume, with a space before it. */
export function rootWord(root: string | undefined): string {
  return root === undefined ? '' : ` thimble.root=${root}`;
}

/** Where `busybox --install` puts its links, and where `start` mounts. */
const emptyDirectories = [
  '/bin', '/dev', '/etc', '/proc', '/root', '/run', '/sbin', '/sys', '/sysroot', '/tmp', '/usr/bin', '/usr/sbin',
];

// A disk's serial number is its volume's name. A root that cannot be had leaves the small userland, to see to it.
const init = `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs devtmpfs /dev
/bin/busybox --install -s
root=
for word in $(cat /proc/cmdline); do
  case $word in thimble.root=*) root=\${word#*=} ;; esac
done
for module in /lib/modules/$(uname -r)/*; do
  [ -e "$module" ] && insmod "$module"
done
[ -n "$root" ] || exec init
device=
for disk in /sys/block/vd*; do
  [ "$(cat "$disk/serial" 2> /dev/null)" = "$root" ] && device=/dev/\${disk##*/}
done
if [ -z "$device" ]; then
  echo "thimble: there is no volume $root: the disk has no partition of that name; this is the small userland"
elif ! mount -o ro "$device" /sysroot; then
  echo "thimble: volume $root has no file system that could be mounted; this is the small userland"
elif [ ! -e /sysroot/sbin/init ] && [ ! -h /sysroot/sbin/init ]; then
  echo "thimble: volume $root has no /sbin/init; this is the small userland"
else
  mount --move /dev /sysroot/dev
  umount /sys /proc
  exec switch_root /sysroot /sbin/init
fi
exec init
`;

const start = `#!/bin/busybox sh
name=linux root=
for word in $(cat /proc/cmdline); do
  case $word in thimble.name=*) name=\${word#*=} ;; thimble.root=*) root=\${word#*=} ;; esac
done
hostname "$name"
if [ -e /sys/class/net/eth0 ]; then
  ip link set eth0 up
  udhcpc -i eth0 -n -q -t 3 -T 1 -s /etc/udhcpc > /dev/null 2>&1 || echo "eth0: nobody gives it an address"
fi
if [ -e /dev/hwrng ]; then
  # The kernel has its seed from the device tree; it need not ask for more each minute.
  echo 0 > /sys/module/rng_core/parameters/current_quality
fi
${quietKernel}# A shell on the screen too, and on the virtio console.
for terminal in tty1 hvc0; do
  case $terminal in tty1) [ -e /dev/fb0 ] ;; *) [ -e /dev/$terminal ] ;; esac || continue
  (while true; do TERM=linux setsid sh -lc "exec sh -l </dev/$terminal >/dev/$terminal 2>&1"; done) &
done
memory=$(sed -n 's/^MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo)
# Only errors from the kernel may still come between the lines of the shell.
echo 4 > /proc/sys/kernel/printk
echo
echo "This is $name: Linux $(uname -r), $((memory / 1024)) MiB of memory, CPUs: $(nproc)."
[ -n "$root" ] || echo "thimble-ready $name $(uname -r) $memory"
`;

const inittab = `::sysinit:/etc/start
ttyAMA0::respawn:-/bin/sh
::ctrlaltdel:/sbin/reboot
`;

// The prompt follows `cd` by hand: a static busybox has no user database that would tell its \w the home folder.
const profile = `export PATH=/sbin:/bin:/usr/sbin:/usr/bin HOME=/root TERM=\${TERM:-vt100}
cd() {
  command cd "$@" || return
  case $PWD in "$HOME"*) PS1="\\h:~\${PWD#"$HOME"}# " ;; *) PS1="\\h:$PWD# " ;; esac
}
cd
`;

/** What `udhcpc` runs with what it was given. */
export const udhcpc = `#!/bin/busybox sh
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ip addr flush dev "$interface"
ip addr add "$ip/$mask" dev "$interface"
[ -n "$router" ] && ip route replace default via "$router"
[ -n "$dns" ] && echo "nameserver $dns" > /etc/resolv.conf
exit 0
`;

const userland: readonly InitrdFile[] = [
  { path: '/init', content: init },
  { path: '/etc/start', content: start },
  { path: '/etc/inittab', content: inittab, mode: 0o644 },
  { path: '/etc/udhcpc', content: udhcpc },
  { path: '/etc/profile', content: profile, mode: 0o644 },
];
