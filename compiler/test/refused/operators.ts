enum Color {
  Red,
  Green,
}
enum Fruit {
  Apple,
}
type Pa = Brand<'Pa'>;
type Ipa = Brand<'Ipa'>;
class Box {
  value: u32 = 0;
}
const box = new Box();
const ZERO = 1 / 0;
//               ^ TH1205
export function decided(a: u32, b: u8, c: i32, d: u64): boolean {
  if (a >= 0) return true;
//    ^ TH1203
  if (b < 300) return true;
//    ^ TH1203
  if (300 === b) return true;
//    ^ TH1203
  if (d < 0n) return true;
//    ^ TH1203
  if (b <= 255) return true;
//    ^ TH1203
  return c >= -2147483648;
//       ^ TH1203
}
export function divide(a: u32): u32 {
  return a / 0;
//           ^ TH1205
}
export function shifts(a: u32, b: u64, c: i32): void {
  const tooFar = a << 32;
//                    ^ TH1206
  const negative = a >> c;
//                      ^ TH1208
  const width = 1 << a;
//              ^ TH1207
  const unsigned = a >>> 1;
//                   ^ TH1210
}
export function brands(a: Pa, b: Ipa, c: u64): void {
  const sum = a + c;
//            ^ TH1202
  const order = a < b;
//              ^ TH1201
  const plain: u64 = a;
//                   ^ TH1101
  const other: Pa = b;
//                  ^ TH1101
  const literal: Pa = 5n;
//                    ^ TH1101
  const crossed: Pa = brand(c);
  const twice = unbrand(c);
//              ^ TH1202
}
export function enums(a: Color, b: Fruit, c: u32): void {
  const sum = a + 1;
//            ^ TH1202
  const order = a < Color.Green;
//              ^ TH1202
  const made: Color = c;
//                    ^ TH1101
  const number: u32 = a;
//                    ^ TH1101
  const mixed = a === b;
//              ^ TH1201
}
export function conditions(a: u32, b: Box | null, c: u64): void {
  if (a) trap();
//    ^ TH1209
  while (b) trap();
//       ^ TH1209
  const not = !c;
//             ^ TH1209
  const both = a === 1 && a;
//                        ^ TH1209
  const loose = a == 1;
//                ^ TH1210
  const different = a != 1;
//                    ^ TH1210
  const never = box === null;
//              ^ TH1203
}
export function words(a: u32, b: boolean, c: i32): void {
  const power = a ** 2;
//                ^ TH1210
  const comma = (a, c);
//               ^ TS2695
  const plus = +a;
//             ^ TH1210
  const minus = -a;
//              ^ TH1202
  const inverted = ~b;
//                 ^ TH1202
  const step = a++ + 1;
//             ^ TH1212
  const before = --a;
//               ^ TH1212
  const assigned = (a = 5);
//                  ^ TH1212
  const ordered = b < true;
//                ^ TH1202
  const text = 'a' + 'b';
//             ^ TH1202
  const bits = countOnes(c);
//             ^ TH1202
  const wrapped = wrappingAdd(1, 2);
//                ^ TH1202
}
