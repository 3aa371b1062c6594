import { describe, expect, test } from "vitest";
import type { Message } from "../src/lib/chat";
import { messageDifferences, parameterDifferences } from "../src/lib/compare";
import { wordDiff } from "../src/lib/word-diff";

const SIGNS = { same: "", out: "-", in: "+" };
const brief = (a: string, b: string) =>
  wordDiff(a, b)
    .map(({ kind, text }) => (kind === "same" ? text : `{${SIGNS[kind]}${text}}`))
    .join("");
const says = (role: Message["role"], text: string): Message => ({
  role,
  label: role,
  parts: [{ kind: "text", text }],
  finish: null,
});

describe("words that differ", () => {
  test.each([
    ["one two three", "one two three", "one two three"],
    ["one two three", "one 2 three", "one {-two}{+2} three"],
    ["", "new", "{+new}"],
    ["old", "", "{-old}"],
    ["", "", ""],
    ["a b", "a x b", "a {+x }b"],
    ["Don't stop.", "Don't stop!", "Don't stop{-.}{+!}"],
    ["größe 1", "größe 2", "größe {-1}{+2}"],
  ])("%j, %j", (a, b, changes) => expect(brief(a, b)).toBe(changes));

  test("both texts can be read out of the changes, whatever they are", () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    const text = () => Array.from({ length: random(40) }, () => "ab \n."[random(5)]).join("");
    for (let round = 0; round < 500; round++) {
      const [a, b] = [text(), text()];
      const changes = wordDiff(a, b);
      const without = (kind: string) =>
        changes
          .filter((each) => each.kind !== kind)
          .map((each) => each.text)
          .join("");
      expect([without("in"), without("out")]).toEqual([a, b]);
    }
  });

  test("texts too long for words are compared by lines, then whole, in bounded time", () => {
    const lines = (word: string) =>
      Array.from({ length: 800 }, (_, n) => `${word} ${n % 7} and more words\n`).join("");
    expect(wordDiff(lines("a"), lines("b")).length).toBeGreaterThan(0);
    const endless = (word: string) => `${word}\n`.repeat(100_000);
    expect(wordDiff(endless("a"), endless("b"))).toHaveLength(2);
  });
});

describe("parameters that differ", () => {
  test("by their paths; what was said is not among them", () => {
    const a = { model: "x", temperature: 0, messages: ["1"], tools: [{ name: "f" }], same: { deep: [1] } };
    const b = { model: "y", messages: ["2"], tools: [{ name: "g" }, 2], same: { deep: [1] }, n: null };
    expect(parameterDifferences(a, b)).toEqual([
      { path: "model", a: "x", b: "y" },
      { path: "temperature", a: 0, b: undefined },
      { path: "tools[0].name", a: "f", b: "g" },
      { path: "tools[1]", a: undefined, b: 2 },
      { path: "n", a: undefined, b: null },
    ]);
  });

  test("a body that is no object has none", () => expect(parameterDifferences("x", undefined)).toEqual([]));
});

describe("messages beside each other", () => {
  test("equal ones hold the rest in place; those of a role between them are versions", () => {
    const a = [
      says("system", "Be brief."),
      says("user", "hi"),
      says("assistant", "yes"),
      says("user", "why?"),
    ];
    const b = [says("system", "Be long."), says("user", "hi"), says("user", "why?"), says("assistant", "so")];
    expect(messageDifferences(a, b).map(({ role, kind }) => `${role} ${kind}`)).toEqual([
      "system changed",
      "user same",
      "assistant out",
      "user same",
      "assistant in",
    ]);
  });

  test("nothing against something", () => {
    expect(messageDifferences([], [says("user", "x")]).map(({ kind }) => kind)).toEqual(["in"]);
  });
});
