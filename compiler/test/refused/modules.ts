import './parts/empty.ts';
//^ TH1606
import { twice } from './parts/names.ts';
import * as names from './parts/names.ts';
import { DEEP } from './parts/deep/names.ts';
import { read32 } from './parts/mmio.ts';
import standard from './parts/names.ts';
//     ^ TS1192
export * from './parts/names.ts';
//^ TH1606
var old: u32 = 1;
//^ TH1601
let unset: u32;
//  ^ TH1310
let computed: u32 = twice(2);
//                  ^ TH1602
const early: u32 = late + 1;
//                 ^ TS2448
//                 ^ TS2454
const late: u32 = 2;
const a: u32 = comptime(() => b + 1);
//    ^ TH1604
//             ^ TH1710
const b: u32 = comptime(() => a + 1);
//             ^ TH1710
class Box {
  value: u32 = 0;
}
let box = new Box();
//  ^ TH1601
class modules {
  clash(): u32 {
    return 2;
  }
}
function clash(): void {}
//^ TH1603
enum Nothing {}
//   ^ TH1607
interface Boxed<T> {
//^ TH1608
  readonly value: T;
//                ^ TH1102
}
type Listed<T> = T;
//               ^ TH1102
twice(3);
//^ TH1601
namespace Old {}
//^ TH1601
declare function outside(): void;
//^ TH1601
//^ TH1401
const { x } = names;
//      ^ TS2339
enum Level {
  Low = -1,
//^ TH1607
  High = twice(1),
//^ TH1607
}
interface Row {
  readonly name: string;
  changing: u32;
//^ TH1608
  readonly box: () => void;
//              ^ TH1102
  method(): void;
//^ TH1608
}
interface Wide extends Row {}
//^ TH1608
const rows: readonly Pair[] = [
  { a: 1, b: twice(2) },
//           ^ TH1605
  one,
//^ TS2448
//^ TS2454
  ...others,
//   ^ TS2448
//   ^ TS2454
];
interface Pair {
  readonly a: u32;
  readonly b: u32;
}
const others: readonly Pair[] = [];
let one: Pair = rows[0];
const table: readonly u32[] = twice;
//                            ^ TH1605
const spread: readonly u32[] = [...table];
//                              ^ TH1001
function same(): void {}


type Function = () => void;
//              ^ TH1102
export default twice;
//^ TH1606
