"""Feedback comes in: one writer, durable before anyone is told, never acknowledged when it was not stored.

A change is a new revision of the whole feedback, so a crash leaves what was before it or after it. Posts that wait
while an insert is under way share the next one: thousands at once make few parts of the store. All changes go through the
one writer, in order, so that two changes of one feedback do not lose each other.
"""

from __future__ import annotations

import asyncio
import errno
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

from portlog.errors import PortlogError
from portlog.schema.feedback import Feedback
from portlog.schema.ids import LogIds, created_ms_of
from portlog.senders.feedback import Change
from portlog.store import Store, StoreError, sql
from portlog.telemetry import Meters

_ROWS_MAX = 10_000  # of one insert; one call may be more
_WAITING_ROWS_MAX = 50_000  # beyond it calls are refused
_PAUSE_SECONDS = 0.02  # between inserts: each is a part that the store has to merge
_RETRY_SECONDS, _RETRY_DISK_SECONDS = 1, 10


@dataclass(slots=True)
class _Job:
    """One call. `rows` are what is to be stored of it, known from the start where it is new."""

    done: Future[bool]  # False: there is no such feedback
    rows: list[Feedback] = field(default_factory=list)
    key: tuple[str, bytes] | None = None  # workspace and id of what is changed
    change: Callable[[Feedback], Feedback] = lambda found: found

    @property
    def size(self) -> int:
        return max(1, len(self.rows))


