import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, test } from "vitest";
import { findNodes, finder } from "../src/lib/find";
import { childPath, defaultOpen, openToDepth, treeRows } from "../src/lib/json-tree";
import { JsonTree } from "../src/ui/JsonTree";

afterEach(cleanup);

describe("the rows of a value", () => {
  test("are in order, with paths one can paste", () => {
    const rows = treeRows({ messages: [{ "x-id": 1 }], empty: {} }, new Set(), () => true);
    expect(rows.map((row) => [row.path, row.depth, row.size])).toEqual([
      ["", 0, 2],
      ["messages", 1, 1],
      ["messages[0]", 2, 1],
      ['messages[0]["x-id"]', 3, null],
      ["empty", 1, 0],
    ]);
    expect(childPath("", "a b", false)).toBe('["a b"]');
  });

  test("a big value opens to a depth, a small one wholly", () => {
    const leaves = Array.from({ length: 200 }, (_, index) => ({ index }));
    expect(defaultOpen({ a: { b: { c: { d: 1 } } } })(4, 1)).toBe(true);
    expect(treeRows({ leaves }, new Set(), defaultOpen({ leaves })).length).toBe(202);
  });
});

describe("a tree that is searched", () => {
  const value = { a: { b: ["needle", "hay"] }, c: { needles: { d: 1 } }, e: { f: 2 } };
  const found = findNodes(value, finder("NEEDLE") ?? /$/u);

  test("finds names and values, and what they are in", () => {
    expect(found.map(({ path, within }) => [path, within.map((each) => each.path)])).toEqual([
      ["a.b[0]", ["", "a", "a.b"]],
      ["c.needles", ["", "c"]],
    ]);
    expect(findNodes(value, finder("1") ?? /$/u).map(({ path }) => path)).toEqual(["c.needles.d"]);
    expect(finder("a.b(")?.test("a.b(")).toBe(true);
    expect(finder("a.b")?.test("axb")).toBe(false);
  });

  test("shows what was found and the way to it; what was found can be opened whole", () => {
    const kept = {
      found: new Set(found.map(({ path }) => path)),
      within: new Set(found.flatMap(({ within }) => within.map(({ path }) => path))),
    };
    const shown = (toggled: string[]) =>
      treeRows(value, new Set(toggled), () => true, kept).map(({ path }) => path);
    expect(shown([])).toEqual(["", "a", "a.b", "a.b[0]", "c", "c.needles"]);
    expect(shown(["c.needles", "a"])).toEqual(["", "a", "c", "c.needles", "c.needles.d"]);
  });

  test("is opened to a depth, but for long lists", () => {
    const rows = treeRows(
      { a: { b: { c: 1 } }, long: Array.from({ length: 9000 }, () => 0) },
      new Set(),
      openToDepth(2),
    );
    expect(rows.map(({ path }) => path)).toEqual(["", "a", "a.b", "long"]);
  });
});

describe("the tree", () => {
  test("opens and closes by click and by keyboard, with one tab stop", () => {
    render(<JsonTree label="Body" value={{ outer: { inner: 7 } }} />);
    expect(screen.getAllByRole("treeitem")).toHaveLength(3);
    expect(screen.getAllByRole("treeitem").filter((item) => item.tabIndex === 0)).toHaveLength(1);
    fireEvent.click(screen.getByText("outer:"));
    expect(screen.queryByText("inner:")).toBeNull();
    const outer = screen.getAllByRole("treeitem")[1];
    if (!outer) throw new Error("no row");
    fireEvent.keyDown(outer, { key: "ArrowRight" });
    expect(screen.getByText("inner:")).toBeTruthy();
  });

  test("shows a long text whole when asked", () => {
    const text = `first\n${"x".repeat(300)}end`;
    render(<JsonTree label="Body" value={{ text }} />);
    expect(screen.queryByText(/end$/)).toBeNull();
    fireEvent.click(screen.getByText("text:"));
    expect(screen.getByText(/end$/)).toBeTruthy();
  });

  test("draws text of a log as text, hidden characters marked", () => {
    render(<JsonTree label="Body" value={{ a: "<img src=x onerror=alert(1)>", "k\u202ey": 1 }} />);
    expect(document.querySelector("img")).toBeNull();
    expect(screen.getByText("⟨U+202E⟩").title).toBe("U+202E right-to-left override");
  });
});
