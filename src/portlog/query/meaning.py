"""What a query means: its syntax tree in terms of columns, as the filter tree that `store.sql` knows.

One reader for each type of FIELDS; `is:` and `has:` are tables of their own. docs/reference/query-language.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from portlog.query.language.fields import BY_NAME_OR_ALIAS, CACHE_WORDS, Field
from portlog.query.language.literals import amount, backwards
from portlog.query.language.syntax import (
    Conjunction,
    Disjunction,
    Group,
    Mistake,
    Negation,
    Node,
    Query,
    Term,
    Text,
    Value,
)
from portlog.query.language.times import DAY_MS, When, span_ms
from portlog.query.nodes import (
    EVERYTHING,
    AllOf,
    AnyOf,
    Between,
    Filter,
    Glob,
    Holds,
    Known,
    Matches,
    Not,
    OfMetadata,
    OneOf,
    Place,
    Rated,
    Words,
)
from portlog.schema.ids import from_text, to_text
from portlog.schema.log import CALL_KINDS
from portlog.schema.values import METADATA_INDEX_CHARS_MAX

Meaning = Callable[[Field, Term, When], Filter]

_STATUS_CLASS = 100


def filter_of(query: Query, when: When, *, leave_out: Place | None = None) -> Filter:
    """The filter that a query means.

    leave_out  a place whose own filters at the top level are passed over
    raises     Mistake where only the time of asking shows it
    """
    if query.tree is None:
        return EVERYTHING
    top = query.tree.parts if isinstance(query.tree, Conjunction) else (query.tree,)
    kept = [part for part in top if leave_out is None or not _is_of(part, leave_out)]
    return _meaning(kept[0], when) if len(kept) == 1 else AllOf(tuple(_meaning(part, when) for part in kept))


def place_of(name: str) -> Place | None:
    """What a field's name, or `metadata.key`, filters; None if there is no such field."""
    if name.startswith("metadata.") and len(name) > len("metadata."):
        return "metadata", name.removeprefix("metadata."), ""
    field = BY_NAME_OR_ALIAS.get(name)
    return None if field is None else (field.column, field.key, field.part)


def _is_of(node: Node, place: Place) -> bool:
    if isinstance(node, Negation):
        node = node.part
    if not isinstance(node, Term):
        return False
    return place_of(node.field if node.key is None else f"metadata.{node.key}") == place


def _meaning(node: Node, when: When) -> Filter:
    match node:
        case Text(text, quoted):
            return _words(text, quoted, "any")
        case Term():
            field = BY_NAME_OR_ALIAS[node.field]
            return _MEANINGS[field.type](field, node, when)
        case Negation(part):
            return Not(_meaning(part, when))
        case Conjunction(parts):
            return AllOf(tuple(_meaning(part, when) for part in parts))
        case Disjunction(parts):
            return AnyOf(tuple(_meaning(part, when) for part in parts))
        case Group(part):
            return _meaning(part, when)


def _any(parts: list[Filter]) -> Filter:
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


def _values(term: Term) -> list[Value]:
    return [value for value in term.values if value is not None]


# -- names and texts -----------------------------------------------------------------------------------------------


def _words(text: str, quoted: bool, part: str) -> Words:
    prefix = not quoted and text.endswith("*")
    return Words(text.removesuffix("*") if prefix else text, part, prefix)


def _text(field: Field, term: Term, when: When) -> Filter:
    key = field.key or (term.key or "")
    if not key:
        return _any([_text_test(field.column, term.op, value) for value in _values(term)] or [Known(field.column)])
    tests = [_text_test("metadata", term.op, _cut(term.op, value)) for value in _values(term)] or [Known("metadata")]
    return _any([OfMetadata(key, test) for test in tests])


def _cut(op: str, value: Value) -> Value:
    """The index of metadata holds the beginning of long values."""
    cut = value.text[:METADATA_INDEX_CHARS_MAX]
    return value if op == "~" or _is_glob(value) else Value(cut, value.quoted, value.start, value.end)


def _is_glob(value: Value) -> bool:
    return "*" in value.text and not value.quoted


def _text_test(column: str, op: str, value: Value) -> OneOf | Glob | Matches | Known:
    if op == "~":
        return Matches(column, value.text)
    if op == "=":
        return OneOf(column, (value.text,))
    if _is_glob(value) and not value.text.strip("*"):
        return Known(column)
    return Glob(column, value.text, literal="*" in value.text and value.quoted)


def _exact(field: Field, term: Term, when: When) -> Filter:
    if term.op in (":", "="):
        return OneOf(field.column, tuple(value.text for value in _values(term)))
    return _text(field, term, when)


