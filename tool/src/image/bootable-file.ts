/**
 * Putting the bootable file together. docs/abi.md §1 draws it.
 *
 * Content that several machines share (a kernel, a RAM disk) is kept once, found by its digest.
 */
import { createHash } from 'node:crypto';
import { readHeader, writeSizes } from './arm64-header.ts';
import type { MachineImage } from './machine-image.ts';
import { manifest } from './manifest.ts';
import { alignUp, PAGE_BYTES } from './virtual-handset.ts';

export interface BootableFile {
  /** The file, in pieces to be written one after the other. */
  readonly pieces: readonly Uint8Array[];
  readonly bytes: number;
  /** Memory that the board needs for it, the hypervisor's own included; the machines' RAM is not. */
  readonly memoryBytes: number;
}

/** The last bytes of a file that is all there. */
const END_MARK = Buffer.from('THMB-END', 'latin1');

function digest(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function contents(machines: readonly MachineImage[]): Buffer[] {
  return machines.flatMap(({ segments, tree }) => [
    ...segments.map((segment) => segment.bytes),
    ...(tree ? [tree.gicv2, tree.gicv3] : []),
  ]);
}

/** Pieces at page boundaries, each content once. */
class Layout {
  readonly pieces: Uint8Array[] = [];
  bytes = 0;
  private readonly offsets = new Map<string, number>();
  private readonly digests = new Map<Buffer, string>();

  append(piece: Uint8Array): number {
    const offset = alignUp(this.bytes, PAGE_BYTES);
    this.pieces.push(new Uint8Array(offset - this.bytes), piece);
    this.bytes = offset + piece.length;
    return offset;
  }

  /** Fills the last page up to the end mark. */
  end(): void {
    const bytes = alignUp(this.bytes + END_MARK.length, PAGE_BYTES);
    this.pieces.push(new Uint8Array(bytes - END_MARK.length - this.bytes), END_MARK);
    this.bytes = bytes;
  }

  share(content: Buffer): void {
    const key = digest(content);
    this.digests.set(content, key);
    if (!this.offsets.has(key)) this.offsets.set(key, this.append(content));
  }

  offsetOf(content: Buffer): number {
    const offset = this.offsets.get(this.digests.get(content) ?? '');
    if (offset === undefined) throw new Error('content that was never placed in the file');
    return offset;
  }
}

/** The file that boots `machines` with `hypervisor`, the flat image that the compiler made. */
export function bootableFile(hypervisor: Buffer, machines: readonly MachineImage[]): BootableFile {
  const head = Buffer.from(hypervisor);
  const manifestBytes = manifest(machines, 0, () => 0).length;
  const layout = new Layout();
  layout.append(head);
  const placeholder = Buffer.alloc(manifestBytes);
  const manifestOffset = layout.append(placeholder);
  for (const content of new Set(contents(machines))) layout.share(content);
  layout.end();
  manifest(machines, layout.bytes, (content) => layout.offsetOf(content)).copy(placeholder);
  const memoryBytes = layout.bytes + readHeader(hypervisor).workspaceBytes;
  writeSizes(head, { imageSize: memoryBytes, manifestOffset });
  return { pieces: layout.pieces, bytes: layout.bytes, memoryBytes };
}
