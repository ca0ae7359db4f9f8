import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../project.ts';
import {
  EVENTS_MAX,
  FRAME_BYTES_MAX,
  INPUT_BYTES_MAX,
  parseRequest,
  parseResult,
  parseServerMessage,
  PAST_LINES_MAX,
  PENDING_REQUESTS_MAX,
  requestNames,
  SUBPROTOCOL,
} from './protocol.ts';

const parsed = (value: unknown) => parseRequest(JSON.stringify(value));

describe('a request', () => {
  it('is taken with its fields, and without others', () => {
    expect(parsed({ id: 7, request: 'stop', machine: 'one', colour: 'red' })).toEqual({
      kind: 'request',
      request: { id: 7, request: 'stop', machine: 'one' },
    });
  });

  it.each([
    [{ id: 1, request: 'stop' }, 'stop: wrong machine'],
    [{ id: 1, request: 'stop', machine: 'a-name-that-is-too-long' }, 'stop: wrong machine'],
    [{ id: 1, request: 'watch-console', machine: 'one', lines: PAST_LINES_MAX + 1 }, 'watch-console: wrong lines'],
    [{ id: 1, request: 'watch-console', machine: 7, lines: -1 }, 'watch-console: wrong machine, lines'],
    [{ id: 1, request: 'input', machine: 'one', data: 'not base64!' }, 'input: wrong data'],
    [{ id: 1, request: 'input', machine: 'one', data: Buffer.alloc(INPUT_BYTES_MAX + 3).toString('base64') }, 'input: wrong data'],
    [{ id: 1, request: 'sing', machine: 'one' }, 'this handset knows no request "sing"'],
    [{ id: 1, request: '__proto__' }, 'this handset knows no request "__proto__"'],
  ])('%j is refused in words', (value, reason) => {
    expect(parsed(value)).toEqual({ kind: 'refused', id: 1, reason });
  });

  it.each(['', 'hello', '[]', 'null', '{"request":"sample"}', '{"id":1.5,"request":"sample"}', '{"id":"1","request":"sample"}'])(
    '%j is none',
    (frame) => {
      expect(parseRequest(frame).kind).toBe('garbage');
    },
  );

  it('never throws, whatever came', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (frame) => {
        expect(['request', 'refused', 'garbage']).toContain(parseRequest(frame).kind);
      }),
    );
  });
});

it('every request is described in docs/control.md, with the limits', () => {
  const text = readFileSync(resolve(projectRoot, 'docs/control.md'), 'utf8');
  for (const name of requestNames) expect(text).toContain(`\`${name}\``);
  for (const said of [SUBPROTOCOL, `at most ${INPUT_BYTES_MAX.toLocaleString('en-US')} bytes`, `last ${String(EVENTS_MAX)} lines`]) expect(text).toContain(said);
  expect(text).toContain(`${String(PENDING_REQUESTS_MAX)} unanswered requests each, frames of ${String(FRAME_BYTES_MAX / 1024)} KiB`);
});

describe('a message of the server', () => {
  it('is ignored where this version does not know it', () => {
    expect(parseServerMessage('{"message":"picture","data":"AA=="}')).toBeNull();
    expect(parseServerMessage('{"message":"focus","machine":"one","more":1}')).toEqual({ message: 'focus', machine: 'one' });
  });

  it('carries a result that is checked by the request', () => {
    expect(parseResult('watch-console', { lines: ['a'], partial: '', more: 1 })).toEqual({ lines: ['a'], partial: '' });
    expect(() => parseResult('watch-console', { lines: 'a' })).toThrow();
  });
});
