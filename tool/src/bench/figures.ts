/**
 * The figures of the benchmark: what each means, what the best peer needs, and what Thimble aims at.
 *
 * Peers measured on QEMU 7.2 the same way (instructions): Bao 2.0+, Xen 4.17 and Xvisor 0.3.2+ on a cortex-a53 with a GICv3,
 * KVM of Linux 6.1 on a cortex-a57, the best of its modes.
 */
export interface Figure {
  readonly key: string;
  readonly what: string;
  readonly unit: 'instructions' | '%' | 'bytes' | 'times';
  /** The best peer's figure and its name; null where none was measured. */
  readonly peer: { readonly value: number; readonly name: string } | null;
  /** At most this; null where there is no aim. */
  readonly aim: number | null;
}

type Unit = Figure['unit'];

function figure(key: string, what: string, unit: Unit, peer: readonly [number, string] | null, aim: number | null): Figure {
  return { key, what, unit, peer: peer && { value: peer[0], name: peer[1] }, aim };
}

export const FIGURES: readonly Figure[] = [
  figure('hypercall', 'PSCI_VERSION over HVC', 'instructions', [188, 'Bao'], 80),
  figure('uartRead', "PL011's flag register", 'instructions', [551, 'Xen'], 140),
  figure('distributorRead', 'GICD_TYPER', 'instructions', [224, 'Bao'], 120),
  figure('enableRead', 'GICD_ISENABLER1', 'instructions', [675, 'Xen'], 200),
  figure('selfSgi', 'self-SGI: send, take, end', 'instructions', [775, 'Bao'], 450),
  figure('timer', 'virtual timer: fire, take, end', 'instructions', [199, 'Bao'], 190),
  figure('ipi', 'SGI to a vCPU on another CPU, and its SGI back; both CPUs counted', 'instructions', [4_732, 'KVM'], 1_500),
  figure('ipiOneWay', 'the same, answered by a word in memory', 'instructions', [4_732, 'KVM'], null),
  figure('switch', "end of a turn: one machine's last instruction to another's first, without FP", 'instructions', null, 500),
  figure('sleepWake', 'WFI to the end of the timer interrupt that wakes an idle guest', 'instructions', [19_000, 'KVM'], 1_200),
  figure('idleWakeUps', 'wake-ups in 10 s of two idle machines that neither asked for', 'times', null, 0),
  figure('consoleByte', 'a byte written to the PL011, down to the board’s UART', 'instructions', [35_800, 'KVM'], 300),
  figure('consoleBytePolled', 'the same by a driver that reads the flag register first', 'instructions', [35_800, 'KVM'], null),
  figure('bootToGuest', "reset to the first guest's first instruction", 'instructions', [370_128, 'Bao'], 200_000),
  figure('linuxBootTax', 'Debian boot to user space, against native', '%', [0.08, 'Bao'], 0.05),
  figure('tick', "a 250 Hz tick of Linux, all of the hypervisor's share", 'instructions', [7_673, 'KVM'], 500),
  figure('cpuTax', 'loops, sha256sum and gzip in Linux, the worst of them', '%', [0.2, 'KVM'], 0.03),
  figure('syscallTax', 'processes, reads and writes, getppid, a pipe: the worst of them', '%', [0.2, 'KVM'], 0.03),
  figure('firstTouchTax', 'first write to tmpfs, first touch of memory: the worse of them', '%', [15, 'KVM'], 0.3),
  figure('pingPongTax', 'processes on two CPUs that wake each other', '%', [55.7, 'KVM'], 10),
  figure('realTimeLatencyMax', 'a 1 ms task, from due time to handler, beside Linux and a storm on its CPU', 'instructions', null, 2_000),
  figure('maskedMax', 'longest section with interrupts masked, whatever guests do', 'instructions', null, null),
  figure('maskedStatus', 'the same while the status is printed for the host tool', 'instructions', null, null),
  figure('diskRead', 'a random 4 KiB read of Linux from its volume, past its page cache, all of the board', 'instructions', null, null),
  figure('diskReadTax', 'the same, against the board’s disk without a hypervisor', '%', null, 50),
  figure('diskSequential', 'a read of 1 MiB, of many in their order', 'instructions', null, null),
  figure('diskSequentialTax', 'the same, against the board’s disk without a hypervisor', '%', null, 50),
  figure('networkRoundTrip', 'a datagram of one byte to another Linux machine and back, both machines and all between', 'instructions', null, null),
  figure('networkRoundTripTax', 'the same, against two boards without a hypervisor, a wire between them', '%', null, 50),
  figure('frameFull', 'a frame of 720 × 1440 pixels, from the machine that has the panel', 'instructions', null, null),
  figure('frameSideBySide', 'the same while two machines are side by side', 'instructions', null, null),
  figure('touch', "a finger, from the board's touch screen to the machine's event", 'instructions', null, null),
  figure('personaSwitch', 'a key that gives the panel to the other machine, until all of it is shown', 'instructions', null, 2_000_000),
  figure('cpuMeter', 'a second of the CPU meters of two machines side by side, while one of them computes', 'instructions', null, null),
  figure('idleWakeUpsOnScreen', 'wake-ups in 10 s of two idle machines on the panel that neither asked for', 'times', null, 0),
  figure('ramBytes', 'RAM held with one small machine, image included', 'bytes', [344_064, 'Bao'], 262_144),
  figure('ramBytesFurther', 'RAM held for each further machine', 'bytes', null, 32_768),
  figure('flatBytes', 'the flat image, every board in it', 'bytes', [77_824, 'Bao'], 30_720),
];

/** What the counts leave out, to be said beside them. */
export const CAVEAT =
  'Instructions counted by QEMU. They do not show two-stage TLB walks, cache misses, or what an exception costs a pipeline.';
