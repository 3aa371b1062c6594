"""Every method of the real SDKs' analytics, from PyPI and npm, against the running program: typed values and numbers hold."""

from __future__ import annotations

import asyncio
import inspect
import json
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from portkey_ai import AsyncPortkey, Portkey
from portkey_ai.api_resources import exceptions
from portkey_ai.api_resources.apis import analytics
from portkey_ai.api_resources.types.analytics_type import (
    AnalyticsGraphResponse,
    AnalyticsGroupResponse,
    AnalyticsSummaryResponse,
)

from tests.e2e.program import DEADLINE_SECONDS, Server
from tests.e2e.test_sdks import NODE_SDK, log, node

# In the middle of an hour: all requests are in one bucket, whenever the tests run.
NOW = datetime.now(UTC).replace(minute=30, second=0, microsecond=0) - timedelta(hours=1)
# An offset that is not Z: its plus must survive each SDK's encoding.
RANGE = {
    "time_of_generation_min": (NOW - timedelta(hours=24)).astimezone().isoformat(),
    "time_of_generation_max": (NOW + timedelta(hours=3)).isoformat(),  # feedback is given when the tests come to it
}
GROUP = {"columns": "cost,avg_tokens,p99_latency,success_rate,last_seen", "include_total": True}
REQUESTS, FAILED, HITS = 12, 3, 2


def stored() -> list[dict[str, Any]]:
    """12 requests of 3 users: 3 failed, 2 were hits, 1 was retried."""
    logs = []
    for n in range(REQUESTS):
        each = log(_user=f"user-{n % 3}", team="search" if n % 2 else "ads", trace_id=f"analytics-{n // 2}", span_id=f"a-{n}")
        headers = {"x-portkey-cache-status": "HIT"} if n < HITS else {}
        if n == 4:
            headers = {"x-portkey-retry-attempt-count": "2", "x-portkey-last-used-option-index": "config.targets[1]"}
        each["response"]["headers"] = headers
        each["response"]["response_time"] = 100 * (n + 1)
        if n >= REQUESTS - FAILED:
            each["response"] |= {"status": 429, "body": {"error": {"message": "slow down"}}}
        each["created_at"] = (NOW - timedelta(minutes=n)).isoformat()
        logs.append(each)
    return logs


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server with 12 requests and feedback on two of their traces."""
    server = Server(tmp_path_factory.mktemp("analytics") / "data", {"read_wait_ms": 60_000})
    client = Portkey(base_url=f"{server.url}/v1", api_key="any")
    client._post("/logs", body=stored(), params=None, cast_to=None, stream=False, stream_cls=None, headers={})
    client.feedback.create(trace_id="analytics-0", value=5, weight=0.5)
    client.feedback.create(trace_id="analytics-1", value=-2)
    client._client.close()
    client.openai_client.close()
    yield server
    server.kill()


@pytest.fixture(params=["/v1", ""], ids=["with /v1", "without /v1"])
def url(server: Server, request: pytest.FixtureRequest) -> str:
    """Both forms of base URL that the vendor's documents give."""
    return f"{server.url}{request.param}"


# What each method answers, by the names of Python's; Node's are told beside.
GRAPHS: Mapping[str, dict[str, Any]] = {
    "requests": {"total": REQUESTS},
    "cost": {},
    "latency": {"avg": 650, "p50": 600, "p90": 1100, "p99": 1200},
    "tokens": {"total": 16 * (REQUESTS - FAILED), "avg": 12},
    "users": {"total": 3},
    "users_requests": {"total": REQUESTS, "unique": 3, "avg": 4},
    "errors": {"total": FAILED},
    "errors_rate": {"rate": 25},
    "errors_stacks": {"total": FAILED},
    "errors_status_codes": {"total_errors": FAILED, "unique_error_codes": 1},
    "requests_rescued": {"retry": 1, "fallback": 1},
    "cache_hit_rate": {"total": HITS, "rate": pytest.approx(100 / 6)},
    "cache_latency": {},
    "feedbacks": {"total": 2},
    "feedbacks_scores": {"total": 2},
    "feedbacks_weighted": {"avg": 0.25},
    "feedbacks_ai_models": {},
}
NODE_NAMES = {
    "users_requests": "usersRequests", "errors_stacks": "errors_stack", "errors_status_codes": "errors_status_code",
    "feedbacks_scores": "feedbacks_score", "feedbacks_ai_models": "feedback_ai_models",
}  # fmt: skip


