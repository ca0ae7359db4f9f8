/**
 * Citations of foreign documents in comments, and the list of them in docs/references.md.
 *
 *     [DDI0487 D8.3 "Translation table descriptor formats", "Exception entry"]     document, then sections
 *     [Linux, Documentation/arch/arm64/booting.rst "Call the kernel image"]        Linux: a file in its sources
 */
import type { TextFile } from '../tidy/tree.ts';

export interface Section {
  readonly document: string;
  /** Empty where the citation is by title alone. */
  readonly number: string;
  readonly title: string;
}

export interface Citation extends Section {
  /** Where it was found: a file's path. */
  readonly path: string;
}

const SECTION = /([A-Z]?\d+(?:\.\d+)*)?\s*"([^"]+)"/g;
const LINUX_FILE = /\bLinux, ([\w.-]+(?:\/[\w.-]+)+)/;

/** A bracket that begins with one of `documents`. */
function brackets(text: string, documents: readonly string[]): readonly (readonly [document: string, content: string])[] {
  const names = documents.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  const found = text.matchAll(new RegExp(`\\[(${names})\\b([^\\]]*)\\]`, 'g'));
  return [...found].map(([, document = '', content = '']) => [document, content]);
}

/** Comments run over lines: their stars and indentation go. */
function joined(text: string): string {
  return text.replace(/\n\s*(?:\*|\/\/)?[ \t]*/g, ' ');
}

export function citations(file: TextFile, documents: readonly string[]): readonly Citation[] {
  const { path } = file;
  return brackets(joined(file.text), documents).flatMap(([document, content]) => {
    const linuxFile = LINUX_FILE.exec(`${document}${content}`)?.[1];
    if (linuxFile !== undefined) return [{ path, document, number: '', title: linuxFile }];
    return [...content.matchAll(SECTION)].map(([, number = '', title = '']) => ({ path, document, number, title }));
  });
}

/** Anything in brackets that looks like a citation, of whatever document. */
export function bracketsWithTitles(text: string): readonly string[] {
  return [...joined(text).matchAll(/\[([A-Z][A-Za-z0-9 .,/_-]*?"[^"\]]+"[^\]]*)\]/g)].map(([, content = '']) => content);
}

function cells(row: string): readonly string[] {
  return row.split('|').slice(1, -1).map((cell) => cell.replaceAll('`', '').trim());
}

/** The rows of the table below the heading `title`. */
function tableBelow(markdown: string, title: string): readonly (readonly string[])[] {
  const part = markdown.split(/^## /m).find((section) => section.startsWith(title)) ?? '';
  return part.split('\n').filter((line) => line.startsWith('|')).slice(2).map(cells);
}

/** What docs/references.md lists: the documents by the names that citations use, and the sections. */
export function references(markdown: string): { readonly documents: readonly string[]; readonly sections: readonly Section[] } {
  return {
    documents: tableBelow(markdown, 'Documents').map(([name = '']) => name),
    sections: tableBelow(markdown, 'Sections').map(([document = '', number = '', title = '']) => ({ document, number, title })),
  };
}

export function sectionText({ document, number, title }: Section): string {
  return [document, number, `"${title}"`].filter((part) => part !== '').join(' ');
}
