import { describe, expect, test } from "vitest";
import { DEFAULT_STATE, readListState, writeListState, type ListState } from "../src/lib/url-state";

const FULL: ListState = {
  q: 'rate "order id" 100%',
  from: "2026-11-22T14:00:00+01:00",
  to: "2026-11-22T15:00:00Z",
  sort: { field: "latency", direction: "asc" },
  filters: [
    { field: "status", value: "429" },
    { field: "status", value: "5xx" },
    { field: "model", value: "gpt-4o*" },
    { field: "user", value: "carol@northwind.example" },
    { field: "metadata", key: "framework.version", value: "a=b&c, d" },
  ],
  log: "a b/c",
  tab: "metadata",
};

describe("the codec of the list's state", () => {
  test("says nothing about the default state", () => {
    expect(writeListState(DEFAULT_STATE)).toBe("");
    expect(readListState("")).toEqual({ state: DEFAULT_STATE, problems: [] });
  });

  test("brings every part back as it was", () => {
    expect(readListState(writeListState(FULL))).toEqual({ state: FULL, problems: [] });
  });

  test("writes links people can read", () => {
    expect(writeListState(FULL)).toMatchInlineSnapshot(
      `"?q=rate+%22order+id%22+100%25&status=429%2C5xx&model=gpt-4o*&user=carol%40northwind.example&metadata.framework.version=a%3Db%26c%2C+d&from=2026-11-22T14%3A00%3A00%2B01%3A00&to=2026-11-22T15%3A00%3A00Z&sort=%2Blatency&log=a+b%2Fc&tab=metadata"`,
    );
  });

  test("takes a plus sign typed by hand", () => {
    expect(readListState("?sort=+cost").state.sort).toEqual({ field: "cost", direction: "asc" });
  });

  test.each([
    ["?from=yesterday", "time"],
    ["?from=-1y", "time"],
    ["?from=2026-11-22", "time"],
    ["?from=2026-11-22T14:00:00", "time"],
    ["?from=2026-11-22T14:00:00Z&to=2026-11-22T13:00:00Z", "time"],
    ["?to=now", "time"],
    ["?sort=speed", "sort"],
    ["?tab=raw", "tab"],
    ["?status=abc", { field: "status", value: "abc" }],
    ["?status=9xx", { field: "status", value: "9xx" }],
    ["?model=", { field: "model", value: "" }],
    ["?metadata.=x", { field: "metadata", key: "", value: "x" }],
  ])("%s is a problem at its control and never guessed", (search, at) => {
    expect(readListState(search).problems).toEqual([{ at, message: expect.any(String) as string }]);
  });
});
