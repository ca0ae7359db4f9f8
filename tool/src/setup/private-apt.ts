/**
 * The machine's own apt, for another architecture, without touching the machine.
 *
 * apt gets a state, a cache and an empty list of installed packages of its own in `folder`, and the
 * architecture asked for; the sources and the keys are the machine's. So lists are verified as always, and no foreign
 * architecture is ever added to the machine [apt.conf(5)].
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../refusal.ts';
import { aptFailure, downloadPercent } from './apt-output.ts';
import { percentSteps, type Progress } from './progress.ts';
import type { CommandResult, RunCommand } from './run-command.ts';

/** Debian's names for what guests are built for. */
export type PackageArchitecture = 'arm64' | 'armhf';

export interface PrivateAptOptions {
  readonly architecture?: PackageArchitecture;
  /** Replaces the machine's own sources, as the text of a deb822 sources file. */
  readonly sources?: string | null;
}

export class PrivateApt {
  /** What the last `update` complained about: why a package may be missing. */
  private updateComplaints = '';

  private constructor(
    private readonly folder: string,
    private readonly run: RunCommand,
    private readonly architecture: PackageArchitecture,
  ) {}

  static async create(folder: string, run: RunCommand, { architecture = 'arm64', sources = null }: PrivateAptOptions = {}): Promise<PrivateApt> {
    for (const path of ['lists/partial', 'cache/archives/partial', 'packages', 'sources', 'log']) {
      await mkdir(join(folder, path), { recursive: true });
    }
    await writeFile(join(folder, 'status'), '');
    if (sources !== null) await writeFile(join(folder, 'sources/thimble.sources'), sources);
    await writeFile(join(folder, 'apt.conf'), configuration(folder, architecture, sources !== null));
    return new PrivateApt(folder, run, architecture);
  }

  /** Fetches the lists. Sources that fail are no failure yet: they may not matter. */
  async update(progress: Progress): Promise<void> {
    progress(`fetching the package lists for ${this.architecture}`);
    const result = await this.apt('apt-get', ['-q', 'update']);
    this.updateComplaints = result.stderr;
  }

  /** A line for each index that the sources name: address, release, separated by a space. */
  async targets(): Promise<string> {
    const result = await this.apt('apt-get', ['indextargets', '--no-release-info', '--format', '$(REPO_URI) $(RELEASE)', 'Created-By: Packages']);
    return result.stdout;
  }

  /** The record of a package, or null where no source has it. */
  async show(name: string): Promise<string | null> {
    const result = await this.apt('apt-cache', ['show', '--no-all-versions', name]);
    return result.exitCode === 0 && result.stdout.includes('Package:') ? result.stdout : null;
  }

  /** Downloads one package, checked against the signed lists; gives the path of its file. */
  async download(name: string, progress: Progress): Promise<string> {
    const step = percentSteps(`fetching ${name}`, progress);
    const result = await this.apt('apt-get', ['-q', '-o', 'APT::Status-Fd=3', 'download', name], {
      folder: join(this.folder, 'packages'),
      onStatus: (line) => { step(downloadPercent(line)); },
    });
    const files = await readdir(join(this.folder, 'packages'));
    const file = files.find((candidate) => candidate.startsWith(`${name}_`) && candidate.endsWith('.deb'));
    if (result.exitCode !== 0 || file === undefined) {
      throw new Refusal(`package ${name} (${this.architecture}): ${aptFailure(result.stderr)}`);
    }
    return join(this.folder, 'packages', file);
  }

  /**
   * Downloads `names` and all that they depend on, checked against the signed lists, into an empty cache; gives the files. What is `leftOut` counts as
   * installed, whatever version is asked for.
   */
  async downloadAll(names: readonly string[], leftOut: readonly string[], progress: Progress): Promise<readonly string[]> {
    const installed = leftOut.map((name) => `Package: ${name}\nStatus: install ok installed\nArchitecture: ${this.architecture}\nVersion: 99:0\nMaintainer: nobody\nDescription: left out\n`);
    await writeFile(join(this.folder, 'status'), installed.join('\n'));
    const step = percentSteps('fetching packages', progress);
    const result = await this.apt('apt-get', ['-q', '-y', '-o', 'APT::Status-Fd=3', '--no-install-recommends', '--download-only', 'install', ...names], {
      onStatus: (line) => { step(downloadPercent(line)); },
    });
    if (result.exitCode !== 0) throw new Refusal(`packages ${names.join(', ')} (${this.architecture}): ${aptFailure(result.stderr)}`);
    const archives = join(this.folder, 'cache/archives');
    return (await readdir(archives)).filter((file) => file.endsWith('.deb')).sort().map((file) => join(archives, file));
  }

  /** Why a package that should be there is not. */
  whyMissing(): string {
    return /^[EW]: /m.test(this.updateComplaints)
      ? aptFailure(this.updateComplaints)
      : `this machine's package sources (/etc/apt/sources.list, /etc/apt/sources.list.d) have no ${this.architecture} packages of that name. ` +
          'The guests are made of packages of Debian or Ubuntu; a source that is restricted to one architecture ' +
          `([arch=…], Architectures:) can name ${this.architecture} as well`;
  }

  private async apt(
    program: 'apt-get' | 'apt-cache',
    parameters: readonly string[],
    options?: Parameters<RunCommand>[1],
  ): Promise<CommandResult> {
    const result = await this.run([program, '-c', join(this.folder, 'apt.conf'), ...parameters], options);
    if (result.notFound) {
      throw new Refusal(`${program} is missing: this needs Debian or Ubuntu, whose packages the guests are made of`);
    }
    return result;
  }
}

function configuration(folder: string, architecture: PackageArchitecture, ownSources: boolean): string {
  // A file given with -c is read last, so `#clear` removes what the machine's own configuration has put there.
  return `APT::Architecture "${architecture}";
#clear APT::Architectures;
APT::Architectures { "${architecture}"; };
Dir::State "${folder}";
Dir::State::lists "lists/";
Dir::State::status "${folder}/status";
Dir::State::extended_states "extended_states";
Dir::Cache "${folder}/cache";
Dir::Cache::archives "archives/";
Dir::Log "${folder}/log";
${ownSources ? `Dir::Etc::sourcelist "/dev/null";\nDir::Etc::sourceparts "${folder}/sources";` : ''}
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
Acquire::IndexTargets::deb-src::Sources::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
`;
}
