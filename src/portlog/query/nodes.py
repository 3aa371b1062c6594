"""Questions as data: a tree of frozen filters.

`store.sql` turns the tree into SQL; nothing else does. Query parameters (`query.filters`) and the query language
(`query.meaning`) are read into it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part matches; with none it matches everything."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part matches; with none it matches nothing."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not match."""

    part: Filter


@dataclass(frozen=True, slots=True)
class OneOf:
    """Column equals one of the values; ids are UUIDs as text."""

    column: str
    values: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Glob:
    """Text column matches `pattern`: `*` is any run of characters, unless `literal`; case does not count."""

    column: str
    pattern: str
    literal: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    """low <= column < high, or <= high when `closed`; None leaves a side open. A null matches no range."""

    column: str
    low: float | int | None
    high: float | int | None
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Matches:
    """Text column matches the regular expression somewhere (RE2's syntax; `(?i)` for any case, `.` is any character).

    "request" and "response" are no columns but the halves of `text`.
    """

    column: str
    regex: str


@dataclass(frozen=True, slots=True)
class Known:
    """Column has a value: no null, not empty."""

    column: str


@dataclass(frozen=True, slots=True)
class Holds:
    """Array column has a member that matches `pattern`, as `Glob` does."""

    column: str
    pattern: str
    literal: bool = False


@dataclass(frozen=True, slots=True)
class MetadataIs:
    """The metadata's index has this key with this text."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class OfMetadata:
    """The value under `key` in the metadata's index passes `test`, whose column is "metadata".

    `Between` compares numbers: a value that is no number passes no range.
    """

    key: str
    test: OneOf | Glob | Matches | Between | Known


@dataclass(frozen=True, slots=True)
class Words:
    """A word, or several next to each other and in this order, in one text of `part`.

    Case, accents and the form of Unicode do not count (`schema.words`). With `prefix` the last word may go on.
    """

    text: str
    part: str = "any"  # "request", "response", "error"; "any" is request or response
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Rated:
    """The weighted feedback on the log's trace is in the range; with both sides open: there is feedback."""

    low: float | None
    high: float | None


Filter = (
    AllOf | AnyOf | Not | OneOf | Glob | Between | Matches | Known | Holds | MetadataIs | OfMetadata | Words | Rated
)

EVERYTHING = AllOf(())

Place = tuple[str, str, str]  # what a filter reads: column, key of the metadata, part of the text


def places(node: Filter) -> set[Place]:
    """Every place that a filter tree reads; feedback is none."""
    match node:
        case AllOf(parts) | AnyOf(parts):
            return set().union(*map(places, parts))
        case Not(part):
            return places(part)
        case MetadataIs(key) | OfMetadata(key):
            return {("metadata", key, "")}
        case Words(_, part):
            return {("text", "", part)}
        case Rated():
            return set()
        case _:
            return {(node.column, "", "")}
