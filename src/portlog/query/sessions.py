"""Sessions and users: pages with their figures, and one session with its calls in order.

Figures are of the logs that match: those of the asked range of time that the other parameters let through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from portlog.query.filters import (
    AllOf,
    Cursor,
    Filter,
    Known,
    ListQuestion,
    Not,
    OneOf,
    decode_cursor,
    encode_cursor,
    mistaken,
    read_filter,
    read_list,
    read_sort,
    refuse,
)
from portlog.query.language import Mistake
from portlog.query.lists import page_of_logs
from portlog.query.parameters import read_choice, read_whole
from portlog.schema.log import CALL_KINDS
from portlog.schema.render import cents, iso, rounded_usd
from portlog.store import Store, sql

PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX = 50, 500
ORDERS = tuple(sql.FIGURES)
_SORTED_BY = {"time": "last_seen", "cost": "cost", "tokens": "tokens"}


@dataclass(frozen=True, slots=True)
class Gathered:
    """What logs are gathered by."""

    name: str  # of one, under which its value stands in a row
    column: str


SESSIONS, USERS = Gathered("session", "session"), Gathered("user", "user")


@dataclass(frozen=True, slots=True)
class GatheredQuestion:
    """One page of sessions or users."""

    workspace: str
    where: Filter
    column: str
    order_by: str  # one of ORDERS
    descending: bool
    limit: int
    after: tuple[float, int] | None  # where the last page ended: its figure, and the hash of its value
    include_total: bool


def read_gathered(parameters: Mapping[str, str], workspace: str, of: Gathered, *, now_ms: int) -> GatheredQuestion:
    """A question about sessions or users from query parameters; `sort:` in `q` wins over `order_by`.

    raises  PortlogError bad-filter
    """
    order_by = read_choice(parameters, "order_by", ORDERS)
    descending = read_choice(parameters, "order_by_type", ("desc", "asc")) == "desc"
    sort = read_sort(parameters)
    if sort is not None:
        if sort.by not in _SORTED_BY:
            raise mistaken("q", Mistake(f"A list of {of.name}s is sorted by time, cost or tokens.", sort.start, sort.end))
        order_by, descending = _SORTED_BY[sort.by], sort.descending
    cursor = parameters.get("cursor", "").strip()
    return GatheredQuestion(
        workspace=workspace,
        where=read_filter(parameters, now_ms=now_ms),
        column=of.column,
        order_by=order_by,
        descending=descending,
        limit=read_whole(parameters, "page_size", PAGE_SIZE_DEFAULT, 1, PAGE_SIZE_MAX),
        after=_after(decode_cursor(cursor, f"{of.column}:{order_by}")) if cursor else None,
        include_total=read_choice(parameters, "include_total", ("false", "true")) == "true",
    )


def _after(cursor: Cursor) -> tuple[float, int]:
    if cursor.value is None:
        raise refuse("cursor", "is not one that this server gave; start without it")
    return cursor.value, int.from_bytes(cursor.id[:8], "big")


def list_gathered(store: Store, question: GatheredQuestion, of: Gathered) -> dict[str, Any]:
    """The reply of `GET /v1/sessions` and `GET /v1/users`."""
    rows = store.select(sql.ranked(question))
    page = rows[: question.limit]
    values = [value for value, _, _ in page]
    found = _figures(store, question, values)
    following = None
    if len(rows) > question.limit:
        _, hashed, figure = page[-1]
        following = encode_cursor(Cursor(figure, hashed.to_bytes(8, "big") + bytes(8)), f"{of.column}:{question.order_by}")
    return {
        "object": "list",
        "total": int(store.select(sql.count_values(question))[0][0]) if question.include_total else None,
        "data": [_row(of, value, found[value]) for value in values if value in found],
        "has_more": following is not None,
        "next_cursor": following,
    }


def _figures(store: Store, question: GatheredQuestion, values: Sequence[str]) -> dict[str, dict[str, Any]]:
    if not values:
        return {}
    rows = store.select(sql.figures(question, values))
    return {row[0]: dict(zip(sql.FIGURE_NAMES, row[1:], strict=True)) for row in rows}


def _row(of: Gathered, value: str, figures: Mapping[str, Any]) -> dict[str, Any]:
    """A session has its users, a user the number of its sessions."""
    beside = {"users": list(figures["users"])} if of is SESSIONS else {"sessions": figures["sessions"]}
    return {
        of.name: value,
        "traces": figures["traces"],
        "requests": figures["requests"],
        "errors": figures["errors"],
        "cost_usd": rounded_usd(figures["cost_usd"]),
        "cost": cents(figures["cost_usd"]),
        "unpriced_requests": figures["unpriced_requests"],
        "input_tokens": figures["input_tokens"] or 0,
        "output_tokens": figures["output_tokens"] or 0,
        "total_tokens": figures["total_tokens"] or 0,
        "first_seen": iso(figures["first_seen"]),
        "last_seen": iso(figures["last_seen"]),
        "models": list(figures["models"]),
        **beside,
        "object": of.name,
    }


# -- one session -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SessionQuestion:
    """A page of one session's calls, and its figures."""

    session: str
    figures: GatheredQuestion
    calls: ListQuestion


def read_session(parameters: Mapping[str, str], workspace: str, session: str, *, now_ms: int) -> SessionQuestion:
    """A question about one session: the parameters of lists of logs, the oldest call first unless asked otherwise.

    raises  PortlogError bad-filter
    """
    question = read_list({"order_by_type": "asc", "include_total": "false"} | dict(parameters), workspace, now_ms=now_ms)
    where = AllOf((question.where, OneOf("session", (session,))))
    calls = AllOf((where, OneOf("kind", tuple(sorted(CALL_KINDS))), Not(Known("duplicate_of"))))
    figures = GatheredQuestion(workspace, where, "session", "last_seen", True, 1, None, False)
    return SessionQuestion(session, figures, replace(question, where=calls))


def get_session(store: Store, question: SessionQuestion, now_ms: int) -> dict[str, Any] | None:
    """The reply of `GET /v1/sessions/{session}`: its row, and its calls as rows of a list; None when nothing matches."""
    found = _figures(store, question.figures, [question.session])
    if not found:
        return None
    calls = page_of_logs(store, question.calls, now_ms)
    return _row(SESSIONS, question.session, found[question.session]) | {
        name: calls[name] for name in ("total", "data", "has_more", "next_cursor")
    }
