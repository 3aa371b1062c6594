"""Errors by kind: counted again by pencil, kind by kind; new is what did not occur before the range."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from portlog.derive.fingerprint import blanked, fingerprint
from portlog.query.error_groups import query_of
from portlog.query.language import parse
from portlog.schema.render import iso
from tests.api.conftest import House, refused
from tests.api.recount import DAY, HOUR, ms
from tests.samples import NOW_MS, chat

TEXTS = (
    "Rate limit reached for gpt-4o: limit {n}, used {m}. Try again in {n}ms.",
    "The model `model-{n}` does not exist",
    "Request {n} timed out",
    "Visit https://host/{n} or ask 'team {m}'",
    "",
)
SPAN = (NOW_MS - DAY, NOW_MS)


def failing(random: Random, number: int) -> dict[str, Any]:
    text = random.choice(TEXTS).format(n=random.randrange(10**6), m=random.randrange(10**6))
    provider, model = random.choice((("openai", "gpt-4o"), ("openai", "gpt-5"), ("anthropic", "claude-haiku-4-5"), ("openai", "")))
    created = NOW_MS - random.choice((random.randrange(DAY), random.randrange(4 * DAY), DAY, 1, 200 * DAY))
    log = chat(trace_id=f"failing-{number}", created_at=iso(created))
    log["metadata"] = {"set": "failing", "_user": random.choice(("ann", "bob", ""))}
    log["request"] |= {"provider": provider, "url": "https://host/v1/chat/completions"}
    log["request"]["body"]["model"] = model
    error = {"message": text, "type": random.choice(("rate_limit", "server", None))}
    log["response"] = {"status": random.choice((429, 500, 0, 200)), "headers": {}, "response_time": 5, "body": {"error": error}}
    return log


@pytest.fixture(scope="module")
def errors(house: House) -> list[dict[str, Any]]:
    """Failed requests as lists show them, with their error's type besides; and others that did not fail."""
    random = Random(3)
    house.store([failing(random, number) for number in range(300)])
    rows = house.list(page_size=1000)["data"]
    assert len(rows) == 300
    assert {row["outcome"] for row in rows} == {"success", "error"}
    return [row | {"type": house.log(row["id"])["error_type"] or ""} for row in rows if row["outcome"] == "error"]


def kind_of(row: dict[str, Any]) -> str:
    return fingerprint(row["ai_org"], row["response_status_code"], row["type"], row["error_message"] or "")


