"""Logs that come out of an archive: stored as they were, each once, however often they are imported.

Nothing is joined: what a trace gave to its spans stands in them already. The store is asked for their ids, so that a log
that it has is passed over, unless the archive's is a later revision of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from portlog.applier.joins import Plan
from portlog.schema.columns import Row
from portlog.store import Store, Version, sql


def are_imports(rows: Sequence[Row]) -> bool:
    """Whether a batch is one of imported logs; a batch never holds both kinds."""
    return bool(rows) and rows[0].log.kept is not None


def plan_imports(store: Store, rows: Sequence[Row]) -> Plan:
    """What of these logs is to be inserted, and which older revisions that replaces."""
    newest: dict[bytes, Row] = {}
    for row in rows:
        held = newest.get(row.log.id)
        if held is None or held.revision < row.revision:
            newest[row.log.id] = row
    stored: dict[bytes, list[tuple[int, str]]] = {}
    keys = sorted((row.log.created_ms, row.log.id) for row in newest.values())
    for log_id, revision, workspace in store.select(sql.revisions(keys)):
        stored.setdefault(bytes(log_id), []).append((int(revision), workspace))
    wanted = [row for row in newest.values() if _is_new(row, stored.get(row.log.id, []))]
    gone = [
        Version(row.log.id, revision, row.log.created_ms)
        for row in wanted
        for revision, _ in stored.get(row.log.id, [])
    ]
    return Plan(wanted, gone)


def _is_new(row: Row, held: Sequence[tuple[int, str]]) -> bool:
    """Not there, or there in an earlier revision; a log of another workspace is nobody's to replace."""
    return all(revision < row.revision and workspace == row.log.workspace for revision, workspace in held)
