/** The server as clients meet it: those that may come in, and those that may not. */
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { ControlClient } from './client.ts';
import { CLIENTS_MAX, ControlServer } from './control-server.ts';
import { FakeHandset } from './fake-handset.ts';
import { Focus } from './focus.ts';
import { HandsetControl } from './handset-control.ts';
import { listen, type Listener } from './listener.ts';
import { FRAME_BYTES_MAX, INPUT_BYTES_MAX, type ServerMessage, SUBPROTOCOL } from './protocol.ts';

const FORBIDDEN = { status: 403, body: '' };
const machines = ['one', 'two'].map((name) => ({ name, memoryMib: 16, vcpus: 1 }));

let handset: FakeHandset;
let focus: Focus;
let listener: Listener;
let server: ControlServer;
let base = '';
const clients: ControlClient[] = [];

beforeEach(async () => {
  handset = new FakeHandset();
  focus = new Focus();
  listener = await listen();
  server = new ControlServer(listener, new HandsetControl(handset, focus, machines), { name: 'test', board: 'none', startedAtMs: 1 });
  base = `/${server.token}`;
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await server.close('the test is over');
});

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
  readonly headers?: NodeJS.Dict<string | string[]>;
}

function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port: listener.port, path, method, headers, agent: false }, (response) => {
      let body = '';
      response.on('data', (data: Buffer) => (body += data.toString()));
      response.on('end', () => resolve({ status: response.statusCode, body, headers: response.headers }));
    });
    request.on('error', reject);
    request.end();
  });
}

/** How an attempt to open a WebSocket ends: `open`, or the status of the refusal. */
function knock(path: string, headers: Record<string, string> = {}, protocol: string | null = SUBPROTOCOL): Promise<string | number | undefined> {
  const socket = new WebSocket(`ws://127.0.0.1:${String(listener.port)}${path}`, protocol ?? [], { headers });
  return new Promise((resolve) => {
    socket.once('open', () => {
      resolve('open');
      socket.terminate();
    });
    socket.once('unexpected-response', (_, response) => {
      resolve(response.statusCode);
      socket.terminate();
    });
    socket.on('error', () => undefined);
  });
}

async function client(): Promise<{ speak: ControlClient; messages: ServerMessage[] }> {
  const speak = await ControlClient.connect({ port: listener.port, token: server.token, name: 'test' });
  clients.push(speak);
  const messages: ServerMessage[] = [];
  speak.onMessage((message) => messages.push(message));
  return { speak, messages };
}

/** A connection that says what it likes. */
async function raw(): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${String(listener.port)}${base}/control`, SUBPROTOCOL);
  socket.on('error', () => undefined);
  await once(socket, 'message');
  return socket;
}

async function closeCode(socket: WebSocket): Promise<number> {
  const [code] = (await once(socket, 'close')) as [number];
  return code;
}

describe('whoever has not the token, or comes from elsewhere,', () => {
  const right = (): string => `127.0.0.1:${String(listener.port)}`;
  const cases: readonly (readonly [string, () => string, () => Record<string, string>])[] = [
    ['no token', () => '/', () => ({})],
    ['no token, at the page’s files', () => '/page.js', () => ({})],
    ['a wrong token', () => `/${'A'.repeat(server.token.length)}/`, () => ({})],
    ['a part of the token', () => `${base.slice(0, -1)}/`, () => ({})],
    ['more than the token', () => `${base}x/`, () => ({})],
    ['the token elsewhere', () => `/?token=${server.token}`, () => ({})],
    ['a name that points here', () => `${base}/`, () => ({ Host: `evil.example:${String(listener.port)}` })],
    ['localhost', () => `${base}/`, () => ({ Host: `localhost:${String(listener.port)}` })],
    ['another port’s host', () => `${base}/`, () => ({ Host: '127.0.0.1' })],
    ['another origin', () => `${base}/`, () => ({ Origin: 'http://evil.example' })],
    ['another port’s origin', () => `${base}/`, () => ({ Origin: 'http://127.0.0.1:1' })],
    ['another scheme’s origin', () => `${base}/`, () => ({ Origin: `https://${right()}` })],
    ['no origin at all', () => `${base}/`, () => ({ Origin: 'null' })],
  ];

  it.each(cases)('gets nothing: %s', async (_, path, headers) => {
    const { status, body } = await get(path(), headers());
    expect({ status, body }).toEqual(FORBIDDEN);
    expect(await knock(path().replace(/(page\.js)?$/, 'control'), headers())).toBe(403);
  });

  it('gets nothing, whatever the method', async () => {
    for (const method of ['POST', 'PUT', 'OPTIONS', 'DELETE']) expect(await get('/', {}, method)).toMatchObject(FORBIDDEN);
  });

  it('gets nothing without HTTP either', async () => {
    for (const text of ['hello\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n', `GET ${base}/ HTTP/1.0\r\n\r\n`, `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`]) {
      const socket = connect(listener.port, '127.0.0.1');
      let answer = '';
      socket.on('data', (data: Buffer) => (answer += data.toString()));
      socket.on('error', () => undefined);
      socket.end(text);
      await once(socket, 'close');
      expect(answer).not.toMatch(/\b200\b|<html|thimble/i);
    }
  });
});

