"""Lists of logs: a page without bodies, and how a row of one is shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from portlog.query import feedback, highlights
from portlog.query.filters import AllOf, Between, Cursor, Filter, ListQuestion, encode_cursor
from portlog.schema import render
from portlog.store import Store, sql

_DAY_MS = 86_400_000
# A list by time looks at the newest day first, then at what lies before it, until its page is full: old parts stay closed.
_WINDOWS_DAYS = (1, 7, 60)


def page_of_logs(store: Store, question: ListQuestion, now_ms: int) -> dict[str, Any]:
    """Reply L2: rows of the metrics object, and the cursor of the next page."""
    found = named(_page(store, question, now_ms))
    rows, has_more = found[: question.limit], len(found) > question.limit
    total = int(store.select(sql.total(question))[0][0]) if question.include_total else None
    return {
        "object": "list",
        "total": total,
        "data": shown(store, question.workspace, question.where, rows, now_ms),
        "has_more": has_more,
        "next_cursor": _cursor_after(question, rows[-1]) if has_more else None,
    }


def named(rows: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Light columns by name."""
    return [dict(zip(sql.LIGHT_NAMES, row, strict=True)) for row in rows]


def shown(
    store: Store, workspace: str, where: Filter, rows: Sequence[dict[str, Any]], now_ms: int
) -> list[dict[str, Any]]:
    """Rows of light columns as lists show them: with feedback on their traces, and snippets of what a filter matched."""
    rated = feedback.of_traces(store, workspace, [row["trace_id"] for row in rows])
    data = [render.list_row(row) | {"feedback": rated.get(row["trace_id"])} | render.note(row, now_ms) for row in rows]
    words = highlights.words_of(where)
    if not words:
        return data
    found = highlights.of_logs(store, workspace, [bytes(row["id"]) for row in rows], words)
    return [line | {"highlights": found.get(bytes(row["id"]), [])} for row, line in zip(rows, data, strict=True)]


def _page(store: Store, question: ListQuestion, now_ms: int) -> list[tuple[Any, ...]]:
    """One row more than the page, so that one sees whether there are more."""
    if question.order_by != "created_at" or not question.descending:
        return store.select(sql.page(question, since_ms=None))
    rows: list[tuple[Any, ...]] = []
    before_ms = None
    for since_ms in _stretches(question, now_ms):
        rest = dataclasses.replace(question, limit=question.limit - len(rows))
        rows += store.select(sql.page(rest, since_ms=since_ms, before_ms=before_ms))
        if len(rows) > question.limit or since_ms is None:
            break
        if question.offset:  # counts from the newest log on: not in stretches
            return store.select(sql.page(question, since_ms=None))
        before_ms = since_ms
    return rows


def _stretches(question: ListQuestion, now_ms: int) -> Iterator[int | None]:
    """Where the stretches of time begin that are looked through one after the other; the last one may be open."""
    newest, oldest = _newest_ms(question, now_ms), max(_bounds(question.where, "low"), default=None)
    for days in _WINDOWS_DAYS:
        since_ms = max(0, newest - days * _DAY_MS)
        if oldest is not None and since_ms <= oldest:
            break
        yield since_ms
    yield oldest


def _newest_ms(question: ListQuestion, now_ms: int) -> int:
    """The latest time that a row of this page can have."""
    bounds = [now_ms + _DAY_MS, *_bounds(question.where, "high")]
    if question.after is not None and question.after.value is not None:
        bounds.append(int(question.after.value))
    return min(bounds)


def _bounds(node: Filter, side: str) -> list[int]:
    """What a filter says of `created_at` on one side, "low" or "high"."""
    if isinstance(node, AllOf):
        return [bound for part in node.parts for bound in _bounds(part, side)]
    if isinstance(node, Between) and node.column == "created_at" and getattr(node, side) is not None:
        return [int(getattr(node, side))]
    return []


def _cursor_after(question: ListQuestion, row: dict[str, Any]) -> str:
    return encode_cursor(Cursor(row[question.order_by], bytes(row["id"])), question.order_by)
