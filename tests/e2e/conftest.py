"""Fixtures that start the real program; whatever a test started is ended after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import Server

StartServer = Callable[..., Server]


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
