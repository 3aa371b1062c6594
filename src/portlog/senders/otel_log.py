"""Span logs of the Python SDK's `instrumentation=True`: OpenTelemetry spans dressed as plain logs (contract 3.2).

The span stands in `request.body` as the OTel SDK prints it; `response` is a constant. It is put into the form that OTLP
elements have, so that every dialect of attributes is read by the same rules.

Trace and span are those of `metadata`, not the hex ids of the span: the SDK's patches send just these (a UUID made of the
trace id, and the span id in decimal) as `x-portkey-trace-id` and `x-portkey-span-id` with the calls that they wrap, so logs
of gateways and of this exporter meet in one trace. The hex ids stay in the raw element.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from portlog.schema.log import Log, Stated
from portlog.schema.secrets import redact_element
from portlog.schema.values import first, number
from portlog.senders import dialects
from portlog.senders.parts import (
    NAME_KEYS,
    PARENT_KEYS,
    SPAN_KEYS,
    TRACE_KEYS,
    body,
    items,
    mapping,
    metadata_fields,
    milliseconds,
    unpacked,
)
from portlog.senders.shapes import Context, Element, Opened, Shape

_CONTENTS = frozenset(("metadata", "events"))


def _recognises(element: Element) -> bool:
    return mapping(element.get("metadata")).get("_logType") == "opentelemetry"


def _open(element: Element, context: Context) -> Opened:
    metadata = mapping(element.get("metadata"))
    span = _span(element)
    began = _nano(metadata.get("startTime")) or _nano_of_text(span.get("start_time"))
    return Opened(
        raw=redact_element(element, _CONTENTS),
        created_ms=began / 1e6 if began else None,
        trace_id=first(element, "trace_id") or first(metadata, *TRACE_KEYS),
        span_id=first(element, "span_id") or first(metadata, *SPAN_KEYS),
        parent_span_id=first(element, "parent_span_id") or first(metadata, *PARENT_KEYS),
        span_name=first(element, "span_name") or first(metadata, *NAME_KEYS) or first(span, "name"),
        tracked=metadata.get("_debug") is not False,
    )


def _span(element: Element) -> dict[str, Any]:
    return mapping(unpacked(mapping(unpacked(element.get("request"))).get("body")))


def _nano(sent: Any) -> int:
    value = number(sent)
    return 0 if value is None or value <= 0 else sent if type(sent) is int else int(value)


def _nano_of_text(sent: Any) -> int:
    """Nanoseconds of a time as the SDK prints it: ISO 8601 in microseconds."""
    try:
        moment = datetime.fromisoformat(sent)
    except (TypeError, ValueError):
        return 0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return max(0, (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1000


def _unfold(log: Log, element: Element) -> Log:
    metadata, span = mapping(element.get("metadata")), _span(element)
    attributes = mapping(span.get("attributes"))
    log = dialects.unfold(log, otlp_form(element))
    took = milliseconds(mapping(unpacked(element.get("response"))).get("response_time"))
    filled: dict[str, Any] = {}
    if log.response_ms is None and took is not None:
        filled["response_ms"] = took
    patched = _of_patch(attributes)
    if patched:
        filled |= {name: value for name, value in patched.items() if name != "stated"}
        filled["stated"] = patched["stated"] | log.stated
    own = {key: value for key, value in metadata.items() if key not in _BOOKKEEPING or value != "unknown"}
    source = " ".join(t for t in (first(attributes, "_source"), first(attributes, "framework.version")) if t)
    fields = metadata_fields(log, own, user=log.user, session=log.session)
    fields["metadata_index"] = log.metadata_index | fields["metadata_index"]
    return msgspec.structs.replace(log, source=log.source or source, **filled, **fields)


_BOOKKEEPING = frozenset(("_source", "framework.version"))  # the exporter writes "unknown" where it knows neither

_KINDS = {"INTERNAL": 1, "SERVER": 2, "CLIENT": 3, "PRODUCER": 4, "CONSUMER": 5}
_STATUSES = {"UNSET": 0, "OK": 1, "ERROR": 2}


def otlp_form(element: Element) -> Element:
    """The element as `senders.otlp` would have it: {"resource", "scope", "span", "logs"}."""
    metadata, span = mapping(element.get("metadata")), _span(element)
    context, status = mapping(span.get("context")), mapping(span.get("status"))
    return {
        "resource": {"attributes": mapping(mapping(span.get("resource")).get("attributes"))},
        "scope": {},
        "span": {
            "traceId": _hex(context.get("trace_id")),
            "spanId": _hex(context.get("span_id")),
            "parentSpanId": _hex(span.get("parent_id")),
            "name": first(span, "name") or first(metadata, *NAME_KEYS),
            "kind": _KINDS.get(first(span, "kind").rpartition(".")[2], 0),
            "startTimeUnixNano": _nano(metadata.get("startTime")) or _nano_of_text(span.get("start_time")),
            "endTimeUnixNano": _nano(metadata.get("endTime")) or _nano_of_text(span.get("end_time")),
            "attributes": mapping(span.get("attributes")),
            "events": [_event(event) for event in items(span.get("events")) if isinstance(event, dict)],
            "links": [],
            "status": {
                "code": _STATUSES.get(first(status, "status_code").rpartition(".")[2], 0),
                "message": first(status, "description", "message"),
            },
        },
        "logs": [],
    }


def _event(event: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "timeUnixNano": _nano_of_text(event.get("timestamp")),
        "name": first(event, "name"),
        "attributes": mapping(event.get("attributes")),
    }


def _hex(sent: Any) -> str:
    return sent.removeprefix("0x").lower() if isinstance(sent, str) else ""


# -- the attributes of the SDK's own patches ---------------------------------------------------------------------


_CALL = re.compile(r"completions?(\.|$)|chat|responses|messages|generate", re.I)


def _of_patch(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a call that the SDK's patches of OpenAI's client and of litellm describe in attributes of their own:
    `kwargs` (JSON text) is what was asked, `result.…` (JSON text each) what came back; {} of any other span."""
    method, asked = first(attributes, "method"), unpacked(attributes.get("kwargs"))
    if any(str(name).startswith("gen_ai.") for name in attributes) or not isinstance(asked, dict) or not method:
        return {}
    if attributes.get("_source_type") not in ("LLM provider", "routing library"):
        return {}
    answered = _nested(attributes, "result")
    embedding = "embed" in method.lower()
    if not embedding and not _CALL.search(method):
        return {}
    stated = {}
    provider = first(attributes, "_source") if attributes.get("_source_type") == "LLM provider" else ""
    if provider:
        stated["provider"] = Stated(provider, "request.body.attributes._source")
    return {
        "kind": "embedding" if embedding else "llm",
        "provider": provider or "unknown",
        "request_body": body({key: value for key, value in asked.items() if key != "headers"}),
        "response_body": body(answered or None),
        "stated": stated,
    }


def _nested(attributes: Mapping[str, Any], name: str) -> Any:
    """`result.usage.prompt_tokens = "3"` and its neighbours as one object; the values are JSON texts."""
    if name in attributes:
        return _value(attributes[name])
    found: dict[str, Any] = {}
    for key, value in attributes.items():
        if not key.startswith(f"{name}."):
            continue
        *steps, last = key[len(name) + 1 :].split(".")
        part = found
        for step in steps:
            below = part.setdefault(step, {})
            part = below if isinstance(below, dict) else {}
        part[last] = _value(value)
    return found


def _value(text: Any) -> Any:
    """Every attribute is JSON text, plain words and numbers too; what is not is a text."""
    if not isinstance(text, str):
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError):
        return text


OTEL_LOG = Shape("otel-span-log", "OpenTelemetry span log of the Python SDK", _recognises, _open, _unfold)
