/**
 * No machine reads what another wrote to a system register: one writes to every encoding that there is, another on the same
 * processor looks at all of them. What is exchanged, what traps and what is hidden comes to the same here.
 */
import { defineHandset } from 'thimble';
import { describe, expect, test } from 'vitest';
import { guest, launched, PATIENCE } from './handset-under-test.ts';

describe.each<'cortex-a53' | 'max'>(['cortex-a53', 'max'])('a machine that writes to every register of a %s', (cpu) => {
  const handset = launched(
    defineHandset({
      cpu,
      cpus: 1,
      machines: [
        { name: 'scribble', memoryMib: 4, image: guest('scribble') },
        { name: 'spy', memoryMib: 4, image: guest('spy') },
      ],
    }),
  );

  test('changes none that another sees', async () => {
    await handset().console('scribble').expect('scribbling', PATIENCE);
    const [, said = '', registers = '0'] = await handset().console('spy').expect(/^([^]*)spied: registers=([0-9a-f]+) changes=[0-9a-f]+\r?\n/, PATIENCE);
    expect(said.split('\n').filter((line) => line.startsWith('changed'))).toEqual([]);
    expect(Number.parseInt(registers, 16), 'registers that are there and not zero').toBeGreaterThan(15);
    const { machines } = await handset().status();
    expect(machines.find(({ name }) => name === 'scribble')?.state, 'and lives on').toBe('running');
  });
});
