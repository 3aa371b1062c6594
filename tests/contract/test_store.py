"""One suite for every store: the embedded engine and the simulator's model keep what `Store` promises.

So that what the simulator proves with the model is proved of a store like the real one.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from portlog.applier import row_of
from portlog.errors import PortlogError
from portlog.schema.columns import Row
from portlog.schema.ids import LogIds, created_ms_of
from portlog.schema.render import iso
from portlog.senders import wire
from portlog.store import Asking, Cancelled, Statement, Store, open_store, sql
from tests.faults.stores import EVERY_LOG, BrittleStore, ModelStore, as_stored

NOW_MS = 1_795_000_000_000
WEEK_MS = 7 * 86_400_000
HOSTILE = (
    "\0", "a\0b", "'", "''", '"', "`", "\\", "\\'", "\\x00", "\\N", "\\u0041", "\ufffd", "é😀\u202e", "%s %d {0}",
    "{p0:String}", "'; DROP TABLE logs; --", "\t\r\n", "\x1f", "\x1e", "\x01", "\x01\x02", "NULL", "null", " ", "\x7f\x80",
)  # fmt: skip

OpenStore = Callable[[], Store]


@pytest.fixture(params=["embedded", "model", "model, never breaking"])
def open_again(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenStore]:
    """Opens the store of this test; again: closes it and opens what is left."""
    opened: list[Store] = []
    model = ModelStore()

    def open_() -> Store:
        for store in opened:
            store.close()
        if request.param == "embedded":
            opened[:] = [real_store(tmp_path / "store")]
        elif request.param == "model":
            opened[:] = [model]
        else:
            opened[:] = [BrittleStore(model, Random(1))]
        return opened[0]

    yield open_
    for store in opened:
        store.close()


@pytest.fixture
def store(open_again: OpenStore) -> Store:
    """An empty store."""
    return open_again()


def real_store(path: Path) -> Store:
    """The embedded store, as the server opens it."""
    return open_store(
        path, memory_bytes_max=2**31, query_memory_bytes_max=2**30, query_seconds_max=30
    )


IDS = LogIds()


def rows(seq: int, *logs: dict[str, Any]) -> list[Row]:
    """What the applier makes of one call."""
    context = wire.Context(received_ms=NOW_MS)
    parsed = wire.parse(json.dumps(list(logs)).encode(), context, wire.Limits(1000), IDS)
    return [row_of(seq, log) for log in parsed]


def log(text: str = "hello", weeks_ago: int = 0, **fields: Any) -> dict[str, Any]:
    """A log as a client sends it."""
    return {
        "request": {"url": "https://api.openai.com/v1/chat/completions", "provider": "openai", "headers": {"x-a": text},
                    "body": {"model": "gpt-4o", "messages": [{"role": "user", "content": text}]}},
        "response": {"status": 200, "headers": {}, "response_time": 3, "body": {"choices": [text]}},
        "created_at": iso(NOW_MS - weeks_ago * WEEK_MS),
        "trace_id": f"trace {text}",
        **fields,
    }  # fmt: skip


def stored(store: Store, row: Row) -> tuple[Any, ...]:
    """The columns of one log as the store has them; the id leads to it."""
    statement = sql.one(row.log.workspace, row.log.id, created_ms_of(row.log.id))
    (found,) = store.select(statement)
    return found


def count(store: Store, workspace: str = "default") -> int:
    """How many logs a workspace has."""
    return int(store.select(sql.count_logs(workspace))[0][0])


def test_what_is_applied_is_present_and_read_back_as_sent(store: Store) -> None:
    batch = rows(7, log(), log("two"))
    store.apply(batch)
    assert store.present(7, 7) == {row.log.id for row in batch}
    assert [stored(store, row) for row in batch] == [as_stored(row) for row in batch]
    assert count(store) == 2


def test_an_empty_store_holds_nothing_and_says_so(store: Store) -> None:
    store.apply([])
    assert store.present(0, 2**63) == set()
    assert store.select(EVERY_LOG) == []
    assert count(store) == 0
    assert store.select(sql.one("default", bytes(16), 0)) == []


def test_one_batch_may_span_many_weeks(store: Store) -> None:
    batch = rows(1, *(log(f"{weeks} weeks", weeks_ago=weeks) for weeks in range(110)))
    store.apply(batch)
    assert len({row.log.created_ms for row in batch}) == 110, "more than the engine takes by default"
    assert store.present(1, 1) == {row.log.id for row in batch}
    assert [stored(store, row) for row in batch] == [as_stored(row) for row in batch]


def test_present_has_both_ends_and_nothing_beyond(store: Store) -> None:
    batches = [rows(seq, log(f"{seq}", weeks_ago=seq % 3)) for seq in range(1, 8)]
    for batch in batches:
        store.apply(batch)
    ids = [row.log.id for batch in batches for row in batch]
    assert store.present(3, 5) == set(ids[2:5])
    assert store.present(1, 1) == {ids[0]}
    assert store.present(8, 2**63) == set()
    assert store.present(5, 3) == set()


def test_a_row_applied_twice_is_there_twice(store: Store) -> None:
    """No store de-duplicates by itself: whoever hides a repetition would hide two equal logs too."""
    batch = rows(1, log())
    store.apply(batch)
    store.apply(batch)
    assert [row[0] for row in store.select(EVERY_LOG)] == [batch[0].log.id] * 2


def test_the_checker_sees_every_log_in_the_order_of_the_write_ahead_log(store: Store) -> None:
    second, first = rows(2, log("b", weeks_ago=9)), rows(1, log("a"), log("c"))
    store.apply([*second, *first])
    seen = [(bytes(log_id), trace_id, seq) for log_id, trace_id, seq in store.select(EVERY_LOG)]
    wanted = [(row.log.id, row.log.trace_id, row.seq) for row in (*first, *second)]
    assert seen == sorted(wanted, key=lambda row: (row[2], row[0]))


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_text_comes_back_as_sent(text: str, store: Store) -> None:
    batch = rows(1, log(text, metadata={"_user": text, f"key {text}": text, text: 1}, organisation_id=text))
    store.apply(batch)
    assert stored(store, batch[0]) == as_stored(batch[0])
    assert dict(zip(sql.ALL_NAMES, stored(store, batch[0]), strict=True))["trace_id"] == f"trace {text}"


def test_nulls_zeros_and_ends_of_ranges_are_told_apart(store: Store) -> None:
    usage = {"prompt_tokens": 0, "completion_tokens": 2**32 - 1, "total_tokens": 2**32 - 1}
    counted = log("counted", response={"status": 599, "response_time": 0, "headers": {}, "body": {"usage": usage}})
    unknown = log("unknown", response={"status": 200, "headers": {}, "body": None}, metadata={})
    batch = rows(2**63, counted, unknown)
    store.apply(batch)
    names = sql.ALL_NAMES
    first, second = (dict(zip(names, stored(store, row), strict=True)) for row in batch)
    assert [stored(store, row) for row in batch] == [as_stored(row) for row in batch]
    assert (first["input_tokens"], first["output_tokens"], first["response_ms"]) == (0, 2**32 - 1, 0.0)
    assert (second["input_tokens"], second["output_tokens"], second["response_ms"]) == (None, None, None)
    assert second["metadata"] == {}


def test_a_body_of_a_megabyte_comes_back_whole(store: Store) -> None:
    batch = rows(1, log("".join(chr(0x400 + i % 0x3000) for i in range(350_000))))
    store.apply(batch)
    assert stored(store, batch[0]) == as_stored(batch[0])


def test_workspaces_do_not_see_each_other(store: Store) -> None:
    batch = rows(1, log())
    store.apply(batch)
    assert count(store, "other") == 0
    assert store.select(sql.one("other", batch[0].log.id, batch[0].log.created_ms)) == []


def test_a_closed_store_opens_again_with_everything(open_again: OpenStore) -> None:
    batch = rows(1, *(log(f"{weeks}", weeks_ago=weeks) for weeks in range(5)))
    open_again().apply(batch)
    again = open_again()
    assert again.migrate() == 0, "no migration runs twice"
    assert again.present(1, 1) == {row.log.id for row in batch}
    again.apply(rows(2, log("more")))
    assert count(again) == 6


def test_a_stream_gives_in_blocks_what_a_selection_gives_at_once(store: Store) -> None:
    store.apply(rows(1, *(log(f"{n}", weeks_ago=n % 3) for n in range(50))))
    blocks = list(store.stream(EVERY_LOG))
    assert [row for block in blocks for row in block] == store.select(EVERY_LOG)
    assert all(blocks), "no block is empty"
    assert list(store.stream(sql.one("default", bytes(16), 0))) == []


def test_a_stream_that_nobody_takes_to_its_end_holds_up_nothing(open_again: OpenStore) -> None:
    """Other questions go on beside it, on the same thread too; the store closes and opens again."""
    store = open_again()
    store.apply(rows(1, *(log(f"{n}", weeks_ago=n) for n in range(9))))
    stream = store.stream(EVERY_LOG)
    assert next(stream)
    assert count(store) == 9
    store.apply(rows(2, log("beside")))
    assert count(open_again()) == 10
    stream.close()


def test_relaxing_changes_nothing(store: Store) -> None:
    store.apply(rows(1, log()))
    store.relax()
    assert count(store) == 1


# -- bounds of questions; of the engine alone, since the model answers at once -------------------------------------------

ENDLESS = Statement("SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 7", {})
LARGE = Statement("SELECT number, groupArray(toString(number)) FROM numbers(50000000) GROUP BY number SETTINGS max_bytes_ratio_before_external_group_by = 0", {})


@pytest.fixture
def tight(tmp_path: Path) -> Iterator[Store]:
    """A store with little time and memory for a question."""
    store = open_store(tmp_path / "store", memory_bytes_max=2**30, query_memory_bytes_max=2**26, query_seconds_max=1)
    yield store
    store.close()


def test_a_question_that_takes_too_long_or_too_much_names_the_setting(tight: Store) -> None:
    with pytest.raises(PortlogError, match="query_seconds_max") as slow:
        tight.select(ENDLESS)
    with pytest.raises(PortlogError, match="query_memory_bytes_max") as large:
        tight.select(LARGE)
    with pytest.raises(PortlogError, match="query_memory_bytes_max") as streamed:
        list(tight.stream(LARGE))
    assert {error.value.kind.slug for error in (slow, large, streamed)} == {"query-limit"}


def test_memory_that_all_together_take_is_nobodys_fault(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store", memory_bytes_max=2**28, query_memory_bytes_max=2**34, query_seconds_max=60)
    try:
        with pytest.raises(PortlogError, match="engine_memory_bytes_max") as error:
            store.select(LARGE)
    finally:
        store.close()
    assert (error.value.kind.slug, error.value.retry_after_seconds) == ("busy", 1)


def test_the_statements_of_a_question_share_its_time(tight: Store) -> None:
    asked = tight.asked(Asking(0.3).begin())
    with pytest.raises(PortlogError, match="query_seconds_max"):
        asked.select(ENDLESS)
    with pytest.raises(PortlogError, match="query_seconds_max"):
        asked.select(Statement("SELECT 1", {}))
    assert tight.asked(Asking(5).begin()).select(Statement("SELECT 1", {})) == [(1,)]


@pytest.mark.parametrize("verb", ["select", "stream"])
def test_a_question_that_is_given_up_ends_at_once_and_asks_nothing_more(tmp_path: Path, verb: str) -> None:
    store = open_store(tmp_path / "store", memory_bytes_max=2**30, query_memory_bytes_max=2**26, query_seconds_max=3600)
    asking, ended = Asking(3600), threading.Event()
    asked = store.asked(asking.begin())

    def ask() -> None:
        with pytest.raises(Cancelled):
            list(getattr(asked, verb)(ENDLESS))
        ended.set()

    thread = threading.Thread(target=ask)
    thread.start()
    busy = Statement("SELECT count() FROM system.processes WHERE Settings['log_comment'] = {p0:String}", {"p0": asking.tag})
    while not store.select(busy)[0][0]:
        pass
    store.cancel(asking)
    thread.join(60)
    assert ended.is_set()
    assert store.select(busy) == [(0,)]
    with pytest.raises(Cancelled):
        asked.select(Statement("SELECT 1", {}))
    with pytest.raises(Cancelled):
        asking.begin()
    store.close()


def test_how_far_a_question_is_can_be_seen_until_it_has_ended(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store", memory_bytes_max=2**30, query_memory_bytes_max=2**26, query_seconds_max=3600)
    endless, other = Asking(3600), Asking(3600)
    assert store.progress([endless.tag]) == {}

    def ask() -> None:
        with pytest.raises(Cancelled):
            store.asked(endless.begin()).select(ENDLESS)

    thread = threading.Thread(target=ask)
    thread.start()
    read = 0
    for _ in range(2):  # and it goes on
        while not (seen := store.progress([other.tag, endless.tag])) or seen[endless.tag].rows_read <= read:
            pass
        assert list(seen) == [endless.tag]
        read = seen[endless.tag].rows_read
    assert store.progress([other.tag]) == {}
    store.cancel(endless)
    thread.join(60)
    assert store.progress([endless.tag]) == {}
    store.close()


# Each puts a row out at a time, ten ms apart, and ends after some of them.
BREAKING = {
    "its time is over": ("SELECT number, sleepEachRow(0.01) FROM numbers(1000)", "query_seconds_max"),
    "the engine throws": ("SELECT number, sleepEachRow(0.01), throwIf(number = 30) FROM numbers(1000)", "did not answer"),
    "its memory is over": ("SELECT number, sleepEachRow(0.01), length(repeat('x', if(number = 30, 999999999, 1))) FROM numbers(1000)",
                           "query_memory_bytes_max"),
    "it is killed": ("SELECT number, sleepEachRow(0.01) FROM numbers(3000)", "^$"),
}  # fmt: skip


@pytest.mark.parametrize("why", BREAKING)
def test_nothing_of_a_broken_answer_is_in_the_next_one(tmp_path: Path, why: str) -> None:
    store = open_store(tmp_path / "store", memory_bytes_max=2**30, query_memory_bytes_max=2**28, query_seconds_max=60)
    text, told = BREAKING[why]
    asking = Asking(0.5 if "time" in why else 60).begin()
    killer = threading.Timer(0.4, lambda: store.cancel(asking))
    if why == "it is killed":
        killer.start()
    with pytest.raises((PortlogError, Cancelled), match=told):
        store.asked(asking).select(Statement(f"{text} SETTINGS max_block_size = 1, max_threads = 1", {}))
    for number in range(5):
        assert store.select(Statement("SELECT toUInt64({p0:Int64}), toUInt8(0)", {"p0": number})) == [(number, 0)]
    killer.cancel()
    store.close()
