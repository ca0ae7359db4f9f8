/** Finds and runs the LLVM tools; a tool that is missing or fails is a BuildError that says what to do. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** A failure of the tools around the compiler, in words for a person. */
export class BuildError extends Error {}

export type ToolName = 'clang' | 'ld.lld' | 'llvm-objcopy' | 'llvm-objdump' | 'wasm-ld';
/** 19 is the version that sizes and costs are measured with; then newer ones, older ones, and whatever has no number. */
const versions = ['-19', '-20', '-21', '-22', '-23', '-18', '-17', ''];
const packages: Record<ToolName, string> = {
  clang: 'clang-19', 'ld.lld': 'lld-19', 'wasm-ld': 'lld-19', 'llvm-objcopy': 'llvm-19', 'llvm-objdump': 'llvm-19',
};

export function findTool(name: ToolName): string {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/lib/llvm-19/bin'];
  for (const version of versions)
    for (const folder of folders) {
      const candidate = path.join(folder, name + version);
      try {
        accessSync(candidate, constants.X_OK);
        return candidate;
      } catch {
        continue;
      }
    }
  throw new BuildError(`${name}-19 is not installed: install it with \`apt-get install ${packages[name]}\`.`);
}

export interface ToolOutput {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function runTool(name: ToolName, args: readonly string[]): Promise<ToolOutput> {
  const command = findTool(name);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (data: Buffer) => stdout.push(data));
    child.stderr.on('data', (data: Buffer) => stderr.push(data));
    child.on('error', (problem) => reject(new BuildError(`${command}: ${problem.message}`)));
    child.on('close', (status) => resolve({ status: status ?? 1, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }));
  });
}

export async function requireTool(name: ToolName, args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await runTool(name, args);
  if (status !== 0) throw new BuildError(`${name} failed:\n${stderr.trim()}`);
  return stdout;
}
