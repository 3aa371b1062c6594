import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { nameOptions, valueOptions } from "../src/lib/query/complete";
import { Fields, type QueryField } from "../src/lib/query/fields";
import { typingAt } from "../src/lib/query/lex";

const { fields: TABLE } = JSON.parse(readFileSync("../tests/fixtures/query-language.json", "utf8")) as {
  fields: QueryField[];
};
const fields = new Fields(TABLE);

/** What is offered at the "|", and the text after the first is taken, with its caret. */
function offered(marked: string, found: { value: string; detail: string }[] = [], keys: string[] = []) {
  const caret = marked.indexOf("|");
  const text = marked.replace("|", "");
  const typing = typingAt(text, caret);
  const field = fields.find(typing.name.startsWith("metadata.") ? "metadata" : typing.name);
  const options =
    typing.kind === "name"
      ? nameOptions(text, typing, fields, keys)
      : field
        ? valueOptions(text, typing, field, fields, found)
        : [];
  const first = options[0];
  return {
    labels: options.map(({ label }) => label),
    taken: first && `${first.text.slice(0, first.caret)}|${first.text.slice(first.caret)}`,
  };
}

test.each([
  ["mod|", ["model", "model_requested"], "model:|"],
  ["a -mod| b", ["model", "model_requested"], "a -model:| b"],
  ["(mod|)", ["model", "model_requested"], "(model:|)"],
  ["mod|:x", ["model", "model_requested"], "model:|x"],
  ["total_t|", ["tokens"], "tokens:|"],
  ["zzz|", [], undefined],
  ["a |", [], undefined],
])("at %s fields are offered", (marked, labels, taken) => {
  expect(offered(marked)).toEqual({ labels, taken });
});

test("keys of the metadata are fields too", () => {
  expect(offered("envi|", [], ["environment", "my env key"]).labels).toEqual(["env", "metadata.environment"]);
  expect(offered("meta|", [], ["a b"])).toEqual({
    labels: ["metadata", "metadata_raw", 'metadata."a b"'],
    taken: "metadata.|",
  });
});

test("an id that was pasted is first of all an id", () => {
  const uuid = "0198b9c2-5a70-7b9e-8f3a-0c1d2e3f4a5b";
  expect(offered(`${uuid}|`)).toEqual({ labels: [`id:${uuid}`, `trace:${uuid}`], taken: `id:${uuid}|` });
  const hex = uuid.replaceAll("-", "");
  expect(offered(`${hex}|`).labels).toEqual([`trace:${hex}`, `id:${hex}`]);
});

test("values that were found come with their counts, fixed ones after them, spelled so that they mean themselves", () => {
  const found = [
    { value: "a b", detail: "7" },
    { value: "gpt*", detail: "3" },
  ];
  expect(offered("user:|", found)).toEqual({ labels: ["a b", "gpt*"], taken: 'user:"a b"|' });
  expect(offered("is:e|").labels).toEqual(["error"]);
  expect(offered("cache:|", [{ value: "miss", detail: "9" }]).labels).toEqual([
    "miss",
    "hit",
    "semantic",
    "refreshed",
    "disabled",
  ]);
  expect(offered("sort:+la|")).toEqual({ labels: ["+latency"], taken: "sort:+latency|" });
  expect(offered("model:gpt-4o,cl|", [{ value: "claude", detail: "1" }]).taken).toBe("model:gpt-4o,claude|");
});
