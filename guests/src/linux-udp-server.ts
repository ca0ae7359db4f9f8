/**
 * The first process of a Linux machine that sends each byte back that linux-udp-client.ts sends it. Where it has a second CPU it counts what its board executes between
 * the client's beginning and its end.
 *
 * A program for EL0 under Linux, linked by linux-process.ld.
 */
import * as linux from './runtime/linux-calls.ts';
import * as spinner from './runtime/spinner.ts';
import * as udp from './runtime/udp.ts';

const BEGIN: u8 = 0x62;
const MORE: u8 = 0x6d;
const END: u8 = 0x65;
const SPINNER_CPU = 1n;

export function main(): void {
  spinner.start(SPINNER_CPU);
  udp.open(1);
  let count: u64 = 0n;
  let what: u8 = 0;
  while (what !== END) {
    what = udp.receive();
    udp.send(what);
    if (what === BEGIN) {
      spinner.begin();
      count = 0n;
    } else if (what === MORE) {
      count += 1n;
    }
  }
  spinner.report('networkRoundTripServer', count);
  linux.powerOff();
}

export const start = naked<() => void>(
  asm`
    bl    ${main}
    b     .`,
  { section: '.text.start' },
);
