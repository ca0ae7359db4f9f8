/**
 * Debian's arm64 kernel and busybox in the cache folder: what the default guests are made of.
 *
 * They come from the machine's own package sources (Ubuntu: see ubuntu-ports.ts), once; later runs find them with
 * three file checks. Only the kernel's Image and the busybox program are kept, 35 MB of 500.
 */
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readKernel } from '../image/kernel.ts';
import { Refusal } from '../refusal.ts';
import { dependencies, isKernelPackage } from './apt-output.ts';
import { cacheFolder, placeFolder, requireSpace } from './cache-folder.ts';
import { PrivateApt } from './private-apt.ts';
import type { Progress } from './progress.ts';
import { runCommand, type RunCommand } from './run-command.ts';
import { ubuntuPortsSources } from './ubuntu-ports.ts';

/** The parts that the default guests are made of: absolute paths into the cache folder. */
export interface GuestFiles {
  /** An uncompressed arm64 Image. */
  readonly kernel: string;
  /** What `uname -r` says in a guest that runs it. */
  readonly kernelRelease: string;
  /** A statically linked arm64 busybox. */
  readonly busybox: string;
}

/** What the cache holds, written last: without it, or with other sizes, the folder counts as empty. */
interface Contents {
  readonly kernelRelease: string;
  readonly kernelBytes: number;
  readonly busyboxBytes: number;
}

const FOLDER = 'guest-files';
const CONTENTS = 'contents.json';
/** Debian's and Ubuntu's names for "the kernel", in order of preference. */
const KERNEL_METAPACKAGES = ['linux-image-arm64', 'linux-image-virtual', 'linux-image-generic'] as const;
/** A kernel package unpacked by half, the lists, and what is kept. */
const SPACE_MEBIBYTES = 300;

export async function ensureGuestFiles(options: {
  readonly progress: Progress;
  readonly run?: RunCommand;
  readonly folder?: string;
}): Promise<GuestFiles> {
  const cache = options.folder ?? cacheFolder();
  const found = await find(join(cache, FOLDER));
  if (found) return found;
  await placeFolder(cache, FOLDER, async (incoming) => {
    await requireSpace(cache, SPACE_MEBIBYTES);
    await fetch(incoming, options.run ?? runCommand, options.progress);
  });
  const fetched = await find(join(cache, FOLDER));
  if (!fetched) throw new Refusal(`cache folder ${cache}: changed while it was being filled; run the command again`);
  return fetched;
}

async function find(folder: string): Promise<GuestFiles | null> {
  try {
    const contents = JSON.parse(await readFile(join(folder, CONTENTS), 'utf8')) as Contents;
    const kernel = join(folder, 'Image');
    const busybox = join(folder, 'busybox');
    const complete =
      (await stat(kernel)).size === contents.kernelBytes && (await stat(busybox)).size === contents.busyboxBytes;
    return complete ? { kernel, kernelRelease: contents.kernelRelease, busybox } : null;
  } catch {
    return null;
  }
}

async function fetch(folder: string, run: RunCommand, progress: Progress): Promise<void> {
  const work = join(folder, 'work');
  const { apt, kernelPackage } = await findKernel(work, run, progress);
  const kernelFile = await unpack(await apt.download(kernelPackage, progress), './boot/vmlinuz-*', work, run);
  const busyboxFile = await unpack(await apt.download('busybox-static', progress), './*bin/busybox', work, run);
  progress('unpacking the kernel');
  const { bytes: kernel } = readKernel(await readFile(kernelFile), kernelPackage);
  const busybox = await readFile(busyboxFile);
  await writeFile(join(folder, 'Image'), kernel);
  await writeFile(join(folder, 'busybox'), busybox, { mode: 0o755 });
  await rm(work, { recursive: true });
  const contents: Contents = {
    kernelRelease: kernelFile.slice(kernelFile.lastIndexOf('/vmlinuz-') + '/vmlinuz-'.length),
    kernelBytes: kernel.length,
    busyboxBytes: busybox.length,
  };
  await writeFile(join(folder, CONTENTS), `${JSON.stringify(contents, null, 2)}\n`);
}

async function findKernel(
  work: string,
  run: RunCommand,
  progress: Progress,
): Promise<{ readonly apt: PrivateApt; readonly kernelPackage: string }> {
  const apt = await PrivateApt.create(join(work, 'apt'), run);
  await apt.update(progress);
  const kernelPackage = await kernelPackageOf(apt);
  if (kernelPackage !== null) return { apt, kernelPackage };
  const sources = await ubuntuPortsSources(join(work, 'ports'), run);
  if (sources !== null) {
    const ports = await PrivateApt.create(join(work, 'apt-ports'), run, sources);
    await ports.update(progress);
    const portsPackage = await kernelPackageOf(ports);
    if (portsPackage !== null) return { apt: ports, kernelPackage: portsPackage };
    throw unobtainable(`Ubuntu's archive of arm64 packages: ${ports.whyMissing()}`);
  }
  throw unobtainable(apt.whyMissing());
}

function unobtainable(reason: string): Refusal {
  return new Refusal(`the arm64 kernel (${KERNEL_METAPACKAGES.join(', ')}) cannot be had: ${reason}`);
}

/** The package that holds the kernel, found through the metapackage that depends on the current one. */
async function kernelPackageOf(apt: PrivateApt): Promise<string | null> {
  for (const metapackage of KERNEL_METAPACKAGES) {
    const record = await apt.show(metapackage);
    const kernelPackage = dependencies(record ?? '').find(isKernelPackage);
    if (kernelPackage !== undefined) return kernelPackage;
  }
  return null;
}

/** Takes the one file that `pattern` matches out of a package. */
async function unpack(packageFile: string, pattern: string, work: string, run: RunCommand): Promise<string> {
  const tarFile = join(work, 'package.tar');
  const folder = join(work, 'unpacked', pattern.replace(/\W+/g, '-'));
  await mkdir(folder, { recursive: true });
  const shell = await run([
    'sh', '-c', 'dpkg-deb --fsys-tarfile "$1" > "$2" && tar -x -f "$2" -C "$3" --no-same-owner --wildcards "$4"',
    'sh', packageFile, tarFile, folder, pattern,
  ]);
  if (shell.exitCode !== 0) throw new Refusal(`package ${packageFile}: cannot be unpacked: ${shell.stderr.trim()}`);
  await rm(tarFile);
  await rm(packageFile);
  const paths = await readdir(folder, { recursive: true });
  const file = paths.find((path) => path.includes('/vmlinuz-') || path.endsWith('/busybox'));
  if (file === undefined) throw new Refusal(`package ${packageFile}: has no file ${pattern}`);
  return join(folder, file);
}
