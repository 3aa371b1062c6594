"""A browser that is watched: which program, and what its pages must never do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.e2e.program import Server

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Watch:
    """What a page must never do: break the policy, reach another host, throw."""

    def __init__(self, page: Any, origin: str) -> None:
        self.faults: list[str] = []
        # A browser reports refused requests as errors; a test that provokes one says so here.
        self.expected = ""
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("request", lambda request: self._left(request.url, origin))

    def _heard(self, message: Any) -> None:
        if message.type in {"error", "warning"} and not (self.expected and self.expected in message.text):
            self.faults.append(f"console: {message.text} ({message.location['url']})")

    def _left(self, url: str, origin: str) -> None:
        if not url.startswith((f"{origin}/", "data:", "blob:")):
            self.faults.append(f"request: {url}")


@contextmanager
def watched(browser: Any, server: Server, **options: Any) -> Iterator[tuple[Any, Watch]]:
    """A fresh page in light colours; in the end it fails if the page did what it must not.

    options  of the browser's context
    """
    context = browser.new_context(**{"base_url": server.url, "viewport": {"width": 1440, "height": 900}, "color_scheme": "light"} | options)
    page = context.new_page()
    watch = Watch(page, server.url)
    yield page, watch
    context.close()
    assert watch.faults == []
