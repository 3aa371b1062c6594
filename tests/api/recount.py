"""Analytics with a pencil: every graph and group counted again, in plain Python, from the rows that lists show."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Row = dict[str, Any]  # of `GET /v1/logs`, with `option_path` besides
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
WEEK = 7 * DAY


@dataclass(frozen=True)
class Given:
    """One feedback."""

    trace_id: str
    value: int
    weight: float
    at_ms: int


def ms(text: str) -> int:
    return round((datetime.fromisoformat(text.rstrip("Z")).replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)


def iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ms % 1000:03d}Z"


def bucket_of(length_ms: int) -> int:
    """Contract 9.4."""
    if length_ms <= 2 * HOUR:
        return MINUTE
    if length_ms <= 12 * HOUR:
        return 5 * MINUTE
    if length_ms <= 4 * DAY:
        return HOUR
    return DAY if length_ms <= 120 * DAY else WEEK


def starts(from_ms: int, to_ms: int, offset_minutes: int = 0) -> list[int]:
    """Where buckets begin: walked back from the range's begin to a round time of that zone, then forward."""
    bucket, offset = bucket_of(to_ms - from_ms), offset_minutes * MINUTE
    local = from_ms + offset
    if bucket == WEEK:
        day = local // DAY
        first = (day - (day + 3) % 7) * DAY  # 1970-01-01 was a Thursday
    else:
        first = local - local % bucket
    return list(range(first - offset, to_ms, bucket))


# -- figures -----------------------------------------------------------------------------------------------------------


def cost(rows: Iterable[Row]) -> float:
    return math.fsum(row["cost"] or 0 for row in rows)


def tokens(rows: Iterable[Row], side: str = "total") -> int:
    return sum(row[{"total": "total_units", "in": "req_units", "out": "res_units"}[side]] or 0 for row in rows)


def latencies(rows: Iterable[Row]) -> list[float]:
    return sorted(row["response_time"] for row in rows if row["response_time"] is not None)


def mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0


