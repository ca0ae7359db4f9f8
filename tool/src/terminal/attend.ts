/**
 * Staying with a handset until it ends: with a person at a terminal, or as a plain log where there is none.
 */
import type { Machine } from '../config/check.ts';
import type { Focus } from '../control/focus.ts';
import { PANEL_FRAGMENT } from '../control/protocol.ts';
import { awaitReady } from '../handset/await-ready.ts';
import { isRefusal } from '../handset/hypervisor-lines.ts';
import type { HandsetExit, RunningHandset } from '../handset/running-handset.ts';
import { coloursFor } from './colours.ts';
import { Refusal } from '../refusal.ts';
import { LineView } from './line-view.ts';
import { plainText } from './plain-text.ts';
import { Session } from './session.ts';

/** Longer than any timer of Node's lasts; a person decides when to stop waiting. */
const NO_TIMEOUT_MS = 2 ** 31 - 1;

export interface Attendance {
  /** Which machine has the keyboard, which others may change too. */
  readonly focus: Focus;
  /** Where a browser finds the handset; null where it does not. */
  readonly address: string | null;
  /** Whether the handset's panel is seen there. */
  readonly hasPanel: boolean;
}

/** Where a browser finds the handset, and its panel. */
function whereabouts({ address, hasPanel }: Attendance): string[] {
  if (address === null) return [];
  return [`in a browser: ${address}`, ...(hasPanel ? [`its panel: ${address}${PANEL_FRAGMENT}`] : [])];
}

async function attendPerson(handset: RunningHandset, machines: readonly Machine[], attendance: Attendance): Promise<HandsetExit> {
  const session = new Session(handset, machines, { focus: attendance.focus, whereabouts: whereabouts(attendance) });
  try {
    awaitReady(handset, machines, { timeoutMs: NO_TIMEOUT_MS }).then(
      () => {
        session.allReady();
      },
      // The hypervisor's own line on the screen has said why; the others go on.
      () => undefined,
    );
    return await handset.ended;
  } finally {
    session.end();
  }
}

function attendLog(handset: RunningHandset, machines: readonly Machine[], attendance: Attendance): Promise<HandsetExit> {
  const view = new LineView(
    machines.map(({ name }) => name),
    coloursFor(process.stdout),
    (text) => process.stdout.write(text),
  );
  for (const line of whereabouts(attendance)) view.ownLine(line);
  handset.hypervisor.onLine((line) => {
    view.ownLine(line);
  });
  view.follow(handset);
  return handset.ended;
}

/** Rejects when the hypervisor refuses to start: it halts then, and nobody should have to wait for that to change. */
function watchRefusal(handset: RunningHandset): Promise<never> {
  return new Promise((_, reject) => {
    const take = (line: string): void => {
      if (isRefusal(line)) reject(new Refusal(`the hypervisor does not start: ${plainText(line)}`));
    };
    handset.hypervisor.onLine(take);
    handset.hypervisor.lines.forEach(take);
  });
}

/** Stays until the handset has ended. */
export async function attend(handset: RunningHandset, machines: readonly Machine[], attendance: Attendance): Promise<HandsetExit> {
  const person = process.stdin.isTTY && process.stdout.isTTY;
  const attending = person ? attendPerson(handset, machines, attendance) : attendLog(handset, machines, attendance);
  try {
    return await Promise.race([attending, watchRefusal(handset)]);
  } finally {
    await handset.close();
    await attending.catch(() => undefined);
  }
}
