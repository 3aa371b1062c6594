"""FIELDS: what a query can name, and TYPES: which operators and literals a field takes.

Both go to the dashboard as they are (`GET /v1/fields`): its parser refuses what this one refuses, in the same words.
Patterns are of the kind that Python's `re` and ECMAScript read alike, and match a whole literal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from portlog.schema.columns import BY_NAME
from portlog.schema.log import HAS, KINDS, OUTCOMES

OPERATORS = (":", "=", ">", ">=", "<", "<=", "..", "*", "~")
_EQUAL = (":", "=", "*", "~")
_COMPARED = (":", "=", ">", ">=", "<", "<=", "..", "*")

_NUMBER = r"(?:(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?|\.[0-9]{1,15})"
_CODE = r"-?(?:0|[1-9][0-9]{0,8})"
_DAY = r"today|yesterday|[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MOMENT = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?(?:Z|z|[+-][0-9]{2}:?[0-9]{2})?"
    r"|[0-9]{10}|[0-9]{13}"
)
_AGO = r"now|-(?:0|[1-9][0-9]{0,5})[smhdw]"


@dataclass(frozen=True)
class Type:
    """What the literals of a field look like.

    The literals of a comparison and of a range match `bound`, where it differs from `pattern`; "" is any text.
    """

    name: str
    operators: tuple[str, ...]
    says: str = ""  # "a number such as …", for "`x` is not a number such as …"
    pattern: str = ""
    bound: str = ""
    bound_says: str = ""
    glob: bool = False  # `*` in an unquoted literal is any run of characters
    textual: bool = False  # quotes make any text a literal


TYPES = {
    type_.name: type_
    for type_ in (
        Type("text", _EQUAL, glob=True, textual=True),
        Type("exact", _EQUAL, textual=True),
        Type("choice", _EQUAL, glob=True, textual=True),
        Type("list", (":", "*"), glob=True, textual=True),
        Type("metadata", OPERATORS, glob=True, textual=True,
             bound=f"-?{_NUMBER}", bound_says="a number such as `10` or `0.5`"),
        Type("words", (":", "*", "~"), textual=True),
        Type("id", (":",), "a log's id such as `0198b9c2-5a70-7b9e-8f3a-0c1d2e3f4a5b`",
             r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}"),
        Type("number", _COMPARED, "a number such as `3`", f"-?{_NUMBER}"),
        Type("count", _COMPARED, "a number such as `500`, `10k` or `1.5M`", f"{_NUMBER}[kKM]?"),
        Type("money", _COMPARED, "an amount such as `0.05` (dollars) or `5c` (cents)", rf"\$?{_NUMBER}|{_NUMBER}c"),
        Type("duration", _COMPARED, "a duration such as `800ms`, `2s` or `1.5m`", f"{_NUMBER}(?:ms|s|m)?"),
        Type("status", _COMPARED, "a status such as `429` or `5xx`", f"{_CODE}|[1-5][xX][xX]",
             _CODE, "a status code such as `429`"),
        Type("rating", _COMPARED, "a number from -10 to 10", r"-?(?:10(?:\.0{1,15})?|[0-9](?:\.[0-9]{1,15})?)"),
        Type("time", (":", ">", ">=", "<", "<=", ".."),
             "a day or time such as `2026-11-22`, `yesterday` or `2026-11-22T14:00` (since a time: `>=-2h`)", f"{_DAY}|{_MOMENT}",
             f"{_DAY}|{_MOMENT}|{_AGO}", "a time such as `2026-11-22`, `yesterday`, `2026-11-22T14:00` or `-2h`"),
        Type("boolean", (":", "*")),
        Type("flag", (":",)),
        Type("part", (":",), "a part such as `image`, or a field such as `user`"),
        Type("order", (":",)),
    )
}  # fmt: skip

# The words of `cache:` for the vendor's own (contract 11.5).
CACHE_WORDS = {
    "hit": ("HIT",),
    "semantic": ("SEMANTIC HIT",),
    "miss": ("MISS", "SEMANTIC MISS"),
    "refreshed": ("REFRESH", "REFRESHED"),
    "disabled": ("DISABLED",),
}
PARTS = ("feedback", "image", "audio", "tools", "reasoning", "trace", "error", "tool_calls", "file", "refusal", "embedding")
assert set(HAS) <= set(PARTS)
FLAGS = ("error", "ok", "stream", "retried", "fallback", "loadbalanced", "untracked", "warned", "batch", "root")
ORDERS = ("time", "cost", "latency", "tokens")
_TRUTHS = ("true", "false")


@dataclass(frozen=True)
class Field:
    """One name that a query can filter by."""

    name: str
    type: str  # of TYPES
    column: str = ""  # of COLUMNS; "" where several are asked
    meaning: str = ""  # that of the column when left out
    aliases: tuple[str, ...] = ()  # besides the column's own name
    values: tuple[str, ...] = ()  # the fixed ones
    key: str = ""  # of the metadata, where the field is one key of it
    part: str = ""  # of the text: request, response, error, any

    @property
    def unit(self) -> str:
        """The column's unit."""
        return BY_NAME[self.column].unit if self.column else ""

    @property
    def names(self) -> tuple[str, ...]:
        """The name, then everything else it is known by."""
        shares = self.key or self.part or self.name == "http_status"  # the column, with a field that has its name
        own = (self.column,) if self.column not in ("", self.name) and not shares else ()
        return (self.name, *own, *self.aliases)

    @property
    def says(self) -> str:
        """What its literals are, for a refusal."""
        if self.type == "choice":
            return f"one of {_listed(self.values)}, or a text in quotes"
        return TYPES[self.type].says or f"one of {_listed(self.values)}"


