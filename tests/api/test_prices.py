"""Own prices and discounts, and the settings, through the API."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from portlog.api.settings import shown
from portlog.settings import SETTINGS, Setting, load
from tests.api.conftest import House, refused
from tests.samples import chat


def post(house: House, **fields: Any) -> httpx.Response:
    return house.call("POST", "/v1/prices", fields)


def saved(house: House, **fields: Any) -> dict[str, Any]:
    reply = post(house, **fields)
    assert reply.status_code == 200, reply.text
    row: dict[str, Any] = reply.json()
    return row


def all_prices(house: House) -> list[dict[str, Any]]:
    body = house.get("/v1/prices").json()
    assert body["total"] == len(body["data"])
    rows: list[dict[str, Any]] = body["data"]
    return rows


def test_a_price_holds_for_logs_from_now_on(house: House) -> None:
    body = chat(trace_id="priced")
    body["request"]["body"]["model"] = body["response"]["body"]["model"] = "house-model"
    body["response"]["body"]["usage"] = {"prompt_tokens": 1_000_000, "completion_tokens": 500_000, "total_tokens": 1_500_000}
    (before,) = house.store(body)
    row = saved(house, model="house-*", provider="openai", parts={"input": 0.1, "output": "2.000000000001"}, since="2026-01-01")
    assert row | {"id": ""} == {
        "id": "", "object": "price", "provider": "openai", "model": "house-*", "since": "2026-01-01", "until": None,
        "parts": {"input": 0.1, "output": 2.000000000001},
    }  # fmt: skip
    house.clock.advance(2)
    (after,) = house.store(body)
    assert (house.log(before)["cost_usd"], house.log(after)["cost_usd"]) == (None, pytest.approx(1.1))
    discount = saved(house, percent=50, model="house-*")
    assert (discount["object"], discount["percent"], discount["provider"]) == ("discount", 50.0, None)
    house.clock.advance(2)
    assert house.log(house.store(body)[0])["cost_usd"] == pytest.approx(0.55)
    assert all_prices(house) == [row, discount]
    for each in (row, discount):
        assert house.call("DELETE", f"/v1/prices/{each['id']}").json() == each
        refused(house.call("DELETE", f"/v1/prices/{each['id']}"), 404, "not-found")
    assert all_prices(house) == []


def test_a_price_takes_the_place_of_one_of_the_same_model_and_day(house: House) -> None:
    first = saved(house, model="m", parts={"request": 1})
    second = saved(house, model="m", parts={"request": 2})
    assert second["id"] != first["id"] and all_prices(house) == [second]
    house.call("DELETE", f"/v1/prices/{second['id']}")


USUAL = {"input": 1, "output": 2}


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"parts": USUAL}, "model"), ({"model": " ", "parts": USUAL}, "model"), ({"model": "m" * 201, "parts": USUAL}, "model"),
        ({"model": "m"}, "parts"), ({"model": "m", "parts": [1]}, "parts"), ({"model": "m", "parts": {}}, "parts"),
        ({"model": "m", "parts": {"input": 1}}, "parts"), ({"model": "m", "parts": USUAL | {"tea": 1}}, "parts"),
        ({"model": "m", "parts": {"input": -1, "output": 2}}, "parts"), ({"model": "m", "parts": {"input": 1e9, "output": 2}}, "parts"),
        ({"model": "m", "parts": {"input": "NaN", "output": 2}}, "parts"),
        ({"model": "m", "parts": {"input": "x", "output": 2}}, "parts.input"),
        ({"model": "m", "parts": {"input": True, "output": 2}}, "parts.input"),
        ({"model": "m", "parts": USUAL, "since": "yesterday"}, "since"), ({"model": "m", "parts": USUAL, "until": "2026-02-30"}, "until"),
        ({"model": "m", "parts": USUAL, "since": "2026-02-01", "until": "2026-01-01"}, "until"),
        ({"percent": 0}, "percent"), ({"percent": 101}, "percent"), ({"percent": None}, "percent"), ({"percent": "x"}, "percent"),
    ],
    ids=lambda value: str(value)[:60],
)  # fmt: skip
def test_what_is_wrong_is_named_and_sets_nothing(house: House, fields: dict[str, Any], path: str) -> None:
    refused(post(house, **fields), 400, "request-validation", path)
    assert all_prices(house) == []


# -- settings --------------------------------------------------------------------------------------------------


def test_every_setting_is_told_with_its_origin(house: House) -> None:
    body = house.variant(request_logs_max="7").get("/v1/settings").json()
    assert [each["name"] for each in body["data"]] == [setting.name for setting in SETTINGS]
    by_name = {each["name"]: each for each in body["data"]}
    changed = by_name["request_logs_max"]
    assert (changed["value"], changed["default"], changed["origin"], changed["changed"]) == (7, 10_000, "flag", True)
    assert (changed["unit"], changed["minimum"], changed["env"]) == ("logs", 1, "PORTLOG_REQUEST_LOGS_MAX")
    same = by_name["port"]
    assert (same["value"], same["origin"], same["changed"]) == (8790, "default", False)
    assert by_name["auth"]["choices"] == ["auto", "on", "off"]


def test_a_default_given_by_hand_is_not_changed() -> None:
    values = load({"data": "portlog-data", "port": "8790"}, {})
    told = {setting.name: shown(setting, values) for setting in SETTINGS}
    assert (told["data"]["value"], told["data"]["changed"], told["data"]["origin"]) == ("portlog-data", False, "flag")
    assert not told["port"]["changed"]


@pytest.mark.parametrize(("value", "told"), [("hunter2", "[set]"), ("", "")])
def test_a_secret_is_never_told(value: str, told: str) -> None:
    values = load({"allowed_hosts": value}, {})
    setting = Setting("allowed_hosts", "", "text", "As if it were one.", secret=True)
    found = shown(setting, values)
    assert (found["value"], found["changed"]) == (told, bool(value))
    assert "hunter2" not in str(found)
