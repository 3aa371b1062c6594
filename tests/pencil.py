"""Filters by brute force: what a tree of `query.nodes` selects of rows, column by column, as a person with a pencil would.

Regular expressions are left to RE2, as Arrow has it; everything else is said again here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pyarrow
import pyarrow.compute

from portlog.query.nodes import (
    AllOf,
    AnyOf,
    Between,
    Filter,
    Glob,
    Holds,
    Known,
    Matches,
    MetadataIs,
    Not,
    OfMetadata,
    OneOf,
    Rated,
    Words,
)
from portlog.schema.columns import BY_NAME, Row
from portlog.schema.ids import to_text
from portlog.schema.texts import PART_SEPARATOR, SEPARATOR
from portlog.schema.words import tokens

Ratings = Mapping[str, float]  # average weighted feedback by trace


def matches(node: Filter, row: Row, ratings: Ratings) -> bool:
    """Whether the filter selects the row."""
    match node:
        case AllOf(parts):
            return all(matches(part, row, ratings) for part in parts)
        case AnyOf(parts):
            return any(matches(part, row, ratings) for part in parts)
        case Not(part):
            return not matches(part, row, ratings)
        case Rated(low, high):
            return row.log.trace_id in ratings and _within(ratings[row.log.trace_id], low, high, closed=True)
        case Words():
            return _holds(_part(row, node.part), node)
        case MetadataIs(key, value):
            return row.log.metadata_index.get(key) == value
        case OfMetadata(key, test):
            return _passes(test, row.log.metadata_index.get(key, ""))
        case Holds(column, pattern, literal):
            return any(_alike(member, pattern, literal) for member in cell(row, column))
        case Matches("request" | "response" as half):
            return _found(node.regex, _part(row, half))
        case Known(column):
            value = BY_NAME[column].source(row)  # the status as sent, where the others see the one that is shown
            return value not in (None, "", b"", [], {})
        case _:
            return _passes(node, cell(row, node.column))


def cell(row: Row, column: str) -> Any:
    """A value as filters see it: text, number, list, or None."""
    value = BY_NAME[column].source(row)
    if column == "id":
        return to_text(value)
    if column == "status" and value is None:
        return {"success": 200, "error": 500}.get(row.derived.outcome)
    if isinstance(value, bytes):
        return value.decode()
    return int(value) if isinstance(value, bool) else value


def _passes(test: OneOf | Glob | Matches | Between | Known, value: Any) -> bool:
    match test:
        case OneOf(_, values):
            return value in values
        case Glob(_, pattern, literal):
            return _alike(value, pattern, literal)
        case Matches(_, regex):
            return _found(regex, value)
        case Known():
            return value != ""
        case Between(_, low, high, closed):
            if isinstance(value, str):
                value = float(value) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", value, re.ASCII) else None
            return value is not None and _within(value, low, high, closed)


def _within(value: float, low: float | None, high: float | None, closed: bool) -> bool:
    return (low is None or value >= low) and (high is None or value < high or (closed and value == high))


def _alike(value: str, pattern: str, literal: bool) -> bool:
    pieces = [pattern] if literal else pattern.split("*")
    return re.fullmatch(".*".join(re.escape(piece.lower()) for piece in pieces), value.lower(), re.DOTALL) is not None


def _found(regex: str, value: str) -> bool:
    return bool(pyarrow.compute.match_substring_regex(pyarrow.array([value]), f"(?s){regex}")[0].as_py())


def _part(row: Row, part: str) -> str:
    request, _, response = row.text.partition(PART_SEPARATOR)
    error = f"{row.derived.error_message}{SEPARATOR}{row.derived.error_type}"
    return {"any": row.text, "request": request, "response": response, "error": error}[part]


def _holds(text: str, node: Words) -> bool:
    """Its tokens in a row, of which the last may go on; without any, as it is written."""
    wanted, found = tokens(node.text), tokens(text)
    if not wanted:
        return node.text in text
    rows = (found[at : at + len(wanted)] for at in range(len(found)))
    return any(
        each == wanted or (node.prefix and each[:-1] == wanted[:-1] and each[-1].startswith(wanted[-1])) for each in rows
    )
