/**
 * What the controller, the one VM that the manifest makes so, may ask of the hypervisor: fast calls of 64 bits in the range of
 * vendor-specific hypervisor services [DEN0028 "Function Identifier Ranges"], by hvc. Arguments are in x1 to x3, the answer is in x0: 0 (SUCCESS) where nothing else
 * is said. For everybody else, and for numbers that are not listed, the answer is NOT_SUPPORTED (-1).
 *
 * Numbers from 0x60 on are orders, which the serial line can give as well (docs/abi.md): they are the letters that these have there. An order that does not fit the machine's
 * state, or that there is not, changes nothing.
 *
 * A *machine* is given by its index in the manifest; one that does not exist gets INVALID_PARAMETERS (-2).
 */
export const ABI_VERSION = 3n;

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
/**
 * (any machine, address): the physical address of the page around one of the controller's own, in RAM: its own, or what it sees of others'; INVALID_PARAMETERS
 * elsewhere.
 */
export const TRANSLATE = 0xc600_0007;
/** (machine): keeps it off its processors, as it is, if it runs. */
export const MACHINE_PAUSE = 0xc600_0070;
/** (machine): lets one that was paused go on. */
export const MACHINE_RESUME = 0xc600_0063;
/**
 * (machine, its address, the controller's address): lets the machine see, where GRANTS_IPA says, what the controller itself sees at its address, as the same type
 * of memory; never as instructions, and with GRANT_READ_ONLY, added to the machine's address, for reading. What was granted there before goes, and when
 * the call is done, no access to it is under way. The address 0, where the controller sees nothing, does that alone. It stays so through resets of both. INVALID_PARAMETERS,
 * and no change, where the controller sees nothing, or no whole block.
 */
export const MACHINE_GRANT = 0xc600_0009;
/** (machine, byte): a byte for its UART to receive. INVALID_PARAMETERS if there is no room for it; where the machine does not run it is lost. What it sends is at CONSOLES_IPA. */
export const CONSOLE_INPUT = 0xc600_000b;
/** (INTID): a physical interrupt that was passed on may come again. */
export const INTERRUPT_END = 0xc600_0008;
/**
 * (INTID, machine << PASSED_MACHINE_SHIFT | SPI): from here on this interrupt of the board, one of the controller's, is that SPI of the machine, 0 to 63, which ends it by
 * ending its own. One that is active is ended.
 */
export const INTERRUPT_PASS = 0xc600_000a;
