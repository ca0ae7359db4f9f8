/** The status lines of docs/abi.md, for the host tool. */
import { CNTFRQ_EL0 } from '@thimble/arm64/registers-timer.ts';
import * as board from './board.ts';
import * as console from './console.ts';
import * as cpus from './cpu.ts';
import * as scheduler from './scheduler.ts';
import { VcpuState, type Vcpu } from './vcpu.ts';
import { vmCount, vms, type Vm } from './vm.ts';
import * as ram from './ram.ts';

/** The status's numbers for a vCPU's state. */
const OFF = 0n;
const RUNNABLE = 1n;
const RUNNING = 2n;
const WAITING = 3n;

export function print(): void {
  const time = scheduler.now();
  console.begin();
  console.field('~b ', u64(cpus.count));
  console.field(' ', ram.boardBytes >> 10n);
  console.field(' ', board.bytesHeld() >> 10n);
  console.field(' ', CNTFRQ_EL0.read());
  console.field(' ', time);
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
  console.field('~m ', u64(vm.index));
  console.text(' ');
  console.bytes(addressOf(vm.name), vm.name.length);
  console.field(' ', u64(u32(vm.state)));
  console.field(' ', u64(vm.memoryMib));
  console.field(' ', u64(vm.vcpuCount));
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
  console.field('~v ', u64(vm.index));
  console.field(' ', u64(vcpu.index));
  console.field(' ', u64(cpu.index));
  console.field(' ', running ? RUNNING : numberOf(vcpu.state));
  console.field(' ', running ? wrappingAdd(vcpu.ticksRun, sinceChange) : vcpu.ticksRun);
  console.field(' ', vcpu.exits);
  console.field(' ', vcpu.wakeUps);
  console.field(' ', stolen ? wrappingAdd(vcpu.ticksStolen, sinceChange) : vcpu.ticksStolen);
  console.end();
}

function numberOf(state: VcpuState): u64 {
  switch (state) {
    case VcpuState.Off:
      return OFF;
    case VcpuState.Ready:
    case VcpuState.Loading:
      return RUNNABLE;
    case VcpuState.Waiting:
      return WAITING;
  }
}
