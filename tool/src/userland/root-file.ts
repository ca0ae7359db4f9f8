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
  /** The packages that are asked for; what they depend on comes with them. */
  readonly packages: readonly string[];
  readonly files: readonly RootFile[];
}
