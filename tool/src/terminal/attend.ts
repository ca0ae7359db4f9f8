/**
 * Staying with a handset until it ends: with a person at a terminal, or as a plain log where there is none.
 */
import type { Machine } from '../config/check.ts';
import { awaitReady } from '../handset/await-ready.ts';
import type { HandsetExit, RunningHandset } from '../handset/running-handset.ts';
import { coloursFor } from './colours.ts';
import { LineView } from './line-view.ts';
import { Session } from './session.ts';

/** Longer than any timer of Node's lasts; a person decides when to stop waiting. */
const NO_TIMEOUT_MS = 2 ** 31 - 1;

async function attendPerson(handset: RunningHandset, machines: readonly Machine[]): Promise<HandsetExit> {
  const session = new Session(handset, machines);
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

function attendLog(handset: RunningHandset, machines: readonly Machine[]): Promise<HandsetExit> {
  const view = new LineView(
    machines.map(({ name }) => name),
    coloursFor(process.stdout),
    (text) => process.stdout.write(text),
  );
  handset.hypervisor.onLine((line) => {
    view.ownLine(line);
  });
  view.follow(handset);
  return handset.ended;
}

export function attend(handset: RunningHandset, machines: readonly Machine[]): Promise<HandsetExit> {
  const person = process.stdin.isTTY && process.stdout.isTTY;
  return person ? attendPerson(handset, machines) : attendLog(handset, machines);
}
