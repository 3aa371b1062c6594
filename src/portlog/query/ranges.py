"""The range of time that a question is about, and the buckets that a graph cuts it into (contract 9.4).

A range is [from, to). Buckets are aligned to the wall clock of a fixed offset from UTC, so that a day is a day of the reader.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from portlog.query.language.times import When, span_ms
from portlog.query.parameters import refuse

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
WEEK_MS = 7 * DAY_MS
RANGE_DEFAULT_MS = DAY_MS
_MS_MAX = 2**43  # the year 2248; the engine's times end in 2299
_MONDAY_MS = -3 * DAY_MS  # the last Monday before 1970-01-01, wherever one is: no range begins before it

BUCKETS: tuple[tuple[int, int], ...] = (
    (2 * HOUR_MS, MINUTE_MS),
    (12 * HOUR_MS, 5 * MINUTE_MS),
    (4 * DAY_MS, HOUR_MS),
    (120 * DAY_MS, DAY_MS),
)
"""(longest range, its bucket); beyond the last a bucket is a week."""
_WEEKS_MAX = 1000  # of a longer range a bucket is whole weeks, so that a reply stays a reply

RANGE_PARAMETERS = ("time_of_generation_min", "time_of_generation_max", "from", "to")
"""Names of the bounds; the second pair are short aliases of the first."""


@dataclass(frozen=True, slots=True)
class Range:
    """from_ms <= time < to_ms, both since the epoch."""

    from_ms: int
    to_ms: int

    @property
    def length_ms(self) -> int:
        """How long it is."""
        return self.to_ms - self.from_ms

    def before(self) -> Range:
        """The range of equal length that ends where this one begins."""
        return Range(self.from_ms - self.length_ms, self.from_ms)


@dataclass(frozen=True, slots=True)
class Buckets:
    """`count` buckets of `bucket_ms`, the first beginning at `first_ms`; together they cover a range."""

    first_ms: int
    bucket_ms: int
    count: int

    def starts(self) -> range:
        """The first ms of each."""
        return range(self.first_ms, self.first_ms + self.count * self.bucket_ms, self.bucket_ms)

    def earlier(self, by_ms: int) -> Buckets:
        """The same buckets, moved back: the n-th of both stand beside each other."""
        return Buckets(self.first_ms - by_ms, self.bucket_ms, self.count)


def buckets_of(span: Range, utc_offset_minutes: int = 0) -> Buckets:
    """Cut a range into buckets; the first and the last may reach beyond it."""
    return buckets_over(span.from_ms, span.to_ms, bucket_ms_of(span.length_ms), utc_offset_minutes)


def buckets_over(from_ms: int, to_ms: int, bucket_ms: int, utc_offset_minutes: int) -> Buckets:
    """Buckets of this width over [from_ms, to_ms), aligned to local time, weeks to Mondays; none over no time."""
    anchor_ms = (_MONDAY_MS if bucket_ms % WEEK_MS == 0 else 0) - utc_offset_minutes * MINUTE_MS
    first_ms = (from_ms - anchor_ms) // bucket_ms * bucket_ms + anchor_ms
    return Buckets(first_ms, bucket_ms, max(0, -(-(to_ms - first_ms) // bucket_ms)) if to_ms > from_ms else 0)


def bucket_ms_of(length_ms: int) -> int:
    """The bucket for a range of this length."""
    for longest_ms, bucket_ms in BUCKETS:
        if length_ms <= longest_ms:
            return bucket_ms
    return WEEK_MS * max(1, -(-length_ms // (_WEEKS_MAX * WEEK_MS)))


def read_range(parameters: Mapping[str, str], now_ms: int, utc_offset_minutes: int = 0) -> Range:
    """The range that query parameters name. Without an end it ends now; without a beginning it is 24 hours long.

    Times without an offset are at `utc_offset_minutes`.

    raises  PortlogError bad-filter naming the parameter
    """
    from_name, from_text = _bound(parameters, "time_of_generation_min", "from")
    to_name, to_text = _bound(parameters, "time_of_generation_max", "to")
    to_ms = _moment(to_name, to_text, now_ms, utc_offset_minutes, end=True) if to_text else now_ms
    from_ms = _moment(from_name, from_text, now_ms, utc_offset_minutes) if from_text else to_ms - RANGE_DEFAULT_MS
    if from_ms >= to_ms:
        raise refuse(from_name, f"must be before the end of the range, {to_name if to_text else 'now'}")
    return Range(from_ms, to_ms)


def _bound(parameters: Mapping[str, str], name: str, alias: str) -> tuple[str, str]:
    """Which name was used, and its text; the contract's name wins."""
    for given in (name, alias):
        if text := parameters.get(given, "").strip():
            return given, text
    return name, ""


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|today|yesterday")


def _moment(name: str, text: str, now_ms: int, utc_offset_minutes: int, *, end: bool = False) -> int:
    """A time as the query language has it; of a day its begin, or as an end of the range its end (contract 11.1)."""
    span = span_ms(text, When(now_ms, utc_offset_minutes))
    if span is None or span[1] >= _MS_MAX:
        raise refuse(name, f"must be an ISO 8601 time such as 2026-11-20T18:00:00Z, or `-24h`, not {text[:80]!r}")
    return max(0, span[1] if end and _DAY.fullmatch(text) else span[0])
