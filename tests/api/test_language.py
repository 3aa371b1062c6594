"""`/v1/logs/parse`, `/v1/fields`, and lists by the query language: what a person would pick, in the order asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from portlog.schema.render import iso
from tests.api.conftest import House, refused
from tests.samples import NOW_MS, chat

FIXTURE = json.loads((Path(__file__).parents[1] / "fixtures" / "query-language.json").read_text(encoding="utf-8"))
HOUR_MS = 3_600_000


def as_log(n: int) -> dict[str, Any]:
    log = chat(f"question number{n}", f"answer number{n}", trace_id=f"lang-{n}", created_at=iso(NOW_MS - n * HOUR_MS))
    log["metadata"] = {"set": "lang", "_user": f"user-{n % 3}", "n": n, "_environment": "prod" if n % 2 else "dev", "my key": "a b"}
    log["response"] |= {"status": (200, 429, 500)[n % 3], "response_time": 1000 * n}
    log["response"]["body"]["usage"] = {"prompt_tokens": 10 * n, "completion_tokens": n}
    return log


@pytest.fixture(scope="module", autouse=True)
def the_set(house: House) -> None:
    """12 logs, the n-th of them n hours old, of n seconds and 11 n tokens."""
    house.store([as_log(n) for n in range(12)])


def found(house: House, q: str, **parameters: Any) -> list[int]:
    page = house.list(q=f"metadata.set:lang {q}", page_size=100, **parameters)
    numbers = [int(row["trace_id"].removeprefix("lang-")) for row in page["data"]]
    assert page["total"] == len(numbers)
    return numbers


QUERIES: tuple[tuple[str, list[int]], ...] = (
    ("", list(range(12))),
    ("status:5xx", [2, 5, 8, 11]),
    ("status:429,500 -user:USER-1", [2, 5, 8, 11]),
    ("is:error latency:>=8s", [8, 10, 11]),
    ("tokens:11..33", [1, 2, 3]),
    ("metadata.n:>9", [10, 11]),
    ('metadata."my key":"A b" env:prod status:200', [3, 9]),
    ("number3 OR res:number4", [3, 4]),
    ('"question number5" -answerless', [5]),
    ("number1*", [1, 10, 11]),
    ("res~/number[67]$/", [6, 7]),
    ("req~/answer/", []),
    ("trace:lang-1,LANG-2", [1]),
    ("trace~/-1.$/", [10, 11]),
    ("time:>=-2h", [0, 1, 2]),
    ("has:user -has:reasoning -metadata.n:<=10", [11]),
    ("sort:+latency status:200", [0, 3, 6, 9]),
    ("sort:latency status:200", [9, 6, 3, 0]),
    ("sort:tokens tokens:<=33", [3, 2, 1, 0]),
    ("sort:+time status:500", [11, 8, 5, 2]),
)


@pytest.mark.parametrize(("q", "numbers"), QUERIES, ids=[q for q, _ in QUERIES])
def test_a_query_lists_what_a_person_would_pick(house: House, q: str, numbers: list[int]) -> None:
    assert found(house, q) == numbers


def test_the_query_the_range_and_the_parameters_must_all_match(house: House) -> None:
    assert found(house, "status:200", **{"from": iso(NOW_MS - 7 * HOUR_MS), "to": iso(NOW_MS - 2 * HOUR_MS)}) == [3, 6]
    assert found(house, "status:200", user="user-1") == []
    assert found(house, "", status_code="429", order_by="response_time", order_by_type="asc") == [1, 4, 7, 10]


def test_pages_of_an_order_that_the_query_asks_for_go_on(house: House) -> None:
    seen, cursor = [], ""
    while cursor is not None:
        page = house.list(q="metadata.set:lang sort:+latency", page_size=5, cursor=cursor)
        seen += [row["response_time"] for row in page["data"]]
        cursor = page["next_cursor"]
    assert seen == [1000 * n for n in range(12)]


def test_a_log_is_found_by_its_id(house: House) -> None:
    (log_id,) = house.store(chat(trace_id="lang-id"))
    assert [row["id"] for row in house.list(q=f"id:{log_id}")["data"]] == [log_id]
    assert [row["id"] for row in house.list(q=f"id:{log_id.replace('-', '').upper()}")["data"]] == [log_id]
    assert log_id not in {row["id"] for row in house.list(q=f"-id:{log_id}")["data"]}


@pytest.mark.parametrize("path", ["/v1/logs", "/v1/logs/parse", "/v1/traces"])
def test_a_mistake_is_told_with_its_place(house: House, path: str) -> None:
    reply = house.get(path, q="status:200 modle:x")
    refused(reply, 400, "bad-filter", "q")
    assert reply.json()["data"]["errors"] == [
        {"path": "q", "message": "No field `modle`. Did you mean `model`?", "start": 11, "end": 16, "suggestion": "model"}
    ]


def test_a_query_is_shown_as_it_is_read(house: House) -> None:
    for case in FIXTURE["cases"]:
        if "tree" in case:
            shown = house.get("/v1/logs/parse", q=case["q"]).json()
            assert shown == {"object": "query", "tree": case["tree"], "sort": case["sort"], "text": case["text"]}
    for case in FIXTURE["cases"]:
        if "error" in case:
            (error,) = house.get("/v1/logs/parse", q=case["q"]).json()["data"]["errors"]
            assert error == {"path": "q", **case["error"]}


def test_a_range_of_times_that_ends_before_it_begins_is_no_query(house: House) -> None:
    refused(house.get("/v1/logs/parse", q="time:now..-1h"), 400, "bad-filter", "q")


def test_a_query_that_is_repeated_is_one_query(house: House) -> None:
    reply = house.call("GET", "/v1/logs/parse?q=status:200&q=user:a")
    assert reply.json()["text"] == "status:200 user:a"


def test_fields_are_those_of_the_fixture(house: House) -> None:
    assert house.get("/v1/fields").json() == {"object": "list", "data": FIXTURE["fields"]}
