import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { QueryField } from "../src/lib/query/fields";
import { Fields } from "../src/lib/query/fields";
import { tryParse } from "../src/lib/query/parse";
import { inCodePoints, Mistake, toText, type Query } from "../src/lib/query/syntax";

interface Case {
  q: string;
  tree?: Query["tree"];
  sort?: Query["sort"];
  text?: string;
  error?: { message: string; start: number; end: number; suggestion: string | null };
  /** Only the server refuses it. */
  server?: boolean;
}

// The server's tests read the same file: both parsers say the same of every case.
const FIXTURE = JSON.parse(readFileSync("../tests/fixtures/query-language.json", "utf8")) as {
  fields: QueryField[];
  cases: Case[];
};
const fields = new Fields(FIXTURE.fields);

function read(q: string): Query {
  const found = tryParse(q, fields);
  if (found instanceof Mistake) throw found;
  return found;
}

describe("the query language", () => {
  test.each(FIXTURE.cases.filter((each) => !each.error))("$q", ({ q, tree, sort, text }) => {
    const query = read(q);
    expect(inCodePoints(query, q)).toEqual({ tree, sort });
    expect(toText(query)).toBe(text);
    expect(toText(read(toText(query)))).toBe(text);
  });

  test.each(FIXTURE.cases.filter((each) => each.error && !each.server))("$q is refused", ({ q, error }) => {
    const found = tryParse(q, fields);
    expect(found).toBeInstanceOf(Mistake);
    const { message, start, end, suggestion } = found as Mistake;
    expect(inCodePoints({ message, start, end, suggestion }, q)).toEqual(error);
  });

  test("what only the server refuses is a tree here", () => {
    for (const { q } of FIXTURE.cases.filter((each) => each.server)) expect(() => read(q)).not.toThrow();
  });

  test("there are enough cases", () => {
    expect(FIXTURE.cases.length).toBeGreaterThan(300);
  });

  test("before the fields are known every name is one", () => {
    expect(tryParse("mdole:x sort:cost")).not.toBeInstanceOf(Mistake);
  });
});
