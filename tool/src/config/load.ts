/**
 * Running a configuration file and taking its default export.
 *
 * The file is bundled first, because a configuration may lie anywhere, outside of any package, and still import
 * `thimble` and its own neighbours. A mistake in it is reported as file:line:column, never as a stack trace.
 */
import { existsSync, statSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type BuildFailure, type Message, type Plugin } from 'esbuild';
import { removedAfterwards } from '../files/removed-afterwards.ts';
import { refusing, Refusal } from '../refusal.ts';

const LIBRARY = Symbol.for('thimble.library');

/** `thimble` is this very tool, as it runs, handed to the configuration through one global. */
const thisTool: Plugin = {
  name: 'thimble',
  setup(bundling) {
    bundling.onResolve({ filter: /^thimble$/ }, () => ({ path: 'thimble', namespace: 'thimble' }));
    bundling.onLoad({ filter: /.*/, namespace: 'thimble' }, async () => {
      const library = await import('../index.ts');
      Object.assign(globalThis, { [LIBRARY]: library });
      const names = Object.keys(library).join(', ');
      return { contents: `export const { ${names} } = globalThis[Symbol.for('${LIBRARY.description ?? ''}')];` };
    });
  },
};

function place(file: string): string {
  const shown = relative(process.cwd(), file);
  return shown.startsWith('..') ? file : shown;
}

function problemLine({ location, text }: Message): string {
  return location ? `${place(resolve(location.file))}:${String(location.line)}:${String(location.column + 1)}: ${text}` : text;
}

/** Where in the configuration it was thrown, or called what threw: `:line:column`; nothing if no line of it was. */
function placeOfThrow(error: unknown, file: string): string {
  if (!(error instanceof Error) || error.stack === undefined) return '';
  const frames = error.stack.split('\n');
  for (const frame of frames) {
    const start = [file, pathToFileURL(file).href].map((name) => ({ name, at: frame.indexOf(`${name}:`) })).find(({ at }) => at >= 0);
    const found = start && /^:\d+:\d+/.exec(frame.slice(start.at + start.name.length));
    if (found) return found[0];
  }
  return '';
}

async function bundle(file: string): Promise<string> {
  try {
    const result = await build({
      entryPoints: [file],
      absWorkingDir: process.cwd(),
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      write: false,
      logLevel: 'silent',
      // So that what the file throws is told with its place, too.
      sourcemap: 'inline',
      sourcesContent: false,
      sourceRoot: `${pathToFileURL(process.cwd()).href}/`,
      plugins: [thisTool],
      define: { 'import.meta.dirname': JSON.stringify(dirname(file)), 'import.meta.filename': JSON.stringify(file) },
    });
    return result.outputFiles[0]?.text ?? '';
  } catch (error) {
    const { errors } = error as Partial<BuildFailure>;
    if (!errors) throw error;
    throw new Refusal(errors.map(problemLine).join('\n'), { cause: error });
  }
}

/** Imports a module. One that waits for what never comes would end the tool, which then has nothing left to do, without a word. */
function imported(module: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      reject(new Error('it waits for something that never comes'));
    };
    process.once('beforeExit', giveUp);
    import(pathToFileURL(module).href).then(resolve, reject).finally(() => process.off('beforeExit', giveUp));
  });
}

async function evaluate(source: string, file: string): Promise<unknown> {
  const folder = await refusing(`writing to ${tmpdir()}`, () => mkdtemp(join(tmpdir(), 'thimble-config-')));
  return removedAfterwards(folder, async () => {
    const module = join(folder, 'config.mjs');
    await refusing(`writing ${module}`, () => writeFile(module, source));
    try {
      return await imported(module);
    } catch (error) {
      if (error instanceof Refusal) throw error;
      throw new Refusal(`${place(file)}${placeOfThrow(error, file)}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  });
}

export interface LoadedConfig {
  readonly config: unknown;
  /** The folder that the configuration's file names are relative to. */
  readonly folder: string;
  /** What leads every message about it. */
  readonly place: string;
}

export async function loadConfig(file: string): Promise<LoadedConfig> {
  const shown = place(file);
  if (!existsSync(file)) throw new Refusal(`${shown}: no such file; give a handset configuration with --config FILE`);
  if (!statSync(file).isFile()) throw new Refusal(`${shown}: is not a file`);
  const exported = (await evaluate(await bundle(file), file)) as { default?: unknown };
  if (exported.default === undefined) {
    throw new Refusal(`${shown}: no default export; write: export default defineHandset({ machines: [ … ] })`);
  }
  return { config: exported.default, folder: dirname(file), place: shown };
}
