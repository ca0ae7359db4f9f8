/**
 * Source files as the editor has them, unsaved changes included. A file is parsed once for each of its
 * versions; all others are kept from check to check.
 */
import ts from 'typescript';

interface Parsed { readonly version: string; readonly source: ts.SourceFile }

/** The texts that are open in an editor. */
export interface OpenTexts {
  getScriptVersion(fileName: string): string;
  getScriptSnapshot(fileName: string): { getText(start: number, end: number): string; getLength(): number } | undefined;
}

export class EditorHost implements ts.CompilerHost {
  readonly #open: OpenTexts;
  readonly #disk = ts.createCompilerHost({});
  readonly #parsed = new Map<string, Parsed>();

  constructor(open: OpenTexts) {
    this.#open = open;
  }

  getSourceFile(fileName: string, languageVersion: ts.ScriptTarget | ts.CreateSourceFileOptions): ts.SourceFile | undefined {
    const version = this.#version(fileName);
    const known = this.#parsed.get(fileName);
    if (known !== undefined && known.version === version) return known.source;
    const text = this.readFile(fileName);
    if (text === undefined) return undefined;
    const source = ts.createSourceFile(fileName, text, languageVersion, true);
    this.#parsed.set(fileName, { version, source });
    return source;
  }

  /** A file that no editor has is told apart by its time of change. */
  #version(fileName: string): string {
    if (this.#open.getScriptSnapshot(fileName) !== undefined) return `open ${this.#open.getScriptVersion(fileName)}`;
    return `disk ${String(ts.sys.getModifiedTime?.(fileName)?.getTime())}`;
  }

  readFile(fileName: string): string | undefined {
    const snapshot = this.#open.getScriptSnapshot(fileName);
    return snapshot === undefined ? this.#disk.readFile(fileName) : snapshot.getText(0, snapshot.getLength());
  }

  fileExists(fileName: string): boolean {
    return this.#open.getScriptSnapshot(fileName) !== undefined || this.#disk.fileExists(fileName);
  }

  directoryExists(directoryName: string): boolean {
    return ts.sys.directoryExists(directoryName);
  }

  realpath(path: string): string {
    return ts.sys.realpath?.(path) ?? path;
  }

  getDefaultLibFileName(options: ts.CompilerOptions): string {
    return this.#disk.getDefaultLibFileName(options);
  }

  getCurrentDirectory(): string {
    return this.#disk.getCurrentDirectory();
  }

  getCanonicalFileName(fileName: string): string {
    return this.#disk.getCanonicalFileName(fileName);
  }

  useCaseSensitiveFileNames(): boolean {
    return this.#disk.useCaseSensitiveFileNames();
  }

  getNewLine(): string {
    return '\n';
  }

  /** Checking writes nothing. */
  writeFile(): void {}
}
