/**
 * The compiler's diagnostics in editors: a plugin for TypeScript's own server, which every editor with
 * TypeScript support runs. A project asks for it in tsconfig.json:
 *
 *     "plugins": [{ "name": "@thimble/compiler/src/language-service/load.cjs" }]
 *
 * Each file is checked as the entry of a program: it and all that it imports, with the texts that are being
 * edited. Complaints about an imported file show when that file itself is open.
 */
import type ts from 'typescript';
import { check } from '../index.ts';
import { EditorHost } from './editor-host.ts';
import { toEditor } from './editor-diagnostic.ts';

type Diagnostics = readonly ts.Diagnostic[];

/** What `check` says about one file, asked again only when the editor's program has changed. */
class FileChecks {
  readonly #host: EditorHost;
  readonly #category: ts.DiagnosticCategory;
  #program: ts.Program | undefined;
  #found = new Map<string, Diagnostics>();

  constructor(host: EditorHost, category: ts.DiagnosticCategory) {
    this.#host = host;
    this.#category = category;
  }

  of(program: ts.Program, fileName: string): Diagnostics {
    if (program !== this.#program) this.#found = new Map();
    this.#program = program;
    let found = this.#found.get(fileName);
    if (found === undefined) this.#found.set(fileName, (found = this.#check(program, fileName)));
    return found;
  }

  #check(program: ts.Program, fileName: string): Diagnostics {
    const source = program.getSourceFile(fileName);
    if (source === undefined || source.isDeclarationFile) return [];
    const own = check(fileName, this.#host).filter(({ code, file }) => code.startsWith('TH') && file === fileName);
    return own.map((diagnostic) => toEditor(diagnostic, source, this.#category));
  }
}

function create(info: ts.server.PluginCreateInfo, category: ts.DiagnosticCategory): ts.LanguageService {
  const { languageService, languageServiceHost, project } = info;
  const checks = new FileChecks(new EditorHost(languageServiceHost), category);
  const log = (text: string): void => project.projectService.logger.info(`thimble: ${text}`);
  const getSemanticDiagnostics = (fileName: string): ts.Diagnostic[] => {
    const own = languageService.getSemanticDiagnostics(fileName);
    const program = languageService.getProgram();
    if (program === undefined) return own;
    try {
      return [...own, ...checks.of(program, fileName)];
    } catch (error) {
      // A half-typed program may be one that the compiler has not met; tsc's own messages go on showing.
      log(error instanceof Error ? (error.stack ?? error.message) : String(error));
      return own;
    }
  };
  return { ...languageService, getSemanticDiagnostics };
}

/** `typescript` is the editor's own, which may be another version than the compiler's. */
export function plugin({ typescript }: { readonly typescript: typeof ts }): ts.server.PluginModule {
  return { create: (info) => create(info, typescript.DiagnosticCategory.Error) };
}
