"""Hypothesis over the wire: any bytes are logs or a refusal with a 4xx; what is accepted is stored and read back equal.

The default profile is small; the slow ones are the same claims with many more examples.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portlog.applier import row_of
from portlog.errors import PortlogError
from portlog.schema import jsons
from portlog.schema.ids import LogIds, created_ms_of
from portlog.schema.log import CALL_VERSION, Call, Log, decode_call, encode_call
from portlog.schema.secrets import redact
from portlog.schema.texts import join, texts_of
from portlog.senders import wire
from portlog.store import rows
from tests.samples import NOW_MS, SEED_SAMPLE, chat, json_values, marked_texts, minimal, mutated, nested

IDS = LogIds()
MANY = settings(max_examples=5000)


def outcome(body: bytes, headers: dict[str, str]) -> list[Log] | PortlogError:
    """What a call with this body comes to; any other exception is a bug."""
    try:
        context = wire.context_of(headers, wire.Context(received_ms=NOW_MS))
        return wire.parse(body, context, wire.Limits(50), IDS)
    except PortlogError as refusal:
        return refusal


def check(body: bytes, headers: dict[str, str] | None = None) -> list[Log]:
    """The two claims of this file, of one call."""
    found = outcome(body, headers or {})
    if isinstance(found, PortlogError):
        assert 400 <= found.kind.status < 500
        assert found.path in found.message or found.path.endswith("…")
        assert len(json.dumps(found.body())) < 20_000
        return []
    logs = [redact(log) for log in found]
    record = encode_call(Call(version=CALL_VERSION, logs=logs, received_ms=NOW_MS))
    again = decode_call(record)
    assert again.logs == logs
    stored = [row_of(seq, log) for seq, log in enumerate(again.logs)]
    assert rows.table(stored).num_rows == len(logs)
    for log, row in zip(found, stored, strict=True):
        request_texts, response_texts = texts_of(row.text)
        assert repr(join(row.request_shape, request_texts)) == repr(jsons.decode(log.request_body))
        assert repr(join(row.response_shape, response_texts)) == repr(jsons.decode(log.response_body))
        assert created_ms_of(log.id) == log.created_ms
        assert log.trace_id and log.span_id and log.provider and log.span_name
        assert all(len(value) <= wire.METADATA_INDEX_CHARS_MAX for value in log.metadata_index.values())
    return found


def bodies_equal(log: Log, element: dict[str, Any]) -> None:
    assert repr(jsons.decode(log.request_body)) == repr(element["request"]["body"])
    assert repr(jsons.decode(log.response_body)) == repr(element["response"]["body"])


KEYS = st.sampled_from(
    ["request", "response", "metadata", "url", "body", "headers", "method", "provider", "status", "response_time", "time",
     "streamingMode", "trace_id", "traceId", "span_id", "spanId", "parent_span_id", "span_name", "created_at", "_user", "_debug", "user",
     "usage", "messages", "content", "role", "model", "choices", "0", "1", "json", "text", "requestType", "call_type", "_logType"]
)  # fmt: skip
ODD = st.sampled_from(["", "None", "root", "0035", "-1", "post", "@openai", "2026-11-20", "NaN", 0, -1, 200, 2**31, 2**64, 1e300, True, None])
LOGLIKE = st.recursive(
    ODD | json_values, lambda inner: st.dictionaries(KEYS | marked_texts, inner, max_size=6) | st.lists(inner, max_size=3), max_leaves=25
)
LOGS = st.builds(
    lambda base, url, request, response, metadata, rest: rest
    | base
    | {
        "request": {**base["request"], "url": url, "body": request},
        "response": {**base["response"], "body": response},
        "metadata": metadata,
    },
    st.sampled_from([chat(), minimal(), SEED_SAMPLE]),
    marked_texts.filter(bool),
    json_values,
    json_values,
    st.dictionaries(KEYS.filter(lambda key: key != "_logType") | marked_texts, ODD | json_values, max_size=5),
    st.dictionaries(marked_texts.map("x{}".format), json_values, max_size=2),
)
HEADERS = st.dictionaries(
    st.sampled_from(["x-portkey-trace-id", "x-portkey-span-id", "x-portkey-parent-span-id", "x-portkey-span-name", "x-portkey-metadata",
                     "x-portkey-debug", "x-portkey-provider", "x-portkey-config", "x-portkey-virtual-key", "traceparent", "baggage",
                     "x-log-validation"]),
    st.text(st.characters(max_codepoint=255), max_size=40)
    | st.sampled_from(['{"a":1}', '{"_user":"u","_debug":false}', "strict", "false", "a=b,c=%C3%BC;p", '{"api_key":"x"}',
                       "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"]),
    max_size=4,
)  # fmt: skip


def any_json(value: Any, headers: dict[str, str]) -> None:
    check(json.dumps(value).encode(), headers)


def a_valid_log(elements: list[dict[str, Any]], headers: dict[str, str]) -> None:
    """What is valid is accepted, in each form of a body, and its bodies are equal to what was sent."""
    headers = {name: value for name, value in headers.items() if name != "x-log-validation"}
    texts = [json.dumps(element) for element in elements]
    forms = [json.dumps(elements), "\n".join(texts), json.dumps({str(i): element for i, element in enumerate(elements)})]
    for form in forms:
        found = check(form.encode(), headers)
        assert len(found) == len(elements)
        for log, element in zip(found, elements, strict=True):
            bodies_equal(log, element)


def a_mutated_log(data: st.DataObject) -> None:
    text = json.dumps(data.draw(st.sampled_from([chat("Zürich"), SEED_SAMPLE, [minimal(), chat()]])), ensure_ascii=False).encode()
    check(data.draw(mutated(text)))


@given(LOGLIKE, HEADERS)
@example([], {})
@example({"request": {"url": "u", "body": 1, "provider": "@"}, "response": {"body": 1}}, {})
@example({"request": {"url": "[", "body": 1}, "response": {"body": 1}}, {})
def test_any_json_is_logs_or_a_refusal(value: Any, headers: dict[str, str]) -> None:
    any_json(value, headers)


@given(st.lists(LOGS, min_size=1, max_size=3), HEADERS)
def test_a_valid_log_is_accepted_in_every_form_and_its_bodies_come_back_equal(elements: list[dict[str, Any]], headers: dict[str, str]) -> None:
    a_valid_log(elements, headers)


@given(st.data())
def test_a_mutated_log_is_a_log_or_a_refusal(data: st.DataObject) -> None:
    a_mutated_log(data)


@given(st.binary(max_size=100))
@example(b"{" * 1000)
@example(b'{"request":' * 1000)
@example(b'{"0":{}}')
@example(b"{}\n{}")
@example(b'{"request":{"url":"u","body":' + nested(254).encode() + b'},"response":{"body":[' + nested(253).encode() + b"]}}")
@example(b'{"request":{"url":"u","body":1},"response":{"body":1},"metadata":{"trace_id":' + b"9" * 400 + b',"n":18446744073709551616}}')
def test_any_bytes_are_logs_or_a_refusal(body: bytes) -> None:
    check(body)


@pytest.mark.slow
@MANY
@given(LOGLIKE, HEADERS)
def test_very_much_json(value: Any, headers: dict[str, str]) -> None:
    any_json(value, headers)


@pytest.mark.slow
@MANY
@given(st.lists(LOGS, min_size=1, max_size=3), HEADERS)
def test_very_many_valid_logs(elements: list[dict[str, Any]], headers: dict[str, str]) -> None:
    a_valid_log(elements, headers)


@pytest.mark.slow
@MANY
@given(st.data())
def test_very_many_mutated_logs(data: st.DataObject) -> None:
    a_mutated_log(data)


@pytest.mark.slow
@MANY
@given(st.binary(max_size=200))
def test_very_many_bytes(body: bytes) -> None:
    check(body)
