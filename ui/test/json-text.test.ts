import { expect, test, vi } from "vitest";
import type { Json } from "../src/lib/json";
import { isBigToWrite, writeJson } from "../src/lib/json-text";

const never = new AbortController().signal;
const many = (count: number): Json =>
  Array.from({ length: count }, (_, index) => ({
    id: index,
    'a"b': ["x\ny", null, 1.5, {}, []],
    deep: { deeper: [index] },
  }));

test.each<[string, Json]>([
  ["nothing", null],
  ["a text", 'a\n"b"'],
  ["empty ones", { list: [], object: {} }],
  ["a small value", many(3)],
  ["a big list", many(3_000)],
  ["a big object", { before: 1, list: many(2_000), "odd key": { inner: many(2_000) }, after: "é\u202e" }],
])("%s is written as JSON.stringify does", async (_, value) => {
  expect(await writeJson(value, never)).toBe(JSON.stringify(value, null, 2));
});

test("only what takes long is big", () => {
  expect([isBigToWrite("x".repeat(1e6)), isBigToWrite(many(100)), isBigToWrite(many(10_000))]).toEqual([
    false,
    false,
    true,
  ]);
});

test("what nobody waits for is not written to its end", async () => {
  const stop = new AbortController();
  const write = vi.spyOn(JSON, "stringify");
  const text = writeJson(many(300_000), stop.signal);
  stop.abort();
  expect(await text).toBe("");
  expect(write.mock.calls.length).toBeLessThan(300_000);
  write.mockRestore();
});
