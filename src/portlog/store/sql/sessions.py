"""Questions about sessions and users: which ones a page has, and their figures over the logs that match."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from portlog.store.sql.logs import scope
from portlog.store.sql.parts import Binder, Statement, quoted

# By what sessions and users are ordered; sums of floats are rounded, since they depend on the order of adding.
FIGURES = {
    "last_seen": "toUnixTimestamp64Milli(max(created_at))",
    "first_seen": "toUnixTimestamp64Milli(min(created_at))",
    "requests": "sum(counts)",
    "errors": "countIf(counts AND outcome = 'error')",
    "cost": "round(sum(cost_usd), 9)",
    "tokens": "sum(total_tokens)",
    "traces": "uniqExact(cityHash64(trace_id))",
}
_SHOWN = (
    ("traces", FIGURES["traces"]),
    ("requests", FIGURES["requests"]),
    ("errors", FIGURES["errors"]),
    ("cost_usd", "sum(cost_usd)"),
    ("unpriced_requests", "countIf(counts AND isNull(cost_usd))"),
    ("input_tokens", "sum(input_tokens)"),
    ("output_tokens", "sum(output_tokens)"),
    ("total_tokens", "sum(total_tokens)"),
    ("first_seen", FIGURES["first_seen"]),
    ("last_seen", FIGURES["last_seen"]),
    ("models", "arraySort(groupUniqArrayIf(8)(model, counts AND model != ''))"),
    ("users", "arraySort(groupUniqArrayIf(8)(`user`, `user` != ''))"),
    ("sessions", "uniqExactIf(cityHash64(session), session != '')"),
)
FIGURE_NAMES = tuple(name for name, _ in _SHOWN)


def ranked(question: Any) -> Statement:
    """(session or user, its hash, figure) of a page and one more, in order; the hash decides between equals."""
    binder = Binder()
    column = quoted(question.column)
    where = [*scope(question, binder), f"{column} != ''"]
    direction, than = ("DESC", "<") if question.descending else ("ASC", ">")
    last = "-1" if question.descending else "1e300"  # those without a value are last in either direction
    having = ""
    if question.after is not None:
        value, hashed = binder.bind(float(question.after[0]), "Float64"), binder.bind(question.after[1], "UInt64")
        having = f"HAVING (figure, hashed) {than} ({value}, {hashed}) "
    text = (
        f"SELECT {column} AS value, cityHash64(value) AS hashed, toFloat64(ifNull({FIGURES[question.order_by]}, {last})) AS figure "
        f"FROM logs WHERE {' AND '.join(where)} GROUP BY value {having}"
        f"ORDER BY figure {direction}, hashed {direction} LIMIT {question.limit + 1}"
    )
    return Statement(text, binder.values)


def figures(question: Any, values: Sequence[str]) -> Statement:
    """The session or user, then FIGURE_NAMES, of each of these."""
    binder = Binder()
    column = quoted(question.column)
    where = [*scope(question, binder), f"{column} IN {binder.bind(list(values), 'Array(String)')}"]
    shown = ", ".join(text for _, text in _SHOWN)
    return Statement(f"SELECT {column} AS value, {shown} FROM logs WHERE {' AND '.join(where)} GROUP BY value", binder.values)


def count_values(question: Any) -> Statement:
    """How many sessions or users there are."""
    binder = Binder()
    column = quoted(question.column)
    where = [*scope(question, binder), f"{column} != ''"]
    return Statement(f"SELECT uniqExact({column}) FROM logs WHERE {' AND '.join(where)}", binder.values)
