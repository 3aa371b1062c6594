"""`reprocess` on the real engine: what today's rules change is replaced, once, whatever happens on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from portlog.applier import read_row
from portlog.applier.joins import Joiner, Plan
from portlog.applier.reprocess import Reprocessor
from portlog.catalog import Catalog, Reprocessing
from portlog.clock import FakeClock
from portlog.schema.columns import Row
from portlog.schema.ids import LogIds
from portlog.schema.log import Log
from portlog.schema.render import iso
from portlog.senders import wire
from portlog.senders.shapes import Context
from portlog.store import Statement, Store, open_store

NOW_MS = 1_795_000_000_000
IDS = LogIds()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One engine for the module; each test takes a time of its own."""
    path = tmp_path_factory.mktemp("reprocess") / "store"
    store = open_store(path, memory_bytes_max=2**31, query_memory_bytes_max=2**30, query_seconds_max=30)
    yield store
    store.close()


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog(tmp_path / "catalog.sqlite", FakeClock(NOW_MS))
    yield catalog
    catalog.close()


_hours = iter(range(1, 1000))


@pytest.fixture
def hour_ms() -> int:
    """The start of an hour that no other test uses."""
    return NOW_MS - next(_hours) * 3_600_000


def old_rules(seq: int, log: Log) -> Row:
    return read_row(seq, log, None)


def new_rules(seq: int, log: Log) -> Row:
    """The logs of model `old-*` are read as `new-*`; others as before."""
    row = read_row(seq, log, None)
    model = row.derived.model.replace("old-", "new-")
    return replace(row, derived=msgspec.structs.replace(row.derived, model=model, by="2"))


def fill(store: Store, hour_ms: int, models: list[str], **headers: Any) -> list[str]:
    """Store a log per model, a second apart; return their ids."""
    context = wire.context_of(headers, Context(received_ms=NOW_MS))
    rows = []
    for i, model in enumerate(models):
        body = {
            "request": {"url": "https://api.openai.com/v1/chat/completions", "headers": {}, "provider": "openai",
                        "body": {"model": model, "messages": [{"role": "user", "content": f"text {i}"}]}},
            "response": {"headers": {}, "response_time": 1, "body": {"model": model}},
            "created_at": iso(hour_ms + i * 1000),
        }  # fmt: skip
        (log,) = wire.parse(json.dumps(body).encode(), context, wire.Limits(10), IDS)
        rows.append(old_rules(i, log))
    store.apply(rows)
    return [row.log.id.hex() for row in rows]


def found(store: Store, hour_ms: int) -> list[tuple[str, str, int]]:
    """(id, model, revision) of every row of the hour."""
    text = (
        "SELECT lower(hex(id)), model, revision FROM logs WHERE created_at >= fromUnixTimestamp64Milli({f:Int64}, 'UTC') "
        "AND created_at < fromUnixTimestamp64Milli({t:Int64}, 'UTC') ORDER BY created_at, id, revision"
    )
    return [tuple(row) for row in store.select(Statement(text, {"f": hour_ms, "t": hour_ms + 3_600_000}))]  # type: ignore[misc]


class Bench:
    """A reprocessor that is stepped by hand."""

    def __init__(self, store: Store, catalog: Catalog, row_of: Callable[[int, Log], Row] = new_rules) -> None:
        self.store, self.catalog = store, catalog
        self.joiner = Joiner(store, row_of)
        self.plans: list[Plan] = []
        self.reprocessor = Reprocessor(store=store, catalog=catalog, rewrite=self.rewrite, row_of=row_of)

    def rewrite(self, plan: Callable[[Joiner], Plan]) -> Plan:
        planned = plan(self.joiner)
        self.plans.append(planned)
        if planned:
            self.store.apply(planned.rows, planned.gone, planned.fills)
        return planned

    def run(self, hour_ms: int) -> Reprocessing:
        self.catalog.create_reprocessing(hour_ms, hour_ms + 3_600_000)
        return self.go_on()

    def go_on(self) -> Reprocessing:
        while (job := self.catalog.next_reprocessing()) is not None:
            self.reprocessor.step(job)
        return self.catalog.reprocessings()[0]


