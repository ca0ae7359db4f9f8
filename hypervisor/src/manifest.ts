/**
 * The manifest: what VMs there are (docs/abi.md, "The manifest"). It comes from the host tool, but it is checked here
 * as if it came from anybody: for what is wrong with it there is a Refusal, and nothing starts.
 */
import { CONSOLES_IPA, DEVICES_MAX, PAGES_IPA, SLOTS_IPA, SLOTS_MAX, WINDOW_SHIFT } from '@thimble/abi/slot-layout.ts';
import { CNTFRQ_EL0 } from '@thimble/arm64/registers-timer.ts';
import * as aarch32State from './aarch32-state.ts';
import { alignUp, ipa, pa } from './address.ts';
import * as board from './board.ts';
import * as controller from './controller.ts';
import { ControllerKind } from './controller-kind.ts';
import * as cpus from './cpu.ts';
import { SPI_FIRST } from './device-node.ts';
import { cells, type Fdt, type Node } from './fdt.ts';
import * as frames from './frames.ts';
import { INTID_SPECIAL } from './gic.ts';
import { BLOCK_BYTES, MACHINE_VCPUS_MAX, MACHINES_MAX, PAGE_BYTES, PAGE_SHIFT, VCPUS_MAX } from './layout.ts';
import { Meaning, Property } from './names.ts';
import { SEED_BYTES } from './random.ts';
import * as ram from './ram.ts';
import { Refusal, setSubject } from './refusals.ts';
import * as scheduler from './scheduler.ts';
import * as stage2 from './stage2.ts';
import * as vmTable from './vm.ts';
import { NAME_BYTES_MAX, RAM_IPA, SEGMENTS_MAX, vcpuCount, vmCount, vms, type Vm } from './vm.ts';

const MIB_SHIFT = 20n;
const MEMORY_MIB_MAX = 3072;
const PRIORITY_MAX = 7;
const US_A_SECOND = 1_000_000n;
/** Offset, length and target. */
const SEGMENT_CELLS = 3;
const LINE_MASK = 63n;
/** Where a GICv2's CPU interface is in the virtual handset. */
const CPU_INTERFACE_IPA = 0x0801_0000n;
/** Absent `cpus`: vCPUs are dealt out to the processors in turn. */
let dealt: u32 = 0;
/** Frames that the stage 2 tables of the VMs so far take. */
let frameCount: u32 = 0;
/** Length of the file, in whole pages. */
let fileBytes: u64 = 0n;

/** "THMB-END", the last bytes of the last page of the file. */
const END_MARK = 0x444e_452d_424d_4854n;
export const END_MARK_BYTES = 8n;

/** Whether the file ends as it should; `address` is where its last 8 bytes are. */
export function hasEndMark(address: u64): boolean {
  return memory.load64(address) === END_MARK;
}

/** Creates the VMs of a file of `bytesInFile`, a whole number of pages. */
export function read(manifest: Fdt, bytesInFile: u64): Refusal {
  fileBytes = bytesInFile;
  let root: Node | null = null;
  manifest.rewind();
  for (let node = manifest.next(); node !== null; node = manifest.next()) {
    if (node.depth === 2) {
      const why = readVm(node);
      if (why !== Refusal.None) {
        return why;
      }
    }
    // The root ends last.
    root = node;
  }
  setSubject(null);
  if (manifest.damaged) {
    return Refusal.Damaged;
  }
  if (vmCount === 0) {
    return Refusal.NoMachine;
  }
  const why = prepareRam(nonNull(root));
  return why === Refusal.None ? prepareController(nonNull(root)) : why;
}

/** Against what the manifest says of itself, and of the file. */
function reasonAgainstRoot(root: Node): Refusal {
  if (root.meaning(Property.Compatible) !== u32(Meaning.Manifest)) {
    return Refusal.Kind;
  }
  return alignUp(root.number(Property.FileBytes), PAGE_BYTES) === fileBytes ? Refusal.None : Refusal.FileBytes;
}

