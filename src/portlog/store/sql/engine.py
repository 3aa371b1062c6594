"""What the engine is told about its own work."""

from __future__ import annotations

from portlog.store.sql.parts import Binder, Statement


def kill(tag: str) -> Statement:
    """End the statements that run under this `log_comment`."""
    binder = Binder()
    text = f"KILL QUERY WHERE Settings['log_comment'] = {binder.bind(tag, 'String')} ASYNC"
    return Statement(text, binder.values)
