"""OTLP through the whole application: every path, both encodings, every answer, and what can be read afterwards."""

from __future__ import annotations

import base64
import gzip
import json
import os
import random
import zlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from portlog.api.routes import ROUTES
from portlog.catalog import ALL_SCOPES
from portlog.errors import PortlogError
from tests.api.conftest import House, refused
from tests.samples import chat
from tests.spans import FIXTURES, NOW_MS, SPAN, request, span, values

PROTOBUF, JSON = {"content-type": "application/x-protobuf"}, {"content-type": "application/json"}
PATHS = {"/v1" * versioned + route.path: route.signal for route in ROUTES if route.signal for versioned in {False, route.versioned}}
_ids = random.Random(7)  # noqa: S311


@pytest.fixture(scope="module", autouse=True)
def now(house: House) -> None:
    """Shortly after the captures."""
    house.clock.ms = NOW_MS


@pytest.fixture(scope="module")
def locked(house: House) -> House:
    return house.variant(auth="on")


def new_trace() -> str:
    return f"{_ids.getrandbits(127) + 1:032x}"


def send(house: House, path: str, body: Any, headers: dict[str, str] | None = None) -> httpx.Response:
    return house.call("POST", path, body, {**(JSON if isinstance(body, dict) else PROTOBUF), **(headers or {})})


def stored(house: House, trace_id: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = house.list(trace_id=trace_id)["data"]
    return rows


def protobuf(trace_id: str, *span_ids: bytes, name: str = "chat gpt-4o-mini") -> bytes:
    message = ExportTraceServiceRequest()
    scope = message.resource_spans.add().scope_spans.add()
    for span_id in span_ids:
        scope.spans.add(
            trace_id=bytes.fromhex(trace_id), span_id=span_id, name=name, kind=3, start_time_unix_nano=(NOW_MS - 5) * 10**6,
            end_time_unix_nano=(NOW_MS - 1) * 10**6,
        )  # fmt: skip
    return message.SerializeToString()


def logs_protobuf(trace_id: str) -> bytes:
    message = ExportLogsServiceRequest()
    record = message.resource_logs.add().scope_logs.add().log_records.add(trace_id=bytes.fromhex(trace_id), time_unix_nano=NOW_MS * 10**6)
    record.body.string_value = "the till is empty"
    return message.SerializeToString()


# -- paths and encodings -------------------------------------------------------------------------------------


def test_every_path_of_the_contract_is_there() -> None:
    bases = [f"{v}{base}" for v in ("", "/v1") for base in ("", "/otel", "/logs/otel")]
    wanted = {base + "/v1/" + signal for base in bases for signal in ("traces", "logs", "metrics") if base not in ("", "/v1")}
    wanted |= {"/traces", "/v1/traces", "/metrics", "/v1/metrics", "/api/public/otel/v1/traces"}
    wanted |= {base for base in bases if base not in ("", "/v1")}
    assert set(PATHS) == wanted


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("path", PATHS)
def test_a_path_takes_what_it_is_for_in_both_encodings(house: House, path: str, slash: str) -> None:
    signal, trace_id = PATHS[path], new_trace()
    if signal in ("traces", "any"):
        reply = send(house, path + slash, protobuf(trace_id, b"aaaaaaaa"))
        assert (reply.status_code, reply.content, reply.headers["content-type"]) == (200, b"", "application/x-protobuf")
        reply = send(house, path + slash, request(span("bb" * 8, trace_id)))
        assert (reply.status_code, reply.json(), reply.headers["content-type"]) == (200, {}, "application/json")
        assert len(stored(house, trace_id)) == 2
    if signal in ("logs", "any"):
        assert send(house, path + slash, logs_protobuf(trace_id)).content == b""
        record = {"traceId": trace_id, "timeUnixNano": str(NOW_MS * 10**6), "body": {"stringValue": "hi"}}
        assert send(house, path + slash, {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).json() == {}
        assert len(stored(house, trace_id)) == (4 if signal == "any" else 2)
    if signal in ("metrics", "any"):
        count = house.count()
        body = (FIXTURES / "logfire-pai_tools.metrics.pb").read_bytes()
        assert send(house, path + slash, body).content == b""
        assert send(house, path + slash, {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "x"}]}]}]}).json() == {}
        assert house.count() == count


