"""Spans for tests: elements as the decoder gives them, OTLP requests of them, and the captures of real exporters.

`fixtures/otlp/` holds what instrumentations sent to a server on loopback in November 2026, before mocks of OpenAI and
Anthropic: NAME.pb as sent, NAME.json the same as OTLP/JSON, NAME.logs.* the log records of the same run, and
expected.json, what a reader should get of each. It was written by another reader, and is not always right.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from portlog.schema.ids import LogIds
from portlog.schema.log import Log
from portlog.senders import otlp, wire
from portlog.senders.shapes import Context, Element
from portlog.senders.table import unfold

FIXTURES = Path(__file__).parent / "fixtures" / "otlp"
NOW_MS = 1_795_430_000_000  # shortly after the captures were taken
TRACE, SPAN = "5b8aa5a2d2c872e8321cf37308d69df2", "051581bf3cb55c13"
BEGAN = (NOW_MS - 60_000) * 1_000_000
Json = dict[str, Any]


def names() -> list[str]:
    """Every capture."""
    return sorted(expected())


@cache
def expected() -> dict[str, Json]:
    """What a reader should get of each capture."""
    found: dict[str, Json] = json.loads((FIXTURES / "expected.json").read_text(encoding="utf-8"))
    return found


def element(attributes: Json | None = None, *, scope: str = "", version: str = "", **span: Any) -> Element:
    """One span as the decoder gives it; it took 250 ms."""
    made: Json = {
        "traceId": TRACE, "spanId": SPAN, "name": "a span", "kind": 1, "startTimeUnixNano": BEGAN,
        "endTimeUnixNano": BEGAN + 250_000_000, "attributes": attributes or {}, **span,
    }  # fmt: skip
    return {"resource": {"attributes": {}}, "scope": {"name": scope, "version": version}, "span": made}


def event(name: str, **more: Any) -> Json:
    """A log record of the same span."""
    return {"traceId": TRACE, "spanId": SPAN, "eventName": name, "timeUnixNano": BEGAN + 1_000_000, **more}


def read(found: Element) -> Log:
    """An element through everything that happens to it before it is derived."""
    made = wire.envelope(found, otlp.SHAPE, Context(received_ms=NOW_MS), LogIds())
    log = unfold(made)
    assert not [w for w in log.warnings if w.code == "unreadable"], log.warnings
    return log


def said(log: Log) -> tuple[Any, Any]:
    """Request and response body, decoded."""
    return json.loads(log.request_body or b"null"), json.loads(log.response_body or b"null")


def stated(log: Log, name: str) -> Any:
    """A stated value; None where there is none."""
    return log.stated[name].value if name in log.stated else None


def values(attributes: Json) -> list[Json]:
    """Attributes as OTLP's JSON has them."""
    return [{"key": key, "value": value(member)} for key, member in attributes.items()]


def value(member: Any) -> Json:
    """One AnyValue."""
    if isinstance(member, bool):
        return {"boolValue": member}
    if isinstance(member, int):
        return {"intValue": str(member)}
    if isinstance(member, float):
        return {"doubleValue": member}
    if isinstance(member, list):
        return {"arrayValue": {"values": [value(each) for each in member]}}
    if isinstance(member, dict):
        return {"kvlistValue": {"values": values(member)}}
    return {} if member is None else {"stringValue": member}


def request(*spans: Json, resource: Json | None = None, scope: str = "tests") -> Json:
    """An export request of spans whose attributes are plain."""
    sent = [{**span, "attributes": values(span.get("attributes", {}))} for span in spans]
    return {
        "resourceSpans": [
            {"resource": {"attributes": values(resource or {})}, "scopeSpans": [{"scope": {"name": scope}, "spans": sent}]}
        ]
    }


def span(span_id: str = SPAN, trace_id: str = TRACE, **more: Any) -> Json:
    """A span of a request, in JSON."""
    return {
        "traceId": trace_id, "spanId": span_id, "name": "chat gpt-4o-mini", "kind": 3, "startTimeUnixNano": str(BEGAN),
        "endTimeUnixNano": str(BEGAN + 250_000_000), **more,
    }  # fmt: skip
