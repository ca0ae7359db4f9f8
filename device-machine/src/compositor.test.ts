/** What is on the panel, and who feels a finger or a key. */
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Board, RAM } from '../test/board.ts';
import { GuestDevice, type GuestQueue } from '../test/guest-device.ts';
import { machine, screen, TestHandset } from '../test/handset.ts';

const COMMAND = 0x8_0000;
const RESPONSE = 0x9_8000;
const PICTURE = 0x10_0000;
const [CREATE, UNREF, SET_SCANOUT, FLUSH, TRANSFER, ATTACH, DETACH] = [0x101, 0x102, 0x103, 0x104, 0x105, 0x106, 0x107];
const OK = 0x1100;
const BAR = 64;
const [SYN, KEY, ABS] = [0, 1, 3];
const BTN_LEFT = 0x110;
const BTN_TOUCH = 0x14a;
const [F11, F12] = [87, 88];
const [WIDTH, HEIGHT] = [720, 1440];

let board: Board;
let handset: TestHandset;

beforeAll(async () => {
  board = await Board.load();
});

/** A machine's screen, with the driver that shows pictures on it. */
class Screen extends GuestDevice {
  readonly control: GuestQueue;

  constructor(index: number) {
    super(board, index, 0);
    [this.control] = this.start(2) as [GuestQueue];
  }

  /** Carries out a command of these words behind its header; what it answers. */
  command(type: number, ...words: number[]): number {
    const view = new DataView(this.ram.buffer);
    this.ram.fill(0, COMMAND, COMMAND + 24);
    view.setUint32(COMMAND, type, true);
    words.forEach((word, index) => view.setUint32(COMMAND + 24 + index * 4, word, true));
    view.setUint32(RESPONSE, 0, true);
    this.control.add([{ at: COMMAND, bytes: 24 + words.length * 4, isForDevice: false }, { at: RESPONSE, bytes: 408, isForDevice: true }]);
    this.notify(0);
    return view.getUint32(RESPONSE, true);
  }

  /** Shows a picture of one colour. */
  show(colour: number, across: number, down: number): void {
    const view = new DataView(this.ram.buffer);
    for (let at = 0; at < across * down * 4; at += 4) view.setUint32(PICTURE + at, colour, true);
    expect(this.command(CREATE, 1, 2, across, down)).toBe(OK);
    expect(this.command(ATTACH, 1, 1, Number(RAM) + PICTURE, 0, across * down * 4, 0)).toBe(OK);
    expect(this.command(SET_SCANOUT, 0, 0, across, down, 0, 1)).toBe(OK);
    expect(this.command(FLUSH, 0, 0, across, down, 1, 0)).toBe(OK);
  }
}

/** A machine's touch screen or keyboard, and what it has felt. */
class Input extends GuestDevice {
  readonly #queue: GuestQueue;

  constructor(index: number, slot: number) {
    super(board, index, slot);
    [this.#queue] = this.start(2, 64) as [GuestQueue];
    for (let i = 0; i < 64; i += 1) this.#queue.add([{ at: 0x5000 + slot * 0x1000 + i * 8, bytes: 8, isForDevice: true }]);
    this.notify(0);
  }

  /** Its events but for those that end a group; their room is given back. */
  events(): [number, number, number][] {
    const view = new DataView(this.ram.buffer);
    const events = this.#queue.take().map(({ head }): [number, number, number] => {
      const at = 0x5000 + this.slot * 0x1000 + head * 8;
      this.#queue.offer(head);
      return [view.getUint16(at, true), view.getUint16(at + 2, true), view.getUint32(at + 4, true)];
    });
    return events.filter(([type]) => type !== SYN);
  }
}

function begin(count: number, panel: readonly [number, number] = [WIDTH, HEIGHT], memoryMib = 2): void {
  handset = new TestHandset(board, { machines: Array.from({ length: count }, (_, index) => machine(`m${String(index)}`, screen, { memoryMib })), panel });
}

