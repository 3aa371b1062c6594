"""Rows of exports: jobs with how far they are, and the schedules that make jobs. Contract 7; knows no formats, no files."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from typing import Any

Transaction = Callable[[], AbstractContextManager[sqlite3.Connection]]

EXPORT_STATES = ("draft", "in_progress", "success", "failed", "stopped")


@dataclass(frozen=True)
class ExportJob:
    """One export. What is asked for, then how far its run is; a run that is started again begins anew."""

    id: str  # UUID
    workspace: str
    workspace_id: str  # as the client named it, else the workspace
    created_by: str  # id of the key, "" without one
    description: str
    filters: str  # JSON object, as sent
    q: str
    requested: str  # JSON array of names of fields, in order; of a complete format empty
    format: str
    gzip: int  # 0 or 1
    status: str  # EXPORT_STATES
    total: int  # logs that matched when it was created, changed or started
    created_ms: int
    updated_ms: int
    error: str = ""
    run: int = 0  # how often it was started
    until_ms: int = 0  # logs received after this are not in it
    cursor_ms: int = 0  # what is done: everything up to this time and id
    cursor_id: bytes = bytes(16)
    rows_done: int = 0
    offset_bytes: int = 0  # of the file in the making
    size_bytes: int = 0  # of the finished file
    expires_ms: int = 0  # when that is deleted; 0 while there is none
    schedule: str = ""  # id of the schedule that made it, "" for all that people made
    since_seq: int = 0  # of a scheduled one: records of the write-ahead log behind this,
    through_seq: int = 0  # and up to this; 0 is no bound
    object_name: str = ""  # and where the file goes, below the schedule's place


@dataclass(frozen=True)
class ExportSchedule:
    """An export that is made again and again, each time of the logs that have come since."""

    id: str
    name: str
    workspace: str
    place: str  # directory or s3://bucket/prefix
    q: str
    requested: str  # JSON array
    format: str
    gzip: int
    every_ms: int
    next_ms: int  # when it is due
    since_seq: int  # what is exported: records of the write-ahead log up to this
    rows: int  # exported so far
    last_ms: int  # end of the last run that went well; 0 before
    error: str  # of the last run; "" when it went well
    created_ms: int


JOB_COLUMNS = tuple(field.name for field in fields(ExportJob))
SCHEDULE_COLUMNS = tuple(field.name for field in fields(ExportSchedule))

STEP = """
    CREATE TABLE exports (
        id TEXT PRIMARY KEY, workspace TEXT NOT NULL, workspace_id TEXT NOT NULL, created_by TEXT NOT NULL,
        description TEXT NOT NULL, filters TEXT NOT NULL, q TEXT NOT NULL, requested TEXT NOT NULL, format TEXT NOT NULL,
        gzip INTEGER NOT NULL, status TEXT NOT NULL, total INTEGER NOT NULL, created_ms INTEGER NOT NULL,
        updated_ms INTEGER NOT NULL, error TEXT NOT NULL, run INTEGER NOT NULL, until_ms INTEGER NOT NULL,
        cursor_ms INTEGER NOT NULL, cursor_id BLOB NOT NULL, rows_done INTEGER NOT NULL, offset_bytes INTEGER NOT NULL,
        size_bytes INTEGER NOT NULL, expires_ms INTEGER NOT NULL, schedule TEXT NOT NULL, since_seq INTEGER NOT NULL,
        through_seq INTEGER NOT NULL, object_name TEXT NOT NULL) STRICT;
    CREATE INDEX exports_by_status ON exports (status, updated_ms);
    CREATE TABLE export_schedules (
        id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, workspace TEXT NOT NULL, place TEXT NOT NULL, q TEXT NOT NULL,
        requested TEXT NOT NULL, format TEXT NOT NULL, gzip INTEGER NOT NULL, every_ms INTEGER NOT NULL,
        next_ms INTEGER NOT NULL, since_seq INTEGER NOT NULL, rows INTEGER NOT NULL, last_ms INTEGER NOT NULL,
        error TEXT NOT NULL, created_ms INTEGER NOT NULL) STRICT;
    """
"""Makes the tables; a step of the catalogue's layout, frozen once released."""


