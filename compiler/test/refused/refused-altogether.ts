class Box {
  value: u32 = 0;
}
const box = new Box();
declare const anything: any;
//            ^ TH1310
function decorate(target: unknown): void {}
//                        ^ TH1102
@decorate
//^ TH1001
class Decorated {}
export function words(a: u32, key: string): void {
  const member = 'value' in box;
//                       ^ TH1210
  const kind = box instanceof Box;
//                 ^ TH1210
  const removed = delete box.value;
//                ^ TH1001
  const nothing = void a;
//                ^ TH1001
  const loaded = import('./parts/names.ts');
//               ^ TH1405
  const evaluated = eval('1');
//                  ^ TS2304
  const made = class {};
//             ^ TH1001
  const written = function (): void {};
//                ^ TH1001
  const place = import.meta;
//              ^ TH1001
  const tagged = words`text`;
//               ^ TS2554
  const arrow = (x: u32): u32 => x;
//              ^ TH1001
  const chosen = a === 1 ? null : undefined;
//                                ^ TH1001
  const index = box[key];
//              ^ TS7053
  const unusual = new Date();
//                    ^ TS2304
  const sum = [1, 2].length;
//            ^ TH1001
}
export function unknownValue(a: unknown): void {}
//                              ^ TH1102
export function neverValue(a: never): void {}
//                         ^ TH1108
export function objectValue(a: object): void {}
//                             ^ TH1102
export function literalValue(a: 5): void {}
//                              ^ TH1102
export function tupleValue(a: [u32, u32]): void {}
//                            ^ TH1102
export function shapeValue(a: { value: u32 }): void {}
//                            ^ TH1102
export function intersection(a: Box & Box): void {}
//                              ^ TH1102
export function keyed(a: keyof Box): void {}
//                       ^ TH1102
export async function later(): Promise<void> {}
//^ TH1401
export function* many(): Generator<u32> {}
//                       ^ TS2304
export function guarded(a: Box | null): a is Box {
//                                      ^ TH1102
  return a !== null;
}
export function overloaded(a: u32): void;
//^ TH1401
export function overloaded(a: u64): void;
export function overloaded(a: u32 | u64): void {}
