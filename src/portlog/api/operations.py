"""OPERATIONS: what each route takes and answers, by the names of tables; `api.openapi` makes the document of them.

A row for each row of ROUTES, under `METHOD path`. Parameters are those that filter (`query.filters.PARAMETERS`), those of
pages, and the handler's own, declared here beside the bounds that the reader keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from portlog.api.asking import NAME_CHARS_MAX, TIMEOUT_MS_MAX
from portlog.api.schemas import graph_name
from portlog.query import error_groups, facets, feedback, filters, groups, sessions, stats, trace, traces
from portlog.query.graphs import GRAPHS
from portlog.query.groups import DIMENSIONS, GROUPS
from portlog.query.parameters import OFFSET_MINUTES_MAX

EVENTS, PLAIN, FILE = "text/event-stream", "text/plain", "application/octet-stream"


@dataclass(frozen=True)
class Asked:
    """A parameter."""

    name: str
    meaning: str
    schema: Mapping[str, Any]
    where: str = "query"  # or "header"


@dataclass(frozen=True)
class Operation:
    """One row of OPERATIONS."""

    reply: str  # a component; or a media type, of what is not JSON
    parameters: tuple[Asked, ...] = ()
    body: str = ""  # a component; "" takes none
    many: bool = False  # the body may be a list of them
    lines: bool = False  # the body is one JSON value a line
    may_be_empty: bool = False  # the body may be left out
    unchanged: bool = False  # 304 when the caller has it
    named: str = ""  # the vendor's operationId
    errors: tuple[str, ...] = ()  # slugs of ERRORS besides those that its kind of route has


def _text(name: str, meaning: str) -> Asked:
    return Asked(name, meaning, {"type": "string"})


def _header(name: str, meaning: str) -> Asked:
    return Asked(name, meaning, {"type": "string"}, "header")


def _whole(name: str, meaning: str, default: int | None, low: int, high: int) -> Asked:
    bounds: dict[str, Any] = {"type": "integer", "minimum": low, "maximum": high}
    return Asked(name, meaning, bounds if default is None else bounds | {"default": default})


def _choice(name: str, meaning: str, choices: Iterable[str], default: str = "") -> Asked:
    """A parameter with fixed values; the first of them, or `default`, when left out."""
    values = list(choices)
    return Asked(name, meaning, {"type": "string", "enum": values, "default": default or values[0]})


def _size(default: int, most: int, least: int = 1) -> Asked:
    return _whole("page_size", "Rows of a page.", default, least, most)


def _order(choices: Iterable[str], default: str = "") -> tuple[Asked, Asked]:
    return (
        _choice("order_by", "What rows are ordered by.", choices, default),
        _choice("order_by_type", "The highest first, or the lowest.", ("desc", "asc")),
    )


TIMEOUT = _whole("timeout_ms", "After how long the answer is of no use any more.", None, 1, TIMEOUT_MS_MAX)
NAME = Asked(
    "x-portlog-asked-by", "A name of the caller's own, under which `GET /v1/questions` tells of its questions.",
    {"type": "string", "maxLength": NAME_CHARS_MAX, "pattern": "^[ -~]*$"}, "header",
)  # fmt: skip
_OFFSET = _whole(
    "utc_offset_minutes", "Of the reader's clock, east of Greenwich positive.", 0, -OFFSET_MINUTES_MAX, OFFSET_MINUTES_MAX
)
_CURSOR = _text("cursor", "`next_cursor` of the page before.")


def _filter(name: str, meaning: str) -> Asked:
    """A row of PARAMETERS. Bounds of numbers have `_min` and `_max`, but for those of time, which have times."""
    if not name.endswith(("_min", "_max")) or name.startswith("time_"):
        return _text(name, meaning)
    return Asked(name, meaning, {"type": "number"} if name.startswith("weighted") else {"type": "number", "minimum": 0})


_FILTERS = tuple(_filter(p.name, p.meaning) for p in filters.PARAMETERS)
SHARED = (*_FILTERS, _OFFSET, _CURSOR, TIMEOUT, NAME)
"""Parameters that stand once in the document, under their names."""
_OF_FEEDBACK = tuple(each for each in (*_FILTERS, _OFFSET) if each.name in feedback.PARAMETERS)


def _total(default: str) -> Asked:
    return _choice("include_total", "Whether `total` is counted.", ("true", "false"), default)


def _number(most: int) -> Asked:
    return _whole("current_page", "Which page, from 0 on.", 0, 0, most)


_LOGS = (
    *_FILTERS, _OFFSET, _CURSOR, _size(filters.PAGE_SIZE_DEFAULT, filters.PAGE_SIZE_MAX), _number(filters.OFFSET_MAX),
    *_order(("created_at", "cost", "response_time", "total_units")),
)  # fmt: skip
_TRACES = (
    *_FILTERS, _OFFSET, _CURSOR, _size(traces.PAGE_SIZE_DEFAULT, traces.PAGE_SIZE_MAX), *_order(traces.ORDERS), _total("false"),
)  # fmt: skip
_GATHERED = (
    *_FILTERS, _OFFSET, _CURSOR, _size(sessions.PAGE_SIZE_DEFAULT, sessions.PAGE_SIZE_MAX), *_order(sessions.ORDERS),
    _total("false"),
)  # fmt: skip
_GROUPS = (
    *_FILTERS, _OFFSET, _text("columns", "Figures to show besides, a comma list."),
    _text("order_by", "A column, or `value`."), _choice("order_by_type", "The highest first, or the lowest.", ("desc", "asc")),
    _size(groups.PAGE_SIZE_DEFAULT, groups.PAGE_SIZE_MAX, 0), _number(groups.PAGE_MAX), _total("true"),
)  # fmt: skip
_GRAPH = (
    *_FILTERS, _OFFSET,
    _text("split_by", f"A series for each value: {', '.join(d.name for d in DIMENSIONS)} or metadata.<key>."),
    _text("compare", "`previous`: the same over the range before."),
)  # fmt: skip
_EXPORTS = ("bad-filter", "field-denied", "query-limit", "busy", "store-unavailable")
_STORING = ("overloaded", "disk-full", "outcome-unknown", "store-unavailable")
_ONCE = _header("idempotency-key", "The same call with the same key is stored once.")
_STORED = Operation(
    "StoredReply", (_ONCE,), body="CustomLog", many=True,
    errors=(*_STORING, "unsupported-type", "malformed-otlp", "idempotency-mismatch"),
)  # fmt: skip
_OTLP = Operation("OtlpReply", body="OtlpRequest", errors=(*_STORING, "unsupported-type", "malformed-otlp"))
_GIVEN = Operation(
    "FeedbackResponse", (_ONCE,), body="FeedbackRequest", many=True, named="createFeedback",
    errors=(*_STORING, "idempotency-mismatch", "not-found", "busy", "query-limit"),
)  # fmt: skip
_CHANGED = Operation("FeedbackResponse", body="FeedbackUpdateRequest", may_be_empty=True, errors=_STORING)
_GROUPED = Operation("GroupPage", _GROUPS)
_OTLP_PATHS = (
    "/traces", "/metrics", "/otel", "/otel/v1/traces", "/otel/v1/logs", "/otel/v1/metrics", "/logs/otel",
    "/logs/otel/v1/traces", "/logs/otel/v1/logs", "/logs/otel/v1/metrics", "/api/public/otel/v1/traces",
)  # fmt: skip

OPERATIONS: Mapping[str, Operation] = {
    "POST /logs": _STORED,
    "POST /logs/gateway": _STORED,
    "POST /logs/webhook": _STORED,
    **{f"POST {path}": _OTLP for path in _OTLP_PATHS},
    "GET /logs": Operation("LogPage", (*_LOGS, _total("true"))),
    "GET /logs/stats": Operation("LogStats", (
        *_FILTERS, _OFFSET, _whole("buckets", "Buckets at most.", stats.BUCKETS_DEFAULT, 1, stats.BUCKETS_MAX),
    )),
    "GET /logs/facets": Operation("LogFacets", (
        *_FILTERS, _OFFSET, _text("fields", "Fields of the query language, a comma list."),
        _text("search", "Only values that hold this; with one field."),
        _whole("limit", "Values of a field.", facets.LIMIT_DEFAULT, 1, facets.LIMIT_MAX),
    )),
    "GET /logs/stream": Operation(EVENTS, (
        *_FILTERS, _OFFSET, _header("last-event-id", "What a client sends when it comes back."),
        _text("after", "The id of the last event that was read."),
        _choice("sample", "Leave logs out where they come too fast to read.", ("true", "false")),
    )),
    "GET /logs/parse": Operation("ParsedQuery", (*_FILTERS, _OFFSET)),
    "GET /fields": Operation("FieldList"),
    "POST /query": Operation("QueryResult", (TIMEOUT,), body="QueryRequest", errors=("bad-sql",)),
    "GET /query/views": Operation("QueryViewList"),
    "POST /logs/exports": Operation("UpdateExportResponse", body="ExportRequest", may_be_empty=True, errors=_EXPORTS),
    "GET /logs/exports": Operation("ExportListResponse", (_text("workspace_id", "Those that were asked for with it."),)),
    "POST /logs/exports/preview": Operation("ExportPreview", body="ExportRequest", may_be_empty=True, errors=_EXPORTS),
    "GET /logs/exports/field-restrictions": Operation("ExportFields", (_text("workspace_id", "Said back."),)),
    "GET /logs/exports/{id}": Operation("ExportItem"),
    "PUT /logs/exports/{id}": Operation(
        "UpdateExportResponse", body="ExportRequest", may_be_empty=True, errors=(*_EXPORTS, "export-state")
    ),
    "DELETE /logs/exports/{id}": Operation("ExportTaskResponse", errors=("export-state",)),
    "POST /logs/exports/{id}/start": Operation("ExportTaskResponse", errors=("export-state",)),
    "POST /logs/exports/{id}/cancel": Operation("ExportTaskResponse", errors=("export-state",)),
    "GET /logs/exports/{id}/download": Operation("DownloadLogsResponse", errors=("export-state",)),
    "GET /logs/exports/{id}/file": Operation(
        FILE, (_text("expires", "As the link has it."), _text("signature", "As the link has it.")), errors=("link-refused",)
    ),
    "GET /logs/groups/{groupBy}": _GROUPED,
    "POST /logs/import": Operation("Imported", body="ImportedLog", lines=True, errors=(*_STORING, "busy", "query-limit")),
    "GET /logs/{id}": Operation("LogObject", (_header("if-none-match", "The ETag that the caller has."),), unchanged=True),
    "GET /logs/{id}/explain": Operation("Explanation"),
    "POST /feedback": _GIVEN,
    "GET /feedback": Operation("FeedbackPage", (
        *_OF_FEEDBACK, _CURSOR, _size(filters.PAGE_SIZE_DEFAULT, filters.PAGE_SIZE_MAX),
    )),
    "PUT /feedback/{id}": replace(_CHANGED, named="updateFeedback"),
    "POST /feedback/{id}": _CHANGED,
    "DELETE /feedback/{id}": Operation("FeedbackResponse", errors=_STORING),
    "GET /traces": Operation("TracePage", _TRACES),
    "GET /traces/{trace_id:path}": Operation("Trace", (
        _CURSOR, _size(trace.PAGE_SIZE_MAX, trace.PAGE_SIZE_MAX),
        _choice("detail", "Whether spans have ids and previews.", ("auto", "full", "light")),
    )),
    "GET /questions": Operation("QuestionList", (_text("asked_by", "Only those of the caller of this name."),)),
    "GET /views": Operation("ViewList"),
    "POST /views": Operation("View", body="ViewRequest", errors=("bad-filter", "conflict")),
    "GET /views/{id}": Operation("View"),
    "PUT /views/{id}": Operation("View", body="ViewChange", may_be_empty=True, errors=("bad-filter", "conflict")),
    "DELETE /views/{id}": Operation("View"),
    "GET /api-keys": Operation("ApiKeyList"),
    "POST /api-keys": Operation("ApiKey", body="ApiKeyRequest"),
    "DELETE /api-keys/{id}": Operation("ApiKey"),
    "GET /prices": Operation("PriceList"),
    "POST /prices": Operation("Price", body="PriceRequest"),
    "DELETE /prices/{id}": Operation("Price"),
    "GET /settings": Operation("SettingList"),
    "GET /sessions": Operation("SessionPage", _GATHERED),
    "GET /sessions/{session:path}": Operation("Session", (*_LOGS, _total("false"))),
    "GET /users": Operation("UserPage", _GATHERED),
    "POST /demo": Operation("Demo", errors=_STORING),
    "DELETE /demo": Operation("Demo", errors=("busy", "query-limit")),
    "POST /reprocess": Operation("Reprocessing", body="ReprocessingRequest"),
    "GET /reprocess": Operation("ReprocessingList"),
    "POST /reprocess/{id}/cancel": Operation("Reprocessing"),
    **{
        f"GET /analytics/graphs/{path}": Operation(graph_name(graph), _GRAPH)
        for graph in GRAPHS
        for path in (graph.path, *graph.aliases)
    },
    "GET /analytics/errors": Operation("ErrorGroups", (
        *_FILTERS, _OFFSET, *_order(error_groups.ORDERS), _number(error_groups.PAGE_MAX),
        _size(error_groups.PAGE_SIZE_DEFAULT, error_groups.PAGE_SIZE_MAX, 0),
    )),
    "GET /analytics/summary/cache": Operation("CacheSummary", (*_FILTERS, _OFFSET)),
    **{f"GET /analytics/groups/{group.path}": _GROUPED for group in GROUPS},
    "GET /analytics/groups/metadata/{key:path}": _GROUPED,
    "GET /analytics/groups/{groupBy}": _GROUPED,
    "GET /about": Operation("About", errors=("busy", "query-limit", "store-unavailable")),
    "POST /session": Operation("SessionBegun", body="SessionRequest", errors=("key-unknown",)),
    "DELETE /session": Operation("SessionEnded"),
    "GET /healthz": Operation("Health", errors=("busy", "store-unavailable")),
    "GET /metrics": Operation(PLAIN),
    "GET /openapi.json": Operation("OpenApi"),
}  # fmt: skip

PAGES = frozenset(("GET /", "GET /ui", "GET /ui/{path:path}"))
"""Routes for people, which the document leaves out."""
