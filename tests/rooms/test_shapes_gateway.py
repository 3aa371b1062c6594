"""What the open-source gateway sends (contract 3.3): halves of calls that name no common id, and tries of its log stream."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portlog.schema import jsons
from portlog.schema.log import Log
from portlog.senders.gateway import HOOK, tries_of
from tests.rooms.shapes import opened, read_one, stated
from tests.samples import NOW_MS, json_values

HEADERS = {"x-portkey-trace-id": "t-1", "x-portkey-span-id": "s-1", "x-portkey-span-name": "ask"}
ASKED = {"model": "gpt-4o", "messages": [{"role": "user", "content": "why"}]}
ANSWERED = {"id": "c-1", "choices": []}


def hook(half: str = "before", *, headers: dict[str, str] | None = None, asked: Any = None, **fields: Any) -> dict[str, Any]:
    request: dict[str, Any] = {"json": ASKED if asked is None else asked, "text": "why", "isStreamingRequest": False, "isTransformed": False}
    if headers is not None:
        request["headers"] = headers
    response: dict[str, Any] = {"json": {}, "text": "", "statusCode": None}
    if half == "after":
        response |= {"json": ANSWERED, "text": "because", "statusCode": 200}
    return {"request": request, "response": response, "provider": "openai", "requestType": "chatComplete", "metadata": {"_user": "u"}} | fields


def raw(element: dict[str, Any], at_ms: int = NOW_MS) -> dict[str, Any]:
    """The raw element of a post that came at that time."""
    (log,) = opened(element)
    held: dict[str, Any] = jsons.decode_any(log.raw)
    return {key: at_ms if key.endswith("_received_ms") else value for key, value in held.items()}


def test_a_before_post_is_a_call_that_waits() -> None:
    log = read_one(hook(headers=HEADERS))
    assert (log.outcome, log.status, log.response_body, log.response_ms) == ("pending", None, b"null", None)
    assert (log.trace_id, log.span_id, log.span_name) == ("t-1", "s-1", "ask")
    assert (log.provider, log.request_url, log.kind, log.user, log.stream) == ("openai", "/v1/chat/completions", "llm", "u", False)
    assert json.loads(log.request_body) == ASKED


def test_an_after_post_is_a_call_that_is_done() -> None:
    log = read_one(hook("after"))
    assert (log.outcome, log.status, json.loads(log.response_body)) == ("success", 200, ANSWERED)


@pytest.mark.parametrize(
    ("fields", "half"),
    [({"eventType": "afterRequestHook", "response": {}}, "after"), ({"eventType": "beforeRequestHook"}, "before"),
     ({"response": {"statusCode": 500, "json": None}}, "after"), ({"response": {"statusCode": 200, "json": None}}, "after"),
     ({"response": {"json": {"a": 1}}}, "after"), ({"response": {"json": {}, "statusCode": None}}, "before"), ({"response": None}, "before")],
)  # fmt: skip
def test_a_post_tells_which_half_it_is(fields: dict[str, Any], half: str) -> None:
    assert half in raw(hook(**fields))


def test_the_answer_of_a_stream_is_its_text() -> None:
    element = hook("after")
    element["request"]["isStreamingRequest"] = True
    element["response"] = {"json": None, "text": "because", "statusCode": 200}
    log = read_one(element)
    assert (log.stream, log.response_body, log.outcome) == (True, b'"because"', "success")


@pytest.mark.parametrize(
    ("asked", "url", "kind"),
    [("complete", "/v1/completions", "llm"), ("embed", "/v1/embeddings", "embedding"), ("messages", "/v1/messages", "llm"),
     ("stream-chatComplete", "/v1/chat/completions", "llm"), ("createModelResponse", "/v1/responses", "llm"), ("uploadFile", "", "span"),
     (None, "", "llm")],
)  # fmt: skip
def test_the_request_type_gives_url_and_kind(asked: Any, url: str, kind: str) -> None:
    log = read_one(hook(requestType=asked))
    assert (log.request_url, log.kind) == (url, kind)


def test_trace_data_is_in_the_callers_headers() -> None:
    headers = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "Baggage": "team=search",
               "x-portkey-metadata": '{"_user": "h", "k": "v"}'}  # fmt: skip
    log = read_one(hook(headers=headers, metadata={}))
    assert (log.trace_id, log.parent_span_id, log.user) == ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "h")
    assert log.metadata_index == {"team": "search", "_user": "h", "k": "v"}


def test_the_caller_asked_not_to_be_tracked() -> None:
    (log,) = opened(hook(headers={"x-portkey-debug": "false"}))
    assert log.tracked is False


# -- the halves of one call ------------------------------------------------------------------------------------------


def key(element: dict[str, Any]) -> str:
    (log,) = opened(element)
    return log.join_key


def test_the_key_is_the_callers_ids_when_both_are_there_else_what_was_asked() -> None:
    other = {"model": "x"}
    assert key(hook(headers=HEADERS)) == key(hook("after", headers=HEADERS, asked=other))
    assert key(hook()) == key(hook("after")) != key(hook("after", asked=other))
    assert key(hook(headers=HEADERS | {"x-portkey-span-id": ""})) == key(hook())
    assert key(hook()) != key(hook(provider="anthropic")) != key(hook(requestType="complete"))


def test_both_halves_are_one_call_in_either_order() -> None:
    before, after = raw(hook()), raw(hook("after"), NOW_MS + 900)
    for merged in (HOOK.merge(before, after), HOOK.merge(after, before)):  # type: ignore[misc]
        assert merged == before | after


def unfolded(element: dict[str, Any]) -> Log:
    (log,) = opened(hook(headers=HEADERS))
    return HOOK.unfold(log, element)


def test_a_completed_call_has_the_answer_and_the_headers_of_the_question() -> None:
    merged = HOOK.merge(raw(hook(headers=HEADERS)), raw(hook("after"), NOW_MS + 5))  # type: ignore[misc]
    assert merged is not None
    log = unfolded(merged)
    assert (log.outcome, log.status, log.request_headers["x-portkey-trace-id"]) == ("success", 200, "t-1")


def test_two_of_one_half_are_two_calls_unless_they_are_the_same_post() -> None:
    before, after = raw(hook()), raw(hook("after"))
    merge = HOOK.merge
    assert merge is not None
    assert merge(before, raw(hook(), NOW_MS + 1)) is None
    assert merge(before, before) == before
    both = merge(before, after)
    assert both is not None
    assert merge(both, before) == both == merge(both, after)
    assert merge(both, raw(hook("after"), NOW_MS + 7)) is None


def test_an_answer_is_not_put_to_another_question_of_the_same_ids() -> None:
    """The targets of a fallback share the caller's ids."""
    merge = HOOK.merge
    assert merge is not None
    other = {"model": "gpt-4o", "messages": []}
    assert merge(raw(hook(headers=HEADERS)), raw(hook("after", headers=HEADERS, asked=other))) is None
    transformed = hook("after", headers=HEADERS, asked=other)
    transformed["request"]["isTransformed"] = True
    assert merge(raw(hook(headers=HEADERS)), raw(transformed)) is not None


