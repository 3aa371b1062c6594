"""HTTP: a handler parses, calls one function of a work room, renders. `build` makes the ASGI application.

`POST /v1/logs` and OTLP's paths are answered before any routing: they are the ones that must be cheap.
"""

from __future__ import annotations

import time
import traceback
from functools import lru_cache

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.routing import Route as StarletteRoute

from portlog.api.asking import Application, Receive, Scope, Send, in_time, told, unless_gone
from portlog.api.auth import demand
from portlog.api.body import ClientGone
from portlog.api.logs import store_logs
from portlog.api.openapi import document
from portlog.api.otlp import export, is_protobuf, status_reply
from portlog.api.packing import packed
from portlog.api.parts import Parts, parts_of
from portlog.api.reply import refusal
from portlog.api.routes import ROUTES, Handler, Route
from portlog.errors import PortlogError
from portlog.schema import jsons
from portlog.telemetry import event


@lru_cache(maxsize=1)
def _document() -> bytes:
    """What `/openapi.json` says; made once."""
    return jsons.encode(document(ROUTES))


def _paths(route: Route) -> list[str]:
    """Every path at which a route is served."""
    return [prefix + route.path for prefix in (("", "/v1") if route.versioned else ("",))]


_STORE_PATHS = frozenset(path for r in ROUTES if r.handler is None and not r.signal for path in _paths(r))
_OTLP_PATHS = {path: r.signal for r in ROUTES if r.signal for path in _paths(r)}
_OTHER_PATHS = frozenset(path for r in ROUTES if r.handler is not None for path in _paths(r))
_ASKING_PATHS = frozenset(path for r in ROUTES if r.asks and r.method != "GET" for path in _paths(r))
_JSON = (b"content-type", b"application/json")


def build(parts: Parts) -> App:
    """Return the ASGI application over opened parts."""
    return App(parts)


