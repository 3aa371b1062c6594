"""`GET /v1/logs`: filters, words, orders, totals and pages, against what a person would pick by hand (L2, 9.2)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from portlog.schema.render import iso
from tests.api.conftest import House, refused
from tests.samples import NOW_MS, chat

HOUR_MS = 3_600_000
Picked = Callable[[dict[str, Any]], bool]

MODELS = ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4")
PROVIDERS = ("openai", "openai", "anthropic")
SAID = ("What is the capital of France?", "Write a haiku about the sea.", "capital letters of Zürich", "日本の首都はどこですか")
STATUSES = (200, 200, 200, 201, 404, 429, 500, 503, 0)


def facts(n: int) -> dict[str, Any]:
    """What is known of the n-th log of the set."""
    return {
        "n": n,
        "trace_id": f"lists-{n // 3}",
        "created_ms": NOW_MS - (n * 7 % 60) * HOUR_MS,
        "model": MODELS[n % 3],
        "provider": PROVIDERS[n % 3],
        "status": STATUSES[n % 9],
        "said": SAID[n % 4],
        "user": f"user-{n % 5}",
        "response_ms": None if n % 7 == 0 else n * 10.5,
        "tokens": None if n % 5 == 0 else (n, 2 * n),
        "env": "prod" if n % 2 else "dev",
        "cache": ("HIT", "MISS", "SEMANTIC HIT")[n % 3],
    }


SET = [facts(n) for n in range(60)]


def as_log(f: dict[str, Any]) -> dict[str, Any]:
    log = chat(f["said"], f"answer number {f['n']}", trace_id=f["trace_id"], created_at=iso(f["created_ms"]))
    log["metadata"] = {"set": "lists", "_user": f["user"], "env": f["env"], "n": f["n"], "span_id": f"span-{f['n']}", "_prompt": f"p{f['n'] % 2}"}
    log["request"]["provider"] = f["provider"]
    log["request"]["body"]["model"] = f["model"]
    log["response"] |= {"status": f["status"], "response_time": f["response_ms"], "headers": {"x-portkey-cache-status": f["cache"]}}
    log["response"]["body"]["model"] = f["model"]
    tokens = f["tokens"]
    log["response"]["body"]["usage"] = {"prompt_tokens": tokens[0], "completion_tokens": tokens[1]} if tokens else ""
    return log


@pytest.fixture(scope="module", autouse=True)
def the_set(house: House) -> None:
    """60 logs of the set, and others that no filter for the set may show."""
    house.store([as_log(f) for f in SET], {"x-portkey-virtual-key": "vk-1", "x-portkey-config": "pc-1"})
    house.store([chat("capital of France") for _ in range(5)])


def numbers(page: dict[str, Any]) -> list[int]:
    return [int(dict(zip(row["metadata.key"], row["metadata.value"], strict=True))["n"]) for row in page["data"]]


def of_set(house: House, **parameters: Any) -> dict[str, Any]:
    """A list of the set alone."""
    metadata = json.dumps({"set": "lists"} | json.loads(parameters.pop("metadata", "{}")))
    return house.list(**{"page_size": 1000, "metadata": metadata} | parameters)


def at(hours: float) -> str:
    return iso(NOW_MS - int(hours * HOUR_MS))


FILTERS: tuple[tuple[dict[str, str], Picked], ...] = (
    ({}, lambda f: True),
    ({"q": "capital"}, lambda f: "capital" in f["said"]),
    ({"q": "CAPITAL france"}, lambda f: "France" in f["said"]),
    ({"q": '"capital of"'}, lambda f: "capital of" in f["said"]),
    ({"q": '"of capital"'}, lambda f: False),
    ({"q": "capita"}, lambda f: False),
    ({"q": "zürich"}, lambda f: "Zürich" in f["said"]),
    ({"q": "首都"}, lambda f: "首都" in f["said"]),
    ({"q": "number 7"}, lambda f: f["n"] == 7),
    ({"q": 'capital "number 4"'}, lambda f: f["n"] == 4),
    ({"q": "\"a'; DROP TABLE logs; --\""}, lambda f: False),
    ({"time_of_generation_min": at(20)}, lambda f: f["created_ms"] >= NOW_MS - 20 * HOUR_MS),
    ({"time_of_generation_max": at(20)}, lambda f: f["created_ms"] < NOW_MS - 20 * HOUR_MS),
    ({"time_of_generation_min": at(30), "time_of_generation_max": at(10)},
     lambda f: NOW_MS - 30 * HOUR_MS <= f["created_ms"] < NOW_MS - 10 * HOUR_MS),
    ({"time_of_generation_max": "2026-11-17"}, lambda f: iso(f["created_ms"]) < "2026-11-18"),
    ({"time_of_generation_min": "2026-11-17"}, lambda f: iso(f["created_ms"]) >= "2026-11-17"),
    ({"status_code": "429"}, lambda f: f["status"] == 429),
    ({"status_code": "5xx,0"}, lambda f: f["status"] in (500, 503, 0)),
    ({"status_code": "2XX"}, lambda f: 200 <= f["status"] < 300),
    ({"ai_model": "GPT-4o*"}, lambda f: f["model"].startswith("gpt-4o")),
    ({"ai_model": "gpt-4o, claude-sonnet-4"}, lambda f: f["model"] in ("gpt-4o", "claude-sonnet-4")),
    ({"provider": "Anthropic"}, lambda f: f["provider"] == "anthropic"),
    ({"ai_org_model": "openai__gpt-4o , anthropic__*"}, lambda f: f["model"] in ("gpt-4o", "claude-sonnet-4")),
    ({"ai_org_model": "anthropic__gpt-4o"}, lambda f: False),
    ({"user": "user-1,user-3"}, lambda f: f["user"] in ("user-1", "user-3")),
    ({"trace_id": "lists-4"}, lambda f: f["trace_id"] == "lists-4"),
    ({"span_id": "span-9,span-10"}, lambda f: f["n"] in (9, 10)),
    ({"metadata": '{"env": "prod"}'}, lambda f: f["env"] == "prod"),
    ({"metadata": '{"env": "prod", "n": 7}'}, lambda f: f["n"] == 7),
    ({"metadata": '{"nothing": "x"}'}, lambda f: False),
    ({"total_units_min": "60"}, lambda f: f["tokens"] is not None and sum(f["tokens"]) >= 60),
    ({"total_units_max": "60"}, lambda f: f["tokens"] is not None and sum(f["tokens"]) <= 60),
    ({"prompt_token_min": "30", "prompt_token_max": "40"}, lambda f: f["tokens"] is not None and 30 <= f["tokens"][0] <= 40),
    ({"completion_token_min": "30", "completion_token_max": "40"}, lambda f: f["tokens"] is not None and 30 <= f["tokens"][1] <= 40),
    ({"response_time_min": "105"}, lambda f: f["response_ms"] is not None and f["response_ms"] >= 105),
    ({"response_time_max": "105"}, lambda f: f["response_ms"] is not None and f["response_ms"] <= 105),
    ({"cost_min": "0"}, lambda f: f["tokens"] is not None),
    ({"cost_max": "1000000"}, lambda f: f["tokens"] is not None),
    ({"virtual_keys": "vk-1"}, lambda f: True),
    ({"virtual_keys": "vk-2"}, lambda f: False),
    ({"configs": "pc-1,pc-2"}, lambda f: True),
    ({"api_key_ids": "nobody"}, lambda f: False),
    ({"prompt_slug": "p1"}, lambda f: f["n"] % 2 == 1),
    ({"cache_status": "hit"}, lambda f: f["cache"] == "HIT"),
    ({"cache_status": "*hit"}, lambda f: "HIT" in f["cache"]),
    ({"workspace_slug": "default"}, lambda f: True),
    ({"workspace_slug": "another"}, lambda f: False),
    ({"user": "user-1", "status_code": "2xx", "ai_model": "gpt*"},
     lambda f: f["user"] == "user-1" and 200 <= f["status"] < 300 and f["model"].startswith("gpt")),
    ({"unknown": "x", "page_size": "1000", "user": ""}, lambda f: True),
)  # fmt: skip


@pytest.mark.parametrize(("parameters", "picked"), FILTERS, ids=["&".join(f"{k}={v}" for k, v in p.items())[:60] or "all" for p, _ in FILTERS])
def test_a_filter_shows_what_a_person_would_pick_newest_first(house: House, parameters: dict[str, str], picked: Picked) -> None:
    page = of_set(house, **parameters)
    wanted = [f for f in SET if picked(f)]
    assert sorted(numbers(page)) == sorted(f["n"] for f in wanted)
    assert page["total"] == len(wanted)
    created = [row["created_at"] for row in page["data"]]
    assert created == sorted(created, reverse=True)
    assert (page["object"], page["has_more"], page["next_cursor"]) == ("list", False, None)


def test_a_row_is_the_metrics_object_with_previews_and_without_bodies(house: House) -> None:
    (row,) = of_set(house, metadata='{"n": 12}')["data"]
    assert row["created_at"] == iso(SET[12]["created_ms"])
    assert (row["trace_id"], row["span_id"], row["span_name"]) == ("lists-4", "span-12", "POST /v1/chat/completions")
    assert (row["ai_org"], row["ai_model"], row["response_status_code"]) == ("openai", "gpt-4o", 201)
    assert (row["req_units"], row["res_units"], row["total_units"], row["response_time"]) == (12, 24, 36, 126)
    assert (row["preview"], row["response_preview"], row["user"]) == (SAID[0], "answer number 12", "user-2")
    assert (row["cost"], row["cost_usd"], row["cost_currency"]) == (0.027, 0.00027, "USD"), "12 at 2.50 and 24 at 10 dollars a million"
    assert (row["is_success"], row["error_message"], row["cache_status"]) == (True, None, "HIT")
    assert not {"request", "response", "body", "headers"} & set(row)


def test_a_number_that_nobody_stated_is_null(house: House) -> None:
    (row,) = of_set(house, metadata='{"n": 35}')["data"]
    assert (row["response_time"], row["req_units"], row["total_units"]) == (None, None, None)


ORDERS = {
    "created_at": lambda f: f["created_ms"],
    "response_time": lambda f: f["response_ms"],
    "total_units": lambda f: sum(f["tokens"]) if f["tokens"] else None,
}


@pytest.mark.parametrize("order_by", [*ORDERS, "cost"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_an_order_holds_and_unknown_values_come_last(house: House, order_by: str, direction: str) -> None:
    value = ORDERS.get(order_by, lambda f: None)
    found = [value(SET[n]) for n in numbers(of_set(house, order_by=order_by, order_by_type=direction))]
    known = [v for v in found if v is not None]
    assert known == sorted(known, reverse=direction == "desc")
    assert found == known + [None] * (len(SET) - len(known))


@pytest.mark.parametrize("size", [1, 7, 60, 61])
def test_numbered_pages_are_pieces_of_the_whole(house: House, size: int) -> None:
    whole = numbers(of_set(house))
    for number in range(60 // size + 1):
        page = of_set(house, page_size=size, current_page=number)
        assert numbers(page) == whole[number * size : (number + 1) * size]
        assert page["total"] == 60
        assert page["has_more"] is ((number + 1) * size < 60)


@pytest.mark.parametrize(("include_total", "total"), [("true", 60), ("True", 60), ("false", None), ("False", None)])
def test_the_total_is_counted_only_when_asked_for(house: House, include_total: str, total: int | None) -> None:
    assert of_set(house, include_total=include_total, page_size=1)["total"] == total


def walk_set(house: House, name: str) -> dict[str, str]:
    """24 logs of a set of their own; return the parameters that list them."""
    logs = [as_log(f) for f in SET[:24]]
    for log in logs:
        log["metadata"] |= {"set": name}
    house.store(logs)
    return {"metadata": json.dumps({"set": name}), "include_total": "false"}


def late(name: str, n: int) -> dict[str, Any]:
    """A log that comes into the set during a walk: before, between or behind those of the start."""
    log = as_log(SET[n * 5 % 60])
    log["metadata"] |= {"set": name, "late": "yes"}
    return log


@pytest.mark.parametrize("order_by", ["created_at", "response_time", "total_units", "cost"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("size", [1, 5, 24])
def test_walking_by_cursor_while_logs_come_in_meets_each_log_of_the_start_once_in_order(
    house: House, order_by: str, direction: str, size: int
) -> None:
    """Logs of the start are not doubled, lost or moved by what comes in between two pages."""
    name = f"walk-{order_by}-{direction}-{size}"
    asked = walk_set(house, name) | {"order_by": order_by, "order_by_type": direction}
    start = [row["id"] for row in house.list(**asked)["data"]]
    assert len(set(start)) == 24
    seen: list[str] = []
    cursor, pages = "", 0
    while cursor is not None:
        page = house.list(**asked, page_size=size, cursor=cursor)
        seen += [row["id"] for row in page["data"]]
        cursor = page["next_cursor"]
        assert page["has_more"] is (cursor is not None)
        if pages < 30:  # then the walk catches up with the writer
            house.store(late(name, pages))
        pages += 1
    assert [log_id for log_id in seen if log_id in start] == start
    assert len(set(seen)) == len(seen)


def test_a_walk_and_a_writer_beside_it(house: House) -> None:
    """As above, both at the same time."""
    asked = walk_set(house, "beside")
    start = [row["id"] for row in house.list(**asked)["data"]]

    async def walk() -> list[str]:
        done = asyncio.Event()

        async def write() -> int:
            written = 0
            while not done.is_set() and written < 200:  # else the walk might never catch up
                await house.request("POST", "/v1/logs", late("beside", written))
                written += 1
            return written

        writer = asyncio.create_task(write())
        seen: list[str] = []
        cursor = ""
        while cursor is not None:
            page = (await house.request("GET", "/v1/logs", params=asked | {"page_size": "3", "cursor": cursor})).json()
            seen += [row["id"] for row in page["data"]]
            cursor = page["next_cursor"]
        done.set()
        assert await writer > 0
        return seen

    seen = house.run(walk())
    assert [log_id for log_id in seen if log_id in start] == start
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize(
    "parameters",
    [{"page_size": "0"}, {"page_size": "1001"}, {"page_size": "ten"}, {"current_page": "-1"}, {"order_by": "user"},
     {"order_by_type": "sideways"}, {"include_total": "perhaps"}, {"cursor": "nonsense"}, {"status_code": "teapot"},
     {"metadata": "env=prod"}, {"metadata": "[" * 2000}, {"time_of_generation_min": "soon"}, {"cost_min": "-1"}, {"q": '"open'},
     {"ai_org_model": "gpt"}, {"weighted_feedback_min": "x"}, {"prompt_token_max": "nan"}],
    ids=lambda p: "=".join(next(iter(p.items())))[:40],
)  # fmt: skip
def test_a_wrong_parameter_is_a_400_that_names_it(house: House, parameters: dict[str, str]) -> None:
    (name,) = parameters
    refused(house.get("/v1/logs", **parameters), 400, "bad-filter", name)


def test_a_cursor_of_another_order_is_refused(house: House) -> None:
    cursor = of_set(house, page_size=1)["next_cursor"]
    refused(house.get("/v1/logs", cursor=cursor, order_by="cost"), 400, "bad-filter", "cursor")


def test_a_repeated_parameter_is_a_list(house: House) -> None:
    reply = house.call("GET", '/v1/logs?user=user-1&user=user-3&page_size=1000&metadata={"set":"lists"}')
    assert {row["user"] for row in reply.json()["data"]} == {"user-1", "user-3"}


def test_a_plus_that_nobody_encoded_is_still_an_offset(house: House) -> None:
    reply = house.call("GET", "/v1/logs?time_of_generation_min=2026-11-17T01:00:00+01:00&page_size=1")
    assert reply.status_code == 200


def test_what_was_acknowledged_is_in_the_next_list(house: House) -> None:
    """Read your writes."""
    for n in range(20):
        (log_id,) = house.store(chat(trace_id=f"ryw-{n}"))
        assert [row["id"] for row in house.list(trace_id=f"ryw-{n}")["data"]] == [log_id]


def test_a_list_is_fifty_unless_asked_otherwise(house: House) -> None:
    page = house.list()
    assert len(page["data"]) == 50 and page["has_more"]


def test_old_logs_are_found_behind_a_gap(house: House) -> None:
    """The list looks at the newest day first and widens."""
    ids = [house.store(chat(created_at=iso(NOW_MS - days * 24 * HOUR_MS), metadata={"gap": "y"}))[0] for days in (0, 6, 50, 400, 3000)]
    page = house.list(metadata='{"gap":"y"}', page_size=2)
    found = [row["id"] for row in page["data"]]
    while page["next_cursor"]:
        page = house.list(metadata='{"gap":"y"}', page_size=2, cursor=page["next_cursor"])
        found += [row["id"] for row in page["data"]]
    assert found == ids
