/** A physical input device, virtio: its events one after the other. [virtio 1.2 "Input Device"] */
import * as arena from './arena.ts';
import { DrivenQueue, NONE } from './driven-queue.ts';
import * as settings from './settings.ts';
import { VirtioDriver } from './virtio-driver.ts';

const EVENTS = 64;
/** Of the configuration: what is asked for, and the answer. */
const SELECT = 0n;
const SUBSELECT = 1n;
const ANSWER = 8n;
const EV_BITS: u8 = 0x11;
const ABS_INFO: u8 = 0x12;
const EVENT_BYTES = 8;

export class EventSource {
  private readonly driver = new VirtioDriver();
  private readonly queue = new DrivenQueue();
  private events: u64 = 0n;
  private intid: u32 = 0;
  /** What `take` has read. */
  type: u32 = 0;
  code: u32 = 0;
  value: u32 = 0;

  /** Takes device `index` of the settings into use. False if it does not work. */
  open(index: u32): boolean {
    if (!this.driver.open(settings.deviceAddress(index), settings.TYPE_INPUT, 0n) || !this.driver.openQueue(0, this.queue, EVENTS)) {
      return false;
    }
    this.events = arena.take(u64(EVENTS * EVENT_BYTES));
    this.intid = settings.deviceIntid(index);
    this.driver.run();
    for (let i: u32 = 0; i < this.queue.size; i += 1) {
      this.offer(i);
    }
    this.driver.notify(0);
    return true;
  }

  /** Asks the device; how many bytes its answer has, which are in its configuration from ANSWER on. */
  private ask(what: u8, which: u32): u32 {
    this.driver.setConfiguration8(SELECT, what);
    this.driver.setConfiguration8(SUBSELECT, u8.wrap(which));
    return (this.driver.configuration32(SELECT) >> 16) & 0xff;
  }

  /** Whether it tells of events of type `type` with code `code`. */
  hasCode(type: u32, code: u32): boolean {
    const bytes = this.ask(EV_BITS, type);
    return code / 8 < bytes && ((this.driver.configuration32(ANSWER + u64((code / 32) * 4)) >> (code & 31)) & 1) !== 0;
  }

  /** The greatest value on axis `code`; 0 if it does not say. */
  axisMax(code: u32): u32 {
    return this.ask(ABS_INFO, code) < 8 ? 0 : this.driver.configuration32(ANSWER + 4n);
  }

  private at(request: u32): u64 {
    return this.events + u64(request * EVENT_BYTES);
  }

  private offer(request: u32): void {
    this.queue.begin();
    this.queue.add(request, this.at(request), EVENT_BYTES, true);
    this.queue.offer(request);
  }

  /** Whether interrupt `which` is its own; if so, its line falls. */
  interruptsBy(which: u32): boolean {
    if (this.intid === 0 || which !== this.intid) {
      return false;
    }
    this.driver.acknowledge();
    return true;
  }

  /** Reads the next event. False if there is none. */
  take(): boolean {
    const request = this.queue.take();
    if (request === NONE) {
      return false;
    }
    this.type = u32(memory.load16(this.at(request)));
    this.code = u32(memory.load16(this.at(request) + 2n));
    this.value = memory.load32(this.at(request) + 4n);
    this.offer(request);
    return true;
  }

  /** All events that there were have been taken: the device may use their places again. */
  goOn(): void {
    this.driver.notify(0);
  }
}
