/** The panel as browsers and clients meet it: seen, switched and photographed by whoever has the token, and by nobody else. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { FakePanel } from '../qemu/fake-panel.ts';
import { PanelSockets } from '../qemu/panel-sockets.ts';
import { Console } from '../serial/console.ts';
import { ControlClient } from './client.ts';
import { ControlServer, PANELS_MAX } from './control-server.ts';
import { FakeHandset } from './fake-handset.ts';
import { Focus } from './focus.ts';
import { HandsetControl } from './handset-control.ts';
import { HandsetPanel } from './handset-panel.ts';
import { listen, type Listener } from './listener.ts';
import { FRAME_BYTES_MAX, PANEL_SUBPROTOCOL, type ServerMessage } from './protocol.ts';

const DC1 = 0x11;
const machines = ['one', 'two'].map((name) => ({ name, memoryMib: 16, vcpus: 1 }));

let folder = '';
let sockets: PanelSockets;
let fake: FakePanel;
let handset: FakeHandset;
let focus: Focus;
let listener: Listener;
let server: ControlServer;
/** The device machine's console, what it was told, and whether it answers. */
let devices: Console;
let ordered: string[];
let isDeaf: boolean;
const clients: ControlClient[] = [];
const browsers: WebSocket[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'thimble-panel-'));
  sockets = await PanelSockets.create(folder);
  fake = await FakePanel.open(sockets.paths);
  handset = new FakeHandset();
  focus = new Focus();
  listener = await listen();
  ordered = [];
  isDeaf = false;
  devices = new Console('devices', obey);
  devices.receive(Buffer.from('ready\r\npanel shows all, input to one\r\n'));
  const panel = new HandsetPanel({ width: 720, height: 1440, screens: [{ name: 'one', index: 0 }, { name: 'two', index: 1 }] }, sockets, devices);
  server = new ControlServer(listener, new HandsetControl(handset, focus, machines, panel), { name: 'test', board: 'none', startedAtMs: 1 });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const browser of browsers.splice(0)) browser.terminate();
  await server.close('the test is over');
  fake.close();
  sockets.remove();
  rmSync(folder, { recursive: true });
});

/** The device machine, of which only the answers matter here. */
function obey(data: Uint8Array): void {
  expect([data.length, data[0]]).toEqual([2, DC1]);
  const letter = String.fromCharCode(data[1] ?? 0);
  ordered.push(letter);
  const name = machines[letter.toLowerCase().charCodeAt(0) - 0x61]?.name ?? 'one';
  if (!isDeaf) devices.receive(Buffer.from(`panel shows ${/[A-Z]/.test(letter) ? '' : 'all, input to '}${name}\r\n`));
}

function address(path = `/${server.token}/panel`): string {
  return `ws://127.0.0.1:${String(listener.port)}${path}`;
}

/** How an attempt to open a WebSocket ends: `open`, or the status of the refusal. */
function knock(path?: string, headers: Record<string, string> = {}, protocol: string | null = PANEL_SUBPROTOCOL): Promise<string | number | undefined> {
  const socket = new WebSocket(address(path), protocol ?? [], { headers });
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.once('open', () => {
      resolve('open');
      socket.terminate();
    });
    socket.once('unexpected-response', (_, response) => {
      resolve(response.statusCode);
      socket.terminate();
    });
  });
}

async function browser(): Promise<{ socket: WebSocket; got: () => number }> {
  const socket = new WebSocket(address(), PANEL_SUBPROTOCOL, { perMessageDeflate: false });
  socket.on('error', () => undefined);
  browsers.push(socket);
  let bytes = 0;
  socket.on('message', (data: Buffer) => (bytes += data.length));
  await once(socket, 'open');
  return { socket, got: () => bytes };
}

async function client(): Promise<{ speak: ControlClient; messages: ServerMessage[] }> {
  const speak = await ControlClient.connect({ port: listener.port, token: server.token, name: 'test' });
  clients.push(speak);
  const messages: ServerMessage[] = [];
  speak.onMessage((message) => messages.push(message));
  return { speak, messages };
}

