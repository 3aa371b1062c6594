"""OTLP requests, protobuf or JSON, into elements: one JSON object per span or log record (otel.md 1 and 2).

One bad span does not sink its batch: it is counted and named. Only a request that cannot be taken apart at all is
refused. Attributes become plain JSON: bytes base64, NaN and infinities text, integers as they are. Secrets among
them are replaced on the way (`clean`), since this is the one place that sees every attribute.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from portlog.errors import PortlogError
from portlog.schema import jsons
from portlog.schema.values import kind_of
from portlog.senders.otlp.clean import cleaner_of

Element = dict[str, Any]
SIGNALS = ("traces", "logs", "metrics")
CHUNK_EVENTS = frozenset(("gen_ai.content.completion.chunk", "llm.content.completion.chunk"))
# Log records that carry the content of a span; every other record is a log of its own (otel.md 3, A' and B).
CONTENT_EVENTS = frozenset(
    ("gen_ai.client.inference.operation.details", "gen_ai.system.message", "gen_ai.user.message",
     "gen_ai.assistant.message", "gen_ai.tool.message", "gen_ai.choice", "gen_ai.content.prompt",
     "gen_ai.content.completion")
)  # fmt: skip
_DEPTH_MAX = 64  # of one attribute's value in JSON; protobuf's own bound is 100 messages
_PROBLEM_CHARS_MAX = 500
_UINT64 = 2**64
_FLAGS = 0xFF  # bits above are reserved, and set by real senders (0x100, 0x300)


class _Bad(ValueError):
    """One span or record cannot be taken; says why."""


@dataclass(slots=True)
class Batch:
    """What one request held. `rejected` elements are not among `elements`; `problem` says what was wrong with them."""

    elements: list[Element] = field(default_factory=list)
    rejected: int = 0
    problem: str = ""
    elements_max: int = 0

    def add(self, element: Element) -> None:
        """Take an element.

        raises  PortlogError too-large beyond `elements_max`
        """
        if len(self.elements) >= self.elements_max:
            raise PortlogError(
                "too-large", f"the request holds more than request_logs_max = {self.elements_max} spans or log records"
            )
        self.elements.append(element)

    def reject(self, what: str, why: object) -> None:
        """Count an element that cannot be taken; the first few are named."""
        self.rejected += 1
        if len(self.problem) < _PROBLEM_CHARS_MAX:
            self.problem += f"{'; ' if self.problem else ''}{what}: {why}"[: _PROBLEM_CHARS_MAX // 2]


def decode(body: bytes, *, protobuf: bool, signal: str = "", elements_max: int = 10_000) -> tuple[str, Batch]:
    """Take a request apart; return its signal and what it held.

    signal   one of SIGNALS where the path names it; "" reads it out of the body
    raises   PortlogError malformed-otlp, malformed-json: no OTLP request at all; too-large
    """
    batch = Batch(elements_max=elements_max)
    if not protobuf:
        return _decode_json(body, signal, batch), batch
    signal = signal or signal_of(body)
    if signal != "metrics":
        _decode_protobuf(body, signal, batch)
    return signal, batch


# -- protobuf ------------------------------------------------------------------------------------------------

_VARINT, _I64, _LEN, _I32 = 0, 1, 2, 5


def _fields(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(number, wire type, bytes of a LEN field) of one message (protobuf encoding guide).

    raises  _Bad where the text is no message
    """
    at, end = 0, len(data)
    while at < end:
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        value = b""
        if wire == _VARINT:
            _, at = _varint(data, at)
        elif wire == _I64:
            at += 8
        elif wire == _I32:
            at += 4
        elif wire == _LEN:
            size, at = _varint(data, at)
            value, at = data[at : at + size], at + size
        else:
            raise _Bad(f"wire type {wire} at byte {at}")
        if at > end or number == 0:
            raise _Bad("a field that runs beyond its message")
        yield number, wire, value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 70 and at < len(data):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise _Bad("a number without an end")


def _messages(data: bytes, number: int) -> Iterator[bytes]:
    return (value for found, wire, value in _fields(data) if found == number and wire == _LEN)


