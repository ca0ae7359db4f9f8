/** docs/hypercalls.md: the function identifiers that a guest can call, by `hvc` or `smc`. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { projectRoot } from '../project.ts';
import { type GeneratedDocument, heading, markdownTable } from './generated-document.ts';

const SOURCES = ['hypervisor/src/psci.ts', 'hypervisor/src/smccc.ts', 'hypervisor/src/stolen-time.ts'];
const IDENTIFIER = /^(?:export )?const ([A-Z][A-Z0-9_]*) = (0x[0-9a-f_]+);$/gm;
/** Bit 31: a fast call. Every identifier has it, and no return value is written as a plain number. */
const FAST_CALL = 0x8000_0000;
const CALL_64 = 0x4000_0000;

/** Who owns a call: bits 29:24 of its identifier, as the SMC calling convention numbers them. */
const OWNERS: readonly string[] = ['Arm architecture', 'CPU', 'SiP', 'OEM', 'standard secure', 'standard hypervisor', 'vendor hypervisor'];

export interface Hypercall {
  readonly name: string;
  readonly identifier: number;
}

export function hypercalls(source: string): readonly Hypercall[] {
  return [...source.matchAll(IDENTIFIER)]
    .map(([, name = '', number = '']) => ({ name, identifier: Number(number.replaceAll('_', '')) }))
    .filter(({ identifier }) => identifier >= FAST_CALL)
    .sort((a, b) => a.identifier - b.identifier);
}

/** The lists behind `isImplemented`, which answers PSCI_FEATURES, and the one call of others that it answers for. */
function features(source: string): ReadonlySet<string> {
  const lists = [...source.matchAll(/^const FUNCTIONS_\d\d: u32 = comptime[^]*?of \[([^]*?)\]/gm)].map(([, names = '']) => names);
  return new Set(['SMCCC_VERSION', ...lists.flatMap((names) => names.match(/\w+/g) ?? [])]);
}

export function hypercallTable(): GeneratedDocument {
  const source = SOURCES.map((file) => readFileSync(resolve(projectRoot, file), 'utf8')).join('\n');
  const announced = features(source);
  const rows = hypercalls(source).map(({ name, identifier }) => [
    `0x${identifier.toString(16)}`,
    name.replace(/_(32|64)$/, ''),
    (identifier & CALL_64) === 0 ? '32-bit' : '64-bit',
    OWNERS[(identifier >>> 24) & 0x3f] ?? '',
    announced.has(name) ? 'yes' : 'no',
  ]);
  const text = `${markdownTable(['identifier', 'function', 'convention', 'owner', 'PSCI_FEATURES says so'], rows)}
Every other identifier returns NOT_SUPPORTED (-1) in x0.\n`;
  return { path: 'docs/hypercalls.md', text: heading('Calls to the virtual firmware', SOURCES) + text };
}
