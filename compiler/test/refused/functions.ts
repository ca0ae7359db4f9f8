class Worker {
  total: u32 = 0;
  dig(depth: u32): u32 {
//^ TH1402
    return this.dig(depth - 1);
  }
}
export function missing(a: u32) {
//              ^ TH1403
}
export function optional(a?: u32): void {}
//                       ^ TH1401
export function initialised(a: u32 = 1): void {}
//                          ^ TH1401
export function rest(...all: readonly u32[]): void {}
//                   ^ TH1401
export function generic<T>(a: T): void {}
//                      ^ TH1401
//                            ^ TH1102
export function destructured({ total }: Worker): void {}
//                           ^ TH1401
export function callback(f: () => void): void {}
//                          ^ TH1102
export function either(a: u32 | boolean): void {}
//                        ^ TH1105
export function nullableNumber(a: u32 | null): void {}
//                                ^ TH1105
export function ping(n: u32): u32 {
//              ^ TH1402
  return n === 1 ? 1 : pong(n - 1);
}
function pong(n: u32): u32 {
  return ping(n);
}
export function nothing(a: void): void {}
//                      ^ TH1108
