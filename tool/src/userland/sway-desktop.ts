/**
 * Sway, drawn by the processor: one application at a time, the others behind their tabs, and a bar of buttons, among them one for a keyboard on the
 * screen.
 *
 * The bar's buttons are blocks of its status line, which tells what was touched to the program that writes it. [swaybar-protocol(7)]
 */
import type { DesktopParts } from './root-file.ts';
import { desktopScript, USER } from './system-files.ts';
import { blueprint } from './wallpapers.ts';

const WALLPAPER = 'usr/share/thimble/wallpaper.png';

/**
 * By what gdk-pixbuf, with which swaybg reads the wallpaper, knows a PNG file; Debian's list of all kinds of files is made by a maintainer script.
 * It is in the form of shared-mime-info's magic files.
 */
const KIND_OF_WALLPAPER = Buffer.from('MIME-Magic\0\n[50:image/png]\n>0=\0\u0008\u0089PNG\r\n\u001a\n\n', 'latin1');

interface Button {
  readonly label: string;
  readonly width: number;
  readonly background: string;
  readonly command: string;
}

const KEYBOARD = 'wvkbd-mobintl';
/**
 * The same keys, as high, for both forms of a screen. wvkbd 0.15 draws its keys before it has been told the screen's form, as if that were wider than
 * high, and then again: what is under a finger would become another key.
 */
const KEYBOARD_OPTIONS = '-H 400 -L 400 -l full,special --landscape-layers full,special';
const buttons: readonly Button[] = [
  { label: 'Terminal', width: 146, background: '#155a80', command: 'foot &' },
  { label: 'Notes', width: 106, background: '#155a80', command: 'foot --title=Notes nano notes.txt &' },
  { label: 'Close', width: 102, background: '#7a3040', command: 'swaymsg kill' },
  { label: 'Keys', width: 90, background: '#1f7a5a', command: `killall ${KEYBOARD} || ${KEYBOARD} ${KEYBOARD_OPTIONS} &` },
];

const settings = `xwayland disable
output * bg /${WALLPAPER} fill
font pango:DejaVu Sans 17
workspace_layout tabbed
default_border normal 2
titlebar_padding 14 10
client.focused #2b8cb8 #155a80 #ffffff
client.unfocused #0a2c46 #0d3a58 #a8c8d8
client.focused_inactive #0a2c46 #0d3a58 #a8c8d8
exec swaymsg rename workspace to work
bar {
  position bottom
  height 84
  font pango:DejaVu Sans 17
  status_command exec /etc/thimble/status
  tray_output none
  separator_symbol " "
  colors {
    background #082436
    statusline #ffffff
    focused_workspace #2b8cb8 #155a80 #ffffff
  }
}
`;

function status(): string {
  const blocks = buttons.map(({ label, width, background }) => ({
    ...{ full_text: label, name: label, min_width: width, align: 'center', background, border: background },
    ...{ separator: false, separator_block_width: 8 },
  }));
  const line = JSON.stringify([...blocks, { full_text: '%s', name: 'clock', min_width: 84, align: 'center' }]);
  const choices = buttons.map(({ label, command }) => `    *'"name": "${label}"'*) ${command} ;;`);
  return `#!/bin/sh
cd
echo '{"version":1,"click_events":true}'
echo '['
while true; do
  printf '${line},\\n' "$(date +%H:%M)"
  sleep $((60 - $(date +%-S)))
done &
while read -r touched; do
  case $touched in
${choices.join('\n')}
  esac
done > /dev/null
`;
}

const terminal = `font=DejaVu Sans Mono:size=15
dpi-aware=no
pad=10x8
[colors]
background=061a28
foreground=d8ecf4
`;

// seatd opens the devices for the user. There is no plane for a cursor of its own, and nobody needs one for fingers.
const prepare = `export WLR_RENDERER=pixman WLR_NO_HARDWARE_CURSORS=1
pidof seatd > /dev/null || seatd -g video > /run/seatd.log 2>&1 &
until [ -S /run/seatd.sock ]; do sleep 0.1; done
`;

export function swayDesktop(): DesktopParts {
  return {
    release: 'trixie',
    packages: ['sway', 'swaybg', 'foot', 'wvkbd', 'seatd', 'nano'],
    files: [
      { path: 'etc/sway/config', content: settings },
      { path: 'etc/thimble/status', content: status(), mode: 0o755 },
      { path: 'etc/xdg/foot/foot.ini', content: terminal },
      { path: WALLPAPER, content: blueprint() },
      { path: 'usr/share/mime/magic', content: KIND_OF_WALLPAPER },
      desktopScript({ prepare, compositor: `su ${USER.name} -c 'exec sway'`, client: 'swaybar' }),
    ],
  };
}