def _listed(values: Iterable[str]) -> str:
    return ", ".join(f"`{value}`" for value in values)


FIELDS: tuple[Field, ...] = (
    # names
    Field("model", "text", "model"),
    Field("provider", "text", "provider"),
    Field("user", "text", "user"),
    Field("session", "text", "session"),
    Field("org", "text", "organisation_id", aliases=("organisation",)),
    Field("env", "text", "metadata", "Environment: metadata `_environment`.", aliases=("environment",), key="_environment"),
    Field("config", "text", "config"),
    Field("prompt", "text", "prompt_slug"),
    Field("key", "text", "api_key_id"),
    Field("vkey", "text", "virtual_key"),
    Field("workspace", "text", "workspace"),
    Field("tool", "list", "tools"),
    Field("tag", "list", "tags"),
    Field("finish", "text", "finish_reason"),
    Field("method", "text", "request_method"),
    Field("url", "text", "request_url"),
    Field("name", "text", "span_name"),
    Field("kind", "choice", "kind", values=KINDS),
    Field("outcome", "choice", "outcome", values=OUTCOMES),
    Field("cache", "choice", "cache_status", values=tuple(CACHE_WORDS)),
    # identity
    Field("id", "id", "id", "A log's id."),
    Field("trace", "exact", "trace_id"),
    Field("span", "exact", "span_id"),
    Field("parent", "exact", "parent_span_id"),
    # figures
    Field("status", "status", "status", "HTTP status; of a log without one 200 or 500, by its outcome.", aliases=("status_code",)),
    Field("http_status", "status", "status", "HTTP status as sent, and no other."),
    Field("cost", "money", "cost_usd"),
    Field("tokens", "count", "total_tokens"),
    Field("in", "count", "input_tokens"),
    Field("out", "count", "output_tokens"),
    Field("thinking", "count", "reasoning_tokens"),
    Field("cached", "count", "cache_read_tokens"),
    Field("latency", "duration", "response_ms", aliases=("response_time",)),
    Field("ttft", "duration", "first_token_ms"),
    Field("retry", "number", "retry_count"),
    Field("feedback", "rating", "", "Weighted feedback on the log's trace, -10 to 10."),
    Field("time", "time", "created_at"),
    # marks and parts
    Field("is", "flag", "", "What a log is; docs/reference/query-language.md says by which columns.", values=FLAGS),
    Field("has", "part", "", "Parts of a log, or any field that has a value.", values=PARTS),
    Field("sort", "order", "", "Order: highest or newest first, with `+` lowest or oldest first.", values=ORDERS),
    # texts
    Field("req", "words", "text", "Full text of the request.", part="request"),
    Field("res", "words", "text", "Full text of the response.", part="response"),
    Field("err", "words", "text", "Full text of the error message.", part="error"),
    Field("text", "words", "text", "Full text of request or response.", part="any"),
    Field("metadata", "metadata", "metadata", "A value of the metadata: `metadata.key`, `metadata.\"my key\"`."),
    # all other columns, by their own names
    Field("model_requested", "text", "model_requested"),
    Field("cache_write", "count", "cache_write_tokens"),
    Field("input_cost", "money", "input_cost_usd"),
    Field("output_cost", "money", "output_cost_usd"),
    Field("cost_source", "text", "cost_source"),
    Field("stream", "boolean", "stream", values=_TRUTHS),
    Field("counts", "boolean", "counts", values=_TRUTHS),
    Field("tracked", "boolean", "tracked", values=_TRUTHS),
    Field("option", "text", "option_path"),
    Field("received", "time", "received_at"),
    Field("shape", "text", "source_shape"),
    Field("source", "text", "source"),
    Field("sdk", "text", "sdk_version"),
    Field("runtime", "text", "runtime"),
    Field("runtime_version", "text", "runtime_version"),
    Field("response_id", "exact", "response_id"),
    Field("duplicate_of", "exact", "duplicate_of"),
    Field("join_key", "exact", "join_key"),
    Field("user_from", "exact", "user_from"),
    Field("session_from", "exact", "session_from"),
    Field("error_type", "text", "error_type"),
    Field("error_message", "text", "error_message"),
    Field("preview", "text", "preview"),
    Field("response_preview", "text", "response_preview"),
    Field("derived_by", "text", "derived_by"),
    Field("revision", "number", "revision"),
    Field("wal_seq", "number", "wal_seq"),
    Field("request_headers", "text", "request_headers"),
    Field("request_body", "text", "request_body"),
    Field("request_rest", "text", "request_rest"),
    Field("response_headers", "text", "response_headers"),
    Field("response_body", "text", "response_body"),
    Field("response_rest", "text", "response_rest"),
    Field("metadata_raw", "text", "metadata_raw"),
    Field("rest", "text", "rest"),
    Field("raw", "text", "raw"),
    Field("warnings", "text", "warnings"),
)  # fmt: skip

