/**
 * One handset that the tests of a `describe` share: launched before the first of them, ended after the last.
 */
import { resolve } from 'node:path';
import { type HandsetConfig, launch, type LaunchOptions, program, type ProgramImage, type RunningHandset } from 'thimble';
import { afterAll, beforeAll, expect } from 'vitest';

/** Emulators share their processors with whatever else the machine does: nothing here is a measure of speed. */
export const PATIENCE = { timeoutMs: 120_000 } as const;

/** A guest program of ours, by its file's name. */
export function guest(name: string): ProgramImage {
  return program({ entry: resolve(import.meta.dirname, `../guests/src/${name}.ts`) });
}

/** Launches `config` for the tests that follow. Whatever they do to it, the hypervisor itself must not fail. */
export function launched(config: HandsetConfig, options: LaunchOptions = {}): () => RunningHandset {
  let running: RunningHandset | null = null;
  beforeAll(async () => {
    running = await launch(config, options);
  });
  afterAll(async () => {
    const lines = running?.hypervisor.lines ?? [];
    await running?.close();
    expect(lines.filter((line) => line.startsWith('panic: '))).toEqual([]);
  });
  return () => {
    if (!running) throw new Error('the handset was never launched');
    return running;
  };
}
