"""The syntax tree of a query: what was typed, with places, before any of it means a column. And its canonical text.

Places are offsets in Unicode code points, [start, end). docs/reference/query-language.md draws the JSON form, which the
dashboard's own parser produces as well; tests/fixtures/query-language.json holds the two together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

# ECMAScript's white space, so that both parsers part words at the same places.
SPACE = "\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"


class Mistake(ValueError):
    """A query that cannot be read: a sentence, where, and what was perhaps meant."""

    def __init__(self, message: str, start: int, end: int, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.message, self.start, self.end, self.suggestion = message, start, end, suggestion


@dataclass(frozen=True, slots=True)
class Value:
    """One literal; of a quoted one `text` is what stands between the quotes, escapes read."""

    text: str
    quoted: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Text:
    """A bare word (perhaps with `*` at its end) or a phrase."""

    text: str
    quoted: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Term:
    """`field:…`. `op` is one of OPERATORS; `values` are one or more of ":", one of a comparison and of "~", low and high of
    ".." (one of them may be None), none of "*"."""

    field: str  # a name of FIELDS, never an alias
    key: str | None  # of `metadata.key`
    op: str
    values: tuple[Value | None, ...]
    start: int
    end: int
    name_end: int  # where the field's name ends


@dataclass(frozen=True, slots=True)
class Negation:
    """`-part`, or `NOT part`."""

    part: Node
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Conjunction:
    """Two parts or more beside each other."""

    parts: tuple[Node, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Disjunction:
    """Two parts or more with `OR` between."""

    parts: tuple[Node, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Group:
    """A part in parentheses."""

    part: Node
    start: int
    end: int


Node = Text | Term | Negation | Conjunction | Disjunction | Group


@dataclass(frozen=True, slots=True)
class Sort:
    """The last `sort:` of a query."""

    by: str  # time, cost, latency, tokens
    descending: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Query:
    """What a query says; without a tree it matches everything."""

    tree: Node | None
    sort: Sort | None


# -- as text -----------------------------------------------------------------------------------------------------

_PLAIN_KEY = re.compile(rf'[^{SPACE}()":~]+')


def to_text(query: Query) -> str:
    """The canonical text: one space between parts, `-` for NOT, names for aliases. Parsed again it is the same query."""
    parts = [_node_text(query.tree)] if query.tree is not None else []
    if query.sort is not None:
        parts.append(f"sort:{'' if query.sort.descending else '+'}{query.sort.by}")
    return " ".join(parts)


def _node_text(node: Node) -> str:
    match node:
        case Text(text, quoted):
            return quote(text) if quoted else text
        case Term():
            return _term_text(node)
        case Negation(part):
            return f"-{_node_text(part)}"
        case Conjunction(parts):
            return " ".join(map(_node_text, parts))
        case Disjunction(parts):
            return " OR ".join(map(_node_text, parts))
        case Group(part):
            return f"({_node_text(part)})"


def _term_text(term: Term) -> str:
    name = term.field
    if term.key is not None:
        name += f".{term.key if _PLAIN_KEY.fullmatch(term.key) else quote(term.key)}"
    texts = [_value_text(value) for value in term.values]
    if term.op == "~":
        assert term.values[0] is not None
        return f"{name}~/{_slashes_escaped(term.values[0].text)}/"
    if term.op == "*":
        return f"{name}:*"
    if term.op == "..":
        return f"{name}:{'..'.join(texts)}"
    return f"{name}:{'' if term.op == ':' else term.op}{','.join(texts)}"


def _value_text(value: Value | None) -> str:
    if value is None:
        return ""
    return quote(value.text) if value.quoted else value.text


def quote(text: str) -> str:
    """`text` as a phrase."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _slashes_escaped(regex: str) -> str:
    return re.sub(r"(?s)(\\.)|/", lambda match: match[1] or r"\/", regex)


# -- as JSON -----------------------------------------------------------------------------------------------------


def node_json(node: Node) -> dict[str, Any]:
    """The node as `GET /v1/logs/parse` shows it and the fixture holds it."""
    return _body_json(node) | {"start": node.start, "end": node.end}


def _body_json(node: Node) -> dict[str, Any]:
    match node:
        case Text(text, quoted):
            return {"kind": "text", "text": text, "quoted": quoted}
        case Term():
            key = {} if node.key is None else {"key": node.key}
            values = [value and _value_json(value) for value in node.values]
            return {"kind": "filter", "field": node.field, **key, "op": node.op, "values": values, "name_end": node.name_end}
        case Negation(part):
            return {"kind": "not", "part": node_json(part)}
        case Group(part):
            return {"kind": "group", "part": node_json(part)}
        case Conjunction(parts):
            return {"kind": "and", "parts": [node_json(part) for part in parts]}
        case Disjunction(parts):
            return {"kind": "or", "parts": [node_json(part) for part in parts]}


def _value_json(value: Value) -> dict[str, Any]:
    return {"text": value.text, "quoted": value.quoted, "start": value.start, "end": value.end}


def to_json(query: Query) -> dict[str, Any]:
    """`{"tree": node | null, "sort": {"by", "descending", "start", "end"} | null}`."""
    sort = query.sort
    return {
        "tree": None if query.tree is None else node_json(query.tree),
        "sort": sort and {"by": sort.by, "descending": sort.descending, "start": sort.start, "end": sort.end},
    }
