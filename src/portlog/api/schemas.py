"""SHAPES: every body that comes in or goes out, member by member; `components` makes JSON Schema of them.

A member's name ends in `?` where it may be left out; its type ends in `?` where it may be null. Types: text, whole, number,
flag, time (ISO 8601), any, object (any members), `=a|b` (fixed texts), `[T]` (a list), `{T}` (values by key), or another
shape's name. Names of shapes are the vendor's where it has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from portlog.catalog.exports import EXPORT_STATES
from portlog.exports.formats import FORMATS
from portlog.query.figures import BY_NAME
from portlog.query.graphs import CACHE_SUMMARY, GRAPHS, Graph, reply_schema
from portlog.query.groups import COLUMNS as GROUP_COLUMNS
from portlog.schema.messages import Conversation

Schema = dict[str, Any]
Shape = Mapping[str, str]  # a member and its type

_METRICS: Shape = {
    "id": "text", "organisation_id": "text", "created_at": "text", "is_success": "flag", "ai_org": "text", "ai_model": "text",
    "req_units": "whole?", "res_units": "whole?", "total_units": "whole?", "cost": "number?", "cost_usd": "number?",
    "cost_currency": "text", "request_url": "text", "request_method": "text", "response_status_code": "whole?",
    "response_time": "number?", "is_proxy_call": "flag", "cache_status": "text?", "stream_mode": "whole?",
    "retry_success_count": "whole?", "trace_id": "text", "span_id": "text", "span_name": "text", "parent_span_id": "text",
    "virtual_key": "text?", "config": "text?", "prompt_slug": "text?", "source": "text", "sdk_version": "text?",
    "runtime": "text?", "runtime_version": "text?", "workspace_slug": "text?", "api_key_id": "text?", "metadata.key": "[text]",
    "metadata.value": "[text]",
}  # fmt: skip
_SAME: Shape = {  # of a row and of a whole log
    "source?": "text?", "kind": "text", "outcome": "text", "counts": "flag", "duplicate_of": "text?", "http_status": "whole?",
    "user": "text", "session": "text?", "cost_usd": "number?", "cost_source": "text?", "first_token_ms": "number?",
    "finish_reason": "text?", "error_message": "text?", "note?": "text",
}  # fmt: skip
_TOKENS: Shape = {"input_tokens": "whole?", "output_tokens": "whole?", "total_tokens": "whole?"}
_GATHERED: Shape = {
    "traces": "whole", "requests": "whole", "errors": "whole", "cost_usd": "number?", "cost": "number?",
    "unpriced_requests": "whole", "input_tokens": "whole", "output_tokens": "whole", "total_tokens": "whole",
    "first_seen": "time", "last_seen": "time", "models": "[text]",
}  # fmt: skip
_SESSION: Shape = {"session": "text", **_GATHERED, "users": "[text]", "object": "=session"}
_PAGE: Shape = {"has_more": "flag", "next_cursor": "text?"}
_SPANS: Shape = {"spans": "whole", "calls": "whole", "errors": "whole", "pending": "whole", "unpriced_calls": "whole"}
_PRICED: Shape = {"provider": "text?", "model": "text?", "since": "text?", "until": "text?"}
_VIEW: Shape = {"name": "text", "page": "text", "q": "text", "from": "text", "to": "text", "columns": "[text]?", "pinned": "flag"}
_EXPORT: Shape = {
    "filters": "object", "requested_data": "[text]", "description": "text", "workspace_id": "text",
    "format": f"={'|'.join(FORMATS)}", "gzip": "flag", "q": "text",
}  # fmt: skip
_STATES = f"={'|'.join(EXPORT_STATES)}"


def _optional(shape: Shape) -> Shape:
    """The same members, each of which may be left out."""
    return {f"{name.removesuffix('?')}?": kind for name, kind in shape.items()}


def _listed(item: str, **more: str) -> Shape:
    """A list as replies have it, whole or a page."""
    return {"object": "=list", "data": f"[{item}]", **more}


def _paged(item: str) -> Shape:
    return {**_listed(item, total="whole?"), **_PAGE}


SHAPES: Mapping[str, Shape] = {
    # refusals
    "Refusal": {
        "success": "flag", "status": "=failure", "status_code": "whole", "message": "text", "error": "RefusalError",
        "data": "RefusalData",
    },
    "RefusalError": {
        "message": "text", "type": "text", "code": "text", "param": "text?", "slug": "text", "remedy": "text",
    },
    "RefusalData": {"message": "text", "errorCode": "text", "errors": "[Fault]"},
    "Fault": {"path": "text", "message": "text", "start?": "whole", "end?": "whole", "suggestion?": "text?"},
    "OtlpStatus": {"code": "whole", "message": "text"},
    # logs
    "CustomLog": {
        "request?": "any", "response?": "any", "metadata?": "any", "provider?": "any", "created_at?": "any", "error?": "any",
    },
    "StoredReply": {
        "status?": "=success", "success?": "flag", "message?": "text", "count?": "whole", "ids?": "[text]",
        "trace_ids?": "[text]", "warnings?": "[Warning]", "verdict?": "flag", "partialSuccess?": "object",
    },
    "Warning": {"index?": "whole", "path": "text", "code": "text", "value?": "any"},
    "OtlpRequest": {"resourceSpans?": "[object]", "resourceLogs?": "[object]", "resourceMetrics?": "[object]"},
    "OtlpReply": {"partialSuccess?": "object"},
    "LogRow": {
        **_METRICS, **{name: kind for name, kind in _SAME.items() if name != "source?"}, "model_requested": "text",
        "preview": "text", "response_preview": "text", "feedback": "FeedbackOfTrace?", "highlights?": "[Highlight]",
    },
    "FeedbackOfTrace": {"total": "whole", "avg_weighted_feedback": "number?"},
    "Highlight": {"part": "=request|response|error", "text": "text", "marks": "[[whole]]"},
    "LogPage": _paged("LogRow"),
    "LogMetrics": _optional(_METRICS),
    "LogRequest": {
        "url": "text", "method": "text", "portkeyHeaders": "{text}", "headers?": "object", "body?": "any", "*": "any",
    },
    "LogResponse": {
        "status": "whole?", "responseTime": "whole?", "lastUsedOptionJsonPath": "text", "headers?": "object", "body?": "any",
        "*": "any",
    },
    "LogObject": {
        "_id": "text", "request": "LogRequest", "response": "LogResponse", "organisation_id": "text", "created_at": "time",
        "metrics": "LogMetrics", "metadata": "object", "warnings": "[Warning]", "source_shape": "text", **_SAME,
        "user_from": "text?", "session_from": "text?", "tags": "[text]", "tools": "[text]", "has": "[text]",
        "model_requested": "text?", "model_returned": "text?", "response_id": "text?", "error_type": "text?",
        "input_cost_usd": "number?", "output_cost_usd": "number?", **_TOKENS, "cache_read_tokens": "whole?",
        "cache_write_tokens": "whole?", "reasoning_tokens": "whole?", "received_at": "time", "tracked": "flag", "raw?": "any",
        "conversation": "Conversation", "feedback": "[Feedback]",
    },
    "LogStats": {
        "object": "=log-stats", "from": "whole", "to": "whole", "bucket_ms": "whole", "totals": "LogTotals",
        "buckets": "[LogBucket]",
    },
    "LogTotals": {
        "logs": "whole", "error_logs": "whole", "requests": "whole", "errors": "whole", "unpriced_requests": "whole",
        "input_tokens": "whole", "output_tokens": "whole", "total_tokens": "whole", "cost_usd": "number", "cost": "number",
        "latency_ms": "Latency",
    },
    "Latency": {"avg": "number?", "p50": "number?", "p90": "number?", "p99": "number?"},
    "LogBucket": {"at": "whole", "ok": "whole", "error": "whole"},
    "LogFacets": {"object": "=log-facets", "facets": "[Facet]"},
    "Facet": {"field": "text", "values": "[FacetValue]", "has_more": "flag"},
    "FacetValue": {"value": "text", "count": "whole"},
    "ParsedQuery": {"object": "=query", "tree": "object?", "sort": "QuerySort?", "text": "text"},
    "QuerySort": {"by": "text", "descending": "flag", "start": "whole", "end": "whole"},
    "FieldList": _listed("QueryField"),
    "QueryField": {
        "name": "text", "aliases": "[text]", "type": "text", "unit": "text", "operators": "[text]", "values": "[text]?",
        "meaning": "text", "glob": "flag", "textual": "flag", "pattern": "text", "says": "text", "bound_pattern": "text",
        "bound_says": "text",
    },
    "Explanation": {
        "object": "=explanation", "id": "text", "matches": "flag", "note": "text?", "derived_by": "text?",
        "derived_by_now": "text?", "values": "[ExplainedValue]", "cost": "ExplainedCost",
    },
    "ExplainedValue": {"name": "text", "value": "any", "shown": "any", "matches": "flag", "rule": "text", "places": "[text]"},
    "ExplainedCost": {
        "usd": "number?", "input_usd": "number?", "output_usd": "number?", "source": "text?", "shown_usd": "number?",
        "shown_source": "text?", "matches": "flag", "reason": "text", "price": "ExplainedPrice?", "parts": "[ExplainedPart]",
    },
    "ExplainedPrice": {
        **_PRICED, "provider": "text", "model": "text", "title": "text?", "source": "text", "version": "text", "tier": "text?",
        "above_input_tokens": "whole",
        "own_id": "text?", "discount_id": "text?", "discount_percent": "number",
    },
    "ExplainedPart": {"what": "text", "tokens": "number?", "usd_per_million": "number?", "usd": "number"},
    "ImportedLog": {"id?": "text", "_id?": "text", "request?": "any", "response?": "any"},
    "Demo": {"status": "=success", "message": "text", "count": "whole", "object": "=demo"},
    "Imported": {"status": "=success", "message": "text", "count": "whole", "new": "whole", "object": "=import"},
    # traces, sessions, users
    "TracePage": _paged("TraceRow"),
    "TraceRow": {
        "trace_id": "text", "name": "text?", "root_kind": "text?", "root_id": "text?", "started_at": "time", "ended_at": "time",
        "duration_ms": "number", **_SPANS, "cost_usd": "number?", "cost": "number?", **_TOKENS, "models": "[text]",
        "user": "text?", "session": "text?", "preview": "text?", "response_preview": "text?", "object": "=trace",
    },
    "Trace": {
        "object": "=trace", "trace_id": "text", "name": "text?", "root_kind": "text?", "user": "text?", "session": "text?",
        "started_at": "time", "ended_at": "time", "duration_ms": "number", "totals": "TraceTotals", "notes": "[TraceNote]",
        "detail": "=full|light", "spans": "[Span]", **_PAGE,
    },
    "TraceTotals": {**_SPANS, "cost_usd": "number?", "cost": "number?", **_TOKENS},
    "TraceNote": {"code": "text", "message": "text", "count": "whole", "ids": "[text]", "span_ids": "[text]"},
    "Span": {
        "depth": "whole", "start_ms": "number",
        **_optional({
            "id": "text", "placeholder": "flag", "span_id": "text", "parent_span_id": "text", "sent_parent_span_id": "text",
            "name": "text", "kind": "text", "provider": "text", "model": "text", "status": "whole", "outcome": "text",
            "duration_ms": "number", "self_ms": "number", "cost_usd": "number", "input_tokens": "whole", "output_tokens": "whole",
            "total_tokens": "whole", "finish_reason": "text", "tools": "[text]", "preview": "text", "response_preview": "text",
            "error_message": "text", "duplicate_of": "text", "on_critical_path": "flag", "orphan": "flag", "cycle_cut": "flag",
            "counts": "flag", "note": "text",
        }),
    },
    "SessionPage": _paged("SessionRow"),
    "SessionRow": _SESSION,
    "Session": {**_SESSION, "total": "whole?", "data": "[LogRow]", **_PAGE},
    "UserPage": _paged("UserRow"),
    "UserRow": {"user": "text", **_GATHERED, "sessions": "whole", "object": "=user"},
    # analytics
    "ErrorGroups": {**_listed("ErrorGroup", total="whole", errors="whole"), "from": "whole", "to": "whole"},
    "ErrorGroup": {
        "fingerprint": "text", "provider": "text", "status": "whole", "error_type": "text?", "message": "text", "count": "whole",
        "share": "number", "first_seen": "time", "last_seen": "time", "is_new": "flag", "users": "whole", "models": "[text]",
        "example_id": "text", "example_message": "text", "q": "text", "sparkline": "[whole]", "object": "=error-group",
    },
    # feedback
    "FeedbackRequest": {
        "trace_id?": "text", "span_id?": "text", "log_id?": "text", "value": "whole",
        "weight?": "number", "metadata?": "object",
    },
    "FeedbackUpdateRequest": {"value?": "whole", "weight?": "number", "metadata?": "object"},
    "FeedbackResponse": {"status": "=success", "message": "text", "feedback_ids": "[text]", "feedback_id": "[text]"},
    "FeedbackPage": {**_listed("Feedback"), **_PAGE},
    "Feedback": {
        "object": "=feedback", "id": "text", "trace_id": "text", "span_id": "text?", "log_id": "text?", "value": "whole",
        "weight": "number", "weighted_feedback": "number", "metadata": "object", "user": "text?", "created_at": "time",
        "updated_at": "time", "api_key_id": "text?",
    },
    # exports
    "ExportRequest": _optional(_EXPORT),
    "UpdateExportResponse": {"id": "text", "total": "whole", "object": "=export"},
    "ExportTaskResponse": {"message": "text", "object": "=export"},
    "DownloadLogsResponse": {"signed_url": "text", "url": "text", "expires_at": "time", "object": "=export"},
    "ExportPreview": {"object": "=export-preview", "total": "whole", "total_records": "whole", "rows": "[object]"},
    "ExportListResponse": _listed("ExportItem", total="whole"),
    "ExportItem": {
        "id": "text", "organisation_id": "text", **_EXPORT, "status": _STATES, "created_at": "time", "last_updated_at": "time",
        "created_by": "text", "object": "=export", "total": "whole", "total_records": "whole", "rows_done": "whole",
        "size_bytes": "whole?", "expires_at": "time?", "error": "text?",
    },
    "ExportFields": {
        "object": "=export-field-restrictions", "workspace_id": "text", "denied_fields": "[text]", "allowed_fields": "[text]",
        "fields": "[ExportField]",
    },
    "ExportField": {"name": "text", "type": "text", "meaning": "text", "default": "flag"},
    # what a workspace keeps
    "ViewRequest": {**_optional(_VIEW), "name": "text"},
    "ViewChange": _optional(_VIEW),
    "ViewList": _listed("View", total="whole"),
    "View": {"object": "=view", "id": "text", **_VIEW, "created_at": "time", "updated_at": "time"},
    "ApiKeyRequest": {"name": "text", "scopes?": "[text]?", "workspace?": "text?"},
    "ApiKeyList": _listed("ApiKey", total="whole"),
    "ApiKey": {
        "object": "=api-key", "id": "text", "name": "text", "hint": "text", "scopes": "[text]", "workspace": "text",
        "created_at": "time", "revoked_at": "time?", "last_used_at": "time?", "calls_24h?": "whole", "key?": "text",
    },
    "PriceRequest": {
        "provider?": "text?", "model?": "text?", "parts?": "object?", "percent?": "number", "since?": "text?", "until?": "text?",
    },
    "PriceList": _listed("Price", total="whole"),
    "Price": {"id": "text", "object": "=price|discount", "parts?": "{number}", "percent?": "number", **_PRICED},
    "SettingList": _listed("Setting", total="whole"),
    "Setting": {
        "object": "=setting", "name": "text", "value": "any", "default": "any", "changed": "flag", "origin": "text", "unit": "text",
        "choices": "[text]", "minimum": "number?", "maximum": "number?", "flag": "text", "env": "text", "help": "text",
    },
    "ReprocessingRequest": {"since": "text", "until?": "text?"},
    "ReprocessingList": _listed("Reprocessing", total="whole"),
    "Reprocessing": {
        "object": "=reprocessing", "id": "text", "status": "=running|done|failed|cancelled", "since": "time", "until": "time",
        "done_through": "time", "logs_seen": "whole", "logs_changed": "whole", "error": "text?", "created_at": "time",
        "updated_at": "time",
    },
    "QuestionList": _listed("Question", total="whole"),
    "Question": {
        "object": "=question", "path": "text", "asked_by": "text?", "elapsed_ms": "whole",
        "rows_read": "whole?", "rows_to_read": "whole?",
    },
    # SQL
    "QueryRequest": {"sql": "text", "limit?": "whole?"},
    "QueryResult": {
        "object": "=query-result", "columns": "[QueryColumn]", "rows": "[[any]]", "row_count": "whole", "truncated": "flag",
        "elapsed_ms": "number", "rows_read": "whole", "bytes_read": "whole",
    },
    "QueryColumn": {"name": "text", "type": "text"},
    "QueryViewList": _listed("QueryView", total="whole"),
    "QueryView": {"name": "text", "meaning": "text", "columns": "[QueryViewColumn]"},
    "QueryViewColumn": {"name": "text", "type": "text", "unit": "text", "meaning": "text"},
    # the server
    "About": {
        "name": "text", "version": "text", "auth": "=keys|off", "session": "flag", "scopes": "[text]", "logs": "whole?",
    },
    "Health": {"status": "=ok"},
    "OpenApi": {"openapi": "text", "info": "object", "paths": "object", "*": "any"},
    "SessionRequest": {"key": "text"},
    "SessionBegun": {"status": "=success", "name": "text", "scopes": "[text]"},
    "SessionEnded": {"status": "=success"},
}  # fmt: skip

# -- JSON Schema -----------------------------------------------------------------------------------------------------------

_PLAIN: Mapping[str, Schema] = {
    "text": {"type": "string"},
    "whole": {"type": "integer"},
    "number": {"type": "number"},
    "flag": {"type": "boolean"},
    "time": {"type": "string", "format": "date-time"},
    "object": {"type": "object", "additionalProperties": True},
    "any": {},
}


def reference(name: str) -> Schema:
    """Where a component stands."""
    return {"$ref": f"#/components/schemas/{name}"}


def schema_of(kind: str) -> Schema:
    """The schema of a type as SHAPES write it."""
    if kind.endswith("?"):
        return _or_null(schema_of(kind[:-1]))
    if kind.startswith("="):
        return {"type": "string", "enum": kind[1:].split("|")}
    if kind.startswith("["):
        return {"type": "array", "items": schema_of(kind[1:-1])}
    if kind.startswith("{"):
        return {"type": "object", "additionalProperties": schema_of(kind[1:-1])}
    return dict(_PLAIN[kind]) if kind in _PLAIN else reference(kind)


def _or_null(schema: Schema) -> Schema:
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    values = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return schema | {"type": [schema["type"], "null"]} | values


def object_schema(shape: Shape) -> Schema:
    """The schema of a shape; `*` says what members besides are."""
    members = {name.removesuffix("?"): schema_of(kind) for name, kind in shape.items() if name != "*"}
    required = [name for name in shape if not name.endswith("?") and name != "*"]
    open_ = {"additionalProperties": schema_of(shape["*"])} if "*" in shape else {}
    return {"type": "object", "properties": members} | ({"required": required} if required else {}) | open_


def components() -> dict[str, Schema]:
    """Every named schema of the document."""
    _, messages = msgspec.json.schema_components([Conversation], ref_template="#/components/schemas/{name}")
    shapes = {name: object_schema(shape) for name, shape in SHAPES.items()}
    graphs = {graph_name(graph): _graph(graph) for graph in GRAPHS}
    return shapes | messages | graphs | {"CacheSummary": _cache_summary(), "GroupPage": _groups()}


def graph_name(graph: Graph) -> str:
    """The component of a graph's reply: `GraphCacheHitRate`."""
    return "Graph" + "".join(word.capitalize() for word in graph.path.replace("/", "-").split("-"))


