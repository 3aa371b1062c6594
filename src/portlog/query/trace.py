"""One trace with its spans in depth-first order, without bodies, in pages.

Pages are cut from one order, which a span that comes meanwhile may change: a page goes on behind the span that the page
before ended with.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from portlog.query.filters import refuse
from portlog.query.notes import LEFT_OUT, Note, notes_of, said
from portlog.query.parameters import read_choice, read_whole
from portlog.query.tree import Place, Seen, Totals, Tree, totals_of, tree_of
from portlog.schema import jsons
from portlog.schema.ids import to_text
from portlog.schema.render import cents, iso, note_of, rounded_ms, rounded_usd, status_of
from portlog.store import Store, sql

SPANS_MAX = 100_000  # of a trace that its tree is built of
PAGE_SIZE_MAX = 10_000
FULL_MAX = 1_000  # a larger trace is sent without previews and span ids unless asked otherwise: they would be most of it
PREVIEW_CHARS = 120


@dataclass(frozen=True, slots=True)
class TraceQuestion:
    """One page of the spans of one trace."""

    workspace: str
    trace_id: str
    limit: int
    after: tuple[int, bytes] | None  # (place in the order, log id) where the page before ended
    detail: str  # "auto", "full" or "light"


def read_trace(parameters: Mapping[str, str], workspace: str, trace_id: str) -> TraceQuestion:
    """A question about one trace from query parameters.

    raises  PortlogError bad-filter
    """
    cursor = parameters.get("cursor", "").strip()
    return TraceQuestion(
        workspace=workspace,
        trace_id=trace_id,
        limit=read_whole(parameters, "page_size", PAGE_SIZE_MAX, 1, PAGE_SIZE_MAX),
        after=_decode_place(cursor) if cursor else None,
        detail=read_choice(parameters, "detail", ("auto", "full", "light")),
    )


def get_trace(store: Store, question: TraceQuestion, now_ms: int) -> dict[str, Any] | None:
    """The reply of `GET /v1/traces/{trace_id}`; None if this workspace has no span of it.

    raises  PortlogError bad-filter for a cursor of another trace
    """
    spans = _spans(store, question)
    if not spans:
        return None
    left_out = _left_out(store, question, spans)
    tree = tree_of(spans)
    first = _first(tree, question.after)
    page = tree.places[first : first + question.limit]
    end = first + len(page)
    root = _root(tree)
    full = question.detail == "full" or (question.detail == "auto" and len(spans) <= FULL_MAX)
    shown = _shown(store, question, (root, *page), len(page) >= len(spans), PREVIEW_CHARS if full else 0)
    if not shown:
        return None
    has_more = end < len(tree.places)
    return {
        "object": "trace",
        "trace_id": question.trace_id,
        **_head(shown.get(root.id) or next(iter(shown.values()))),
        "started_at": iso(tree.began_ms),
        "ended_at": iso(int(tree.ended_ms)),
        "duration_ms": rounded_ms(tree.ended_ms - tree.began_ms),
        "totals": _totals(totals_of(spans)),
        "notes": [asdict(each) for each in (*notes_of(tree), *left_out)],
        "detail": "full" if full else "light",
        "spans": jsons.written(
            [_span(place, tree.began_ms, shown, now_ms, full) for place in page if place.seen is None or place.seen.id in shown]
        ),
        "has_more": has_more,
        "next_cursor": _encode_place(end, page[-1]) if has_more else None,
    }


def _spans(store: Store, question: TraceQuestion) -> list[Seen]:
    """At most SPANS_MAX + 1 spans, the first ones; of a log that is being replaced, the new row."""
    rows = store.select(sql.seen_of_trace(question.workspace, question.trace_id, SPANS_MAX + 1))
    rows.sort(key=lambda row: row[-1])
    return list({bytes(row[0]): _seen(row) for row in rows}.values())


def _seen(row: Sequence[Any]) -> Seen:
    return Seen._make((bytes(row[0]), *row[1:-1]))


def _left_out(store: Store, question: TraceQuestion, spans: list[Seen]) -> list[Note]:
    """Cuts the spans to SPANS_MAX and says how many there are besides."""
    if len(spans) <= SPANS_MAX:
        return []
    del spans[SPANS_MAX:]
    count = int(store.select(sql.count_spans(question.workspace, question.trace_id))[0][0]) - SPANS_MAX
    return [said(LEFT_OUT, count)]


def _root(tree: Tree) -> Seen:
    """The first span at the top, else the first orphan: what a trace is called by."""
    seen = (place.seen for place in tree.places if place.depth == 0 and place.seen is not None)
    return next(seen, None) or next(place.seen for place in tree.places if place.seen is not None)


def _head(row: Shown) -> dict[str, Any]:
    return {"name": row.span_name, "root_kind": row.kind, "user": row.user or None, "session": row.session or None}


def _totals(totals: Totals) -> dict[str, Any]:
    return asdict(totals) | {"cost_usd": rounded_usd(totals.cost_usd), "cost": cents(totals.cost_usd)}


# -- the spans of a page -------------------------------------------------------------------------------------------------


class Shown(NamedTuple):
    """What a span's row shows besides its place: these columns, and the starts of both previews."""

    id: bytes
    span_name: str
    kind: str
    provider: str
    model: str
    status: int | None
    outcome: str
    tools: list[str]
    error_message: str
    user: str
    session: str
    received_at: int
    finish_reason: str
    revision: int
    preview: str
    response_preview: str


