"""Portkey's callback handlers in LangChain and LlamaIndex, and its span exporter: what runs of real chains leave behind."""

from __future__ import annotations

import pytest

from tests.senders.conftest import Traces
from tests.senders.provider import ANSWER
from tests.senders.sending import CHAT_TOKENS, CHAT_USD, assert_call, said

GPT = {"asked": "gpt-4o-mini", "answered": "gpt-4o-mini-2024-07-18", "used": CHAT_TOKENS, "usd": CHAT_USD}
langchain = pytest.mark.sends("with_langchain.py")
llamaindex = pytest.mark.sends("with_llamaindex.py")
portkey_spans = pytest.mark.sends("with_portkey_spans.py")


@langchain
def test_a_chain_is_one_tree_with_one_call(trace: Traces) -> None:
    found = trace("chain")
    assert found.kinds == ["chain", "chain", "chain", "llm"]
    (root,) = found.roots
    assert root["metrics"]["span_name"] == "weather-chain"
    assert {log["metrics"]["parent_span_id"] for log in found.logs if log is not root} == {root["metrics"]["span_id"]}
    assert_call(found.call, **GPT)
    assert said(found.call)[2] == ANSWER
    assert {(log["user"], log["session"]) for log in found.logs} == {("user-42", "sess-7")}


@langchain
def test_steps_of_a_chain_show_what_went_in_and_out(trace: Traces) -> None:
    (root,) = trace("chain").roots
    assert "Weather in Paris?" in str(root["request"]["body"])
    assert ANSWER in str(root["response"]["body"])


@langchain
def test_a_bare_chat_has_the_trace_of_its_metadata(trace: Traces) -> None:
    """The handler sends no trace id of its own, and the text "None" for a parent."""
    (log,) = trace("bare").logs
    assert log["metrics"]["parent_span_id"] == ""
    assert_call(log, **GPT)


@langchain
def test_a_completion_model_is_a_call(trace: Traces) -> None:
    call = trace("completion").call
    assert call["metrics"]["ai_org"] == "openai"
    assert call["model_requested"] == "gpt-3.5-turbo-instruct"
    assert said(call)[2] == ANSWER
    assert (call["input_tokens"], call["output_tokens"]) == (120, 24)


@langchain
def test_a_streamed_chat_has_its_answer_and_no_tokens(trace: Traces) -> None:
    """The handler gets no usage for a stream; an unknown number is not 0."""
    call = trace("stream").call
    assert (call["outcome"], call["metrics"]["stream_mode"], said(call)[2]) == ("success", True, ANSWER)
    assert (call["input_tokens"], call["cost_usd"], call["metrics"]["ai_model"]) == (None, None, "gpt-4o-mini")


@langchain
def test_what_is_left_of_a_failed_run_is_no_call(trace: Traces) -> None:
    """The failed run's finished step comes with the next run of the same handler, under a parent that never comes."""
    found = trace("after_error")
    assert len(found.roots) == 2
    assert_call(found.call, **GPT)


@llamaindex
def test_a_chat_has_the_providers_own_numbers(trace: Traces) -> None:
    """The handler's estimate stands beside them; the model is in what the provider answered."""
    (log,) = trace("chat").logs
    assert_call(log, **GPT | {"asked": log["model_requested"]})
    assert said(log) == (["system", "user"], [], ANSWER)
    assert (log["user"], log["kind"], log["metrics"]["trace_id"]) == ("user-42", "llm", "li-chat")


@llamaindex
def test_an_index_and_a_question_are_one_trace(trace: Traces) -> None:
    found = trace("rag")
    assert found.kinds == ["chain", "chain", "embedding", "embedding", "llm", "retriever"]
    (query,), (retrieve,) = found.named("query"), found.named("retrieve")
    _, asked = found.named("embedding")
    assert query in found.roots
    assert retrieve["metrics"]["parent_span_id"] == query["metrics"]["span_id"]
    assert asked["metrics"]["parent_span_id"] == retrieve["metrics"]["span_id"]
    assert {log["user"] for log in found.logs} == {"user-42"}
    assert sorted(log["kind"] for log in found.calls) == ["embedding", "embedding", "llm"]


@llamaindex
def test_the_answer_from_an_index_has_the_providers_own_numbers(trace: Traces) -> None:
    (call,) = [log for log in trace("rag").calls if log["kind"] == "llm"]
    assert_call(call, **GPT | {"asked": call["model_requested"]})
    assert "Paris is sunny today." in str(call["request"]["body"])


@llamaindex
@pytest.mark.parametrize(("scenario", "org", "model"), [("rag", "openai", "text-embedding-3-small"),
                                                             ("rag_mock", "unknown", "unknown")])  # fmt: skip
def test_embeddings_keep_only_numbers_that_mean_something(
    trace: Traces, scenario: str, org: str, model: str
) -> None:
    """The handler counts the characters of the vector as output tokens; no embedding has any."""
    for log in (log for log in trace(scenario).calls if log["kind"] == "embedding"):
        assert (log["metrics"]["ai_org"], log["metrics"]["ai_model"]) == (org, model)
        assert log["output_tokens"] in (None, 0)


@portkey_spans
def test_spans_of_the_python_sdk_are_a_tree(trace: Traces) -> None:
    """Ids are integers beyond 2^63 on the wire; the posted 200 is constant, the span says what happened."""
    found = trace("spans")
    (root,) = found.roots
    done, failed = found.named("llm-call")
    for call in (done, failed):
        assert call["metrics"]["parent_span_id"] == root["metrics"]["span_id"]
        assert (call["kind"], call["metrics"]["ai_org"], call["model_requested"]) == ("llm", "openai", "gpt-4o-mini")
    assert (done["outcome"], done["input_tokens"], done["output_tokens"]) == ("success", 120, 24)
    assert (failed["outcome"], failed["error_message"]) == ("error", "Rate limit reached")
    assert found.calls == [done, failed]
