/**
 * Every refusal of the language: its number, what it says, and what to write instead.
 *
 * `{0}`, `{1}` stand for names and types of the program. Numbers are for ever: editors, documents and tests
 * name them. TH10 syntax, TH11 types, TH12 operators, TH13 statements, TH14 functions, TH15 classes,
 * TH16 modules, TH17 machine access.
 */
export const catalogue = {
  TH1001: { message: '{0} is not part of the language.', remedy: '{1}' },
  TH1002: { message: 'The entry module {0} does not exist.', remedy: 'Name an existing .ts file.' },

  TH1101: { message: 'A value of type {0} stands where {1} is needed.', remedy: '{2}' },
  TH1102: { message: '`{0}` has no machine type.', remedy: '{1}' },
  TH1103: { message: '{0} does not fit {1} ({2} to {3}).', remedy: 'Use a value in that range, a wider type, or `{1}.wrap({0})` for the low bits.' },
  TH1104: { message: 'Nothing gives `{0}` a width.', remedy: 'Annotate it: `{0}: u32` or `{0}: u64`.' },
  TH1105: { message: 'A union is `T | null` with a class T, nothing else.', remedy: 'Use an enum and a switch, or `T | null`.' },
  TH1106: { message: '{0} may be null here.', remedy: 'Copy it to a `const`, compare that with null, and use the const; or `nonNull({0})`.' },
  TH1107: { message: 'A number with a fraction or an exponent: there is no floating point.', remedy: 'Use integers, scaled if need be.' },
  TH1108: { message: 'A value of type {0} cannot be stored in a variable, passed or returned.', remedy: '{1}' },

  TH1201: { message: '`{0}` between {1} and {2}.', remedy: 'Convert one side: `{3}(…)` is checked, `{3}.wrap(…)` takes the low bits.' },
  TH1202: { message: '`{0}` does not apply to {1}.', remedy: '{2}' },
  TH1203: { message: 'The outcome of this comparison is decided by the type {0}: always {1}.', remedy: 'Remove the comparison, or compare with a value that {0} can pass.' },
  TH1204: { message: 'This constant expression gives {0}, which does not fit {1}.', remedy: 'Use a wider type or a wrapping form.' },
  TH1205: { message: 'Division by the constant zero.', remedy: 'Divide by something else.' },
  TH1206: { message: 'A shift by {0} of a value {1} bits wide.', remedy: 'Shift by less than the width.' },
  TH1207: { message: 'The width of the shifted literal is unknown.', remedy: 'Convert it: `u32({0}) << …` or `u64({0}) << …`.' },
  TH1208: { message: 'A shift count of type {0}.', remedy: 'Use an unsigned count: convert with `u32(…)` or `u64(…)`.' },
  TH1209: { message: 'A condition is a boolean; this is {0}.', remedy: 'Compare it: `!== 0`, `!== 0n` or `!== null`.' },
  TH1210: { message: '`{0}` is not part of the language.', remedy: '{1}' },
  TH1211: { message: 'The two sides of `?:` have types {0} and {1}.', remedy: 'Convert one of them, or use `if`.' },
  TH1212: { message: '`{0}` is a statement, not an operand.', remedy: 'Put it on its own line, before or after.' },

  TH1301: { message: '{0} is not a statement of the language.', remedy: '{1}' },
  TH1302: { message: 'This expression has no effect.', remedy: 'Use its value, or remove it.' },
  TH1303: { message: 'switch is over an integer or an enum, not {0}.', remedy: 'Use if and else.' },
  TH1304: { message: 'This switch has no `default`, and does not list {0}.', remedy: 'Add the missing cases or `default`.' },
  TH1306: { message: 'A case value is a constant.', remedy: 'Use a literal, a const or an enum member; else if and else.' },
  TH1307: { message: 'The case value {0} stands twice.', remedy: 'Remove one of the two.' },
  TH1308: { message: 'A declaration directly in a case.', remedy: 'Put braces around the body of the case.' },
  TH1309: { message: '`{0}` cannot be assigned.', remedy: '{1}' },
  TH1310: { message: '`{0}` has no initial value.', remedy: 'Initialise it where it is declared.' },
  TH1311: { message: 'for-of runs over fixed arrays and const tables, not {0}.', remedy: 'Use an index.' },

  TH1401: { message: '{0} in a function signature.', remedy: '{1}' },
  TH1402: { message: '`{0}` calls itself ({1}).', remedy: 'Use a loop: the stack is bounded at build time.' },
  TH1403: { message: 'The result type of `{0}` is missing.', remedy: 'Annotate it, `: void` where there is none.' },
  TH1404: { message: '`{0}` is a function, not a value.', remedy: 'Call it; choose between functions with a switch.' },
  TH1405: { message: '`{0}` cannot be called like this.', remedy: '{1}' },

  TH1501: { message: '{0} in a class.', remedy: '{1}' },
  TH1502: { message: 'The field `{0}` has no constant initial value.', remedy: 'Write `{0}: T = constant`, `readonly {0} = new T()` or `readonly {0} = fixedArray(T, n)`.' },
  TH1503: { message: '`{0}` embeds an object and must be readonly.', remedy: 'Write `readonly {0} = …`; for a reference, `{0}: T | null = null`.' },
  TH1504: { message: 'The class {0} contains itself.', remedy: 'Refer to it instead: `T | null = null`.' },
  TH1505: { message: 'new stands at module level or in a field initialiser: there is no heap.', remedy: 'Declare the object as a module-level const or a field.' },
  TH1506: { message: 'fixedArray stands at module level or in a field initialiser.', remedy: 'Declare the array as a module-level const or a field.' },
  TH1507: { message: 'The length of a fixed array is a constant from 1 to 2^31.', remedy: 'Give a constant.' },
  TH1508: { message: 'The index {0} is outside the array of {1} elements.', remedy: 'Use an index from 0 to {2}.' },
  TH1509: { message: 'An index is unsigned, not {0}.', remedy: 'Convert it with `u32(…)`.' },

  TH1601: { message: '{0} at module level.', remedy: '{1}' },
  TH1602: { message: 'The initial value of `{0}` is not a constant.', remedy: 'Use a constant here and assign in a function.' },
  TH1603: { message: '`{0}` and another declaration are both `{1}` in C ({2}).', remedy: 'Rename one of them.' },
  TH1604: { message: 'The initial value of `{0}` depends on itself.', remedy: 'Break the cycle.' },
  TH1605: { message: 'A row of a const table: {0}.', remedy: '{1}' },
  TH1606: { message: '{0} import or export.', remedy: 'Use named imports, or `import * as name`; export declarations by name.' },
  TH1607: { message: 'The enum member {0} is not a constant from 0 to 2^32 - 1.', remedy: 'Give it a constant number.' },
  TH1608: { message: 'An interface describes rows of const tables: {0}.', remedy: 'Use `readonly` fields of integer, boolean, enum, string or `readonly T[]` type.' },

  TH1701: { message: '`{0}` needs constant arguments: {1}.', remedy: 'Write literals or consts.' },
  TH1702: { message: '{0} has no field `{1}`.', remedy: 'Use one of its fields: {2}.' },
  TH1703: { message: 'The value {0} does not fit the field {1}, which has {2} bits.', remedy: 'Use a value below {3}.' },
  TH1704: { message: 'The fields {0} and {1} of {2} overlap.', remedy: 'Check the bit numbers.' },
  TH1705: { message: 'The field {0} is not a bit number, or [highest, lowest], within 63 to 0.', remedy: 'Write `3` or `[5, 3]`.' },
  TH1706: { message: 'The register name or encoding `{0}` is not one.', remedy: 'Write the name as the manual does, and for encoding `S3_6_C12_C8_0`.' },
  TH1707: { message: 'asm stands as a statement of its own, or inside naked.', remedy: 'Put it on its own line.' },
  TH1708: { message: 'An operand of asm is {0}.', remedy: 'Use an integer, boolean, enum or a constant string; in naked a constant or a function.' },
  TH1709: { message: '`{0}` inside a function.', remedy: 'Write `const name = {0}(…)` at module level; naked also as the only statement of a function.' },
  TH1710: { message: 'comptime failed: {0}.', remedy: 'It runs in Node and sees the constants of its modules only.' },
  TH1712: { message: 'The assembler refuses this text: {0}.', remedy: 'Correct the instruction; a register that the assembler does not know has an encoding, `S3_6_C12_C8_0`.' },
  TH1711: { message: 'comptime gave {0}.', remedy: 'Return an integer, a boolean, a string, or an array or rows of those.' },
} as const;

export type DiagnosticCode = keyof typeof catalogue;
