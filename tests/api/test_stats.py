"""`GET /v1/logs/stats`: totals and histogram, counted again from the rows that lists show."""

from __future__ import annotations

import json
import math
from random import Random
from typing import Any

import pytest

from portlog.applier import row_of
from portlog.schema.ids import LogIds
from portlog.schema.render import iso
from portlog.senders import wire
from tests.api import recount
from tests.api.conftest import House, refused
from tests.api.queries import DAY_MS, HOUR_MS, Row, ms, picks, random_query, store_all
from tests.samples import NOW_MS, chat

MINUTE_MS, WEEK_MS = 60_000, 7 * DAY_MS


@pytest.fixture(scope="module")
def rows(house: House) -> list[Row]:
    """Every log of the house."""
    return store_all(house)


def stats(house: House, **parameters: Any) -> dict[str, Any]:
    reply = house.get("/v1/logs/stats", **{name.rstrip("_"): value for name, value in parameters.items()})
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def recounted(rows: list[Row]) -> dict[str, Any]:
    """The totals of these rows."""
    calls = [row for row in rows if row["counts"]]
    timed = recount.latencies(calls)
    return {
        "logs": len(rows),
        "error_logs": sum(row["outcome"] == "error" for row in rows),
        "requests": len(calls),
        "errors": len(recount.failed(calls)),
        "unpriced_requests": sum(row["cost_usd"] is None for row in calls),
        "input_tokens": recount.tokens(calls, "in"),
        "output_tokens": recount.tokens(calls, "out"),
        "total_tokens": recount.tokens(calls),
        "cost_usd": pytest.approx(math.fsum(row["cost_usd"] or 0 for row in rows), abs=1e-8),
        "cost": pytest.approx(recount.cost(rows), abs=1e-6),
        "latency_ms": {
            "avg": pytest.approx(recount.mean(timed)) if timed else None,
            **{f"p{percent}": recount.rank(timed, percent) if timed else None for percent in (50, 90, 99)},
        },
    }


def check(found: dict[str, Any], matching: list[Row]) -> None:
    """The reply is what these rows give, bar for bar."""
    within = [row for row in matching if found["from"] <= ms(row) < found["to"]]
    assert found["totals"] == recounted(within)
    width = found["bucket_ms"]
    for bucket in found["buckets"]:
        there = [row for row in within if bucket["at"] <= ms(row) < bucket["at"] + width]
        failed = sum(row["outcome"] == "error" for row in there)
        assert bucket == {"at": bucket["at"], "ok": len(there) - failed, "error": failed}
    starts = [bucket["at"] for bucket in found["buckets"]]
    assert starts == list(range(starts[0], starts[0] + len(starts) * width, width)) if starts else not within
    assert sum(bucket["ok"] + bucket["error"] for bucket in found["buckets"]) == len(within)


@pytest.mark.parametrize("seed", range(60))
def test_totals_and_bars_are_those_of_the_rows(house: House, rows: list[Row], seed: int) -> None:
    random = Random(seed)
    query = random_query(random)
    asked: dict[str, Any] = {"q": " ".join(text for text, _, _ in query), "buckets": random.choice((1, 2, 7, 120, 1000))}
    asked["utc_offset_minutes"] = random.choice((0, 60, -330, 345, 840))
    from_ms, to_ms = NOW_MS - random.randrange(41 * DAY_MS), NOW_MS - random.randrange(DAY_MS)
    bounded = random.choice((False, True))
    if bounded:
        asked |= {"from": iso(min(from_ms, to_ms)), "to": iso(max(from_ms, to_ms))}
    found = stats(house, **asked)
    matching = [row for row in rows if picks(query, row)]
    assert len(found["buckets"]) <= asked["buckets"]
    check(found, matching)
    if bounded:
        assert (found["from"], found["to"]) == (min(from_ms, to_ms), max(from_ms, to_ms))
    elif matching:
        assert (found["from"], found["to"]) == (min(map(ms, matching)), max(map(ms, matching)) + 1)


def test_everything_is_counted_once(house: House, rows: list[Row]) -> None:
    assert stats(house)["totals"]["logs"] == len(rows)
    assert {row["counts"] for row in rows} == {True, False}, "the set has logs that are no requests"


