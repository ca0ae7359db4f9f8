// Const tables, strings and comptime.
enum Color {
  Red,
  Green,
}
interface Row {
  readonly name: string;
  readonly color: Color;
  readonly parts: readonly u8[];
  readonly wide: u64;
  readonly fixed: boolean;
}
const rows: readonly Row[] = [
  { name: 'red', color: Color.Red, parts: [1, 2, 3], wide: 1n << 40n, fixed: true },
  { name: 'grün', color: Color.Green, parts: [], wide: 0n, fixed: false },
];
const squares: readonly u32[] = comptime(() => {
  const n = 5;
  return [0, 1, 4, 9, n * n - 9];
});
const LIMIT = 12n;
const DOUBLED: u64 = comptime(() => LIMIT * 2n);

// = 30
export function comptimeTable(): u32 {
  let sum: u32 = 0;
  for (const square of squares) sum += square;
  return sum;
}
// = 24
export function comptimeSeesConstants(): u64 {
  return DOUBLED;
}
function hash(text: string): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < text.length; i++) sum = sum * 3 + u32(text.charCodeAt(i));
  return sum;
}
// = 1429
export function strings(): u32 {
  return hash(rows[0].name);
}
// = 5
export function lengthsAreBytes(): u32 {
  return rows[1].name.length;
}
// = 6
export function nestedTables(): u32 {
  let sum: u32 = 0;
  for (const row of rows) {
    for (const part of row.parts) sum += u32(part);
  }
  return sum;
}
function wideOf(color: Color): u64 {
  for (const row of rows) {
    if (row.color === color && row.fixed) return row.wide;
  }
  return 7n;
}
// = 1099511627783
export function records(): u64 {
  return wideOf(Color.Red) + wideOf(Color.Green);
}
function char(text: string, index: u32): u8 {
  return text.charCodeAt(index);
}
// traps
export function pastTheEndTraps(): u8 {
  return char('abc', 3);
}
// = 10
export function escapes(): u8 {
  return char('"\\?\n', 3);
}
function row(index: u32): Row {
  return rows[index];
}
// = 1
export function rowsAreReferences(): boolean {
  return row(0).fixed;
}
// traps
export function rowsAreChecked(): boolean {
  return row(2).fixed;
}