# Fields (number, wire type) of a record that only one signal has. Down to the records (1, 2, 2) all requests are alike.
_MARKS: dict[str, frozenset[tuple[int, int]]] = {
    # Span: its two times; kind, flags, numbers of dropped attributes, events and links
    "traces": frozenset(((7, _I64), (8, _I64), (6, _VARINT), (16, _I32), (10, _VARINT), (12, _VARINT), (14, _VARINT))),
    # LogRecord: its two times; severity, number of dropped attributes, flags
    "logs": frozenset(((1, _I64), (11, _I64), (2, _VARINT), (7, _VARINT), (8, _I32))),
}


def signal_of(body: bytes) -> str:
    """Which of the three export requests a protobuf body is, told by the fields of its first record.

    A Span has its times as 64-bit fields 7 and 8, a LogRecord as 1 and 11; a Metric has neither, and a name where a
    Span has an id of 16 bytes. A request without a record may be any of them: "traces".
    """
    try:
        for resource in _messages(body, 1):
            for scope in _messages(resource, 2):
                for record in _messages(scope, 2):
                    return _signal_of_record(record)
    except _Bad as bad:
        raise _malformed(bad) from None
    return "traces"


def _signal_of_record(record: bytes) -> str:
    fields = {(number, wire): len(value) for number, wire, value in _fields(record)}
    for signal, marks in _MARKS.items():
        if not marks.isdisjoint(fields):
            return signal
    if fields.get((1, _LEN)) == 16 or fields.get((2, _LEN)) == 8:
        return "traces"
    return "metrics" if (1, _LEN) in fields else "logs"


def _malformed(why: object) -> PortlogError:
    return PortlogError("malformed-otlp", f"the body is no OTLP export request: {why}")


def _decode_protobuf(body: bytes, signal: str, batch: Batch) -> None:
    request: Any = ExportTraceServiceRequest() if signal == "traces" else ExportLogsServiceRequest()
    try:
        request.ParseFromString(body)
    except DecodeError as error:
        _decode_apart(body, signal, error, batch)
        return
    for group in request.resource_spans if signal == "traces" else request.resource_logs:
        resource = {"attributes": _attributes(group.resource.attributes)}
        for part in group.scope_spans if signal == "traces" else group.scope_logs:
            scope = _scope(part.scope)
            for record in part.spans if signal == "traces" else part.log_records:
                _add(batch, resource, scope, record, signal)


def _decode_apart(body: bytes, signal: str, error: DecodeError, batch: Batch) -> None:
    """A request that does not parse whole: each span by itself, so that one with broken text does not sink the rest."""
    record_type: Any = Span if signal == "traces" else LogRecord
    try:
        for group in _messages(body, 1):
            resource = {"attributes": _attributes(_parsed(Resource, next(_messages(group, 1), b"")).attributes)}
            for part in _messages(group, 2):
                scope = _scope(_parsed(InstrumentationScope, next(_messages(part, 1), b"")))
                for record in _messages(part, 2):
                    try:
                        parsed = record_type.FromString(record)
                    except DecodeError as why:
                        batch.reject(signal, f"does not decode: {why}")
                        continue
                    _add(batch, resource, scope, parsed, signal)
    except _Bad:
        raise _malformed(error) from None
    if not batch.elements:
        raise _malformed(error)


def _parsed(kind: Any, data: bytes) -> Any:
    """A message; an empty one where it does not parse."""
    try:
        return kind.FromString(data)
    except DecodeError:
        return kind()


def _add(batch: Batch, resource: Element, scope: Element, record: Any, signal: str) -> None:
    if signal == "traces":
        try:
            batch.add({"resource": resource, "scope": scope, "span": _span(record)})
        except _Bad as bad:
            batch.reject(f"span {record.name[:60]!r}", bad)
    else:
        batch.add(element_of_record(resource, scope, _record(record)))


def _scope(scope: Any) -> Element:
    return _compact({"name": scope.name, "version": scope.version, "attributes": _attributes(scope.attributes)})


def _compact(element: Element) -> Element:
    """Without what is empty; None, "", 0, {} and [] say nothing in protobuf."""
    return {name: value for name, value in element.items() if value}


