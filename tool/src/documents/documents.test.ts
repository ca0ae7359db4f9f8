/** The documents say what the sources say: generated ones are current, written ones complete. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compiledHypervisor } from '../handset/build-handset.ts';
import { KEY_HELP } from '../terminal/key-filter.ts';
import { projectRoot } from '../project.ts';
import { ownFiles, textFiles } from '../tidy/tree.ts';
import { DEVICE_TREES_DOCUMENT } from './device-tree-table.ts';
import { bracketsWithTitles, citations, references, sectionText } from './citations.ts';
import { controllerCalls } from './controller-call-table.ts';
import { generatedDocuments } from './index.ts';
import { hypercalls } from './hypercall-table.ts';
import { dispatch } from './trap-table.ts';

const ARCHITECTURE_LINES_MAX = 300;
const DECISION_LINES_MAX = 60;
/** How far the image may grow or shrink before the README's figure misleads. */
const SIZE_TOLERANCE = 0.05;

function read(path: string): string {
  return readFileSync(join(projectRoot, path), 'utf8');
}

const generated = await generatedDocuments();

/** Device trees of another kernel package give another document, which is no fault of the sources. */
function isComparable(path: string, text: string): boolean {
  const packageOf = (from: string): string | undefined => /`(linux-image-[^`]+)`/.exec(from)?.[1];
  return path !== DEVICE_TREES_DOCUMENT || packageOf(read(path)) === packageOf(text);
}

describe('generated documents', () => {
  test.each(generated.filter(({ path, text }) => isComparable(path, text)).map(({ path, text }) => [path, text]))('%s is what the sources say (else: npm run thimble -- documents)', (path, text) => {
    expect(existsSync(join(projectRoot, path)) ? read(path) : '(missing)').toBe(text);
  });

  test('hold what is known to be in the sources', () => {
    const [registers = '', traps = '', calls = '', controllerCalls = '', boards = ''] = generated.map(({ text }) => text);
    expect(registers).toMatch(/^\| `HCR_EL2` \| VM 0, SWIO 1, .*BSU 11:10/m);
    expect(traps).toMatch(/^\| 0x24 \| DataAbortLower \| `aborts\.data` \|$/m);
    expect(calls).toMatch(/^\| 0x84000000 \| PSCI_VERSION \| 32-bit \|/m);
    expect(controllerCalls).toMatch(/^\| 0xc6000070 \| MACHINE_PAUSE \| machine \| keeps it off its processors/m);
    expect(boards).toContain('`arm,pl011`');
  });
});

describe('what reads the sources', () => {
  test('pairs each exception class with the first call after it', () => {
    const source = `
      if (exceptionClass === u32(ExceptionClass.Hvc64)) {
        return psci.call(cpu, vcpu);
      }
      switch (exceptionClass) {
        case u32(ExceptionClass.WaitForInterrupt):
          advance();
          return scheduler.waitForInterrupt(cpu, vcpu);
        default:
          return guestExceptions.undefinedInstruction(vcpu);
      }`;
    const { handlers, otherwise } = dispatch(source);
    expect([...handlers]).toEqual([['Hvc64', 'psci.call'], ['WaitForInterrupt', 'scheduler.waitForInterrupt']]);
    expect(otherwise).toBe('guestExceptions.undefinedInstruction');
    expect(() => dispatch(source.replace('return psci.call(cpu, vcpu);', ''))).toThrow('ExceptionClass.Hvc64');
  });

  test('takes function identifiers, not return values', () => {
    const source = 'const CPU_ON = 0xc400_0003;\nconst SUCCESS = 0n;\nconst MASK = 0xff;\nconst PSCI_VERSION = 0x8400_0000;\n';
    expect(hypercalls(source).map(({ name }) => name)).toEqual(['PSCI_VERSION', 'CPU_ON']);
  });

  test('takes the controller\'s calls with what their comments say', () => {
    const source = '/** Not a call. */\nexport const ABI = 1n;\n/** (a): does b. */\nexport const B = 0xc600_0001;\n/**\n * (a,\n * c): does d,\n * well.\n */\nexport const A = 0xc600_0000;\n';
    expect(controllerCalls(source)).toEqual([
      { name: 'A', identifier: 0xc600_0000, operands: 'a, c', meaning: 'does d, well.' }, { name: 'B', identifier: 0xc600_0001, operands: 'a', meaning: 'does b.' },
    ]);
    expect(() => controllerCalls('/** Does b. */\nexport const B = 0xc600_0001;')).toThrow('the comment of B');
  });

  test('finds citations across the lines of a comment', () => {
    const text = '/**\n * Ends [DDI0487 D1.2 "A b\n * c", "D"], and [Linux, a/b.rst "E"].\n */\n// [RFC 1 2.3 "F"]\nlist[0] = "x"';
    const found = citations({ path: 'x.ts', text }, ['DDI0487', 'Linux']);
    expect(found.map(sectionText)).toEqual(['DDI0487 D1.2 "A b c"', 'DDI0487 "D"', 'Linux "a/b.rst"']);
    expect(bracketsWithTitles(text)).toContain('RFC 1 2.3 "F"');
  });
});

describe('docs/references.md', () => {
  const { documents, sections } = references(read('docs/references.md'));
  const files = textFiles('.ts', '.ld', '.md').filter(({ path }) => path !== 'docs/references.md' && !path.startsWith('tool/src/documents/'));
  const cited = files.flatMap((file) => citations(file, documents));
  const known = new Set(sections.map(sectionText));

  test('lists every section that a comment cites by its number (else: cite it by title, or say there how it was checked)', () => {
    const numbered = cited.filter(({ number }) => number !== '');
    expect(numbered.length).toBeGreaterThan(20);
    expect(numbered.filter((one) => !known.has(sectionText(one))).map((one) => `${one.path}: ${sectionText(one)}`)).toEqual([]);
  });

  test('lists every document that a comment cites', () => {
    const unknown = files.flatMap(({ path, text }) =>
      bracketsWithTitles(text)
        .filter((content) => !documents.some((name) => content.startsWith(name)))
        .map((content) => `${path}: [${content}]`),
    );
    expect(unknown).toEqual([]);
  });

  test('lists nothing that no comment cites', () => {
    const used = new Set(cited.map(sectionText));
    expect([...known].filter((section) => !used.has(section))).toEqual([]);
  });
});

describe('ARCHITECTURE.md', () => {
  const text = read('ARCHITECTURE.md');

  test(`has at most ${String(ARCHITECTURE_LINES_MAX)} lines`, () => {
    expect(text.split('\n').length - 1).toBeLessThanOrEqual(ARCHITECTURE_LINES_MAX);
  });

  test('maps every module of the hypervisor and of arm64, and none that is not there', () => {
    const modules = ['hypervisor/src', 'arm64/src'].flatMap((folder) =>
      readdirSync(join(projectRoot, folder)).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts')),
    );
    const mapped = [...text.matchAll(/^ {2}([a-z0-9-]+\.ts) /gm)].map(([, name = '']) => name);
    expect(mapped.toSorted()).toEqual(modules.toSorted());
  });

  test('maps every folder of sources', () => {
    const folders = new Set(ownFiles().filter((path) => path.endsWith('.ts') && path.includes('/')).map((path) => path.split('/').slice(0, 3)));
    const missing = [...folders]
      .map((parts) => (parts[2]?.includes('.') ? parts.slice(0, 2) : parts).filter((part) => !part.includes('.')).join('/'))
      .filter((folder) => folder !== '' && !text.includes(`${folder}/`));
    expect([...new Set(missing)]).toEqual([]);
  });
});

describe('README.md', () => {
  const text = read('README.md');

  test('tells what every top folder is for', () => {
    const folders = readdirSync(projectRoot, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !['.git', 'node_modules', 'build'].includes(entry.name))
      .map(({ name }) => name);
    expect(folders.filter((name) => !text.includes(`| \`${name}/\` |`))).toEqual([]);
  });

  test('lists the keys that the terminal knows', () => {
    for (const [keys, meaning] of KEY_HELP) expect(text).toContain(`| ${keys} | ${meaning} |`);
  });

  test('gives about the size that the image has', async () => {
    const { flatBytes } = await compiledHypervisor(() => undefined);
    const [, written = ''] = /^\| flat image, bytes \| \*\*([\d,]+)\*\*/m.exec(text) ?? [];
    const said = Number(written.replaceAll(',', ''));
    expect(Math.abs(said - flatBytes) / flatBytes, `README: ${written}, measured: ${String(flatBytes)}`).toBeLessThan(SIZE_TOLERANCE);
  });
});

describe('docs/adr', () => {
  const names = readdirSync(join(projectRoot, 'docs/adr')).filter((name) => name.endsWith('.md') && name !== 'README.md').sort();

  test('numbers the decisions without a gap, a page each, with the same parts', () => {
    expect(names.length).toBeGreaterThan(0);
    names.forEach((name, index) => {
      const text = read(`docs/adr/${name}`);
      expect(name).toMatch(new RegExp(`^${String(index + 1).padStart(4, '0')}-[a-z0-9-]+\\.md$`));
      expect(text.split('\n').length, name).toBeLessThanOrEqual(DECISION_LINES_MAX);
      for (const part of ['Why', 'Alternatives', 'Consequences']) expect(text, name).toContain(`## ${part}`);
    });
  });

  test('lists every decision in its index', () => {
    const index = read('docs/adr/README.md');
    expect(names.filter((name) => !index.includes(`](${name})`))).toEqual([]);
  });
});
