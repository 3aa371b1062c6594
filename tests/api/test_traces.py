"""`GET /v1/traces` and one trace: matching, sums over all spans, orders, pages; the tree as a reader gets it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from portlog.schema.render import iso
from tests.api.conftest import House, refused
from tests.samples import NOW_MS, chat

HOUR_MS = 3_600_000
USER = {"user": "tracy"}  # keeps this module's traces apart from others'


def spanned(trace: str, span: str, parent: str = "", at: int = 0, ms: float | None = 100, **fields: Any) -> dict[str, Any]:
    """A call of a trace that began `at` ms after NOW_MS."""
    said = {k: fields.pop(k) for k in ("text", "answer") if k in fields}
    log = chat(**said, trace_id=trace, created_at=iso(NOW_MS + at))
    ids = {"span_id": span, "parent_span_id": parent, "span_name": f"{span} of {trace}"}
    log["metadata"] = {"_user": USER["user"]} | ids | fields.pop("metadata", {})
    log["response"] |= {"response_time": ms, "status": fields.pop("status", 200)}
    if "tokens" in fields:
        log["response"]["body"]["usage"] = {"prompt_tokens": fields.pop("tokens"), "completion_tokens": 0}
    assert not fields
    return log


@pytest.fixture(scope="module", autouse=True)
def the_traces(house: House) -> None:
    """Twelve traces, an hour apart, the n-th of n + 1 spans, its root the last that was posted."""
    house.clock.ms = NOW_MS + HOUR_MS
    for n in range(12):
        at = -n * HOUR_MS
        children = [
            spanned(f"tr-{n}", f"s{i}", "top", at + 10 * i, 5 + n, text=f"part {i} of number{n}", tokens=10 * n, status=500 if i == 2 else 200)
            for i in range(n)
        ]
        house.store([*children, spanned(f"tr-{n}", "top", "", at, 1000 - n, text=f"whole of number{n}", metadata={"_session": f"s-{n % 2}"})])


def listed(house: House, **parameters: Any) -> dict[str, Any]:
    reply = house.get("/v1/traces", **USER, **parameters)
    assert reply.status_code == 200, reply.text
    page: dict[str, Any] = reply.json()
    return page


def ids(page: dict[str, Any]) -> list[str]:
    return [row["trace_id"] for row in page["data"]]


def walked(house: House, **parameters: Any) -> list[str]:
    """Every trace, page by page."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = listed(house, **parameters, **({"cursor": cursor} if cursor else {}))
        found += ids(page)
        cursor = page["next_cursor"]
        assert page["has_more"] == (cursor is not None)
        if cursor is None:
            return found


def trace(house: House, trace_id: str, **parameters: Any) -> dict[str, Any]:
    reply = house.get(f"/v1/traces/{quote(trace_id, safe='')}", **parameters)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


# -- the list --------------------------------------------------------------------------------------------------------------


def test_the_list_is_newest_first_and_a_row_sums_up_its_trace(house: House) -> None:
    page = listed(house, include_total="true")
    assert ids(page) == [f"tr-{n}" for n in range(12)]
    assert (page["object"], page["total"], page["has_more"]) == ("list", 12, False)
    row = page["data"][4]
    assert {name: row[name] for name in ("name", "root_kind", "spans", "calls", "errors", "pending", "user", "session", "total_tokens")} == {
        "name": "top of tr-4", "root_kind": "llm", "spans": 5, "calls": 5, "errors": 1, "pending": 0, "user": "tracy", "session": "s-0",
        "total_tokens": 4 * 40 + 16,
    }  # fmt: skip
    assert (row["started_at"], row["ended_at"], row["duration_ms"]) == (iso(NOW_MS - 4 * HOUR_MS), iso(NOW_MS - 4 * HOUR_MS + 996), 996)
    assert row["models"] == ["gpt-4o-mini-2024-07-18"]
    assert row["cost"] == pytest.approx(row["cost_usd"] * 100)
    assert house.log(row["root_id"])["metrics"]["span_id"] == "top"
    assert (row["preview"], row["response_preview"]) == ("whole of number4", "Paris.")


def test_without_being_asked_the_number_of_all_is_not_counted(house: House) -> None:
    assert listed(house)["total"] is None


