import { expect, test } from "vitest";
import type { LogRow } from "../src/api/types";
import { columnsOf, readColumn, unknownColumns, writeColumn } from "../src/parts/columns";
import { rowList } from "../src/parts/row-list";

const row = (id: string) => ({ id }) as LogRow;

test("a row has its place, also behind rows that were dropped", () => {
  const list = rowList([row("new")], 200, [row("a"), row("b")]);
  expect(list.length).toBe(203);
  expect([0, 1, 200, 201, 202, 203].map((index) => list.at(index)?.id)).toEqual([
    "new",
    undefined,
    undefined,
    "a",
    "b",
    undefined,
  ]);
  expect(["new", "b", "c"].map(list.indexOf)).toEqual([0, 202, -1]);
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
