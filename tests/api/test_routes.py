"""The map: every route with and without /v1, with and without a trailing slash, under a prefix too (A1)."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from portlog.api.routes import ROUTES, Route
from tests.api.conftest import House, refused
from tests.samples import chat

# What answers and ends; of the stream, which does not, test_stream.py and the program's own tests tell.
ENDING = [route for route in ROUTES if route.path != "/logs/stream"]
NAMES = [f"{route.method} {route.path}" for route in ENDING]


def path_of(route: Route, log_id: str) -> str:
    names = {"{id}": log_id, "{trace_id:path}": "t", "{session:path}": "s", "{path:path}": "logs", "{groupBy}": "model", "{key:path}": "a/b.c"}
    path = route.path
    for name, value in names.items():
        path = path.replace(name, value)
    return path


def answer(house: House, route: Route, path: str) -> tuple[int, Any]:
    """Status and body, without what differs from call to call."""
    body = chat(trace_id="t") if route.path == "/logs" and route.method == "POST" else {"key": "x"} if route.method == "POST" else None
    reply = house.call(route.method, path, body)
    if reply.headers.get("content-type") != "application/json":
        return reply.status_code, reply.headers.get("content-type")
    value = reply.json()
    for name in ("ids", "id", "updated_at", "revoked_at", "name", "hint", "feedback_ids", "feedback_id", "logs", "total", "data", "next_cursor", "has_more"):
        value.pop(name, None)
    if route.path == "/demo":  # how many there are to remove is another test's matter
        value = {name: value[name] for name in value.keys() - {"count", "message"}}
    return reply.status_code, value


@pytest.mark.parametrize("route", ENDING, ids=NAMES)
def test_a_route_answers_alike_in_each_of_its_spellings(house: House, route: Route) -> None:
    (log_id,) = house.store(chat(trace_id="t", metadata={"_session": "s"}))
    plain = answered(house, route, log_id, "", "")
    assert plain[0] != 404
    spellings = [("", "/")] if route.path != "/" and not route.path.startswith("/ui") else []
    if route.versioned:
        spellings += [("/v1", ""), ("/v1", "/")]
    for before, behind in spellings:
        assert answered(house, route, log_id, before, behind) == plain, (before, behind)


def answered(house: House, route: Route, log_id: str, before: str, behind: str) -> tuple[int, Any]:
    """The answer of a route about a log, or about something that is made for it: a DELETE is answered once."""
    made = id_for(house, route) or log_id
    status, value = answer(house, route, f"{before}{path_of(route, made)}{behind}")
    return status, json.loads(json.dumps(value).replace(made, "{id}"))


def id_for(house: House, route: Route) -> str:
    """The id of something that the route is about; "" for a log."""
    found = ""
    if route.path.startswith("/reprocess/"):
        found = house.call("POST", "/v1/reprocess", {"since": "2026-01-01", "until": "2026-01-02"}).json()["id"]
    elif route.path.startswith("/feedback/"):
        (found,) = house.call("POST", "/v1/feedback", {"trace_id": "t", "value": 1}).json()["feedback_ids"]
    elif route.path.startswith("/logs/exports/"):
        found = house.call("POST", "/v1/logs/exports").json()["id"]
    elif start := next((each for each in MADE if route.path.startswith(f"{each}/")), ""):
        found = house.call("POST", f"/v1{start}", MADE[start] | {"name": f"made {next(NUMBERS)}"}).json()["id"]
    return str(found)


# What is made by a POST of this body, under a name of its own.
MADE: dict[str, dict[str, Any]] = {"/views": {}, "/api-keys": {}, "/prices": {"percent": 1}}
NUMBERS = itertools.count()


OTLP = {"/v1" * route.versioned + route.path for route in ROUTES if route.signal}


@pytest.mark.parametrize(
    "route", [r for r in ROUTES if not r.versioned and r.path != "/" and f"/v1{r.path}" not in OTLP], ids=lambda r: r.path
)
def test_what_is_no_api_is_not_under_v1(house: House, route: Route) -> None:
    refused(house.call(route.method, "/v1" + path_of(route, "x")), 404, "not-found")


@pytest.mark.parametrize("route", ENDING, ids=NAMES)
def test_a_route_is_served_under_the_prefix_of_a_proxy(house: House, route: Route) -> None:
    (log_id,) = house.store(chat(trace_id="t"))
    under, path = house.variant(root_path="/portlog"), path_of(route, log_id)
    assert answer(under, route, "/portlog" + path) == answer(under, route, path)


@pytest.mark.parametrize("route", [r for r in ENDING if r.method == "GET"], ids=lambda r: r.path)
def test_head_is_get_without_a_body(house: House, route: Route) -> None:
    (log_id,) = house.store(chat(trace_id="t"))
    path = path_of(route, log_id)
    assert house.call("HEAD", path).status_code == house.get(path).status_code


def test_routes_are_in_an_order_in_which_none_hides_another() -> None:
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)


def test_the_root_leads_to_the_dashboard(house: House) -> None:
    for path in ("/", "/ui"):
        reply = house.get(path)
        assert (reply.status_code, reply.headers["location"]) == (307, "/ui/")
    assert house.variant(root_path="/portlog").get("/portlog/").headers["location"] == "/portlog/ui/"


def test_health_asks_the_store(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert house.get("/healthz").json() == {"status": "ok"}

    async def away() -> None:
        from portlog.errors import PortlogError

        raise PortlogError("store-unavailable", "away")

    monkeypatch.setattr(house.parts.questions, "ping", away)
    refused(house.get("/healthz"), 503, "store-unavailable")


def test_metrics_are_in_prometheus_form_and_count(house: House) -> None:
    house.store([chat(), chat()])
    reply = house.get("/metrics")
    assert reply.headers["content-type"].startswith("text/plain")
    lines = dict(line.rsplit(" ", 1) for line in reply.text.splitlines() if not line.startswith("#"))
    assert float(lines["portlog_logs_accepted_total"]) >= 2
    assert float(lines["portlog_logs_applied_total"]) <= float(lines["portlog_logs_accepted_total"])
