import { expect, test } from "vitest";
import { barsOf, bucketAt, rangeOf, sayBuckets, ticksOf } from "../src/lib/histogram";

const AT = Date.parse("2026-11-22T08:30:00Z");
const MIN = 60_000;
const BUCKETS = [
  { at: AT, ok: 8, error: 2 },
  { at: AT + 5 * MIN, ok: 0, error: 0 },
  { at: AT + 10 * MIN, ok: 1000, error: 1 },
];

test("ok is below, error above, and a single error among many is seen", () => {
  const bars = barsOf(BUCKETS, 300, 50);
  expect(bars.map(({ x }) => x)).toEqual([0, 100, 200]);
  expect(bars[1]?.ok.height).toBe(0);
  for (const { ok, error } of bars) {
    expect(ok.y + ok.height).toBe(50);
    expect(error.y + error.height).toBe(ok.y);
    expect(error.y).toBeGreaterThanOrEqual(0);
  }
  expect(bars[2]?.error.height).toBe(2);
});

test("a place has a bucket, also beyond the ends", () => {
  expect([-5, 0, 99, 100, 299, 400].map((x) => bucketAt(x, 300, 3))).toEqual([0, 0, 0, 1, 2, 2]);
});

test("a selection is its range, from whichever end", () => {
  expect(rangeOf(BUCKETS, 5 * MIN, 2, 1)).toEqual({ from: AT + 5 * MIN, to: AT + 15 * MIN });
  expect(sayBuckets(BUCKETS, 5 * MIN, 0, 0)).toBe("Nov 22 14:00 – 14:05 · 8 ok · 2 errors");
  expect(sayBuckets(BUCKETS, 5 * MIN, 2, 0)).toBe("Nov 22 14:00 – 14:15 · 1,008 ok · 3 errors");
});

test("labels are few", () => {
  const hours = Array.from({ length: 96 }, (_, index) => ({ at: AT + index * 15 * MIN, ok: 1, error: 0 }));
  const ticks = ticksOf(hours, 15 * MIN);
  expect(ticks.length).toBeLessThanOrEqual(7);
  expect(ticks[0]).toEqual({ at: 0, label: "14:00" });
});