BY_NAME_OR_ALIAS: dict[str, Field] = {}
for _field in FIELDS:
    for _name in _field.names:
        assert _name not in BY_NAME_OR_ALIAS, f"two fields are called {_name}"
        BY_NAME_OR_ALIAS[_name] = _field
del _field, _name
NAMES = tuple(BY_NAME_OR_ALIAS)


def fields_json() -> list[dict[str, Any]]:
    """FIELDS and what the dashboard's parser needs of TYPES, in the table's order."""
    return [_field_json(each) for each in FIELDS]


def _field_json(each: Field) -> dict[str, Any]:
    type_ = TYPES[each.type]
    return {
        "name": each.name,
        "aliases": list(each.names[1:]),
        "type": each.type,
        "unit": each.unit,
        "operators": list(type_.operators),
        "values": list(each.values) or None,
        "meaning": each.meaning or BY_NAME[each.column].meaning,
        "glob": type_.glob,
        "textual": type_.textual,
        "pattern": type_.pattern,
        "says": each.says if type_.pattern or each.values else "",
        "bound_pattern": type_.bound or type_.pattern,
        "bound_says": type_.bound_says or type_.says,
    }


# -- what was perhaps meant ----------------------------------------------------------------------------------------


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that a slip of the fingers may have been meant for; the first of equally near ones.

    One slip in words of 3 and 4 letters, two in longer ones, none in shorter; neighbours that changed places are one slip.
    """
    word = word.lower()
    allowed = 0 if len(word) < 3 else 1 if len(word) < 5 else 2
    best, found = allowed + 1, None
    for candidate in candidates:
        if abs(len(candidate) - len(word)) < best and (slips := _slips(word, candidate)) < best:
            best, found = slips, candidate
    return found


def _slips(a: str, b: str) -> int:
    """Insertions, deletions, substitutions and swaps of neighbours from `a` to `b` (optimal string alignment)."""
    before: list[int] = []
    above = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, above = above, row
    return above[-1]
