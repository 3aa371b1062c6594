"""GRAPHS: each graph of analytics is a row, not a handler (contract 9). `query.graph_answers` answers them.

A row says what is measured (figures), in which unit, over what (requests or feedback), by what its points are told apart,
and under which keys and paths. Routes, replies, their schemas, docs/reference/analytics.md and tests come from this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from portlog.query.figures import BY_NAME


@dataclass(frozen=True)
class Part:
    """One key of a summary or a point, and the figure that stands there."""

    key: str
    figure: str  # of FIGURES
    ours: bool = False  # not in the vendor's schema
    running: bool = False  # with all points before it added


By = Literal["time", "status_code", "score", "ai_model"]


@dataclass(frozen=True)
class Graph:
    """One graph."""

    path: str  # below /analytics/graphs
    unit: str
    meaning: str
    summary: tuple[Part, ...]
    point: tuple[Part, ...]
    aliases: tuple[str, ...] = ()  # other paths: the Node SDK's
    by: By = "time"  # what tells points apart
    of: Literal["logs", "feedback"] = "logs"
    among: str = ""  # which requests are read at all: "errors", "hits", "rescued"; "" is all

    @property
    def figures(self) -> tuple[str, ...]:
        """Every figure that it needs, once."""
        return tuple(dict.fromkeys(part.figure for part in (*self.summary, *self.point)))


def _count(figure: str) -> Part:
    """How many requests or feedbacks a point's averages are over: 0 is a gap, not a zero."""
    return Part("count", figure, ours=True)


GRAPHS: tuple[Graph, ...] = (
    Graph("requests", "requests", "Requests.", (Part("total", "requests"),), (Part("total", "requests"),)),
    Graph("cost", "cents", "What requests cost.",
          (Part("total", "cost"), Part("avg", "avg_cost"), Part("saved", "saved", ours=True),
           Part("unpriced_requests", "unpriced_requests", ours=True), _count("requests")),
          (Part("total", "cost"), Part("avg", "avg_cost"), Part("saved", "saved", ours=True), _count("requests"))),
    Graph("latency", "ms", "How long requests took.",
          (Part("avg", "avg_latency"), Part("p50", "p50_latency"), Part("p90", "p90_latency"), Part("p99", "p99_latency"),
           _count("timed_requests")),
          (Part("avg", "avg_latency"), Part("p50", "p50_latency"), Part("p90", "p90_latency"), Part("p99", "p99_latency"),
           _count("timed_requests"))),
    Graph("tokens", "tokens", "Tokens of requests and answers.",
          (Part("total", "total_tokens"), Part("avg", "avg_tokens"), Part("input", "input_tokens", ours=True),
           Part("output", "output_tokens", ours=True), _count("requests")),
          (Part("total", "total_tokens"), Part("avg", "avg_tokens"), Part("input", "input_tokens", ours=True),
           Part("output", "output_tokens", ours=True), _count("requests"))),
    Graph("users", "users", "Users, each once in a point and once in the summary.", (Part("total", "users"),),
          (Part("total", "users"),)),
    Graph("users/requests", "requests", "Requests for each user.",
          (Part("total", "requests"), Part("unique", "users"), Part("avg", "requests_per_user"),
           _count("requests_of_users")),
          (Part("avg", "requests_per_user"), _count("requests_of_users")), aliases=("users-requests",)),
    Graph("errors", "requests", "Failed requests.", (Part("total", "error_count"),), (Part("total", "error_count"),),
          among="errors"),
    Graph("errors/rate", "percent", "Failed requests among all.", (Part("rate", "error_rate"), _count("requests")),
          (Part("rate", "error_rate"), _count("requests")), aliases=("errors-rate",)),
    Graph("errors/stacks", "requests", "Failed requests by status, over time.", (Part("total", "error_count"),),
          (Part("stats", "errors_by_code"),), aliases=("errors-stack",), among="errors"),
    Graph("errors/status-codes", "requests", "Failed requests by status.",
          (Part("total_errors", "error_count"), Part("unique_error_codes", "error_codes")), (Part("count", "error_count"),),
          aliases=("errors-status-code",), by="status_code", among="errors"),
    Graph("requests/rescued", "requests", "Requests that the gateway saved by a retry or a fallback.",
          (Part("retry", "retried"), Part("fallback", "fallbacks")),
          (Part("retry", "retried_by_count"), Part("fallback", "fallbacks")), aliases=("requests-rescued",), among="rescued"),
    Graph("cache/hit-rate", "percent", "Hits of the gateway's cache, and what they would have cost.",
          (Part("total", "hits"), Part("rate", "cache_hit_rate"), _count("requests")),
          (Part("simple_hits", "simple_hits"), Part("semantic_hits", "semantic_hits"), Part("rate", "cache_hit_rate"),
           Part("cumulative_simple_cache_savings", "simple_savings", running=True),
           Part("cumulative_semantic_cache_savings", "semantic_savings", running=True), _count("requests")),
          aliases=("cache-hit-rate",)),
    Graph("cache/latency", "ms", "How long the gateway's cache took to answer.", (),
          (Part("avg", "hit_latency"), _count("timed_hits")), aliases=("cache-latency",), among="hits"),
    Graph("feedbacks", "feedbacks", "Feedback, at the time when it was given.", (Part("total", "feedbacks"),),
          (Part("total", "feedbacks"),), of="feedback"),
    Graph("feedbacks/scores", "feedbacks", "Feedback by its value.", (Part("total", "feedbacks"),),
          (Part("total", "feedbacks"),), aliases=("feedbacks/score",), by="score", of="feedback"),
    Graph("feedbacks/weighted", "value x weight", "Mean weighted feedback.",
          (Part("avg", "weighted_feedback"), _count("feedbacks")), (Part("avg", "weighted_feedback"), _count("feedbacks")),
          of="feedback"),
    Graph("feedbacks/ai-models", "feedbacks", "Feedback by the models of its trace.", (),
          (Part("total", "feedbacks"), Part("avg_weighted_feedback", "weighted_feedback")), by="ai_model", of="feedback"),
)  # fmt: skip

