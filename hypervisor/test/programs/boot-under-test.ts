/**
 * What runs before the first guest, callable from the tests: device tree, board, manifest, RAM, translation tables, random
 * bytes. Nothing here decides anything; every function is a door to one of the hypervisor's own.
 */
import { ipa, pa } from '../../src/address.ts';
import * as board from '../../src/board.ts';
import * as bootTables from '../../src/boot-tables.ts';
import * as console from '../../src/console.ts';
import * as cpus from '../../src/cpu.ts';
import { kindOf, Region } from '../../src/device-node.ts';
import { cells, Fdt, type Node } from '../../src/fdt.ts';
import * as frames from '../../src/frames.ts';
import * as loader from '../../src/loader.ts';
import * as manifest from '../../src/manifest.ts';
import * as mapping from '../../src/mapping.ts';
import { Property } from '../../src/names.ts';
import * as ram from '../../src/ram.ts';
import * as random from '../../src/random.ts';
import { Refusal, report, say } from '../../src/refusals.ts';
import * as stage2 from '../../src/stage2.ts';
import * as uart from '../../src/uart.ts';
import { VcpuState } from '../../src/vcpu.ts';
import { vmCount, vms } from '../../src/vm.ts';

const tree = new Fdt();
/** The node that ended last. */
let node: Node | null = null;

export function fdtOpen(at: u64, bytes: u32): boolean {
  return tree.open(at, bytes);
}
export function fdtNext(): boolean {
  node = tree.next();
  return node !== null;
}
export function fdtDepth(): u32 {
  return nonNull(node).depth;
}
export function fdtDamaged(): boolean {
  return tree.damaged;
}
export function fdtName(): u32 {
  return nonNull(node).name;
}
export function fdtNameBytes(): u32 {
  return nonNull(node).nameBytes;
}
/** Of the property that names.ts has at `property`: its address, or 0. */
export function fdtAt(property: u32): u32 {
  return nonNull(node).values[property].at;
}
export function fdtBytes(property: u32): u32 {
  return nonNull(node).values[property].bytes;
}
/** Cells of `reg`. */
export function fdtNumber(first: u32, count: u32): u64 {
  nonNull(node).open(Property.Reg);
  cells.take(first);
  return cells.take(count);
}
export function fdtCell(index: u32): u32 {
  return u32.wrap(fdtNumber(index, 1));
}
export function fdtMeaning(): u32 {
  return nonNull(node).meaning(Property.Compatible);
}
export function fdtKind(): u32 {
  return kindOf(nonNull(node), tree.top());
}

/**
 * Walks the whole of an opened blob at [at, end) and asks everything of every node. 0 if all names and values lay inside the blob
 * and the walk came to an end; else the number, from 1 on, of the node that did not.
 */
export function fdtExplore(at: u64, end: u64): u32 {
  for (let count: u32 = 1; u64(count) * 4n < end - at + 8n; count += 1) {
    const node = tree.next();
    if (node === null) {
      return 0;
    }
    if (!isInside(u64(node.name), node.nameBytes, at, end)) {
      return count;
    }
    for (const value of node.values) {
      if (value.at !== 0 && !isInside(u64(value.at), value.bytes, at, end)) {
        return count;
      }
    }
    kindOf(node, tree.top());
    node.text(Property.StdoutPath, 0x3a);
    node.number(Property.Reg);
    node.open(Property.Reg);
    cells.take(2);
    cells.take(0xffff_fffe);
  }
  return 0xffff_ffff;
}
function isInside(start: u64, bytes: u32, at: u64, end: u64): boolean {
  return start >= at && start <= end && u64(bytes) <= end - start;
}

export function boardDiscover(): boolean {
  return board.discover(tree);
}
export function boardReserve(imageBase: u64, imageBytes: u64): void {
  board.image.base = imageBase;
  board.image.bytes = imageBytes;
  ram.reserve(imageBase, imageBytes);
}
/** 0 distributor, 1 redistributors (of a GICv3 only), 2 UART, 3 CPU interface, 4 the hypervisor's, 5 the guests', 6 local controller, 7 GPU's. */
export function boardRegionBase(which: u32): u64 {
  return region(which).base;
}
export function boardRegionBytes(which: u32): u64 {
  return region(which).bytes;
}
function region(which: u32): Region {
  switch (which) {
    case 0:
      return board.distributor();
    case 1:
      return board.redistributors();
    case 2:
      return board.uart;
    case 3:
      return board.cpuInterface();
    case 4:
      return board.hypervisorInterface();
    case 5:
      return board.guestInterface();
    case 6:
      return board.localController;
    default:
      return board.gpuController;
  }
}
export function boardControllerKind(): u32 {
  return u32(board.controllerKind);
}
export function boardUartInterrupt(): u32 {
  return board.uartInterrupt;
}
export function boardUartKind(): u32 {
  return board.uartKind;
}
export function boardUartSpacing(): u32 {
  return board.uartSpacing;
}
/** By board.Private. */
export function boardPrivate(which: u32): u32 {
  return board.privates[which];
}
export function boardHasTimer(): boolean {
  return board.hasTimer;
}
export function boardCpusOff(): u32 {
  return board.cpusOff;
}
export function boardStartCpu(affinity: u64, entry: u64): boolean {
  return board.startCpu(affinity, entry);
}
export function cpuReleaseAddress(index: u32): u64 {
  return cpus.at(index).releaseAddress;
}
export function boardHasPsci(): boolean {
  return board.hasPsci;
}
export function boardPowerOff(): void {
  board.powerOff();
}
export function boardBytesHeld(): u64 {
  return board.bytesHeld();
}
export function cpuCount(): u32 {
  return cpus.count;
}
export function cpuAffinity(index: u32): u64 {
  return cpus.at(index).affinity;
}
export function cpuAdd(affinity: u64): boolean {
  return cpus.add(affinity, 0n) !== null;
}
export function cpuAddress(index: u32): u64 {
  return addressOf(cpus.at(index));
}

