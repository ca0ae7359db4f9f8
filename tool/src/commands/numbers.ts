/** Numbers in options: whole, positive, or refused by the option's name. */
import { InvalidArgumentError } from 'commander';

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0) throw new InvalidArgumentError('give a whole number above 0.');
  return Number(text);
}

export function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d{1,6}(\.\d+)?$/.test(text) || value === 0) throw new InvalidArgumentError('give a number of seconds above 0.');
  return value;
}
