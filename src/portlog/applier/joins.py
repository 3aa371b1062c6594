"""Joins: which raw elements are one log, which spans are one call, and what a trace gives to its spans.

`Joiner.plan` looks at a batch before it is inserted, asks the store for what the batch may belong to, and says
what to insert, what that replaces, and which stored logs get a user or session from a span that came later. It is
idempotent: planned again after a crash, it asks again and finishes what was begun.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from portlog.derive import trace
from portlog.derive.trace import Key, Span
from portlog.schema import jsons
from portlog.schema.columns import Links, Row
from portlog.schema.ids import named
from portlog.schema.log import CALL_KINDS, Log
from portlog.schema.restore import log_of
from portlog.schema.values import clamp_ms, parent_of
from portlog.senders.shapes import Context, Shape
from portlog.senders.table import shape_named, unfold
from portlog.store import Fill, Statement, Store, Version, sql

PAIR_MS_MAX = 10 * 60_000  # contract 3.3: the halves of a gateway's call come within ten minutes
_TRACE_MS_MAX = 86_400_000  # spans of one trace begin within a day of each other
_CALL_MS_MAX = 3_600_000  # the longest model call whose second sight is looked for
_SPANS_KEPT_MAX = 20_000  # spans of recent traces that are remembered: about 20 MB


@dataclass(frozen=True, slots=True)
class Plan:
    """What one insert does to the store."""

    rows: list[Row]
    gone: Sequence[Version] = ()
    fills: Sequence[Fill] = ()

    def __bool__(self) -> bool:
        return bool(self.rows or self.gone or self.fills)


def joins(log: Log) -> bool:
    """Whether a log may have to be joined with others; the rest is stored as it comes."""
    shape = shape_named(log.shape)
    return shape is not None and shape.joins != "" and log.raw != b""


class Joiner:
    """Plans batches; remembers the spans of recent traces, so that a trace is asked for once. For one thread."""

    def __init__(self, store: Store, row_of: Callable[[int, Log], Row]) -> None:
        """row_of  derives the row of an unfolded log"""
        self._store, self._row_of = store, row_of
        self._traces: OrderedDict[tuple[str, str], dict[str, Span]] = OrderedDict()
        self._kept = 0

    def forget(self) -> None:
        """After a refusal nothing is known of the store: ask again."""
        self._traces.clear()
        self._kept = 0

    def plan(self, rows: Sequence[Row], *, again: Mapping[bytes, int] | None = None) -> Plan:
        """Plan the insert of derived rows.

        again   revisions by id of the rows that are in the store already and are derived anew (`portlog reprocess`)
        """
        if not any(joins(row.log) for row in rows) and not again:
            return Plan(list(rows))
        try:
            return _Planning(self, self._store, self._row_of, again or {}).run(rows)
        finally:
            self._shrink()

    def trace(self, key: tuple[str, str]) -> dict[str, Span] | None:
        """The remembered spans of a trace, by span id; None if it has to be asked for."""
        spans = self._traces.get(key)
        if spans is not None:
            self._traces.move_to_end(key)
        return spans

    def remember(self, key: tuple[str, str], spans: dict[str, Span]) -> None:
        self._traces[key] = spans

    def _shrink(self) -> None:
        self._kept = sum(map(len, self._traces.values()))
        while self._kept > _SPANS_KEPT_MAX and self._traces:
            _, spans = self._traces.popitem(last=False)
            self._kept -= len(spans)


class _Planning:
    """One plan in the making."""

    def __init__(
        self, joiner: Joiner, store: Store, row_of: Callable[[int, Log], Row], again: Mapping[bytes, int]
    ) -> None:
        self._joiner, self._store, self._row_of, self._again = joiner, store, row_of, again
        self._rows: dict[bytes, Row] = {}  # what is inserted, by id, in order
        self._gone: set[Version] = set()
        self._fills: dict[bytes, Fill] = {}
        self._touched: set[tuple[str, str]] = set()
        self._whole: dict[bytes, Row] = {}  # rows that were read back, unjoined

    def run(self, rows: Sequence[Row]) -> Plan:
        spans: list[tuple[Row, Shape]] = []
        pairs: list[tuple[Row, Shape]] = []
        for row in rows:
            shape = shape_named(row.log.shape)
            if row.log.id in self._again:
                self._insert(replace(row, revision=self._again[row.log.id] + 1), self._again[row.log.id])
                if shape is not None and joins(row.log) and shape.joins == "span":
                    spans.append((row, shape))
            elif shape is None or not joins(row.log):
                self._rows[row.log.id] = row
            else:
                (spans if shape.joins == "span" else pairs).append((row, shape))
        if pairs:
            self._pair(pairs)
        if spans:
            self._load_traces([row for row, _ in spans])
            self._upsert(spans)
            self._link()
        return Plan(list(self._rows.values()), sorted(self._gone), list(self._fills.values()))

    def _insert(self, row: Row, replaces: int | None) -> None:
        """Insert a row; `replaces` is the revision that is in the store now."""
        self._rows[row.log.id] = row
        if replaces is not None:
            self._gone.add(Version(row.log.id, replaces, row.log.created_ms))

    # -- halves of one call (contract 3.3) -------------------------------------------------------------------

    def _pair(self, rows: list[tuple[Row, Shape]]) -> None:
        """Complete what waits for its other half; oldest first, each half once."""
        known: dict[tuple[str, str], list[Row]] = defaultdict(list)
        by_workspace: dict[str, list[Row]] = defaultdict(list)
        for row, _ in rows:
            by_workspace[row.log.workspace].append(row)
        stored: dict[bytes, int] = {}
        for workspace, mine in by_workspace.items():
            since = min(row.log.received_ms for row in mine) - PAIR_MS_MAX
            keys = sorted({row.log.join_key for row in mine})
            for row in self._select_whole(sql.halves(workspace, keys, since)):
                if row.log.id in stored:  # an older revision, left by a crash
                    self._gone.add(Version(row.log.id, min(row.revision, stored[row.log.id]), row.log.created_ms))
                stored[row.log.id] = max(row.revision, stored.get(row.log.id, 0))
                known[workspace, row.log.join_key].append(row)
        for row, shape in rows:
            others = known[row.log.workspace, row.log.join_key]
            for i, other in enumerate(others):
                if abs(row.log.received_ms - other.log.received_ms) > PAIR_MS_MAX:
                    continue
                merged = _merge(shape, other.log, row.log)
                if merged is None:
                    continue
                if merged is not other.log:
                    revision = stored.get(merged.id)
                    new = self._row_of(max(other.seq, row.seq), unfold(merged))
                    others[i] = replace(new, revision=0 if revision is None else revision + 1)
                    self._insert(others[i], revision)
                break
            else:
                others.append(row)
                self._rows[row.log.id] = row

    # -- spans -----------------------------------------------------------------------------------------------

    def _load_traces(self, rows: list[Row]) -> None:
        """Have every span of the batch's traces at hand."""
        wanted: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            key = row.log.workspace, row.log.trace_id
            self._touched.add(key)
            if self._joiner.trace(key) is None:
                wanted[row.log.workspace].add(row.log.trace_id)
        began = [row.log.created_ms for row in rows]
        for workspace, ids in wanted.items():
            traces: dict[str, dict[str, Span]] = {trace_id: {} for trace_id in ids}
            statement = sql.spans_of_traces(
                workspace, sorted(ids), min(began) - _TRACE_MS_MAX, max(began) + _TRACE_MS_MAX
            )
            for span in self._spans(statement):
                self._keep_newest(traces[span.trace_id], span)
            for trace_id, spans in traces.items():
                self._joiner.remember((workspace, trace_id), spans)

    def _spans(self, statement: Statement) -> list[Span]:
        return [_span(values) for values in self._store.select(statement)]

    def _keep_newest(self, spans: dict[str, Span], span: Span) -> None:
        """Of two rows of one span, left by a crash, the older one goes."""
        other = spans.get(span.span_id)
        if other is not None:
            older = min(other, span, key=lambda s: (s.revision, s.id))
            self._gone.add(Version(older.id, older.revision, older.created_ms))
            span = max(other, span, key=lambda s: (s.revision, s.id))
        spans[span.span_id] = span

    def _upsert(self, rows: list[tuple[Row, Shape]]) -> None:
        """Each span is one log, whatever number of requests and log records brought it."""
        stored = [
            span
            for row, _ in rows
            if (span := self._trace_of(row.log).get(row.log.span_id)) is not None and row.log.id not in self._again
        ]
        held_rows = self._read(stored)
        for row, shape in rows:
            spans = self._trace_of(row.log)
            known = spans.get(row.log.span_id)
            if row.log.id in self._again:
                row = self._rows[row.log.id]
                links = known.links if known is not None else Links()
                spans[row.log.span_id] = replace(trace.span_of(row, row.revision), links=links)
                continue
            held = None if known is None else self._rows.get(known.id) or held_rows.get(known.id)
            if known is None or held is None:
                self._rows[row.log.id] = row
                spans[row.log.span_id] = trace.span_of(row, row.revision)
                continue
            merged = _merge(shape, held.log, row.log)
            if merged is None or merged is held.log:
                continue  # the same element once more
            revision = known.revision
            if known.id in self._rows:
                del self._rows[known.id]  # its id may change with the time at which the span began
            else:
                self._gone.add(Version(known.id, known.revision, known.created_ms))
                revision += 1
            new = replace(self._row_of(max(held.seq, row.seq), unfold(merged)), revision=revision)
            self._rows[new.log.id] = new
            spans[row.log.span_id] = replace(trace.span_of(new, revision), links=known.links)

    def _trace_of(self, log: Log) -> dict[str, Span]:
        spans = self._joiner.trace((log.workspace, log.trace_id))
        assert spans is not None, "loaded before"
        return spans

    # -- what a trace gives ----------------------------------------------------------------------------------

    def _link(self) -> None:
        wanted: dict[Key, Links] = {}
        spans: dict[Key, Span] = {}
        for key in self._touched:
            found = self._joiner.trace(key)
            assert found is not None, "loaded before"
            for span_id, links in trace.fill(found).items():
                wanted[found[span_id].key] = links
                spans[found[span_id].key] = found[span_id]
        for alike in self._alike(spans.values()):
            spans.setdefault(alike.key, alike)
        for call in trace.calls(spans.values()):
            self._show(call, wanted)
        for span_key, links in wanted.items():
            self._give(spans[span_key], links)

    def _alike(self, spans: Iterable[Span]) -> list[Span]:
        """Calls of other traces that may be the same as a call of this batch."""
        new: dict[str, list[Span]] = defaultdict(list)
        for span in spans:
            if span.id in self._rows and span.kind in CALL_KINDS:
                new[span.workspace].append(span)
        found: list[Span] = []
        for workspace, mine in new.items():
            ids = sorted({span.response_id for span in mine if span.response_id})
            failed = any(span.outcome == "error" and span.provider in _SDK_PROVIDERS for span in mine)
            if not ids and not failed:
                continue
            from_ms = int(min(span.began_ms for span in mine)) - _CALL_MS_MAX
            to_ms = int(max(span.ended_ms for span in mine)) + 1
            gone = {(version.id, version.revision) for version in self._gone}
            for span in self._spans(sql.spans_alike(workspace, ids, failed, from_ms, to_ms)):
                if (span.id, span.revision) not in gone and (workspace, span.trace_id) not in self._touched:
                    found.append(span)
        return found

    def _show(self, call: trace.Call, wanted: dict[Key, Links]) -> None:
        """One span shows the call with all that is known of it; the others count for nothing."""
        members = (call.shown, *call.hidden)
        links = {span.key: wanted.get(span.key, span.links) for span in members}
        desired = {span.key: "" if span is call.shown else call.shown.name for span in members}
        for span in members:
            links[span.key] = replace(links[span.key], duplicate_of=desired[span.key])
            if span.key in wanted:
                wanted[span.key] = links[span.key]
        settled = all(
            span.id not in self._rows and span.links.duplicate_of == desired[span.key] for span in members
        )
        if settled:
            return
        rows = self._read([s for s in members if s.id not in self._rows]) | self._rows
        if any(span.id not in rows for span in members):
            return  # one of them has been deleted since: what is left stays as it is
        own = {span.key: rows[span.id] for span in members}
        hidden = [own[span.key] for span in call.hidden]
        shown = self._row_of(own[call.shown.key].seq, trace.taken(own[call.shown.key], hidden))
        for span in members:
            row = shown if span is call.shown else own[span.key]
            if span is not call.shown:
                row = replace(row, derived=trace.hidden(row.derived))
            inserted = span.id in self._rows
            revision = self._rows[span.id].revision if inserted else span.revision + 1
            self._insert(
                replace(row, revision=revision, links=links[span.key]), None if inserted else span.revision
            )
            remembered = self._joiner.trace((span.workspace, span.trace_id))
            if remembered is not None and span.span_id in remembered:
                remembered[span.span_id] = replace(span, revision=revision, links=links[span.key])

    def _give(self, span: Span, links: Links) -> None:
        """Set what a span has from its trace, in the batch or in the store."""
        row = self._rows.get(span.id)
        if row is not None:
            self._rows[span.id] = replace(row, links=links)
        elif span.links != links:
            self._fills[span.id] = Fill(span.id, span.created_ms, links)
        spans = self._joiner.trace((span.workspace, span.trace_id))
        if spans is not None and span.span_id in spans:
            spans[span.span_id] = replace(spans[span.span_id], links=links)

    # -- rows of the store -------------------------------------------------------------------------------------

    def _read(self, spans: Sequence[Span]) -> dict[bytes, Row]:
        """The stored logs of these spans by id, as they were before any join; a log that was deleted is left out."""
        missing = [span for span in spans if span.id not in self._whole]
        if missing:
            times = [span.created_ms for span in missing]
            for row in self._select_whole(sql.whole([s.id for s in missing], min(times), max(times))):
                held = self._whole.get(row.log.id)
                if held is None or held.revision < row.revision:
                    self._whole[row.log.id] = row
        return {span.id: self._whole[span.id] for span in spans if span.id in self._whole}

    def _select_whole(self, statement: Statement) -> list[Row]:
        rows = []
        for values in self._store.select(statement):
            stored = dict(zip(sql.ALL_NAMES, values, strict=True))
            row = self._row_of(stored["wal_seq"], unfold(log_of(stored)))
            rows.append(replace(row, revision=stored["revision"]))
        return rows


