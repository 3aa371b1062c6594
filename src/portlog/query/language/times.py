"""Times as people and clients write them: ISO 8601, days, words, so and so long ago, epoch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

DAY_MS = 86_400_000
_UNITS_MS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": DAY_MS, "w": 7 * DAY_MS}
_AGO = re.compile(r"-([0-9]{1,6})([smhdw])")
_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[Tt ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:[.,]([0-9]{1,9}))?)?\s*(Z|z|[+\- ][0-9]{2}:?[0-9]{2})?"
)


@dataclass(frozen=True, slots=True)
class When:
    """What `-2h` and `yesterday` are counted from, and where midnight is."""

    now_ms: int
    utc_offset_minutes: int = 0  # east of UTC


def span_ms(text: str, when: When) -> tuple[int, int] | None:
    """[first, end) in ms since the epoch of what `text` names; None if it is no time.

    A day is 24 hours from midnight at the offset, `14:00` a minute, `14:00:05` a second; what names a single ms, such as
    `-2h` or an epoch time, is that one. Times without an offset are at that of `when`.
    """
    text = text.strip()
    ago = _AGO.fullmatch(text)
    if ago is not None or text == "now":
        moment = when.now_ms - (int(ago[1]) * _UNITS_MS[ago[2]] if ago else 0)
        return moment, moment + 1
    if text in ("today", "yesterday"):
        offset_ms = when.utc_offset_minutes * 60_000
        midnight = (when.now_ms + offset_ms) // DAY_MS * DAY_MS - offset_ms - (DAY_MS if text == "yesterday" else 0)
        return midnight, midnight + DAY_MS
    if re.fullmatch(r"[0-9]{10}|[0-9]{13}", text):
        moment = int(text.ljust(13, "0"))
        return moment, moment + (1 if len(text) == 13 else 1000)
    return _iso_ms(text, when.utc_offset_minutes)


def _iso_ms(text: str, utc_offset_minutes: int) -> tuple[int, int] | None:
    """An `+` that was not encoded in a query arrives as a space (contract 9.2)."""
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    day, minute, second, fraction, offset = match.groups()
    if fraction and not second:
        return None
    try:
        clock = datetime.fromisoformat(f"{day}T{minute or '00:00'}{second or ''}")
        moment = clock.replace(tzinfo=_zone(offset, utc_offset_minutes))
    except ValueError:
        return None
    start = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1) + int((fraction or "0").ljust(3, "0")[:3])
    return start, start + (1 if fraction else 1000 if second else 60_000 if minute else DAY_MS)


def _zone(offset: str | None, utc_offset_minutes: int) -> timezone:
    """raises ValueError beyond 24 hours."""
    if offset is None:
        return timezone(timedelta(minutes=utc_offset_minutes))
    if offset in "Zz":
        return UTC
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))
