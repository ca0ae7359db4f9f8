/** Programs of a few instructions for the tests of what reads and changes clang's assembly. */

/** As clang writes it: each function in a section of its own. */
export function assembly(functions: Record<string, string>, section = (name: string): string => `.text.${name}`, file = (_: string): number => 1): string[] {
  return Object.entries(functions).flatMap(([name, body]) => [
    `\t.section\t${section(name)},"ax",@progbits`, `\t.type\t${name},@function`, `${name}:                // @${name}`, `\t.loc\t${file(name)} 1 0`, '\t.cfi_startproc',
    ...body.split(';').map((one) => (one.includes(':') ? one.trim() : `\t${one.trim().replace(' ', '\t')}`)),
    `\t.size\t${name}, .Lend-${name}`, '                                        // -- End function',
  ]);
}

/** The instructions and labels of each function. */
export function bodies(lines: readonly string[]): Record<string, string> {
  const found: Record<string, string[]> = {};
  let current: string[] = [];
  for (const line of lines) {
    const [, name] = /^(\w+):/.exec(line) ?? [];
    if (name !== undefined) found[name] = current = [];
    else if (!/^\s*(\.(?!L)|\/\/|$)/.test(line)) current.push(line.trim().replace('\t', ' '));
  }
  return Object.fromEntries(Object.entries(found).map(([name, code]) => [name, code.join('; ')]));
}