def assert_graph(name: str, summary: Mapping[str, Any], points: list[dict[str, Any]]) -> None:
    """The summary's numbers, and points that add up to them."""
    assert {key: summary[key] for key in GRAPHS[name]} == GRAPHS[name], name
    if name == "cost":
        assert summary["total"] == pytest.approx(sum(point["total"] for point in points))
        assert 0 < summary["total"] < 1
        assert summary["avg"] == pytest.approx(summary["total"] / REQUESTS)
    if name in ("requests", "tokens", "errors", "feedbacks", "feedbacks_scores"):
        assert sum(point["total"] for point in points) == summary["total"]
    if name == "errors_status_codes":
        assert points == [{"status_code": 429, "count": FAILED}]
    if name == "requests_rescued":
        assert [each for point in points for each in point["retry"]] == [{"retry_success_count": 2, "count": 1}]
    if name == "cache_latency":
        assert {point["avg"] for point in points} - {0} == {150}
    if name == "cache_hit_rate":
        assert points[-1]["cumulative_simple_cache_savings"] > 0
        assert points[-1]["cumulative_semantic_cache_savings"] == 0
    if name == "feedbacks_scores":
        assert points == [{"score": -2, "total": 1}, {"score": 5, "total": 1}]
    if name == "feedbacks_ai_models":
        assert points == [{"ai_model": "gpt-4o-mini-2024-07-18", "total": 2, "avg_weighted_feedback": 0.25}]


def methods(part: type) -> list[str]:
    return [name for name, _ in inspect.getmembers(part, inspect.isfunction) if not name.startswith("_")]


@pytest.fixture(scope="module")
def python(server: Server) -> Iterator[Portkey]:
    client = Portkey(base_url=f"{server.url}/v1", api_key="any")
    yield client
    client._client.close()
    client.openai_client.close()


def test_these_are_all_methods_of_the_sdk() -> None:
    """A release with one more fails here, not at a user."""
    assert set(methods(analytics.AnalyticsGraphs)) == set(GRAPHS)
    assert set(methods(analytics.AnalyticsGroups)) == {"users", "ai_models", "workspaces", "metadata", "group_by"}
    assert set(methods(analytics.AnalyticsSummary)) == {"cache"}


@pytest.mark.parametrize("name", GRAPHS)
def test_python_reads_every_graph(python: Portkey, name: str) -> None:
    reply = getattr(python.analytics.graphs, name)(**RANGE)
    assert isinstance(reply, AnalyticsGraphResponse)
    assert reply.object == "analytics-graph"
    assert_graph(name, reply["summary"], reply["data_points"])


def test_python_reads_every_graph_without_v1(server: Server) -> None:
    """And asynchronously."""

    async def run() -> list[AnalyticsGraphResponse]:
        client = AsyncPortkey(base_url=server.url, api_key="any")
        replies = [await getattr(client.analytics.graphs, name)(**RANGE) for name in GRAPHS]
        assert (await client.analytics.summary.cache(**RANGE))["summary"]["hits"] == HITS
        assert (await client.analytics.groups.ai_models(**RANGE)).total == 2
        await client._client.aclose()
        await client.openai_client.close()
        return replies

    for name, reply in zip(GRAPHS, asyncio.run(run()), strict=True):
        assert_graph(name, reply["summary"], reply["data_points"])


