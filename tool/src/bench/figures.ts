/**
 * The figures of the benchmark: what each means, what the best peer needs, and what Thimble aims at.
 *
 * Peers measured on QEMU 7.2 the same way (instructions, cortex-a53, GICv3): Bao 2.0+, Xen 4.17, Xvisor 0.3.2+.
 */
export interface Figure {
  readonly key: string;
  readonly what: string;
  readonly unit: 'instructions' | '%';
  /** The best peer's figure and its name. */
  readonly peer: { readonly value: number; readonly name: string };
  /** At most this; null where there is no aim yet. */
  readonly aim: number | null;
}

export const FIGURES: readonly Figure[] = [
  { key: 'hypercall', what: 'PSCI_VERSION over HVC', unit: 'instructions', peer: { value: 188, name: 'Bao' }, aim: 188 },
  { key: 'uartRead', what: "PL011's flag register", unit: 'instructions', peer: { value: 551, name: 'Xen' }, aim: 300 },
  { key: 'distributorRead', what: 'GICD_TYPER', unit: 'instructions', peer: { value: 224, name: 'Bao' }, aim: 224 },
  { key: 'selfSgi', what: 'self-SGI: send, take, end', unit: 'instructions', peer: { value: 775, name: 'Bao' }, aim: 775 },
  { key: 'timer', what: 'virtual timer: fire, take, end', unit: 'instructions', peer: { value: 199, name: 'Bao' }, aim: 400 },
  {
    key: 'bootToGuest',
    what: "reset to the first guest's first instruction",
    unit: 'instructions',
    peer: { value: 370_128, name: 'Bao' },
    aim: null,
  },
  {
    key: 'linuxBootTax',
    what: 'Debian boot to user space, against native',
    unit: '%',
    peer: { value: 0.08, name: 'Bao' },
    aim: 0.3,
  },
];

/** What the counts leave out, to be said beside them. */
export const CAVEAT =
  'Instructions counted by QEMU. They do not show two-stage TLB walks, cache misses, or what an exception costs a pipeline.';
