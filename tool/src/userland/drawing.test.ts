import { inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { box, type Colour, disc, draw, everywhere, gradient } from './drawing.ts';

const RED: Colour = [255, 0, 0, 1];
const BLUE: Colour = [0, 0, 255, 1];

/** A pixel of a PNG file as we write them, and what its chunks are called. */
function read(file: Buffer): { readonly chunks: string[]; readonly size: readonly number[]; pixel(x: number, y: number): number[] } {
  const chunks: string[] = [];
  let data = Buffer.alloc(0);
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    const type = file.toString('latin1', at + 4, at + 8);
    if (type === 'IDAT') data = inflateSync(file.subarray(at + 8, at + 8 + length));
    chunks.push(type);
    at += length + 12;
  }
  const width = file.readUInt32BE(16);
  return { chunks, size: [width, file.readUInt32BE(20)], pixel: (x, y) => [...data.subarray(y * (width * 4 + 1) + 1 + x * 4).subarray(0, 4)] };
}

describe('a picture', () => {
  test('is a PNG file of its size', () => {
    const file = draw(5, 3, []);
    expect(file.subarray(0, 8).toString('latin1')).toBe('\u0089PNG\r\n\u001a\n');
    expect(read(file)).toMatchObject({ chunks: ['IHDR', 'IDAT', 'IEND'], size: [5, 3] });
    // The checksum of the empty chunk that ends every PNG file.
    expect(file.subarray(-4).toString('hex')).toBe('ae426082');
  });

  test('has each shape on top of those before it, and is clear where there is none', () => {
    const picture = read(draw(20, 10, [{ shape: box(0, 0, 10, 10, 0), colour: RED }, { shape: disc(5, 5, 2), colour: BLUE }]));
    expect([picture.pixel(1, 1), picture.pixel(5, 5), picture.pixel(15, 5)]).toEqual([[255, 0, 0, 255], [0, 0, 255, 255], [0, 0, 0, 0]]);
  });

  test('has smooth outlines: a pixel that is half in a shape is half its colour', () => {
    const picture = read(draw(4, 1, [{ shape: everywhere, colour: BLUE }, { shape: box(-5, -5, 7.5, 20, 0), colour: RED }]));
    expect(picture.pixel(2, 0)).toEqual([128, 0, 128, 255]);
  });

  test('may be a part of a wider one', () => {
    const layers = [{ shape: disc(12, 5, 3), colour: RED }];
    expect(read(draw(8, 10, layers, 8)).pixel(4, 5)).toEqual(read(draw(16, 10, layers)).pixel(12, 5));
  });

  test('may go from one colour to another', () => {
    const colour = gradient(100, RED, BLUE);
    expect([colour(0, 0), colour(0, 50), colour(0, 100), colour(0, 200)]).toEqual([[255, 0, 0, 1], [127.5, 0, 127.5, 1], [0, 0, 255, 1], [0, 0, 255, 1]]);
  });
});
