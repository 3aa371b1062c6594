"""What a query means in columns: each field and operator, units and times, marks and parts."""

from __future__ import annotations

import math

import pytest

from portlog.query.language import FIELDS, Mistake, parse
from portlog.query.language.fields import BY_NAME_OR_ALIAS, PARTS, TYPES
from portlog.query.language.times import When, span_ms
from portlog.query.meaning import FLAGS, filter_of
from portlog.query.nodes import (
    AllOf,
    AnyOf,
    Between,
    Filter,
    Glob,
    Holds,
    Known,
    Matches,
    Not,
    OfMetadata,
    OneOf,
    Rated,
    Words,
    places,
)
from portlog.schema.columns import BY_NAME
from tests.samples import NOW_MS

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
NOON_MS = 1_795_176_000_000  # 2026-11-20T12:00:00Z
MIDNIGHT_MS = NOON_MS - 12 * HOUR_MS
UUID = "0198b9c2-5a70-7b9e-8f3a-0c1d2e3f4a5b"


def meaning(text: str, now_ms: int = NOON_MS, utc_offset_minutes: int = 0) -> Filter:
    return filter_of(parse(text), When(now_ms, utc_offset_minutes))


def above(column: str, value: float) -> Between:
    return Between(column, math.nextafter(value, math.inf), None)


def time(low: int | None, high: int | None, column: str = "created_at") -> Between:
    return Between(column, low, high, closed=False)


