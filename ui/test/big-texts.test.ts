import { expect, test } from "vitest";
import { jsonLength, type Json } from "../src/lib/json";
import { cutJson, joinJson } from "../src/lib/pieces-of-json";
import { sliceAt, sliceStarts } from "../src/lib/slices";

const VALUES: string[] = [
  "null",
  '"text"',
  "[]",
  '{"a": [1, [2, 3], {"b": "ccccccccccccccccccccccccccccccccccccccc"}], "d": {"e": {"f": [[], {}, [[[1]]]]}}}',
  '{"__proto__": {"x": [1, 2, 3]}, "constructor": "y", "0": 1, "z": {"__proto__": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}',
  JSON.stringify(Array.from({ length: 300 }, (_, index) => ({ index, list: [index, String(index)] }))),
];

test.each(VALUES)("a value cut to pieces of any size is the same when joined (%#)", (text) => {
  for (const size of [1, 20, 100, 1e6]) {
    let joined: Json = null;
    const pieces = [...cutJson(JSON.parse(text) as Json, size)];
    for (const piece of pieces) joined = joinJson(joined, structuredClone(piece));
    expect(JSON.stringify(joined)).toBe(JSON.stringify(JSON.parse(text)));
  }
});

test("no piece is much bigger than asked", () => {
  const value = Array.from({ length: 500 }, (_, index) => ({ index, text: "x".repeat(20) }));
  const sizes = [...cutJson(value, 1000)].map((piece) => JSON.stringify(piece).length);
  expect(sizes.length).toBeGreaterThan(10);
  expect(Math.max(...sizes)).toBeLessThan(2000);
});

test("characters of JSON are counted without writing it", () => {
  for (const text of ['{"a":[1,2.5,"b"],"c":{"d":null}}', "[]", "{}", "true", '"a"']) {
    expect(Math.abs(jsonLength(JSON.parse(text) as Json) - text.length)).toBeLessThan(3);
  }
});

test("slices of a text are the text, each a line at most and no half character", () => {
  for (const text of [
    "",
    "a",
    "a\nb\n",
    "\n\n",
    "x".repeat(500),
    `${"y".repeat(159)}😀${"z".repeat(400)}\nend`,
  ]) {
    const starts = sliceStarts(text);
    const slices = starts.map((start, index) => text.slice(start, starts[index + 1]));
    expect(slices.join("")).toBe(text);
    for (const slice of slices) {
      expect(slice.length).toBeLessThanOrEqual(161);
      expect(slice.slice(0, -1)).not.toContain("\n");
      expect(() => encodeURIComponent(slice)).not.toThrow();
    }
    starts.forEach((start, index) => expect(sliceAt(starts, start)).toBe(index));
  }
});
