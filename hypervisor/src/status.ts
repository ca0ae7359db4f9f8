/** The status lines of docs/abi.md, for the host tool. */
import { CNTFRQ_EL0 } from '@thimble/arm64/registers-timer.ts';
import * as board from './board.ts';
import * as console from './console.ts';
import * as cpus from './cpu.ts';
import * as scheduler from './scheduler.ts';
import { VcpuState, type Vcpu } from './vcpu.ts';
import { vmCount, vms, type Vm } from './vm.ts';
import * as ram from './ram.ts';

/** The state of a vCPU that a processor runs; the others are numbered as `VcpuState`. */
const RUNNING: u32 = 4;

export function print(): void {
  const time = scheduler.now();
  console.begin();
  console.text('~b');
  console.number(u64(cpus.count));
  console.number(ram.boardBytes >> 10n);
  console.number(board.bytesHeld() >> 10n);
  console.number(CNTFRQ_EL0.read());
  console.number(time);
  console.end();
  for (let i: u32 = 0; i < vmCount; i += 1) {
    printVm(vms[i], time);
  }
  console.begin();
  console.text('~.');
  console.end();
}

function printVm(vm: Vm, time: u64): void {
  console.begin();
  console.text('~m');
  console.number(u64(vm.index));
  console.text(' ');
  console.bytes(addressOf(vm.name), vm.name.length);
  console.number(u64(u32(vm.state)));
  console.number(u64(vm.memoryMib));
  console.number(u64(vm.vcpuCount));
  console.end();
  for (let i: u32 = 0; i < vm.vcpuCount; i += 1) {
    printVcpu(vm, vm.vcpu(i), time);
  }
}

/**
 * Another processor may be changing the numbers: each is right for some moment of the printing. A state that began after
 * `time` adds nothing yet.
 */
function printVcpu(vm: Vm, vcpu: Vcpu, time: u64): void {
  const cpu = nonNull(vcpu.cpu);
  const running = cpu.running && cpu.loaded === vcpu;
  const since = vcpu.since;
  const sinceChange = time > since ? wrappingSub(time, since) : 0n;
  const stolen = !running && vcpu.state === VcpuState.Ready;
  console.begin();
  console.text('~v');
  console.number(u64(vm.index));
  console.number(u64(vcpu.index));
  console.number(u64(cpu.index));
  console.number(u64(running ? RUNNING : u32(vcpu.state)));
  console.number(running ? wrappingAdd(vcpu.ticksRun, sinceChange) : vcpu.ticksRun);
  console.number(vcpu.exits);
  console.number(vcpu.wakeUps);
  console.number(stolen ? wrappingAdd(vcpu.ticksStolen, sinceChange) : vcpu.ticksStolen);
  console.end();
}