const onTablet = (value: number, size: number): number => Math.ceil((value * 0x8000) / size);
function finger(x: number, y: number, isDown = true): void {
  handset.tablet.feel([ABS, 0, onTablet(x, WIDTH)], [ABS, 1, onTablet(y, HEIGHT)], [KEY, BTN_LEFT, isDown ? 1 : 0], [SYN, 0, 0]);
}
const key = (code: number, value: number): void => handset.keyboard.feel([KEY, code, value], [SYN, 0, 0]);

describe('the overview', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9])('of %i screens has a tile for each, apart from the others and on the panel', (count) => {
    for (const panel of [[WIDTH, HEIGHT], [320, 320], [1440, 720], [320, 2048]] as const) {
      begin(count, panel);
      const { functions } = board.program;
      const tiles = new Map<number, { left: number; right: number; top: number; bottom: number }>();
      for (let y = 0; y < panel[1]; y += 4) {
        for (let x = 0; x < panel[0]; x += 4) {
          const place = functions.placeAt(x, y);
          if (place === count) continue;
          const tile = tiles.get(place) ?? { left: x, right: x, top: y, bottom: y };
          tiles.set(place, {
            left: Math.min(tile.left, x), right: Math.max(tile.right, x), top: Math.min(tile.top, y), bottom: Math.max(tile.bottom, y),
          });
        }
      }
      expect([...tiles.keys()].sort()).toEqual(Array.from({ length: count }, (_, place) => place));
      const sizes = [...tiles.values()].map(({ left, right, top, bottom }) => [right - left, bottom - top]);
      // All alike, but for what the grid of this search misses: none is cut off by an edge.
      sizes.forEach(([across, down]) => {
        expect(Math.abs(across! - sizes[0]![0]!)).toBeLessThanOrEqual(4);
        expect(Math.abs(down! - sizes[0]![1]!)).toBeLessThanOrEqual(4);
      });
    }
  });

  it('of as many machines as there may be fits the smallest panel', () => {
    begin(32, [320, 320]);
    expect(board.said).toBe('ready\r\npanel shows all, input to m0\r\n');
  });

  it('shows each picture smaller, under its bar', () => {
    begin(2);
    [0xff_0000, 0x00_00ff].forEach((colour, index) => new Screen(index).show(colour, 360, 360));
    expect(handset.panel.pixel(10, BAR + 10)).toBe(0xff_0000);
    expect(handset.panel.pixel(360 + 10, BAR + 10)).toBe(0x00_00ff);
    expect(handset.panel.pixel(179, BAR + 179)).toBe(0xff_0000);
    expect(handset.panel.pixel(181, BAR + 10)).toBe(0x10_1418);
    expect(handset.panel.pixel(10, BAR - 4)).not.toBe(0xff_0000);
  });
});