def rank(values: Sequence[float], percent: int) -> float:
    """Nearest rank, in whole numbers: the value at place ceil(n * percent / 100), from 1."""
    return values[-(-len(values) * percent // 100) - 1] if values else 0


def failed(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if not 100 <= row["response_status_code"] < 400]


def hits(rows: Iterable[Row], *statuses: str) -> list[Row]:
    return [row for row in rows if row["cache_status"] in (statuses or ("HIT", "SEMANTIC HIT"))]


def rescued(rows: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    fine = [row for row in rows if 100 <= row["response_status_code"] < 400]
    by_retry = [row for row in fine if (row["retry_success_count"] or 0) >= 1]
    return by_retry, [row for row in fine if any(int(n) > 0 for n in re.findall(r"\[(\d+)\]", row["option_path"]))]


def users(rows: Iterable[Row]) -> set[str]:
    return {row["user"] for row in rows if row["user"]}


def share(part: float, whole: float) -> float:
    return 100 * part / whole if whole else 0


def counts(key: str, values: Iterable[int]) -> list[dict[str, int]]:
    return [{key: value, "count": count} for value, count in sorted(Counter(values).items())]


# -- graphs ------------------------------------------------------------------------------------------------------------

Shown = dict[str, Any]
Count = Callable[[list[Any]], Shown]


def _latency(rows: list[Row]) -> Shown:
    values = latencies(rows)
    return {"avg": mean(values), "p50": rank(values, 50), "p90": rank(values, 90), "p99": rank(values, 99), "count": len(values)}


def _cost(rows: list[Row]) -> Shown:
    return {"total": cost(rows), "avg": cost(rows) / len(rows) if rows else 0, "saved": cost(hits(rows)), "count": len(rows)}


def _tokens(rows: list[Row]) -> Shown:
    return {"total": tokens(rows), "avg": tokens(rows) / len(rows) if rows else 0, "input": tokens(rows, "in"),
            "output": tokens(rows, "out"), "count": len(rows)}  # fmt: skip


def _per_user(rows: list[Row]) -> Shown:
    named = [row for row in rows if row["user"]]
    return {"avg": len(named) / len(users(rows)) if named else 0, "count": len(named)}


def _rate(rows: list[Row]) -> Shown:
    return {"rate": share(len(failed(rows)), len(rows)), "count": len(rows)}


def _rescued(rows: list[Row]) -> Shown:
    retried, fallen = rescued(rows)
    return {"retry": counts("retry_success_count", (row["retry_success_count"] for row in retried)), "fallback": len(fallen)}


def _hit_rate(rows: list[Row]) -> Shown:
    return {"simple_hits": len(hits(rows, "HIT")), "semantic_hits": len(hits(rows, "SEMANTIC HIT")),
            "rate": share(len(hits(rows)), len(rows)), "cumulative_simple_cache_savings": cost(hits(rows, "HIT")),
            "cumulative_semantic_cache_savings": cost(hits(rows, "SEMANTIC HIT")), "count": len(rows)}  # fmt: skip


def _hit_latency(rows: list[Row]) -> Shown:
    values = latencies(hits(rows))
    return {"avg": mean(values), "count": len(values)}


def _weighted(given: list[Given]) -> Shown:
    return {"avg": mean([each.value * each.weight for each in given]), "count": len(given)}


SUMMARIES: dict[str, Count] = {
    "requests": lambda rows: {"total": len(rows)},
    "cost": lambda rows: _cost(rows) | {"unpriced_requests": sum(row["cost"] is None for row in rows)},
    "latency": _latency,
    "tokens": _tokens,
    "users": lambda rows: {"total": len(users(rows))},
    "users/requests": lambda rows: {"total": len(rows), "unique": len(users(rows))} | _per_user(rows),
    "errors": lambda rows: {"total": len(failed(rows))},
    "errors/rate": _rate,
    "errors/stacks": lambda rows: {"total": len(failed(rows))},
    "errors/status-codes": lambda rows: {
        "total_errors": len(failed(rows)),
        "unique_error_codes": len({row["response_status_code"] for row in failed(rows)}),
    },
    "requests/rescued": lambda rows: {"retry": len(rescued(rows)[0]), "fallback": len(rescued(rows)[1])},
    "cache/hit-rate": lambda rows: {"total": len(hits(rows)), "rate": share(len(hits(rows)), len(rows)), "count": len(rows)},
    "cache/latency": lambda rows: {},
    "feedbacks": lambda given: {"total": len(given)},
    "feedbacks/scores": lambda given: {"total": len(given)},
    "feedbacks/weighted": _weighted,
    "feedbacks/ai-models": lambda given: {},
}

POINTS: dict[str, Count] = SUMMARIES | {
    "cost": _cost,
    "users/requests": _per_user,
    "errors/stacks": lambda rows: {"stats": counts("response_status_code", (row["response_status_code"] for row in failed(rows)))},
    "requests/rescued": _rescued,
    "cache/hit-rate": _hit_rate,
    "cache/latency": _hit_latency,
}

RUNNING = ("cumulative_simple_cache_savings", "cumulative_semantic_cache_savings")


def graph(path: str, things: list[Any], from_ms: int, to_ms: int, offset_minutes: int = 0) -> Shown:
    """Summary and points of a graph over rows (or, of feedback's graphs, over `Given`s) that are all in the range."""
    if path == "errors/status-codes":
        codes = counts("status_code", (row["response_status_code"] for row in failed(things)))
        return {"summary": SUMMARIES[path](things), "data_points": codes}
    if path == "feedbacks/scores":
        scores = [{"score": c["score"], "total": c["count"]} for c in counts("score", (each.value for each in things))]
        return {"summary": SUMMARIES[path](things), "data_points": scores}
    at = (lambda each: each.at_ms) if path.startswith("feedbacks") else (lambda row: ms(row["created_at"]))
    begins = starts(from_ms, to_ms, offset_minutes)
    points, sums = [], dict.fromkeys(RUNNING, 0.0)
    for begin in begins:
        inside = [each for each in things if begin <= at(each) < begin + bucket_of(to_ms - from_ms)]
        point = {"timestamp": iso(begin)} | POINTS[path](inside)
        for key in RUNNING:
            if key in point:
                sums[key] += point[key]
                point[key] = sums[key]
        points.append(point)
    return {"summary": SUMMARIES[path](things), "data_points": points}


def models_rated(rows: list[Row], given: list[Given]) -> list[Shown]:
    """Feedback by the models that requests of its trace have; `rows` are of all times."""
    points = []
    for model in {row["ai_model"] for row in rows}:
        traces = {row["trace_id"] for row in rows if row["ai_model"] == model}
        those = [each for each in given if each.trace_id in traces]
        if those:
            avg = mean([each.value * each.weight for each in those])
            points.append({"ai_model": model, "total": len(those), "avg_weighted_feedback": avg})
    return sorted(points, key=lambda point: (-point["total"], point["ai_model"]))


def cache_summary(rows: list[Row]) -> Shown:
    found = latencies(hits(rows))
    others = latencies(row for row in rows if row["cache_status"] not in ("HIT", "SEMANTIC HIT"))
    speedup = 100 * (mean(others) - mean(found)) / mean(others) if found and mean(others) else 0
    return {"hits": len(hits(rows)), "avg_latency": mean(found), "total_requests": len(rows), "cache_speedup": speedup,
            "rate": share(len(hits(rows)), len(rows)), "saved": cost(hits(rows))}  # fmt: skip


# -- groups ------------------------------------------------------------------------------------------------------------


def columns(rows: list[Row], given: list[Given]) -> Shown:
    """Every column of a group that is not empty."""
    times, n = latencies(rows), len(rows)
    rating = {trace: mean([e.value * e.weight for e in given if e.trace_id == trace]) for trace in {e.trace_id for e in given}}
    rated = [row for row in rows if row["trace_id"] in rating]
    seen = sorted(row["created_at"] for row in rows)
    return {
        "requests": n, "cost": cost(rows), "total_tokens": tokens(rows), "avg_tokens": tokens(rows) / n,
        "avg_input_tokens": tokens(rows, "in") / n, "avg_output_tokens": tokens(rows, "out") / n,
        "avg_latency": mean(times), "p50_latency": rank(times, 50), "p90_latency": rank(times, 90),
        "p95_latency": rank(times, 95), "p99_latency": rank(times, 99), "success_rate": share(n - len(failed(rows)), n),
        "error_count": len(failed(rows)), "error_rate": share(len(failed(rows)), n), "cache_hits": len(hits(rows)),
        "cache_hit_rate": share(len(hits(rows)), n), "last_seen": seen[-1], "first_seen": seen[0], "avg_cost": cost(rows) / n,
        "saved": cost(hits(rows)), "unpriced_requests": sum(row["cost"] is None for row in rows),
        "input_tokens": tokens(rows, "in"), "output_tokens": tokens(rows, "out"), "users": len(users(rows)),
        "requests_with_feedback": len(rated), "avg_weighted_feedback": mean([rating[row["trace_id"]] for row in rated]),
    }  # fmt: skip


VALUES: dict[str, Callable[[Row], str]] = {
    "ai_service": lambda row: row["ai_org"],
    "provider": lambda row: row["ai_org"],
    "model": lambda row: row["ai_model"],
    "status_code": lambda row: str(row["response_status_code"]),
    "api_key": lambda row: row["api_key_id"] or "",
    "config": lambda row: row["config"] or "",
    "workspace": lambda row: row["workspace_slug"],
    "prompt": lambda row: row["prompt_slug"] or "",
    "user": lambda row: row["user"],
    "session": lambda row: row["session"] or "",
    "environment": lambda row: metadata(row).get("_environment", ""),
    "kind": lambda row: row["kind"],
    "outcome": lambda row: row["outcome"],
    "cache_status": lambda row: row["cache_status"] or "",
    "virtual_key": lambda row: row["virtual_key"] or "",
    "model_requested": lambda row: row["model_requested"] or "",
    "source": lambda row: row["source"],
}
"""The value of a request in a dimension, "" for none."""
NAMED_ONLY = ("user", "session")


def metadata(row: Row) -> dict[str, str]:
    return dict(zip(row["metadata.key"], row["metadata.value"], strict=True))


def groups(rows: list[Row], value: Callable[[Row], str], given: list[Given], *, named_only: bool = False) -> dict[str, Shown]:
    """Columns by value."""
    by: dict[str, list[Row]] = {}
    for row in rows:
        if value(row) or not named_only:
            by.setdefault(value(row), []).append(row)
    return {each: columns(those, given) for each, those in by.items()}
