"""`POST /v1/logs/import`: logs out of exports, with the ids that they have. `portlog import` sends files in pieces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portlog.api.body import read_body
from portlog.api.parts import Parts, caller_of, parts_of
from portlog.api.reply import json_reply
from portlog.schema.feedback import Feedback

_GROWTH_MAX = 3  # of a whole log against the call that brought it: its raw element stands beside the bodies read out of it


async def import_logs(request: Request) -> Response:
    """Lines of whole logs, or of logs with Portkey's fields; 200 when they are durable, all or none."""
    parts = parts_of(request)
    body = await read_body(request.headers, request.receive, _GROWTH_MAX * parts.settings.request_bytes_max)
    return json_reply(await store_lines(parts, body, caller_of(request).workspace))


async def store_lines(parts: Parts, body: bytes, workspace: str) -> dict[str, Any]:
    """Store the logs of lines, then the feedback beside them; the reply. Both may be stored again: it is stored once.

    raises  PortlogError: a line that cannot be read, named by its index, and what `accept` raises; nothing is stored then
    """
    found = await parts.ingest.read_import(body, workspace=workspace)
    revisions = {log.id: log.kept.revision for log in found.logs if log.kept}
    held = await parts.questions.revisions_held([(log.created_ms, log.id) for log in found.logs])
    await parts.ingest.store_import(found)
    await parts.feedback.give(_newest(found.feedback))
    new = sum(held.get(log_id, -1) < revision for log_id, revision in revisions.items())
    count = len(found.logs)
    message = f"{count} logs imported, {new} of them new"
    return {"status": "success", "message": message, "count": count, "new": new, "object": "import"}


def _newest(given: Sequence[Feedback]) -> list[Feedback]:
    """Each feedback once: all logs of a trace bring it along."""
    newest: dict[bytes, Feedback] = {}
    for feedback in given:
        held = newest.get(feedback.id)
        if held is None or held.revision < feedback.revision:
            newest[feedback.id] = feedback
    return list(newest.values())
