"""`/v1/traces`: the list, and one trace with its spans."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from portlog.api.logs import parameters_of
from portlog.api.parts import caller_of, parts_of
from portlog.api.reply import json_reply
from portlog.errors import PortlogError
from portlog.query import trace, traces


async def list_traces(request: Request) -> Response:
    """`GET /v1/traces`: a row a trace, newest first unless asked otherwise."""
    parts = parts_of(request)
    question = traces.read_traces(parameters_of(request), caller_of(request).workspace, now_ms=parts.now_ms())
    heavy = question.order_by != "newest" or question.include_total
    return json_reply(await parts.questions.ask(lambda store: traces.list_traces(store, question, parts.now_ms()), heavy=heavy))


async def get_trace(request: Request) -> Response:
    """`GET /v1/traces/{trace_id}`: its spans as a tree in depth-first order, sums, and what is odd about it."""
    parts, trace_id = parts_of(request), request.path_params["trace_id"]
    question = trace.read_trace(parameters_of(request), caller_of(request).workspace, trace_id)
    found = await parts.questions.ask(lambda store: trace.get_trace(store, question, parts.now_ms()))
    if found is None:
        raise PortlogError("not-found", f"trace_id {trace_id[:80]!r} has no spans here, or is past retention", path="trace_id")
    return json_reply(found)
