"""Questions that nobody waits for any more, questions that are too much, and questions beside those."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from portlog import api
from portlog.errors import PortlogError
from portlog.query import Questions
from portlog.query.filters import ListQuestion
from portlog.store import Statement, Store
from tests.api.conftest import House, refused

SLOW = Statement("SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 7", {})
RUNNING = Statement("SELECT count() FROM system.processes WHERE query LIKE '%sipHash64(number) = 7%' AND query NOT LIKE '%processes%'", {})
THREADS = 2


class SlowQuestions(Questions):
    """As the real ones, but a list takes hours, and says when it has begun."""

    begun = 0

    async def list_logs(self, question: ListQuestion) -> dict[str, Any]:
        def answer(store: Store) -> dict[str, Any]:
            self.begun += 1
            return {"data": store.select(SLOW)}

        return await self.ask(answer)


@pytest.fixture
def slow(house: House) -> Iterator[House]:
    """The house with lists that take hours."""
    questions = SlowQuestions(
        house.parts.questions._store, threads=THREADS, seconds_max=3600, prices=house.parts.questions._prices,
        catch_up=lambda: None, now_ms=house.clock.now_ms,
    )  # fmt: skip
    app = api.build(dataclasses.replace(house.parts, questions=questions))
    yield House(app, house.clock, house.runner)
    questions.close()


def running(house: House) -> int:
    return int(house.parts.questions._store.select(RUNNING)[0][0])


async def until_running(house: House, count: int) -> None:
    while running(house) != count:
        await asyncio.sleep(0.01)


async def call(house: House, gone: asyncio.Event) -> list[Any]:
    """A list that is asked for until the caller has gone; what was sent to it."""
    sent: list[Any] = []
    told = False

    async def receive() -> dict[str, Any]:
        nonlocal told
        if not told:
            told = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/v1/logs", "query_string": b"", "headers": [(b"host", b"127.0.0.1")]}
    await house.app(scope, receive, send)
    return sent


def test_a_question_whose_caller_hangs_up_is_ended_in_the_engine(slow: House) -> None:
    async def ask_and_go() -> list[Any]:
        gone = asyncio.Event()
        asked = asyncio.create_task(call(slow, gone))
        await until_running(slow, 1)
        gone.set()
        sent = await asked
        await until_running(slow, 0)
        return sent

    assert slow.run(ask_and_go()) == [], "nobody is there to be answered"


def test_a_question_that_waits_for_a_thread_when_its_caller_hangs_up_never_begins(slow: House) -> None:
    async def ask_and_go() -> None:
        goings = [asyncio.Event() for _ in range(THREADS + 5)]
        asked = [asyncio.create_task(call(slow, gone)) for gone in goings]
        await until_running(slow, THREADS)
        for gone in goings[THREADS:]:
            gone.set()
        await asyncio.gather(*asked[THREADS:])
        for gone in goings:
            gone.set()
        await asyncio.gather(*asked)
        await until_running(slow, 0)

    slow.run(ask_and_go())
    questions: Any = slow.parts.questions
    assert questions.begun == THREADS


def test_a_question_ends_after_the_timeout_that_its_caller_gave(slow: House) -> None:
    message = refused(slow.get("/v1/logs", timeout_ms="300"), 400, "query-limit", "timeout_ms")
    assert "300 ms" in message
    slow.run(until_running(slow, 0))


def test_a_timeout_counts_while_the_question_waits_for_a_thread(slow: House) -> None:
    async def ask_all() -> list[Any]:
        replies = await asyncio.gather(*(slow.request("GET", "/v1/logs", params={"timeout_ms": "300"}) for _ in range(THREADS + 3)))
        await until_running(slow, 0)
        return replies

    for reply in slow.run(ask_all()):
        refused(reply, 400, "query-limit", "timeout_ms")


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "soon", "86400001", "\uff11\uff10\uff10"])
def test_a_timeout_that_is_no_number_of_ms_is_refused(house: House, text: str) -> None:
    refused(house.get("/v1/logs", timeout_ms=text), 400, "bad-filter", "timeout_ms")


def test_what_is_asked_and_not_answered_yet_is_told_to_its_workspace_with_the_rows_read(slow: House) -> None:
    async def told(**asked_by: str) -> Any:
        reply = (await slow.request("GET", "/v1/questions", params=asked_by)).json()
        assert (reply["object"], reply["total"]) == ("list", len(reply["data"]))
        return reply["data"]

    async def ask() -> None:
        assert await told() == []
        asked = [
            asyncio.create_task(slow.request("GET", path, headers={"x-portlog-asked-by": name}))
            for path, name in (("/v1/logs", "me"), ("/logs/", "you"), ("/v1/logs", "me"))
        ]
        try:
            await until_running(slow, THREADS)
            while not (found := await told())[0]["rows_read"] or not found[1]["rows_read"]:
                pass
            assert [(each["path"], each["asked_by"]) for each in found] == [("/v1/logs", "me"), ("/logs", "you"), ("/v1/logs", "me")]
            assert found[2]["rows_read"] is None, "it waits for a thread"
            assert found[0]["elapsed_ms"] >= found[2]["elapsed_ms"] >= 0
            assert [each["asked_by"] for each in await told(asked_by="you")] == ["you"]
            assert await told(asked_by="nobody") == []
            assert await slow.parts.questions.running("another", "") == []
        finally:  # else the house would wait for them
            for each in asked:
                each.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
        await until_running(slow, 0)
        assert await told() == []

    slow.run(ask())


def test_a_timeout_that_is_not_reached_changes_nothing(house: House) -> None:
    assert house.get("/v1/logs", timeout_ms="60000").status_code == 200


def test_light_questions_are_answered_while_heavy_ones_take_all_they_can(slow: House) -> None:
    async def ask() -> Any:
        heavy = [asyncio.create_task(slow.parts.questions.ask(lambda store: store.select(SLOW), heavy=True)) for _ in range(20)]
        await until_running(slow, max(1, THREADS // 2))
        answers = [await slow.parts.questions.ask(lambda store: store.select(Statement("SELECT 1", {}))) for _ in range(10)]
        for task in heavy:
            task.cancel()
        await asyncio.gather(*heavy, return_exceptions=True)
        await until_running(slow, 0)
        return answers

    assert slow.run(ask()) == [[(1,)]] * 10


def test_more_questions_than_can_wait_are_refused_with_the_time_to_come_back(slow: House) -> None:
    async def ask() -> httpx.Response:
        waiting = [asyncio.create_task(slow.parts.questions.ask(lambda store: store.select(SLOW))) for _ in range(500)]
        await until_running(slow, THREADS)
        reply = await slow.request("GET", "/v1/logs")
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await until_running(slow, 0)
        return reply

    reply = slow.run(ask())
    refused(reply, 503, "busy")
    assert reply.headers["retry-after"] == "1"


def test_a_question_given_up_by_its_own_task_raises_nothing_but_that(slow: House) -> None:
    async def ask() -> None:
        task = asyncio.create_task(slow.parts.questions.ask(lambda store: store.select(SLOW)))
        await until_running(slow, 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until_running(slow, 0)

    slow.run(ask())


def test_an_answer_that_fails_reaches_its_caller(slow: House) -> None:
    def fail(store: Store) -> None:
        raise PortlogError("not-found", "nothing here")

    with pytest.raises(PortlogError, match="nothing here"):
        slow.run(slow.parts.questions.ask(fail))
