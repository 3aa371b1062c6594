"""ROUTES: the whole URL map on one screen. Each is served with and without `/v1` (decision A1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from portlog.api import (
    about,
    analytics,
    asking,
    demo,
    exports,
    feedback,
    imports,
    keys,
    language,
    logs,
    prices,
    reprocess,
    sessions,
    settings,
    sql,
    stream,
    traces,
    ui,
    views,
)
from portlog.query.graphs import GRAPHS
from portlog.query.groups import GROUPS

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
    only_asks: bool = False  # a POST that changes nothing: ended like a GET when nobody waits for it
    signal: str = ""  # of an OTLP path: traces, logs, metrics, or "any" where the body says

    @property
    def asks(self) -> bool:
        """Whether it may be ended at any time: its caller is gone, or its `timeout_ms` has passed."""
        return self.only_asks or (self.method == "GET" and not self.public)


ROUTES: tuple[Route, ...] = (
    Route("POST", "/logs", None, "Store one log or many, or OTLP log records; 200 when they are durable.", "logs.write"),
    Route("POST", "/logs/gateway", None, "The same, for a gateway's logging plugins.", "logs.write"),
    Route("POST", "/logs/webhook", None, "The same; the reply holds `verdict: true`, which webhooks ask for.", "logs.write"),
    Route("POST", "/traces", None, "OTLP: store spans.", "logs.write", signal="traces"),
    Route("POST", "/metrics", None, "OTLP metrics: answered, not stored.", "logs.write", signal="metrics"),
    Route("POST", "/otel", None, "OTLP: what the body holds.", "logs.write", signal="any"),
    Route("POST", "/otel/v1/traces", None, "OTLP: store spans.", "logs.write", signal="traces"),
    Route("POST", "/otel/v1/logs", None, "OTLP: store log records.", "logs.write", signal="logs"),
    Route("POST", "/otel/v1/metrics", None, "OTLP metrics: answered, not stored.", "logs.write", signal="metrics"),
    Route("POST", "/logs/otel", None, "OTLP: what the body holds.", "logs.write", signal="any"),
    Route("POST", "/logs/otel/v1/traces", None, "OTLP: store spans.", "logs.write", signal="traces"),
    Route("POST", "/logs/otel/v1/logs", None, "OTLP: store log records.", "logs.write", signal="logs"),
    Route("POST", "/logs/otel/v1/metrics", None, "OTLP metrics: answered, not stored.", "logs.write", signal="metrics"),
    Route("POST", "/api/public/otel/v1/traces", None, "OTLP where the Langfuse SDK sends it.", "logs.write",
          versioned=False, signal="traces"),
    Route("GET", "/logs", logs.list_logs, "List and search logs.", "logs.list"),
    Route("GET", "/logs/stats", logs.stats, "Totals and histogram of the logs of a query.", "logs.list"),
    Route("GET", "/logs/facets", logs.facets, "The values that the logs of a query have, with counts.", "logs.list"),
    Route("GET", "/logs/stream", stream.stream_logs, "The logs of a query as they come, as server-sent events.", stream.SCOPE),
    Route("GET", "/logs/parse", language.parse, "How a query is read: its syntax tree, order and canonical text.", "logs.list"),
    Route("GET", "/fields", language.fields, "What a query can name: fields, their types, operators and values.", "logs.list"),
    Route("GET", "/questions", asking.questions, "What is asked and not answered yet, and how far it is.", "logs.list"),
    Route("POST", "/query", sql.ask, "A question in SQL; its key needs `analytics.view` besides.", "logs.view", only_asks=True),
    Route("GET", "/query/views", sql.views, "What a question in SQL can read: views and their columns.", "logs.list"),
    Route("POST", "/logs/exports", exports.create, "Draft an export of logs.", "logs.export"),
    Route("GET", "/logs/exports", exports.jobs, "Exports, the newest first.", "logs.export"),
    Route("POST", "/logs/exports/preview", exports.preview, "How many logs an export would hold, and three of them.",
          "logs.export"),
    Route("GET", "/logs/exports/field-restrictions", exports.field_restrictions, "Which fields may be exported.",
          "logs.export"),
    Route("GET", "/logs/exports/{id}", exports.job, "One export, and how far it is.", "logs.export"),
    Route("PUT", "/logs/exports/{id}", exports.update, "Change an export; it is a draft again.", "logs.export"),
    Route("DELETE", "/logs/exports/{id}", exports.delete, "Delete an export and its file.", "logs.export"),
    Route("POST", "/logs/exports/{id}/start", exports.start, "Make the file, in the background.", "logs.export"),
    Route("POST", "/logs/exports/{id}/cancel", exports.cancel, "Stop making it.", "logs.export"),
    Route("GET", "/logs/exports/{id}/download", exports.download, "A signed link to the file, good for an hour.",
          "logs.export"),
    Route("GET", "/logs/exports/{id}/file", exports.file, "The file; the link's signature is the key.", public=True),
    Route("GET", "/logs/groups/{groupBy}", analytics.dimension_groups, "Requests by any dimension.", "analytics.view"),
    Route("POST", "/logs/import", imports.import_logs, "Store logs out of exports, under the ids that they have.",
          "logs.import"),
    Route("GET", "/logs/{id}", logs.get_log, "One log with its bodies.", "logs.view"),
    Route("GET", "/logs/{id}/explain", logs.explain_log, "Why a log shows what it shows: rules, places, cost.", "logs.view"),
    Route("POST", "/feedback", feedback.give, "Give feedback on traces, one or many; 200 when it is durable.", "feedback.write"),
    Route("GET", "/feedback", feedback.list_feedback, "List feedback, the newest first.", "logs.list"),
    Route("PUT", "/feedback/{id}", feedback.change, "Change a feedback; what is left out stays.", "feedback.write"),
    Route("POST", "/feedback/{id}", feedback.change, "The same.", "feedback.write"),
    Route("DELETE", "/feedback/{id}", feedback.remove, "Delete a feedback.", "feedback.write"),
    Route("GET", "/traces", traces.list_traces, "List traces: those with a span that matches.", "logs.list"),
    Route("GET", "/traces/{trace_id:path}", traces.get_trace, "One trace: its spans as a tree, without bodies.", "logs.view"),
    Route("GET", "/views", views.views, "Saved views, by name.", "logs.list"),
    Route("POST", "/views", views.create, "Save a view.", "logs.list"),
    Route("GET", "/views/{id}", views.view, "One saved view.", "logs.list"),
    Route("PUT", "/views/{id}", views.change, "Change a view; what is left out stays.", "logs.list"),
    Route("DELETE", "/views/{id}", views.delete, "Delete a view.", "logs.list"),
    Route("GET", "/api-keys", keys.keys, "API keys, without their texts.", "keys.manage"),
    Route("POST", "/api-keys", keys.create, "Make a key; its text is in this reply alone.", "keys.manage"),
    Route("DELETE", "/api-keys/{id}", keys.revoke, "Revoke a key.", "keys.manage"),
    Route("GET", "/prices", prices.prices, "Own prices and discounts.", "analytics.view"),
    Route("POST", "/prices", prices.set_price, "Set an own price or a discount.", "settings.manage"),
    Route("DELETE", "/prices/{id}", prices.remove, "Remove an own price or a discount.", "settings.manage"),
    Route("GET", "/settings", settings.settings, "Every setting, its value and where that comes from.", "analytics.view"),
    Route("GET", "/sessions", sessions.list_sessions, "List sessions with their figures.", "logs.list"),
    Route("GET", "/sessions/{session:path}", sessions.get_session, "One session: its figures, its calls in order.", "logs.list"),
    Route("GET", "/users", sessions.list_users, "List users with their figures.", "logs.list"),
    Route("POST", "/demo", demo.make, "Store demo data of the last 24 hours.", "logs.write"),
    Route("DELETE", "/demo", demo.remove, "Remove the demo data, and nothing else.", "logs.write"),
    Route("POST", "/reprocess", reprocess.begin, "Derive stored logs again, in the background.", "logs.write"),
    Route("GET", "/reprocess", reprocess.jobs, "How far reprocessing is.", "logs.list"),
    Route("POST", "/reprocess/{id}/cancel", reprocess.cancel, "Stop a reprocessing.", "logs.write"),
    *(
        Route("GET", f"/analytics/graphs/{path}", analytics.graph(graph), f"Graph: {graph.meaning}", "analytics.view")
        for graph in GRAPHS
        for path in (graph.path, *graph.aliases)
    ),
    Route("GET", "/analytics/errors", analytics.errors, "Errors by kind, and which are new.", "analytics.view"),
    Route("GET", "/analytics/summary/cache", analytics.cache_summary, "What the gateway's cache did.", "analytics.view"),
    *(
        Route("GET", f"/analytics/groups/{group.path}", analytics.group(group), f"Requests by {group.dimension}.", "analytics.view")
        for group in GROUPS
    ),
    Route("GET", "/analytics/groups/metadata/{key:path}", analytics.metadata_groups, "Requests by a metadata key.",
          "analytics.view"),
    Route("GET", "/analytics/groups/{groupBy}", analytics.dimension_groups, "Requests by any dimension.", "analytics.view"),
    Route("GET", "/about", about.about, "Version, authentication and size of this server.", public=True),
    Route("POST", "/session", about.begin_session, "Begin a dashboard session with a key.", public=True),
    Route("DELETE", "/session", about.end_session, "End the dashboard session.", public=True),
    Route("GET", "/healthz", about.health, "Whether the server works.", public=True, versioned=False),
    Route("GET", "/openapi.json", about.openapi, "This API, as OpenAPI 3.1.", public=True, versioned=False),
    Route("GET", "/metrics", about.metrics, "Metrics for Prometheus.", "analytics.view", versioned=False),
    Route("GET", "/", ui.to_ui, "To the dashboard.", public=True, versioned=False),
    Route("GET", "/ui", ui.to_ui, "To the dashboard.", public=True, versioned=False),
    Route("GET", "/ui/{path:path}", ui.ui, "The dashboard.", public=True, versioned=False),
)