def ask(house: House, **parameters: Any) -> dict[str, Any]:
    reply = house.get("/v1/analytics/errors", **({"from": iso(SPAN[0]), "to": iso(SPAN[1])} | parameters))
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def recounted(errors: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Every kind of the range, by pencil."""
    now = [row for row in errors if SPAN[0] <= ms(row["created_at"]) < SPAN[1]]
    found = {}
    for kind in {kind_of(row) for row in now}:
        those = [row for row in now if kind_of(row) == kind]
        known = [ms(row["created_at"]) for row in errors if kind_of(row) == kind and SPAN[0] - 90 * DAY <= ms(row["created_at"]) < SPAN[1]]
        last = max(those, key=lambda row: (row["created_at"], row["id"]))
        found[kind] = {
            "fingerprint": kind, "provider": last["ai_org"], "status": last["response_status_code"], "error_type": last["type"] or None,
            "message": blanked(last["error_message"] or ""), "count": len(those), "share": pytest.approx(100 * len(those) / len(now)),
            "first_seen": iso(min(known)), "last_seen": last["created_at"], "is_new": min(known) >= SPAN[0],
            "users": len({row["user"] for row in those} - {""}), "models": sorted({row["ai_model"] for row in those} - {""}),
            "example_id": last["id"], "example_message": last["error_message"] or "", "object": "error-group",
            "q": query_of(last["ai_org"], last["response_status_code"], last["type"], blanked(last["error_message"] or "")),
            "sparkline": [sum((ms(row["created_at"]) - SPAN[0]) * 30 // DAY == slot for row in those) for slot in range(30)],
        }  # fmt: skip
    return found


def test_kinds_are_what_a_pencil_makes_of_the_rows(house: House, errors: list[dict[str, Any]]) -> None:
    reply, wanted = ask(house, page_size=500), recounted(errors)
    assert {row["fingerprint"]: row for row in reply["data"]} == wanted
    assert (reply["total"], reply["errors"]) == (len(wanted), sum(row["count"] for row in wanted.values()))
    assert {row["is_new"] for row in reply["data"]} == {True, False}
    counts = [row["count"] for row in reply["data"]]
    assert counts == sorted(counts, reverse=True)


def test_the_query_of_a_kind_finds_its_logs(house: House, errors: list[dict[str, Any]]) -> None:
    for row in ask(house, page_size=500)["data"]:
        found = house.list(q=row["q"], page_size=1000, **{"from": iso(SPAN[0]), "to": iso(SPAN[1])})["data"]
        assert {kind_of(each | {"type": row["error_type"] or ""}) for each in found} == {row["fingerprint"]}, row["q"]
        assert len(found) == row["count"]
        assert row["example_id"] in {each["id"] for each in found}


@pytest.mark.parametrize("text", ["", "a/b \\ \"c\" 'd' (e) [f] {g} h.i*j+k? ^l$ m|n", "…", "… …/…", "é 日本 \u202e", "~/x/", "OR AND NOT ( )"])
def test_a_query_of_any_text_is_a_query(text: str) -> None:
    for provider, kind, message in ((text, "t", "m"), ("p", text, "m"), ("p", "t", text)):
        tree = parse(query_of(provider, 429, kind, message)).tree
        assert len(tree.parts) == 6


@pytest.mark.parametrize("order_by", ["count", "first_seen", "last_seen"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_kinds_are_in_the_order_that_was_asked_for(
    house: House, errors: list[dict[str, Any]], order_by: str, direction: str
) -> None:
    found = [row[order_by] for row in ask(house, order_by=order_by, order_by_type=direction, page_size=500)["data"]]
    assert found == sorted(found, reverse=direction == "desc")


def test_pages_of_kinds_make_up_the_whole(house: House, errors: list[dict[str, Any]]) -> None:
    whole = ask(house, page_size=500)
    pages = [ask(house, page_size=7, current_page=number) for number in range(len(whole["data"]) // 7 + 2)]
    assert [row for page in pages for row in page["data"]] == whole["data"]
    assert pages[-1]["data"] == []
    assert {(page["total"], page["errors"]) for page in pages} == {(whole["total"], whole["errors"])}


def test_filters_hold_for_kinds_too(house: House, errors: list[dict[str, Any]]) -> None:
    wanted = recounted([row for row in errors if row["user"] == "ann" and row["response_status_code"] == 429])
    reply = ask(house, user="ann", status_code="429", page_size=500)
    assert {row["fingerprint"]: row for row in reply["data"]} == wanted


def test_a_range_without_errors_has_no_kinds(house: House, errors: list[dict[str, Any]]) -> None:
    reply = ask(house, **{"from": iso(NOW_MS - 300 * DAY), "to": iso(NOW_MS - 299 * DAY)})
    assert (reply["total"], reply["errors"], reply["data"]) == (0, 0, [])


def test_from_the_first_ms_on(house: House, errors: list[dict[str, Any]]) -> None:
    reply = ask(house, **{"from": "1970-01-01", "to": iso(NOW_MS + HOUR)})
    assert reply["errors"] == len(errors)
    assert all(row["is_new"] for row in reply["data"])


@pytest.mark.parametrize("parameters", [{"order_by": "share"}, {"page_size": "501"}, {"order_by_type": "x"}, {"current_page": "x"}])
def test_what_cannot_be_understood_is_refused_by_name(house: House, parameters: dict[str, str]) -> None:
    refused(house.get("/v1/analytics/errors", **parameters), 400, "bad-filter", *parameters)
