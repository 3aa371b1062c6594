"""`portlog check`: read everything in a data directory and say what was found. Changes nothing but engine housekeeping."""

from __future__ import annotations

from dataclasses import dataclass, field

from portlog import server
from portlog.applier import read_position
from portlog.catalog import Catalog
from portlog.clock import SystemClock
from portlog.errors import PortlogError, StartError
from portlog.settings import Settings
from portlog.store import Statement, open_store
from portlog.wal import verify


@dataclass
class Findings:
    """What was found: `lines` in order for a person, `problems` those that a person must act on."""

    lines: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def problem(self, text: str) -> None:
        self.problems.append(text)
        self.lines.append(f"PROBLEM  {text}")


def check(settings: Settings) -> Findings:
    """Verify log, catalogue and store of `settings.data`.

    raises  StartError when there is nothing there, or a server has it open
    """
    layout, found = server.Layout(settings.data), Findings()
    if not layout.wal.is_dir():
        raise StartError(f"{settings.data} holds no Portlog data; name the directory with --data")
    _check_wal(layout, found)
    _check_catalog(layout, found)
    _check_store(layout, settings, found)
    return found


def _check_wal(layout: server.Layout, found: Findings) -> None:
    report = verify(layout.wal)
    applied = read_position(layout.applied)
    waiting = max(0, report.last_seq - applied) if report.last_seq else 0
    found.lines.append(
        f"write-ahead log: {len(report.segments)} segments, {report.records} records "
        f"({report.first_seq}..{report.last_seq}), {waiting} not yet known to be in the store"
    )
    if report.torn_bytes:
        found.lines.append(
            f"write-ahead log: {report.torn_bytes} bytes of an unfinished write at the end; they were never "
            "acknowledged, and the next start cuts them off"
        )
    for damage in report.damage:
        found.problem(f"write-ahead log: {damage}")


def _check_catalog(layout: server.Layout, found: Findings) -> None:
    catalog = Catalog(layout.catalog, SystemClock())
    try:
        verdict, keys = catalog.check(), catalog.keys()
    finally:
        catalog.close()
    live = sum(key.revoked_ms is None for key in keys)
    found.lines.append(f"catalogue: {live} live keys, {len(keys) - live} revoked")
    if verdict != "ok":
        found.problem(f"catalogue {layout.catalog} is damaged: {verdict}; restore it from a backup")


def _check_store(layout: server.Layout, settings: Settings, found: Findings) -> None:
    store = open_store(
        layout.store,
        memory_bytes_max=settings.engine_memory_bytes_max,
        query_memory_bytes_max=settings.query_memory_bytes_max,
        query_seconds_max=24 * 3600,  # it reads every byte
    )
    try:
        (logs, oldest, newest) = store.select(
            Statement("SELECT count(), toString(min(created_at)), toString(max(created_at)) FROM logs", {})
        )[0]
        found.lines.append(f"store: {logs} logs" + (f" from {oldest} to {newest} UTC" if logs else ""))
        twice = store.select(Statement("SELECT count() FROM (SELECT id FROM logs GROUP BY id HAVING count() > 1)", {}))[0][0]
        if twice:
            found.problem(f"store: {twice} logs are stored more than once; please report this as a bug")
        for part, reason in store.select(
            Statement("SELECT name, reason FROM system.detached_parts WHERE table = 'logs'", {})
        ):
            found.problem(
                f"store: part {part} was set aside as damaged ({reason or 'no reason given'}); its logs are not shown. "
                "Restore the directory from a backup to have them back"
            )
        _check_parts(store.select, found)
    finally:
        store.close()


def _check_parts(select: object, found: Findings) -> None:
    try:
        bad = select(Statement("CHECK TABLE logs SETTINGS check_query_single_value_result = 0", {}))  # type: ignore[operator]
    except PortlogError as error:
        found.problem(f"store: a part cannot be read: {error.message}; restore the directory from a backup")
        return
    parts = len(bad)
    for name, passed, message in (row[:3] for row in bad):
        if not passed:
            found.problem(f"store: part {name} is damaged: {message}; restore the directory from a backup")
    found.lines.append(f"store: {parts} parts read and compared with their checksums")
