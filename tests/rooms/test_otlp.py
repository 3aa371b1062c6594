"""OTLP requests taken apart: every capture in both encodings, ids, odd values, secrets, and what belongs together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from portlog.errors import PortlogError
from portlog.schema.secrets import REDACTED
from portlog.senders import otlp
from portlog.senders.otlp import merge
from portlog.senders.otlp.decode import Batch, signal_of
from portlog.senders.shapes import Context
from tests.spans import (
    BEGAN,
    FIXTURES,
    NOW_MS,
    SPAN,
    TRACE,
    element,
    event,
    read,
    request,
    said,
    span,
    stated,
    values,
)

PROTOBUFS = sorted(FIXTURES.glob("*.pb"))
Json = dict[str, Any]


def taken(body: bytes, *, protobuf: bool = True, signal: str = "") -> Batch:
    batch = otlp.decode(body, protobuf=protobuf, signal=signal)[1]
    assert batch.rejected == 0, batch.problem
    return batch


def of_json(sent: Json) -> Batch:
    return otlp.decode(json.dumps(sent).encode(), protobuf=False)[1]


def one(sent: Json) -> Json:
    """The one span of a request."""
    (found,) = taken(json.dumps(sent).encode(), protobuf=False).elements
    made: Json = found["span"]
    return made


# -- the captures --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", [f for f in PROTOBUFS if ".metrics." not in f.name], ids=lambda f: f.name)
def test_a_request_is_the_same_in_both_encodings(file: Path) -> None:
    elements = taken(file.read_bytes()).elements
    assert elements
    text = file.with_suffix(".json")
    if text.exists():  # each part of a request that was sent in parts has none
        assert taken(text.read_bytes(), protobuf=False).elements == elements
    sent = file.with_suffix(".sent.json")
    if sent.exists():
        assert taken(sent.read_bytes(), protobuf=False).elements == elements


def test_the_parts_of_a_request_are_the_request() -> None:
    parts = [e for part in sorted(FIXTURES.glob("*.part*.pb")) for e in taken(part.read_bytes()).elements]
    assert parts == taken((FIXTURES / "otl-openai-simple-ooo.pb").read_bytes()).elements


@pytest.mark.parametrize("file", PROTOBUFS, ids=lambda f: f.name)
def test_the_signal_of_a_body_is_told_by_its_first_record(file: Path) -> None:
    named = {".logs": "logs", ".metrics": "metrics"}.get(Path(file.stem).suffix, "traces")
    assert signal_of(file.read_bytes()) == named


def test_the_signal_of_bare_records_is_told() -> None:
    traces, logs, metrics = ExportTraceServiceRequest(), ExportLogsServiceRequest(), ExportMetricsServiceRequest()
    traces.resource_spans.add().scope_spans.add().spans.add(trace_id=b"t" * 16, span_id=b"s" * 8, name="n")
    logs.resource_logs.add().scope_logs.add().log_records.add(severity_text="INFO").body.string_value = "hello"
    metrics.resource_metrics.add().scope_metrics.add().metrics.add(name="requests", unit="1")
    for message, signal in ((traces, "traces"), (logs, "logs"), (metrics, "metrics")):
        assert signal_of(message.SerializeToString()) == signal
    # an id of a log record is as long as a span's, in other fields
    record = logs.resource_logs[0].scope_logs[0].log_records[0]
    record.ClearField("severity_text")
    record.trace_id, record.span_id = b"t" * 16, b"s" * 8
    assert signal_of(logs.SerializeToString()) == "logs"
    assert signal_of(b"") == "traces"


# -- identity ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ids", "wrong"),
    [
        ({"trace_id": "0" * 32}, "traceId"), ({"span_id": "0" * 16}, "spanId"), ({"trace_id": TRACE[:30]}, "traceId"),
        ({"span_id": SPAN + "00"}, "spanId"), ({"trace_id": ""}, "traceId"), ({"span_id": "xyz"}, "spanId"),
        ({"span_id": "zz" * 8}, "spanId"), ({"trace_id": 7}, "traceId"),
    ],
)  # fmt: skip
def test_a_span_without_an_id_is_rejected_and_the_rest_is_taken(ids: Json, wrong: str) -> None:
    batch = of_json(request(span("aa" * 8), span(**ids), span("bb" * 8)))
    assert [e["span"]["spanId"] for e in batch.elements] == ["aa" * 8, "bb" * 8]
    assert batch.rejected == 1
    assert wrong in batch.problem and "chat gpt-4o-mini" in batch.problem


def test_ids_are_hex_in_lower_case() -> None:
    found = one(request(span(SPAN.upper(), TRACE.upper(), parentSpanId="AB" * 8)))
    assert (found["traceId"], found["spanId"], found["parentSpanId"]) == (TRACE, SPAN, "ab" * 8)


def test_ids_in_protobufs_own_json_form_are_read() -> None:
    """Some print a request with a general protobuf printer, which has bytes in base64."""
    found = one(request(span("BRWBvzy1XBM=", "W4qlotLIcugyHPNzCNad8g==")))
    assert (found["traceId"], found["spanId"]) == (TRACE, SPAN)


@pytest.mark.parametrize("parent", ["", "0" * 16, "ab", None])
def test_a_parent_that_is_none_makes_a_root(parent: Any) -> None:
    assert "parentSpanId" not in one(request(span(parentSpanId=parent)))


def test_one_undecodable_span_does_not_sink_the_batch() -> None:
    """Text that is no UTF-8 makes protobuf refuse the whole request: the others are taken all the same."""
    good, bad = ExportTraceServiceRequest(), ExportTraceServiceRequest()
    resource = good.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "shop"
    scope = resource.scope_spans.add()
    scope.scope.name = "tests"
    scope.spans.add(trace_id=b"t" * 16, span_id=b"s" * 8, name="good")
    bad.CopyFrom(good)
    bad.resource_spans[0].scope_spans[0].spans.add(trace_id=b"t" * 16, span_id=b"u" * 8, name="UTF")
    body = bad.SerializeToString().replace(b"UTF", b"\xff\xfe\xfd")
    batch = otlp.decode(body, protobuf=True)[1]
    assert batch.elements == taken(good.SerializeToString()).elements
    assert batch.rejected == 1 and "does not decode" in batch.problem


@pytest.mark.parametrize("body", [b"\xff", b"not protobuf", b"\x0a\x05ab", b"\x08\x01" + b"\xff" * 11, b"\x00", b"{}"])
def test_what_is_no_request_is_refused(body: bytes) -> None:
    with pytest.raises(PortlogError) as refused:
        otlp.decode(body, protobuf=True, signal="traces")
    assert refused.value.kind.slug == "malformed-otlp"


@pytest.mark.parametrize("body", ["[]", '"x"', '{"resourceSpans": 1}', '{"resourceSpans": [{"scopeSpans": "x"}]}'])
def test_json_that_is_no_request_is_refused(body: str) -> None:
    with pytest.raises(PortlogError, match="no OTLP export request"):
        otlp.decode(body.encode(), protobuf=False)


def test_what_is_not_known_is_passed_over() -> None:
    sent = request(span(newField={"a": 1}, kind=3, flags=0x301, status={"code": 2, "message": "bad", "deprecatedCode": 1}))
    sent["resourceSpans"][0]["entities"] = [1, None]
    sent["x"] = {"resourceSpans": 5}
    found = one(sent)
    assert found["status"] == {"code": 2, "message": "bad"}
    assert found["flags"] == 1  # bits above are set by real senders
    assert "newField" not in found
    assert taken(b"", protobuf=False).elements == taken(b"{}", protobuf=False).elements == taken(b"").elements == []


def test_a_request_of_too_many_is_refused() -> None:
    body = json.dumps(request(*(span(f"{i:016x}") for i in range(1, 12)))).encode()
    with pytest.raises(PortlogError, match="request_logs_max = 10"):
        otlp.decode(body, protobuf=False, elements_max=10)


# -- values --------------------------------------------------------------------------------------------------


def test_values_become_plain_json() -> None:
    attributes = {"text": "ö", "yes": True, "low": -(2**63), "half": 0.5, "whole": 1.0, "list": [1, "a", [False]], "map": {"k": {"n": 1}}}
    sent = request(span(attributes=attributes))
    spans = sent["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"]
    spans += [
        {"key": "large", "value": {"intValue": str(2**64 - 1)}},
        {"key": "number", "value": {"intValue": 7}},
        {"key": "beyond", "value": {"intValue": "1" * 40}},
        {"key": "bytes", "value": {"bytesValue": "AAECAw=="}},
        {"key": "nan", "value": {"doubleValue": "NaN"}},
        {"key": "inf", "value": {"doubleValue": "-Infinity"}},
        {"key": "none", "value": {}},
        {"key": "odd", "value": {"intValue": "x"}},
        {"key": 5, "value": {"intValue": 1}},
    ]
    assert one(sent)["attributes"] == {
        **attributes, "large": 2**64 - 1, "number": 7, "beyond": "1" * 40, "bytes": "AAECAw==", "nan": "NaN",
        "inf": "-Infinity", "none": None, "odd": "x",
    }  # fmt: skip


def test_values_of_protobuf_become_the_same() -> None:
    message = ExportTraceServiceRequest()
    made = message.resource_spans.add().scope_spans.add().spans.add(trace_id=b"t" * 16, span_id=b"s" * 8)
    made.attributes.add(key="bytes").value.bytes_value = b"\x00\x01\x02\x03"
    made.attributes.add(key="nan").value.double_value = float("nan")
    made.attributes.add(key="inf").value.double_value = float("inf")
    made.attributes.add(key="none")
    made.attributes.add(key="map").value.kvlist_value.values.add(key="n").value.int_value = -1
    made.attributes.add(key="empty").value.array_value.SetInParent()
    (found,) = taken(message.SerializeToString()).elements
    assert found["span"]["attributes"] == {
        "bytes": "AAECAw==", "nan": "NaN", "inf": "Infinity", "none": None, "map": {"n": -1}, "empty": [],
    }  # fmt: skip


def test_a_value_nested_too_deep_rejects_its_span_alone() -> None:
    deep: Any = {"stringValue": "x"}
    for _ in range(70):
        deep = {"arrayValue": {"values": [deep]}}
    sent = request(span("aa" * 8), span("bb" * 8))
    sent["resourceSpans"][0]["scopeSpans"][0]["spans"][1]["attributes"] = [{"key": "deep", "value": deep}]
    batch = of_json(sent)
    assert (len(batch.elements), batch.rejected) == (1, 1)
    assert "nested deeper" in batch.problem


@pytest.mark.parametrize("times", [{}, {"startTimeUnixNano": 0}, {"startTimeUnixNano": "soon"}, {"startTimeUnixNano": -5}])
def test_a_span_without_times_is_taken_and_has_the_time_of_receipt(times: Json) -> None:
    sent = span(**{"startTimeUnixNano": None, "endTimeUnixNano": None, **times})
    (found,) = of_json(request(sent)).elements
    log = read(found)
    assert (log.created_ms, log.response_ms, log.began_ms, log.ended_ms) == (NOW_MS, None, None, None)


def test_times_are_as_exact_as_sent() -> None:
    (found,) = of_json(request(span(startTimeUnixNano=BEGAN + 123_456, endTimeUnixNano=str(BEGAN + 2_623_456)))).elements
    log = read(found)
    assert log.response_ms == 2.5
    assert log.began_ms == (BEGAN + 123_456) / 1e6
    assert log.created_ms == BEGAN // 1_000_000


def test_a_clock_that_runs_backwards_gives_no_latency() -> None:
    (found,) = of_json(request(span(endTimeUnixNano=BEGAN - 1))).elements
    assert read(found).response_ms is None


def test_empty_chunk_events_are_counted_not_kept() -> None:
    """One per chunk of the stream, up to 128, says nothing but when the first came (otel.md 9)."""
    chunks = [{"name": "gen_ai.content.completion.chunk", "timeUnixNano": BEGAN + i * 1_000_000} for i in range(5, 105)]
    found = one(request(span(events=[*chunks, {"name": "exception", "timeUnixNano": BEGAN}])))
    assert found["events"] == [
        {"name": "gen_ai.content.completion.chunk", "timeUnixNano": BEGAN + 5_000_000,
         "lastTimeUnixNano": BEGAN + 104_000_000, "count": 100},
        {"name": "exception", "timeUnixNano": BEGAN},
    ]  # fmt: skip


def test_where_a_stream_paused_is_kept() -> None:
    at = [0, 900, 2_000, 2_100, 5_000]  # milliseconds after the first
    chunks = [{"name": "gen_ai.content.completion.chunk", "timeUnixNano": BEGAN + ms * 1_000_000} for ms in at]
    (event,) = one(request(span(events=chunks)))["events"]
    gaps = [[900, 2_000], [2_100, 5_000]]
    assert event["gaps"] == [[BEGAN + ms * 1_000_000 for ms in gap] for gap in gaps]


# -- secrets -------------------------------------------------------------------------------------------------

KEY = "sk-live-abcdef"


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("http.request.header.authorization", [f"Bearer {KEY}"]),
        ("http.request.header.x_api_key", KEY),
        ("ai.request.headers.authorization", f"Bearer {KEY}"),
        ("rpc.request.metadata.x-goog-api-key", [KEY]),
        ("llm.api_key", KEY),
        ("openai.apiKey", KEY),
        ("db.password", KEY),
        ("session.accessToken", KEY),
        ("llm.headers", json.dumps({"Authorization": f"Bearer {KEY}"})),
        ("llm.headers", f"{{'Authorization': 'Bearer {KEY}'}}"),
        ("llm.invocation_parameters", json.dumps({"model": "m", "extra_headers": {"x-api-key": KEY}})),
        ("langsmith.request.headers", {"api-key": KEY}),
        ("input.value", json.dumps({"model": "m", "messages": [], "extra_headers": {"Authorization": KEY}})),
        ("input.value", json.dumps({"model": "m", "api_key": KEY})),
        ("url.full", f"https://host/v1?key={KEY}&a=1"),
        ("http.url", f"https://user:{KEY}@host/v1"),
        ("url.query", f"a=1&api_key={KEY}"),
        ("gen_ai.openai.api_base", f"https://u:{KEY}@host/v1"),
    ],
)
def test_secrets_do_not_reach_the_disk(name: str, sent: Any) -> None:
    batch = of_json(request(span(attributes={name: sent}), resource={name: sent}))
    text = json.dumps(batch.elements)
    assert KEY not in text
    assert REDACTED in text


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("gen_ai.usage.details.cache_read_tokens", 64),
        ("ai.usage.reasoningTokens", 8),
        ("gen_ai.token.type", "input"),
        ("metadata.user_api_key_alias", "team-a"),
        ("llm.headers", "None"),
        ("llm.invocation_parameters", '{"max_tokens": 100,  "temperature": 0}'),
        ("llm.invocation_parameters", "{'temperature': <openai.Omit object at 0x7f>}"),
        ("gen_ai.input.messages", json.dumps([{"role": "user", "parts": [{"type": "text", "content": "my password is x"}]}])),
        ("input.value", json.dumps({"messages": [{"role": "user", "content": "api_key: ?"}]})),
        ("url.full", "https://host/v1/messages?beta=true"),
        ("db.password", ""),
    ],
)
def test_what_is_no_secret_is_left_as_it_is(name: str, sent: Any) -> None:
    assert one(request(span(attributes={name: sent})))["attributes"] == {name: sent}


# -- what belongs together -----------------------------------------------------------------------------------


def test_a_content_event_belongs_to_its_span_and_other_records_stand_for_themselves() -> None:
    records = [
        {"traceId": TRACE, "spanId": SPAN, "eventName": "gen_ai.user.message", "timeUnixNano": BEGAN},
        {"traceId": TRACE, "spanId": SPAN, "timeUnixNano": BEGAN, "attributes": values({"event.name": "gen_ai.choice"})},
        {"traceId": TRACE, "spanId": SPAN, "eventName": "gen_ai.evaluation.result", "timeUnixNano": BEGAN},
        {"eventName": "gen_ai.user.message", "timeUnixNano": BEGAN},
        {"body": {"stringValue": "hello"}, "observedTimeUnixNano": BEGAN, "attributes": values({"event.name": 7})},
    ]
    batch = of_json({"resourceLogs": [{"scopeLogs": [{"logRecords": [*records, 5]}]}]})
    assert ["logs" in e for e in batch.elements] == [True, True, False, False, False]
    assert batch.rejected == 1


def test_a_log_record_is_a_log_of_its_own_and_the_same_one_when_sent_again() -> None:
    record = {"traceId": TRACE, "spanId": SPAN, "timeUnixNano": BEGAN, "severityNumber": 17, "severityText": "ERROR",
              "body": {"stringValue": "the till is empty"}, "attributes": values({"till": 4})}  # fmt: skip
    sent = {"resourceLogs": [{"resource": {"attributes": values({"service.name": "shop"})}, "scopeLogs": [{"logRecords": [record]}]}]}
    first, again = read(of_json(sent).elements[0]), read(of_json(sent).elements[0])
    assert first == again
    assert (first.trace_id, first.parent_span_id, first.kind, first.outcome) == (TRACE, SPAN, "span", "error")
    assert first.span_id not in ("", SPAN)
    assert (first.span_name, said(first)[0], stated(first, "error_message")) == ("ERROR", "the till is empty", "the till is empty")
    assert first.metadata_index == {"till": "4", "severity": "ERROR", "service.name": "shop"}
    record["body"] = {"stringValue": "the till is full"}
    assert read(of_json(sent).elements[0]).span_id != first.span_id


def test_a_log_record_without_a_trace_gets_one() -> None:
    log = read(of_json({"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": "hi"}}]}]}]}).elements[0])
    assert len(log.trace_id) == 32 and len(log.span_id) == 16 and log.parent_span_id == ""


A, B, C = (event("gen_ai.user.message", body={"content": text}) for text in "abc")


def records(*logs: Json) -> Json:
    return {"resource": {"attributes": {"service.name": "shop"}}, "scope": {"name": "s"}, "logs": list(logs)}


def test_a_span_and_its_records_join_in_any_order() -> None:
    whole = element({"k": 1})
    for first, second in ((whole, records(A, B)), (records(A, B), whole)):
        merged = merge(first, second)
        assert merged == {**whole, "logs": [A, B]}
        assert list(merged) == ["resource", "scope", "span", "logs"]


def test_joining_again_changes_nothing() -> None:
    whole = merge(merge(records(A), element({"k": 1})), records(B, C))
    for part in (whole, records(A), records(C, B), element({"k": 1})):
        assert json.dumps(merge(whole, part)) == json.dumps(whole)


def test_records_stand_in_order_of_time_and_keep_the_order_in_which_they_came_at_one_time() -> None:
    later, earlier = event("gen_ai.choice", timeUnixNano=BEGAN + 9), event("gen_ai.choice", timeUnixNano=BEGAN)
    assert merge(records(later, B), records(A, earlier))["logs"] == [earlier, later, B, A]


def test_the_newer_span_wins() -> None:
    old, new = element({"k": 1}), element({"k": 2, "l": 3})
    assert merge(merge(old, records(A)), new) == {**new, "logs": [A]}


def test_an_event_alone_is_opened_by_its_own_ids_and_time() -> None:
    opened = otlp.open_element(records(A), Context(received_ms=NOW_MS))
    assert (opened.trace_id, opened.span_id, opened.created_ms) == (TRACE, SPAN, BEGAN / 1e6 + 1)


def test_an_otlp_request_is_told_from_logs_by_its_roots() -> None:
    assert otlp.looks_like_json(json.dumps(request(span())).encode())
    assert otlp.looks_like_json(b'\n {"resourceLogs": []}')
    log = {"request": {"url": "u", "body": {"resourceSpans": []}}, "response": {"body": None}}
    assert not otlp.looks_like_json(json.dumps(log).encode())
    assert not otlp.looks_like_json(json.dumps([request(span())]).encode())
    assert not otlp.looks_like_json(b'{"resourceSpans": ')
