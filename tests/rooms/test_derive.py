"""What is computed from a log: tokens of each family, model, previews, errors. Total over any JSON; what is unknown is None."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portlog.applier import row_of
from portlog.derive import derive, is_error, shorten
from portlog.schema.log import Derived
from portlog.store import rows
from tests.samples import chat, json_values, minimal, parse_one


def derived(response: Any = None, request: Any = None, **fields: Any) -> Derived:
    """What is derived of two bodies; `fields` go to the response part or to the top level."""
    top = {name: fields.pop(name) for name in ("metadata",) if name in fields}
    url = fields.pop("url", "https://host/v1/x")
    log = {"request": {"url": url, "body": request}, "response": {"body": response} | fields} | top
    return derive(parse_one(log))


def tokens(body: Any) -> tuple[Any, ...]:
    """(input, output, total, cache read, cache write, reasoning)."""
    d = derived(body)
    return (
        d.input_tokens, d.output_tokens, d.total_tokens, d.cache_read_tokens, d.cache_write_tokens, d.reasoning_tokens,
    )  # fmt: skip


NOTHING = (None,) * 6
USAGE: tuple[tuple[str, Any, tuple[Any, ...]], ...] = (
    ("OpenAI chat", {"usage": {"prompt_tokens": 14, "completion_tokens": 2, "total_tokens": 16}}, (14, 2, 16, None, None, None)),
    ("OpenAI chat with details",
     {"usage": {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150,
                "prompt_tokens_details": {"cached_tokens": 64}, "completion_tokens_details": {"reasoning_tokens": 40}}},
     (100, 50, 150, 64, None, 40)),
    ("OpenAI embedding", {"usage": {"prompt_tokens": 1, "total_tokens": 1}}, (1, 0, 1, None, None, None)),
    ("OpenAI Responses",
     {"usage": {"input_tokens": 30, "output_tokens": 9, "total_tokens": 39, "input_tokens_details": {"cached_tokens": 8},
                "output_tokens_details": {"reasoning_tokens": 5}}}, (30, 9, 39, 8, None, 5)),
    ("Anthropic", {"usage": {"input_tokens": 10, "output_tokens": 5}}, (10, 5, 15, None, None, None)),
    ("Anthropic with its cache beside the input",
     {"usage": {"input_tokens": 10, "cache_read_input_tokens": 1000, "cache_creation_input_tokens": 200, "output_tokens": 5}},
     (1210, 5, 1215, 1000, 200, None)),
    ("Anthropic with an empty cache",
     {"usage": {"input_tokens": 10, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0, "output_tokens": 5}},
     (10, 5, 15, 0, 0, None)),
    ("an OpenAI look-alike of Anthropic, whose prompt tokens include the cache",
     {"usage": {"prompt_tokens": 1210, "completion_tokens": 5, "cache_read_input_tokens": 1000, "cache_creation_input_tokens": 200}},
     (1210, 5, 1215, 1000, 200, None)),
    ("Anthropic's cache without a number", {"usage": {"cache_read_input_tokens": "x"}}, NOTHING),
    ("Gemini", {"usageMetadata": {"promptTokenCount": 7, "candidatesTokenCount": 3, "totalTokenCount": 10}}, (7, 3, 10, None, None, None)),
    ("Gemini thinking, which stands beside the candidates",
     {"usageMetadata": {"promptTokenCount": 7, "candidatesTokenCount": 3, "thoughtsTokenCount": 20, "totalTokenCount": 30,
                        "cachedContentTokenCount": 4}}, (7, 23, 30, 4, None, 20)),
    ('usage ""', {"usage": ""}, NOTHING),
    ("usage null", {"usage": None}, NOTHING),
    ("usage empty", {"usage": {}}, NOTHING),
    ("usage a number", {"usage": 12}, NOTHING),
    ("no usage", {"choices": []}, NOTHING),
    ("no object", ["usage"], NOTHING),
    ("texts for counts", {"usage": {"prompt_tokens": "14", "completion_tokens": True}}, NOTHING),
    ("negative", {"usage": {"prompt_tokens": -1, "completion_tokens": 5}}, (None, 5, 5, None, None, None)),
    ("whole floats", {"usage": {"prompt_tokens": 14.0, "completion_tokens": 2.0}}, (14, 2, 16, None, None, None)),
)  # fmt: skip


@pytest.mark.parametrize(("body", "counts"), [row[1:] for row in USAGE], ids=[row[0] for row in USAGE])
def test_tokens_of_every_family(body: Any, counts: tuple[Any, ...]) -> None:
    assert tokens(body) == counts


@pytest.mark.parametrize(
    ("response", "request_body", "metadata", "url", "model"),
    [
        ({"model": "answered"}, {"model": "asked"}, {"model": "meta"}, "https://h/models/url", "answered"),
        ({"modelVersion": "gemini"}, {"model": "asked"}, {}, "https://h", "gemini"),
        ({"model": ""}, {"model": "asked"}, {"model": "meta"}, "https://h/models/url", "asked"),
        ({}, {}, {"model": "meta"}, "https://h/models/url", "meta"),
        ({}, {}, {}, "https://r.openai.azure.com/openai/deployments/my-gpt/chat?api-version=1", "my-gpt"),
        ({}, {}, {}, "https://generativelanguage.googleapis.com/v1/models/gemini-2.5-pro:generateContent", "gemini-2.5-pro"),
        ({}, {}, {}, "https://bedrock-runtime.us.amazonaws.com/model/anthropic.claude-v2/invoke", "anthropic.claude-v2"),
        ({"model": 5}, {"model": {"id": "x"}}, {}, "https://h", ""),
        ("text", ["list"], {}, "https://h", ""),
    ],
)
def test_the_model_is_the_first_of_its_sources(response: Any, request_body: Any, metadata: Any, url: str, model: str) -> None:
    assert derived(response, request_body, metadata=metadata, url=url).model == model


@pytest.mark.parametrize(
    ("request_body", "preview"),
    [
        ({"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "one"}, {"role": "assistant", "content": "a"},
                       {"role": "user", "content": "two"}]}, "two"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}, {"type": "text", "text": "see"}]}]}, "see"),
        ({"messages": [{"role": "user", "content": "q"}, {"role": "tool", "content": "result"}]}, "q"),
        ({"messages": [{"role": "system", "content": "only"}]}, "only"),
        ({"input": "embed me"}, "embed me"),
        ({"input": ["first", "second"]}, "first"),
        ({"input": [{"role": "user", "content": [{"type": "input_text", "text": "resp"}]}]}, "resp"),
        ({"contents": [{"role": "user", "parts": [{"text": "gem"}]}]}, "gem"),
        ({"prompt": "What is AI?"}, "What is AI?"),
        ("plain", "plain"),
        ({"messages": "odd"}, ""), ({"messages": [1, None]}, ""), (None, ""), ([], ""), (5, ""),
    ],
    ids=lambda value: json.dumps(value)[:50],
)  # fmt: skip
def test_the_preview_is_the_last_thing_that_the_user_said(request_body: Any, preview: str) -> None:
    assert derived({}, request_body).preview == preview


@pytest.mark.parametrize(
    ("response", "preview"),
    [
        ({"choices": [{"message": {"role": "assistant", "content": "Paris."}}]}, "Paris."),
        ({"choices": [{"text": "legacy"}]}, "legacy"),
        ({"choices": [{"message": {"content": None, "tool_calls": [{"function": {"name": "f"}}, {"function": {"name": "g"}}]}}]},
         "[tool] f, g"),
        ({"content": [{"type": "text", "text": "claude"}]}, "claude"),
        ({"content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "after"}]}, "after"),
        ({"candidates": [{"content": {"parts": [{"text": "gem"}]}}]}, "gem"),
        ({"output": [{"type": "reasoning"}, {"type": "message", "content": [{"type": "output_text", "text": "resp"}]}]}, "resp"),
        ({"output": [{"type": "function_call", "name": "look"}]}, "[tool] look"),
        ({"response": "AI stands for..."}, "AI stands for..."),
        ("plain", "plain"),
        ({}, ""), (None, ""), ([], ""), ({"choices": 5}, ""), ({"choices": [None, 1]}, ""),
    ],
    ids=lambda value: json.dumps(value)[:50],
)  # fmt: skip
def test_the_response_preview_is_the_answer_or_the_tools_that_it_called(response: Any, preview: str) -> None:
    assert derived(response).response_preview == preview


@pytest.mark.parametrize(
    ("response", "text"),
    [
        ({"error": {"message": "Rate limit", "type": "t"}}, "Rate limit"),
        ({"error": "flat"}, "flat"),
        ({"message": "top"}, "top"),
        ({"detail": "fast"}, "fast"),
        ([{"error": {"message": "gemini"}}], "gemini"),
        ("Bad gateway", "Bad gateway"),
        ({"weird": [1]}, '{"weird":[1]}'),
        ({"error": {"message": ""}, "message": "second"}, "second"),
        (None, ""), ({}, ""), ([], ""),
    ],
)  # fmt: skip
def test_an_error_answer_says_why_and_a_good_one_says_nothing(response: Any, text: str) -> None:
    assert derived(response, status=429).error_message == text
    assert derived(response, status=200).error_message == ""


@pytest.mark.parametrize(
    ("status", "error"),
    [(0, True), (99, True), (100, False), (200, False), (204, False), (302, False), (399, False), (400, True), (429, True), (500, True),
     (599, True), (600, True), (-1, True)],
)  # fmt: skip
def test_an_error_is_400_and_above_or_nothing_of_http(status: int, error: bool) -> None:
    assert is_error(status) is error


def test_gateway_headers_give_cache_retries_and_option_in_any_case() -> None:
    log = chat()
    log["response"]["headers"] = {
        "X-Portkey-Cache-Status": "SEMANTIC HIT", "x-portkey-retry-attempt-count": "-1",
        "x-portkey-last-used-option-index": "config.targets[1]",
    }  # fmt: skip
    d = derive(parse_one(log))
    assert (d.cache_status, d.retry_count, d.option_path) == ("SEMANTIC HIT", -1, "config.targets[1]")
    log["response"]["headers"] = {"x-portkey-retry-attempt-count": "many"}
    assert derive(parse_one(log)).retry_count is None


@pytest.mark.parametrize(
    ("sent", "body", "stream"), [(True, {}, True), (None, {"stream": True}, True), (False, {"stream": True}, False), (None, {}, None)]
)
def test_stream_is_what_the_sender_said_else_what_was_asked_for(sent: Any, body: Any, stream: bool | None) -> None:
    assert derived({}, body, streamingMode=sent).stream is stream


@pytest.mark.parametrize(
    ("response", "reason"),
    [({"choices": [{"finish_reason": "tool_calls"}]}, "tool_calls"), ({"stop_reason": "end_turn"}, "end_turn"),
     ({"candidates": [{"finishReason": "STOP"}]}, "STOP"), ({"choices": [{"finish_reason": None}]}, ""), ({}, "")],
)  # fmt: skip
def test_why_the_model_stopped(response: Any, reason: str) -> None:
    assert derived(response).finish_reason == reason


def test_texts_are_cut_to_one_line() -> None:
    assert shorten("a \n\t b") == "a b"
    assert shorten("x" * 200) == "x" * 200
    assert shorten("x" * 201) == "x" * 199 + "…"
    assert len(derived({"error": "e" * 9999}, "q" * 9999, status=500).error_message) == 500
    assert len(derived({}, "q" * 9999).preview) == 200


def test_what_was_derived_at_ingest_is_not_derived_again() -> None:
    log = msgspec.structs.replace(parse_one(chat()), derived=Derived(model="kept"), request_body=b"", response_body=b"")
    assert derive(log) == Derived(model="kept")


KEYS = st.sampled_from(
    ["usage", "usageMetadata", "prompt_tokens", "completion_tokens", "total_tokens", "input_tokens", "output_tokens",
     "prompt_tokens_details", "input_tokens_details", "cached_tokens", "completion_tokens_details", "reasoning_tokens",
     "cache_read_input_tokens", "cache_creation_input_tokens", "promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount",
     "model", "messages", "role", "content", "text", "parts", "input", "contents", "prompt", "choices", "candidates", "output",
     "message", "tool_calls", "function", "name", "type", "error", "detail", "finish_reason", "stop_reason", "stream", "user"]
)  # fmt: skip
COUNTS = st.sampled_from([0, 1, 2**31, 2**32 - 1, 2**32, 2**64, -1, 1.5, 1e300, "user", "function_call", "", None, True])
FAMILIAR = st.recursive(
    COUNTS | json_values, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=25
)
HUGE = 2**32 - 1


@given(FAMILIAR, FAMILIAR, st.sampled_from([200, 500, 0]))
@example({"usage": {"prompt_tokens": HUGE, "completion_tokens": HUGE}}, None, 200)
@example({"usage": {"input_tokens": HUGE, "output_tokens": 0, "cache_read_input_tokens": HUGE}}, None, 200)
@example({"usageMetadata": {"candidatesTokenCount": HUGE, "thoughtsTokenCount": HUGE}}, None, 200)
def test_any_json_at_all_can_be_derived_and_stored(response: Any, request_body: Any, status: int) -> None:
    """Derivation runs behind the 200: a log that it, or the store's columns, could not take would stop the program."""
    log = minimal(response={"body": response, "status": status})
    log["request"]["body"] = request_body
    row = row_of(1, parse_one(log))
    assert rows.table([row]).num_rows == 1
    d = row.derived
    assert len(d.preview) <= 200 and len(d.response_preview) <= 200 and len(d.error_message) <= 500
