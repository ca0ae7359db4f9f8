import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KEY_HELP, type KeyEvent, KeyFilter, PREFIX } from './key-filter.ts';

function push(...chunks: (string | number[])[]): KeyEvent[] {
  const filter = new KeyFilter();
  return chunks.flatMap((chunk) => filter.push(typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk)));
}

describe('keys', () => {
  it('go to the machine, but for orders', () => {
    expect(push('ls\r\x01nps')).toEqual([
      { kind: 'input', data: Buffer.from('ls\r') },
      { kind: 'next' },
      { kind: 'input', data: Buffer.from('ps') },
    ]);
  });

  it('make an order also in pieces', () => {
    expect(push('\x01', 'L')).toEqual([{ kind: 'list' }]);
    expect(push('\x01', '3')).toEqual([{ kind: 'choose', index: 2 }]);
  });

  it('pause and resume', () => {
    expect(push('\x01p\x01c')).toEqual([{ kind: 'pause' }, { kind: 'resume' }]);
  });

  it('can be a Ctrl-A for the machine', () => {
    expect(push('\x01a\x01\x01')).toEqual([{ kind: 'input', data: Buffer.from([PREFIX, PREFIX]) }]);
  });

  it('that are no order ask for help', () => {
    expect(push('\x01z')).toEqual([{ kind: 'help' }]);
  });

  it('that power the handset off are all in the list of keys', () => {
    const letters = Array.from({ length: 26 }, (_, index) => String.fromCharCode(0x61 + index));
    const quitting = letters.filter((letter) => push(`\x01${letter}`)[0]?.kind === 'quit');
    const [key = '', meaning = ''] = KEY_HELP.find(([, text]) => text.startsWith('quit')) ?? [];
    expect(quitting).toEqual(['q', 'x']);
    expect([key, meaning]).toEqual(['Ctrl-A q', expect.stringContaining('; x is the same')]);
  });

  it('without Ctrl-A all arrive', () => {
    const key = fc.nat(255).filter((byte) => byte !== PREFIX);
    fc.assert(
      fc.property(fc.array(fc.array(key)), (chunks) => {
        const events = push(...chunks);
        const bytes = events.flatMap((event) => (event.kind === 'input' ? [...event.data] : [-1]));
        expect(bytes).toEqual(chunks.flat());
      }),
    );
  });
});
