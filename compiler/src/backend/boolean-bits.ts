/**
 * A boolean in memory is a byte that is 0 or 1, and says so in LLVM's text. clang then compares it with 1 and branches, two instructions, where one tests
 * bit 0 of a byte of which nothing is known.
 */
const rangeOfByte = /^(\s*%\S+ = load (?:volatile )?i8, .*), !range !\d+/gm;

/** The program with nothing said of the bytes that it loads. Only what makes code of it may have it so: optimisation wants to know. */
export const testBits = (text: string): string => text.replace(rangeOfByte, '$1').replace(/ = trunc nuw i8 /g, ' = trunc i8 ');
