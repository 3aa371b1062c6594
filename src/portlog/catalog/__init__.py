"""The few mutable rows beside the logs: workspaces, API keys, sessions, kept replies, prices, exports, views. SQLite, one file.

The command line and the server open it at the same time; the server sees a new or revoked key within a
second. Keys and session tokens are stored as SHA-256 digests only: both are 256 random bits, so a slow
hash would protect nothing. Copy the file with the rest of the data directory.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from portlog.catalog.exports import ExportRows
from portlog.catalog.file import DEFAULT_WORKSPACE
from portlog.catalog.keys import ALL_SCOPES, KEY_PREFIX, SCOPES, ApiKey, Keys
from portlog.catalog.prices import PriceRows
from portlog.catalog.replies import Replies, Reply
from portlog.catalog.reprocessings import Reprocessing, Reprocessings
from portlog.catalog.views import View, ViewRows
from portlog.clock import Clock

__all__ = [
    "ALL_SCOPES", "DEFAULT_WORKSPACE", "KEY_PREFIX", "SCOPES", "ApiKey", "Catalog", "Reply", "Reprocessing", "View",
]  # fmt: skip


class Catalog(Keys, Replies, Reprocessings, PriceRows):
    """All catalogue rows; thread-safe."""

    def __init__(self, path: Path, clock: Clock) -> None:
        super().__init__(path, clock)
        self.exports = ExportRows(self._db, self._lock, self._transaction)
        self.views = ViewRows(self._db, self._lock, self._transaction)

    def secret(self, name: str) -> bytes:
        """32 random bytes under a name, made when they are first asked for; they stay for ever."""
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO secrets VALUES (?, ?)", (name, secrets.token_bytes(32)))
            (value,) = db.execute("SELECT value FROM secrets WHERE name = ?", (name,)).fetchone()
        return bytes(value)
