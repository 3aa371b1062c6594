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
    OneOf,
    Rated,
    Words,
    decode_cursor,
    encode_cursor,
    read_filter,
    read_list,
    read_words,
)
from tests.samples import nested

MS = 1_795_197_600_000  # 2026-11-20T18:00:00Z
DAY_MS = 86_400_000


def read(name: str, text: str) -> Filter:
    """The one filter of one parameter."""
    whole = read_filter({name: text})
    assert isinstance(whole, AllOf)
    (part,) = whole.parts
    return part


def refused(**parameters: str) -> PortlogError:
    with pytest.raises(PortlogError) as caught:
        read_list(parameters, "default")
    error = caught.value
    assert (error.kind.slug, error.kind.status) == ("bad-filter", 400)
    assert error.message.startswith(f"{error.path} ")
    return error


READINGS: tuple[tuple[str, str, Filter], ...] = (
    ("q", "Paris", AllOf((Words("Paris"),))),
    ("q", " capital  France ", AllOf((Words("capital"), Words("France")))),
    ("q", 'the "capital of" France', AllOf((Words("the"), Words("capital of"), Words("France")))),
    ("q", '""', AllOf(())),
    ("time_of_generation_min", "2026-11-20T18:00:00Z", Between("created_at", MS, None)),
    ("time_of_generation_min", "2026-11-20T19:00:00 01:00", Between("created_at", MS, None)),
    ("time_of_generation_min", "2026-11-20", Between("created_at", MS - 18 * 3_600_000, None)),
    ("time_of_generation_max", "2026-11-20T18:00:00Z", Between("created_at", None, MS, closed=False)),
    ("time_of_generation_max", "2026-11-20", Between("created_at", None, MS + 6 * 3_600_000, closed=False)),
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
    ("q", 'the "capital'), ("q", '"'),
    ("time_of_generation_min", "yesterday"), ("time_of_generation_max", "1795000000"), ("time_of_generation_min", "2026-02-30"),
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
    assert read_list({name: text}, "w") == read_list({}, "w")


def test_unknown_parameters_are_passed_over() -> None:
    """SDKs pass anything through (contract 9.2)."""
    assert read_filter({"groupBy": "x", "path_format": "v1"}) == AllOf(())


def test_all_parameters_must_hold_together() -> None:
    assert read_filter({"user": "a", "cost_min": "1"}) == AllOf((OneOf("user", ("a",)), Between("cost_usd", 0.01, None)))


def test_a_list_is_by_default_the_newest_fifty_with_their_total() -> None:
    question = read_list({}, "w")
    assert (question.workspace, question.where) == ("w", AllOf(()))
    assert (question.order_by, question.descending, question.limit, question.offset) == ("created_at", True, 50, 0)
    assert (question.after, question.include_total) == (None, True)


def test_pages_orders_and_totals_are_read() -> None:
    question = read_list(
        {"page_size": "7", "current_page": "3", "order_by": "response_time", "order_by_type": "ASC", "include_total": "False"}, "w"
    )
    assert (question.order_by, question.descending, question.limit, question.offset) == ("response_ms", False, 7, 21)
    assert question.include_total is False
    assert read_list({"include_total": "True"}, "w").include_total is True, "as Python's SDK writes it"
    for wire, column in (("cost", "cost_usd"), ("total_units", "total_tokens"), ("created_at", "created_at")):
        assert read_list({"order_by": wire}, "w").order_by == column


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
    question = read_list({"cursor": text, "current_page": "3"}, "w")
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
        assert read_list({"cursor": forged(order_by, value, bytes(16)), "order_by": wire}, "w").after is not None
        return
    assert refused(cursor=forged(order_by, value, bytes(16)), order_by=wire).path == "cursor"


@pytest.mark.parametrize("packed", [("created_at", 1), ("created_at", 1, b"short"), (1, 1, bytes(16)), ("created_at", 1, bytes(16), 4)])
def test_a_cursor_of_another_make_is_refused(packed: tuple[Any, ...]) -> None:
    assert refused(cursor=forged(*packed)).path == "cursor"


NAMES = st.sampled_from([*(p.name for p in PARAMETERS), *PAGE_PARAMETERS, "unknown"])
VALUES = st.text(max_size=20) | st.sampled_from(['{"a":1}', "2026-11-20", "5xx,200", "1", "asc", "true", "cost", "a__b", '"x y"'])


@given(st.dictionaries(NAMES, VALUES, max_size=5))
@example({"metadata": "[" * 10_000})
@example({"metadata": f'{{"a":{nested(300)}}}'})
@example({"metadata": '{"a":1,"a":2}'})
@example({"metadata": r'{"a":"\ud800"}'})
@example({"time_of_generation_max": "9999-12-31"})
def test_any_parameters_are_read_or_refused_by_name(parameters: dict[str, str]) -> None:
    try:
        read_list(parameters, "w")
    except PortlogError as error:
        assert (error.kind.slug, error.path in parameters) == ("bad-filter", True)


@given(st.text(max_size=30))
def test_any_text_is_words_or_refused(text: str) -> None:
    try:
        assert isinstance(read_words("q", text), AllOf)
    except PortlogError as error:
        assert error.path == "q"
