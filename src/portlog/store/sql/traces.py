"""Questions about traces: the spans of one, which traces a page of the list has, and what each adds up to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from portlog.store.sql.logs import scope
from portlog.store.sql.parts import Binder, Statement, between_moments, id_set, selected

# -- one trace -----------------------------------------------------------------------------------------------------------

# The fields of `query.tree.Seen`, in order, then the revision.
_SEEN = (
    "id, span_id, parent_span_id, toUnixTimestamp64Milli(created_at), response_ms, outcome, toBool(counts), duplicate_of, "
    "cost_usd, input_tokens, output_tokens, total_tokens, toBool(created_at != received_at), revision"
)


def seen_of_trace(workspace: str, trace_id: str, limit: int) -> Statement:
    """The first spans of a trace; of a log that is being replaced, both rows."""
    binder = Binder()
    where = _of_trace(workspace, trace_id, binder)
    return Statement(f"SELECT {_SEEN} FROM logs WHERE {where} ORDER BY created_at, id LIMIT {int(limit)}", binder.values)


def count_spans(workspace: str, trace_id: str) -> Statement:
    """How many spans a trace has."""
    binder = Binder()
    return Statement(f"SELECT uniqExact(id) FROM logs WHERE {_of_trace(workspace, trace_id, binder)}", binder.values)


def shown_of_trace(
    columns: tuple[str, ...], workspace: str, trace_id: str, ids: Sequence[bytes] | None, from_ms: int, to_ms: int,
    preview_chars: int,
) -> Statement:
    """The columns and the starts of both previews, of these spans of a trace (None: of all); created in [from_ms, to_ms]."""
    binder = Binder()
    some = "" if ids is None else f" AND id IN {id_set(ids, binder)}"
    chars = binder.bind(preview_chars, "UInt32")
    previews = f"substringUTF8(preview, 1, {chars}), substringUTF8(response_preview, 1, {chars})"
    text = (
        f"SELECT {selected(columns)}, {previews} FROM logs WHERE {between_moments(from_ms, to_ms, binder)} "
        f"AND {_of_trace(workspace, trace_id, binder)}{some} ORDER BY revision"
    )
    return Statement(text, binder.values)


def _of_trace(workspace: str, trace_id: str, binder: Binder) -> str:
    return f"workspace = {binder.bind(workspace, 'String')} AND trace_id = {binder.bind(trace_id, 'String')}"


# -- a page of traces, newest first --------------------------------------------------------------------------------------


def newest_in_traces(
    question: Any, after: tuple[int, bytes] | None, since_ms: int | None, passed: Sequence[str], limit: int
) -> Statement:
    """(trace_id, created ms, id) of the newest matching spans behind `after`, but of the traces that were passed."""
    binder = Binder()
    where = scope(question, binder)
    if since_ms is not None:
        where.append(f"created_at >= {binder.moment(since_ms)}")
    if after is not None:
        moment = binder.moment(after[0])
        where.append(f"created_at <= {moment} AND (created_at, id) < ({moment}, {binder.log_id(after[1])})")
    if passed:
        where.append(f"trace_id NOT IN {binder.bind(list(passed), 'Array(String)')}")
    text = (
        f"SELECT trace_id, toUnixTimestamp64Milli(created_at), id FROM logs WHERE {' AND '.join(where)} "
        f"ORDER BY created_at DESC, id DESC LIMIT {int(limit)}"
    )
    return Statement(text, binder.values)


def traces_met(question: Any, trace_ids: Sequence[str], upto: tuple[int, bytes]) -> Statement:
    """Which of these traces have a matching span at `upto` or newer: they stand on an earlier page."""
    binder = Binder()
    moment = binder.moment(upto[0])
    where = [
        *scope(question, binder),
        f"created_at >= {moment} AND (created_at, id) >= ({moment}, {binder.log_id(upto[1])})",
        f"trace_id IN {binder.bind(list(trace_ids), 'Array(String)')}",
    ]
    return Statement(f"SELECT DISTINCT trace_id FROM logs WHERE {' AND '.join(where)}", binder.values)


def count_traces(question: Any) -> Statement:
    """How many traces have a matching span."""
    binder = Binder()
    return Statement(
        f"SELECT uniqExact(cityHash64(trace_id)) FROM logs WHERE {' AND '.join(scope(question, binder))}", binder.values
    )


# -- a page of traces by what they add up to -----------------------------------------------------------------------------

_ENDED = "toUnixTimestamp64Milli(created_at) + greatest(0, ifNull(response_ms, 0))"
# By what a list of traces is ordered; sums of floats are rounded, since they depend on the order of adding.
MEASURES = {
    "duration": f"round(max({_ENDED}) - min(toUnixTimestamp64Milli(created_at)), 3)",
    "cost": "round(sum(cost_usd), 9)",
    "tokens": "sum(total_tokens)",
    "spans": "count()",
}


def ranked_traces(question: Any, measure: str, bounds: tuple[int | None, int | None], every: bool) -> Statement:
    """(hash of the trace id, measure, first span's ms) of a page and one more, in order; the hash decides between equals.

    Measured over the spans created in `bounds`; with `every`, each of them matches. Hashes instead of ids, since a question
    may have to hold all of them.
    """
    binder = Binder()
    where = [f"workspace = {binder.bind(question.workspace, 'String')}", *_bounded(bounds, binder)]
    if not every:
        matching = f"SELECT cityHash64(trace_id) FROM logs WHERE {' AND '.join(scope(question, binder))}"
        where.append(f"cityHash64(trace_id) IN ({matching})")
    direction, than = ("DESC", "<") if question.descending else ("ASC", ">")
    last = "-1" if question.descending else "1e300"  # traces without a value are last in either direction
    having = ""
    if question.after is not None:
        value, hashed = binder.bind(float(question.after[0]), "Float64"), binder.bind(question.after[1], "UInt64")
        having = f"HAVING (measure, hashed) {than} ({value}, {hashed}) "
    text = (
        f"SELECT cityHash64(trace_id) AS hashed, toFloat64(ifNull({MEASURES[measure]}, {last})) AS measure, "
        f"toUnixTimestamp64Milli(min(created_at)) FROM logs WHERE {' AND '.join(where)} "
        f"GROUP BY hashed {having}ORDER BY measure {direction}, hashed {direction} LIMIT {question.limit + 1}"
    )
    return Statement(text, binder.values)


def traces_hashed(workspace: str, begun: Sequence[tuple[int, int]]) -> Statement:
    """(hash, trace id) of traces by (hash, first span's ms)."""
    binder = Binder()
    moments = binder.bind(sorted({ms for _, ms in begun}), "Array(Int64)")
    hashes = binder.bind([hashed for hashed, _ in begun], "Array(UInt64)")
    text = (
        "SELECT DISTINCT cityHash64(trace_id), trace_id FROM logs "
        f"WHERE created_at IN (SELECT fromUnixTimestamp64Milli(arrayJoin({moments}), 'UTC')) "
        f"AND workspace = {binder.bind(workspace, 'String')} AND cityHash64(trace_id) IN {hashes}"
    )
    return Statement(text, binder.values)


def _bounded(bounds: tuple[int | None, int | None], binder: Binder) -> list[str]:
    low, high = bounds
    return [
        *([] if low is None else [f"created_at >= {binder.moment(max(0, low))}"]),
        *([] if high is None else [f"created_at <= {binder.moment(high)}"]),
    ]


# -- what traces add up to -----------------------------------------------------------------------------------------------

# A trace's root is its first span without a parent, else its first span.
_FIRST = "(parent_span_id != '', created_at, id)"
_SUMS = (
    ("trace_id", "trace_id"),
    ("root_id", f"argMin(id, {_FIRST})"),
    ("name", f"argMin(span_name, {_FIRST})"),
    ("root_kind", f"argMin(kind, {_FIRST})"),
    ("preview", f"argMin(preview, {_FIRST})"),
    ("response_preview", f"argMin(response_preview, {_FIRST})"),
    ("began_ms", "toUnixTimestamp64Milli(min(created_at))"),
    ("ended_ms", f"max({_ENDED})"),
    ("spans", "count()"),
    ("calls", "sum(counts)"),
    ("errors", "countIf(outcome = 'error' AND duplicate_of = '')"),
    ("pending", "countIf(outcome = 'pending')"),
    ("cost_usd", "sum(cost_usd)"),
    ("unpriced_calls", "countIf(counts AND isNull(cost_usd))"),
    ("input_tokens", "sum(input_tokens)"),
    ("output_tokens", "sum(output_tokens)"),
    ("total_tokens", "sum(total_tokens)"),
    ("models", "arraySort(groupUniqArrayIf(8)(model, counts AND model != ''))"),
    ("user", f"argMinIf(`user`, {_FIRST}, `user` != '')"),
    ("session", f"argMinIf(session, {_FIRST}, session != '')"),
)
SUM_NAMES = tuple(name for name, _ in _SUMS)
_READ = (
    "trace_id, id, revision, created_at, parent_span_id, span_name, kind, preview, response_preview, response_ms, counts, outcome, "
    "duplicate_of, cost_usd, input_tokens, output_tokens, total_tokens, model, `user`, session"
)


def sums_of_traces(workspace: str, trace_ids: Sequence[str], bounds: tuple[int | None, int | None]) -> Statement:
    """SUM_NAMES of each of these traces, over its spans created in `bounds`; of a log that is being replaced, the new row."""
    binder = Binder()
    where = [
        f"workspace = {binder.bind(workspace, 'String')}",
        f"trace_id IN {binder.bind(list(trace_ids), 'Array(String)')}",
        *_bounded(bounds, binder),
    ]
    sums = ", ".join(f"{text} AS `{name}_`" for name, text in _SUMS)
    text = (
        f"SELECT {sums} FROM (SELECT {_READ} FROM logs WHERE {' AND '.join(where)} ORDER BY id, revision DESC LIMIT 1 BY id) "
        "GROUP BY trace_id"
    )
    return Statement(text, binder.values)
