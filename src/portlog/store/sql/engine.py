"""What the engine is told about its own work."""

from __future__ import annotations

from collections.abc import Sequence

from portlog.store.sql.parts import Binder, Statement


def kill(tag: str) -> Statement:
    """End the statements that run under this `log_comment`."""
    binder = Binder()
    text = f"KILL QUERY WHERE Settings['log_comment'] = {binder.bind(tag, 'String')} ASYNC"
    return Statement(text, binder.values)


def progress(tags: Sequence[str]) -> Statement:
    """Of each statement under one of these `log_comment`s: that, rows read, and rows to read as far as is known, else 0."""
    binder = Binder()
    return Statement(
        "SELECT Settings['log_comment'], toUInt64(read_rows), toUInt64(total_rows_approx) FROM system.processes "
        f"WHERE has({binder.bind(list(tags), 'Array(String)')}, Settings['log_comment'])",
        binder.values,
    )
