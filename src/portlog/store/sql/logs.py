"""Questions about logs: a page of a list, its total, one log whole."""

from __future__ import annotations

from typing import Any

from portlog.store.sql.filters import condition
from portlog.store.sql.parts import (
    ALL_NAMES,
    LIGHT_NAMES,
    Binder,
    Statement,
    between_moments,
    quoted,
    selected,
)


def page(question: Any, *, since_ms: int | None, before_ms: int | None = None, few: bool = False) -> Statement:
    """One page of a list, without bodies, of the logs created in [since_ms, before_ms): other parts stay closed.

    few  hardly more rows are expected there than a page has
    """
    binder = Binder()
    where = scope(question, binder)
    if since_ms is not None:
        where.append(f"created_at >= {binder.moment(since_ms)}")
    if before_ms is not None:
        where.append(f"created_at < {binder.moment(before_ms)}")
    column, direction = quoted(question.order_by), "DESC" if question.descending else "ASC"
    if question.after is not None:
        where.append(_behind(question, binder))
    nulls = "" if question.order_by == "created_at" else f"isNull({column}), "
    text = (
        f"SELECT {selected(LIGHT_NAMES)} FROM logs WHERE {' AND '.join(where)} "
        f"ORDER BY {nulls}{column} {direction}, id {direction} LIMIT {question.limit + 1} OFFSET {question.offset}"
    )
    return Statement(text, binder.values, few)


def scope(question: Any, binder: Binder) -> list[str]:
    """What every question about logs demands: its workspace, its filter."""
    return [
        f"workspace = {binder.bind(question.workspace, 'String')}",
        f"({condition(question.where, binder)})",
    ]


def _behind(question: Any, binder: Binder) -> str:
    """What comes after the cursor in the page's order; nulls are last in either direction."""
    column, than = quoted(question.order_by), "<" if question.descending else ">"
    after_id = binder.log_id(question.after.id)
    if question.order_by == "created_at":
        moment = binder.moment(int(question.after.value))
        # The bare bound on the first key column lets whole parts be skipped; the tuple is exact.
        return f"created_at {than}= {moment} AND (created_at, id) {than} ({moment}, {after_id})"
    if question.after.value is None:
        return f"isNull({column}) AND id {than} {after_id}"
    value = binder.bind(float(question.after.value), "Float64")
    return f"({column} {than} {value} OR ({column} = {value} AND id {than} {after_id}) OR isNull({column}))"


def total(question: Any) -> Statement:
    """How many logs a list question matches, over all pages."""
    binder = Binder()
    return Statement(f"SELECT count() FROM logs WHERE {' AND '.join(scope(question, binder))}", binder.values)


def newest() -> Statement:
    """When the newest log was created, in ms, of all workspaces: the engine knows it without reading."""
    return Statement("SELECT toUnixTimestamp64Milli(max(created_at)) FROM logs", {})


def one(workspace: str, log_id: bytes, created_ms: int) -> Statement:
    """One log, whole. The time read out of its id leads to the row without an index on ids."""
    binder = Binder()
    text = (
        f"SELECT {selected(ALL_NAMES)} FROM logs WHERE created_at = {binder.moment(created_ms)} "
        f"AND id = {binder.log_id(log_id)} AND workspace = {binder.bind(workspace, 'String')} "
        "ORDER BY revision DESC LIMIT 1"
    )
    return Statement(text, binder.values)


def sights(workspace: str, name: str, from_ms: int, to_ms: int) -> Statement:
    """The other spans of a call, whole: those whose `duplicate_of` names the span that shows it."""
    binder = Binder()
    text = (
        f"SELECT {selected(ALL_NAMES)} FROM logs WHERE {between_moments(from_ms, to_ms, binder)} "
        f"AND workspace = {binder.bind(workspace, 'String')} AND duplicate_of = {binder.bind(name, 'String')} "
        "ORDER BY id, revision DESC LIMIT 1 BY id"
    )
    return Statement(text, binder.values)


def count_logs(workspace: str) -> Statement:
    """How many logs a workspace has."""
    binder = Binder()
    return Statement(f"SELECT count() FROM logs WHERE workspace = {binder.bind(workspace, 'String')}", binder.values)


def calls_by_key(workspace: str, since_ms: int) -> Statement:
    """Of logs created since then: id of the key that posted them, how many."""
    binder = Binder()
    text = (
        f"SELECT api_key_id, count() FROM logs WHERE created_at >= {binder.moment(since_ms)} "
        f"AND workspace = {binder.bind(workspace, 'String')} AND api_key_id != '' GROUP BY api_key_id"
    )
    return Statement(text, binder.values)