def _choice(field: Field, term: Term, when: When) -> Filter:
    if term.op != ":":
        return _text(field, term, when)
    return _any([_chosen(field.column, value) for value in _values(term)])


def _chosen(column: str, value: Value) -> Filter:
    if value.quoted or _is_glob(value):
        return _text_test(column, ":", value)
    if column == "cache_status":
        return _any([Glob(column, word) for word in CACHE_WORDS[value.text.lower()]])
    return OneOf(column, (value.text.lower(),))


def _list(field: Field, term: Term, when: When) -> Filter:
    return _any([_member(field.column, value) for value in _values(term)] or [Known(field.column)])


def _member(column: str, value: Value) -> Filter:
    if _is_glob(value) and not value.text.strip("*"):
        return Known(column)
    return Holds(column, value.text, literal="*" in value.text and value.quoted)


def _metadata(field: Field, term: Term, when: When) -> Filter:
    if term.key is None:
        return Known("metadata")
    if term.op in (":", "=", "*", "~"):
        return _text(field, term, when)
    return OfMetadata(term.key, _range("metadata", term.op, _amounts(field, term)))


def _id(field: Field, term: Term, when: When) -> Filter:
    ids = [from_text(value.text) for value in _values(term)]
    return OneOf("id", tuple(to_text(log_id) for log_id in ids if log_id is not None))


_HALVES = {"request": ("request", "request_body"), "response": ("response", "response_body"),
           "error": ("error_message", "error_message"), "any": ("text", "text")}  # fmt: skip


def _full_text(field: Field, term: Term, when: When) -> Filter:
    matched, known = _HALVES[field.part]
    if term.op == "~":
        return Matches(matched, _values(term)[0].text)
    return _any([_words(value.text, value.quoted, field.part) for value in _values(term)] or [Known(known)])


def _boolean(field: Field, term: Term, when: When) -> Filter:
    if term.op == "*":
        return Known(field.column)
    return OneOf(field.column, tuple(int(value.text.lower() == "true") for value in _values(term)))


# -- figures ---------------------------------------------------------------------------------------------------------


def _amounts(field: Field, term: Term) -> list[float | None]:
    return [None if value is None else amount(field, value) for value in term.values]


def _figure(field: Field, term: Term, when: When) -> Filter:
    if term.op == "*":
        return Known(field.column)
    amounts = _amounts(field, term)
    if term.op == ":":
        return _any([Between(field.column, each, each) for each in amounts])
    return _range(field.column, term.op, amounts)


def _range(column: str, op: str, amounts: list[float | None]) -> Between:
    low, high, closed = _bounds(op, amounts)
    return Between(column, low, high, closed)


def _bounds(op: str, amounts: list[float | None]) -> tuple[float | None, float | None, bool]:
    """low, high, and whether high is included."""
    if op == "..":
        return amounts[0], amounts[1], True
    (value,) = amounts
    assert value is not None
    if op == ">":  # there is no float between a number and the next one
        return math.nextafter(value, math.inf), None, True
    return (value if op in (">=", "=") else None), (value if op != ">=" else None), op != "<"


def _status(field: Field, term: Term, when: When) -> Filter:
    if field.name == "http_status":
        return AllOf((Known("status"), _status_test(term, when)))
    return _status_test(term, when)


def _status_test(term: Term, when: When) -> Filter:
    if term.op == "*":  # a log without one is shown one, unless it is pending
        return AnyOf((Known("status"), OneOf("outcome", ("success", "error"))))
    if term.op not in (":", "="):
        return _figure(BY_NAME_OR_ALIAS["status"], term, when)
    codes = [int(value.text) for value in _values(term) if not value.text.lower().endswith("xx")]
    classes = [int(value.text[0]) * _STATUS_CLASS for value in _values(term) if value.text.lower().endswith("xx")]
    parts: list[Filter] = [Between("status", each, each + _STATUS_CLASS, closed=False) for each in classes]
    return _any([*parts, *([OneOf("status", tuple(codes))] if codes else [])])


def _rating(field: Field, term: Term, when: When) -> Filter:
    if term.op == "*":
        return Rated(None, None)
    amounts = _amounts(field, term)
    if term.op == ":":
        return _any([Rated(each, each) for each in amounts])
    low, high, closed = _bounds(term.op, amounts)
    return Rated(low, high if closed or high is None else math.nextafter(high, -math.inf))


# -- times -----------------------------------------------------------------------------------------------------------


def _time(field: Field, term: Term, when: When) -> Filter:
    spans = [None if value is None else _span(value, when) for value in term.values]
    if term.op == ":":
        return _any([Between(field.column, *span, closed=False) for span in spans if span])
    if term.op == "..":
        return _time_range(field.column, term, spans)
    (span,) = spans
    assert span is not None
    first, behind = span[0], _behind(span)
    low, high = {">=": (first, None), ">": (behind, None), "<": (None, first), "<=": (None, behind)}[term.op]
    return Between(field.column, low, high, closed=False)


