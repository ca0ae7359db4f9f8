/**
 * What the controller, the one VM that the manifest makes so, may ask of the hypervisor: fast calls of 64 bits in the range of
 * vendor-specific hypervisor services [DEN0028 "Function Identifier Ranges"], by hvc. Arguments are in x1 and x2, the answer is in x0. For
 * everybody else, and for numbers that are not listed, the answer is NOT_SUPPORTED.
 *
 * The numbers of orders, which the serial line can give as well (docs/abi.md), are the letters that they have there. An order that does not fit the machine's
 * state changes nothing.
 *
 * A *machine* is given by its index in the manifest; one that does not exist gets INVALID_PARAMETERS.
 */
export const ABI_VERSION = 2n;

/** (any machine): the version of this interface. */
export const CONTROLLER_VERSION = 0xc600_0000;
/** (machine): its state in x0; ticks run, exits and wake-ups of all its vCPUs, since boot, in x1 to x3. */
export const MACHINE_INFO = 0xc600_0001;
/** (machine): loads and starts it if it does not run. */
export const MACHINE_START = 0xc600_0073;
/** (machine): takes it off its processors, and starts it again. */
export const MACHINE_RESET = 0xc600_0072;
/** (machine): takes it off its processors. */
export const MACHINE_STOP = 0xc600_006b;
/** (machine, slot): interrupts it from its virtio device in `slot`. */
export const VIRTIO_INTERRUPT = 0xc600_0005;
/** (machine, slot): the write in the slot's `WRITTEN` has been dealt with; the vCPU that wrote goes on. */
export const VIRTIO_RELEASE = 0xc600_0006;
/** (machine, address): the physical address behind an intermediate physical one in the machine's RAM; INVALID_PARAMETERS if it is elsewhere. */
export const TRANSLATE = 0xc600_0007;
/** (machine): keeps it off its processors, as it is, if it runs. */
export const MACHINE_PAUSE = 0xc600_0070;
/** (machine): lets one that was paused go on. */
export const MACHINE_RESUME = 0xc600_0063;
/** (INTID): a physical interrupt that was passed on may come again. */
export const INTERRUPT_END = 0xc600_0008;
