"""`ETag` of one log: who has it already is told so, and whatever changes what is shown changes it."""

from __future__ import annotations

import pytest

from tests.api.conftest import House
from tests.samples import chat


def tag_of(house: House, log_id: str) -> str:
    return str(house.get(f"/v1/logs/{log_id}").headers["etag"])


@pytest.mark.parametrize("known", ["{tag}", 'W/"x", {tag}', "{weak}", "*", '"a","b" , {strong}'])
def test_whoever_has_the_log_as_it_is_gets_304_and_no_body(house: House, known: str) -> None:
    (log_id,) = house.store([chat()])
    tag = tag_of(house, log_id)
    strong = tag.removeprefix("W/")
    reply = house.get(f"/v1/logs/{log_id}", headers={"if-none-match": known.format(tag=tag, strong=strong, weak=f"W/{strong}")})
    assert (reply.status_code, reply.content) == (304, b"")
    assert reply.headers["etag"].removeprefix("W/") == strong
    assert reply.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize("known", ["", '"x"', 'W/"y"', "{bare}", '"{bare}x"'])
def test_whoever_has_another_gets_the_log(house: House, known: str) -> None:
    (log_id,) = house.store([chat()])
    bare = tag_of(house, log_id).removeprefix("W/").strip('"')
    reply = house.get(f"/v1/logs/{log_id}", headers={"if-none-match": known.format(bare=bare)})
    assert reply.status_code == 200
    assert reply.json()["_id"] == log_id


def test_packed_or_not_the_tag_names_the_same_log(house: House) -> None:
    (log_id,) = house.store([chat("x" * 5000)])
    plain = house.get(f"/v1/logs/{log_id}", headers={"accept-encoding": "identity"}).headers["etag"]
    packed = house.get(f"/v1/logs/{log_id}", headers={"accept-encoding": "gzip"}).headers["etag"]
    assert (plain[0], packed) == ('"', f"W/{plain}")


def test_feedback_and_other_logs_have_other_tags(house: House) -> None:
    first, second = house.store([chat(trace_id="tagged"), chat()])
    before = tag_of(house, first)
    assert tag_of(house, first) == before != tag_of(house, second)
    assert house.call("POST", "/v1/feedback", {"trace_id": "tagged", "value": 1}).status_code == 200
    assert tag_of(house, first) != before


def test_a_log_that_is_not_there_has_no_tag(house: House) -> None:
    reply = house.get("/v1/logs/01a215db-c243-7550-8fe5-25dd844abdb9", headers={"if-none-match": "*"})
    assert reply.status_code == 404
    assert "etag" not in reply.headers
