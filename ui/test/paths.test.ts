import { expect, test } from "vitest";
import { lastSegment, paths, safeNext } from "../src/lib/paths";

test("every link", () => {
  const question = { q: "user:a b", from: "-7d", to: null };
  expect({
    home: paths.home,
    logs: paths.logs(),
    filtered: paths.logs({ q: "trace:tr-1", from: "all" }),
    log: paths.log("a/b"),
    logTab: paths.log("a", "request"),
    traces: paths.traces(question),
    trace: paths.trace("a/b", { span: "s" }),
    analytics: paths.analytics(),
    errors: paths.analytics("errors", { ...question, compare: "previous" }),
    groups: paths.groups(),
    metadata: paths.groups("metadata:my key", question),
    feedback: paths.feedback(),
    exports: paths.exports(),
    keys: paths.keys({ filter: "prod", page: 3 }),
    diff: paths.diff("a", "b"),
    settings: paths.settings(),
    prices: paths.settings("prices"),
    welcome: paths.welcome,
    login: paths.login("/logs?q=a&from=-1h"),
  }).toMatchInlineSnapshot(`
    {
      "analytics": "/analytics/overview",
      "diff": "/diff?a=a&b=b",
      "errors": "/analytics/errors?q=user%3Aa+b&from=-7d&compare=previous",
      "exports": "/exports",
      "feedback": "/feedback",
      "filtered": "/logs?q=trace%3Atr-1&from=all",
      "groups": "/groups/model",
      "home": "/",
      "keys": "/keys?filter=prod&page=3",
      "log": "/logs/a%2Fb",
      "logTab": "/logs/a?tab=request",
      "login": "/login?next=%2Flogs%3Fq%3Da%26from%3D-1h",
      "logs": "/logs",
      "metadata": "/groups/metadata%3Amy%20key?q=user%3Aa+b&from=-7d",
      "prices": "/settings/prices",
      "settings": "/settings/general",
      "trace": "/traces/a%2Fb?span=s",
      "traces": "/traces?q=user%3Aa+b&from=-7d",
      "welcome": "/welcome",
    }
  `);
});

test.each(["a/b", "100%", "a%2Fb", "tr 1"])("the id %s survives its link", (id) => {
  expect(lastSegment(`/ui${paths.log(id)}`)).toBe(id);
});

test.each([
  ["/logs?q=a", "/logs?q=a"],
  [null, "/"],
  ["//evil.example", "/"],
  ["/\\evil.example", "/"],
  ["https://evil.example", "/"],
  ["/login?next=/login", "/"],
])("after login %s leads to %s", (next, path) => {
  expect(safeNext(next)).toBe(path);
});