def test_a_trace_matches_when_any_span_does_and_is_summed_up_whole(house: House) -> None:
    page = listed(house, q='"part 3"')
    assert ids(page) == [f"tr-{n}" for n in range(4, 12)]
    assert [row["spans"] for row in page["data"]] == list(range(5, 13))
    assert ids(listed(house, q="number7", status_code="500")) == ["tr-7"]
    assert ids(listed(house, session="s-1", order_by="spans", order_by_type="asc")) == ["tr-1", "tr-3", "tr-5", "tr-7", "tr-9", "tr-11"]
    assert ids(listed(house, q="qwzxv")) == []


def test_a_range_of_time_chooses_traces_and_cuts_none_of_their_spans(house: House) -> None:
    since, until = NOW_MS - 5 * HOUR_MS + 25, NOW_MS - 4 * HOUR_MS
    page = listed(house, time_of_generation_min=iso(since), time_of_generation_max=iso(until))
    assert [(row["trace_id"], row["spans"], row["started_at"]) for row in page["data"]] == [("tr-5", 6, iso(NOW_MS - 5 * HOUR_MS))]
    for order in ("duration", "spans"):
        other = listed(house, time_of_generation_min=iso(since), time_of_generation_max=iso(until), order_by=order)
        assert other["data"] == page["data"]


ORDERS = {"newest": range(12), "duration": range(12), "tokens": range(11, -1, -1), "spans": range(11, -1, -1), "cost": range(11, -1, -1)}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("size", [1, 4, 5, 12])
def test_pages_of_every_order_have_every_trace_once(house: House, order: str, size: int) -> None:
    assert walked(house, order_by=order, page_size=size) == [f"tr-{n}" for n in ORDERS[order]]


@pytest.mark.parametrize(("sort", "order"), [("time", "newest"), ("latency", "duration"), ("tokens", "tokens"), ("cost", "cost")])
def test_the_order_may_stand_in_the_query(house: House, sort: str, order: str) -> None:
    assert ids(listed(house, q=f"sort:{sort}", order_by="spans")) == ids(listed(house, order_by=order))
    if sort != "time":
        assert ids(listed(house, q=f"sort:+{sort}")) == ids(listed(house, order_by=order, order_by_type="asc"))


@pytest.mark.parametrize("order", [name for name in ORDERS if name != "newest"])
def test_an_order_can_be_turned_round(house: House, order: str) -> None:
    assert walked(house, order_by=order, order_by_type="asc", page_size=5) == [f"tr-{n}" for n in reversed(ORDERS[order])]


def test_a_trace_that_goes_on_over_many_pages_stands_on_the_first_of_them(house: House) -> None:
    """Its older spans lie between those of other traces."""
    house.store([spanned("tr-long", f"l{n}", "", -n * HOUR_MS - 500, metadata={"_user": "long"}) for n in range(12)])
    house.store([spanned(f"tr-short-{n}", "x", "", -n * HOUR_MS - 700, metadata={"_user": "long"}) for n in range(12)])
    found: list[str] = []
    cursor = None
    while cursor or not found:
        page = house.get("/v1/traces", user="long", page_size=2, **({"cursor": cursor} if cursor else {})).json()
        found += ids(page)
        cursor = page["next_cursor"]
    assert found == ["tr-long", *(f"tr-short-{n}" for n in range(12))]


@pytest.mark.parametrize("size", [1, 2, 9])
def test_however_long_ago_a_trace_was_it_is_found_once(house: House, size: int) -> None:
    """A list looks at a day, a week, two months and then at everything."""
    edge = (143 * HOUR_MS) / 24 / HOUR_MS  # of the week, which ends a day after the clock
    days = (0, 0.5, 2, edge, edge + 1.3e-8, edge + 6e-6, 6.99, 7, 20, 61, 100, 400)
    logs = [spanned(f"tr-old-{size}-{n}", "x", "", int(-d * 24 * HOUR_MS), metadata={"_user": f"old-{size}"}) for n, d in enumerate(days)]
    house.store(logs[::-1])
    found: list[str] = []
    cursor = None
    while cursor or not found:
        page = house.get("/v1/traces", user=f"old-{size}", page_size=size, **({"cursor": cursor} if cursor else {})).json()
        found += ids(page)
        cursor = page["next_cursor"]
    assert found == [f"tr-old-{size}-{n}" for n in range(len(days))]
    since = house.get("/v1/traces", user=f"old-{size}", time_of_generation_min=iso(NOW_MS - 25 * 24 * HOUR_MS)).json()
    assert ids(since) == found[:9]


