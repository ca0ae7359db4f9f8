/**
 * A request that cannot be met: the one kind of error that is a person's to mend.
 *
 * The message says what was wrong, where, and what to do instead; the command prints it without a stack trace
 * and ends with a non-zero status. Every other exception is a defect of ours.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    message: string,
    options?: ErrorOptions,
    /** How a command ends because of it. */
    readonly exitStatus = 1,
  ) {
    super(message, options);
  }
}

const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EISDIR: 'is a folder, not a file',
  ENOTDIR: 'a part of the path is not a folder',
  ENOSPC: 'no space left on the device; free some and run the command again',
  EDQUOT: 'disk quota used up; free some space and run the command again',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files in the system',
  EIO: 'the device reported an input or output error',
  EADDRINUSE: 'already in use by another program',
  EADDRNOTAVAIL: 'the address does not exist on this machine',
  ENOMEM: 'not enough memory',
  EFBIG: 'the file would exceed the size limit of the file system or the shell',
  ETXTBSY: 'the file is in use by a running program',
};

/** What a system error (`ENOENT`, `ENOSPC`, …) means in words, or null for anything else. */
export function systemReason(error: unknown): string | null {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code === undefined ? null : (SYSTEM_REASONS[code] ?? null);
}

/** Runs `action`, turning a system error into a refusal that names what was being done and to what. */
export async function refusing<T>(what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const reason = systemReason(error);
    if (reason === null) throw error;
    throw new Refusal(`${what}: ${reason}`, { cause: error });
  }
}
