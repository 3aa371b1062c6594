"""Where all parts are made and joined. Start reading here: opened in order, closed in reverse."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from portlog import api, ingest
from portlog.api.auth import Auth, refuse_open_start
from portlog.api.parts import Parts
from portlog.applier import Applier, read_position
from portlog.applier.demo import remove_demo
from portlog.applier.reprocess import Reprocessor
from portlog.catalog import Catalog
from portlog.clock import Clock, SystemClock
from portlog.derive.cost import Prices
from portlog.errors import StartError
from portlog.exports import Exports
from portlog.exports.fields import denied_fields
from portlog.exports.files import Folder
from portlog.exports.runner import Runner, Surroundings
from portlog.exports.schedules import Scheduler
from portlog.feedback import FeedbackWriter
from portlog.ingest import Ingest
from portlog.query import Questions
from portlog.query.follow import Follower
from portlog.schema.log import decode_call
from portlog.settings import Settings
from portlog.store import Statement, Store, open_store
from portlog.telemetry import Meters, event
from portlog.wal import DiskFailed, Wal, WalError, WalLocked


@dataclass(frozen=True)
class Layout:
    """What lies where in a data directory."""

    root: Path

    @property
    def wal(self) -> Path:
        return self.root / "wal"

    @property
    def store(self) -> Path:
        return self.root / "store"

    @property
    def catalog(self) -> Path:
        return self.root / "catalog.sqlite"

    @property
    def exports(self) -> Path:
        return self.root / "exports"

    @property
    def applied(self) -> Path:
        return self.root / "applied"


@contextlib.contextmanager
def opened(settings: Settings, clock: Clock | None = None) -> Iterator[api.App]:
    """The running program: an ASGI application over open parts. Use one at a time per data directory.

    raises  StartError with a sentence that names the path and the remedy
    """
    clock = clock or SystemClock()
    layout, meters = Layout(settings.data), Meters()
    _make_directory(layout.root)
    with contextlib.ExitStack() as stack:
        wal = _open_wal(layout, settings)
        stack.callback(wal.close)
        catalog = Catalog(layout.catalog, clock)
        stack.callback(catalog.close)
        refuse_open_start(settings, catalog)
        store = _open_store(layout, settings)
        stack.callback(store.close)
        for part, reason in parts_set_aside(store):
            event("store.part_set_aside", level="error", part=part, reason=reason)
        prices = Prices.load(catalog.price_book)
        accept = Ingest(
            settings=settings, wal=wal, catalog=catalog, clock=clock, meters=meters, prices=prices
        )
        applier = Applier(
            wal=wal, store=store, catalog=catalog, settings=settings, clock=clock, meters=meters,
            applied_file=layout.applied, prices=prices, on_applied=accept.forget, on_dead=die_of_applier,
        )  # fmt: skip
        waiting = _remember_waiting(wal, applier, accept)
        questions = Questions(
            store, threads=settings.query_threads, seconds_max=settings.query_seconds_max, prices=prices,
            catch_up=applier.catch_up, now_ms=clock.now_ms,
        )  # fmt: skip
        stack.callback(questions.close)
        follower = Follower(
            questions.follow, reached=lambda: applier.applied_seq, durable=lambda: wal.durable_seq, now_ms=clock.now_ms
        )
        applier.listen(follower.advanced)
        meters["portlog_streams"].set_function(lambda: follower.streams)
        applier.start()
        stack.callback(applier.stop)
        feedback = FeedbackWriter(store, meters, clock.now_ms)
        feedback.start()
        stack.callback(feedback.stop)
        reprocessor = Reprocessor(store=store, catalog=catalog, rewrite=applier.rewrite, row_of=applier.read_row)
        reprocessor.start()
        stack.callback(reprocessor.stop)
        exports = _exports(layout, settings, clock, meters, catalog, store, applier, wal, stack)
        event("server.opened", data=layout.root, wal_records_waiting=waiting, wal_bytes_cut=wal.torn_bytes)
        yield api.build(
            Parts(
                settings=settings, catalog=catalog, ingest=accept, questions=questions, follower=follower, exports=exports,
                feedback=feedback,
                auth=Auth(settings, catalog), meters=meters, now_ms=clock.now_ms,
                remove_demo=lambda workspace: remove_demo(applier, store, workspace),
            )
        )  # fmt: skip
    event("server.closed", data=layout.root)


def _exports(
    layout: Layout, settings: Settings, clock: Clock, meters: Meters, catalog: Catalog, store: Store, applier: Applier,
    wal: Wal, stack: contextlib.ExitStack,
) -> Exports:  # fmt: skip
    try:
        denied = denied_fields(settings.export_denied_fields)
    except ValueError as error:
        raise StartError(str(error)) from None
    folder = Folder(layout.exports)
    around = Surroundings(
        durable_seq=lambda: wal.durable_seq, applied_seq=lambda: applier.applied_seq, catch_up=applier.catch_up,
        now_ms=clock.now_ms, disk_free_bytes_min=settings.disk_free_bytes_min, keep_hours=settings.export_keep_hours,
    )  # fmt: skip
    runner = Runner(rows=catalog.exports, store=store, folder=folder, around=around, meters=meters)
    scheduler = Scheduler(
        rows=catalog.exports, folder=folder, denied=denied, now_ms=clock.now_ms, durable_seq=around.durable_seq,
        applied_seq=around.applied_seq, wake=runner.wake,
    )  # fmt: skip
    runner.start()
    stack.callback(runner.stop)
    scheduler.start()
    stack.callback(scheduler.stop)
    return Exports(
        rows=catalog.exports, folder=folder, secret=catalog.secret("exports"), denied=denied, now_ms=clock.now_ms,
        wake=runner.wake,
    )  # fmt: skip


def _make_directory(root: Path) -> None:
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)  # prompts and answers: nobody else's business
        probe = root / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StartError(
            f"data directory {root} cannot be written: {error.strerror}. Name another with --data, or change its owner"
        ) from error


def _open_wal(layout: Layout, settings: Settings) -> Wal:
    try:
        wal = Wal.open(
            layout.wal,
            segment_bytes_max=settings.wal_segment_bytes_max,
            record_bytes_max=2 * settings.request_bytes_max,  # what normal form adds to small logs, with room
            backlog_bytes_max=settings.wal_backlog_bytes_max,
            disk_free_bytes_min=settings.disk_free_bytes_min,
            first_seq=read_position(layout.applied) + 1,
        )
    except WalLocked as error:
        raise StartError(f"data directory {settings.data} is in use: {error}") from error
    except WalError as error:
        raise StartError(str(error)) from error
    wal.listen(on_durable=ingest.on_durable, on_refused=ingest.on_refused, on_failed=die_of_disk)
    return wal


def _open_store(layout: Layout, settings: Settings) -> Store:
    try:
        return open_store(
            layout.store,
            memory_bytes_max=settings.engine_memory_bytes_max,
            query_memory_bytes_max=settings.query_memory_bytes_max,
            query_seconds_max=settings.query_seconds_max,
        )
    except OSError as error:
        raise StartError(f"the store in {layout.store} cannot be opened: {error}") from error


def parts_set_aside(store: Store) -> list[tuple[str, str]]:
    """Names of the parts that the engine found damaged and leaves out of every answer, and why."""
    text = "SELECT name, ifNull(reason, '') FROM system.detached_parts WHERE table IN ('logs', 'feedback') ORDER BY name"
    return [(name, reason) for name, reason in store.select(Statement(text, {}))]


def _remember_waiting(wal: Wal, applier: Applier, accept: Ingest) -> int:
    """Tell `accept` of the calls that are not in the store yet; return how many records there are."""
    waiting = 0
    try:
        for _, record in wal.read(applier.applied_seq):
            accept.remember(decode_call(record))
            waiting += 1
    except WalError as error:
        raise StartError(str(error)) from error
    return waiting


def die_of_disk(error: DiskFailed) -> None:
    """A failed sync ends the process at once: what the disk holds is unknown, and no call may be told otherwise.

    Acknowledged logs are safe: they were synced before. The next start reads what is there.
    """
    event("wal.disk_failed", level="error", reason=error)
    os._exit(74)  # EX_IOERR


def die_of_applier(error: Exception) -> None:
    """Logs cannot reach the store any more, for a reason that trying again does not mend: stop, rather than pile up."""
    event("applier.died", level="error", kind=type(error).__name__, reason=error)
    os._exit(70)  # EX_SOFTWARE
