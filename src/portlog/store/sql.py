"""The only place where SQL text is made. Values travel beside it, bound; nothing a caller sent becomes text.

`Statement`s come out; the filter tree of `query.filters` goes in, told apart by class name so that the store
need not import the room after it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from portlog.schema.columns import BY_NAME, COLUMNS, LIGHT, Links
from portlog.store.rows import Fill, Version

_Change = TypeVar("_Change")


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


# Where no HTTP status is known, readers are shown one (`render.shown_status`), so filters see it too.
_ASKED = {"status": "ifNull(`status`, multiIf(outcome = 'success', 200, outcome = 'error', 500, NULL))"}


def _asked(column: str) -> str:
    return _ASKED.get(column) or quoted(column)


def _all_of(node: Any, binder: Binder) -> str:
    return " AND ".join(f"({condition(part, binder)})" for part in node.parts) or "1"


def _any_of(node: Any, binder: Binder) -> str:
    return " OR ".join(f"({condition(part, binder)})" for part in node.parts) or "0"


def _not(node: Any, binder: Binder) -> str:
    return f"NOT ({condition(node.part, binder)})"


def _one_of(node: Any, binder: Binder) -> str:
    type_ = BY_NAME[node.column].type
    numeric = type_.removeprefix("Nullable(").startswith(("Int", "UInt"))
    test = f"{_asked(node.column)} IN {binder.bind(list(node.values), 'Array(Int64)' if numeric else 'Array(String)')}"
    return f"ifNull({test}, 0)" if type_.startswith("Nullable") else test  # what a null does not match, its Not does


def _glob(node: Any, binder: Binder) -> str:
    column = f"lowerUTF8({quoted(node.column)})"
    if "*" not in node.pattern:
        return f"{column} = lowerUTF8({binder.bind(node.pattern, 'String')})"
    escaped = re.sub(r"([\\%_])", r"\\\1", node.pattern).replace("*", "%")
    return f"{column} LIKE lowerUTF8({binder.bind(escaped, 'String')})"


def _between(node: Any, binder: Binder) -> str:
    column = _asked(node.column)

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
        return f"hasAllTokens(lowerUTF8(text), lowerUTF8({binder.bind(tokens[0], 'String')}))"
    # hasAllTokens lets the index drop parts and granules before the words' order is looked at.
    joined = f"lowerUTF8({binder.bind(' '.join(tokens), 'String')})"
    return f"hasAllTokens(lowerUTF8(text), {joined}) AND hasPhrase(lowerUTF8(text), {joined})"


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
        f"AND id = {binder.log_id(log_id)} AND workspace = {binder.bind(workspace, 'String')} "
        "ORDER BY revision DESC LIMIT 1"
    )
    return Statement(text, binder.values)


def sights(workspace: str, name: str, from_ms: int, to_ms: int) -> Statement:
    """The other spans of a call, whole: those whose `duplicate_of` names the span that shows it."""
    binder = Binder()
    text = (
        f"SELECT {selected(ALL_NAMES)} FROM logs WHERE {_between_moments(from_ms, to_ms, binder)} "
        f"AND workspace = {binder.bind(workspace, 'String')} AND duplicate_of = {binder.bind(name, 'String')} "
        "ORDER BY id, revision DESC LIMIT 1 BY id"
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


# -- what the applier asks before it joins (applier.joins) -------------------------------------------------

# The columns of `Span`, in order: as much of a log as its trace needs to know.
_SPAN = (
    "workspace, trace_id, span_id, parent_span_id, id, revision, toUnixTimestamp64Milli(created_at), "
    "ifNull(response_ms, 0), kind, outcome, provider, model, model_requested, source, metadata['service.name'], "
    "response_id, join_key, preview != '' OR response_preview != '', isNotNull(input_tokens) OR isNotNull(output_tokens), "
    "`user`, user_from, session, session_from, duplicate_of"
)


def spans_of_traces(workspace: str, trace_ids: list[str], from_ms: int, to_ms: int) -> Statement:
    """Every span of these traces that began in [from_ms, to_ms]."""
    binder = Binder()
    text = (
        f"SELECT {_SPAN} FROM logs WHERE {_between_moments(from_ms, to_ms, binder)} "
        f"AND workspace = {binder.bind(workspace, 'String')} AND trace_id IN {binder.bind(trace_ids, 'Array(String)')}"
    )
    return Statement(text, binder.values)


def spans_alike(workspace: str, response_ids: list[str], failed: bool, from_ms: int, to_ms: int) -> Statement:
    """Spans of model calls that name one of these answers, and with `failed` those of calls without any answer."""
    binder = Binder()
    alike = f"response_id IN {binder.bind(response_ids, 'Array(String)')}"
    if failed:
        alike = f"({alike} OR (outcome = 'error' AND response_id = ''))"
    text = (
        f"SELECT {_SPAN} FROM logs WHERE {_between_moments(from_ms, to_ms, binder)} "
        f"AND workspace = {binder.bind(workspace, 'String')} AND kind IN ('llm', 'embedding') "
        f"AND source_shape = 'otlp' AND {alike}"
    )
    return Statement(text, binder.values)


def halves(workspace: str, join_keys: list[str], from_ms: int) -> Statement:
    """Logs with one of these keys that were received since `from_ms`, whole, the older first."""
    binder = Binder()
    text = (
        f"SELECT {selected(ALL_NAMES)} FROM logs WHERE created_at >= {binder.moment(from_ms)} "
        f"AND workspace = {binder.bind(workspace, 'String')} AND join_key IN {binder.bind(join_keys, 'Array(String)')} "
        "ORDER BY received_at, id, revision"
    )
    return Statement(text, binder.values)


def whole(ids: list[bytes], from_ms: int, to_ms: int) -> Statement:
    """These logs with all their columns; all of them were created in [from_ms, to_ms]."""
    binder = Binder()
    text = f"SELECT {selected(ALL_NAMES)} FROM logs WHERE {_between_moments(from_ms, to_ms, binder)} AND id IN {_ids(ids, binder)}"
    return Statement(text, binder.values)


def next_chunk(after_ms: int, after_id: bytes, until_ms: int, limit: int) -> Statement:
    """Id, time and size of the logs of every workspace behind (after_ms, after_id) and before `until_ms`, in order."""
    binder = Binder()
    after = binder.moment(after_ms)
    text = (
        "SELECT id, toUnixTimestamp64Milli(created_at), max(length(text) + length(raw)) FROM logs "
        f"WHERE created_at >= {after} AND created_at < {binder.moment(until_ms)} "
        f"AND (created_at, id) > ({after}, {binder.log_id(after_id)}) "
        f"GROUP BY created_at, id ORDER BY created_at, id LIMIT {int(limit)}"
    )
    return Statement(text, binder.values)


_CHANGES_MAX = 2_000  # logs that one statement changes


def removals(versions: Sequence[Version]) -> Iterator[Statement]:
    """Delete these rows."""
    for some in _some(sorted(versions, key=lambda version: version.created_ms)):
        binder = Binder()
        ids = binder.bind([version.id.hex() for version in some], "Array(String)")
        revisions = binder.bind([version.revision for version in some], "Array(UInt32)")
        yield Statement(
            f"DELETE FROM logs WHERE {_between_moments(some[0].created_ms, some[-1].created_ms, binder)} "
            "AND (id, revision) IN (SELECT toFixedString(unhex(v.1), 16), v.2 "
            f"FROM (SELECT arrayJoin(arrayZip({ids}, {revisions})) AS v))",
            binder.values,
        )


def fillings(fills: Sequence[Fill]) -> Iterator[Statement]:
    """Set what logs have from their traces; a log's own user or session stays."""
    by_links: defaultdict[Links, list[Fill]] = defaultdict(list)
    for fill in fills:
        by_links[fill.links].append(fill)
    for links, alike in by_links.items():
        for some in _some(sorted(alike, key=lambda fill: fill.created_ms)):
            binder = Binder()
            sets = []
            for name in ("user", "session"):
                value, giver = getattr(links, name), getattr(links, f"{name}_from")
                own = f"`{name}` != '' AND {name}_from = ''"
                sets.append(f"`{name}` = if({own}, `{name}`, {binder.bind(value, 'String')})")
                sets.append(f"{name}_from = if({own}, '', {binder.bind(giver, 'String')})")
            yield Statement(
                f"UPDATE logs SET {', '.join(sets)} "
                f"WHERE {_between_moments(some[0].created_ms, some[-1].created_ms, binder)} "
                f"AND id IN {_ids([fill.id for fill in some], binder)}",
                binder.values,
            )


def _some(changes: Sequence[_Change]) -> Iterator[Sequence[_Change]]:
    for i in range(0, len(changes), _CHANGES_MAX):
        yield changes[i : i + _CHANGES_MAX]


def _between_moments(from_ms: int, to_ms: int, binder: Binder) -> str:
    return f"created_at >= {binder.moment(max(0, from_ms))} AND created_at <= {binder.moment(to_ms)}"


def _ids(ids: list[bytes], binder: Binder) -> str:
    hexed = binder.bind([log_id.hex() for log_id in ids], "Array(String)")
    return f"(SELECT toFixedString(unhex(arrayJoin({hexed})), 16))"