describe('whoever has the token', () => {
  it('gets the page, which may load nothing from anywhere else', async () => {
    const page = await get(`${base}/`, { Origin: `http://127.0.0.1:${String(listener.port)}` });
    expect(page.status).toBe(200);
    const policy = String(page.headers?.['content-security-policy']);
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(page.headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    expect(page.headers).not.toHaveProperty('set-cookie');
    const [, nonce] = /nonce="([^"]+)"/.exec(page.body) ?? [];
    expect(policy).toContain(`'nonce-${String(nonce)}'`);
    for (const file of ['page.js', 'page.css']) expect((await get(`${base}/${file}`)).status).toBe(200);
    expect(await get(`${base}/../../../package.json`)).toMatchObject({ status: 404, body: '' });
    expect((await get(`${base}/`, {}, 'POST')).status).toBe(405);
  });

  it('is led to the page without the last slash too', async () => {
    expect(await get(base)).toMatchObject({ status: 308, headers: { location: `${base}/` } });
  });

  it('is told which protocol is spoken', async () => {
    expect(await knock(`${base}/control`)).toBe('open');
    expect(await knock(`${base}/control`, {}, 'thimble-control-99')).toBe(426);
    expect(await knock(`${base}/control`, {}, null)).toBe(426);
    expect(await knock(`${base}/other`)).toBe(403);
  });
});

