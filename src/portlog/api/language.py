"""`/v1/logs/parse` and `/v1/fields`: how a query is read, and what it can name. For the dashboard's filter bar."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from portlog.api.logs import parameters_of
from portlog.api.parts import parts_of
from portlog.api.reply import json_reply
from portlog.query.filters import read_filter, read_query
from portlog.query.language import fields_json, to_json, to_text


async def parse(request: Request) -> Response:
    """`GET /v1/logs/parse`: the syntax tree of `q`, its order and its canonical text; a mistake is 400 with its place."""
    parameters = parameters_of(request)
    query = read_query(parameters)
    read_filter(parameters, now_ms=parts_of(request).now_ms())  # what only its meaning shows: ranges of relative times
    return json_reply({"object": "query", **to_json(query), "text": to_text(query)})


async def fields(request: Request) -> Response:
    """`GET /v1/fields`: every field of the query language, in the order of the documentation."""
    return json_reply({"object": "list", "data": fields_json()})
