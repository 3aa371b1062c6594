"""Span logs of the Python SDK's exporter (contract 3.2): ids of 64 bits, times in ns, a status that is not the posted one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portlog.senders.otel_log import otlp_form
from tests.rooms.shapes import opened, read, read_one, stated
from tests.samples import NOW_MS, json_values

BEGAN_NS = (NOW_MS - 60_000) * 1_000_000 + 123_456


def span_log(attributes: dict[str, Any] | None = None, metadata: dict[str, Any] | None = None, **span: Any) -> dict[str, Any]:
    return {
        "metadata": {"traceId": "uuid-of-the-sdk", "spanId": 2**64 - 1, "parentSpanId": None, "spanName": "call", "startTime": BEGAN_NS,
                     "endTime": BEGAN_NS + 5_000_000, "_logType": "opentelemetry", "_source": "unknown",
                     "framework.version": "unknown", **(metadata or {})},
        "request": {"method": "POST", "headers": {}, "body": {
            "name": "call", "context": {"trace_id": "0x" + "ab" * 16, "span_id": "0xffffffffffffffff", "trace_state": "[]"},
            "kind": "SpanKind.CLIENT", "parent_id": None, "status": {"status_code": "UNSET"}, "attributes": attributes or {},
            "events": [], "links": [], "resource": {"attributes": {"service.name": "shop"}}, **span}},
        "response": {"status": 200, "headers": {}, "body": {}, "response_time": 5.0},
    }  # fmt: skip


CHAT = {"gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o", "gen_ai.response.model": "gpt-4o-1",
        "gen_ai.usage.input_tokens": 21, "gen_ai.usage.output_tokens": 9}  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "kept"),
    [(2**64 - 1, "18446744073709551615"), (2**63, "9223372036854775808"), (2**53 + 1, "9007199254740993"), (2**70 + 3, str(2**70 + 3)),
     (1, "1"), ("abc", "abc")],
)  # fmt: skip
def test_ids_of_any_size_become_decimal_text_to_the_last_digit(sent: Any, kept: str) -> None:
    log = read_one(span_log(metadata={"spanId": sent, "parentSpanId": sent}))
    assert (log.span_id, log.parent_span_id) == (kept, kept)


def test_the_trace_is_the_one_that_the_sdk_names_in_its_headers_too() -> None:
    log = read_one(span_log())
    assert (log.trace_id, log.parent_span_id, log.span_name) == ("uuid-of-the-sdk", "", "call")


def test_times_are_nanoseconds() -> None:
    log = read_one(span_log())
    assert (log.created_ms, log.response_ms) == (NOW_MS - 60_000, 5.0)


def test_a_call_is_read_by_its_attributes() -> None:
    log = read_one(span_log(CHAT))
    said = stated(log)
    assert (log.kind, log.provider, log.outcome, log.status, log.request_url) == ("llm", "openai", "success", 200, "")
    assert (said["model"], said["model_requested"], said["input_tokens"], said["output_tokens"]) == ("gpt-4o-1", "gpt-4o", 21, 9)


def test_an_error_is_the_spans_whatever_status_was_posted() -> None:
    failed = {"status_code": "ERROR", "description": "it broke"}
    log = read_one(span_log(CHAT | {"error.type": "429"}, status=failed))
    assert (log.outcome, log.status, stated(log)["error_message"]) == ("error", 429, "it broke")
    assert read_one(span_log(CHAT, status=failed)).outcome == "error"


def test_the_form_is_that_of_otlp() -> None:
    element = span_log(CHAT, parent_id="0x00000000000000AB", events=[
        {"name": "e", "timestamp": "2026-11-23T09:01:37.394498Z", "attributes": {"i": 1}}])  # fmt: skip
    form = otlp_form(element)
    span = form["span"]
    assert form["resource"] == {"attributes": {"service.name": "shop"}}
    assert (span["traceId"], span["spanId"], span["parentSpanId"]) == ("ab" * 16, "f" * 16, "00000000000000ab")
    assert (span["kind"], span["status"]["code"], span["startTimeUnixNano"]) == (3, 0, BEGAN_NS)
    assert span["events"] == [{"timeUnixNano": 1_795_424_497_394_498_000, "name": "e", "attributes": {"i": 1}}]


def test_what_the_exporter_does_not_know_is_no_metadata() -> None:
    log = read_one(span_log(metadata={"team": "search"}))
    assert log.metadata_index["team"] == "search"
    assert "unknown" not in log.metadata_index.values()


PATCHED = {
    "_source": "openai", "_source_type": "LLM provider", "framework.version": "1.99", "module": "openai.resources.chat.completions",
    "method": "Completions.create", "args": "[]",
    "kwargs": '{"model": "gpt-4o", "messages": [{"role": "user", "content": "why"}], "extra_headers": {"authorization": "sk-SECRET"}}',
    "result.id": '"c-1"', "result.model": '"gpt-4o-1"', "result.usage.prompt_tokens": "3", "result.usage.completion_tokens": "4",
}  # fmt: skip


def test_the_attributes_of_the_sdks_own_patches_are_a_call() -> None:
    log = read_one(span_log(PATCHED))
    assert (log.kind, log.provider, log.source) == ("llm", "openai", "openai 1.99")
    assert json.loads(log.request_body)["messages"] == [{"role": "user", "content": "why"}]
    assert json.loads(log.response_body) == {"id": "c-1", "model": "gpt-4o-1", "usage": {"prompt_tokens": 3, "completion_tokens": 4}}
    embedding = PATCHED | {"method": "Embeddings.create"}
    assert read_one(span_log(embedding)).kind == "embedding"


def test_a_patched_framework_is_no_call() -> None:
    graph = {"_source": "langgraph", "method": "compile", "kwargs": "{}", "result": '"x"'}
    assert read_one(span_log(graph)).kind not in ("llm", "embedding")


def test_no_secret_of_a_patched_call_reaches_the_disk() -> None:
    (log,) = opened(span_log(PATCHED))
    assert b"SECRET" not in log.raw


def test_nothing_is_refused_for_what_is_missing_in_strict_mode_either() -> None:
    (log,) = read([{"metadata": {"_logType": "opentelemetry"}}], strict=True)
    assert (log.shape, len(log.trace_id)) == ("otel-span-log", 32)


@given(json_values, json_values, st.dictionaries(st.sampled_from(("startTime", "endTime", "spanId", "traceId", "_source")), json_values))
def test_any_span_log_is_read(body: Any, response: Any, metadata: dict[str, Any]) -> None:
    element = {"request": {"body": body}, "response": response, "metadata": metadata | {"_logType": "opentelemetry"}}
    assert [w for w in read_one(element).warnings if w.code == "unreadable"] == []


@given(st.dictionaries(st.sampled_from(("context", "status", "attributes", "events", "resource", "kind", "parent_id", "start_time")), json_values))
def test_any_span_is_read(span: dict[str, Any]) -> None:
    assert [w for w in read_one(span_log(**span)).warnings if w.code == "unreadable"] == []
