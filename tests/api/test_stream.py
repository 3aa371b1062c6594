"""`GET /v1/logs/stream`: every log of a query as it comes, once, in order, whoever reads how slowly and comes back when."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from portlog import api
from portlog.api import stream
from portlog.errors import PortlogError
from portlog.query import follow
from portlog.query.follow import Follower, Place
from portlog.schema.render import iso
from tests.api.conftest import House, refused
from tests.samples import NOW_MS, chat

Json = dict[str, Any]


@dataclass
class Event:
    """What a client makes of one block of lines."""

    name: str
    id: str
    data: Any


class Listener:
    """A client of one stream: reads events, and may stop reading or hang up."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""
        self.reading = asyncio.Event()
        self.reading.set()
        self.ended = asyncio.Event()
        self._gone = asyncio.Event()
        self._changed = asyncio.Condition()

    async def send(self, message: Any) -> None:
        await self.reading.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.body += message["body"]
            if not message.get("more_body"):
                self.ended.set()
        async with self._changed:
            self._changed.notify_all()

    async def receive(self) -> Json:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    def hang_up(self) -> None:
        self._gone.set()

    @property
    def events(self) -> list[Event]:
        """Every event so far, by the rules of server-sent events."""
        found, last_id = [], ""
        for block in self.body.decode().split("\n\n")[:-1]:
            lines = [line.partition(": ") for line in block.split("\n") if not line.startswith(":")]
            fields = {name: value for name, _, value in lines}
            last_id = fields.get("id", last_id)
            if "data" in fields:
                found.append(Event(fields.get("event", "message"), last_id, json.loads(fields["data"])))
        return found

    @property
    def rows(self) -> list[Json]:
        return [event.data for event in self.events if event.name == "log"]

    def named(self, name: str) -> list[Json]:
        return [event.data for event in self.events if event.name == name]

    async def until(self, met: Callable[[Listener], bool]) -> Listener:
        """Wait until what came is as told; for ever, if it never is."""
        async with self._changed:
            await self._changed.wait_for(lambda: met(self))
        return self

    async def until_rows(self, count: int) -> list[Json]:
        await self.until(lambda self: len(self.rows) >= count)
        return self.rows


@asynccontextmanager
async def listening(house: House, headers: dict[str, str] | None = None, **parameters: Any) -> AsyncIterator[Listener]:
    """A stream that has begun; at the end its caller hangs up."""
    listener = Listener()
    scope = {
        "type": "http", "method": "GET", "path": "/v1/logs/stream", "query_string": urlencode(parameters).encode(),
        "headers": [(b"host", b"127.0.0.1"), *((k.encode(), v.encode()) for k, v in (headers or {}).items())],
    }  # fmt: skip
    first = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Json:
        return first.pop() if first else await listener.receive()

    task = asyncio.create_task(house.app(scope, receive, listener.send))
    await listener.until(lambda listener: bool(listener.events))
    try:
        yield listener
    finally:
        listener.hang_up()
        await task


_sets = (f"set-{n}" for n in range(10_000))


def logs_of(name: str, count: int, start: int = 0, **fields: Any) -> list[Json]:
    """Logs that `metadata.set:NAME` finds, numbered."""
    return [chat(metadata={"set": name, "n": n}, **fields) for n in range(start, start + count)]


def numbers(rows: list[Json]) -> list[int]:
    return [int(dict(zip(row["metadata.key"], row["metadata.value"], strict=True))["n"]) for row in rows]


async def post(house: House, logs: list[Json]) -> list[str]:
    reply = await house.request("POST", "/v1/logs", logs)
    assert reply.status_code == 200, reply.text
    ids: list[str] = reply.json()["ids"]
    return ids


def test_a_stream_begins_with_its_place_and_has_every_log_as_lists_show_it(house: House) -> None:
    name = next(_sets)

    async def go() -> None:
        await post(house, logs_of(name, 3))
        await house.request("GET", "/v1/logs")  # which waits until they are in the store: they are there before it begins
        async with listening(house, q=f"metadata.set:{name}") as listener:
            assert listener.status == 200
            assert listener.headers["content-type"] == "text/event-stream; charset=utf-8"
            assert listener.headers["cache-control"] == "no-store" and "content-length" not in listener.headers
            (ready,) = listener.events
            assert ready.name == "ready" and ready.data == {"cursor": ready.id}
            ids = await post(house, logs_of(name, 4, 3))
            await post(house, logs_of("another", 5))
            ids += await post(house, logs_of(name, 2, 7))
            rows = await listener.until_rows(6)
            assert [row["id"] for row in rows] == ids
            listed = (await house.request("GET", "/v1/logs", params={"q": f"metadata.set:{name}"})).json()["data"]
            shown = {row["id"]: row | {"revision": 0} for row in listed}
            assert all(row == shown[row["id"]] for row in rows)

    house.run(go())


def test_rows_of_a_query_with_words_show_what_matched(house: House) -> None:
    async def go() -> list[Json]:
        async with listening(house, q="zeppelin") as listener:
            await post(house, [chat("a marmalade zeppelin"), chat("none")])
            return await listener.until_rows(1)

    (row,) = house.run(go())
    (listed,) = house.list(q="zeppelin")["data"]
    assert row["highlights"] == listed["highlights"] != []


