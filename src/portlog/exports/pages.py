"""The logs of an export, a chunk at a time, in the order of time and id: bounded in rows and bytes, whatever the logs are.

A chunk begins behind the last log of the one before, so it can be read again after a crash and is the same chunk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from portlog.query.filters import Filter
from portlog.schema import archive
from portlog.schema.columns import BY_NAME
from portlog.store import Store, sql

CHUNK_ROWS_MAX = 1_000
CHUNK_BYTES_MAX = 8 * 1024 * 1024  # of bodies and raw elements; one log may be more

Row = Mapping[str, Any]
Cursor = tuple[int, bytes]  # created_at in ms, id
START: Cursor = (0, bytes(16))


@dataclass(frozen=True)
class Reach:
    """Which logs an export may hold."""

    workspace: str
    where: Filter
    until_ms: int | None = None  # received up to then
    since_seq: int = 0
    through_seq: int = 0  # of records of the write-ahead log behind `since_seq`; 0 is no bound


@dataclass(frozen=True)
class Chunk:
    """Some logs, and where the next ones begin; `last` when there are no more."""

    rows: list[Row]
    cursor: Cursor
    last: bool = False


def total(store: Store, reach: Reach) -> int:
    """How many logs are in reach."""
    return int(store.select(sql.export_total(reach))[0][0])


def begin(store: Store, reach: Reach, offset: int) -> Cursor | None:
    """The cursor behind the first `offset` logs; None when there are not so many."""
    if offset == 0:
        return START
    found = store.select(sql.export_start(reach, offset))
    return (int(found[0][0]), bytes(found[0][1])) if found else None


def with_feedback(store: Store, workspace: str, rows: Sequence[Row]) -> list[Row]:
    """The rows, each with what was said of its trace under `schema.archive.FEEDBACK`."""
    found: dict[str, list[dict[str, Any]]] = {}
    traces = sorted({row["trace_id"] for row in rows})
    for given in map(sql.read_feedback, store.select(sql.export_feedback(workspace, traces)) if traces else ()):
        found.setdefault(given.trace_id, []).append(archive.feedback_members(given))
    return [{**row, archive.FEEDBACK: found.get(row["trace_id"], [])} for row in rows]


def read(store: Store, reach: Reach, columns: Sequence[str], after: Cursor, limit: int) -> Chunk:
    """The next chunk behind a cursor, at most `limit` logs, with these columns.

    raises  PortlogError query-limit, store-unavailable
    """
    rows_max = min(limit, CHUNK_ROWS_MAX)
    if rows_max <= 0:
        return Chunk([], after, last=True)
    if any(BY_NAME[name].heavy for name in columns):
        keys = list(_keys_within(store.select(sql.export_sizes(reach, after, rows_max))))
        found = store.select(sql.export_rows(keys, columns)) if keys else []
    else:
        found = store.select(sql.export_light(reach, columns, after, rows_max))
        keys = [(int(row[0]), bytes(row[1])) for row in found]
    if not keys:
        return Chunk([], after, last=True)
    return Chunk(list(_newest(columns, found)), keys[-1])


def _keys_within(found: Sequence[tuple[Any, ...]]) -> Iterator[Cursor]:
    """The first of these logs that are no more than CHUNK_BYTES_MAX together, and at least one."""
    size, last = 0, None
    for created_ms, log_id, _, bytes_ in found:
        key = int(created_ms), bytes(log_id)
        size += int(bytes_)
        if last is not None and size > CHUNK_BYTES_MAX:
            return
        if key != last:
            yield key
        last = key


def _newest(columns: Sequence[str], found: Sequence[tuple[Any, ...]]) -> Iterator[Row]:
    """The newest revision of each log, by column names; rows of one log stand together."""
    for _, rows in groupby(found, key=lambda row: (row[0], row[1])):
        newest = max(rows, key=lambda row: row[2])
        yield dict(zip(columns, newest[3:], strict=True))
