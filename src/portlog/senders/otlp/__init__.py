"""OpenTelemetry spans and log records as a shape: what `decode` gives, opened, joined and unfolded (otel.md).

An element is `{"resource", "scope", "span", "logs"}`: a span with the log records that carry its content; without
`span` while only records of it have come; or `{"resource", "scope", "record"}`: a log record that stands for itself.
"""

from __future__ import annotations

import hashlib
from typing import Any

from portlog.schema import jsons
from portlog.senders import dialects
from portlog.senders.otlp.decode import SIGNALS, decode, looks_like_json
from portlog.senders.shapes import Context, Element, Opened, Shape

__all__ = ["SHAPE", "SIGNALS", "decode", "looks_like_json", "merge", "open_element"]


def open_element(element: Element, context: Context) -> Opened:
    """Identity and time. Secrets were replaced when the element was decoded."""
    span = element.get("span")
    if isinstance(span, dict):
        return Opened(
            raw=element,
            created_ms=_ms(span.get("startTimeUnixNano") or span.get("endTimeUnixNano")),
            trace_id=_text(span.get("traceId")),
            span_id=_text(span.get("spanId")),
            parent_span_id=_text(span.get("parentSpanId")),
            span_name=_text(span.get("name")),
        )
    if logs := _records(element):
        first = logs[0]
        return Opened(
            raw=element,
            created_ms=_ms(_nano(first)),
            trace_id=_text(first.get("traceId")),
            span_id=_text(first.get("spanId")),
            span_name=_text(first.get("eventName")),
        )
    record = element.get("record")
    return _open_record(element, record if isinstance(record, dict) else {})


def _open_record(element: Element, record: dict[str, Any]) -> Opened:
    """A record that stands for itself hangs below the span it names. Its own id is its content's, so that the same
    record sent again is the same log."""
    content = jsons.encode([element.get("resource"), element.get("scope"), record])
    digest = hashlib.blake2b(content, digest_size=24).hexdigest()
    return Opened(
        raw=element,
        created_ms=_ms(_nano(record)),
        trace_id=_text(record.get("traceId")) or digest[:32],
        span_id=digest[32:],
        parent_span_id=_text(record.get("spanId")),
        span_name=dialects.name_of_record(record),
    )


def merge(older: Element, newer: Element) -> Element:
    """One element of two about the same span: the newer span, all records once, in order of time.

    Idempotent: what holds nothing new leaves the older element as it is.
    """
    base = newer if isinstance(newer.get("span"), dict) and newer["span"] != older.get("span") else older
    result = {name: value for name, value in base.items() if name != "logs"}
    logs = list(_records(older))
    logs += [record for record in _records(newer) if record not in logs]
    if logs:
        result["logs"] = sorted(logs, key=_nano)
    return result


def _records(element: Element) -> list[dict[str, Any]]:
    logs = element.get("logs")
    return [record for record in logs if isinstance(record, dict)] if isinstance(logs, list) else []


def _nano(record: dict[str, Any]) -> int:
    nano = record.get("timeUnixNano") or record.get("observedTimeUnixNano")
    return nano if isinstance(nano, int) else 0


def _ms(nano: Any) -> float | None:
    return nano / 1e6 if isinstance(nano, int) and nano > 0 else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


SHAPE = Shape(
    name="otlp",
    title="OpenTelemetry span",
    recognises=lambda element: False,  # comes through its own doors (`decode`), never as an element of `POST /v1/logs`
    open=open_element,
    unfold=dialects.unfold,
    joins="span",
    merge=merge,
)
