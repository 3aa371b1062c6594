"""Whole logs through the application: stored as they were, once, into the caller's workspace; what is no such log is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.conftest import House, refused
from tests.api.test_exports import export, lines, of_user
from tests.samples import chat

PATH = "/v1/logs/import"


def post(house: House, *lines_: Any, **more: Any) -> Any:
    return house.call("POST", PATH, b"\n".join(json.dumps(line).encode() for line in lines_), **more)


def whole(house: House, user: str, count: int = 1, **fields: Any) -> list[dict[str, Any]]:
    """Lines of whole logs that the store has."""
    house.store([chat(f"question {i}", metadata={"_user": user, "n": i}, **fields) for i in range(count)])
    return lines(export(house, filters=of_user(user), format="portlog"))


def elsewhere(line: dict[str, Any], nth: int = 1) -> dict[str, Any]:
    """The line with an id that no store has, of the same time."""
    tail = hashlib.sha256(f"{line['id']}/{nth}".encode()).hexdigest()[:12]
    return line | {"id": line["id"][:-12] + tail}


def stored(house: House, user: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = house.list(user=user, page_size=1000)["data"]
    return found


def test_a_log_is_stored_as_it_was_and_once(house: House) -> None:
    (line,) = whole(house, "once")
    other = elsewhere(line)
    for new in (1, 0):
        reply = post(house, other, other, line).json()
        assert (reply["count"], reply["new"]) == (3, new)
    assert sorted(row["id"] for row in stored(house, "once")) == sorted([line["id"], other["id"]])
    first, second = house.log(line["id"]), house.log(other["id"])
    differ = {"_id": second["_id"], "metrics": first["metrics"] | {"id": second["_id"]}}
    assert first | differ == second


def test_a_later_revision_takes_the_place_of_an_earlier_one_only(house: House) -> None:
    (line,) = whole(house, "revised")
    later = line | {"revision": 3, "model": "later"}
    assert post(house, later, line | {"revision": 2, "model": "between"}).json()["new"] == 1
    assert [row["ai_model"] for row in stored(house, "revised")] == ["later"]
    assert post(house, line | {"revision": 1, "model": "earlier"}).json()["new"] == 0
    assert post(house, later | {"model": "same revision"}).json()["new"] == 0
    assert [row["ai_model"] for row in stored(house, "revised")] == ["later"]


def test_what_was_derived_is_not_derived_again(house: House) -> None:
    (line,) = whole(house, "derived")
    told = {"model": "another", "total_tokens": 7, "cost_usd": 9.5, "cost_source": "sent", "preview": "as it was", "derived_by": "old rules"}
    post(house, elsewhere(line) | told)
    log = house.log(elsewhere(line)["id"])
    assert (log["metrics"]["ai_model"], log["total_tokens"], log["cost_usd"]) == ("another", 7, 9.5)
    found = {each["id"]: each for each in lines(export(house, filters=of_user("derived"), format="portlog"))}
    assert found[elsewhere(line)["id"]]["derived_by"] == "old rules"


def test_links_of_a_trace_come_along(house: House) -> None:
    (line,) = whole(house, "linked")
    post(house, elsewhere(line) | {"user_from": "span-1", "session": "s", "session_from": "span-2", "duplicate_of": "t/s", "counts": 0})
    log = house.log(elsewhere(line)["id"])
    assert (log["user"], log["user_from"], log["session"], log["session_from"]) == ("linked", "span-1", "s", "span-2")
    assert (log["duplicate_of"], log["counts"]) == ("t/s", False)


def test_logs_go_into_the_callers_workspace_and_replace_nobody_elses(house: House) -> None:
    (line,) = whole(house, "workspace")
    with house.parts.catalog._transaction() as db:
        db.execute("INSERT OR IGNORE INTO workspaces VALUES ('other', 'Other', 0)")
    text, _ = house.parts.catalog.create_key("other", ("logs.import", "logs.list"), "other")
    guarded, key = house.variant(auth="on"), {"x-portkey-api-key": text}
    assert post(guarded, elsewhere(line, 7), headers=key).json()["new"] == 1
    assert post(guarded, line | {"revision": 9, "model": "taken over"}, headers=key).status_code == 200
    assert [row["workspace_slug"] for row in guarded.get("/v1/logs", key, user="workspace").json()["data"]] == ["other"]
    assert [row["ai_model"] for row in stored(house, "workspace")] == ["gpt-4o-mini-2024-07-18"]


def test_credentials_in_a_line_do_not_reach_the_disk(house: House) -> None:
    (line,) = whole(house, "secrets")
    odd = {"request_headers": {"authorization": "Bearer x"}, "request_url": "https://h/x?key=abc", "config": '{"api_key":"s"}'}
    post(house, elsewhere(line) | odd)
    log = house.log(elsewhere(line)["id"])
    assert log["request"]["headers"] == {"authorization": "[REDACTED]"}
    assert (log["request"]["url"], log["metrics"]["config"]) == ("https://h/x?key=[REDACTED]", '{"api_key":"[REDACTED]"}')


def test_a_server_that_keeps_no_bodies_keeps_none_of_imports(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    (line,) = whole(house, "metrics only")
    monkeypatch.setattr(house.parts.ingest, "_keep_bodies", False)
    post(house, elsewhere(line))
    log = house.log(elsewhere(line)["id"])
    assert (log["tracked"], log["total_tokens"], "body" in log["request"], "question" in json.dumps(log)) == (False, 16, False, False)


def test_feedback_comes_along_once(house: House) -> None:
    (line,) = whole(house, "rated", trace_id="rated-trace")
    house.call("POST", "/v1/feedback", {"trace_id": "rated-trace", "value": 5, "weight": 0.5, "metadata": {"_user": "rater"}})
    (line,) = lines(export(house, filters=of_user("rated"), format="portlog"))
    (given,) = line["feedback"]
    before = house.get("/v1/feedback", trace_id="rated-trace").json()["data"]
    moved = elsewhere(line) | {"trace_id": "moved-trace", "feedback": [given | {"id": given["id"][:-12] + "0" * 12}]}
    for _ in range(2):
        assert post(house, line, moved).status_code == 200
    assert house.get("/v1/feedback", trace_id="rated-trace").json()["data"] == before
    (found,) = house.get("/v1/feedback", trace_id="moved-trace").json()["data"]
    assert (found["value"], found["weight"], found["created_at"]) == (5, 0.5, before[0]["created_at"])


def otlp(trace_id: str, span_id: str, parent: str = "") -> dict[str, Any]:
    span = {"traceId": trace_id, "spanId": span_id, "parentSpanId": parent, "name": "chain", "kind": 1,
            "startTimeUnixNano": "1795000000000000000", "endTimeUnixNano": "1795000001000000000"}  # fmt: skip
    return {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}


def test_a_span_that_was_imported_is_known_when_it_comes_again(house: House) -> None:
    """The applier's memory of a trace is not older than an import."""
    first, second, root, child = "1" * 32, "2" * 32, "a" * 16, "b" * 16
    for trace_id, span_id, parent in ((first, root, ""), (first, child, root), (second, root, "")):
        assert house.call("POST", "/v1/traces", otlp(trace_id, span_id, parent)).status_code == 200
    assert len(house.list(trace_id=second)["data"]) == 1
    line = next(line for line in lines(export(house, filters={"trace_id": first}, format="portlog")) if line["span_id"] == child)
    post(house, elsewhere(json.loads(json.dumps(line).replace(first, second))))
    assert house.call("POST", "/v1/traces", otlp(second, child, root)).status_code == 200
    assert [row["span_id"] for row in house.list(trace_id=second, order_by_type="asc")["data"]].count(child) == 1


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda line: line.pop("id"), "id"),
        (lambda line: line.update(id="x"), "UUID"),
        (lambda line: line.update(created_at="2026-01-01T00:00:00.000Z"), "not of its created_at"),
        (lambda line: line.update(created_at="then"), "created_at"),
        (lambda line: line.update(portlog=2), "version 2"),
        (lambda line: line.update(kind="dream"), "kind"),
        (lambda line: line.update(outcome=""), "outcome"),
        (lambda line: line.update(status="200"), "status"),
        (lambda line: line.update(total_tokens=-1), "total_tokens"),
        (lambda line: line.update(total_tokens=2**32), "total_tokens"),
        (lambda line: line.update(tags="x"), "tags"),
        (lambda line: line.update(metadata={"a": 1}), "metadata"),
        (lambda line: line.update(metadata_raw=[1]), "metadata_raw must be an object"),
        (lambda line: line.update(raw="x"), "raw must be an object"),
        (lambda line: line.update(request_headers={"a": 1}), "request_headers must be an object of texts"),
        (lambda line: line.update(warnings=[{"path": "x"}]), "warnings"),
        (lambda line: line.update(feedback=[{"id": "x", "value": 1, "created_at": "2026-01-01", "updated_at": "2026-01-01"}]), "feedback"),
        (lambda line: line.update(feedback=[{"value": 11}]), "feedback"),
    ],
)
def test_a_line_that_is_no_whole_log_is_refused_with_all_others(house: House, spoil: Callable[[Any], Any], said: str) -> None:
    if not (good := lines(export(house, filters=of_user("spoilt"), format="portlog"))):
        good = whole(house, "spoilt")
    before = house.count()
    line = dict(elsewhere(good[0], 2))
    spoil(line)
    message = refused(post(house, elsewhere(good[0], 3), line), 400, "request-validation")
    assert message.startswith("[1]") and said in message
    assert house.count() == before