MEANINGS: tuple[tuple[str, Filter], ...] = (
    ("", AllOf(())),
    ("a", Words("a")),
    ("a* b", AllOf((Words("a", prefix=True), Words("b")))),
    ('"a b*"', Words("a b*")),
    ("a OR (b -c)", AnyOf((Words("a"), AllOf((Words("b"), Not(Words("c"))))))),
    ("req:a*", Words("a", "request", prefix=True)),
    ('res:"a b",c', AnyOf((Words("a b", "response"), Words("c", "response")))),
    ("err:a", Words("a", "error")),
    ("text:a", Words("a", "any")),
    ("req:*", Known("request_body")),
    ("res~/a+/", Matches("response", "a+")),
    ("req~/a+/", Matches("request", "a+")),
    ("text~/a+/", Matches("text", "a+")),
    ("err~/a+/", Matches("error_message", "a+")),
    # text
    ("model:gpt-4o", Glob("model", "gpt-4o")),
    ("model:gpt*,b", AnyOf((Glob("model", "gpt*"), Glob("model", "b")))),
    ('model:"a*b"', Glob("model", "a*b", literal=True)),
    ("model:*", Known("model")),
    ("model:**,b", AnyOf((Known("model"), Glob("model", "b")))),
    ("model:=GPT*", OneOf("model", ("GPT*",))),
    ("model~/^a/", Matches("model", "^a")),
    ('model:""', Glob("model", "")),
    ("org:a", Glob("organisation_id", "a")),
    ("trace:a,B", OneOf("trace_id", ("a", "B"))),
    ("trace:=a", OneOf("trace_id", ("a",))),
    ("trace:*", Known("trace_id")),
    ("trace~/^a/", Matches("trace_id", "^a")),
    (f"id:{UUID.upper()}", OneOf("id", (UUID,))),
    (f"id:{UUID.replace('-', '')},{UUID}", OneOf("id", (UUID, UUID))),
    ("tool:a*,b", AnyOf((Holds("tools", "a*"), Holds("tools", "b")))),
    ('tag:"a*"', Holds("tags", "a*", literal=True)),
    ("tag:*", Known("tags")),
    # fixed values
    ("kind:LLM,tool", AnyOf((OneOf("kind", ("llm",)), OneOf("kind", ("tool",))))),
    ('kind:"LLM"', Glob("kind", "LLM")),
    ("kind:t*", Glob("kind", "t*")),
    ("cache:hit", Glob("cache_status", "HIT")),
    ("cache:semantic", Glob("cache_status", "SEMANTIC HIT")),
    ("cache:miss", AnyOf((Glob("cache_status", "MISS"), Glob("cache_status", "SEMANTIC MISS")))),
    ("cache:refreshed", AnyOf((Glob("cache_status", "REFRESH"), Glob("cache_status", "REFRESHED")))),
    ("cache:disabled", Glob("cache_status", "DISABLED")),
    ('cache:"HIT"', Glob("cache_status", "HIT")),
    ("stream:true", OneOf("stream", (1,))),
    ("tracked:False,true", OneOf("tracked", (0, 1))),
    ("stream:*", Known("stream")),
    # figures
    ("status:429", OneOf("status", (429,))),
    ("status:429,500", OneOf("status", (429, 500))),
    ("status:5xx", Between("status", 500, 600, closed=False)),
    ("status:5XX,429", AnyOf((Between("status", 500, 600, closed=False), OneOf("status", (429,))))),
    ("status:=-1", OneOf("status", (-1,))),
    ("status:>=400", Between("status", 400, None)),
    ("status:400..499", Between("status", 400, 499)),
    ("status:*", AnyOf((Known("status"), OneOf("outcome", ("success", "error"))))),
    ("http_status:200", AllOf((Known("status"), OneOf("status", (200,))))),
    ("cost:>0.05", above("cost_usd", 0.05)),
    ("cost:>=5c", Between("cost_usd", 0.05, None)),
    ("cost:<$1", Between("cost_usd", None, 1.0, closed=False)),
    ("cost:<=1", Between("cost_usd", None, 1.0)),
    ("cost:=1", Between("cost_usd", 1.0, 1.0)),
    ("cost:1,2c", AnyOf((Between("cost_usd", 1.0, 1.0), Between("cost_usd", 0.02, 0.02)))),
    ("cost:..50c", Between("cost_usd", None, 0.5)),
    ("cost:*", Known("cost_usd")),
    ("tokens:>=10k", Between("total_tokens", 10_000, None)),
    ("in:1.5M", Between("input_tokens", 1_500_000, 1_500_000)),
    ("latency:>=2s", Between("response_ms", 2000, None)),
    ("latency:800ms..1.5m", Between("response_ms", 800, 90_000)),
    ("ttft:5", Between("first_token_ms", 5, 5)),
    ("retry:>=1", Between("retry_count", 1, None)),
    ("feedback:*", Rated(None, None)),
    ("feedback:>=1", Rated(1, None)),
    ("feedback:<0", Rated(None, math.nextafter(0, -math.inf))),
    ("feedback:-10..-1", Rated(-10, -1)),
    ("feedback:5", Rated(5, 5)),
    # metadata
    ("metadata.a.b:x", OfMetadata("a.b", Glob("metadata", "x"))),
    ("metadata.a:x*,y", AnyOf((OfMetadata("a", Glob("metadata", "x*")), OfMetadata("a", Glob("metadata", "y"))))),
    ("metadata.a:=X", OfMetadata("a", OneOf("metadata", ("X",)))),
    ("metadata.a:*", OfMetadata("a", Known("metadata"))),
    ("metadata.a~/x/", OfMetadata("a", Matches("metadata", "x"))),
    ("metadata.a:>=5", OfMetadata("a", Between("metadata", 5, None))),
    ("metadata.a:-1..5", OfMetadata("a", Between("metadata", -1, 5))),
    ("metadata.a:" + "x" * 200, OfMetadata("a", Glob("metadata", "x" * 128))),
    ("metadata:*", Known("metadata")),
    ("env:prod", OfMetadata("_environment", Glob("metadata", "prod"))),
    ("env:*", OfMetadata("_environment", Known("metadata"))),
    # times
    ("time:2026-11-20", time(MIDNIGHT_MS, MIDNIGHT_MS + DAY_MS)),
    ("time:today", time(MIDNIGHT_MS, MIDNIGHT_MS + DAY_MS)),
    ("time:yesterday", time(MIDNIGHT_MS - DAY_MS, MIDNIGHT_MS)),
    ("time:2026-11-20T12:00", time(NOON_MS, NOON_MS + MINUTE_MS)),
    ("time:2026-11-20T12:00:00Z", time(NOON_MS, NOON_MS + 1000)),
    ("time:2026-11-20T13:00:00.000+01:00", time(NOON_MS, NOON_MS + 1)),
    ("time:>=-2h", time(NOON_MS - 2 * HOUR_MS, None)),
    ("time:<now", time(None, NOON_MS)),
    ("time:<=now", time(None, NOON_MS + 1)),
    ("time:>2026-11-20", time(MIDNIGHT_MS + DAY_MS, None)),
    ("time:<=2026-11-20", time(None, MIDNIGHT_MS + DAY_MS)),
    ("time:<2026-11-20", time(None, MIDNIGHT_MS)),
    ("time:2026-11-19..2026-11-20", time(MIDNIGHT_MS - DAY_MS, MIDNIGHT_MS + DAY_MS)),
    ('time:"2026-11-20 12:00".."2026-11-20 13:00"', time(NOON_MS, NOON_MS + HOUR_MS)),
    ("time:-1w..-30s", time(NOON_MS - 7 * DAY_MS, NOON_MS - 30_000)),
    ("time:1795176000000", time(NOON_MS, NOON_MS + 1)),
    ("time:>=1795176000", time(NOON_MS, None)),
    ("received:>=-5m", time(NOON_MS - 5 * MINUTE_MS, None, "received_at")),
    # marks and parts
    ("is:error", OneOf("outcome", ("error",))),
    ("is:OK,stream", AnyOf((OneOf("outcome", ("success",)), OneOf("stream", (1,))))),
    ("is:root", Not(Known("parent_span_id"))),
    ("is:retried", AnyOf((Between("retry_count", 1, None), OneOf("retry_count", (-1,))))),
    ("has:image", Holds("has", "image")),
    ("has:user", Known("user")),
    ("has:total_tokens", Known("total_tokens")),
    ("has:feedback", Rated(None, None)),
    ("has:metadata.a.b", OfMetadata("a.b", Known("metadata"))),
    ("has:env", OfMetadata("_environment", Known("metadata"))),
    ("has:time", AllOf(())),
)  # fmt: skip