describe('the panel', () => {
  it.each([
    ['no token', '/panel', {}],
    ['a wrong token', `/${'A'.repeat(32)}/panel`, {}],
    ['the token elsewhere', '/panel?token=', {}],
    ['a name that points here', null, { Host: 'evil.example' }],
    ['localhost', null, { Host: 'localhost' }],
    ['another origin', null, { Origin: 'http://evil.example' }],
    ['no origin at all', null, { Origin: 'null' }],
  ])('is closed to whoever comes with %s', async (_, path, headers) => {
    const withPort = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, name === 'Host' ? `${value}:${String(listener.port)}` : value]));
    expect(await knock(path?.replace('token=', `token=${server.token}`), withPort)).toBe(403);
    expect(fake.viewers.size).toBe(0);
  });

  it('is open to the page itself, in its own protocol only', async () => {
    expect(await knock(undefined, { Origin: `http://127.0.0.1:${String(listener.port)}` })).toBe('open');
    expect(await knock(undefined, {}, null)).toBe(426);
    expect(await knock(undefined, {}, 'thimble-control-1')).toBe(426);
  });

  it('carries bytes both ways, to each browser its own', async () => {
    const [first, second] = [await browser(), await browser()];
    const answer = once(first.socket, 'message');
    first.socket.send(Buffer.from([0, 1, 0xff]));
    expect((await answer)[0]).toEqual(Buffer.from([0, 1, 0xff]));
    expect([fake.viewers.size, second.got()]).toEqual([2, 0]);
  });

  it('goes on for one browser when another has gone, in the middle of anything', async () => {
    const [first, second] = [await browser(), await browser()];
    for (let i = 0; i < 50; i += 1) first.socket.send(Buffer.alloc(FRAME_BYTES_MAX, 'x'));
    first.socket.terminate();
    await vi.waitFor(() => expect(fake.viewers.size).toBe(1));
    second.socket.send(Buffer.from('still here'));
    await vi.waitFor(() => expect(second.got()).toBe(10));
  });

  it('is lost to its browser when QEMU ends the connection', async () => {
    const { socket } = await browser();
    await vi.waitFor(() => expect(fake.viewers.size).toBe(1));
    const gone = once(socket, 'close');
    for (const viewer of fake.viewers) viewer.destroy();
    await gone;
    fake.close();
    const late = await browser();
    if (late.socket.readyState !== WebSocket.CLOSED) await once(late.socket, 'close');
    const { speak } = await client();
    await speak.request('sample', {});
  });

  it('makes a browser wait that sends more than QEMU takes', async () => {
    fake.isDeaf = true;
    const { socket, got } = await browser();
    const frames = 1024;
    for (let i = 0; i < frames; i += 1) socket.send(Buffer.alloc(FRAME_BYTES_MAX, 'x'));
    await vi.waitFor(() => expect(fake.viewers.size).toBe(1));
    await new Promise((resolve) => setTimeout(resolve, 500));
    // What both sockets hold is little beside 16 MiB.
    expect(socket.bufferedAmount).toBeGreaterThan((frames * FRAME_BYTES_MAX) / 4);
    fake.isDeaf = false;
    for (const viewer of fake.viewers) viewer.resume();
    await vi.waitFor(() => expect(got()).toBe(frames * FRAME_BYTES_MAX), { timeout: 20_000 });
  });

  it('keeps little for a browser that does not read', async () => {
    const { socket, got } = await browser();
    await vi.waitFor(() => expect(fake.viewers.size).toBe(1));
    socket.pause();
    const [viewer] = fake.viewers;
    const whole = 32 * 2 ** 20;
    viewer?.write(Buffer.alloc(whole, 'p'));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(viewer?.writableLength).toBeGreaterThan(0);
    socket.resume();
    await vi.waitFor(() => expect(got()).toBe(whole), { timeout: 20_000 });
  });

  it('has room for so many browsers and no more', async () => {
    await Promise.all(Array.from({ length: PANELS_MAX }, browser));
    expect(await knock()).toBe(503);
    browsers[0]?.close();
    await vi.waitFor(async () => expect(await knock()).toBe('open'));
  });

  it('drops a browser for a frame that is too long', async () => {
    const { socket } = await browser();
    socket.send(Buffer.alloc(FRAME_BYTES_MAX + 1));
    expect((await once(socket, 'close'))[0]).toBe(1009);
  });
});