describe('a machine that does not run', () => {
  const [AMBER, GREY, WHITE, BAR_COLOUR] = [0xe0_b040, 0x80_8080, 0xf0_f0f0, 0x2f_4a63];
  const TEXT_HEIGHT = 40;
  /** The colours of the text in the right half of a bar from `left` to `right`. */
  function textColours(left: number, right: number): number[] {
    const seen = new Set<number>();
    for (let y = 8; y < TEXT_HEIGHT; y += 1) for (let x = (left + right) / 2; x < right - 2; x += 1) seen.add(handset.panel.pixel(x, y));
    return [...seen].filter((colour) => ![BAR_COLOUR, 0x20_2830, 0x4c_c27a, 0x30_3c48].includes(colour));
  }

  function change(how: () => void): void {
    how();
    board.tellOfState(0);
  }

  it('is said in its bar not to, in the place of its use, as soon as it does not', () => {
    begin(2);
    expect(textColours(0, 360)).toEqual([WHITE]);
    change(() => board.paused.add(0));
    expect([textColours(0, 360), textColours(360, 720)]).toEqual([[AMBER], [WHITE]]);
    change(() => board.paused.delete(0));
    expect(textColours(0, 360)).toEqual([WHITE]);
    change(() => board.running.delete(0));
    expect(textColours(0, 360)).toEqual([GREY]);
  });

  it('has its bar also where it has all of the panel, until it runs', () => {
    begin(2);
    new Screen(0).show(0x12_3456, WIDTH, 100);
    key(F11, 1);
    const corner = (): number[] => [handset.panel.pixel(2, 2), handset.panel.pixel(WIDTH - 4, BAR - 4), handset.panel.pixel(2, BAR)];
    expect(corner()).toEqual([0x12_3456, 0x12_3456, 0x12_3456]);
    change(() => board.paused.add(0));
    expect(corner()).toEqual([BAR_COLOUR, BAR_COLOUR, 0x12_3456]);
    expect(textColours(0, WIDTH)).toEqual([AMBER]);
    change(() => board.paused.delete(0));
    expect(corner()).toEqual([0x12_3456, 0x12_3456, 0x12_3456]);
    // What changes with the other one is no business of this one's.
    const { commands } = handset.panel;
    board.running.delete(1);
    board.tellOfState(1);
    expect(handset.panel.commands).toBe(commands);
  });
});

