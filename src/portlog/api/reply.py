"""Answers: JSON bodies, and every refusal in the one form that all clients read (decision E1)."""

from __future__ import annotations

import uuid
from typing import Any

from starlette.responses import Response

from portlog.errors import PortlogError
from portlog.schema import jsons


def json_reply(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return a JSON response."""
    return Response(jsons.encode_around(value), status, headers, media_type="application/json")


def refusal(error: PortlogError) -> Response:
    """Render a refusal. A 5xx of ours carries a request id, which tells SDKs not to repeat a call that may
    have been stored; an overload does not, so that they do (decision R2)."""
    headers = {}
    if error.retry_after_seconds is not None:
        headers["retry-after"] = str(error.retry_after_seconds)
    if error.kind.slug in ("internal", "outcome-unknown"):
        headers["x-portkey-request-id"] = str(uuid.uuid4())
    if error.kind.status == 401:
        headers["www-authenticate"] = 'Bearer realm="portlog"'
    return json_reply(error.body(), error.kind.status, headers)
