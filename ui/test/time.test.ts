import { describe, expect, test } from "vitest";
import * as time from "../src/lib/time";

const NOW = Date.parse("2026-11-23T12:00:00Z");

describe("ranges", () => {
  test("relative ones are seen from now", () => {
    expect(time.resolveRange("-24h", null, NOW)).toEqual({ min: "2026-11-22T12:00:00.000Z", max: undefined });
  });

  test("all has no start", () => {
    expect(time.resolveRange("all", "2026-11-23T00:00:00Z", NOW)).toEqual({
      min: undefined,
      max: "2026-11-23T00:00:00Z",
    });
  });

  test.each([
    ["-24h", null, "Last 24 hours"],
    ["-90m", null, "Last 90m"],
    ["all", null, "All time"],
    ["2026-11-22T00:00:00Z", null, "Since 2026-11-22 05:30"],
    ["2026-11-22T00:00:00Z", "2026-11-22T01:00:00Z", "2026-11-22 05:30 – 06:30"],
  ])("%s to %s is called %s", (from, to, label) => {
    expect(time.rangeLabel(from, to)).toBe(label);
  });
});

describe("instants", () => {
  test("are local, and rows of today show milliseconds", () => {
    expect(time.formatInstant("2026-11-23T09:29:58.618Z")).toBe("2026-11-23 14:59:58");
    expect(time.formatRowTime("2026-11-23T09:29:58.618Z", NOW)).toBe("14:59:58.618");
    expect(time.formatRowTime("2026-11-20T09:29:58.618Z", NOW)).toBe("Nov 20 14:59:58");
    expect(time.formatRowTime("2025-11-20T09:29:58.618Z", NOW)).toBe("2025 Nov 20 14:59:58");
  });

  test.each([
    [5_000, "5 s ago"],
    [300_000, "5 min ago"],
    [7_200_000, "2 h ago"],
    [172_800_000, "2 d ago"],
    [-5_000, "just now"],
    [-90_000, "in the future"],
  ])("%d ms before now is %s", (ms, text) => {
    expect(time.formatAgo(new Date(NOW - ms).toISOString(), NOW)).toBe(text);
  });
});
