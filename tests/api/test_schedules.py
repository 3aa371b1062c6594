"""Scheduled exports: each log in exactly one file of its revision, under a name that stays, whatever fails on the way."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from portlog.catalog import Catalog
from portlog.catalog.exports import ExportSchedule
from portlog.clock import FakeClock
from portlog.errors import PortlogError
from portlog.exports.files import Folder
from portlog.exports.orders import read_order
from portlog.exports.places import Directory, PlaceError, place_of
from portlog.exports.runner import Runner
from portlog.exports.schedules import Scheduler, new_schedule, read_every
from portlog.telemetry import Meters
from tests.api.conftest import House
from tests.api.test_exports import runner_of
from tests.samples import chat

HOUR = 3_600
_days = iter(range(1, 1000))


class Away(Directory):
    """A directory that may be away, before or after a file has reached it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.fails: Callable[[], None] = lambda: None
        self.fails_after: Callable[[], None] = lambda: None
        self.puts: list[str] = []

    def put(self, file: Path, name: str) -> None:
        self.fails()
        super().put(file, name)
        self.puts.append(name)
        self.fails_after()


class Bench:
    """A scheduler and a runner stepped by hand, over the house's store, with a catalogue and a folder of their own."""

    def __init__(self, house: House, place: Path) -> None:
        self.house, self.clock = house, FakeClock(house.clock.ms)
        self.catalog = Catalog(place / "catalog.sqlite", self.clock)
        self.target = place / "target"
        self.place = Away(self.target)
        self.open(place)

    def open(self, place: Path) -> None:
        """As after a start of the program."""
        folder = Folder(place / "exports")
        around = dataclasses.replace(runner_of(self.house)._around, now_ms=self.clock.now_ms)
        rows, store = self.catalog.exports, self.house.parts.questions._store
        self.runner = Runner(rows=rows, store=store, folder=folder, around=around, meters=Meters())
        self.scheduler = Scheduler(
            rows=rows, folder=folder, denied=(), now_ms=self.clock.now_ms, durable_seq=around.durable_seq,
            applied_seq=around.applied_seq, wake=lambda: None, place=lambda text: self.place,
        )  # fmt: skip

    def create(self, user: str, name: str = "daily", *, every: str = "1d", new_only: bool = False, **body: Any) -> None:
        order = read_order({"format": "jsonl", "requested_data": ["id", "metadata"], "q": f"user:{user}", **body}, ())
        self.catalog.exports.create_schedule(
            new_schedule(name, every, str(self.target), order, (), self.clock.now_ms(), new_only=new_only)
        )

    def run(self, rounds: int = 3) -> None:
        """Let both work until there is nothing to do at this time."""
        for _ in range(rounds):
            self.scheduler.tick()
            while (job := self.catalog.exports.next_job()) is not None:
                self.runner.step(job)

    @property
    def schedule(self) -> ExportSchedule:
        (schedule,) = self.catalog.exports.schedules()
        return schedule

    def files(self) -> list[list[int]]:
        """The numbers of the logs in each file, by the files' names."""
        paths = sorted(path for path in self.target.rglob("*") if path.is_file())
        return [[json.loads(line)["metadata"]["n"] for line in path.read_text().splitlines()] for path in paths]


