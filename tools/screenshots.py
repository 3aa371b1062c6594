"""Makes the pictures of docs/guides/dashboard.md and of the README: the real program, a day of logs, a real browser.

    python tools/screenshots.py [NAME ...]    all pictures, or those whose names begin so

They are written to docs/images/dashboard-NAME.png at 1440 x 900 (the panel alone: its own size), in 256 colours, which
makes them a third as large. Chromium is that of the PATH; the dashboard must be built (`npm run build` in ui/). Pictures
differ a little from run to run: times are of today.
"""

from __future__ import annotations

import base64
import struct
import sys
import tempfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT), str(ROOT / "tools")]

from playwright.sync_api import sync_playwright  # noqa: E402 - after the path, like all of ours

from tests.e2e.browser import CHROMIUM, FLAGS  # noqa: E402
from tests.e2e.program import Server  # noqa: E402
from tools import demo  # noqa: E402

IMAGES = ROOT / "docs" / "images"
BYTES_MAX = 150_000
Ids = dict[str, str]  # of logs, by the name in demo.SHOWN


@dataclass(frozen=True)
class Shot:
    """One picture.

    name   of the file, behind "dashboard-"
    path   of the page below /ui; `{NAME}` stands for the id of that log
    ready  selector of what must be there before
    steps  what is done before, on the page
    only   selector of the part that is taken, else the window
    dark   the other colours
    """

    name: str
    path: str
    ready: str
    steps: Callable[[Any], object] = lambda page: None
    only: str = ""
    dark: bool = False
    width: int = 1440
    height: int = 900


ROW = "[role=row][aria-rowindex='5']"
PANEL = "[aria-label=Log][role=complementary], aside[aria-label=Log]"
LIST = "/logs?log={tools}"


def complete(page: Any) -> None:
    page.keyboard.press("/")
    page.keyboard.type("is:error model:gp")
    page.get_by_role("option").first.wait_for()


def keys(page: Any) -> None:
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keyboard").wait_for()


def commands(page: Any) -> None:
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").wait_for()


def without_our_path(page: Any) -> None:
    """The server of the pictures keeps its data where no reader does."""
    page.get_by_role("cell", name="Directory that holds").wait_for()
    page.evaluate("""() => {
      const row = [...document.querySelectorAll('tr')].find((each) => each.cells[0].innerText === 'data');
      row.cells[1].firstChild.textContent = '/var/lib/portlog';
    }""")


def span(page: Any) -> None:
    page.keyboard.press("n")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)


PAGES = (
    Shot("light", LIST, ROW),
    Shot("dark", LIST, ROW, dark=True),
    Shot("errors", "/logs?q=is%3Aerror", ROW),
    Shot("filter", "/logs", ROW, complete),
    Shot("narrow", "/logs", "[role=row]", width=390, height=780),
    Shot("keys", "/logs", ROW, keys),
    Shot("welcome", "/welcome", "h1"),
    Shot("traces", "/traces", ROW),
    Shot("trace", "/traces/" + demo.AGENT_TRACE, "[role=treegrid]", span),
    Shot("trace-dark", "/traces/" + demo.AGENT_TRACE, "[role=treegrid]", dark=True),
    Shot("thread", "/traces/" + demo.AGENT_TRACE + "?show=thread", "h1"),
    Shot("analytics", "/analytics/overview?by=model", "canvas"),
    Shot("analytics-dark", "/analytics/overview", "canvas", dark=True),
    Shot("analytics-errors", "/analytics/errors", "canvas"),
    Shot("analytics-cache", "/analytics/cache", "canvas"),
    Shot("diff", "/diff?a={tools}&b={stream}", "h1"),
    Shot("exports", "/exports?make=1", "h1"),
    Shot("feedback", "/feedback", "h1"),
    Shot("api-keys", "/keys", "h1"),
    Shot("settings", "/settings/general", "h1", without_our_path),
    Shot("commands", "/logs", ROW, commands),
    Shot("groups", "/groups/model", "table, [role=grid], [role=table]"),
)
FORMS = tuple(Shot(f"panel-{name}", f"/logs?log={{{name}}}", PANEL, only=PANEL) for name in demo.SHOWN)
TABS = tuple(
    Shot(f"panel-{tab}", f"/logs?log={{tools}}&tab={tab}", PANEL, only=PANEL)
    for tab in ("request", "response", "metadata", "trace", "feedback", "raw")
)
SHOTS = (*PAGES, *FORMS, *TABS)