def _time_range(column: str, term: Term, spans: list[tuple[int, int] | None]) -> Between:
    low, high = spans
    if low is not None and high is not None and high[0] < low[0]:
        raise backwards(term)
    return Between(column, low[0] if low else None, until(high) if high else None, closed=False)


def until(span: tuple[int, int]) -> int:
    """The end of a range that is named by `span`, excluded: a day ends when it is over, a time of day at once."""
    return span[1] if span[1] - span[0] == DAY_MS else span[0]


def _behind(span: tuple[int, int]) -> int:
    return span[1] if span[1] - span[0] == DAY_MS else span[0] + 1


def _span(value: Value, when: When) -> tuple[int, int]:
    span = span_ms(value.text, when)
    assert span is not None, "the parser takes no other times"
    return span


# -- what a log is and has -------------------------------------------------------------------------------------------

# Contract 11.5: `config` is the only target of a config, `config.targets[1]` the second of several.
_TARGET, _OTHER_TARGET = Glob("option_path", "*targets[*"), Matches("option_path", r"targets\[[1-9]")
# The strategy is known where the config itself was sent, not its id; in headers it is JSON text within JSON.
_LOADBALANCE = r'mode\\?"\s*:\s*\\?"loadbalance'
_BALANCING = AnyOf((Matches("config", _LOADBALANCE), Matches("request_headers", _LOADBALANCE)))
_BATCH_URL = r"(?i)/(batches|batchpredictionjobs|model-invocation-jobs?)(/|\?|$)|:batchgeneratecontent"

FLAGS: dict[str, Filter] = {
    "error": OneOf("outcome", ("error",)),
    "ok": OneOf("outcome", ("success",)),
    "stream": OneOf("stream", (1,)),
    "retried": AnyOf((Between("retry_count", 1, None), OneOf("retry_count", (-1,)))),
    "fallback": AllOf((_OTHER_TARGET, Not(_BALANCING))),
    "loadbalanced": AllOf((_TARGET, _BALANCING)),
    "untracked": OneOf("tracked", (0,)),
    "warned": Known("warnings"),
    "batch": AnyOf((Matches("request_url", _BATCH_URL), Glob("model", "*-batch"))),
    "root": Not(Known("parent_span_id")),
}

HAS: dict[str, Filter] = {
    "feedback": Rated(None, None),
    "tools": AnyOf((Holds("has", "tools"), Holds("has", "tool_calls"), Known("tools"))),
    "reasoning": AnyOf((Holds("has", "reasoning"), Between("reasoning_tokens", 1, None))),
    "trace": AnyOf((Known("parent_span_id"), Not(OneOf("kind", tuple(sorted(CALL_KINDS)))))),
    "error": AnyOf((Known("error_message"), Known("error_type"))),
}


def _flag(field: Field, term: Term, when: When) -> Filter:
    return _any([FLAGS[value.text.lower()] for value in _values(term)])


def _part(field: Field, term: Term, when: When) -> Filter:
    return _any([_has(value.text, when) for value in _values(term)])


def _has(text: str, when: When) -> Filter:
    """A part of HAS, what the messages hold, or any value of a field."""
    if text.startswith("metadata."):
        return OfMetadata(text.removeprefix("metadata."), Known("metadata"))
    name = text.lower()
    if name in HAS:
        return HAS[name]
    field = BY_NAME_OR_ALIAS.get(name)
    if field is None:
        return Holds("has", name)
    return _known(field, when)


def _known(field: Field, when: When) -> Filter:
    if field.type in ("id", "time"):
        return EVERYTHING
    if field.type in ("flag", "part", "order"):
        return Known("has") if field.type == "part" else EVERYTHING
    return _MEANINGS[field.type](field, Term(field.name, None, "*", (), 0, 0, 0), when)


def _order(field: Field, term: Term, when: When) -> Filter:
    raise Mistake("`sort` is no filter.", term.start, term.end)  # the parser keeps it aside


_MEANINGS: dict[str, Meaning] = {
    "text": _text,
    "exact": _exact,
    "choice": _choice,
    "list": _list,
    "metadata": _metadata,
    "words": _full_text,
    "id": _id,
    "number": _figure,
    "count": _figure,
    "money": _figure,
    "duration": _figure,
    "status": _status,
    "rating": _rating,
    "time": _time,
    "boolean": _boolean,
    "flag": _flag,
    "part": _part,
    "order": _order,
}
