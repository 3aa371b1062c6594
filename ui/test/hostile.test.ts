import { describe, expect, test } from "vitest";
import { pieces, visible } from "../src/lib/hostile";
import { hostOf, isSafeDataImage } from "../src/lib/links";

describe("hidden characters", () => {
  test.each([
    ["user\u202enimda", "user⟨U+202E⟩nimda"],
    ["pass\u200bword", "pass⟨U+200B⟩word"],
    ["a\u2066b\u2069c", "a⟨U+2066⟩b⟨U+2069⟩c"],
    ["\ufefftext", "⟨U+FEFF⟩text"],
    ["a\u0000b\u001bc", "a⟨U+0000⟩b⟨U+001B⟩c"],
    ["hi\u{e0041}", "hi⟨U+E0041⟩"],
    ["a\u200db", "a⟨U+200D⟩b"],
  ])("%j is shown as %s", (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  test.each(["tab\tand\nline", "Übung 日本語 עברית العربية", "👩‍💻 ❤️ 👍🏽", "می‌خواهم"])(
    "%s is left alone",
    (text) => {
      expect(visible(text)).toBe(text);
    },
  );

  test("are named", () => {
    expect(pieces("a\u202e")).toEqual([
      { text: "a" },
      { text: "⟨U+202E⟩", hidden: "U+202E right-to-left override" },
    ]);
  });
});

test.each([
  ["https://example.com:8443/a.png", "example.com:8443"],
  ["mailto:a@example.com", "a@example.com"],
  ["javascript:alert(1)", null],
  ["data:text/html,hi", null],
  ["not a url", null],
])("the host of %s is %s", (url, host) => {
  expect(hostOf(url)).toBe(host);
});

test("only pictures that run nothing are drawn", () => {
  expect(isSafeDataImage("data:image/png;base64,iVBORw0KGgo=")).toBe(true);
  expect(isSafeDataImage("data:image/svg+xml;base64,PHN2Zz4=")).toBe(false);
  expect(isSafeDataImage("https://example.com/a.png")).toBe(false);
});
