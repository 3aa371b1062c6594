"""Span elements of the callback handlers (contract 3.1), every variant, and what they must not lose or invent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rooms.shapes import opened, read, read_one, stated
from tests.samples import NOW_MS, json_values

BEGAN_S = NOW_MS / 1000 - 60


def span(**fields: Any) -> dict[str, Any]:
    """A chain span of LangChain; `fields` replace or add."""
    return {
        "span_id": "s-1", "parent_span_id": "p-1", "span_name": "chain", "trace_id": "t-1",
        "request": {"name": "chain", "input": '{"q": "why"}'}, "start_time": BEGAN_S,
        "metadata": {"_user": "u-1", "_source": "Langchain", "source_metadata": '{"type": "chain", "tags": ["a", "b"]}'},
        "response": {"output": "because", "response_time": "0035"},
    } | fields  # fmt: skip


def llm(**body: Any) -> dict[str, Any]:
    return span(
        request={"method": "post", "url": "chat/completions", "provider": "openai", "headers": {"provider": "openai"},
                 "body": {"model": "gpt-4o", "messages": [{"role": "Human", "content": "why"}], **body}},
        response={"body": {"choices": []}, "headers": {}, "response_time": "0007"},
        metadata={"source_metadata": '{"type": "llm"}'},
    )  # fmt: skip


def test_identity_and_times_are_the_elements_own() -> None:
    log = read_one(span())
    assert (log.trace_id, log.span_id, log.parent_span_id, log.span_name) == ("t-1", "s-1", "p-1", "chain")
    assert (log.created_ms, log.response_ms) == (NOW_MS - 60_000, 35.0)
    assert (log.began_ms, log.ended_ms) == (BEGAN_S * 1000, BEGAN_S * 1000 + 35)
    assert (log.user, log.source, log.shape, log.kind, log.outcome) == ("u-1", "Langchain", "span", "chain", "success")
    assert stated(log)["tags"] == ["a", "b"]


def test_a_log_posted_by_hand_with_the_id_of_a_span_keeps_its_created_at() -> None:
    by_hand = {key: value for key, value in llm().items() if key != "start_time"} | {"created_at": "2026-11-18T10:00:00.250+01:00"}
    log = read_one(by_hand)
    assert (log.created_ms, log.began_ms, log.ended_ms) == (1_794_992_400_250,) * 2 + (1_794_992_400_257,)
    assert read_one(by_hand | {"start_time": BEGAN_S}).began_ms == BEGAN_S * 1000
    for bad in ("soon", 5, None):
        log = read_one(by_hand | {"created_at": bad})
        assert (log.created_ms, log.began_ms) == (NOW_MS, None)


@pytest.mark.parametrize("sent", ["None", "", "null", "root", None])
def test_no_parent_has_several_spellings(sent: Any) -> None:
    assert read_one(span(parent_span_id=sent)).parent_span_id == ""


@pytest.mark.parametrize("key", ["traceId", "trace_id", "traceID"])
def test_an_empty_trace_id_is_that_of_the_metadata(key: str) -> None:
    assert read_one(span(trace_id="", metadata={key: "mine"})).trace_id == "mine"


def test_without_any_trace_id_each_span_is_a_trace_of_its_own() -> None:
    one, two = read([span(trace_id="", metadata={}), span(trace_id="", metadata={})])
    assert len(one.trace_id) == 32 and one.trace_id != two.trace_id


@pytest.mark.parametrize(("sent", "ms"), [("0035", 35.0), ("0000", 0.0), (12.5, 12.5), ("soon", None), (-1, None), (None, None)])
def test_a_latency_is_a_number_or_its_padded_text(sent: Any, ms: float | None) -> None:
    assert read_one(span(response={"output": "x", "response_time": sent})).response_ms == ms


def test_a_model_call_has_its_transport_and_its_bodies_as_sent() -> None:
    log = read_one(llm(stream=True, user="u-body"))
    assert (log.request_url, log.request_method, log.provider, log.status) == ("chat/completions", "POST", "openai", 200)
    assert json.loads(log.request_body)["messages"] == [{"role": "Human", "content": "why"}]
    assert (json.loads(log.response_body), log.kind, log.user) == ({"choices": []}, "llm", "u-body")


def test_a_chain_has_no_status_no_url_and_no_provider_and_the_rest_is_its_body() -> None:
    log = read_one(span())
    assert (log.status, log.request_url, log.request_method, log.provider) == (None, "", "", "")
    assert json.loads(log.request_body) == {"name": "chain", "input": '{"q": "why"}'}
    assert json.loads(log.response_body) == {"output": "because"}


@pytest.mark.parametrize("output", [["a", "b"], {"answer": "b"}, "text", None, 5])
def test_an_output_may_be_anything(output: Any) -> None:
    assert json.loads(read_one(span(response={"output": output, "response_time": "0001"})).response_body) == {"output": output}


def test_a_request_may_be_json_as_text() -> None:
    log = read_one(span(request='{"query_str": "why"}', event_type="retrieve", metadata={}))
    assert (json.loads(log.request_body), log.kind, stated(log)["preview"]) == ({"query_str": "why"}, "retriever", "why")


@pytest.mark.parametrize("text", ["not json", '{"open', '{"a": NaN}', "[1, 2", '"quoted"'])
def test_a_request_that_is_any_other_text_is_kept_as_text(text: str) -> None:
    assert json.loads(read_one(span(request=text)).request_body) == text


@pytest.mark.parametrize(
    ("fields", "kind"),
    [({"event_type": e}, k) for e, k in
     [("llm", "llm"), ("embedding", "embedding"), ("retrieve", "retriever"), ("query", "chain"), ("templating", "chain"),
      ("function_call", "tool"), ("agent_step", "agent"), ("sub_question", "chain"), ("reranking", "retriever")]]
    + [({"metadata": {"source_metadata": json.dumps({"type": t})}}, k) for t, k in
       [("llm", "llm"), ("chain", "chain"), ("tool", "tool"), ("agent", "agent"), ("retriever", "retriever")]]
    + [({"metadata": {}, "request": r}, k) for r, k in
       [({"url": "embeddings", "body": {}}, "embedding"), ({"url": "chat/completions", "body": {}}, "llm"),
        ({"prompts": ["x"]}, "llm"), ({"input_str": "x"}, "tool"), ({"input": 1}, "chain"), (None, "span")]],
)  # fmt: skip
def test_the_kind_is_what_the_sender_names_or_its_form_shows(fields: dict[str, Any], kind: str) -> None:
    assert read_one(span(**fields)).kind == kind


@pytest.mark.parametrize(
    ("sent", "provider"),
    [("openai", "openai"), ("openai_llm", "openai"), ("OpenAIEmbedding", "openai"), ("Anthropic_LLM", "anthropic"),
     ("azure_openai_llm", "azure-openai"), ("AzureOpenAIEmbedding", "azure-openai"), ("MistralAI_LLM", "mistral-ai"),
     ("ChatAnthropic", "anthropic"), ("google_generative_ai", "google"), ("Ollama_llm", "ollama"), ("custom_llm", "unknown"),
     ("my-own", "my-own"), ("@openai-prod", "openai-prod"), ("", "unknown")],
)  # fmt: skip
def test_class_names_become_providers(sent: str, provider: str) -> None:
    element = llm()
    element["request"] |= {"provider": sent, "headers": {}}
    assert read_one(element).provider == provider


def test_a_legacy_completion_names_its_provider_and_model_where_it_was_serialised() -> None:
    request = {"serialized": {"id": ["langchain", "llms", "anthropic", "AnthropicLLM"]}, "prompts": ["Say x"],
               "invocation_params": {"invocation_params": {"model_name": "claude-2"}}}  # fmt: skip
    log = read_one(span(request=request, metadata={"source_metadata": '{"type": "llm"}'}))
    assert (log.provider, stated(log)["model_requested"], stated(log)["preview"]) == ("anthropic", "claude-2", "Say x")
    assert json.loads(log.request_body) == request


def test_a_tool_is_named() -> None:
    tool = span(request={"serialized": {"name": "get_weather"}, "input_str": "Paris"}, metadata={"source_metadata": '{"type": "tool"}'})
    log = read_one(tool)
    assert (log.kind, stated(log)["tools"], stated(log)["preview"]) == ("tool", ["get_weather"], "Paris")
    log = read_one(span(event_type="function_call", request={"function_call": {"city": "Paris"}, "tool": {"name": "weather"}}))
    assert stated(log)["tools"] == ["weather"]


def test_llamaindex_numbers_are_the_providers_where_its_answer_is_kept() -> None:
    body = {"raw": {"id": "chatcmpl-1", "model": "gpt-4o", "usage": {"prompt_tokens": 21, "completion_tokens": 9}},
            "usage": {"prompt_tokens": 15, "completion_tokens": 15}, "id": "span", "model": ""}  # fmt: skip
    log = read_one(llm() | {"event_type": "llm", "response": {"body": body, "status": 200, "streamingMode": False, "response_time": "0345"}})
    assert stated(log) == {"model": "gpt-4o", "response_id": "chatcmpl-1", "input_tokens": 21, "output_tokens": 9}
    assert log.stream is False


def test_the_characters_of_a_vector_are_no_output() -> None:
    body = {"embedding": "...", "usage": {"prompt_tokens": 30, "completion_tokens": 160, "total_tokens": 190}}
    element = span(event_type="embedding", request={"url": "embeddings", "provider": "OpenAIEmbedding", "body": {"input": ["a"]}},
                   response={"status": 200, "body": body, "response_time": "0001"})  # fmt: skip
    assert stated(read_one(element)) | {"tags": 0} == {"input_tokens": 30, "output_tokens": 0, "tags": 0}


def test_a_status_says_whether_it_failed() -> None:
    element = llm()
    element["response"]["status"] = 429
    assert (read_one(element).status, read_one(element).outcome) == (429, "error")


def test_nothing_is_refused_for_what_is_missing_in_strict_mode_either() -> None:
    for element in ({"span_id": "s", "request": None}, {"span_id": None, "response": {}}, {"span_id": "s", "request": 5, "response": []}):
        assert read_one(element, strict=True).shape == "span"


def test_a_mixed_batch_keeps_its_order() -> None:
    plain = {"request": {"url": "https://h/x", "body": 1}, "response": {"body": 2}}
    assert [log.shape for log in read([span(), plain, {"litellm_call_id": "x"}, plain, span()])] == [
        "span", "plain", "litellm", "plain", "span",
    ]  # fmt: skip


def test_no_secret_of_a_header_reaches_the_disk() -> None:
    element = llm()
    element["request"]["headers"] = {"Authorization": "Bearer sk-SECRET", "x-api-key": "sk-SECRET", "accept": "*/*"}
    element["request"]["url"] = "https://u:sk-SECRET@host/v1?api_key=sk-SECRET"
    element["request"]["serialized"] = {"kwargs": {"openai_api_key": "sk-SECRET", "model": "m"}}
    (log,) = opened([element])
    assert b"SECRET" not in log.raw
    assert read_one(element).request_headers["accept"] == "*/*"


@given(json_values, json_values, json_values)
def test_any_element_is_read(request: Any, response: Any, metadata: Any) -> None:
    log = read_one({"span_id": "s", "request": request, "response": response, "metadata": metadata, "start_time": metadata})
    assert [w for w in log.warnings if w.code == "unreadable"] == []


@given(st.dictionaries(st.sampled_from(("serialized", "invocation_params", "tool", "body", "headers", "raw", "usage")), json_values))
def test_any_part_of_an_element_may_be_anything(part: dict[str, Any]) -> None:
    log = read_one({"span_id": "s", "event_type": "llm", "request": part, "response": {"body": part}})
    assert [w for w in log.warnings if w.code == "unreadable"] == []
