"""What the world refuses behind the acknowledgement stops nothing: the applier tries again, and each log arrives once.

The real thread, on a real write-ahead log; the store, the catalogue and the disk refuse for a while.
"""

from __future__ import annotations

import errno
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import cast

import pytest

from portlog import applier as applier_room
from portlog.applier import Applier, read_position
from portlog.catalog import Catalog, Reply
from portlog.clock import FakeClock
from portlog.errors import PortlogError
from portlog.schema.columns import Row
from portlog.schema.log import CALL_VERSION, Call, Log, encode_call
from portlog.settings import load
from portlog.store import Fill, StoreError, Version
from portlog.telemetry import Meters, set_level
from portlog.wal import DiskFull, Wal
from tests.contract.test_store import log, rows
from tests.faults.stores import ModelStore

SECONDS_MAX = 30.0  # for what is waited for; reached only when it never comes


class Refusing(ModelStore):
    """A store that raises what it is given, before or after it did what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.before: list[Exception] = []
        self.after: list[Exception] = []
        self.present_refusals: list[Exception] = []

    def apply(self, batch: Sequence[Row], gone: Sequence[Version] = (), fills: Sequence[Fill] = ()) -> None:
        if self.before:
            raise self.before.pop()
        super().apply(batch, gone, fills)
        if self.after:
            raise self.after.pop()

    def present(self, first_seq: int, last_seq: int) -> set[bytes]:
        if self.present_refusals:
            raise self.present_refusals.pop()
        return super().present(first_seq, last_seq)


class Replies:
    """A catalogue that may be full."""

    def __init__(self) -> None:
        self.refusals: list[Exception] = []
        self.kept: list[str] = []

    def keep_replies(self, replies: Sequence[Reply], forget_before_ms: int) -> None:
        if self.refusals:
            raise self.refusals.pop()
        self.kept += [reply.idempotency for reply in replies]


class Bench:
    """An applier at work between a log on disk and a store in memory."""

    def __init__(self, path: Path) -> None:
        self.path, self.store, self.replies = path, Refusing(), Replies()
        self.meters = Meters()
        self.deaths: list[Exception] = []
        self.applied: list[Call] = []
        self.done = threading.Condition()
        self.wal: Wal
        self.applier: Applier
        self.open()

    def open(self) -> None:
        self.wal = Wal.open(self.path / "wal", disk_free_bytes_min=0)
        self.applier = Applier(
            wal=self.wal, store=self.store, catalog=cast(Catalog, self.replies), settings=load({"apply_interval_ms": 0}, {}),
            clock=FakeClock(), meters=self.meters, applied_file=self.path / "applied",
            on_applied=self.on_applied, on_dead=self.deaths.append,
        )  # fmt: skip

    def on_applied(self, call: Call) -> None:
        self.applied.append(call)

    def post(self, *names: str, key: str = "") -> list[bytes]:
        """Make one call durable; return the ids of its logs."""
        logs: list[Log] = [row.log for row in rows(0, *map(log, names))]
        call = Call(version=CALL_VERSION, logs=logs, received_ms=0, idempotency=key, reply=b"{}")
        self.wal.append_wait([encode_call(call)])
        return [log.id for log in logs]

    def settle(self) -> None:
        """Wait until everything durable is applied."""
        self.wait(lambda: self.applier.applied_seq == self.wal.durable_seq)

    def wait(self, reached: Callable[[], bool]) -> None:
        pause = threading.Event()
        for _ in range(int(SECONDS_MAX * 100)):
            if reached() or self.deaths:
                break
            pause.wait(0.01)
        assert not self.deaths, f"the applier died of {self.deaths[0]!r}"
        assert reached()

    @property
    def ids(self) -> list[bytes]:
        return [row.log.id for row in self.store.rows]

    def close(self) -> None:
        self.applier.stop()
        self.wal.close()


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A bench whose applier has not been started yet."""
    monkeypatch.setattr(applier_room, "_IDLE_SECONDS", 0.02)
    set_level("error")
    bench = Bench(tmp_path)
    yield bench
    bench.close()
    set_level("info")


NO_ROOM = OSError(errno.ENOSPC, "No space left on device")
REFUSALS = [
    StoreError("Code: 243. DB::Exception: NOT_ENOUGH_SPACE"),
    PortlogError("store-unavailable", "the store did not answer"),
    NO_ROOM,
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: type(refusal).__name__)
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_insert_refused_is_tried_again_and_stored_once(bench: Bench, refusal: Exception, when: str) -> None:
    getattr(bench.store, when).append(refusal)
    ids = bench.post("a", "b")
    bench.applier.start()
    bench.settle()
    assert bench.ids == ids


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: type(refusal).__name__)
def test_a_store_that_does_not_say_what_it_holds_is_asked_again(bench: Bench, refusal: Exception) -> None:
    ids = bench.post("a")
    bench.store.apply(rows(1, log("before the crash")))
    bench.close()
    bench.open()
    bench.store.present_refusals.append(refusal)
    bench.applier.start()
    bench.settle()
    assert bench.ids[1:] == ids


