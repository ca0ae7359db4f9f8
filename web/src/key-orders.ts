/**
 * The page's keys: the same as in the handset's terminal. Ctrl-A introduces an order, so that everything else can go to the
 * machine; it works wherever the keyboard's focus is.
 */
export type PageOrder =
  | { readonly kind: 'next' }
  | { readonly kind: 'choose'; readonly index: number }
  | { readonly kind: 'list' | 'panel' | 'all' | 'picture' | 'events' | 'reset' | 'stop' | 'start' | 'pause' | 'resume' | 'literal' | 'help' };

export interface Key {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}

export const KEY_HELP: readonly (readonly [string, string])[] = [
  ['Ctrl-A n', 'the next machine gets the keyboard'],
  ['Ctrl-A 1…9', 'that machine gets the keyboard'],
  ['Ctrl-A l', 'leave the terminal or the panel, to the machines’ buttons'],
  ['Ctrl-A v', 'to the panel: it takes all other keys'],
  ['Ctrl-A 0', 'all screens side by side'],
  ['Ctrl-A i', 'a picture of the panel'],
  ['Ctrl-A e', 'to the events'],
  ['Ctrl-A r', 'reset the machine that has the keyboard'],
  ['Ctrl-A k', 'stop it at once'],
  ['Ctrl-A s', 'start it again'],
  ['Ctrl-A p', 'pause it'],
  ['Ctrl-A c', 'let it go on'],
  ['Ctrl-A a', 'a Ctrl-A for the machine'],
  ['Ctrl-A ?', 'these keys'],
];

const ORDERS: Readonly<Record<string, PageOrder>> = {
  n: { kind: 'next' },
  l: { kind: 'list' },
  v: { kind: 'panel' },
  0: { kind: 'all' },
  i: { kind: 'picture' },
  e: { kind: 'events' },
  r: { kind: 'reset' },
  k: { kind: 'stop' },
  s: { kind: 'start' },
  p: { kind: 'pause' },
  c: { kind: 'resume' },
  a: { kind: 'literal' },
};

const MODIFIERS = new Set(['Control', 'Shift', 'Alt', 'AltGraph', 'Meta', 'CapsLock']);

function isPrefix({ key, ctrlKey, altKey, metaKey }: Key): boolean {
  return ctrlKey && !altKey && !metaKey && key.toLowerCase() === 'a';
}

/** Tells orders from what is typed. */
export class KeyOrders {
  private prefixed = false;

  /** Whether the next key is an order. */
  get isWaiting(): boolean {
    return this.prefixed;
  }

  /** `taken`: the key is the page's, and nobody else may see it. */
  press(key: Key): { readonly taken: boolean; readonly order: PageOrder | null } {
    if (!this.prefixed) {
      this.prefixed = isPrefix(key);
      return { taken: this.prefixed, order: null };
    }
    if (MODIFIERS.has(key.key)) return { taken: false, order: null };
    this.prefixed = false;
    if (key.key === 'Escape') return { taken: true, order: null };
    if (isPrefix(key)) return { taken: true, order: { kind: 'literal' } };
    if (/^[1-9]$/.test(key.key)) return { taken: true, order: { kind: 'choose', index: Number(key.key) - 1 } };
    return { taken: true, order: ORDERS[key.key.toLowerCase()] ?? { kind: 'help' } };
  }
}
