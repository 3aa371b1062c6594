"""The dashboard's budgets, each measured over a store of its own in a headless Chromium.

    cd ui && npm run build
    python bench/ui/budgets.py --out bench/results/ui-budgets.json
    python bench/ui/budgets.py --only scroll,live --minutes 30

Figures are the best of `--repeat` runs, each for itself: other work on the machine only adds. `script` and `main_thread` are CPU of
the page's main thread as the debugger counts it; what a person waits for is time. The panel with large bodies has a script
of its own, panel.py; sizes of files are a test.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from browser import Page, browser, machine

import harness  # of the folder above, which browser.py names

FIRST_ROW = '[role=grid][aria-label=Logs] [role=row][aria-rowindex="2"]'
Figures = dict[str, float]


@dataclass
class Bench:
    """What a measurement has to work with."""

    server: harness.Server
    browser: Any
    minutes: float  # of live tail

    @property
    def url(self) -> str:
        return f"http://{self.server.host}:{self.server.port}/ui"

    @contextmanager
    def page(self, path: str = "/logs?from=all") -> Iterator[Page]:
        """A fresh browser context at a page."""
        context = self.browser.new_context(viewport={"width": 1440, "height": 900})
        page = Page(context.new_page(), self.url)
        if path:
            page.page.goto(self.url + path)
            page.page.locator(FIRST_ROW).or_(page.page.locator("[role=grid], [role=treegrid], canvas")).first.wait_for()
            page.page.wait_for_timeout(3000)  # what is loaded ahead of its use is there
        yield page
        context.close()


def load(bench: Bench) -> Figures:
    """From nothing in the cache to the first paint and the first row, with a processor four times as slow."""
    with bench.page("") as page:
        page.slow_down(4)
        page.page.goto(f"{bench.url}/logs?from=all", wait_until="commit")
        usable = page.page.evaluate("selector => there(selector)", FIRST_ROW)
        page.page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
        paint = page.page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        return {"first_paint_ms": round(paint), "usable_ms": round(usable)}


TYPED = 'status:>=400 model:gpt-4o* user:alice "rate limit"'


def typing(bench: Bench) -> Figures:
    """A query typed into the filter bar."""
    with bench.page() as page:
        page.page.keyboard.press("/")
        with page.work() as work:
            page.page.keyboard.type(TYPED, delay=30)
        return work.each(len(TYPED), "a_key")


# Key, and what is there as its answer.
ANSWERS = {
    "next_row": ("j", '[role=row][aria-rowindex="3"] [role=gridcell]:focus'),
    "facets_hidden": ("\\", "main:not(:has([aria-label=Facets]))"),
    "panel": ("Enter", "aside[aria-label=Log]"),
    "tab": ("7", '[role=tab][aria-selected=true]:last-child'),
    "commands": ("Control+k", "dialog[open]"),
}


def answers(bench: Bench) -> Figures:
    """From a key to what it shows."""
    figures: Figures = {}
    with bench.page() as page:
        page.page.locator(f"{FIRST_ROW} [role=gridcell]").first.focus()
        for name, (key, selector) in ANSWERS.items():
            assert not page.page.locator(selector).count(), f"{name} is there before its key"
            page.page.evaluate(
                """selector => {
                  addEventListener('keydown', () => {
                    const began = performance.now();
                    window.answered = there(selector).then(() => performance.now() - began);
                  }, { capture: true, once: true });
                }""",
                selector,
            )
            page.page.keyboard.press(key)
            figures[f"{name}_ms"] = round(page.page.evaluate("answered"))
            page.page.wait_for_timeout(200)
    return figures


FRAMES = 300
SCROLL = """async ([selector, frames, step]) => {
  const box = document.querySelector(selector).parentElement;
  let rows = 0;
  for (let frame = 0; frame < frames; frame++) {
    box.scrollTop += step;
    rows = Math.max(rows, box.querySelectorAll('[role=row]').length);
    await new Promise(requestAnimationFrame);
  }
  return rows;
}"""


TO_THE_END = """async ([selector, rows]) => {
  const box = document.querySelector(selector).parentElement;
  while (box.scrollHeight < rows * 28) {
    box.scrollTop = box.scrollHeight;
    await new Promise((done) => setTimeout(done, 10));
  }
}"""
KEPT_ROWS = 20_000


def scroll(bench: Bench) -> Figures:
    """A list under the wheel, four rows a frame, what it fetches on the way included: at its top, and with all rows that it keeps."""
    figures: Figures = {}
    with bench.page() as page:
        grid = "[role=grid][aria-label=Logs]"
        for where, rows in (("", 0), ("deep_", KEPT_ROWS + 1000)):
            page.page.evaluate(TO_THE_END, [grid, rows])
            page.page.evaluate(SCROLL, [grid, 60, 112])
            with page.work() as work:
                drawn = page.page.evaluate(SCROLL, [grid, FRAMES, 112])
            each = work.each(FRAMES, "a_frame") | {"rows_in_the_document": drawn}
            figures |= {f"{where}{figure}": value for figure, value in each.items()}
    return figures


def trace(bench: Bench) -> Figures:
    """A large trace: from the click to its tree, then zoom, pan and scroll."""
    figures: Figures = {}
    with bench.page("/traces?from=all") as page:
        row = page.page.locator("[role=grid][aria-label=Traces] [role=row]", has_text="whole run").first
        row.wait_for()
        page.page.evaluate("tasks.length = 0")
        page.page.evaluate(
            """() => addEventListener('click', () => {
              const began = performance.now();
              window.answered = there('[role=treegrid] [role=row][aria-level]').then(() => performance.now() - began);
            }, { capture: true, once: true })"""
        )
        row.get_by_text("whole run").first.click()
        figures["usable_ms"] = round(page.page.evaluate("answered"))
        figures["longest_task_ms"] = page.longest_task_ms()
        page.page.locator("[role=treegrid] [role=row][aria-level]").first.focus()
        # A key that means nothing there: what to press and to wait for a frame costs.
        idle = figures["press_main_thread_ms"] = round(press_ms(page, "qqqqqqqq"), 2)
        for name, keys in (("zoom", "wwwssw"), ("pan", "ddddaaaa")):
            figures[f"{name}_main_thread_ms"] = round(press_ms(page, keys) - idle, 2)
        with page.work() as work:
            rows = page.page.evaluate(SCROLL, ["[role=treegrid]", FRAMES, 112])
        figures |= {"scroll_main_thread_ms_a_frame": round(work.task_ms / FRAMES, 2), "rows_in_the_document": rows}
    figures["reply_kb_gzip"] = round(gzipped(bench.server, f"/v1/traces/{TRACE}") / 1000)
    return figures


def press_ms(page: Page, keys: str) -> float:
    """CPU of the main thread for one press, each followed by a frame."""
    with page.work() as work:
        for key in keys * 5:
            page.page.keyboard.press(key)
            page.page.evaluate("new Promise(requestAnimationFrame)")
    return work.task_ms / (5 * len(keys))


def gzipped(server: harness.Server, path: str) -> int:
    """Bytes of all pages of a reply, as they go over the wire."""
    size, cursor = 0, ""
    while True:
        connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
        connection.request("GET", f"{path}?cursor={cursor}" if cursor else path, headers={"accept-encoding": "gzip"})
        reply = connection.getresponse()
        body = reply.read()
        assert reply.status == 200, body[:300]
        size += len(body)
        cursor = json.loads(gzip.decompress(body) if reply.getheader("content-encoding") == "gzip" else body).get("next_cursor") or ""
        if not cursor:
            return size


POINTS, SERIES = 1440, 4


def analytics(bench: Bench) -> Figures:
    """Six graphs of four series and 1,440 points: drawn, and a cursor moved over one. The replies are made here."""
    minute = 60_000
    begin = 1_790_000_000_000 // minute * minute

    def points(seed: int) -> list[dict[str, Any]]:
        names = ("total", "p50", "p90", "p99", "rate", "input", "output", "count", "avg")
        return [
            {"timestamp": datetime.fromtimestamp((begin + at * minute) / 1000, UTC).isoformat(), "stats": [],
             **{name: (at * 7919 * (seed + 1)) % 997 for name in names}}
            for at in range(POINTS)
        ]  # fmt: skip

    series = [{"key": f"model-{seed}", "other": False, "summary": {}, "data_points": points(seed)} for seed in range(SERIES)]
    reply = {"object": "analytics-graph", "from": begin, "to": begin + POINTS * minute, "bucket_ms": minute,
             "summary": {}, "data_points": points(9), "series": series}  # fmt: skip
    body = json.dumps(reply)
    with bench.page("") as page:
        page.page.route("**/v1/analytics/graphs/**", lambda route: route.fulfill(body=body, content_type="application/json"))
        page.page.goto(f"{bench.url}/analytics/overview?from=all&by=model")
        page.page.locator("canvas").nth(4).wait_for()
        page.page.wait_for_timeout(1500)
        # Drawn anew: the code is there, so this is what the graphs themselves cost.
        page.page.get_by_role("link", name="Users", exact=True).first.click()
        page.page.wait_for_timeout(1000)
        with page.work() as drawn:
            page.page.get_by_role("link", name="Overview", exact=True).click()
            page.page.locator("canvas").nth(4).wait_for()
            page.page.wait_for_timeout(1000)
        box = page.page.locator("canvas").first.bounding_box()
        with page.work() as moved:
            for at in range(100):
                page.page.mouse.move(box["x"] + 40 + at * 3, box["y"] + 40)
        figures = {"drawn_script_ms": round(drawn.script_ms), **moved.each(100, "a_move")}
        return figures | {"graphs": page.page.locator("canvas").count()}


def live(bench: Bench) -> Figures:
    """Live tail while 200 logs a second arrive."""
    with bench.page() as page:
        page.page.keyboard.press("l")
        page.page.wait_for_timeout(500)
        page.page.evaluate(
            """() => {
              window.longest = 0;
              let before = performance.now();
              const frame = (now) => { longest = Math.max(longest, now - before); before = now; requestAnimationFrame(frame); };
              requestAnimationFrame(frame);
            }"""
        )
        seconds = 60 * bench.minutes
        with harness.arriving(bench.server, arriving(), 20, 200), page.work() as work:
            page.page.wait_for_timeout(seconds * 1000)
        shown = page.page.locator(FIRST_ROW).inner_text()
        assert "arriving" in shown, shown
        return {
            "minutes": bench.minutes, "share_of_a_core": round(work.task_ms / 1000 / seconds, 3), "heap_mb": page.heap_mb(),
            "longest_time_without_a_frame_ms": round(page.page.evaluate("longest")),
        }  # fmt: skip


def arriving() -> Iterator[bytes]:
    """Bodies of twenty logs, without end."""
    for number in itertools.count():
        yield json.dumps([log_of(f"arriving {number}-{at}", None) for at in range(20)]).encode()


# Measurement and its budgets: (figure, at most).
BUDGETS: dict[str, tuple[Callable[[Bench], Figures], dict[str, float]]] = {
    "load": (load, {"first_paint_ms": 1200, "usable_ms": 1800}),
    "typing": (typing, {"script_ms_a_key": 16}),
    "answers": (answers, {f"{name}_ms": 100 for name in ANSWERS}),
    "scroll": (scroll, {f"{where}{figure}": most for where in ("", "deep_") for figure, most in
                        (("script_ms_a_frame", 2), ("main_thread_ms_a_frame", 8), ("rows_in_the_document", 60))}),
    "trace": (trace, {"usable_ms": 1000, "zoom_main_thread_ms": 8, "pan_main_thread_ms": 8, "scroll_main_thread_ms_a_frame": 8,
                      "reply_kb_gzip": 400}),
    "analytics": (analytics, {"drawn_script_ms": 150, "script_ms_a_move": 2}),
    "live": (live, {"share_of_a_core": 0.25, "heap_mb": 150, "longest_time_without_a_frame_ms": 100}),
}  # fmt: skip

TRACE = "whole-run"
MODELS = ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5", "gemini-2.5-pro")


def log_of(text: str, created: datetime | None, **fields: Any) -> dict[str, Any]:
    number = len(text) + sum(map(ord, text[-3:]))
    model = MODELS[number % len(MODELS)]
    status = 200 if number % 9 else 429
    return {
        "request": {"url": "https://api.openai.com/v1/chat/completions", "method": "POST", "headers": {}, "provider": "openai",
                    "body": {"model": model, "messages": [{"role": "user", "content": f"{text}: what is the state of my order?"}]}},
        "response": {"status": status, "headers": {}, "response_time": 100 + number,
                     "body": {"model": model, "choices": [{"index": 0, "finish_reason": "stop", "message": {
                         "role": "assistant", "content": f"{text}: it is on its way."}}],
                         "usage": {"prompt_tokens": 20 + number, "completion_tokens": 9, "total_tokens": 29 + number}}},
        "metadata": {"_user": f"user-{number % 12}", "environment": ("production", "staging")[number % 2]},
        **({"created_at": created.isoformat()} if created else {}), **fields,
    }  # fmt: skip


def logs_of(count: int, spans: int) -> Iterator[dict[str, Any]]:
    """A list of a day, the newest last, and one trace of many spans four deep."""
    now = datetime.now(UTC)
    for at in range(count):
        yield log_of(f"log {at}", now - timedelta(seconds=(count - at) * 80_000 / count))
    begin = now - timedelta(minutes=10)
    for at in range(spans):
        parent = {} if at == 0 else {"parent_span_id": f"span-{(at - 1) // 7}"}
        name = "whole run" if at == 0 else f"step {at}"
        yield log_of(f"span {at}", begin + timedelta(milliseconds=at * 10), trace_id=TRACE, span_id=f"span-{at}", span_name=name, **parent)


def fill(server: harness.Server, count: int, spans: int) -> None:
    lines = [json.dumps(log).encode() for log in logs_of(count, spans)]
    harness.post_all(server.host, server.port, harness.bodies(lines, 100), batch=100, connections=2)
    while server.visible() < len(lines):
        time.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", default=",".join(BUDGETS), help="of " + ", ".join(BUDGETS))
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--logs", type=int, default=100_000, help="in the list")
    parser.add_argument("--spans", type=int, default=10_000, help="in the trace")
    parser.add_argument("--minutes", type=float, default=3, help="of live tail")
    parser.add_argument("--data", type=Path, help="a directory whose logs are looked at instead, as bench/fill.py makes it: for load and scroll")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    result: dict[str, Any] = {
        "command": "python bench/ui/budgets.py " + " ".join(sys.argv[1:]), "machine": machine(), "figures": {}, "missed": {},
    }  # fmt: skip
    with harness.server(args.data) as server:
        if args.data is None:
            fill(server, args.logs, args.spans)
        with browser() as opened:
            bench = Bench(server, opened, args.minutes)
            for name in args.only.split(","):
                measure, budgets = BUDGETS[name]
                runs = [measure(bench) for _ in range(1 if name == "live" else args.repeat)]
                figures = {figure: min(run[figure] for run in runs) for figure in runs[0]}
                missed = {figure: most for figure, most in budgets.items() if figures[figure] > most}
                result["figures"][name] = figures
                result["missed"] |= {name: missed} if missed else {}
                print(f"{name:10} {figures}", f"MISSED {missed}" if missed else "", flush=True)
    if args.out:
        args.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