describe('a picture', () => {
  it('whose memory does not end with a page is shown to its last row', () => {
    begin(1);
    new Screen(0).show(0x12_3456, 100, 25);
    key(F11, 1);
    expect([handset.panel.pixel(0, 0), handset.panel.pixel(99, 24), handset.panel.pixel(100, 24)]).toEqual([0x12_3456, 0x12_3456, 0x10_1418]);
  });

  it('has no memory after an attach that failed half-way', () => {
    begin(1);
    const guest = new Screen(0);
    guest.show(0x12_3456, 64, 64);
    expect(guest.command(ATTACH, 1, 2, Number(RAM) + PICTURE, 0, 4096, 0, 0xffff_f000, 0, 4096, 0)).toBe(0x1205);
    key(F11, 1);
    expect(handset.panel.pixel(0, 0)).toBe(0);
  });

  it('is shown in part, from where the screen begins on', () => {
    begin(1);
    const guest = new Screen(0);
    const view = new DataView(guest.ram.buffer);
    for (let at = 0; at < 64 * 64; at += 1) view.setUint32(PICTURE + at * 4, at, true);
    guest.command(CREATE, 1, 2, 64, 64);
    guest.command(ATTACH, 1, 1, Number(RAM) + PICTURE, 0, 64 * 64 * 4, 0);
    expect(guest.command(SET_SCANOUT, 10, 20, 16, 32, 0, 1)).toBe(OK);
    key(F11, 1);
    const corners = (): number[] => [[0, 0], [15, 0], [0, 31], [15, 31]].map(([x, y]) => handset.panel.pixel(x!, y!));
    expect(corners()).toEqual([20 * 64 + 10, 20 * 64 + 25, 51 * 64 + 10, 51 * 64 + 25]);
    expect([handset.panel.pixel(16, 0), handset.panel.pixel(0, 32)]).toEqual([0x10_1418, 0x10_1418]);
    // A flush is in the picture's own places, and counts as far as it is on the screen.
    view.setUint32(PICTURE + (20 * 64 + 10) * 4, 0xabcdef, true);
    view.setUint32(PICTURE + (51 * 64 + 25) * 4, 0xfedcba, true);
    expect(guest.command(FLUSH, 0, 0, 64, 64, 1, 0)).toBe(OK);
    expect([corners()[0], corners()[3]]).toEqual([0xabcdef, 0xfedcba]);
    expect(handset.panel.pixel(16, 31)).toBe(0x10_1418);
    expect(guest.command(FLUSH, 0, 0, 10, 20, 1, 0)).toBe(OK);
    expect(guest.command(FLUSH, 26, 52, 38, 12, 1, 0)).toBe(OK);
    expect(handset.panel.pixel(16, 32)).toBe(0x10_1418);
  });

  it.each([[50, 0, 15, 8], [0, 60, 8, 5], [65, 0, 0, 0], [0xffff_fff0, 0, 32, 8], [1, 1, 0xffff_ffff, 8]])('is not shown beyond its edge: %i, %i, %i, %i', (...rectangle) => {
    begin(1);
    const guest = new Screen(0);
    guest.show(1, 64, 64);
    expect(guest.command(SET_SCANOUT, ...rectangle, 0, 1)).toBe(0x1205);
  });

  it('is shown again after a crash of ours, and may be flushed', () => {
    begin(2);
    const guest = new Screen(1);
    guest.show(0x12_3456, 64, 64);
    handset.panel.backing.length = 0;
    // One that is paused is in the midst of its life too.
    board.paused.add(1);
    board.restart();
    expect(handset.panel.pixel(360, BAR)).toBe(0x12_3456);
    expect(guest.command(FLUSH, 0, 0, 64, 64, 1, 0)).toBe(OK);
    expect(guest.command(FLUSH, 0, 0, 64, 64, 2, 0)).toBe(0x1203);
  });

  it.each([
    ['of no name', [CREATE, 0, 2, 8, 8]], ['too wide', [CREATE, 2, 2, 4097, 8]], ['in a format that is not known', [CREATE, 2, 99, 8, 8]],
    ['that is not there', [FLUSH, 0, 0, 8, 8, 7, 0]], ['flushed beyond its edge', [FLUSH, 60, 0, 8, 8, 1, 0]],
    ['flushed beyond all numbers', [FLUSH, 4, 4, 0xffff_fffe, 8, 1, 0]], ['on a second screen', [SET_SCANOUT, 0, 0, 8, 8, 1, 1]],
    ['with more memory than is told', [ATTACH, 1, 100, Number(RAM), 0, 4096, 0]],
    ['with too much memory', [ATTACH, 1, 9, ...Array.from({ length: 9 }, () => [Number(RAM), 0, 2 ** 21, 0]).flat()]],
    ['by a command that is not known', [0x1ff]],
  ] as const)('%s is refused', (_what, [type, ...words]) => {
    begin(1);
    const guest = new Screen(0);
    guest.show(1, 64, 64);
    expect(guest.command(type, ...words)).toBeGreaterThanOrEqual(0x1200);
    expect(guest.command(TRANSFER, 0, 0, 64, 64, 0, 0, 1, 0)).toBe(OK);
  });

  it('may be anything at all', () => {
    begin(2, [320, 320]);
    const guest = new Screen(0);
    const places = [Number(RAM), Number(RAM) + 0x1f_f000, 4096, 2048, 2 ** 21];
    const word = fc.oneof(fc.nat(9), fc.nat(4096), fc.constantFrom(...places), fc.integer({ min: 0, max: 0xffff_ffff }));
    const types = [0x100, CREATE, CREATE, UNREF, SET_SCANOUT, FLUSH, FLUSH, TRANSFER, ATTACH, ATTACH, DETACH, 0x108];
    const one = fc.record({ type: fc.constantFrom(...types), words: fc.array(word, { maxLength: 12 }) });
    const sound = fc.constantFrom(
      { type: CREATE, words: [1, 2, 320, 320] }, { type: CREATE, words: [2, 1, 4096, 4096] }, { type: SET_SCANOUT, words: [0, 0, 9, 9, 0, 1] },
      { type: SET_SCANOUT, words: [0, 0, 9, 9, 0, 2] }, { type: ATTACH, words: [1, 1, Number(RAM), 0, 2 ** 20, 0] },
      { type: ATTACH, words: [2, 1, Number(RAM), 0, 2 ** 21, 0] }, { type: FLUSH, words: [0, 0, 320, 320, 1, 0] },
      { type: FLUSH, words: [4000, 4000, 96, 96, 2, 0] }, { type: FLUSH, words: [100, 100, 3996, 3996, 2, 0] },
    );
    const press = fc.constantFrom(F11, F12);
    const anything = fc.oneof({ weight: 4, arbitrary: sound }, { weight: 4, arbitrary: one }, { weight: 1, arbitrary: press });
    fc.assert(
      fc.property(fc.array(anything, { minLength: 4, maxLength: 24 }), (steps) => {
        for (const step of steps) {
          if (typeof step === 'number') key(step, 1);
          else guest.command(step.type, ...step.words);
        }
      }),
      { numRuns: 60, seed: 7 },
    );
  });
});