def test_python_reads_every_group(python: Portkey) -> None:
    groups = python.analytics.groups
    users = groups.users(**RANGE, page_size=2, current_page=0, order_by="cost", order_by_type="desc")
    assert isinstance(users, AnalyticsGroupResponse)
    assert (users.object, users.total, len(users.data)) == ("list", 3, 2)
    assert all(isinstance(row["requests"], str) and isinstance(row["cost"], str) for row in users.data)
    models = groups.ai_models(**RANGE).data
    assert models == [{"ai_model": "gpt-4o-mini-2024-07-18", "requests": "9", "object": "analytics-group"},
                      {"ai_model": "gpt-4o-mini", "requests": "3", "object": "analytics-group"}]  # fmt: skip
    assert [row["requests"] for row in groups.workspaces(**RANGE).data] == [REQUESTS]
    teams = groups.metadata(metadata_key="team", **RANGE)
    assert {row["metadata_value"]: row["requests"] for row in teams.data} == {"ads": 6, "search": 6}
    assert {row["metadata_value"]: row["requests_with_feedback"] for row in teams.data} == {"ads": 2, "search": 2}
    for group_by in ("ai_service", "model", "status_code", "api_key", "config", "workspace", "provider", "prompt"):
        reply = groups.group_by(group_by=group_by, **RANGE, **GROUP)
        assert sum(row["requests"] for row in reply.data) == REQUESTS, group_by
        wanted = {group_by, "requests", "object", *GROUP["columns"].split(",")}  # type: ignore[union-attr]
        assert {frozenset(row) for row in reply.data} == {frozenset(wanted)}
        assert reply.total == len(reply.data)


def test_python_reads_the_summary_of_the_cache(python: Portkey) -> None:
    reply = python.analytics.summary.cache(**RANGE)
    assert isinstance(reply, AnalyticsSummaryResponse)
    assert reply.object == "analytics-summary"
    summary = reply["summary"]
    assert (summary["hits"], summary["avg_latency"], summary["total_requests"]) == (HITS, 150, REQUESTS)
    assert summary["cache_speedup"] == pytest.approx(100 * (750 - 150) / 750)


def test_python_filters(python: Portkey) -> None:
    graphs = python.analytics.graphs
    filters = {"status_code": "429,500", "ai_org_model": "openai__gpt-4o*", "metadata": '{"team": "search"}', "total_units_min": 0,
               "cost_min": 0.0, "cache_status": "HIT", "workspace_slug": "any-slug", "virtual_keys": ""}  # fmt: skip
    asked = {name: filters[name] for name in ("status_code", "metadata", "workspace_slug", "virtual_keys")}
    assert graphs.requests(**RANGE, **asked)["summary"]["total"] == 2
    assert graphs.requests(**RANGE, cache_status="HIT", cost_min=0.0)["summary"]["total"] == HITS
    assert graphs.requests(**RANGE, ai_org_model=filters["ai_org_model"], total_units_min=1)["summary"]["total"] == REQUESTS - FAILED


def test_python_is_told_what_is_wrong(python: Portkey) -> None:
    with pytest.raises(exceptions.BadRequestError, match="time_of_generation_min must be an ISO 8601 time"):
        python.analytics.graphs.cost(time_of_generation_min="soon", time_of_generation_max="2026-11-20")
    with pytest.raises(exceptions.BadRequestError, match="columns has no column 'mood'"):
        python.analytics.groups.group_by(group_by="model", columns="mood", **RANGE)


def test_node_reads_everything(url: str) -> None:
    plan = {"client": {"baseURL": url, "apiKey": "any"}, "query": RANGE, "metadataKey": "team", "groupBy": "model", "groupQuery": GROUP}
    done = subprocess.run(  # noqa: S603 - our own script
        [node(), "analytics.mjs"], cwd=NODE_SDK, input=json.dumps(plan), capture_output=True, text=True,
        timeout=DEADLINE_SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    for name in GRAPHS:
        reply = answers.pop(f"graphs.{NODE_NAMES.get(name, name)}")
        assert reply["object"] == "analytics-graph"
        assert_graph(name, reply["summary"], reply["data_points"])
    assert answers.pop("summary.cache")["summary"]["hits"] == HITS
    assert answers.pop("groups.users")["total"] == 3
    assert answers.pop("groups.workspaces")["data"][0]["requests"] == REQUESTS
    assert {row["metadata_value"] for row in answers.pop("groups.metadata")["data"]} == {"ads", "search"}
    for name in ("groups.aiModels", "groups.groupedData"):
        assert sum(int(row["requests"]) for row in answers.pop(name)["data"]) == REQUESTS
    assert answers == {}, "a method without a claim"
