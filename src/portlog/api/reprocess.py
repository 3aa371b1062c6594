"""`/v1/reprocess`: derive the past again with today's rules and prices."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portlog.api.parts import parts_of
from portlog.api.reply import json_reply
from portlog.catalog import Reprocessing
from portlog.errors import PortlogError
from portlog.schema import jsons
from portlog.schema.render import iso
from portlog.schema.values import is_bare_date, parse_time_ms

_DAY_MS = 86_400_000
_BODY_BYTES_MAX = 10_000


async def begin(request: Request) -> Response:
    """`POST /v1/reprocess` with `{"since": time, "until": time}`; until now when `until` is left out."""
    body = await request.body()
    sent = jsons.decode(body[:_BODY_BYTES_MAX]) if body else {}
    if not isinstance(sent, dict):
        raise PortlogError("request-validation", "the body must be an object with `since`", path="")
    parts = parts_of(request)
    since_ms, until_ms = times_of(sent.get("since"), sent.get("until"), parts.now_ms())
    return json_reply(shown(parts.catalog.create_reprocessing(since_ms, until_ms)))


def times_of(since: Any, until: Any, now_ms: int) -> tuple[int, int]:
    """The range of a job out of its two texts.

    raises  PortlogError request-validation naming the wrong one
    """
    since_ms = _time("since", since)
    if until in (None, ""):
        until_ms = now_ms + _DAY_MS  # what senders date a little ahead is there too
    else:
        until_ms = _time("until", until) + (_DAY_MS if is_bare_date(str(until)) else 0)
    if until_ms <= since_ms:
        raise PortlogError("request-validation", "until must be after since", path="until")
    return since_ms, until_ms


def _time(name: str, sent: Any) -> int:
    ms = parse_time_ms(sent) if isinstance(sent, str) else None
    if ms is None or ms < 0:
        raise PortlogError("request-validation", f"{name} must be an ISO 8601 time such as 2026-11-01", path=name)
    return ms


async def jobs(request: Request) -> Response:
    """`GET /v1/reprocess`: every job, the newest first."""
    found = [shown(job) for job in parts_of(request).catalog.reprocessings()]
    return json_reply({"object": "list", "total": len(found), "data": found})


async def cancel(request: Request) -> Response:
    """`POST /v1/reprocess/{id}/cancel`: what is done stays done."""
    job = parts_of(request).catalog.cancel_reprocessing(request.path_params["id"])
    if job is None:
        raise PortlogError("not-found", f"no reprocessing {request.path_params['id'][:80]!r}", path="id")
    return json_reply(shown(job))


def shown(job: Reprocessing) -> dict[str, Any]:
    """A job as the API shows it."""
    return {
        "object": "reprocessing",
        "id": job.id,
        "status": job.state,
        "since": iso(job.since_ms),
        "until": iso(job.until_ms),
        "done_through": iso(job.cursor_ms),
        "logs_seen": job.logs_seen,
        "logs_changed": job.logs_changed,
        "error": job.error or None,
        "created_at": iso(job.created_ms),
        "updated_at": iso(job.updated_ms),
    }
