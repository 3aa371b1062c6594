import { describe, expect, test } from "vitest";
import type { TraceSpan } from "../src/lib/trace/span";
import { around, isFound, openRows, repeatedCalls, selfMs, sorted, treeOf } from "../src/lib/trace/tree";
import { newMessages } from "../src/lib/trace/thread";
import { barOf, fitted, panned, readZoom, ticks, within, writeZoom, zoomed } from "../src/lib/trace/zoom";

const span = (depth: number, start_ms: number, more: Partial<TraceSpan> = {}): TraceSpan => ({
  depth,
  start_ms,
  duration_ms: 10,
  ...more,
});
const SPANS = [
  span(0, 0, { name: "root", duration_ms: 100, self_ms: 60 }),
  span(1, 5, { name: "plan" }),
  span(2, 6, { name: "call", outcome: "error", cost_usd: 2 }),
  span(1, 50, { name: "tool", cost_usd: 5 }),
  span(0, 200, { placeholder: true, duration_ms: undefined }),
  span(1, 210, { name: "orphan" }),
];

describe("the tree", () => {
  const nodes = treeOf(SPANS);
  test("knows who stands below whom", () => {
    expect(nodes.map(({ parent }) => parent)).toEqual([-1, 0, 1, 0, -1, 4]);
    expect(nodes.map(({ end }) => end)).toEqual([4, 3, 3, 4, 6, 6]);
  });
  test("counts siblings", () => {
    expect(nodes.map(({ position, siblings }) => [position, siblings])).toEqual([
      [1, 2],
      [1, 2],
      [1, 1],
      [2, 2],
      [2, 2],
      [1, 1],
    ]);
  });
  test("knows which tool was called with the same again", () => {
    const call = (preview: string, kind = "tool") => span(1, 0, { kind, name: "search", preview });
    const calls = [call("tents"), call("pegs"), call("tents"), call("tents", "llm"), call("tents")];
    expect(repeatedCalls(treeOf(calls))).toEqual([2, 4]);
  });
  test("hides what is below a closed row", () => {
    expect(openRows(nodes, new Set([1])).map(({ index }) => index)).toEqual([0, 1, 3, 4, 5]);
    expect(openRows(nodes, new Set([0, 4])).map(({ index }) => index)).toEqual([0, 4]);
  });
  test("of ten thousand levels is made without recursion", () => {
    const deep = treeOf(Array.from({ length: 10_000 }, (_, depth) => span(depth, depth)));
    expect(deep.at(-1)?.parent).toBe(9_998);
    expect(deep.every(({ end }) => end === 10_000)).toBe(true);
  });
  test("is found by text and by errors", () => {
    expect(SPANS.map((each) => isFound(each, "CALL", false))).toEqual([
      false,
      false,
      true,
      false,
      false,
      false,
    ]);
    expect(SPANS.filter((each) => isFound(each, "", true))).toHaveLength(1);
  });
  test("sorts flat, without placeholders", () => {
    expect(sorted(nodes, "cost").map(({ index }) => index)).toEqual([3, 2, 0, 1, 5]);
    expect(sorted(nodes, "self")[0]?.index).toBe(0);
    expect(selfMs(span(0, 0))).toBe(10);
  });
  test("shows a part around one row", () => {
    expect(around([0, 1, 2, 3, 4, 5], 0, 3)).toEqual([0, 1, 2]);
    expect(around([0, 1, 2, 3, 4, 5], 5, 3)).toEqual([3, 4, 5]);
    expect(around([0, 1], 1, 12)).toEqual([0, 1]);
  });
});

describe("the zoom", () => {
  test("is read and written as it stands in the URL", () => {
    expect(readZoom("10..50", 100)).toEqual({ from: 10, to: 50 });
    expect(readZoom("50..10", 100)).toBeNull();
    expect(readZoom("x", 100)).toBeNull();
    expect(writeZoom({ from: 0, to: 100 }, 100)).toBeNull();
    expect(writeZoom({ from: 10, to: 50.04 }, 100)).toBe("10..50");
  });
  test("stays in the trace", () => {
    expect(within({ from: -10, to: 30 }, 100)).toEqual({ from: 0, to: 40 });
    expect(panned({ from: 80, to: 100 }, 0.5, 100)).toEqual({ from: 80, to: 100 });
    expect(zoomed({ from: 40, to: 60 }, 0.5, 100)).toEqual({ from: 45, to: 55 });
    expect(zoomed({ from: 0, to: 100 }, 2, 100)).toEqual({ from: 0, to: 100 });
    expect(fitted(50, 10, 100)).toEqual({ from: 49, to: 61 });
  });
  test("says where a bar is", () => {
    expect(barOf(50, 25, { from: 0, to: 100 })).toEqual({ left: 50, width: 25 });
    expect(barOf(0, 100, { from: 50, to: 100 })).toEqual({ left: 0, width: 100 });
    expect(barOf(0, 10, { from: 50, to: 100 })).toBeNull();
  });
  test("has round ticks", () => {
    expect(ticks({ from: 0, to: 11_800 }, 6)).toEqual([0, 2000, 4000, 6000, 8000, 10_000]);
    expect(ticks({ from: 0, to: 0 }, 6)).toEqual([]);
  });
});

describe("the thread", () => {
  test("leaves out what the calls before had said, answers too", () => {
    const user = { role: "user", text: "hi" };
    const answer = { role: "assistant", text: "hello" };
    const next = { role: "user", text: "more" };
    const turns = newMessages([[user, { ...answer, finish: "stop" }], [user, answer, next], null]);
    expect(turns).toEqual([
      { known: 0, messages: [user, { ...answer, finish: "stop" }] },
      { known: 2, messages: [next] },
      null,
    ]);
  });
});
