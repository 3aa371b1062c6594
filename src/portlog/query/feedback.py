"""Questions about feedback: lists, what a log or a page of logs has, which traces logs are of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portlog.query.filters import (
    PAGE_SIZE_DEFAULT,
    PAGE_SIZE_MAX,
    Cursor,
    Filter,
    decode_cursor,
    encode_cursor,
    read_filter,
    read_whole,
)
from portlog.schema.feedback import shown
from portlog.schema.ids import created_ms_of
from portlog.store import Store, sql

OF_ONE_TRACE_MAX = 1_000  # shown with a log; the list has them all
# Filters of logs that feedback has columns for.
PARAMETERS = (
    "trace_id", "span_id", "time_of_generation_min", "time_of_generation_max", "from", "to", "utc_offset_minutes",
    "api_key_ids", "metadata",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FeedbackQuestion:
    """One page of feedback, the newest first."""

    workspace: str
    where: Filter
    limit: int
    after: Cursor | None


def read_question(parameters: Mapping[str, str], workspace: str, *, now_ms: int) -> FeedbackQuestion:
    """A list question out of query parameters.

    raises  PortlogError bad-filter
    """
    cursor = parameters.get("cursor", "").strip()
    return FeedbackQuestion(
        workspace=workspace,
        where=read_filter({name: text for name, text in parameters.items() if name in PARAMETERS}, now_ms=now_ms),
        limit=read_whole(parameters, "page_size", PAGE_SIZE_DEFAULT, 1, PAGE_SIZE_MAX),
        after=decode_cursor(cursor, "created_at") if cursor else None,
    )


def page(store: Store, question: FeedbackQuestion) -> dict[str, Any]:
    """One page, and the cursor of the next."""
    found = [sql.read_feedback(row) for row in store.select(sql.feedback_page(question))]
    rows, has_more = found[: question.limit], len(found) > question.limit
    return {
        "object": "list",
        "data": [shown(feedback) for feedback in rows],
        "has_more": has_more,
        "next_cursor": encode_cursor(Cursor(rows[-1].created_ms, rows[-1].id), "created_at") if has_more else None,
    }


def of_traces(store: Store, workspace: str, trace_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """By trace, what a row of a list shows of its feedback; traces without any are left out."""
    wanted = sorted({trace_id for trace_id in trace_ids if trace_id})
    if not wanted:
        return {}
    found = store.select(sql.feedback_of_traces(workspace, wanted))
    return {trace_id: {"total": total, "avg_weighted_feedback": average} for trace_id, average, total in found}


def of_trace(store: Store, workspace: str, trace_id: str) -> list[dict[str, Any]]:
    """The feedback on a trace and on logs of it, the oldest first, at most OF_ONE_TRACE_MAX."""
    if not trace_id:
        return []
    rows = store.select(sql.feedback_of_trace(workspace, trace_id, OF_ONE_TRACE_MAX))
    return [shown(sql.read_feedback(row)) for row in rows]


def traces_of_logs(store: Store, workspace: str, log_ids: Sequence[bytes]) -> dict[bytes, str]:
    """Trace ids by the ids of stored logs."""
    rows = store.select(sql.traces_of_logs(workspace, log_ids, list(map(created_ms_of, log_ids))))
    return {bytes(log_id): trace_id for log_id, trace_id in rows}
