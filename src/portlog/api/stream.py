"""`GET /v1/logs/stream`: the logs of a query as they come, as server-sent events.

    event: ready    the place at which the stream begins; `id:` and data.cursor say it
    event: log      a row as lists have it, and its `revision`; a log that is completed comes again with a higher one
    event: sampled  data.skipped logs were left out before the next row
    event: lag      the reader was slow: what it missed comes, from the store
    event: end      why the server ends the stream: it stops, the key is gone, the question failed.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response

from portlog.api.asking import Receive, Scope, Send
from portlog.api.auth import demand
from portlog.api.logs import parameters_of
from portlog.api.parts import caller_of, parts_of
from portlog.errors import PortlogError
from portlog.query.follow import Arrived, Beat, Lagging, Ready, Skipped, Told, read_tail
from portlog.schema import jsons

SCOPE = "logs.list"
BEAT_SECONDS = 15.0  # of silence; then a comment says that the line is alive
_CHECK_SECONDS = 2.0  # how often a stream looks whether its key is still good
_RETRY_MS = 1000  # how long a client waits before it comes back
_HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",  # proxies that would collect it first
}


async def stream_logs(request: Request) -> Response:
    """`GET /v1/logs/stream`."""
    last_event_id = request.headers.get("last-event-id", "")
    question = read_tail(parameters_of(request), last_event_id, caller_of(request).workspace, parts_of(request).now_ms())
    told = parts_of(request).follower.follow(question, beat_seconds=_CHECK_SECONDS)
    return EventStream(request, await anext(told), told)


class EventStream(Response):
    """Sends events as they come: the next is made when the one before it has been taken."""

    def __init__(self, request: Request, first: Told, rest: AsyncGenerator[Told, None]) -> None:
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._request, self._first, self._rest = request, first, rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async with aclosing(self._texts()) as texts:
            async for text in texts:
                await send({"type": "http.response.body", "body": text, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _texts(self) -> AsyncGenerator[bytes, None]:
        async with aclosing(self._rest):
            try:
                async for text in self._until_refused():
                    yield text
            except PortlogError as error:
                yield _event("end", {"slug": error.kind.slug, "message": error.message})
                return
        yield _event("end", {"slug": "stopping", "message": "the server stops; come back with the last id"})

    async def _until_refused(self) -> AsyncGenerator[bytes, None]:
        yield f"retry: {_RETRY_MS}\n".encode() + _text(self._first)
        sent = checked = time.monotonic()
        async for told in self._rest:
            now = time.monotonic()
            if now - checked >= _CHECK_SECONDS:
                checked = now
                self._check()
            if isinstance(told, Beat) and now - sent < BEAT_SECONDS:
                continue
            sent = now
            yield _text(told)

    def _check(self) -> None:
        """raises  PortlogError when the caller may not read any more"""
        demand(parts_of(self._request).auth.caller(self._request.headers), SCOPE)


def _text(told: Told) -> bytes:
    match told:
        case Ready(place):
            return _event("ready", {"cursor": str(place)}, str(place))
        case Beat(place):
            return f": alive\nid: {place}\n\n".encode()  # no data: it moves the client's last id and is no event
        case Skipped(logs):
            return _event("sampled", {"skipped": logs})
        case Lagging(behind_ms):
            return _event("lag", {"skipped": 0, "behind_ms": behind_ms})
        case rows:
            return b"".join(map(_row, rows))


def _row(arrived: Arrived) -> bytes:
    return b"event: log\nid: %b\ndata: %b\n\n" % (str(arrived.place).encode(), arrived.row)


def _event(name: str, value: dict[str, object], place: str = "") -> bytes:
    line = f"id: {place}\n" if place else ""
    return f"event: {name}\n{line}data: {jsons.encode(value).decode()}\n\n".encode()
