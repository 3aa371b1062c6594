import { describe, expect, test } from "vitest";
import { asUuid, hasWords, idKinds } from "../src/lib/palette";

const LOG = "01a21614-575c-7455-98f0-4b07c4f8175f";

describe("the command palette", () => {
  test("takes a UUID for a log first, 32 hex digits for a trace, anything else for words", () => {
    expect(idKinds(` ${LOG} `)).toEqual(["log", "trace"]);
    expect(idKinds(LOG.replaceAll("-", ""))).toEqual(["trace", "log"]);
    expect(idKinds(LOG.slice(1))).toEqual([]);
    expect(idKinds("logs")).toEqual([]);
  });

  test("writes an id as logs have it", () => {
    expect(asUuid(LOG.replaceAll("-", "").toUpperCase())).toBe(LOG);
    expect(asUuid(LOG)).toBe(LOG);
  });

  test("finds every typed word at the start of a word", () => {
    expect(hasWords("go to Analytics", "ana")).toBe(true);
    expect(hasWords("go to Analytics", "an go")).toBe(true);
    expect(hasWords("go to Analytics", "lytics")).toBe(false);
    expect(hasWords("anything", "  ")).toBe(true);
  });
});
