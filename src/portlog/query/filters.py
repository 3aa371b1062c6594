"""Portkey's query parameters and our `q`, read into a filter (`query.nodes`), a page, an order.

Contract 9.2 (filters), 6.2 (lists).
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from portlog.errors import PortlogError, Span
from portlog.query import meaning
from portlog.query.language import Mistake, Query, parse
from portlog.query.language.syntax import Sort
from portlog.query.language.times import When, span_ms
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
    MetadataIs,
    Not,
    OfMetadata,
    OneOf,
    Place,
    Rated,
    Words,
    places,
)
from portlog.query.parameters import read_choice, read_offset, read_whole, refuse
from portlog.schema import jsons
from portlog.schema.values import METADATA_INDEX_CHARS_MAX, as_text

__all__ = [
    "EVERYTHING", "AllOf", "AnyOf", "Between", "Cursor", "Filter", "Glob", "Holds", "Known", "ListQuestion", "Matches",
    "MetadataIs", "Not", "OfMetadata", "OneOf", "Rated", "Words", "decode_cursor", "encode_cursor", "mistaken", "read_filter",
    "read_list", "read_offset", "read_query", "read_sort", "read_times", "read_whole", "refuse",
]  # fmt: skip

_MS_MAX = 2**43  # the year 2248; the engine's times end in 2299


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended: the next one starts behind this log."""

    value: float | int | None  # of the sort column
    id: bytes


@dataclass(frozen=True, slots=True)
class ListQuestion:
    """One page of logs: which, in what order, from where on."""

    workspace: str
    where: Filter
    order_by: str  # a column
    descending: bool
    limit: int
    offset: int
    after: Cursor | None
    include_total: bool


# -- reading parameters ----------------------------------------------------------------------------------------

PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX = 50, 1000
OFFSET_MAX = 100_000  # pages further in are walked with the cursor, which costs the same at any depth
_ORDER = {
    "created_at": "created_at",
    "cost": "cost_usd",
    "response_time": "response_ms",
    "total_units": "total_tokens",
}


Read = Callable[[str, str, When], Filter]  # (name, text, when) -> Filter; raises PortlogError bad-filter


@dataclass(frozen=True)
class Parameter:
    """A query parameter that filters."""

    name: str
    meaning: str
    read: Read


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _texts(column: str) -> Read:
    """A comma list of exact values."""

    def read(name: str, text: str, when: When) -> Filter:
        return OneOf(column, tuple(_items(text)))

    return read


def _globs(column: str) -> Read:
    """A comma list of values, without case, `*` for any run of characters."""

    def read(name: str, text: str, when: When) -> Filter:
        return AnyOf(tuple(Glob(column, item) for item in _items(text)))

    return read


def _statuses(name: str, text: str, when: When) -> Filter:
    parts: list[Filter] = []
    codes: list[int] = []
    for item in _items(text):
        if re.fullmatch(r"[1-5][xX]{2}", item):
            parts.append(Between("status", int(item[0]) * 100, int(item[0]) * 100 + 100, closed=False))
        elif re.fullmatch(r"-?\d{1,9}", item):
            codes.append(int(item))
        else:
            raise refuse(name, f"takes codes such as 429 and classes such as 5xx, not {item!r}")
    return AnyOf((*parts, *((OneOf("status", tuple(codes)),) if codes else ())))


def _number(name: str, text: str, *, minimum: float | None = 0) -> float:
    try:
        value = float(text)
    except ValueError:
        raise refuse(name, f"must be a number, not {text!r}") from None
    if value != value or value in (float("inf"), float("-inf")) or (minimum is not None and value < minimum):
        raise refuse(name, f"must be a number{'' if minimum is None else f' of at least {minimum:g}'}, not {text!r}")
    return value


def _low(column: str, units: float = 1) -> Read:
    return lambda name, text, when: Between(column, _number(name, text) / units, None)


def _high(column: str, units: float = 1) -> Read:
    return lambda name, text, when: Between(column, None, _number(name, text) / units)


def _rated_from(name: str, text: str, when: When) -> Filter:
    return Rated(_number(name, text, minimum=None), None)


def _rated_to(name: str, text: str, when: When) -> Filter:
    return Rated(None, _number(name, text, minimum=None))


def _span(name: str, text: str, when: When) -> tuple[int, int]:
    span = span_ms(text, when)
    if span is None:
        raise refuse(name, f"must be a time such as 2026-11-20T18:00:00Z, 2026-11-20 or -24h, not {text!r}")
    return span


def _since(name: str, text: str, when: When) -> Filter:
    return Between("created_at", _span(name, text, when)[0], None)


def _until(name: str, text: str, when: When) -> Filter:
    return Between("created_at", None, meaning.until(_span(name, text, when)), closed=False)


