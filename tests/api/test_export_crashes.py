"""An export that dies at any of its steps and is gone on with makes the file that an undisturbed one makes, byte for byte."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portlog.catalog import Catalog
from portlog.catalog.exports import ExportJob
from portlog.clock import FakeClock
from portlog.exports import Exports, pages
from portlog.exports.files import Folder
from portlog.exports.orders import read_order
from portlog.exports.runner import Runner
from portlog.telemetry import Meters
from tests.api.conftest import House
from tests.api.test_exports import runner_of
from tests.samples import chat

LOGS = 9


class Crash(BaseException):
    """The process is gone."""


class Bench:
    """A runner that is stepped by hand, over the house's store, with a catalogue and a folder of its own."""

    def __init__(self, house: House, place: Path) -> None:
        self.place, self.seams = place, 0
        self.catalog = Catalog(place / "catalog.sqlite", FakeClock())
        self.folder = Folder(place / "exports")
        around = dataclasses.replace(runner_of(house)._around, now_ms=lambda: house.clock.ms)
        self.runner = Runner(
            rows=self.catalog.exports, store=house.parts.questions._store, folder=self.folder, around=around, meters=Meters()
        )
        self.exports = Exports(rows=self.catalog.exports, folder=self.folder, secret=b"", denied=(), now_ms=self.runner.now_ms)

    def order(self, body: dict[str, Any]) -> ExportJob:
        job = self.exports.create("default", "", read_order(body, ()), 0)
        return self.exports.start(job)

    def run(self) -> ExportJob:
        while (job := self.catalog.exports.next_job()) is not None:
            self.runner.step(job)
        (job,) = self.catalog.exports.of_workspace("default")
        return job

    def file(self) -> bytes:
        (path,) = self.folder.path.iterdir()
        return path.read_bytes()

    def crash_at(self, seam: int) -> None:
        """Die before or after the call number `seam` of what changes the disk."""
        for owner, name in ((self.folder, "append"), (self.folder, "finish"), (self.catalog.exports, "save"), (self.folder, "drop_part")):
            setattr(owner, name, self._dying(getattr(owner, name), seam))

    def _dying(self, call: Callable[..., Any], seam: int) -> Callable[..., Any]:
        def dying(*args: Any, **named: Any) -> Any:
            self.seams += 1
            if self.seams == seam:
                raise Crash
            answer = call(*args, **named)
            self.seams += 1
            if self.seams == seam:
                raise Crash
            return answer

        return dying

    def close(self) -> None:
        self.catalog.close()


@pytest.fixture(scope="module")
def user(house: House) -> str:
    house.store([chat(f"question {i}", "x" * 300, metadata={"_user": "crash", "n": i}) for i in range(LOGS)])
    house.clock.advance(1)
    assert house.list(user="crash")["total"] == LOGS
    return "crash"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "CHUNK_ROWS_MAX", 4)


FORMS = [{"format": "jsonl"}, {"format": "jsonl", "gzip": True}, {"format": "csv"}, {"format": "parquet"}]


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_a_crash_at_any_step_changes_nothing(house: House, user: str, small: None, tmp_path: Path, form: dict[str, Any]) -> None:
    body = {"filters": {"user": user}, **form}
    undisturbed = Bench(house, tmp_path)
    undisturbed.order(body)
    assert (undisturbed.run().status, undisturbed.run().rows_done) == ("success", LOGS)
    expected = undisturbed.file()
    undisturbed.close()
    seam, crashed = 0, True
    while crashed:
        seam += 1
        place = tmp_path / str(seam)
        place.mkdir()
        bench = Bench(house, place)
        bench.order(body)
        bench.crash_at(seam)
        try:
            bench.run()
            crashed = False
        except Crash:
            pass
        bench.close()
        again = Bench(house, place)
        again.folder.sweep(again.catalog.exports.ids_with_files())
        job = again.run()
        assert (job.status, job.rows_done, job.size_bytes) == ("success", LOGS, len(expected)), seam
        (again.folder.part(job.id)).unlink(missing_ok=True)  # what a crash behind the end leaves, the next sweep takes
        assert again.file() == expected, seam
        again.close()
    assert seam > 12


def test_a_file_that_was_lost_is_made_anew(house: House, user: str, small: None, tmp_path: Path) -> None:
    bench = Bench(house, tmp_path)
    job = bench.order({"filters": {"user": user}})
    bench.runner.step(bench.catalog.exports.next_job())  # type: ignore[arg-type]
    bench.folder.part(job.id).write_bytes(b"short")
    assert (bench.run().status, bench.run().rows_done, bench.file().count(b"\n")) == ("success", LOGS, LOGS)
    bench.close()


def test_what_was_written_behind_the_last_kept_end_is_cut(house: House, user: str, small: None, tmp_path: Path) -> None:
    bench = Bench(house, tmp_path)
    job = bench.order({"filters": {"user": user}})
    bench.runner.step(bench.catalog.exports.next_job())  # type: ignore[arg-type]
    with bench.folder.part(job.id).open("ab") as part:
        part.write(b"torn" * 10_000)
    assert (bench.run().status, bench.file().count(b"\n"), b"torn" in bench.file()) == ("success", LOGS, False)
    bench.close()


def test_files_of_nobody_are_swept(house: House, tmp_path: Path) -> None:
    bench = Bench(house, tmp_path)
    job = bench.order({})
    bench.folder.part(job.id).touch()
    (bench.folder.path / "old.jsonl").touch()
    bench.folder.sweep(bench.catalog.exports.ids_with_files())
    assert [path.name for path in bench.folder.path.iterdir()] == [f"{job.id}.part"]
    bench.close()
