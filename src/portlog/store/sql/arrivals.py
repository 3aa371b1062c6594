"""What came into the store behind a place in the order of arrival: by record of the write-ahead log, then by id."""

from __future__ import annotations

from typing import Any

from portlog.store.sql.filters import condition
from portlog.store.sql.parts import LIGHT_NAMES, Binder, Statement, between_moments, selected


def arrivals(question: Any, *, limit: int, newest: bool) -> Statement:
    """Light rows of a `query.follow.Stretch`, in order of arrival; or the last of them, the newest first."""
    binder = Binder()
    direction = "DESC" if newest else "ASC"
    text = (
        f"SELECT {selected(LIGHT_NAMES)} FROM logs WHERE {_within(question, binder)} "
        f"ORDER BY wal_seq {direction}, id {direction} LIMIT {int(limit)}"
    )
    return Statement(text, binder.values)


def count_arrivals(question: Any) -> Statement:
    """How many there are."""
    binder = Binder()
    return Statement(f"SELECT count() FROM logs WHERE {_within(question, binder)}", binder.values)


def _within(question: Any, binder: Binder) -> str:
    after = binder.bind(question.after.seq, "UInt64")
    through = binder.bind(question.through_seq, "UInt64")
    parts = [f"wal_seq <= {through}"]
    if question.after.id is None:
        parts.append(f"wal_seq > {after}")
    else:  # the bare bound is for the index; the pair is exact
        parts.append(f"wal_seq >= {after} AND (wal_seq, id) > ({after}, {binder.log_id(question.after.id)})")
    if question.span is not None:
        parts.append(between_moments(question.span[0], question.span[1], binder))
    parts.append(f"workspace = {binder.bind(question.workspace, 'String')}")
    parts.append(f"({condition(question.where, binder)})")
    return " AND ".join(parts)
