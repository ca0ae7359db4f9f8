/** Opening a running handset to the page and the command line, for as long as it runs. */
import type { Machine } from '../config/check.ts';
import { DEVICE_MACHINE } from '../devices/device-machine.ts';
import type { RunningHandset } from '../handset/running-handset.ts';
import { Refusal } from '../refusal.ts';
import { ControlServer, type HandsetDescription } from './control-server.ts';
import type { Focus } from './focus.ts';
import { HandsetControl } from './handset-control.ts';
import { HandsetPanel, type PanelDescription, type PanelDoors } from './handset-panel.ts';
import type { Listener } from './listener.ts';
import { announce } from './session-file.ts';

export interface OpenControl {
  /** Where the page is, token included. */
  readonly address: string;
  /** Tells everybody why the handset has ended, and stops listening. */
  readonly close: (reason: string) => Promise<void>;
}

export interface ControlOptions extends HandsetDescription {
  readonly machines: readonly Machine[];
  /** Of a handset that has one. */
  readonly panel: (PanelDescription & { readonly doors: PanelDoors }) | null;
  /** Hears of what is missing, without which the handset runs all the same. */
  readonly warn: (line: string) => void;
}

export async function openControl(
  listener: Listener,
  running: RunningHandset,
  focus: Focus,
  { machines, panel, warn, ...description }: ControlOptions,
): Promise<OpenControl> {
  const handsetPanel = panel && new HandsetPanel(panel, panel.doors, running.console(DEVICE_MACHINE));
  const server = new ControlServer(listener, new HandsetControl(running, focus, machines, handsetPanel), description);
  const withdraw = await announce({ name: description.name, port: listener.port, token: server.token }).catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error;
    warn(`out of reach of ps, console and the like: ${error.message}`);
    return () => undefined;
  });
  return {
    address: server.address,
    close: async (reason) => {
      withdraw();
      await server.close(reason);
    },
  };
}
