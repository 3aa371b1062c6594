"""`portlog check`: read everything in a data directory and say what was found. Changes nothing but engine housekeeping."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import Any

from portlog import server
from portlog.applier import read_position
from portlog.catalog import Catalog
from portlog.clock import SystemClock
from portlog.errors import PortlogError, StartError
from portlog.settings import Settings
from portlog.store import Statement, Store, open_store
from portlog.wal import WalLocked, verify
from portlog.wal.disk import REAL_DISK


@dataclass
class Findings:
    """What was found: `lines` in order for a person, `problems` those that a person must act on."""

    lines: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def problem(self, text: str) -> None:
        """Note something that a person must act on."""
        self.problems.append(text)
        self.lines.append(f"PROBLEM  {text}")


def check(settings: Settings) -> Findings:
    """Verify log, catalogue and store of `settings.data`.

    raises  StartError when there is nothing there, or a server has it open
    """
    layout, found = server.Layout(settings.data), Findings()
    if not layout.wal.is_dir():
        raise StartError(f"{settings.data} holds no Portlog data; name the directory with --data")
    try:
        lock = REAL_DISK.lock(layout.wal)
    except WalLocked as error:
        raise StartError(f"data directory {settings.data} is in use, so it cannot be checked: {error}") from error
    try:
        _check_wal(layout, found)
        _check_catalog(layout, found)
        _check_store(layout, settings, found)
    finally:
        lock.close()
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
        found.problem(
            f"write-ahead log: {damage.path} is damaged at byte {damage.offset}: {damage.reason}. Restore this file from "
            "a copy, or move the log's whole directory away: what is in it and not in the store is lost then"
        )


def _check_catalog(layout: server.Layout, found: Findings) -> None:
    try:
        catalog = Catalog(layout.catalog, SystemClock())
    except StartError as error:
        found.problem(str(error))
        return
    try:
        verdict, keys = catalog.check(), catalog.keys()
    except sqlite3.DatabaseError as error:
        verdict, keys = str(error), []
    finally:
        catalog.close()
    if verdict != "ok":
        found.problem(f"catalogue {layout.catalog} is damaged: {verdict}; restore it from a backup")
        return
    live = sum(key.revoked_ms is None for key in keys)
    found.lines.append(f"catalogue: {live} live keys, {len(keys) - live} revoked")


_TABLES = ("logs", "feedback")


def _check_store(layout: server.Layout, settings: Settings, found: Findings) -> None:
    try:
        store = open_store(
            layout.store,
            memory_bytes_max=settings.engine_memory_bytes_max,
            query_memory_bytes_max=settings.query_memory_bytes_max,
            query_seconds_max=24 * 3600,  # it reads every byte
        )
    except StartError as error:
        found.problem(str(error))
        return
    try:
        for table in _TABLES:
            _select(store, f"SYSTEM STOP MERGES {table}")  # parts must stay while they are read
        for look in (_count_logs, _look_for_repetitions, _look_for_parts_set_aside, _read_parts):
            try:
                look(store, found)
            except PortlogError as error:
                found.problem(f"store: it cannot be read: {error.message}; restore the directory from a backup")
    finally:
        store.close()


def _select(store: Store, text: str) -> list[tuple[Any, ...]]:
    return store.select(Statement(text, {}))


def _count_logs(store: Store, found: Findings) -> None:
    text = "SELECT count(), toString(min(created_at)), toString(max(created_at)) FROM logs"
    ((logs, oldest, newest),) = _select(store, text)
    found.lines.append(f"store: {logs} logs" + (f" from {oldest} to {newest} UTC" if logs else ""))
    ((given,),) = _select(store, "SELECT count() FROM feedback FINAL")
    found.lines.append(f"store: {given} feedbacks")


def _look_for_repetitions(store: Store, found: Findings) -> None:
    ((twice,),) = _select(store, "SELECT count() FROM (SELECT id FROM logs GROUP BY id HAVING count() > 1)")
    if twice:
        found.problem(f"store: {twice} logs are stored more than once; please report this as a bug")


def _look_for_parts_set_aside(store: Store, found: Findings) -> None:
    for part, reason in server.parts_set_aside(store):
        found.problem(
            f"store: part {part} was set aside as damaged ({reason or 'no reason given'}); what is in it is not shown. "
            "Restore the directory from a backup to have them back"
        )


def _read_parts(store: Store, found: Findings) -> None:
    parts = [
        (table, part)
        for table in _TABLES
        for (part,) in _select(store, f"SELECT name FROM system.parts WHERE active AND table = '{table}'")  # noqa: S608 - ours
    ]
    for table, part in parts:
        # One at a time: the driver gives the rows of this statement back as one, and as text.
        check = f"CHECK TABLE {table} PART '{part}' SETTINGS check_query_single_value_result = 0"
        ((_, passed, message),) = _select(store, check)
        if str(passed) != "1":
            found.problem(f"store: part {part} is damaged: {message[:300]}; restore the directory from a backup")
    found.lines.append(f"store: {len(parts)} parts read and compared with their checksums")
