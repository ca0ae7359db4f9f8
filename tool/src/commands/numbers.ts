/** Numbers in options: whole, positive, or refused by the option's name. */
import { InvalidArgumentError } from 'commander';
import { PAST_LINES_MAX } from '../control/protocol.ts';

const PORT_MAX = 65_535;

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0) throw new InvalidArgumentError('give a whole number above 0.');
  return Number(text);
}

export function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d{1,6}(\.\d+)?$/.test(text) || value === 0) throw new InvalidArgumentError('give a number of seconds above 0.');
  return value;
}

/** Seconds, where none at all makes sense. */
export function secondsOrNone(text: string): number {
  if (!/^\d{1,6}(\.\d+)?$/.test(text)) throw new InvalidArgumentError('give a number of seconds.');
  return Number(text);
}

export function lineCount(text: string): number {
  if (!/^\d{1,4}$/.test(text) || Number(text) > PAST_LINES_MAX) throw new InvalidArgumentError(`give a number up to ${String(PAST_LINES_MAX)}.`);
  return Number(text);
}

export function portNumber(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) === 0 || Number(text) > PORT_MAX) throw new InvalidArgumentError('give a port from 1 to 65535.');
  return Number(text);
}
