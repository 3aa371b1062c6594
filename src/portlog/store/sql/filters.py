"""The filter tree of `query.filters` as a boolean expression; told apart by class name, so that the store need not import the
room after it."""

from __future__ import annotations

import re
from typing import Any

from portlog.schema.columns import BY_NAME
from portlog.store.sql.live import rated
from portlog.store.sql.parts import Binder, metadata_equals, quoted
from portlog.store.sql.text import words


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
    numeric = type_.removeprefix("Nullable(").startswith(("Int", "UInt"))
    test = f"{asked(node.column)} IN {binder.bind(list(node.values), 'Array(Int64)' if numeric else 'Array(String)')}"
    return f"ifNull({test}, 0)" if type_.startswith("Nullable") else test  # what a null does not match, its Not does


def _glob(node: Any, binder: Binder) -> str:
    column = f"lowerUTF8({quoted(node.column)})"
    if "*" not in node.pattern:
        return f"{column} = lowerUTF8({binder.bind(node.pattern, 'String')})"
    escaped = re.sub(r"([\\%_])", r"\\\1", node.pattern).replace("*", "%")
    return f"{column} LIKE lowerUTF8({binder.bind(escaped, 'String')})"


def _between(node: Any, binder: Binder) -> str:
    column = asked(node.column)

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
    return metadata_equals(node.key, node.value, binder)


_CONDITIONS = {
    "AllOf": _all_of,
    "AnyOf": _any_of,
    "Not": _not,
    "OneOf": _one_of,
    "Glob": _glob,
    "Between": _between,
    "MetadataIs": _metadata_is,
    "Words": words,
    "Rated": rated,
}

