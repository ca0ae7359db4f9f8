/**
 * Weston, drawn by the processor: windows with frames, launchers in a bar, a keyboard that comes up where there is text to enter.
 *
 * Debian's Weston 10 opens devices itself where no logind does it for it, and insists on root for that. Its clients get the real user, which is
 * therefore not root.
 */
import { editor, flower, gap, photograph, terminal } from './pictograms.ts';
import type { DesktopParts } from './root-file.ts';
import { desktopScript, USER } from './system-files.ts';
import { evening } from './wallpapers.ts';

const PICTURES = 'usr/share/thimble';
const KEYBOARD = '/usr/lib/aarch64-linux-gnu/weston-keyboard';

const launchers = [
  { name: 'terminal', draw: terminal, command: '/usr/bin/weston-terminal' },
  { name: 'editor', draw: editor, command: '/usr/bin/weston-editor' },
  { name: 'photograph', draw: photograph, command: `/usr/bin/weston-image /${PICTURES}/wallpaper.png` },
  { name: 'flower', draw: flower, command: '/usr/bin/weston-flower' },
] as const;

// The first place is within the reach of the panel's left edge.
const slots = [
  { icon: `${PICTURES}/gap.png`, content: gap(), command: '/bin/true' },
  ...launchers.flatMap(({ name, draw, command }) => draw().map((content, index) => ({ icon: `${PICTURES}/${name}-${String(index)}.png`, content, command }))),
];

// The bar is at the bottom: a finger that begins at another edge belongs to the handset.
const settings = `[core]
shell=desktop-shell.so
idle-time=0

[shell]
background-image=/${PICTURES}/wallpaper.png
background-type=scale-crop
panel-color=0xe62e1442
panel-position=bottom
clock-format=minutes
animation=none
startup-animation=none
close-animation=none
locking=false

[input-method]
path=${KEYBOARD}

[terminal]
font=DejaVu Sans Mono
font-size=18
${slots.map(({ icon, command }) => `\n[launcher]\nicon=/${icon}\npath=${command}\n`).join('')}`;

export function westonDesktop(): DesktopParts {
  const user = String(USER.id);
  const compositor = `/usr/bin/setpriv --ruid=${user} --rgid=${user} --clear-groups weston --backend=drm-backend.so --use-pixman --tty=1`;
  return {
    release: 'bookworm',
    // util-linux: setpriv, which sets the real user alone.
    packages: ['weston', 'util-linux'],
    files: [
      { path: 'etc/xdg/weston/weston.ini', content: settings },
      { path: `${PICTURES}/wallpaper.png`, content: evening() },
      ...slots.map(({ icon, content }) => ({ path: icon, content })),
      desktopScript({ compositor, client: 'weston-desktop-shell' }),
    ],
  };
}
