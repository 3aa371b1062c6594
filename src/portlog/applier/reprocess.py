"""`portlog reprocess`: the past, derived again from its raw parts after a rule, a mapping or a price has changed.

In the background, a chunk at a time between the applier's batches, in order of time; a log keeps its old values
until its new row is in the store. The cursor is kept after each chunk, so that a job goes on after a restart.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from portlog.applier.joins import Joiner, Plan
from portlog.catalog import Catalog, Reprocessing
from portlog.errors import PortlogError
from portlog.schema.columns import COLUMNS, Row
from portlog.schema.log import Log
from portlog.schema.restore import log_of
from portlog.senders.table import unfold
from portlog.store import Store, StoreError, Version, sql
from portlog.telemetry import event

_CHUNK_LOGS_MAX = 500
_CHUNK_BYTES_MAX = 16 * 1024 * 1024  # of texts and raw elements; one log may be more
_LOOK_SECONDS = 1.0
_RETRY_SECONDS = 5.0
# Bookkeeping of the store itself: a log that differs in nothing else is left as it is.
_KEPT = frozenset(("revision", "derived_by", "wal_seq"))
_COMPARED = tuple(column for column in COLUMNS if column.name not in _KEPT)

Rewrite = Callable[[Callable[[Joiner], Plan]], Plan]


class Reprocessor:
    """Works off the catalogue's jobs on a thread of its own."""

    def __init__(
        self, *, store: Store, catalog: Catalog, rewrite: Rewrite, row_of: Callable[[int, Log], Row]
    ) -> None:
        """rewrite  the applier's: plans and applies between two of its batches
        row_of   derives the row of an unfolded log, with today's rules and prices"""
        self._store, self._catalog, self._rewrite, self._row_of = store, catalog, rewrite, row_of
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reprocess", daemon=True)

    def start(self) -> None:
        """Begin to look for jobs."""
        self._thread.start()

    def stop(self) -> None:
        """End after the chunk under way; the job goes on with the next start."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            job = self._catalog.next_reprocessing()
            if job is None:
                self._stop.wait(_LOOK_SECONDS)
                continue
            try:
                self.step(job)
            except (StoreError, PortlogError) as error:  # the store is away or full: as for the applier, try again
                event("reprocess.refused", level="warning", job=job.id, reason=error)
                self._stop.wait(_RETRY_SECONDS)
            except Exception as error:  # noqa: BLE001 - outermost loop of the thread: one job ends, not the server
                event("reprocess.failed", level="error", job=job.id, kind=type(error).__name__, reason=error)
                self._catalog.save_reprocessing(replace(job, state="failed", error=f"{type(error).__name__}: {error}"[:500]))

    def step(self, job: Reprocessing) -> Reprocessing:
        """Do one chunk of a job, keep its cursor, and return the job as it is now."""
        found = self._store.select(
            sql.next_chunk(job.cursor_ms, job.cursor_id, job.until_ms, _CHUNK_LOGS_MAX)
        )
        if not found:
            return self._save(replace(job, state="done"))
        ids: list[tuple[bytes, int]] = []
        size = 0
        for log_id, created_ms, bytes_ in found:
            size += bytes_
            if ids and size > _CHUNK_BYTES_MAX:
                break
            ids.append((bytes(log_id), created_ms))
        stored = self._read(ids)
        changed: list[bytes] = []

        def plan(joiner: Joiner) -> Plan:
            planned = self._changes(joiner, stored)
            changed.extend(row.log.id for row in planned.rows)
            return planned

        self._rewrite(plan)
        last_id, last_ms = ids[-1]
        return self._save(
            replace(
                job, cursor_ms=last_ms, cursor_id=last_id, logs_seen=job.logs_seen + len(stored),
                logs_changed=job.logs_changed + len(changed),
            )
        )  # fmt: skip

    def _save(self, job: Reprocessing) -> Reprocessing:
        self._catalog.save_reprocessing(job)
        return job

    def _read(self, ids: list[tuple[bytes, int]]) -> dict[bytes, list[Mapping[str, Any]]]:
        """The stored rows of each log; more than one where a crash left an older revision."""
        rows: dict[bytes, list[Mapping[str, Any]]] = {}
        statement = sql.whole([log_id for log_id, _ in ids], ids[0][1], ids[-1][1])
        for values in self._store.select(statement):
            row = dict(zip(sql.ALL_NAMES, values, strict=True))
            rows.setdefault(bytes(row["id"]), []).append(row)
        for versions in rows.values():
            versions.sort(key=lambda row: -row["revision"])
        return rows

    def _changes(self, joiner: Joiner, stored: dict[bytes, list[Mapping[str, Any]]]) -> Plan:
        """What today's rules make different; nothing for a log that they leave as it is."""
        rows, again = [], {}
        gone: set[Version] = set()
        for log_id, versions in stored.items():
            newest = versions[0]
            gone.update(Version(log_id, old["revision"], old["created_at"]) for old in versions[1:])
            if not newest["tracked"]:
                continue  # its raw parts were never kept
            rows.append(self._row_of(newest["wal_seq"], unfold(log_of(newest))))
            again[log_id] = newest["revision"]
        plan = joiner.plan(rows, again=again)
        same = {
            row.log.id
            for row in plan.rows
            if row.log.id in stored and _equal(row, stored[row.log.id][0])
        }
        if same:
            joiner.forget()  # it remembers revisions that are not written
        return Plan(
            [row for row in plan.rows if row.log.id not in same],
            sorted(gone | {version for version in plan.gone if version.id not in same}),
            plan.fills,
        )


def _equal(row: Row, stored: Mapping[str, Any]) -> bool:
    return all(_plain(column.source(row)) == _plain(stored[column.name]) for column in _COMPARED)


def _plain(value: Any) -> Any:
    """A value as engine and program both spell it."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, dict):
        return sorted(value.items())
    if isinstance(value, list | tuple):
        return sorted(value) if value and isinstance(value[0], tuple) else list(value)
    return value
