/**
 * Installs packages on this machine with apt-get, as root or through a sudo that asks nothing.
 *
 * It never asks for a password: whoever may not install gets the line to hand to somebody who may.
 */
import { Refusal } from '../refusal.ts';
import { aptFailure, blamesLists, downloadPercent, installPercent } from './apt-output.ts';
import { percentSteps, type Progress } from './progress.ts';
import type { RunCommand } from './run-command.ts';

/** How long apt may wait for another package manager, such as the one that updates a fresh machine. */
const LOCK_TIMEOUT_S = 60;

/** Whether apt has any package lists: fresh containers have none. */
export async function hasPackageLists(run: RunCommand): Promise<boolean> {
  const result = await run(['apt-get', 'indextargets', '--format', '$(FILENAME)', 'Created-By: Packages']);
  return result.exitCode === 0 && result.stdout.trim() !== '';
}

/** Whether the machine's sources offer all of `packages`. */
export async function offeredPackages(packages: readonly string[], run: RunCommand): Promise<boolean> {
  const result = await run(['apt-cache', 'show', '--no-all-versions', ...packages]);
  return result.exitCode === 0;
}

export async function installPackages(packages: readonly string[], run: RunCommand, progress: Progress): Promise<void> {
  const listed = await hasPackageLists(run);
  const line = `apt-get install --no-install-recommends -y ${packages.join(' ')}`;
  const root = await rootCommand(run);
  if (root === null) {
    const complete = listed ? `sudo ${line}` : `sudo apt-get update && sudo ${line}`;
    throw new Refusal(`missing on this machine: ${packages.join(', ')}. Run this line, then the command again:\n\n    ${complete}\n`);
  }
  progress(`installing ${packages.join(', ')}`);
  let updateComplaints = listed ? '' : await update(root, run, progress);
  let failure = await install(packages, root, run, progress);
  if (failure !== null && listed && blamesLists(failure)) {
    // The lists may be older than the sources.
    updateComplaints = await update(root, run, progress);
    failure = await install(packages, root, run, progress);
  }
  if (failure === null) return;
  const cause = blamesLists(failure) && /^[EW]: /m.test(updateComplaints) ? updateComplaints : failure;
  throw new Refusal(`${line}: ${aptFailure(cause)}`);
}

/** What to put before a command to run it as root; null where that is not possible without a password. */
async function rootCommand(run: RunCommand): Promise<readonly string[] | null> {
  if (process.getuid?.() === 0) return [];
  const sudo = await run(['sudo', '-n', 'true']);
  return sudo.exitCode === 0 ? ['sudo', '-n'] : null;
}

/** Fetches the lists; gives what apt complained of. A source that fails may not matter: the installation tells. */
async function update(root: readonly string[], run: RunCommand, progress: Progress): Promise<string> {
  progress('fetching the package lists');
  return (await aptGet(root, ['update'], run)).stderr;
}

/** Null when all is well, else what apt said. */
async function install(
  packages: readonly string[],
  root: readonly string[],
  run: RunCommand,
  progress: Progress,
): Promise<string | null> {
  const fetching = percentSteps('fetching packages', progress);
  const installing = percentSteps('installing packages', progress);
  const result = await aptGet(root, ['install', '-y', '--no-install-recommends', ...packages], run, (line) => {
    fetching(downloadPercent(line));
    installing(installPercent(line));
  });
  return result.exitCode === 0 ? null : result.stderr;
}

async function aptGet(
  root: readonly string[],
  parameters: readonly string[],
  run: RunCommand,
  onStatus?: (line: string) => void,
): ReturnType<RunCommand> {
  const options = ['-q', '-o', 'Acquire::Retries=2', '-o', `DPkg::Lock::Timeout=${String(LOCK_TIMEOUT_S)}`];
  // sudo closes descriptor 3, so only root itself sees percentages.
  const watch = onStatus && root.length === 0 ? { onStatus } : {};
  if (watch.onStatus) options.push('-o', 'APT::Status-Fd=3');
  const [program = '', ...rest] = [...root, 'apt-get', ...options, ...parameters];
  const result = await run([program, ...rest], watch);
  if (result.notFound) throw new Refusal(`${program} is missing: automatic installation needs Debian or Ubuntu`);
  return result;
}
