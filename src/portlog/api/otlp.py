"""OTLP over HTTP: `POST …/v1/traces`, `/v1/logs`, `/v1/metrics` in protobuf or JSON (otel.md 1 and 2, contract 10).

Answers come in the request's encoding: an empty Export…ServiceResponse, one with partial success, or a
google.rpc.Status. Exporters send again after 429, 502, 503 and 504 only, so nothing else may stand for "later".
"""

from __future__ import annotations

from collections.abc import Mapping

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.responses import Response

from portlog.api.auth import demand
from portlog.api.body import Receive, read_body
from portlog.api.parts import Parts
from portlog.api.reply import refusal
from portlog.errors import PortlogError
from portlog.ingest import Export
from portlog.schema import jsons

PROTOBUF, JSON = "application/x-protobuf", "application/json"
_PROTOBUF_TYPES = frozenset((PROTOBUF, "application/protobuf", "application/vnd.google.protobuf"))
_JSON_TYPES = frozenset((JSON, "text/json"))
# google.rpc.Code for each HTTP status that we answer with.
_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 405: 12, 409: 10, 413: 8, 415: 3, 500: 13, 503: 14}
# How the JSON form names what was rejected.
_REJECTED = {"traces": "rejectedSpans", "logs": "rejectedLogRecords", "metrics": "rejectedDataPoints"}


def media_type(headers: Mapping[str, str]) -> str:
    """The request's media type, without parameters, in lower case; "" when none was sent."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def is_protobuf(headers: Mapping[str, str]) -> bool:
    """Whether the request says that its body is protobuf."""
    return media_type(headers) in _PROTOBUF_TYPES


async def export(parts: Parts, method: str, headers: Mapping[str, str], receive: Receive, signal: str) -> Response:
    """Answer a request to one of OTLP's paths; refusals too.

    signal  what the path takes: traces, logs, metrics, or "" where the body says
    raises  ClientGone
    """
    try:
        if method != "POST":
            raise PortlogError("method-not-allowed", f"{method} is not served here; allowed: POST")
        return await _export(parts, headers, receive, signal)
    except PortlogError as error:
        parts.meters["portlog_calls_refused"].labels(error.kind.slug).inc()
        return status_reply(error, protobuf=is_protobuf(headers))


async def _export(parts: Parts, headers: Mapping[str, str], receive: Receive, signal: str) -> Response:
    caller = parts.auth.caller(headers)
    demand(caller, "logs.write")
    sent = media_type(headers)
    if sent and sent not in _PROTOBUF_TYPES | _JSON_TYPES:
        raise PortlogError("unsupported-type", f"content-type {sent[:80]!r} is not OTLP")
    body = await read_body(headers, receive, parts.settings.request_bytes_max)
    protobuf = sent in _PROTOBUF_TYPES or (not sent and body[:1] != b"{")
    taken = await parts.ingest.accept_otlp(
        body, headers, protobuf=protobuf, signal=signal, workspace=caller.workspace, api_key_id=caller.api_key_id
    )
    if protobuf:
        return Response(_protobuf(taken), media_type=sent or PROTOBUF)
    return Response(json_body(taken), media_type=JSON)


def _protobuf(taken: Export) -> bytes:
    """The response message; no bytes at all when everything was taken."""
    if not taken.rejected:
        return b""
    traces, logs = ExportTraceServiceResponse(), ExportLogsServiceResponse()
    if taken.signal == "traces":
        traces.partial_success.rejected_spans = taken.rejected
        traces.partial_success.error_message = taken.problem
    else:
        logs.partial_success.rejected_log_records = taken.rejected
        logs.partial_success.error_message = taken.problem
    return bytes((traces if taken.signal == "traces" else logs).SerializeToString())


def json_body(taken: Export) -> bytes:
    """As `_protobuf`, in OTLP's JSON form, which has 64-bit numbers as text."""
    if not taken.rejected:
        return b"{}"
    partial = {_REJECTED[taken.signal]: str(taken.rejected), "errorMessage": taken.problem}
    return jsons.encode({"partialSuccess": partial})


def status_reply(error: PortlogError, *, protobuf: bool) -> Response:
    """A refusal as google.rpc.Status, with the headers that every refusal of ours has."""
    code, message = _CODES.get(error.kind.status, 2), f"{error.message}. {error.kind.remedy}"
    told = refusal(error)
    keep = ("retry-after", "www-authenticate", "x-portkey-request-id")
    headers = {name: told.headers[name] for name in keep if name in told.headers}
    if error.kind.status == 405:
        headers["allow"] = "POST"
    if protobuf:
        return Response(_status(code, message), error.kind.status, headers, media_type=PROTOBUF)
    return Response(jsons.encode({"code": code, "message": message}), error.kind.status, headers, media_type=JSON)


def _status(code: int, message: str) -> bytes:
    """google.rpc.Status by hand: code is field 1, message field 2 (google/rpc/status.proto)."""
    text = message.encode("utf-8", "replace")[:4096]
    size, length = len(text), b""
    while size > 0x7F:
        length, size = length + bytes((size & 0x7F | 0x80,)), size >> 7
    return bytes((0x08, code, 0x12)) + length + bytes((size,)) + text
