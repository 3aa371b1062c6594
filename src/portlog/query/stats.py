"""What stands above a list: its totals, and how many logs there were when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portlog.query.figures import tidy
from portlog.query.filters import Filter, read_filter, read_offset, read_times
from portlog.query.parameters import read_whole
from portlog.query.ranges import DAY_MS, HOUR_MS, MINUTE_MS, WEEK_MS, Buckets, buckets_over
from portlog.store import Store
from portlog.store.sql import stats as sql

BUCKETS_DEFAULT, BUCKETS_MAX = 120, 1000

# Widths that a person reads easily, each a whole part of a day or whole days; beyond, weeks, doubled as often as need be.
_WIDTHS_MS = (
    *(seconds * 1000 for seconds in (1, 2, 5, 10, 15, 30)),
    *(minutes * MINUTE_MS for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * HOUR_MS for hours in (1, 2, 3, 4, 6, 12)),
    DAY_MS, 2 * DAY_MS,
    *(WEEK_MS << doubled for doubled in range(20)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StatsQuestion:
    """Totals and histogram of which logs; a bound of the range that is None is that of the logs that match."""

    workspace: str
    where: Filter
    from_ms: int | None
    to_ms: int | None
    buckets_max: int
    utc_offset_minutes: int


def read_stats(parameters: Mapping[str, str], workspace: str, now_ms: int) -> StatsQuestion:
    """raises  PortlogError bad-filter"""
    from_ms, to_ms = read_times(parameters, now_ms=now_ms)
    return StatsQuestion(
        workspace=workspace,
        where=read_filter(parameters, now_ms=now_ms),
        from_ms=from_ms,
        to_ms=to_ms,
        buckets_max=read_whole(parameters, "buckets", BUCKETS_DEFAULT, 1, BUCKETS_MAX),
        utc_offset_minutes=read_offset(parameters),
    )


def nice_buckets(from_ms: int, to_ms: int, buckets_max: int, utc_offset_minutes: int) -> Buckets:
    """The narrowest buckets, aligned to local time, of which no more than `buckets_max` cover [from_ms, to_ms)."""
    for width_ms in _WIDTHS_MS:
        buckets = buckets_over(from_ms, to_ms, width_ms, utc_offset_minutes)
        if buckets.count <= buckets_max:
            return buckets
    raise AssertionError("the widest bucket holds all of time")


def answer_stats(store: Store, question: StatsQuestion, now_ms: int) -> dict[str, Any]:
    """Reply `log-stats`: totals of the logs of the range, and the logs in each bucket, empty ones too."""
    from_ms, to_ms = _range(store, question, now_ms)
    buckets = nice_buckets(from_ms, to_ms, question.buckets_max, question.utc_offset_minutes)
    statement = sql.stats(
        question.workspace, question.where, first_ms=buckets.first_ms, bucket_ms=buckets.bucket_ms,
        from_ms=from_ms, to_ms=to_ms,
    )  # fmt: skip
    ((counted, *sums, latencies),) = store.select(statement)
    counts = {int(bucket): (int(logs), int(errors)) for bucket, logs, errors in counted}
    return {
        "object": "log-stats",
        "from": from_ms,
        "to": to_ms,
        "bucket_ms": buckets.bucket_ms,
        "totals": _totals(dict(zip(sql.SUMS, sums, strict=True)), latencies),
        "buckets": [_bucket(at, *counts.get(place, (0, 0))) for place, at in enumerate(buckets.starts())],
    }


def _bucket(at: int, logs: int, errors: int) -> dict[str, int]:
    return {"at": at, "ok": logs - errors, "error": errors}


def _range(store: Store, question: StatsQuestion, now_ms: int) -> tuple[int, int]:
    """The range asked for; where a side is open, as far as the logs that match reach."""
    from_ms, to_ms = question.from_ms, question.to_ms
    if to_ms is None:
        newest = store.select(sql.outermost(question.workspace, question.where, newest=True))
        last_ms = int(newest[0][0]) + 1 if newest else now_ms
        to_ms = last_ms if from_ms is None else max(now_ms, last_ms)  # logs may be dated ahead of our clock
    if from_ms is None:
        oldest = store.select(sql.outermost(question.workspace, question.where, newest=False))
        from_ms = int(oldest[0][0]) if oldest else to_ms
    return from_ms, to_ms


def _totals(sums: dict[str, Any], latencies: list[float]) -> dict[str, Any]:
    counts = {name: int(value or 0) for name, value in sums.items() if name not in ("cost_usd", "timed_ms")}
    timed, cost_usd = counts.pop("timed_requests"), float(sums["cost_usd"] or 0)
    avg = float(sums["timed_ms"]) / timed if timed else None
    ranks = (float(value) for value in latencies) if timed else (None,) * len(sql.LEVELS)
    return counts | {
        "cost_usd": tidy(cost_usd),
        "cost": tidy(100 * cost_usd),
        "latency_ms": {
            name: None if value is None else tidy(value)
            for name, value in zip(("avg", "p50", "p90", "p99"), (avg, *ranks), strict=True)
        },
    }
