import { describe, expect, it } from 'vitest';
import { EventLog } from './event-log.ts';
import { FakeHandset } from './fake-handset.ts';
import { EVENTS_MAX } from './protocol.ts';

function log(...lines: readonly string[]): { events: EventLog; handset: FakeHandset } {
  const handset = new FakeHandset();
  let clock = 0;
  const events = new EventLog(handset, () => (clock += 1));
  for (const line of lines) handset.hypervisor.receiveLine(line);
  return { events, handset };
}

describe('the event log', () => {
  it.each([
    ['thimble: 2 CPUs, 1024 MiB, GICv3', 'board', null],
    ['one: started', 'started', 'one'],
    ['one: reset', 'reset', 'one'],
    ['two: off', 'off', 'two'],
    ['one: paused', 'paused', 'one'],
    ['one: resumed', 'resumed', 'one'],
    ['two: stopped: undefined instruction pc=0', 'stopped', 'two'],
    ['three: off', 'board', null],
    ['panic: assertion', 'failure', null],
    ['manifest: one: a segment lies outside RAM', 'failure', null],
  ])('knows what %j is about', (line, kind, machine) => {
    expect(log(line).events.events).toEqual([{ atMs: 1, kind, machine, text: line }]);
  });

  it('knows since when a machine runs', () => {
    const { events, handset } = log('one: started', 'two: started', 'one: reset');
    expect([events.runningSinceMs('one'), events.runningSinceMs('two')]).toEqual([3, 2]);
    handset.hypervisor.receiveLine('one: paused');
    handset.hypervisor.receiveLine('one: resumed');
    expect(events.runningSinceMs('one')).toBe(3);
    handset.hypervisor.receiveLine('two: stopped: …');
    expect(events.runningSinceMs('two')).toBeNull();
  });

  it('takes what was said before it listened, and forgets the oldest', () => {
    const handset = new FakeHandset();
    for (let n = 0; n < EVENTS_MAX + 5; n += 1) handset.hypervisor.receiveLine(`thimble: ${String(n)}`);
    const { events } = new EventLog(handset);
    expect(events).toHaveLength(EVENTS_MAX);
    expect(events[0]?.text).toBe('thimble: 5');
  });

  it('lets no line colour the page', () => {
    expect(log('\x1b[31mone: off').events.events[0]?.text).toBe('one: off');
  });
});
