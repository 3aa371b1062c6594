import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as edit from "../src/lib/query/edit";
import { Fields, type QueryField } from "../src/lib/query/fields";
import { lex, typingAt } from "../src/lib/query/lex";
import { parse, tryParse } from "../src/lib/query/parse";
import { Mistake } from "../src/lib/query/syntax";

const FIXTURE = JSON.parse(readFileSync("../tests/fixtures/query-language.json", "utf8")) as {
  fields: QueryField[];
  cases: { q: string; error?: object }[];
};
const fields = new Fields(FIXTURE.fields);
const user = (value: string, out?: boolean) => ({ field: "user", value, out });

describe("only this value", () => {
  test.each([
    ["", "alice", "user:alice"],
    ["a  AND b", "alice", "a  AND b user:alice"],
    ["user:bob  err:x", "alice", "user:alice  err:x"],
    ["user:bob x user:carol -user:dan", "alice", "user:alice x"],
    ["x user:alice y", "alice", "x y"],
    ["user:ALICE", "alice", ""],
    ["user:alice,bob", "alice", "user:alice"],
    ["a OR b", "alice", "(a OR b) user:alice"],
    ["a sort:cost OR b", "alice", "(a OR b) user:alice sort:cost"],
    ["a OR b sort:cost", "alice", "(a OR b) sort:cost user:alice"],
    ["(user:bob)", "alice", "(user:bob) user:alice"],
    ["", "a b", 'user:"a b"'],
    ["", "a*", 'user:"a*"'],
    ["", 'say "hi"', 'user:"say \\"hi\\""'],
    ["", "", 'user:""'],
    ["", "<b>", 'user:"<b>"'],
    ["", "1..2", 'user:"1..2"'],
  ])("%s with %s is %s", (text, value, wanted) => {
    expect(edit.only(text, user(value), fields)).toBe(wanted);
  });

  test("a key of the metadata is a field", () => {
    const filter = { field: "metadata.my key", value: "x" };
    expect(edit.only("a", filter, fields)).toBe('a metadata."my key":x');
    expect(edit.only('a metadata."my key":y', filter, fields)).toBe('a metadata."my key":x');
  });
});

describe("this value too", () => {
  test.each([
    ["x", "alice", false, "x user:alice"],
    ["user:bob x", "alice", false, "user:bob,alice x"],
    ["user:bob,alice x", "alice", false, "user:bob x"],
    ["user:alice,bob x", "alice", false, "user:bob x"],
    ["x user:alice", "alice", false, "x"],
    ["x -user:alice", "alice", false, "x user:alice"],
    ["x", "alice", true, "x -user:alice"],
    ["NOT user:bob x", "alice", true, "NOT user:bob,alice x"],
    ["-user:bob,alice x", "alice", true, "-user:bob x"],
    ["user:alice x", "alice", true, "x -user:alice"],
    ["user:bob,alice", "alice", true, "user:bob -user:alice"],
    ["user~/a/", "alice", false, "user:alice"],
  ])("%s with %s (out: %s) is %s", (text, value, out, wanted) => {
    expect(edit.toggled(text, user(value, out), fields)).toBe(wanted);
  });
});

describe("a clause less", () => {
  test.each([
    ["a b c", 1, "a c"],
    ["a AND b", 1, "a"],
    ["a AND b", 0, "b"],
    ["a AND b AND c", 1, "a AND c"],
    ["a sort:cost b", 1, "a sort:cost"],
    ["a OR b", 0, ""],
    ["-a", 0, ""],
  ])("%s without part %d is %s", (text, index, wanted) => {
    const clause = edit.clausesOf(parse(text, fields))[index];
    expect(clause && edit.withoutClause(text, clause, fields)).toBe(wanted);
  });

  test("or no order", () => {
    expect(edit.withoutSort("sort:cost a sort:+time b", fields)).toBe("a b");
  });
});

test.each([
  ["status:5xx", "status", "503", "in"],
  ["status:>=400", "status", "429", "in"],
  ["status:400..499", "status", "503", null],
  ["model:gpt-4o*", "model", "gpt-4o-mini", "in"],
  ['model:"gpt-4o*"', "model", "gpt-4o-mini", null],
  ["-model:gpt-4o", "model", "GPT-4o", "out"],
  ["(model:gpt-4o OR x)", "model", "gpt-4o", null],
  ["user:*", "user", "alice", "in"],
])("in %s, %s %s is %s", (text, field, value, state) => {
  expect(edit.stateOf(parse(text, fields), field, value)).toBe(state);
});

test("whatever can be read can be edited, and read again", () => {
  for (const { q } of FIXTURE.cases.filter((each) => !each.error && each.q.length < 1000)) {
    for (const changed of [
      edit.only(q, user("a b"), fields),
      edit.toggled(q, user("x", true), fields),
      edit.withoutSort(q, fields),
      ...edit.clausesOf(parse(q, fields)).map((clause) => edit.withoutClause(q, clause, fields)),
    ]) {
      expect([q, changed, tryParse(changed, fields)]).not.toContainEqual(expect.any(Mistake));
    }
  }
});

test("pieces are drawn as they stand, right or wrong", () => {
  const text = '-model:gpt* "a b" (x OR res~/a b/) metadata."my key":"open';
  expect(lex(text).map(({ kind, start, end }) => [kind, text.slice(start, end)])).toEqual([
    ["filter", "-model:gpt*"],
    ["text", '"a b"'],
    ["paren", "("],
    ["text", "x"],
    ["operator", "OR"],
    ["filter", "res~/a b/"],
    ["paren", ")"],
    ["filter", 'metadata."my key":"open'],
  ]);
});

test.each([
  ["mod|", "name", "mod", "mod"],
  ["-mod|", "name", "mod", "mod"],
  ["a |", "name", "", ""],
  ["a (mo|)", "name", "mo", "mo"],
  ["model:|", "value", "", ""],
  ["model:gp|t", "value", "gp", "gpt"],
  ["model:a,gp|", "value", "gp", "gp"],
  ["model:a|,b", "value", "a", "a"],
  ['user:"a b|', "value", "a b", '"a b'],
  ["status:>=4|", "value", "4", "4"],
  ["mod|el:x", "name", "mod", "model"],
])("at %s a %s is typed: %s", (marked, kind, typed, replaced) => {
  const caret = marked.indexOf("|");
  const text = marked.replace("|", "");
  const found = typingAt(text, caret);
  expect([found.kind, found.typed, text.slice(found.start, found.end)]).toEqual([kind, typed, replaced]);
});
