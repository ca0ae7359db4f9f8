/** Puts a value where a type is needed: literals adapt with a range check, nothing else converts by itself. */
import type { Expression } from '../model/expressions.ts';
import { fits, integer, isBigint, maximumOf, minimumOf, sameType, showType, type IntegerName, type Type } from '../model/types.ts';
import type { Context } from './context.ts';

/** A literal as an `name`; reports where it does not fit. */
function adapt(cx: Context, value: Expression & { op: 'constant' }, name: IntegerName): Expression {
  if (!fits(value.value, name)) {
    cx.reporter.report(value.node, 'TH1103', String(value.value), name, String(minimumOf(name)), String(maximumOf(name)));
    return cx.error(value.node);
  }
  return { ...value, type: integer(name) };
}

function remedyFor(found: Type, expected: Type): string {
  if (expected.kind === 'integer') {
    if (found.kind === 'integer' || found.kind === 'enum')
      return `Convert it: \`${expected.name}(…)\` is checked, \`${expected.name}.wrap(…)\` takes the low bits.`;
    if (found.kind === 'brand') return `Cross over with \`unbrand(…)\`.`;
  }
  if (expected.kind === 'brand') return `Cross over with \`brand<${expected.name}>(…)\`, where that is audited.`;
  if (expected.kind === 'enum') return 'Choose the member with a switch over the number.';
  if (expected.kind === 'boolean') return 'Compare it with something.';
  if (found.kind === 'nullable') return 'Compare it with null first, or use `nonNull(…)`.';
  return `Give a value of type ${showType(expected)}.`;
}

export function coerce(cx: Context, value: Expression, expected: Type): Expression {
  const found = value.type;
  if (value.op === 'constant' && found.kind === 'untyped' && expected.kind === 'integer' && found.bigint === isBigint(expected.name))
    return adapt(cx, value, expected.name);
  if (sameType(found, expected)) return value;
  if (expected.kind === 'nullable') {
    if (found.kind === 'null') return { ...value, type: expected };
    // A reference is a nullable one as it stands; its own type still says how it is reached.
    if (sameType(found, expected.target)) return value;
  }
  if (expected.kind === 'slice' && (found.kind === 'array' || found.kind === 'slice') && sameType(found.element, expected.element)) {
    const allowed = expected.constant || !found.constant;
    if (allowed && found.kind === 'slice') return { ...value, type: expected };
    if (allowed) return { op: 'slice', type: expected, node: value.node, array: value };
  }
  cx.reporter.report(value.node, 'TH1101', showType(found), showType(expected), remedyFor(found, expected));
  return cx.error(value.node);
}
