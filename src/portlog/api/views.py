"""`/v1/views`: questions saved under a name, shared by everyone in the workspace."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portlog.api.fields import Fields, listing, read_fields, wrong
from portlog.api.parts import caller_of, parts_of
from portlog.api.reply import json_reply
from portlog.catalog import View
from portlog.errors import PortlogError
from portlog.query.filters import read_filter
from portlog.schema.render import iso

NAME_CHARS_MAX, QUERY_CHARS_MAX, TIME_CHARS_MAX = 100, 4_000, 64
COLUMNS_MAX, COLUMN_CHARS_MAX = 50, 200
_PAGE = re.compile(r"[A-Za-z0-9_.:/-]{1,64}")


async def create(request: Request) -> Response:
    """`POST /v1/views`: a new view; its name must be free."""
    parts, now_ms = parts_of(request), parts_of(request).now_ms()
    blank = View(secrets.token_hex(8), caller_of(request).workspace, "", "logs", "", "", "", None, False, now_ms, now_ms)
    view = _read(await read_fields(request), blank, now_ms)
    parts.catalog.views.save(view)
    return json_reply(shown(view))


async def views(request: Request) -> Response:
    """`GET /v1/views`: all of the workspace, by name."""
    return json_reply(listing(list(map(shown, parts_of(request).catalog.views.of_workspace(caller_of(request).workspace)))))


async def view(request: Request) -> Response:
    """`GET /v1/views/{id}`."""
    return json_reply(shown(_found(request)))


async def change(request: Request) -> Response:
    """`PUT /v1/views/{id}`: what is left out stays as it is."""
    parts = parts_of(request)
    fields, now_ms = await read_fields(request), parts.now_ms()
    changed = replace(_read(fields, _found(request), now_ms), updated_ms=now_ms)
    parts.catalog.views.save(changed)
    return json_reply(shown(changed))


async def delete(request: Request) -> Response:
    """`DELETE /v1/views/{id}`: the reply is what it was."""
    gone = parts_of(request).catalog.views.delete(caller_of(request).workspace, request.path_params["id"])
    if gone is None:
        raise _no_view(request)
    return json_reply(shown(gone))


def shown(view: View) -> dict[str, Any]:
    """A view as the API shows it."""
    return {
        "object": "view",
        "id": view.id,
        "name": view.name,
        "page": view.page,
        "q": view.q,
        "from": view.since,
        "to": view.until,
        "columns": None if view.columns is None else list(view.columns),
        "pinned": view.pinned,
        "created_at": iso(view.created_ms),
        "updated_at": iso(view.updated_ms),
    }


def _read(fields: Fields, old: View, now_ms: int) -> View:
    """What was sent over what there was. The question must be one that can be asked."""
    name = fields.text("name", old.name, chars_max=NAME_CHARS_MAX)
    if not name:
        raise wrong("name", "is required")
    page = fields.text("page", old.page, chars_max=64)
    if not _PAGE.fullmatch(page):
        raise wrong("page", "must be the path of a page, such as logs")
    columns = fields.texts("columns", items_max=COLUMNS_MAX, chars_max=COLUMN_CHARS_MAX)
    view = replace(
        old,
        name=name,
        page=page,
        q=fields.text("q", old.q, chars_max=QUERY_CHARS_MAX),
        since=fields.text("from", old.since, chars_max=TIME_CHARS_MAX),
        until=fields.text("to", old.until, chars_max=TIME_CHARS_MAX),
        columns=columns if fields.has("columns") else old.columns,
        pinned=fields.flag("pinned", old.pinned),
    )
    read_filter({"q": view.q, "from": view.since, "to": view.until}, now_ms=now_ms)
    return view


def _found(request: Request) -> View:
    found = parts_of(request).catalog.views.find(caller_of(request).workspace, request.path_params["id"])
    if found is None:
        raise _no_view(request)
    return found


def _no_view(request: Request) -> PortlogError:
    return PortlogError("not-found", f"no view {request.path_params['id'][:80]!r}: it may have been deleted", path="id")
