/**
 * What apt says, read for the few facts that are needed: a package's dependencies, how far a download is, and why
 * something failed, in words for a person.
 */

/** The names in the `Depends` field of the first record that `apt-cache show` printed. */
export function dependencies(record: string): readonly string[] {
  const field = /^Depends: (.*)$/m.exec(record.split(/\n\s*\n/)[0] ?? '')?.[1] ?? '';
  return field
    .split(/[,|]/)
    .map((item) => item.trim().split(/[\s(:]/)[0] ?? '')
    .filter((name) => name !== '');
}

/** Whether a package is a kernel itself (`linux-image-6.1.0-9-arm64`) and no metapackage or special flavour. */
export function isKernelPackage(name: string): boolean {
  return /^linux-image-(unsigned-)?\d/.test(name) && !/-(cloud|rt)(-|$)/.test(name);
}

/** Percent done from a line of APT::Status-Fd (`dlstatus:2:11.8630:Retrieving file 2 of 2`), or null. */
export function downloadPercent(statusLine: string): number | null {
  const match = /^dlstatus:\d+:([\d.]+):/.exec(statusLine);
  return match ? Number(match[1]) : null;
}

/** The same for the installation that follows (`pmstatus:dtc:40.0000:Unpacking dtc`). */
export function installPercent(statusLine: string): number | null {
  const match = /^pmstatus:[^:]*(?::[a-z0-9]+)?:([\d.]+):/.exec(statusLine);
  return match ? Number(match[1]) : null;
}

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/Could not get lock|Unable to (acquire|lock)|is another process using it/i, 'another package manager is running; let it finish and run the command again'],
  [/binary-(\w+)\/Packages\S*\s+404/, 'a package source of this machine has no packages for $1'],
  [/Temporary failure resolving|Could not resolve|Could not connect|Connection timed out|Network is unreachable|Connection refused|Unable to connect|connection failed/i, 'the package sources cannot be reached; check the network (or proxy) and run the command again'],
  [/enough free space|No space left on device/i, 'no space left on the disk; free some and run the command again'],
  [/NO_PUBKEY|is not signed|cannot be authenticated|signatures? (couldn't|were invalid)/i, 'the package lists are not signed by a key this machine trusts; mend the sources in /etc/apt and run the command again'],
  [/dpkg was interrupted/i, "an earlier installation was interrupted; run 'dpkg --configure -a' as root, then the command again"],
  [/unmet dependencies|held broken packages/i, "the packages' dependencies cannot be met; run 'apt-get -f install' as root to see why"],
  [/Hash Sum mismatch|File has unexpected size/i, 'the package sources are being updated; try again in a few minutes'],
  [/Permission denied|are you root/i, 'permission denied'],
  [/(?:Unable to locate package |Package ')([\w.+-]+)/, "the package sources do not offer $1; run 'apt-get update' as root, or add a source that does"],
  [/no installation candidate|Unable to find a source package|has no available version/i, "the package sources do not offer it; run 'apt-get update' as root, or add a source that does"],
];

/** Whether apt did not know a package, or not in the version that it tried to fetch: its lists may be to blame. */
export function blamesLists(stderr: string): boolean {
  return /Unable to locate|has no installation candidate|404 |Failed to fetch/.test(stderr);
}

/** Why apt failed: a reason in words where its messages are known, else its own first error. */
export function aptFailure(stderr: string): string {
  const errors = stderr.split('\n').filter((line) => /^[EW]: /.test(line) || /^dpkg: error/.test(line));
  // Errors decide; where there is none, a warning (an index that could not be fetched) is the cause.
  for (const lines of [errors.filter((line) => !line.startsWith('W:')), errors]) {
    for (const [pattern, reason] of REASONS) {
      const match = lines.map((line) => pattern.exec(line)).find((found) => found !== null);
      if (match) return reason.replace('$1', match[1] ?? '');
    }
  }
  return errors[0]?.replace(/^[EW]: /, '') ?? 'apt-get failed without saying why';
}