@pytest.fixture
def bench(house: House, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(house, tmp_path)
    yield bench
    bench.catalog.close()


@pytest.fixture
def user() -> str:
    return f"scheduled{next(_days)}"


def store(house: House, user: str, *numbers: int) -> None:
    house.store([chat(metadata={"_user": user, "n": n}) for n in numbers])
    house.count()


def test_each_run_has_what_has_come_since_the_last(house: House, bench: Bench, user: str) -> None:
    store(house, user, 0, 1)
    bench.create(user)
    bench.run()
    assert bench.files() == [[0, 1]]
    store(house, user, 2)
    bench.run()
    assert bench.files() == [[0, 1]], "it is not due"
    bench.clock.advance(24 * HOUR)
    bench.run()
    store(house, user, 3, 4)
    bench.clock.advance(24 * HOUR)
    bench.run()
    assert bench.files() == [[0, 1], [2], [3, 4]]
    assert (bench.schedule.rows, bench.schedule.error, bench.schedule.last_ms) == (5, "", bench.clock.now_ms())
    assert list(bench.runner._folder.path.iterdir()) == [], "the place has them"


def test_nothing_new_makes_no_file(house: House, bench: Bench, user: str) -> None:
    bench.create(user)
    bench.run()
    for _ in range(2):
        bench.clock.advance(24 * HOUR)
        store(house, "somebody else", 1)
        bench.run()
    assert (bench.files(), bench.place.puts, bench.schedule.rows) == ([], [], 0)
    assert bench.schedule.next_ms == bench.clock.now_ms() + 24 * HOUR * 1000


def test_names_say_the_day(house: House, bench: Bench, user: str) -> None:
    store(house, user, 0)
    bench.clock.ms = 1_795_000_000_000
    bench.create(user, "nightly", format="portlog", requested_data=None, gzip=True)
    bench.run()
    (name,) = bench.place.puts
    assert name.startswith("2026/11/18/nightly-20261118T110640Z-") and name.endswith(".portlog.jsonl.gz")


def test_only_what_is_new_when_that_is_asked_for(house: House, bench: Bench, user: str) -> None:
    store(house, user, 0)
    bench.create(user, new_only=True)
    bench.run()
    store(house, user, 1)
    bench.clock.advance(24 * HOUR)
    bench.run()
    assert bench.files() == [[1]]


def test_a_log_of_the_past_that_is_received_now_is_in_the_next_file(house: House, bench: Bench, user: str) -> None:
    """What counts is when it came, not when the call was made."""
    store(house, user, 0)
    bench.create(user)
    bench.run()
    house.store(chat(metadata={"_user": user, "n": 7}, created_at="2026-01-01T00:00:00Z"))
    house.count()
    bench.clock.advance(24 * HOUR)
    bench.run()
    assert bench.files() == [[0], [7]]


def test_a_schedule_waits_for_an_applier_that_has_to_find_its_place(house: House, bench: Bench, user: str) -> None:
    """After a crash the position may be an old one: that nothing seems new is no reason to wait for another day."""
    store(house, user, 0)
    bench.create(user)
    bench.run()
    store(house, user, 1)
    bench.clock.advance(24 * HOUR)
    applied, bench.scheduler._applied_seq = bench.scheduler._applied_seq, lambda: 0
    bench.run()
    assert bench.files() == [[0]]
    bench.scheduler._applied_seq = applied
    bench.run()
    assert bench.files() == [[0], [1]]


def test_data_that_is_older_than_what_was_exported_is_exported_again(house: House, bench: Bench, user: str) -> None:
    """A copy was put in the data's place: rather twice than not at all."""
    store(house, user, 0)
    bench.create(user)
    bench.run()
    bench.catalog.exports.set_since(bench.schedule.id, 10**9)
    bench.clock.advance(24 * HOUR)
    bench.run()
    assert bench.files() == [[0], [0]]


class Crash(BaseException):
    """The process is gone."""


def crash() -> None:
    raise Crash


@pytest.mark.parametrize("when", ["fails", "fails_after"])
def test_a_crash_around_the_delivery_puts_the_same_file_under_the_same_name(
    house: House, bench: Bench, user: str, when: str, tmp_path: Path
) -> None:
    store(house, user, 0, 1)
    bench.create(user)
    setattr(bench.place, when, crash)
    with pytest.raises(Crash):
        bench.run()
    setattr(bench.place, when, lambda: None)
    store(house, user, 2)
    bench.clock.advance(60)
    bench.open(tmp_path)
    bench.run()
    assert bench.files() == [[0, 1]]
    assert len(set(bench.place.puts)) == 1
    bench.clock.advance(24 * HOUR)
    bench.run()
    assert bench.files() == [[0, 1], [2]]


def test_a_crash_while_the_file_is_made_changes_nothing(house: House, bench: Bench, user: str, tmp_path: Path) -> None:
    store(house, user, 0, 1)
    bench.create(user)
    bench.scheduler.tick()
    store(house, user, 2)
    bench.open(tmp_path)
    bench.run()
    assert bench.files() == [[0, 1]]


def away() -> None:
    raise PlaceError("the place is away")


def test_a_place_that_is_away_is_tried_again_with_the_same_file(house: House, bench: Bench, user: str) -> None:
    store(house, user, 0)
    bench.create(user, every="1h")
    bench.place.fails = away
    bench.run()
    assert (bench.files(), bench.schedule.error, bench.schedule.since_seq) == ([], "the place is away", 0)
    store(house, user, 1)
    bench.clock.advance(60)
    bench.run()
    assert bench.schedule.next_ms > bench.clock.now_ms(), "not at once"
    bench.place.fails = lambda: None
    bench.clock.advance(300)
    bench.run()
    assert (bench.files(), bench.schedule.error) == ([[0]], "")
    bench.clock.advance(HOUR)
    bench.run()
    assert bench.files() == [[0], [1]]


def test_a_file_that_was_deleted_before_it_was_delivered_is_made_again(house: House, bench: Bench, user: str) -> None:
    """Its time was over while the place was away."""
    store(house, user, 0)
    bench.create(user)
    bench.place.fails = away
    bench.run()
    bench.clock.advance(200 * HOUR)
    bench.runner.expire()
    bench.place.fails = lambda: None
    for _ in range(2):
        bench.run()
        bench.clock.advance(300)
    bench.run()
    assert bench.files() == [[0]]


def test_a_run_that_failed_is_made_again(house: House, bench: Bench, user: str) -> None:
    store(house, user, 0)
    bench.create(user)
    bench.scheduler.tick()
    job = bench.catalog.exports.next_job()
    assert job is not None
    bench.runner._fail(job, "the disk is full")
    bench.run()
    assert bench.schedule.error == "the disk is full"
    bench.clock.advance(300)
    bench.run()
    assert (bench.files(), bench.schedule.error) == ([[0]], "")


def test_a_deleted_schedule_stops_what_it_has_under_way(house: House, bench: Bench, user: str) -> None:
    store(house, user, 0)
    bench.create(user)
    bench.scheduler.tick()
    assert bench.catalog.exports.delete_schedule("nobody") is None
    deleted = bench.catalog.exports.delete_schedule("daily")
    assert deleted is not None and deleted.name == "daily"
    bench.run()
    assert (bench.files(), bench.catalog.exports.schedules()) == ([], [])


def test_runs_of_schedules_are_not_among_the_exports_that_people_made(house: House, bench: Bench, user: str) -> None:
    bench.create(user)
    store(house, user, 0)
    bench.scheduler.tick()
    assert bench.catalog.exports.next_job() is not None
    assert bench.catalog.exports.of_workspace("default") == []


# -- what a schedule may be ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "ms"), [("15m", 900_000), ("6h", 21_600_000), ("1d", 86_400_000), (" 2D ", 172_800_000)])
def test_intervals(text: str, ms: int) -> None:
    assert read_every(text) == ms


@pytest.mark.parametrize("text", ["", "0m", "1", "d", "30s", "1w", "-1h", "1.5h"])
def test_what_is_no_interval(text: str) -> None:
    with pytest.raises(ValueError, match="no interval"):
        read_every(text)


@pytest.mark.parametrize("place", ["relative/path", "gs://bucket/x", "http://host/x", "s3://", "s3:///", ""])
def test_what_is_no_place(place: str) -> None:
    with pytest.raises(PlaceError, match="is no place"):
        place_of(place)


def test_a_schedule_is_checked_when_it_is_made(bench: Bench, tmp_path: Path) -> None:
    order = read_order({}, ())
    for name in ("", "Name", "a/b", "..", "x" * 61):
        with pytest.raises(ValueError, match="no name"):
            new_schedule(name, "1d", str(tmp_path), order, (), 0, new_only=False)
    with pytest.raises(PortlogError, match="q"):
        new_schedule("x", "1d", str(tmp_path), read_order({"q": "status:what"}, ()), (), 0, new_only=False)
    with pytest.raises(PortlogError, match="may not be exported"):
        new_schedule("x", "1d", str(tmp_path), read_order({"format": "portlog"}, ()), ("request",), 0, new_only=False)
    bench.create("x")
    with pytest.raises(ValueError, match="already"):
        bench.create("x")


def test_a_directory_takes_a_file_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"first")
    place = Directory(tmp_path / "place")
    place.put(file, "a/b/c.jsonl")
    file.write_bytes(b"second")
    place.put(file, "a/b/c.jsonl")
    assert [path.read_bytes() for path in (tmp_path / "place").rglob("*") if path.is_file()] == [b"second"]
    (tmp_path / "wall").write_bytes(b"")
    with pytest.raises(PlaceError, match="cannot be written"):
        Directory(tmp_path / "wall").put(file, "x")