@pytest.mark.parametrize("path", ["/v1/logs", "/logs"])
def test_the_path_of_logs_takes_otlp_too(house: House, path: str) -> None:
    """OTLP's default path for log records is the one of logs: protobuf, or one of OTLP's roots, tells."""
    trace_id = new_trace()
    record = {"traceId": trace_id, "body": {"stringValue": "hi"}}
    for body in (protobuf(trace_id, b"aaaaaaaa"), logs_protobuf(trace_id), {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]},
                 request(span("bb" * 8, trace_id))):  # fmt: skip
        reply = send(house, path, body)
        assert (reply.status_code, reply.content) == (200, b"{}" if isinstance(body, dict) else b"")
    assert len(stored(house, trace_id)) == 4
    log = chat(trace_id=trace_id)
    log["request"]["body"]["messages"][0]["content"] = '{"resourceSpans": []}'
    assert send(house, path, log).json()["count"] == 1


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/otel/v1/logs"])
@pytest.mark.parametrize("sent", [
    "application/x-protobuf; charset=utf-8", "Application/X-Protobuf", "application/protobuf", "", "application/x-protobuf;",
])  # fmt: skip
def test_a_media_type_is_read_in_any_spelling(house: House, path: str, sent: str) -> None:
    trace_id = new_trace()
    body = protobuf(trace_id, b"aaaaaaaa") if path == "/v1/traces" else logs_protobuf(trace_id)
    reply = house.call("POST", path, body, {"content-type": sent} if sent else None)
    assert (reply.status_code, reply.content) == (200, b"")
    assert reply.headers["content-type"] in ("application/x-protobuf", "application/protobuf")
    assert len(stored(house, trace_id)) == 1


@pytest.mark.parametrize("sent", ["application/json; charset=utf-8", "APPLICATION/JSON", ""])
def test_json_is_read_in_any_spelling(house: House, sent: str) -> None:
    body = json.dumps(request(span(trace_id=new_trace()))).encode()
    reply = house.call("POST", "/v1/traces", body, {"content-type": sent} if sent else None)
    assert (reply.status_code, reply.json(), reply.headers["content-type"]) == (200, {}, "application/json")


@pytest.mark.parametrize(("encoding", "pack"), [
    ("gzip", gzip.compress), ("deflate", zlib.compress), ("GZIP", gzip.compress), ("identity", bytes),
])  # fmt: skip
def test_packed_bodies(house: House, encoding: str, pack: Any) -> None:
    trace_id = new_trace()
    for body in (protobuf(trace_id, b"aaaaaaaa"), json.dumps(request(span("bb" * 8, trace_id))).encode()):
        kind = PROTOBUF if body[:1] != b"{" else JSON
        assert house.call("POST", "/v1/traces", pack(body), {**kind, "content-encoding": encoding}).status_code == 200
    assert len(stored(house, trace_id)) == 2


def test_a_chunked_body_without_a_length(house: House) -> None:
    trace_id = new_trace()
    body = json.dumps(request(span(trace_id=trace_id))).encode()

    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(body), 50):
            yield body[at : at + 50]

    reply = house.call("POST", "/v1/traces", chunks(), JSON)
    assert "content-length" not in reply.request.headers
    assert (reply.status_code, len(stored(house, trace_id))) == (200, 1)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"resourceSpans": []}', b'{"resourceSpans": [{"scopeSpans": [{"spans": []}]}]}'])
def test_an_empty_request_succeeds(house: House, body: bytes) -> None:
    reply = house.call("POST", "/v1/traces", body, PROTOBUF if not body else JSON)
    assert (reply.status_code, reply.content) == (200, b"" if not body else b"{}")


