/**
 * What the hypervisor knows of each kind of UART: a kind is a row of data. Firmware has set the speed and the pins; a row says
 * only how to send a byte, and, if that is simple enough, how to be told of one that came.
 *
 * The rows are for people. What is left of them in the image are `ROWS`, a byte a field, and the hashes of names.ts.
 * The facts are those of Linux's early consoles [Linux, drivers/tty/serial "earlycon"].
 */

interface UartKind {
  /** For people. */
  readonly name: string;
  /** In the device tree; any of them. */
  readonly compatible: readonly string[];
  /** The registers lie at multiples of 1 << spacing, unless the tree has a reg-shift. With 0 they are a byte wide, else 32 bits. */
  readonly spacing: u32;
  /** Offsets of the registers, in bytes: where a byte is written, where one is read, and the status of both. */
  readonly transmit: u32;
  readonly receive: u32;
  readonly status: u32;
  /** The bit of the status, and its value, that says: another byte can be sent; one has come. */
  readonly room: readonly u32[];
  readonly received: readonly u32[];
  /** Up to two pairs of offset and value, written once: what firmware may have left undone. */
  readonly start: readonly u32[];
  /** The same, before each byte that is sent. */
  readonly beforeByte: readonly u32[];
  /** Register that turns the interrupt for received bytes on, and off, and its bits; none where receiving is not so simple. */
  readonly interrupt: readonly u32[];
  /** That register has other bits, which must stay as they are. */
  readonly keeps: boolean;
  /** A set bit there turns the interrupt off. */
  readonly masks: boolean;
  /** Offset of a register that must be told, by a 1, that the interrupt was taken; none if reading the byte is enough. */
  readonly acknowledge: readonly u32[];
}

/** ADR 0018 says how a row was checked. */
export const UART_KINDS: readonly UartKind[] = [
  {
    // DR, FR: TXFF and RXFE; IMSC: receive and receive timeout.
    name: 'PL011',
    compatible: ['arm,pl011', 'arm,sbsa-uart'],
    spacing: 2, transmit: 0x00, receive: 0x00, status: 0x18, room: [5, 0], received: [4, 0],
    start: [], beforeByte: [], interrupt: [0x38, 0x38, 0x50], keeps: false, masks: false, acknowledge: [],
  },
  {
    // THR, RBR, LSR: THRE and DR; IER. A tree without reg-shift means registers of one byte, side by side.
    name: '16550',
    compatible: ['ns16550a', 'ns16550', 'snps,dw-apb-uart'],
    spacing: 0, transmit: 0, receive: 0, status: 5, room: [5, 1], received: [0, 1],
    start: [], beforeByte: [], interrupt: [1, 1, 1], keeps: false, masks: false, acknowledge: [],
  },
  {
    // The same, of kinds that are always spaced by four, and of which no tree says so.
    name: '16550 of words',
    compatible: ['brcm,bcm2835-aux-uart', 'mediatek,mt6577-uart', 'nvidia,tegra20-uart', 'ti,am654-uart'],
    spacing: 2, transmit: 0x00, receive: 0x00, status: 0x14, room: [5, 1], received: [0, 1],
    start: [], beforeByte: [], interrupt: [0x04, 0x04, 1], keeps: false, masks: false, acknowledge: [],
  },
  {
    // FIFO, SR: TXFULL and RXEMPTY. It starts with both directions off: CR enables them; RXWM asks for an interrupt a byte.
    name: 'Cadence',
    compatible: ['cdns,uart-r1p12', 'xlnx,xuartps'],
    spacing: 2, transmit: 0x30, receive: 0x30, status: 0x2c, room: [4, 0], received: [1, 0],
    start: [0x20, 1, 0x00, 0x14], beforeByte: [], interrupt: [0x08, 0x0c, 1], keeps: false, masks: false, acknowledge: [0x14],
  },
  {
    // WFIFO, RFIFO, STATUS: TX_FULL and RX_EMPTY; CONTROL: RX_INT_EN; MISC asks for an interrupt a byte.
    name: 'Meson',
    compatible: ['amlogic,meson-gx-uart', 'amlogic,meson-ao-uart'],
    spacing: 2, transmit: 0x00, receive: 0x04, status: 0x0c, room: [21, 0], received: [20, 0],
    start: [0x10, 1], beforeByte: [], interrupt: [0x08, 0x08, 0x0800_0000], keeps: true, masks: false, acknowledge: [],
  },
  {
    // URTX0, URXD0, UTS: TXFULL and RXEMPTY; UCR4: DREN.
    name: 'i.MX',
    compatible: ['fsl,imx6q-uart', 'fsl,imx21-uart'],
    spacing: 2, transmit: 0x40, receive: 0x00, status: 0xb4, room: [4, 0], received: [5, 0],
    start: [], beforeByte: [], interrupt: [0x8c, 0x8c, 1], keeps: true, masks: false, acknowledge: [],
  },
  {
    // DATA, STAT: TDRE and RDRF; CTRL: RIE.
    name: 'LPUART',
    compatible: ['fsl,imx7ulp-lpuart', 'fsl,imx8qxp-lpuart'],
    spacing: 2, transmit: 0x1c, receive: 0x1c, status: 0x14, room: [23, 1], received: [21, 1],
    start: [], beforeByte: [], interrupt: [0x18, 0x18, 0x20_0000], keeps: true, masks: false, acknowledge: [],
  },
  {
    // TF, RF, SR: TXEMT (NCF_TX, how many bytes follow, may change only then) and RXRDY; IMR: RXLEV. One byte a word: DMEN.
    name: 'uartdm',
    compatible: ['qcom,msm-uartdm'],
    spacing: 2, transmit: 0x70, receive: 0x70, status: 0xa4, room: [3, 1], received: [0, 1],
    start: [0x3c, 0x20, 0x20, 0], beforeByte: [0x40, 1], interrupt: [0xb0, 0xb0, 0x10], keeps: false, masks: false, acknowledge: [],
  },
  {
    // TX_FIFOn; GENI_STATUS: a command is active. A byte is a command of its own: TX_TRANS_LEN 1, M_CMD0 START_TX.
    name: 'GENI',
    compatible: ['qcom,geni-debug-uart'],
    spacing: 4, transmit: 0x700, receive: 0x780, status: 0x40, room: [0, 0], received: [0, 0],
    start: [], beforeByte: [0x270, 1, 0x600, 0x0800_0000], interrupt: [], keeps: false, masks: false, acknowledge: [],
  },
  {
    // UTXH, URXH, UTRSTAT: TXE and RXDR; UINTM, UINTP.
    name: 'Exynos',
    compatible: ['samsung,exynos4210-uart', 'samsung,exynos5433-uart', 'samsung,exynos850-uart', 'google,gs101-uart'],
    spacing: 2, transmit: 0x20, receive: 0x24, status: 0x10, room: [2, 1], received: [0, 1],
    start: [], beforeByte: [], interrupt: [0x38, 0x38, 1], keeps: true, masks: true, acknowledge: [0x30],
  },
  {
    // As Samsung's, but its interrupts are not in registers of their own.
    name: 'Apple',
    compatible: ['apple,s5l-uart'],
    spacing: 2, transmit: 0x20, receive: 0x24, status: 0x10, room: [2, 1], received: [0, 1],
    start: [], beforeByte: [], interrupt: [], keeps: false, masks: false, acknowledge: [],
  },
  {
    // TSH, RBR, STAT: TX_FIFO_FUL and STD_RX_RDY; CTRL: STD_RX_RDY_INT.
    name: 'Armada 3700',
    compatible: ['marvell,armada-3700-uart'],
    spacing: 2, transmit: 0x04, receive: 0x00, status: 0x0c, room: [11, 0], received: [4, 1],
    start: [], beforeByte: [], interrupt: [0x08, 0x08, 0x10], keeps: true, masks: false, acknowledge: [],
  },
];

