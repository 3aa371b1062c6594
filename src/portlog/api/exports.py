"""`/v1/logs/exports`: create, look at, start, cancel and download exports (contract 7)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from portlog.api.body import read_body
from portlog.api.parts import caller_of, parts_of
from portlog.api.reply import json_reply
from portlog.catalog.exports import ExportJob
from portlog.exports import item
from portlog.exports.fields import FIELDS
from portlog.exports.orders import Order, order_of, read_order
from portlog.schema import jsons
from portlog.schema.render import iso

_BODY_BYTES_MAX = 1024 * 1024


async def create(request: Request) -> Response:
    """`POST /v1/logs/exports`: a draft, and how many logs match now. Every member of the body may be left out."""
    parts, caller = parts_of(request), caller_of(request)
    order = read_order(await _body(request), parts.exports.denied)
    total = await _count(request, order)
    return json_reply(_told(parts.exports.create(caller.workspace, caller.api_key_id, order, total)))


async def preview(request: Request) -> Response:
    """`POST /v1/logs/exports/preview`: how many logs match, and three of them as they would be exported."""
    parts, workspace = parts_of(request), caller_of(request).workspace
    order = read_order(await _body(request), parts.exports.denied)
    return json_reply(await parts.questions.ask(lambda store: parts.exports.preview(store, workspace, order), heavy=True))


async def jobs(request: Request) -> Response:
    """`GET /v1/logs/exports`: every export of the workspace, the newest first."""
    wanted = request.query_params.get("workspace_id", "")
    found = [item(job) for job in parts_of(request).exports.list(caller_of(request).workspace, wanted)]
    return json_reply({"object": "list", "total": len(found), "data": found})


async def job(request: Request) -> Response:
    """`GET /v1/logs/exports/{id}`: one export, and how far it is."""
    return json_reply(item(_job(request)))


async def update(request: Request) -> Response:
    """`PUT /v1/logs/exports/{id}`: ask for something else; the export is a draft again."""
    parts, found = parts_of(request), _job(request)
    order = read_order(await _body(request), parts.exports.denied, order_of(found))
    total = await _count(request, order)
    return json_reply(_told(parts.exports.change(found, order, total)))


async def start(request: Request) -> Response:
    """`POST /v1/logs/exports/{id}/start`. What may stand in the body does not matter."""
    started = parts_of(request).exports.start(_job(request))
    return json_reply({"message": f"Export {started.id} has started", "object": "export"})


async def cancel(request: Request) -> Response:
    """`POST /v1/logs/exports/{id}/cancel`."""
    stopped = parts_of(request).exports.cancel(_job(request))
    return json_reply({"message": f"Export {stopped.id} has been cancelled", "object": "export"})


async def delete(request: Request) -> Response:
    """`DELETE /v1/logs/exports/{id}`: the job and its file."""
    found = _job(request)
    parts_of(request).exports.delete(found)
    return json_reply({"message": f"Export {found.id} has been deleted", "object": "export"})


async def download(request: Request) -> Response:
    """`GET /v1/logs/exports/{id}/download`: a link that is good for an hour, for whoever has it."""
    parts, found = parts_of(request), _job(request)
    link = parts.exports.link(found)
    host = request.headers.get("host") or request.url.netloc
    url = (
        f"{request.url.scheme}://{host}{parts.settings.root_path}/v1/logs/exports/{found.id}/file"
        f"?expires={link.expires_ms}&signature={link.signature}"
    )
    # The vendor's schema has `signed_url`, its product pages read `url`.
    return json_reply({"signed_url": url, "url": url, "expires_at": iso(link.expires_ms), "object": "export"},
                      headers={"cache-control": "no-store"})  # fmt: skip


async def file(request: Request) -> Response:
    """`GET /v1/logs/exports/{id}/file`: the file. The signature is the key."""
    query = request.query_params
    found = parts_of(request).exports.open(
        request.path_params["id"], query.get("expires", ""), query.get("signature", "")
    )
    return FileResponse(
        found.path,
        media_type="application/gzip" if found.path.suffix == ".gz" else found.format.media_type,
        filename=found.name,
        headers={
            "x-content-type-options": "nosniff",
            "content-security-policy": "default-src 'none'; sandbox",
            "cache-control": "private, no-store",
            "referrer-policy": "no-referrer",
        },
    )


async def field_restrictions(request: Request) -> Response:
    """`GET /v1/logs/exports/field-restrictions`: which fields may be exported."""
    denied = parts_of(request).exports.denied
    workspace = caller_of(request).workspace
    allowed = [field for field in FIELDS if field.name not in denied]
    return json_reply(
        {
            "object": "export-field-restrictions",
            "workspace_id": request.query_params.get("workspace_id") or workspace,
            "denied_fields": list(denied),
            "allowed_fields": [field.name for field in allowed],
            "fields": [{"name": f.name, "type": f.type, "meaning": f.meaning, "default": f.vendor} for f in allowed],
        }
    )


async def _body(request: Request) -> Any:
    """The body's value; None without one."""
    body = await read_body(request.headers, request.receive, _BODY_BYTES_MAX)
    return jsons.decode(body) if body.strip() else None


def _job(request: Request) -> ExportJob:
    return parts_of(request).exports.find(caller_of(request).workspace, request.path_params["id"])


async def _count(request: Request, order: Order) -> int:
    parts, workspace = parts_of(request), caller_of(request).workspace
    return await parts.questions.ask(lambda store: parts.exports.count(store, workspace, order), heavy=True)


def _told(found: ExportJob) -> dict[str, Any]:
    return {"id": found.id, "total": found.total, "object": "export"}