export function ramAddBank(base: u64, bytes: u64): void {
  ram.addBank(base, bytes);
}
export function ramReserve(base: u64, bytes: u64): void {
  ram.reserve(base, bytes);
}
export function ramClaim(bytes: u64, alignment: u64): u64 {
  return ram.claim(bytes, alignment);
}
export function ramBoardBytes(): u64 {
  return ram.boardBytes;
}

export function uartUse(at: u64, kind: u32, spacing: u32): void {
  uart.use(at, kind, spacing);
}
export function uartSend(byte: u8): void {
  uart.send(byte);
}
export function uartListen(on: boolean): void {
  uart.listen(on);
}
/** A line for each refusal, in their order. */
export function refusalsSay(): void {
  for (let refusal: u32 = 1; refusal <= u32(Refusal.Devices); refusal += 1) {
    console.begin();
    say(refusal);
    console.end();
    console.flush();
  }
}

export function manifestRead(fileBytes: u64): boolean {
  const why = manifest.read(tree, fileBytes);
  if (why !== Refusal.None) {
    report(why);
  }
  console.flush();
  return why === Refusal.None;
}
export function vmTotal(): u32 {
  return vmCount;
}
export function vmMemoryMib(vm: u32): u32 {
  return vms[vm].memoryMib;
}
export function vmPriority(vm: u32): u32 {
  return vms[vm].priority;
}
export function vmEntry(vm: u32): u64 {
  return vms[vm].entry;
}
export function vmDeviceTree(vm: u32): u64 {
  return vms[vm].deviceTree;
}
export function vmSeed(vm: u32): u64 {
  return vms[vm].seed;
}
export function vmVttbr(vm: u32): u64 {
  return vms[vm].vttbr;
}
export function vmVcpuCount(vm: u32): u32 {
  return vms[vm].vcpuCount;
}
export function vmCpuOf(vm: u32, vcpu: u32): u32 {
  return nonNull(vms[vm].vcpu(vcpu).cpu).index;
}
export function vmSegmentCount(vm: u32): u32 {
  return vms[vm].segmentCount;
}
export function segmentSource(vm: u32, segment: u32): u64 {
  return vms[vm].segments[segment].source;
}
export function segmentBytes(vm: u32, segment: u32): u64 {
  return vms[vm].segments[segment].bytes;
}
export function segmentTarget(vm: u32, segment: u32): u64 {
  return vms[vm].segments[segment].target;
}

export function loaderBegin(vm: u32): void {
  loader.begin(vms[vm]);
  vms[vm].vcpu(0).state = VcpuState.Loading;
}
/** True while there is more to do. */
export function loaderStep(cpu: u32, vm: u32): boolean {
  loader.step(cpus.at(cpu), vms[vm]);
  return vms[vm].vcpu(0).state === VcpuState.Loading;
}
export function vcpuPc(vm: u32, vcpu: u32): u64 {
  return vms[vm].vcpu(vcpu).pc;
}
export function vcpuX0(vm: u32, vcpu: u32): u64 {
  return vms[vm].vcpu(vcpu).x[0];
}

export function framesPrepare(pages: u64): boolean {
  return frames.prepare(pages);
}
export function framesBytes(): u64 {
  return frames.bytes;
}
export function framesVa(): u64 {
  return mapping.framesVa();
}
export function stage2Create(vmid: u64): u64 {
  return stage2.create(vmid);
}
export function stage2MapBlock(vttbr: u64, at: u64, block: u64): void {
  stage2.mapBlock(vttbr, ipa(at), pa(block));
}
export function stage2Show(vttbr: u64, at: u64): u64 {
  return stage2.show(vttbr, ipa(at));
}
export function stage2Translate(vttbr: u64, at: u64): u64 {
  return unbrand(stage2.translate(vttbr, ipa(at)));
}
export function stage2PrepareGrants(vttbr: u64): void {
  stage2.prepareGrants(vttbr);
}
export function stage2Grant(vttbr: u64, at: u64, own: u64, from: u64): boolean {
  return stage2.grant(vttbr, at, own, from);
}
export function stage2PageOf(vttbr: u64, at: u64): u64 {
  return stage2.pageOf(vttbr, ipa(at));
}
export function stage2MapDevice(vttbr: u64, at: u64, page: u64): void {
  stage2.mapPage(vttbr, ipa(at), pa(page), stage2.DEVICE_PAGE);
}
export function stage2FrameCount(blocks: u32): u32 {
  return stage2.frameCount(blocks);
}
export function stage2Control(): u64 {
  return stage2.control();
}

export function tablesBuild(image: u64, workspace: u64): void {
  bootTables.build(image, workspace);
}
export function tablesActivate(tables: u64): u64 {
  return bootTables.activate(tables);
}
export function mapDevice(base: u64, bytes: u64): u64 {
  return mapping.device(pa(base), bytes);
}
export function mapBlob(at: u64): u64 {
  return mapping.blob(pa(at));
}
export function unmapBlob(): void {
  mapping.unmapBlob();
}
export function mapWindow(cpu: u32, isDestination: boolean, at: u64): u64 {
  return mapping.window(cpu, isDestination ? mapping.Window.Destination : mapping.Window.Source, pa(at));
}
export function closeWindows(cpu: u32): void {
  mapping.closeWindows(cpu);
}

export function randomSeed(at: u64, bytes: u32): void {
  random.takeSeed(at, (bytes + 3) / 4);
}
export function randomFill(at: u64): void {
  random.fill(at);
}