def _span(span: Any) -> Element:
    result: Element = {
        "traceId": _id(span.trace_id, 16, "trace_id"),
        "spanId": _id(span.span_id, 8, "span_id"),
        "name": span.name,
        "kind": span.kind,
        "startTimeUnixNano": span.start_time_unix_nano,
        "endTimeUnixNano": span.end_time_unix_nano,
        "attributes": _attributes(span.attributes),
    }
    if parent := _parent(span.parent_span_id):
        result["parentSpanId"] = parent
    if span.events:
        events = ((event.name, event.time_unix_nano, _attributes(event.attributes)) for event in span.events)
        result["events"] = _events(events)
    if span.links:
        result["links"] = [
            {"traceId": link.trace_id.hex(), "spanId": link.span_id.hex(), "attributes": _attributes(link.attributes)}
            for link in span.links
        ]
    if span.HasField("status"):
        result["status"] = _compact({"code": span.status.code, "message": span.status.message})
    rest = {
        "traceState": span.trace_state,
        "flags": span.flags & _FLAGS,
        "droppedAttributesCount": span.dropped_attributes_count,
        "droppedEventsCount": span.dropped_events_count,
        "droppedLinksCount": span.dropped_links_count,
    }
    result.update(_compact(rest))
    return result


def _record(record: Any) -> Element:
    return _compact(
        {
            "traceId": record.trace_id.hex() if _is_id(record.trace_id, 16) else "",
            "spanId": record.span_id.hex() if _is_id(record.span_id, 8) else "",
            "eventName": record.event_name,
            "timeUnixNano": record.time_unix_nano,
            "observedTimeUnixNano": record.observed_time_unix_nano,
            "severityNumber": record.severity_number,
            "severityText": record.severity_text,
            "body": _value(record.body),
            "attributes": _attributes(record.attributes),
        }
    )


def _is_id(data: bytes, size: int) -> bool:
    return len(data) == size and any(data)


def _id(data: bytes, size: int, name: str) -> str:
    if not _is_id(data, size):
        raise _Bad(f"{name} must be {size} bytes, not all zero; it has {len(data)}")
    return data.hex()


def _parent(data: bytes) -> str:
    """An empty parent is a root; one that is no id cannot be found either."""
    return data.hex() if _is_id(data, 8) else ""


