enum Color {
  Red,
  Green,
}
const table: readonly u32[] = [1];
class Box {
  value: u32 = 0;
  readonly fixed: u32 = 0;
}
const box = new Box();
let total: u32 = 0;

export function statements(a: u32, c: Color): void {
  var old: u32 = 1;
//^ TH1301
  a + 1;
//^ TH1302
  for (const key in table) trap();
//^ TH1301
  try {
//^ TH1301
    trap();
  } finally {
  }
  throw a;
//^ TH1301
}
export function more(a: u32, c: Color): void {
  outer: while (a < 5) {
//^ TH1301
    break outer;
  }
  function inner(): void {}
//^ TH1301
  debugger;
//^ TH1301
  for (const x of box) total += 1;
//                ^ TH1311
  const { value } = box;
//      ^ TH1001
  total ||= 1;
//      ^ TH1210
}
export function switches(a: u32, b: boolean, c: Color): u32 {
  switch (c) {
//^ TH1304
    case Color.Red:
      total = 1;
  }
  switch (a) {
//^ TH1304
    case 1:
      total = 2;
  }
  switch (b) {
//        ^ TH1303
    default:
      total = 3;
  }
  switch (a) {
    case total:
//       ^ TH1306
      break;
    case 4:
    case 4:
//       ^ TH1307
      const inside: u32 = 1;
//    ^ TH1308
      total = inside;
      break;
    default:
  }
  switch (a) {
    case 1:
//  ^ TS7029
      total = 1;
    default:
  }
  return 1;
}
export function assignments(a: u32): void {
  table[0] = 1;
//^ TS2542
  box.fixed = 1;
//    ^ TS2540
  const once: u32 = 1;
  once = 2;
//^ TS2588
  table = table;
//^ TS2588
  total = 1n;
//        ^ TH1101
  [total] = table;
//^ TH1001
}
interface Row {
  changing: u32;
//^ TH1608
}
const rows: readonly Row[] = [{ changing: 1 }];
export function rowsAreConstant(): void {
  rows[0].changing = 2;
//^ TH1309
}
export function unfinished(a: u32): u32 {
//                                  ^ TS2366
  if (a === 1) return 2;
}
