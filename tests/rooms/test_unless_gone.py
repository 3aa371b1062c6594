"""An application under `unless_gone` hears what the server says, and ends when its caller has hung up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from portlog.api.asking import Receive, Scope, Send, unless_gone

Json = dict[str, Any]
PART, LAST = {"type": "http.request", "body": b"ab", "more_body": True}, {"type": "http.request", "body": b"c", "more_body": False}
GONE = {"type": "http.disconnect"}


class Line:
    """What a server says, and what it is sent; after its last word it is silent."""

    def __init__(self, *says: Json) -> None:
        self._says: asyncio.Queue[Json] = asyncio.Queue()
        for message in says:
            self._says.put_nowait(message)
        self.sent: list[Json] = []

    async def receive(self) -> Json:
        return await self._says.get()

    async def send(self, message: Any) -> None:
        self.sent.append(message)


async def body_of(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"body": await body_of(receive)})


async def wait(scope: Scope, receive: Receive, send: Send) -> None:
    await body_of(receive)
    await asyncio.Event().wait()


async def listen(scope: Scope, receive: Receive, send: Send) -> None:
    await body_of(receive)
    await send(await receive())  # as streams of others do


def run(application: Any, line: Line, method: str = "POST") -> None:
    asyncio.run(asyncio.wait_for(unless_gone(application, {"method": method}, line.receive, line.send), 30))


@pytest.mark.parametrize("says", [[LAST], [PART, LAST], [PART, PART, LAST, GONE]])
def test_a_body_comes_to_the_application_in_its_parts(says: Sequence[Json]) -> None:
    line = Line(*says)
    run(echo, line)
    assert line.sent == [{"body": b"ab" * (list(says).count(PART)) + b"c"}]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("says", [[LAST, GONE], [PART, LAST, GONE], [GONE]])
def test_the_application_ends_with_its_caller(says: Sequence[Json], method: str) -> None:
    line = Line(*says)
    run(wait, line, method)
    assert line.sent == []


def test_an_application_that_listens_hears_the_end_too() -> None:
    async def end_of(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await listen(scope, receive, send)
        except asyncio.CancelledError:
            await send(GONE)

    line = Line(LAST, GONE)
    run(end_of, line)
    assert line.sent == [GONE]


def test_a_server_that_repeats_itself_is_not_listened_to_for_ever() -> None:
    class Endless(Line):
        async def receive(self) -> Json:
            return LAST

    line = Endless()
    run(echo, line, "GET")
    assert line.sent == [{"body": b""}] or line.sent == [{"body": b"c"}]


def test_what_the_application_raises_is_raised() -> None:
    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        run(fail, Line(LAST), "GET")


def test_a_server_that_gives_up_the_call_ends_the_application() -> None:
    ended: list[bool] = []

    async def noted(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async def go() -> None:
        line = Line(LAST)
        call = asyncio.create_task(unless_gone(noted, {"method": "GET"}, line.receive, line.send))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.sleep(0)

    asyncio.run(go())
    assert ended == [True]
