"""Scheduled exports: again and again, what has come since the last time, to a place under names by date.

A run is a job like any other, of the records of the write-ahead log behind the last one that was exported and up to the last
one whose logs are in the store. Its bounds and its name are kept before it begins, so a run that dies, or whose place is away,
puts the same file under the same name when it is tried again; only when the place has it do the bounds move on.
A log that is completed later has a later record: it is exported again, in its later revision.
"""

from __future__ import annotations

import re
import sqlite3
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from portlog.catalog.exports import ExportJob, ExportRows, ExportSchedule
from portlog.errors import PortlogError
from portlog.exports.files import Folder
from portlog.exports.formats import FORMATS, file_extension
from portlog.exports.orders import LOGS_MAX, Order, read_order, select
from portlog.exports.places import Place, PlaceError, place_of
from portlog.exports.runner import AFRESH
from portlog.schema import jsons
from portlog.telemetry import event

EVERY_MS_MIN = 60_000
_LOOK_SECONDS = 1.0
_RETRY_MS_MAX = 5 * 60_000
_FROM_NOW = -1  # since_seq of a schedule that begins where it is first seen
_ALWAYS_MS = 2**42  # later than any log is received: a scheduled run is bounded by records, not by time
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_UNITS_MS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}


def read_every(text: str) -> int:
    """`15m`, `6h`, `1d` in ms.

    raises  ValueError
    """
    match = re.fullmatch(r"(\d{1,6})([mhd])", text.strip().lower())
    ms = int(match[1]) * _UNITS_MS[match[2]] if match else 0
    if ms < EVERY_MS_MIN:
        raise ValueError(f"{text!r} is no interval; write it as 15m, 6h or 1d")
    return ms


