"""Portkey's spelling of a log, going out: the metrics row and the LogObject of contract 6 (decision L1).

Takes what the store answered, by column name. The names are exactly those of the vendor's OpenAPI document;
what is ours stands under new keys. Money goes out in cents, with `cost_usd` beside it (contract 11.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from portlog.schema import jsons
from portlog.schema.ids import to_text
from portlog.schema.texts import join, texts_of

Row = Mapping[str, Any]


def iso(ms: int, *, zone: str = "Z") -> str:
    """ms since the epoch as ISO 8601 with milliseconds, UTC."""
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}{zone}"


def list_row(row: Row) -> dict[str, Any]:
    """One row of `GET /v1/logs`: the metrics object and what a list shows besides."""
    return _metrics(row) | {
        "kind": row["kind"],
        "outcome": row["outcome"],
        "counts": bool(row["counts"]),
        "http_status": row["status"],
        "user": row["user"],
        "session": row["session"] or None,
        "model_requested": row["model_requested"],
        "cost_source": row["cost_source"] or None,
        "first_token_ms": row["first_token_ms"],
        "finish_reason": row["finish_reason"] or None,
        "duplicate_of": row["duplicate_of"] or None,
        "preview": row["preview"],
        "response_preview": row["response_preview"],
        "error_message": row["error_message"] or None,
    }


def log_object(row: Row) -> dict[str, Any]:
    """The whole log of `GET /v1/logs/{id}`. Bodies and headers are absent when they were not kept."""
    request: dict[str, Any] = {"url": row["request_url"], "method": row["request_method"]}
    response: dict[str, Any] = {
        "status": shown_status(row),
        "responseTime": _integral_ms(row["response_ms"]),
        "lastUsedOptionJsonPath": row["option_path"],
    }
    request["portkeyHeaders"] = _portkey_headers(row)
    if row["tracked"]:
        request_texts, response_texts = texts_of(row["text"])
        request["headers"] = _json(row["request_headers"]) or {}
        request["body"] = _body(row["request_body"], request_texts)
        response["headers"] = _json(row["response_headers"]) or {}
        response["body"] = _body(row["response_body"], response_texts)
    log = {
        "_id": to_text(row["id"]),
        "request": (_json(row["request_rest"]) or {}) | request,
        "response": (_json(row["response_rest"]) or {}) | response,
        "organisation_id": row["organisation_id"],
        "created_at": iso(row["created_at"]),
        "metrics": _vendor_metrics(row),
        "metadata": _json(row["metadata_raw"]) or {},
        "warnings": _json(row["warnings"]) or [],
        "source_shape": row["source_shape"],
        "source": row["source"] or None,
        "kind": row["kind"],
        "outcome": row["outcome"],
        "counts": bool(row["counts"]),
        "duplicate_of": row["duplicate_of"] or None,
        "http_status": row["status"],
        "user": row["user"],
        "user_from": row["user_from"] or None,
        "session": row["session"] or None,
        "session_from": row["session_from"] or None,
        "tags": list(row["tags"]),
        "tools": list(row["tools"]),
        "has": list(row["has"]),
        "model_requested": row["model_requested"] or None,
        "model_returned": row["model"] or None,
        "response_id": row["response_id"] or None,
        "error_type": row["error_type"] or None,
        "cost_usd": row["cost_usd"],
        "input_cost_usd": row["input_cost_usd"],
        "output_cost_usd": row["output_cost_usd"],
        "cost_source": row["cost_source"] or None,
        "input_tokens": row["input_tokens"],
        "output_tokens": row["output_tokens"],
        "total_tokens": row["total_tokens"],
        "first_token_ms": row["first_token_ms"],
        "error_message": row["error_message"] or None,
        "finish_reason": row["finish_reason"] or None,
        "cache_read_tokens": row["cache_read_tokens"],
        "cache_write_tokens": row["cache_write_tokens"],
        "reasoning_tokens": row["reasoning_tokens"],
        "received_at": iso(row["received_at"]),
        "tracked": bool(row["tracked"]),
    }
    raw = _json(row["raw"]) or _json(row["rest"])
    return log | ({"raw": raw} if raw else {})


PENDING_MS_MAX = 10 * 60_000  # contract 3.3


def note(row: Row, now_ms: int) -> dict[str, str]:
    """What is to be said of a row at this time: of a call whose answer is not expected any more."""
    said = note_of(row["outcome"], row["received_at"], now_ms)
    return {"note": said} if said else {}


def note_of(outcome: str, received_ms: int, now_ms: int) -> str:
    """The note's text; "" is none."""
    return "no response seen" if outcome == "pending" and now_ms - received_ms > PENDING_MS_MAX else ""


