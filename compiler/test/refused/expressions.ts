class Box {
  value: u32 = 0;
  next: Box | null = null;
}
const box = new Box();
const table: readonly u32[] = [1];
function helper(): void {}

export function refused(a: u32, b: Box | null, text: string): void {
  const cast = a as u8;
//             ^ TS2352
  const sure = b!;
//             ^ TH1001
  const closure = () => a;
//                ^ TH1001
  const object = { a };
//               ^ TH1001
  const array = [a];
//              ^ TH1001
  const kind = typeof a;
//             ^ TH1001
  const template = `${a}`;
//                 ^ TH1001
  const chain = b?.value;
//              ^ TH1210
  const fallback = b ?? box;
//                   ^ TH1210
  const pattern = /a/;
//                ^ TH1001
  const value = helper;
//              ^ TH1404
  const nothing = undefined;
//                ^ TH1001
  const made = new Box();
//             ^ TH1505
  const claimed = fixedArray(u32, 4);
//                ^ TH1506
  const empty = null;
//      ^ TH1108
  const none = helper();
//      ^ TH1108
  const indexed = box['value'];
//                ^ TH1001
  const whole = table.missing;
//                    ^ TS2339
  const outside = text.trim();
//                     ^ TS2339
  const spread = [...table];
//               ^ TH1001
  const satisfied = a satisfies u32;
//                  ^ TH1001
}
export function nulls(b: Box | null): u32 {
  const value = b.value;
//              ^ TS18047
  if (box.next !== null) return box.next.value;
//                              ^ TH1106
  const always = nonNull(box);
//               ^ TH1202
  return 0;
}
export function indices(i: i32, j: u32): u32 {
  const past = table[1];
//                   ^ TH1508
  const signed = table[i];
//                     ^ TH1509
  return table[j];
}
export function calls(): void {
  refused.call(1);
//        ^ TS2339
  (helper)();
//^ TH1405
}
