"""Feedback: the live rows, as every question sees them, and what the writer and the lists ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from portlog.schema.feedback import Feedback
from portlog.store.sql.filters import condition
from portlog.store.sql.live import LIVE
from portlog.store.sql.parts import Binder, Statement, id_set

FEEDBACK_COLUMNS = (
    "id", "workspace", "trace_id", "value", "weight", "metadata_raw", "created_at", "updated_at", "span_id", "log_id",
    "api_key_id", "revision", "deleted",
)  # fmt: skip
"""In the order of `schema.feedback.Feedback`."""

_TIMES = ("created_at", "updated_at")
_SELECTED = ", ".join(f"toUnixTimestamp64Milli({name})" if name in _TIMES else name for name in FEEDBACK_COLUMNS)


def feedback_of_ids(ids: Sequence[bytes], created_ms: Sequence[int]) -> Statement:
    """These feedbacks of any workspace, whole, those that are live. `created_ms` are the times that the ids hold."""
    binder = Binder()
    return Statement(f"SELECT {_SELECTED} FROM {LIVE} WHERE {_among(ids, created_ms, binder)}", binder.values)


def feedback_revisions(ids: Sequence[bytes], created_ms: Sequence[int]) -> Statement:
    """Id and highest revision of these feedbacks, deleted ones too: what an insert of unknown outcome has stored."""
    binder = Binder()
    text = f"SELECT id, max(revision) FROM feedback WHERE {_among(ids, created_ms, binder)} GROUP BY id"
    return Statement(text, binder.values)


def _among(ids: Sequence[bytes], created_ms: Sequence[int], binder: Binder) -> str:
    """The times lead to the partitions, the ids through their index to the rows."""
    times = binder.bind(sorted(set(created_ms)), "Array(Int64)")
    return (
        f"created_at IN (SELECT fromUnixTimestamp64Milli(arrayJoin({times}), 'UTC')) AND id IN {id_set(ids, binder)}"
    )


def traces_of_logs(workspace: str, ids: Sequence[bytes], created_ms: Sequence[int]) -> Statement:
    """Id and trace id of these logs. `created_ms` are the times that the ids hold."""
    binder = Binder()
    text = (
        f"SELECT DISTINCT id, trace_id FROM logs WHERE {_among(ids, created_ms, binder)} "
        f"AND workspace = {binder.bind(workspace, 'String')}"
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
    """One page of a `query.feedback.FeedbackQuestion`, the newest first, and one row more."""
    binder = Binder(keyed=False)
    where = [f"workspace = {binder.bind(question.workspace, 'String')}", f"({condition(question.where, binder)})"]
    if question.after is not None:
        moment, after_id = binder.moment(question.after.value), binder.log_id(question.after.id)
        where.append(f"created_at <= {moment} AND (created_at, id) < ({moment}, {after_id})")
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
