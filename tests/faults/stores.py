"""Stores for the simulator: one that is a list, and one that breaks like the real one.

`ModelStore` keeps what `Store` promises, as tests/contract/test_store.py proves of it and of the embedded one.
`BrittleStore` stands before any store and fails as an engine may: an insert is one part a week, each there whole
or not at all, and after a failure or a crash any of them may be there, all included.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from portlog.errors import PortlogError
from portlog.schema.columns import BY_NAME, Row
from portlog.schema.feedback import Feedback
from portlog.store import Asking, Fill, Statement, Store, StoreError, Version, sql
from tests.faults.disks import Crashed

EVERY_LOG = Statement("SELECT id, trace_id, wal_seq FROM logs ORDER BY wal_seq, id", {})
"""What the checker asks: everything that says which log is there, and how often."""

_ONE = sql.one("", bytes(16), 0).text
_COUNT = sql.count_logs("").text


class ModelStore:
    """Rows in memory; knows the few statements below by their text."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def migrate(self) -> int:
        """Nothing to do."""
        return 0

    def apply(self, batch: Sequence[Row], gone: Sequence[Version] = (), fills: Sequence[Fill] = ()) -> None:
        """Keep the rows, without those that they replace."""
        assert not fills, "the model's logs are no spans"
        self.rows.extend(batch)
        versions = {(version.id, version.revision) for version in gone}
        self.rows = [row for row in self.rows if (row.log.id, row.revision) not in versions]

    def keep_feedback(self, given: Sequence[Feedback]) -> None:
        """None: feedback does not come through the write-ahead log."""
        raise NotImplementedError

    def present(self, first_seq: int, last_seq: int) -> set[bytes]:
        """See `Store`."""
        return {row.log.id for row in self.rows if first_seq <= row.seq <= last_seq}

    def select(self, statement: Statement) -> list[tuple[Any, ...]]:
        """Answer EVERY_LOG, `sql.one` and `sql.count_logs`."""
        values = statement.values
        if statement.text == EVERY_LOG.text:
            return sorted(
                ((r.log.id, r.log.trace_id, r.seq) for r in self.rows), key=lambda row: (row[2], row[0])
            )
        if statement.text == _ONE:
            wanted = (values["p0"], values["p1"], values["p2"])
            found = (r for r in self.rows if (r.log.created_ms, r.log.id.hex(), r.log.workspace) == wanted)
            return [as_stored(row) for row in found][:1]
        assert statement.text == _COUNT, f"the model does not know {statement.text!r}"
        return [(sum(row.log.workspace == values["p0"] for row in self.rows),)]

    def stream(self, statement: Statement) -> Iterator[list[tuple[Any, ...]]]:
        """The same answers, a row a block."""
        yield from ([row] for row in self.select(statement))

    def asked(self, asking: Asking) -> ModelStore:
        """Itself: it answers at once."""
        return self

    def cancel(self, asking: Asking) -> None:
        """Nothing runs."""
        asking.cancel()

    def relax(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""


def as_stored(row: Row) -> tuple[Any, ...]:
    """The columns of a row as a store gives them back: text for bytes, 0 and 1 for booleans, a dict for a map."""
    return tuple(_stored(name, BY_NAME[name].source(row)) for name in sql.ALL_NAMES)


def _stored(name: str, value: Any) -> Any:
    if name == "id":
        return value
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, bool):
        return int(value)
    return dict(value) if name == "metadata" else value


class BrittleStore:
    """Any store, with faults: `plan` says what happens at the n-th call from 1; `calls` counts them."""

    def __init__(self, inner: Store, random: Random, met: Callable[[str], None] = lambda what: None) -> None:
        self._inner, self._random, self._met = inner, random, met
        self.plan: dict[int, str] = {}  # "crash" or "fail"
        self.calls = 0

    def migrate(self) -> int:
        """See `Store`."""
        return self._inner.migrate()

    def apply(self, batch: Sequence[Row], gone: Sequence[Version] = (), fills: Sequence[Fill] = ()) -> None:
        """See `Store`; a fault leaves any of the batch's weeks in the store, and then removes nothing."""
        fault = self._strike()
        parts = list(_by_week(batch).values())
        self._random.shuffle(parts)
        share = self._random.choice([0, 1, self._random.random(), self._random.random()])
        stored = len(parts) if fault is None else round(share * len(parts))
        for part in parts[:stored]:
            self._inner.apply(part)
        if fault is not None:
            share = "nothing" if stored == 0 else "everything" if stored == len(parts) else "some weeks"
            self._met(f"store: {fault} after storing {share}")
        if fault is None and (gone or fills):
            self._inner.apply([], gone, fills)
        self._raise(fault, StoreError("Code: 243. DB::Exception: (simulated) NOT_ENOUGH_SPACE"))

    def keep_feedback(self, given: Sequence[Feedback]) -> None:
        """See `Store`."""
        self._inner.keep_feedback(given)

    def present(self, first_seq: int, last_seq: int) -> set[bytes]:
        """See `Store`."""
        fault = self._strike()
        if fault is not None:
            self._met(f"store: {fault} when asked what is present")
        self._raise(fault, PortlogError("store-unavailable", "the store did not answer: (simulated)"))
        found = self._inner.present(first_seq, last_seq)
        if found:
            self._met("store: present when replayed")
        return found

    def select(self, statement: Statement) -> list[tuple[Any, ...]]:
        """See `Store`; the checker's door, so without faults."""
        return self._inner.select(statement)

    def stream(self, statement: Statement) -> Iterator[list[tuple[Any, ...]]]:
        """See `select`."""
        return self._inner.stream(statement)

    def asked(self, asking: Asking) -> Store:
        """See `Store`."""
        return self._inner.asked(asking)

    def cancel(self, asking: Asking) -> None:
        """See `Store`."""
        self._inner.cancel(asking)

    def relax(self) -> None:
        """See `Store`."""
        self._inner.relax()

    def close(self) -> None:
        """Nothing: the engine outlives the simulated process."""

    def _strike(self) -> str | None:
        self.calls += 1
        return self.plan.pop(self.calls, None)

    def _raise(self, fault: str | None, failure: Exception) -> None:
        if fault == "crash":
            raise Crashed
        if fault == "fail":
            raise failure


def _by_week(batch: Sequence[Row]) -> dict[str, list[Row]]:
    """Rows by the Monday that their partition is named after."""
    weeks: defaultdict[str, list[Row]] = defaultdict(list)
    for row in batch:
        day = datetime.fromtimestamp(row.log.created_ms / 1000, UTC).date()
        weeks[(day - timedelta(days=day.weekday())).isoformat()].append(row)
    return weeks
