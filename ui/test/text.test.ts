import { fromFirstMark } from "../src/lib/marks";
import { expect, test } from "vitest";
import { clipLines, countLines } from "../src/lib/clip";
import { highlight } from "../src/lib/highlight";

test("an overlong line counts as the lines it fills", () => {
  expect(countLines(`a\n${"x".repeat(300)}\n`)).toBe(5);
  expect(clipLines("a\nb\nc", 2)).toBe("a\nb");
  expect(clipLines("x".repeat(1000), 2)).toHaveLength(240);
});

test("code is coloured and nothing of it is lost", () => {
  const code = `def f(x): # why\n  return "a # b" + 'c' + 0x1F // https://x.example\n`;
  const tokens = highlight(code);
  expect(tokens.map((token) => token.text).join("")).toBe(code);
  expect(
    tokens.filter((token) => token.kind !== "plain").map((token) => `${token.kind} ${token.text}`),
  ).toEqual([
    "keyword def",
    "comment # why",
    "keyword return",
    'string "a # b"',
    "string 'c'",
    "number 0x1F",
    "comment // https://x.example",
  ]);
});

test.each(["/*", '"', "'", "`", "\\", "0x"])("many %s and no end cost little", (opening) => {
  const start = performance.now();
  highlight(opening.repeat(49_000 / opening.length));
  expect(performance.now() - start).toBeLessThan(1000);
});

test.each([
  ["abc def", [[4, 7]], 4, "abc def", [[4, 7]]],
  ["some words before def", [[18, 21]], 4, "…ore def", [[5, 8]]],
  [
    "😀😀😀😀😀 def, def",
    [
      [11, 14],
      [6, 9],
    ],
    2,
    "…😀 def, def",
    [
      [8, 11],
      [3, 6],
    ],
  ],
  ["none", [], 2, "none", []],
] as [string, [number, number][], number, string, [number, number][]][])(
  "%s is cut before its first mark",
  (text, marks, lead, cut, moved) => {
    expect(fromFirstMark({ text, marks }, lead)).toEqual({ text: cut, marks: moved });
  },
);
