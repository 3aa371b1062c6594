"""What streams wait for and ask: how far the store has come, where the logs between lie, and no more often than need be."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from portlog.query import follow
from portlog.query.filters import EVERYTHING
from portlog.query.follow import NO_SPAN, Follower, Place, Ready, Stretch, TailQuestion, Told, union


class Asked:
    """Questions of a follower over a store that has no rows; `gate` holds answers back."""

    def __init__(self) -> None:
        self.bounds: list[dict[str, bool]] = []
        self.values: list[list[Any]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.cancelled = 0

    async def __call__(self, answer: Callable[[Any], Any], *, heavy: bool = False) -> Any:
        self.bounds.append({"heavy": heavy})
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return answer(self)

    def select(self, statement: Any) -> list[Any]:
        self.values.append(list(statement.values.values()))
        return []


class Position:
    """How far the applier has come."""

    def __init__(self, seq: int) -> None:
        self.seq = seq


def follower_at(seq: int) -> tuple[Follower, Asked, Position]:
    asked, position = Asked(), Position(seq)
    made = Follower(asked, reached=lambda: position.seq, durable=lambda: position.seq + 100, now_ms=lambda: 0)
    return made, asked, position


def stretch(after: Place, through_seq: int) -> Stretch:
    return Stretch("default", EVERYTHING, after, through_seq)


ID = bytes(range(16))


@pytest.mark.parametrize(
    ("after", "through", "span"),
    [
        (Place(10), 12, (100, 300)), (Place(11), 12, (50, 300)), (Place(12), 15, (7, 7)), (Place(11, ID), 12, (50, 300)),
        (Place(10, ID), 12, None), (Place(9), 12, None), (Place(0), 15, None), (Place(13), 15, (7, 7)), (Place(13), 16, None), (Place(12), 13, NO_SPAN),
    ],
)  # fmt: skip
def test_a_stretch_is_looked_for_where_the_batches_that_brought_it_lie(after: Place, through: int, span: tuple[int, int] | None) -> None:
    """Batches: record 11 at 100-200, 12 at 50-300, 13 without rows, 14 and 15 at 7, 16 unknown."""
    made, _, position = follower_at(10)
    for seq, when in ((11, (100, 200)), (12, (50, 300)), (13, NO_SPAN), (15, (7, 7)), (16, None)):
        if seq <= max(through, 12):
            position.seq = seq
            made.advanced(seq, when)
    found = made._span(stretch(after, through))
    if span is None or span == NO_SPAN:
        assert found == span
    else:
        assert found is not None and found[0] <= span[0] and found[1] >= span[1], "it may be wider"


def test_batches_that_are_forgotten_are_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    made, _, position = follower_at(0)
    count = follow._BATCHES_REMEMBERED + 10
    for seq in range(1, count + 1):
        position.seq = seq
        made.advanced(seq, (seq, seq))
    assert made._span(stretch(Place(9), count)) is None
    assert made._span(stretch(Place(10), count)) == (11, count)


def test_a_union_is_from_the_first_to_the_last() -> None:
    assert union([]) == union([NO_SPAN]) == NO_SPAN
    assert union([(5, 9), NO_SPAN, (1, 6)]) == (1, 9)


async def take(stream: Any, count: int) -> list[Told]:
    return [await anext(stream) for _ in range(count)]


def tail(after: Place | None = None, *, sample: bool = False) -> TailQuestion:
    return TailQuestion("default", EVERYTHING, after, sample)


def test_what_is_known_to_be_empty_is_not_asked_for_and_what_is_not_remembered_is_heavy() -> None:
    async def go() -> None:
        made, asked, position = follower_at(10)
        stream = made.follow(tail(), beat_seconds=0.01)
        assert await take(stream, 2) == [Ready(Place(10)), follow.Beat(Place(10))]
        position.seq = 11
        made.advanced(11, NO_SPAN)
        await asyncio.sleep(0.02)
        while (await anext(stream)) != follow.Beat(Place(11)):
            pass
        assert asked.bounds == []
        position.seq = 12
        made.advanced(12, None)
        while (await anext(stream)) != follow.Beat(Place(12)):
            pass
        assert asked.bounds == [{"heavy": True}]
        position.seq = 13
        made.advanced(13, (1, 2))
        while (await anext(stream)) != follow.Beat(Place(13)):
            pass
        assert asked.bounds[1:] == [{"heavy": False}]
        await stream.aclose()
        assert made.streams == 0

    asyncio.run(go())


def test_the_applier_never_waits_and_streams_are_told_at_the_pulse(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand advances within a pulse are few questions."""

    async def go() -> None:
        made, asked, position = follower_at(0)
        stream = made.follow(tail(), beat_seconds=0.01)
        await take(stream, 1)

        def advance() -> None:
            for seq in range(1, 1001):
                position.seq = seq
                made.advanced(seq, (seq, seq))

        thread = threading.Thread(target=advance)
        thread.start()
        while (await anext(stream)) != follow.Beat(Place(1000)):
            pass
        thread.join()
        assert len(asked.bounds) < 20
        await stream.aclose()

    asyncio.run(go())


def test_streams_that_want_the_same_share_a_question_and_it_ends_when_none_waits_any_more() -> None:
    async def go() -> None:
        made, asked, position = follower_at(0)
        asked.gate.clear()
        streams = [made.follow(tail(), beat_seconds=60) for _ in range(5)]
        for stream in streams:
            await take(stream, 1)
        waiting = [asyncio.create_task(anext(stream)) for stream in streams]
        await asyncio.sleep(0)
        position.seq = 1
        made.advanced(1, (1, 1))
        while not asked.bounds:
            await asyncio.sleep(0.01)
        for task in waiting[:4]:
            task.cancel()
        await asyncio.gather(*waiting[:4], return_exceptions=True)
        assert (len(asked.bounds), asked.cancelled) == (1, 0), "one still waits"
        waiting[4].cancel()
        await asyncio.gather(waiting[4], return_exceptions=True)
        await asyncio.sleep(0)
        assert (len(asked.bounds), asked.cancelled) == (1, 1)
        assert made.streams == 0

    asyncio.run(go())


def test_a_place_behind_which_the_store_has_not_come_yet_is_waited_for() -> None:
    """After a crash the applier begins a little before what streams have seen."""

    async def go() -> None:
        made, asked, position = follower_at(10)
        stream = made.follow(tail(Place(12, ID)), beat_seconds=0.01)
        assert await take(stream, 2) == [Ready(Place(12, ID)), follow.Beat(Place(12, ID))]
        for seq in (11, 12, 13):
            position.seq = seq
            made.advanced(seq, None)
            while (await anext(stream)) != follow.Beat(Place(12, ID) if seq < 12 else Place(seq)):
                pass
        assert [values[:2] for values in asked.values] == [[12, 12], [12, 13]]
        await stream.aclose()

    asyncio.run(go())
