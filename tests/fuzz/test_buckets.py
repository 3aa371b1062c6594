"""Histogram buckets of any range: they cover it, are as many as allowed, aligned, and as narrow as they can be."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from portlog.query.ranges import DAY_MS, MINUTE_MS, WEEK_MS
from portlog.query.stats import _WIDTHS_MS, BUCKETS_MAX, nice_buckets

MOMENTS = st.integers(0, 2**43)
LENGTHS = st.one_of(st.integers(1, 3 * DAY_MS), st.integers(1, 2**43))


@example(0, 4 * DAY_MS, 1, 8)  # one bucket for a range around the first Monday of 1970
@given(MOMENTS, LENGTHS, st.integers(1, BUCKETS_MAX), st.integers(-840, 840))
def test_buckets_cover_the_range_and_no_narrower_ones_would_do(from_ms: int, length_ms: int, buckets_max: int, offset: int) -> None:
    to_ms = from_ms + length_ms
    found = nice_buckets(from_ms, to_ms, buckets_max, offset)
    starts, width = list(found.starts()), found.bucket_ms
    assert 1 <= len(starts) <= buckets_max
    assert starts[0] <= from_ms < starts[0] + width
    assert starts[-1] < to_ms <= starts[-1] + width
    local = starts[0] + offset * MINUTE_MS
    assert (local - 4 * DAY_MS) % WEEK_MS == 0 if width % WEEK_MS == 0 else local % min(width, DAY_MS) == 0
    place = _WIDTHS_MS.index(width)
    if place:
        narrower = _WIDTHS_MS[place - 1]
        assert length_ms > (buckets_max - 1) * narrower, "fewer of them would have covered it, wherever they begin"


@given(MOMENTS, st.integers(0, DAY_MS), st.integers(1, BUCKETS_MAX))
def test_a_range_without_time_has_no_buckets(from_ms: int, before_ms: int, buckets_max: int) -> None:
    assert nice_buckets(from_ms, from_ms - before_ms, buckets_max, 0).count == 0
