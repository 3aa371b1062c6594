"""Feedback through the API: given, changed, deleted, listed, shown with logs, filtered by (contract 8, 9.2)."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from portlog.schema.ids import LogIds, to_text
from tests.api.conftest import House, refused
from tests.samples import chat


def give(house: House, *feedbacks: dict[str, Any], **headers: str) -> list[str]:
    """Give feedback that is right; return the ids."""
    reply = house.call("POST", "/v1/feedback", list(feedbacks), headers)
    assert reply.status_code == 200, reply.text
    ids: list[str] = reply.json()["feedback_ids"]
    assert len(ids) == len(feedbacks)
    return ids


def of(house: House, trace_id: str) -> list[dict[str, Any]]:
    """All feedback of a trace, the newest first."""
    reply = house.get("/v1/feedback", trace_id=trace_id)
    assert reply.status_code == 200, reply.text
    found: list[dict[str, Any]] = reply.json()["data"]
    return found


def put(house: House, feedback_id: str, body: Any, method: str = "PUT") -> httpx.Response:
    return house.call(method, f"/v1/feedback/{feedback_id}", body)


# -- giving ------------------------------------------------------------------------------------------------


def test_the_reply_is_the_vendors(house: House) -> None:
    reply = house.call("POST", "/v1/feedback", {"trace_id": "fb-reply", "value": 5})
    assert reply.status_code == 200
    body = reply.json()
    assert (body["status"], body["message"]) == ("success", "Feedback successfully saved")
    (feedback_id,) = body["feedback_ids"]
    assert isinstance(feedback_id, str) and len(feedback_id) == 36


@pytest.mark.parametrize("path", ["/v1/feedback", "/feedback", "/v1/feedback/", "/feedback/"])
def test_every_path_takes_feedback(house: House, path: str) -> None:
    assert house.call("POST", path, {"trace_id": "fb-path", "value": 1}).status_code == 200


def test_what_was_given_is_listed(house: House) -> None:
    sent = {"trace_id": "fb-whole", "value": -3, "weight": 0.25, "metadata": {"why": "slow\u202e", "_user": "u1", "n": {"a": [1]}}}
    (feedback_id,) = give(house, sent)
    (found,) = of(house, "fb-whole")
    assert found["id"] == feedback_id
    assert {name: found[name] for name in sent} == sent
    assert (found["weighted_feedback"], found["user"], found["log_id"], found["object"]) == (-0.75, "u1", None, "feedback")
    assert found["created_at"] == found["updated_at"]


def test_several_on_one_trace_are_kept_and_ids_are_in_the_order_sent(house: House) -> None:
    ids = give(house, *({"trace_id": "fb-many", "value": value} for value in range(-10, 11)))
    values = {each["id"]: each["value"] for each in of(house, "fb-many")}
    assert [values[feedback_id] for feedback_id in ids] == list(range(-10, 11))


def test_a_large_call_is_taken_whole(house: House) -> None:
    ids = give(house, *({"trace_id": "fb-large", "value": n % 10, "metadata": {"comment": "x" * 50}} for n in range(5000)))
    assert len(set(ids)) == 5000


def test_nothing_given_is_no_fault(house: House) -> None:
    assert give(house) == []


def test_one_fault_refuses_the_whole_call(house: House) -> None:
    reply = house.call("POST", "/v1/feedback", [{"trace_id": "fb-refused", "value": 1}, {"trace_id": "fb-refused", "value": 11}])
    refused(reply, 400, "request-validation", "[1].value")
    assert of(house, "fb-refused") == []


@pytest.mark.parametrize("body", [b"", b"{", b'{"trace_id": "t", "value": NaN}', b'{"value": 1, "value": 2}'])
def test_what_is_not_json_is_refused(house: House, body: bytes) -> None:
    refused(house.call("POST", "/v1/feedback", body), 400, "malformed-json")


def test_posts_at_once_share_inserts(house: House) -> None:
    """A thousand calls side by side; the store gets them in a few parts."""

    async def storm() -> list[httpx.Response]:
        return await asyncio.gather(
            *(house.request("POST", "/v1/feedback", {"trace_id": f"fb-storm-{n}", "value": n % 11}) for n in range(1000))
        )

    before = inserted_parts(house)
    replies = house.run(storm())
    assert {reply.status_code for reply in replies} == {200}
    ids = [reply.json()["feedback_ids"][0] for reply in replies]
    assert len(set(ids)) == 1000
    assert [of(house, f"fb-storm-{n}")[0]["id"] for n in (0, 17, 999)] == [ids[0], ids[17], ids[999]]
    assert inserted_parts(house) - before < 100


def inserted_parts(house: House) -> int:
    """How many blocks of the table's one partition the engine has numbered: each insert takes a number."""
    from portlog.store import Statement

    text = "SELECT max(max_block_number) FROM system.parts WHERE table = 'feedback'"
    return int(house.run(house.parts.questions.ask(lambda store: store.select(Statement(text, {}))))[0][0])


