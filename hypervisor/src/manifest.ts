/**
 * The manifest: what VMs there are (docs/abi.md, "The manifest"). It comes from the host tool, but it is checked here
 * as if it came from anybody: what is wrong with it is said on the console in words, and nothing starts.
 */
import { PAGES_IPA, SLOTS_IPA, SLOTS_MAX, WINDOW_SHIFT } from '@thimble/abi/slot-layout.ts';
import { CNTFRQ_EL0 } from '@thimble/arm64/registers-timer.ts';
import { alignUp, ipa, pa } from './address.ts';
import * as board from './board.ts';
import * as console from './console.ts';
import * as controller from './controller.ts';
import { ControllerKind } from './controller-kind.ts';
import * as cpus from './cpu.ts';
import { Token, type Fdt } from './fdt.ts';
import * as frames from './frames.ts';
import { INTID_SPECIAL } from './gic.ts';
import { BLOCK_BYTES, MACHINE_VCPUS_MAX, PAGE_BYTES, PAGE_SHIFT } from './layout.ts';
import { SEED_BYTES } from './random.ts';
import * as ram from './ram.ts';
import * as scheduler from './scheduler.ts';
import * as stage2 from './stage2.ts';
import { INTIDS } from './virtual-interrupts.ts';
import * as vmTable from './vm.ts';
import { NAME_BYTES_MAX, RAM_IPA, SEGMENTS_MAX, vmCount, vms, type Vm } from './vm.ts';

/** Of `compatible`, with its NUL. */
const MAGIC_BYTES = 19;
const MEMORY_MIB_MAX = 3072;
const PRIORITY_MAX = 7;
const US_A_SECOND = 1_000_000n;
/** Offset, length and target, a cell each. */
const SEGMENT_BYTES = 12;
const LINE_MASK = 63n;
/** Absent `cpus`: vCPUs are dealt out to the processors in turn. */
let dealt: u32 = 0;
/** Length of the file, in whole pages, and whether the manifest says the same. */
let fileBytes: u64 = 0n;
let hasLength: boolean = false;
/** Of the VM being read. */
let vcpuCount: u32 = 0;
let treeOffset: u32 = 0;
let treeBytes: u32 = 0;
const pins = fixedArray(u32, MACHINE_VCPUS_MAX);
let pinCount: u32 = 0;
/** Of the controller: pages of device registers, the board's and its own number of each. */
const DEVICES_MAX = 16;
const devices = fixedArray(u32, DEVICES_MAX * 2);
let deviceCount: u32 = 0;
/** Where a GICv2's CPU interface is in the virtual handset. */
const CPU_INTERFACE_IPA = 0x0801_0000n;
/** The VM that is looked at, if any. */
let subject: Vm | null = null;
let failed: boolean = false;

/** "THMB-END", the last bytes of the last page of the file. */
const END_MARK = 0x444e_452d_424d_4854n;
export const END_MARK_BYTES = 8n;

/** Whether the file ends as it should; `address` is where its last 8 bytes are. Says so if not. */
export function hasEndMark(address: u64): boolean {
  return memory.load64(address) === END_MARK || refuse('the file is truncated');
}

/** Creates the VMs of a file of `bytesInFile`, a whole number of pages. False if something was refused. */
export function read(manifest: Fdt, bytesInFile: u64): boolean {
  fileBytes = bytesInFile;
  let hasMagic = false;
  manifest.rewind();
  while (!failed) {
    switch (manifest.advance()) {
      case Token.BeginNode:
        if (manifest.depth === 2) {
          if (!hasMagic) {
            return refuse('not "thimble,manifest-1"');
          }
          if (!hasLength) {
            return refuse('no file-bytes');
          }
          beginVm(manifest);
        }
        break;
      case Token.Property:
        if (manifest.depth === 1) {
          hasMagic = hasMagic || (manifest.isNamed('compatible') && manifest.valueBytes === MAGIC_BYTES && manifest.valueBegins('thimble,manifest-1'));
          if (manifest.isNamed('file-bytes')) {
            hasLength = alignUp(u64(manifest.cell(0)), PAGE_BYTES) === fileBytes;
            if (!hasLength) {
              return refuse('file-bytes is not the length of the file');
            }
          }
        } else if (manifest.depth === 2) {
          property(vms[vmCount - 1], manifest);
        }
        break;
      case Token.EndNode:
        if (manifest.depth === 1) {
          finishVm(vms[vmCount - 1]);
        }
        break;
      case Token.End:
        subject = null;
        if (manifest.damaged) {
          return refuse('damaged device tree');
        }
        if (vmCount === 0) {
          return refuse('no machine');
        }
        return prepareRam();
    }
  }
  return false;
}