@pytest.mark.parametrize("by", ["header", "parameter"])
@pytest.mark.parametrize("seen", [0, 1, 7, 19, 20])
def test_whoever_comes_back_gets_the_rest_and_nothing_twice(house: House, by: str, seen: int) -> None:
    """Also from the middle of a call of many logs."""
    name = next(_sets)

    async def go() -> list[Json]:
        async with listening(house, q=f"metadata.set:{name}") as listener:
            await post(house, logs_of(name, 5))
            await post(house, logs_of(name, 15, 5))
            await listener.until_rows(20)
        place = listener.events[seen].id  # the first event is no log
        await post(house, logs_of(name, 10, 20))
        headers, parameters = ({"last-event-id": place}, {"after": "0"}) if by == "header" else ({}, {"after": place})
        async with listening(house, headers, q=f"metadata.set:{name}", **parameters) as again:
            assert again.events[0].data == {"cursor": place}
            await again.until_rows(30 - seen)
            await post(house, logs_of(name, 1, 30))
            rows = await again.until_rows(31 - seen)
        assert [row["id"] for row in listener.rows[seen:]] == [row["id"] for row in rows[: 20 - seen]]
        return rows

    assert numbers(house.run(go())) == list(range(seen, 31))


def test_logs_come_in_order_of_arrival_whatever_times_they_have(house: House) -> None:
    name = next(_sets)
    days = [0, -400, 0.9, -1, 0, -3000, -20]

    async def go() -> list[Json]:
        async with listening(house, q=f"metadata.set:{name}") as listener:
            for n, day in enumerate(days):
                await post(house, logs_of(name, 1, n, created_at=iso(NOW_MS + int(day * 86_400_000))))
            await listener.until_rows(len(days))
        async with listening(house, q=f"metadata.set:{name}", after="0") as again:
            await again.until_rows(len(days))
        assert again.rows == listener.rows
        return listener.rows

    assert numbers(house.run(go())) == list(range(len(days)))


def test_a_log_that_is_completed_comes_again_with_its_revision(house: House) -> None:
    """The halves of a gateway's call."""
    asked = {"json": {"model": "gpt-4o", "messages": [{"role": "user", "content": "why"}]}, "isStreamingRequest": False, "isTransformed": False,
             "headers": {"x-portkey-trace-id": "completed-1", "x-portkey-span-id": "s-1", "x-portkey-span-name": "ask"}}  # fmt: skip
    before = {"request": asked, "response": {"json": {}, "text": "", "statusCode": None}, "provider": "openai", "requestType": "chatComplete", "metadata": {}}
    after = before | {"response": {"json": {"id": "c-1", "choices": []}, "text": "because", "statusCode": 200}}

    async def go() -> list[Json]:
        async with listening(house, q="trace:completed-1") as listener:
            await house.request("POST", "/v1/logs", before)
            await listener.until_rows(1)
            await house.request("POST", "/v1/logs", after)
            return await listener.until_rows(2)

    first, second = house.run(go())
    assert first["id"] == second["id"]
    assert (first["outcome"], first["revision"]) == ("pending", 0)
    assert (second["outcome"], second["revision"]) == ("success", 1)


def test_a_burst_is_sampled_and_says_what_it_left_out(house: House) -> None:
    name, count = next(_sets), follow.ROWS_BURST + 700

    async def go() -> tuple[Listener, Listener]:
        async with listening(house, q=f"metadata.set:{name}") as some, listening(house, q=f"metadata.set:{name}", sample="false") as all_:
            await post(house, logs_of(name, count))
            await all_.until_rows(count)
            await some.until(lambda some: len(some.rows) + sum(e["skipped"] for e in some.named("sampled")) >= count)
            return some, all_

    some, all_ = house.run(go())
    assert numbers(all_.rows) == list(range(count))
    assert not all_.named("sampled")
    assert len(some.rows) + sum(event["skipped"] for event in some.named("sampled")) == count, "the counter is never sampled"
    assert follow.ROWS_BURST <= len(some.rows) < count
    assert numbers(some.rows) == sorted(set(numbers(some.rows))) and numbers(some.rows)[-1] == count - 1, "the newest are sent"


def test_a_reader_that_does_not_take_what_it_is_sent_is_told_so_and_misses_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "LAG_SECONDS", 0.0)
    name = next(_sets)

    async def go() -> Listener:
        async with listening(house, q=f"metadata.set:{name}") as listener:
            listener.reading.clear()
            for n in range(20):
                await post(house, logs_of(name, 10, 10 * n))
            listener.reading.set()
            await listener.until_rows(200)
            return listener

    listener = house.run(go())
    assert numbers(listener.rows) == list(range(200))
    assert all(event["skipped"] == 0 and event["behind_ms"] >= 0 for event in listener.named("lag"))
    assert listener.named("lag")


