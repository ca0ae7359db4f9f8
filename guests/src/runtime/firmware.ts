/** PSCI calls of a guest [DEN0022 5.1 "Function prototypes"]. */
import { hvc } from '@thimble/arm64/instructions.ts';

const SYSTEM_OFF = 0x8400_0008n;
const SYSTEM_RESET = 0x8400_0009n;

export function powerOff(): never {
  hvc(SYSTEM_OFF, 0n, 0n, 0n);
  trap();
}

export function reset(): never {
  hvc(SYSTEM_RESET, 0n, 0n, 0n);
  trap();
}