@pytest.mark.parametrize("text", [b'{"a": 1, "a": 2}', b"1e999", b'"\\ud800"', b"[" * 300 + b"]" * 300], ids=["twice", "infinite", "surrogate", "deep"])
def test_a_body_that_cannot_be_given_back_is_refused(house: House, text: bytes) -> None:
    good = lines(export(house, filters=of_user("bodies"), format="portlog")) or whole(house, "bodies")
    line = json.dumps(elsewhere(good[0]) | {"request_body": "HERE"}).encode().replace(b'"HERE"', text)
    reply = house.call("POST", PATH, line)
    assert reply.status_code == 400 and reply.json()["message"].startswith("[0]"), reply.text


def test_a_preview_of_whole_logs_shows_them(house: House) -> None:
    found = whole(house, "shown", 2)
    reply = house.call("POST", "/v1/logs/exports/preview", {"filters": of_user("shown"), "format": "portlog"}).json()
    assert reply["rows"] == found


def test_whole_logs_hold_what_may_not_be_exported(house: House) -> None:
    house.parts.exports.denied = ("request",)
    try:
        refused(house.call("POST", "/v1/logs/exports", {"format": "portlog"}), 400, "field-denied")
    finally:
        house.parts.exports.denied = ()


def test_an_import_needs_its_scope(house: House) -> None:
    text, _ = house.parts.catalog.create_key("writer", ("logs.write",))
    refused(post(house.variant(auth="on"), headers={"x-portkey-api-key": text}), 403, "scope-missing")


def test_nothing_is_something_to_import(house: House) -> None:
    assert house.call("POST", PATH, b"\n \n").json()["count"] == 0
