import { expect, it } from 'vitest';
import { pictureName } from './picture-name.ts';

it('a picture is named after the handset and the time, so that pictures stand in their order', () => {
  const names = [new Date(2026, 10, 26, 9, 30, 5), new Date(2026, 10, 26, 13, 4, 0), new Date(2027, 0, 2, 0, 0, 0)].map((taken) => pictureName('phone', taken));
  expect(names).toEqual(['phone-2026-11-26-093005.png', 'phone-2026-11-26-130400.png', 'phone-2027-01-02-000000.png']);
  expect([...names].sort()).toEqual(names);
});
