/** The panel in a browser's page, as the tests of it see it and touch it. */
import type { Locator, Page } from 'playwright-core';

export const WIDTH = 720;
export const HEIGHT = 1440;

export function canvas(page: Page): Locator {
  return page.getByRole('application', { name: /^panel/ });
}

/** What the page shows of the panel at some of its pixels. */
export function pixels(page: Page, ...places: readonly (readonly [number, number])[]): Promise<number[][]> {
  return canvas(page).evaluate(
    (shown: { getContext(kind: string): { getImageData(x: number, y: number, w: number, h: number): { data: ArrayLike<number> } } }, at) =>
      at.map(([x, y]) => Array.from(shown.getContext('2d').getImageData(x, y, 1, 1).data).slice(0, 3)),
    places,
  );
}

/** A place of the panel in the page. */
export async function placeOf(page: Page, x: number, y: number): Promise<[number, number]> {
  const box = await canvas(page).boundingBox();
  if (box === null) throw new Error('the panel is not to be seen');
  return [box.x + (x * box.width) / WIDTH, box.y + (y * box.height) / HEIGHT];
}

/** Which button says that it is in front. */
export function inFront(page: Page, name: RegExp | string): Locator {
  return page.getByRole('group', { name: 'in front' }).getByRole('button', { name, pressed: true });
}
