"""How a graph is answered: one question of the store (a split asks two, a comparison one more), rendered in the vendor's shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from portlog.query.figures import nothing, shown, tidy
from portlog.query.filters import EVERYTHING, Filter
from portlog.query.graphs import CACHE_SUMMARY, POINT_KEYS, SERIES_MAX, Graph, Part
from portlog.query.ranges import Buckets, Range, buckets_of
from portlog.schema.render import iso
from portlog.store import Store, sql


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
    key = POINT_KEYS[graph.by]
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