/** Creates the VM that a node stands for. */
function readVm(node: Node): Refusal {
  setSubject(null);
  const why = reasonAgainstRoot(nonNull(node.above));
  if (why !== Refusal.None) {
    return why;
  }
  if (vmCount >= MACHINES_MAX) {
    return Refusal.Machines;
  }
  const vm = vmTable.create();
  setSubject(vm);
  if (!takeName(vm, node)) {
    return Refusal.Name;
  }
  for (let i: u32 = 0; i < vm.index; i += 1) {
    if (sameName(vms[i], vm)) {
      return Refusal.SameName;
    }
  }
  const mib = u32.wrap(node.number(Property.MemoryMib));
  vm.memoryMib = mib;
  if (mib === 0 || mib > MEMORY_MIB_MAX || (mib & 1) !== 0) {
    return Refusal.Memory;
  }
  countFrames(vm, nonNull(node.above));
  vm.priority = u32.wrap(node.number(Property.Priority));
  if (vm.priority > PRIORITY_MAX) {
    return Refusal.Priority;
  }
  vm.isAarch32 = node.has(Property.Aarch32);
  if (vm.isAarch32 && !aarch32State.isThere()) {
    // Processors may differ: each of the others looks for itself (main.ts).
    return Refusal.Aarch32;
  }
  vm.budget = ticks(node.number(Property.BudgetUs));
  vm.period = ticks(node.number(Property.PeriodUs));
  if (vm.budget > vm.period) {
    return Refusal.Budget;
  }
  vm.entry = node.number(Property.Entry);
  if (!vm.hasRam(vm.entry, 4n) || (vm.entry & 3n) !== 0n) {
    return Refusal.Entry;
  }
  vm.seed = node.number(Property.Seed);
  const inBlock = vm.seed & (BLOCK_BYTES - 1n);
  if (vm.seed !== 0n && (!vm.hasRam(vm.seed, SEED_BYTES) || (vm.seed & 3n) !== 0n || inBlock > BLOCK_BYTES - SEED_BYTES)) {
    return Refusal.Seed;
  }
  vm.hidesStolenTime = node.has(Property.HideStolenTime);
  // Not 0 if it has any. `prepareRam` makes the page.
  vm.virtioPage = node.number(Property.VirtioSlots);
  if (vm.virtioPage > u64(SLOTS_MAX)) {
    return Refusal.VirtioSlots;
  }
  if (!takeShared(vm, node)) {
    return Refusal.Shared;
  }
  const wrong = readSegments(vm, node);
  return wrong === Refusal.None ? createVcpus(vm, node) : wrong;
}

/** Which of its RAM the controller is to see: all, if the manifest does not say. Whether it is whole blocks of RAM. */
function takeShared(vm: Vm, node: Node): boolean {
  vm.shared = RAM_IPA;
  vm.sharedBytes = u64(vm.memoryMib) << MIB_SHIFT;
  if (node.has(Property.Shared)) {
    node.open(Property.Shared);
    vm.shared = cells.next();
    vm.sharedBytes = cells.next() << MIB_SHIFT;
  }
  return vm.hasRam(vm.shared, vm.sharedBytes) && ((vm.shared | vm.sharedBytes) & (BLOCK_BYTES - 1n)) === 0n;
}

/** Takes the node's name, as far as there is room for it. Whether it may be a VM's. */
function takeName(vm: Vm, node: Node): boolean {
  const bytes = node.nameBytes < NAME_BYTES_MAX ? node.nameBytes : NAME_BYTES_MAX;
  let isName = bytes !== 0 && bytes === node.nameBytes;
  for (let i: u32 = 0; i < bytes; i += 1) {
    const byte = memory.load8(u64(wrappingAdd(node.name, i)));
    const isLetter = byte >= 0x61 && byte <= 0x7a;
    if (!isLetter && (i === 0 || (byte !== 0x2d && (byte < 0x30 || byte > 0x39)))) {
      isName = false;
    }
    vm.name[i] = byte;
  }
  return isName;
}

/** Names are 16 bytes, padded with zeros. */
function sameName(a: Vm, b: Vm): boolean {
  const one = addressOf(a.name);
  const other = addressOf(b.name);
  return memory.load64(one) === memory.load64(other) && memory.load64(wrappingAdd(one, 8n)) === memory.load64(wrappingAdd(other, 8n));
}

