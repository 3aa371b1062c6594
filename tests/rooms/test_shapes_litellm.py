"""litellm's payload (contract 3.4): seconds, dollars, texts for statuses; zero where it does not know."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rooms.shapes import opened, read, read_one, stated
from tests.samples import NOW_MS, json_values

BEGAN_S = NOW_MS / 1000 - 60


def payload(**fields: Any) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1", "litellm_call_id": "call-1", "trace_id": "t-1", "session_id": "", "call_type": "acompletion",
        "cache_hit": None, "stream": None, "status": "success", "custom_llm_provider": "openai",
        "startTime": BEGAN_S, "endTime": BEGAN_S + 0.5, "completionStartTime": BEGAN_S + 0.2, "response_time": 0.5,
        "model": "gpt-4o", "metadata": {"user_api_key_alias": "team-a", "user_api_key_hash": None, "usage_object": {}},
        "response_cost": 0.0125, "prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30, "request_tags": ["prod"],
        "end_user": "", "api_base": "https://api.openai.com/v1", "messages": [{"role": "user", "content": "why"}],
        "response": {"id": "chatcmpl-1", "choices": []}, "model_parameters": {"temperature": 0.2},
        "error_str": None, "error_information": {"error_code": "", "error_class": "", "error_message": ""},
    } | fields  # fmt: skip


FAILED = {
    "status": "failure", "response_cost": 0.0, "prompt_tokens": 0, "completion_tokens": 0, "response": {}, "error_str": "it broke",
    "error_information": {"error_code": "429", "error_class": "RateLimitError", "error_message": "slow down"},
}  # fmt: skip


def test_a_call_comes_out_in_our_units() -> None:
    log = read_one(payload())
    assert (log.trace_id, log.span_id, log.created_ms, log.response_ms) == ("t-1", "call-1", NOW_MS - 60_000, 500.0)
    assert (log.status, log.outcome, log.kind, log.provider, log.source) == (200, "success", "llm", "openai", "litellm")
    assert (log.request_url, log.span_name) == ("https://api.openai.com/v1/chat/completions", "POST /v1/chat/completions")
    said = stated(log)
    assert said.pop("first_token_ms") == pytest.approx(200, abs=0.01)
    assert said == {"model_requested": "gpt-4o", "response_id": "chatcmpl-1", "input_tokens": 10, "output_tokens": 20,
                    "cost_usd": 0.0125, "tags": ["prod"]}  # fmt: skip
    assert json.loads(log.request_body) == {"model": "gpt-4o", "messages": [{"role": "user", "content": "why"}], "temperature": 0.2}


def test_a_failure_has_its_code_and_no_zeros() -> None:
    log = read_one(payload(**FAILED))
    assert (log.status, log.outcome) == (429, "error")
    assert stated(log) == {"model_requested": "gpt-4o", "error_type": "RateLimitError", "error_message": "slow down", "tags": ["prod"]}


@pytest.mark.parametrize(("code", "status"), [("429", 429), (503, 503), ("", 500), ("None", 500), (None, 500), ("200", 500)])
def test_a_failure_without_a_code_is_a_500(code: Any, status: int) -> None:
    assert read_one(payload(**FAILED | {"error_information": {"error_code": code}})).status == status


def test_a_failure_without_its_information_has_the_old_text() -> None:
    log = read_one(payload(**FAILED | {"error_information": None}))
    assert (log.status, stated(log)["error_message"]) == (500, "it broke")


@pytest.mark.parametrize(
    ("fields", "cost"),
    [
        ({"response_cost": 0.5}, 0.5),
        ({"response_cost": None}, None),
        ({"response_cost": 0.0}, None),  # a price that it does not know
        ({"response_cost": 0.0, "cache_hit": True}, 0),
        ({"response_cost": 0, "model_map_information": {"model_map_value": {"input_cost_per_token": 0.0, "output_cost_per_token": 0}}}, 0),
        ({"response_cost": 0.0, "model_map_information": {"model_map_value": {"input_cost_per_token": 1e-7}}}, None),
        (FAILED, None),
        (FAILED | {"response_cost": 0.25}, 0.25),
        ({"response_cost": "free"}, None),
        ({"response_cost": -1}, None),
    ],
)  # fmt: skip
def test_zero_dollars_are_believed_only_of_what_is_free(fields: dict[str, Any], cost: float | None) -> None:
    assert stated(read_one(payload(**fields))).get("cost_usd") == cost


def test_the_time_of_a_streamed_call_is_all_of_it() -> None:
    """litellm's `response_time` is the time to the first token there."""
    log = read_one(payload(stream=True, response_time=0.2))
    assert (log.response_ms, log.stream) == (pytest.approx(500, abs=0.01), True)
    assert stated(log)["first_token_ms"] == pytest.approx(200, abs=0.01)


@pytest.mark.parametrize(
    ("call_type", "kind", "path"),
    [("completion", "llm", "/chat/completions"), ("acompletion", "llm", "/chat/completions"), ("atext_completion", "llm", "/completions"),
     ("aembedding", "embedding", "/embeddings"), ("aresponses", "llm", "/responses"), ("anthropic_messages", "llm", "/messages"),
     ("aimage_generation", "llm", "/images/generations"), ("arerank", "retriever", "/rerank"), ("new_thing", "llm", "")],
)  # fmt: skip
def test_the_call_type_gives_kind_and_path(call_type: str, kind: str, path: str) -> None:
    log = read_one(payload(call_type=call_type, api_base="http://h/v1"))
    assert (log.kind, log.request_url) == (kind, f"http://h/v1{path}")


