"""Lists of logs: a page without bodies, and how a row of one is shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from portlog.query import feedback, highlights
from portlog.query.filters import AllOf, Between, Cursor, Filter, ListQuestion, OneOf, encode_cursor
from portlog.schema import render
from portlog.store import Store, sql

_DAY_MS = 86_400_000
_FURTHER = 2  # times as far as an even spread of logs over time would need
_FAR_MS = 60 * _DAY_MS  # further back than this, all that is left is asked for
# Columns of whose values few logs have each: an index leads to them, wherever in time they are.
_RARE = frozenset(("id", "trace_id", "session"))


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
    """One row more than the page, so that one sees whether there are more.

    A list by time looks at the newest day first, so that old parts stay closed; what it finds there says how far back the
    rest is. Where it finds nothing, the rest is asked for at once.
    """
    wanted, rare = question.limit + 1, _is_rare(question.where)
    if question.order_by != "created_at" or not question.descending or rare:
        return store.select(sql.page(question, since_ms=None, few=rare))
    newest, oldest = _newest_ms(question, now_ms), max(_bounds(question.where, "low"), default=0)
    rows: list[tuple[Any, ...]] = []
    before_ms, since_ms, few = None, newest - _DAY_MS, False
    while True:
        last = since_ms <= oldest
        rest = dataclasses.replace(question, limit=question.limit - len(rows))
        rows += store.select(sql.page(rest, since_ms=None if last else since_ms, before_ms=before_ms, few=few))
        if last or len(rows) == wanted:
            return rows
        if question.offset:  # counts from the newest log on
            return store.select(sql.page(question, since_ms=None))
        if before_ms is None and not rows and (stored := _newest_stored_ms(store, since_ms)) is not None:
            before_ms, newest = since_ms, stored + 1  # nothing came lately, whatever is asked for
            since_ms = newest - _DAY_MS
            continue
        reach_ms = _FURTHER * (newest - since_ms) * wanted // len(rows) if rows and not few else _FAR_MS
        before_ms, since_ms, few = since_ms, newest - reach_ms if reach_ms < _FAR_MS else 0, True


def _is_rare(node: Filter) -> bool:
    """Whether an index leads to the few logs that a filter lets through."""
    if isinstance(node, AllOf):
        return any(map(_is_rare, node.parts))
    return isinstance(node, OneOf) and node.column in _RARE


def _newest_stored_ms(store: Store, before_ms: int) -> int | None:
    """When the newest log was created, if that is before this time."""
    [(newest_ms,)] = store.select(sql.newest())
    return int(newest_ms) if newest_ms < before_ms else None


def _newest_ms(question: ListQuestion, now_ms: int) -> int:
    """The latest time that a row of this page can have, but for logs that say they come from the future."""
    bounds = [now_ms, *_bounds(question.where, "high")]
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