describe('a client', () => {
  it('sees how the machines are and what the hypervisor says', async () => {
    const { speak, messages } = await client();
    expect(speak.welcome).toMatchObject({ version: 1, handset: { name: 'test', pid: process.pid }, machines, focus: null });
    handset.hypervisor.receiveLine('one: started');
    const { sample } = await speak.request('sample', {});
    expect(sample.machines.map(({ name, state }) => `${name} ${state}`)).toEqual(['one running', 'two off']);
    const { events } = await speak.request('watch-events', {});
    expect(events.map(({ text }) => text)).toEqual(['one: started']);
    handset.hypervisor.receiveLine('one: stopped: …');
    await vi.waitFor(() => expect(messages).toMatchObject([{ message: 'event', event: { kind: 'stopped', machine: 'one' } }]));
  });

  it('gets a console’s past as plain text, then its bytes, and types', async () => {
    const { speak, messages } = await client();
    handset.says('one', 'first\r\n\x1b[31msecond\x1b[0m\r\n\x1b[6none:~# ');
    expect(await speak.request('watch-console', { machine: 'one', lines: 1 })).toEqual({ lines: ['second'], partial: 'one:~# ' });
    handset.says('one', Buffer.from([0x1b, 0xff, 0x00]));
    handset.says('two', 'unwatched');
    await vi.waitFor(() => expect(messages).toEqual([{ message: 'output', machine: 'one', data: 'G/8A' }]));
    await speak.request('input', { machine: 'two', data: Buffer.from('ls\r').toString('base64') });
    expect(handset.typed['two']).toBe('ls\r');
    await speak.request('unwatch-console', { machine: 'one' });
    handset.says('one', 'more');
    await speak.request('sample', {});
    expect(messages).toHaveLength(1);
  });

  it('gives orders, answered when they are carried out, and refused where they make no sense', async () => {
    const { speak } = await client();
    await speak.request('stop', { machine: 'one' });
    expect(handset.states['one']).toBe('off');
    await expect(speak.request('stop', { machine: 'one' })).rejects.toThrow('one does not run');
    await expect(speak.request('reset', { machine: 'two' })).rejects.toThrow('two does not run');
    await speak.request('start', { machine: 'one' });
    handset.states['two'] = 'waiting';
    await expect(speak.request('reset', { machine: 'two' })).rejects.toThrow('two does not run');
    await speak.request('stop', { machine: 'two' });
    expect(handset.states['two']).toBe('off');
    await expect(speak.request('start', { machine: 'one' })).rejects.toThrow('one runs already');
    await speak.request('reset', { machine: 'one' });
  });

  it('pauses and resumes, and a paused machine can be stopped, reset and told nothing else', async () => {
    const { speak } = await client();
    await expect(speak.request('pause', { machine: 'two' })).rejects.toThrow('two does not run');
    await expect(speak.request('resume', { machine: 'one' })).rejects.toThrow('one is not paused');
    await speak.request('pause', { machine: 'one' });
    const { sample } = await speak.request('sample', {});
    expect(sample.machines[0]).toMatchObject({ state: 'paused', cpuUse: null });
    await expect(speak.request('pause', { machine: 'one' })).rejects.toThrow('one is paused already');
    await expect(speak.request('start', { machine: 'one' })).rejects.toThrow('one is paused; resume it');
    await speak.request('resume', { machine: 'one' });
    expect(handset.states['one']).toBe('running');
    for (const order of ['reset', 'stop'] as const) {
      await speak.request('pause', { machine: 'one' });
      await speak.request(order, { machine: 'one' });
    }
    expect(handset.states['one']).toBe('off');
  });

  it('switches the keyboard for everybody', async () => {
    const [first, second] = [await client(), await client()];
    await first.speak.request('focus', { machine: 'two', inFull: false });
    expect(focus.current).toBe(1);
    focus.set(0);
    for (const { messages } of [first, second]) {
      await vi.waitFor(() => expect(messages).toEqual([{ message: 'focus', machine: 'two' }, { message: 'focus', machine: 'one' }]));
    }
    expect((await client()).speak.welcome.focus).toBe('one');
  });

  it('hears why the handset has ended', async () => {
    const { speak, messages } = await client();
    const waiting = speak.request('sample', {}).catch((error: unknown) => error);
    await server.close('the handset is off');
    expect(await speak.ended).toBe('the handset is off');
    expect(messages.at(-1)).toEqual({ message: 'ended', reason: 'the handset is off' });
    await waiting;
    await expect(speak.request('sample', {})).rejects.toMatchObject({ message: 'the handset is off', exitStatus: 3 });
  });
});

