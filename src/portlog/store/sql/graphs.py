"""Analytics: figures over requests and over feedback, in buckets, groups and splits. Each question is one scan of few columns.

The names of FIGURES and dimensions are those of `query.figures` and `query.groups`.
"""

from __future__ import annotations

from typing import Any

from portlog.store.sql.filters import asked, condition
from portlog.store.sql.live import LIVE
from portlog.store.sql.parts import Binder, Statement, metadata_value, quoted

# -- figures -------------------------------------------------------------------------------------------------------------

_ERROR = "outcome = 'error'"
_SIMPLE, _SEMANTIC = "upper(cache_status) = 'HIT'", "upper(cache_status) = 'SEMANTIC HIT'"
_HIT = "upper(cache_status) IN ('HIT', 'SEMANTIC HIT')"
_STATUS = f"toInt32(assumeNotNull({asked('status')}))"  # a log that counts is a success or an error: it has one
_RETRIED = "ifNull(retry_count, 0) >= 1 AND outcome = 'success'"
_FALLBACK = r"match(option_path, '\\[0*[1-9][0-9]*\\]') AND outcome = 'success'"

# The engine takes the value at floor(level x n), from 0; nearest rank is ceil(level x n) - 1. A level that is less by 1e-11
# makes the first the second for all n from 1 to 1e9: less than 1 / 100 is taken from level x n, and more than rounding adds.
_LEVELS = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
_QUANTILES = f"quantilesExact({', '.join(repr(round(level - 1e-11, 11)) for level in _LEVELS.values())})(response_ms)"


def _ratio(part: str, whole: str) -> str:
    return f"ifNotFinite({part} / {whole}, 0)"


def _sum(column: str, where: str = "") -> str:
    return f"ifNull({f'sumIf({column}, {where})' if where else f'sum({column})'}, 0)"


def _mean(column: str, where: str = "") -> str:
    return f"ifNull(ifNotFinite({f'avgIf({column}, {where})' if where else f'avg({column})'}, 0), 0)"


_HIT_MEAN, _OTHER_MEAN = _mean("response_ms", _HIT), _mean("response_ms", f"NOT ({_HIT})")
_SPEEDUP = f"ifNotFinite(100 * ({_OTHER_MEAN} - {_HIT_MEAN}) / {_OTHER_MEAN}, 0)"

FIGURES: dict[str, str] = {
    "requests": "count()",
    "requests_of_users": "countIf(user != '')",
    "users": "uniqExactIf(user, user != '')",
    "requests_per_user": _ratio("countIf(user != '')", "uniqExactIf(user, user != '')"),
    "cost": f"100 * {_sum('cost_usd')}",
    "avg_cost": _ratio(f"100 * {_sum('cost_usd')}", "count()"),
    "saved": f"100 * {_sum('cost_usd', _HIT)}",
    "unpriced_requests": "countIf(isNull(cost_usd))",
    "total_tokens": _sum("total_tokens"),
    "input_tokens": _sum("input_tokens"),
    "output_tokens": _sum("output_tokens"),
    "avg_tokens": _ratio(_sum("total_tokens"), "count()"),
    "avg_input_tokens": _ratio(_sum("input_tokens"), "count()"),
    "avg_output_tokens": _ratio(_sum("output_tokens"), "count()"),
    "timed_requests": "count(response_ms)",
    "avg_latency": _mean("response_ms"),
    **{f"{name}_latency": f"{_QUANTILES}[{place}]" for place, name in enumerate(_LEVELS, 1)},
    "error_count": f"countIf({_ERROR})",
    "error_rate": _ratio(f"100 * countIf({_ERROR})", "count()"),
    "success_rate": _ratio(f"100 * countIf(NOT ({_ERROR}))", "count()"),
    "error_codes": f"uniqExactIf({_STATUS}, {_ERROR})",
    "errors_by_code": f"sumMapIf(map({_STATUS}, toUInt64(1)), {_ERROR})",
    "retried": f"countIf({_RETRIED})",
    "retried_by_count": f"sumMapIf(map(ifNull(retry_count, 0), toUInt64(1)), {_RETRIED})",
    "fallbacks": f"countIf({_FALLBACK})",
    "hits": f"countIf({_HIT})",
    "simple_hits": f"countIf({_SIMPLE})",
    "semantic_hits": f"countIf({_SEMANTIC})",
    "cache_hit_rate": _ratio(f"100 * countIf({_HIT})", "count()"),
    "simple_savings": f"100 * {_sum('cost_usd', _SIMPLE)}",
    "semantic_savings": f"100 * {_sum('cost_usd', _SEMANTIC)}",
    "timed_hits": f"countIf(isNotNull(response_ms) AND {_HIT})",
    "hit_latency": _HIT_MEAN,
    "cache_speedup": f"if(countIf(isNotNull(response_ms) AND {_HIT}) = 0, 0, {_SPEEDUP})",
    "first_seen": "toUnixTimestamp64Milli(min(created_at))",
    "last_seen": "toUnixTimestamp64Milli(max(created_at))",
    "requests_with_feedback": "countIf(is_rated = 1)",
    "avg_weighted_feedback": _mean("rating", "is_rated = 1"),
    "feedbacks": "count()",
    "weighted_feedback": _mean("weighted"),
}

