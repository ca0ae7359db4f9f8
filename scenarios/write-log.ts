/**
 * Power cuts, after the fact: QEMU's `blklogwrites` notes each write to the disk, and each flush, in their order. A disk without power keeps
 * what was flushed, and of what was written since whatever it had got to.
 *
 * The format is that of Linux' dm-log-writes: a super block, then entries, each a sector of description and the sectors that it describes. [QEMU, block/blklogwrites.c]
 */
import { readFileSync } from 'node:fs';

const FLUSH = 1n;
const DISCARD = 4n;
const SECTOR_BYTES = 512;

export interface LoggedWrite {
  /** In bytes. */
  readonly at: number;
  readonly bytes: Buffer;
}

export interface LogEntry {
  /** All that was written before is on the disk for good. */
  readonly isFlush: boolean;
  readonly write: LoggedWrite | null;
}

/** The entries of the log in `file`, up to where QEMU was killed. */
export function readWriteLog(file: string): LogEntry[] {
  const log = readFileSync(file);
  const entries: LogEntry[] = [];
  // The super block, which QEMU writes at some flushes only, says nothing that is not known.
  let at = SECTOR_BYTES;
  while (at + SECTOR_BYTES <= log.length) {
    const [sector = 0n, count = 0n, flags = 0n] = [0, 8, 16].map((offset) => log.readBigUInt64LE(at + offset));
    const isDiscard = (flags & DISCARD) !== 0n;
    const bytes = Number(count) * SECTOR_BYTES;
    const from = at + SECTOR_BYTES;
    const to = isDiscard ? from : from + bytes;
    const isHole = sector === 0n && count === 0n && flags === 0n;
    if (isHole || to > log.length) break;
    const data = isDiscard ? Buffer.alloc(bytes) : log.subarray(from, to);
    entries.push({ isFlush: (flags & FLUSH) !== 0n, write: bytes === 0 ? null : { at: Number(sector) * SECTOR_BYTES, bytes: data } });
    at = to;
  }
  return entries;
}

/** A disk on which power is cut. */
export class CutDisk {
  private readonly pending: LoggedWrite[] = [];

  constructor(private readonly flushed: Buffer) {}

  take({ isFlush, write }: LogEntry): void {
    if (isFlush) {
      for (const { at, bytes } of this.pending) bytes.copy(this.flushed, at);
      this.pending.length = 0;
    }
    if (write !== null) this.pending.push(write);
  }

  /** What is left if power is cut here: each sector that was not flushed is lost by the throw of `dice`, which is from 0 to 1. */
  afterCut(dice: () => number): Buffer {
    const left = Buffer.from(this.flushed);
    for (const { at, bytes } of this.pending) {
      for (let offset = 0; offset < bytes.length; offset += SECTOR_BYTES) {
        if (dice() < 0.5) bytes.copy(left, at + offset, offset, offset + SECTOR_BYTES);
      }
    }
    return left;
  }
}
