/** Pieces of C that several functions share: inline checks, string literals, array structs, declarations. Each is emitted once. */
import type { Type } from '../model/types.ts';
import { internalPrefix } from '../model/c-names.ts';
import { cElement, cType, sliceName } from './c-type.ts';

/** One byte of a C string; octal escapes take exactly three digits, so what follows cannot join them. */
function escape(byte: number): string {
  const character = String.fromCharCode(byte);
  const plain = byte >= 0x20 && byte < 0x7f && !'"\\?'.includes(character);
  return plain ? character : `\\${byte.toString(8).padStart(3, '0')}`;
}

const byteMax = 0xff;
/** What a string's length is stored in. */
const lengthType = `${internalPrefix}string_length`;

export class SharedText {
  readonly #functions = new Map<string, string>();
  readonly #slices = new Map<string, string>();
  readonly #strings = new Map<string, { name: string; text: string }>();
  #longest = 0;

  /** An inline function; gives its C name, which no name of a program can begin like. */
  inline(result: string, id: string, parameters: string, body: string): string {
    return this.declare(`${internalPrefix}${id}`, (name) => `INLINE ${result} ${name}(${parameters}) { ${body} }`);
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

  /** A pointer to the literal: its length, then the bytes. */
  string(text: string): string {
    const known = this.#strings.get(text);
    if (known !== undefined) return known.name;
    const bytes = Buffer.from(text);
    const id = `${internalPrefix}string_${this.#strings.size + 1}`;
    const name = `((const struct string *)&${id})`;
    const escaped = [...bytes].map(escape).join('');
    const storage = `${lengthType} length;${bytes.length === 0 ? '' : ` u8 bytes[${bytes.length}];`}`;
    const value = bytes.length === 0 ? '0' : `${bytes.length}, "${escaped}"`;
    this.#longest = Math.max(this.#longest, bytes.length);
    this.#strings.set(text, { name, text: `static const struct { ${storage} } ${id} = { ${value} };` });
    return name;
  }

  get sliceText(): string[] {
    return [...this.#slices.values()];
  }
  get stringText(): string[] {
    return [...this.#strings.values()].map((one) => one.text);
  }
  /** A program of short strings, which most are, spends one byte on each length, and none on alignment. */
  get stringType(): string {
    return `typedef ${this.#longest > byteMax ? 'u16' : 'u8'} ${lengthType};\nstruct string { ${lengthType} length; u8 bytes[]; };`;
  }
  get functionText(): string[] {
    return [...this.#functions.values()];
  }
}