# -- changing and deleting -----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_an_update_changes_what_it_names_and_keeps_the_rest(house: House, method: str) -> None:
    trace = f"fb-update-{method}"
    (feedback_id,) = give(house, {"trace_id": trace, "value": 1, "weight": 0.5, "metadata": {"a": 1}})
    house.clock.advance(5)
    reply = put(house, feedback_id, {"value": 7}, method)
    assert reply.status_code == 200
    assert reply.json()["feedback_ids"] == [feedback_id]
    (found,) = of(house, trace)
    assert (found["value"], found["weight"], found["metadata"]) == (7, 0.5, {"a": 1})
    assert found["updated_at"] > found["created_at"]
    assert put(house, feedback_id, {"weight": 1.0, "metadata": {"b": 2}}).status_code == 200
    (found,) = of(house, trace)
    assert (found["value"], found["weight"], found["metadata"]) == (7, 1.0, {"b": 2})


def test_changes_at_once_do_not_lose_each_other(house: House) -> None:
    (feedback_id,) = give(house, {"trace_id": "fb-race", "value": 0})

    async def race() -> None:
        changes = [{"value": 9}, {"weight": 0.5}, {"metadata": {"a": 1}}]
        await asyncio.gather(*(house.request("PUT", f"/v1/feedback/{feedback_id}", change) for change in changes))

    house.run(race())
    (found,) = of(house, "fb-race")
    assert (found["value"], found["weight"], found["metadata"]) == (9, 0.5, {"a": 1})


def test_an_update_out_of_range_is_refused_and_changes_nothing(house: House) -> None:
    (feedback_id,) = give(house, {"trace_id": "fb-range", "value": 1})
    refused(put(house, feedback_id, {"value": 11}), 400, "request-validation", "value")
    refused(put(house, feedback_id, {"value": 2, "weight": 1.5}), 400, "request-validation", "weight")
    assert of(house, "fb-range")[0]["value"] == 1


def test_node_names_the_id_in_the_body_when_the_path_has_none(house: House) -> None:
    (feedback_id,) = give(house, {"trace_id": "fb-undefined", "value": 1})
    for value, name in enumerate(("feedback_id", "feedbackId", "feedbackID"), 2):
        assert put(house, "undefined", {name: feedback_id, "value": value}).status_code == 200
        assert of(house, "fb-undefined")[0]["value"] == value
    message = refused(put(house, "undefined", {"value": 2}), 404, "not-found")
    assert "called it without an id" in message


@pytest.mark.parametrize("feedback_id", ["0193a5f0-0000-7000-8000-000000000001", "7", "nonsense", "None"])
def test_an_unknown_id_is_not_found(house: House, feedback_id: str) -> None:
    refused(put(house, feedback_id, {"value": 1}), 404, "not-found")
    refused(house.call("DELETE", f"/v1/feedback/{feedback_id}"), 404, "not-found")


def test_what_is_deleted_counts_no_more(house: House) -> None:
    gone, stays = give(house, {"trace_id": "fb-deleted", "value": 10}, {"trace_id": "fb-deleted", "value": 2})
    assert house.call("DELETE", f"/v1/feedback/{gone}").status_code == 200
    assert [each["id"] for each in of(house, "fb-deleted")] == [stays]
    refused(house.call("DELETE", f"/v1/feedback/{gone}"), 404, "not-found")
    refused(put(house, gone, {"value": 1}), 404, "not-found")


# -- Idempotency-Key -------------------------------------------------------------------------------------------


def test_the_same_key_again_gives_the_same_ids_and_stores_nothing_more(house: House) -> None:
    sent = [{"trace_id": "fb-once", "value": 1}, {"trace_id": "fb-once", "value": 2}]
    first = give(house, *sent, **{"idempotency-key": "k1"})
    house.clock.advance(60)
    assert give(house, *sent, **{"idempotency-key": "k1"}) == first
    assert sorted(each["value"] for each in of(house, "fb-once")) == [1, 2]
    assert give(house, *sent, **{"idempotency-key": "k2"}) != first
    reply = house.call("POST", "/v1/feedback", [{"trace_id": "fb-once", "value": 3}], {"idempotency-key": "k1"})
    refused(reply, 409, "idempotency-mismatch")


