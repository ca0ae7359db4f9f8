/** Handsets for the tests: which machine has which devices, and the board's own. */
import type { Lending } from '../../tool/src/devices/lending.ts';
import { DeviceType, InputKind, type ServedMachine, type Slot } from '../../tool/src/devices/settings.ts';
import { Board, CLOCK } from './board.ts';
import { PhysicalConsole, PhysicalDisk, PhysicalEntropy, PhysicalInput, PhysicalNetwork, PhysicalPanel } from './physical-device.ts';

export const block = (parameter: number, readOnly = false): Slot => ({ type: DeviceType.Block, readOnly, parameter });
export const network: Slot = { type: DeviceType.Network, readOnly: false, parameter: 0 };
export const entropy: Slot = { type: DeviceType.Entropy, readOnly: false, parameter: 0 };
export const console: Slot = { type: DeviceType.Console, readOnly: false, parameter: 0 };
export const screen: readonly Slot[] = [
  { type: DeviceType.Gpu, readOnly: false, parameter: 0 },
  { type: DeviceType.Input, readOnly: false, parameter: InputKind.Touch },
  { type: DeviceType.Input, readOnly: false, parameter: InputKind.Keyboard },
];

/** What goes with a screen that is a picture in the machine's RAM. */
export const simple: readonly Slot[] = screen.slice(1);

export function machine(name: string, slots: readonly Slot[], more: Partial<ServedMachine> = {}): ServedMachine {
  return { name, memoryMib: 2, slots, uplink: false, peers: [], ...more };
}

export interface Setting {
  readonly machines: readonly ServedMachine[];
  readonly volumes?: readonly string[];
  readonly disk?: Buffer;
  readonly panel?: readonly [number, number];
  readonly hasNetwork?: boolean;
  readonly hasEntropy?: boolean;
  readonly hasClock?: boolean;
  /** Machines with a line for their console. */
  readonly consoles?: readonly number[];
  readonly lendings?: readonly Lending[];
  /** The touch screen tells of several fingers, with axes up to this. */
  readonly fingersMax?: number;
  /** The disk takes requests, and never answers. */
  readonly isDiskDead?: boolean;
}

const INTID = 48;
const ADDRESS = 0x0a00_0000;

export class TestHandset {
  readonly board: Board;
  readonly disk: PhysicalDisk;
  readonly network: PhysicalNetwork;
  readonly panel: PhysicalPanel;
  readonly tablet: PhysicalInput;
  readonly keyboard: PhysicalInput;
  readonly entropy: PhysicalEntropy;
  readonly consoles: readonly PhysicalConsole[];

  constructor(board: Board, setting: Setting) {
    const { machines, volumes = [], disk, panel, hasNetwork = false, hasEntropy = false, hasClock = false, consoles = [], lendings = [] } = setting;
    const { isDiskDead = false, fingersMax = 0 } = setting;
    this.board = board;
    this.disk = new PhysicalDisk(board, INTID, disk ?? Buffer.alloc(512));
    this.panel = new PhysicalPanel(board, INTID + 1, ...(panel ?? [720, 1440]));
    this.tablet = new PhysicalInput(board, INTID + 2);
    this.keyboard = new PhysicalInput(board, INTID + 3);
    this.network = new PhysicalNetwork(board, INTID + 4);
    this.entropy = new PhysicalEntropy(board, INTID + 5);
    this.consoles = consoles.map((_, index) => new PhysicalConsole(board, INTID + 6 + index));
    this.disk.isSlow = isDiskDead;
    this.tablet.axisMax = fingersMax;
    const place = (type: DeviceType, transport: number, parameter = 0) => ({
      type, parameter, address: ADDRESS + 0x200 * transport, interrupt: INTID + transport, intid: INTID + transport,
    });
    const devices = [
      ...(disk ? [place(DeviceType.Block, 0)] : []),
      ...(panel ? [place(DeviceType.Gpu, 1), place(DeviceType.Input, 2, InputKind.Touch), place(DeviceType.Input, 3, InputKind.Keyboard)] : []),
      ...(hasNetwork ? [place(DeviceType.Network, 4)] : []),
      ...(hasEntropy ? [place(DeviceType.Entropy, 5)] : []),
      ...(hasClock ? [{ type: DeviceType.Clock, parameter: 0, address: Number(CLOCK), interrupt: 34, intid: 79 }] : []),
      ...consoles.map((of, index) => place(DeviceType.Console, 6 + index, of)),
    ];
    board.begin({ devices, machines, volumes, lendings }, [this.disk, this.panel, this.tablet, this.keyboard, this.network, this.entropy, ...this.consoles]);
    machines.forEach(({ slots, isStarted = false }, index) => {
      if (slots.length > 0 || isStarted) this.startMachine(index);
    });
  }

  /** The hypervisor says that the machine waits to be started. */
  startMachine(index: number): void {
    this.board.running.delete(index);
    this.board.waiting.add(index);
    this.board.tellOfState(index);
  }
}
