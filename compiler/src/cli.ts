/** `tsx compiler/src/cli.ts build ENTRY --target aarch64 --linker-script X --out DIR --name N`; `check ENTRY`. */
import { parseArgs } from 'node:util';
import { BuildError, check, compile, formatDiagnostic, type CompileOptions, type Diagnostic } from './index.ts';

const usage = `Usage:
  cli.ts check ENTRY
  cli.ts build ENTRY --target aarch64|wasm32|native --out DIR --name NAME
                     [--linker-script FILE] [--sanitize] [--extra FILE.c]...`;
const targets: readonly string[] = ['aarch64', 'wasm32', 'native'];
const color = process.stderr.isTTY;

function print(diagnostics: readonly Diagnostic[]): void {
  for (const one of diagnostics) console.error(formatDiagnostic(one, color));
}

function readOptions(): { command: string; options: CompileOptions } {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      target: { type: 'string', default: 'aarch64' }, out: { type: 'string', default: 'build' }, name: { type: 'string', default: 'program' },
      'linker-script': { type: 'string' }, sanitize: { type: 'boolean', default: false }, extra: { type: 'string', multiple: true, default: [] },
    },
  });
  const [command = '', entry = ''] = positionals;
  const { target } = values;
  if ((command !== 'build' && command !== 'check') || entry === '' || !targets.includes(target)) throw new BuildError(usage);
  const script = values['linker-script'];
  return {
    command,
    options: {
      entry, outDir: values.out, name: values.name, target: target as CompileOptions['target'], sanitize: values.sanitize, extraSources: values.extra,
      ...(script === undefined ? {} : { linkerScript: script }),
    },
  };
}

async function main(): Promise<number> {
  const { command, options } = readOptions();
  if (command === 'check') {
    const diagnostics = check(options.entry);
    print(diagnostics);
    return diagnostics.length === 0 ? 0 : 1;
  }
  const result = await compile(options);
  print(result.diagnostics);
  if (!result.ok) return 1;
  console.log(`${result.imageFile}: ${result.flatBytes} bytes`);
  for (const { module, textBytes, rodataBytes, dataBytes } of result.modules) {
    const bytes = textBytes + rodataBytes + dataBytes;
    if (bytes > 0) console.log(`${String(bytes).padStart(8)} ${module}`);
  }
  if (result.stackBytesMax > 0) console.log(`deepest stack: ${result.stackBytesMax} bytes`);
  return 0;
}

// `| head` closes the pipe early; what it asked for, it got.
process.stdout.on('error', () => process.exit(0));
try {
  process.exitCode = await main();
} catch (problem) {
  const known = problem instanceof BuildError || (problem instanceof TypeError && 'code' in problem);
  if (!known) throw problem;
  console.error(problem.message);
  process.exitCode = 1;
}
