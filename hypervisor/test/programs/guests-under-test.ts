/**
 * The hypervisor while guests run, callable from the tests: its traps, its scheduler and its serial line, with VMs that the test
 * makes. vCPUs and VMs are named by their index. Nothing here decides anything.
 */
import * as aarch32Traps from '../../src/aarch32-traps.ts';
import * as board from '../../src/board.ts';
import * as controller from '../../src/controller.ts';
import * as cpus from '../../src/cpu.ts';
import { Fdt } from '../../src/fdt.ts';
import * as gic from '../../src/gic.ts';
import * as input from '../../src/input.ts';
import { PAGE_BYTES } from '../../src/layout.ts';
import * as lifecycle from '../../src/lifecycle.ts';
import * as listRegisters from '../../src/list-registers.ts';
import * as random from '../../src/random.ts';
import * as scheduler from '../../src/scheduler.ts';
import * as traps from '../../src/traps.ts';
import * as uart from '../../src/uart.ts';
import { Vcpu, VcpuState } from '../../src/vcpu.ts';
import * as virtualInterrupts from '../../src/virtual-interrupts.ts';
import * as virtualTimers from '../../src/virtual-timers.ts';
import * as vmTable from '../../src/vm.ts';
import { vcpus, vms, VmState } from '../../src/vm.ts';

const tree = new Fdt();
const seed = fixedArray(u32, 8);
const slotPages = fixedArray(u64, 512 * 8);
/** A page of stolen time for each of as many VMs as a test has. */
const stolenTimePages = fixedArray(u64, 512 * 8);

/** What a device tree at `at` says of the board; it has no processors. */
export function discoverBoard(at: u64, bytes: u32): boolean {
  return tree.open(at, bytes) && board.discover(tree);
}
export function addCpu(affinity: u64, redistributor: u64): u64 {
  const cpu = nonNull(cpus.add(affinity, 0n));
  cpu.privateInterrupts = redistributor + PAGE_BYTES;
  return addressOf(cpu);
}
/** A running VM with one letter for its name; its vCPUs are off. */
export function setBudget(vm: u32, budget: u64, period: u64): void {
  vms[vm].budget = budget;
  vms[vm].period = period;
}
export function addVm(letter: u8, memoryMib: u32, priority: u32): void {
  const vm = vmTable.create();
  vm.name[0] = letter;
  vm.memoryMib = memoryMib;
  vm.priority = priority;
  vm.stolenTime = addressOf(stolenTimePages) + u64(vm.index) * PAGE_BYTES;
  vm.state = VmState.Running;
  vm.resetDevices();
}
/** As the manifest's property has it. */
export function makeAarch32(vm: u32): void {
  vms[vm].isAarch32 = true;
  for (let i: u32 = 0; i < vms[vm].vcpuCount; i += 1) {
    vms[vm].vcpu(i).isAarch32 = true;
  }
}
/** As the manifest's property has it, for a VM of one vCPU. */
export function hideStolenTime(vm: u32): void {
  vms[vm].hidesStolenTime = true;
  vms[vm].vcpu(0).mindsStolenTime = true;
}
/** As the manifest has it: a VM that has devices of its own behind that many SPIs of the board. */
export function appointController(vm: u32, physicalFirst: u32, devices: u32): void {
  controller.appoint(vms[vm]);
  for (let i: u32 = 0; i < devices; i += 1) {
    controller.pass(physicalFirst + i, i, vms[vm], cpus.current());
  }
}
/** As with the manifest's `virtio-slots`: the page, at EL2. */
export function giveSlots(vm: u32): u64 {
  vms[vm].virtioPage = addressOf(slotPages) + u64(vm) * PAGE_BYTES;
  return vms[vm].virtioPage;
}
export function stolenTimePage(vm: u32): u64 {
  return vms[vm].stolenTime;
}
export function addVcpu(vm: u32, cpu: u32): void {
  const vcpu = vmTable.addVcpu(vms[vm]);
  scheduler.pin(vcpu, cpus.at(cpu));
}
export function startVcpu(vcpu: u32, entry: u64): void {
  vcpus[vcpu].reset(entry, 0n);
  scheduler.setState(vcpus[vcpu], VcpuState.Ready);
  scheduler.poke(nonNull(vcpus[vcpu].cpu));
}
/** As if the board's device tree had a seed of 32 bytes. */
export function seedRandom(): void {
  random.takeSeed(addressOf(seed), 32);
}
export function discoverListRegisters(): void {
  assert(listRegisters.startCpu());
  virtualTimers.startCpu();
}
/** The board's interrupt controller, in memory; and what of it belongs to the processor at hand. */
export function startController(): void {
  assert(gic.start());
}
export function startControllerCpu(): void {
  gic.startCpu(cpus.current());
}
/** List register `index` in the memory of a vCPU. */
export function listRegister(vcpu: u32, index: u32): u64 {
  return vcpus[vcpu].interface.listRegister[index];
}
export function useUart(at: u64, intid: u32, cpu: u32): void {
  uart.use(at, 0, uart.SPACING_USUAL);
  input.begin();
  uart.enableInterrupt(intid, cpus.at(cpu));
}

/** The entries: what the vectors call. Each returns the vCPU to enter. */
export function synchronous(vcpu: u32): u32 {
  vcpus[vcpu].x[31] = 0n;
  return indexOf(vcpus[vcpu].isAarch32 ? aarch32Traps.synchronous(cpus.current(), vcpus[vcpu]) : traps.synchronous(cpus.current(), vcpus[vcpu]));
}
export function interrupt(vcpu: u32): u32 {
  const cpu = cpus.current();
  traps.interrupt(vcpus[vcpu], cpu);
  // As the vectors do.
  return indexOf(scheduler.goOn(cpu, vcpus[vcpu]));
}
export function next(): u32 {
  return indexOf(scheduler.next(cpus.current()));
}
function indexOf(vcpu: Vcpu): u32 {
  return u32((addressOf(vcpu) - addressOf(vcpus[0])) / u64(sizeOf(Vcpu)));
}

export function x(vcpu: u32, register: u32): u64 {
  return vcpus[vcpu].x[register];
}
export function setX(vcpu: u32, register: u32, value: u64): void {
  vcpus[vcpu].x[register] = value;
}
export function vmState(vm: u32): u32 {
  return u32(vms[vm].state);
}
export function wakeUps(vcpu: u32): u64 {
  return vcpus[vcpu].wakeUps;
}
export function ticksStolen(vcpu: u32): u64 {
  return vcpus[vcpu].ticksStolen;
}
export function exits(vcpu: u32): u64 {
  return vcpus[vcpu].exits;
}
export function pc(vcpu: u32): u64 {
  return vcpus[vcpu].pc;
}
export function setVttbr(vm: u32, value: u64): void {
  vms[vm].vttbr = value;
}
export function alarmOf(cpu: u32): u64 {
  return cpus.at(cpu).alarm;
}

/** The line of an SPI of `vm`, as a device of the handset moves it. */
export function setLine(vm: u32, intid: u32, high: boolean): void {
  vms[vm].lock.acquire();
  virtualInterrupts.setLine(vms[vm], intid, high);
  vms[vm].lock.release();
}
export function entryOf(vm: u32): u64 {
  return vms[vm].entry;
}
/** A VM that is not to count as running. */
export function endVm(vm: u32): void {
  vms[vm].state = VmState.Off;
}
export function startVm(vm: u32): void {
  lifecycle.start(vms[vm]);
}