/** Ticks of the counter in `us` microseconds, at least one in any; both factors have 32 bits. */
function ticks(us: u64): u64 {
  return wrappingAdd(wrappingMul(us, CNTFRQ_EL0.read()), US_A_SECOND - 1n) / US_A_SECOND;
}

/** What is copied into the VM's RAM: its segments, and its device tree. */
function readSegments(vm: Vm, node: Node): Refusal {
  node.open(Property.Segments);
  if (cells.left % SEGMENT_CELLS !== 0) {
    return Refusal.SegmentCells;
  }
  while (cells.left > 0) {
    const why = addSegment(vm, cells.next(), cells.next(), cells.next());
    if (why !== Refusal.None) {
      return why;
    }
  }
  vm.deviceTree = node.number(Property.DeviceTree);
  if (vm.deviceTree === 0n) {
    return Refusal.None;
  }
  const property = board.controllerKind === ControllerKind.Gicv3 ? Property.DeviceTreeGicv3 : Property.DeviceTreeGicv2;
  if (!node.has(property)) {
    return Refusal.NoDeviceTree;
  }
  node.open(property);
  return addSegment(vm, cells.next(), cells.next(), vm.deviceTree);
}

/** All numbers have 32 bits, so that no sum overflows. */
function addSegment(vm: Vm, offset: u64, bytes: u64, target: u64): Refusal {
  if (vm.segmentCount >= SEGMENTS_MAX) {
    return Refusal.Segments;
  }
  if (bytes === 0n) {
    return Refusal.SegmentEmpty;
  }
  if (wrappingAdd(offset, bytes) > fileBytes) {
    return Refusal.SegmentInFile;
  }
  if (((offset | target) & LINE_MASK) !== 0n) {
    return Refusal.SegmentAligned;
  }
  if (!vm.hasRam(target, bytes)) {
    return Refusal.SegmentInRam;
  }
  for (let i: u32 = 0; i < vm.segmentCount; i += 1) {
    const other = vm.segments[i];
    if (target < wrappingAdd(other.target, other.bytes) && other.target < wrappingAdd(target, bytes)) {
      return Refusal.Overlap;
    }
  }
  const segment = vm.segments[vm.segmentCount];
  segment.source = wrappingAdd(board.image.base, offset);
  segment.bytes = bytes;
  segment.target = target;
  vm.segmentCount = wrappingAdd(vm.segmentCount, 1);
  return Refusal.None;
}

function createVcpus(vm: Vm, node: Node): Refusal {
  const count = u32.wrap(node.number(Property.Vcpus));
  if (count === 0 || count > MACHINE_VCPUS_MAX) {
    return Refusal.Vcpus;
  }
  node.open(Property.Cpus);
  const pins = cells.left;
  if (pins !== 0 && pins !== count) {
    return Refusal.Pins;
  }
  for (let i: u32 = 0; i < count; i += 1) {
    if (vcpuCount >= VCPUS_MAX) {
      return Refusal.AllVcpus;
    }
    const vcpu = vmTable.addVcpu(vm);
    let pin = u32.wrap(cells.next());
    if (pins === 0) {
      pin = dealt % cpus.count;
      dealt = wrappingAdd(dealt, 1);
    }
    if (pin >= cpus.count) {
      return Refusal.BoardCpus;
    }
    const cpu = cpus.at(pin);
    vcpu.mindsStolenTime = vm.hidesStolenTime;
    vcpu.isAarch32 = vm.isAarch32;
    if (vm.isAarch32) {
      cpu.needsAarch32 = true;
    }
    scheduler.pin(vcpu, cpu);
  }
  return Refusal.None;
}

/** Adds those that the VM's stage 2 takes to `frameCount`. */
function countFrames(vm: Vm, root: Node): void {
  let count = stage2.frameCount(vm.memoryMib / 2);
  if (board.guestInterface().bytes !== 0n) {
    count = wrappingAdd(count, stage2.PAGE_FRAMES);
  }
  if (root.has(Property.Controller)) {
    // The page of virtio registers: of most VMs its own, of the controller those of all others; what is granted; and the controller's view.
    count = wrappingAdd(count, stage2.PAGE_FRAMES + 1 + stage2.PAGE_FRAMES + stage2.VIEW_FRAMES);
  }
  frameCount = wrappingAdd(frameCount, count);
}

