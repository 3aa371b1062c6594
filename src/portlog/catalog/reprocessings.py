"""Jobs that derive stored logs again."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, fields
from typing import Any

from portlog.catalog.file import CatalogFile


@dataclass(frozen=True)
class Reprocessing:
    """One `portlog reprocess`: the logs created in [since, until) are derived again."""

    id: str
    since_ms: int
    until_ms: int
    state: str  # "running", "done", "failed", "cancelled"
    cursor_ms: int  # what is done: everything up to this time and id
    cursor_id: bytes
    logs_seen: int
    logs_changed: int
    error: str
    created_ms: int
    updated_ms: int


class Reprocessings(CatalogFile):
    """Jobs, and how far they are."""

    def create_reprocessing(self, since_ms: int, until_ms: int) -> Reprocessing:
        """Keep a new job; a running server begins it within a second."""
        now = self._clock.now_ms()
        job = Reprocessing(
            secrets.token_hex(8), since_ms, until_ms, "running", since_ms, bytes(16), 0, 0, "", now, now
        )
        with self._transaction() as db:
            db.execute(f"INSERT INTO reprocessings ({_JOB_COLUMNS}) VALUES ({_JOB_PLACES})", _job_row(job))
        return job

    def save_reprocessing(self, job: Reprocessing) -> None:
        """Keep how far a job is. One that was cancelled meanwhile stays so."""
        with self._transaction() as db:
            db.execute(
                "UPDATE reprocessings SET state = ?, cursor_ms = ?, cursor_id = ?, logs_seen = ?, logs_changed = ?,"
                " error = ?, updated_ms = ? WHERE id = ? AND state = 'running'",
                (job.state, job.cursor_ms, job.cursor_id, job.logs_seen, job.logs_changed, job.error,
                 self._clock.now_ms(), job.id),
            )  # fmt: skip

    def cancel_reprocessing(self, job_id: str) -> Reprocessing | None:
        """Stop a running job after its chunk under way; None if there is none of this id."""
        with self._transaction() as db:
            db.execute(
                "UPDATE reprocessings SET state = 'cancelled', updated_ms = ? WHERE id = ? AND state = 'running'",
                (self._clock.now_ms(), job_id),
            )
        return next((job for job in self.reprocessings() if job.id == job_id), None)

    def reprocessings(self) -> list[Reprocessing]:
        """All jobs, the newest first."""
        with self._lock:
            rows = self._db.execute(
                f"SELECT {_JOB_COLUMNS} FROM reprocessings ORDER BY created_ms DESC, rowid DESC"
            ).fetchall()
        return [Reprocessing(*row) for row in rows]

    def next_reprocessing(self) -> Reprocessing | None:
        """The oldest job that is not done."""
        with self._lock:
            row = self._db.execute(
                f"SELECT {_JOB_COLUMNS} FROM reprocessings WHERE state = 'running' ORDER BY created_ms, rowid LIMIT 1"
            ).fetchone()
        return Reprocessing(*row) if row else None


_JOB_COLUMNS = ", ".join(field.name for field in fields(Reprocessing))
_JOB_PLACES = ", ".join("?" for _ in fields(Reprocessing))


def _job_row(job: Reprocessing) -> tuple[Any, ...]:
    return tuple(getattr(job, field.name) for field in fields(Reprocessing))
