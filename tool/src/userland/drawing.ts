/**
 * Pictures out of shapes: wallpapers, and the pictograms of launchers.
 *
 * A shape is its signed distance: how far a place is from its outline, in pixels, negative inside. Half a pixel on either side of it is blended, so
 * that outlines are smooth.
 */
import { pngFile } from './png.ts';

/** Red, green, blue, 0 to 255, and how opaque it is, 0 to 1. */
export type Colour = readonly [number, number, number, number];
export type Shape = (x: number, y: number) => number;

export interface Layer {
  readonly shape: Shape;
  readonly colour: Colour | ((x: number, y: number) => Colour);
}

/** All of the picture. */
export const everywhere: Shape = () => -1;

export function disc(centreX: number, centreY: number, radius: number): Shape {
  return (x, y) => Math.hypot(x - centreX, y - centreY) - radius;
}

export function box(left: number, top: number, width: number, height: number, corner: number): Shape {
  const [halfWidth, halfHeight] = [width / 2, height / 2];
  return (x, y) => {
    const outX = Math.abs(x - left - halfWidth) - halfWidth + corner;
    const outY = Math.abs(y - top - halfHeight) - halfHeight + corner;
    return Math.hypot(Math.max(outX, 0), Math.max(outY, 0)) + Math.min(Math.max(outX, outY), 0) - corner;
  };
}

/** A line with round ends through some points. */
export function stroke(width: number, ...points: readonly (readonly [number, number])[]): Shape {
  return (x, y) => {
    let nearest = Infinity;
    for (let index = 1; index < points.length; index += 1) {
      const [fromX, fromY] = points[index - 1]!;
      const [toX, toY] = points[index]!;
      const [alongX, alongY] = [toX - fromX, toY - fromY];
      const part = Math.min(1, Math.max(0, ((x - fromX) * alongX + (y - fromY) * alongY) / (alongX ** 2 + alongY ** 2)));
      nearest = Math.min(nearest, Math.hypot(x - fromX - part * alongX, y - fromY - part * alongY));
    }
    return nearest - width / 2;
  };
}

/** Lines of one pixel, one each `step` pixels across and down. */
export function grid(step: number): Shape {
  return (x, y) => Math.min(x % step, y % step) - 1;
}

/** Only the outline of a shape. */
export function outline(shape: Shape, width: number): Shape {
  return (x, y) => Math.abs(shape(x, y)) - width / 2;
}

/** All that is below a curve. */
export function below(height: (x: number) => number): Shape {
  return (x, y) => height(x) - y;
}

/** From one colour at the top to others further down, which are evenly spaced. */
export function gradient(height: number, ...colours: readonly Colour[]): (x: number, y: number) => Colour {
  return (_x, y) => {
    const place = (Math.min(Math.max(y / height, 0), 1)) * (colours.length - 1);
    const index = Math.min(Math.floor(place), colours.length - 2);
    const [from, to] = [colours[index]!, colours[index + 1]!];
    const mix = (channel: 0 | 1 | 2 | 3): number => from[channel] + (to[channel] - from[channel]) * (place - index);
    return [mix(0), mix(1), mix(2), mix(3)];
  };
}

/** The picture of `layers`, each on top of those before it, as a PNG file: of the part that begins `left` from where they do. */
export function draw(width: number, height: number, layers: readonly Layer[], left = 0): Buffer {
  const pixels = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      pixels.set(pixelOf(layers, left + x + 0.5, y + 0.5), (y * width + x) * 4);
    }
  }
  return pngFile(width, height, pixels);
}

function pixelOf(layers: readonly Layer[], x: number, y: number): number[] {
  // Red, green and blue are kept multiplied by alpha until the end.
  let [red, green, blue, alpha] = [0, 0, 0, 0];
  for (const { shape, colour } of layers) {
    const covered = Math.min(1, Math.max(0, 0.5 - shape(x, y)));
    if (covered === 0) continue;
    const [r, g, b, a] = typeof colour === 'function' ? colour(x, y) : colour;
    const part = a * covered;
    red = r * part + red * (1 - part);
    green = g * part + green * (1 - part);
    blue = b * part + blue * (1 - part);
    alpha = part + alpha * (1 - part);
  }
  const whole = alpha === 0 ? 1 : alpha;
  return [red / whole, green / whole, blue / whole, alpha * 255].map(Math.round);
}
