"""The writer of feedback over the real engine, made to fail: what was not stored is never acknowledged, and what was is."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from portlog.errors import PortlogError
from portlog.feedback import FeedbackWriter
from portlog.schema.feedback import Feedback
from portlog.senders.feedback import Change
from portlog.store import Statement, Store, StoreError, sql
from portlog.telemetry import Meters
from tests.contract.test_feedback import feedback, of_trace
from tests.contract.test_store import NOW_MS, real_store

AWAY: Exception = StoreError("Code: 210. DB::NetException: (made by the test)")
FULL = StoreError("Code: 243. DB::Exception: (made by the test) NOT_ENOUGH_SPACE")
NO_ROOM = OSError(errno.ENOSPC, "No space left on device")  # of the driver's own file


class BrittleStore:
    """The real store; the next inserts fail as `plan` says: "before" storing, "after" it, "mute": then it answers nothing."""

    def __init__(self, store: Store) -> None:
        self._store, self.plan, self.inserts = store, list[str](), list[int]()
        self.mute, self.error = False, AWAY

    def keep_feedback(self, given: Sequence[Feedback]) -> None:
        fault = self.plan.pop(0) if self.plan else ""
        if fault != "before":
            self._store.keep_feedback(given)
            self.inserts.append(len(given))
        self.mute = fault == "mute"
        if fault:
            raise self.error

    def select(self, statement: Statement) -> list[tuple[Any, ...]]:
        if self.mute:
            raise PortlogError("store-unavailable", "the store did not answer")
        return self._store.select(statement)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for the module; tests keep apart by their traces."""
    opened = real_store(Path(tmp_path_factory.mktemp("writer")) / "store")
    yield opened
    opened.close()


@pytest.fixture
def brittle(store: Store) -> BrittleStore:
    return BrittleStore(store)


@pytest.fixture
def writer(brittle: BrittleStore) -> Iterator[FeedbackWriter]:
    """The writer, begun."""
    made = FeedbackWriter(brittle, Meters(), lambda: NOW_MS + 1000)  # type: ignore[arg-type]
    made.start()
    yield made
    brittle.mute = False
    made.stop()


def outcomes(*calls: Callable[[], Awaitable[Any]]) -> list[Any]:
    """What became of calls made side by side: a result, or the slug of a refusal."""

    async def run() -> list[Any]:
        return await asyncio.gather(*(call() for call in calls), return_exceptions=True)

    return [each.kind.slug if isinstance(each, PortlogError) else each for each in asyncio.run(run())]


def test_a_refused_insert_is_told_and_nothing_is_there(writer: FeedbackWriter, brittle: BrittleStore, store: Store) -> None:
    brittle.plan = ["before"]
    assert outcomes(lambda: writer.give([feedback("refused")])) == ["store-unavailable"]
    assert of_trace(store, "refused") == []
    assert outcomes(lambda: writer.give([feedback("refused")])) == [None]
    assert len(of_trace(store, "refused")) == 1


@pytest.mark.parametrize("error", [FULL, NO_ROOM])
def test_a_full_disk_is_told_and_nothing_is_there(
    writer: FeedbackWriter, brittle: BrittleStore, store: Store, error: Exception
) -> None:
    brittle.plan, brittle.error = ["before"], error
    assert outcomes(lambda: writer.give([feedback("full")])) == ["disk-full"]
    assert of_trace(store, "full") == []


def test_an_insert_that_raised_and_stored_is_acknowledged(writer: FeedbackWriter, brittle: BrittleStore, store: Store) -> None:
    """Else the caller would send it again, and it would count twice."""
    brittle.plan = ["after"]
    given = feedback("stored")
    assert outcomes(lambda: writer.give([given])) == [None]
    assert of_trace(store, "stored") == [given]


def test_an_outcome_that_nobody_knows_is_called_unknown(writer: FeedbackWriter, brittle: BrittleStore) -> None:
    brittle.plan = ["mute"]
    assert outcomes(lambda: writer.give([feedback("unknown")])) == ["outcome-unknown"]


