"""From the write-ahead log into the store: in order, in batches, each log once, across any crash.

The rows carry the sequence number of the record they came from. After a start, or an insert of unknown
outcome, the store is asked which logs of the records in question it holds; those are passed over. So nothing
has to be atomic between the two but the engine's own parts.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from portlog.applier.imports import are_imports, plan_imports
from portlog.applier.joins import Joiner, Plan, joins
from portlog.catalog import Catalog, Reply
from portlog.clock import Clock
from portlog.derive import decoded, derive_from
from portlog.errors import PortlogError
from portlog.schema import texts
from portlog.schema.columns import Links, Row, links_of
from portlog.schema.log import Call, Log, decode_call
from portlog.senders.table import unfold
from portlog.settings import Settings
from portlog.store import Store, StoreError
from portlog.telemetry import Meters, Throttle, event
from portlog.wal import DiskFailed, DiskFull, Wal

if TYPE_CHECKING:
    from portlog.derive.cost import Prices

# The world's errors, tried again for ever: the store away, its disk full, the catalogue's too. Anything else is ours.
REFUSALS = (StoreError, PortlogError, sqlite3.OperationalError, OSError)

_HOUR_MS = 3_600_000
_RETRY_SECONDS_MAX = 30.0
_IDLE_SECONDS = 0.5
_LOOK_SECONDS = 0.05  # how often a growing batch is looked at
_SEAL_BYTES_MIN = 4 * 1024 * 1024  # below this an idle log is left as it is


@dataclass(slots=True)
class _Batch:
    """What one insert takes: the rows that the store lacks, out of the calls up to record `last`."""

    last: int
    calls: list[Call]
    rows: list[Row]  # not joined yet: that needs what the batch before it put into the store
    certain: bool  # no row of these calls was in the store before


class Applier:
    """Owns the position; `step` does one batch, `start` runs steps on a thread."""

    def __init__(
        self,
        *,
        wal: Wal,
        store: Store,
        catalog: Catalog,
        settings: Settings,
        clock: Clock,
        meters: Meters,
        applied_file: Path,
        prices: Prices | None = None,
        on_applied: Callable[[Call], None] = lambda call: None,
        on_dead: Callable[[Exception], None] = lambda error: None,
    ) -> None:
        """prices        what costs are computed with; None leaves them unknown
        applied_file  holds the position between runs; may be lost: then the store is asked more
        on_applied    told of each call after its reply is in the catalogue
        on_dead       told, from the thread, of an error that the applier cannot go on from"""
        self._wal, self._store, self._catalog = wal, store, catalog
        self._settings, self._clock = settings, clock
        self._on_applied, self._on_dead = on_applied, on_dead
        self._meters = meters
        self._file = applied_file
        oldest = wal.segments[0].first_seq - 1
        self._applied = min(max(read_position(applied_file), oldest), wal.durable_seq)
        # Up to here records may be in the store already; behind it none is.
        self._uncertain_through = wal.durable_seq
        self._batch_logs = settings.apply_logs_max
        self._condition = threading.Condition()
        self._wanted = 0  # a question waits for this position
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._inserter = ThreadPoolExecutor(1, thread_name_prefix="inserter")
        self._prices = prices
        self._joiner = Joiner(store, self.read_row)
        self._writing = threading.Lock()  # one at a time changes the store: a batch, or a chunk of the past
        self._ahead: _Batch | None = None
        self._complaint = Throttle()
        self._on_advance: Callable[[int, tuple[int, int] | None], None] = lambda seq, span: None
        wal.mark_applied(self._applied)
        meters["portlog_wal_durable_seq"].set_function(lambda: wal.durable_seq)
        meters["portlog_wal_backlog_bytes"].set_function(lambda: wal.backlog_bytes)
        meters["portlog_applied_seq"].set_function(lambda: self._applied)

    @property
    def applied_seq(self) -> int:
        """Position of the last record whose logs are in the store."""
        return self._applied

    def listen(self, on_advance: Callable[[int, tuple[int, int] | None], None]) -> None:
        """Tell `on_advance` after each batch, on the applier's thread; it must not wait.

        It gets the position, and the first and last ms in which the rows of the batch were created: (0, -1) when there
        were none, None when some were in the store before and are not known.
        """
        self._on_advance = on_advance

    # -- the thread ------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to apply, on a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="applier", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Apply what is durable, then end. What the store refuses now is applied at the next start."""
        self._stopping = True
        with self._condition:
            self._condition.notify_all()
        if self._thread is not None:
            self._thread.join()
        self._inserter.shutdown()
        self._forget_applied()

    def _run(self) -> None:
        try:
            self._loop()
        except DiskFailed:
            return  # the log has told its own listener
        except Exception as error:  # noqa: BLE001 - outermost loop: whatever it is, logs must not pile up unseen
            self._on_dead(error)

    def _loop(self) -> None:
        failures, last, busy = 0, 0.0, False
        while True:
            if self._wal.wait_durable(self._applied, 0.0 if self._stopping else _IDLE_SECONDS) <= self._applied:
                if self._stopping:
                    return
                busy = self._rest(busy)
                continue
            busy = True
            if self._ahead is None:
                self._linger(last)
            last = time.monotonic()
            try:
                self._overlapping_step()
                failures = 0
            except REFUSALS as error:
                failures += 1
                self._meters["portlog_apply_retries"].inc()
                self._complaint.event("applier.insert_refused", level="error", reason=error, failures=failures)
                if self._stopping:
                    return
                with self._condition:
                    self._condition.wait_for(lambda: self._stopping, min(_RETRY_SECONDS_MAX, 0.1 * 2**failures))

    def _rest(self, busy: bool) -> bool:
        """Once after each busy time: let the store give back memory, and drop what the log holds only for us."""
        if busy:
            self._store.relax()
            if self._wal.segments[-1].bytes >= _SEAL_BYTES_MIN:
                self._forget_applied()
        return False

    def _forget_applied(self) -> None:
        """Delete every record that the store has; the next start has less to read, the disk less to hold."""
        if self._applied == self._wal.durable_seq and self._wal.failed is None:
            with suppress(DiskFull):  # then they wait for the next quiet moment
                self._wal.seal()
                self._wal.truncate(self._applied)

    def _linger(self, last: float) -> None:
        """Let a batch grow for a while: many small inserts cost four times the CPU of few large ones.

        Ends when a full batch has come together, when a question waits for what is in it, or after the interval.
        """
        until = last + self._settings.apply_interval_ms / 1000
        with self._condition:
            while (wait := until - time.monotonic()) > 0 and self._wal.backlog_bytes < self._settings.apply_bytes_max:
                if self._condition.wait_for(lambda: self._stopping or self._wanted > self._applied, min(wait, _LOOK_SECONDS)):
                    return

    # -- one batch -------------------------------------------------------------------------------------------

    def step(self) -> int:
        """Apply the next batch of durable records; return how many logs were stored.

        raises  one of REFUSALS: the position stays, the next step asks the store what it holds and goes on
        """
        with self._writing, self._refusals_noted():
            batch, self._ahead = self._prepare(self._applied), None
            if plan := self._plan(batch.rows):
                self._store.apply(plan.rows, plan.gone, plan.fills)
            self._finish(batch, plan)
        return len(batch.rows)

    def _overlapping_step(self) -> None:
        """As `step`; while the engine inserts this batch, without Python's lock, the next one is prepared."""
        with self._writing, self._refusals_noted():
            batch, self._ahead = self._ahead or self._prepare(self._applied), None
            plan = self._plan(batch.rows)
            inserting = self._inserter.submit(self._store.apply, plan.rows, plan.gone, plan.fills) if plan else None
            try:
                if self._wal.backlog_bytes >= 1.5 * self._settings.apply_bytes_max:
                    self._ahead = self._prepare(batch.last)
            except REFUSALS:
                self._ahead = None  # prepared again, and refused again, in its turn
            finally:
                if inserting is not None:
                    inserting.result()
            self._finish(batch, plan)

    def _plan(self, rows: list[Row]) -> Plan:
        if not are_imports(rows):
            return self._joiner.plan(rows)
        self._joiner.forget()  # its traces may get further spans, which it does not see
        return plan_imports(self._store, rows)

    def rewrite(self, plan: Callable[[Joiner], Plan]) -> Plan:
        """Change stored logs between two batches; for any thread.

        raises  StoreError, PortlogError: some of it may have been done; planned again it is finished
        """
        with self._writing:
            try:
                planned = plan(self._joiner)
                if planned:
                    self._store.apply(planned.rows, planned.gone, planned.fills)
            except BaseException:
                self._joiner.forget()
                raise
            return planned

    def read_row(self, seq: int, log: Log) -> Row:
        """Derive and split one unfolded log with today's rules and prices."""
        return read_row(seq, log, self._prices)

    @contextmanager
    def _refusals_noted(self) -> Iterator[None]:
        """After a refusal nothing is sure about the records durable by now, and the next batch is smaller."""
        began = time.perf_counter()
        try:
            yield
        except REFUSALS:
            self._ahead = None
            self._joiner.forget()
            self._uncertain_through = max(self._uncertain_through, self._wal.durable_seq)
            self._batch_logs = max(1, self._batch_logs // 2)  # less memory, and a smaller batch may pass
            raise
        self._batch_logs = min(self._settings.apply_logs_max, self._batch_logs * 2)
        self._meters["portlog_apply_seconds"].observe(time.perf_counter() - began)

    def _prepare(self, after: int) -> _Batch:
        if self._prices is not None:
            self._prices.refresh()
        last, calls = self._gather(after)
        certain = self._applied >= self._uncertain_through
        return _Batch(last, [call for _, call in calls], list(self._missing_rows(last, calls)), certain)

    def _finish(self, batch: _Batch, plan: Plan) -> None:
        """The batch is in the store: keep its replies, move on, tell who listens."""
        self._keep_replies(batch.calls)
        if batch.calls:
            self._advance(batch.last)
            times = [row.log.created_ms for row in plan.rows] or [0, -1]
            self._on_advance(batch.last, (min(times), max(times)) if batch.certain else None)
        self._meters["portlog_logs_applied"].inc(len(batch.rows))

    def _gather(self, after: int) -> tuple[int, list[tuple[int, Call]]]:
        """The next records behind `after`, as many as one insert may hold, and the number of the last."""
        calls: list[tuple[int, Call]] = []
        last, logs, size = after, 0, 0
        for seq, record in self._wal.read(after):
            call = decode_call(record)
            size += len(record)
            logs += len(call.logs)
            full = logs > self._batch_logs or size > self._settings.apply_bytes_max
            if calls and (full or _is_import(call) != _is_import(calls[0][1])):
                break
            calls.append((seq, call))
            last = seq
        return last, calls

    def _missing_rows(self, last: int, calls: list[tuple[int, Call]]) -> Iterator[Row]:
        present: set[bytes] = set()
        if self._applied < self._uncertain_through:
            present = self._store.present(self._applied + 1, last)
            if present:
                self._meters["portlog_logs_replayed_present"].inc(len(present))
        for seq, call in calls:
            for log in call.logs:
                if log.id not in present or joins(log):  # of these the joiner asks itself
                    yield self.read_row(seq, log if log.kept and log.derived else unfold(log))

    def _keep_replies(self, calls: list[Call]) -> None:
        replies = [
            Reply(call.idempotency, call.body_digest, call.reply, call.received_ms) for call in calls if call.idempotency
        ]
        if replies:
            keep_ms = self._settings.idempotency_keep_hours * _HOUR_MS
            self._catalog.keep_replies(replies, self._clock.now_ms() - keep_ms)
        for call in calls:
            self._on_applied(call)

    def _advance(self, seq: int) -> None:
        with self._condition:
            self._applied = seq
            self._condition.notify_all()
        try:
            _write_position(self._file, seq)
        except OSError as error:  # an old position is as good
            self._complaint.event("applier.position_not_written", level="warning", reason=error)
        self._wal.mark_applied(seq)
        self._wal.truncate(seq)

    # -- read your writes --------------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Wait until the store holds what is durable now, at most settings.read_wait_ms."""
        target = self._wal.durable_seq
        if self._applied >= target:
            return
        with self._condition:
            self._wanted = max(self._wanted, target)
            self._condition.notify_all()
            self._condition.wait_for(lambda: self._applied >= target, self._settings.read_wait_ms / 1000)


def _is_import(call: Call) -> bool:
    return bool(call.logs) and call.logs[0].kept is not None


def row_of(seq: int, log: Log, prices: Prices | None = None) -> Row:
    """Unfold, derive and split one log. Total: whatever was accepted can be stored."""
    return read_row(seq, unfold(log), prices)


def read_row(seq: int, log: Log, prices: Prices | None) -> Row:
    """As `row_of`, of a log that is unfolded."""
    request, response = decoded(log.request_body), decoded(log.response_body)
    request_shape, request_texts = texts.split(request) if log.request_body else (b"", [])
    response_shape, response_texts = texts.split(response) if log.response_body else (b"", [])
    return Row(
        seq=seq,
        log=log,
        derived=derive_from(log, request, response, *([prices] if prices else [])),
        request_shape=request_shape,
        response_shape=response_shape,
        text=texts.text_of(request_texts, response_texts),
        links=links_of(log.kept) if log.kept else Links(),
        revision=log.kept.revision if log.kept else 0,
    )


# -- the position file -----------------------------------------------------------------------------------------


def read_position(path: Path) -> int:
    """The position written last; 0 if there is none or it is torn: more is asked of the store then, nothing lost."""
    try:
        number, checksum = path.read_text("ascii").split()
        whole = int(checksum) == zlib.crc32(number.encode())
    except OSError:
        return 0
    except ValueError:
        whole = False
    if not whole:
        event("applier.position_unreadable", level="warning", file=path)
        return 0
    return int(number)


def _write_position(path: Path, seq: int) -> None:
    """Replace the file. Not synced: an older position is as good, since the store is asked."""
    temporary = path.with_suffix(".new")
    temporary.write_text(f"{seq} {zlib.crc32(str(seq).encode())}", "ascii")
    os.replace(temporary, path)
