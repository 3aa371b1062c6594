import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";

const SRC = "src";
/** The rooms in a line: each imports only from itself and from those after it. */
const ROOMS = ["main", "routes", "pages", "parts", "ui", "api", "lib"];

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter(
  (name) => /\.tsx?$/.test(name) && !name.endsWith(".d.ts"),
);

function roomOf(path: string): number {
  return ROOMS.indexOf(path.split("/")[0]?.replace(/\.tsx?$/, "") ?? "");
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(SRC, file), "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?"(\.[^"]+)"/g)].map((match) =>
    relative(SRC, join(SRC, dirname(file), match[1] ?? "")),
  );
}

describe("the house", () => {
  test.each(files)("%s imports only rooms below its own", (file) => {
    const up = importsOf(file).filter((path) => !path.endsWith(".css") && roomOf(path) < roomOf(file));
    expect(up).toEqual([]);
  });

  test.each(files.filter((file) => file.startsWith("ui/")))("%s could be in any product", (file) => {
    const text = readFileSync(join(SRC, file), "utf8");
    expect(importsOf(file).filter((path) => path.startsWith("api/"))).toEqual([]);
    expect(text).not.toMatch(/from "(wouter|@tanstack\/react-query)/);
  });

  test("only one place writes the address", () => {
    const writers = files.filter((file) =>
      /use-browser-location|history\.(push|replace)State/.test(readFileSync(join(SRC, file), "utf8")),
    );
    expect(writers).toEqual(["lib/address.ts"]);
  });

  test("only Markdown sets HTML", () => {
    const set = files.filter((file) =>
      /innerHTML|insertAdjacentHTML/i.test(readFileSync(join(SRC, file), "utf8")),
    );
    expect(set).toEqual(["ui/Markdown.tsx"]);
  });
});
