/** Links in documents that lead nowhere. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { projectRoot } from '../project.ts';
import type { TextFile } from './tree.ts';

/** Targets of `[text](target)` and `![text](target)`, code blocks aside. */
export function linkTargets(text: string): readonly string[] {
  const prose = text.replace(/^(```|~~~)[^]*?^\1/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)/g)].map((match) => match[1] ?? '');
}

/** The anchors that a document's headings have, as the usual renderers make them. */
export function headingAnchors(text: string): ReadonlySet<string> {
  const headings = [...text.matchAll(/^#{1,6} +(.*?) *$/gm)].map((match) => match[1] ?? '');
  return new Set(headings.map((heading) => heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-')));
}

/** What is wrong with the links of a document, or null where a target is elsewhere in the world. */
export function deadLinks({ path, text }: TextFile): readonly string[] {
  return linkTargets(text).filter((target) => !leadsSomewhere(target, path, text)).map((target) => `${path}: ${target}`);
}

function leadsSomewhere(target: string, path: string, text: string): boolean {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return true;
  const [file = '', anchor] = target.split('#');
  if (file === '') return anchor !== undefined && headingAnchors(text).has(anchor);
  const full = join(projectRoot, normalize(join(dirname(path), decodeURIComponent(file))));
  if (!existsSync(full)) return false;
  return anchor === undefined || !full.endsWith('.md') || headingAnchors(readFileSync(full, 'utf8')).has(anchor);
}
