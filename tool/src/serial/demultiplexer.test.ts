import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Channel, DLE } from './channel.ts';
import { InputEncoder, machineOrder } from './commands.ts';
import { Demultiplexer } from './demultiplexer.ts';

interface Piece {
  readonly channel: Channel;
  readonly data: Uint8Array;
}

/** What the hypervisor sends for `pieces`. */
function multiplex(pieces: readonly Piece[]): Buffer {
  const bytes: number[] = [];
  for (const { channel, data } of pieces) {
    bytes.push(DLE, channel === 'hypervisor' ? 0x40 : 0x41 + channel);
    for (const byte of data) bytes.push(...(byte === DLE ? [DLE, DLE] : [byte]));
  }
  return Buffer.from(bytes);
}

function gather(chunks: readonly Buffer[]): Map<Channel, number[]> {
  const streams = new Map<Channel, number[]>();
  const demultiplexer = new Demultiplexer((channel, data) => {
    streams.set(channel, [...(streams.get(channel) ?? []), ...data]);
  });
  for (const chunk of chunks) demultiplexer.push(chunk);
  return streams;
}

const byte = fc.oneof({ weight: 1, arbitrary: fc.constant(DLE) }, { weight: 3, arbitrary: fc.nat(255) });
const piece = fc.record({
  channel: fc.oneof(fc.constant<Channel>('hypervisor'), fc.nat(31)),
  data: fc.array(byte, { minLength: 1, maxLength: 12 }).map((bytes) => Uint8Array.from(bytes)),
});

describe('the serial line', () => {
  it('gives every console exactly its own bytes, however the chunks fall', () => {
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat(40)), (pieces, cuts) => {
        const line = multiplex(pieces);
        const chunks: Buffer[] = [];
        let at = 0;
        for (const cut of cuts) chunks.push(line.subarray(at, (at += cut)));
        chunks.push(line.subarray(at));
        const wanted = new Map<Channel, number[]>();
        for (const { channel, data } of pieces) wanted.set(channel, [...(wanted.get(channel) ?? []), ...data]);
        expect(gather(chunks)).toEqual(wanted);
      }),
    );
  });

  it("starts with the hypervisor's own console", () => {
    expect(gather([Buffer.from('hi')])).toEqual(new Map([['hypervisor', [0x68, 0x69]]]));
  });

  it('drops an unknown order and stays where it was', () => {
    expect(gather([Buffer.from([DLE, 0x41, 0x61, DLE, 0x01, 0x62])])).toEqual(new Map([[0, [0x61, 0x62]]]));
  });
});

describe('input', () => {
  it('names its machine when that changes, and only then', () => {
    const encoder = new InputEncoder();
    expect([...encoder.encode(0, Buffer.from('a'))]).toEqual([0x61]);
    expect([...encoder.encode(2, Buffer.from('b'))]).toEqual([DLE, 0x43, 0x62]);
    expect([...encoder.encode(2, Buffer.from('c'))]).toEqual([0x63]);
    expect([...encoder.encode(0, Buffer.from([DLE]))]).toEqual([DLE, 0x41, DLE, DLE]);
  });

  it('has orders for machines, and none for machines that cannot be', () => {
    expect([...machineOrder('reset', 31)]).toEqual([DLE, 0x72, 0x60]);
    expect([...machineOrder('pause', 0), ...machineOrder('resume', 1)]).toEqual([DLE, 0x70, 0x41, DLE, 0x63, 0x42]);
    expect(() => machineOrder('kill', 32)).toThrow(RangeError);
  });
});
