/** The two wallpapers, by which one knows the personas at a glance: an evening on the hills, and a blueprint. */
import { below, box, type Colour, disc, draw, everywhere, gradient, grid, type Layer, outline, stroke } from './drawing.ts';

/** Of a handset's panel; a desktop fits them to another one. */
const WIDTH = 720;
const HEIGHT = 1440;

export function evening(): Buffer {
  const hill = (top: number, rise: number, length: number, at: number, colour: Colour): Layer => ({
    shape: below((x) => top - rise * Math.sin((x + at) / length)),
    colour,
  });
  return draw(WIDTH, HEIGHT, [
    { shape: everywhere, colour: gradient(1050, [45, 22, 92, 1], [160, 58, 116, 1], [247, 131, 92, 1], [255, 205, 128, 1]) },
    { shape: disc(470, 800, 190), colour: [255, 226, 160, 0.25] },
    { shape: disc(470, 800, 140), colour: [255, 236, 190, 1] },
    hill(900, 60, 130, 40, [184, 79, 110, 1]),
    hill(1010, 70, 170, 300, [124, 49, 104, 1]),
    hill(1140, 60, 120, 90, [78, 32, 86, 1]),
    hill(1270, 40, 200, 500, [46, 20, 66, 1]),
  ]);
}

export function blueprint(): Buffer {
  const line: Colour = [120, 200, 235, 0.16];
  const bright: Colour = [150, 220, 250, 0.55];
  const drawn = [
    outline(box(240, 420, 240, 480, 36), 3),
    outline(box(258, 470, 204, 380, 6), 2),
    outline(disc(360, 876, 14), 2),
    stroke(3, [330, 444], [390, 444]),
    stroke(2, [180, 420], [180, 900]),
    stroke(2, [170, 420], [190, 420]),
    stroke(2, [170, 900], [190, 900]),
    stroke(2, [240, 960], [480, 960]),
    stroke(2, [240, 950], [240, 970]),
    stroke(2, [480, 950], [480, 970]),
  ];
  return draw(WIDTH, HEIGHT, [
    { shape: everywhere, colour: gradient(HEIGHT, [10, 44, 70, 1], [13, 66, 98, 1], [8, 36, 58, 1]) },
    { shape: grid(60), colour: line },
    ...drawn.map((shape) => ({ shape, colour: bright })),
  ]);
}
