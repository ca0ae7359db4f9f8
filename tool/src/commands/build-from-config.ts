/** The step that `build`, `run`, `start` and `debug` share: from a configuration file to a bootable one. */
import type { BoardName } from '../boards/index.ts';
import type { HandsetConfig } from '../config/handset-config.ts';
import { loadConfig } from '../config/load.ts';
import { buildHandset, type FreshImage } from '../handset/build-handset.ts';
import { defaultConfig, fromCaller } from '../project.ts';
import { ensureSystemPackages } from '../setup/index.ts';
import { progress } from './progress.ts';

export interface ConfigOptions {
  readonly config?: string;
  readonly output?: string;
  /** Instead of the configuration's. */
  readonly board?: BoardName;
}

export async function buildFromConfig(options: ConfigOptions): Promise<FreshImage> {
  const { config, folder, place } = await loadConfig(options.config ? fromCaller(options.config) : defaultConfig);
  await ensureSystemPackages({ progress });
  return buildHandset({ ...(config as HandsetConfig), ...(options.board && { board: options.board }) }, {
    folder,
    place,
    progress,
    output: options.output === undefined ? undefined : fromCaller(options.output),
  });
}
