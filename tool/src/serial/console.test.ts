import { describe, expect, it } from 'vitest';
import { Console } from './console.ts';

function console_(): { console: Console; sent: string[] } {
  const sent: string[] = [];
  return { console: new Console('one', (data) => sent.push(Buffer.from(data).toString())), sent };
}

describe('a console', () => {
  it('finds what was already said, and what comes later, cut anywhere', async () => {
    const { console } = console_();
    console.receive(Buffer.from('boot\r\nlog'));
    const later = console.expect(/login: (\w+)\n/);
    await console.expect('boot');
    console.receive(Buffer.from('in: ro'));
    console.receive(Buffer.from('ot\r\n'));
    expect((await later)[1]).toBe('root');
    expect(console.lines).toEqual(['boot', 'login: root']);
  });

  it('consumes what matched', async () => {
    const { console } = console_();
    console.receive(Buffer.from('# one\n# two\n'));
    await console.expect('# ');
    await console.expect('# ');
    await expect(console.expect('# ', { timeoutMs: 10 })).rejects.toThrow('one: no "# " within 0.01 s; its last lines:\n  # one\n  # two');
  });

  it('keeps no place between searches with a global pattern', async () => {
    const { console } = console_();
    const pattern = /a/g;
    console.receive(Buffer.from('aXa'));
    await console.expect(pattern);
    expect((await console.expect(pattern))[0]).toBe('a');
  });

  it('tells those who wait when nothing more comes, also those who ask afterwards', async () => {
    const { console } = console_();
    const waiting = console.expect('x');
    console.close('the handset stopped');
    await expect(waiting).rejects.toThrow('one: the handset stopped before "x" appeared; it printed nothing');
    await expect(console.expect(/y/)).rejects.toThrow('before /y/ appeared');
  });

  it('sends what is written', () => {
    const { console, sent } = console_();
    console.write('ls\n');
    expect(sent).toEqual(['ls\n']);
  });

  it('shows an unfinished line among the last ones', () => {
    const { console } = console_();
    console.receive(Buffer.from('a\nb\nc'));
    expect(console.lastLines(2)).toEqual(['b', 'c']);
  });
});
