"""OpenTelemetry's own exporters, Python and Node, against every base that documents name."""

from __future__ import annotations

import pytest

from tests.senders.conftest import Ran
from tests.senders.sending import Trace, assert_failed, said

USD = (120 * 0.15 + 24 * 0.60) / 1e6  # these spans say nothing of a cache
PROGRAMS = [
    "with_otlp.py /v1/otel none",
    "with_otlp.py /v1/logs/otel gzip",
    "with_otlp.py  deflate",  # the base without a path: what follows is /v1/traces and /v1/logs, OTLP's own
    "otlp.mjs",
]


@pytest.fixture(params=[pytest.param(program, marks=pytest.mark.sends(program)) for program in PROGRAMS])
def found(request: pytest.FixtureRequest, ran: Ran) -> Trace:
    return ran(request.param, "spans")


def test_a_root_with_three_calls(found: Trace) -> None:
    (root,) = found.roots
    assert len(found.logs) == 4
    assert {call["metrics"]["parent_span_id"] for call in found.calls} == {root["metrics"]["span_id"]}
    assert {(call["metrics"]["ai_org"], call["model_requested"], call["kind"]) for call in found.calls} == {
        ("openai", "gpt-4o-mini", "llm")
    }


def test_content_is_on_the_call_whether_the_span_or_a_log_record_brought_it(found: Trace) -> None:
    for call in found.calls[:2]:
        assert said(call) == (["user"], [], "It is 18°C.")
        assert (call["outcome"], call["http_status"], call["finish_reason"]) == ("success", 200, "stop")
        assert (call["input_tokens"], call["output_tokens"], call["metrics"]["ai_model"]) == (120, 24, "gpt-4o-mini-2024-07-18")
        assert call["cost_usd"] == pytest.approx(USD)


def test_a_failed_span_is_an_error_with_its_code(found: Trace) -> None:
    *_, failed = found.calls
    assert_failed(failed, 429, "Rate limit reached")


def test_user_and_session_of_the_root_reach_the_calls(found: Trace) -> None:
    assert {(log["user"], log["session"]) for log in found.logs} == {("user-42", "sess-7")}
