import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiledProgram } from './compiled-program.ts';

const guests = resolve(import.meta.dirname, '../../../guests');

describe('a program of ours', () => {
  let folder = '';
  const built: string[] = [];
  beforeAll(() => {
    folder = mkdtempSync(join(guests, 'src/asked-twice-'));
  });
  afterAll(() => {
    for (const place of [folder, ...built]) rmSync(place, { recursive: true, force: true });
  });

  it('is compiled once for all who ask for it at the same time', async () => {
    const entry = join(folder, 'program.ts');
    // A program that nobody has built yet, by its own name for itself.
    const source = readFileSync(join(guests, 'src/answer.ts'), 'utf8').replaceAll("'./runtime/", "'../runtime/").replace('ready to answer', folder);
    writeFileSync(entry, source);
    const said: string[] = [];
    const ask = (): ReturnType<typeof compiledProgram> =>
      compiledProgram({ name: 'asked-twice', entry, linkerScript: join(guests, 'guest.ld') }, (line) => said.push(line));
    const [one, other] = await Promise.all([ask(), ask()]);
    built.push(dirname(one.imageFile));
    expect(said).toEqual(['compiling asked-twice']);
    expect(other).toEqual(one);
    expect(readFileSync(one.imageFile).includes(folder)).toBe(true);
    expect(await ask()).toEqual(one);
    expect(said).toHaveLength(1);
  });
});
