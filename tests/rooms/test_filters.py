"""Query parameters become a tree of frozen filters; a wrong one is refused by its name (contract 6.2, 9.2)."""

from __future__ import annotations

import base64
import json
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portlog.errors import PortlogError
from portlog.query.filters import (
    PAGE_PARAMETERS,
    PARAMETERS,
    AllOf,
    AnyOf,
    Between,
    Cursor,
    Filter,
    Glob,
    MetadataIs,
    Not,
    OneOf,
    Rated,
    Words,
    decode_cursor,
    encode_cursor,
    read_filter,
    read_list,
    read_times,
)
from tests.samples import NOW_MS, nested

MS = 1_795_197_600_000  # 2026-11-20T18:00:00Z
DAY_MS = 86_400_000


def read(name: str, text: str) -> Filter:
    """The one filter of one parameter."""
    whole = read_filter({name: text}, now_ms=NOW_MS)
    assert isinstance(whole, AllOf)
    (part,) = whole.parts
    return part


def refused(**parameters: str) -> PortlogError:
    with pytest.raises(PortlogError) as caught:
        read_list(parameters, "default", now_ms=NOW_MS)
    error = caught.value
    assert (error.kind.slug, error.kind.status) == ("bad-filter", 400)
    assert error.message.startswith((f"{error.path} ", f"{error.path}: "))
    return error


