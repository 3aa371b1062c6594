"""`/v1/api-keys`: list, make, revoke. A key's text is in the reply that made it, and nowhere else."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portlog.api.auth import Caller
from portlog.api.fields import Fields, listing, read_fields, wrong
from portlog.api.parts import caller_of, parts_of
from portlog.api.reply import json_reply
from portlog.catalog import ALL_SCOPES, ApiKey
from portlog.errors import PortlogError
from portlog.query.keys import calls_by_key
from portlog.schema.render import iso

NAME_CHARS_MAX = 100


async def keys(request: Request) -> Response:
    """`GET /v1/api-keys`: the workspace's keys, revoked ones too, the oldest first."""
    parts, workspace = parts_of(request), caller_of(request).workspace
    now_ms = parts.now_ms()
    calls = await parts.questions.ask(lambda store: calls_by_key(store, workspace, now_ms))
    found = parts.catalog.keys_of(workspace)
    return json_reply(listing([shown(key) | {"calls_24h": calls.get(key.id, 0)} for key in found]))


async def create(request: Request) -> Response:
    """`POST /v1/api-keys` `{"name", "scopes"?}`: without scopes, all that the maker has."""
    caller = caller_of(request)
    fields = await read_fields(request)
    name = fields.text("name", chars_max=NAME_CHARS_MAX)
    if not name:
        raise wrong("name", "is required")
    if fields.text("workspace", caller.workspace, chars_max=NAME_CHARS_MAX) != caller.workspace:
        raise wrong("workspace", f"must be {caller.workspace!r}, that of the key that asks")
    text, key = parts_of(request).catalog.create_key(name, _scopes(fields, caller), caller.workspace)
    return json_reply(shown(key) | {"calls_24h": 0, "key": text}, headers={"cache-control": "no-store"})


def _scopes(fields: Fields, caller: Caller) -> tuple[str, ...]:
    """The scopes that are asked for. Nobody gives what they do not have."""
    wanted = fields.texts("scopes", items_max=len(ALL_SCOPES), chars_max=50)
    if wanted is None:
        return caller.scopes
    if not wanted:
        raise wrong("scopes", f"is empty; there are {', '.join(ALL_SCOPES)}")
    for at, scope in enumerate(wanted):
        if scope not in ALL_SCOPES:
            raise wrong(f"scopes[{at}]", f"is no scope; there are {', '.join(ALL_SCOPES)}")
        if scope not in caller.scopes:
            raise PortlogError(
                "scope-missing", f"scopes[{at}]: the API key lacks the scope {scope} itself", path=f"scopes[{at}]"
            )
    return wanted


async def revoke(request: Request) -> Response:
    """`DELETE /v1/api-keys/{id}`: it opens nothing from now on, and its sessions end."""
    catalog, workspace, key_id = parts_of(request).catalog, caller_of(request).workspace, request.path_params["id"]
    live = [key.id for key in catalog.keys_of(workspace) if key.revoked_ms is None]
    if key_id not in live or not catalog.revoke_key(key_id):
        raise PortlogError("not-found", f"no live key {key_id[:80]!r}", path="id")
    return json_reply(next(shown(key) for key in catalog.keys_of(workspace) if key.id == key_id))


def shown(key: ApiKey) -> dict[str, Any]:
    """A key as the API shows it."""
    return {
        "object": "api-key",
        "id": key.id,
        "name": key.name,
        "hint": key.hint,
        "scopes": list(key.scopes),
        "workspace": key.workspace,
        "created_at": iso(key.created_ms),
        "revoked_at": _iso(key.revoked_ms),
        "last_used_at": _iso(key.last_used_ms),
    }


def _iso(ms: int | None) -> str | None:
    return None if ms is None else iso(ms)
