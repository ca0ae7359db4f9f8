/**
 * Which packages of Debian a root file system of ours is made of, and what of them it does without.
 *
 * They are those of the release that a desktop names, whatever the host runs: a compositor's settings, and the libraries that it can do without, are
 * another release's others.
 */
export type Release = 'bookworm' | 'trixie';

/** Beside a desktop's own. busybox is the one of the initial RAM disk. */
export const SYSTEM_PACKAGES = ['udev', 'e2fsprogs', 'libc-bin', 'ncurses-base', 'fonts-dejavu-core'] as const;

/**
 * What their dependencies name and nothing here runs: maintainer scripts' tools, services that no one asks, drawing by a graphics processor and the
 * compiler for that, ways to show a screen to somebody far away. Of both releases: to leave out what one of them does not have changes nothing.
 */
export const LEFT_OUT = [
  'adduser', 'debconf', 'dpkg', 'perl', 'perl-base', 'passwd', 'tar', 'ucf', 'usrmerge', 'init-system-helpers', 'sysvinit-utils', 'lsb-base',
  'libpam-modules', 'libpam-runtime', 'polkitd', 'fontconfig', 'shared-mime-info', 'iso-codes', 'dmsetup',
  'libgl1-mesa-dri', 'libllvm15', 'libcolord2', 'libfreerdp2-2', 'libwinpr2-2', 'libgstreamer1.0-0', 'libgstreamer-plugins-base1.0-0', 'libpipewire-0.3-0',
  'systemd', 'libllvm19', 'openssl-provider-legacy', 'sensible-utils',
] as const;

/** Files of packages that are left out, as tar's patterns. */
export const LEFT_OUT_FILES = [
  ...['doc', 'man', 'info', 'locale', 'lintian', 'bug', 'bash-completion', 'zsh', 'fish', 'initramfs-tools', 'X11/locale'].map((folder) => `./usr/share/${folder}/*`),
  ...['./usr/include/*', './etc/init.d/*', './etc/cron*', './lib/udev/hwdb.d/*', './lib/systemd/system/*', './usr/lib/systemd/system/*', '*/gconv/*', '*/pkgconfig/*'],
  // 37 MB that nothing loads where the processor draws; the package is of one version with others that are needed.
  ...['*/libgallium-*.so'],
  // They want PAM; busybox has its own.
  ...['./bin/su', './usr/sbin/runuser', './sbin/runuser'],
] as const;
