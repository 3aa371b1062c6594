"""Questions about API keys: what was posted with them."""

from __future__ import annotations

from portlog.store import Store, sql

_DAY_MS = 86_400_000


def calls_by_key(store: Store, workspace: str, now_ms: int) -> dict[str, int]:
    """Logs of the last 24 hours by the id of the key that posted them; keys without any are left out."""
    return {key_id: int(count) for key_id, count in store.select(sql.calls_by_key(workspace, now_ms - _DAY_MS))}