/** Says what is wrong, and with which VM: the first thing only. False, for whoever passes it on. */
function refuse(what: string): boolean {
  if (!failed) {
    failed = true;
    console.begin();
    console.text('manifest: ');
    const vm = subject;
    if (vm !== null) {
      console.bytes(addressOf(vm.name), vm.name.length);
      console.text(': ');
    }
    console.text(what);
    console.end();
  }
  return false;
}

function beginVm(manifest: Fdt): void {
  const vm = vmTable.create();
  subject = vm;
  if (vm === null) {
    refuse('more than 32 machines');
    return;
  }
  const bytes = manifest.nameBytes < NAME_BYTES_MAX ? manifest.nameBytes : NAME_BYTES_MAX;
  for (let i: u32 = 0; i < bytes; i += 1) {
    vm.name[i] = memory.load8(manifest.name + u64(i));
  }
  if (!isName(manifest)) {
    refuse('a name is 1 to 15 of a-z, 0-9, -');
  }
  for (let i: u32 = 0; i < vm.index; i += 1) {
    if (sameName(vms[i], vm)) {
      refuse('two machines have this name');
    }
  }
  vcpuCount = 0;
  treeBytes = 0;
  pinCount = 0;
}

/** Names are 16 bytes, padded with zeros. */
function sameName(a: Vm, b: Vm): boolean {
  const one = addressOf(a.name);
  const other = addressOf(b.name);
  return memory.load64(one) === memory.load64(other) && memory.load64(one + 8n) === memory.load64(other + 8n);
}

/** Whether the current node's name may be a VM's. */
function isName(manifest: Fdt): boolean {
  for (let i: u32 = 0; i < manifest.nameBytes; i += 1) {
    const byte = memory.load8(manifest.name + u64(i));
    const isLetter = byte >= 0x61 && byte <= 0x7a;
    if (!isLetter && (i === 0 || (byte !== 0x2d && (byte < 0x30 || byte > 0x39)))) {
      return false;
    }
  }
  return manifest.nameBytes > 0 && manifest.nameBytes <= NAME_BYTES_MAX;
}

function property(vm: Vm, manifest: Fdt): void {
  if (manifest.isNamed('memory-mib')) {
    vm.memoryMib = manifest.cell(0);
  } else if (manifest.isNamed('vcpus')) {
    vcpuCount = manifest.cell(0);
  } else if (manifest.isNamed('cpus')) {
    pinCount = manifest.valueBytes / 4;
    for (let i: u32 = 0; i < pinCount && i < MACHINE_VCPUS_MAX; i += 1) {
      pins[i] = manifest.cell(i);
    }
  } else if (manifest.isNamed('priority')) {
    vm.priority = manifest.cell(0);
  } else if (manifest.isNamed('budget-us')) {
    vm.budget = ticks(manifest.cell(0));
  } else if (manifest.isNamed('period-us')) {
    vm.period = ticks(manifest.cell(0));
  } else if (manifest.isNamed('hide-stolen-time')) {
    vm.hidesStolenTime = true;
  } else if (manifest.isNamed('segments')) {
    if (manifest.valueBytes % SEGMENT_BYTES !== 0) {
      refuse('segments: three cells each');
    }
    for (let i: u32 = 0; i < manifest.valueBytes / SEGMENT_BYTES && !failed; i += 1) {
      addSegment(vm, manifest.cell(i * 3), manifest.cell(i * 3 + 1), manifest.cell(i * 3 + 2));
    }
  } else if (manifest.isNamed('entry')) {
    vm.entry = u64(manifest.cell(0));
  } else if (manifest.isNamed(board.controllerKind === ControllerKind.Gicv3 ? 'device-tree-gicv3' : 'device-tree-gicv2')) {
    treeOffset = manifest.cell(0);
    treeBytes = manifest.cell(1);
  } else if (manifest.isNamed('device-tree')) {
    vm.deviceTree = u64(manifest.cell(0));
  } else if (manifest.isNamed('seed')) {
    vm.seed = u64(manifest.cell(0));
  } else if (manifest.isNamed('virtio-slots')) {
    vm.virtioSlots = manifest.cell(0);
  } else if (manifest.isNamed('controller')) {
    if (!controller.appoint(vm)) {
      refuse('another machine is the controller');
    }
  } else if (manifest.isNamed('device-pages')) {
    takeDevices(manifest);
  } else if (manifest.isNamed('device-interrupts')) {
    takeInterrupts(manifest);
  }
}