_RATED_FIGURES = frozenset(("requests_with_feedback", "avg_weighted_feedback"))

# Which requests a graph reads at all: those that can change its figures.
AMONG = {"": "", "errors": _ERROR, "hits": _HIT, "rescued": f"({_RETRIED} OR {_FALLBACK})"}

# -- dimensions ------------------------------------------------------------------------------------------------------------


def _key(dimension: str, binder: Binder) -> str:
    """The value of a log in a dimension, as text: a column, `status`, or `metadata.<key>`."""
    prefix, dot, key = dimension.partition(".")
    if dot:
        assert prefix == "metadata", dimension
        return metadata_value(key, binder)
    if dimension == "status":
        return f"toString({_STATUS})"
    return f"toString({quoted(dimension)})"


# -- questions -------------------------------------------------------------------------------------------------------------


def graph_points(question: Any) -> Statement:
    """A graph: (is the summary, place of the point, figures…) for every point that is not empty, and for their sum.

    The place is the bucket's number from 0; the status; the score; the model.
    """
    binder = Binder()
    text = (
        f"SELECT grouping(point), {_place(question, binder)} AS point, {_figures(question.figures)} "
        f"FROM {_source(question, binder)} GROUP BY point WITH ROLLUP"
    )
    return Statement(text, binder.values)


def top_values(question: Any, dimension: str, limit: int) -> Statement:
    """The values of a dimension with the most requests, the most frequent first."""
    binder = Binder()
    text = (
        f"SELECT {_key(dimension, binder)} AS value FROM logs WHERE {_where(question, binder)} "
        f"GROUP BY value ORDER BY count() DESC, value LIMIT {int(limit)}"
    )
    return Statement(text, binder.values)


def graph_series(question: Any, dimension: str, values: tuple[str, ...]) -> Statement:
    """As `graph_points`, once for each of `values`, once for all others, and once for all together.

    (is all, series, is a summary, place of the point, figures…); the series is the value's number from 1, 0 for the others.
    Of feedback, all together counts a feedback in each of its series.
    """
    binder = Binder()
    key = _split_key(question, dimension, binder)
    numbers = ", ".join(str(number) for number in range(1, len(values) + 1))
    series = f"transform({key}, {binder.bind(list(values), 'Array(String)')}, [{numbers}], 0)"
    text = (
        f"SELECT grouping(series), {series} AS series, grouping(point), {_place(question, binder)} AS point, "
        f"{_figures(question.figures)} FROM {_source(question, binder, dimension)} GROUP BY CUBE(series, point)"
    )
    return Statement(text, binder.values)


def group_page(question: Any) -> Statement:
    """One page of groups: (value, figures…, number of groups). Equal ones are ordered by their value."""
    binder = Binder()
    named = " HAVING value != ''" if question.named_only else ""
    order = "value" if question.order_by == "value" else f"f{question.figures.index(question.order_by)}"
    direction = "DESC" if question.descending else "ASC"
    figures = ", ".join(f"{FIGURES[name]} AS f{place}" for place, name in enumerate(question.figures))
    columns = ", ".join(f"f{place}" for place in range(len(question.figures)))
    text = (
        f"SELECT value, {columns}, count() OVER () FROM (SELECT {_key(question.dimension, binder)} AS value, {figures} "
        f"FROM {_source(question, binder)} GROUP BY value{named}) "
        f"ORDER BY {order} {direction}, value ASC LIMIT {int(question.limit)} OFFSET {int(question.offset)}"
    )
    return Statement(text, binder.values)


