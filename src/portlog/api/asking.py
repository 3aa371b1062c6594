"""A question ends when nobody waits for its answer: when the caller is gone, or after the `timeout_ms` that it gave. Who waits
can see how far it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portlog.api.parts import caller_of, parts_of
from portlog.api.reply import json_reply
from portlog.errors import PortlogError
from portlog.query.filters import refuse
from portlog.query.running import ASKER, Asker

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

TIMEOUT_MS_MAX = 86_400_000
NAME_CHARS_MAX = 64


async def unless_gone(application: Application, scope: Scope, receive: Receive, send: Send) -> None:
    """Run the application for one question; cancel it when its caller hangs up."""
    ear = _Ear(receive)
    answer = asyncio.ensure_future(application(scope, ear.receive, send))
    gone = asyncio.ensure_future(ear.gone(has_body=scope["method"] not in ("GET", "HEAD")))
    try:
        await asyncio.wait((answer, gone), return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.cancel()
        hung_up = not answer.done()
        answer.cancel()
    try:
        await answer
    except asyncio.CancelledError:
        if not hung_up:
            raise


class _Ear:
    """What the server says about a call, to the application and to who waits for the caller's end."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self._whole, self._gone = receive, asyncio.Event(), asyncio.Event()

    async def receive(self) -> Message:
        """The next part of the body, then the caller's end."""
        if self._whole.is_set():
            await self._gone.wait()
            return {"type": "http.disconnect"}
        return self._heard(await self._receive())

    async def gone(self, *, has_body: bool) -> None:
        """Return when the caller has hung up. A body is left to the application: until it has it, nobody listens."""
        if has_body:
            await self._whole.wait()
        while not self._whole.is_set():
            self._heard(await self._receive())
        if not self._gone.is_set() and (await self._receive())["type"] != "http.disconnect":
            await asyncio.Event().wait()  # a server that does not tell
        self._gone.set()

    def _heard(self, message: Message) -> Message:
        if message["type"] == "http.disconnect":
            self._gone.set()
        if not message.get("more_body"):
            self._whole.set()
        return message


@asynccontextmanager
async def in_time(request: Request) -> AsyncIterator[None]:
    """Around an answer: bounds it by the caller's `timeout_ms`, the wait for a thread included.

    raises  PortlogError query-limit when it has passed, bad-filter when it is no such number
    """
    text = request.query_params.get("timeout_ms", "").strip()
    if not text:
        yield
        return
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= TIMEOUT_MS_MAX:
        raise refuse("timeout_ms", f"must be a whole number from 1 to {TIMEOUT_MS_MAX}, not {text[:80]!r}")
    try:
        async with asyncio.timeout(int(text) / 1000) as limit:
            yield
    except TimeoutError:
        if not limit.expired():
            raise
        problem = f"the question took longer than its timeout_ms, {text} ms"
        raise PortlogError("query-limit", problem, path="timeout_ms") from None


@contextmanager
def told(request: Request) -> Iterator[None]:
    """Around an answer: its questions are told of by `GET /v1/questions`, under the name that the caller gives itself."""
    name = request.headers.get("x-portlog-asked-by", "")[:NAME_CHARS_MAX]
    token = ASKER.set(Asker(caller_of(request).workspace, request.scope["path"], name))
    try:
        yield
    finally:
        ASKER.reset(token)


async def questions(request: Request) -> Response:
    """`GET /v1/questions`: what this workspace has asked and is not answered yet, the oldest first; `asked_by` names whose."""
    name = request.query_params.get("asked_by", "")[:NAME_CHARS_MAX]
    found = await parts_of(request).questions.running(caller_of(request).workspace, name)
    return json_reply({"object": "list", "total": len(found), "data": found})