def _provider_models(name: str, text: str, when: When) -> Filter:
    """`openai__gpt-4o,anthropic__claude-2.1`: the first double underscore splits (contract 9.2)."""
    parts: list[Filter] = []
    for item in _items(text):
        provider, found, model = item.partition("__")
        if not found:
            raise refuse(name, f"takes provider__model, not {item!r}")
        parts.append(AllOf((Glob("provider", provider), Glob("model", model))))
    return AnyOf(tuple(parts))


def _metadata(name: str, text: str, when: When) -> Filter:
    try:
        pairs = jsons.decode(text.encode())
    except PortlogError:
        pairs = None
    if not isinstance(pairs, dict):
        raise refuse(name, 'must be a JSON object as text, such as {"_user":"alice"}')
    return AllOf(tuple(MetadataIs(k, as_text(v)[:METADATA_INDEX_CHARS_MAX]) for k, v in pairs.items()))


def _query(name: str, text: str, when: When, leave_out: Place | None = None) -> Filter:
    try:
        return meaning.filter_of(parse(text), when, leave_out=leave_out)
    except Mistake as mistake:
        raise mistaken(name, mistake) from None


def mistaken(name: str, mistake: Mistake) -> PortlogError:
    """The refusal of a query, with its place."""
    span = Span(mistake.start, mistake.end, mistake.suggestion)
    return PortlogError("bad-filter", f"{name}: {mistake.message}", path=name, problems=((name, mistake.message),), span=span)


PARAMETERS: tuple[Parameter, ...] = (
    Parameter("q", "The query language: words, \"phrases\", `field:value`.", _query),
    Parameter("time_of_generation_min", "Not before this time.", _since),
    Parameter("time_of_generation_max", "Before this time; a date means the end of that day.", _until),
    Parameter("from", "The same as `time_of_generation_min`.", _since),
    Parameter("to", "The same as `time_of_generation_max`.", _until),
    Parameter("status_code", "Codes and classes: `429,5xx`.", _statuses),
    Parameter("ai_model", "Models; `*` is any run of characters, case does not count.", _globs("model")),
    Parameter("provider", "Providers, in the same form.", _globs("provider")),
    Parameter("ai_org_model", "Pairs `provider__model`.", _provider_models),
    Parameter("user", "Users, exact.", _texts("user")),
    Parameter("session", "Sessions, exact.", _texts("session")),
    Parameter("kind", "Kinds of span: `llm,embedding`.", _texts("kind")),
    Parameter("outcome", "`success`, `error` or `pending`.", _texts("outcome")),
    Parameter("trace_id", "Trace ids, exact.", _texts("trace_id")),
    Parameter("span_id", "Span ids, exact.", _texts("span_id")),
    Parameter("metadata", "JSON object as text; all pairs must match.", _metadata),
    Parameter("cost_min", "Cost in cents, at least.", _low("cost_usd", 100)),
    Parameter("cost_max", "Cost in cents, at most.", _high("cost_usd", 100)),
    Parameter("total_units_min", "Tokens in all, at least.", _low("total_tokens")),
    Parameter("total_units_max", "Tokens in all, at most.", _high("total_tokens")),
    Parameter("prompt_token_min", "Input tokens, at least.", _low("input_tokens")),
    Parameter("prompt_token_max", "Input tokens, at most.", _high("input_tokens")),
    Parameter("completion_token_min", "Output tokens, at least.", _low("output_tokens")),
    Parameter("completion_token_max", "Output tokens, at most.", _high("output_tokens")),
    Parameter("response_time_min", "Latency in ms, at least.", _low("response_ms")),
    Parameter("response_time_max", "Latency in ms, at most.", _high("response_ms")),
    Parameter("weighted_feedback_min", "Average weighted feedback on the log's trace, at least.", _rated_from),
    Parameter("weighted_feedback_max", "The same, at most.", _rated_to),
    Parameter("virtual_keys", "Virtual keys, exact.", _texts("virtual_key")),
    Parameter("configs", "Configs, exact.", _texts("config")),
    Parameter("api_key_ids", "Ids of the keys that posted, exact.", _texts("api_key_id")),
    Parameter("prompt_slug", "Prompts, exact.", _texts("prompt_slug")),
    Parameter("cache_status", "Cache statuses, without case.", _globs("cache_status")),
    Parameter("workspace_slug", "Workspace; that of the key when left out.", _texts("workspace")),
)  # fmt: skip

_BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}

PAGE_PARAMETERS = (
    "page_size", "current_page", "cursor", "order_by", "order_by_type", "include_total", "utc_offset_minutes",
)  # fmt: skip


