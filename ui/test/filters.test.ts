import { expect, test } from "vitest";
import { filterParams, withFilter, withoutFilter, type Filter } from "../src/lib/filters";

const ERRORS: Filter = { field: "status", value: "5xx" };
const LIMITED: Filter = { field: "status", value: "429" };
const PROD: Filter = { field: "metadata", key: "env", value: "prod" };

test("values of one field are alternatives, metadata pairs go together", () => {
  expect(filterParams([LIMITED, ERRORS, PROD, { field: "metadata", key: "a.b", value: "c,d" }])).toEqual({
    status_code: "429,5xx",
    metadata: '{"env":"prod","a.b":"c,d"}',
  });
});

test("a filter is there once, and a metadata key has one value", () => {
  expect(withFilter([LIMITED], LIMITED)).toEqual([LIMITED]);
  expect(withFilter([PROD], { ...PROD, value: "staging" })).toEqual([{ ...PROD, value: "staging" }]);
  expect(withoutFilter([LIMITED, ERRORS], { ...LIMITED })).toEqual([ERRORS]);
});
