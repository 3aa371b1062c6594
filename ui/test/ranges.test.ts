import { afterEach, describe, expect, test } from "vitest";
import { readRange } from "../src/lib/ranges";
import { formatSpan, toIso } from "../src/lib/time";
import { setZone } from "../src/lib/zone";

// A Monday, 17:30 where the tests are.
const NOW = Date.parse("2026-11-23T12:00:00Z");

afterEach(() => setZone("local"));

describe("a range as it is typed", () => {
  test.each([
    ["1h", "-1h", null, "Last hour"],
    ["24h", "-24h", null, "Last 24 hours"],
    ["7d", "-7d", null, "Last 7 days"],
    ["-90m", "-90m", null, "Last 90m"],
    ["all", "all", null, "All time"],
    ["today", "2026-11-23T00:00:00+05:30", null, "Since 2026-11-23 00:00"],
    [
      "Yesterday",
      "2026-11-22T00:00:00+05:30",
      "2026-11-23T00:00:00+05:30",
      "2026-11-22 00:00 – 2026-11-23 00:00 (1 d)",
    ],
    ["month", "2026-11-01T00:00:00+05:30", null, "Since 2026-11-01 00:00"],
    ["week", "2026-11-23T00:00:00+05:30", null, "Since 2026-11-23 00:00"],
    ["Tue..", "2026-11-17T00:00:00+05:30", null, "Since 2026-11-17 00:00"],
    [
      "mon",
      "2026-11-23T00:00:00+05:30",
      "2026-11-24T00:00:00+05:30",
      "2026-11-23 00:00 – 2026-11-24 00:00 (1 d)",
    ],
    [
      "tue..thursday",
      "2026-11-17T00:00:00+05:30",
      "2026-11-20T00:00:00+05:30",
      "2026-11-17 00:00 – 2026-11-20 00:00 (3 d)",
    ],
    [
      "2026-11-22 14:00..15:00",
      "2026-11-22T14:00:00+05:30",
      "2026-11-22T15:00:00+05:30",
      "2026-11-22 14:00 – 15:00 (1 h)",
    ],
    [
      "2026-11-22T14:00Z..2026-11-22T15:30:30Z",
      "2026-11-22T19:30:00+05:30",
      "2026-11-22T21:00:30+05:30",
      "2026-11-22 19:30 – 21:00:30 (1 h 30 min)",
    ],
    [
      "2026-10",
      "2026-10-01T00:00:00+05:30",
      "2026-11-01T00:00:00+05:30",
      "2026-10-01 00:00 – 2026-11-01 00:00 (31 d)",
    ],
    [
      "1795435200",
      "2026-11-23T17:00:00+05:30",
      "2026-11-23T18:00:00+05:30",
      "2026-11-23 17:00 – 18:00 (1 h)",
    ],
    ["9:00..", "2026-11-23T09:00:00+05:30", null, "Since 2026-11-23 09:00"],
    ["..2026-11-01", "all", "2026-11-02T00:00:00+05:30", "Start – 2026-11-02 00:00"],
    ["3h..1h", "2026-11-23T14:30:00+05:30", "2026-11-23T16:30:00+05:30", "2026-11-23 14:30 – 16:30 (2 h)"],
  ])("%s", (text, from, to, says) => {
    expect(readRange(text, NOW)).toEqual({ from, to, says });
  });

  test.each(["", "soon", "2026-02-30", "25:61", "tue..soon", "..", "15:00..14:00", "2026-13"])(
    "%s is refused with a sentence",
    (text) => expect(readRange(text, NOW)).toEqual(expect.any(String)),
  );

  test("is read in UTC when that is chosen", () => {
    setZone("utc");
    expect(readRange("yesterday", NOW)).toMatchObject({
      from: "2026-11-22T00:00:00Z",
      to: "2026-11-23T00:00:00Z",
    });
  });
});

test("instants in URLs have their offset", () => {
  expect(toIso(NOW + 5)).toBe("2026-11-23T17:30:00.005+05:30");
});

test.each([
  [900, "900 ms"],
  [90_000, "1 min 30 s"],
  [3_600_000, "1 h"],
  [93_600_000, "1 d 2 h"],
])("%d ms are %s", (ms, text) => {
  expect(formatSpan(ms)).toBe(text);
});