def group_count(question: Any) -> Statement:
    """How many groups there are over all pages."""
    binder = Binder()
    key = _key(question.dimension, binder)
    named = f" AND {key} != ''" if question.named_only else ""
    return Statement(f"SELECT uniqExact({key}) FROM logs WHERE {_where(question, binder)}{named}", binder.values)


# -- their parts -----------------------------------------------------------------------------------------------------------


def _figures(names: tuple[str, ...]) -> str:
    return ", ".join(FIGURES[name] for name in names)


def _place(question: Any, binder: Binder) -> str:
    if question.by == "time":
        first_ms, bucket_ms = question.buckets.first_ms, question.buckets.bucket_ms
        return f"intDiv(toUnixTimestamp64Milli(created_at) - {binder.bind(first_ms, 'Int64')}, {int(bucket_ms)})"
    return {"status_code": _STATUS, "score": "toInt32(value)", "ai_model": "toString(model)"}[question.by]


def _where(question: Any, binder: Binder, *, timed: bool = True) -> str:
    """The requests that a question is about."""
    tests = [f"workspace = {binder.bind(question.workspace, 'String')}", f"({condition(question.where, binder)})"]
    if timed:
        tests = [*_in_range(question, binder), "counts = 1", *tests]
    if timed and AMONG[question.among]:
        tests.append(f"({AMONG[question.among]})")
    return " AND ".join(tests)


def _in_range(question: Any, binder: Binder) -> list[str]:
    span = question.range
    return [
        f"created_at >= {binder.moment(max(0, span.from_ms))}",
        f"created_at < {binder.moment(max(0, span.to_ms))}",
    ]


def _source(question: Any, binder: Binder, split: str = "") -> str:
    """What follows FROM, with its WHERE."""
    if question.of == "feedback":
        return _feedback_source(question, binder, split)
    where = _where(question, binder)
    if not _RATED_FIGURES & set(question.figures):
        return f"logs WHERE {where}"
    ratings = (
        f"(SELECT trace_id AS rated_trace, avg(weighted) AS rating, toUInt8(1) AS is_rated FROM {LIVE} "
        f"WHERE workspace = {binder.bind(question.workspace, 'String')} GROUP BY trace_id)"
    )
    return f"logs LEFT ANY JOIN {ratings} AS ratings ON logs.trace_id = ratings.rated_trace WHERE {where}"


def _feedback_source(question: Any, binder: Binder, split: str) -> str:
    """Feedback of the range; of traces that have a matching log, once for each model or split value of the trace's requests."""
    where = [f"workspace = {binder.bind(question.workspace, 'String')}", *_in_range(question, binder)]
    given = f"SELECT trace_id FROM {LIVE} WHERE {' AND '.join(where)}"
    told = f"trace_id IN ({given})"  # the few traces that matter, so that the index on traces helps
    keys = ["toString(model) AS model"] if question.by == "ai_model" else []
    if split:
        keys.append(f"{_key(split, binder)} AS split_key")
    if keys:
        traces = (
            f"(SELECT DISTINCT trace_id AS log_trace, {', '.join(keys)} FROM logs "
            f"WHERE counts = 1 AND {_where(question, binder, timed=False)} AND {told})"
        )
        live = f"(SELECT trace_id, value, weighted, created_at FROM {LIVE} WHERE {' AND '.join(where)})"
        return f"{live} AS live INNER JOIN {traces} AS traces ON live.trace_id = traces.log_trace"
    if question.filtered:
        where.append(f"trace_id IN (SELECT trace_id FROM logs WHERE {_where(question, binder, timed=False)} AND {told})")
    return f"{LIVE} WHERE {' AND '.join(where)}"


def _split_key(question: Any, dimension: str, binder: Binder) -> str:
    return "split_key" if question.of == "feedback" else _key(dimension, binder)
