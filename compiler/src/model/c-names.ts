/** Names as C has them. */
const reserved = new Set(
  (
    'auto break case char const continue default do double else enum extern float for goto if inline int long register restrict return ' +
    'short signed sizeof static struct switch typedef union unsigned void volatile while asm typeof bool true false ' +
    'u8 u16 u32 i32 u64 i64 uptr memcpy memset memmove abs main exit signal index'
  ).split(' '),
);

export const isReservedInC = (name: string): boolean => reserved.has(name);
/** A member name (field, parameter) that C accepts. */
export const memberName = (name: string): string => (reserved.has(name) ? `${name}_` : name);
/** `stage2-tables.ts` is `stage2_tables`. */
export const moduleName = (fileName: string): string =>
  (fileName.split('/').at(-1) ?? '').replace(/\.ts$/, '').replace(/[^A-Za-z0-9_]/g, '_');
