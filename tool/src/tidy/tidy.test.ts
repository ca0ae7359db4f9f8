/** How the tree must read: the parts of CONTRIBUTING.md that a program can check. */
import { basename, dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { deadLinks, headingAnchors, linkTargets } from './markdown-links.ts';
import { matches, ownFiles, textFiles } from './tree.ts';

const FILE_LINES_MAX = 500;
const FILE_LINES_MEDIAN_MAX = 150;

const sources = textFiles('.ts');
const documents = textFiles('.md');

describe('the tree', () => {
  test('is found at all', () => {
    expect(sources.map(({ path }) => path)).toContain('tool/src/main.ts');
    expect(ownFiles()).toContain('package.json');
  });

  test('has file and folder names in kebab case', () => {
    const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*\.ts$/;
    const wrong = sources.filter(
      ({ path }) =>
        !kebab.test(basename(path)) || !dirname(path).split('/').every((folder) => /^(\.|[a-z0-9]+(-[a-z0-9]+)*)$/.test(folder)),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('has no file named after nothing', () => {
    const vague = /(^|[-./])(utils?|helpers?|commons?|misc|managers?)([-./]|$)/;
    expect(ownFiles().filter((path) => vague.test(path))).toEqual([]);
  });

  test(`has no source above ${String(FILE_LINES_MAX)} lines, and half of them at most ${String(FILE_LINES_MEDIAN_MAX)}`, () => {
    const lines = sources.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));
    expect(lines.filter((file) => file.lines > FILE_LINES_MAX)).toEqual([]);
    const sorted = lines.map((file) => file.lines).sort((a, b) => a - b);
    expect(sorted[sorted.length >> 1]).toBeLessThanOrEqual(FILE_LINES_MEDIAN_MAX);
  });

  test('names no host that packages come from', () => {
    const hosts = /\b(registry\.(npmjs|yarnpkg)|(deb|security|ftp|snapshot)\.debian|(archive|ports|security)\.ubuntu|(docker|ghcr)\.io)\b/;
    const written = textFiles('.ts', '.json', '.md', '.npmrc', '.ci/run', '.ld', '.sh');
    expect(written.some(({ path }) => path === 'package-lock.json')).toBe(true);
    expect(matches(written, hosts)).toEqual([]);
  });

  test('leaves nothing to do in a comment', () => {
    expect(matches(sources, /\/\/.*\b(TO-?DO|FIX-?ME|XXX|HACK)\b/)).toEqual([]);
  });

  test('has relative imports with the extension of a source', () => {
    expect(matches(sources, /^(import|export) .* from '\.{1,2}\/[^']*(?<!\.ts|\.json)'/)).toEqual([]);
  });

  test('has documents whose links lead somewhere', () => {
    expect(documents.length).toBeGreaterThan(0);
    expect(documents.flatMap(deadLinks)).toEqual([]);
  });
});

describe('what finds dead links', () => {
  test('takes targets from prose, not from code', () => {
    expect(linkTargets('[a](x.md) ![b](y/z.png "title")\n```\n[c](no.md)\n```\n`[d](no.md)` [e](#part)')).toEqual([
      'x.md', 'y/z.png', '#part',
    ]);
  });

  test('knows the anchors of headings', () => {
    expect([...headingAnchors('# One: two `three`\n\n## 4. Five')]).toEqual(['one-two-three', '4-five']);
  });

  test('refuses a file and an anchor that are not there, and accepts those that are', () => {
    const text = '# Here\n[a](../package.json) [b](nowhere.md) [c](#here) [d](#there) [e](https://example.org/x)';
    expect(deadLinks({ path: 'docs/sample.md', text })).toEqual(['docs/sample.md: nowhere.md', 'docs/sample.md: #there']);
  });
});