READINGS: tuple[tuple[str, str, Filter], ...] = (
    ("q", "Paris", Words("Paris")),
    ("q", " capital  France ", AllOf((Words("capital"), Words("France")))),
    ("q", 'the "capital of" France', AllOf((Words("the"), Words("capital of"), Words("France")))),
    ("q", "model:gpt-4o -user:=bob", AllOf((Glob("model", "gpt-4o"), Not(OneOf("user", ("bob",)))))),
    ("q", "sort:cost", AllOf(())),
    ("time_of_generation_min", "2026-11-20T18:00:00Z", Between("created_at", MS, None)),
    ("time_of_generation_min", "2026-11-20T19:00:00 01:00", Between("created_at", MS, None)),
    ("time_of_generation_min", "2026-11-20", Between("created_at", MS - 18 * 3_600_000, None)),
    ("time_of_generation_max", "2026-11-20T18:00:00Z", Between("created_at", None, MS, closed=False)),
    ("time_of_generation_max", "2026-11-20", Between("created_at", None, MS + 6 * 3_600_000, closed=False)),
    ("from", "-24h", Between("created_at", NOW_MS - DAY_MS, None)),
    ("from", "1795197600000", Between("created_at", MS, None)),
    ("from", "yesterday", Between("created_at", (NOW_MS // DAY_MS - 1) * DAY_MS, None)),
    ("to", "now", Between("created_at", None, NOW_MS, closed=False)),
    ("to", "yesterday", Between("created_at", None, NOW_MS // DAY_MS * DAY_MS, closed=False)),
    ("to", "2026-11-20", Between("created_at", None, MS + 6 * 3_600_000, closed=False)),
    ("weighted_feedback_min", "-1.5", Rated(-1.5, None)),
    ("weighted_feedback_max", "10", Rated(None, 10)),
    ("status_code", "429", AnyOf((OneOf("status", (429,)),))),
    ("status_code", "429, 5xx,0,4XX,-1", AnyOf((
        Between("status", 500, 600, closed=False), Between("status", 400, 500, closed=False), OneOf("status", (429, 0, -1))))),
    ("ai_model", "gpt-4o*, Claude", AnyOf((Glob("model", "gpt-4o*"), Glob("model", "Claude")))),
    ("provider", "openai", AnyOf((Glob("provider", "openai"),))),
    ("ai_org_model", "openai__gpt-4o , x__a__b", AnyOf((
        AllOf((Glob("provider", "openai"), Glob("model", "gpt-4o"))), AllOf((Glob("provider", "x"), Glob("model", "a__b")))))),
    ("user", "alice,bob", OneOf("user", ("alice", "bob"))),
    ("session", "s 1", OneOf("session", ("s 1",))),
    ("kind", "llm,embedding", OneOf("kind", ("llm", "embedding"))),
    ("outcome", "pending", OneOf("outcome", ("pending",))),
    ("trace_id", "t-1", OneOf("trace_id", ("t-1",))),
    ("span_id", "s-1,s-2", OneOf("span_id", ("s-1", "s-2"))),
    ("metadata", '{"_user": "alice", "n": 1, "b": true, "f.v": "1.2"}', AllOf((
        MetadataIs("_user", "alice"), MetadataIs("n", "1"), MetadataIs("b", "true"), MetadataIs("f.v", "1.2")))),
    ("metadata", json.dumps({"k": "x" * 200}), AllOf((MetadataIs("k", "x" * 128),))),
    ("cost_min", "50", Between("cost_usd", 0.5, None)),
    ("cost_max", "50", Between("cost_usd", None, 0.5)),
    ("cost_max", "0.021", Between("cost_usd", None, 0.00021)),
    ("total_units_min", "10", Between("total_tokens", 10.0, None)),
    ("total_units_max", "10", Between("total_tokens", None, 10.0)),
    ("prompt_token_min", "10", Between("input_tokens", 10.0, None)),
    ("prompt_token_max", "10", Between("input_tokens", None, 10.0)),
    ("completion_token_min", "10", Between("output_tokens", 10.0, None)),
    ("completion_token_max", "10", Between("output_tokens", None, 10.0)),
    ("response_time_min", "0.5", Between("response_ms", 0.5, None)),
    ("response_time_max", "500", Between("response_ms", None, 500.0)),
    ("weighted_feedback_min", "-2.5", Rated(-2.5, None)),
    ("weighted_feedback_max", "3", Rated(None, 3.0)),
    ("virtual_keys", "a,b", OneOf("virtual_key", ("a", "b"))),
    ("configs", "pc-1", OneOf("config", ("pc-1",))),
    ("api_key_ids", "k", OneOf("api_key_id", ("k",))),
    ("prompt_slug", "p", OneOf("prompt_slug", ("p",))),
    ("cache_status", "hit,semantic hit", AnyOf((Glob("cache_status", "hit"), Glob("cache_status", "semantic hit")))),
    ("workspace_slug", "default", OneOf("workspace", ("default",))),
)  # fmt: skip


@pytest.mark.parametrize(("name", "text", "filter_"), READINGS, ids=[f"{n}={t[:30]}" for n, t, _ in READINGS])
def test_what_each_parameter_means(name: str, text: str, filter_: Filter) -> None:
    assert read(name, text) == filter_


def test_every_parameter_is_read_above() -> None:
    assert {parameter.name for parameter in PARAMETERS} == {name for name, _, _ in READINGS}


WRONG = (
    ("q", 'the "capital'), ("q", '"'), ("q", '""'), ("q", "modle:x"), ("q", "time:today..yesterday"),
    ("time_of_generation_min", "soon"), ("time_of_generation_max", "17950"), ("time_of_generation_min", "2026-02-30"),
    ("from", "-2"), ("to", "tomorrow"), ("utc_offset_minutes", "x"), ("utc_offset_minutes", "900"),
    ("status_code", "abc"), ("status_code", "6xx"), ("status_code", "0xx"), ("status_code", "4x"), ("status_code", "10000000000"),
    ("ai_org_model", "gpt-4o"),
    ("metadata", "x"), ("metadata", "[1]"), ("metadata", "{"), ("metadata", "{'a': 1}"),
    *((name, text)
      for name in ("cost_min", "cost_max", "total_units_min", "total_units_max", "prompt_token_min", "prompt_token_max",
                   "completion_token_min", "completion_token_max", "response_time_min", "response_time_max")
      for text in ("x", "-1", "nan", "inf", "1e999", "1,2")),
    *((name, text) for name in ("weighted_feedback_min", "weighted_feedback_max") for text in ("x", "nan", "inf", "1,2")),
    ("page_size", "0"), ("page_size", "1001"), ("page_size", "x"), ("page_size", "-1"), ("page_size", "1.5"), ("page_size", "9" * 30),
    ("current_page", "-1"), ("current_page", "x"), ("current_page", "9999999"),
    ("order_by", "user"), ("order_by", "id; DROP TABLE logs"), ("order_by_type", "up"), ("include_total", "maybe"),
    ("cursor", "x"), ("cursor", "AAAA"), ("cursor", "é"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "text"), WRONG, ids=[f"{n}={t[:20]}" for n, t in WRONG])
def test_a_wrong_value_is_refused_by_the_parameters_name(name: str, text: str) -> None:
    assert refused(**{name: text}).path == name


@pytest.mark.parametrize("name", [p.name for p in PARAMETERS] + list(PAGE_PARAMETERS))
@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_parameter_is_as_none(name: str, text: str) -> None:
    assert read_list({name: text}, "w", now_ms=NOW_MS) == read_list({}, "w", now_ms=NOW_MS)


def test_unknown_parameters_are_passed_over() -> None:
    """SDKs pass anything through (contract 9.2)."""
    assert read_filter({"groupBy": "x", "path_format": "v1"}, now_ms=NOW_MS) == AllOf(())


def test_all_parameters_must_hold_together() -> None:
    both = read_filter({"user": "a", "cost_min": "1"}, now_ms=NOW_MS)
    assert both == AllOf((OneOf("user", ("a",)), Between("cost_usd", 0.01, None)))


LEFT_OUT = (
    ("model", "model:a user:b -model:c", "user:b"),
    ("model", "model:a", ""),
    ("model", "(model:a OR user:b) user:c", "(model:a OR user:b) user:c"),
    ("user", "a OR user:b", "a OR user:b"),
    ("status", "status:5xx is:error", "is:error"),
    ("metadata.env", "metadata.env:x metadata.other:y env:z", "metadata.other:y env:z"),
    ("env", "metadata.env:x metadata._environment:y env:z", "metadata.env:x"),
    ("model", "model_requested:a", "model_requested:a"),
)


@pytest.mark.parametrize(("field", "text", "rest"), LEFT_OUT, ids=[text for _, text, _ in LEFT_OUT])
def test_a_facets_own_filters_are_left_out_of_the_query(field: str, text: str, rest: str) -> None:
    left = read_filter({"q": text}, now_ms=NOW_MS, leave_out=field)
    assert left == read_filter({"q": rest or " sort:time"}, now_ms=NOW_MS)


def test_a_facets_own_filters_are_left_out_of_the_parameters() -> None:
    parameters = {"ai_model": "a", "user": "b", "metadata": '{"env":"x","n":"1"}'}

    def left(field: str) -> Filter:
        return read_filter(parameters, now_ms=NOW_MS, leave_out=field)

    model, user = AnyOf((Glob("model", "a"),)), OneOf("user", ("b",))
    env, n = MetadataIs("env", "x"), MetadataIs("n", "1")
    assert left("model") == AllOf((user, AllOf((env, n))))
    assert left("metadata.env") == AllOf((model, user, AllOf((n,))))
    assert left("status") == AllOf((model, user, AllOf((env, n))))


def test_days_begin_where_the_caller_is() -> None:
    read_there = read_filter({"q": "time:2026-11-20", "from": "2026-11-20", "utc_offset_minutes": "60"}, now_ms=NOW_MS)
    midnight = MS - 19 * 3_600_000
    assert read_there == AllOf((
        Between("created_at", midnight, midnight + DAY_MS, closed=False), Between("created_at", midnight, None),
    ))  # fmt: skip
    with_zone = read_filter({"from": "2026-11-20T18:00Z", "utc_offset_minutes": "60"}, now_ms=NOW_MS)
    assert with_zone == AllOf((Between("created_at", MS, None),)), "an offset of its own wins"


def test_a_range_is_the_narrowest_of_its_names() -> None:
    given = {"from": "2026-11-20", "time_of_generation_min": "2026-11-20T18:00Z", "to": "now", "time_of_generation_max": ""}
    assert read_times(given, now_ms=NOW_MS) == (MS, NOW_MS)
    assert read_times({}, now_ms=NOW_MS) == (None, None)


def test_the_order_that_a_query_asks_for_wins() -> None:
    def order(**parameters: str) -> tuple[str, bool]:
        question = read_list(parameters, "w", now_ms=NOW_MS)
        return question.order_by, question.descending

    assert order(q="a sort:+latency", order_by="cost", order_by_type="desc") == ("response_ms", False)
    assert order(q="sort:tokens", order_by_type="asc") == ("total_tokens", True)
    assert order(q="a", order_by="cost", order_by_type="asc") == ("cost_usd", False)
    cursor = encode_cursor(Cursor(1.5, bytes(16)), "cost_usd")
    assert read_list({"q": "sort:cost", "cursor": cursor}, "w", now_ms=NOW_MS).after == Cursor(1.5, bytes(16))
    assert refused(q="sort:time", cursor=cursor).path == "cursor"


def test_a_mistake_in_a_query_is_told_with_its_place() -> None:
    error = refused(q="ok modle:x")
    assert error.body()["data"]["errors"] == [
        {"path": "q", "message": "No field `modle`. Did you mean `model`?", "start": 3, "end": 8, "suggestion": "model"}
    ]
    assert error.body()["error"]["param"] == "q"
    assert refused(user="a", page_size="x").body()["data"]["errors"][0].keys() == {"path", "message"}


def test_a_list_is_by_default_the_newest_fifty_with_their_total() -> None:
    question = read_list({}, "w", now_ms=NOW_MS)
    assert (question.workspace, question.where) == ("w", AllOf(()))
    assert (question.order_by, question.descending, question.limit, question.offset) == ("created_at", True, 50, 0)
    assert (question.after, question.include_total) == (None, True)


def test_pages_orders_and_totals_are_read() -> None:
    question = read_list(
        {"page_size": "7", "current_page": "3", "order_by": "response_time", "order_by_type": "ASC", "include_total": "False"}, "w",
        now_ms=NOW_MS,
    )
    assert (question.order_by, question.descending, question.limit, question.offset) == ("response_ms", False, 7, 21)
    assert question.include_total is False
    assert read_list({"include_total": "True"}, "w", now_ms=NOW_MS).include_total is True, "as Python's SDK writes it"
    for wire, column in (("cost", "cost_usd"), ("total_units", "total_tokens"), ("created_at", "created_at")):
        assert read_list({"order_by": wire}, "w", now_ms=NOW_MS).order_by == column


COLUMNS = st.sampled_from(["created_at", "cost_usd", "response_ms", "total_tokens"])


@given(COLUMNS, st.none() | st.integers(0, 2**40) | st.floats(0, 1e12), st.binary(min_size=16, max_size=16))
def test_a_cursor_comes_back_as_it_was_and_only_to_its_own_order(column: str, value: Any, log_id: bytes) -> None:
    if column == "created_at":
        value = int(value or 0)
    text = encode_cursor(Cursor(value, log_id), column)
    assert text.isascii() and "=" not in text and "+" not in text and "/" not in text
    assert decode_cursor(text, column) == Cursor(value, log_id)
    other = "created_at" if column != "created_at" else "cost_usd"
    with pytest.raises(PortlogError, match="another order_by"):
        decode_cursor(text, other)


def test_a_cursor_makes_the_page_number_mean_nothing() -> None:
    text = encode_cursor(Cursor(5, bytes(16)), "created_at")
    question = read_list({"cursor": text, "current_page": "3"}, "w", now_ms=NOW_MS)
    assert (question.offset, question.after) == (0, Cursor(5, bytes(16)))


def forged(*packed: Any) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(packed)).decode().rstrip("=")


@pytest.mark.parametrize(
    ("order_by", "value"),
    [("created_at", None), ("created_at", float("inf")), ("created_at", float("nan")), ("created_at", 1.5), ("created_at", -1),
     ("created_at", 2**63), ("created_at", 2**48), ("response_ms", float("inf")), ("response_ms", float("nan")),
     ("response_ms", 2**64 - 1), ("response_ms", True)],
)  # fmt: skip
def test_a_forged_cursor_is_refused_before_it_reaches_the_store(order_by: str, value: Any) -> None:
    wire = {"created_at": "created_at", "response_ms": "response_time"}[order_by]
    if value == 2**64 - 1:
        assert read_list({"cursor": forged(order_by, value, bytes(16)), "order_by": wire}, "w", now_ms=NOW_MS).after is not None
        return
    assert refused(cursor=forged(order_by, value, bytes(16)), order_by=wire).path == "cursor"


@pytest.mark.parametrize("packed", [("created_at", 1), ("created_at", 1, b"short"), (1, 1, bytes(16)), ("created_at", 1, bytes(16), 4)])
def test_a_cursor_of_another_make_is_refused(packed: tuple[Any, ...]) -> None:
    assert refused(cursor=forged(*packed)).path == "cursor"


NAMES = st.sampled_from([*(p.name for p in PARAMETERS), *PAGE_PARAMETERS, "unknown"])
VALUES = st.text(max_size=20) | st.sampled_from(["model:x", "-24h", "sort:cost", "time:>-2h", "540", '{"a":1}', "2026-11-20", "5xx,200", "1", "asc", "true", "cost", "a__b", '"x y"'])


@given(st.dictionaries(NAMES, VALUES, max_size=5))
@example({"metadata": "[" * 10_000})
@example({"metadata": f'{{"a":{nested(300)}}}'})
@example({"metadata": '{"a":1,"a":2}'})
@example({"metadata": r'{"a":"\ud800"}'})
@example({"time_of_generation_max": "9999-12-31"})
def test_any_parameters_are_read_or_refused_by_name(parameters: dict[str, str]) -> None:
    try:
        read_list(parameters, "w", now_ms=NOW_MS)
    except PortlogError as error:
        assert (error.kind.slug, error.path in parameters) == ("bad-filter", True)