/** Fields of a row, in `ROWS`. Registers are numbered, not counted in bytes. */
export enum Field {
  /** Bits 2 to 0: the spacing; others: `KEEPS`, and whether the interrupt's bits are set in `On` to turn it on, and in `Off` to turn it off: the bit of that field's number. */
  Flags, Transmit, Receive, Status,
  On, Off,
  /** The bit's number; and `BIT_SET` if it must be set. */
  Room, Received,
  /** Where in `ROWS` its orders are; 0 if there are none. */
  Start, BeforeByte,
  /** As the value of an order. */
  InterruptBits, Acknowledge, Count,
}
export const SPACING_MASK = 7;
export const KEEPS = 8;
export const BIT_SET = 0x80;

/** A register that the kind does not have; it ends orders, too. */
export const NO_REGISTER = 0xff;

/** Values from here on are numbers of bits. */
export const BIT_NUMBER = 0x80;

/**
 * The kinds' rows; behind them orders, each a register and a value, up to NO_REGISTER. A value that does not fit its byte, or a register
 * between two, is an error of the build.
 */
export const ROWS: readonly u8[] = comptime(() => {
  let rows: u8[] = [];
  let orders: u8[] = [];
  for (const kind of UART_KINDS) {
    const registerOf = (list: readonly u32[], at: u32): u8 => (at < list.length ? u8(list[at] / (1 << kind.spacing)) : NO_REGISTER);
    const bitOf = (value: u32): u32 => (value === 1 ? BIT_NUMBER : 1 + bitOf(value / 2));
    const valueOf = (value: u32): u8 => u8(value < BIT_NUMBER ? value : bitOf(value));
    const ordersOf = (list: readonly u32[]): u8 => {
      const place = UART_KINDS.length * Field.Count + orders.length;
      for (let i = 0; i < list.length; i += 2) orders = [...orders, registerOf(list, i), valueOf(list[i + 1])];
      if (list.length > 0) orders = [...orders, NO_REGISTER];
      return list.length > 0 ? u8(place) : 0;
    };
    const statusOf = (list: readonly u32[]): u8 => u8(list[0] + list[1] * BIT_SET);
    // Where another register turns it off, that is told by set bits too.
    const setsOff = kind.masks || registerOf(kind.interrupt, 0) !== registerOf(kind.interrupt, 1);
    rows = [
      ...rows,
      u8(kind.spacing | (kind.keeps ? KEEPS : 0) | (kind.masks ? 0 : 1 << Field.On) | (setsOff ? 1 << Field.Off : 0)),
      registerOf([kind.transmit], 0), registerOf([kind.receive], 0), registerOf([kind.status], 0), registerOf(kind.interrupt, 0), registerOf(kind.interrupt, 1),
      statusOf(kind.room), statusOf(kind.received), ordersOf(kind.start), ordersOf(kind.beforeByte),
      valueOf(kind.interrupt.length > 2 ? kind.interrupt[2] : 0), registerOf(kind.acknowledge, 0),
    ];
  }
  return [...rows, ...orders];
});
