const FACTOR = 1000;
const TOO_WIDE: u8 = 256;
//                   ^ TH1103
const NEGATIVE: u32 = -1;
//                    ^ TH1103
const NARROW: u8 = FACTOR;
//                 ^ TH1103
const MASK = ~0xfffn;
const USE: u64 = MASK;
//               ^ TH1103
const FRACTION: u32 = 1.5;
//                    ^ TH1107
const EXPONENT: u32 = 1e3;
//                    ^ TH1107
const SUM: u8 = u8(200) + 100;
//              ^ TH1204
const CONVERTED = u8(300);
//                ^ TH1103
const NEGATED = -i32(-2147483648);
//              ^ TH1204
let counter = 0;
//  ^ TH1104

export function widths(a: u8, b: u32, c: u64, d: i32, e: boolean): void {
  const sum: u32 = a + b;
//                 ^ TH1201
  const wide: u32 = a;
//                  ^ TH1101
  const narrow: u8 = b;
//                   ^ TH1101
  const mixed = b & d;
//              ^ TH1201
  let plain = 5;
//    ^ TH1104
  const flag: u32 = e ? 1 : 0;
  const chosen = e ? a : b;
//               ^ TH1211
  const literals = e ? 1 : 0;
//                 ^ TH1211
  const across = b + c;
//               ^ TH1201
  const truth: boolean = b === a;
//                       ^ TH1201
  plain = flag + sum + wide + u32(narrow) + mixed;
}
function convert(flag: boolean, text: string): void {
  const a = u32(flag);
//          ^ TH1202
  const b = u8(text.length) + u8(FACTOR);
//                            ^ TH1103
}
function unsupported(a: number, b: bigint, c: u32[], d: any): void {}
//                      ^ TH1102
//                                 ^ TH1102
//                                            ^ TH1102
//                                                      ^ TH1102
