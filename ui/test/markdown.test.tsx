import { cleanup, render } from "@testing-library/react";
import { afterEach, describe, expect, test } from "vitest";
import Markdown from "../src/ui/Markdown";

afterEach(cleanup);

const draw = (text: string) => render(<Markdown text={text} />).container;

describe("Markdown of a log", () => {
  test("does what Markdown does", () => {
    const page = draw("# Head\n\n**bold** `code`\n\n- one\n- two\n\n```py\nreturn 1\n```");
    expect(page.querySelector("strong")?.textContent).toBe("bold");
    expect(page.querySelectorAll("li")).toHaveLength(2);
    expect(page.querySelector("pre")?.textContent).toBe("return 1\n");
    expect(page.querySelector("h1")).toBeNull();
  });

  test.each([
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)></svg>",
    "<iframe src=https://evil.example></iframe>",
    "![x](https://evil.example/a.png)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    '<style>*{display:none}</style><a style="x">',
    "| a |\n|:-:|\n| b |",
  ])("%s brings in nothing that acts", (text) => {
    const page = draw(text);
    expect(page.querySelector("script, img, svg, iframe, style, [style], [onerror], [onload]")).toBeNull();
  });

  test.each([
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,hi)",
    "[x](/ui/logs)",
    "<vbscript:x>",
  ])("%s is no link", (text) => {
    expect(draw(text).querySelector("a")).toBeNull();
  });

  test("links say where they lead and tell nothing about us", () => {
    const link = draw("[bank](https://evil.example/login)").querySelector("a");
    expect(link?.rel).toBe("noopener noreferrer");
    expect(link?.target).toBe("_blank");
    expect(link?.parentElement?.textContent).toBe("bank (evil.example)");
  });

  test("an image is a link to choose", () => {
    expect(draw("![cat](https://pics.example/a.png)").querySelector("a")?.textContent).toBe(
      "cat: load from pics.example",
    );
  });

  test("hidden characters are marked, in code too", () => {
    expect(draw("a\u202eb `c\u200bd`").textContent).toContain("a⟨U+202E⟩b c⟨U+200B⟩d");
  });
});
