import { expect, test } from "vitest";
import { formatBytes, formatCost, formatCount, formatLatency, formatTick, plural } from "../src/lib/numbers";

test.each([
  [null, "–"],
  [0, "$0"],
  [0.001, "<$0.0001"],
  [0.049, "$0.0005"],
  [12.34, "$0.1234"],
  [123.4, "$1.23"],
])("%s cents are %s", (cents, text) => {
  expect(formatCost(cents)).toBe(text);
});

test.each([
  [null, "–"],
  [0.4, "0 ms"],
  [820, "820 ms"],
  [999.6, "1.00 s"],
  [5_120, "5.12 s"],
  [32_000, "32.0 s"],
  [59_960, "1 min 00 s"],
  [125_000, "2 min 05 s"],
])("%s ms are %s", (ms, text) => {
  expect(formatLatency(ms)).toBe(text);
});

test.each([
  [0, "0 ms"],
  [500, "500 ms"],
  [1_500, "1.5 s"],
  [2_000, "2 s"],
  [10_000, "10 s"],
  [60_000, "1 min 00 s"],
])("on a ruler %s ms are %s", (ms, text) => {
  expect(formatTick(ms)).toBe(text);
});

test("counts are grouped, unknown is not zero", () => {
  expect([formatCount(0), formatCount(1_234_567), formatCount(null)]).toEqual(["0", "1,234,567", "–"]);
  expect([plural(1, "log"), plural(311, "log")]).toEqual(["1 log", "311 logs"]);
  expect([formatBytes(12), formatBytes(1536), formatBytes(3_145_728)]).toEqual(["12 B", "1.5 KB", "3.0 MB"]);
});
