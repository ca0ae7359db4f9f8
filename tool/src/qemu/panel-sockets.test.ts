import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakePanel } from './fake-panel.ts';
import { PanelSockets } from './panel-sockets.ts';

let parent = '';
let sockets: PanelSockets;

beforeEach(async () => {
  parent = mkdtempSync(join(tmpdir(), 'thimble-sockets-'));
  sockets = await PanelSockets.create(parent);
});
afterEach(() => {
  sockets.remove();
  rmSync(parent, { recursive: true });
});

describe("the panel's sockets", () => {
  it('are in a folder that is open to its owner alone, and gone with it', () => {
    const folder = dirname(sockets.paths.vnc);
    expect([dirname(sockets.paths.control), statSync(folder).mode & 0o777]).toEqual([folder, 0o700]);
    sockets.remove();
    expect(readdirSync(parent)).toEqual([]);
  });

  it('that a killed process has left are removed, and those of one that runs are not', async () => {
    mkdirSync(join(parent, 'panel-999999999-abc'));
    const second = await PanelSockets.create(parent);
    expect(readdirSync(parent)).toHaveLength(2);
    second.remove();
    expect(existsSync(dirname(sockets.paths.vnc))).toBe(true);
  });

  it('are refused in words where their path would be too long', async () => {
    const deep = join(parent, 'x'.repeat(100));
    mkdirSync(deep);
    await expect(PanelSockets.create(deep)).rejects.toThrow(/too long for the panel's sockets, by \d+ bytes; set XDG_RUNTIME_DIR to a shorter folder/);
    expect(readdirSync(deep)).toEqual([]);
  });
});

describe('a picture', () => {
  let fake: FakePanel;
  beforeEach(async () => {
    fake = await FakePanel.open(sockets.paths);
  });
  afterEach(() => fake.close());
  const left = (): string[] => readdirSync(dirname(sockets.paths.vnc)).filter((name) => name.endsWith('.png'));

  it('is taken by QEMU, as often as it is asked for, and leaves no file', async () => {
    const taken = await Promise.all([sockets.picture(), sockets.picture(), sockets.picture()]);
    expect(taken.map(String).sort()).toEqual(['picture 1', 'picture 2', 'picture 3']);
    expect(left()).toEqual([]);
  });

  it('that QEMU refuses is refused with its words', async () => {
    fake.refusal = "Parameter 'format' is unexpected";
    await expect(sockets.picture()).rejects.toThrow("QEMU gave no picture of the panel: Parameter 'format' is unexpected; it takes version 7.1 or newer");
    fake.refusal = null;
    expect(String(await sockets.picture())).toBe('picture 1');
  });

  it('can be had again after the control line has broken', async () => {
    await sockets.picture();
    fake.close();
    await expect(sockets.picture()).rejects.toThrow('QEMU gave no picture of the panel');
    rmSync(sockets.paths.vnc, { force: true });
    rmSync(sockets.paths.control, { force: true });
    fake = await FakePanel.open(sockets.paths);
    expect(String(await sockets.picture())).toBe('picture 1');
  });
});
