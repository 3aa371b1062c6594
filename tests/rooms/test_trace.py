"""What the spans of a trace tell of each other: rules of otel.md 4 and 6, each with what it must not do."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portlog.derive import trace
from portlog.derive.trace import Call, Span
from portlog.schema.columns import Links

SDK = "com.anthropic.sdk.python"


def span(span_id: str, parent: str = "", at: tuple[float, float] = (0, 100), **fields: Any) -> Span:
    """A span of one trace; an LLM call unless said otherwise."""
    base = Span(
        workspace="default", trace_id="t", span_id=span_id, parent_span_id=parent, id=span_id.encode(), revision=0,
        created_ms=int(at[0]), began_ms=at[0], ended_ms=at[1], kind="llm", outcome="success", provider="anthropic",
        model="m-1", model_requested="m", scope="instrumentor", service="app", response_id="", join_key="",
        has_content=True, has_tokens=True, user="", session="", links=Links(),
    )  # fmt: skip
    return replace(base, **fields)


def filled(*spans: Span) -> dict[str, Links]:
    return trace.fill({s.span_id: s for s in spans})


def seen(*spans: Span) -> list[tuple[str, list[str]]]:
    """The calls seen more than once: who shows, who is hidden."""
    return sorted((call.shown.span_id, sorted(s.span_id for s in call.hidden)) for call in trace.calls(spans))


# -- user and session --------------------------------------------------------------------------------------


def test_a_span_takes_user_and_session_of_its_nearest_ancestor_each_for_itself() -> None:
    root = span("root", user="ann", session="s-1")
    agent = span("agent", "root", user="bob")
    call = span("call", "agent")
    links = filled(root, agent, call)
    assert (links["call"].user, links["call"].user_from) == ("bob", "agent")
    assert (links["call"].session, links["call"].session_from) == ("s-1", "root")
    assert (links["agent"].user, links["agent"].session) == ("", "s-1"), "its own user is no gift"


def test_without_an_ancestor_that_has_one_any_span_of_the_trace_gives_the_first_one() -> None:
    links = filled(span("root"), span("late", "root", (50, 60), user="bob"), span("early", "root", (10, 20), user="ann"), span("call", "root"))
    assert (links["call"].user, links["call"].user_from) == ("ann", "early")
    assert (links["root"].user, links["root"].user_from) == ("ann", "early")


def test_the_order_of_arrival_does_not_matter() -> None:
    spans = [span("root", user="ann"), span("agent", "root"), span("call", "agent"), span("tool", "agent", session="s")]
    results = {str(sorted(filled(*order).items())) for order in permutations(spans)}
    assert len(results) == 1


def test_orphans_and_cycles_end_the_search() -> None:
    links = filled(span("a", "b"), span("b", "a"), span("self", "self"), span("orphan", "gone"), span("giver", user="ann", at=(5, 6)))
    assert {links[name].user for name in ("a", "b", "self", "orphan")} == {"ann"}
    assert filled(span("a", "b"), span("b", "a"))["a"] == Links()


def test_a_trace_as_deep_as_it_likes_is_filled() -> None:
    chain = [span("0", user="ann")] + [span(str(i), str(i - 1)) for i in range(1, 20_000)]
    links = filled(*reversed(chain))
    assert links["19999"].user_from == "0"


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.sampled_from(["", "", "ann", "bob"])), max_size=13))
def test_any_shape_of_trace_is_filled_as_by_hand(rows: list[tuple[int, int, str]]) -> None:
    spans = {str(i): span(str(i), str(p), at=(float(i), float(i)), user=user) for i, p, user in rows}

    def by_hand(one: Span) -> str:
        at, passed = one, {one.span_id}
        while at.parent_span_id in spans and at.parent_span_id not in passed:
            at = spans[at.parent_span_id]
            passed.add(at.span_id)
            if at.user:
                return at.span_id
        owners = sorted((s.began_ms, s.span_id) for s in spans.values() if s.user)
        return owners[0][1] if owners else ""

    links = trace.fill(spans)
    for one in spans.values():
        assert links[one.span_id].user_from == ("" if one.user else by_hand(one))


# -- one call, several spans -------------------------------------------------------------------------------


def test_two_spans_of_one_answer_are_one_call_and_the_one_with_content_shows_it() -> None:
    ours, theirs = span("ours", response_id="r"), span("theirs", response_id="r", scope=SDK, has_content=False, at=(1, 99))
    assert seen(theirs, ours) == [("ours", ["theirs"])]
    assert seen(replace(theirs, trace_id="other"), ours) == [("ours", ["theirs"])], "with no app span around, in two traces"


@pytest.mark.parametrize(
    "other",
    [
        span("b", response_id="r", at=(200, 300)),
        span("b", response_id="r2"),
        span("b", response_id="r", kind="embedding"),
        span("b", response_id="r", kind="agent"),
        span("b", response_id=""),
    ],
    ids=["a replay later", "another answer", "another kind", "no call", "no answer named"],
)
def test_what_may_be_two_calls_stays_two(other: Span) -> None:
    assert seen(span("a", response_id="r"), other) == []


def failed(name: str, at: tuple[float, float], **fields: Any) -> Span:
    return span(name, at=at, outcome="error", has_tokens=False, **fields)


def test_a_failed_call_is_known_by_the_scope_of_the_sdk() -> None:
    assert seen(failed("ours", (0, 50)), failed("sdk", (1, 49), scope=SDK, has_content=False, trace_id="x")) == [("ours", ["sdk"])]
    assert seen(failed("ours", (0, 50)), failed("sdk", (1, 49), scope=SDK, model_requested="other")) == []
    assert seen(failed("ours", (0, 50)), failed("sdk", (60, 70), scope=SDK)) == []
    assert seen(failed("ours", (0, 50)), failed("theirs", (1, 49))) == [], "two instrumentors: two calls, in doubt"
    assert seen(failed("ours", (0, 50), service="a"), failed("sdk", (1, 49), scope=SDK, service="b")) == []


def test_failed_calls_at_the_same_time_keep_their_number() -> None:
    ours = [failed(f"ours{i}", (i, 50 + i)) for i in range(4)]
    theirs = [failed(f"sdk{i}", (i + 0.5, 49 + i), scope=SDK, has_content=False) for i in range(4)]
    assert seen(*ours, *theirs) == [(f"ours{i}", [f"sdk{i}"]) for i in range(4)]


def test_a_span_right_around_another_of_the_same_model_is_the_same_call() -> None:
    outer = span("outer", kind="embedding", has_tokens=False)
    assert seen(outer, span("inner", "outer", (10, 90), kind="embedding")) == [("outer", ["inner"])]
    assert seen(outer, span("inner", "outer", (10, 90), kind="embedding", model_requested="x")) == []
    assert seen(outer, span("inner", "outer", (10, 190), kind="embedding")) == [], "it ends later: not around it"


def test_a_span_around_several_calls_is_not_merged_with_any() -> None:
    outer = span("outer")
    inner = [span(f"i{n}", "outer", (10 * n, 10 * n + 5), response_id=f"r{n}") for n in (1, 2)]
    assert seen(outer, *inner) == []
    assert seen(outer, *(replace(s, response_id="") for s in inner)) == []


def test_logfires_request_and_its_streamed_answer_are_one_call() -> None:
    request = span("request", "p", (0, 35), has_tokens=False, join_key="k")
    answer = span("answer", "p", (527, 527), join_key="k")
    assert seen(answer, request) == [("request", ["answer"])]
    assert seen(replace(answer, join_key="other"), request) == []
    assert seen(replace(answer, parent_span_id="q"), request) == []


def test_what_was_one_call_stays_one_after_its_spans_took_from_each_other() -> None:
    request = span("request", "p", (0, 527), has_tokens=True, join_key="k")
    answer = span("answer", "p", (527, 527), join_key="k", links=Links(duplicate_of="t/request"))
    assert seen(request, answer) == [("request", ["answer"])]


def test_three_sights_of_one_call_are_one_call_in_any_order() -> None:
    spans = [
        span("langchain", at=(0, 100)),
        span("openai", "langchain", (5, 95), response_id="r"),
        span("sdk", "openai", (6, 94), response_id="r", scope=SDK, has_content=False),
    ]
    for order in permutations(spans):
        calls: list[Call] = trace.calls(order)
        assert [(c.shown.span_id, len(c.hidden)) for c in calls] == [("langchain", 2)]


def test_pending_halves_are_no_sights() -> None:
    assert seen(span("a", response_id="r", outcome="pending"), span("b", response_id="r")) == []
