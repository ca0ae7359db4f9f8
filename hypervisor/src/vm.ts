/** A virtual machine: what the manifest says of it, its share of the virtual handset, and its life. */
import { zero } from './bytes.ts';
import { BANK_WORDS, IrqBank } from './irq-bank.ts';
import { CPUS_MAX, MACHINES_MAX, VCPUS_MAX } from './layout.ts';
import { Lock } from './lock.ts';
import { Vcpu } from './vcpu.ts';
import { VirtualUart } from './virtual-uart.ts';

/** The numbers are those of the status lines (docs/abi.md). */
export enum VmState {
  Off,
  Running,
  /** Stopped by the hypervisor for what its guest did. */
  Stopped,
  /** To be started by the controller, which serves its virtio devices. */
  Waits,
}

/** What is to happen to a running VM once all its vCPUs have left their processors. */
export enum Request {
  None,
  Off,
  Reset,
  Stop,
}

/** A piece of the bootable file that is copied into the VM's RAM before it starts. */
export class Segment {
  /** Physical address of its bytes. */
  source: u64 = 0n;
  bytes: u64 = 0n;
  /** IPA where they go. */
  target: u64 = 0n;
}

export const SEGMENTS_MAX = 8;
export const NAME_BYTES_MAX = 15;
/** Banks of 32 SPIs: INTIDs 32 to 95. */
export const SPI_BANKS = 2;
export const SPIS = 64;

export class Vm {
  /** Guards the last fields, and the interrupt banks of its vCPUs. An atomic field is cheapest where the object begins. */
  readonly lock = new Lock();
  readonly name = fixedArray(u8, NAME_BYTES_MAX + 1);
  index: u32 = 0;
  state: VmState = VmState.Off;
  /** While it is Running: its vCPUs stay off their processors, in the states that they are in. */
  isPaused: boolean = false;
  request: Request = Request.None;
  /** vCPUs that still have to leave before `request` is carried out. */
  readonly alive = new AtomicU32();

  memoryMib: u32 = 0;
  priority: u32 = 0;
  /** Ticks that each vCPU may run in each period; 0 if there is no bound. */
  budget: u64 = 0n;
  period: u64 = 0n;
  vcpuCount: u32 = 0;
  /** Its vCPUs are `vcpus[firstVcpu]` and those after it. */
  firstVcpu: u32 = 0;
  /** The last of them, from which `previous` leads to all others. */
  lastVcpu: Vcpu | null = null;
  vttbr: u64 = 0n;
  /** On each processor the index, plus one, of its vCPU that was loaded there last. */
  readonly lastOn = fixedArray(u32, CPUS_MAX);
  /** The page of stolen time (stolen-time.ts), at EL2. */
  stolenTime: u64 = 0n;
  /** Its page of virtio registers (virtio-slots.ts), at EL2; 0 if it has no virtio devices. */
  virtioPage: u64 = 0n;
  /** Which of its RAM the controller sees, if it has such a page: an IPA, and how much from there on. */
  shared: u64 = 0n;
  sharedBytes: u64 = 0n;
  /** Its EL1 is AArch32. */
  isAarch32: boolean = false;
  /** The virtual counter stands still while its vCPU could run and does not. */
  hidesStolenTime: boolean = false;
  /** Physical counter less virtual counter: the counter when the VM started, and what was hidden since. */
  counterOffset: u64 = 0n;

  /** For each of its SPIs the board's that it stands for and ends, or 0 (controller.ts). */
  readonly passed = fixedArray(u16, SPIS);
  /** Which those are, by words of 32 INTIDs. */
  readonly isPassed = fixedArray(u32, BANK_WORDS);

  readonly segments = fixedArray(Segment, SEGMENTS_MAX);
  segmentCount: u32 = 0;
  /** IPAs from the manifest: first instruction; device tree or 0; 32 bytes of seed or 0. */
  entry: u64 = 0n;
  deviceTree: u64 = 0n;
  seed: u64 = 0n;
  /** The loader's position: segment, and bytes of it done. */
  loadBytes: u64 = 0n;
  loadSegment: u32 = 0;
  /** Faults of its guest that the console has told of since it started. */
  reports: u32 = 0;

  // From here on a reset zeroes, and `lock` guards. That begins at a multiple of 8, as `zero` wants it: two u32 since the last u64.
  /** GICD_CTLR's EnableGrp0 and EnableGrp1. */
  groupsEnabled: u32 = 0;
  readonly spis = fixedArray(IrqBank, SPI_BANKS);
  /** While list registers are filled: interrupts that want one, by words of 32. */
  readonly candidates = fixedArray(u32, BANK_WORDS);
  readonly uart = new VirtualUart();

  /** Its part of the virtual handset is as it is when a handset is turned on. The lock is held. */
  resetDevices(): void {
    const start = addressOf(this);
    zero(wrappingAdd(start, u64(offsetOf(Vm, 'groupsEnabled'))), wrappingAdd(start, u64(sizeOf(Vm))));
    for (const bank of this.spis) {
      bank.reset(0, 0);
    }
  }

  /** As the status lines and MACHINE_INFO number it. @noinline */
  shownState(): u64 {
    return this.isPaused && this.state === VmState.Running ? PAUSED : u64(u32(this.state));
  }

  /** @noinline */
  vcpu(index: u32): Vcpu {
    return vcpus[wrappingAdd(this.firstVcpu, index)];
  }

  /** The IPA behind its RAM. */
  ramEnd(): u64 {
    return wrappingAdd(RAM_IPA, u64(this.memoryMib) << 20n);
  }

  /** Whether [at, at + bytes) is the VM's RAM. */
  hasRam(at: u64, bytes: u64): boolean {
    const size = u64(this.memoryMib) << 20n;
    return at >= RAM_IPA && at - RAM_IPA <= size && bytes <= size - (at - RAM_IPA);
  }
}

const PAUSED = 4n;
/** Where RAM begins in the virtual handset. */
export const RAM_IPA = 0x4000_0000n;

export const vms = fixedArray(Vm, MACHINES_MAX);
export let vmCount: u32 = 0;
export const vcpus = fixedArray(Vcpu, VCPUS_MAX);
export let vcpuCount: u32 = 0;

/** A new VM without vCPUs. There is room for it. */
export function create(): Vm {
  const vm = vms[vmCount];
  vm.index = vmCount;
  vm.firstVcpu = vcpuCount;
  vmCount += 1;
  return vm;
}

/** Gives `vm`, the newest one, its next vCPU. There is room for it. */
export function addVcpu(vm: Vm): Vcpu {
  const vcpu = vcpus[vcpuCount];
  vcpu.vm = vm;
  vcpu.index = vm.vcpuCount;
  vcpu.banks[0] = vcpu.private;
  vcpu.banks[1] = vm.spis[0];
  vcpu.banks[2] = vm.spis[1];
  vcpu.previous = vm.lastVcpu;
  vm.lastVcpu = vcpu;
  vcpuCount += 1;
  vm.vcpuCount += 1;
  return vcpu;
}
