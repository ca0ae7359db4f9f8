import { describe, expect, it } from 'vitest';
import { KEY_HELP, KeyOrders, type PageOrder } from './key-orders.ts';

/** Presses keys, `^a` being Ctrl-A, and gives the orders; keys that go to the machine are `-`. */
function press(...keys: readonly string[]): (PageOrder | string | null)[] {
  const orders = new KeyOrders();
  return keys.map((key) => {
    const ctrlKey = key.startsWith('^');
    const { taken, order } = orders.press({ key: ctrlKey ? key.slice(1) : key, ctrlKey, altKey: false, metaKey: false });
    return taken ? order : '-';
  });
}

describe('keys of the page', () => {
  it('go to the machine, but for orders', () => {
    expect(press('l', 's', '^a', 'n', 'p', '^c')).toEqual(['-', '-', null, { kind: 'next' }, '-', '-']);
  });

  it('choose a machine by its number', () => {
    expect(press('^a', '3').at(-1)).toEqual({ kind: 'choose', index: 2 });
  });

  it('wait through Shift for the key that is meant', () => {
    expect(press('^a', 'Shift', '?')).toEqual([null, '-', { kind: 'help' }]);
  });

  it('give the machine a Ctrl-A in two ways, and are called off by Escape', () => {
    expect(press('^a', '^a').at(-1)).toEqual({ kind: 'literal' });
    expect(press('^a', 'a').at(-1)).toEqual({ kind: 'literal' });
    expect(press('^a', 'Escape', 'n')).toEqual([null, null, '-']);
  });

  it('that mean nothing show what there is', () => {
    expect(press('^a', 'z').at(-1)).toEqual({ kind: 'help' });
  });

  it('are all in the list', () => {
    const listed = KEY_HELP.map(([keys]) => press('^a', keys.slice(-1) === '9' ? '9' : keys.slice(-1)).at(-1));
    const kinds = listed.map((order) => (order as PageOrder).kind);
    expect(new Set(kinds).size).toBe(KEY_HELP.length);
  });
});
