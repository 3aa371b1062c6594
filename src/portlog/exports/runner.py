"""The thread that makes the files: one job at a time, a chunk at a time, from where the last kept chunk ended.

After each chunk the file is synced, then the cursor and the file's length are kept in the catalogue. After a crash the
file is cut back to that length and the same chunk is read again: the file is the one that an undisturbed run makes.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from portlog.catalog.exports import ExportJob, ExportRows
from portlog.errors import PortlogError
from portlog.exports import pages
from portlog.exports.fields import columns_of, fields_named
from portlog.exports.files import Folder
from portlog.exports.formats import FORMATS, encoded
from portlog.exports.orders import Selection, order_of, select
from portlog.exports.pages import START, Chunk, Reach
from portlog.schema import archive
from portlog.store import Store, StoreError
from portlog.telemetry import Meters, event

_LOOK_SECONDS = 1.0
_SWEEP_SECONDS = 60.0
_RETRY_SECONDS, _TRIES_MAX = 5.0, 5
_HOUR_MS = 3_600_000
_FULL = frozenset((errno.ENOSPC, errno.EDQUOT))


@dataclass(frozen=True)
class Surroundings:
    """What the thread asks of the rest of the program.

    durable_seq, applied_seq  the last record on disk, and the last whose logs are in the store
    catch_up                  waits for a moment until the second has reached the first
    disk_free_bytes_min       what an export leaves free on the disk
    keep_hours                how long a finished file stays
    """

    durable_seq: Callable[[], int]
    applied_seq: Callable[[], int]
    catch_up: Callable[[], None]
    now_ms: Callable[[], int]
    disk_free_bytes_min: int
    keep_hours: int


class Stopped(Exception):
    """The job was cancelled, or the program stops."""


class Runner:
    """Works off the jobs under way."""

    def __init__(self, *, rows: ExportRows, store: Store, folder: Folder, around: Surroundings, meters: Meters) -> None:
        self.rows, self._store, self._folder, self._around = rows, store, folder, around
        self._meters, self.now_ms = meters, around.now_ms
        self._stop, self._wake = threading.Event(), threading.Event()
        self._tries: dict[tuple[str, int], int] = {}
        self._thread = threading.Thread(target=self._run, name="exports", daemon=True)

    def start(self) -> None:
        """Begin to look for jobs."""
        self._folder.sweep(self.rows.ids_with_files())
        self._thread.start()

    def wake(self) -> None:
        """There may be a job."""
        self._wake.set()

    def stop(self) -> None:
        """End after the chunk under way; a job goes on with the next start."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        waited = _SWEEP_SECONDS
        while not self._stop.is_set():
            self._wake.clear()
            try:
                if waited >= _SWEEP_SECONDS:
                    waited = 0.0
                    self.expire()
                job = self.rows.next_job()
            except sqlite3.OperationalError as error:
                event("exports.catalog_refused", level="warning", reason=error)
                job = None
            if job is None:
                self._wake.wait(_LOOK_SECONDS)
                waited += _LOOK_SECONDS
                continue
            self._attempt(job)

    def _attempt(self, job: ExportJob) -> None:
        """One step; what goes wrong is tried again if that can help, else the job has failed."""
        try:
            self.step(job)
            self._tries.pop((job.id, job.run), None)
        except Stopped:
            return
        except (StoreError, sqlite3.OperationalError) as error:
            self._try_again(job, str(error))
        except PortlogError as error:
            if error.kind.slug == "store-unavailable":
                self._try_again(job, error.message)
            else:
                self._fail(job, error.message)
        except OSError as error:
            self._fail(job, _told(error))
        except Exception as error:  # noqa: BLE001 - outermost loop of the thread: one job ends, not the server
            event("export.broke", level="error", job=job.id, kind=type(error).__name__, reason=error)
            self._fail(job, f"{type(error).__name__}: {error}")

    def _try_again(self, job: ExportJob, reason: str) -> None:
        key = job.id, job.run
        self._tries[key] = self._tries.get(key, 0) + 1
        if self._tries[key] >= _TRIES_MAX:
            self._fail(job, reason)
            return
        event("export.refused", level="warning", job=job.id, reason=reason)
        self._stop.wait(_RETRY_SECONDS)

    def _fail(self, job: ExportJob, reason: str) -> None:
        self._tries.pop((job.id, job.run), None)
        self._folder.remove(job.id)  # first: on a full disk the catalogue needs the room
        failed = replace(job, status="failed", error=reason[:500], updated_ms=self.now_ms())
        self._keep(failed, job)
        self._meters["portlog_exports_ended"].labels("failed").inc()
        event("export.failed", level="warning", job=job.id, reason=reason)

    def _keep(self, job: ExportJob, was: ExportJob) -> ExportJob:
        """Note how far a job is.

        raises  Stopped when it was cancelled meanwhile; its files are gone then
        """
        if not self.rows.save(job, when=("in_progress",), run=was.run):
            self._folder.remove(was.id)
            raise Stopped
        return job

    # -- one step ------------------------------------------------------------------------------------------------

    def step(self, job: ExportJob) -> ExportJob:
        """Write one chunk of a job, or finish it; return the job as it is now.

        raises  Stopped; StoreError, PortlogError, OSError: what is kept is as it was, the step may be done again
        """
        order = order_of(job)
        format_, fields = FORMATS[order.format], fields_named(order.requested)
        selection = select(order, now_ms=job.created_ms if job.schedule else job.until_ms)
        reach = Reach(job.workspace, selection.where, job.until_ms, job.since_seq, job.through_seq)
        if (job.cursor_ms, job.cursor_id) == START:
            job = self._begin(job, reach, selection)
        if job.cursor_ms < 0:
            chunk = Chunk([], START, last=True)
        else:
            left = selection.limit - job.rows_done
            columns = archive.NEEDED if format_.complete else columns_of(fields)
            chunk = pages.read(self._store, reach, columns, (job.cursor_ms, job.cursor_id), left)
        rows = pages.with_feedback(self._store, job.workspace, chunk.rows) if format_.complete else chunk.rows
        made = encoded(format_, fields, rows, first=job.offset_bytes == 0, gzipped=order.gzip)
        done = self._write(job, chunk, made)
        self._meters["portlog_export_logs"].inc(len(chunk.rows))
        if done is None:
            return self._keep(replace(job, **AFRESH), job)
        if chunk.last or done.rows_done >= selection.limit:
            return self._finish(done)
        return self._keep(done, job)

    def _begin(self, job: ExportJob, reach: Reach, selection: Selection) -> ExportJob:
        """Wait until the store has what was acknowledged before the start, count, and go to the page asked for."""
        target = self._around.durable_seq()
        while self._around.applied_seq() < target:
            if self._stop.is_set():
                raise Stopped
            self._around.catch_up()
        job = replace(job, total=pages.total(self._store, reach))
        cursor = pages.begin(self._store, reach, selection.offset)
        if cursor is None:
            return replace(job, cursor_ms=-1)
        return replace(job, cursor_ms=cursor[0], cursor_id=cursor[1])

    def _write(self, job: ExportJob, chunk: Chunk, made: bytes) -> ExportJob | None:
        """Add a chunk to the file; None when the file is not what was kept of it."""
        space = os.statvfs(self._folder.path)
        if space.f_bavail * space.f_frsize < self._around.disk_free_bytes_min + len(made):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        format_ = FORMATS[job.format]
        self._folder.unfinish(job.id, format_, gzipped=bool(job.gzip))
        try:
            end = self._folder.append(job.id, job.offset_bytes, made)
        except FileNotFoundError as error:
            event("export.file_missing", level="warning", job=job.id, reason=error)
            return None
        return replace(
            job, cursor_ms=chunk.cursor[0], cursor_id=chunk.cursor[1], rows_done=job.rows_done + len(chunk.rows),
            offset_bytes=end, updated_ms=self.now_ms(),
        )  # fmt: skip

    def _finish(self, job: ExportJob) -> ExportJob:
        size = self._folder.finish(job.id, FORMATS[job.format], gzipped=bool(job.gzip))
        now = self.now_ms()
        done = replace(
            job, status="success", error="", size_bytes=size, updated_ms=now,
            expires_ms=now + self._around.keep_hours * _HOUR_MS,
        )  # fmt: skip
        self._keep(done, job)
        self._folder.drop_part(job.id)
        self._meters["portlog_exports_ended"].labels("success").inc()
        event("export.finished", job=job.id, logs=done.rows_done, bytes=size)
        return done

    # -- what is too old -------------------------------------------------------------------------------------------

    def expire(self) -> None:
        """Delete finished files whose time is over; their jobs stay, and may be started again."""
        for job in self.rows.with_files_past(self.now_ms()):
            self._folder.remove(job.id)
            self.rows.save(replace(job, expires_ms=0), when=("success",), run=job.run)
            event("export.expired", job=job.id)


AFRESH: dict[str, Any] = {"cursor_ms": START[0], "cursor_id": START[1], "rows_done": 0, "offset_bytes": 0}
"""What a run begins with."""


def _told(error: OSError) -> str:
    if error.errno in _FULL:
        return "the data directory's disk is full; free space, then start the export again"
    return f"the file cannot be written: {error.strerror or error}"
