import type { Release } from './packages.ts';

/** A file of our own in a root file system made of packages. */
export interface RootFile {
  /** From the root on, without a slash at the beginning. */
  readonly path: string;
  readonly content: string | Buffer;
  /** 0o644 if absent; 0o755 for what is run. */
  readonly mode?: number;
}

/** What a desktop is made of, beside what every root file system has. */
export interface DesktopParts {
  /** Of Debian, whose packages they all are. */
  readonly release: Release;
  /** The packages that are asked for; what they depend on comes with them. */
  readonly packages: readonly string[];
  readonly files: readonly RootFile[];
}
