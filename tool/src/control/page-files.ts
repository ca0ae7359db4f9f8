/**
 * The page's files, made from web/ when the first browser asks, and what a browser is told about them: it may load nothing
 * from anywhere else, be framed by nobody, and keep nothing.
 */
import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { build } from 'esbuild';
import { projectRoot } from '../project.ts';

const webFolder = resolve(projectRoot, 'web');

/** Stands in web/index.html where each answer has another random word. */
const NONCE_MARK = '%NONCE%';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

export interface PageFile {
  readonly type: string;
  readonly text: string;
}

export type PageFiles = ReadonlyMap<string, PageFile>;

let made: Promise<PageFiles> | null = null;

/** By the names in the page's address; the page itself has none. */
export function pageFiles(): Promise<PageFiles> {
  made ??= make().catch((error: unknown) => {
    made = null;
    throw error;
  });
  return made;
}

async function make(): Promise<PageFiles> {
  const html = await readFile(resolve(webFolder, 'index.html'), 'utf8');
  const { outputFiles } = await build({
    entryPoints: [resolve(webFolder, 'src/page.ts'), resolve(webFolder, 'src/page.css')],
    absWorkingDir: webFolder,
    outdir: '/',
    bundle: true,
    // What only some handsets need is a file of its own, which the page loads when it does.
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  });
  const files = outputFiles.map(({ path, text }) => [path.slice(1), { type: TYPES[extname(path)] ?? '', text }] as const);
  return new Map([['', { type: TYPES['.html'] ?? '', text: html }], ...files]);
}

/** The file as it is sent once. */
export function withNonce({ text }: PageFile, nonce: string): string {
  return text.replaceAll(NONCE_MARK, nonce);
}

/** `nonce` lets the terminals' own style sheets in, and no others. */
export function pageHeaders(type: string, nonce: string, port: number): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src data:",
    `connect-src ws://127.0.0.1:${String(port)}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ];
  return {
    'Content-Type': type,
    'Content-Security-Policy': policy.join('; '),
    'Cache-Control': 'no-store',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  };
}
