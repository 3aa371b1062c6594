import { describe, expect, test } from "vitest";
import * as state from "../src/lib/url-state";

const { logsState } = state;

const FULL: state.LogsState = {
  q: 'status:429,5xx -user:carol@northwind.example "order id" 100%',
  from: "2026-11-22T14:00:00+01:00",
  to: "2026-11-22T15:00:00Z",
  sort: { field: "latency", direction: "asc" },
  cols: ["time", "metadata.a,b%2C", "cost"],
  view: "v 1",
  log: "a b/c",
  tab: "metadata",
  find: "late",
  live: true,
};

describe("the list's state", () => {
  test("says nothing about the default state", () => {
    expect(logsState.write(logsState.defaults)).toBe("");
    expect(logsState.read("")).toEqual({ state: logsState.defaults, problems: [] });
  });

  test("brings every part back as it was", () => {
    expect(logsState.read(logsState.write(FULL))).toEqual({ state: FULL, problems: [] });
  });

  test("writes links people can read", () => {
    expect(logsState.write(FULL)).toMatchInlineSnapshot(
      `"?q=status%3A429%2C5xx+-user%3Acarol%40northwind.example+%22order+id%22+100%25&from=2026-11-22T14%3A00%3A00%2B01%3A00&to=2026-11-22T15%3A00%3A00Z&sort=%2Blatency&cols=time%2Cmetadata.a%252Cb%25252C%2Ccost&view=v+1&log=a+b%2Fc&tab=metadata&find=late&live=1"`,
    );
  });

  test("takes a plus sign typed by hand", () => {
    expect(logsState.read("?sort=+cost").state.sort).toEqual({ field: "cost", direction: "asc" });
  });

  test.each([
    ["?from=yesterday", "time"],
    ["?from=-1y", "time"],
    ["?from=2026-11-22", "time"],
    ["?from=2026-11-22T14:00:00", "time"],
    ["?from=2026-11-22T14:00:00Z&to=2026-11-22T13:00:00Z", "time"],
    ["?to=now", "time"],
    ["?sort=speed", "sort"],
    ["?tab=cooked", "tab"],
    ["?live=maybe", "live"],
  ])("%s is a problem at its control and never guessed", (search, at) => {
    expect(logsState.read(search).problems).toEqual([{ at, message: expect.any(String) as string }]);
  });
});

const QUESTION = { q: "status:429", from: "-7d", to: null };

test("every other page's state", () => {
  expect({
    log: state.logState.write({ tab: "request", find: "a&b" }),
    traces: state.tracesState.write({ ...QUESTION, order: "duration" }),
    trace: state.traceState.write({ show: "list", span: "s1", zoom: "10..900", only: "errors" }),
    analytics: state.analyticsState.write({ ...QUESTION, compare: "previous", by: "model" }),
    groups: state.groupsState.write({ ...QUESTION, order: "-cost" }),
    exports: state.exportsState.write({ ...QUESTION, make: true }),
    table: state.tableState.write({ filter: "bad answers", page: 2 }),
    diff: state.diffState.write({ a: "1", b: "2", part: "answer" }),
  }).toMatchInlineSnapshot(`
    {
      "analytics": "?q=status%3A429&from=-7d&compare=previous&by=model",
      "diff": "?a=1&b=2&part=answer",
      "exports": "?q=status%3A429&from=-7d&make=1",
      "groups": "?q=status%3A429&from=-7d&order=-cost",
      "log": "?tab=request&find=a%26b",
      "table": "?filter=bad+answers&page=2",
      "trace": "?show=list&span=s1&zoom=10..900&only=errors",
      "traces": "?q=status%3A429&from=-7d&order=duration",
    }
  `);
});

test.each(["?page=0", "?page=x", "?page=-1"])("%s is no page of a table", (search) => {
  expect(state.tableState.read(search).problems).toHaveLength(1);
});

test("the question of one page is the question of another", () => {
  const search = logsState.write({ ...FULL, ...QUESTION });
  expect(state.questionState.read(search).state).toEqual(QUESTION);
});
