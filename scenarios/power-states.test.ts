/** A machine that turns its only processor off, and then all of itself: what is left of it is memory, and a timer that wakes it at its entry. */
import { defineHandset } from 'thimble';
import { describe, expect, test } from 'vitest';
import { guest, launched, PATIENCE } from './handset-under-test.ts';

describe('a machine that sleeps deeply beside one that never does', () => {
  const handset = launched(
    defineHandset({
      cpus: 1,
      machines: [
        { name: 'sleeper', memoryMib: 2, image: guest('sleeper') },
        { name: 'busy', memoryMib: 2, image: guest('busy') },
      ],
    }),
  );

  test('wakes when its timer says, with a fresh processor, and goes on where it asked to', async () => {
    const [said = ''] = await handset().console('sleeper').expect(/awake life=1[^]*(awake life=2[^\n]*|refused[^\n]*)\n/, PATIENCE);
    expect(said.trim().split(/\r?\n/)).toEqual(['awake life=1 due=1 fresh=1', 'awake life=2 due=1 fresh=1']);
    await handset().hypervisor.expect('sleeper: off\n', PATIENCE);
  });
});
