"""Whom a command asks: a running server, or the data directory itself, opened in this process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any, Protocol
from urllib.parse import urlsplit

from portlog.cli.parts import load_settings
from portlog.errors import StartError
from portlog.remote import Refused, Remote
from portlog.schema import jsons


class Asked(Protocol):
    """Answers calls of the HTTP API."""

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of a route under `/v1`.

        raises  Refused, StartError
        """


@contextlib.contextmanager
def asked(server: str | None, key: str, data: Any, set_: list[str] | None) -> Iterator[Asked]:
    """The server that is named; else the data directory; else the server that has it open.

    raises  StartError
    """
    if server is not None:
        yield Remote(server, key)
        return
    from portlog.server import opened  # here: a question to a server starts without a server's libraries

    settings = load_settings(set_, data=data)
    with contextlib.ExitStack() as stack:
        try:
            # Who may read the directory may read what is in it.
            application = stack.enter_context(opened(load_settings(set_, data=data, auth="off")))
        except StartError as error:
            if "in use" not in str(error):
                raise
            yield Remote(f"http://{settings.host}:{settings.port}", key)
            return
        yield _Here(application)


class _Here:
    """The application of this process, called without a socket."""

    def __init__(self, application: Any) -> None:
        self._application = application

    def call(self, method: str, path: str, body: Any = None) -> Any:
        status, answer = asyncio.run(self._answer(method, path, b"" if body is None else jsons.encode(body)))
        value: Any = jsons.decode_any(answer) if answer else None
        if status != 200:
            raise Refused(str(value["message"]), str(value["error"]["param"] or ""))
        return value

    async def _answer(self, method: str, path: str, content: bytes) -> tuple[int, bytes]:
        target, status, pieces, sent = urlsplit(path), 0, list[bytes](), False
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": f"/v1{target.path}", "raw_path": f"/v1{target.path}".encode(), "query_string": target.query.encode(),
            "root_path": "", "headers": [(b"host", b"127.0.0.1")], "client": ("127.0.0.1", 0), "server": ("127.0.0.1", 0),
        }  # fmt: skip

        async def receive() -> dict[str, Any]:
            nonlocal sent
            if sent:
                await asyncio.Event().wait()  # nobody hangs up
            sent = True
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)
            pieces.append(message.get("body", b""))

        await self._application(scope, receive, send)
        return status, b"".join(pieces)
