/** Whether what a page says can be read: the contrast of its texts, as WCAG 2.1 has it ("1.4.3 Contrast (Minimum)"). */
import type { Page } from 'playwright-core';

/** What level AA asks of text that is not large. */
export const CONTRAST_MIN = 4.5;

/** In the page: each text that is seen, with the contrast of its letters with what is painted under them. Terminals have colours of their own. */
const CONTRASTS = `(() => {
  const dot = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const channels = (colour) => {
    dot.clearRect(0, 0, 1, 1);
    dot.fillStyle = colour;
    dot.fillRect(0, 0, 1, 1);
    return [...dot.getImageData(0, 0, 1, 1).data];
  };
  const over = (colour, opacity, ground) => {
    const [, , , alpha] = channels(colour);
    const share = (alpha / 255) * opacity;
    return channels(colour).slice(0, 3).map((channel, index) => channel * share + ground[index] * (1 - share));
  };
  const luminance = (colour) => {
    const [red, green, blue] = colour.map((channel) => (channel / 255 <= 0.04045 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const lineage = (element) => (element === null ? [] : [...lineage(element.parentElement), element]);
  const found = [];
  for (const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); texts.nextNode(); ) {
    const element = texts.currentNode.parentElement;
    const text = texts.currentNode.textContent.trim();
    if (text === '' || element.closest('.xterm, :disabled') || !element.checkVisibility()) continue;
    const line = lineage(element);
    const ground = line.reduce((under, each) => over(getComputedStyle(each).backgroundColor, 1, under), [255, 255, 255]);
    const opacity = line.reduce((product, each) => product * Number(getComputedStyle(each).opacity), 1);
    const [dark, light] = [luminance(ground), luminance(over(getComputedStyle(element).color, opacity, ground))].sort((a, b) => a - b);
    found.push([text, (light + 0.05) / (dark + 0.05)]);
  }
  return found;
})()`;

/** The page's texts and their contrasts. */
export function contrasts(page: Page): Promise<[string, number][]> {
  return page.evaluate(CONTRASTS);
}
