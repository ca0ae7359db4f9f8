import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sourceClosure } from './source-closure.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'thimble-test-')));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('the files of a program', () => {
  it('are all that its imports lead to, each once, in circles too', () => {
    writeFileSync(join(folder, 'main.ts'), `import { a } from './a.ts';\nimport * as b from "./b.ts";\nimport './gone.ts';`);
    writeFileSync(join(folder, 'a.ts'), `import {\n  b,\n} from './b.ts';\nexport const a = 1;`);
    writeFileSync(join(folder, 'b.ts'), `export { a as b } from './a.ts';\nimport type { C } from './c.ts';`);
    writeFileSync(join(folder, 'c.ts'), 'export interface C {}');
    writeFileSync(join(folder, 'other.ts'), '');
    expect(sourceClosure(join(folder, 'main.ts')).map((file) => basename(file))).toEqual(['a.ts', 'b.ts', 'c.ts', 'main.ts']);
  });
});