def test_a_question_long_after_an_answer_is_another_calls() -> None:
    merge = HOOK.merge
    assert merge is not None
    assert merge(raw(hook("after")), raw(hook(), NOW_MS + 60_000)) is None
    assert merge(raw(hook("after")), raw(hook(), NOW_MS + 500)) is not None


# -- secrets -----------------------------------------------------------------------------------------------------------

CONFIG = json.dumps(
    {"provider": "openai", "api_key": "sk-SECRET", "custom_host": "http://u:SECRET@h/v1?token=SECRET",
     "before_request_hooks": [{"checks": [{"id": "default.log", "parameters": {
         "logURL": "http://h?key=SECRET", "headers": json.dumps({"x-portkey-api-key": "pk-SECRET", "Cookie": "SECRET"})}}]}],
     "after_request_hooks": [{"checks": [{"parameters": {"headers": {"Authorization": "Bearer SECRET", "x-portkey-api-key": "pk-SECRET"}}}]}],
     "override_params": {"max_tokens": 5, "model": "gpt-4o"}}
)  # fmt: skip


@pytest.mark.parametrize("half", ["before", "after"])
def test_no_secret_of_the_caller_reaches_the_disk(half: str) -> None:
    headers = {"Authorization": "Bearer sk-SECRET", "X-Portkey-Api-Key": "pk-SECRET", "x-portkey-config": CONFIG, "x-vendor-token": "SECRET",
               "x-portkey-provider-options": '{"apiKey": "SECRET"}', "Cookie": "SECRET"}  # fmt: skip
    (log,) = opened(hook(half, headers=headers))
    assert b"SECRET" not in log.raw
    kept = json.loads(read_one(hook(half, headers=headers)).request_headers["x-portkey-config"])
    assert kept["override_params"] == {"max_tokens": 5, "model": "gpt-4o"} and kept["provider"] == "openai"


# -- the log stream ----------------------------------------------------------------------------------------------------


def a_try(n: int, **fields: Any) -> dict[str, Any]:
    return {
        "providerOptions": {"provider": "openai", "apiKey": "sk-SECRET", "requestURL": "https://api.openai.com/v1/chat/completions",
                            "rubeusURL": "chatComplete"},
        "transformedRequest": {"body": ASKED, "headers": {"authorization": "Bearer sk-SECRET"}},
        "requestParams": ASKED, "originalResponse": {"body": {"error": {"message": f"no {n}"}}}, "createdAt": f"2026-11-17T15:06:0{n}.500Z",
        "executionTime": 40 + n, "hookSpanId": f"span-{n}", "cacheStatus": "MISS", "lastUsedOptionIndex": f"config.targets[{n}]",
    } | fields  # fmt: skip


