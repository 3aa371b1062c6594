"""`/v1/sessions` and `/v1/users`: their lists, and one session with its calls."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from portlog.api.logs import parameters_of
from portlog.api.parts import caller_of, parts_of
from portlog.api.reply import json_reply
from portlog.errors import PortlogError
from portlog.query import sessions
from portlog.query.sessions import SESSIONS, USERS, Gathered


async def list_sessions(request: Request) -> Response:
    """`GET /v1/sessions`: the latest first unless asked otherwise."""
    return await _list(request, SESSIONS)


async def list_users(request: Request) -> Response:
    """`GET /v1/users`: likewise."""
    return await _list(request, USERS)


async def _list(request: Request, of: Gathered) -> Response:
    parts = parts_of(request)
    question = sessions.read_gathered(parameters_of(request), caller_of(request).workspace, of, now_ms=parts.now_ms())
    return json_reply(await parts.questions.ask(lambda store: sessions.list_gathered(store, question, of), heavy=True))


async def get_session(request: Request) -> Response:
    """`GET /v1/sessions/{session}`: its figures, and its calls, the oldest first."""
    parts, session = parts_of(request), request.path_params["session"]
    question = sessions.read_session(parameters_of(request), caller_of(request).workspace, session, now_ms=parts.now_ms())
    found = await parts.questions.ask(lambda store: sessions.get_session(store, question, parts.now_ms()))
    if found is None:
        raise PortlogError("not-found", f"session {session[:80]!r} has no logs here, or is past retention", path="session")
    return json_reply(found)
