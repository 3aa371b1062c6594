"""Totals and histogram of a list, in one scan; the times between which its logs lie."""

from __future__ import annotations

from typing import Any

from portlog.store.sql.filters import condition
from portlog.store.sql.parts import Binder, Statement

# Of each bucket, and added up behind: so one scan gives both. Token and cost columns are empty where a log does not count.
_SUMS = {
    "logs": "count()",
    "error_logs": "countIf(outcome = 'error')",
    "requests": "countIf(counts = 1)",
    "errors": "countIf(counts = 1 AND outcome = 'error')",
    "unpriced_requests": "countIf(counts = 1 AND isNull(cost_usd))",
    "cost_usd": "sum(cost_usd)",
    "input_tokens": "sum(input_tokens)",
    "output_tokens": "sum(output_tokens)",
    "total_tokens": "sum(total_tokens)",
    "timed_requests": "countIf(counts = 1 AND isNotNull(response_ms))",
    "timed_ms": "sumIf(response_ms, counts = 1)",
}
SUMS = tuple(_SUMS)

# Nearest rank is the value at ceil(level x n) - 1, the engine's at floor(level x n): they differ where level x n is whole, and a
# level that is less by 1e-11 makes them one for all n below 1e9.
LEVELS = (0.5, 0.9, 0.99)
_LEVELS = ", ".join(repr(round(level - 1e-11, 11)) for level in LEVELS)


def stats(workspace: str, where: Any, *, first_ms: int, bucket_ms: int, from_ms: int, to_ms: int) -> Statement:
    """One row: [(bucket, logs, errors)…] of the buckets that are not empty, SUMS, [latency at LEVELS]."""
    binder = Binder()
    first, width = binder.bind(first_ms, "Int64"), binder.bind(bucket_ms, "Int64")
    scope = _scope(workspace, where, binder)
    within = f"created_at >= {binder.moment(from_ms)} AND created_at < {binder.moment(to_ms)}"
    inner = ", ".join(f"{sql} AS `{name}_`" for name, sql in _SUMS.items())
    outer = ", ".join(f"sum(`{name}_`)" for name in _SUMS)
    text = (
        f"SELECT groupArray((bucket, logs_, error_logs_)), {outer}, quantilesExactMerge({_LEVELS})(latencies) FROM ("
        f"SELECT toUInt16(intDiv(toUnixTimestamp64Milli(created_at) - {first}, {width})) AS bucket, {inner}, "
        f"quantilesExactStateIf({_LEVELS})(response_ms, counts = 1) AS latencies "
        f"FROM logs WHERE {within} AND {scope} GROUP BY bucket)"
    )
    return Statement(text, binder.values)


def outermost(workspace: str, where: Any, *, newest: bool) -> Statement:
    """The time of the newest or oldest log that matches: read from that end of the order, so it stops at once."""
    binder = Binder()
    text = (
        f"SELECT toUnixTimestamp64Milli(created_at) FROM logs WHERE {_scope(workspace, where, binder)} "
        f"ORDER BY created_at {'DESC' if newest else 'ASC'} LIMIT 1"
    )
    return Statement(text, binder.values)


def _scope(workspace: str, where: Any, binder: Binder) -> str:
    return f"workspace = {binder.bind(workspace, 'String')} AND ({condition(where, binder)})"
