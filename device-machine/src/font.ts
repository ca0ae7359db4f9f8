/**
 * Letters for the names and numbers on the panel: 5 columns by 7 rows, drawn for reading on a small screen. The pictures are for people;
 * what is in the program are 35 bits a letter.
 */
export const COLUMNS = 5;
export const ROWS = 7;
const PIXELS = COLUMNS * ROWS;
const FIRST = 0x20;
const LAST = 0x7e;

/** Of the characters from FIRST on, row by row from the top, the leftmost pixel of a row in the highest of its 5 bits. */
const GLYPHS: readonly u64[] = comptime(() => {
  const pictures = `
a|.....|.....|.###.|....#|.####|#...#|.####
b|#....|#....|####.|#...#|#...#|#...#|####.
c|.....|.....|.####|#....|#....|#....|.####
d|....#|....#|.####|#...#|#...#|#...#|.####
e|.....|.....|.###.|#...#|#####|#....|.####
f|..##.|.#...|####.|.#...|.#...|.#...|.#...
g|.....|.....|.####|#...#|.####|....#|.###.
h|#....|#....|####.|#...#|#...#|#...#|#...#
i|..#..|.....|.##..|..#..|..#..|..#..|.###.
j|...#.|.....|..##.|...#.|...#.|#..#.|.##..
k|#....|#....|#..#.|#.#..|##...|#.#..|#..#.
l|.##..|..#..|..#..|..#..|..#..|..#..|.###.
m|.....|.....|##.#.|#.#.#|#.#.#|#.#.#|#.#.#
n|.....|.....|####.|#...#|#...#|#...#|#...#
o|.....|.....|.###.|#...#|#...#|#...#|.###.
p|.....|.....|####.|#...#|####.|#....|#....
q|.....|.....|.####|#...#|.####|....#|....#
r|.....|.....|#.##.|##...|#....|#....|#....
s|.....|.....|.####|#....|.###.|....#|####.
t|.#...|.#...|####.|.#...|.#...|.#...|..##.
u|.....|.....|#...#|#...#|#...#|#...#|.####
v|.....|.....|#...#|#...#|#...#|.#.#.|..#..
w|.....|.....|#...#|#.#.#|#.#.#|#.#.#|.#.#.
x|.....|.....|#...#|.#.#.|..#..|.#.#.|#...#
y|.....|.....|#...#|#...#|.####|....#|.###.
z|.....|.....|#####|...#.|..#..|.#...|#####
0|.###.|#...#|#..##|#.#.#|##..#|#...#|.###.
1|..#..|.##..|..#..|..#..|..#..|..#..|.###.
2|.###.|#...#|....#|..##.|.#...|#....|#####
3|#####|...#.|..#..|...#.|....#|#...#|.###.
4|...#.|..##.|.#.#.|#..#.|#####|...#.|...#.
5|#####|#....|####.|....#|....#|#...#|.###.
6|..##.|.#...|#....|####.|#...#|#...#|.###.
7|#####|....#|...#.|..#..|..#..|.#...|.#...
8|.###.|#...#|#...#|.###.|#...#|#...#|.###.
9|.###.|#...#|#...#|.####|....#|...#.|.##..
-|.....|.....|.....|#####|.....|.....|.....
%|##...|##..#|...#.|..#..|.#...|#..##|...##
`;
  const LINE = 44;
  let glyphs: u64[] = [];
  for (let character = FIRST; character <= LAST; character += 1) {
    let bits: u64 = 0n;
    for (let at = 1; at + LINE - 1 <= pictures.length; at += LINE) {
      if (pictures.charCodeAt(at) === character) {
        for (let row = 0; row < ROWS; row += 1) {
          for (let column = 0; column < COLUMNS; column += 1) {
            const isSet = pictures.charCodeAt(at + 2 + row * (COLUMNS + 1) + column) === 0x23;
            bits = bits * 2n + (isSet ? 1n : 0n);
          }
        }
      }
    }
    glyphs = [...glyphs, bits];
  }
  return glyphs;
});

/** Whether the pixel at `column` and `row` of `character` is set; a character without a picture is blank. */
export function isSet(character: u8, column: u32, row: u32): boolean {
  const code = u32(character);
  const glyph: u64 = code >= FIRST && code <= LAST ? GLYPHS[code - FIRST] : 0n;
  return column < COLUMNS && row < ROWS && ((glyph >> u64(PIXELS - 1 - (row * COLUMNS + column))) & 1n) !== 0n;
}
