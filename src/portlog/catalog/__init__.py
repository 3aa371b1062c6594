"""The few mutable rows beside the logs: workspaces, API keys, sessions, kept replies, prices. SQLite, one file.

The command line and the server open it at the same time; the server sees a new or revoked key within a
second. Keys and session tokens are stored as SHA-256 digests only: both are 256 random bits, so a slow
hash would protect nothing. Copy the file with the rest of the data directory.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from portlog.catalog import exports
from portlog.catalog.exports import ExportRows
from portlog.clock import Clock
from portlog.errors import StartError
from portlog.schema.prices import Book, Discount, OwnPrice

# Contract 1.3.
SCOPES: tuple[tuple[str, str], ...] = (
    ("logs.write", "store logs"),
    ("logs.view", "read one log with its bodies"),
    ("logs.list", "list and search logs"),
    ("logs.export", "create and download exports"),
    ("feedback.write", "give feedback"),
    ("analytics.view", "read graphs and groups"),
)
ALL_SCOPES = tuple(name for name, _ in SCOPES)
DEFAULT_WORKSPACE = "default"
KEY_PREFIX = "pl-"

# One step per released layout; forward only. PRAGMA user_version holds how many have run.
_MIGRATIONS = (
    """
    CREATE TABLE workspaces (slug TEXT PRIMARY KEY, name TEXT NOT NULL, created_ms INTEGER NOT NULL) STRICT;
    CREATE TABLE api_keys (
        id TEXT PRIMARY KEY, digest BLOB NOT NULL UNIQUE, name TEXT NOT NULL, hint TEXT NOT NULL,
        workspace TEXT NOT NULL REFERENCES workspaces (slug), scopes TEXT NOT NULL,
        created_ms INTEGER NOT NULL, revoked_ms INTEGER) STRICT;
    CREATE TABLE sessions (
        digest BLOB PRIMARY KEY, key_id TEXT NOT NULL REFERENCES api_keys (id), expires_ms INTEGER NOT NULL) STRICT;
    CREATE TABLE replies (
        idempotency TEXT PRIMARY KEY, body_digest TEXT NOT NULL, reply BLOB NOT NULL, received_ms INTEGER NOT NULL
        ) STRICT;
    CREATE INDEX replies_by_time ON replies (received_ms);
    """,
    """
    CREATE TABLE reprocessings (
        id TEXT PRIMARY KEY, since_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, state TEXT NOT NULL,
        cursor_ms INTEGER NOT NULL, cursor_id BLOB NOT NULL, logs_seen INTEGER NOT NULL, logs_changed INTEGER NOT NULL,
        error TEXT NOT NULL, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL) STRICT;
    """,
    """
    CREATE TABLE prices (
        id TEXT PRIMARY KEY, provider TEXT NOT NULL, model TEXT NOT NULL, parts TEXT NOT NULL, since TEXT NOT NULL,
        until TEXT NOT NULL, created_ms INTEGER NOT NULL, UNIQUE (provider, model, since)) STRICT;
    CREATE TABLE discounts (
        id TEXT PRIMARY KEY, percent TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL, since TEXT NOT NULL,
        until TEXT NOT NULL, created_ms INTEGER NOT NULL, UNIQUE (provider, model, since)) STRICT;
    CREATE TABLE price_book (version INTEGER NOT NULL) STRICT;
    INSERT INTO price_book VALUES (0);
    """,
    exports.STEP,
    "CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT",
)
_SESSION_MS = 7 * 86_400_000
_REFRESH_SECONDS = 1.0


@dataclass(frozen=True)
class ApiKey:
    """One API key, without its text, which nobody keeps."""

    id: str
    name: str
    hint: str  # the first characters, to tell keys apart: `pl-3fA9…`
    workspace: str
    scopes: tuple[str, ...]
    created_ms: int
    revoked_ms: int | None


@dataclass(frozen=True)
class Reply:
    """The first reply to an Idempotency-Key."""

    idempotency: str
    body_digest: str
    reply: bytes
    received_ms: int


@dataclass(frozen=True)
class Reprocessing:
    """One `portlog reprocess`: the logs created in [since, until) are derived again."""

    id: str
    since_ms: int
    until_ms: int
    state: str  # "running", "done", "failed", "cancelled"
    cursor_ms: int  # what is done: everything up to this time and id
    cursor_id: bytes
    logs_seen: int
    logs_changed: int
    error: str
    created_ms: int
    updated_ms: int


class Catalog:
    """All catalogue rows; thread-safe: one connection, one lock, short statements."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path, self._clock, self._lock = path, clock, threading.RLock()
        self._keys: dict[bytes, ApiKey] = {}
        self._seen_version, self._looked_at = -1, float("-inf")
        self._book, self._book_looked_at = Book(version=-1), float("-inf")
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
        self.exports = ExportRows(self._db, self._lock, self._transaction)

    def _migrate(self) -> None:
        with self._transaction() as db:
            (done,) = db.execute("PRAGMA user_version").fetchone()
            if done > len(_MIGRATIONS):
                raise StartError(f"catalogue {self._path} is of a newer release (layout {done}); use that release")
            for step in _MIGRATIONS[done:]:
                for statement in step.split(";"):
                    db.execute(statement)
            db.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")
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

    # -- keys ----------------------------------------------------------------------------------------------

    def create_key(self, name: str, scopes: Sequence[str], workspace: str = DEFAULT_WORKSPACE) -> tuple[str, ApiKey]:
        """Make a key and return its text, which is shown once and stored nowhere, and its row.

        raises  ValueError for an unknown scope or workspace
        """
        unknown = [scope for scope in scopes if scope not in ALL_SCOPES]
        if unknown or not scopes:
            raise ValueError(f"no scope {', '.join(unknown) or '(none given)'}; there are {', '.join(ALL_SCOPES)}")
        text = KEY_PREFIX + secrets.token_urlsafe(32)
        key = ApiKey(
            id=secrets.token_hex(8), name=name, hint=text[:7] + "…", workspace=workspace,
            scopes=tuple(sorted(set(scopes))), created_ms=self._clock.now_ms(), revoked_ms=None,
        )  # fmt: skip
        with self._transaction() as db:
            if not db.execute("SELECT 1 FROM workspaces WHERE slug = ?", (workspace,)).fetchone():
                raise ValueError(f"no workspace {workspace!r}")
            db.execute(
                "INSERT INTO api_keys VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
                (key.id, _digest(text), name, key.hint, workspace, json.dumps(key.scopes), key.created_ms),
            )
        self._looked_at = float("-inf")
        return text, key

    def keys(self) -> list[ApiKey]:
        """All keys, revoked ones too, oldest first."""
        with self._lock:
            rows = self._db.execute(f"SELECT {_KEY_COLUMNS} FROM api_keys ORDER BY created_ms, id").fetchall()
        return [_key(row) for row in rows]

    def revoke_key(self, wanted: str) -> ApiKey | None:
        """Revoke by id or name and end the key's sessions; None if no live key has it."""
        with self._transaction() as db:
            row = db.execute(
                f"SELECT {_KEY_COLUMNS} FROM api_keys WHERE (id = ? OR name = ?) AND revoked_ms IS NULL",
                (wanted, wanted),
            ).fetchone()
            if row is None:
                return None
            key = _key(row)
            db.execute("UPDATE api_keys SET revoked_ms = ? WHERE id = ?", (self._clock.now_ms(), key.id))
            db.execute("DELETE FROM sessions WHERE key_id = ?", (key.id,))
        self._looked_at = float("-inf")
        return key

    def find_key(self, text: str) -> ApiKey | None:
        """The live key with this text. Served from memory; changes by other processes show within a second."""
        self._refresh()
        return self._keys.get(_digest(text))

    def has_keys(self) -> bool:
        """Whether there is a key that is not revoked, at most a second ago."""
        self._refresh()
        return bool(self._keys)

    def _refresh(self) -> None:
        now = self._clock.monotonic()
        if now - self._looked_at < _REFRESH_SECONDS:
            return
        with self._lock:
            # data_version changes when another connection commits; our own changes reset _looked_at.
            (version,) = self._db.execute("PRAGMA data_version").fetchone()
            if version != self._seen_version or self._looked_at == float("-inf"):
                rows = self._db.execute(f"SELECT digest, {_KEY_COLUMNS} FROM api_keys WHERE revoked_ms IS NULL")
                self._keys = {bytes(row[0]): _key(row[1:]) for row in rows}
            self._seen_version, self._looked_at = version, now

    # -- sessions of the dashboard ----------------------------------------------------------------------------

    def create_session(self, key: ApiKey) -> str:
        """Return a token that stands for `key` for a week; stored as a digest."""
        token = secrets.token_urlsafe(32)
        now = self._clock.now_ms()
        with self._transaction() as db:
            db.execute("DELETE FROM sessions WHERE expires_ms < ?", (now,))
            db.execute("INSERT INTO sessions VALUES (?, ?, ?)", (_digest(token), key.id, now + _SESSION_MS))
        return token

    def find_session(self, token: str) -> ApiKey | None:
        """Return the key that a session stands for; None when it is unknown, over, or its key revoked."""
        with self._lock:
            row = self._db.execute(
                f"SELECT {_KEY_COLUMNS} FROM sessions JOIN api_keys ON id = key_id"
                " WHERE sessions.digest = ? AND expires_ms > ? AND revoked_ms IS NULL",
                (_digest(token), self._clock.now_ms()),
            ).fetchone()
        return _key(row) if row else None

    def end_session(self, token: str) -> None:
        """Forget a session; no-op when it is unknown."""
        with self._transaction() as db:
            db.execute("DELETE FROM sessions WHERE digest = ?", (_digest(token),))

    # -- first replies of idempotent calls ---------------------------------------------------------------------

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

    # -- reprocessings -----------------------------------------------------------------------------------------

    def create_reprocessing(self, since_ms: int, until_ms: int) -> Reprocessing:
        """Keep a new job; a running server begins it within a second."""
        now = self._clock.now_ms()
        job = Reprocessing(
            secrets.token_hex(8), since_ms, until_ms, "running", since_ms, bytes(16), 0, 0, "", now, now
        )
        with self._transaction() as db:
            db.execute(f"INSERT INTO reprocessings ({_JOB_COLUMNS}) VALUES ({_JOB_PLACES})", _job_row(job))
        return job

    def save_reprocessing(self, job: Reprocessing) -> None:
        """Keep how far a job is. One that was cancelled meanwhile stays so."""
        with self._transaction() as db:
            db.execute(
                "UPDATE reprocessings SET state = ?, cursor_ms = ?, cursor_id = ?, logs_seen = ?, logs_changed = ?,"
                " error = ?, updated_ms = ? WHERE id = ? AND state = 'running'",
                (job.state, job.cursor_ms, job.cursor_id, job.logs_seen, job.logs_changed, job.error,
                 self._clock.now_ms(), job.id),
            )  # fmt: skip

    def cancel_reprocessing(self, job_id: str) -> Reprocessing | None:
        """Stop a running job after its chunk under way; None if there is none of this id."""
        with self._transaction() as db:
            db.execute(
                "UPDATE reprocessings SET state = 'cancelled', updated_ms = ? WHERE id = ? AND state = 'running'",
                (self._clock.now_ms(), job_id),
            )
        return next((job for job in self.reprocessings() if job.id == job_id), None)

    def reprocessings(self) -> list[Reprocessing]:
        """All jobs, the newest first."""
        with self._lock:
            rows = self._db.execute(
                f"SELECT {_JOB_COLUMNS} FROM reprocessings ORDER BY created_ms DESC, id"
            ).fetchall()
        return [Reprocessing(*row) for row in rows]

    def next_reprocessing(self) -> Reprocessing | None:
        """The oldest job that is not done."""
        with self._lock:
            row = self._db.execute(
                f"SELECT {_JOB_COLUMNS} FROM reprocessings WHERE state = 'running' ORDER BY created_ms, id LIMIT 1"
            ).fetchone()
        return Reprocessing(*row) if row else None

    # -- own prices and discounts --------------------------------------------------------------------------------

    def set_price(self, price: OwnPrice) -> OwnPrice:
        """Store a price under a new id; it takes the place of one of the same provider, model and first day."""
        return self._set("prices", price, ("parts", _parts_text(price)))

    def set_discount(self, discount: Discount) -> Discount:
        """Store a discount under a new id; it takes the place of one of the same provider, model and first day."""
        return self._set("discounts", discount, ("percent", str(discount.percent)))

    def _set(self, table: str, row: _Row, value: tuple[str, str]) -> _Row:
        row = replace(row, id=secrets.token_hex(4))
        with self._transaction() as db:
            db.execute(
                f"INSERT OR REPLACE INTO {table} (id, provider, model, since, until, {value[0]}, created_ms)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (row.id, row.provider, row.model, row.since, row.until, value[1], self._clock.now_ms()),
            )
            db.execute("UPDATE price_book SET version = version + 1")
        self._book_looked_at = float("-inf")
        return row

    def remove_price(self, wanted: str) -> OwnPrice | Discount | None:
        """Delete a price or a discount by id; None if there is none."""
        book = self.price_book()
        rows: list[OwnPrice | Discount] = [*book.prices, *book.discounts]
        found = next((row for row in rows if row.id == wanted), None)
        if found is not None:
            with self._transaction() as db:
                for table in ("prices", "discounts"):
                    db.execute(f"DELETE FROM {table} WHERE id = ?", (wanted,))
                db.execute("UPDATE price_book SET version = version + 1")
            self._book_looked_at = float("-inf")
        return found

    def price_book(self) -> Book:
        """All of them, in the order made. Served from memory; changes by other processes show within a second."""
        now = self._clock.monotonic()
        if now - self._book_looked_at >= _REFRESH_SECONDS:
            with self._lock:
                (version,) = self._db.execute("SELECT version FROM price_book").fetchone()
                if version != self._book.version:
                    prices = self._db.execute(f"SELECT parts, {_PRICE_COLUMNS} FROM prices ORDER BY created_ms, id")
                    discounts = self._db.execute(f"SELECT percent, {_PRICE_COLUMNS} FROM discounts ORDER BY created_ms, id")
                    self._book = Book(
                        version,
                        tuple(OwnPrice(parts=_parts(row[0]), **_priced(row)) for row in prices.fetchall()),
                        tuple(Discount(percent=Decimal(row[0]), **_priced(row)) for row in discounts.fetchall()),
                    )
                self._book_looked_at = now
        return self._book

    def secret(self, name: str) -> bytes:
        """32 random bytes under a name, made when they are first asked for; they stay for ever."""
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO secrets VALUES (?, ?)", (name, secrets.token_bytes(32)))
            (value,) = db.execute("SELECT value FROM secrets WHERE name = ?", (name,)).fetchone()
        return bytes(value)

    def check(self) -> str:
        """SQLite's own integrity check: "ok", or what is wrong."""
        with self._lock:
            return str(self._db.execute("PRAGMA integrity_check").fetchone()[0])


_JOB_COLUMNS = ", ".join(field.name for field in fields(Reprocessing))
_JOB_PLACES = ", ".join("?" for _ in fields(Reprocessing))


def _job_row(job: Reprocessing) -> tuple[Any, ...]:
    return tuple(getattr(job, field.name) for field in fields(Reprocessing))


_Row = TypeVar("_Row", OwnPrice, Discount)
_PRICE_COLUMNS = "id, provider, model, since, until"


def _priced(row: tuple[str, ...]) -> dict[str, str]:
    return dict(zip(_PRICE_COLUMNS.split(", "), row[1:], strict=True))


def _parts(text: str) -> dict[str, Decimal]:
    return {part: Decimal(usd) for part, usd in json.loads(text).items()}


def _parts_text(price: OwnPrice) -> str:
    return json.dumps({part: str(usd) for part, usd in price.parts.items()})


_KEY_COLUMNS = "id, name, hint, workspace, scopes, created_ms, revoked_ms"


def _key(row: tuple[str, str, str, str, str, int, int | None]) -> ApiKey:
    key_id, name, hint, workspace, scopes, created_ms, revoked_ms = row
    return ApiKey(key_id, name, hint, workspace, tuple(json.loads(scopes)), created_ms, revoked_ms)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
