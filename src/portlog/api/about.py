"""What is not about logs: the server itself, its health and metrics, and the dashboard's session."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response

import portlog
from portlog.api.auth import SESSION_COOKIE, session_token
from portlog.api.body import read_body
from portlog.api.parts import caller_of, parts_of
from portlog.api.reply import json_reply
from portlog.errors import PortlogError
from portlog.schema import jsons


async def about(request: Request) -> Response:
    """`GET /v1/about`: what the dashboard and `curl` need to know before they have a key."""
    parts = parts_of(request)
    try:
        caller = parts.auth.caller(request.headers)
    except PortlogError:
        caller = None
    value = {
        "name": "portlog",
        "version": portlog.__version__,
        "auth": "keys" if parts.auth.keys_needed else "off",
        "session": caller is not None and caller.session,
        "scopes": list(caller.scopes) if caller else [],
        "logs": await parts.questions.count_logs(caller.workspace) if caller else None,
    }
    return json_reply(value, headers={"cache-control": "no-store"})


async def health(request: Request) -> Response:
    """`GET /healthz`: 200 while logs are taken and questions answered; the store is asked."""
    await parts_of(request).questions.ping()
    return json_reply({"status": "ok"})


async def openapi(request: Request) -> Response:
    """`GET /openapi.json`: every route, as `api.openapi` makes it of the tables."""
    return Response(request.app.state.document, media_type="application/json")


async def metrics(request: Request) -> Response:
    """`GET /metrics`: METRICS in Prometheus' text form."""
    caller_of(request)
    return Response(generate_latest(parts_of(request).meters.registry), media_type=CONTENT_TYPE_LATEST)


async def begin_session(request: Request) -> Response:
    """`POST /v1/session` `{"key": …}`: a cookie that stands for the key, so that the key stays out of the page."""
    parts = parts_of(request)
    body = jsons.decode(await read_body(request.headers, request.receive, 64 * 1024))
    text = body.get("key") if isinstance(body, dict) else None
    key = parts.catalog.find_key(text) if isinstance(text, str) else None
    if key is None:
        raise PortlogError("key-unknown", "the API key is not known, or revoked", path="key")
    reply = json_reply({"status": "success", "name": key.name, "scopes": list(key.scopes)})
    reply.set_cookie(
        SESSION_COOKIE,
        parts.catalog.create_session(key),
        path=f"{parts.settings.root_path}/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        max_age=7 * 86_400,
    )
    return reply


async def end_session(request: Request) -> Response:
    """`DELETE /v1/session`: forget the cookie, here and in the browser."""
    parts = parts_of(request)
    if token := session_token(request.headers):
        parts.catalog.end_session(token)
    reply = json_reply({"status": "success"})
    reply.delete_cookie(SESSION_COOKIE, path=f"{parts.settings.root_path}/")
    return reply
