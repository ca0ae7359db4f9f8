/**
 * What the launchers in Weston's bar look like. It has one each 32 pixels, whatever their width, which is little for a finger: an application has three
 * of them side by side, which together are one picture.
 */
import { box, type Colour, disc, draw, everywhere, type Layer, outline, type Shape, stroke } from './drawing.ts';

const SLOT = 32;
const SLOTS = 3;
const WIDTH = SLOT * SLOTS;
/** The bar is 32 pixels high. */
const HEIGHT = 28;
const MIDDLE = WIDTH / 2;
const WHITE: Colour = [255, 255, 255, 1];

/** A place in the bar with nothing in it. */
export function gap(): Buffer {
  return draw(SLOT, HEIGHT, [{ shape: everywhere, colour: [0, 0, 0, 0] }]);
}

function pictogram(background: Colour, shapes: readonly (Shape | Layer)[]): Buffer[] {
  const layers = [
    { shape: box(1, 1, WIDTH - 2, HEIGHT - 2, 13), colour: background },
    ...shapes.map((shape) => (typeof shape === 'function' ? { shape, colour: WHITE } : shape)),
  ];
  return Array.from({ length: SLOTS }, (_, slot) => draw(SLOT, HEIGHT, layers, slot * SLOT));
}

export function terminal(): Buffer[] {
  return pictogram([34, 24, 52, 1], [stroke(3, [MIDDLE - 12, 8], [MIDDLE - 5, 14], [MIDDLE - 12, 20]), stroke(3, [MIDDLE, 21], [MIDDLE + 11, 21])]);
}

export function editor(): Buffer[] {
  const lines = [8, 13, 18].map((y, index) => stroke(2, [MIDDLE - 8, y + 1], [MIDDLE + (index === 2 ? 1 : 8), y + 1]));
  return pictogram([208, 92, 66, 1], [outline(box(MIDDLE - 14, 3, 28, 22, 4), 2), ...lines]);
}

export function photograph(): Buffer[] {
  return pictogram([58, 128, 104, 1], [
    outline(box(MIDDLE - 16, 4, 32, 20, 4), 2),
    disc(MIDDLE - 7, 10, 2.5),
    stroke(2, [MIDDLE - 13, 21], [MIDDLE - 4, 14], [MIDDLE + 1, 18], [MIDDLE + 7, 11], [MIDDLE + 13, 19]),
  ]);
}

export function flower(): Buffer[] {
  const petals = [0, 1, 2, 3, 4].map((turn) => disc(MIDDLE + 7 * Math.sin((turn * 2 * Math.PI) / 5), 14 - 7 * Math.cos((turn * 2 * Math.PI) / 5), 4.6));
  return pictogram([122, 70, 168, 1], [...petals, { shape: disc(MIDDLE, 14, 4), colour: [255, 205, 90, 1] }]);
}
