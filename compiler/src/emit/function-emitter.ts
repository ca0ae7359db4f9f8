/** One function's C while it grows: lines, temporaries, and the place in the TypeScript source of each. */
import ts from 'typescript';
import type { FunctionInfo } from '../model/declarations.ts';
import type { Target } from '../target.ts';
import type { SharedText } from './shared-text.ts';

export class FunctionEmitter {
  readonly lines: string[] = [];
  #temporaries = 0;
  #depth = 1;
  readonly of: FunctionInfo;
  readonly shared: SharedText;
  readonly target: Target;
  /** Where `continue` goes when the loop's C form is not its TypeScript form. */
  continueLabels: (string | undefined)[] = [];

  constructor(of: FunctionInfo, shared: SharedText, target: Target) {
    this.of = of;
    this.shared = shared;
    this.target = target;
  }

  line(text: string): void {
    this.lines.push('  '.repeat(this.#depth) + text);
  }

  place(node: ts.Node): void {
    this.lines.push(lineDirective(node));
  }

  open(text: string): void {
    this.line(text);
    this.#depth++;
  }

  close(text = '}'): void {
    this.#depth--;
    this.line(text);
  }

  newName(stem: string): string {
    this.#temporaries++;
    return `${stem}__${this.#temporaries}`;
  }
}

export function lineDirective(node: ts.Node): string {
  const file = node.getSourceFile();
  const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
  return `#line ${line + 1} ${JSON.stringify(file.fileName)}`;
}
