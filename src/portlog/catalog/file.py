"""The file under every subject of the catalogue: opened, brought to this release's layout, changed in transactions."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portlog.catalog.layout import LAYOUT
from portlog.clock import Clock
from portlog.errors import StartError

DEFAULT_WORKSPACE = "default"


class CatalogFile:
    """One SQLite file; thread-safe: one connection, one lock, short statements."""

    def __init__(self, path: Path, clock: Clock) -> None:
        """Open it, made when it is not there.

        raises  StartError when it cannot be opened, or is of a newer release
        """
        self._path, self._clock, self._lock = path, clock, threading.RLock()
        try:
            self._db = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._migrate()
        except sqlite3.Error as error:
            raise StartError(
                f"catalogue {path} cannot be opened: {error}. Restore it from a backup, or move it away: "
                "logs are not in it, but keys are"
            ) from error

    def _migrate(self) -> None:
        with self._transaction() as db:
            (done,) = db.execute("PRAGMA user_version").fetchone()
            if done > len(LAYOUT):
                raise StartError(f"catalogue {self._path} is of a newer release (layout {done}); use that release")
            for step in LAYOUT[done:]:
                for statement in step.split(";"):
                    db.execute(statement)
            db.execute(f"PRAGMA user_version = {len(LAYOUT)}")
            db.execute(
                "INSERT OR IGNORE INTO workspaces VALUES (?, ?, ?)",
                (DEFAULT_WORKSPACE, "Default", self._clock.now_ms()),
            )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def close(self) -> None:
        """Close the file; no other method may run."""
        with self._lock:
            self._db.close()

    def check(self) -> str:
        """SQLite's own integrity check: "ok", or what is wrong."""
        with self._lock:
            return str(self._db.execute("PRAGMA integrity_check").fetchone()[0])
