"""SHAPES: every form other than the plain log in which real clients post, a row each (contract 3)."""

from __future__ import annotations

from typing import Any

import msgspec

from portlog.schema import jsons
from portlog.schema.log import Log, Warning_
from portlog.senders.exported import SHAPE as EXPORTED
from portlog.senders.gateway import HOOK, STREAM
from portlog.senders.handlers import SPAN
from portlog.senders.litellm import LITELLM
from portlog.senders.otel_log import OTEL_LOG
from portlog.senders.otlp import SHAPE as OTLP
from portlog.senders.shapes import Element, Shape

# In the order of contract 3: first match wins; what none recognises is a plain log, or none.
SHAPES: tuple[Shape, ...] = (LITELLM, SPAN, OTEL_LOG, HOOK, STREAM, OTLP, EXPORTED)

_BY_NAME = {shape.name: shape for shape in SHAPES}


def shape_of(element: Element) -> Shape | None:
    """The shape of an element; None for a plain log and for what is no log at all."""
    return next((shape for shape in SHAPES if shape.recognises(element)), None)


def shape_named(name: str) -> Shape | None:
    """The shape that `source_shape` names; None for plain logs, and for what a newer release stored."""
    return _BY_NAME.get(name)


def unfold(log: Log) -> Log:
    """The log with everything filled in that its raw element says; a plain log is returned as it is.

    Total: an element that its reader stumbles over keeps its envelope and gets a warning, never an exception.
    """
    shape = _BY_NAME.get(log.shape)
    if shape is None or not log.raw:
        return log
    log = msgspec.structs.replace(log, **_UNREAD)
    try:
        return shape.unfold(log, jsons.decode_any(log.raw))
    except Exception as error:  # noqa: BLE001 - whatever one element holds, the batch behind it must go on
        warning = Warning_("", "unreadable", f"{type(error).__name__} while reading the {shape.title}")
        return msgspec.structs.replace(log, warnings=[*log.warnings, warning])


# A log may be read again, with more in its raw element than before: nothing stays of the first reading.
_UNREAD: dict[str, Any] = {
    "request_url": "", "request_method": "", "request_headers": {}, "request_body": b"", "request_rest": b"",
    "status": None, "response_ms": None, "response_headers": {}, "response_body": b"", "response_rest": b"",
    "metadata_index": {}, "rest": b"", "user": "", "session": "", "stream": None, "kind": "", "outcome": "",
    "source": "", "stated": {}, "scope": "", "began_ms": None, "ended_ms": None,
}  # fmt: skip
