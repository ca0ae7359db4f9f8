/**
 * Copies a VM's segments into its RAM, a page a step, so that whatever else its processor has to do comes first. Runs as
 * the turn of the VM's first vCPU, at its priority.
 */
import { dsbIsh, icIallUis, isb } from '@thimble/arm64/instructions.ts';
import { ipa, pa } from './address.ts';
import { copyLines, zero } from './bytes.ts';
import type { Cpu } from './cpu.ts';
import { PAGE_BYTES } from './layout.ts';
import * as mapping from './mapping.ts';
import { Window } from './mapping.ts';
import * as random from './random.ts';
import { SEED_BYTES } from './random.ts';
import * as scheduler from './scheduler.ts';
import * as stage2 from './stage2.ts';
import * as stolenTime from './stolen-time.ts';
import { VcpuState } from './vcpu.ts';
import * as virtualInterrupts from './virtual-interrupts.ts';
import { SEGMENTS_MAX, type Vm } from './vm.ts';

const LINE_BYTES = 64n;
/** A bank's interrupts. */
const ALL = 0xffff_ffff;
const NO_MACHINE_TYPE = 0xffff_ffffn;

export function begin(vm: Vm): void {
  vm.loadSegment = 0;
  vm.loadBytes = 0n;
}

/** Copies the next page at most; after the last one the VM's first vCPU is ready for its first instruction. */
export function step(cpu: Cpu, vm: Vm): void {
  if (vm.loadSegment === vm.segmentCount) {
    finish(cpu, vm);
    return;
  }
  const segment = vm.segments[vm.loadSegment % SEGMENTS_MAX];
  // The manifest has been checked: the segment is in the file, and in RAM.
  const rest = wrappingSub(segment.bytes, vm.loadBytes);
  const source = wrappingAdd(segment.source, vm.loadBytes);
  const target = wrappingAdd(segment.target, vm.loadBytes);
  const bytes = withinPage(source, withinPage(target, rest));
  const from = mapping.window(cpu.index, Window.Source, pa(source));
  const to = mapping.window(cpu.index, Window.Destination, stage2.translate(vm.vttbr, ipa(target)));
  copyLines(to, from, wrappingAdd(bytes, LINE_BYTES - 1n) / LINE_BYTES);
  vm.loadBytes = wrappingAdd(vm.loadBytes, bytes);
  if (vm.loadBytes === segment.bytes) {
    vm.loadSegment = wrappingAdd(vm.loadSegment, 1);
    vm.loadBytes = 0n;
  }
}

/** `bytes`, or as many as there are before the end of the page around `address`. */
function withinPage(address: u64, bytes: u64): u64 {
  const room = PAGE_BYTES - (address & (PAGE_BYTES - 1n));
  return bytes < room ? bytes : room;
}

function finish(cpu: Cpu, vm: Vm): void {
  if (vm.seed !== 0n) {
    const va = mapping.window(cpu.index, Window.Destination, stage2.translate(vm.vttbr, ipa(vm.seed)));
    random.fill(va);
    // The seed may lie across two cache lines.
    asm`dc cvac, ${va}`;
    asm`dc cvac, ${wrappingAdd(va, SEED_BYTES - 1n)}`;
  }
  mapping.closeWindows(cpu.index);
  // Nothing of the VM's former life is left in the TLBs.
  stage2.dropTranslations(vm.vttbr);
  // The copied instructions are in memory before any instruction cache line is fetched again.
  dsbIsh();
  icIallUis();
  dsbIsh();
  isb();

  const first = vm.vcpu(0);
  vm.lock.acquire();
  vm.resetDevices();
  vm.lock.release();
  // What was passed on came for the former life, or while this one was loaded: while its device wants something it comes again.
  virtualInterrupts.endOnBoard(first, 32, ALL);
  virtualInterrupts.endOnBoard(first, 64, ALL);
  // All that `stolenTime.add` ever writes.
  zero(vm.stolenTime, wrappingAdd(vm.stolenTime, u64(vm.vcpuCount) * stolenTime.RECORD_BYTES));
  vm.counterOffset = scheduler.now();
  first.reset(vm.entry, vm.deviceTree);
  if (first.isAarch32) {
    // [Linux, Documentation/arch/arm/booting.rst "Calling the kernel image"]: the tree is in r2, and says what r1 might.
    first.x[0] = 0n;
    first.x[1] = NO_MACHINE_TYPE;
    first.x[2] = vm.deviceTree;
  }
  scheduler.setState(first, VcpuState.Ready);
}
