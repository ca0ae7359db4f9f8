/**
 * Processors that have more than the virtual handset shows: vectors of any length (SVE, SME), pointer authentication, memory tags, a
 * host mode for EL2. Two unmodified kernels see none of it, and boot. Their own list of features says so.
 */
import { defineHandset, linux } from 'thimble';
import { describe, expect, test } from 'vitest';
import { launched } from './handset-under-test.ts';
import { answer, booted } from './linux-shell.ts';

const machines = ['personal', 'work'].map((name) => ({ name, memoryMib: 128, image: linux() }));
/** Words of /proc/cpuinfo for what needs registers that are not switched. */
const HIDDEN = /\b(sve\w*|sme\w*|paca|pacg|mte\w*|lrcpc4|mops|wfxt|ls64\w*)\b/;

describe.each<['max' | 'a64fx' | 'neoverse-n1', RegExp]>([
  ['max', /\bfp asimd\b.*\batomics\b.*\bdcpop\b.*\bbti\b/],
  ['a64fx', /\bfp asimd\b.*\batomics\b/],
  ['neoverse-n1', /\bfp asimd\b.*\batomics\b.*\bdcpop\b/],
])('two Linux machines on a processor of the kind %s', (cpu, shown) => {
  const handset = launched(defineHandset({ cpu, cpus: 2, machines }));

  test('boot, and see the features that are virtualized', async () => {
    for (const console of handset().consoles) {
      await booted(console);
      const features = await answer(console, "sed -n 's/^Features.*: //p' /proc/cpuinfo | head -n 1");
      expect(features).toMatch(shown);
      expect(features).not.toMatch(HIDDEN);
    }
  });
});
