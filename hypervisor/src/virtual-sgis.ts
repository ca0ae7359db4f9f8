/**
 * SGIs between the vCPUs of a VM whose interrupt controller is a GICv2: each of them pends once for each vCPU that sent it, and the receiver is told
 * by whom (`vcpu.sgiSources`, a byte an SGI, a bit a sender; `vcpu.sgiTaken`, the sender of the one that a list register has). A GICv3 does not know that (system-registers.ts). The VM's lock is held everywhere.
 */
import { SgiRegister } from '@thimble/arm64/gic-frames.ts';
import { ListRegister } from '@thimble/arm64/registers-gic.ts';
import * as board from './board.ts';
import { ControllerKind } from './controller-kind.ts';
import { bitOf, PENDING } from './irq-bank.ts';
import { INCOMING_BANKS, type Vcpu } from './vcpu.ts';
import * as virtualInterrupts from './virtual-interrupts.ts';
import type { Vm } from './vm.ts';

export const SGIS = 16;
const TO_OTHERS = 1n;
const TO_SENDER = 2n;

/** Whether `intid` pends by its senders. @inline */
export function hasSources(intid: u32): boolean {
  return intid < SGIS && board.controllerKind !== ControllerKind.Gicv3;
}

/** `sender` has written GICD_SGIR; what that means for itself follows. */
export function send(vm: Vm, sender: Vcpu, value: u32): void {
  const word = u64(value);
  const filter = SgiRegister.get(word, 'TARGETLISTFILTER');
  const intid = u32(SgiRegister.get(word, 'SGIINTID'));
  const itself = bitOf(sender.index);
  const targets = filter === TO_OTHERS ? ~itself : filter === TO_SENDER ? itself : u32(SgiRegister.get(word, 'CPUTARGETLIST'));
  let vcpu = vm.lastVcpu;
  while (vcpu !== null) {
    if ((targets & bitOf(vcpu.index)) !== 0) {
      vcpu.sgiSources[intid] |= u8.wrap(itself);
      if (vcpu !== sender) {
        virtualInterrupts.raiseRemotely(vcpu, INCOMING_BANKS);
      }
    }
    vcpu = vcpu.previous;
  }
}

/** The SGIs of `vcpu` that have a sender. */
export function pending(vcpu: Vcpu): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < SGIS; i += 1) {
    if (vcpu.sgiSources[i] !== 0) {
      found |= bitOf(i);
    }
  }
  return found;
}

/** What the list register for `intid` says of its sender, the next one unless it is active. If there are more, it still pends. */
export function take(vcpu: Vcpu, intid: u32, isActive: boolean): u64 {
  if (!isActive) {
    const senders = u32(vcpu.sgiSources[intid]);
    const others = senders & wrappingSub(senders, 1);
    vcpu.sgiTaken[intid] = u8.wrap(countTrailingZeros(senders));
    vcpu.sgiSources[intid] = u8.wrap(others);
    if (others !== 0) {
      vcpu.private.state[PENDING] |= bitOf(intid);
    }
  }
  return ListRegister.of({ PINTID: u64(vcpu.sgiTaken[intid]) & 7n });
}

/** `intid` pends in a list register, and is taken out of it. */
export function putBack(vcpu: Vcpu, intid: u32): void {
  vcpu.sgiSources[intid] |= u8.wrap(bitOf(u32(vcpu.sgiTaken[intid])));
}
