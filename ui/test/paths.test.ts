import { expect, test } from "vitest";
import { logIdOf, paths, safeNext } from "../src/lib/paths";

test("every link", () => {
  expect({
    home: paths.home,
    logs: paths.logs(),
    filtered: paths.logs({ filters: [{ field: "trace", value: "tr-1" }], from: "all" }),
    log: paths.log("a/b"),
    logTab: paths.log("a", "request"),
    welcome: paths.welcome,
    login: paths.login("/logs?q=a&from=-1h"),
  }).toMatchInlineSnapshot(`
    {
      "filtered": "/logs?trace=tr-1&from=all",
      "home": "/",
      "log": "/logs/a%2Fb",
      "logTab": "/logs/a?tab=request",
      "login": "/login?next=%2Flogs%3Fq%3Da%26from%3D-1h",
      "logs": "/logs",
      "welcome": "/welcome",
    }
  `);
});

test.each(["a/b", "100%", "a%2Fb", "tr 1"])("the id %s survives its link", (id) => {
  expect(logIdOf(`/ui${paths.log(id)}`)).toBe(id);
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
