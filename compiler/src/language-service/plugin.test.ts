/**
 * The real TypeScript server with the plugin, on a project of its own.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TsServerClient, type ServerDiagnostic } from './tsserver-client.ts';

const libraryFile = fileURLToPath(new URL('../../lib/thimble.d.ts', import.meta.url));
const pluginName = '@thimble/compiler/src/language-service/load.cjs';

const mixesWidths = `import { limit } from './limits.ts';

export function total(a: u32, b: u8): u32 {
  return a + b;
}

export function bounded(a: u32): boolean {
  return a < limit();
}
`;
const converts = mixesWidths.replace('a + b', 'a + u32(b)');

let directory: string;
let server: TsServerClient;

function fileNamed(name: string): string {
  return path.join(directory, name);
}

beforeAll(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'thimble-editor-'));
  const settings = {
    compilerOptions: {
      target: 'es2023', module: 'preserve', moduleResolution: 'bundler', strict: true, noEmit: true, allowImportingTsExtensions: true,
      noLib: true, types: [], plugins: [{ name: pluginName }],
    },
    files: ['main.ts', libraryFile],
  };
  writeFileSync(fileNamed('tsconfig.json'), JSON.stringify(settings));
  writeFileSync(fileNamed('main.ts'), mixesWidths);
  writeFileSync(fileNamed('limits.ts'), 'export function limit(): u32 {\n  return 9;\n}\n');
  server = new TsServerClient();
  server.open(fileNamed('main.ts'), mixesWidths);
}, 60_000);

afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true });
});

/** The line, and the text under the squiggle. */
function marked({ start, end }: ServerDiagnostic, text: string): readonly [line: number, text: string] {
  return [start.line, text.split('\n')[start.line - 1]!.slice(start.offset - 1, end.offset - 1)];
}

describe('the language-service plugin', { timeout: 60_000 }, () => {
  it('shows what the compiler refuses, where it stands', async () => {
    const [found, ...others] = await server.diagnostics(fileNamed('main.ts'));
    expect(others).toEqual([]);
    expect(found).toMatchObject({ code: 1201, source: 'thimble', category: 'error' });
    expect(found!.text).toMatch(/^TH1201: .*u32.*u8/);
    expect(marked(found!, mixesWidths)).toEqual([4, 'a + b']);
  });

  it('follows the editor, not the disk', async () => {
    await server.replace(fileNamed('main.ts'), converts);
    expect(await server.diagnostics(fileNamed('main.ts'))).toEqual([]);
    expect(readFileSync(fileNamed('main.ts'), 'utf8')).toBe(mixesWidths);
    await server.replace(fileNamed('main.ts'), mixesWidths);
    expect((await server.diagnostics(fileNamed('main.ts'))).map(({ code }) => code)).toEqual([1201]);
  });

  it('sees changes in an imported file that is open as well', async () => {
    const returnsU8 = 'export function limit(): u8 {\n  return 9;\n}\n';
    await server.replace(fileNamed('main.ts'), converts);
    server.open(fileNamed('limits.ts'), returnsU8);
    const [found] = await server.diagnostics(fileNamed('main.ts'));
    expect(marked(found!, converts)).toEqual([8, 'a < limit()']);
    expect(await server.diagnostics(fileNamed('limits.ts'))).toEqual([]);
  });

  it('is switched on for the programs of this workspace', async () => {
    const file = fileURLToPath(new URL('../../../hypervisor/src/main.ts', import.meta.url));
    const text = readFileSync(file, 'utf8');
    server.open(file, text);
    expect(await server.diagnostics(file)).toEqual([]);
    await server.replace(file, `${text}\nfunction wrong(): void {\n  for (;;) { throw 5; }\n}\n`);
    expect((await server.diagnostics(file)).map(({ code, source }) => [code, source])).toContainEqual([1301, 'thimble']);
  });

  it('leaves tsc\'s own messages to tsc', async () => {
    await server.replace(fileNamed('limits.ts'), 'export function limit(): u32 {\n  return nothing;\n}\n');
    expect((await server.diagnostics(fileNamed('limits.ts'))).map(({ code, source }) => [code, source])).toEqual([[2304, undefined]]);
  });
});