def test_a_page_is_filled_though_one_trace_has_most_spans(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spans are looked at some at a time."""
    for at_a_time in (1, 3, 5):
        monkeypatch.setattr("portlog.query.traces._SPANS_READ", at_a_time)
        assert walked(house, page_size=5) == [f"tr-{n}" for n in range(12)]


def test_traces_without_a_price_are_last_in_either_direction(house: House) -> None:
    log = spanned("tr-unpriced", "x", metadata={"_user": "poor"})
    log["request"]["body"]["model"] = log["response"]["body"]["model"] = "nobody-knows"
    house.store([log, spanned("tr-priced", "x", metadata={"_user": "poor"})])
    for direction in ("asc", "desc"):
        page = house.get("/v1/traces", user="poor", order_by="cost", order_by_type=direction).json()
        assert [(row["trace_id"], row["unpriced_calls"]) for row in page["data"]] == [("tr-priced", 0), ("tr-unpriced", 1)]
        assert page["data"][1]["cost_usd"] is None


@pytest.mark.parametrize(
    ("parameters", "path"),
    [
        ({"order_by": "model"}, "order_by"),
        ({"order_by_type": "asc"}, "order_by_type"),
        ({"page_size": "0"}, "page_size"),
        ({"page_size": "501"}, "page_size"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "%%%"}, "cursor"),
        ({"status_code": "many"}, "status_code"),
        ({"q": "modle:x"}, "q"),
        ({"q": "sort:+time"}, "q"),
    ],
)
def test_what_is_no_question_is_refused(house: House, parameters: dict[str, str], path: str) -> None:
    refused(house.get("/v1/traces", **parameters), 400, "bad-filter", path)


def test_a_cursor_of_another_order_is_refused(house: House) -> None:
    cursor = listed(house, page_size=2, order_by="cost")["next_cursor"]
    refused(house.get("/v1/traces", cursor=cursor), 400, "bad-filter", "cursor")
    refused(house.get("/v1/traces/tr-5", cursor=cursor), 400, "bad-filter", "cursor")
    logs = house.list(page_size=1)["next_cursor"]
    refused(house.get("/v1/traces", cursor=logs), 400, "bad-filter", "cursor")


# -- one trace -------------------------------------------------------------------------------------------------------------


def test_a_trace_is_a_tree_with_sums(house: House) -> None:
    found = trace(house, "tr-3")
    row = next(row for row in listed(house)["data"] if row["trace_id"] == "tr-3")
    for name in ("trace_id", "name", "root_kind", "user", "session", "started_at", "ended_at", "duration_ms"):
        assert found[name] == row[name]
    for name in ("spans", "calls", "errors", "pending", "cost_usd", "cost", "unpriced_calls", "input_tokens", "output_tokens", "total_tokens"):
        assert found["totals"][name] == row[name]
    assert [(span["depth"], span["span_id"], span["start_ms"]) for span in found["spans"]] == [
        (0, "top", 0), (1, "s0", 0), (1, "s1", 10), (1, "s2", 20),
    ]  # fmt: skip
    assert (found["notes"], found["has_more"], found["next_cursor"], found["detail"]) == ([], False, None, "full")


def test_a_span_says_what_its_row_needs_and_leaves_out_what_is_empty(house: House) -> None:
    span = trace(house, "tr-3")["spans"][3]
    log_id = span.pop("id")
    cost = span.pop("cost_usd")
    assert span == {
        "depth": 1, "start_ms": 20, "duration_ms": 8, "span_id": "s2", "parent_span_id": "top", "name": "s2 of tr-3", "kind": "llm",
        "provider": "openai", "model": "gpt-4o-mini-2024-07-18", "status": 500, "outcome": "error", "input_tokens": 30,
        "output_tokens": 0, "total_tokens": 30, "finish_reason": "stop", "preview": "part 2 of number3", "response_preview": "Paris.",
        "error_message": span["error_message"], "on_critical_path": True, "counts": True,
    }  # fmt: skip
    assert house.log(log_id)["cost_usd"] == pytest.approx(cost)


def test_what_is_odd_is_marked_at_the_span_and_noted_once(house: House) -> None:
    house.store([
        spanned("tr-odd", "top", at=0, ms=50), spanned("tr-odd", "a", "b", 1), spanned("tr-odd", "b", "a", 4), spanned("tr-odd", "x", "gone", 3),
        spanned("tr-odd", "top", at=4, ms=50),
    ])  # fmt: skip
    found = trace(house, "tr-odd")
    assert [(span["depth"], span.get("span_id")) for span in found["spans"]] == [
        (0, "top"), (0, "a"), (1, "b"), (0, None), (1, "x"), (0, "top"),
    ]  # fmt: skip
    spans = {span.get("span_id"): span for span in found["spans"]}
    assert spans["a"]["cycle_cut"] and spans["a"]["sent_parent_span_id"] == "b" and "parent_span_id" not in spans["a"]
    assert spans["x"]["orphan"] and spans["x"]["sent_parent_span_id"] == "gone"
    assert spans[None] == {
        "placeholder": True, "name": "parents that were not received", "depth": 0, "start_ms": 3, "duration_ms": 100, "on_critical_path": True,
    }  # fmt: skip
    assert [(note["code"], note["count"], note["span_ids"]) for note in found["notes"]] == [
        ("missing-parent", 1, ["x"]), ("cycle", 1, ["a"]), ("same-span-id", 1, ["top"]), ("after-parent", 1, ["b"]),
    ]  # fmt: skip
    assert found["totals"]["spans"] == 5


def test_the_pages_of_a_trace_are_one_order(house: House) -> None:
    whole = trace(house, "tr-11")["spans"]
    for size in (1, 5, 11, 12):
        got, cursor = [], None
        while cursor or not got:
            page = trace(house, "tr-11", page_size=size, **({"cursor": cursor} if cursor else {}))
            assert (page["name"], page["totals"]["spans"]) == ("top of tr-11", 12)
            got += page["spans"]
            cursor = page["next_cursor"]
            assert page["has_more"] == (cursor is not None)
        assert got == whole


def test_a_page_goes_on_behind_its_span_when_others_have_come_before_it(house: House) -> None:
    house.store([spanned("tr-grow", f"g{i}", at=10 * i) for i in range(4)])
    page = trace(house, "tr-grow", page_size=2)
    house.store([spanned("tr-grow", "new", at=5)])
    rest = trace(house, "tr-grow", page_size=10, cursor=page["next_cursor"])
    assert [span["span_id"] for span in rest["spans"]] == ["g2", "g3"]
    assert rest["totals"]["spans"] == 5


def test_previews_and_span_ids_can_be_left_out_and_are_of_large_traces(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    full, light = trace(house, "tr-3"), trace(house, "tr-3", detail="light")
    assert (full.pop("detail"), light.pop("detail")) == ("full", "light")
    for span in full["spans"]:
        for name in ("preview", "response_preview", "span_id", "parent_span_id"):
            span.pop(name, None)
    assert light == full
    monkeypatch.setattr("portlog.query.trace.FULL_MAX", 3)
    assert [trace(house, "tr-3")["detail"], trace(house, "tr-2")["detail"]] == ["light", "full"]
    assert trace(house, "tr-3", detail="full")["detail"] == "full"


def test_self_time_is_said_where_it_is_not_the_whole(house: House) -> None:
    top, *calls = trace(house, "tr-3")["spans"]
    assert (top["duration_ms"], top["self_ms"]) == (997, 997 - 3 * 8)
    assert not any("self_ms" in span for span in calls)


def test_a_trace_beyond_the_bound_says_how_many_spans_are_left_out(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portlog.query.trace.SPANS_MAX", 7)
    found = trace(house, "tr-11")
    assert [span["span_id"] for span in found["spans"]] == ["top", *(f"s{i}" for i in range(6))]
    (note,) = found["notes"]
    assert (note["code"], note["count"]) == ("left-out", 5)
    assert note["message"].startswith("5 spans left out: the tree is built of the first ones.")


@pytest.mark.parametrize("trace_id", ["a/b c", "../x", "ünï", "'; DROP TABLE logs; --", "%2F", "1"])
def test_any_text_can_be_a_trace_id(house: House, trace_id: str) -> None:
    house.store(spanned(trace_id, "x"))
    assert trace(house, trace_id)["trace_id"] == trace_id


def test_a_trace_that_is_not_there_is_not_found(house: House) -> None:
    refused(house.get("/v1/traces/nothing"), 404, "not-found", "trace_id")


def test_a_cursor_whose_span_is_gone_is_refused(house: House) -> None:
    cursor = trace(house, "tr-5", page_size=2)["next_cursor"]
    refused(house.get("/v1/traces/tr-6", cursor=cursor), 400, "bad-filter", "cursor")


@pytest.mark.parametrize("parameters", [{"page_size": "10001"}, {"detail": "some"}, {"cursor": "x"}])
def test_what_is_no_question_about_a_trace_is_refused(house: House, parameters: dict[str, str]) -> None:
    refused(house.get("/v1/traces/tr-5", **parameters), 400, "bad-filter", next(iter(parameters)))
