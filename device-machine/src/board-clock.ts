/** The board's clock, a PL031, which is not driven here: each machine sees its registers by itself, and can only read them. */
import { GRANT_READ_ONLY, GRANTS_IPA } from '@thimble/abi/slot-layout.ts';
import * as hypervisor from './hypervisor.ts';
import * as settings from './settings.ts';

/** The first of the numbers by which Arm's peripherals tell what they are, and a PL031's. */
const PERIPHERAL_ID_0 = 0xfe0n;
const PART = 0x31;

let address: u64 = 0n;

/** Finds it as device `index` of the settings. False if it is something else. */
export function open(index: u32): boolean {
  const at = settings.deviceAddress(index);
  if ((mmio.read32(at + PERIPHERAL_ID_0) & 0xff) !== PART) {
    return false;
  }
  address = at;
  return true;
}

/** Machine `index` sees it, where its device tree says. False if it cannot be. */
export function show(index: u32): boolean {
  return address === 0n || hypervisor.grant(index, GRANTS_IPA | GRANT_READ_ONLY, address);
}