class Span(msgspec.Struct, omit_defaults=True):
    """One span of the reply. What is null, false or empty is left out, since a trace has thousands."""

    id: str | UnsetType  # none of a placeholder
    depth: int
    start_ms: float
    duration_ms: float | None = None
    self_ms: float | None = None
    placeholder: bool = False
    name: str = ""
    kind: str = ""
    provider: str = ""
    model: str = ""
    status: int | None = None
    outcome: str = ""
    cost_usd: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    finish_reason: str = ""
    tools: list[str] = []
    preview: str = ""
    response_preview: str = ""
    error_message: str = ""
    duplicate_of: str = ""
    on_critical_path: bool = False
    orphan: bool = False
    cycle_cut: bool = False
    counts: bool = False
    note: str = ""
    span_id: str = ""
    parent_span_id: str = ""
    sent_parent_span_id: str = ""


def _shown(store: Store, question: TraceQuestion, wanted: Sequence[Seen | Place], whole: bool, chars: int) -> dict[bytes, Shown]:
    """What the rows of these spans show, by log id; of a log that is being replaced, the new row."""
    seen = [each.seen if isinstance(each, Place) else each for each in wanted]
    spans = [span for span in seen if span is not None]
    began = [span.began_ms for span in spans]
    ids = None if whole else [span.id for span in spans]
    columns = Shown._fields[:-2]
    rows = store.select(sql.shown_of_trace(columns, question.workspace, question.trace_id, ids, min(began), max(began), chars))
    return {bytes(row[0]): Shown._make(row) for row in rows}


def _span(place: Place, from_ms: float, shown: Mapping[bytes, Shown], now_ms: int, full: bool) -> Span:
    """A place as it is sent; `full` has the ids of spans too."""
    start_ms = rounded_ms(place.began_ms - from_ms)
    duration_ms = None if place.took_ms is None else rounded_ms(place.took_ms)
    seen = place.seen
    if seen is None:
        return Span(
            UNSET, place.depth, start_ms, duration_ms, placeholder=True, name="parents that were not received",
            on_critical_path=place.critical,
        )  # fmt: skip
    row = shown[seen.id]
    span = Span(
        to_text(seen.id),
        place.depth,
        start_ms,
        duration_ms,
        None if place.self_ms is None or place.self_ms == place.took_ms else rounded_ms(place.self_ms),
        False,
        row.span_name,
        row.kind,
        row.provider,
        row.model,
        status_of(row.status, row.outcome),
        row.outcome,
        rounded_usd(seen.cost_usd),
        seen.input_tokens,
        seen.output_tokens,
        seen.total_tokens,
        row.finish_reason,
        row.tools,
        row.preview,
        row.response_preview,
        row.error_message,
        seen.duplicate_of,
        place.critical,
        place.orphan,
        place.cut,
        seen.counts,
        note_of(row.outcome, row.received_at, now_ms),
    )
    if full:
        span.span_id, span.parent_span_id = seen.span_id, place.parent.span_id if place.parent else ""
        if seen.parent_span_id != span.parent_span_id:
            span.sent_parent_span_id = seen.parent_span_id
    return span


# -- cursors -------------------------------------------------------------------------------------------------------------


def _first(tree: Tree, after: tuple[int, bytes] | None) -> int:
    """Where the page begins: behind the span that the page before ended with."""
    if after is None:
        return 0
    at, log_id = after
    if 0 < at <= len(tree.places) and _id_of(tree.places[at - 1]) == log_id:
        return at
    found = next((i for i, place in enumerate(tree.places) if _id_of(place) == log_id), None)
    if found is None:
        raise refuse("cursor", "names a span that is not in this trace any more; start without it")
    return found + 1


def _id_of(place: Place) -> bytes:
    return place.seen.id if place.seen is not None else b""


def _encode_place(at: int, last: Place) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode((at, _id_of(last)))).decode().rstrip("=")


def _decode_place(text: str) -> tuple[int, bytes]:
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return msgspec.msgpack.decode(packed, type=tuple[int, bytes])
    except (binascii.Error, msgspec.MsgspecError, ValueError):
        raise refuse("cursor", "is not one that this server gave; start without it") from None