def _graph(graph: Graph) -> Schema:
    """GRAPHS' own schema, and what `split_by` and `compare` add."""
    schema = reply_schema(graph)
    part = {name: schema["properties"][name] for name in ("summary", "data_points")}
    series = {"key": {"type": ["string", "null"]}, "other": {"type": "boolean"}, **part}
    before = {**part, "from": {"type": "integer"}, "to": {"type": "integer"}}
    schema["properties"] |= {
        "series": {"type": "array", "items": {"type": "object", "properties": series, "required": ["key", *part]}},
        "previous": {"type": "object", "properties": before, "required": list(before)},
    }
    return schema


def _cache_summary() -> Schema:
    summary = object_schema({part.key: "number" for part in CACHE_SUMMARY})
    schema = object_schema({"object": "=analytics-summary", "from": "whole", "to": "whole"})
    return schema | {"properties": {"summary": summary, **schema["properties"]}, "required": ["summary", *schema["required"]]}


def _groups() -> Schema:
    """A page of groups: the value stands under the name of what is grouped by, the figures that were asked for beside it."""
    kinds = {"count": "whole", "number": "number", "moment": "time?"}
    figures = {f"{name}?": kinds[BY_NAME[figure].kind] for name, figure, _ in GROUP_COLUMNS}
    item = object_schema({**figures, "object": "=analytics-group", "*": "any"})
    for name in ("requests", "cost"):  # numbers as text in the groups whose schema the vendor wrote so
        item["properties"][name]["type"] = [item["properties"][name]["type"], "string"]
    page = object_schema({"object": "=list", "total?": "whole", "data": "[any]"})
    page["properties"]["data"]["items"] = item
    return page
