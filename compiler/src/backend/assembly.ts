/**
 * The assembly that clang writes, as far as moving code about in it needs: functions, and in each the instructions with the labels
 * that stand before them. Everything else (directives, comments, debug information) stays where it is.
 */
export interface Instruction {
  /** Index of its line in the text. */
  readonly line: number;
  /** Mnemonic and operands with single spaces, or of a branch the mnemonic and the operands but the label. */
  readonly text: string;
  readonly kind: 'plain' | 'jump' | 'branch' | 'end' | 'opaque';
  /** Of a jump and a branch: the label or function that it leads to. */
  readonly target: string;
  /** Labels that stand between it and the instruction before it. */
  readonly labels: readonly string[];
  /** Whether it is the program's own, not clang's. */
  readonly inAssembly: boolean;
}
export interface Routine {
  readonly name: string;
  readonly section: string;
  /** Number of the source file that it is declared in. */
  readonly file: string;
  /** Whether its address is a multiple of more than an instruction. */
  readonly aligned: boolean;
  readonly instructions: readonly Instruction[];
  /** Lines of the text: from its section directive on, to before the next function's. */
  readonly firstLine: number;
  readonly endLine: number;
}

/** Begins the section of a function that is to stay whole. */
export const hotSection = '.text.hot.';
export const isHot = ({ section }: Routine): boolean => section.startsWith(hotSection);

const directiveWithoutBytes = /^\.(loc|cfi_\w+|file)\b/;
/** A branch may have operands before its label: `tbz w0, #3, label`. */
const branching = /^(b\.\w+|cbn?z|tbn?z)((?: [^,]+,)*) ([.\w$]+)$/;
const ending = /^(ret|br x\d+|eret|brk #\w+)$/;
const localLabel = /\.L(BB|tmp|func)/;

const withoutComment = (line: string): string => line.replace(/\/\/.*$/, '').trim().replace(/\s+/g, ' ');

function instruction(line: number, text: string, labels: readonly string[], inAssembly: boolean): Instruction {
  const [, jump] = /^b ([.\w$]+)$/.exec(text) ?? [];
  const [, mnemonic = '', operands = '', target] = branching.exec(text) ?? [];
  const common = { line, labels, target: '', inAssembly };
  if (inAssembly) return { ...common, text, kind: /^(msr|mrs|isb|dsb|dmb|ldr[bh]?|str[bh]?|adr|tlbi|dc|ic|at|sev|wfe|wfi) ?[^;:\\]*$/.test(text) ? 'plain' : 'opaque' };
  if (jump !== undefined) return { ...common, text: 'b', kind: 'jump', target: jump };
  if (target !== undefined) return { ...common, text: mnemonic + operands, kind: 'branch', target };
  if (ending.test(text)) return { ...common, text, kind: 'end' };
  return { ...common, text, kind: text.startsWith('.') || text.includes(';') || localLabel.test(text) ? 'opaque' : 'plain' };
}

/** The functions of clang's output, in its order. */
export function readRoutines(lines: readonly string[]): Routine[] {
  const routines: Routine[] = [];
  let [section, firstLine, name, file, start, size, aligned] = ['', 0, '', '', 0, 0, false];
  for (const [at, line] of lines.entries()) {
    const [, named] = /^\t\.section\t([^,\s]+)/.exec(line) ?? [];
    if (named !== undefined) [section, firstLine] = [named, at];
    if (/^\t\.p2align\t([3-9]|\d\d)/.test(line)) aligned = true;
    const [, typed] = /^\t\.type\t([\w.$]+),@function/.exec(line) ?? [];
    if (typed !== undefined) name = typed;
    if (name === '') continue;
    if (line.startsWith(`${name}:`)) start = at;
    if (file === '') file = /^\t\.loc\t(\d+) /.exec(line)?.[1] ?? '';
    if (line.startsWith(`\t.size\t${name},`)) size = at;
    if (!line.includes('-- End function')) continue;
    routines.push({ name, section, file, aligned, instructions: readInstructions(lines, start, size), firstLine, endLine: at + 1 });
    [name, file, firstLine, aligned] = ['', '', at + 1, false];
  }
  return routines;
}

/** Without those that nothing mentions, which the linker drops: what stays must not lead into them. */
export function linkedRoutines(routines: readonly Routine[], roots: readonly string[]): Routine[] {
  const linked = new Set(roots);
  for (const { name, instructions } of routines)
    for (const { text, target } of instructions) for (const [mentioned] of `${text} ${target}`.matchAll(/[A-Za-z_$][\w.$]*/g)) if (mentioned !== name) linked.add(mentioned);
  return routines.filter((one) => linked.has(one.name));
}

function readInstructions(lines: readonly string[], start: number, end: number): Instruction[] {
  const instructions: Instruction[] = [];
  let labels: string[] = [];
  let inAssembly = false;
  for (let at = start; at < end; at++) {
    const raw = lines[at]!;
    if (/^\s*\/\/(NO_)?APP/.test(raw)) {
      inAssembly = !raw.includes('NO_APP');
      continue;
    }
    const text = withoutComment(raw);
    const [, label] = /^([.\w$]+):$/.exec(text) ?? [];
    if (text === '' || directiveWithoutBytes.test(text)) continue;
    if (label !== undefined && !inAssembly) labels.push(label);
    else {
      instructions.push(instruction(at, text, labels, inAssembly));
      labels = [];
    }
  }
  return instructions;
}