# What the vendor's names show where no HTTP status is known: its schema wants a number (contract 10).
_STATUS_OF_OUTCOME = {"success": 200, "error": 500}


def shown_status(row: Row) -> int | None:
    """The status under the vendor's names; `http_status` is null where none is known."""
    return status_of(row["status"], row["outcome"])


def status_of(status: int | None, outcome: str) -> int | None:
    """The same, of these two alone."""
    return status if status is not None else _STATUS_OF_OUTCOME.get(outcome)


def _body(shape: str | bytes, texts: list[str]) -> Any:
    """A body, or null where the sender gave none: not every span has a request and a response."""
    return join(_bytes(shape), texts) if shape else None


# The only names of the metrics object that the vendor's schema lets be null.
_NULLABLE = frozenset(("cache_status", "stream_mode", "workspace_slug"))


def _vendor_metrics(row: Row) -> dict[str, Any]:
    """Metrics as the vendor's schema has them: unknown values left out, whole ms, times without zone."""
    metrics = _metrics(row)
    metrics["created_at"] = iso(row["created_at"], zone="")
    metrics["response_time"] = _integral_ms(row["response_ms"])
    return {name: value for name, value in metrics.items() if value is not None or name in _NULLABLE}


def _metrics(row: Row) -> dict[str, Any]:
    """The metrics object: every name of the contract that we hold a value for; None is not known."""
    cost_usd = row["cost_usd"]
    metadata = dict(row["metadata"])
    return {
        "id": to_text(row["id"]),
        "organisation_id": row["organisation_id"],
        "created_at": iso(row["created_at"]),
        "is_success": row["outcome"] == "success" and 200 <= (shown_status(row) or 0) <= 299,
        "ai_org": row["provider"],
        "ai_model": row["model"],
        "req_units": row["input_tokens"],
        "res_units": row["output_tokens"],
        "total_units": row["total_tokens"],
        "cost": cents(cost_usd),
        "cost_usd": cost_usd,
        "cost_currency": "USD",
        "request_url": row["request_url"],
        "request_method": row["request_method"],
        "response_status_code": shown_status(row),
        "response_time": _integral(row["response_ms"]),
        "is_proxy_call": False,
        "cache_status": row["cache_status"] or None,
        "stream_mode": row["stream"],
        "retry_success_count": row["retry_count"],
        "trace_id": row["trace_id"],
        "span_id": row["span_id"],
        "span_name": row["span_name"],
        "parent_span_id": row["parent_span_id"],
        "virtual_key": row["virtual_key"] or None,
        "config": row["config"] or None,
        "prompt_slug": row["prompt_slug"] or None,
        "source": row["source_shape"],
        "sdk_version": row["sdk_version"] or None,
        "runtime": row["runtime"] or None,
        "runtime_version": row["runtime_version"] or None,
        "workspace_slug": row["workspace"],
        "api_key_id": row["api_key_id"] or None,
        "metadata.key": list(metadata),
        "metadata.value": list(metadata.values()),
    }


def _portkey_headers(row: Row) -> dict[str, str]:
    """Rebuilt from what came in (contract 6.1)."""
    headers = {
        "x-portkey-trace-id": row["trace_id"],
        "x-portkey-span-id": row["span_id"],
        "x-portkey-parent-span-id": row["parent_span_id"],
        "x-portkey-span-name": row["span_name"],
        "x-portkey-provider": row["provider"],
        "x-portkey-virtual-key": row["virtual_key"],
        "x-portkey-config": row["config"],
    }
    if row["metadata"]:
        headers["x-portkey-metadata"] = jsons.encode(dict(row["metadata"])).decode()
    return {name: value for name, value in headers.items() if value}


def _integral(value: float | None) -> float | int | None:
    """Whole numbers go out without a fraction (contract 9.3)."""
    return int(value) if value is not None and value == int(value) else value


def rounded_ms(value: float) -> float | int:
    """Durations that were computed, to the microsecond: no sender's clock is finer."""
    rounded = round(value, 3)
    return int(rounded) if rounded == int(rounded) else rounded


def rounded_usd(value: float | None) -> float | None:
    """Sums of costs without the last digits, which depend on the order of adding."""
    return None if value is None else round(value, 12)


def cents(usd: float | None) -> float | None:
    """Money as the contract speaks of it (11.2)."""
    return None if usd is None else round(usd * 100, 10)


def _integral_ms(value: float | None) -> int | None:
    """`responseTime` is an integer by the vendor's schema; the exact value stands in metrics.response_time."""
    return None if value is None else round(value)


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _json(text: str | bytes) -> Any:
    return jsons.decode_any(_bytes(text)) if text else None
