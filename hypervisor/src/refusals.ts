/**
 * Why the hypervisor does not start, in words for a person: of the board, of the file, or of a machine in the manifest.
 *
 * The texts share many words. In the image each of `WORDS` stands once, and a text is its characters and the numbers of its words.
 */
import { wfi } from '@thimble/arm64/instructions.ts';
import * as console from './console.ts';
import type { Vm } from './vm.ts';

export enum Refusal {
  None,
  BelowEl2,
  HostOnly,
  NoTimer,
  NoRam,
  NoBootProcessor,
  NoController,
  NotStarted,
  NoManifest,
  // From here on they are the manifest's.
  Truncated,
  NoTree,
  Kind,
  FileBytes,
  Damaged,
  NoMachine,
  Machines,
  Name,
  SameName,
  Memory,
  Priority,
  VirtioSlots,
  Shared,
  Aarch32,
  Budget,
  Entry,
  Seed,
  SegmentCells,
  Segments,
  SegmentEmpty,
  SegmentInFile,
  SegmentAligned,
  SegmentInRam,
  Overlap,
  NoDeviceTree,
  Vcpus,
  Pins,
  AllVcpus,
  BoardCpus,
  BoardRam,
  NoServer,
  Devices,
}

interface Reason {
  readonly refusal: Refusal;
  readonly text: string;
}

const REASONS: readonly Reason[] = [
  { refusal: Refusal.BelowEl2, text: 'entered below EL2: the firmware has no EL2, or keeps it' },
  { refusal: Refusal.HostOnly, text: 'this processor has EL2 with E2H = 1 only' },
  { refusal: Refusal.NoTimer, text: 'no timer in the device tree' },
  { refusal: Refusal.NoRam, text: 'no RAM in the device tree' },
  { refusal: Refusal.NoBootProcessor, text: 'the boot processor is not in the device tree' },
  { refusal: Refusal.NoController, text: 'no interrupt controller that it knows' },
  { refusal: Refusal.NotStarted, text: 'the firmware does not start a processor' },
  { refusal: Refusal.NoManifest, text: 'the image has no manifest: build it with `thimble build`' },
  { refusal: Refusal.Truncated, text: 'the file is truncated' },
  { refusal: Refusal.NoTree, text: 'no device tree where the header says it is' },
  { refusal: Refusal.Kind, text: 'not "thimble,manifest-1"' },
  { refusal: Refusal.FileBytes, text: 'file-bytes is not the length of the file' },
  { refusal: Refusal.Damaged, text: 'damaged device tree' },
  { refusal: Refusal.NoMachine, text: 'no machine' },
  { refusal: Refusal.Machines, text: 'more than 32 machines' },
  // And from here on with a machine's name before them.
  { refusal: Refusal.Name, text: 'a name is 1 to 15 of a-z, 0-9, -' },
  { refusal: Refusal.SameName, text: 'two machines have this name' },
  { refusal: Refusal.Memory, text: 'memory-mib: even, 2 to 3072' },
  { refusal: Refusal.Priority, text: 'priority is above 7' },
  { refusal: Refusal.VirtioSlots, text: 'more than 8 virtio-slots' },
  { refusal: Refusal.Shared, text: 'shared is not in RAM, or not aligned' },
  { refusal: Refusal.Aarch32, text: 'no AArch32 at EL1' },
  { refusal: Refusal.Budget, text: 'budget-us is above period-us' },
  { refusal: Refusal.Entry, text: 'entry is not in RAM' },
  { refusal: Refusal.Seed, text: 'seed is not in RAM, not aligned, or in two 2 MiB blocks' },
  { refusal: Refusal.SegmentCells, text: 'segments: three cells each' },
  { refusal: Refusal.Segments, text: 'more than 8 segments' },
  { refusal: Refusal.SegmentEmpty, text: 'a segment has no bytes' },
  { refusal: Refusal.SegmentInFile, text: 'a segment is not in the file' },
  { refusal: Refusal.SegmentAligned, text: 'a segment is not aligned to 64' },
  { refusal: Refusal.SegmentInRam, text: 'a segment is not in RAM' },
  { refusal: Refusal.Overlap, text: 'segments overlap' },
  { refusal: Refusal.NoDeviceTree, text: 'no device tree for this GIC' },
  { refusal: Refusal.Vcpus, text: 'vcpus is not 1 to 8' },
  { refusal: Refusal.Pins, text: 'cpus: one for each vCPU' },
  { refusal: Refusal.AllVcpus, text: 'more than 64 vCPUs in all' },
  { refusal: Refusal.BoardCpus, text: 'cpus: the board has fewer' },
  { refusal: Refusal.BoardRam, text: 'the board has too little RAM' },
  { refusal: Refusal.NoServer, text: 'virtio-slots, and no machine is the controller' },
  { refusal: Refusal.Devices, text: 'devices: 32 at most, each a page and an SPI' },
];