@pytest.mark.parametrize(
    ("base", "url"),
    [("https://api.anthropic.com/v1/messages", "https://api.anthropic.com/v1/messages"), ("http://h/v1/", "http://h/v1/chat/completions"),
     ("http://h:11434", "http://h:11434/v1/chat/completions"), ("", "/v1/chat/completions"), (None, "/v1/chat/completions"),
     ("https://h/v1beta/models/gemini:generateContent", "https://h/v1beta/models/gemini:generateContent")],
)  # fmt: skip
def test_a_base_that_is_the_whole_url_stays_it(base: Any, url: str) -> None:
    assert read_one(payload(api_base=base)).request_url == url


def test_an_empty_base_is_that_of_the_hidden_parameters() -> None:
    log = read_one(payload(api_base="", hidden_params={"api_base": "https://api.openai.com"}, custom_llm_provider=""))
    assert (log.request_url, log.provider) == ("https://api.openai.com/v1/chat/completions", "openai")


@pytest.mark.parametrize(
    ("fields", "user"),
    [({"end_user": "e", "model_parameters": {"user": "p"}}, "e"), ({"model_parameters": {"user": "p"}}, "p"),
     ({"metadata": {"user_api_key_user_id": "k"}}, "k"), ({"metadata": {"requester_metadata": {"_user": "mine"}}, "end_user": "e"}, "mine"),
     ({}, "")],
)  # fmt: skip
def test_the_user_is_the_first_that_is_named(fields: dict[str, Any], user: str) -> None:
    assert read_one(payload(**fields)).user == user


def test_trace_and_session_are_both_kept() -> None:
    log = read_one(payload(session_id="s-1"))
    assert (log.trace_id, log.session) == ("t-1", "s-1")
    assert read_one(payload(metadata={"requester_metadata": {"session_id": "s-2"}})).session == "s-2"


def test_metadata_loses_its_nulls_and_gains_the_callers_own() -> None:
    log = read_one(payload(metadata={"a": None, "b": 1, "c": [], "usage_object": {"x": 1}, "requester_metadata": {"team": "search", "n": None}}))
    assert json.loads(log.metadata) == {"b": 1, "c": [], "usage_object": {"x": 1}, "requester_metadata": {"team": "search", "n": None},
                                        "team": "search"}  # fmt: skip
    assert log.metadata_index == {"b": "1", "team": "search"}


@pytest.mark.parametrize("answer", [None, "redacted-by-litellm", {"text": "x"}, '{"choices": []}', []])
def test_a_response_may_be_anything(answer: Any) -> None:
    log = read_one(payload(response=answer))
    assert json.loads(log.response_body) == ({"choices": []} if isinstance(answer, str) and answer[0] == "{" else answer)
    assert stated(log)["input_tokens"] == 10


@pytest.mark.parametrize(
    ("call_type", "said", "asked"),
    [("acompletion", "text", {"input": "text"}), ("text_completion", "text", {"prompt": "text"}), ("embedding", ["a", "b"], {"input": ["a", "b"]}),
     ("acompletion", '[{"role": "user", "content": "x"}]', {"messages": [{"role": "user", "content": "x"}]}), ("acompletion", None, {})],
)  # fmt: skip
def test_messages_may_be_text(call_type: str, said: Any, asked: dict[str, Any]) -> None:
    log = read_one(payload(call_type=call_type, messages=said, model_parameters={}))
    assert json.loads(log.request_body) == {"model": "gpt-4o", **asked}


def test_details_of_tokens_are_those_of_the_usage_object() -> None:
    usage = {"prompt_tokens_details": {"cached_tokens": 4}, "cache_creation_input_tokens": 2, "completion_tokens_details": {"reasoning_tokens": 7}}
    said = stated(read_one(payload(metadata={"usage_object": usage})))
    assert {said[name] for name in ("cache_read_tokens", "cache_write_tokens", "reasoning_tokens")} == {4, 2, 7}


def test_a_cached_answer_is_a_hit() -> None:
    assert stated(read_one(payload(cache_hit=True)))["cache_status"] == "HIT"


def test_the_call_id_is_no_answers_id() -> None:
    assert "response_id" not in stated(read_one(payload(id="call-1", response={})))


@pytest.mark.parametrize("element", [{"litellm_call_id": None}, {"call_type": None, "response_cost": None}])
def test_nothing_is_refused_for_what_is_missing_in_strict_mode_either(element: dict[str, Any]) -> None:
    log = read_one(element, strict=True)
    assert (log.shape, log.provider, log.kind) == ("litellm", "unknown", "llm")


def test_lines_of_payloads_are_a_batch() -> None:
    body = b"\n".join(json.dumps(payload(litellm_call_id=str(n))).encode() for n in range(3))
    assert [log.span_id for log in read(body, {"content-type": "application/json"})] == ["0", "1", "2"]


def test_no_secret_reaches_the_disk_and_what_describes_a_key_does() -> None:
    secret = "sk-SECRET"
    (log,) = opened(
        payload(
            metadata={"requester_custom_headers": {"Authorization": secret}, "user_api_key_hash": "abc", "user_api_key_alias": "team"},
            hidden_params={"additional_headers": {"set-cookie": secret}, "api_base": f"https://h?key={secret}"},
            model_parameters={"api_key": secret, "extra_headers": {"x-api-key": secret}, "max_tokens": 5},
            api_base=f"https://u:{secret}@h/v1?token={secret}",
        )
    )
    assert b"SECRET" not in log.raw
    assert b'"abc"' in log.raw and b'"team"' in log.raw and b'"max_tokens":5' in log.raw


@given(st.dictionaries(st.sampled_from(list(payload())), json_values))
def test_any_payload_is_read(fields: dict[str, Any]) -> None:
    log = read_one(payload(**fields) | {"litellm_call_id": "x"})
    assert [w for w in log.warnings if w.code == "unreadable"] == []
