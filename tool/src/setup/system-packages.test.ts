import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CommandResult, RunCommand } from './run-command.ts';
import { ensureSystemPackages } from './system-packages.ts';

const ok: CommandResult = { exitCode: 0, stdout: '', stderr: '', notFound: false };
const LLVM = ['clang', 'ld.lld', 'wasm-ld', 'llvm-objcopy', 'llvm-objdump', 'llvm-nm', 'llvm-symbolizer'];
const llvm = (version: number): string[] => LLVM.map((name) => `${name}-${String(version)}`);
const OTHERS = ['qemu-system-aarch64', 'dtc'];

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thimble-path-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function addPrograms(names: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  for (const name of names) {
    writeFileSync(join(folder, name), '');
    chmodSync(join(folder, name), 0o755);
  }
}

interface Machine {
  readonly lists?: boolean;
  readonly sudo?: boolean;
  readonly offered?: readonly number[];
  /** The result of each attempt to install, in turn; the last one repeats. */
  readonly installs?: readonly CommandResult[];
}

function machine({ lists = true, sudo = false, offered = [19], installs = [ok] }: Machine): { run: RunCommand; commands: string[] } {
  const commands: string[] = [];
  let attempts = 0;
  const run: RunCommand = (command) => {
    const line = command.join(' ');
    commands.push(line);
    if (line.includes('indextargets')) return Promise.resolve({ ...ok, stdout: lists ? '/var/lib/apt/lists/x' : '' });
    if (line.startsWith('apt-cache show')) {
      const has = offered.some((version) => line.includes(`clang-${String(version)}`));
      return Promise.resolve(has ? ok : { ...ok, exitCode: 100 });
    }
    if (line === 'sudo -n true') return Promise.resolve(sudo ? ok : { ...ok, exitCode: 1 });
    if (line.includes(' install ')) {
      const result = installs[Math.min(attempts++, installs.length - 1)] ?? ok;
      if (result.exitCode === 0) addPrograms([...OTHERS, ...llvm(Math.max(...offered))]);
      return Promise.resolve(result);
    }
    return Promise.resolve(ok);
  };
  return { run, commands };
}

function as(user: 'root' | 'nobody'): void {
  vi.spyOn(process as { getuid: () => number }, 'getuid').mockReturnValue(user === 'root' ? 0 : 65534);
}

const lines: string[] = [];
const progress = (line: string): void => void lines.push(line);
const setUp = (run: RunCommand) => ensureSystemPackages({ progress, run, searchPath: folder });
const installLine = (commands: readonly string[]): string => commands.find((line) => line.includes(' install ')) ?? '';

describe('on a machine that has everything', () => {
  test('nothing is run, and the programs are named in full', async () => {
    addPrograms([...OTHERS, ...llvm(19)]);
    const { run, commands } = machine({});
    const tools = await setUp(run);
    expect(tools.clang).toBe(join(folder, 'clang-19'));
    expect(tools.gdb).toBeNull();
    expect(commands).toEqual([]);
  });

  test('the version that sizes are measured with is preferred, and a half installed one passed over', async () => {
    addPrograms([...OTHERS, ...llvm(18), ...llvm(20), 'clang-19', 'ld.lld-19']);
    expect((await setUp(machine({}).run)).llvmVersion).toBe(20);
    addPrograms(llvm(19));
    expect((await setUp(machine({}).run)).llvmVersion).toBe(19);
  });

  test('a program that is not executable counts as missing', async () => {
    addPrograms([...OTHERS, ...llvm(19)]);
    chmodSync(join(folder, 'dtc'), 0o644);
    as('nobody');
    await expect(setUp(machine({}).run)).rejects.toThrow(/missing on this machine: device-tree-compiler\./);
  });
});

