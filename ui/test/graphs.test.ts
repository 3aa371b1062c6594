import { describe, expect, test } from "vitest";
import { csvOf } from "../src/lib/csv";
import { dimensionOf, dimensions } from "../src/lib/graphs/dimensions";
import { lookOf } from "../src/lib/graphs/look";
import { pointQuery } from "../src/lib/graphs/finds";
import { bucketAt, chartOf, rowsOf, type GraphReply, type LineOf } from "../src/lib/graphs/series";
import { GRAPHS } from "../src/lib/graphs/specs";
import { Fields } from "../src/lib/query/fields";

const at = (hour: number) => Date.UTC(2026, 10, 20, hour);
const stamp = (hour: number) => new Date(at(hour)).toISOString();
const reply = (points: Record<string, unknown>[], more: Partial<GraphReply> = {}): GraphReply => ({
  summary: {},
  data_points: points.map((point, hour) => ({ timestamp: stamp(hour), ...point })),
  from: at(0) + 60_000,
  to: at(2),
  bucket_ms: 3_600_000,
  ...more,
});
const spec = (path: string) => {
  const found = Object.values(GRAPHS)
    .flat()
    .find((each) => each.path === path);
  if (!found) throw new Error(path);
  return found;
};

describe("a graph's lines", () => {
  test("averages of nothing are gaps, counts of nothing are zero", () => {
    const latency = chartOf(
      spec("latency"),
      reply([
        { p50: 5, p90: 8, p99: 9, count: 2 },
        { p50: 0, p90: 0, p99: 0, count: 0 },
      ]),
    );
    expect(latency.lines.map(({ label, values }) => [label, values])).toEqual([
      ["p50", [5, null]],
      ["p90", [8, null]],
      ["p99", [9, null]],
    ]);
    expect(chartOf(spec("requests"), reply([{ total: 3 }, { total: 0 }])).lines[0]?.values).toEqual([3, 0]);
  });
  test("are one a status for errors", () => {
    const stats = (counts: Record<string, number>) => ({
      stats: Object.entries(counts).map(([code, count]) => ({ response_status_code: Number(code), count })),
    });
    const { lines } = chartOf(spec("errors/stacks"), reply([stats({ 429: 2 }), stats({ 429: 1, 500: 4 })]));
    expect(lines.map(({ label, values }) => [label, values])).toEqual([
      ["429", [2, 1]],
      ["500", [0, 4]],
    ]);
  });
  test("are one a value when split, the rest as others", () => {
    const part = (key: string | null, total: number, other = false) => ({
      key,
      other,
      summary: {},
      data_points: [{ timestamp: stamp(0), total }],
    });
    const { lines } = chartOf(
      spec("requests"),
      reply([{ total: 9 }], { series: [part("gpt-4o", 5), part("", 3), part(null, 1, true)] }),
    );
    expect(lines.map(({ label, of, values }) => [label, of, values[0]])).toEqual([
      ["gpt-4o", { kind: "value", value: "gpt-4o" }, 5],
      ["(none)", { kind: "value", value: "" }, 3],
      ["others", { kind: "others", values: ["gpt-4o", ""] }, 1],
    ]);
  });
  test("of the period before lie under those of this one", () => {
    const previous = { from: 0, to: 1, summary: {}, data_points: [{ timestamp: stamp(0), total: 7 }] };
    const { lines } = chartOf(spec("requests"), reply([{ total: 1 }, { total: 2 }], { previous }));
    expect(lines.map(({ label, before, values }) => [label, before, values])).toEqual([
      ["requests", false, [1, 2]],
      ["requests before", true, [7, null]],
    ]);
  });
  test("tries of retries add up", () => {
    const { lines } = chartOf(
      spec("requests/rescued"),
      reply([{ retry: [{ count: 2 }, { count: 3 }], fallback: 1 }]),
    );
    expect(lines.map(({ values }) => values[0])).toEqual([5, 1]);
  });
  test("lead to a bucket inside the asked range", () => {
    expect(bucketAt(reply([{}]), at(0))).toEqual({ from: at(0) + 60_000, to: at(1) });
    expect(bucketAt(reply([{}]), at(1))).toEqual({ from: at(1), to: at(2) });
  });
  test("of the range before lead to where they were", () => {
    const previous = { from: at(-2) + 60_000, to: at(0), summary: {}, data_points: [] };
    const compared = reply([{}], { previous });
    expect(bucketAt(compared, at(1), true)).toEqual({ from: at(-1), to: at(0) });
    expect(bucketAt(compared, at(0), true)).toEqual({ from: at(-2) + 60_000, to: at(-1) });
  });
});

describe("a point leads to the logs that it counts", () => {
  const fields = new Fields(null);
  const query = (path: string, of: LineOf | null, field: string | null = null, q = "user:ann") =>
    pointQuery(
      q,
      { spec: spec(path), line: of && { label: "", values: [], before: false, of }, field },
      fields,
    );
  test("all of the bucket, of one value, of no value, of the others", () => {
    expect(query("requests", null)).toBe("user:ann");
    expect(query("requests", { kind: "value", value: "gpt 4" }, "model")).toBe('user:ann model:"gpt 4"');
    expect(query("requests", { kind: "value", value: "" }, "model")).toBe('user:ann model:""');
    expect(query("requests", { kind: "others", values: ["a", "b c"] }, "model")).toBe(
      'user:ann -model:a,"b c"',
    );
  });
  test("errors only, where it counts errors; a status only, where it counts that", () => {
    expect(query("errors", null)).toBe("user:ann is:error");
    expect(query("errors", null, null, "is:error user:ann")).toBe("is:error user:ann");
    expect(query("errors/stacks", { kind: "clause", clause: "status:429" }, "model")).toBe(
      "user:ann is:error status:429",
    );
  });
  test("beside alternatives it narrows all of them", () => {
    expect(query("errors", null, null, "user:ann OR user:bob")).toBe("(user:ann OR user:bob) is:error");
  });
});

describe("as a table", () => {
  test("a row is a bucket", () => {
    const chart = chartOf(spec("requests"), reply([{ total: 3 }]));
    expect(rowsOf(chart, (ms) => new Date(ms).toISOString())).toEqual([
      ["time", "requests"],
      [stamp(0), 3],
    ]);
  });
  test("CSV runs no formula and keeps commas, quotes and lines in their cell", () => {
    const rows = [["=1+1", "a,b", 'say "hi"', "x\ny", -3, null, "-2", "@x"]];
    expect(csvOf(rows)).toBe(`'=1+1,"a,b","say ""hi""","x\ny",-3,,'-2,'@x\r\n`);
  });
});

test("without colours every line has a dash of its own", () => {
  const dashes = [0, 1, 2, 3, 4, 5].map((index) => JSON.stringify(lookOf(index, false, true).dash));
  expect(new Set(dashes).size).toBe(6);
});

test("six colours, then the same dashed; what was before is dotted", () => {
  expect(lookOf(0, false)).toEqual({ color: "--series-1" });
  expect(lookOf(6, false)).toEqual({ color: "--series-1", dash: [6, 3] });
  expect(lookOf(1, true)).toEqual({ color: "--series-2", dash: [2, 3] });
});

test("dimensions are fixed ones and keys of the metadata", () => {
  expect(dimensionOf("status")).toMatchObject({ dimension: "status_code", field: "status" });
  expect(dimensionOf("metadata:team.a")).toMatchObject({ dimension: "metadata.team.a", label: "team.a" });
  expect(dimensionOf("metadata:")).toBeNull();
  expect(dimensions(["env"]).at(-1)?.id).toBe("metadata:env");
});
