"""`/v1/logs`: store, list, read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from portlog.api.auth import Caller, demand
from portlog.api.body import Receive, read_body
from portlog.api.otlp import json_body
from portlog.api.parts import Parts, caller_of, parts_of
from portlog.api.reply import json_reply
from portlog.errors import PortlogError
from portlog.ingest import Receipt
from portlog.query.facets import answer_facets, read_facets
from portlog.query.filters import read_list
from portlog.query.stats import answer_stats, read_stats
from portlog.schema.ids import from_text
from portlog.senders.otlp import looks_like_json


async def store_logs(parts: Parts, headers: Mapping[str, str], receive: Receive) -> Receipt:
    """The hot path: who, what, durable. Called by the application itself, before any routing."""
    caller: Caller = parts.auth.caller(headers)
    demand(caller, "logs.write")
    body = await read_body(headers, receive, parts.settings.request_bytes_max)
    if looks_like_json(body):  # OTLP's own path for log records is this one (otel.md 1)
        taken = await parts.ingest.accept_otlp(
            body, headers, protobuf=False, signal="", workspace=caller.workspace, api_key_id=caller.api_key_id
        )
        return Receipt(json_body(taken))
    return await parts.ingest.accept(
        body, headers, workspace=caller.workspace, api_key_id=caller.api_key_id
    )


async def list_logs(request: Request) -> Response:
    """`GET /v1/logs`: rows without bodies, newest first unless asked otherwise (contract 6.2, L2)."""
    question = read_list(parameters_of(request), caller_of(request).workspace, now_ms=parts_of(request).now_ms())
    return json_reply(await parts_of(request).questions.list_logs(question))


async def get_log(request: Request) -> Response:
    """`GET /v1/logs/{id}`: the LogObject (contract 6.1, L1)."""
    text = request.path_params["id"]
    log_id = from_text(text)
    log = log_id and await parts_of(request).questions.get_log(caller_of(request).workspace, log_id)
    if not log:
        raise _no_log(text)
    return _unless_known(request, json_reply(log))


def _unless_known(request: Request, reply: Response) -> Response:
    """The reply with its ETag, or 304 when the caller has it already. The tag is of what is said, whoever made it differ."""
    tag = f'"{hashlib.blake2b(bytes(reply.body), digest_size=16).hexdigest()}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if known & {tag, "*"}:
        return Response(None, 304, headers)
    reply.headers.update(headers)
    return reply


async def stats(request: Request) -> Response:
    """`GET /v1/logs/stats`: totals and histogram of a list."""
    parts = parts_of(request)
    now_ms = parts.now_ms()
    question = read_stats(parameters_of(request), caller_of(request).workspace, now_ms)
    return json_reply(await parts.questions.ask(lambda store: answer_stats(store, question, now_ms), heavy=True))


async def facets(request: Request) -> Response:
    """`GET /v1/logs/facets`: which values the logs of a query have, with counts."""
    parts = parts_of(request)
    question = read_facets(parameters_of(request), caller_of(request).workspace, parts.now_ms())
    return json_reply(await parts.questions.ask(lambda store: answer_facets(store, question), heavy=True))


async def explain_log(request: Request) -> Response:
    """`GET /v1/logs/{id}/explain`: every derived value of a log with its rule and places, and its cost in parts."""
    text = request.path_params["id"]
    log_id = from_text(text)
    found = log_id and await parts_of(request).questions.explain(caller_of(request).workspace, log_id)
    if not found:
        raise _no_log(text)
    return json_reply(found)


def _no_log(text: str) -> PortlogError:
    hint = "; the client called it without an id" if text in ("undefined", "null", "None") else ""
    return PortlogError("not-found", f"no log {text[:80]!r}: not stored here, or past retention{hint}", path="id")


def parameters_of(request: Request) -> dict[str, str]:
    """Query parameters; one that is repeated becomes a comma list, and `q` one query."""
    parameters: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        between = " " if name == "q" else ","
        parameters[name] = f"{parameters[name]}{between}{value}" if name in parameters else value
    return parameters