CACHE_SUMMARY: tuple[Part, ...] = (
    Part("hits", "hits"),
    Part("avg_latency", "hit_latency"),
    Part("total_requests", "requests"),
    Part("cache_speedup", "cache_speedup"),
    Part("rate", "cache_hit_rate", ours=True),
    Part("saved", "saved", ours=True),
)
"""`/analytics/summary/cache`: a summary without points."""

SERIES_MAX = 8  # of a split; what is not among them is one series more
POINT_KEYS: Mapping[str, str] = {"time": "timestamp", "status_code": "status_code", "score": "score", "ai_model": "ai_model"}
"""Under which key a point says where it stands."""


# -- schemas ---------------------------------------------------------------------------------------------------------------

_TYPES = {"count": {"type": "integer"}, "number": {"type": "number"}, "moment": {"type": "string", "format": "date-time"}}
_KEY_TYPES = {"timestamp": {"type": "string", "format": "date-time"}, "ai_model": {"type": "string"}}


def reply_schema(graph: Graph) -> dict[str, Any]:
    """JSON Schema of the reply without `series` and `previous`."""
    key = POINT_KEYS[graph.by]
    point = _object_schema(graph.point)
    point["properties"] = {key: _KEY_TYPES.get(key, {"type": "integer"})} | point["properties"]
    point["required"] = [key, *point["required"]]
    bucket = {"bucket_ms": {"type": "integer"}} if graph.by == "time" else {}
    return {
        "type": "object",
        "properties": {
            "summary": _object_schema(graph.summary),
            "data_points": {"type": "array", "items": point},
            "object": {"enum": ["analytics-graph"]},
            "from": {"type": "integer"},
            "to": {"type": "integer"},
            **bucket,
        },
        "required": ["summary", "data_points", "object", "from", "to", *bucket],
    }


def _object_schema(parts: tuple[Part, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {part.key: _figure_schema(part.figure) for part in parts},
        "required": [part.key for part in parts],
    }


def _figure_schema(name: str) -> dict[str, Any]:
    figure = BY_NAME[name]
    if figure.kind != "counts":
        return dict(_TYPES[figure.kind])
    item = {figure.key: {"type": "integer"}, "count": {"type": "integer"}}
    return {"type": "array", "items": {"type": "object", "properties": item, "required": list(item)}}