@pytest.mark.parametrize(
    ("length_ms", "buckets", "width_ms"),
    [
        (60_000, 120, 1000), (120_000, 120, 1000), (HOUR_MS, 120, 30_000), (DAY_MS, 120, 15 * MINUTE_MS), (DAY_MS, 24, HOUR_MS),
        (7 * DAY_MS, 120, 2 * HOUR_MS), (30 * DAY_MS, 120, 6 * HOUR_MS), (30 * DAY_MS, 30, DAY_MS), (90 * DAY_MS, 120, DAY_MS),
        (365 * DAY_MS, 120, WEEK_MS), (3650 * DAY_MS, 120, 8 * WEEK_MS), (1, 120, 1000),
    ],
)  # fmt: skip
def test_widths_are_round_and_as_narrow_as_the_number_of_buckets_allows(house: House, length_ms: int, buckets: int, width_ms: int) -> None:
    to_ms = NOW_MS - NOW_MS % DAY_MS  # midnight, so that no bucket is added by a begin in its middle
    found = stats(house, from_=str(to_ms - length_ms), to=str(to_ms), buckets=buckets)
    assert found["bucket_ms"] == width_ms
    assert len(found["buckets"]) in (-(-length_ms // width_ms), -(-length_ms // width_ms) + 1)


@pytest.mark.parametrize("offset", [0, 60, -60, 330, -570, 840, -840])
@pytest.mark.parametrize(("length_ms", "buckets"), [(3 * HOUR_MS, 3), (2 * DAY_MS, 8), (9 * DAY_MS, 10), (80 * DAY_MS, 12)])
def test_buckets_begin_at_round_local_times(house: House, offset: int, length_ms: int, buckets: int) -> None:
    found = stats(house, from_=iso(NOW_MS - length_ms), to=iso(NOW_MS), buckets=buckets, utc_offset_minutes=offset)
    first, width = found["buckets"][0]["at"] + offset * MINUTE_MS, found["bucket_ms"]
    if width % WEEK_MS == 0:
        assert (first - 4 * DAY_MS) % WEEK_MS == 0, "a Monday, local time"
    else:
        assert first % DAY_MS % width == 0
    assert found["buckets"][0]["at"] <= found["from"] < found["buckets"][0]["at"] + width
    assert found["buckets"][-1]["at"] < found["to"] <= found["buckets"][-1]["at"] + width


def test_without_an_end_the_range_ends_now_and_holds_what_is_dated_ahead(house: House, rows: list[Row]) -> None:
    found = stats(house, from_="-24h")
    assert (found["from"], found["to"]) == (house.clock.now_ms() - DAY_MS, max(house.clock.now_ms(), max(map(ms, rows)) + 1))
    check(found, rows)


def test_an_end_alone_begins_with_the_first_log(house: House, rows: list[Row]) -> None:
    found = stats(house, to=iso(NOW_MS - DAY_MS))
    early = [row for row in rows if ms(row) < NOW_MS - DAY_MS]
    assert (found["from"], found["to"]) == (min(map(ms, early)), NOW_MS - DAY_MS)
    check(found, rows)


def test_nothing_found_is_nothing_not_an_error(house: House) -> None:
    found = stats(house, q="user:nobody")
    assert found["buckets"] == []
    assert found["totals"] == recounted([])
    found = stats(house, q="user:nobody", from_="-1h")
    assert {bucket["ok"] + bucket["error"] for bucket in found["buckets"]} == {0} and len(found["buckets"]) > 50


def test_a_range_that_ends_before_it_begins_holds_nothing(house: House) -> None:
    reply = house.get("/v1/logs/stats", **{"from": iso(NOW_MS), "to": iso(NOW_MS - 1)})
    if reply.status_code == 200:
        assert reply.json()["totals"]["logs"] == 0 and reply.json()["buckets"] == []
    else:
        refused(reply, 400, "bad-filter")


@pytest.mark.parametrize("parameters", [{"buckets": "0"}, {"buckets": "1001"}, {"utc_offset_minutes": "900"}, {"q": "modle:x"}, {"from": "soon"}])
def test_a_wrong_parameter_is_a_400_that_names_it(house: House, parameters: dict[str, str]) -> None:
    (name,) = parameters
    refused(house.get("/v1/logs/stats", **parameters), 400, "bad-filter", name)


def test_percentiles_are_values_that_occur_by_nearest_rank(house: House) -> None:
    for count in (1, 2, 9, 10, 11, 100, 101):
        session = f"ranks-{count}"
        house.store([chat(response={"status": 200, "response_time": n, "body": {}}, metadata={"set": session}) for n in range(1, count + 1)])
        latency = stats(house, q=f"metadata.set:{session}")["totals"]["latency_ms"]
        assert [latency[f"p{percent}"] for percent in (50, 90, 99)] == [-(-count * percent // 100) for percent in (50, 90, 99)]


def test_other_workspaces_are_not_counted(house: House) -> None:
    before = [stats(house)["totals"]["logs"], facet_total(house)]
    context = wire.Context(received_ms=NOW_MS, workspace="elsewhere")
    (log,) = wire.parse(json.dumps(chat()).encode(), context, wire.Limits(1), LogIds())
    house.parts.questions._store.apply([row_of(0, log)])
    assert [stats(house)["totals"]["logs"], facet_total(house)] == before


def facet_total(house: House) -> int:
    (facet,) = house.get("/v1/logs/facets", fields="kind").json()["facets"]
    return sum(value["count"] for value in facet["values"])
