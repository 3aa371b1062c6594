"""`/v1/analytics`: graphs, the cache's summary, groups (contract 9), errors by kind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portlog.api.logs import parameters_of
from portlog.api.parts import caller_of, parts_of
from portlog.api.reply import json_reply
from portlog.query.error_groups import answer_errors, read_error_question
from portlog.query.filters import read_filter, refuse
from portlog.query.graph_answers import Scope, answer_cache_summary, answer_graph
from portlog.query.graphs import Graph
from portlog.query.groups import (
    Group,
    answer_groups,
    dimension_group,
    dimension_of,
    metadata_group,
    read_group_page,
)
from portlog.query.parameters import read_offset
from portlog.query.ranges import RANGE_PARAMETERS, read_range
from portlog.store import Store

Handler = Callable[[Request], Awaitable[Response]]

# A key is of one workspace, so the slug "will not be taken into consideration" (the vendor's OpenAPI file).
_NOT_FILTERS = frozenset((*RANGE_PARAMETERS, "workspace_slug"))


def graph(row: Graph) -> Handler:
    """The handler of one row of GRAPHS."""

    async def show(request: Request) -> Response:
        parameters = parameters_of(request)
        split_by = parameters.get("split_by", "").strip()
        column = dimension_of(split_by, "split_by").column if split_by else ""
        compare = _compare(parameters.get("compare", "").strip())
        scope = _scope(request, parameters)
        return await _answered(
            request, lambda store: answer_graph(store, row, scope, split_by=column, compare=compare)
        )

    return show


async def cache_summary(request: Request) -> Response:
    """`GET /v1/analytics/summary/cache`: hits, their latency, and how much faster they are."""
    scope = _scope(request, parameters_of(request))
    return await _answered(request, lambda store: answer_cache_summary(store, scope))


def group(row: Group) -> Handler:
    """The handler of one row of GROUPS."""

    async def show(request: Request) -> Response:
        return await _groups(request, row)

    return show


async def metadata_groups(request: Request) -> Response:
    """`GET /v1/analytics/groups/metadata/{key}`: by the values of a metadata key, which may hold dots and slashes."""
    return await _groups(request, metadata_group(request.path_params["key"]))


async def dimension_groups(request: Request) -> Response:
    """`GET /v1/analytics/groups/{groupBy}` and its twin `/v1/logs/groups/{groupBy}`: by any dimension."""
    return await _groups(request, dimension_group(request.path_params["groupBy"]))


async def _groups(request: Request, row: Group) -> Response:
    parameters = parameters_of(request)
    page, scope = read_group_page(parameters, row), _scope(request, parameters)
    return await _answered(request, lambda store: answer_groups(store, row, scope, page))


async def errors(request: Request) -> Response:
    """`GET /v1/analytics/errors`: errors by kind (ours)."""
    parameters = parameters_of(request)
    question = read_error_question(parameters, _scope(request, parameters))
    return await _answered(request, lambda store: answer_errors(store, question))


async def _answered(request: Request, answer: Callable[[Store], dict[str, Any]]) -> Response:
    return json_reply(await parts_of(request).questions.ask(answer, heavy=True))


def _scope(request: Request, parameters: dict[str, str]) -> Scope:
    filters = {name: text for name, text in parameters.items() if name not in _NOT_FILTERS}
    offset = read_offset(parameters)
    return Scope(
        workspace=caller_of(request).workspace,
        where=read_filter(filters, now_ms=parts_of(request).now_ms()),
        range=read_range(parameters, parts_of(request).now_ms(), offset),
        utc_offset_minutes=offset,
    )


def _compare(text: str) -> bool:
    if text not in ("", "previous"):
        raise refuse("compare", f"must be previous, not {text[:80]!r}")
    return text == "previous"
