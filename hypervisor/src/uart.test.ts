/** Each kind of UART, by what a bus would see of it: register accesses, their width and their order. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BootFunctions } from '../test/boot-functions.ts';
import { load, type ProgramUnderTest } from '../test/program-under-test.ts';

const BASE = 0x3c20_0000n;
const SPACING_USUAL = 8;
/** Rows of uart-kinds.ts. */
const Kind = { pl011: 0, ns16550: 1, words16550: 2, cadence: 3, meson: 4, imx: 5, lpuart: 6, uartdm: 7, geni: 8, exynos: 9, apple: 10, armada: 11 } as const;

let boot: ProgramUnderTest<BootFunctions>;
/** What the status register answers, one read after the other; the last answer stays. */
let answers: bigint[] = [];
const accesses: string[] = [];
const hex = (value: bigint): string => value.toString(16);

beforeAll(async () => {
  boot = await load<BootFunctions>('boot-under-test', {
    mmio: {
      read: (address, width) => {
        accesses.push(`r${width} ${hex(address - BASE)}`);
        return answers.length > 1 ? answers.shift()! : (answers[0] ?? 0n);
      },
      write: (address, value, width) => void accesses.push(`w${width} ${hex(address - BASE)}=${hex(value)}`),
    },
  });
});
beforeEach(() => {
  boot.reset();
  accesses.length = 0;
});

function use(kind: number, spacing = SPACING_USUAL): string[] {
  boot.call.uartUse(BASE, kind, spacing);
  return accesses.splice(0);
}
/** A byte while the transmitter is full once, and then has room. */
function send(full: bigint, room: bigint): string[] {
  answers = [full, room];
  boot.call.uartSend(0x41);
  return accesses.splice(0);
}
function listen(on: boolean, register = 0n): string[] {
  answers = [register];
  boot.call.uartListen(on);
  return accesses.splice(0);
}

describe('a byte is sent once there is room, in as many bits as the bus wants', () => {
  it.each<[keyof typeof Kind, number, bigint, bigint, string[]]>([
    ['pl011', SPACING_USUAL, 0x20n, 0x90n, ['r32 18', 'r32 18', 'w32 0=41']],
    ['ns16550', SPACING_USUAL, 0x40n, 0x60n, ['r8 5', 'r8 5', 'w8 0=41']],
    ['ns16550', 2, 0x40n, 0x60n, ['r32 14', 'r32 14', 'w32 0=41']],
    ['words16550', SPACING_USUAL, 0n, 0x20n, ['r32 14', 'r32 14', 'w32 0=41']],
    ['cadence', SPACING_USUAL, 0x10n, 0x8n, ['r32 2c', 'r32 2c', 'w32 30=41']],
    ['meson', SPACING_USUAL, 1n << 21n, 1n << 22n, ['r32 c', 'r32 c', 'w32 0=41']],
    ['imx', SPACING_USUAL, 0x10n, 0x40n, ['r32 b4', 'r32 b4', 'w32 40=41']],
    ['lpuart', SPACING_USUAL, 0n, 1n << 23n, ['r32 14', 'r32 14', 'w32 1c=41']],
    ['uartdm', SPACING_USUAL, 0x4n, 0xcn, ['r32 a4', 'r32 a4', 'w32 40=1', 'w32 70=41']],
    ['geni', SPACING_USUAL, 1n, 0n, ['r32 40', 'r32 40', 'w32 270=1', 'w32 600=8000000', 'w32 700=41']],
    ['exynos', SPACING_USUAL, 0x2n, 0x6n, ['r32 10', 'r32 10', 'w32 20=41']],
    ['apple', SPACING_USUAL, 0n, 0x4n, ['r32 10', 'r32 10', 'w32 20=41']],
    ['armada', SPACING_USUAL, 1n << 11n, 1n << 13n, ['r32 c', 'r32 c', 'w32 4=41']],
  ])('%s, spacing %i', (kind, spacing, full, room, expected) => {
    use(Kind[kind], spacing);
    expect(send(full, room)).toEqual(expected);
  });

  it('but not for ever, and a stuck line costs the long wait once', () => {
    use(Kind.pl011);
    answers = [0x20n];
    boot.call.uartSend(0x41);
    expect(accesses.splice(0).every((one) => one === 'r32 18')).toBe(true);
    boot.call.uartSend(0x42);
    expect(accesses.splice(0)).toEqual(['r32 18']);
    answers = [0n];
    boot.call.uartSend(0x43);
    expect(accesses.splice(0)).toEqual(['r32 18', 'w32 0=43']);
  });

  it('and nothing is touched where there is no line', () => {
    boot.call.uartSend(0x41);
    expect(accesses).toEqual([]);
  });
});

describe('what firmware may have left undone is done once', () => {
  it('Cadence: a trigger level of one byte, transmitter and receiver on', () => expect(use(Kind.cadence)).toEqual(['w32 20=1', 'w32 0=14']));
  it('Meson: an interrupt a byte', () => expect(use(Kind.meson)).toEqual(['w32 10=1']));
  it('uartdm: one byte a word, an interrupt a byte', () => expect(use(Kind.uartdm)).toEqual(['w32 3c=20', 'w32 20=0']));
  it('the others: nothing', () => {
    for (const kind of [Kind.pl011, Kind.ns16550, Kind.imx, Kind.lpuart, Kind.geni, Kind.exynos, Kind.armada]) expect(use(kind)).toEqual([]);
  });
});

describe('the interrupt for received bytes goes on and off, and other bits stay where they must', () => {
  it.each<[keyof typeof Kind, bigint, string[], string[]]>([
    ['pl011', 0n, ['w32 38=50'], ['w32 38=0']],
    ['ns16550', 0n, ['w8 1=1'], ['w8 1=0']],
    ['cadence', 0n, ['w32 8=1'], ['w32 c=1']],
    ['meson', 0x8003000n, ['r32 8', 'w32 8=8003000'], ['r32 8', 'w32 8=3000']],
    ['imx', 0x8000n, ['r32 8c', 'w32 8c=8001'], ['r32 8c', 'w32 8c=8000']],
    ['lpuart', 0xc0000n, ['r32 18', 'w32 18=2c0000'], ['r32 18', 'w32 18=c0000']],
    ['uartdm', 0n, ['w32 b0=10'], ['w32 b0=0']],
    ['exynos', 0xfn, ['r32 38', 'w32 38=e'], ['r32 38', 'w32 38=f']],
    ['armada', 0x1fn, ['r32 8', 'w32 8=1f'], ['r32 8', 'w32 8=f']],
  ])('%s', (kind, register, on, off) => {
    use(Kind[kind]);
    expect(listen(true, register)).toEqual(on);
    expect(listen(false, register)).toEqual(off);
  });
});
