"""Saved views through the API: kept as they were typed, bounded, a name once, eight pinned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.api.conftest import House, refused

FULL = {
    "name": "Slow errors \u202e", "q": 'status:5xx latency:>2s "rate limit" sort:latency', "from": "-24h", "to": "", "page": "logs",
    "columns": ["time", "model", "metadata.a b"], "pinned": True,
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_views(house: House) -> Iterator[None]:
    """Each test begins without views."""
    yield
    for view in all_views(house):
        house.call("DELETE", f"/v1/views/{view['id']}")


def all_views(house: House) -> list[dict[str, Any]]:
    body = house.get("/v1/views").json()
    assert (body["object"], body["total"]) == ("list", len(body["data"]))
    views: list[dict[str, Any]] = body["data"]
    return views


def post(house: House, **fields: Any) -> httpx.Response:
    return house.call("POST", "/v1/views", fields)


def saved(house: House, **fields: Any) -> dict[str, Any]:
    reply = post(house, **fields)
    assert reply.status_code == 200, reply.text
    view: dict[str, Any] = reply.json()
    return view


def test_a_view_is_given_back_as_it_was_saved(house: House) -> None:
    view = saved(house, **FULL)
    assert {name: view[name] for name in FULL} == FULL
    assert view["object"] == "view" and view["created_at"] == view["updated_at"]
    assert house.get(f"/v1/views/{view['id']}").json() == view
    assert all_views(house) == [view]


def test_a_name_alone_is_a_view(house: House) -> None:
    view = saved(house, name=" all ")
    assert {name: view[name] for name in FULL} == {
        "name": "all", "q": "", "from": "", "to": "", "page": "logs", "columns": None, "pinned": False
    }  # fmt: skip


def test_a_change_keeps_what_it_leaves_out(house: House) -> None:
    view = saved(house, **FULL)
    house.clock.advance(5)
    reply = house.call("PUT", f"/v1/views/{view['id']}", {"name": "renamed", "pinned": False})
    assert reply.status_code == 200
    changed = reply.json()
    assert changed["updated_at"] > changed["created_at"] == view["created_at"]
    assert changed | {"updated_at": ""} == view | {"name": "renamed", "pinned": False, "updated_at": ""}
    assert house.call("PUT", f"/v1/views/{view['id']}", {"columns": None}).json()["columns"] is None
    assert house.call("PUT", f"/v1/views/{view['id']}", {}).json()["name"] == "renamed"


def test_views_are_listed_by_name(house: House) -> None:
    for name in ("b", "c", "a"):
        saved(house, name=name)
    assert [view["name"] for view in all_views(house)] == ["a", "b", "c"]


def test_a_deleted_view_is_gone(house: House) -> None:
    view = saved(house, name="gone")
    assert house.call("DELETE", f"/v1/views/{view['id']}").json() == view
    for method in ("GET", "PUT", "DELETE"):
        refused(house.call(method, f"/v1/views/{view['id']}", {} if method == "PUT" else None), 404, "not-found")


def test_a_name_is_free_or_409(house: House) -> None:
    saved(house, name="taken")
    other = saved(house, name="other")
    refused(post(house, name="taken "), 409, "conflict", "name")
    refused(house.call("PUT", f"/v1/views/{other['id']}", {"name": "taken"}), 409, "conflict", "name")
    assert house.call("PUT", f"/v1/views/{other['id']}", {"name": "other", "q": "is:error"}).status_code == 200


def test_eight_are_pinned_and_no_more(house: House) -> None:
    for number in range(8):
        saved(house, name=f"pin {number}", pinned=True)
    ninth = saved(house, name="pin 8")
    refused(post(house, name="pin 9", pinned=True), 409, "conflict", "pinned")
    refused(house.call("PUT", f"/v1/views/{ninth['id']}", {"pinned": True}), 409, "conflict", "pinned")


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"name": ""}, "name"), ({"name": "  "}, "name"), ({"name": 7}, "name"), ({"name": "x" * 101}, "name"),
        ({"q": ["a"]}, "q"), ({"q": "x " * 2001 + "x"}, "q"), ({"from": 5}, "from"), ({"to": "x" * 65}, "to"),
        ({"page": ""}, "page"), ({"page": "../../x y"}, "page"), ({"page": "x" * 65}, "page"),
        ({"columns": "time"}, "columns"), ({"columns": ["a"] * 51}, "columns"), ({"columns": ["a", ""]}, "columns[1]"),
        ({"columns": ["a" * 201]}, "columns[0]"), ({"columns": [1]}, "columns[0]"),
        ({"pinned": "yes"}, "pinned"), ({"pinned": 1}, "pinned"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_what_is_wrong_is_named_and_saves_nothing(house: House, fields: dict[str, Any], path: str) -> None:
    refused(post(house, **{"name": "wrong"} | fields), 400, "request-validation", path)
    assert all_views(house) == []


@pytest.mark.parametrize(
    ("fields", "path"),
    [({"q": 'the "open'}, "q"), ({"q": "mdole:gpt-4o"}, "q"), ({"from": "noon-ish"}, "from"), ({"to": "2026-02-30"}, "to")],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_a_question_that_cannot_be_asked_is_not_saved(house: House, fields: dict[str, Any], path: str) -> None:
    refused(post(house, name="wrong", **fields), 400, "bad-filter", path)
    assert all_views(house) == []


def test_a_body_that_is_no_object_is_refused(house: House) -> None:
    refused(house.call("POST", "/v1/views", [FULL]), 400, "request-validation")
    refused(house.call("POST", "/v1/views", b"{"), 400, "malformed-json")
    refused(post(house, name="x", q="y" * 70_000), 413, "too-large")
