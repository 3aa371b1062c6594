"""The filter tree of `query.nodes` as a boolean expression; told apart by class name, so that the store need not import the
room after it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from portlog.schema.columns import BY_NAME
from portlog.schema.ids import created_ms_of, from_text
from portlog.store.sql.live import rated
from portlog.store.sql.parts import Binder, id_set, metadata_equals, metadata_value, quoted
from portlog.store.sql.text import matches_text, words


def condition(node: Any, binder: Binder) -> str:
    """The filter tree as a boolean expression."""
    return _CONDITIONS[type(node).__name__](node, binder)


# Where no HTTP status is known, readers are shown one (`render.shown_status`), so filters see it too.
_ASKED = {"status": "ifNull(`status`, multiIf(outcome = 'success', 200, outcome = 'error', 500, NULL))"}


def asked(column: str) -> str:
    """What filters and groups read for a column: the column, or what readers are shown in its place."""
    return _ASKED.get(column) or quoted(column)


def _all_of(node: Any, binder: Binder) -> str:
    return " AND ".join(f"({condition(part, binder)})" for part in node.parts) or "1"


def _any_of(node: Any, binder: Binder) -> str:
    return " OR ".join(f"({condition(part, binder)})" for part in node.parts) or "0"


def _not(node: Any, binder: Binder) -> str:
    return f"NOT ({condition(node.part, binder)})"


def _one_of(node: Any, binder: Binder) -> str:
    type_ = BY_NAME[node.column].type
    if node.column == "id":
        return _ids(node.values, binder)
    numeric = type_.removeprefix("Nullable(").startswith(("Int", "UInt"))
    test = f"{asked(node.column)} IN {binder.bind(list(node.values), 'Array(Int64)' if numeric else 'Array(String)')}"
    return _nulls_fail(node.column, test)


def _ids(texts: Sequence[str], binder: Binder) -> str:
    """Their times lead to the rows without an index on ids."""
    ids = [log_id for text in texts if (log_id := from_text(text)) is not None]
    moments = binder.bind([created_ms_of(log_id) for log_id in ids], "Array(Int64)")
    return (
        f"created_at IN (SELECT fromUnixTimestamp64Milli(arrayJoin({moments}), 'UTC')) AND id IN {id_set(ids, binder)}"
    )


def _nulls_fail(column: str, test: str) -> str:
    """What a null does not match, its Not does."""
    return f"ifNull({test}, 0)" if BY_NAME[column].type.startswith("Nullable") else test


def _glob(node: Any, binder: Binder) -> str:
    return _like(f"lowerUTF8({quoted(node.column)})", node, binder)


def _holds(node: Any, binder: Binder) -> str:
    return f"arrayExists(member -> {_like('lowerUTF8(member)', node, binder)}, {quoted(node.column)})"


def _like(lowered: str, node: Any, binder: Binder) -> str:
    """A text in small letters against a pattern; columns of few values are lowered and matched once for each."""
    if node.literal or "*" not in node.pattern:
        return f"{lowered} = lowerUTF8({binder.bind(node.pattern, 'String')})"
    escaped = re.sub(r"([\\%_])", r"\\\1", node.pattern).replace("*", "%")
    return f"{lowered} LIKE lowerUTF8({binder.bind(escaped, 'String')})"


def _matches(node: Any, binder: Binder) -> str:
    if node.column in ("text", "request", "response"):
        return matches_text(node.column, node.regex, binder)
    return f"match({quoted(node.column)}, {binder.bind(node.regex, 'String')})"


def _known(node: Any, binder: Binder) -> str:
    type_ = BY_NAME[node.column].type
    if type_.startswith("Nullable"):
        return f"isNotNull({quoted(node.column)})"
    return f"notEmpty({quoted(node.column)})" if "String" in type_ else "1"


def _between(node: Any, binder: Binder) -> str:
    is_time = BY_NAME[node.column].type.startswith("DateTime64")

    def bound(value: float) -> str:
        return binder.moment(int(value)) if is_time else binder.bind(float(value), "Float64")

    test = _within(asked(node.column), node, bound)
    return _nulls_fail(node.column, test) if test else "1"


def _within(value: str, node: Any, bound: Callable[[float], str]) -> str:
    parts = []
    if node.low is not None:
        parts.append(f"{value} >= {bound(node.low)}")
    if node.high is not None:
        parts.append(f"{value} {'<=' if node.closed else '<'} {bound(node.high)}")
    return " AND ".join(parts)


def _metadata_is(node: Any, binder: Binder) -> str:
    return metadata_equals(node.key, node.value, binder)


_NUMBER = "'^-?[0-9]{1,30}([.][0-9]{1,30})?([eE][+-]?[0-9]{1,2})?$'"  # of values that are numbers, not words such as inf


def _of_metadata(node: Any, binder: Binder) -> str:
    value, test = metadata_value(node.key, binder), node.test
    match type(test).__name__:
        case "OneOf":
            return f"{value} IN {binder.bind(list(test.values), 'Array(String)')}"
        case "Glob":
            return _like(f"lowerUTF8({value})", test, binder)
        case "Matches":
            return f"match({value}, {binder.bind(test.regex, 'String')})"
        case "Between":
            number = f"toFloat64OrZero({value})"
            within = _within(number, test, lambda each: binder.bind(float(each), "Float64"))
            return f"match({value}, {_NUMBER}) AND {within or '1'}"
    assert type(test).__name__ == "Known"
    return f"notEmpty({value})"


_CONDITIONS = {
    "AllOf": _all_of,
    "AnyOf": _any_of,
    "Not": _not,
    "OneOf": _one_of,
    "Glob": _glob,
    "Between": _between,
    "Matches": _matches,
    "Known": _known,
    "Holds": _holds,
    "OfMetadata": _of_metadata,
    "MetadataIs": _metadata_is,
    "Words": words,
    "Rated": rated,
}

