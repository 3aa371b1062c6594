"""Ranges and buckets: whatever the range and the zone, buckets cover it without gaps, and begin when a clock strikes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portlog.errors import PortlogError
from portlog.query.parameters import read_offset
from portlog.query.ranges import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    WEEK_MS,
    Range,
    bucket_ms_of,
    buckets_of,
    read_range,
)
from tests.samples import NOW_MS

MOMENTS = st.integers(0, NOW_MS * 2)
LENGTHS = st.integers(1, 50 * 365 * DAY_MS) | st.sampled_from(
    [edge + more for edge in (2 * HOUR_MS, 12 * HOUR_MS, 4 * DAY_MS, 120 * DAY_MS) for more in (-1, 0, 1)]
)


@given(MOMENTS, LENGTHS, st.integers(-840, 840))
def test_buckets_cover_the_range_and_no_more(from_ms: int, length_ms: int, offset: int) -> None:
    span = Range(from_ms, from_ms + length_ms)
    buckets = buckets_of(span, offset)
    starts = buckets.starts()
    assert len(starts) == buckets.count >= 1
    assert starts[0] <= span.from_ms < starts[0] + buckets.bucket_ms
    assert starts[-1] < span.to_ms <= starts[-1] + buckets.bucket_ms
    assert buckets.count <= 1001
    local = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=starts[0] + offset * MINUTE_MS)
    assert local.second == local.microsecond == 0
    if buckets.bucket_ms >= HOUR_MS:
        assert local.minute == 0
    if buckets.bucket_ms >= DAY_MS:
        assert local.hour == 0
    if buckets.bucket_ms >= WEEK_MS:
        assert local.weekday() == 0


@pytest.mark.parametrize(
    ("length_ms", "bucket_ms"),
    [
        (1, MINUTE_MS), (2 * HOUR_MS, MINUTE_MS), (2 * HOUR_MS + 1, 5 * MINUTE_MS), (12 * HOUR_MS, 5 * MINUTE_MS),
        (12 * HOUR_MS + 1, HOUR_MS), (4 * DAY_MS, HOUR_MS), (4 * DAY_MS + 1, DAY_MS), (120 * DAY_MS, DAY_MS),
        (120 * DAY_MS + 1, WEEK_MS), (1000 * WEEK_MS, WEEK_MS), (1000 * WEEK_MS + 1, 2 * WEEK_MS),
    ],
)  # fmt: skip
def test_the_bucket_follows_from_the_length(length_ms: int, bucket_ms: int) -> None:
    assert bucket_ms_of(length_ms) == bucket_ms


@pytest.mark.parametrize(
    ("parameters", "wanted"),
    [
        ({}, (NOW_MS - DAY_MS, NOW_MS)),
        ({"from": "-7d"}, (NOW_MS - 7 * DAY_MS, NOW_MS)),
        ({"from": "-90m", "to": "-30m"}, (NOW_MS - 90 * MINUTE_MS, NOW_MS - 30 * MINUTE_MS)),
        ({"to": "now"}, (NOW_MS - DAY_MS, NOW_MS)),
        ({"from": str(NOW_MS - 5), "to": str(NOW_MS)}, (NOW_MS - 5, NOW_MS)),
        ({"from": "1970-01-01", "to": "1970-01-01"}, (0, DAY_MS)),
        ({"from": "1970-01-02T00:00:00 01:00", "to": "1970-01-02T00:00:00Z"}, (23 * HOUR_MS, DAY_MS)),
        ({"time_of_generation_min": "1970-01-02", "from": "-1h"}, (DAY_MS, NOW_MS)),
        ({"time_of_generation_min": " ", "from": "-1h"}, (NOW_MS - HOUR_MS, NOW_MS)),
        ({"from": "-1000w"}, (max(0, NOW_MS - 1000 * WEEK_MS), NOW_MS)),
        ({"from": "0001-01-01"}, (0, NOW_MS)),
    ],
)
def test_a_range_is_read(parameters: dict[str, str], wanted: tuple[int, int]) -> None:
    span = read_range(parameters, NOW_MS)
    assert (span.from_ms, span.to_ms) == wanted


@pytest.mark.parametrize("text", ["soon", "-7", "-7y", "1.5h", "2026-13-01", "9999-01-01", "--1d", "12", "٣", "-٣d"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(PortlogError, match="from must be"):
        read_range({"from": text}, NOW_MS)


@pytest.mark.parametrize("text", ["1.5", "841", "-841", "1h", "٣", "9" * 400])
def test_what_is_no_offset_is_refused(text: str) -> None:
    with pytest.raises(PortlogError, match="utc_offset_minutes must be"):
        read_offset({"utc_offset_minutes": text})


@given(st.dictionaries(st.sampled_from(["from", "to", "time_of_generation_min", "time_of_generation_max"]), st.text(max_size=12)))
def test_any_text_is_a_range_or_a_refusal(parameters: dict[str, Any]) -> None:
    try:
        span = read_range(parameters, NOW_MS)
    except PortlogError as error:
        assert error.kind.slug == "bad-filter"
    else:
        assert 0 <= span.from_ms < span.to_ms
        assert buckets_of(span).count >= 1