def test_what_the_rules_change_is_replaced_and_the_rest_is_left_alone(store: Store, catalog: Catalog, hour_ms: int) -> None:
    ids = fill(store, hour_ms, ["old-a", "same", "old-b"])
    job = Bench(store, catalog).run(hour_ms)
    assert found(store, hour_ms) == [(ids[0], "new-a", 1), (ids[1], "same", 0), (ids[2], "new-b", 1)]
    assert (job.state, job.logs_seen, job.logs_changed) == ("done", 3, 2)


def test_a_second_run_finds_nothing_to_do(store: Store, catalog: Catalog, hour_ms: int) -> None:
    fill(store, hour_ms, ["old-a", "b"])
    bench = Bench(store, catalog)
    bench.run(hour_ms)
    before = found(store, hour_ms)
    assert bench.run(hour_ms).logs_changed == 0
    assert found(store, hour_ms) == before


def test_more_logs_than_a_chunk_holds_are_all_done_once(
    store: Store, catalog: Catalog, hour_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portlog.applier.reprocess._CHUNK_LOGS_MAX", 7)
    ids = fill(store, hour_ms, [f"old-{i}" for i in range(50)])
    bench = Bench(store, catalog)
    job = bench.run(hour_ms)
    assert found(store, hour_ms) == [(log_id, f"new-{i}", 1) for i, log_id in enumerate(ids)]
    assert (job.logs_seen, job.logs_changed, len(bench.plans)) == (50, 50, 8)


def test_a_chunk_is_bounded_in_bytes_too(
    store: Store, catalog: Catalog, hour_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portlog.applier.reprocess._CHUNK_BYTES_MAX", 1)
    fill(store, hour_ms, ["old-1", "old-2"])
    bench = Bench(store, catalog)
    assert bench.run(hour_ms).logs_changed == 2
    assert [len(plan.rows) for plan in bench.plans] == [1, 1]


def test_only_the_range_asked_for_is_touched(store: Store, catalog: Catalog, hour_ms: int) -> None:
    fill(store, hour_ms, ["old-a", "old-b", "old-c"])
    catalog.create_reprocessing(hour_ms + 1000, hour_ms + 2000)
    Bench(store, catalog).go_on()
    assert [model for _, model, _ in found(store, hour_ms)] == ["old-a", "new-b", "old-c"]


def test_it_goes_on_where_a_crash_left_it_and_never_leaves_two(store: Store, catalog: Catalog, hour_ms: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The crash comes after the insert, before the delete and before the cursor is kept."""
    monkeypatch.setattr("portlog.applier.reprocess._CHUNK_LOGS_MAX", 2)
    ids = fill(store, hour_ms, ["old-0", "old-1", "old-2", "same"])
    bench = Bench(store, catalog)

    def crashing(plan: Callable[[Joiner], Plan]) -> Plan:
        planned = plan(bench.joiner)
        store.apply(planned.rows)
        raise KeyboardInterrupt

    bench.reprocessor._rewrite = crashing
    with pytest.raises(KeyboardInterrupt):
        bench.run(hour_ms)
    assert len(found(store, hour_ms)) == 6, "two revisions of the first chunk"
    again = Bench(store, catalog)
    assert again.go_on().state == "done"
    models = [(log_id, model) for log_id, model, _ in found(store, hour_ms)]
    assert models == list(zip(ids, ["new-0", "new-1", "new-2", "same"], strict=True))


def test_what_was_not_kept_is_not_derived_again(store: Store, catalog: Catalog, hour_ms: int) -> None:
    fill(store, hour_ms, ["old-a"], **{"x-portkey-debug": "false"})
    job = Bench(store, catalog).run(hour_ms)
    assert [(model, revision) for _, model, revision in found(store, hour_ms)] == [("old-a", 0)]
    assert (job.logs_seen, job.logs_changed) == (1, 0)


def test_a_cancelled_job_stays_cancelled(store: Store, catalog: Catalog, hour_ms: int) -> None:
    fill(store, hour_ms, ["old-a"])
    job = catalog.create_reprocessing(hour_ms, hour_ms + 3_600_000)
    bench = Bench(store, catalog)
    cancelled = catalog.cancel_reprocessing(job.id)
    assert cancelled is not None and cancelled.state == "cancelled"
    bench.reprocessor.step(job)  # the chunk that was under way
    assert catalog.reprocessings()[0].state == "cancelled"
    assert catalog.next_reprocessing() is None
    assert catalog.cancel_reprocessing("nobody") is None
