"""A page of traces. A trace matches when any of its spans does.

What a row adds up to are all spans of the trace, matching or not, that began in the asked range of time or up to
`REACH_MS` before or after it. `query.trace` reads one trace whole, wherever its spans lie.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portlog.query.filters import (
    AllOf,
    Between,
    Cursor,
    Filter,
    decode_cursor,
    encode_cursor,
    mistaken,
    read_filter,
    read_sort,
    refuse,
)
from portlog.query.language import Mistake
from portlog.query.parameters import read_choice, read_whole
from portlog.schema.ids import to_text
from portlog.schema.render import cents, iso, rounded_ms, rounded_usd
from portlog.store import Store, sql

REACH_MS = 86_400_000  # how far outside the asked range spans of a listed trace are looked for
_DAY_MS = 86_400_000
_WINDOWS_DAYS = (1, 7, 60)  # a list looks at the newest day first and widens until its page is full
_MS_MAX = 2**43
_SPANS_READ = 2_000  # matching spans that are looked at in one step of filling a page

ORDERS = ("newest", *sql.MEASURES)
PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX = 50, 500


@dataclass(frozen=True, slots=True)
class TracesQuestion:
    """One page of traces."""

    workspace: str
    where: Filter  # a trace is listed when a span of it matches
    order_by: str  # one of ORDERS; "newest": by the newest matching span
    descending: bool
    limit: int
    after: tuple[Any, Any] | None  # where the last page ended: (ms, log id), or (measure, hash of the trace id)
    include_total: bool


def read_traces(parameters: Mapping[str, str], workspace: str, *, now_ms: int) -> TracesQuestion:
    """A question about traces from query parameters: those that filter, and those of the page.

    `sort:` in `q` wins over `order_by`; raises PortlogError bad-filter
    """
    order_by, descending = _order(parameters)
    cursor = parameters.get("cursor", "").strip()
    return TracesQuestion(
        workspace=workspace,
        where=read_filter(parameters, now_ms=now_ms),
        order_by=order_by,
        descending=descending,
        limit=read_whole(parameters, "page_size", PAGE_SIZE_DEFAULT, 1, PAGE_SIZE_MAX),
        after=_after(decode_cursor(cursor, f"traces:{order_by}"), order_by) if cursor else None,
        include_total=read_choice(parameters, "include_total", ("true", "false"), "false") == "true",
    )


_SORTED_BY = {"time": "newest", "cost": "cost", "latency": "duration", "tokens": "tokens"}


def _order(parameters: Mapping[str, str]) -> tuple[str, bool]:
    """What the page is ordered by, and whether the highest come first."""
    sort = read_sort(parameters)
    if sort is not None:
        if sort.by == "time" and not sort.descending:
            raise mistaken("q", Mistake("Traces are listed with the newest first only.", sort.start, sort.end))
        return _SORTED_BY[sort.by], sort.descending
    order_by = read_choice(parameters, "order_by", ORDERS, "newest")
    descending = read_choice(parameters, "order_by_type", ("desc", "asc")) == "desc"
    if order_by == "newest" and not descending:
        raise refuse("order_by_type", "is always desc when traces are ordered by newest")
    return order_by, descending


def _after(cursor: Cursor, order_by: str) -> tuple[Any, Any]:
    if cursor.value is None or (order_by == "newest" and not 0 <= cursor.value < _MS_MAX):
        raise refuse("cursor", "is not one that this server gave; start without it")
    if order_by == "newest":
        return int(cursor.value), cursor.id
    return cursor.value, int.from_bytes(cursor.id[:8], "big")


def list_traces(store: Store, question: TracesQuestion, now_ms: int) -> dict[str, Any]:
    """The reply of `GET /v1/traces`: rows, the cursor of the next page, and with `include_total` the number of all."""
    find = _newest if question.order_by == "newest" else _ranked
    found, following = find(store, question, now_ms)
    rows = {row["trace_id"]: row for row in _sums(store, question, found)}
    return {
        "object": "list",
        "total": int(store.select(sql.count_traces(question))[0][0]) if question.include_total else None,
        "data": [_rendered(rows[trace_id]) for trace_id in found if trace_id in rows],
        "has_more": following is not None,
        "next_cursor": following and encode_cursor(following, f"traces:{question.order_by}"),
    }


def bounds_of(node: Filter) -> tuple[int | None, int | None]:
    """The range of time that a filter stays in, in ms, as far as its outermost parts say; None: open."""
    bounds = list(_bounds(node))
    lows = [int(b.low) for b in bounds if b.low is not None]
    highs = [int(b.high) for b in bounds if b.high is not None]
    return max(lows, default=None), min(highs, default=None)


def _bounds(node: Filter) -> Iterator[Between]:
    if isinstance(node, AllOf):
        for part in node.parts:
            yield from _bounds(part)
    elif isinstance(node, Between) and node.column == "created_at":
        yield node


def is_everything(node: Filter) -> bool:
    """Whether a filter lets every log through."""
    return isinstance(node, AllOf) and all(map(is_everything, node.parts))


def _newest(store: Store, question: TracesQuestion, now_ms: int) -> tuple[list[str], Cursor | None]:
    """The ids of a page by their newest matching span, and where the next page begins."""
    found: dict[str, tuple[int, bytes]] = {}
    passed: list[str] = []  # traces of this page and of earlier ones
    for some, exhausted in _steps(store, question, now_ms, passed):
        fresh: dict[str, tuple[int, bytes]] = {}
        for trace_id, ms, log_id in some:
            fresh.setdefault(trace_id, (ms, bytes(log_id)))
        passed += fresh
        met = _met(store, question, list(fresh))
        found |= {trace_id: key for trace_id, key in fresh.items() if trace_id not in met}
        if exhausted or len(found) > question.limit:
            break
    page = list(found)[: question.limit]
    return page, Cursor(*found[page[-1]]) if len(found) > question.limit else None


def _steps(
    store: Store, question: TracesQuestion, now_ms: int, passed: Sequence[str]
) -> Iterator[tuple[list[tuple[str, int, bytes]], bool]]:
    """Matching spans of traces that were not `passed`, newest first, some at a time; whether they were the last."""
    after, (low, high) = question.after, bounds_of(question.where)
    newest = now_ms + _DAY_MS
    if high is not None:
        newest = min(newest, high)
    if after is not None:
        newest = min(newest, int(after[0]))
    for days in (*_WINDOWS_DAYS, None):
        since = None if days is None else max(0, newest - days * _DAY_MS)
        last = since is None or (low is not None and since <= low)
        while True:
            some = store.select(sql.newest_in_traces(question, after, since, passed, _SPANS_READ))
            full = len(some) == _SPANS_READ
            yield [(t, ms, bytes(i)) for t, ms, i in some], last and not full
            if some:
                after = (some[-1][1], bytes(some[-1][2]))
            if not full:
                break
        if since is not None:
            after = (since, bytes(16))  # all that is newer was seen


def _met(store: Store, question: TracesQuestion, trace_ids: list[str]) -> set[str]:
    """Which of these stand on an earlier page."""
    if question.after is None or not trace_ids:
        return set()
    return {row[0] for row in store.select(sql.traces_met(question, trace_ids, question.after))}


def _ranked(store: Store, question: TracesQuestion, _: int) -> tuple[list[str], Cursor | None]:
    """The ids of a page by what they add up to, and where the next page begins."""
    rows = store.select(
        sql.ranked_traces(question, question.order_by, _reach(question.where), is_everything(question.where))
    )
    page = rows[: question.limit]
    named = dict(store.select(sql.traces_hashed(question.workspace, [(hashed, ms) for hashed, _, ms in page]))) if page else {}
    following = Cursor(page[-1][1], page[-1][0].to_bytes(8, "big") + bytes(8)) if len(rows) > question.limit else None
    return [named[hashed] for hashed, _, _ in page if hashed in named], following


def _reach(where: Filter) -> tuple[int | None, int | None]:
    """Where spans of the listed traces are looked for."""
    low, high = bounds_of(where)
    return None if low is None else low - REACH_MS, None if high is None else high + REACH_MS


def _sums(store: Store, question: TracesQuestion, trace_ids: list[str]) -> list[dict[str, Any]]:
    if not trace_ids:
        return []
    rows = store.select(sql.sums_of_traces(question.workspace, trace_ids, _reach(question.where)))
    return [dict(zip(sql.SUM_NAMES, row, strict=True)) for row in rows]


def _rendered(row: Mapping[str, Any]) -> dict[str, Any]:
    """One row of the list."""
    return {
        "trace_id": row["trace_id"],
        "name": row["name"],
        "root_kind": row["root_kind"],
        "root_id": to_text(bytes(row["root_id"])),
        "started_at": iso(row["began_ms"]),
        "ended_at": iso(int(row["ended_ms"])),
        "duration_ms": rounded_ms(row["ended_ms"] - row["began_ms"]),
        "spans": row["spans"],
        "calls": row["calls"],
        "errors": row["errors"],
        "pending": row["pending"],
        "cost_usd": rounded_usd(row["cost_usd"]),
        "cost": cents(row["cost_usd"]),
        "unpriced_calls": row["unpriced_calls"],
        "input_tokens": row["input_tokens"] or 0,
        "output_tokens": row["output_tokens"] or 0,
        "total_tokens": row["total_tokens"] or 0,
        "models": list(row["models"]),
        "user": row["user"] or None,
        "session": row["session"] or None,
        "preview": row["preview"],
        "response_preview": row["response_preview"],
        "object": "trace",
    }
