"""First replies of idempotent calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portlog.catalog.file import CatalogFile


@dataclass(frozen=True)
class Reply:
    """The first reply to an Idempotency-Key."""

    idempotency: str
    body_digest: str
    reply: bytes
    received_ms: int


class Replies(CatalogFile):
    """Replies by the digests of their Idempotency-Keys."""

    def keep_replies(self, replies: Sequence[Reply], forget_before_ms: int) -> None:
        """Store first replies (a second one to the same key is ignored) and forget old ones."""
        with self._transaction() as db:
            db.executemany(
                "INSERT OR IGNORE INTO replies VALUES (?, ?, ?, ?)",
                [(r.idempotency, r.body_digest, r.reply, r.received_ms) for r in replies],
            )
            db.execute("DELETE FROM replies WHERE received_ms < ?", (forget_before_ms,))

    def find_reply(self, idempotency: str, not_before_ms: int) -> Reply | None:
        """Return the reply kept for an Idempotency-Key's digest, if it is not older than `not_before_ms`."""
        with self._lock:
            row = self._db.execute(
                "SELECT idempotency, body_digest, reply, received_ms FROM replies"
                " WHERE idempotency = ? AND received_ms >= ?",
                (idempotency, not_before_ms),
            ).fetchone()
        return Reply(*row) if row else None
