"""What the dashboard's benchmarks share: a browser, and what its main thread has worked, by the debugger's own counters."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--enable-precise-memory-info"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Tasks that the browser itself reports: 50 ms and more. And when what is looked for is there first.
WATCH = """
  window.tasks = [];
  new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ entryTypes: ['longtask'] });
  window.there = (selector) => new Promise((done) => {
    const look = () => document.querySelector(selector) && (done(performance.now()), true);
    if (look()) return;
    const seen = new MutationObserver(() => look() && seen.disconnect());
    seen.observe(document, { childList: true, subtree: true, attributes: true });
  });
"""


@dataclass
class Work:
    """What the main thread did between two looks: CPU, not time, so that other work on the machine adds little."""

    script_ms: float
    task_ms: float

    def each(self, count: int, of: str) -> dict[str, float]:
        return {f"script_ms_{of}": round(self.script_ms / count, 2), f"main_thread_ms_{of}": round(self.task_ms / count, 2)}


class Page:
    """A page with its counters."""

    def __init__(self, page: Any, url: str) -> None:
        self.page, self.url = page, url
        page.add_init_script(WATCH)
        self._debugger = page.context.new_cdp_session(page)
        self._debugger.send("Performance.enable", {"timeDomain": "threadTicks"})

    def slow_down(self, times: float) -> None:
        self._debugger.send("Emulation.setCPUThrottlingRate", {"rate": times})

    def counters(self) -> dict[str, float]:
        return {each["name"]: each["value"] for each in self._debugger.send("Performance.getMetrics")["metrics"]}

    @contextlib.contextmanager
    def work(self) -> Iterator[Work]:
        """What is done inside of the block; its figures are there at its end."""
        before, done = self.counters(), Work(0, 0)
        yield done
        after = self.counters()
        done.script_ms = 1000 * (after["ScriptDuration"] - before["ScriptDuration"])
        done.task_ms = 1000 * (after["TaskDuration"] - before["TaskDuration"])

    def heap_mb(self) -> float:
        self._debugger.send("HeapProfiler.collectGarbage")
        return float(round(self.counters()["JSHeapUsedSize"] / 1e6, 1))

    def longest_task_ms(self) -> float:
        """Since it was asked last; 0 is none of 50 ms."""
        self.page.wait_for_timeout(300)
        return float(round(self.page.evaluate("Math.max(0, ...tasks.splice(0))")))


@contextlib.contextmanager
def browser() -> Iterator[Any]:
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield opened
        opened.close()


def machine() -> dict[str, Any]:
    return {"cpus": os.cpu_count(), "python": platform.python_version(), "load_average": round(os.getloadavg()[0], 1)}