describe('a client that misbehaves', () => {
  it.each([
    ['garbage', 'hello', 1008],
    ['bytes', Buffer.from([0, 1, 2]), 1008],
    ['a frame that is too long', JSON.stringify({ id: 1, request: 'sample', more: 'x'.repeat(FRAME_BYTES_MAX) }), 1009],
  ])('is dropped for %s, and the others stay', async (_, frame, code) => {
    const { speak } = await client();
    const bad = await raw();
    bad.send(frame);
    expect(await closeCode(bad)).toBe(code);
    await speak.request('sample', {});
  });

  it('may disconnect in the middle of anything', async () => {
    const bad = await raw();
    for (let id = 0; id < 10; id += 1) bad.send(JSON.stringify({ id, request: 'watch-console', machine: 'one', lines: 5 }));
    bad.send(JSON.stringify({ id: 99, request: 'sample' }));
    bad.terminate();
    handset.says('one', 'x'.repeat(1000));
    const { speak } = await client();
    await speak.request('sample', {});
  });

  it('is told of a request that nobody knows, and of too many at once', async () => {
    const bad = await raw();
    const replies: string[] = [];
    bad.on('message', (data: Buffer) => replies.push(data.toString()));
    bad.send(JSON.stringify({ id: 5, request: 'sing', machine: 'one' }));
    for (let id = 10; id < 60; id += 1) bad.send(JSON.stringify({ id, request: 'sample' }));
    await vi.waitFor(() => expect(replies).toHaveLength(51), { timeout: 10_000 });
    expect(replies[0]).toContain('knows no request \\"sing\\"');
    expect(replies.filter((reply) => reply.includes('too many requests at once'))).toHaveLength(50 - 32);
    bad.terminate();
  });

  it('one too many is refused, and let in when another has left', async () => {
    const all = await Promise.all(Array.from({ length: CLIENTS_MAX }, client));
    expect(await knock(`${base}/control`)).toBe(503);
    all[0]?.speak.close();
    await vi.waitFor(async () => expect(await knock(`${base}/control`)).toBe('open'));
  });

  it('is dropped when it does not read, and slows nobody', async () => {
    const [slow, { speak, messages }] = [await raw(), await client()];
    slow.send(JSON.stringify({ id: 1, request: 'watch-console', machine: 'one', lines: 0 }));
    await once(slow, 'message');
    slow.pause();
    await speak.request('watch-console', { machine: 'one', lines: 0 });
    const piece = Buffer.alloc(FRAME_BYTES_MAX, 'x');
    const dropped = vi.fn();
    slow.once('close', dropped);
    let sent = 0;
    for (let round = 0; round < 60; round += 1) {
      for (let each = 0; each < 20; each += 1) handset.says('one', piece);
      sent += 20 * piece.length;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const received = (): number =>
      messages.reduce((sum, message) => sum + (message.message === 'output' ? Buffer.from(message.data, 'base64').length : 0), 0);
    await vi.waitFor(() => expect(received()).toBe(sent), { timeout: 10_000 });
    slow.resume();
    await vi.waitFor(() => expect(dropped).toHaveBeenCalled(), { timeout: 10_000 });
  });

  it('waits with its input while the serial line takes no more', async () => {
    let clear = (): void => undefined;
    handset.jam = new Promise((resolve) => (clear = resolve));
    const { speak } = await client();
    const data = Buffer.alloc(INPUT_BYTES_MAX, 'y').toString('base64');
    await speak.request('input', { machine: 'one', data });
    const second = speak.request('input', { machine: 'one', data });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(handset.typed['one']).toHaveLength(INPUT_BYTES_MAX);
    handset.jam = null;
    clear();
    await second;
    expect(handset.typed['one']).toHaveLength(2 * INPUT_BYTES_MAX);
  });
});

describe('the port', () => {
  it('is the next free one where none is asked for, and refused in words where one is', async () => {
    const other = await listen();
    expect(other.port).not.toBe(listener.port);
    await expect(listen(listener.port)).rejects.toThrow(`port ${String(listener.port)} on 127.0.0.1: already in use by another program; give another with --port`);
    other.server.close();
  });

  it('is open on the loopback interface only', () => {
    expect(listener.server.address()).toMatchObject({ address: '127.0.0.1' });
  });
});
