/**
 * The first process of a Linux machine that measures a network round trip: one byte to linux-udp-server.ts on another machine, which sends it back. Without a
 * hypervisor both count what their own board executes; as guests of one board this one counts it all.
 *
 * A program for EL0 under Linux, linked by linux-process.ld.
 */
import * as linux from './runtime/linux-calls.ts';
import * as spinner from './runtime/spinner.ts';
import * as udp from './runtime/udp.ts';

const HELLO: u8 = 0x68;
const BEGIN: u8 = 0x62;
const MORE: u8 = 0x6d;
const END: u8 = 0x65;
const WARM_UP = 20n;
const ROUND_TRIPS = 500n;
const SPINNER_CPU = 1n;

function exchange(what: u8, count: u64): void {
  for (let i: u64 = 0n; i < count; i += 1n) {
    udp.send(what);
    let answer = udp.receive();
    // To the greetings that waited while the other board started.
    while (answer === HELLO) {
      answer = udp.receive();
    }
    if (answer !== what) {
      linux.print('a program failed\n');
    }
  }
}

export function main(): void {
  spinner.start(SPINNER_CPU);
  udp.open(2);
  udp.setPatience(true);
  do {
    udp.send(HELLO);
  } while (udp.receive() !== HELLO);
  // The other board may be as slow as its host lets it be.
  udp.setPatience(false);
  exchange(MORE, WARM_UP);
  exchange(BEGIN, 1n);
  spinner.begin();
  exchange(MORE, ROUND_TRIPS);
  spinner.report('networkRoundTrip', ROUND_TRIPS);
  exchange(END, 1n);
  linux.powerOff();
}

export const start = naked<() => void>(
  asm`
    bl    ${main}
    b     .`,
  { section: '.text.start' },
);