/** Claims every VM's RAM and builds its stage 2. */
function prepareRam(root: Node): Refusal {
  const hasInterface = board.guestInterface().bytes !== 0n;
  if (!frames.prepare(u64(wrappingAdd(frameCount, root.cells(Property.Devices))))) {
    return Refusal.BoardRam;
  }
  for (let i: u32 = 0; i < vmCount; i += 1) {
    const vm = vms[i];
    setSubject(vm);
    vm.vttbr = stage2.create(u64(i) + 1n);
    const end = vm.ramEnd();
    for (let at: u64 = RAM_IPA; at < end; at = wrappingAdd(at, BLOCK_BYTES)) {
      const block = ram.claimBlock();
      if (block === ram.NONE) {
        return Refusal.BoardRam;
      }
      stage2.mapBlock(vm.vttbr, ipa(at), pa(block));
    }
    vm.stolenTime = stage2.show(vm.vttbr, ipa(end));
    if (hasInterface) {
      // A GICv2's CPU interface has two pages.
      const base = board.guestInterface().base;
      stage2.mapPage(vm.vttbr, ipa(CPU_INTERFACE_IPA), pa(base), stage2.DEVICE_PAGE);
      stage2.mapPage(vm.vttbr, ipa(CPU_INTERFACE_IPA + PAGE_BYTES), pa(wrappingAdd(base, PAGE_BYTES)), stage2.DEVICE_PAGE);
    }
    if (root.has(Property.Controller)) {
      stage2.prepareGrants(vm.vttbr);
      if (vm.virtioPage !== 0n) {
        vm.virtioPage = stage2.show(vm.vttbr, ipa(SLOTS_IPA));
      }
    }
  }
  setSubject(null);
  return Refusal.None;
}

/** The controller gets its devices, and sees what it needs of the VMs whose virtio devices it serves. */
function prepareController(root: Node): Refusal {
  const index = u32.wrap(root.number(Property.Controller));
  const own = root.has(Property.Controller) && index < vmCount ? vms[index] : null;
  for (let i: u32 = 0; i < vmCount; i += 1) {
    const vm = vms[i];
    if (own !== null) {
      stage2.mapPage(own.vttbr, ipa(CONSOLES_IPA | (u64(i) << PAGE_SHIFT)), frames.paOf(vm.stolenTime), stage2.SHARED_PAGE);
    }
    if (vm.virtioPage !== 0n) {
      if (own === null) {
        setSubject(vm);
        return Refusal.NoServer;
      }
      stage2.mapPage(own.vttbr, ipa(PAGES_IPA | (u64(i) << PAGE_SHIFT)), frames.paOf(vm.virtioPage), stage2.SHARED_PAGE);
      const window = u64(wrappingAdd(i, 1)) << WINDOW_SHIFT;
      for (let offset: u64 = 0n; offset < vm.sharedBytes; offset = wrappingAdd(offset, BLOCK_BYTES)) {
        const at = wrappingAdd(vm.shared, offset);
        stage2.mapBlock(own.vttbr, ipa(window | at), stage2.translate(vm.vttbr, ipa(at)));
      }
    }
  }
  if (own !== null) {
    controller.appoint(own);
    root.open(Property.Devices);
    for (let device: u32 = 0; cells.left > 0; device = wrappingAdd(device, 1)) {
      const page = cells.next() << PAGE_SHIFT;
      const physical = u32.wrap(cells.next());
      if (device >= DEVICES_MAX || physical < SPI_FIRST || physical >= INTID_SPECIAL) {
        return Refusal.Devices;
      }
      stage2.mapPage(own.vttbr, ipa(SLOTS_IPA | (u64(device) << PAGE_SHIFT)), pa(page), stage2.DEVICE_PAGE);
      controller.pass(physical, device, own, cpus.current());
    }
  }
  return Refusal.None;
}
