/**
 * What is typed faster than a machine reads: no byte is lost, none comes before another, and the line is heard ever after.
 */
import { defineHandset, launch } from 'thimble';
import { describe, expect, test } from 'vitest';
import { guest, PATIENCE } from './handset-under-test.ts';

const BYTES = 0x10000;

describe('a machine that reads on another processor than the one that takes the input', () => {
  test('has every byte, in order, on handsets that take each other\'s processors', async () => {
    const config = defineHandset({ cpus: 2, machines: [{ name: 'reader', memoryMib: 4, cpus: [1], image: guest('listener') }] });
    const heard = await Promise.all(Array.from({ length: 3 }, async () => {
      const handset = await launch(config);
      try {
        const console = handset.console('reader');
        await console.expect('listening\n', PATIENCE);
        console.write(Array.from({ length: BYTES }, (_, index) => String.fromCharCode(0x20 + (index % 0x40))).join(''));
        await console.expect(new RegExp(`out of order|in order: ${String(BYTES)}\n`), { timeoutMs: 120_000 });
        return console.lines.at(-1);
      } catch (error) {
        return `${String(error)} ${handset.console('reader').lines.at(-1) ?? ''}`;
      } finally {
        await handset.close();
      }
    }));
    expect(heard).toEqual(heard.map(() => `in order: ${String(BYTES)}`));
  });
});
