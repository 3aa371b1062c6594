"""The OpenAPI 3.1 document, made of ROUTES, OPERATIONS, SHAPES and ERRORS: nothing of it is written by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import portlog
from portlog.api.auth import SESSION_COOKIE
from portlog.api.operations import (
    EVENTS,
    FILE,
    NAME,
    OPERATIONS,
    PAGES,
    PLAIN,
    SHARED,
    TIMEOUT,
    Asked,
    Operation,
)
from portlog.api.routes import Route
from portlog.api.schemas import Schema, components, reference
from portlog.errors import ERRORS
from portlog.exports.formats import FORMATS

_STATUS = {kind.slug: kind.status for kind in ERRORS}
_JSON, _PROTOBUF = "application/json", "application/x-protobuf"
_SECURITY: dict[str, Schema] = {
    "key": {"type": "apiKey", "in": "header", "name": "x-portkey-api-key"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
}
_OF_KEYS = ("key-required", "key-unknown", "scope-missing", "origin-refused")
_OF_QUESTIONS = ("bad-filter", "query-limit", "busy", "store-unavailable")
_OF_BODIES = ("malformed-json", "request-validation", "too-large", "bad-encoding", "unsupported-encoding")


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """The document of a URL map. Routes that are also served without `/v1` are told with it."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        if key_of(route) not in PAGES:
            paths.setdefault(path_of(route), {})[route.method.lower()] = _operation(route, OPERATIONS[key_of(route)])
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Portlog",
            "version": portlog.__version__,
            "description": "Every route under `/v1` is also served without it. A refusal says what was wrong, and where.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "./"}],
        "paths": paths,
        "components": {
            "schemas": components(),
            "parameters": {asked.name: _told(asked) for asked in SHARED},
            "securitySchemes": _SECURITY,
        },
    }


def key_of(route: Route) -> str:
    """How OPERATIONS names a route."""
    return f"{route.method} {route.path}"


def path_of(route: Route) -> str:
    """The path as the document writes it: `/v1/traces/{trace_id}`."""
    return ("/v1" if route.versioned else "") + re.sub(r":path}", "}", route.path)


def errors_of(route: Route) -> tuple[str, ...]:
    """The slugs of every refusal that a route can answer with."""
    operation = OPERATIONS[key_of(route)]
    return tuple(
        dict.fromkeys((
            *(() if route.public else _OF_KEYS),
            *(_OF_QUESTIONS if route.asks else ()),
            *(_OF_BODIES if operation.body else ()),
            *(("stopping",) if operation.body and not route.asks else ()),
            *(("not-found",) if "{" in route.path else ()),
            *operation.errors,
            "internal",
        ))
    )  # fmt: skip


def parameters_of(route: Route) -> tuple[Asked, ...]:
    """What a route reads of its query string and headers."""
    own = OPERATIONS[key_of(route)].parameters
    return (*own, *(each for each in (TIMEOUT, NAME) if route.asks and each not in own))


def _operation(route: Route, operation: Operation) -> Schema:
    told = {
        "operationId": operation.named or _id_of(route),
        "summary": route.summary,
        "tags": [_tag(route)],
        "parameters": [*_path_parameters(route), *map(_parameter, parameters_of(route))],
        "responses": {**_replies(operation), **_refusals(route)},
        "security": [] if route.public else [{name: [route.scope] if route.scope else []} for name in _SECURITY],
    }
    return told | ({"requestBody": _body(operation)} if operation.body else {})


def _id_of(route: Route) -> str:
    """`get_logs_exports_id` and `get_analytics_graphs_usersRequests`, from method and path."""
    steps = re.sub(r"{(\w+)[^}]*}", r"\1", route.path).strip("/").split("/")
    return "_".join((route.method.lower(), *(re.sub(r"[-.]+(\w)", lambda m: m[1].upper(), step) for step in steps)))


def _tag(route: Route) -> str:
    return "otlp" if route.signal else re.split(r"[/.]", route.path)[1]


def _path_parameters(route: Route) -> Iterator[Schema]:
    for name in re.findall(r"{(\w+)", route.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def _parameter(asked: Asked) -> Schema:
    return {"$ref": f"#/components/parameters/{asked.name}"} if asked in SHARED else _told(asked)


def _told(asked: Asked) -> Schema:
    return {"name": asked.name, "in": asked.where, "description": asked.meaning, "schema": dict(asked.schema)}


def _takes_otlp(operation: Operation) -> bool:
    return "malformed-otlp" in operation.errors


def _body(operation: Operation) -> Schema:
    schema: Schema = reference(operation.body)
    if operation.many:
        schema = {"oneOf": [schema, {"type": "array", "items": schema}]}
    content: dict[str, Schema] = {"application/x-ndjson" if operation.lines else _JSON: {"schema": schema}}
    if _takes_otlp(operation):
        content[_PROTOBUF] = {}
    return {"required": not operation.may_be_empty, "content": content}


def _replies(operation: Operation) -> dict[str, Schema]:
    packed: dict[str, Schema] = {_PROTOBUF: {}} if _takes_otlp(operation) else {}
    reply = {"200": {"description": "Done.", "content": _content(operation.reply) | packed}}
    return reply | ({"304": {"description": "The caller has it already."}} if operation.unchanged else {})


def _content(reply: str) -> dict[str, Schema]:
    if reply == FILE:
        types = {"application/gzip", *(each.media_type for each in FORMATS.values())}
        return {media_type: {} for media_type in sorted(types)}
    if reply in (EVENTS, PLAIN):
        return {reply: {"schema": {"type": "string"}}}
    return {_JSON: {"schema": reference(reply)}}


def _refusals(route: Route) -> dict[str, Schema]:
    """By status, which slugs it stands for."""
    by_status: dict[int, list[str]] = {}
    for slug in errors_of(route):
        by_status.setdefault(_STATUS[slug], []).append(slug)
    content: dict[str, Schema] = {_JSON: {"schema": reference("OtlpStatus" if route.signal else "Refusal")}}
    if _takes_otlp(OPERATIONS[key_of(route)]):
        content[_PROTOBUF] = {}
    return {
        str(status): {"description": ", ".join(f"`{slug}`" for slug in slugs), "content": content}
        for status, slugs in sorted(by_status.items())
    }
