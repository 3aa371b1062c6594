"""FIELDS: what of a log an export can hold, a row each: Portkey's names first (contract 7.4), then ours.

A field says which columns of the store it is read from, so that an export without bodies never reads them.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portlog.errors import PortlogError
from portlog.schema import jsons, render
from portlog.schema.columns import BY_NAME
from portlog.schema.ids import to_text
from portlog.schema.texts import join, texts_of

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """One row of FIELDS."""

    name: str
    type: str  # "text", "integer", "number", "bool", "time" (ms since the epoch), "json"
    meaning: str
    columns: tuple[str, ...]
    read: Callable[[Row], Any]  # None is not known; of a "json" field any JSON value
    alias: str = ""  # another name that is accepted for it
    vendor: bool = False  # one of contract 7.4: these make up an export that names no fields


def _of(column: str) -> Callable[[Row], Any]:
    """A column as it is; an empty text is nothing."""
    return lambda row: None if row[column] == "" else row[column]


def _bool(column: str) -> Callable[[Row], Any]:
    return lambda row: None if row[column] is None else bool(row[column])


def _list(column: str) -> Callable[[Row], Any]:
    return lambda row: list(row[column])


def _json(column: str) -> Callable[[Row], Any]:
    return lambda row: jsons.decode_any(_bytes(row[column])) if row[column] else None


def _body(column: str, part: int) -> Callable[[Row], Any]:
    """A body as it was sent; null where none was kept."""

    def read(row: Row) -> Any:
        return join(_bytes(row[column]), texts_of(row["text"])[part]) if row[column] else None

    return read


def _is_success(row: Row) -> bool:
    return row["outcome"] == "success" and 200 <= (render.shown_status(row) or 0) <= 299


def _cents(row: Row) -> float | None:
    return None if row["cost_usd"] is None else round(row["cost_usd"] * 100, 10)


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _plain(name: str, type_: str, column: str, meaning: str = "", **more: Any) -> Field:
    return Field(name, type_, meaning or BY_NAME[column].meaning, (column,), _of(column), **more)


_STATUS = ("status", "outcome")

FIELDS: tuple[Field, ...] = (
    Field("id", "text", "Id of the log.", ("id",), lambda r: to_text(bytes(r["id"])), vendor=True),
    _plain("trace_id", "text", "trace_id", vendor=True),
    Field("created_at", "time", "When the call was made, UTC.", ("created_at",), lambda r: r["created_at"], vendor=True),
    Field("request", "json", "Body of the request; null where it was not kept.", ("request_body", "text"),
          _body("request_body", 0), alias="request.body", vendor=True),
    Field("response", "json", "Body of the response; null where it was not kept.", ("response_body", "text"),
          _body("response_body", 1), alias="response.body", vendor=True),
    Field("is_success", "bool", "Whether the status is 2xx.", _STATUS, _is_success, vendor=True),
    _plain("ai_org", "text", "provider", alias="ai_provider", vendor=True),
    _plain("ai_model", "text", "model", vendor=True),
    _plain("req_units", "integer", "input_tokens", alias="request_tokens", vendor=True),
    _plain("res_units", "integer", "output_tokens", alias="response_tokens", vendor=True),
    _plain("total_units", "integer", "total_tokens", "Both.", alias="total_tokens", vendor=True),
    _plain("request_url", "text", "request_url", vendor=True),
    Field("cost", "number", "Cost in cents; null while no price is known.", ("cost_usd",), _cents, vendor=True),
    Field("cost_currency", "text", "Always USD.", (), lambda r: "USD", vendor=True),
    _plain("response_time", "number", "response_ms", "Latency in ms.", vendor=True),
    Field("response_status_code", "integer", "HTTP status.", _STATUS, render.shown_status, alias="status_code", vendor=True),
    Field("mode", "text", "Always null: the vendor's gateway alone knows it.", (), lambda r: None, vendor=True),
    _plain("config", "text", "config", vendor=True),
    _plain("prompt_slug", "text", "prompt_slug", vendor=True),
    Field("metadata", "json", "Metadata as sent.", ("metadata_raw",), lambda r: _json("metadata_raw")(r) or {}, vendor=True),
    # ours
    Field("received_at", "time", "When the log was posted, UTC.", ("received_at",), lambda r: r["received_at"]),
    _plain("span_id", "text", "span_id"),
    _plain("parent_span_id", "text", "parent_span_id"),
    _plain("span_name", "text", "span_name"),
    _plain("kind", "text", "kind"),
    _plain("outcome", "text", "outcome"),
    Field("counts", "bool", "Whether it is a model call, counted once.", ("counts",), _bool("counts")),
    _plain("user", "text", "user"),
    _plain("session", "text", "session"),
    Field("tags", "json", "Tags.", ("tags",), _list("tags")),
    Field("tools", "json", "Tools that the answer calls, or the tool that ran.", ("tools",), _list("tools")),
    _plain("model_requested", "text", "model_requested"),
    _plain("finish_reason", "text", "finish_reason"),
    _plain("error_type", "text", "error_type"),
    _plain("error_message", "text", "error_message"),
    _plain("cost_usd", "number", "cost_usd", "Cost in USD; null while no price is known."),
    _plain("cost_source", "text", "cost_source"),
    _plain("cache_read_tokens", "integer", "cache_read_tokens"),
    _plain("cache_write_tokens", "integer", "cache_write_tokens"),
    _plain("reasoning_tokens", "integer", "reasoning_tokens"),
    _plain("first_token_ms", "number", "first_token_ms", "Time to the first token in ms."),
    Field("stream", "bool", "Whether the answer was streamed.", ("stream",), _bool("stream")),
    _plain("cache_status", "text", "cache_status"),
    _plain("retry_count", "integer", "retry_count"),
    _plain("virtual_key", "text", "virtual_key"),
    _plain("api_key_id", "text", "api_key_id"),
    _plain("source", "text", "source"),
    _plain("preview", "text", "preview"),
    _plain("response_preview", "text", "response_preview"),
    Field("request_headers", "json", "Request headers, secrets replaced.", ("request_headers",), _json("request_headers")),
    Field("response_headers", "json", "Response headers, secrets replaced.", ("response_headers",), _json("response_headers")),
)  # fmt: skip

_BY_NAME = {field.name: field for field in FIELDS} | {field.alias: field for field in FIELDS if field.alias}
VENDOR_FIELDS = tuple(field.name for field in FIELDS if field.vendor)


def fields_named(names: Sequence[str]) -> tuple[Field, ...]:
    """The fields of these names, which are known."""
    return tuple(_BY_NAME[name] for name in names)


def columns_of(fields: Sequence[Field]) -> tuple[str, ...]:
    """The columns that these fields are read from."""
    return tuple(dict.fromkeys(column for field in fields for column in field.columns))


def denied_fields(setting: str) -> tuple[str, ...]:
    """The fields that `export_denied_fields` names, in the order of FIELDS.

    raises  ValueError for a name that is no field
    """
    names = [name.strip() for name in setting.split(",") if name.strip()]
    unknown = [name for name in names if name not in _BY_NAME]
    if unknown:
        known = ", ".join(field.name for field in FIELDS)
        raise ValueError(f"export_denied_fields names {unknown[0]!r}, which is no field; there are {known}")
    denied = {_BY_NAME[name].name for name in names}
    return tuple(field.name for field in FIELDS if field.name in denied)


def read_requested(sent: object, denied: Sequence[str]) -> tuple[str, ...]:
    """The names of the fields that `requested_data` asks for, in its order; all of the vendor's that are allowed without it.

    raises  PortlogError request-validation, field-denied
    """
    if sent in (None, "", []):
        return tuple(name for name in VENDOR_FIELDS if name not in denied)
    if not isinstance(sent, list):
        raise PortlogError("request-validation", "requested_data must be a list of names of fields", path="requested_data")
    names: dict[str, None] = {}
    for i, name in enumerate(sent):
        path = f"requested_data[{i}]"
        field = _BY_NAME.get(name) if isinstance(name, str) else None
        if field is None:
            near = _near(name)
            raise PortlogError("request-validation", f"{path} is {str(name)[:60]!r}, which is no field{near}", path=path)
        if field.name in denied:
            raise PortlogError("field-denied", f"{path}: {field.name} may not be exported here", path=path)
        names[field.name] = None
    return tuple(names)


def _near(name: object) -> str:
    found = difflib.get_close_matches(str(name)[:60], _BY_NAME, n=1)
    return f"; did you mean {found[0]}?" if found else "; docs/reference/exports.md lists them"