@pytest.mark.parametrize(("text", "filter_"), MEANINGS, ids=[text[:50] for text, _ in MEANINGS])
def test_what_a_query_means(text: str, filter_: Filter) -> None:
    assert meaning(text) == filter_


def test_every_type_of_field_is_read_above() -> None:
    first_words = {text.lstrip("-").partition(":")[0].partition("~")[0] for text, _ in MEANINGS}
    read = {BY_NAME_OR_ALIAS[name].type for name in first_words if name in BY_NAME_OR_ALIAS}
    assert set(TYPES) - read - {"metadata", "order"} == set()


def test_every_part_and_every_mark_reads_columns_that_exist() -> None:
    columns = {column for filter_ in FLAGS.values() for column, _, _ in places(filter_)}
    columns |= {column for part in PARTS for column, _, _ in places(meaning(f"has:{part}"))}
    assert columns - set(BY_NAME) == set()


def test_every_field_can_be_asked_for_whether_it_has_a_value() -> None:
    for field in FIELDS:
        meaning(f"has:{field.name}")


def test_yesterday_is_where_the_caller_is() -> None:
    """At noon in London it is past midnight in Auckland: the day before there is the one that is on here."""
    assert meaning("time:yesterday", utc_offset_minutes=780) == time(MIDNIGHT_MS - 13 * HOUR_MS, MIDNIGHT_MS + 11 * HOUR_MS)
    assert meaning("time:today", utc_offset_minutes=-780) == time(MIDNIGHT_MS - 11 * HOUR_MS, MIDNIGHT_MS + 13 * HOUR_MS)
    assert meaning("time:2026-11-20T12:00", utc_offset_minutes=60) == time(NOON_MS - HOUR_MS, NOON_MS - HOUR_MS + MINUTE_MS)


@pytest.mark.parametrize("text", ["time:today..yesterday", "time:now..-1h", "time:2026-11-21..2026-11-20"])
def test_a_range_of_times_that_ends_before_it_begins_is_refused_at_its_place(text: str) -> None:
    with pytest.raises(Mistake, match="ends before") as told:
        meaning(text)
    assert (told.value.start, told.value.end) == (5, len(text))


def test_five_cents_are_the_five_cents_that_were_stored() -> None:
    for cents in range(1, 1000):
        assert meaning(f"cost:{cents}c") == Between("cost_usd", cents / 100, cents / 100)


@pytest.mark.parametrize(
    "text",
    ["2026-11-31", "2026-11-20T24:00", "2026-11-20T12:60", "2026-11-20T12", "12:00", "2026-11-20T12:00+25:00", "", "-", "-2y", "-2.5h", "179517600000"],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert span_ms(text, When(NOW_MS)) is None


def test_times_at_the_ends_of_the_calendar_are_times() -> None:
    for text in ("0001-01-01", "0001-01-01T00:00+14:00", "9999-12-31", "9999-12-31T23:59-14:00"):
        assert span_ms(text, When(NOW_MS)) is not None