def test_changes_of_one_feedback_in_one_insert_are_one_row(writer: FeedbackWriter, brittle: BrittleStore, store: Store) -> None:
    given = feedback("together", 1, 0.5)
    outcomes(lambda: writer.give([given]))
    changes = [Change(value=value) for value in range(10)] + [Change(weight=1.0)]
    results = outcomes(*(lambda c=c: writer.change("default", given.id, c) for c in changes))  # type: ignore[misc]
    assert results == [True] * 11
    (found,) = of_trace(store, "together")
    assert (found.value, found.weight, found.revision) == (9, 1.0, 11)
    assert sum(brittle.inserts[1:]) < 11


def test_a_change_after_a_deletion_finds_nothing(writer: FeedbackWriter, store: Store) -> None:
    given = feedback("gone first")
    outcomes(lambda: writer.give([given]))
    change = Change(value=2)
    results = outcomes(
        lambda: writer.remove("default", given.id),
        lambda: writer.change("default", given.id, change),
        lambda: writer.remove("default", given.id),
    )
    assert results == [True, False, False]
    assert of_trace(store, "gone first") == []


def test_a_change_that_was_refused_changes_nothing(writer: FeedbackWriter, brittle: BrittleStore, store: Store) -> None:
    given = feedback("change refused", 1)
    outcomes(lambda: writer.give([given]))
    brittle.plan = ["before"]
    assert outcomes(lambda: writer.change("default", given.id, Change(value=9))) == ["store-unavailable"]
    assert of_trace(store, "change refused") == [given]


def test_another_workspaces_feedback_cannot_be_changed(writer: FeedbackWriter, store: Store) -> None:
    given = feedback("foreign", 1)
    outcomes(lambda: writer.give([given]))
    calls = (lambda: writer.change("other", given.id, Change(value=9)), lambda: writer.remove("other", given.id))
    assert outcomes(*calls) == [False, False]
    assert of_trace(store, "foreign") == [given]


def test_a_time_never_goes_back(writer: FeedbackWriter, store: Store) -> None:
    """The clock may be set back between two changes."""
    given = feedback("clock", 1, updated_ms=NOW_MS + 5000)
    store.keep_feedback([given])
    outcomes(lambda: writer.change("default", given.id, Change(value=9)))
    assert of_trace(store, "clock")[0].updated_ms == NOW_MS + 5000


def test_what_waits_is_stored_before_the_end_and_then_nothing_is_taken(store: Store) -> None:
    writer = FeedbackWriter(store, Meters(), lambda: NOW_MS)
    writer.start()

    async def run() -> list[Any]:
        calls = [asyncio.ensure_future(writer.give([feedback("last", n)])) for n in range(5)]
        await asyncio.sleep(0)
        await asyncio.to_thread(writer.stop)
        return await asyncio.gather(*calls, writer.give([feedback("too late")]), return_exceptions=True)

    *told, late = asyncio.run(run())
    assert told == [None] * 5
    assert late.kind.slug == "stopping"
    assert len(of_trace(store, "last")) == 5


def test_a_flood_is_refused_before_anything_is_stored(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portlog.feedback._WAITING_ROWS_MAX", 10)
    writer = FeedbackWriter(store, Meters(), lambda: NOW_MS)  # not begun: everything waits

    async def run() -> Any:
        calls = [asyncio.ensure_future(writer.give([feedback("flood", 1) for _ in range(20)]))]  # one call may be larger
        await asyncio.sleep(0)
        with pytest.raises(PortlogError) as refusal:
            await writer.give([feedback("flood", 2)])
        writer.start()
        await asyncio.gather(*calls)
        await asyncio.to_thread(writer.stop)
        return refusal.value

    refusal = asyncio.run(run())
    assert (refusal.kind.slug, refusal.retry_after_seconds) == ("overloaded", 1)
    assert {f.value for f in of_trace(store, "flood")} == {1}


def test_the_average_of_a_trace_follows_changes(writer: FeedbackWriter, store: Store) -> None:
    first, second = feedback("follows", 10), feedback("follows", 0)
    outcomes(lambda: writer.give([first, second]))
    outcomes(lambda: writer.change("default", first.id, Change(weight=0.5)))
    assert store.select(sql.feedback_of_traces("default", ["follows"])) == [("follows", 2.5, 2)]
    outcomes(lambda: writer.remove("default", second.id))
    assert store.select(sql.feedback_of_traces("default", ["follows"])) == [("follows", 5.0, 1)]