def event(*tries: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"time": "11/17/2026, 3:06:40 PM", "method": "POST", "endpoint": "/v1/chat/completions", "status": 200, "duration": 99,
            "requestOptions": list(tries)} | fields  # fmt: skip


def read_event(*tries: dict[str, Any], **fields: Any) -> list[Log]:
    return [read_one(element) for element in tries_of(event(*tries, **fields))]


def test_each_try_is_a_log_and_only_the_last_has_the_answer_and_the_status() -> None:
    last = a_try(1, originalResponse={"body": ANSWERED})
    first, second = read_event(a_try(0, response=ANSWERED), last)
    assert (first.trace_id, first.span_id) == ("span-0", "span-0") and (second.trace_id, second.span_id) == ("span-0", "span-1")
    assert (first.status, first.outcome, json.loads(first.response_body)["error"]) == (None, "error", {"message": "no 0"})
    assert (second.status, second.outcome, json.loads(second.response_body)) == (200, "success", ANSWERED)
    assert [log.span_name for log in (first, second)] == [f"POST /v1/chat/completions (try {n} of 2)" for n in (1, 2)]
    assert (first.response_ms, second.response_ms, second.created_ms - first.created_ms) == (40, 41, 1000)
    assert stated(second) == {"cache_status": "MISS", "option_path": "config.targets[1]"}
    assert (second.provider, second.kind, second.request_url) == ("openai", "llm", "https://api.openai.com/v1/chat/completions")


def test_an_answer_that_no_hook_kept_is_the_callers() -> None:
    (log,) = read_event(a_try(0, originalResponse={}, response=ANSWERED))
    assert json.loads(log.response_body) == ANSWERED


def test_a_stream_has_no_contents() -> None:
    asked = ASKED | {"stream": True}
    (log,) = read_event(
        a_try(0, originalResponse={}, response={"message": "The response was a stream."}, transformedRequest={"body": asked})
    )
    assert (log.stream, log.response_body, log.outcome) == (True, b"null", "success")


def test_an_answer_that_was_cut_short_stays_text() -> None:
    (log,) = read_event(a_try(0, originalResponse={}, response='{"choices": [1, 2...'))
    assert json.loads(log.response_body) == '{"choices": [1, 2...'


def test_an_event_of_a_newer_gateway_which_hides_its_keys_is_read() -> None:
    hidden = {"provider": "openai", "apiKey": "[REDACTED]", "customHost": "[REDACTED]", "rubeusURL": "embed"}
    (log,) = read_event(a_try(0, providerOptions=hidden))
    assert (log.kind, log.request_url, log.request_headers) == ("embedding", "/v1/chat/completions", {"authorization": "[REDACTED]"})


def test_an_event_of_a_gateway_on_another_port_names_no_endpoint() -> None:
    """It cuts the path off behind its usual port; behind another there is none."""
    sent = event(a_try(0))
    del sent["endpoint"]
    (log,) = [read_one(element) for element in tries_of(sent)]
    assert (log.shape, log.request_url) == ("gateway-stream", "https://api.openai.com/v1/chat/completions")
    assert log.span_name == "POST /v1/chat/completions"


def test_no_key_of_a_try_reaches_the_disk() -> None:
    for element in tries_of(event(a_try(0), a_try(1))):
        (log,) = opened(element)
        assert b"SECRET" not in log.raw


def test_the_ids_of_an_event_are_its_own_so_that_it_can_be_posted_again() -> None:
    bare = event({"providerOptions": {"provider": "openai"}})
    assert [e["trace_id"] for e in tries_of(bare)] == [e["trace_id"] for e in tries_of(bare)]
    one, two = (opened(element)[0] for element in tries_of(bare) * 2)
    assert (one.trace_id, one.span_id) == (two.trace_id, two.span_id)


@given(st.dictionaries(st.sampled_from(("request", "response", "provider", "requestType", "metadata", "eventType")), json_values), json_values)
def test_any_post_is_read(fields: dict[str, Any], text: Any) -> None:
    request = {"json": text, "headers": fields.get("metadata")}
    log = read_one({**fields, "request": request, "provider": fields.get("provider")})
    assert [w for w in log.warnings if w.code == "unreadable"] == []


@given(st.lists(st.dictionaries(st.sampled_from(list(a_try(0))), json_values), max_size=3), json_values)
def test_any_event_is_read(tries: list[dict[str, Any]], value: Any) -> None:
    for element in tries_of(event(*tries, status=value, method=value, duration=value)):
        assert [w for w in read_one(element).warnings if w.code == "unreadable"] == []
