/**
 * From the first instruction at the linked address to the first guest: find the board, open the console, read the
 * manifest, start the processors, and become a scheduler.
 */
import { CurrentEL } from '@thimble/arm64/registers-el1.ts';
import { HCR_EL2, TPIDR_EL2, VTCR_EL2 } from '@thimble/arm64/registers-el2.ts';
import { dcCivac, dsbIsh, dsbSy, isb, sev, tlbiAllE1Is } from '@thimble/arm64/instructions.ts';
import * as aarch32State from './aarch32-state.ts';
import { pa } from './address.ts';
import * as board from './board.ts';
import { zero } from './bytes.ts';
import * as confinement from './confinement.ts';
import * as console from './console.ts';
import * as cpus from './cpu.ts';
import type { Cpu } from './cpu.ts';
import { ControllerKind } from './controller-kind.ts';
import { Fdt } from './fdt.ts';
import * as gic from './gic.ts';
import { IMAGE_VA } from './layout.ts';
import * as input from './input.ts';
import * as lifecycle from './lifecycle.ts';
import * as listRegisters from './list-registers.ts';
import * as manifest from './manifest.ts';
import * as mapping from './mapping.ts';
import * as ram from './ram.ts';
import { halt, Refusal, refuse } from './refusals.ts';
import * as stage2 from './stage2.ts';
import * as uart from './uart.ts';
import { NEVER } from './vcpu.ts';
import { run } from './vectors.ts';
import * as virtualTimers from './virtual-timers.ts';
import { vmCount, vms } from './vm.ts';

/** Offsets in the image's own header (docs/abi.md, "The bootable file"). */
const HEADER_IMAGE_BYTES = 0x10n;
const HEADER_MANIFEST = 0x28n;

const tree = new Fdt();
const PAGE_MASK = 0xfffn;
/** Of a UART's registers: more than any kind uses. */
const UART_BYTES = 0x800n;

/** The processor that booted; all three are physical addresses. */
export function first(treeAddress: u64, imageAddress: u64, workspaceAddress: u64): never {
  zero(linkerSymbol('__zeroed'), linkerSymbol('__zeroed_end'));
  board.image.base = imageAddress;
  board.image.bytes = memory.load64(IMAGE_VA + HEADER_IMAGE_BYTES);
  if (!tree.open(mapping.blob(pa(treeAddress)), mapping.BLOB_BYTES) || !board.discover(tree)) {
    // No console can be known: the only sign is silence.
    halt();
  }
  openConsole();
  const why = start(imageAddress, workspaceAddress);
  if (why !== Refusal.None) {
    refuse(why);
  }
  mapping.unmapBlob();
  const boot = cpus.current();
  if (board.uartInterrupt !== 0) {
    input.begin();
    uart.enableInterrupt(board.uartInterrupt, boot);
  }
  for (let i: u32 = 0; i < vmCount; i += 1) {
    lifecycle.start(vms[i]);
  }
  console.flush();
  boot.chores = NEVER;
  // From here on only traps lead back.
  run(addressOf(boot));
  trap();
}

/** All that can fail: the board, the manifest, the other processors. */
function start(imageAddress: u64, workspaceAddress: u64): Refusal {
  if (CurrentEL.get(CurrentEL.read(), 'EL') !== 2n) {
    return Refusal.BelowEl2;
  }
  // The entry has written 0 to it.
  if (HCR_EL2.get(HCR_EL2.read(), 'E2H') !== 0n) {
    return Refusal.HostOnly;
  }
  if (!board.hasTimer) {
    return Refusal.NoTimer;
  }
  if (ram.boardBytes === 0n) {
    return Refusal.NoRam;
  }
  const boot = board.bootCpu;
  if (boot === null) {
    return Refusal.NoBootProcessor;
  }
  TPIDR_EL2.write(addressOf(boot));
  if (!gic.start() || !startCpu(boot)) {
    return Refusal.NoController;
  }
  announce();
  const fileBytes = wrappingSub(workspaceAddress, imageAddress);
  const manifestOffset = memory.load64(IMAGE_VA + HEADER_MANIFEST);
  if (manifestOffset === 0n || manifestOffset >= fileBytes || (manifestOffset & PAGE_MASK) !== 0n) {
    return Refusal.NoManifest;
  }
  // Before the manifest, whose mapping takes the mark's place.
  if (!manifest.hasEndMark(mapping.blob(pa(wrappingSub(workspaceAddress, manifest.END_MARK_BYTES))))) {
    return Refusal.Truncated;
  }
  if (!tree.open(mapping.blob(pa(wrappingAdd(imageAddress, manifestOffset))), mapping.BLOB_BYTES)) {
    return Refusal.NoTree;
  }
  const why = manifest.read(tree, fileBytes);
  if (why !== Refusal.None) {
    return why;
  }
  return startOthers(boot) ? Refusal.None : Refusal.NotStarted;
}

/** A further processor; its Cpu. */
export function further(cpuAddress: u64): never {
  TPIDR_EL2.write(cpuAddress);
  const cpu = cpus.current();
  if (!startCpu(cpu)) {
    refuse(Refusal.NoController);
  }
  if (cpu.needsAarch32 && !aarch32State.isThere()) {
    refuse(Refusal.Aarch32);
  }
  run(addressOf(cpu));
  trap();
}

function openConsole(): void {
  if (board.uart.bytes !== 0n) {
    uart.use(mapping.device(pa(board.uart.base), UART_BYTES), board.uartKind, board.uartSpacing);
  }
}

function announce(): void {
  console.begin();
  console.text('thimble: ');
  console.decimal(u64(cpus.count));
  console.text(cpus.count === 1 ? ' CPU, ' : ' CPUs, ');
  if (board.cpusOff !== 0) {
    console.decimal(u64(board.cpusOff));
    console.text(' off, ');
  }
  console.decimal(ram.boardBytes >> 20n);
  console.text(' MiB, ');
  console.text(board.controllerKind === ControllerKind.Gicv3 ? 'GICv3' : board.controllerKind === ControllerKind.Gicv2 ? 'GICv2' : 'no GIC');
  console.end();
}

/** What every processor sets up for itself before it runs guests. False if it has no virtual interrupts. */
function startCpu(cpu: Cpu): boolean {
  confinement.startCpu();
  VTCR_EL2.write(stage2.control());
  virtualTimers.startCpu();
  // No guest translation of firmware's is left.
  tlbiAllE1Is();
  dsbIsh();
  isb();
  gic.startCpu(cpu);
  return listRegisters.startCpu();
}

/** Starts the other processors; they come up on their own. False if one can't be started. */
function startOthers(boot: Cpu): boolean {
  const entry = wrappingAdd(board.image.base, wrappingSub(secondaryEntry(), IMAGE_VA));
  for (let i: u32 = 0; i < cpus.count; i += 1) {
    const cpu = cpus.at(i);
    if (cpu !== boot && !startOther(cpu, entry)) {
      return false;
    }
  }
  return true;
}

function startOther(cpu: Cpu, entry: u64): boolean {
  if (cpu.releaseAddress === 0n) {
    return board.startCpu(cpu.affinity, entry);
  }
  const released = mapping.blob(pa(cpu.releaseAddress));
  memory.store64(released, entry);
  // It looks past the caches, and sleeps until it is told to look again.
  dcCivac(released);
  dsbSy();
  sev();
  return true;
}

function secondaryEntry(): u64 {
  return linkerSymbol('entry_secondary');
}
