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
