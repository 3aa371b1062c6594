import { expect, test } from "vitest";
import type { LogRow } from "../src/api/types";
import { columnsOf, readColumn, unknownColumns, writeColumn } from "../src/parts/columns";
import { rowList } from "../src/parts/row-list";

const row = (id: string) => ({ id }) as LogRow;

test("a row has its place, also behind rows that were dropped", () => {
  const list = rowList([row("new")], 200, [[row("a"), row("b")], [row("c")]]);
  expect(list.length).toBe(204);
  expect([0, 1, 200, 201, 202, 203, 204].map((index) => list.at(index)?.id)).toEqual([
    "new",
    undefined,
    undefined,
    "a",
    "b",
    "c",
    undefined,
  ]);
  expect(["new", "b", "c", "d"].map(list.indexOf)).toEqual([0, 202, 203, -1]);
  expect(list.sample(2).map(({ id }) => id)).toEqual(["new", "a"]);
});

test("a row that came anew stands where its page has it, as it is by now", () => {
  const list = rowList(
    [row("new"), row("a")],
    0,
    [[row("b"), row("a")]],
    new Map([["b", { ...row("b"), ai_model: "m" }]]),
  );
  expect(list.length).toBe(3);
  expect([0, 1, 2].map((index) => list.at(index)?.id)).toEqual(["new", "b", "a"]);
  expect(list.indexOf("a")).toBe(2);
  expect(list.at(1)?.ai_model).toBe("m");
});

test.each([
  "model",
  "model@220",
  "metadata.environment",
  "metadata.a,b@64",
  "preview@400",
  "metadata.x@12@120",
])("the column %s is written as it was read", (text) => {
  const column = readColumn(text);
  expect(column && writeColumn(column)).toBe(text);
});

test("columns that do not exist are named and left out", () => {
  const cols = ["time", "speed", "metadata.", "model@9999"];
  expect(columnsOf(cols).map(({ id }) => id)).toEqual(["time"]);
  expect(unknownColumns(cols)).toEqual(["speed", "metadata.", "model@9999"]);
});
