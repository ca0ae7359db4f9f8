/**
 * A guest's line as plain text: no guest may colour, move or clear what belongs to another.
 */

// eslint-disable-next-line no-control-regex -- control sequences are what this removes
const SEQUENCES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[ -/]*[0-~])/g;
// eslint-disable-next-line no-control-regex -- and control characters, but for the tab
const CONTROLS = /[\x00-\x08\x0a-\x1f\x7f\x80-\x9f]/g;

export function plainText(line: string): string {
  return line.replace(SEQUENCES, '').replace(CONTROLS, '');
}

/** What a line looks like once its carriage returns and backspaces are done: an edited command, for one. */
export function settledText(line: string): string {
  const cells: string[] = [];
  let column = 0;
  for (const character of line.replace(SEQUENCES, '')) {
    if (character === '\r') column = 0;
    else if (character === '\b') column = Math.max(0, column - 1);
    else cells[column++] = character;
  }
  return plainText(cells.join(''));
}
