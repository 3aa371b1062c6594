"""`/v1/query`: questions in SQL, read-only, over the documented views of the caller's workspace."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from portlog.api.auth import demand
from portlog.api.fields import listing, read_fields
from portlog.api.parts import caller_of, parts_of
from portlog.api.reply import json_reply
from portlog.query import free


async def ask(request: Request) -> Response:
    """`POST /v1/query`: `{"sql": …, "limit": …}`. Bodies can be read, so both scopes are needed."""
    caller = caller_of(request)
    demand(caller, "analytics.view")
    question = free.read_sql(await read_fields(request), caller.workspace)
    answer = await parts_of(request).questions.ask(lambda store: free.answer_sql(store, question), heavy=True)
    return json_reply(answer)


async def views(request: Request) -> Response:
    """`GET /v1/query/views`: what can be read."""
    return json_reply(listing(free.views()))