def test_the_same_key_at_once_stores_once(house: House) -> None:
    async def twice() -> list[httpx.Response]:
        body, headers = {"trace_id": "fb-once-at-once", "value": 1}, {"idempotency-key": "k3"}
        return await asyncio.gather(*(house.request("POST", "/v1/feedback", body, headers) for _ in range(5)))

    assert len({reply.json()["feedback_ids"][0] for reply in house.run(twice())}) == 1
    assert len(of(house, "fb-once-at-once")) == 1


def test_a_repetition_does_not_bring_back_what_was_deleted(house: House) -> None:
    sent = {"trace_id": "fb-once-gone", "value": 1}
    (feedback_id,) = give(house, sent, **{"idempotency-key": "k4"})
    house.call("DELETE", f"/v1/feedback/{feedback_id}")
    assert give(house, sent, **{"idempotency-key": "k4"}) == [feedback_id]
    assert of(house, "fb-once-gone") == []


# -- with logs -------------------------------------------------------------------------------------------------


def test_feedback_may_come_before_its_trace_and_joins_later(house: House) -> None:
    give(house, {"trace_id": "fb-before", "value": 4, "weight": 0.5}, {"trace_id": "fb-before", "value": -1})
    (log_id,) = house.store(chat(trace_id="fb-before"))
    assert [each["value"] for each in house.log(log_id)["feedback"]] == [4, -1]
    (row,) = house.list(trace_id="fb-before")["data"]
    assert row["feedback"] == {"total": 2, "avg_weighted_feedback": 0.5}


def test_a_log_without_feedback_says_so(house: House) -> None:
    (log_id,) = house.store(chat(trace_id="fb-none"))
    assert house.log(log_id)["feedback"] == []
    assert house.list(trace_id="fb-none")["data"][0]["feedback"] is None


def test_a_log_may_be_named_alone_and_its_trace_is_found(house: House) -> None:
    (log_id,) = house.store(chat(trace_id="fb-of-log"))
    give(house, {"log_id": log_id, "value": 3}, {"trace_id": "fb-of-log", "span_id": "s1", "value": 1})
    found = {each["value"]: each for each in of(house, "fb-of-log")}
    assert (found[3]["log_id"], found[3]["trace_id"], found[1]["span_id"]) == (log_id, "fb-of-log", "s1")
    unknown = to_text(LogIds().make(house.clock.ms))
    reply = house.call("POST", "/v1/feedback", [{"trace_id": "t", "value": 1}, {"log_id": unknown, "value": 1}])
    refused(reply, 404, "not-found", "[1].log_id")


def test_logs_are_filtered_by_the_average_of_their_trace(house: House) -> None:
    for name in ("good", "bad", "none"):
        house.store(chat(trace_id=f"fb-filter-{name}", metadata={"set": "fb-filter"}))
    give(house, {"trace_id": "fb-filter-good", "value": 10}, {"trace_id": "fb-filter-good", "value": 4, "weight": 0.5})
    give(house, {"trace_id": "fb-filter-bad", "value": -8})

    def matching(**parameters: str) -> set[str]:
        page = house.list(metadata=json.dumps({"set": "fb-filter"}), **parameters)
        assert page["total"] == len(page["data"])
        return {row["trace_id"].removeprefix("fb-filter-") for row in page["data"]}

    assert matching() == {"good", "bad", "none"}
    assert matching(weighted_feedback_min="0") == {"good"}
    assert matching(weighted_feedback_min="6", weighted_feedback_max="6") == {"good"}
    assert matching(weighted_feedback_max="5.9") == {"bad"}
    assert matching(weighted_feedback_min="-10", weighted_feedback_max="10") == {"good", "bad"}
    refused(house.get("/v1/logs", weighted_feedback_min="good"), 400, "bad-filter", "weighted_feedback_min")


# -- lists -----------------------------------------------------------------------------------------------------


def test_feedback_is_listed_by_its_metadata(house: House) -> None:
    """Keys that logs have as columns of their own, which feedback has not, and keys that nothing has."""
    one, two = give(house, *({"trace_id": "fb-meta", "value": n, "metadata": {"env": f"e{n}", "a b": "x"}} for n in (1, 2)))

    def found(**metadata: str) -> list[str]:
        reply = house.get("/v1/feedback", trace_id="fb-meta", metadata=json.dumps(metadata))
        assert reply.status_code == 200, reply.text
        return sorted(each["id"] for each in reply.json()["data"])

    assert found(env="e1") == [one]
    assert found(env="e2", **{"a b": "x"}) == [two]
    assert found(env="") == found(nothing="x") == []


