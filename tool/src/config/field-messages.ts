/**
 * What zod found wrong, in the words of the person who wrote the configuration.
 */
import type { z } from 'zod';

function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${String(part)}]` : `${index > 0 ? '.' : ''}${String(part)}`))
    .join('');
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint') return `${String(value)}n`;
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return typeof value;
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let at: unknown = root;
  for (const part of path) at = at === null || at === undefined ? undefined : (at as Record<PropertyKey, unknown>)[part];
  return at;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  RegExp: 'a regular expression, as in /login:/',
};

function sentence(issue: z.core.$ZodIssue, root: unknown): string {
  const found = `got ${shown(valueAt(root, issue.path))}`;
  switch (issue.code) {
    case 'invalid_type':
      if (valueAt(root, issue.path) === undefined) return 'is missing';
      return `expected ${TYPE_NAMES[issue.expected] ?? issue.expected}, ${found}`;
    case 'invalid_value':
      return `expected ${issue.values.map((value) => shown(value)).join(' or ')}, ${found}`;
    case 'too_small':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `must be at least ${String(issue.minimum)}, ${found}`
        : issue.message;
    case 'too_big':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `must be at most ${String(issue.maximum)}, ${found}`
        : issue.message;
    case 'unrecognized_keys':
      return 'unknown field';
    default:
      return `${issue.message}, ${found}`;
  }
}

/** One line an issue (one a field, where fields are unknown): the field's name, what is wrong, what was found. */
export function issueLines(issue: z.core.$ZodIssue, root: unknown): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${fieldName([...issue.path, key])}: unknown field; check its spelling`);
  }
  // The choice between kinds of image fails at its tag; the field that a person wrote is the image itself.
  const path = issue.code === 'invalid_union' && issue.path.at(-1) === 'kind' ? issue.path.slice(0, -1) : issue.path;
  const name = fieldName(path);
  return [`${name === '' ? 'the default export' : name}: ${sentence({ ...issue, path }, root)}`];
}
