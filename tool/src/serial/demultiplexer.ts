/**
 * Takes the serial line apart into one stream a console.
 *
 * Chunks may end anywhere, also between DLE and what it introduces. An unknown byte after DLE is line noise or a
 * newer hypervisor: both bytes are dropped, and the channel stays.
 */
import { type Channel, channelOf, DLE } from './channel.ts';

export type Receive = (channel: Channel, data: Buffer) => void;

export class Demultiplexer {
  private channel: Channel = 'hypervisor';
  private escaped = false;

  constructor(private readonly receive: Receive) {}

  push(chunk: Buffer): void {
    let from = 0;
    const pass = (to: number): void => {
      if (to > from) this.receive(this.channel, chunk.subarray(from, to));
    };
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (this.escaped) {
        this.escaped = false;
        // A doubled DLE is data: the run that starts here has it as its first byte.
        from = byte === DLE ? at : at + 1;
        this.channel = channelOf(byte) ?? this.channel;
      } else if (byte === DLE) {
        pass(at);
        from = at + 1;
        this.escaped = true;
      }
    }
    pass(chunk.length);
  }
}
