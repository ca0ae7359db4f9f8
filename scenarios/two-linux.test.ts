/**
 * The main thing: two unmodified Debian kernels side by side, each with its own console and its own shell.
 */
import { defineHandset, linux, type RunningHandset } from 'thimble';
import { describe, expect, test } from 'vitest';
import { launched, PATIENCE } from './handset-under-test.ts';
import { answer, booted } from './linux-shell.ts';
import { cpuShares, ticksRun } from './processor-time.ts';

const machines = [
  { name: 'personal', memoryMib: 256, image: linux() },
  { name: 'work', memoryMib: 192, image: linux() },
];

function bothBoot(handset: () => RunningHandset, cpuPart: string): void {
  test('both boot, and each knows its own name and memory', async () => {
    const greetings = await Promise.all(handset().consoles.map(booted));
    expect(greetings.map(({ name }) => name)).toEqual(['personal', 'work']);
    const [personal, work] = greetings.map(({ memoryKib }) => memoryKib / 1024);
    expect(personal).toBeGreaterThan(200);
    expect(personal).toBeLessThan(256);
    expect(work).toBeGreaterThan(140);
    expect(work).toBeLessThan(192);
  });

  test('both shells answer', async () => {
    for (const console of handset().consoles) {
      expect(await answer(console, 'echo done-$((6*7)) in $(hostname)')).toBe(`done-42 in ${console.name}`);
      expect(await answer(console, 'uname -sm')).toBe('Linux aarch64');
      expect(await answer(console, "sed -n 's/^CPU part.*: //p' /proc/cpuinfo")).toBe(cpuPart);
    }
  });
}

describe('two Linux machines on two CPUs of a Cortex-A53', () => {
  const handset = launched(defineHandset({ cpu: 'cortex-a53', cpus: 2, machines }));
  bothBoot(handset, '0xd03');

  test('what is typed goes to one of them only', async () => {
    const [personal, work] = [handset().console('personal'), handset().console('work')];
    expect(await answer(personal, 'secret=12345; echo kept')).toBe('kept');
    expect(await answer(work, 'echo "[$secret]"')).toBe('[]');
    expect(await answer(personal, 'echo "[$secret]"')).toBe('[12345]');
    expect([...work.lines, work.partialLine].join('\n')).not.toContain('12345');
  });

  test('a long line that is pasted arrives whole', async () => {
    const text = Array.from({ length: 120 }, (_, index) => String(index).padStart(3, '0')).join('-');
    expect(await answer(handset().console('work'), `echo ${text} | md5sum`)).toBe(
      await answer(handset().console('personal'), `for i in $(seq 0 119); do printf '%03d\\n' $i; done | tr '\\n' - | sed 's/-$/\\n/' | md5sum`),
    );
  });

  test('they come to rest: their processors sleep for seconds', async () => {
    const wakeUps = async (): Promise<number[]> => (await handset().status()).machines.map(({ vcpus }) => vcpus[0]!.wakeUps);
    const end = performance.now() + PATIENCE.timeoutMs;
    for (let before = await wakeUps(); ; ) {
      await new Promise((resolve) => setTimeout(resolve, 3000));
      const after = await wakeUps();
      // A kernel as Debian sets it looks after its memory, and for signs of life, 16 times in that time.
      if (after.every((count, index) => count === before[index])) return;
      expect(performance.now(), `wake-ups before three seconds, ${String(before)}, and after them, ${String(after)}`).toBeLessThan(end);
      before = after;
    }
  });

  test('each has its own files and its own random numbers', async () => {
    const [personal, work] = [handset().console('personal'), handset().console('work')];
    await answer(personal, 'echo private > /tmp/file');
    expect(await answer(work, 'ls /tmp')).toBe('');
    const read = 'cat /proc/sys/kernel/random/boot_id';
    expect(await answer(personal, read)).not.toBe(await answer(work, read));
  });

  test('left alone they cost next to nothing', async () => {
    const before = await handset().status();
    await answer(handset().console('personal'), 'sleep 4');
    const after = await handset().status();
    const seconds = (after.counter - before.counter) / after.counterHz;
    for (const [index, { name, vcpus }] of after.machines.entries()) {
      const exits = vcpus[0]!.exits - before.machines[index]!.vcpus[0]!.exits;
      console.log(`${name}, idle: ${(exits / seconds).toFixed(0)} exits/s, ${(100 * ticksRun(before, after, name) / (after.counter - before.counter)).toFixed(2)} % of a CPU`);
    }
    const [, work = 1] = cpuShares(before, after);
    expect(work).toBeLessThan(0.2);
  });
});

describe('two Linux machines on the one CPU of a Cortex-A57', () => {
  const handset = launched(defineHandset({ cpu: 'cortex-a57', cpus: 1, machines }));
  bothBoot(handset, '0xd07');

  test('both make progress under load', async () => {
    const consoles = handset().consoles;
    for (const console of consoles) await answer(console, '(while :; do :; done) & true');
    const before = await handset().status();
    const count = 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo $i';
    expect(await Promise.all(consoles.map((console) => answer(console, count)))).toEqual(['20000', '20000']);
    const shares = cpuShares(before, await handset().status());
    for (const share of shares) expect(share).toBeGreaterThan(0.3);
    expect(shares.reduce((sum, share) => sum + share)).toBeLessThan(1.01);
  });
});