def main(words: Sequence[str]) -> int:
    chosen = [shot for shot in SHOTS if not words or any(shot.name.startswith(word) for word in words)]
    with tempfile.TemporaryDirectory(prefix="portlog-") as root:
        server = Server(Path(root) / "data", {})
        try:
            demo.fill(server.url)
            server.settle()
            large = take(server, chosen)
        finally:
            server.kill()
    print("\n".join(large))
    return 1 if large else 0


def take(server: Server, chosen: Sequence[Shot]) -> list[str]:
    """Take the pictures; return those that are too large."""
    ids = {name: server.get("/v1/logs", trace_id=f"shown-{name}")["data"][0]["id"] for name in demo.SHOWN}
    large = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for shot in chosen:
            path = IMAGES / f"dashboard-{shot.name}.png"
            context = browser.new_context(
                base_url=server.url, viewport={"width": shot.width, "height": shot.height},
                color_scheme="dark" if shot.dark else "light", reduced_motion="reduce",
            )  # fmt: skip
            look(context.new_page(), shot, ids, path)
            context.close()
            if path.stat().st_size > BYTES_MAX:
                large.append(f"{path.name}: {path.stat().st_size:,} bytes")
        browser.close()
    return large


def look(page: Any, shot: Shot, ids: Ids, path: Path) -> None:
    """Open a page, do its steps, wait until it rests, and take it."""
    page.goto("/ui" + shot.path.format(**ids))
    page.locator(shot.ready).first.wait_for()
    shot.steps(page)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(400)
    place: Any = page.locator(shot.only).first if shot.only else page
    path.write_bytes(packed(page, place.screenshot(scale="css", animations="disabled", caret="hide")))


# 256 colours: the most frequent that differ enough, before those that differ less; others become the nearest of these.
# Answers with width, height, colours, one byte a pixel.
PALETTE = """async (png) => {
  const image = new Image(); image.src = "data:image/png;base64," + png; await image.decode();
  const { width, height } = image, canvas = new OffscreenCanvas(width, height), ink = canvas.getContext("2d");
  ink.drawImage(image, 0, 0);
  const pixels = new Uint32Array(ink.getImageData(0, 0, width, height).data.buffer), counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const parts = (colour) => [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255];
  const known = [], places = new Map();
  for (const near of [300, 60, 12, 0]) {
    for (const [colour] of [...counts].sort((a, b) => b[1] - a[1])) {
      if (known.length === 256) break;
      const [r, g, b] = parts(colour);
      const close = ([x, y, z]) => (r - x) ** 2 + (g - y) ** 2 + (b - z) ** 2 < near;
      if (places.has(colour) || known.some(close)) continue;
      places.set(colour, known.length);
      known.push([r, g, b]);
    }
  }
  const nearest = (colour) => {
    const [r, g, b] = parts(colour); let best = 0, least = Infinity;
    known.forEach(([x, y, z], index) => {
      const far = (r - x) ** 2 + (g - y) ** 2 + (b - z) ** 2;
      if (far < least) [best, least] = [index, far];
    });
    places.set(colour, best);
    return best;
  };
  let bytes = "";
  for (const pixel of pixels) bytes += String.fromCharCode(places.get(pixel) ?? nearest(pixel));
  return [width, height, known, btoa(bytes)];
}"""


def packed(page: Any, png: bytes) -> bytes:
    """The same picture with a palette."""
    drawn = page.context.new_page()  # a blank one: the policy of ours forbids nothing there
    width, height, colours, pixels = drawn.evaluate(PALETTE, base64.b64encode(png).decode())
    drawn.close()
    raw = base64.b64decode(pixels)
    lines = b"".join(b"\0" + raw[at : at + width] for at in range(0, len(raw), width))
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", bytes(part for colour in colours for part in colour)),
        (b"IDAT", zlib.compress(lines, 9)),
        (b"IEND", b""),
    )
    chunks = (struct.pack(">I", len(d)) + kind + d + struct.pack(">I", zlib.crc32(kind + d)) for kind, d in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