/** What pays, found by trying many sets; a text takes those that make it shortest. A space is part of them, as it is part of a text. */
const WORDS: readonly string[] = [
  'the ', 'device tree', 'segment', 'er', 't ', 'virtio-slots', 'more than ', 'RAM', 's ', 'aligned', 'in ', ' has ', 'cpus', ' machine', 'a ', 'is ',
  'no', 'processor', 'e ', 'controller', ' each', 'file', ' is not ', 'manifest', 'or', ', ', 'firmwar', ': ', 'th', ' to ', 'no ',
];

/** Lower codes are numbers of words. */
const FIRST_CHARACTER = 0x20;
/** Set in the last byte of a word or text. */
const LAST = 0x80;

/** First the words, then the reasons in the order of `Refusal`, from 1 on. */
const TEXTS: readonly u8[] = comptime(() => {
  const isAt = (word: string, text: string, at: u32): boolean => {
    for (let i = 0; i < word.length; i += 1) {
      if (at + i >= text.length || word.charCodeAt(i) !== text.charCodeAt(at + i)) return false;
    }
    return true;
  };
  let all: u8[] = [];
  for (const word of WORDS) {
    for (let i = 0; i < word.length; i += 1) all = [...all, word.charCodeAt(i) | (i + 1 === word.length ? LAST : 0)];
  }
  for (let number = 0; number < REASONS.length; number += 1) {
    // A row out of its place is an error of the build.
    const text = REASONS[number].refusal === number + 1 ? REASONS[number].text : REASONS[REASONS.length].text;
    // Of each rest of the text: the fewest codes that it takes, and the first of them.
    let fewest: u32[] = [0];
    let firsts: u8[] = [];
    for (let left = 1; left <= text.length; left += 1) {
      const at = text.length - left;
      let count = fewest[left - 1] + 1;
      let first = text.charCodeAt(at);
      for (let word = 0; word < WORDS.length; word += 1) {
        if (isAt(WORDS[word], text, at) && fewest[left - WORDS[word].length] + 1 < count) {
          count = fewest[left - WORDS[word].length] + 1;
          first = u8(word);
        }
      }
      fewest = [...fewest, count];
      firsts = [...firsts, first];
    }
    for (let left = text.length; left > 0; ) {
      const code = firsts[left - 1];
      left -= code < WORDS.length ? WORDS[code].length : 1;
      all = [...all, code | (left === 0 ? LAST : 0)];
    }
  }
  return all;
});

/** The VM of the manifest that is looked at, if any. */
let subject: Vm | null = null;
export function setSubject(vm: Vm | null): void {
  subject = vm;
}

/** One line, and the end. */
export function refuse(why: Refusal): never {
  report(why);
  halt();
}

export function report(why: Refusal): void {
  const vm = subject;
  console.begin();
  console.text(u32(why) >= u32(Refusal.Truncated) ? 'manifest: ' : 'thimble: ');
  if (vm !== null) {
    console.bytes(addressOf(vm.name), vm.name.length);
    console.text(': ');
  }
  say(u32(why));
  console.end();
}

export function halt(): never {
  console.flush();
  while (true) {
    wfi();
  }
}

/** Prints the text of a Refusal, within a line. */
export function say(refusal: u32): void {
  let at = startOf(wrappingAdd(WORDS.length - 1, refusal));
  /** Where the text goes on behind the word that is being printed; 0, which is no such place, if there is none. */
  let next: u32 = 0;
  while (true) {
    const code = TEXTS[at];
    const isLast = code >= LAST;
    const character = code & ~LAST;
    at += 1;
    if (character < FIRST_CHARACTER) {
      next = isLast ? 0 : at;
      at = startOf(u32(character));
      continue;
    }
    console.put(character);
    if (isLast) {
      if (next === 0) {
        return;
      }
      at = next;
      next = 0;
    }
  }
}

/** Where text number `text` begins in `TEXTS`. */
function startOf(text: u32): u32 {
  let at: u32 = 0;
  for (let left = text; left > 0; at += 1) {
    left = wrappingSub(left, u32(TEXTS[at] >> 7));
  }
  return at;
}
