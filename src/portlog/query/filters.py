"""Questions as data: a tree of frozen filters, a page, an order. And Portkey's query parameters read into them.

`store.sql` turns the tree into SQL; nothing else does. Contract 9.2 (filters), 6.2 (lists). The query language
of the dashboard will parse into the same tree.
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

from portlog.errors import PortlogError
from portlog.schema import jsons
from portlog.schema.values import METADATA_INDEX_CHARS_MAX, as_text, is_bare_date, parse_time_ms

_DAY_MS = 86_400_000
_MS_MAX = 2**43  # the year 2248; the engine's times end in 2299

# -- the tree ------------------------------------------------------------------------------------------------


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
    """Column equals one of the values."""

    column: str
    values: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Glob:
    """Text column matches `pattern`: `*` is any run of characters; case does not count."""

    column: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Between:
    """low <= column < high, or <= high when `closed`; None leaves a side open. A null matches no range."""

    column: str
    low: float | int | None
    high: float | int | None
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Matches:
    """Text column matches the regular expression somewhere (RE2's syntax; `(?i)` for any case)."""

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


@dataclass(frozen=True)
class Parameter:
    """A query parameter that filters."""

    name: str
    meaning: str
    read: Callable[[str, str], Filter]  # (name, text) -> Filter; raises PortlogError bad-filter


def refuse(name: str, problem: str) -> PortlogError:
    """Return the refusal of a query parameter."""
    return PortlogError("bad-filter", f"{name} {problem}", path=name)


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _texts(column: str) -> Callable[[str, str], Filter]:
    """A comma list of exact values."""

    def read(name: str, text: str) -> Filter:
        return OneOf(column, tuple(_items(text)))

    return read


def _globs(column: str) -> Callable[[str, str], Filter]:
    """A comma list of values, without case, `*` for any run of characters."""

    def read(name: str, text: str) -> Filter:
        return AnyOf(tuple(Glob(column, item) for item in _items(text)))

    return read


def _statuses(name: str, text: str) -> Filter:
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


def _low(column: str, units: float = 1) -> Callable[[str, str], Filter]:
    return lambda name, text: Between(column, _number(name, text) / units, None)


def _high(column: str, units: float = 1) -> Callable[[str, str], Filter]:
    return lambda name, text: Between(column, None, _number(name, text) / units)


def _rated_from(name: str, text: str) -> Filter:
    return Rated(_number(name, text, minimum=None), None)


def _rated_to(name: str, text: str) -> Filter:
    return Rated(None, _number(name, text, minimum=None))


def _time(name: str, text: str) -> int:
    moment = parse_time_ms(text)
    if moment is None:
        raise refuse(name, f"must be an ISO 8601 time such as 2026-11-20T18:00:00Z, not {text!r}")
    return moment


def _since(name: str, text: str) -> Filter:
    return Between("created_at", _time(name, text), None)


def _until(name: str, text: str) -> Filter:
    end = _time(name, text) + (_DAY_MS if is_bare_date(text) else 0)
    return Between("created_at", None, end, closed=False)


def _provider_models(name: str, text: str) -> Filter:
    """`openai__gpt-4o,anthropic__claude-2.1`: the first double underscore splits (contract 9.2)."""
    parts: list[Filter] = []
    for item in _items(text):
        provider, found, model = item.partition("__")
        if not found:
            raise refuse(name, f"takes provider__model, not {item!r}")
        parts.append(AllOf((Glob("provider", provider), Glob("model", model))))
    return AnyOf(tuple(parts))


def _metadata(name: str, text: str) -> Filter:
    try:
        pairs = jsons.decode(text.encode())
    except PortlogError:
        pairs = None
    if not isinstance(pairs, dict):
        raise refuse(name, 'must be a JSON object as text, such as {"_user":"alice"}')
    return AllOf(tuple(MetadataIs(k, as_text(v)[:METADATA_INDEX_CHARS_MAX]) for k, v in pairs.items()))


def read_words(name: str, text: str) -> Filter:
    """Plain full text: every word must occur; a quoted phrase in that order."""
    parts: list[Filter] = []
    for quoted, word in re.findall(r'"([^"]*)"|(\S+)', text):
        if quoted.strip():
            parts.append(Words(quoted.strip()))
        elif word == '"' or word.startswith('"'):
            raise refuse(name, "has a quote that is not closed")
        elif word:
            parts.append(Words(word))
    return AllOf(tuple(parts))


PARAMETERS: tuple[Parameter, ...] = (
    Parameter("q", "Full text: every word in request or response; \"quoted words\" in that order.", read_words),
    Parameter("time_of_generation_min", "Not before this time, ISO 8601.", _since),
    Parameter("time_of_generation_max", "Before this time; a bare date means the end of that day.", _until),
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

PAGE_PARAMETERS = ("page_size", "current_page", "cursor", "order_by", "order_by_type", "include_total")


def read_filter(parameters: Mapping[str, str]) -> Filter:
    """The filter that query parameters name; empty values and unknown names are passed over (contract 9.2).

    raises  PortlogError bad-filter naming the parameter
    """
    parts: list[Filter] = []
    for name, text in parameters.items():
        if name in _BY_NAME and text.strip():
            parts.append(_BY_NAME[name].read(name, text))
    return AllOf(tuple(parts))


def read_list(parameters: Mapping[str, str], workspace: str) -> ListQuestion:
    """A whole list question (contract 6.2, L2)."""
    order_by = _choice(parameters, "order_by", "created_at", tuple(_ORDER))
    cursor = parameters.get("cursor", "").strip()
    return ListQuestion(
        workspace=workspace,
        where=read_filter(parameters),
        order_by=_ORDER[order_by],
        descending=_choice(parameters, "order_by_type", "desc", ("asc", "desc")) == "desc",
        limit=read_whole(parameters, "page_size", PAGE_SIZE_DEFAULT, 1, PAGE_SIZE_MAX),
        offset=0 if cursor else _offset(parameters),
        after=decode_cursor(cursor, _ORDER[order_by]) if cursor else None,
        include_total=_choice(parameters, "include_total", "true", ("true", "false")) == "true",
    )


def _offset(parameters: Mapping[str, str]) -> int:
    size = read_whole(parameters, "page_size", PAGE_SIZE_DEFAULT, 1, PAGE_SIZE_MAX)
    return read_whole(parameters, "current_page", 0, 0, OFFSET_MAX // size) * size


def read_whole(parameters: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    """A whole number in [low, high] out of query parameters, `default` where it is left out.

    raises  PortlogError bad-filter
    """
    text = parameters.get(name, "").strip()
    if not text:
        return default
    if not re.fullmatch(r"-?\d{1,18}", text) or not low <= int(text) <= high:
        raise refuse(name, f"must be a whole number from {low} to {high}, not {text!r}")
    return int(text)


def _choice(parameters: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    text = parameters.get(name, "").strip().lower() or default
    if text not in choices:
        raise refuse(name, f"must be one of {', '.join(choices)}, not {text!r}")
    return text


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