def test_a_full_catalogue_is_tried_again_and_nothing_is_stored_twice(bench: Bench) -> None:
    bench.replies.refusals.append(sqlite3.OperationalError("database or disk is full"))
    ids = bench.post("a", key="k")
    bench.applier.start()
    bench.settle()
    assert (bench.ids, bench.replies.kept) == (ids, ["k"])
    assert [call.idempotency for call in bench.applied] == ["k"], "forgotten before the reply was kept"


def test_a_position_that_cannot_be_written_stops_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(path: Path, seq: int) -> None:
        raise NO_ROOM

    monkeypatch.setattr(applier_room, "_write_position", write)
    ids = bench.post("a")
    bench.applier.start()
    bench.settle()
    ids += bench.post("b")
    bench.settle()
    assert bench.ids == ids
    assert read_position(bench.path / "applied") == 0


def test_no_room_for_a_new_segment_stops_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def seal(wal: Wal) -> None:
        raise DiskFull("there is no room for a new segment")

    monkeypatch.setattr(applier_room, "_SEAL_BYTES_MIN", 0)
    monkeypatch.setattr(Wal, "seal", seal)
    relaxed = threading.Event()
    monkeypatch.setattr(bench.store, "relax", relaxed.set)
    ids = bench.post("a")
    bench.applier.start()
    bench.settle()
    assert relaxed.wait(SECONDS_MAX), "it never came to rest"
    ids += bench.post("b")
    bench.settle()
    assert bench.ids == ids
    bench.close()


def test_it_stops_at_once_while_the_store_refuses(bench: Bench) -> None:
    """What waits is applied at the next start."""
    bench.store.before += [StoreError("away")] * 1000
    ids = bench.post("a")
    bench.applier.start()
    bench.wait(lambda: len(bench.store.before) < 1000)
    bench.close()
    bench.store.before.clear()
    assert bench.ids == []
    bench.open()
    bench.applier.start()
    bench.settle()
    assert bench.ids == ids


def test_what_is_a_bug_of_ours_is_told(bench: Bench) -> None:
    """Trying it again would hide it, and let logs pile up."""
    bench.store.before.append(TypeError("a bug"))
    bench.post("a")
    bench.applier.start()
    for _ in range(int(SECONDS_MAX * 100)):
        if bench.deaths:
            break
        threading.Event().wait(0.01)
    assert [type(error) for error in bench.deaths] == [TypeError]


@pytest.mark.parametrize(
    "torn",
    [None, b"", b"\0" * 20, b"7", b"7 ", b"7 seven", b"seven 7", b"-1 -1", b"1 2 3", b"\xff\xfe", b"7 1"],
    ids=repr,
)
def test_a_position_that_cannot_be_read_is_no_position(tmp_path: Path, torn: bytes | None) -> None:
    if torn is not None:
        (tmp_path / "applied").write_bytes(torn)
    set_level("error")
    assert read_position(tmp_path / "applied") == 0
    set_level("info")


def test_a_position_is_read_as_written(tmp_path: Path) -> None:
    applier_room._write_position(tmp_path / "applied", 2**63)
    assert read_position(tmp_path / "applied") == 2**63


# -- who listens -------------------------------------------------------------------------------------------------------


def test_who_listens_is_told_of_each_batch_when_it_is_in_the_store_and_of_when_its_logs_are(bench: Bench) -> None:
    told: list[tuple[int, tuple[int, int] | None, int]] = []
    bench.applier.listen(lambda seq, span: told.append((seq, span, len(bench.store.rows))))
    bench.post("a")
    while bench.applier.applied_seq < bench.wal.durable_seq:
        bench.applier.step()
    bench.post("b", "c")
    bench.applier.step()
    times = [row.log.created_ms for row in bench.store.rows]
    assert told == [(1, (times[0], times[0]), 1), (2, (min(times[1:]), max(times[1:])), 3)]


@pytest.mark.parametrize("crash", [True, False])
def test_who_listens_is_not_told_times_of_logs_that_were_in_the_store_already(bench: Bench, crash: bool) -> None:
    """A batch that was inserted, but not noted: its rows are not inserted again, and came all the same."""
    told: list[tuple[int, tuple[int, int] | None]] = []
    if crash:
        bench.post("a")
        bench.applier.step()
        bench.wal.close()
        (bench.path / "applied").unlink()
        bench.wal = Wal.open(bench.path / "wal", disk_free_bytes_min=0)
        bench.post("b")
        bench.wal.close()
        bench.open()
    else:
        bench.store.after.append(StoreError("the answer was lost"))
        bench.post("a", "b")
        with pytest.raises(StoreError):
            bench.applier.step()
    bench.applier.listen(lambda seq, span: told.append((seq, span)))
    while bench.applier.applied_seq < bench.wal.durable_seq:
        bench.applier.step()
    assert told and all(span is None for _, span in told)