# -- partial success and refusals ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/otel"])
def test_bad_spans_are_rejected_and_the_rest_is_stored(house: House, path: str) -> None:
    trace_id = new_trace()
    reply = send(house, path, protobuf(trace_id, b"aaaaaaaa", b"short", bytes(8), b"bbbbbbbb"))
    message = ExportTraceServiceResponse.FromString(reply.content)
    assert (reply.status_code, message.partial_success.rejected_spans) == (200, 2)
    assert "span_id must be 8 bytes" in message.partial_success.error_message
    assert len(stored(house, trace_id)) == 2
    told = send(house, path, request(span("cc" * 8, trace_id), span("x", trace_id))).json()
    assert told["partialSuccess"]["rejectedSpans"] == "1"
    assert "spanId must be 8 bytes" in told["partialSuccess"]["errorMessage"]
    assert len(stored(house, trace_id)) == 3


def test_bad_log_records_are_rejected(house: House) -> None:
    told = send(house, "/v1/otel/v1/logs", {"resourceLogs": [{"scopeLogs": [{"logRecords": [5, {"body": {"stringValue": "x"}}]}]}]}).json()
    assert told["partialSuccess"]["rejectedLogRecords"] == "1"
    message = ExportLogsServiceRequest()
    records = message.resource_logs.add().scope_logs.add().log_records
    records.add(time_unix_nano=1).body.string_value = "UTF"
    records.add(time_unix_nano=2).body.string_value = "fine"
    reply = send(house, "/v1/otel/v1/logs", message.SerializeToString().replace(b"UTF", b"\xff\xfe\xfd"))
    assert ExportLogsServiceResponse.FromString(reply.content).partial_success.rejected_log_records == 1


def status_of(reply: httpx.Response) -> tuple[int, str]:
    """(code, message) of a google.rpc.Status in the reply's encoding; field 1 a varint, field 2 a text."""
    if reply.headers["content-type"] == "application/json":
        body = reply.json()
        assert set(body) == {"code", "message"}
        return body["code"], body["message"]
    assert reply.headers["content-type"] == "application/x-protobuf"
    content = reply.content
    assert (content[0], content[2]) == (0x08, 0x12)
    size, at = 0, 3
    for shift in (0, 7, 14):
        size |= (content[at] & 0x7F) << shift
        at += 1
        if content[at - 1] < 0x80:
            break
    assert len(content) == at + size
    return content[1], content[at:].decode()


@pytest.mark.parametrize("kind", [PROTOBUF, JSON], ids=["protobuf", "json"])
@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "code"),
    [
        ("/v1/traces", b"\xff\xff\xff", {}, 400, 3),
        ("/v1/otel", b"[1", {}, 400, 3),
        ("/v1/traces", b"x", {"content-encoding": "gzip"}, 400, 3),
        ("/v1/traces", b"x", {"content-encoding": "br"}, 415, 3),
        ("/v1/traces", b"x" * 2000, {}, 413, 8),
        ("/v1/traces", gzip.compress(b"\x0a" * 100_000, mtime=0), {"content-encoding": "gzip"}, 413, 8),
    ],
    ids=["bytes", "sniffed", "not gzip", "brotli", "large", "bomb"],
)
def test_refusals_are_a_status_in_the_requests_encoding(
    house: House, kind: dict[str, str], path: str, body: bytes, headers: dict[str, str], status: int, code: int
) -> None:
    reply = house.variant(request_bytes_max=1024).call("POST", path, body, {**kind, **headers})
    assert (reply.status_code, reply.headers["content-type"]) == (status, kind["content-type"])
    told = status_of(reply)
    assert told[0] == code and len(told[1]) > 20


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/otel", "/v1/logs/otel", "/v1/metrics"])
def test_another_media_type_is_415(house: House, path: str) -> None:
    reply = house.call("POST", path, b"x", {"content-type": "text/plain"})
    assert (reply.status_code, status_of(reply)[0]) == (415, 3)
    assert "text/plain" in status_of(reply)[1]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
@pytest.mark.parametrize("path", [p for p in PATHS if not p.endswith(("/metrics", "/traces")) or "otel" in p])
def test_another_method_is_405(house: House, path: str, method: str) -> None:
    reply = house.call(method, path, headers=PROTOBUF)
    assert (reply.status_code, reply.headers["allow"], reply.headers["content-type"]) == (405, "POST", "application/x-protobuf")


