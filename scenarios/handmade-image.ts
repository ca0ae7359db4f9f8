/**
 * Bootable files put together by hand, as docs/abi.md describes them, with dtc for the manifest: what the builder would refuse to write
 * has to be refused by the hypervisor as well.
 *
 *     0       the hypervisor
 *     4 KiB   the manifest
 *     4 KiB   one guest program, for every machine
 */
import { execFileSync } from 'node:child_process';

const PAGE_BYTES = 4096;
const HEADER_IMAGE_SIZE = 0x10;
const HEADER_MANIFEST = 0x28;
const HEADER_WORKSPACE = 0x30;

/** The properties of a machine, as device tree source. */
export type MachineSource = Readonly<Record<string, string>>;

export interface Parts {
  readonly hypervisor: Buffer;
  readonly program: Buffer;
}

export interface Source {
  /** The manifest's machines; `places` tells where the program lies in the file. */
  readonly machines: (places: { readonly program: number; readonly programBytes: number }) => readonly (readonly [name: string, MachineSource])[];
  readonly compatible?: string;
  /** Instead of the file's length. */
  readonly fileBytes?: number;
}

/** The last bytes of the last page. */
const END_MARK = Buffer.from('THMB-END', 'latin1');

const padded = (bytes: number): number => Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;

function compiledTree(source: string): Buffer {
  // -f: also what dtc itself would refuse.
  return execFileSync('dtc', ['-q', '-q', '-f', '-I', 'dts', '-O', 'dtb'], { input: source, stdio: ['pipe', 'pipe', 'ignore'] });
}

function manifest({ machines, compatible = 'thimble,manifest-1' }: Source, parts: Parts, program: number, fileBytes: number): Buffer {
  const nodes = machines({ program, programBytes: parts.program.length }).map(([name, properties]) => {
    const lines = Object.entries(properties).map(([property, value]) => `${property} = ${value};`);
    return `${name} { ${lines.join(' ')} };`;
  });
  return compiledTree(`/dts-v1/; / { compatible = "${compatible}"; file-bytes = <${fileBytes}>; ${nodes.join(' ')} };`);
}

/** Where the parts of a file lie. */
export interface Assembled {
  readonly bytes: Buffer;
  readonly manifestOffset: number;
}

export function assemble(parts: Parts, source: Source): Assembled {
  const manifestOffset = padded(parts.hypervisor.length);
  // Its length does not depend on the numbers in it.
  const programOffset = manifestOffset + padded(manifest(source, parts, 0, 0).length);
  const length = padded(programOffset + parts.program.length + END_MARK.length);
  const bytes = Buffer.alloc(length);
  parts.hypervisor.copy(bytes);
  manifest(source, parts, programOffset, source.fileBytes ?? length).copy(bytes, manifestOffset);
  parts.program.copy(bytes, programOffset);
  END_MARK.copy(bytes, length - END_MARK.length);
  const workspace = bytes.readBigUInt64LE(HEADER_WORKSPACE);
  bytes.writeBigUInt64LE(BigInt(padded(length)) + workspace, HEADER_IMAGE_SIZE);
  bytes.writeBigUInt64LE(BigInt(manifestOffset), HEADER_MANIFEST);
  return { bytes, manifestOffset };
}

/** Has the header say that the manifest is elsewhere. */
export function moveManifest(bytes: Buffer, offset: number): void {
  bytes.writeBigUInt64LE(BigInt(offset), HEADER_MANIFEST);
}
