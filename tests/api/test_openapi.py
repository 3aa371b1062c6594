"""The application against its own OpenAPI document: schemathesis makes calls of it, and judges the answers.

Judged is the document with its replies closed: a member that it does not name is a fault too. Left out: the stream of
`GET /v1/logs/stream`, which does not end (test_stream.py reads it), and the pages of the dashboard.
"""

from __future__ import annotations

import itertools
import json
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from portlog.api.openapi import document, parameters_of, path_of
from portlog.api.operations import OPERATIONS, PAGES
from portlog.api.routes import ROUTES, Route
from portlog.query.graphs import GRAPHS
from tests.api.conftest import House
from tests.samples import chat

BODIES = {row.body for row in OPERATIONS.values()}
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
# Bodies whose every member is checked; the others are taken as they come: a log tolerantly, unknown members everywhere.
STRICT = {"POST /query", "POST /session"}
CALLED = [r for r in ROUTES if f"{r.method} {r.path}" not in {*PAGES, "GET /logs/stream"}]
ALIASES = {f"/analytics/graphs/{alias}" for graph in GRAPHS for alias in graph.aliases}
EXAMPLES, MANY = 2, 100  # of each kind of call
NUMBERS = itertools.count()


def closed(schema: Any) -> Any:
    """The schema, its objects without members that it does not name."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: closed(each) for name, each in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        found.setdefault("additionalProperties", False)
    return found


def judged() -> dict[str, Any]:
    """The document as it is judged by."""
    told = json.loads(json.dumps(document(ROUTES)))
    del told["servers"]
    schemas = told["components"]["schemas"]
    schemas |= {name: closed(schema) for name, schema in schemas.items() if name not in BODIES}
    return dict(told)


@schemathesis.serializer("application/x-ndjson")
def one_line(context: Any, value: Any) -> dict[str, Any]:
    return {"data": json.dumps(value).encode()}


DOCUMENT = schemathesis.openapi.from_dict(judged())


@pytest.fixture(scope="module")
def filled(house: House) -> House:
    """Something of every kind, so that replies are not all empty."""
    failed = {**chat(trace_id="t"), "response": {"status": 500, "body": {"error": {"message": "no 7 \x1b[31m"}}}}
    house.store([chat(trace_id="t", metadata={"_session": "s", "_user": "u", "env": "x"}), failed, chat()])
    house.call("POST", "/v1/feedback", {"trace_id": "t", "value": 1, "metadata": {"a": 1}})
    house.call("POST", "/v1/prices", {"percent": 1})
    house.call("POST", "/v1/prices", {"model": "m", "parts": {"input": 1, "output": 2}})
    house.call("POST", "/v1/views", {"name": "v"})
    house.clock.advance(60)  # ranges end before now
    return house


def real(house: House, route: Route) -> dict[str, str]:
    """Values of the path's parameters that lead somewhere."""
    known = {"trace_id": "t", "session": "s", "groupBy": "model", "key": "env"}
    found = {name: value for name, value in known.items() if f"{{{name}" in route.path}
    if "{id}" in route.path:
        found["id"] = made(house, route.path)
    return found


def made(house: House, path: str) -> str:
    """The id of something at a path, made for it."""
    if path.startswith("/feedback"):
        return str(house.call("POST", "/v1/feedback", {"trace_id": "t", "value": 1}).json()["feedback_ids"][0])
    bodies: dict[str, dict[str, Any]] = {
        "/logs/exports": {}, "/views": {"name": f"made {next(NUMBERS)}"}, "/api-keys": {"name": "k"}, "/prices": {"percent": 1},
        "/reprocess": {"since": "2026-01-01", "until": "2026-01-02"},
    }  # fmt: skip
    for start, body in bodies.items():
        if path.startswith(start):
            return str(house.call("POST", f"/v1{start}", body).json().get("id", "none"))
    return house.store([chat(trace_id="t")])[0]


