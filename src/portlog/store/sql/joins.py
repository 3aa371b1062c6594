"""What the applier asks before it joins, and how stored rows are removed and amended (applier.joins)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TypeVar

from portlog.schema.columns import Links
from portlog.store.rows import Fill, Version
from portlog.store.sql.parts import (
    ALL_NAMES,
    Binder,
    Statement,
    between_moments,
    id_set,
    metadata_equals,
    selected,
)

_Change = TypeVar("_Change")


def present(first_seq: int, last_seq: int) -> Statement:
    """Ids of the logs that came from these records of the write-ahead log."""
    binder = Binder()
    text = f"SELECT id FROM logs WHERE wal_seq BETWEEN {binder.bind(first_seq, 'UInt64')} AND {binder.bind(last_seq, 'UInt64')}"
    return Statement(text, binder.values)


# -- what the applier asks before it joins (applier.joins) -------------------------------------------------

# The columns of `Span`, in order: as much of a log as its trace needs to know.
_SPAN = (
    "workspace, trace_id, span_id, parent_span_id, id, revision, toUnixTimestamp64Milli(created_at), "
    "ifNull(response_ms, 0), kind, outcome, provider, model, model_requested, source, "
    "ifNull(substring(metadata_keys.`service.name`.:String, 2), ''), "
    "response_id, join_key, preview != '' OR response_preview != '', isNotNull(input_tokens) OR isNotNull(output_tokens), "
    "`user`, user_from, session, session_from, duplicate_of"
)


def spans_of_traces(workspace: str, trace_ids: list[str], from_ms: int, to_ms: int) -> Statement:
    """Every span of these traces that began in [from_ms, to_ms]."""
    binder = Binder()
    text = (
        f"SELECT {_SPAN} FROM logs WHERE {between_moments(from_ms, to_ms, binder)} "
        f"AND workspace = {binder.bind(workspace, 'String')} AND trace_id IN {binder.bind(trace_ids, 'Array(String)')}"
    )
    return Statement(text, binder.values)


def spans_alike(workspace: str, response_ids: list[str], failed: bool, from_ms: int, to_ms: int) -> Statement:
    """Spans of model calls that name one of these answers, and with `failed` those of calls without any answer."""
    binder = Binder()
    alike = f"response_id IN {binder.bind(response_ids, 'Array(String)')}"
    if failed:
        alike = f"({alike} OR (outcome = 'error' AND response_id = ''))"
    text = (
        f"SELECT {_SPAN} FROM logs WHERE {between_moments(from_ms, to_ms, binder)} "
        f"AND workspace = {binder.bind(workspace, 'String')} AND kind IN ('llm', 'embedding') "
        f"AND source_shape = 'otlp' AND {alike}"
    )
    return Statement(text, binder.values)


def halves(workspace: str, join_keys: list[str], from_ms: int) -> Statement:
    """Logs with one of these keys that were received since `from_ms`, whole, the older first."""
    binder = Binder()
    text = (
        f"SELECT {selected(ALL_NAMES)} FROM logs WHERE created_at >= {binder.moment(from_ms)} "
        f"AND workspace = {binder.bind(workspace, 'String')} AND join_key IN {binder.bind(join_keys, 'Array(String)')} "
        "ORDER BY received_at, id, revision"
    )
    return Statement(text, binder.values)


def whole(ids: list[bytes], from_ms: int, to_ms: int) -> Statement:
    """These logs with all their columns; all of them were created in [from_ms, to_ms]."""
    binder = Binder()
    text = f"SELECT {selected(ALL_NAMES)} FROM logs WHERE {between_moments(from_ms, to_ms, binder)} AND id IN {id_set(ids, binder)}"
    return Statement(text, binder.values)


def next_chunk(after_ms: int, after_id: bytes, until_ms: int, limit: int) -> Statement:
    """Id, time and size of the logs of every workspace behind (after_ms, after_id) and before `until_ms`, in order."""
    binder = Binder()
    after = binder.moment(after_ms)
    text = (
        "SELECT id, toUnixTimestamp64Milli(created_at), max(length(text) + length(raw)) FROM logs "
        f"WHERE created_at >= {after} AND created_at < {binder.moment(until_ms)} "
        f"AND (created_at, id) > ({after}, {binder.log_id(after_id)}) "
        f"GROUP BY created_at, id ORDER BY created_at, id LIMIT {int(limit)}"
    )
    return Statement(text, binder.values)


_CHANGES_MAX = 2_000  # logs that one statement changes


def demo_versions(workspace: str) -> Statement:
    """(id, revision, created ms) of every stored row that is marked as demo data (portlog.demo)."""
    binder = Binder()
    marked = metadata_equals("_demo", "true", binder)
    text = (
        "SELECT id, revision, toUnixTimestamp64Milli(created_at) FROM logs "
        f"WHERE workspace = {binder.bind(workspace, 'String')} AND {marked}"
    )
    return Statement(text, binder.values)


def removals(versions: Sequence[Version]) -> Iterator[Statement]:
    """Delete these rows."""
    for some in _some(sorted(versions, key=lambda version: version.created_ms)):
        binder = Binder()
        ids = binder.bind([version.id.hex() for version in some], "Array(String)")
        revisions = binder.bind([version.revision for version in some], "Array(UInt32)")
        yield Statement(
            f"DELETE FROM logs WHERE {between_moments(some[0].created_ms, some[-1].created_ms, binder)} "
            "AND (id, revision) IN (SELECT toFixedString(unhex(v.1), 16), v.2 "
            f"FROM (SELECT arrayJoin(arrayZip({ids}, {revisions})) AS v))",
            binder.values,
        )


def fillings(fills: Sequence[Fill]) -> Iterator[Statement]:
    """Set what logs have from their traces; a log's own user or session stays."""
    by_links: defaultdict[Links, list[Fill]] = defaultdict(list)
    for fill in fills:
        by_links[fill.links].append(fill)
    for links, alike in by_links.items():
        for some in _some(sorted(alike, key=lambda fill: fill.created_ms)):
            binder = Binder()
            sets = []
            for name in ("user", "session"):
                value, giver = getattr(links, name), getattr(links, f"{name}_from")
                own = f"`{name}` != '' AND {name}_from = ''"
                sets.append(f"`{name}` = if({own}, `{name}`, {binder.bind(value, 'String')})")
                sets.append(f"{name}_from = if({own}, '', {binder.bind(giver, 'String')})")
            yield Statement(
                f"UPDATE logs SET {', '.join(sets)} "
                f"WHERE {between_moments(some[0].created_ms, some[-1].created_ms, binder)} "
                f"AND id IN {id_set([fill.id for fill in some], binder)}",
                binder.values,
            )


def _some(changes: Sequence[_Change]) -> Iterator[Sequence[_Change]]:
    for i in range(0, len(changes), _CHANGES_MAX):
        yield changes[i : i + _CHANGES_MAX]