describe('a finger', () => {
  let touch: Input[];
  beforeEach(() => {
    begin(2);
    touch = [0, 1].map((index) => new Input(index, 1));
  });
  const felt = (): unknown[] => touch.map((one) => one.events());

  it('in a tile is felt by its machine alone, in the pixels of its screen, and gives it the focus', () => {
    finger(360 + 30, BAR + 50);
    expect(felt()).toEqual([[], [[ABS, 0, 60], [ABS, 1, 100], [KEY, BTN_TOUCH, 1]]]);
    expect([board.program.functions.focus(), board.program.functions.isOverview()]).toEqual([1, true]);
    finger(360 + 40, BAR + 60, false);
    expect(felt()).toEqual([[], [[ABS, 0, 80], [ABS, 1, 120], [KEY, BTN_TOUCH, 0]]]);
  });

  it('that leaves its tile stays at the edge of that machine\'s screen', () => {
    finger(360 + 30, BAR + 50);
    felt();
    for (const [x, y, wanted] of [[100, BAR + 50, [0, 100]], [360 + 30, 5, [60, 0]], [719, 1439, [718, 1439]]] as const) {
      finger(x, y);
      expect(touch[1]!.events().slice(0, 2).map(([, , value]) => value)).toEqual(wanted);
    }
    finger(100, BAR + 50, false);
    expect(touch[0]!.events()).toEqual([]);
  });

  it('on a bar shows that machine alone, whose screen is then the whole panel', () => {
    finger(360 + 30, 40);
    finger(360 + 30, 40, false);
    expect([board.program.functions.isOverview(), board.program.functions.focus(), felt()]).toEqual([false, 1, [[], []]]);
    finger(500, 700);
    expect(felt()).toEqual([[], [[ABS, 0, 500], [ABS, 1, 700], [KEY, BTN_TOUCH, 1]]]);
  });

  it('from the side to the middle shows the next machine, and from the top all', () => {
    key(F11, 1);
    expect(board.program.functions.isOverview()).toBe(false);
    finger(5, 700);
    finger(100, 700);
    expect(board.program.functions.focus()).toBe(0);
    finger(130, 700);
    finger(300, 700);
    finger(300, 700, false);
    expect(board.program.functions.focus()).toBe(1);
    finger(715, 700);
    finger(500, 700);
    finger(500, 700, false);
    expect(board.program.functions.focus()).toBe(0);
    finger(300, 10);
    finger(300, 140);
    finger(300, 140, false);
    expect([board.program.functions.isOverview(), felt()]).toEqual([true, [[], []]]);
  });

  it('may be anywhere, at any time', () => {
    const event = fc.oneof(
      fc.tuple(fc.constant(ABS), fc.nat(2), fc.integer({ min: 0, max: 0xffff_ffff })), fc.tuple(fc.constant(ABS), fc.nat(1), fc.nat(0x8000)),
      fc.tuple(fc.constant(KEY), fc.constant(BTN_LEFT), fc.nat(1)), fc.constant([SYN, 0, 0] as [number, number, number]),
      fc.tuple(fc.nat(0xffff), fc.nat(0xffff), fc.integer({ min: 0, max: 0xffff_ffff })),
    );
    const press = fc.tuple(fc.constant(KEY), fc.constantFrom(F11, F12, 30, 127, 128, 0xffff), fc.nat(2));
    fc.assert(
      fc.property(fc.array(fc.oneof(event, press), { minLength: 1, maxLength: 60 }), (events) => {
        for (const one of events) {
          (one[0] === KEY && one[1] !== BTN_LEFT ? handset.keyboard : handset.tablet).feel(one);
          const positions = touch.flatMap((guest) => guest.events().filter(([type]) => type === ABS));
          for (const [, code, value] of positions) expect(value).toBeLessThan(code === 0 ? WIDTH : HEIGHT);
        }
      }),
      { numRuns: 30, seed: 8 },
    );
  });
});

