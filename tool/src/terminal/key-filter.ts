/**
 * Tells a person's orders to the tool from what is typed for a machine.
 *
 * Ctrl-A introduces an order, one key long. Ctrl-A twice, or Ctrl-A a, is a Ctrl-A for the machine. A sequence may
 * arrive in pieces.
 */
export type KeyOrder =
  | { readonly kind: 'next' }
  | { readonly kind: 'choose'; readonly index: number }
  | { readonly kind: 'list' | 'reset' | 'kill' | 'start' | 'pause' | 'resume' | 'quit' | 'help' };

export type KeyEvent = { readonly kind: 'input'; readonly data: Buffer } | KeyOrder;

export const PREFIX = 0x01; // Ctrl-A
const LITERAL = 0x61; // a

const ORDERS: Readonly<Record<string, KeyOrder>> = {
  n: { kind: 'next' },
  l: { kind: 'list' },
  r: { kind: 'reset' },
  k: { kind: 'kill' },
  s: { kind: 'start' },
  p: { kind: 'pause' },
  c: { kind: 'resume' },
  q: { kind: 'quit' },
  x: { kind: 'quit' },
  '?': { kind: 'help' },
  h: { kind: 'help' },
};

export const KEY_HELP: readonly (readonly [string, string])[] = [
  ['Ctrl-A n', 'the next machine gets the keyboard'],
  ['Ctrl-A 1…9', 'that machine gets the keyboard'],
  ['Ctrl-A l', 'list machines: state, memory, CPUs, CPU use'],
  ['Ctrl-A r', 'reset this machine'],
  ['Ctrl-A k', 'stop this machine at once'],
  ['Ctrl-A s', 'start this machine again'],
  ['Ctrl-A p', 'pause this machine'],
  ['Ctrl-A c', 'let it go on'],
  ['Ctrl-A q', 'quit: power the handset off; x is the same'],
  ['Ctrl-A a', 'a Ctrl-A for the machine'],
];

function order(byte: number): KeyOrder {
  const key = String.fromCharCode(byte);
  if (/[1-9]/.test(key)) return { kind: 'choose', index: Number(key) - 1 };
  return ORDERS[key.toLowerCase()] ?? { kind: 'help' };
}

export class KeyFilter {
  private prefixed = false;

  push(chunk: Uint8Array): KeyEvent[] {
    const events: KeyEvent[] = [];
    let input: number[] = [];
    const flush = (): void => {
      if (input.length > 0) events.push({ kind: 'input', data: Buffer.from(input) });
      input = [];
    };
    for (const byte of chunk) {
      if (!this.prefixed) {
        if (byte === PREFIX) this.prefixed = true;
        else input.push(byte);
        continue;
      }
      this.prefixed = false;
      if (byte === PREFIX || byte === LITERAL) {
        input.push(PREFIX);
      } else {
        flush();
        events.push(order(byte));
      }
    }
    flush();
    return events;
  }
}