def _attributes(pairs: Iterable[Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for pair in pairs:
        key, any_value = pair.key, pair.value
        kind = any_value.WhichOneof("value")
        value = any_value.string_value if kind == "string_value" else _value_of(any_value, kind)
        clean = cleaner_of(key)
        result[key] = value if clean is None else clean(value)
    return result


def _value(any_value: Any) -> Any:
    return _value_of(any_value, any_value.WhichOneof("value"))


def _value_of(any_value: Any, kind: str | None) -> Any:
    if kind == "string_value":
        return any_value.string_value
    if kind == "int_value":
        return any_value.int_value
    if kind == "bool_value":
        return any_value.bool_value
    if kind == "double_value":
        return _double(any_value.double_value)
    if kind == "array_value":
        return [_value(member) for member in any_value.array_value.values]
    if kind == "kvlist_value":
        return _attributes(any_value.kvlist_value.values)
    if kind == "bytes_value":
        return base64.b64encode(any_value.bytes_value).decode()
    return None


def _double(value: float) -> float | str:
    """JSON has no NaN and no infinities: they become the text that protobuf's JSON form has for them."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


_GAP_NANO = 1_000_000_000


def _events(events: Iterable[tuple[str, int, dict[str, Any]]]) -> list[Element]:
    """Span events; the empty ones that mark the chunks of a stream become one (otel.md 9): their number, when the first and
    the last came, and from when to when nothing came for over a second."""
    result: list[Element] = []
    chunks: Element | None = None
    for name, nano, attributes in events:
        if name in CHUNK_EVENTS and not attributes:
            if chunks is None:
                chunks = {"name": name, "timeUnixNano": nano, "lastTimeUnixNano": nano, "count": 0}
                result.append(chunks)
            if nano - chunks["lastTimeUnixNano"] > _GAP_NANO:
                chunks.setdefault("gaps", []).append([chunks["lastTimeUnixNano"], nano])
            chunks["lastTimeUnixNano"], chunks["count"] = nano, chunks["count"] + 1
        else:
            result.append(_compact({"name": name, "timeUnixNano": nano, "attributes": attributes}))
    return result


def element_of_record(resource: Element, scope: Element, record: Element) -> Element:
    """A log record as an element: with `logs` where it belongs to a span and is joined with it, else with `record`."""
    attributes = record.get("attributes", {})
    name = record.get("eventName") or attributes.get("event.name") or attributes.get("event_name")
    if isinstance(name, str) and name in CONTENT_EVENTS and record.get("traceId") and record.get("spanId"):
        return {"resource": resource, "scope": scope, "logs": [record]}
    return {"resource": resource, "scope": scope, "record": record}


# -- JSON ----------------------------------------------------------------------------------------------------

_ROOTS = {"traces": "resourceSpans", "logs": "resourceLogs", "metrics": "resourceMetrics"}
_SIGNAL_OF_ROOT = {root: signal for signal, root in _ROOTS.items()}
_KINDS = {"INTERNAL": 1, "SERVER": 2, "CLIENT": 3, "PRODUCER": 4, "CONSUMER": 5}
_CODES = {"UNSET": 0, "OK": 1, "ERROR": 2}


def looks_like_json(body: bytes) -> bool:
    """Whether a JSON body of `POST /v1/logs` is an OTLP request rather than logs: it has one of OTLP's roots on top."""
    if not any(f'"{root}"'.encode() in body for root in _SIGNAL_OF_ROOT) or body.lstrip()[:1] != b"{":
        return False
    try:
        value = jsons.decode_any(body)
    except (ValueError, RecursionError):
        return False
    return any(root in value for root in _SIGNAL_OF_ROOT)


def _decode_json(body: bytes, signal: str, batch: Batch) -> str:
    value = jsons.decode_loosely(body) if body.strip() else {}
    if not isinstance(value, dict):
        raise _malformed(f"it must be an object, not {kind_of(value)}")
    found = next((name for root, name in _SIGNAL_OF_ROOT.items() if root in value), signal or "traces")
    if signal and found != signal:
        raise _malformed(f"the path takes {signal}, the body holds {_ROOTS[found]}")
    if found == "metrics":
        return found
    inner, leaf = ("scopeSpans", "spans") if found == "traces" else ("scopeLogs", "logRecords")
    for group in _list(value, _ROOTS[found]):
        resource = {"attributes": _json_attributes(_member(group, "resource"))}
        for part in _list(group, inner):
            sent = _member(part, "scope")
            names = {"name": _text(sent, "name"), "version": _text(sent, "version")}
            scope = _compact({**names, "attributes": _json_attributes(sent)})
            for record in _list(part, leaf):
                _add_json(batch, resource, scope, record, found)
    return found


def _add_json(batch: Batch, resource: Element, scope: Element, record: Any, signal: str) -> None:
    try:
        if signal == "traces":
            batch.add({"resource": resource, "scope": scope, "span": _json_span(record)})
        else:
            batch.add(element_of_record(resource, scope, _json_record(record)))
    except _Bad as bad:
        name = record.get("name") if isinstance(record, dict) else None
        batch.reject(f"{signal.removesuffix('s')} {str(name)[:60]!r}", bad)


def _list(holder: Any, name: str) -> list[Any]:
    value = holder.get(name) if isinstance(holder, dict) else None
    if value is None:
        return []
    if not isinstance(value, list):
        raise _malformed(f"{name} must be an array, not {kind_of(value)}")
    return value


def _member(holder: Any, name: str) -> Element:
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, dict) else {}


def _text(holder: Element, name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""


def _json_span(span: Any) -> Element:
    if not isinstance(span, dict):
        raise _Bad(f"must be an object, not {kind_of(span)}")
    result: Element = {
        "traceId": _id(_bytes(span, "traceId", 16), 16, "traceId"),
        "spanId": _id(_bytes(span, "spanId", 8), 8, "spanId"),
        "name": _text(span, "name"),
        "kind": _enum(span.get("kind"), "SPAN_KIND_", _KINDS),
        "startTimeUnixNano": _integer(span, "startTimeUnixNano"),
        "endTimeUnixNano": _integer(span, "endTimeUnixNano"),
        "attributes": _json_attributes(span),
    }
    if parent := _parent(_bytes(span, "parentSpanId", 8)):
        result["parentSpanId"] = parent
    if events := _parts(span, "events"):
        result["events"] = _events(
            (_text(event, "name"), _integer(event, "timeUnixNano"), _json_attributes(event)) for event in events
        )
    if links := _parts(span, "links"):
        result["links"] = [
            {
                "traceId": _bytes(link, "traceId", 16).hex(),
                "spanId": _bytes(link, "spanId", 8).hex(),
                "attributes": _json_attributes(link),
            }
            for link in links
        ]
    if isinstance(status := span.get("status"), dict):
        code = _enum(status.get("code"), "STATUS_CODE_", _CODES)
        result["status"] = _compact({"code": code, "message": _text(status, "message")})
    rest = {
        "traceState": _text(span, "traceState"),
        "flags": _integer(span, "flags") & _FLAGS,
        **{name: _integer(span, name) for name in ("droppedAttributesCount", "droppedEventsCount", "droppedLinksCount")},
    }
    result.update(_compact(rest))
    return result


def _json_record(record: Any) -> Element:
    if not isinstance(record, dict):
        raise _Bad(f"must be an object, not {kind_of(record)}")
    trace_id, span_id = _bytes(record, "traceId", 16), _bytes(record, "spanId", 8)
    return _compact(
        {
            "traceId": trace_id.hex() if _is_id(trace_id, 16) else "",
            "spanId": span_id.hex() if _is_id(span_id, 8) else "",
            "eventName": _text(record, "eventName"),
            "timeUnixNano": _integer(record, "timeUnixNano"),
            "observedTimeUnixNano": _integer(record, "observedTimeUnixNano"),
            "severityNumber": _integer(record, "severityNumber"),
            "severityText": _text(record, "severityText"),
            "body": _json_value(record.get("body"), 0),
            "attributes": _json_attributes(record),
        }
    )


def _bytes(holder: Element, name: str, size: int) -> bytes:
    """An id: hex in any case; base64, which is protobuf's own JSON form, where it is no hex of that size."""
    text = holder.get(name)
    if not isinstance(text, str):
        return b""
    try:
        data = bytes.fromhex(text) if len(text) == 2 * size else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return b""
    return data


def _integer(holder: Element, name: str) -> int:
    """A number or its text; 0, protobuf's absent, for anything else or beyond 64 bits."""
    value = holder.get(name)
    try:
        number = int(value) if isinstance(value, int | float | str) else 0
    except (ValueError, OverflowError):
        return 0
    return number if 0 <= number < _UINT64 else 0


def _enum(value: Any, prefix: str, names: dict[str, int]) -> int:
    if isinstance(value, str):
        return names.get(value.removeprefix(prefix), 0)
    return value if isinstance(value, int) and 0 <= value < 2**31 else 0


def _parts(holder: Element, name: str) -> list[Element]:
    value = holder.get(name)
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _json_attributes(holder: Element) -> dict[str, Any]:
    return _json_pairs(holder.get("attributes"), 0)


def _json_pairs(pairs: Any, depth: int) -> dict[str, Any]:
    result: dict[str, Any] = {}
    if not isinstance(pairs, list):
        return result
    for pair in pairs:
        key = pair.get("key") if isinstance(pair, dict) else None
        if isinstance(key, str):
            value = _json_value(pair.get("value"), depth)
            clean = cleaner_of(key)
            result[key] = value if clean is None else clean(value)
    return result


def _json_value(sent: Any, depth: int) -> Any:
    if not isinstance(sent, dict):
        return None
    if depth > _DEPTH_MAX:
        raise _Bad(f"a value is nested deeper than {_DEPTH_MAX} levels")
    for kind, value in sent.items():
        read = _READ_VALUE.get(kind)
        if read is not None:
            return read(value, depth)
    return None


def _json_integer(value: Any, depth: int) -> Any:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return str(value)
    return number if -(2**63) <= number < _UINT64 else str(number)


def _json_double(value: Any, depth: int) -> Any:
    try:
        return _double(float(value))
    except (TypeError, ValueError, OverflowError):
        return str(value)


def _json_array(value: Any, depth: int) -> Any:
    values = value.get("values") if isinstance(value, dict) else None
    return [_json_value(member, depth + 1) for member in values] if isinstance(values, list) else []


def _json_map(value: Any, depth: int) -> Any:
    return _json_pairs(value.get("values") if isinstance(value, dict) else None, depth + 1)


_READ_VALUE: dict[str, Callable[[Any, int], Any]] = {
    "stringValue": lambda value, _: value if isinstance(value, str) else str(value),
    "boolValue": lambda value, _: bool(value),
    "intValue": _json_integer,
    "doubleValue": _json_double,
    "arrayValue": _json_array,
    "kvlistValue": _json_map,
    "bytesValue": lambda value, _: value if isinstance(value, str) else str(value),
}
