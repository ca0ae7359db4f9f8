/** The hypervisor's own lines, with the time at which they came. */
import type { HandsetEvent } from 'thimble/control/protocol.ts';
import { EVENTS_MAX } from 'thimble/control/protocol.ts';
import { element } from './elements.ts';

export function clockText(timeMs: number): string {
  return new Date(timeMs).toLocaleTimeString('en-GB');
}

export class EventList {
  readonly element = element('ol', { class: 'events', attributes: { tabindex: '0', 'aria-label': 'events', role: 'log' } });

  constructor(private readonly colourOf: (machine: string) => number | null) {}

  /** Begins anew, with all that has happened so far. */
  reset(events: readonly HandsetEvent[]): void {
    this.element.replaceChildren(...events.map((event) => this.item(event)));
    this.element.scrollTop = this.element.scrollHeight;
  }

  push(event: HandsetEvent): void {
    const list = this.element;
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 24;
    list.append(this.item(event));
    if (list.childElementCount > EVENTS_MAX) list.firstElementChild?.remove();
    if (isAtEnd) list.scrollTop = list.scrollHeight;
  }

  private item({ atMs, kind, machine, text }: HandsetEvent): HTMLElement {
    const colour = machine === null ? null : this.colourOf(machine);
    const rest = machine === null ? text.replace(/^thimble: /, '') : text.slice(machine.length + 2);
    const time = element('time', { attributes: { datetime: new Date(atMs).toISOString() } }, clockText(atMs));
    const who = element('span', { class: 'who', attributes: colour === null ? {} : { 'data-colour': String(colour) } }, machine ?? 'thimble');
    return element('li', { attributes: { 'data-kind': kind } }, time, who, element('span', { class: 'what' }, rest));
  }
}
