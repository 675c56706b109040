import { expect, test } from "vitest";
import { decode, encode, fill, History, hasSubject, invert, type Mask, paint } from "./edit";

/** A mask from a drawing: # is the subject, + a soft edge, everything else the ground. */
function mask(...lines: string[]): Mask {
  const text = lines.join("");
  const values = Uint8Array.from(text, (sign) => ({ "#": 255, "+": 150, "-": 60 })[sign] ?? 0);
  return { rows: lines.length, cols: lines[0].length, values };
}

function drawing({ rows, cols, values }: Mask): string[] {
  const signs = [...values].map((value) => (value === 255 ? "#" : value === 0 ? "." : "+"));
  return Array.from({ length: rows }, (_, row) =>
    signs.slice(row * cols, (row + 1) * cols).join(""),
  );
}

const empty = (side: number) => mask(...Array(side).fill(".".repeat(side)));

test("a dab is round, with an edge one pixel soft", () => {
  const made = empty(21);
  paint(made, { x: 10.5, y: 10.5 }, { x: 10.5, y: 10.5 }, 5, false);
  const area = made.values.reduce((sum, value) => sum + value, 0) / 255;
  expect(Math.abs(area - Math.PI * 25)).toBeLessThan(1);
  expect(made.values[10 * 21 + 15]).toBe(128);
  expect(made.values[10 * 21 + 16]).toBe(0);
  expect(made.values[10 * 21 + 14]).toBe(255);
});

test("a stroke has no gaps, and erasing it leaves nothing", () => {
  const made = empty(40);
  const from = { x: 4, y: 5 };
  const to = { x: 35, y: 33 };
  paint(made, from, to, 2, false);
  for (let share = 0; share <= 1; share += 0.02) {
    const col = Math.floor(from.x + share * (to.x - from.x));
    const row = Math.floor(from.y + share * (to.y - from.y));
    expect(made.values[row * 40 + col]).toBe(255);
  }
  paint(made, from, to, 4, true);
  expect(Math.max(...made.values)).toBe(0);
});

test("a stroke beyond the border paints what is inside", () => {
  const made = empty(4);
  paint(made, { x: -50, y: 2 }, { x: 50, y: 2 }, 1, false);
  expect(drawing(made)).toEqual(["....", "####", "####", "...."]);
});

test("fill closes a hole with its soft edge", () => {
  const made = mask("######", "#+--+#", "#-..-#", "#+--+#", "######", "......");
  fill(made, { x: 2.5, y: 2.5 });
  expect(drawing(made)).toEqual([...Array(5).fill("######"), "......"]);
});

test("fill removes an island with its soft edge and nothing else", () => {
  const made = mask("..-....", ".-#-..#", "..-...#");
  fill(made, { x: 2.5, y: 1.5 });
  expect(drawing(made)).toEqual([".......", "......#", "......#"]);
});

test("regions that touch at a corner only are two", () => {
  const made = mask("#.", ".#");
  fill(made, { x: 0.5, y: 0.5 });
  expect(drawing(made)).toEqual(["..", ".#"]);
});

test("invert swaps subject and ground", () => {
  const made = mask("#.-");
  invert(made);
  expect([...made.values]).toEqual([0, 255, 195]);
});

test("runs give the bytes back", () => {
  const values = Uint8Array.from({ length: 5000 }, (_, at) => (at < 3000 ? 255 : at % 7));
  expect(decode(encode(values))).toEqual(values);
  expect(decode(encode(new Uint8Array()))).toEqual(new Uint8Array());
  expect(encode(new Uint8Array(512 * 512)).length).toBe(1);
});

test("sixty steps can be undone and done again, with what was switched off", () => {
  const history = new History();
  const at = (step: number) => ({ values: new Uint8Array([step]), active: step % 2 > 0 });
  let now = at(0);
  for (let step = 1; step <= 70; step++) {
    history.push(now);
    now = at(step);
  }
  let steps = 0;
  for (let before = history.undo(now); before; before = history.undo(now)) {
    now = before as ReturnType<typeof at>;
    steps += 1;
  }
  expect(steps).toBe(60);
  expect(now).toEqual(at(10));
  now = history.redo(now) as ReturnType<typeof at>;
  expect(now).toEqual(at(11));
  history.push(now);
  expect(history.canRedo).toBe(false);
});

test("there is a subject where anything is more subject than ground", () => {
  expect([mask("..-"), mask("..+"), empty(3)].map(({ values }) => hasSubject(values))).toEqual([
    false,
    true,
    false,
  ]);
  expect(hasSubject(new Uint8Array())).toBe(false);
});
