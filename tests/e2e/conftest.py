"""Fixtures that start the real program; whatever a test started is ended after it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.browser import CHROMIUM, FLAGS, Watch, watched
from tests.e2e.program import Server

WAIT_MS = int(os.environ.get("BROWSER_WAIT_MS", "20000"))
StartServer = Callable[..., Server]
Serve = Callable[[], Server]
OpenPage = Callable[[Server], tuple[Any, Watch]]


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """Start a server: `start_server(data=PATH, host=…, auth=…, any_setting=…)`; data in tmp_path when not named."""
    servers: list[Server] = []

    def start(data: Path | None = None, **flags: Any) -> Server:
        server = Server(data or tmp_path / f"data-{len(servers)}", flags, outputs=tmp_path)
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.kill()


@pytest.fixture
def server(start_server: StartServer) -> Server:
    """A server on an empty data directory, default settings, a free port."""
    return start_server()


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Starts a server that the tests of a module share."""
    servers: list[Server] = []

    def start() -> Server:
        servers.append(Server(tmp_path_factory.mktemp("shared") / "data", {}))
        return servers[-1]

    yield start
    for server in servers:
        server.kill()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is in the dev group")
    # Reached only when what is waited for never comes, as everywhere.
    sync_api.expect.set_options(timeout=WAIT_MS)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any, server: Server) -> Iterator[Any]:
    """An empty page; the journey fails if the dashboard did what it must not."""
    with watched(browser, server) as (page, _):
        yield page


@pytest.fixture
def open_page(browser: Any, start_server: StartServer) -> Iterator[OpenPage]:
    """Opens a watched page.

    start_server  only named so that pages close before servers end: a lost connection is a fault
    """
    with ExitStack() as opened:
        yield lambda server: opened.enter_context(watched(browser, server))
