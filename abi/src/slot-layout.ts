/**
 * How a VM's virtio devices and the controller meet: the VM has one page of virtio-mmio registers, a slot of 512 bytes a device, which it
 * reads as memory, without a trap. What it writes traps, and reaches the controller, which sees the page too and writes what the
 * VM is to read. [virtio 1.2 "MMIO Device Register Layout"]
 *
 *     slot + 0x000  the registers of virtio-mmio (virtio-mmio.ts)
 *     slot + 0x0f8  PEER, of a slot without a device: which machine's slot is interrupted when this one is notified; set by the controller
 *     slot + 0x100  the device's configuration
 *     slot + 0x180  the controller's own notes, which outlive it
 *     slot + 0x1f0  NOTIFIED: a bit a queue that was notified, set by the hypervisor, cleared by the controller
 *     slot + 0x1f4  WRITTEN: offset of a register that was written | WRITTEN_VALID; 0 when it has been dealt with,
 *                   and without that bit while it is being noted
 *     slot + 0x1f8  WRITTEN_VALUE: what was written
 *     slot + 0x1fc  CHANGED, of slot 0: not 0 when the machine's state has changed; set by the hypervisor, cleared by the controller before it looks
 */
export const SLOTS_MAX = 8;
/** Devices of the controller itself, a page each. */
export const DEVICES_MAX = 32;
export const SLOT_BYTES = 0x200;

export const PEER = 0x0f8;
export const NOTES = 0x180;
export const NOTIFIED = 0x1f0;
export const WRITTEN = 0x1f4;
export const WRITTEN_VALUE = 0x1f8;
export const CHANGED = 0x1fc;

export const WRITTEN_VALID = 0x8000_0000;
/** PEER is this | index of a machine << PEER_SHIFT | slot, or 0. */
export const PEER_VALID = 0x8000_0000;
export const PEER_SHIFT = 8;

/** Where a VM has its page, and the controller the pages of its devices, one after the other; slot or device n interrupts by SPI 16 + n. The addresses are those of QEMU's `virt`. */
export const SLOTS_IPA = 0x0a00_0000n;
export const SLOT_SPI = 16;

/** Of the second argument of INTERRUPT_PASS. */
export const PASSED_MACHINE_SHIFT = 8;

/** Where the controller sees the page of machine n: 4 KiB each. */
export const PAGES_IPA = 0x0b00_0000n;
/**
 * Where the controller sees the console of machine n: 4 KiB each, of which the machine itself sees the records of stolen time at the beginning, and all else too, and
 * can change nothing.
 *
 *     + 0x400  bytes that the machine has ever written to its UART, a word that wraps
 *     + 0x404  set by the controller to be rung at the next byte, and cleared then; it looks at the count once more after that
 *     + 0x800  the newest of them: number n is at n % CONSOLE_RING_BYTES
 */
export const CONSOLES_IPA = 0x0b10_0000n;
export const CONSOLE_COUNT = 0x400;
export const CONSOLE_WANTED = 0x404;
export const CONSOLE_RING = 0x800;
export const CONSOLE_RING_BYTES = 2048;
/** The controller sees the RAM of machine n, if it has virtio devices, at that RAM's own addresses + (n + 1) << WINDOW_SHIFT. */
export const WINDOW_SHIFT = 32n;

/**
 * Where a machine sees what it was granted: single pages in the first 2 MiB, blocks of 2 MiB behind them. What it writes to memory there that it may only read
 * has no effect; where nothing is granted, there is nothing.
 */
export const GRANTS_IPA = 0x1000_0000n;
export const GRANTED_PAGES_BYTES = 0x20_0000n;
export const GRANTS_BYTES = 0x3000_0000n;
export const GRANT_READ_ONLY = 1n;

/** INTID by which the hypervisor tells the controller to look: at NOTIFIED, at WRITTEN, and at its machines' states. */
export const DOORBELL_INTID = 80;

/** States of a machine in MACHINE_INFO. */
export const MACHINE_OFF = 0;
export const MACHINE_RUNNING = 1;
/** By a fault. */
export const MACHINE_STOPPED = 2;
/** It has asked for a reset, or was reset: it waits until the controller, done with its requests, starts it. */
export const MACHINE_WAITS = 3;
/** It could run, but for MACHINE_PAUSE. */
export const MACHINE_PAUSED = 4;