describe('a key', () => {
  let keys: Input[];
  beforeEach(() => {
    begin(3);
    keys = [0, 1, 2].map((index) => new Input(index, 2));
  });
  const felt = (): unknown[] => keys.map((one) => one.events());

  it('is felt by the machine in focus alone', () => {
    key(30, 1);
    key(30, 2);
    key(30, 0);
    expect(felt()).toEqual([[[KEY, 30, 1], [KEY, 30, 2], [KEY, 30, 0]], [], []]);
  });

  it('that is held is released for the machine that loses the focus, and for no other', () => {
    key(42, 1);
    key(30, 1);
    key(F12, 1);
    key(F12, 0);
    expect(felt()).toEqual([[[KEY, 42, 1], [KEY, 30, 1], [KEY, 30, 0], [KEY, 42, 0]], [], []]);
    key(30, 0);
    key(31, 1);
    expect(felt()).toEqual([[], [[KEY, 31, 1]], []]);
  });

  it('F12 goes round, and F11 between one and all', () => {
    const places = Array.from({ length: 4 }, () => {
      key(F12, 1);
      key(F12, 0);
      return board.program.functions.focus();
    });
    expect(places).toEqual([1, 2, 0, 1]);
    const views = Array.from({ length: 2 }, () => {
      key(F11, 1);
      return board.program.functions.isOverview();
    });
    expect(views).toEqual([false, true]);
    expect(felt()).toEqual([[], [], []]);
  });

  it('beyond those of the keyboard is nobody\'s', () => {
    key(128, 1);
    key(0xffff, 1);
    expect(felt()).toEqual([[], [], []]);
  });
});

describe('after a crash of ours', () => {
  it.each([['the overview', 1], ['one machine alone', 2]] as const)('it shows %s as before, with the same focus', (_what, presses) => {
    begin(3);
    key(F12, 1);
    key(F12, 1);
    for (let press = 1; press < presses; press += 1) key(F11, 1);
    board.restart();
    expect([board.program.functions.focus(), board.program.functions.isOverview()]).toEqual([2, presses === 1]);
    key(F12, 1);
    board.restart();
    expect(board.program.functions.focus()).toBe(0);
  });
});

it('a machine is told what its keyboard and its touch screen are', () => {
  begin(1);
  const ask = (slot: number, what: number, which: number): number[] => {
    const device = new GuestDevice(board, 0, slot);
    device.write(0x100, what);
    device.write(0x101, which);
    const bytes = device.read(0x100) >>> 16 & 0xff;
    return Array.from({ length: bytes }, (_, index) => (device.read(0x108 + (index & ~3)) >>> ((index & 3) * 8)) & 0xff);
  };
  expect(Buffer.from(ask(1, 1, 0)).toString()).toBe('Thimble touch screen');
  expect(ask(1, 0x12, 0)).toEqual([0, 0, 0, 0, 0xcf, 2, ...Array.from({ length: 14 }, () => 0)]);
  expect(ask(1, 0x12, 1).slice(4, 6)).toEqual([0x9f, 5]);
  expect(ask(1, 0x12, 2)).toEqual([]);
  expect(ask(2, 0x11, 1)).toEqual([0xfe, ...Array.from({ length: 15 }, () => 0xff)]);
  expect(ask(2, 0x12, 0)).toEqual([]);
  expect(ask(2, 0x77, 0)).toEqual([]);
});
