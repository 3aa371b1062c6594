"""API keys and the dashboard's sessions, which stand for keys; when each key was used last."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from portlog.catalog.file import DEFAULT_WORKSPACE, CatalogFile
from portlog.clock import Clock

# Contract 1.3.
SCOPES: tuple[tuple[str, str], ...] = (
    ("logs.write", "store logs"),
    ("logs.view", "read one log with its bodies"),
    ("logs.list", "list and search logs"),
    ("logs.export", "create and download exports"),
    ("logs.import", "store logs out of exports, ids and all"),
    ("feedback.write", "give feedback"),
    ("analytics.view", "read graphs, groups and settings"),
    ("keys.manage", "list, make and revoke API keys"),
    ("settings.manage", "change prices"),
)
ALL_SCOPES = tuple(name for name, _ in SCOPES)
KEY_PREFIX = "pl-"
_SESSION_MS = 7 * 86_400_000
_REFRESH_SECONDS = 1.0
_USE_MS = 60_000  # how often the last use of a key is written down


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
    last_used_ms: int | None = None  # told by `keys` alone; at most a minute old in the file


class Keys(CatalogFile):
    """Keys and sessions."""

    def __init__(self, path: Path, clock: Clock) -> None:
        super().__init__(path, clock)
        self._keys: dict[bytes, ApiKey] = {}
        self._seen_version, self._looked_at = -1, float("-inf")
        self._uses = _Uses(path)

    def close(self) -> None:
        """See `CatalogFile`; last uses are written down first."""
        self._uses.close()
        super().close()

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
                "INSERT INTO api_keys (id, digest, name, hint, workspace, scopes, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (key.id, _digest(text), name, key.hint, workspace, json.dumps(key.scopes), key.created_ms),
            )
        self._looked_at = float("-inf")
        return text, key

    def keys(self) -> list[ApiKey]:
        """All keys, revoked ones too, oldest first."""
        with self._lock:
            columns = f"last_used_ms, {_KEY_COLUMNS}"
            rows = self._db.execute(f"SELECT {columns} FROM api_keys ORDER BY created_ms, id").fetchall()
        return [replace(_key(row[1:]), last_used_ms=self._uses.last(row[1], row[0])) for row in rows]

    def keys_of(self, workspace: str) -> list[ApiKey]:
        """The keys of a workspace, as `keys` has them."""
        all_keys = self.keys()
        return [key for key in all_keys if key.workspace == workspace]

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
        key = self._keys.get(_digest(text))
        if key:
            self._uses.note(key.id, self._clock.now_ms())
        return key

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
        if row is None:
            return None
        key = _key(row)
        self._uses.note(key.id, self._clock.now_ms())
        return key

    def end_session(self, token: str) -> None:
        """Forget a session; no-op when it is unknown."""
        with self._transaction() as db:
            db.execute("DELETE FROM sessions WHERE digest = ?", (_digest(token),))


class _Uses:
    """When keys were used last: in memory, and once a minute a key in the file.

    Asked for at every call, so nothing here may wait: a connection of its own, which does not sync and gives up at once
    while another writes. The next use tries again; what a crash takes is a minute.
    """

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute("PRAGMA wal_autocheckpoint = 0")
        self._lock = threading.Lock()
        self._used: dict[str, int] = {}
        self._written: dict[str, int] = {}

    def note(self, key_id: str, now_ms: int) -> None:
        """The key is used now."""
        self._used[key_id] = now_ms
        if abs(now_ms - self._written.get(key_id, 0)) >= _USE_MS and self._lock.acquire(blocking=False):
            try:
                self._write(key_id, now_ms)
            finally:
                self._lock.release()

    def last(self, key_id: str, written_ms: int | None) -> int | None:
        """The last use, of this process or of one before."""
        return max(filter(None, (self._used.get(key_id), written_ms)), default=None)

    def _write(self, key_id: str, now_ms: int) -> None:
        try:
            self._db.execute("UPDATE api_keys SET last_used_ms = ? WHERE id = ?", (now_ms, key_id))
        except sqlite3.Error:  # busy, or the disk is full: no reason to refuse a call
            return
        self._written[key_id] = now_ms

    def close(self) -> None:
        """Write down what is in memory alone."""
        with self._lock:
            for key_id, used_ms in self._used.items():
                if used_ms != self._written.get(key_id):
                    self._write(key_id, used_ms)
            self._db.close()


_KEY_COLUMNS = "id, name, hint, workspace, scopes, created_ms, revoked_ms"


def _key(row: tuple[str, str, str, str, str, int, int | None]) -> ApiKey:
    key_id, name, hint, workspace, scopes, created_ms, revoked_ms = row
    return ApiKey(key_id, name, hint, workspace, tuple(json.loads(scopes)), created_ms, revoked_ms)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
