/**
 * The packages of one release of Debian, on any machine that has Debian's packages at all.
 *
 * A machine of that release uses its sources as they are, with their updates. Another Debian gets a private apt with its own sources and the suite's
 * name changed; Debian keeps its releases side by side, and signs them with the keys of one package.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../refusal.ts';
import { PrivateApt } from './private-apt.ts';
import type { RunCommand } from './run-command.ts';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** `bookworm` from Debian's /etc/os-release; null for other systems. */
export function debianCodename(osRelease: string): string | null {
  if (!/^ID="?debian"?$/m.test(osRelease)) return null;
  return /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(osRelease)?.[1] ?? null;
}

/** A sources file for `suite`, wherever the machine has the release `codename` from; null if it has it from nowhere. */
export function suiteSources(targets: string, codename: string, suite: string): string | null {
  const places = targets
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([address, release]) => address !== undefined && release === codename);
  const blocks = [...new Set(places.map(([address]) => address))].map(
    (address) => `Types: deb\nURIs: ${address ?? ''}\nSuites: ${suite}\nComponents: main\nSigned-By: ${KEYRING}\n`,
  );
  return blocks.length > 0 ? blocks.join('\n') : null;
}

/** An apt of `suiteOf(codename)`; `what` leads the refusal where there is none, and `instead` ends it on systems that are not Debian. */
export async function releaseApt(options: {
  readonly suiteOf: (codename: string) => string;
  readonly what: string;
  readonly instead: string;
  readonly work: string;
  readonly run: RunCommand;
  readonly osReleaseFile?: string | undefined;
}): Promise<PrivateApt> {
  const { work, run, what, instead, osReleaseFile = '/etc/os-release' } = options;
  const codename = debianCodename(await readFile(osReleaseFile, 'utf8').catch(() => ''));
  if (codename === null) throw new Refusal(`${what} cannot be had: only Debian has ${instead}`);
  const suite = options.suiteOf(codename);
  const own = await PrivateApt.create(join(work, 'apt-own'), run);
  if (suite === codename) return own;
  const sources = suiteSources(await own.targets(), codename, suite);
  if (sources === null) throw new Refusal(`${what} cannot be had: this machine's package sources do not name the release ${codename}; mend /etc/apt/sources.list.d`);
  return PrivateApt.create(join(work, 'apt'), run, { sources });
}
