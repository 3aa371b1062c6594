"""What lies in the catalogue's file: one step per released layout, forward only. PRAGMA user_version holds how many have run."""

from __future__ import annotations

from portlog.catalog import exports, views

LAYOUT = (
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
    """
    ALTER TABLE api_keys ADD COLUMN last_used_ms INTEGER;
    """,
    views.STEP,
)
