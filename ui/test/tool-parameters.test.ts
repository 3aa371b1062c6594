import { describe, expect, test } from "vitest";
import type { Json } from "../src/lib/json";
import { gapsOf } from "../src/lib/stream-gaps";
import { parametersOf } from "../src/lib/tool-parameters";

describe("what a tool asks for", () => {
  test("names, short types, what is needed, descriptions", () => {
    const schema = {
      type: "object",
      properties: {
        city: { type: "string", description: "Where" },
        unit: { enum: ["C", "F"] },
        days: { type: ["integer", "null"] },
        tags: { type: "array", items: { type: "string" } },
        either: { anyOf: [{ type: "string" }, { type: "number" }] },
        many: { type: "array", items: { enum: [1, 2] } },
        loud: { type: "STRING" },
        free: true,
      },
      required: ["city"],
    };
    expect(
      parametersOf(schema).map((each) => [each.name, each.type, each.required, each.description]),
    ).toEqual([
      ["city", "string", true, "Where"],
      ["unit", '"C" | "F"', false, ""],
      ["days", "integer | null", false, ""],
      ["tags", "string[]", false, ""],
      ["either", "string | number", false, ""],
      ["many", "(1 | 2)[]", false, ""],
      ["loud", "string", false, ""],
      ["free", "", false, ""],
    ]);
  });

  test.each<Json>([null, "text", { type: "string" }, { properties: 3 }, []])(
    "no parameters in %j",
    (schema) => {
      expect(parametersOf(schema)).toEqual([]);
    },
  );
});

describe("where a stream paused", () => {
  const span = {
    startTimeUnixNano: 1_000_000_000,
    events: [{ name: "chunk", gaps: [[1_500_000_000, 3_000_000_000]] }],
  };

  test("after the call began, and for how long", () => {
    expect(gapsOf({ span })).toEqual([{ at: 500, ms: 1_500 }]);
  });

  test.each<Json | undefined>([
    undefined,
    "text",
    { span: {} },
    { span: { ...span, startTimeUnixNano: "soon" } },
    { span: { ...span, events: [{ gaps: [3, ["a"], [5, 4], {}] }, null] } },
  ])("none in %j", (raw) => {
    expect(gapsOf(raw)).toEqual([]);
  });
});
