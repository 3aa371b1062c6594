"""litellm's `generic_api` callback, posting arrays, single objects and lines of them."""

from __future__ import annotations

import pytest

from tests.senders.conftest import Traces
from tests.senders.provider import ANSWER
from tests.senders.sending import (
    CHAT_TOKENS,
    CHAT_USD,
    EMBEDDING_USD,
    MESSAGES_TOKENS,
    MESSAGES_USD,
    assert_call,
    assert_failed,
    said,
    tokens,
)

pytestmark = pytest.mark.sends("with_litellm.py")
GPT = {"asked": "gpt-4o-mini", "answered": "gpt-4o-mini-2024-07-18", "used": CHAT_TOKENS, "usd": CHAT_USD}


@pytest.mark.parametrize("scenario", ["chat", "single_1", "single_2", "ndjson_1", "ndjson_2"])
def test_a_chat_is_a_call_with_all_its_numbers(trace: Traces, scenario: str) -> None:
    """Its cost is litellm's own, which agrees with the price list."""
    call = trace(scenario).call
    assert_call(call, **GPT)
    assert said(call) == (["system", "user"], [], ANSWER)
    assert (call["user"], call["tags"], call["kind"]) == ("user-42", ["paris"], "llm")
    assert call["request"]["url"].endswith("/v1/chat/completions")
    assert 0 < call["metrics"]["response_time"] < 60_000


def test_a_stream_has_its_answer_and_the_time_to_its_first_text(trace: Traces) -> None:
    call = trace("stream").call
    assert (call["metrics"]["stream_mode"], said(call)[2], tokens(call)) == (True, ANSWER, CHAT_TOKENS)
    assert 0 < call["first_token_ms"] <= call["metrics"]["response_time"]


def test_an_embedding_is_a_call(trace: Traces) -> None:
    call = trace("embedding").call
    assert call["kind"] == "embedding"
    assert (call["metrics"]["ai_model"], call["input_tokens"]) == ("text-embedding-3-small", 9)
    assert call["output_tokens"] in (None, 0)
    assert call["cost_usd"] == pytest.approx(EMBEDDING_USD)


def test_anthropics_caches_are_parts_of_the_input(trace: Traces) -> None:
    call = trace("anthropic").call
    assert call["metrics"]["ai_org"] == "anthropic"
    assert tokens(call) | {"reasoning": 0} == MESSAGES_TOKENS | {"reasoning": 0}
    assert call["cost_usd"] == pytest.approx(MESSAGES_USD)


@pytest.mark.parametrize(("status", "message"), [(429, "Rate limit reached"), (500, "The server had an error")])
def test_a_failure_has_its_status_and_no_numbers(trace: Traces, status: int, message: str) -> None:
    """litellm sends 0 for every number of a failed call; nothing was used that anyone knows of."""
    call = trace(f"error_{status}").call
    assert_failed(call, status, message)
    assert call["error_type"] in ("RateLimitError", "InternalServerError")
    assert (call["model_requested"], call["user"]) == ("gpt-4o-mini", "user-42")
