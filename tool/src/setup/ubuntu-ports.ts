/**
 * Where Ubuntu keeps its arm64 packages.
 *
 * Unlike Debian, Ubuntu serves them from another place than amd64's, which a fresh machine does not name in its
 * sources. Its package python-apt-common does: in templates of releases, with the address for all other
 * architectures in `BaseURI` [python-apt-common, /usr/share/python-apt/templates/Ubuntu.info].
 */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunCommand } from './run-command.ts';

const TEMPLATE = '/usr/share/python-apt/templates/Ubuntu.info';
const KEYRING = '/usr/share/keyrings/ubuntu-archive-keyring.gpg';

/** A sources file for Ubuntu's arm64 packages; null where this is not Ubuntu or the address cannot be learnt. */
export async function ubuntuPortsSources(work: string, run: RunCommand): Promise<string | null> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const codename = ubuntuCodename(release);
  if (codename === null) return null;
  const template = await readFile(TEMPLATE, 'utf8').catch(() => downloadTemplate(work, run));
  return template === null ? null : portsSources(template, codename);
}

/** `noble` from Ubuntu's /etc/os-release or that of a system derived from it; null for others. */
export function ubuntuCodename(osRelease: string): string | null {
  return /^UBUNTU_CODENAME="?([a-z]+)"?$/m.exec(osRelease)?.[1] ?? null;
}

export function portsSources(template: string, codename: string): string | null {
  const blocks = template.split(/\n\s*\n/).filter((block) => /^RepositoryType: deb$/m.test(block));
  // Newer templates describe all releases in one, the first.
  const suite = blocks.find((block) => new RegExp(`^Suite: ${codename}$`, 'm').test(block)) ?? blocks[0];
  const address = /^BaseURI: (https?:\/\/\S+)$/m.exec(suite ?? '')?.[1];
  if (address === undefined) return null;
  return `Types: deb
URIs: ${address}
Suites: ${codename} ${codename}-updates ${codename}-security
Components: main universe
Signed-By: ${KEYRING}
`;
}

/** The template from the package itself, which need not be installed; it is for every architecture. */
async function downloadTemplate(work: string, run: RunCommand): Promise<string | null> {
  await mkdir(work, { recursive: true });
  await run(['apt-get', '-q', '-o', 'APT::Sandbox::User=', 'download', 'python-apt-common'], { folder: work });
  const file = (await readdir(work)).find((name) => name.endsWith('.deb'));
  if (file === undefined) return null;
  const unpacked = await run(['dpkg-deb', '-x', join(work, file), join(work, 'template')]);
  if (unpacked.exitCode !== 0) return null;
  return readFile(join(work, 'template', TEMPLATE), 'utf8').catch(() => null);
}