describe('as root', () => {
  beforeEach(() => {
    as('root');
  });

  test('what is missing is installed, and nothing else', async () => {
    addPrograms(llvm(19));
    const { run, commands } = machine({});
    await setUp(run);
    expect(installLine(commands)).toMatch(/^apt-get .*install -y --no-install-recommends qemu-system-arm device-tree-compiler$/);
    expect(commands.some((line) => line.endsWith(' update'))).toBe(false);
  });

  test('a browser is looked for and installed only where it is asked for', async () => {
    addPrograms([...OTHERS, ...llvm(19)]);
    const { run, commands } = machine({});
    expect((await setUp(run)).browser).toBeNull();
    const adding: RunCommand = (command, options) => {
      if (command.includes('install')) addPrograms(['chromium']);
      return run(command, options);
    };
    const { browser } = await ensureSystemPackages({ progress, run: adding, searchPath: folder, browser: true });
    expect(browser).toBe(join(folder, 'chromium'));
    expect(installLine(commands)).toMatch(/ --no-install-recommends chromium$/);
  });

  test('package lists are fetched first where there are none', async () => {
    const { run, commands } = machine({ lists: false });
    await setUp(run);
    const update = commands.findIndex((line) => line.endsWith(' update'));
    expect(update).toBeGreaterThanOrEqual(0);
    expect(update).toBeLessThan(commands.indexOf(installLine(commands)));
  });

  test('package lists are fetched again where they were too old', async () => {
    const outdated = { ...ok, exitCode: 100, stderr: 'E: Failed to fetch http://x/clang.deb  404  Not Found' };
    const { run, commands } = machine({ installs: [outdated, ok] });
    await setUp(run);
    expect(commands.filter((line) => line.includes(' install '))).toHaveLength(2);
  });

  test('a newer clang does where 19 is not offered', async () => {
    const { run, commands } = machine({ offered: [18, 20] });
    expect((await setUp(run)).llvmVersion).toBe(20);
    expect(installLine(commands)).toContain('clang-20 lld-20 llvm-20');
  });

  test('no clang that is new enough is refused in words', async () => {
    await expect(setUp(machine({ offered: [14] }).run)).rejects.toThrow(/offer none from 17 on/);
  });

  test('a busy package manager is refused in words', async () => {
    const busy = { ...ok, exitCode: 100, stderr: 'E: Could not get lock /var/lib/dpkg/lock-frontend.' };
    await expect(setUp(machine({ installs: [busy] }).run)).rejects.toThrow(/another package manager is running/);
  });

  test('a network that cannot be reached is told as that, not as a missing package', async () => {
    const unknown = { ...ok, exitCode: 100, stderr: 'E: Unable to locate package dtc' };
    const { run } = machine({ lists: false, installs: [unknown] });
    const offline: RunCommand = async (command, options) => {
      const result = await run(command, options);
      return command.includes('update') ? { ...result, stderr: "W: Failed to fetch http://x  Temporary failure resolving 'x'" } : result;
    };
    await expect(setUp(offline)).rejects.toThrow(/cannot be reached; check the network/);
  });

  test('an installation that changes nothing is not believed', async () => {
    const { run } = machine({ offered: [19] });
    const idle: RunCommand = (command, options) => (command.includes('install') ? Promise.resolve(ok) : run(command, options));
    await expect(setUp(idle)).rejects.toThrow(/still not in the search path/);
  });
});

describe('without root', () => {
  beforeEach(() => {
    as('nobody');
  });

  test('sudo that asks nothing is used', async () => {
    const { run, commands } = machine({ sudo: true });
    await setUp(run);
    expect(installLine(commands)).toMatch(/^sudo -n apt-get /);
  });

  test('the refusal has the exact line to run', async () => {
    const { run, commands } = machine({});
    await expect(setUp(run)).rejects.toThrow(
      'sudo apt-get install --no-install-recommends -y qemu-system-arm device-tree-compiler clang-19 lld-19 llvm-19',
    );
    expect(installLine(commands)).toBe('');
  });

  test('the line begins with an update where there are no lists', async () => {
    await expect(setUp(machine({ lists: false }).run)).rejects.toThrow('sudo apt-get update && sudo apt-get install');
  });
});
