"""The whole application in this process, on a real write-ahead log and a real engine; one per module.

The engine takes one data directory per process, so tests share it and keep apart by their own trace ids and users.
Variants of the application (keys, prefix) stand over the same parts.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterable, Coroutine, Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from portlog import api
from portlog.api.auth import Auth
from portlog.api.parts import Parts
from portlog.clock import FakeClock
from portlog.server import opened
from portlog.settings import load


class House:
    """An application, and how to call it."""

    def __init__(self, app: api.App, clock: FakeClock, runner: asyncio.Runner) -> None:
        self.app, self.clock, self.runner = app, clock, runner
        self.parts: Parts = app._parts

    def variant(self, **flags: Any) -> House:
        """Another application over the same parts, with other settings at the door."""
        settings = load({"data": self.parts.settings.data, **flags}, {})
        parts = dataclasses.replace(self.parts, settings=settings, auth=Auth(settings, self.parts.catalog))
        return House(api.build(parts), self.clock, self.runner)

    def run(self, task: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(task)

    async def request(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        """`body`: bytes or an async iterable as they are, anything else as JSON."""
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=more.pop("raise_app_exceptions", True))
        content = body if body is None or isinstance(body, bytes | AsyncIterable) else json.dumps(body).encode()
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, content=content, headers=headers, **more)

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        return self.run(self.request(method, path, body, headers, **more))

    def post(self, body: Any, headers: dict[str, str] | None = None) -> httpx.Response:
        """Store logs."""
        return self.call("POST", "/v1/logs", body, headers)

    def store(self, body: Any, headers: dict[str, str] | None = None) -> list[str]:
        """Store logs that are right; return their ids."""
        reply = self.post(body, headers)
        assert reply.status_code == 200, reply.text
        ids: list[str] = reply.json()["ids"]
        return ids

    def get(self, path: str, headers: dict[str, str] | None = None, **parameters: Any) -> httpx.Response:
        return self.call("GET", path, headers=headers, params=parameters or None)

    def log(self, log_id: str) -> dict[str, Any]:
        """One log, read back."""
        reply = self.get(f"/v1/logs/{log_id}")
        assert reply.status_code == 200, reply.text
        log: dict[str, Any] = reply.json()
        return log

    def list(self, **parameters: Any) -> dict[str, Any]:
        reply = self.get("/v1/logs", **parameters)
        assert reply.status_code == 200, reply.text
        page: dict[str, Any] = reply.json()
        return page

    def count(self) -> int:
        """How many logs the store holds once it has caught up."""
        return int(self.run(self.parts.questions.count_logs("default")))

    def raw(self, path: str, method: str = "GET", headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        """A request with exactly this path, which no client library has tidied."""
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http", "path": path,
            "raw_path": quote(path).encode(), "query_string": b"", "root_path": "", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
            "headers": [(b"host", b"127.0.0.1"), *((k.encode(), v.encode()) for k, v in (headers or {}).items())],
        }  # fmt: skip
        self.run(self.app(scope, receive, send))
        start, *rest = sent
        names = {name.decode(): value.decode() for name, value in start["headers"]}
        return start["status"], names, b"".join(message.get("body", b"") for message in rest)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The program as `portlog serve` on loopback has it, without keys."""
    clock = FakeClock()
    settings = load({"data": tmp_path_factory.mktemp("api") / "data", "apply_interval_ms": 0, "read_wait_ms": 60_000}, {})
    with asyncio.Runner() as runner, opened(settings, clock) as app:
        yield House(app, clock, runner)


def refused(reply: httpx.Response, status: int, slug: str, path: str | None = None) -> str:
    """Check a refusal: status, and the one form that all clients read (E1); return its message."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/json"
    body = reply.json()
    message: str = body["message"]
    error, data = body["error"], body["data"]
    assert (body["success"], body["status"], body["status_code"]) == (False, "failure", status)
    assert (error["slug"], error["message"], data["message"]) == (slug, message, message)
    assert error["code"] == data["errorCode"] and error["code"].startswith("AB")
    assert error["type"] and error["remedy"]
    if path is not None:
        assert error["param"] == (path or None)
        assert path in message
        assert not path or data["errors"][0]["path"] == path
    return message