class ExportRows:
    """The rows of exports in the catalogue; thread-safe as the catalogue is."""

    def __init__(self, db: sqlite3.Connection, lock: threading.RLock, transaction: Transaction) -> None:
        self._db, self._lock, self._transaction = db, lock, transaction

    def create(self, job: ExportJob) -> None:
        """Keep a new job."""
        self._insert("exports", JOB_COLUMNS, job)

    def find(self, job_id: str) -> ExportJob | None:
        """The job of this id."""
        return next(iter(self._jobs("WHERE id = ?", (job_id,))), None)

    def of_workspace(self, workspace: str) -> list[ExportJob]:
        """The jobs that people made in a workspace, the newest first."""
        return self._jobs("WHERE workspace = ? AND schedule = '' ORDER BY created_ms DESC, id", (workspace,))

    def save(self, job: ExportJob, *, when: Sequence[str], run: int) -> bool:
        """Keep a job as it is now, if its status is still one of `when` and it has been started `run` times."""
        changes = ", ".join(f"{name} = ?" for name in JOB_COLUMNS)
        places = ", ".join("?" for _ in when)
        with self._transaction() as db:
            done = db.execute(
                f"UPDATE exports SET {changes} WHERE id = ? AND run = ? AND status IN ({places})",
                (*_values(JOB_COLUMNS, job), job.id, run, *when),
            )
        return done.rowcount == 1

    def next_job(self) -> ExportJob | None:
        """The job that has been under way longest."""
        return next(iter(self._jobs("WHERE status = 'in_progress' ORDER BY until_ms, id LIMIT 1", ())), None)

    def ids_with_files(self) -> set[str]:
        """Ids of the jobs that are under way or have a finished file."""
        text = "SELECT id FROM exports WHERE status = 'in_progress' OR (status = 'success' AND expires_ms > 0)"
        with self._lock:
            return {job_id for (job_id,) in self._db.execute(text).fetchall()}

    def with_files_past(self, now_ms: int) -> list[ExportJob]:
        """The jobs whose finished files are to be deleted by now."""
        return self._jobs("WHERE status = 'success' AND expires_ms BETWEEN 1 AND ?", (now_ms,))

    def delete(self, job_id: str) -> None:
        """Forget a job."""
        with self._transaction() as db:
            db.execute("DELETE FROM exports WHERE id = ?", (job_id,))

    # -- schedules ---------------------------------------------------------------------------------------------

    def create_schedule(self, schedule: ExportSchedule) -> None:
        """Keep a new schedule.

        raises  ValueError when there is one of this name
        """
        try:
            self._insert("export_schedules", SCHEDULE_COLUMNS, schedule)
        except sqlite3.IntegrityError:
            raise ValueError(f"there is a schedule {schedule.name!r} already") from None

    def schedules(self) -> list[ExportSchedule]:
        """All schedules, the oldest first."""
        text = f"SELECT {', '.join(SCHEDULE_COLUMNS)} FROM export_schedules ORDER BY created_ms, id"
        with self._lock:
            return [ExportSchedule(*row) for row in self._db.execute(text).fetchall()]

    def delete_schedule(self, wanted: str) -> ExportSchedule | None:
        """Forget a schedule by id or name, and the job that it has under way; None if there is none."""
        found = next((s for s in self.schedules() if wanted in (s.id, s.name)), None)
        if found is not None:
            with self._transaction() as db:
                db.execute("DELETE FROM export_schedules WHERE id = ?", (found.id,))
                db.execute("DELETE FROM exports WHERE schedule = ?", (found.id,))
        return found

    def job_of_schedule(self, schedule_id: str) -> ExportJob | None:
        """The run of a schedule that has not gone well yet."""
        return next(iter(self._jobs("WHERE schedule = ?", (schedule_id,))), None)

    def set_due(self, schedule_id: str, next_ms: int, error: str = "") -> None:
        """Say when a schedule is due, and what was wrong with its last run."""
        with self._transaction() as db:
            db.execute("UPDATE export_schedules SET next_ms = ?, error = ? WHERE id = ?", (next_ms, error, schedule_id))

    def set_since(self, schedule_id: str, since_seq: int) -> None:
        """Say up to which record a schedule has exported."""
        with self._transaction() as db:
            db.execute("UPDATE export_schedules SET since_seq = ? WHERE id = ?", (since_seq, schedule_id))

    def complete(self, job: ExportJob, now_ms: int, next_ms: int) -> None:
        """A scheduled run has reached its place: forget it, and go on behind it the next time. Both or neither."""
        with self._transaction() as db:
            db.execute(
                "UPDATE export_schedules SET since_seq = ?, rows = rows + ?, last_ms = ?, next_ms = ?, error = '' WHERE id = ?",
                (job.through_seq, job.rows_done, now_ms, next_ms, job.schedule),
            )
            db.execute("DELETE FROM exports WHERE id = ?", (job.id,))

    # -- rows ---------------------------------------------------------------------------------------------------

    def _insert(self, table: str, columns: Sequence[str], row: Any) -> None:
        places = ", ".join("?" for _ in columns)
        with self._transaction() as db:
            db.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", _values(columns, row))

    def _jobs(self, where: str, values: Sequence[Any]) -> list[ExportJob]:
        with self._lock:
            rows = self._db.execute(f"SELECT {', '.join(JOB_COLUMNS)} FROM exports {where}", values).fetchall()
        return [ExportJob(*row) for row in rows]


def _values(columns: Sequence[str], row: Any) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in columns)
