"""What the readers of all foreign shapes do alike: take parts out of decoded JSON whatever it is, and merge metadata."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

from portlog.schema import jsons
from portlog.schema.log import Log
from portlog.schema.values import METADATA_INDEX_CHARS_MAX, as_text, first, metadata_index, number

_DECODE_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError)
TRACE_KEYS = ("trace_id", "traceId", "traceID")  # contract 4.1, as metadata spells them
SPAN_KEYS = ("span_id", "spanId")
PARENT_KEYS = ("parent_span_id", "parentSpanId")
NAME_KEYS = ("span_name", "spanName")


def mapping(value: Any) -> dict[str, Any]:
    """The object that a value is, or an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """The array that a value is, or an empty one."""
    return value if isinstance(value, list) else []


def unpacked(value: Any) -> Any:
    """The object or array that a text spells as JSON; any other value as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        decoded = jsons.decode_any(value)
        jsons.encode(decoded)
    except _DECODE_ERRORS:
        return value
    return decoded


def body(value: Any) -> bytes:
    """A body as the log holds it."""
    return jsons.encode(value)


def rest_of(part: dict[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """What of a part has no name of its own: for elements without a `body` that is the body."""
    return {key: value for key, value in part.items() if key not in known}


def headers_of(part: Mapping[str, Any], key: str = "headers") -> dict[str, str]:
    """Headers as text; {} when there are none."""
    return {name: as_text(value) for name, value in mapping(part.get(key)).items() if value is not None}


def milliseconds(*sent: Any) -> float | None:
    """The first of `sent` that is a number of ms, or its text such as `"0035"`."""
    for value in sent:
        ms = number(value)
        if ms is not None and ms >= 0:
            return ms
    return None


_INT32 = 2**31


def status_of(sent: Any) -> int | None:
    """An HTTP status, or None when none is stated; what lies outside 100-599 is kept as sent (contract 2.2 row 9)."""
    value = number(sent)
    return int(value) if value is not None and value == int(value) and abs(value) < _INT32 else None


# Who and which conversation, as metadata names them; the first that is not empty wins.
_USER_KEYS = ("_user", "user", "user_id")
_SESSION_KEYS = ("_session", "session_id", "sessionId", "session", "conversation_id")
_ORGANISATION_KEYS = ("organisation_id", "_organisation", "organization")


def session_of(metadata: Mapping[str, Any]) -> str:
    """The session that metadata names, or ""."""
    return first(metadata, *_SESSION_KEYS)


def metadata_fields(log: Log, *layers: Mapping[str, Any], user: str = "", session: str = "") -> dict[str, Any]:
    """The fields of a log that its metadata fills: `layers` lie over what the call's headers gave, the last on top.

    user, session  as the element states them beside its metadata; the metadata's own words win
    """
    merged: dict[str, Any] = {**mapping(jsons.decode_any(log.metadata or b"{}"))}
    for layer in layers:
        merged |= layer
    index = metadata_index(merged)
    stated = first(index, *_USER_KEYS)
    if not stated and user:
        stated = index["_user"] = user[:METADATA_INDEX_CHARS_MAX]
    return {
        "metadata": jsons.encode(merged),
        "metadata_index": index,
        "organisation_id": first(merged, *_ORGANISATION_KEYS),
        "user": stated,
        "session": session_of(merged) or session,
    }


def baggage(header: str) -> dict[str, str]:
    """The members of a W3C `baggage` header, URL-decoded; what is none is passed over."""
    found: dict[str, str] = {}
    for member in header.split(","):
        key, is_member, value = member.partition(";")[0].partition("=")
        if is_member and key.strip():
            found[unquote(key.strip())] = unquote(value.strip())
    return found


_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")


def traceparent(header: str) -> tuple[str, str]:
    """Trace and parent span of a W3C `traceparent` header; two "" when it is malformed or invalid."""
    match = _TRACEPARENT.fullmatch(header.strip().lower())
    if match is None or set(match[1]) == {"0"} or set(match[2]) == {"0"}:
        return "", ""
    return match[1], match[2]
