/** Names as C has them. */
const reserved = new Set(
  (
    'auto break case char const continue default do double else enum extern float for goto if inline int long register restrict return ' +
    'short signed sizeof static struct switch typedef union unsigned void volatile while asm typeof bool true false ' +
    'u8 u16 u32 i32 u64 i64 uptr memcpy memset memmove INLINE TRAP CHECK ADDRESS_OF'
  ).split(' '),
);

/** What the emitted C keeps for itself; hosts provide the names of `hostHook`. */
export const internalPrefix = 'thimble_';
const hostHook = /^(mmio_(read|write)(8|16|32|64)|reg_(read|write)_\w+|linker_symbol_\w+|asm_\w+)$/;
export const isKeptName = (cName: string): boolean => cName.startsWith(internalPrefix) || hostHook.test(cName);

export const isReservedInC = (name: string): boolean => reserved.has(name);
/** A member name (field, parameter) that C accepts. */
export const memberName = (name: string): string => (reserved.has(name) ? `${name}_` : name);
/** `stage2-tables.ts` is `stage2_tables`. */
export const moduleName = (fileName: string): string =>
  (fileName.split('/').at(-1) ?? '').replace(/\.ts$/, '').replace(/[^A-Za-z0-9_]/g, '_');