def test_traces_are_listed_where_they_are_posted(house: House) -> None:
    for path in ("/traces", "/v1/traces"):
        assert house.get(path).json()["object"] == "list"
        reply = house.call("PUT", path)
        assert (reply.status_code, reply.headers["allow"]) == (405, "GET, HEAD, POST")


def test_our_own_metrics_are_where_they_were(house: House) -> None:
    assert house.get("/metrics").headers["content-type"].startswith("text/plain")
    reply = house.call("PUT", "/metrics")
    assert (reply.status_code, reply.headers["allow"]) == (405, "GET, HEAD, POST")


@pytest.mark.parametrize("path", [*PATHS, "/v1/logs"])
def test_a_key_with_its_scope_is_needed(locked: House, house: House, path: str) -> None:
    key, other = (house.parts.catalog.create_key("k", scopes)[0] for scopes in (("logs.write",), ("logs.view",)))
    for headers, status, code in (({}, 401, 16), ({"x-portkey-api-key": "no"}, 401, 16), ({"x-portkey-api-key": other}, 403, 7)):
        reply = locked.call("POST", path, b"", {**PROTOBUF, **headers})
        assert (reply.status_code, status_of(reply)[0]) == (status, code)
        assert ("www-authenticate" in reply.headers) == (status == 401)
    assert locked.call("POST", path, b"", {**PROTOBUF, "x-portkey-api-key": key}).status_code == 200