class FeedbackWriter:
    """Takes in feedback, on a thread of its own."""

    def __init__(self, store: Store, meters: Meters, now_ms: Callable[[], int]) -> None:
        self.ids = LogIds()
        self._store, self._now_ms = store, now_ms
        self._accepted = meters["portlog_feedback_accepted"]
        self._condition = threading.Condition()
        self._waiting: deque[_Job] = deque()
        self._waiting_rows, self._stopping = 0, False
        self._thread = threading.Thread(target=self._run, name="feedback", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Store what was taken in, then end."""
        with self._condition:
            self._stopping = True
            self._condition.notify_all()
        self._thread.join()

    # -- for callers on the event loop ---------------------------------------------------------------------------

    async def give(self, given: Sequence[Feedback]) -> None:
        """Store new feedback of one call, created at one time: all or none of it, on disk when this returns.

        raises  PortlogError overloaded, stopping, store-unavailable: none of it is stored; outcome-unknown
        """
        if given:
            await self._enqueue(_Job(Future(), rows=list(given)))
            self._accepted.inc(len(given))

    async def change(self, workspace: str, feedback_id: bytes, change: Change) -> bool:
        """Change a feedback; False if this workspace has none of this id.

        raises  as `give`
        """
        return await self._enqueue(_Job(Future(), key=(workspace, feedback_id), change=lambda f: self._changed(f, change)))

    async def remove(self, workspace: str, feedback_id: bytes) -> bool:
        """Delete a feedback; False if this workspace has none of this id.

        raises  as `give`
        """
        return await self._enqueue(_Job(Future(), key=(workspace, feedback_id), change=self._removed))

    async def _enqueue(self, job: _Job) -> bool:
        with self._condition:
            if self._stopping:
                raise PortlogError("stopping", "the server stops; nothing of this call was stored")
            if self._waiting_rows + job.size > _WAITING_ROWS_MAX and self._waiting:
                raise PortlogError(
                    "overloaded", "feedback arrives faster than the store takes it; nothing of this call was stored",
                    retry_after_seconds=_RETRY_SECONDS,
                )  # fmt: skip
            self._waiting.append(job)
            self._waiting_rows += job.size
            self._condition.notify_all()
        # It is on its way: a client that leaves cannot recall it.
        return await asyncio.shield(asyncio.wrap_future(job.done))

    def _changed(self, found: Feedback, change: Change) -> Feedback:
        return self._next(
            found,
            value=found.value if change.value is None else change.value,
            weight=found.weight if change.weight is None else change.weight,
            metadata=found.metadata if change.metadata is None else change.metadata,
        )

    def _removed(self, found: Feedback) -> Feedback:
        return self._next(found, deleted=True)

    def _next(self, found: Feedback, **values: object) -> Feedback:
        now_ms = max(found.updated_ms, self._now_ms())
        return replace(found, revision=found.revision + 1, updated_ms=now_ms, **values)  # type: ignore[arg-type]

    # -- the thread ------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while jobs := self._next_jobs():
            began = time.monotonic()
            try:
                self._write(jobs)
            except Exception as error:  # noqa: BLE001 - outermost loop: whatever it is, nobody may wait for ever
                for job in jobs:
                    if not job.done.done():
                        job.done.set_exception(error)
            with self._condition:
                self._condition.wait_for(lambda: self._stopping, max(0.0, began + _PAUSE_SECONDS - time.monotonic()))

    def _next_jobs(self) -> list[_Job]:
        """What has come together, at most _ROWS_MAX rows or one call; nothing means the end."""
        jobs: list[_Job] = []
        rows = 0
        with self._condition:
            self._condition.wait_for(lambda: self._waiting or self._stopping)
            while self._waiting and (not jobs or rows + self._waiting[0].size <= _ROWS_MAX):
                jobs.append(self._waiting.popleft())
                rows += jobs[-1].size
            self._waiting_rows -= rows
        return jobs

    def _write(self, jobs: list[_Job]) -> None:
        """Make the rows of every job, store them together, tell everyone."""
        live = self._live({job.key for job in jobs if job.key})
        rows: dict[bytes, Feedback] = {}  # of several changes of one feedback the last
        for job in jobs:
            if job.key and (found := live.get(job.key)):
                changed = job.change(found)
                job.rows = [changed]
                live[job.key] = changed
                if changed.deleted:
                    del live[job.key]
            rows |= {row.id: row for row in job.rows}
        if not rows:
            stored = True
        else:
            stored = self._store_rows(list(rows.values()), jobs)
        if stored:
            for job in jobs:
                job.done.set_result(bool(job.rows))

    def _live(self, keys: set[tuple[str, bytes]]) -> dict[tuple[str, bytes], Feedback]:
        """The feedback that is to be changed, as it is now."""
        ids = [feedback_id for _, feedback_id in keys]
        if not ids:
            return {}
        found = map(sql.read_feedback, self._store.select(sql.feedback_of_ids(ids, list(map(created_ms_of, ids)))))
        return {(feedback.workspace, feedback.id): feedback for feedback in found}

    def _store_rows(self, rows: list[Feedback], jobs: list[_Job]) -> bool:
        """Store rows; after a failure tell each job what became of it, and return False."""
        try:
            self._store.keep_feedback(rows)
        except (StoreError, OSError) as error:  # the driver writes a file before the engine does
            self._settle(rows, jobs, error)
            return False
        return True

    def _settle(self, rows: list[Feedback], jobs: list[_Job], error: Exception) -> None:
        """The insert failed: those whose rows are there all the same are told so, the others that nothing was stored."""
        ids = [row.id for row in rows]
        try:
            there = dict(self._store.select(sql.feedback_revisions(ids, list(map(created_ms_of, ids)))))
        except PortlogError:
            unknown = "the store failed and does not answer: the feedback may have been stored or not"
            for job in jobs:
                job.done.set_exception(PortlogError("outcome-unknown", unknown))
            return
        for job in jobs:
            if all(there.get(row.id, -1) >= row.revision for row in job.rows):
                job.done.set_result(bool(job.rows))
            else:
                job.done.set_exception(_refusal_of(error))


def _refusal_of(error: Exception) -> PortlogError:
    """What the caller is told when nothing was stored."""
    if "NOT_ENOUGH_SPACE" in str(error) or getattr(error, "errno", None) == errno.ENOSPC:
        return PortlogError(
            "disk-full", "the data directory's disk is full; nothing of this call was stored",
            retry_after_seconds=_RETRY_DISK_SECONDS,
        )  # fmt: skip
    return PortlogError(
        "store-unavailable", f"nothing of this call was stored: {error}", retry_after_seconds=_RETRY_SECONDS
    )
