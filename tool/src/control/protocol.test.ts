import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INPUT_BYTES_MAX, parseRequest, parseResult, parseServerMessage, PAST_LINES_MAX } from './protocol.ts';

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
    [{ id: 1, request: 'pause', machine: 'one' }, 'this handset knows no request "pause"'],
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
