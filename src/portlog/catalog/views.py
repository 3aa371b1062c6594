"""Saved views: a question under a name, for everyone in a workspace."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from typing import Any

from portlog.errors import PortlogError

Transaction = Callable[[], AbstractContextManager[sqlite3.Connection]]

VIEWS_MAX = 500  # of a workspace
PINNED_MAX = 8  # as many as the sidebar shows

STEP = """
    CREATE TABLE views (
        id TEXT PRIMARY KEY, workspace TEXT NOT NULL, name TEXT NOT NULL, page TEXT NOT NULL, q TEXT NOT NULL,
        since TEXT NOT NULL, until TEXT NOT NULL, columns TEXT NOT NULL, pinned INTEGER NOT NULL, created_ms INTEGER NOT NULL,
        updated_ms INTEGER NOT NULL, UNIQUE (workspace, name)) STRICT
    """
"""Makes the table; a step of the catalogue's layout, frozen once released."""


@dataclass(frozen=True)
class View:
    """A saved question. Its times are kept as they were typed: `-24h` goes on meaning the last day."""

    id: str
    workspace: str
    name: str
    page: str  # of the dashboard
    q: str
    since: str
    until: str
    columns: tuple[str, ...] | None  # of its table, in order; None: the page's own
    pinned: bool
    created_ms: int
    updated_ms: int


class ViewRows:
    """The rows of views in the catalogue; thread-safe as the catalogue is."""

    def __init__(self, db: sqlite3.Connection, lock: threading.RLock, transaction: Transaction) -> None:
        self._db, self._lock, self._transaction = db, lock, transaction

    def of_workspace(self, workspace: str) -> list[View]:
        """All views of a workspace, by name."""
        return self._views("workspace = ? ORDER BY name, id", workspace)

    def find(self, workspace: str, view_id: str) -> View | None:
        """The view of this id."""
        return next(iter(self._views("workspace = ? AND id = ?", workspace, view_id)), None)

    def save(self, view: View) -> None:
        """Keep a view, new or changed.

        raises  PortlogError conflict: the name is taken, or there are too many, or too many pinned; nothing is changed then
        """
        with self._transaction() as db:
            others = [other for other in self.of_workspace(view.workspace) if other.id != view.id]
            _refuse_conflict(view, others)
            db.execute(f"INSERT OR REPLACE INTO views ({_COLUMNS}) VALUES ({_PLACES})", _row(view))

    def delete(self, workspace: str, view_id: str) -> View | None:
        """Forget a view; None if there is none of this id."""
        with self._transaction() as db:
            found = self.find(workspace, view_id)
            db.execute("DELETE FROM views WHERE workspace = ? AND id = ?", (workspace, view_id))
        return found

    def _views(self, where: str, *values: str) -> list[View]:
        with self._lock:
            rows = self._db.execute(f"SELECT {_COLUMNS} FROM views WHERE {where}", values).fetchall()
        return [_view(row) for row in rows]


def _refuse_conflict(view: View, others: list[View]) -> None:
    if any(other.name == view.name for other in others):
        raise PortlogError("conflict", f"name: there is a view {view.name!r} already; change that one", path="name")
    if view.pinned and sum(other.pinned for other in others) >= PINNED_MAX:
        raise PortlogError("conflict", f"pinned: {PINNED_MAX} views are pinned already; unpin one", path="pinned")
    if len(others) >= VIEWS_MAX:
        raise PortlogError("conflict", f"there are {VIEWS_MAX} views already; delete one")


_COLUMNS = ", ".join(field.name for field in fields(View))
_PLACES = ", ".join("?" for _ in fields(View))


def _row(view: View) -> tuple[Any, ...]:
    values = {field.name: getattr(view, field.name) for field in fields(View)}
    return tuple((values | {"columns": json.dumps(view.columns), "pinned": int(view.pinned)}).values())


def _view(row: tuple[Any, ...]) -> View:
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    columns = json.loads(values["columns"])
    return View(**values | {"columns": None if columns is None else tuple(columns), "pinned": bool(values["pinned"])})
