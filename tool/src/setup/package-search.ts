/**
 * Finding a package for the guests' architecture: in the machine's own sources, and on Ubuntu where those have none, in its archive for other
 * architectures.
 */
import { join } from 'node:path';
import { Refusal } from '../refusal.ts';
import { type PackageArchitecture, PrivateApt } from './private-apt.ts';
import type { Progress } from './progress.ts';
import type { RunCommand } from './run-command.ts';
import { ubuntuPortsSources } from './ubuntu-ports.ts';

/** A package, and the apt that can download it. */
export interface FoundPackage {
  readonly apt: PrivateApt;
  readonly name: string;
}

export interface Search {
  /** `arm64` if absent. */
  readonly architecture?: PackageArchitecture;
  readonly work: string;
  readonly run: RunCommand;
  readonly progress: Progress;
}

/** What `choose` finds; `what` leads the refusal if that is nothing. */
export async function findPackage(
  choose: (apt: PrivateApt) => Promise<string | null>,
  what: string,
  { architecture = 'arm64', work, run, progress }: Search,
): Promise<FoundPackage> {
  const apt = await PrivateApt.create(join(work, 'apt'), run, { architecture });
  await apt.update(progress);
  const name = await choose(apt);
  if (name !== null) return { apt, name };
  const sources = await ubuntuPortsSources(join(work, 'ports'), run);
  if (sources === null) throw new Refusal(`${what} cannot be had: ${apt.whyMissing()}`);
  const ports = await PrivateApt.create(join(work, 'apt-ports'), run, { architecture, sources });
  await ports.update(progress);
  const portsName = await choose(ports);
  if (portsName !== null) return { apt: ports, name: portsName };
  throw new Refusal(`${what} cannot be had: Ubuntu's archive of ${architecture} packages: ${ports.whyMissing()}`);
}
