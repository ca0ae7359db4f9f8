/** Pieces of C that several functions share: inline checks, string literals, array structs, declarations. Each is emitted once. */
import type { Type } from '../model/types.ts';
import { internalPrefix } from '../model/c-names.ts';
import { cElement, cType, sliceName } from './c-type.ts';

export class SharedText {
  readonly #functions = new Map<string, string>();
  readonly #slices = new Map<string, string>();
  readonly #strings = new Map<string, { name: string; text: string }>();

  /** The C name of the inline function `id`, whose text is made the first time; no name of a program begins like it. */
  use(id: string, text: (name: string) => string): string {
    return this.declare(`${internalPrefix}${id}`, text);
  }

  /** A name as it is: what a host test provides under that name. */
  declare(name: string, text: (name: string) => string): string {
    if (!this.#functions.has(name)) this.#functions.set(name, text(name));
    return name;
  }

  sliceType(type: Type & { kind: 'slice' }): string {
    const name = sliceName(type);
    const element = type.element.kind === 'class' || type.element.kind === 'record' ? cElement(type.element) : cType(type.element);
    this.#slices.set(name, `typedef struct ${name} { ${type.constant ? 'const ' : ''}${element} *items; u32 length; } ${name};`);
    return name;
  }

  /** A pointer to the literal: a u16 length, then the bytes. */
  string(text: string): string {
    const known = this.#strings.get(text);
    if (known !== undefined) return known.name;
    const bytes = Buffer.from(text);
    const id = `${internalPrefix}string_${this.#strings.size + 1}`;
    const name = `((const struct string *)&${id})`;
    const escaped = [...bytes].map((byte) => (byte >= 0x20 && byte < 0x7f && !'"\\?'.includes(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`)).join('');
    const storage = bytes.length === 0 ? 'u16 length;' : `u16 length; u8 bytes[${bytes.length}];`;
    const value = bytes.length === 0 ? '0' : `${bytes.length}, "${escaped}"`;
    this.#strings.set(text, { name, text: `static const struct { ${storage} } ${id} = { ${value} };` });
    return name;
  }

  get sliceText(): string[] {
    return [...this.#slices.values()];
  }
  get stringText(): string[] {
    return [...this.#strings.values()].map((one) => one.text);
  }
  get functionText(): string[] {
    return [...this.#functions.values()];
  }
}
