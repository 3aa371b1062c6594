"""The only place where SQL text is made. Values travel beside it, bound; nothing a caller sent becomes text.

`Statement`s come out; the filter tree of `query.filters` goes in, told apart by class name so that the store
need not import the room after it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from portlog.schema.columns import BY_NAME, COLUMNS, LIGHT


@dataclass(frozen=True)
class Statement:
    """SQL with `{p0:Type}` places, and the values for them by name."""

    text: str
    values: dict[str, Any]


class Binder:
    """Hands out places for values."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def bind(self, value: Any, type_: str) -> str:
        """Keep a value and return its place in the text."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"{{{name}:{type_}}}"

    def moment(self, ms: int) -> str:
        """Bind ms since the epoch as a time."""
        return f"fromUnixTimestamp64Milli({self.bind(int(ms), 'Int64')}, 'UTC')"

    def log_id(self, log_id: bytes) -> str:
        """Bind the 16 bytes of a log's id."""
        return f"toFixedString(unhex({self.bind(log_id.hex(), 'String')}), 16)"


# -- filters -----------------------------------------------------------------------------------------------


def condition(node: Any, binder: Binder) -> str:
    """The filter tree as a boolean expression."""
    return _CONDITIONS[type(node).__name__](node, binder)


def _all_of(node: Any, binder: Binder) -> str:
    return " AND ".join(f"({condition(part, binder)})" for part in node.parts) or "1"


def _any_of(node: Any, binder: Binder) -> str:
    return " OR ".join(f"({condition(part, binder)})" for part in node.parts) or "0"


def _not(node: Any, binder: Binder) -> str:
    return f"NOT ({condition(node.part, binder)})"


def _one_of(node: Any, binder: Binder) -> str:
    numeric = BY_NAME[node.column].type.startswith(("Int", "UInt"))
    return f"{quoted(node.column)} IN {binder.bind(list(node.values), 'Array(Int64)' if numeric else 'Array(String)')}"


def _glob(node: Any, binder: Binder) -> str:
    column = f"lowerUTF8({quoted(node.column)})"
    if "*" not in node.pattern:
        return f"{column} = lowerUTF8({binder.bind(node.pattern, 'String')})"
    escaped = re.sub(r"([\\%_])", r"\\\1", node.pattern).replace("*", "%")
    return f"{column} LIKE lowerUTF8({binder.bind(escaped, 'String')})"


def _between(node: Any, binder: Binder) -> str:
    column = quoted(node.column)

    def bound(value: float) -> str:
        if BY_NAME[node.column].filter == "time":
            return binder.moment(int(value))
        return binder.bind(float(value), "Float64")

    parts = []
    if node.low is not None:
        parts.append(f"{column} >= {bound(node.low)}")
    if node.high is not None:
        parts.append(f"{column} {'<=' if node.closed else '<'} {bound(node.high)}")
    if parts and BY_NAME[node.column].type.startswith("Nullable"):
        return f"ifNull({' AND '.join(parts)}, 0)"  # what a null does not match, its Not does
    return " AND ".join(parts) or "1"


def _metadata_is(node: Any, binder: Binder) -> str:
    return f"metadata[{binder.bind(node.key, 'String')}] = {binder.bind(node.value, 'String')}"


# The tokenizer of the text index (splitByNonAlpha): runs of ASCII letters and digits, and of anything not ASCII.
_TOKENS = re.compile(r"[0-9A-Za-z\u0080-\U0010ffff]+")
# Scripts written without spaces: a word is part of a token, so tokens cannot answer.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")


def _words(node: Any, binder: Binder) -> str:
    tokens = _TOKENS.findall(node.text)
    if not tokens or _UNSPACED.search(node.text):
        return f"positionCaseInsensitiveUTF8(text, {binder.bind(node.text, 'String')}) > 0"
    if len(tokens) == 1:
        return f"hasAllTokens(text, {binder.bind(tokens[0], 'String')})"
    # hasAllTokens lets the index drop parts and granules before the words' order is looked at.
    joined = binder.bind(" ".join(tokens), "String")
    return f"hasAllTokens(text, {joined}) AND hasPhrase(text, {joined})"


_CONDITIONS = {
    "AllOf": _all_of,
    "AnyOf": _any_of,
    "Not": _not,
    "OneOf": _one_of,
    "Glob": _glob,
    "Between": _between,
    "MetadataIs": _metadata_is,
    "Words": _words,
}

# -- questions ---------------------------------------------------------------------------------------------


def quoted(column: str) -> str:
    """Return a column's name as SQL; it must be one of COLUMNS."""
    assert column in BY_NAME, column
    return f"`{column}`"


def selected(names: tuple[str, ...]) -> str:
    """Columns as a reader gets them: times as ms since the epoch."""
    return ", ".join(
        f"toUnixTimestamp64Milli({quoted(name)})" if BY_NAME[name].type.startswith("DateTime64") else quoted(name)
        for name in names
    )


LIGHT_NAMES = tuple(column.name for column in LIGHT)
ALL_NAMES = tuple(column.name for column in COLUMNS)


def page(question: Any, *, since_ms: int | None) -> Statement:
    """One page of a list, without bodies. `since_ms` bounds the time from below, so that old parts stay closed."""
    binder = Binder()
    where = _scope(question, binder)
    if since_ms is not None:
        where.append(f"created_at >= {binder.moment(since_ms)}")
    column, direction = quoted(question.order_by), "DESC" if question.descending else "ASC"
    if question.after is not None:
        where.append(_behind(question, binder))
    nulls = "" if question.order_by == "created_at" else f"isNull({column}), "
    text = (
        f"SELECT {selected(LIGHT_NAMES)} FROM logs WHERE {' AND '.join(where)} "
        f"ORDER BY {nulls}{column} {direction}, id {direction} LIMIT {question.limit + 1} OFFSET {question.offset}"
    )
    return Statement(text, binder.values)


def _scope(question: Any, binder: Binder) -> list[str]:
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
    return Statement(f"SELECT count() FROM logs WHERE {' AND '.join(_scope(question, binder))}", binder.values)


def one(workspace: str, log_id: bytes, created_ms: int) -> Statement:
    """One log, whole. The time read out of its id leads to the row without an index on ids."""
    binder = Binder()
    text = (
        f"SELECT {selected(ALL_NAMES)} FROM logs WHERE created_at = {binder.moment(created_ms)} "
        f"AND id = {binder.log_id(log_id)} AND workspace = {binder.bind(workspace, 'String')} LIMIT 1"
    )
    return Statement(text, binder.values)


def count_logs(workspace: str) -> Statement:
    """How many logs a workspace has."""
    binder = Binder()
    return Statement(f"SELECT count() FROM logs WHERE workspace = {binder.bind(workspace, 'String')}", binder.values)


def present(first_seq: int, last_seq: int) -> Statement:
    """Ids of the logs that came from these records of the write-ahead log."""
    binder = Binder()
    text = f"SELECT id FROM logs WHERE wal_seq BETWEEN {binder.bind(first_seq, 'UInt64')} AND {binder.bind(last_seq, 'UInt64')}"
    return Statement(text, binder.values)
