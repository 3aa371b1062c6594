"""Feedback: the live rows, as every question sees them, and what the writer and the lists ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from portlog.schema.feedback import Feedback
from portlog.store.sql.parts import Binder, Statement, id_set

LIVE = "(SELECT *, value * weight AS weighted FROM feedback FINAL)"
"""The feedback that counts, for FROM: the highest revision of each id, none that was deleted.

Besides the table's columns it has `weighted`, value x weight. One row is one feedback; a trace may have many.
"""

FEEDBACK_COLUMNS = (
    "id", "workspace", "trace_id", "value", "weight", "metadata_raw", "created_at", "updated_at", "span_id", "log_id",
    "api_key_id", "revision", "deleted",
)  # fmt: skip
"""In the order of `schema.feedback.Feedback`."""

_TIMES = ("created_at", "updated_at")
_SELECTED = ", ".join(f"toUnixTimestamp64Milli({name})" if name in _TIMES else name for name in FEEDBACK_COLUMNS)


def rated(node: Any, binder: Binder) -> str:
    """The filter `Rated`: the average weighted feedback on the log's trace is in the range, or there is any."""
    tests = []
    if node.low is not None:
        tests.append(f"avg(weighted) >= {binder.bind(float(node.low), 'Float64')}")
    if node.high is not None:
        tests.append(f"avg(weighted) <= {binder.bind(float(node.high), 'Float64')}")
    having = f" HAVING {' AND '.join(tests)}" if tests else ""
    return f"(workspace, trace_id) IN (SELECT workspace, trace_id FROM {LIVE} GROUP BY workspace, trace_id{having})"


def feedback_of_ids(workspace: str, ids: Sequence[bytes], created_ms: Sequence[int]) -> Statement:
    """These feedbacks, whole, those that are live. `created_ms` are the times that the ids hold."""
    binder = Binder()
    times = binder.bind(list(created_ms), "Array(Int64)")
    text = (
        f"SELECT {_SELECTED} FROM {LIVE} WHERE workspace = {binder.bind(workspace, 'String')} "
        f"AND created_at IN (SELECT fromUnixTimestamp64Milli(arrayJoin({times}), 'UTC')) AND id IN {id_set(ids, binder)}"
    )
    return Statement(text, binder.values)


def feedback_revisions(ids: Sequence[bytes], created_ms: Sequence[int]) -> Statement:
    """Id and highest revision of these feedbacks, deleted ones too: what an insert of unknown outcome has stored."""
    binder = Binder()
    times = binder.bind(list(created_ms), "Array(Int64)")
    text = (
        f"SELECT id, max(revision) FROM feedback "
        f"WHERE created_at IN (SELECT fromUnixTimestamp64Milli(arrayJoin({times}), 'UTC')) AND id IN {id_set(ids, binder)} "
        "GROUP BY id"
    )
    return Statement(text, binder.values)


def feedback_of_trace(workspace: str, trace_id: str, limit: int) -> Statement:
    """All feedback on a trace and on logs of it, the oldest first."""
    binder = Binder()
    text = (
        f"SELECT {_SELECTED} FROM {LIVE} WHERE workspace = {binder.bind(workspace, 'String')} "
        f"AND trace_id = {binder.bind(trace_id, 'String')} ORDER BY created_at, id LIMIT {int(limit)}"
    )
    return Statement(text, binder.values)


def feedback_of_traces(workspace: str, trace_ids: Sequence[str]) -> Statement:
    """Of those of these traces that have feedback: trace id, average weighted feedback, how many."""
    binder = Binder()
    text = (
        f"SELECT trace_id, avg(weighted), count() FROM {LIVE} WHERE workspace = {binder.bind(workspace, 'String')} "
        f"AND trace_id IN {binder.bind(list(trace_ids), 'Array(String)')} GROUP BY trace_id"
    )
    return Statement(text, binder.values)


def feedback_page(question: Any) -> Statement:
    """One page of `feedback.ListQuestion`, the newest first, and one row more."""
    binder = Binder()
    where = [f"workspace = {binder.bind(question.workspace, 'String')}"]
    if question.trace_ids:
        where.append(f"trace_id IN {binder.bind(list(question.trace_ids), 'Array(String)')}")
    if question.since_ms is not None:
        where.append(f"created_at >= {binder.moment(question.since_ms)}")
    if question.until_ms is not None:
        where.append(f"created_at < {binder.moment(question.until_ms)}")
    if question.after is not None:
        moment = binder.moment(question.after[0])
        where.append(f"created_at <= {moment} AND (created_at, id) < ({moment}, {binder.log_id(question.after[1])})")
    text = (
        f"SELECT {_SELECTED} FROM {LIVE} WHERE {' AND '.join(where)} "
        f"ORDER BY created_at DESC, id DESC LIMIT {int(question.limit) + 1}"
    )
    return Statement(text, binder.values)


def read_feedback(row: Sequence[Any]) -> Feedback:
    """A row of FEEDBACK_COLUMNS, as `select` gives it."""
    found = Feedback(*row)
    metadata = found.metadata.encode() if isinstance(found.metadata, str) else found.metadata
    return replace(found, id=bytes(found.id), log_id=bytes(found.log_id), metadata=metadata, deleted=bool(found.deleted))