def send(house: House, case: Any) -> httpx.Response:
    """The call, as a client would send it."""
    sent = requests.Request(**case.as_transport_kwargs(base_url="http://127.0.0.1")).prepare()

    async def answered() -> httpx.Response:
        transport = httpx.ASGITransport(app=house.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.request(sent.method, sent.url, content=sent.body, headers=dict(sent.headers))

    reply: httpx.Response = house.run(answered())
    return reply


# Values that are right, since what schemathesis makes up for a text is seldom a query, a time or a list of names.
SENSIBLE: dict[str, list[str]] = {
    "q": ["hello", "model:gpt-4o*", "-status:200 sort:cost", "outcome:error OR tokens>1", "trace_id:t"],
    "from": ["-7d", "2026-11-01"], "to": ["now", "2026-11-30"], "status_code": ["200,5xx"], "kind": ["llm"], "user": ["u"],
    "page_size": ["1", "100"], "include_total": ["true", "false"], "utc_offset_minutes": ["-90"], "trace_id": ["t"],
    "order_by": ["cost", "requests", "count"], "split_by": ["model", "metadata.env"], "compare": ["previous"],
    "columns": ["cost,last_seen,users,avg_weighted_feedback"], "fields": ["model", "status,metadata"], "search": ["gpt"],
    "detail": ["light", "full"], "buckets": ["7"], "limit": ["1"], "timeout_ms": ["60000"], "current_page": ["0", "1"],
    "metadata": ['{"env":"x"}'], "weighted_feedback_min": ["-10"], "cost_max": ["5"], "if-none-match": ["*"],
}  # fmt: skip
RIGHT: dict[str, Any] = {
    "POST /logs": chat(), "POST /logs/gateway": chat(), "POST /logs/webhook": [chat(), {}],
    "POST /query": {"sql": "SELECT model, count() FROM logs GROUP BY model", "limit": 5},
    "POST /logs/exports": {"filters": {"trace_id": "t"}}, "POST /logs/exports/preview": {"q": "hello"},
    "PUT /logs/exports/{id}": {"format": "csv", "gzip": True}, "POST /feedback": {"trace_id": "t", "value": -1, "weight": 0.5},
    "PUT /feedback/{id}": {"value": 2}, "POST /feedback/{id}": {}, "POST /views": {"name": "seen once", "columns": ["model"]},
    "PUT /views/{id}": {"pinned": True}, "POST /api-keys": {"name": "k"}, "POST /reprocess": {"since": "2026-01-01"},
    "POST /prices": {"model": "n", "parts": {"input": 1, "output": 2}}, "POST /logs/import": {},
}  # fmt: skip


def walk(house: House, route: Route, examples: int) -> None:
    operation, key = DOCUMENT[path_of(route)][route.method], f"{route.method} {route.path}"
    media = {"media_type": "application/json"} if route.signal else {}
    tries(house, examples, sensible(house, route), CHECKS)
    tries(house, examples, operation.as_strategy(GenerationMode.POSITIVE, **media), CHECKS)
    if "{" in route.path:
        there = operation.as_strategy(GenerationMode.POSITIVE, path_parameters=real(house, route), **media)
        tries(house, examples, there, CHECKS)
    if "{" in route.path or parameters_of(route) or OPERATIONS[key].body:
        strict = [checks.negative_data_rejection] if key in STRICT else []
        tries(house, examples, operation.as_strategy(GenerationMode.NEGATIVE, **media), [*CHECKS, *strict])


def sensible(house: House, route: Route) -> st.SearchStrategy[Any]:
    """Calls that are right, of what is really there."""
    operation, key, path = DOCUMENT[path_of(route)][route.method], f"{route.method} {route.path}", real(house, route)
    media = "application/x-ndjson" if OPERATIONS[key].lines else "application/json"
    body = {"body": RIGHT[key], "media_type": media} if key in RIGHT else {}

    def values(where: str) -> st.SearchStrategy[dict[str, str]]:
        names = [each.name for each in parameters_of(route) if each.where == where and each.name in SENSIBLE]
        return st.fixed_dictionaries({}, optional={name: st.sampled_from(SENSIBLE[name]) for name in names})

    return st.builds(
        lambda query, headers: operation.Case(path_parameters=path, query=query, headers=headers, **body),
        values("query"), values("header"),
    )  # fmt: skip


def tries(house: House, examples: int, cases: st.SearchStrategy[Any], judges: list[Any]) -> None:
    @seed(1)
    @settings(max_examples=examples, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(case=cases)
    def one(case: Any) -> None:
        case.validate_response(send(house, case), checks=judges)

    one()


@pytest.mark.parametrize("route", [r for r in CALLED if r.path not in ALIASES], ids=lambda route: f"{route.method} {route.path}")
def test_a_route_answers_as_the_document_says(filled: House, route: Route) -> None:
    walk(filled, route, EXAMPLES)


@pytest.mark.slow
@pytest.mark.parametrize("route", CALLED, ids=lambda route: f"{route.method} {route.path}")
def test_a_route_answers_as_the_document_says_for_long(filled: House, route: Route) -> None:
    walk(filled, route, MANY)


def test_the_document_is_served_without_a_key(house: House) -> None:
    locked = house.variant(auth="on")
    reply = locked.get("/openapi.json")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")
    assert reply.json() == document(ROUTES)
    assert locked.get("/v1/logs").status_code == 401
