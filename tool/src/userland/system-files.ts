/**
 * What every root file system of ours has in place of what Debian's maintainer scripts and a service manager would do there: busybox as init, udev for
 * the input devices, one user, and a desktop that is started for her.
 *
 * The volume is mounted read-only when `/sbin/init` begins, so that its file system can be checked first.
 */
import { udhcpc } from '../setup/initrd.ts';
import { quietKernel } from './quiet-kernel.ts';
import type { RootFile } from './root-file.ts';

export const USER = { name: 'user', id: 1000, home: 'home/user' } as const;

const EXECUTABLE = 0o755;
const RUNTIME = `/run/user/${String(USER.id)}`;

const inittab = `::sysinit:/etc/thimble/start
::respawn:/etc/thimble/desktop
ttyAMA0::respawn:-/bin/sh
::ctrlaltdel:/sbin/reboot
::shutdown:/etc/thimble/stop
`;

// Its shell finds busybox' programs without links to them as soon as there is a /proc. e2fsck ends with 1 where it has mended something, and needs a
// person from 4 on.
const start = `#!/bin/sh
/bin/busybox mount -t proc proc /proc
mount -t sysfs sysfs /sys
name=linux
for word in $(cat /proc/cmdline); do
  case $word in thimble.name=*) name=\${word#*=} ;; thimble.root=*) root=\${word#*=} ;; esac
done
hostname "$name"
for disk in /sys/block/vd*; do
  [ "$(cat "$disk/serial")" = "$root" ] && device=/dev/\${disk##*/}
done
/usr/sbin/e2fsck -p "$device"
[ $? -lt 4 ] && mount -o remount,rw,noatime /
[ -e /usr/bin/wget ] || /bin/busybox --install -s
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs tmpfs /tmp
mkdir -p /dev/pts /dev/shm ${RUNTIME}
mount -t devpts -o gid=5,mode=620 devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
chown ${USER.name}:${USER.name} ${RUNTIME}
chmod 700 ${RUNTIME}
/lib/systemd/systemd-udevd --daemon
udevadm trigger --action=add --subsystem-match=drm --subsystem-match=input
udevadm settle
ip link set lo up
if [ -e /sys/class/net/eth0 ]; then
  ip link set eth0 up
  udhcpc -i eth0 -n -q -t 3 -T 1 -s /etc/thimble/lease > /dev/null 2>&1 &
fi
# The kernel has its seed from the device tree; it need not ask for more each minute.
[ -e /dev/hwrng ] && echo 0 > /sys/module/rng_core/parameters/current_quality
${quietKernel}# Only errors from the kernel may still come between the lines of the shell.
echo 4 > /proc/sys/kernel/printk
echo "This is $name: Linux $(uname -r), its root volume $root."
`;

// A read-only file system is a clean one. \`kill\` leaves init and this script alone.
const stop = `#!/bin/sh
kill -TERM -1
sleep 1
kill -KILL -1
sync
mount -o remount,ro /
`;

/** Programs that want a terminal find their prompt here, whether they are asked to log in or not. */
const shell = `cd() {
  command cd "$@" || return
  case $PWD in "$HOME"*) PS1="\\h:~\${PWD#"$HOME"}$sign " ;; *) PS1="\\h:$PWD$sign " ;; esac
}
sign='$'
[ "$(id -u)" = 0 ] && sign='#'
cd .
`;

const profile = `export PATH=/sbin:/bin:/usr/sbin:/usr/bin TERM=\${TERM:-vt100} LANG=C.UTF-8 ENV=/etc/thimble/shell
[ "$(id -u)" = 0 ] && export HOME=/root
cd
. /etc/thimble/shell
`;

const accounts: readonly RootFile[] = [
  { path: 'etc/passwd', content: `root:x:0:0:root:/root:/bin/sh\n${USER.name}:x:${String(USER.id)}:${String(USER.id)}::/${USER.home}:/bin/sh\n` },
  // The groups that udev's rules give devices to.
  {
    path: 'etc/group',
    content: `root:x:0:\ntty:x:5:\ndisk:x:6:\nlp:x:7:\ndialout:x:20:\ncdrom:x:24:\nkmem:x:15:\nvideo:x:44:${USER.name}\naudio:x:29:\ntape:x:26:\ninput:x:104:\nsgx:x:105:\nkvm:x:106:\nrender:x:107:\n${USER.name}:x:${String(USER.id)}:\n`,
  },
];

export const systemFiles: readonly RootFile[] = [
  { path: 'etc/inittab', content: inittab },
  { path: 'etc/profile', content: profile },
  { path: 'etc/fstab', content: '' },
  // A machine without a clock begins in 1970 each time.
  { path: 'etc/e2fsck.conf', content: '[options]\nbroken_system_clock = 1\n' },
  { path: 'etc/thimble/start', content: start, mode: EXECUTABLE },
  { path: 'etc/thimble/stop', content: stop, mode: EXECUTABLE },
  { path: 'etc/thimble/shell', content: shell },
  { path: 'etc/thimble/lease', content: udhcpc, mode: EXECUTABLE },
  { path: 'etc/thimble/compose', content: '# No sequences: to read those of a locale takes a second at each start of a program, under emulation.\n' },
  ...accounts,
];

/**
 * Starts a compositor, after what `prepare` does, and says on the console when it and `client`, the program that draws its bar, are up.
 *
 * Whoever the compositor runs as, its clients are the user's, and so its socket must be.
 */
export function desktopScript({ compositor, client, prepare = '' }: { readonly compositor: string; readonly client: string; readonly prepare?: string }): RootFile {
  const content = `#!/bin/sh
. /etc/profile
export HOME=/${USER.home} SHELL=/bin/sh XDG_RUNTIME_DIR=${RUNTIME} XCOMPOSEFILE=/etc/thimble/compose
export XDG_CACHE_HOME=$HOME/.cache XDG_CONFIG_HOME=$HOME/.config
cd
rm -f "$XDG_RUNTIME_DIR"/wayland-*
${prepare}${compositor} > /run/desktop.log 2>&1 &
until [ -S "$XDG_RUNTIME_DIR/wayland-1" ] && pidof ${client} > /dev/null; do
  kill -0 $! 2> /dev/null || exit
  sleep 0.2
done
chown ${USER.name}:${USER.name} "$XDG_RUNTIME_DIR"/wayland-1*
memory=$(sed -n 's/^MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo)
# On a line of its own: the console's shell has its prompt there.
printf '\\nthimble-ready %s %s %s\\n' "$(hostname)" "$(uname -r)" "$memory" > /dev/console
wait
`;
  return { path: 'etc/thimble/desktop', content, mode: EXECUTABLE };
}
