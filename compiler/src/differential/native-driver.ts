/**
 * The C program around natively compiled cases: reads (case, four inputs) records from its standard input, calls
 * the case, and writes its trace and what it left in `output`, each with its length before it.
 *
 * A language trap is an illegal instruction, caught here; undefined behaviour ends the process with the
 * sanitizer's report, and the executor sees which record was the last.
 */
import { symbolPrefix } from '../host-run/load-program.ts';
import { entryName } from './print-case.ts';

export const recordBytes = 40;
/** In place of a count of values. */
export const trapped = 0xffff_ffff;
/** More than any case leaves that is short enough to be compared. */
const traceLengthMax = 32_768;

export function driverText(caseCount: number): string {
  const prefix = symbolPrefix('cases.ts');
  const names = Array.from({ length: caseCount }, (_, at) => prefix + entryName(at));
  return `#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>

typedef uint32_t entry(uint64_t, uint64_t, uint64_t, uint64_t);
${names.map((name) => `entry ${name};`).join('\n')}
uint64_t ${prefix}outputAt(uint32_t);

static entry *const entries[] = { ${names.join(', ')} };
static sigjmp_buf beforeCall;
static uint32_t trace[${traceLengthMax}], traceLength;

void mmio_write32(uint64_t address, uint32_t id) {
  if (traceLength < ${traceLengthMax}) trace[traceLength++] = id;
}

static void onTrap(int signal) {
  siglongjmp(beforeCall, signal);
}

int main(void) {
  struct { uint64_t at, inputs[4]; } record;
  struct sigaction action = { .sa_handler = onTrap };
  sigaction(SIGILL, &action, 0);
  sigaction(SIGTRAP, &action, 0);
  while (fread(&record, sizeof record, 1, stdin) == 1) {
    uint32_t count;
    traceLength = 0;
    if (sigsetjmp(beforeCall, 1) == 0) {
      uint64_t *x = record.inputs;
      count = entries[record.at](x[0], x[1], x[2], x[3]);
    } else {
      count = ${trapped}u;
    }
    fwrite(&traceLength, sizeof traceLength, 1, stdout);
    fwrite(trace, sizeof trace[0], traceLength, stdout);
    fwrite(&count, sizeof count, 1, stdout);
    for (uint32_t i = 0; count != ${trapped}u && i < count; i++) {
      uint64_t value = ${prefix}outputAt(i);
      fwrite(&value, sizeof value, 1, stdout);
    }
    fflush(stdout);
  }
  return 0;
}
`;
}
