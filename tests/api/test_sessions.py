"""`GET /v1/sessions`, `/v1/users` and one session: figures recounted by hand, orders, pages."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from urllib.parse import quote

import pytest

from portlog.schema.render import iso
from tests.api.conftest import House, refused
from tests.samples import NOW_MS, chat

MINUTE_MS = 60_000
SET = '{"set":"sessions"}'  # keeps this module's logs apart from others'


def facts(n: int) -> dict[str, Any]:
    """What is known of the n-th log."""
    return {
        "n": n, "at": NOW_MS - n * MINUTE_MS, "user": f"u-{n % 3}", "session": f"s-{n % 7}" if n % 5 else "", "trace": f"st-{n // 2}",
        "status": 500 if n % 4 == 0 else 200, "tokens": 10 * n, "model": "nobody-knows" if n % 6 == 1 else "gpt-4o",
    }  # fmt: skip


LOGS = [facts(n) for n in range(40)]


def as_log(f: dict[str, Any]) -> dict[str, Any]:
    log = chat(f"question {f['n']}", trace_id=f["trace"], created_at=iso(f["at"]))
    log["metadata"] = {"set": "sessions", "_user": f["user"], "_session": f["session"], "n": f["n"]}
    log["request"]["body"]["model"] = log["response"]["body"]["model"] = f["model"]
    log["response"]["status"] = f["status"]
    log["response"]["body"]["usage"] = {"prompt_tokens": f["tokens"], "completion_tokens": 1}
    return log


@pytest.fixture(scope="module", autouse=True)
def the_logs(house: House) -> None:
    """40 logs of 3 users and 7 sessions; a fifth has none."""
    house.clock.ms = NOW_MS + MINUTE_MS
    house.store([as_log(f) for f in LOGS])


def expected(by: str) -> dict[str, dict[str, Any]]:
    """The figures, counted by hand."""
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for f in LOGS:
        if f[by]:
            groups[f[by]].append(f)
    return {
        value: {
            "traces": len({f["trace"] for f in logs}),
            "requests": len(logs),
            "errors": sum(f["status"] >= 400 for f in logs),
            "input_tokens": sum(f["tokens"] for f in logs),
            "output_tokens": len(logs),
            "unpriced_requests": sum(f["model"] == "nobody-knows" for f in logs),
            "first_seen": iso(min(f["at"] for f in logs)),
            "last_seen": iso(max(f["at"] for f in logs)),
            "models": sorted({f["model"] for f in logs}),
        }
        for value, logs in groups.items()
    }


def listed(house: House, path: str, **parameters: Any) -> dict[str, Any]:
    reply = house.get(f"/v1/{path}", metadata=SET, **parameters)
    assert reply.status_code == 200, reply.text
    page: dict[str, Any] = reply.json()
    return page


@pytest.mark.parametrize(("path", "of", "beside"), [("sessions", "session", "users"), ("users", "user", "sessions")])
def test_rows_hold_what_one_counts_by_hand(house: House, path: str, of: str, beside: str) -> None:
    page, wanted = listed(house, path, include_total="true"), expected(of)
    assert page["total"] == len(wanted) == len(page["data"])
    for row in page["data"]:
        assert {name: row[name] for name in wanted[row[of]]} == wanted[row[of]]
        assert row["total_tokens"] == row["input_tokens"] + row["output_tokens"]
        assert row["cost"] == pytest.approx(row["cost_usd"] * 100)
        others = {f["user" if of == "session" else "session"] for f in LOGS if f[of] == row[of]} - {""}
        assert row[beside] == (sorted(others) if of == "session" else len(others))
        assert row["object"] == of


KEYS = {
    "last_seen": "last_seen", "first_seen": "first_seen", "requests": "requests", "errors": "errors", "cost": "cost_usd",
    "tokens": "total_tokens", "traces": "traces",
}  # fmt: skip


@pytest.mark.parametrize("path", ["sessions", "users"])
@pytest.mark.parametrize("order", KEYS)
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_pages_of_every_order_have_every_row_once(house: House, path: str, order: str, direction: str) -> None:
    of, found, cursor = path.removesuffix("s"), [], None
    while cursor or not found:
        page = listed(house, path, order_by=order, order_by_type=direction, page_size=2, **({"cursor": cursor} if cursor else {}))
        found += page["data"]
        cursor = page["next_cursor"]
        assert page["has_more"] == (cursor is not None)
    assert sorted(row[of] for row in found) == sorted(expected(of))
    values = [row[KEYS[order]] for row in found]
    assert values == sorted(values, reverse=direction == "desc")


def test_the_latest_come_first_when_no_order_is_asked_for(house: House) -> None:
    assert [row["session"] for row in listed(house, "sessions")["data"]] == ["s-1", "s-2", "s-3", "s-4", "s-6", "s-0", "s-5"]


def test_the_query_sorts_too(house: House) -> None:
    assert listed(house, "users", q="sort:cost") == listed(house, "users", order_by="cost")
    assert listed(house, "users", q="sort:+time") == listed(house, "users", order_by_type="asc")
    message = refused(house.get("/v1/users", q="sort:latency"), 400, "bad-filter")
    assert "time, cost or tokens" in message


def test_figures_are_of_what_matches(house: House) -> None:
    page = listed(house, "users", q="status:500", time_of_generation_min=iso(NOW_MS - 10 * MINUTE_MS))
    wanted: dict[str, int] = defaultdict(int)
    for f in LOGS[:11]:
        wanted[f["user"]] += f["status"] == 500
    assert {row["user"]: row["requests"] for row in page["data"]} == wanted
    assert all(row["errors"] == row["requests"] for row in page["data"])
    assert listed(house, "sessions", user="nobody")["data"] == []


def test_a_session_has_its_figures_and_its_calls_in_order(house: House) -> None:
    row = next(row for row in listed(house, "sessions")["data"] if row["session"] == "s-3")
    found = house.get("/v1/sessions/s-3").json()
    assert {name: found[name] for name in row} == row
    assert [call["preview"] for call in found["data"]] == [f"question {n}" for n in (38, 31, 24, 17, 3)]
    first = house.get("/v1/sessions/s-3", page_size=3).json()
    rest = house.get("/v1/sessions/s-3", page_size=3, cursor=first["next_cursor"]).json()
    assert first["data"] + rest["data"] == found["data"]
    assert (first["has_more"], rest["has_more"], first["requests"]) == (True, False, 5)


def test_spans_that_are_no_calls_are_not_in_a_sessions_thread(house: House) -> None:
    span = {"traceId": "5b8aa5a2d2c872e8321cf37308d69d00", "spanId": "051581bf3cb55c13", "name": "work", "kind": 1,
            "startTimeUnixNano": str(NOW_MS * 10**6), "endTimeUnixNano": str(NOW_MS * 10**6 + 1),
            "attributes": [{"key": "session.id", "value": {"stringValue": "s-only-work"}}]}  # fmt: skip
    sent = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    assert house.call("POST", "/v1/traces", sent, {"content-type": "application/json"}).status_code == 200
    found = house.get("/v1/sessions/s-only-work").json()
    assert (found["traces"], found["requests"], found["data"]) == (1, 0, [])


@pytest.mark.parametrize("session", ["a/b c", "ünï", "'; --"])
def test_any_text_can_be_a_session(house: House, session: str) -> None:
    house.store(chat(metadata={"_session": session}))
    assert house.get(f"/v1/sessions/{quote(session, safe='')}").json()["requests"] == 1


def test_what_is_not_there_is_not_found(house: House) -> None:
    refused(house.get("/v1/sessions/nothing"), 404, "not-found", "session")


@pytest.mark.parametrize(
    ("parameters", "path"),
    [({"order_by": "model"}, "order_by"), ({"page_size": "0"}, "page_size"), ({"cursor": "x"}, "cursor"), ({"order_by_type": "up"}, "order_by_type")],
)  # fmt: skip
def test_what_is_no_question_is_refused(house: House, parameters: dict[str, str], path: str) -> None:
    refused(house.get("/v1/users", **parameters), 400, "bad-filter", path)


def test_a_cursor_of_another_list_is_refused(house: House) -> None:
    cursor = listed(house, "users", page_size=1)["next_cursor"]
    refused(house.get("/v1/sessions", cursor=cursor), 400, "bad-filter", "cursor")