def test_pages_hold_every_feedback_once_the_newest_first(house: House) -> None:
    ids = []
    for number in range(7):
        house.clock.advance(number % 2)  # some of one time
        ids += give(house, {"trace_id": "fb-pages", "value": number})
    seen, cursor = [], ""
    while True:
        page = house.get("/v1/feedback", trace_id="fb-pages", page_size=3, cursor=cursor).json()
        assert len(page["data"]) <= 3
        seen += [each["id"] for each in page["data"]]
        cursor = page["next_cursor"]
        assert page["has_more"] == bool(cursor)
        if not cursor:
            break
    assert seen == ids[::-1]


def test_lists_are_of_a_time(house: House) -> None:
    give(house, {"trace_id": "fb-time", "value": 1})
    house.clock.advance(3600)
    (second,) = give(house, {"trace_id": "fb-time", "value": 2})
    at = house.get("/v1/feedback", trace_id="fb-time").json()["data"][0]["created_at"]
    assert [f["id"] for f in house.get("/v1/feedback", trace_id="fb-time", time_of_generation_min=at).json()["data"]] == [second]
    page = house.get("/v1/feedback", trace_id="fb-time", time_of_generation_max=at).json()
    assert [f["value"] for f in page["data"]] == [1]
    refused(house.get("/v1/feedback", time_of_generation_max="noon"), 400, "bad-filter", "time_of_generation_max")
    refused(house.get("/v1/feedback", page_size="0"), 400, "bad-filter", "page_size")
    refused(house.get("/v1/feedback", cursor="x"), 400, "bad-filter", "cursor")


# -- who may ---------------------------------------------------------------------------------------------------


def test_scopes_and_workspaces_hold(house: House) -> None:
    locked, catalog = house.variant(auth="on"), house.parts.catalog
    writer = {"x-portkey-api-key": catalog.create_key("w", ["feedback.write"])[0]}
    reader = {"x-portkey-api-key": catalog.create_key("r", ["logs.list"])[0]}
    body = {"trace_id": "fb-scopes", "value": 1}
    refused(locked.call("POST", "/v1/feedback", body), 401, "key-required")
    refused(locked.call("POST", "/v1/feedback", body, reader), 403, "scope-missing")
    refused(locked.call("GET", "/v1/feedback", None, writer), 403, "scope-missing")
    (feedback_id,) = give(locked, body, **writer)
    for method in ("PUT", "POST", "DELETE"):
        refused(locked.call(method, f"/v1/feedback/{feedback_id}", {"value": 2}, reader), 403, "scope-missing")
    (found,), known = of(house, "fb-scopes"), catalog.keys()
    assert found["api_key_id"] == {key.name: key.id for key in known}["w"]


def test_feedback_is_a_field_of_the_query_language(house: House) -> None:
    for name in ("up", "down", "none"):
        house.store(chat(trace_id=f"fb-language-{name}"))
    give(house, {"trace_id": "fb-language-up", "value": 6, "weight": 0.5}, {"trace_id": "fb-language-down", "value": -1})

    def matching(q: str) -> set[str]:
        rows = house.list(q=f"{q} trace:fb-language-up,fb-language-down,fb-language-none")["data"]
        return {row["trace_id"].removeprefix("fb-language-") for row in rows}

    assert matching("has:feedback") == {"up", "down"}
    assert matching("-has:feedback") == {"none"}
    assert matching("feedback:>=3") == {"up"}
    assert matching("feedback:<0") == {"down"}
    assert matching("-feedback:>0") == {"down", "none"}


def test_lists_take_relative_times(house: House) -> None:
    give(house, {"trace_id": "fb-relative", "value": 1})
    house.clock.advance(7200)
    give(house, {"trace_id": "fb-relative", "value": 2})

    def values(**parameters: str) -> list[int]:
        return [each["value"] for each in house.get("/v1/feedback", trace_id="fb-relative", **parameters).json()["data"]]

    assert values(**{"from": "-1h"}) == [2]
    assert values(to="-1h") == [1]
    assert values(**{"from": "-3h", "to": "now"})[-1] == 1
    refused(house.get("/v1/feedback", **{"from": "noon-ish"}), 400, "bad-filter", "from")
