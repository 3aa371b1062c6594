"""GRAPHS: each graph of analytics is a row, not a handler (contract 9). And how one is answered.

A row says what is measured (figures), in which unit, over what (requests or feedback), by what its points are told apart,
and under which keys and paths. Routes, replies, their schemas, docs/reference/analytics.md and tests come from this table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from portlog.query.figures import BY_NAME, nothing, shown, tidy
from portlog.query.filters import EVERYTHING, Filter
from portlog.query.ranges import Buckets, Range, buckets_of
from portlog.schema.render import iso
from portlog.store import Store, sql


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
_POINT_KEYS: Mapping[str, str] = {"time": "timestamp", "status_code": "status_code", "score": "score", "ai_model": "ai_model"}


# -- questions -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scope:
    """What every question of analytics is about: whose requests, which, and when."""

    workspace: str
    where: Filter
    range: Range
    utc_offset_minutes: int = 0


@dataclass(frozen=True, slots=True)
class GraphQuestion:
    """Figures over a scope, a point for each value of `by`. Read by `store.sql.graphs`."""

    workspace: str
    where: Filter
    range: Range
    buckets: Buckets
    figures: tuple[str, ...]
    by: str = "time"
    of: str = "logs"
    among: str = ""

    @property
    def filtered(self) -> bool:
        """Whether the filter leaves anything out."""
        return self.where != EVERYTHING


def answer_graph(
    store: Store, graph: Graph, scope: Scope, *, split_by: str = "", compare: bool = False
) -> dict[str, Any]:
    """The reply of a graph (contract 9.3), with `series` for each value of `split_by`, and `previous` with `compare`."""
    buckets = buckets_of(scope.range, scope.utc_offset_minutes)
    question = GraphQuestion(
        scope.workspace, scope.where, scope.range, buckets, graph.figures, graph.by, graph.of, graph.among
    )
    split = _split(store, question, split_by) if split_by else None
    rows = split.all if split and graph.of == "logs" else store.select(sql.graph_points(question))
    reply = _part(graph, question, rows) | {"object": "analytics-graph"}
    reply |= {"from": scope.range.from_ms, "to": scope.range.to_ms}
    if graph.by == "time":
        reply["bucket_ms"] = buckets.bucket_ms
    if split:
        reply["series"] = [key | _part(graph, question, each) for key, each in split.series]
    if compare:
        reply["previous"] = _previous(store, graph, question)
    return reply


def answer_cache_summary(store: Store, scope: Scope) -> dict[str, Any]:
    """The reply of `/analytics/summary/cache`."""
    figures = tuple(part.figure for part in CACHE_SUMMARY)
    whole = Buckets(scope.range.from_ms, scope.range.length_ms, 1)
    question = GraphQuestion(scope.workspace, scope.where, scope.range, whole, figures)
    found = _found(question, store.select(sql.graph_points(question)))
    return {
        "summary": _shown(CACHE_SUMMARY, found.summary),
        "object": "analytics-summary",
        "from": scope.range.from_ms,
        "to": scope.range.to_ms,
    }


# -- replies ---------------------------------------------------------------------------------------------------------------

_Figures = Mapping[str, Any]  # figure -> value; empty where there was no request
_Rows = Sequence[tuple[Any, ...]]  # of `sql.graph_points`


@dataclass(frozen=True, slots=True)
class _Found:
    """What the store answered: the figures of all, and of each point that is not empty."""

    summary: _Figures
    points: Mapping[Any, _Figures]


def _found(question: GraphQuestion, rows: _Rows) -> _Found:
    summary: _Figures = {}
    points: dict[Any, _Figures] = {}
    for is_summary, place, *values in rows:
        figures = dict(zip(question.figures, values, strict=True))
        if is_summary:
            summary = figures
        else:
            points[place] = figures
    return _Found(summary, points)


def _part(graph: Graph, question: GraphQuestion, rows: _Rows) -> dict[str, Any]:
    found = _found(question, rows)
    return {
        "summary": _shown(graph.summary, found.summary),
        "data_points": _timed_points(graph, question, found) if graph.by == "time" else _other_points(graph, found),
    }


def _timed_points(graph: Graph, question: GraphQuestion, found: _Found) -> list[dict[str, Any]]:
    """One for each bucket, empty ones too."""
    points = [
        {"timestamp": iso(start_ms)} | _shown(graph.point, found.points.get(place, {}))
        for place, start_ms in enumerate(question.buckets.starts())
    ]
    for part in graph.point:
        if part.running:
            _run(points, part.key)
    return points


def _run(points: list[dict[str, Any]], key: str) -> None:
    total = 0.0
    for point in points:
        total += point[key]
        point[key] = tidy(total)


def _other_points(graph: Graph, found: _Found) -> list[dict[str, Any]]:
    """One for each value that occurs: models by how many, the rest by their number."""
    key = _POINT_KEYS[graph.by]
    points = [{key: place} | _shown(graph.point, figures) for place, figures in found.points.items()]
    if graph.by == "ai_model":
        return sorted(points, key=lambda point: (-point["total"], point[key]))
    return sorted(points, key=lambda point: point[key])


def _shown(parts: tuple[Part, ...], figures: _Figures) -> dict[str, Any]:
    return {
        part.key: shown(part.figure, figures[part.figure]) if figures else nothing(part.figure) for part in parts
    }


@dataclass(frozen=True, slots=True)
class _Split:
    """Rows of `sql.graph_points` for all requests, and for each series beside the keys that name it."""

    all: _Rows
    series: Sequence[tuple[dict[str, Any], _Rows]]


def _split(store: Store, question: GraphQuestion, dimension: str) -> _Split:
    """The values with the most requests, then all others as one, if there are any."""
    values = tuple(str(row[0]) for row in store.select(sql.top_values(question, dimension, SERIES_MAX)))
    if not values:
        return _Split([], [])
    all_: list[tuple[Any, ...]] = []
    rows_of: dict[int, list[tuple[Any, ...]]] = {}
    for is_all, series, *row in store.select(sql.graph_series(question, dimension, values)):
        (all_ if is_all else rows_of.setdefault(int(series), [])).append(tuple(row))
    found: list[tuple[dict[str, Any], _Rows]] = [
        ({"key": value}, rows_of.get(place, [])) for place, value in enumerate(values, 1)
    ]
    if 0 in rows_of:
        found.append(({"key": None, "other": True}, rows_of[0]))
    return _Split(all_, found)


def _previous(store: Store, graph: Graph, question: GraphQuestion) -> dict[str, Any]:
    """The same over the range before, cut so that the n-th points of both stand beside each other."""
    before = question.range.before()
    earlier = replace(question, range=before, buckets=question.buckets.earlier(question.range.length_ms))
    return _part(graph, earlier, store.select(sql.graph_points(earlier))) | {"from": before.from_ms, "to": before.to_ms}


# -- schemas ---------------------------------------------------------------------------------------------------------------

_TYPES = {"count": {"type": "integer"}, "number": {"type": "number"}, "moment": {"type": "string", "format": "date-time"}}
_KEY_TYPES = {"timestamp": {"type": "string", "format": "date-time"}, "ai_model": {"type": "string"}}


def reply_schema(graph: Graph) -> dict[str, Any]:
    """JSON Schema of the reply without `series` and `previous`."""
    key = _POINT_KEYS[graph.by]
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
