const HCR_EL2 = register({ name: 'HCR_EL2', fields: { VM: 0, IMO: [5, 4] } });
const Overlap = bits({ name: 'Overlap', fields: { Low: [3, 0], High: [7, 3] } });
//                                                             ^ TH1704
const Outside = bits({ name: 'Outside', fields: { Far: 64, Reversed: [1, 5] } });
//                                                ^ TH1705
//                                                         ^ TH1705
const Named = register({ name: 'HCR EL2', fields: {} });
//                             ^ TH1706
const Encoded = register({ name: 'ICH_LR0_EL2', encoding: 'S3_9_C1', fields: {} });
//                                                        ^ TH1706
class Header {
  kind: u8 = 0;
}
const header = new Header();
let word: u64 = 0n;
const BIG = HCR_EL2.of({ VM: 2n });
//                           ^ TH1703
export function fields(name: string): void {
  const wide = HCR_EL2.of({ IMO: 4n });
//                               ^ TH1703
  const missing = HCR_EL2.get(word, 'XYZ');
//                                  ^ TH1702
  const inside = register({ name: 'HCR_EL2', fields: {} });
//               ^ TH1709
  const offset = offsetOf(Header, 'size');
//                                ^ TH1702
  const symbol = linkerSymbol(name);
//                            ^ TH1701
  const of = sizeOf(header);
//                  ^ TH1701
  const some = asm`nop`;
//             ^ TH1707
  asm`mov x0, ${header}`;
//              ^ TH1708
  asm`mov x0, ${name}`;
//              ^ TH1708
  const taken = addressOf(word);
//              ^ TH1202
  const sure = HCR_EL2;
//             ^ TH1001
  naked(asm`nop`);
//^ TH1709
}
export const bare = naked<() => void>(asm`bl ${word}`);
//                                             ^ TH1708
export const notText = naked<() => void>(bare);
//                                       ^ TH1701
const FAILS: u32 = comptime(() => missing + 1);
//                                ^ TS2304
const THROWS: u32 = comptime(() => u8(256));
//                  ^ TH1710
const WRONG: u32 = comptime(() => 1.5);
//                 ^ TH1711
const ROWS: readonly u32[] = comptime(() => 5);
//                           ^ TH1711
const made: u32 = comptime(compute);
//                ^ TH1701
function compute(): u32 {
  return 1;
}
