"""How tests read a foreign element: opened on the request, unfolded behind it."""

from __future__ import annotations

import json
from typing import Any

from portlog.schema.ids import LogIds
from portlog.schema.log import Log
from portlog.senders import wire
from portlog.senders.table import unfold
from tests.samples import NOW_MS


def opened(body: Any, headers: dict[str, str] | None = None, *, strict: bool = False) -> list[Log]:
    """The logs of a call as they go to disk."""
    context = wire.context_of(headers or {}, wire.Context(received_ms=NOW_MS, strict=strict))
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return wire.parse(text, context, wire.Limits(10_000), LogIds())


def read(body: Any, headers: dict[str, str] | None = None, *, strict: bool = False) -> list[Log]:
    """The same, with everything filled in."""
    return [unfold(log) for log in opened(body, headers, strict=strict)]


def read_one(element: Any, headers: dict[str, str] | None = None, *, strict: bool = False) -> Log:
    (log,) = read([element], headers, strict=strict)
    return log


def stated(log: Log) -> dict[str, Any]:
    """What the sender states beside the bodies, without places."""
    return {name: value.value for name, value in log.stated.items()}
