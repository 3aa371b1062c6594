"""ROUTES: the whole URL map on one screen. Each is served with and without `/v1` (decision A1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from portlog.api import about, logs, ui

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Route:
    """One line of the URL map."""

    method: str
    path: str  # without /v1
    handler: Handler | None  # None: the hot path, served before routing
    summary: str
    scope: str = ""  # what a key needs; "" means any key
    public: bool = False  # no key at all
    versioned: bool = True  # also under /v1


ROUTES: tuple[Route, ...] = (
    Route("POST", "/logs", None, "Store one log or many; 200 when they are durable.", "logs.write"),
    Route("GET", "/logs", logs.list_logs, "List and search logs.", "logs.list"),
    Route("GET", "/logs/{id}", logs.get_log, "One log with its bodies.", "logs.view"),
    Route("GET", "/about", about.about, "Version, authentication and size of this server.", public=True),
    Route("POST", "/session", about.begin_session, "Begin a dashboard session with a key.", public=True),
    Route("DELETE", "/session", about.end_session, "End the dashboard session.", public=True),
    Route("GET", "/healthz", about.health, "Whether the server works.", public=True, versioned=False),
    Route("GET", "/metrics", about.metrics, "Metrics for Prometheus.", "analytics.view", versioned=False),
    Route("GET", "/", ui.to_ui, "To the dashboard.", public=True, versioned=False),
    Route("GET", "/ui", ui.to_ui, "To the dashboard.", public=True, versioned=False),
    Route("GET", "/ui/{path:path}", ui.ui, "The dashboard.", public=True, versioned=False),
)
