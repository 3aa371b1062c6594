"""A store of an earlier layout is brought to this one with everything in it, also when that is broken off on the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from portlog.errors import StartError
from portlog.schema.columns import Links
from portlog.store import Fill, Statement, Store, Version, migrate, open_store, sql
from tests.contract.test_store import log, rows

ALL = migrate.migrations()
LAST = ALL[5]  # it makes the table anew
_LIMITS = {"memory_bytes_max": 2**31, "query_memory_bytes_max": 2**30, "query_seconds_max": 60}


@contextmanager
def opened(path: Path) -> Iterator[Store]:
    with closing(open_store(path, **_LIMITS)) as store:
        yield store


def content(store: Store) -> list[tuple[Any, ...]]:
    return store.select(Statement(f"SELECT {sql.selected(sql.ALL_NAMES)} FROM logs ORDER BY created_at, id, revision", {}))


def old_store(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """A store of layout 2 with three weeks of logs, one of them deleted and one filled by patches; its content."""
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "migrations", lambda: ALL[:2])
        with opened(path) as store:
            batch = rows(1, *(log(f"text {n}", weeks_ago=n % 3, metadata={"env": f"e{n}"}) for n in range(60)))
            store.apply(batch)
            gone, filled = batch[7], batch[8]
            store.apply(
                [],
                [Version(gone.log.id, 0, gone.log.created_ms)],
                [Fill(filled.log.id, filled.log.created_ms, Links(user="of the trace", user_from="s"))],
            )
            found = content(store)
    assert len(found) == 59
    return found


def is_whole(store: Store, before: list[tuple[Any, ...]]) -> None:
    assert content(store) == before
    assert store.select(Statement("SELECT count() FROM logs WHERE hasAllTokens(words, 'text')", {})) == [(59,)]
    test = sql.metadata_equals("env", "e3", binder := sql.Binder())
    assert store.select(Statement(f"SELECT count() FROM logs WHERE {test}", binder.values)) == [(1,)]
    assert store.select(Statement("SELECT countIf(user = 'of the trace') FROM logs", {})) == [(1,)]
    tables = store.select(Statement("SELECT name FROM system.tables WHERE name LIKE 'logs%' AND database = currentDatabase()", {}))
    assert tables == [("logs",)]


def test_a_store_of_the_first_release_keeps_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = old_store(tmp_path / "store", monkeypatch)
    with opened(tmp_path / "store") as store:
        is_whole(store, before)
        store.apply(rows(2, log("after")))
        assert len(content(store)) == 60


@pytest.mark.parametrize("done", range(1, len(LAST.statements) + 1))
def test_making_the_table_anew_may_be_broken_off_after_any_statement(
    done: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = old_store(tmp_path / "store", monkeypatch)
    broken = migrate.Migration(LAST.number, LAST.name, (*LAST.statements[:done], "SELECT throwIf(1, 'power cut')"))
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "migrations", lambda: (*ALL[:5], broken))
        with pytest.raises(StartError, match="power cut"), opened(tmp_path / "store"):
            pass
    with opened(tmp_path / "store") as store:
        is_whole(store, before)