/** Pairs: the page of registers, and where the controller has it. */
function takeDevices(manifest: Fdt): void {
  deviceCount = manifest.valueBytes / 8;
  if (deviceCount > DEVICES_MAX) {
    refuse('more than 16 device-pages');
    return;
  }
  for (let i: u32 = 0; i < deviceCount * 2; i += 1) {
    devices[i] = manifest.cell(i);
  }
}

/** Pairs: the board's interrupt, and which the controller has for it. */
function takeInterrupts(manifest: Fdt): void {
  for (let i: u32 = 0; i < manifest.valueBytes / 8; i += 1) {
    const physical = manifest.cell(i * 2);
    const virtual = manifest.cell(i * 2 + 1);
    if (physical < 32 || physical >= INTID_SPECIAL || virtual < 32 || virtual >= INTIDS) {
      refuse('device-interrupts: SPIs of the board, and of the virtual handset');
      return;
    }
    controller.pass(physical, u8.wrap(virtual));
  }
}

/** Ticks of the counter in `us` microseconds, at least one in any. */
function ticks(us: u32): u64 {
  return (u64(us) * CNTFRQ_EL0.read() + US_A_SECOND - 1n) / US_A_SECOND;
}

function addSegment(vm: Vm, offset: u32, bytes: u32, target: u32): void {
  if (vm.segmentCount >= SEGMENTS_MAX) {
    refuse('more than 8 segments');
    return;
  }
  const segment = vm.segments[vm.segmentCount];
  segment.source = board.image.base + u64(offset);
  segment.bytes = u64(bytes);
  segment.target = u64(target);
  vm.segmentCount += 1;
  if (bytes === 0) {
    refuse('a segment has no bytes');
  }
  if (u64(offset) > fileBytes || u64(bytes) > fileBytes - u64(offset)) {
    refuse('a segment is not in the file');
  }
  if ((u64(offset) & LINE_MASK) !== 0n || (u64(target) & LINE_MASK) !== 0n) {
    refuse('a segment is not aligned to 64');
  }
}

/** All properties of the VM are known: checks them together, and creates its vCPUs. */
function finishVm(vm: Vm): void {
  if (vm.deviceTree !== 0n) {
    if (treeBytes === 0) {
      refuse('no device tree for this GIC');
    } else {
      addSegment(vm, treeOffset, treeBytes, u32.wrap(vm.deviceTree));
    }
  }
  if (vm.memoryMib === 0 || vm.memoryMib > MEMORY_MIB_MAX || (vm.memoryMib & 1) !== 0) {
    refuse('memory-mib: even, 2 to 3072');
    return;
  }
  if (vm.priority > PRIORITY_MAX) {
    refuse('priority is above 7');
  }
  if (vm.virtioSlots > SLOTS_MAX) {
    refuse('more than 8 virtio-slots');
  }
  if (vm.budget > vm.period) {
    refuse('budget-us is above period-us');
  }
  if (!vm.hasRam(vm.entry, 4n) || (vm.entry & 3n) !== 0n) {
    refuse('entry is not in RAM');
  }
  const inBlock = vm.seed & (BLOCK_BYTES - 1n);
  if (vm.seed !== 0n && (!vm.hasRam(vm.seed, SEED_BYTES) || (vm.seed & 3n) !== 0n || inBlock > BLOCK_BYTES - SEED_BYTES)) {
    refuse('seed is not in RAM, not aligned, or in two 2 MiB blocks');
  }
  checkSegments(vm);
  createVcpus(vm);
}