# Providers whose SDKs make spans of their own.
_SDK_PROVIDERS = frozenset(("anthropic",))


def _merge(shape: Shape, older: Log, newer: Log) -> Log | None:
    """One log of two raw elements; `older` itself when the newer adds nothing; None when they are two logs."""
    assert shape.merge is not None, shape.name
    first, second = jsons.decode_any(older.raw), jsons.decode_any(newer.raw)
    raw = shape.merge(first, second)
    if raw is None:
        return None
    text = jsons.encode(raw)
    if text == older.raw:
        return older
    merged = msgspec.structs.replace(older, raw=text)
    if shape.joins != "span":
        return merged
    opened = shape.open(raw, Context(received_ms=older.received_ms, workspace=older.workspace))
    began_ms = clamp_ms(opened.created_ms, older.received_ms)
    return msgspec.structs.replace(
        merged,
        id=named(began_ms, older.workspace, older.trace_id, older.span_id),
        created_ms=int(began_ms),
        parent_span_id=parent_of(opened.parent_span_id),
        span_name=opened.span_name or older.span_name,
        tracked=older.tracked and newer.tracked,
    )


def _span(values: tuple[Any, ...]) -> Span:
    (workspace, trace_id, span_id, parent, log_id, revision, created_ms, response_ms, kind, outcome, provider, model,
     model_requested, source, service, response_id, join_key, has_content, has_tokens,
     user, user_from, session, session_from, duplicate_of) = values  # fmt: skip
    return Span(
        workspace=workspace, trace_id=trace_id, span_id=span_id, parent_span_id=parent, id=bytes(log_id),
        revision=revision, created_ms=created_ms, began_ms=float(created_ms), ended_ms=created_ms + response_ms,
        kind=kind, outcome=outcome, provider=provider, model=model, model_requested=model_requested,
        scope=trace.scope_of(source), service=service, response_id=response_id, join_key=join_key,
        has_content=bool(has_content), has_tokens=bool(has_tokens),
        user="" if user_from else user, session="" if session_from else session,
        links=Links(
            user if user_from else "", user_from, session if session_from else "", session_from, duplicate_of
        ),
    )  # fmt: skip
