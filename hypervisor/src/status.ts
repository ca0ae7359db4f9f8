/** The status lines of docs/abi.md, for the host tool: a chore of the processor that takes the input, a line at a time. */
import { CNTFRQ_EL0 } from '@thimble/arm64/registers-timer.ts';
import * as board from './board.ts';
import * as console from './console.ts';
import * as cpus from './cpu.ts';
import { MACHINES_MAX } from './layout.ts';
import * as scheduler from './scheduler.ts';
import { VcpuState, type Vcpu } from './vcpu.ts';
import { vmCount, vms, type Vm } from './vm.ts';
import * as ram from './ram.ts';

/** The state of a vCPU that a processor runs; the others are numbered as `VcpuState`. */
const RUNNING: u32 = 4;

/** What is printed next: 0 nothing; 1 the board's line; then each VM's, with those of its vCPUs, and the end. */
let next: u32 = 0;
/** Of those of a VM: 0 its own, then each vCPU's. */
let part: u32 = 0;
/** Further times that it is to be printed. */
let asked: u32 = 0;

export function ask(): void {
  asked = wrappingAdd(asked, 1);
  scheduler.doChoresSoon();
}

/** Prints the next line, if there is one. Whether there is more. */
export function step(): boolean {
  if (next === 0) {
    if (asked === 0) {
      return false;
    }
    asked -= 1;
    next = 1;
  }
  let after = wrappingAdd(next, 1);
  let partAfter: u32 = 0;
  console.begin();
  const index = wrappingSub(next, 2);
  if (next === 1) {
    printBoard();
  } else if (index >= vmCount) {
    console.text('~.');
    after = 0;
  } else {
    const vm = vms[index % MACHINES_MAX];
    if (part === 0) {
      printVm(vm);
    } else {
      printVcpu(vm, vm.vcpu(wrappingSub(part, 1)));
    }
    if (part !== vm.vcpuCount) {
      after = next;
      partAfter = wrappingAdd(part, 1);
    }
  }
  if (console.end()) {
    next = after;
    part = partAfter;
  }
  return true;
}

function printBoard(): void {
  console.text('~b');
  console.number(u64(cpus.count));
  console.number(ram.boardBytes >> 10n);
  console.number(board.bytesHeld() >> 10n);
  console.number(CNTFRQ_EL0.read());
  console.number(scheduler.now());
}

function printVm(vm: Vm): void {
  console.text('~m');
  console.number(u64(vm.index));
  console.text(' ');
  console.bytes(addressOf(vm.name), vm.name.length);
  console.number(vm.shownState());
  console.number(u64(vm.memoryMib));
  console.number(u64(vm.vcpuCount));
}

/** Another processor may be changing the numbers: each is right for some moment of the printing. */
function printVcpu(vm: Vm, vcpu: Vcpu): void {
  const cpu = nonNull(vcpu.cpu);
  const sinceChange = scheduler.sinceChange(vcpu, scheduler.now());
  let state = u32(vcpu.state);
  let stolen = vcpu.ticksStolen;
  if (cpu.running && cpu.loaded === vcpu) {
    state = RUNNING;
  } else if (state === u32(VcpuState.Ready)) {
    stolen = wrappingAdd(stolen, sinceChange);
  }
  console.text('~v');
  console.number(u64(vm.index));
  console.number(u64(vcpu.index));
  console.number(u64(cpu.index));
  console.number(u64(state));
  console.number(scheduler.ticksRun(vcpu));
  console.number(vcpu.exits);
  console.number(vcpu.wakeUps);
  console.number(stolen);
}
