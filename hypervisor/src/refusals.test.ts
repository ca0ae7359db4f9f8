/** The reasons for not starting, as they are printed. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ManifestBoard } from '../test/manifest-board.ts';

it('are what the table says, word for word', async () => {
  const source = readFileSync(fileURLToPath(new URL('refusals.ts', import.meta.url)), 'utf8');
  const texts = [...source.matchAll(/\{ refusal: Refusal\.\w+, text: '(.*)' \},$/gm)].map(([, text]) => text);
  const board = new ManifestBoard();
  await board.start();
  board.boot.call.uartUse(board.line.base, 0, 8);
  board.boot.call.refusalsSay();
  expect(board.line.takeLines()).toEqual(texts);
  expect(texts.length).toBeGreaterThan(30);
});