def basic(name: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def test_a_key_comes_in_any_of_three_ways(locked: House, house: House) -> None:
    """Traceloop sends a bearer token, Langfuse `pk:sk`."""
    key = house.parts.catalog.create_key("k", ALL_SCOPES)[0]
    for headers in ({"x-portkey-api-key": key}, {"authorization": f"Bearer {key}"}, basic("pk-lf-1", key), basic(key, "sk-lf-1"), basic(key, "")):
        assert locked.call("POST", "/api/public/otel/v1/traces", b"", {**PROTOBUF, **headers}).status_code == 200
    for headers in (basic("pk-lf-1", "sk-lf-1"), basic("", ""), {"authorization": "Basic %%%"}, {"authorization": "Basic"}, {"authorization": f"Digest {key}"}):
        assert locked.call("POST", "/api/public/otel/v1/traces", b"", {**PROTOBUF, **headers}).status_code == 401
    assert house.call("POST", "/api/public/otel/v1/traces", b"", {**PROTOBUF, **basic("pk-lf-1", "sk-lf-1")}).status_code == 200


def test_overload_asks_to_come_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 with Retry-After: exporters repeat by themselves; anything else would lose the spans."""

    async def full(record: bytes) -> None:
        raise PortlogError("overloaded", "logs arrive too fast", retry_after_seconds=2)

    monkeypatch.setattr(house.parts.ingest, "_append", full)
    for body in (protobuf(new_trace(), b"aaaaaaaa"), request(span(trace_id=new_trace()))):
        reply = send(house, "/v1/traces", body)
        assert (reply.status_code, reply.headers["retry-after"], status_of(reply)[0]) == (503, "2", 14)


def test_a_bug_is_told_with_a_request_id_and_ends_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **named: Any) -> Any:
        raise RuntimeError("secret")

    with monkeypatch.context() as patch:
        patch.setattr(house.parts.ingest, "_read_otlp", broken)
        reply = send(house, "/v1/traces", protobuf(new_trace(), b"aaaaaaaa"))
    assert (reply.status_code, status_of(reply)[0]) == (500, 13)
    assert reply.headers["x-portkey-request-id"] and b"secret" not in reply.content
    assert send(house, "/v1/traces", b"").status_code == 200


def test_more_spans_than_a_call_may_hold(house: House) -> None:
    body = request(*(span(f"{i:016x}", new_trace()) for i in range(1, 10_003)))
    reply = send(house, "/v1/traces", body)
    assert (reply.status_code, status_of(reply)[0]) == (413, 8)
    assert "request_logs_max" in status_of(reply)[1]


def test_a_large_resource_many_times_is_refused_before_it_fills_the_memory(house: House) -> None:
    body = request(*(span(f"{i:016x}", new_trace()) for i in range(1, 9_000)), resource={"text": "x" * 10_000_000})
    reply = send(house, "/v1/traces", body)
    assert (reply.status_code, status_of(reply)[0]) == (413, 8)


# -- what is stored ------------------------------------------------------------------------------------------


def test_a_span_can_be_found_and_read(house: House) -> None:
    trace_id = new_trace()
    attributes = {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini", "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 24, "gen_ai.usage.cache_read.input_tokens": 64, "user.id": "user-otlp", "my.flag": "blue",
        "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": "how is the wombat?"}]}]),
        "gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": "It sleeps."}], "finish_reason": "stop"}]),
    }  # fmt: skip
    began = {"startTimeUnixNano": str((NOW_MS - 5_000) * 10**6), "endTimeUnixNano": str((NOW_MS - 4_750) * 10**6)}
    assert send(house, "/v1/traces", request(span(SPAN, trace_id, attributes=attributes, **began), resource={"service.name": "zoo"})).status_code == 200
    (row,) = house.list(user="user-otlp", metadata='{"my.flag": "blue", "service.name": "zoo"}')["data"]
    assert (row["trace_id"], row["span_id"], row["preview"], row["response_preview"]) == (trace_id, SPAN, "how is the wombat?", "It sleeps.")
    log = house.log(row["id"])
    assert log["request"]["body"]["messages"] == [{"role": "user", "content": "how is the wombat?"}]
    assert log["response"]["body"]["choices"][0]["message"]["content"] == "It sleeps."
    metrics = log["metrics"]
    assert (metrics["req_units"], metrics["res_units"], metrics["total_units"], metrics["response_time"]) == (120, 24, 144, 250)


def test_the_same_request_again_changes_nothing(house: House) -> None:
    trace_id = new_trace()
    body = protobuf(trace_id, b"aaaaaaaa", b"bbbbbbbb")
    for _ in range(3):
        assert send(house, "/v1/traces", body).status_code == 200
    first = stored(house, trace_id)
    assert len(first) == 2
    assert send(house, "/v1/traces", body).status_code == 200
    assert stored(house, trace_id) == first


@pytest.mark.parametrize("first", ["span", "event"])
def test_content_that_comes_apart_from_its_span_is_joined_in_either_order(house: House, first: str) -> None:
    trace_id = new_trace()
    record = {
        "traceId": trace_id, "spanId": SPAN, "eventName": "gen_ai.user.message", "timeUnixNano": str(NOW_MS * 10**6), "body": {"kvlistValue": {"values": values({"content": "how is the emu?"})}},
    }  # fmt: skip
    event, whole = {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}, request(span(SPAN, trace_id, attributes={"gen_ai.operation.name": "chat"}))
    for body in (whole, event) if first == "span" else (event, whole):
        assert send(house, "/v1/otel", body).status_code == 200
        assert len(stored(house, trace_id)) == 1
    (row,) = stored(house, trace_id)
    assert (row["preview"], row["span_name"], row["response_time"]) == ("how is the emu?", "chat gpt-4o-mini", 250)


def test_trace_headers_of_the_exporters_own_call_are_not_the_spans(house: House) -> None:
    trace_id = new_trace()
    own = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01", "x-portkey-trace-id": "mine", "x-portkey-parent-span-id": "p", "x-portkey-span-name": "n"}
    assert send(house, "/v1/traces", protobuf(trace_id, b"aaaaaaaa"), own).status_code == 200
    (row,) = stored(house, trace_id)
    assert (row["span_name"], row.get("parent_span_id") or "") == ("chat gpt-4o-mini", "")


def test_metadata_of_the_call_is_added(house: House) -> None:
    trace_id = new_trace()
    assert send(house, "/v1/traces", protobuf(trace_id, b"aaaaaaaa"), {"x-portkey-metadata": '{"team": "zoo"}'}).status_code == 200
    (row,) = stored(house, trace_id)
    assert house.log(row["id"])["metadata"]["team"] == "zoo"


def test_do_not_track_keeps_figures_and_no_content(house: House) -> None:
    trace_id = new_trace()
    attributes = {"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 7, "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": "okapi"}]}])}
    assert send(house, "/v1/traces", request(span(SPAN, trace_id, attributes=attributes)), {"x-portkey-debug": "false"}).status_code == 200
    (row,) = stored(house, trace_id)
    log = house.log(row["id"])
    assert log["metrics"]["req_units"] == 7
    assert "okapi" not in json.dumps([log, row])


@pytest.mark.parametrize("name", ["langfuse-tools", "oi-agents", "ai7-tools", "genai-anthropic-atools", "logfire-lf_stream", "otlev-openai-tools"])
def test_captures_are_stored_whole(house: House, name: str) -> None:
    expected = json.loads((FIXTURES / "expected.json").read_text(encoding="utf-8"))[name]
    for file in (FIXTURES / f"{name}.pb", FIXTURES / f"{name}.logs.pb"):
        if file.exists():
            body = gzip.compress(file.read_bytes())
            reply = send(house, "/v1/otel", body, {"content-encoding": "gzip"})
            assert (reply.status_code, reply.content) == (200, b"")
    message = ExportTraceServiceRequest.FromString((FIXTURES / f"{name}.pb").read_bytes())
    traces = {s.trace_id.hex() for r in message.resource_spans for g in r.scope_spans for s in g.spans}
    rows = [row for trace_id in traces for row in stored(house, trace_id)]
    assert {row["span_id"] for row in rows} == set(expected["kind_by_span"])
    assert {row["span_id"]: row["parent_span_id"] or None for row in rows} == expected["parents"]


# -- hostile bodies ------------------------------------------------------------------------------------------


def test_no_bytes_are_our_fault(house: House) -> None:
    """Random bytes, and true requests with bytes changed, cut and doubled: 200 or 400, never 5xx."""
    seed = int.from_bytes(os.urandom(4), "big")
    dice = random.Random(seed)  # noqa: S311
    files = [f.read_bytes() for f in sorted(FIXTURES.glob("*.pb")) if f.stat().st_size < 5_000]
    texts = [f.read_bytes() for f in sorted(FIXTURES.glob("ai7*.json"))]
    for _ in range(400):
        base = dice.choice(files + texts)
        body = bytearray(base)
        for _ in range(dice.randint(1, 8)):
            at = dice.randrange(len(body))
            match dice.randrange(4):
                case 0:
                    body[at] = dice.randrange(256)
                case 1:
                    del body[at : at + dice.randint(1, 40)]
                case 2:
                    body[at:at] = body[at : at + dice.randint(1, 200)]
                case _:
                    body[at:at] = dice.randbytes(dice.randint(1, 20))
        sent = bytes(body) if dice.random() < 0.9 else dice.randbytes(dice.randint(0, 200))
        headers = JSON if base in texts else PROTOBUF
        reply = house.call("POST", dice.choice(["/v1/traces", "/v1/otel", "/v1/otel/v1/logs", "/v1/logs"]), sent, headers, raise_app_exceptions=False)
        assert reply.status_code in (200, 400), (seed, reply.status_code, reply.content, sent)
    house.count()  # and what was taken can be stored
    assert send(house, "/v1/traces", b"").status_code == 200


def test_metric_requests_are_told_from_traces_on_a_bare_path(house: House) -> None:
    message = ExportMetricsServiceRequest()
    message.resource_metrics.add().scope_metrics.add().metrics.add(name="sixteen letters!").gauge.data_points.add(as_int=1)
    count = house.count()
    assert send(house, "/v1/otel", message.SerializeToString()).status_code == 200
    assert house.count() == count


def test_a_plain_logs_refusal_is_as_it_was(house: House) -> None:
    refused(house.call("POST", "/v1/logs", {"resource": []}, JSON), 400, "request-validation")
