"""Joins on the real engine: whatever way the spans of a capture come, they end as the same logs, each call counted once."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portlog.applier import read_row
from portlog.applier.joins import Joiner
from portlog.schema.columns import Row
from portlog.schema.ids import LogIds
from portlog.schema.log import Log
from portlog.senders import wire
from portlog.senders.otlp import SHAPE
from portlog.senders.otlp.decode import decode
from portlog.senders.shapes import Context, Element
from portlog.senders.table import unfold
from portlog.store import Statement, Store, open_store
from tests.captures import OTLP_ISSUES

FIXTURES = Path(__file__).parents[1] / "fixtures" / "otlp"
EXPECTED: dict[str, Any] = json.loads((FIXTURES / "expected.json").read_text(encoding="utf-8"))
CAPTURED_MS = 1_795_430_000_000
IDS = LogIds()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One engine for the module; each story has a workspace of its own."""
    path = tmp_path_factory.mktemp("joins") / "store"
    store = open_store(path, memory_bytes_max=2**31, query_memory_bytes_max=2**30, query_seconds_max=30)
    yield store
    store.close()


def elements_of(name: str) -> list[Element]:
    """Every span and log record of a capture, in the order sent."""
    found: list[Element] = []
    for file in (f"{name}.pb", f"{name}.logs.pb"):
        if (FIXTURES / file).exists():
            signal = "logs" if ".logs." in file else "traces"
            _, batch = decode((FIXTURES / file).read_bytes(), protobuf=True, signal=signal)
            assert not batch.rejected
            found += batch.elements
    return found


_workspaces = (f"w{i}" for i in range(100_000))


class Story:
    """One workspace and the applier's half of the way into it."""

    def __init__(self, store: Store, now_ms: int = CAPTURED_MS) -> None:
        self.store, self.workspace = store, next(_workspaces)
        self.joiner = Joiner(store, self.row_of)
        self.seq, self.now_ms = 0, now_ms

    def row_of(self, seq: int, log: Log) -> Row:
        return read_row(seq, log, None)

    def rows(self, elements: list[Element]) -> list[Row]:
        """What the applier makes of one request."""
        self.seq += 1
        context = Context(received_ms=self.now_ms, workspace=self.workspace)
        return [self.row_of(self.seq, unfold(wire.envelope(element, SHAPE, context, IDS))) for element in elements]

    def post(self, elements: list[Element]) -> None:
        self.apply(self.rows(elements))

    def apply(self, rows: list[Row]) -> None:
        plan = self.joiner.plan(rows)
        if plan:
            self.store.apply(plan.rows, plan.gone, plan.fills)

    def restart(self) -> None:
        """What is remembered is gone; the store is not."""
        self.joiner = Joiner(self.store, self.row_of)

    def found(self, *columns: str) -> list[tuple[Any, ...]]:
        text = f"SELECT {', '.join(columns)} FROM logs WHERE workspace = {{w:String}} ORDER BY created_at, span_id"
        return self.store.select(Statement(text, {"w": self.workspace}))

    def state(self) -> list[tuple[Any, ...]]:
        """Everything that must not depend on the way: all but revisions and record numbers."""
        return self.found(
            "lower(hex(id))", "trace_id", "span_id", "parent_span_id", "kind", "outcome", "counts", "status", "provider",
            "model", "model_requested", "input_tokens", "output_tokens", "cache_read_tokens", "response_ms", "`user`",
            "user_from", "session", "session_from", "duplicate_of", "text", "raw", "error_type", "error_message",
        )  # fmt: skip


def check(story: Story, name: str) -> None:
    """The trace-wide part of what must come out: calls, second sights, kinds, parents, users."""
    expected = EXPECTED[name]
    rows = story.found(
        "span_id", "kind", "counts", "parent_span_id", "`user`", "session", "duplicate_of", "input_tokens",
        "output_tokens", "status", "response_ms", "outcome", "cache_read_tokens",
    )  # fmt: skip
    by_span = {row[0]: row for row in rows}
    assert len(rows) == len(by_span) == expected["spans"]
    assert {span: row[1] for span, row in by_span.items()} == expected["kind_by_span"]
    assert {span: row[3] or None for span, row in by_span.items()} == expected["parents"]
    assert sorted(row[0] for row in rows if row[2]) == sorted(call["span_id"] for call in expected["calls"])
    for call in expected["calls"]:
        row = by_span[call["span_id"]]
        assert (row[4] or None, row[5] or None) == (call["user"], call["session"]), "user, session"
        wanted, _ = OTLP_ISSUES.get((name, call["kind"], "input_tokens"), (call["input_tokens"], ""))
        assert row[7] == wanted, "input tokens"
        assert row[8] == call["output_tokens"] or call["output_tokens"] is None, "output tokens"
        assert row[12] == call["cached_tokens"] or call["cached_tokens"] is None
        assert row[9] == call["http_status"] or call["http_status"] is None, "HTTP status"
        assert row[11] == call["status"]
        assert abs(row[10] - call["response_time_ms"]) < 1, "response time"
        hidden = [span for span, other in by_span.items() if other[6].endswith(f"/{call['span_id']}")]
        assert sorted(hidden) == sorted(call["duplicates"])
        assert all(by_span[span][7] is None for span in hidden), "what is hidden counts for nothing"


@pytest.mark.parametrize("name", EXPECTED)
def test_a_capture_comes_out_as_it_should(store: Store, name: str) -> None:
    story = Story(store)
    story.post(elements_of(name))
    check(story, name)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_way_does_not_matter(store: Store, name: str) -> None:
    """One request an element, in any order, with restarts and repeats between: the same logs."""
    together = Story(store)
    together.post(elements_of(name))
    wanted = together.state()
    for seed in range(3):
        rand = random.Random(f"{name} {seed}")
        story = Story(store)
        elements = elements_of(name)
        rand.shuffle(elements)
        while elements:
            size = rand.randint(1, 3)
            request, elements = elements[:size], elements[size:]
            story.post(request)
            if rand.random() < 0.2:
                story.post(request)
            if rand.random() < 0.3:
                story.restart()
        check(story, name)
        got = story.state()
        # The workspace is a part of the ids.
        assert [row[1:] for row in got] == [row[1:] for row in wanted]


def test_a_crash_between_insert_and_delete_is_mended_when_the_batch_is_applied_again(store: Store) -> None:
    name = "otl-anthropic-atools"
    story = Story(store)
    elements = elements_of(name)
    story.post(elements[:3])
    rows = story.rows(elements[3:])
    plan = story.joiner.plan(rows)
    store.apply(plan.rows)  # and here the power went
    assert len(story.found("id")) >= EXPECTED[name]["spans"]
    story.restart()
    story.apply(rows)
    check(story, name)
    before = story.state()
    story.restart()
    story.apply(rows)
    assert story.state() == before


def test_equal_spans_in_two_workspaces_are_two_logs(store: Store) -> None:
    one, other = Story(store), Story(store)
    for story in (one, other):
        story.post(elements_of("oi-openai-single"))
        check(story, "oi-openai-single")
    assert {row[0] for row in one.state()}.isdisjoint({row[0] for row in other.state()})


def test_a_span_sent_again_with_more_in_it_is_the_same_log(store: Store) -> None:
    story = Story(store)
    (element,) = elements_of("oi-openai-single")
    story.post([element])
    changed = json.loads(json.dumps(element))
    changed["span"]["attributes"]["user.id"] = "somebody-else"
    story.post([changed])
    assert [row[0] for row in story.found("`user`")] == ["somebody-else"]
