"""The columns, here or in a cluster: a `Store` migrates, applies rows, answers statements. Knows no senders, no HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from portlog.schema.columns import Row
from portlog.schema.feedback import Feedback
from portlog.store.asking import Asking, Cancelled, Progress
from portlog.store.embedded import EmbeddedStore, StoreError
from portlog.store.reader import Answer, Reader
from portlog.store.rows import Fill, Version
from portlog.store.sql import Statement

__all__ = [
    "Answer", "Asking", "Cancelled", "Fill", "Progress", "Reader", "Statement", "Store", "StoreError", "Version", "open_store",
]  # fmt: skip


class Store(Protocol):
    """What every store can do; tests/contract runs one suite against all of them."""

    def migrate(self) -> int: ...

    def apply(self, batch: Sequence[Row], gone: Sequence[Version] = (), fills: Sequence[Fill] = ()) -> None: ...

    def keep_feedback(self, given: Sequence[Feedback]) -> None: ...

    def present(self, first_seq: int, last_seq: int) -> set[bytes]: ...

    def select(self, statement: Statement) -> list[tuple[Any, ...]]: ...

    def stream(self, statement: Statement) -> Iterator[list[tuple[Any, ...]]]: ...

    def reader(self, workspace: str, *, rows_max: int, bytes_max: int) -> AbstractContextManager[Reader]: ...

    def asked(self, asking: Asking) -> Store: ...

    def cancel(self, asking: Asking) -> None: ...

    def progress(self, tags: Sequence[str]) -> dict[str, Progress]: ...

    def relax(self) -> None: ...

    def close(self) -> None: ...


def open_store(
    path: Path, *, memory_bytes_max: int, query_memory_bytes_max: int, query_seconds_max: int
) -> Store:
    """Open the store of a data directory and bring it to this release's layout."""
    store = EmbeddedStore(
        path,
        memory_bytes_max=memory_bytes_max,
        query_memory_bytes_max=query_memory_bytes_max,
        query_seconds_max=query_seconds_max,
    )
    store.migrate()
    store.apply([])  # the driver loads its libraries with the first insert: not while a first log waits to be seen
    return store
