"""`GET /v1/logs/{id}/explain`: every shown number of a real log is computed again, and its places say the same."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from portlog.schema.prices import Discount, OwnPrice
from tests.api.conftest import House, refused
from tests.samples import chat

COSTS = {
    file.stem: json.loads(file.read_text()) for file in sorted((Path(__file__).parents[1] / "fixtures" / "costs").glob("*.json"))
}
CAPTURES = {
    file.stem: json.loads(file.read_text()) for file in sorted((Path(__file__).parents[1] / "fixtures" / "clients").glob("*.json"))
}
CLIENTS = {
    name: capture["request"]
    for name, capture in CAPTURES.items()
    if "request" in capture and capture["request"]["path"].rstrip("/").endswith("/logs") and "body" in capture["request"]
}
TOKENS = ("input_tokens", "output_tokens", "total_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")


def explain(house: House, log_id: str) -> dict[str, Any]:
    reply = house.get(f"/v1/logs/{log_id}/explain")
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def values(explanation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {value["name"]: value for value in explanation["values"]}


def at(log: dict[str, Any], place: str) -> Any:
    """The value at a place of the log object, such as `response.body.usage.prompt_tokens`."""
    value: Any = log
    for step in place.split("."):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


@pytest.fixture(scope="module")
def stored(house: House) -> dict[str, str]:
    """The ids of all cost fixtures, by name."""
    return dict(zip(COSTS, house.store([fixture["log"] for fixture in COSTS.values()]), strict=True))


@pytest.mark.parametrize("name", COSTS)
def test_an_explanation_recomputes_to_what_is_shown(name: str, house: House, stored: dict[str, str]) -> None:
    log, found = house.log(stored[name]), explain(house, stored[name])
    assert found["object"] == "explanation" and found["id"] == stored[name]
    assert found["matches"] is True and found["note"] is None, [v for v in found["values"] if not v["matches"]]
    assert found["derived_by"] == found["derived_by_now"] and "genai-prices" in found["derived_by"]
    cost, expect = found["cost"], COSTS[name]["expect"]
    assert cost["usd"] == log["cost_usd"] and cost["source"] == log["cost_source"] == expect["source"]
    if expect["usd"] is None:
        assert (cost["usd"], cost["parts"]) == (None, []) and cost["reason"]
        return
    assert cost["usd"] == pytest.approx(float(expect["usd"]), abs=1e-9)
    assert sum(Decimal(repr(part["usd"])) for part in cost["parts"]) == Decimal(repr(cost["usd"]))
    for part in cost["parts"]:
        if part["tokens"] is not None:
            assert part["usd"] == pytest.approx(part["tokens"] * part["usd_per_million"] / 1e6, abs=1e-12)


@pytest.mark.parametrize("name", COSTS)
def test_numbers_are_the_sum_of_what_stands_at_their_places(name: str, house: House, stored: dict[str, str]) -> None:
    log, found = house.log(stored[name]), values(explain(house, stored[name]))
    for token in TOKENS[:2] + TOKENS[3:]:
        value = found[token]
        if value["value"] is None:
            assert value["places"] == [] and "not known" in value["rule"]
        elif value["places"] != ["response.body.usage.total_tokens"] or value["value"]:
            assert sum(int(at(log, place)) for place in value["places"]) == value["value"], value
    assert found["status"]["value"] == at(log, found["status"]["places"][0])
    for name_ in ("model", "model_requested"):
        for place in found[name_]["places"]:
            assert found[name_]["value"] in str(at(log, place))


def test_every_value_has_a_rule_in_a_sentence(house: House, stored: dict[str, str]) -> None:
    for value in explain(house, stored["openai-chat"])["values"]:
        assert set(value) == {"name", "value", "shown", "matches", "rule", "places"}
        assert value["rule"].endswith(".") and len(value["rule"]) > 10, value


def test_what_a_log_says_itself_is_said_where(house: House) -> None:
    sent = chat(metadata={"_user": "u1", "session_id": "s1"})
    sent["response"]["headers"] |= {"X-Portkey-Cache-Status": "MISS", "x-portkey-retry-attempt-count": "2"}
    sent["response"]["streamingMode"] = False
    found = values(explain(house, house.store(sent)[0]))
    assert (found["user"]["value"], found["user"]["places"]) == ("u1", ["metadata._user"])
    assert (found["session"]["value"], found["session"]["places"]) == ("s1", ["metadata.session_id"])
    assert (found["cache_status"]["value"], found["cache_status"]["places"]) == ("MISS", ["response.headers.X-Portkey-Cache-Status"])
    assert found["retry_count"]["value"] == 2
    assert (found["stream"]["value"], found["stream"]["places"]) == (False, ["response.streamingMode"])
    assert (found["response_ms"]["value"], found["response_ms"]["places"]) == (412, ["response.response_time"])
    assert found["counts"]["value"] is True and "It does" in found["counts"]["rule"]
    sent["request"]["body"]["user"], sent["metadata"] = "u2", {}
    found = values(explain(house, house.store(sent)[0]))
    assert (found["user"]["value"], found["user"]["places"]) == ("u2", ["request.body.user"])


def test_under_do_not_track_the_values_are_as_stored(house: House) -> None:
    log_id = house.store(chat(), {"x-portkey-debug": "false"})[0]
    found = explain(house, log_id)
    assert found["matches"] is True and "do-not-track" in found["note"]
    assert values(found)["input_tokens"]["value"] == 14 and "Not kept" in values(found)["input_tokens"]["rule"]
    assert found["cost"]["usd"] == 0.0000033 and found["cost"]["source"] == "genai-prices"


def test_own_prices_hold_for_new_logs_within_a_second_and_old_ones_differ_until_reprocessed(house: House) -> None:
    before = house.store(chat())[0]
    assert explain(house, before)["matches"] is True
    catalog = house.parts.catalog
    price = catalog.set_price(OwnPrice("", "openai", "gpt-4o-mini", {"input": Decimal(10), "output": Decimal(20)}))
    try:
        house.clock.seconds += 1
        after = house.store(chat())[0]
        new, old = explain(house, after), explain(house, before)
        assert new["matches"] is True and (new["cost"]["usd"], new["cost"]["source"]) == (0.00018, "own")
        assert new["cost"]["price"]["own_id"] == price.id and "+ own 1" in new["derived_by"]
        assert old["matches"] is False and "portlog reprocess" in old["note"]
        assert (old["cost"]["usd"], old["cost"]["shown_usd"], old["cost"]["matches"]) == (0.00018, 0.0000033, False)
        assert {v["name"] for v in old["values"] if not v["matches"]} == {"cost_usd", "input_cost_usd", "output_cost_usd", "cost_source"}
        discount = catalog.set_discount(Discount("", Decimal(50)))
        house.clock.seconds += 1
        assert explain(house, house.store(chat())[0])["cost"]["usd"] == 0.00009
        catalog.remove_price(discount.id)
    finally:
        catalog.remove_price(price.id)
        house.clock.seconds += 1
    assert explain(house, before)["matches"] is True


@pytest.mark.parametrize("name", CLIENTS)
def test_what_real_clients_posted_is_explained(name: str, house: House) -> None:
    request = CLIENTS[name]
    headers = {k: v for k, v in request["headers"].items() if k.lower() not in ("content-length", "host", "accept-encoding")}
    reply = house.call(request["method"], request["path"], request["body"], headers)
    assert reply.status_code == 200, reply.text
    for log_id in reply.json()["ids"]:
        if house.get(f"/v1/logs/{log_id}").status_code == 404:
            continue  # the second half of a call, which completed the first
        found = explain(house, log_id)
        assert found["matches"] is True, [v for v in found["values"] if not v["matches"]]


def test_a_log_that_is_not_there_is_not_explained(house: House) -> None:
    for wanted in ("00000000-0000-7000-8000-000000000000", "undefined"):
        refused(house.get(f"/v1/logs/{wanted}/explain"), 404, "not-found")


OTLP = sorted((Path(__file__).parents[1] / "fixtures" / "otlp").glob("*.pb"))


@pytest.fixture(scope="module")
def spans(house: House) -> list[dict[str, Any]]:
    """The rows of every log that the captured OTLP exports make, after spans of one call have found each other."""
    known = {row["id"] for row in every_row(house)}
    house.clock.ms += 10 * 86_400_000  # behind the captures' own time
    for file in OTLP:
        signal = "logs" if file.name.endswith(".logs.pb") else "metrics" if file.name.endswith(".metrics.pb") else "traces"
        reply = house.call("POST", f"/v1/otel/v1/{signal}", file.read_bytes(), {"content-type": "application/x-protobuf"})
        assert reply.status_code == 200, reply.text
    return [row for row in every_row(house) if row["id"] not in known]


def every_row(house: House) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    parameters: dict[str, Any] = {"page_size": 100}
    while True:
        page = house.list(**parameters)
        rows += page["data"]
        if not page["has_more"]:
            return rows
        parameters["cursor"] = page["next_cursor"]


def test_every_captured_span_is_explained(house: House, spans: list[dict[str, Any]]) -> None:
    """Those too that show a call with what its other spans say, and those that are hidden by one."""
    assert len(spans) > 150
    wrong = {}
    for row in spans:
        found = explain(house, row["id"])
        if not found["matches"]:
            wrong[f"{row['id']} {row['span_name']}"] = [v for v in found["values"] if not v["matches"]]
    assert wrong == {}


def test_a_second_sight_of_a_call_says_who_counts(house: House, spans: list[dict[str, Any]]) -> None:
    hidden = [row for row in spans if row["duplicate_of"]]
    assert hidden
    found = values(explain(house, hidden[0]["id"]))
    assert found["counts"]["value"] is False and hidden[0]["duplicate_of"] in found["counts"]["rule"]
    assert found["input_tokens"]["value"] is None and hidden[0]["duplicate_of"] in found["input_tokens"]["rule"]


def test_an_agent_repeats_its_calls_and_has_no_cost(house: House, spans: list[dict[str, Any]]) -> None:
    agents = [row for row in spans if row["kind"] == "agent"]
    assert agents
    found = explain(house, agents[0]["id"])
    assert "Only model calls" in found["cost"]["reason"] and found["cost"]["usd"] is None
    assert "kind agent" in values(found)["counts"]["rule"]


def test_a_user_of_the_trace_names_its_span(house: House, spans: list[dict[str, Any]]) -> None:
    given = [row for row in spans if row["user"] and house.log(row["id"])["user_from"]]
    assert given
    log = house.log(given[0]["id"])
    found = values(explain(house, log["_id"]))["user"]
    assert found["matches"] and f"span {log['user_from']}" in found["rule"]
