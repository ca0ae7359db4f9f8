/** A document that a program writes from the sources: nobody edits it, and a test says when it is stale. */
export interface GeneratedDocument {
  /** Relative to the project's root. */
  readonly path: string;
  readonly text: string;
}

/** Cells as a Markdown table, one line a row. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('');
}

/** The first lines of every generated document. */
export function heading(title: string, sources: readonly string[]): string {
  const from = sources.map((source) => `\`${source}\``).join(', ');
  return `# ${title}\n\nGenerated from ${from} by \`npm run thimble -- documents\`. Do not edit.\n\n`;
}

/** A comment's text on one line. */
export function commentText(comment: string): string {
  return comment.replace(/\s*\n\s*\*?\s*/g, ' ').trim();
}