def read_filter(parameters: Mapping[str, str], *, now_ms: int, leave_out: str = "") -> Filter:
    """The filter that query parameters name; empty values and unknown names are passed over (contract 9.2).

    now_ms     what relative times are counted from
    leave_out  a field of the query language, or `metadata.key`: filters on it are passed over, those of `q` at its top level
    raises     PortlogError bad-filter naming the parameter, and for `q` the place in it
    """
    when = When(now_ms, read_offset(parameters))
    place = meaning.place_of(leave_out) if leave_out else None
    parts = [_read(name, text, when, place) for name, text in parameters.items() if name in _BY_NAME and text.strip()]
    return AllOf(tuple(part for part in parts if part is not None))


def _read(name: str, text: str, when: When, leave_out: Place | None) -> Filter | None:
    if name == "q":
        return _query(name, text, when, leave_out)
    found = _BY_NAME[name].read(name, text, when)
    return found if leave_out is None else _without(found, leave_out)


def _without(found: Filter, place: Place) -> Filter | None:
    """The filter of a parameter without what it asks of one place."""
    if isinstance(found, AllOf):
        return AllOf(tuple(part for part in found.parts if places(part) != {place}))
    return None if places(found) == {place} else found


def read_query(parameters: Mapping[str, str]) -> Query:
    """The syntax tree of `q`.

    raises  PortlogError bad-filter
    """
    try:
        return parse(parameters.get("q", ""))
    except Mistake as mistake:
        raise mistaken("q", mistake) from None


def read_sort(parameters: Mapping[str, str]) -> Sort | None:
    """The order that `q` asks for with `sort:`.

    raises  PortlogError bad-filter
    """
    return read_query(parameters).sort


def read_times(parameters: Mapping[str, str], *, now_ms: int) -> tuple[int | None, int | None]:
    """[from, to) in ms since the epoch, of `from` and `to` and their long names; None leaves a side open.

    raises  PortlogError bad-filter
    """
    when = When(now_ms, read_offset(parameters))
    given = {name: _span(name, parameters[name], when) for name in _FROM + _TO if parameters.get(name, "").strip()}
    lows = [given[name][0] for name in _FROM if name in given]
    highs = [meaning.until(given[name]) for name in _TO if name in given]
    return max(lows, default=None), min(highs, default=None)


_FROM, _TO = ("time_of_generation_min", "from"), ("time_of_generation_max", "to")

# -- lists -------------------------------------------------------------------------------------------------------

_SORTED_BY = {"time": "created_at", "cost": "cost", "latency": "response_time", "tokens": "total_units"}


def read_list(parameters: Mapping[str, str], workspace: str, *, now_ms: int) -> ListQuestion:
    """A whole list question (contract 6.2, L2); `sort:` in `q` wins over `order_by`.

    raises  PortlogError bad-filter
    """
    order_by = read_choice(parameters, "order_by", tuple(_ORDER))
    descending = read_choice(parameters, "order_by_type", ("desc", "asc")) == "desc"
    sort = read_sort(parameters)
    if sort is not None:
        order_by, descending = _SORTED_BY[sort.by], sort.descending
    cursor = parameters.get("cursor", "").strip()
    return ListQuestion(
        workspace=workspace,
        where=read_filter(parameters, now_ms=now_ms),
        order_by=_ORDER[order_by],
        descending=descending,
        limit=read_whole(parameters, "page_size", PAGE_SIZE_DEFAULT, 1, PAGE_SIZE_MAX),
        offset=0 if cursor else _offset(parameters),
        after=decode_cursor(cursor, _ORDER[order_by]) if cursor else None,
        include_total=read_choice(parameters, "include_total", ("true", "false")) == "true",
    )


def _offset(parameters: Mapping[str, str]) -> int:
    size = read_whole(parameters, "page_size", PAGE_SIZE_DEFAULT, 1, PAGE_SIZE_MAX)
    return read_whole(parameters, "current_page", 0, 0, OFFSET_MAX // size) * size


# -- cursors -----------------------------------------------------------------------------------------------------


def encode_cursor(cursor: Cursor, order_by: str) -> str:
    """Opaque text; holds the sort column, so that a cursor of another order is refused, not misread."""
    packed: list[Any] = [order_by, cursor.value, cursor.id]
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(packed)).decode().rstrip("=")


def decode_cursor(text: str, order_by: str) -> Cursor:
    """Read a cursor that `encode_cursor` wrote.

    raises  PortlogError bad-filter
    """
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        column, value, log_id = msgspec.msgpack.decode(packed, type=tuple[str, float | int | None, bytes])
    except (binascii.Error, msgspec.MsgspecError, ValueError):
        raise refuse("cursor", "is not one that this server gave; start without it") from None
    if column != order_by or len(log_id) != 16:
        raise refuse("cursor", "belongs to another order_by; start without it")
    if not (_is_moment(value) if order_by == "created_at" else value is None or math.isfinite(value)):
        raise refuse("cursor", "is not one that this server gave; start without it")
    return Cursor(value, log_id)


def _is_moment(value: float | int | None) -> bool:
    return isinstance(value, int) and 0 <= value < _MS_MAX
