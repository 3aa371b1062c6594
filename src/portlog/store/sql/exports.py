"""What exports ask: how many logs, and their next chunk in the order of time. Keyset pages: the last costs what the first does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from portlog.store.sql.feedback import FEEDBACK_COLUMNS
from portlog.store.sql.filters import condition
from portlog.store.sql.live import LIVE
from portlog.store.sql.parts import ALL_NAMES, Binder, Statement, quoted, selected

# The order of the table itself, and no more: then the engine reads on from the cursor and stops at the limit. With the
# revision in it, it reads all that is behind the cursor.
_IN_ORDER = "ORDER BY created_at, id"


def export_total(reach: Any) -> Statement:
    """How many logs an export reaches (`exports.pages.Reach`)."""
    binder = Binder()
    return Statement(f"SELECT count() FROM logs WHERE {_within(reach, binder)}", binder.values)


def export_start(reach: Any, offset: int) -> Statement:
    """Time and id of the log before the one with which a later page begins."""
    binder = Binder()
    text = (
        f"SELECT toUnixTimestamp64Milli(created_at), id FROM logs WHERE {_within(reach, binder)} "
        f"ORDER BY created_at, id LIMIT 1 OFFSET {int(offset) - 1}"
    )
    return Statement(text, binder.values)


def export_light(reach: Any, names: Sequence[str], after: tuple[int, bytes], limit: int) -> Statement:
    """The next rows behind (time, id), in order: created_at, id, revision, then `names`."""
    binder = Binder()
    columns = f", {selected(tuple(names))}" if names else ""
    text = (
        f"SELECT toUnixTimestamp64Milli(created_at), id, revision{columns} FROM logs "
        f"WHERE {_within(reach, binder)} AND {_behind(after, binder)} "
        f"{_IN_ORDER} LIMIT {int(limit)}"
    )
    return Statement(text, binder.values)


_SIZES = " + ".join(
    f"length({quoted(name)})"
    for name in ("text", "request_body", "response_body", "request_headers", "response_headers", "metadata_raw", "raw")
)


def export_sizes(reach: Any, after: tuple[int, bytes], limit: int) -> Statement:
    """As `export_light`: created_at, id, revision, and about how many bytes the whole row is."""
    binder = Binder()
    text = (
        f"SELECT toUnixTimestamp64Milli(created_at), id, revision, {_SIZES} FROM logs "
        f"WHERE {_within(reach, binder)} AND {_behind(after, binder)} "
        f"{_IN_ORDER} LIMIT {int(limit)}"
    )
    return Statement(text, binder.values)


def export_rows(keys: Sequence[tuple[int, bytes]], names: Sequence[str] = ALL_NAMES) -> Statement:
    """These logs by time and id, in order: created_at, id, revision, then `names`."""
    binder = Binder()
    text = (
        f"SELECT toUnixTimestamp64Milli(created_at), id, revision, {selected(tuple(names))} FROM logs "
        f"WHERE {_among(keys, binder)} {_IN_ORDER}"
    )
    return Statement(text, binder.values)


_FEEDBACK = ", ".join(f"toUnixTimestamp64Milli({n})" if n.endswith("_at") else n for n in FEEDBACK_COLUMNS)


def export_feedback(workspace: str, trace_ids: Sequence[str]) -> Statement:
    """The live feedback on these traces, whole (`sql.read_feedback`), the oldest first."""
    binder = Binder()
    text = (
        f"SELECT {_FEEDBACK} FROM {LIVE} WHERE workspace = {binder.bind(workspace, 'String')} "
        f"AND trace_id IN {binder.bind(list(trace_ids), 'Array(String)')} ORDER BY created_at, id"
    )
    return Statement(text, binder.values)


def revisions(keys: Sequence[tuple[int, bytes]]) -> Statement:
    """Id, revision and workspace of what is stored of these logs, in any workspace; (time, id), in order."""
    binder = Binder()
    text = f"SELECT id, revision, workspace FROM logs WHERE {_among(keys, binder)}"
    return Statement(text, binder.values)


def _among(keys: Sequence[tuple[int, bytes]], binder: Binder) -> str:
    times = binder.bind([created_ms for created_ms, _ in keys], "Array(Int64)")
    ids = binder.bind([log_id.hex() for _, log_id in keys], "Array(String)")
    return (
        f"created_at >= {binder.moment(keys[0][0])} AND created_at <= {binder.moment(keys[-1][0])} "
        "AND (created_at, id) IN (SELECT fromUnixTimestamp64Milli(k.1, 'UTC'), toFixedString(unhex(k.2), 16) "
        f"FROM (SELECT arrayJoin(arrayZip({times}, {ids})) AS k))"
    )


def _within(reach: Any, binder: Binder) -> str:
    parts = [f"workspace = {binder.bind(reach.workspace, 'String')}", f"({condition(reach.where, binder)})"]
    if reach.until_ms is not None:
        parts.append(f"received_at <= {binder.moment(reach.until_ms)}")
    if reach.through_seq:
        parts.append(f"wal_seq > {binder.bind(reach.since_seq, 'UInt64')}")
        parts.append(f"wal_seq <= {binder.bind(reach.through_seq, 'UInt64')}")
    return " AND ".join(parts)


def _behind(after: tuple[int, bytes], binder: Binder) -> str:
    moment = binder.moment(after[0])
    # The bare bound on the first key column lets whole parts be skipped; the tuple is exact.
    return f"created_at >= {moment} AND (created_at, id) > ({moment}, {binder.log_id(after[1])})"
