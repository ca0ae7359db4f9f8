/** The desktops by their names in a configuration. */
import type { Desktop } from '../config/handset-config.ts';
import type { DesktopParts } from './root-file.ts';
import { swayDesktop } from './sway-desktop.ts';
import { westonDesktop } from './weston-desktop.ts';

const DESKTOPS: Readonly<Record<Desktop, () => DesktopParts>> = { weston: westonDesktop, sway: swayDesktop };

const known = new Map<Desktop, DesktopParts>();

export function desktopParts(name: Desktop): DesktopParts {
  const parts = known.get(name) ?? DESKTOPS[name]();
  // Their pictures take a second to draw.
  known.set(name, parts);
  return parts;
}
