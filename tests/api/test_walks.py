"""Walking a list by its cursor: every log once and in order, also where values are equal, unknown, or hard to write down."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from portlog.schema.render import iso
from tests.api.conftest import House
from tests.api.queries import Row, ms
from tests.samples import NOW_MS, chat

COUNT = 60
# Few values, so that many logs share one; and such as lose a digit when they are written carelessly.
LATENCIES = (None, 0, 0.1 + 0.2, 1 / 3, 5e-324, 1.7976931348623157e308, 250, 250.00000000000003, 2**53 + 0.0)
COSTS = (None, 0, 1e-12, 0.1 + 0.2, 1 / 3, 123456.78901234567)
TOKENS = (None, 0, 1, 7, 2**31)
SHOWN = {"time": ms, "cost": lambda row: row["cost_usd"], "latency": lambda row: row["response_time"], "tokens": lambda row: row["total_units"]}
NAMES = {"time": "created_at", "cost": "cost", "latency": "response_time", "tokens": "total_units"}


def _log(random: Random) -> Row:
    log = chat(created_at=iso(NOW_MS - random.choice((0, 1, 2, 86_400_000, 90 * 86_400_000))), metadata={"set": "walks"})
    log["response"]["response_time"] = random.choice(LATENCIES)
    tokens, cost = random.choice(TOKENS), random.choice(COSTS)
    log["response"]["body"]["usage"] = "" if tokens is None else {"prompt_tokens": tokens, "completion_tokens": 0, "total_tokens": tokens}
    if cost is not None and tokens is not None:
        log["response"]["body"]["usage"] |= {"cost": cost}  # as OpenRouter says it
    log["request"]["body"]["model"] = log["response"]["body"]["model"] = "no-price-is-known"
    return log


@pytest.fixture(scope="module")
def rows(house: House) -> list[Row]:
    """The set, in no order that matters."""
    random = Random(1)
    house.store([_log(random) for _ in range(COUNT)])
    house.store([chat() for _ in range(5)])
    page = house.list(q="metadata.set:walks", page_size=1000)
    assert page["total"] == COUNT
    found: list[Row] = page["data"]
    return found


def in_order(rows: list[Row], by: str, descending: bool) -> list[str]:
    """Ids by value, then by id; unknown values last in either direction."""
    value = SHOWN[by]
    known = sorted((row for row in rows if value(row) is not None), key=lambda row: (value(row), row["id"]), reverse=descending)
    unknown = sorted((row["id"] for row in rows if value(row) is None), reverse=descending)
    return [row["id"] for row in known] + unknown


@pytest.mark.parametrize("by", SHOWN)
@pytest.mark.parametrize("descending", [True, False], ids=["desc", "asc"])
@pytest.mark.parametrize("size", [1, 4, 59, 60])
@pytest.mark.parametrize("spelt", ["order_by", "sort"])
def test_a_walk_meets_every_log_once_in_order(house: House, rows: list[Row], by: str, descending: bool, size: int, spelt: str) -> None:
    asked: dict[str, Any] = {"q": "metadata.set:walks", "include_total": "false", "page_size": size}
    if spelt == "sort":
        asked["q"] += f" sort:{by}" if descending else f" sort:+{by}"
    else:
        asked |= {"order_by": NAMES[by], "order_by_type": "desc" if descending else "asc"}
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = house.list(**asked, cursor=cursor)
        assert 0 < len(page["data"]) <= size
        seen += [row["id"] for row in page["data"]]
        cursor = page["next_cursor"]
        assert page["has_more"] is (cursor is not None)
    assert seen == in_order(rows, by, descending)


def test_the_set_has_what_makes_walks_hard(rows: list[Row]) -> None:
    for value in SHOWN.values():
        values = [value(row) for row in rows]
        assert 3 <= len(set(values)) < len(values) / 3, "many are equal, not all"
    for by in ("cost", "latency", "tokens"):
        assert None in [SHOWN[by](row) for row in rows]