describe('a client', () => {
  it('knows which machine is in front, from the beginning and whenever that changes', async () => {
    const { speak, messages } = await client();
    expect(speak.welcome.panel).toEqual({ width: 720, height: 1440, machines: ['one', 'two'], front: { machine: 'one', inFull: false } });
    devices.receive(Buffer.from('panel shows two\r\nsomething else\r\npanel shows nobody\r\n'));
    await vi.waitFor(() => expect(messages).toEqual([{ message: 'panel', front: { machine: 'two', inFull: true } }]));
    expect((await client()).speak.welcome.panel?.front).toEqual({ machine: 'two', inFull: true });
  });

  it('shows one machine in full, and all', async () => {
    const { speak } = await client();
    await speak.request('show', { machine: 'two' });
    await speak.request('show', { machine: null });
    expect(ordered).toEqual(['B', '@']);
    const single = new HandsetPanel({ width: 720, height: 1440, screens: [{ name: 'one', index: 0 }] }, sockets, devices);
    await expect(async () => single.show('two')).rejects.toThrow('two has no screen; machines with one: one');
  });

  it('switches the panel with the keyboard: in full if it asks for that', async () => {
    const { speak } = await client();
    await speak.request('focus', { machine: 'two', inFull: true });
    expect([focus.current, ordered]).toEqual([1, ['b', 'B']]);
    await speak.request('focus', { machine: 'two', inFull: false });
    expect(ordered).toEqual(['b', 'B', 'b']);
    // A switch in the handset's terminal is one of the panel too.
    focus.set(0);
    expect(ordered).toEqual(['b', 'B', 'b', 'a']);
  });

  it('gets pictures', async () => {
    const { speak } = await client();
    const [first, second] = await Promise.all([speak.request('screenshot', {}), speak.request('screenshot', {})]);
    expect([first, second].map(({ png }) => Buffer.from(png, 'base64').toString()).sort()).toEqual(['picture 1', 'picture 2']);
    expect(first).toMatchObject({ width: 720, height: 1440 });
    fake.refusal = 'no surface';
    await expect(speak.request('screenshot', {})).rejects.toThrow('QEMU gave no picture of the panel: no surface');
  });

  it('is told that the device machine does not answer', async () => {
    isDeaf = true;
    const { speak } = await client();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true, advanceTimeDelta: 2000 });
    try {
      await expect(speak.request('show', { machine: 'two' })).rejects.toThrow('the device machine has not answered within 10 s');
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a handset without a screen', () => {
  it('has no panel, and says so', async () => {
    const other = await listen();
    const bare = new ControlServer(other, new HandsetControl(handset, new Focus(), machines), { name: 'bare', board: 'none', startedAtMs: 1 });
    const speak = await ControlClient.connect({ port: other.port, token: bare.token, name: 'bare' });
    expect(speak.welcome.panel).toBeUndefined();
    for (const asked of [speak.request('screenshot', {}), speak.request('show', { machine: null })]) {
      await expect(asked).rejects.toThrow('this handset has no screen; give a machine of its configuration screen: true');
    }
    const socket = new WebSocket(`ws://127.0.0.1:${String(other.port)}/${bare.token}/panel`, PANEL_SUBPROTOCOL);
    socket.on('error', () => undefined);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(403);
    socket.terminate();
    speak.close();
    await bare.close('the test is over');
  });
});