def test_many_readers_of_one_query_are_one_question_an_advance(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    follower, name, asked = house.parts.follower, next(_sets), []
    ask = follower._ask

    async def counted(answer: Any, **bounds: Any) -> Any:
        asked.append(bounds)
        return await ask(answer, **bounds)

    monkeypatch.setattr(follower, "_ask", counted)

    async def go() -> None:
        async with asyncio.TaskGroup() as group:
            listeners = [await group.create_task(_enter(house, f"metadata.set:{name}")) for _ in range(50)]
        asked.clear()
        await post(house, logs_of(name, 3))
        for listener, _ in listeners:
            await listener.until_rows(3)
        assert len(asked) <= 3, "one for each time that the applier told"
        assert all(bounds == {"heavy": False} for bounds in asked), "its time is known"
        for _, leave in listeners:
            await leave()

    house.run(go())
    assert follower.streams == 0


async def _enter(house: House, query: str) -> tuple[Listener, Callable[[], Any]]:
    context = listening(house, q=query)
    listener = await context.__aenter__()
    return listener, lambda: context.__aexit__(None, None, None)


def test_a_reader_that_hangs_up_leaves_nothing_behind(house: House) -> None:
    async def go() -> None:
        async with listening(house, q="anything"):
            assert house.parts.follower.streams == 1
        assert house.parts.follower.streams == 0

    house.run(go())


def test_silence_is_broken_by_a_comment_that_moves_the_place(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "_CHECK_SECONDS", 0.02)
    monkeypatch.setattr(stream, "BEAT_SECONDS", 0.05)

    async def go() -> Listener:
        async with listening(house, q="user:nobody") as listener:
            await post(house, [chat()])
            await listener.until(lambda listener: listener.body.count(b": alive") >= 5)
            return listener

    listener = house.run(go())
    assert [event.name for event in listener.events] == ["ready"]
    places = [int(line[4:]) for line in listener.body.decode().split("\n") if line.startswith("id: ")]
    assert places[-1] > places[0], "what did not match is behind it"


def test_a_revoked_key_ends_its_streams(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "_CHECK_SECONDS", 0.02)
    keyed = house.variant(auth="on")
    text, key = house.parts.catalog.create_key("tail", ["logs.list"])

    async def go() -> Listener:
        async with listening(keyed, {"x-portkey-api-key": text}) as listener:
            house.parts.catalog.revoke_key(key.id)
            await listener.ended.wait()
            return listener

    listener = house.run(go())
    assert listener.events[-1].name == "end"
    assert listener.events[-1].data["slug"] == "key-unknown"


def test_a_question_that_fails_ends_the_stream_and_says_why(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(answer: Any, **bounds: Any) -> Any:
        raise PortlogError("store-unavailable", "the store did not answer: (simulated)")

    async def go() -> list[Event]:
        async with listening(house) as listener:
            monkeypatch.setattr(house.parts.follower, "_ask", fail)
            await post(house, [chat()])
            await listener.ended.wait()
            return listener.events

    ready, end = house.run(go())
    assert (ready.name, end.name, end.data["slug"]) == ("ready", "end", "store-unavailable")


def test_streams_end_when_the_server_stops_and_none_begins(house: House) -> None:
    follower = Follower(
        house.parts.questions.follow, reached=lambda: 7, durable=lambda: 7, now_ms=house.clock.now_ms
    )  # fmt: skip
    app = api.build(dataclasses.replace(house.parts, follower=follower))
    stopping = House(app, house.clock, house.runner)

    async def go() -> list[str]:
        async with listening(stopping) as one, listening(stopping, after="3") as other:
            app.end_streams()
            await one.ended.wait()
            await other.ended.wait()
        async with listening(stopping) as late:
            await late.ended.wait()
        return [listener.events[-1].data["slug"] for listener in (one, other, late)]

    assert house.run(go()) == ["stopping"] * 3


@pytest.mark.parametrize("text", ["x", "-1", "1-", "1-zz", "1-" + "0" * 31, "1-" + "A" * 32, "1" * 20, "\uff11", "1 2"])
def test_a_place_that_no_stream_gave_is_refused(house: House, text: str) -> None:
    refused(house.get("/v1/logs/stream", after=text), 400, "bad-filter", "after")


def test_a_place_of_another_server_is_refused(house: House) -> None:
    """Its numbers are ahead: waiting for them would leave logs out in silence."""
    refused(house.get("/v1/logs/stream", after="999999999"), 400, "bad-filter", "after")


@pytest.mark.parametrize("parameters", [{"q": "modle:x"}, {"sample": "perhaps"}])
def test_a_wrong_parameter_is_a_400_that_names_it(house: House, parameters: dict[str, str]) -> None:
    (name,) = parameters
    refused(house.get("/v1/logs/stream", **parameters), 400, "bad-filter", name)


def test_too_many_streams_are_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "STREAMS_MAX", 1)

    async def go() -> Any:
        async with listening(house):
            return await house.request("GET", "/v1/logs/stream")

    refused(house.run(go()), 503, "busy")


@pytest.mark.parametrize("place", [Place(0), Place(7), Place(2**62, bytes(range(16)))])
def test_a_place_is_read_as_it_is_written(place: Place) -> None:
    assert follow.read_place("after", str(place)) == place