function checkSegments(vm: Vm): void {
  for (let i: u32 = 0; i < vm.segmentCount; i += 1) {
    const segment = vm.segments[i];
    if (!vm.hasRam(segment.target, segment.bytes)) {
      refuse('a segment is not in RAM');
      return;
    }
    for (let j: u32 = 0; j < i; j += 1) {
      const other = vm.segments[j];
      if (segment.target < other.target + other.bytes && other.target < segment.target + segment.bytes) {
        refuse('segments overlap');
        return;
      }
    }
  }
}

function createVcpus(vm: Vm): void {
  if (vcpuCount === 0 || vcpuCount > MACHINE_VCPUS_MAX) {
    refuse('vcpus is not 1 to 8');
    return;
  }
  if (pinCount !== 0 && pinCount !== vcpuCount) {
    refuse('cpus: one for each vCPU');
    return;
  }
  for (let i: u32 = 0; i < vcpuCount; i += 1) {
    const vcpu = vmTable.addVcpu(vm);
    if (vcpu === null) {
      refuse('more than 64 vCPUs in all');
      return;
    }
    if (pinCount === 0) {
      pins[i] = dealt % cpus.count;
      dealt += 1;
    }
    if (pins[i] >= cpus.count) {
      refuse('cpus: the board has fewer');
      return;
    }
    vcpu.mindsStolenTime = vm.hidesStolenTime;
    scheduler.pin(vcpu, cpus.at(pins[i]));
  }
}

/** Claims every VM's RAM and builds its stage 2. */
function prepareRam(): boolean {
  let pages: u32 = deviceCount;
  for (let i: u32 = 0; i < vmCount; i += 1) {
    pages += frameCount(vms[i]);
  }
  if (!frames.prepare(u64(pages))) {
    return refuse('the board has too little RAM');
  }
  for (let i: u32 = 0; i < vmCount; i += 1) {
    const vm = vms[i];
    subject = vm;
    if (!mapRam(vm)) {
      return refuse('the board has too little RAM');
    }
    if (board.controllerKind === ControllerKind.Gicv2) {
      stage2.mapDevice(vm.vttbr, ipa(CPU_INTERFACE_IPA), pa(board.guestInterface.base));
      stage2.mapDevice(vm.vttbr, ipa(CPU_INTERFACE_IPA + PAGE_BYTES), pa(board.guestInterface.base + PAGE_BYTES));
    }
    if (vm.virtioSlots !== 0) {
      vm.virtioPage = stage2.show(vm.vttbr, ipa(SLOTS_IPA));
    }
  }
  return prepareController();
}

function frameCount(vm: Vm): u32 {
  let frameCount = stage2.frameCount(vm.memoryMib / 2);
  if (board.controllerKind === ControllerKind.Gicv2) {
    frameCount += stage2.PAGE_FRAMES;
  }
  if (vm.virtioSlots !== 0) {
    frameCount += stage2.PAGE_FRAMES + 1;
  }
  return controller.is(vm) ? frameCount + stage2.PAGE_FRAMES : frameCount;
}

function mapRam(vm: Vm): boolean {
  vm.vttbr = stage2.create(u64(vm.index) + 1n);
  const end = vm.ramEnd();
  for (let at: u64 = RAM_IPA; at < end; at += BLOCK_BYTES) {
    const block = ram.claimBlock();
    if (block === ram.NONE) {
      return false;
    }
    stage2.mapBlock(vm.vttbr, ipa(at), pa(block));
  }
  vm.stolenTime = stage2.show(vm.vttbr, ipa(end));
  return true;
}

/** The controller has its devices, and sees what it needs of the VMs whose devices it serves. */
function prepareController(): boolean {
  const own = controller.vm();
  for (let i: u32 = 0; i < vmCount; i += 1) {
    const vm = vms[i];
    if (vm.virtioSlots !== 0) {
      if (own === null) {
        subject = vm;
        return refuse('virtio-slots, and no machine is the controller');
      }
      stage2.share(own.vttbr, ipa(PAGES_IPA + (u64(i) << PAGE_SHIFT)), vm.virtioPage);
      stage2.openWindow(own.vttbr, ipa(u64(i + 1) << WINDOW_SHIFT), vm.vttbr);
    }
  }
  if (own !== null) {
    for (let i: u32 = 0; i < deviceCount; i += 1) {
      stage2.mapDevice(own.vttbr, ipa(u64(devices[i * 2 + 1]) << PAGE_SHIFT), pa(u64(devices[i * 2]) << PAGE_SHIFT));
    }
  }
  return true;
}