def new_schedule(
    name: str, every: str, place: str, order: Order, denied: Sequence[str], now_ms: int, *, new_only: bool
) -> ExportSchedule:
    """A schedule that is due now.

    new_only  it begins with what comes from now on, else with everything that is there
    raises    ValueError, PlaceError, PortlogError for what cannot be
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a schedule: small letters, digits, - and _, at most 60")
    place_of(place)
    schedule = ExportSchedule(
        id=uuid.uuid4().hex[:16], name=name, workspace="default", place=place, q=order.q,
        requested=jsons.encode(list(order.requested)).decode(), format=order.format, gzip=int(order.gzip),
        every_ms=read_every(every), next_ms=now_ms, since_seq=_FROM_NOW if new_only else 0, rows=0, last_ms=0, error="",
        created_ms=now_ms,
    )  # fmt: skip
    select(_order(schedule, denied), now_ms=now_ms)
    return schedule


def _order(schedule: ExportSchedule, denied: Sequence[str]) -> Order:
    """What each run asks for.

    raises  PortlogError field-denied, bad-filter
    """
    sent: dict[str, Any] = {
        "filters": {"page_size": LOGS_MAX}, "q": schedule.q, "format": schedule.format, "gzip": bool(schedule.gzip),
        "requested_data": jsons.decode_any(schedule.requested.encode()), "description": f"schedule {schedule.name}",
    }  # fmt: skip
    return read_order(sent, denied)


class Scheduler:
    """Makes the jobs of schedules when they are due, and brings their files to their places. On a thread of its own."""

    def __init__(
        self, *, rows: ExportRows, folder: Folder, denied: Sequence[str], now_ms: Callable[[], int],
        durable_seq: Callable[[], int], applied_seq: Callable[[], int], wake: Callable[[], None],
        place: Callable[[str], Place] = place_of,
    ) -> None:  # fmt: skip
        """durable_seq  the last record of the write-ahead log
        applied_seq  the last whose logs are all in the store
        wake         tells the runner that there is a job"""
        self._rows, self._folder, self._denied = rows, folder, tuple(denied)
        self._now_ms, self._applied_seq, self._wake, self._place = now_ms, applied_seq, wake, place
        self._durable_seq = durable_seq
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedules", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End after the file under way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_SECONDS):
            try:
                self.tick()
            except sqlite3.OperationalError as error:
                event("schedules.catalog_refused", level="warning", reason=error)
            except Exception as error:  # noqa: BLE001 - outermost loop of the thread: logs are taken without it too
                event("schedules.broke", level="error", kind=type(error).__name__, reason=error)
                self._stop.wait(_RETRY_MS_MAX / 1000)

    def tick(self) -> None:
        """Look at each schedule once."""
        for schedule in self._rows.schedules():
            if self._stop.is_set():
                return
            self._look(schedule)

    def _look(self, schedule: ExportSchedule) -> None:
        job = self._rows.job_of_schedule(schedule.id)
        if job is not None and job.status == "in_progress":
            return
        if self._now_ms() < schedule.next_ms:
            return
        if job is None:
            self._begin(schedule)
        elif job.status == "success":
            self._deliver(schedule, job)
        else:
            self._again(schedule, job)

    def _begin(self, schedule: ExportSchedule) -> None:
        """Keep the bounds and the name of a run, and let it begin; nothing when no log has come."""
        now, through, durable = self._now_ms(), self._applied_seq(), self._durable_seq()
        since = through if schedule.since_seq == _FROM_NOW else schedule.since_seq
        if through <= since and through < durable:
            return  # after a crash the applier may have to find its place first
        if through < since:
            # The data is older than what was exported: a copy was put in its place. Numbers say nothing then.
            event("schedule.begins_anew", level="warning", name=schedule.name, exported_seq=since, applied_seq=through)
            since = 0
        if since != schedule.since_seq:
            self._rows.set_since(schedule.id, since)
        if through == since:
            self._rows.set_due(schedule.id, now + schedule.every_ms)
            return
        try:
            order = _order(schedule, self._denied)
        except PortlogError as error:
            self._put_off(schedule, error.message)
            return
        self._rows.create(_job(schedule, order, since, through, now))
        self._wake()

    def _deliver(self, schedule: ExportSchedule, job: ExportJob) -> None:
        """Bring a finished file to its place, then move the bounds. A run without logs makes no file there."""
        file = self._folder.file(job.id, FORMATS[job.format], gzipped=bool(job.gzip))
        try:
            if job.rows_done:
                self._place(schedule.place).put(file, job.object_name)
        except PlaceError as error:
            if not file.exists():
                self._again(schedule, job)
            else:
                self._put_off(schedule, str(error))
            return
        now = self._now_ms()
        self._rows.complete(job, now, now + schedule.every_ms)
        self._folder.remove(job.id)
        event("schedule.exported", name=schedule.name, object=job.object_name if job.rows_done else "", logs=job.rows_done)

    def _again(self, schedule: ExportSchedule, job: ExportJob) -> None:
        """Make the file of a run once more, within the same bounds and under the same name."""
        self._put_off(schedule, job.error)
        again = replace(job, **AFRESH, status="in_progress", run=job.run + 1, error="", updated_ms=self._now_ms())
        self._rows.save(again, when=(job.status,), run=job.run)
        self._wake()

    def _put_off(self, schedule: ExportSchedule, error: str) -> None:
        wait_ms = min(schedule.every_ms, _RETRY_MS_MAX)
        self._rows.set_due(schedule.id, self._now_ms() + wait_ms, error[:500])
        event("schedule.put_off", level="warning", name=schedule.name, reason=error, seconds=wait_ms // 1000)


def _job(schedule: ExportSchedule, order: Order, since: int, through: int, now_ms: int) -> ExportJob:
    moment = datetime.fromtimestamp(now_ms / 1000, UTC)
    extension = file_extension(FORMATS[order.format], gzipped=order.gzip)
    return ExportJob(
        id=str(uuid.uuid4()), workspace=schedule.workspace, workspace_id=schedule.workspace, created_by="",
        description=order.description, filters=jsons.encode(order.filters).decode(), q=order.q,
        requested=jsons.encode(list(order.requested)).decode(), format=order.format, gzip=int(order.gzip),
        status="in_progress", total=0, created_ms=now_ms, updated_ms=now_ms, run=1, until_ms=_ALWAYS_MS,
        schedule=schedule.id, since_seq=since, through_seq=through,
        object_name=f"{moment:%Y/%m/%d}/{schedule.name}-{moment:%Y%m%dT%H%M%SZ}-{through}.{extension}",
    )  # fmt: skip