class App:
    """The ASGI application: prefix and trailing slash off, the hot path here, the rest to Starlette."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._root = parts, parts.settings.root_path
        self._starlette = Starlette(
            routes=_starlette_routes(),
            exception_handlers={
                PortlogError: _on_refusal,
                HTTPException: _on_http_exception,
                ClientGone: _on_gone,
                Exception: _on_bug,
            },
        )
        self._starlette.state.parts = parts
        self._starlette.state.document = _document()

    def end_streams(self) -> None:
        """End what would go on for ever: the server stops. For the event loop's thread."""
        self._parts.follower.close()

    @property
    def parts(self) -> Parts:
        """What it was built over."""
        return self._parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._starlette(scope, receive, send)
            return
        path = _plain_path(scope["path"], self._root)
        if path in _OTLP_PATHS and (scope["method"] == "POST" or path not in _OTHER_PATHS):
            await self._otlp(scope, receive, send, _OTLP_PATHS[path])
            return
        if scope["method"] == "POST" and path in _STORE_PATHS:
            await self._store(scope, receive, send)
            return
        application = unless_gone if scope["method"] == "GET" or path in _ASKING_PATHS else _plainly
        await application(self._starlette, {**scope, "path": path, "root_path": ""}, receive, send)

    async def _store(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        if is_protobuf(headers):  # OTLP's own path for log records is the one of logs (otel.md 1)
            await self._otlp(scope, receive, send, "any")
            return
        try:
            receipt = await store_logs(self._parts, headers, receive)
        except ClientGone:
            return
        except PortlogError as error:
            self._parts.meters["portlog_calls_refused"].labels(error.kind.slug).inc()
            await refusal(error)(scope, receive, send)
            return
        except Exception as error:  # noqa: BLE001 - outermost loop of a request: a bug must not end the server
            await _bug(error)(scope, receive, send)
            return
        reply_headers = [_JSON, (b"content-length", str(len(receipt.body)).encode())]
        if receipt.trace_id:
            reply_headers.append((b"x-portkey-trace-id", _header_text(receipt.trace_id)))
        await send({"type": "http.response.start", "status": 200, "headers": reply_headers})
        await send({"type": "http.response.body", "body": receipt.body})

    async def _otlp(self, scope: Scope, receive: Receive, send: Send, signal: str) -> None:
        headers = _headers(scope)
        try:
            reply = await export(self._parts, scope["method"], headers, receive, "" if signal == "any" else signal)
        except ClientGone:
            return
        except Exception as error:  # noqa: BLE001 - outermost loop of a request: a bug must not end the server
            told = _bug(error)
            reply = status_reply(PortlogError("internal", "internal error"), protobuf=is_protobuf(headers))
            reply.headers["x-portkey-request-id"] = told.headers["x-portkey-request-id"]
        await reply(scope, receive, send)


async def _plainly(application: Application, scope: Scope, receive: Receive, send: Send) -> None:
    await application(scope, receive, send)


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _plain_path(path: str, root: str) -> str:
    """The path without our prefix and without a trailing slash (decision A1), except below /ui/."""
    if root and path.startswith(root + "/"):
        path = path[len(root) :]
    if path != "/" and path.endswith("/") and not path.startswith("/ui/"):
        return path.rstrip("/") or "/"
    return path


def _header_text(text: str) -> bytes:
    """A sender's id as a header value: nothing that could end the header."""
    return "".join(c if " " <= c <= "~" else "?" for c in text[:256]).encode("ascii")


def _starlette_routes() -> list[StarletteRoute]:
    return [
        StarletteRoute(prefix + route.path, _guarded(route, route.handler), methods=[route.method])
        for route in ROUTES
        if route.handler is not None
        for prefix in (("", "/v1") if route.versioned else ("",))
    ]


def _guarded(route: Route, handler: Handler) -> Handler:
    """The handler behind its scope check, counted and timed, its reply packed for whoever asks."""

    async def guarded(request: Request) -> Response:
        parts = parts_of(request)
        if not route.public:
            request.state.caller = parts.auth.caller(request.headers)
            demand(request.state.caller, route.scope)
        began = time.perf_counter()
        try:
            if route.asks:
                async with in_time(request):
                    with told(request):
                        reply = await handler(request)
            else:
                reply = await handler(request)
            return await packed(reply, request.headers.get("accept-encoding", ""))
        finally:
            parts.meters["portlog_questions"].labels(route.path).inc()
            parts.meters["portlog_question_seconds"].labels(route.path).observe(time.perf_counter() - began)

    return guarded


async def _on_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, PortlogError)
    return refusal(error)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    """Starlette's own 404 and 405, in our form."""
    assert isinstance(error, HTTPException)
    where = f"{request.method} {request.url.path}"
    if error.status_code == 405:
        allowed = ", ".join(_methods_of(request))
        reply = refusal(PortlogError("method-not-allowed", f"{where} is not served; allowed here: {allowed}"))
        reply.headers["allow"] = allowed
        return reply
    return refusal(PortlogError("not-found", f"no route {where[:200]}"))


def _methods_of(request: Request) -> list[str]:
    """Every method that this path serves; Starlette names those of the first route alone."""
    routes = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    methods = {method for route in routes for method in route.methods}
    return sorted(methods | ({"POST"} if request.scope["path"] in _STORE_PATHS | _OTLP_PATHS.keys() else set()))


async def _on_gone(request: Request, error: Exception) -> Response:
    """Nobody is there to read it."""
    return Response(status_code=400)


async def _on_bug(request: Request, error: Exception) -> Response:
    return _bug(error)


def _bug(error: Exception) -> Response:
    """A bug of ours: tell the caller a request id, and our own events the trace, which holds no log content."""
    reply = refusal(PortlogError("internal", "internal error; nothing more is known to the caller"))
    frames = " < ".join(f"{f.name}:{f.lineno}" for f in reversed(traceback.extract_tb(error.__traceback__)[-8:]))
    event(
        "api.bug_met", level="error", request=reply.headers["x-portkey-request-id"],
        kind=type(error).__name__, at=frames,
    )  # fmt: skip
    return reply
