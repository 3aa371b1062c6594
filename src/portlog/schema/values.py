"""Values out of decoded JSON, as senders spell them: numbers, times, ids, metadata. Used by every reader; knows no sender.

Contract 4 (trace keys, metadata) and 11.1 (times).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from portlog.schema import jsons

METADATA_INDEX_CHARS_MAX = 128  # contract 4.3


def number(sent: Any) -> float | None:
    """A finite number of a JSON number or of a numeric string such as `"0035"`; else None."""
    if isinstance(sent, bool) or not isinstance(sent, int | float | str):
        return None
    try:
        value = float(sent)
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def first(part: Mapping[str, Any], *keys: str) -> str:
    """The first non-empty of `keys`, as text; numbers become decimal text, other values are passed over."""
    for key in keys:
        value = part.get(key)
        if type(value) is str:
            if value:
                return value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            return as_text(value)
    return ""


_NO_PARENT = frozenset(("", "None", "null", "root"))


def parent_of(sent: str) -> str:
    """A parent id as sent; the words for no parent become ""."""
    return "" if sent in _NO_PARENT else sent


# Trace identity and the senders' own bookkeeping: lifted out of the index, kept in the raw metadata.
_LIFTED = frozenset(
    ("trace_id", "traceId", "traceID", "span_id", "spanId", "parent_span_id", "parentSpanId", "span_name",
     "spanName", "startTime", "endTime", "_logType", "_debug")
)  # fmt: skip


def metadata_index(metadata: Mapping[str, Any]) -> dict[str, str]:
    """What filters and groups see of metadata: each value's text, cut to 128 characters; nulls left out."""
    return {
        key: (value if type(value) is str else as_text(value))[:METADATA_INDEX_CHARS_MAX]
        for key, value in metadata.items()
        if value is not None and key not in _LIFTED
    }


def as_text(value: Any) -> str:
    """The text form of a JSON value: strings as they are, the rest as JSON."""
    return value if isinstance(value, str) else jsons.encode(value).decode()


# RFC 3986, appendix B: takes any text apart, so that no query or password of an odd URL becomes a span's name.
_URL_PATH = re.compile(r"(?:[^:/?#]+:)?(?://[^/?#]*)?([^?#]*)")


def path_of(url: str) -> str:
    """The path of a URL, without host, query and fragment."""
    match = _URL_PATH.match(url)
    return (match and match[1]) or "/"


def kind_of(value: Any) -> str:
    """What JSON calls the type of a value, with its article."""
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def shown(value: Any) -> str:
    """A value in an error message: short, and never a whole body."""
    text = as_text(value) if not isinstance(value, str) else f'"{value}"'
    return text if len(text) <= 40 else text[:39] + "…"


_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9}))?)?\s*(Z|z|[+\- ]\d{2}:?\d{2})?"
)


def parse_time_ms(text: str) -> int | None:
    """ISO 8601 to ms since the epoch; UTC when no offset is named; None if it is no time.

    An unencoded `+` in a query arrives as a space before the offset: accepted (contract 9.2).
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    day, clock, fraction, offset = match.groups()
    offset = "+00:00" if offset is None or offset in "Zz" else offset.replace(" ", "+")
    try:
        moment = datetime.fromisoformat(f"{day}T{clock or '00:00'}{offset}")
    except ValueError:
        return None
    millis = int((fraction or "0").ljust(3, "0")[:3])
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1000 + millis


_CREATED_PAST_DAYS, _CREATED_FUTURE_DAYS, _DAY_MS = 3660, 1, 86_400_000


def is_plausible_ms(created_ms: float, received_ms: int) -> bool:
    """Whether a log may have been created then: within the last ten years, at most a day ahead, not before 1970."""
    age_ms = received_ms - created_ms
    return created_ms >= 0 and -_CREATED_FUTURE_DAYS * _DAY_MS <= age_ms <= _CREATED_PAST_DAYS * _DAY_MS


def clamp_ms(created_ms: float | None, received_ms: int) -> float:
    """The time that a sender names, with its fraction, if it is plausible; else the time of receipt."""
    if created_ms is not None and is_plausible_ms(created_ms, received_ms):
        return created_ms
    return received_ms


def is_bare_date(text: str) -> bool:
    """A date without a time: as an upper bound it means the end of that day (contract 11.1)."""
    return re.fullmatch(r"\d{4}-\d{2}-\d{2}", text.strip()) is not None
