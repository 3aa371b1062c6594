"""Feedback in the real engine: the highest revision of each is what counts, and a trace's average is that of its live ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from portlog.query.filters import AllOf, ListQuestion, Not, Rated
from portlog.schema.feedback import Feedback
from portlog.schema.ids import LogIds
from portlog.store import Statement, Store, sql
from tests.contract.test_store import HOSTILE, NOW_MS, log, real_store, rows

IDS = LogIds()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for the module; tests keep apart by their traces."""
    opened = real_store(Path(tmp_path_factory.mktemp("feedback")) / "store")
    yield opened
    opened.close()


def feedback(trace_id: str, value: int = 5, weight: float = 1.0, created_ms: int = NOW_MS, **fields: object) -> Feedback:
    metadata = json.dumps(fields.pop("metadata", {})).encode()
    made = Feedback(IDS.make(created_ms), "default", trace_id, value, weight, metadata, created_ms, created_ms)
    return replace(made, **fields)  # type: ignore[arg-type]


def of_trace(store: Store, trace_id: str) -> list[Feedback]:
    return [sql.read_feedback(row) for row in store.select(sql.feedback_of_trace("default", trace_id, 100))]


def test_what_is_kept_comes_back_equal(store: Store) -> None:
    kept = [
        feedback("equal", value, weight, metadata={"_user": text, text: [1, None]}, span_id=text, log_id=b"l" * 16)
        for value, weight, text in zip(range(-10, 11), [0.0, 1.0, 0.1, 1 / 3] * 6, HOSTILE, strict=False)
    ]
    store.keep_feedback(kept)
    assert of_trace(store, "equal") == kept


def test_of_one_id_the_highest_revision_counts(store: Store) -> None:
    first = feedback("revised", 1)
    store.keep_feedback([first])
    store.keep_feedback([replace(first, value=3, revision=2)])
    store.keep_feedback([replace(first, value=2, revision=1)])  # an older one that comes late
    assert [(f.value, f.revision) for f in of_trace(store, "revised")] == [(3, 2)]
    assert store.select(sql.feedback_revisions([first.id], [NOW_MS])) == [(first.id, 2)]


def test_what_was_deleted_does_not_count(store: Store) -> None:
    gone, stays = feedback("deleted", 10), feedback("deleted", -10)
    store.keep_feedback([gone, stays])
    store.keep_feedback([replace(gone, revision=1, deleted=True)])
    assert of_trace(store, "deleted") == [stays]
    assert store.select(sql.feedback_of_ids([gone.id, stays.id], [NOW_MS, NOW_MS]))[0][0] == stays.id
    assert store.select(sql.feedback_of_traces("default", ["deleted"])) == [("deleted", -10.0, 1)]


def test_a_merge_changes_nothing(store: Store) -> None:
    first, gone = feedback("merged", 1), feedback("merged", 9)
    store.keep_feedback([first, gone])
    store.keep_feedback([replace(first, value=4, revision=1), replace(gone, revision=1, deleted=True)])
    before = of_trace(store, "merged")
    store.select(Statement("OPTIMIZE TABLE feedback FINAL", {}))
    assert of_trace(store, "merged") == before == [replace(first, value=4, revision=1)]


def test_a_traces_average_weighs_each_feedback(store: Store) -> None:
    """Weighted feedback is value x weight; of a trace, the average of that over its feedback."""
    store.keep_feedback([feedback("average", 10, 0.5), feedback("average", -2, 1.0), feedback("average-other", 3)])
    found = store.select(sql.feedback_of_traces("default", ["average", "average-none"]))
    assert found == [("average", 1.5, 2)]
    assert store.select(sql.feedback_of_traces("other", ["average"])) == []


def matching(store: Store, where: object) -> set[str]:
    question = ListQuestion("default", AllOf((where,)), "created_at", True, 100, 0, None, False)  # type: ignore[arg-type]
    found = store.select(sql.page(question, since_ms=None))
    return {dict(zip(sql.LIGHT_NAMES, row, strict=True))["trace_id"] for row in found} & {"liked", "disliked", "unrated"}


@pytest.mark.parametrize(
    ("low", "high", "traces"),
    [
        (None, None, {"liked", "disliked"}),
        (0.0, None, {"liked"}),
        (None, 0.0, {"disliked"}),
        (-3.0, 4.0, {"liked", "disliked"}),
        (-2.9, 3.9, set()),
        (4.0, 4.0, {"liked"}),
    ],
)
def test_rated_matches_the_logs_of_traces_by_their_average(
    store: Store, low: float | None, high: float | None, traces: set[str]
) -> None:
    if not store.select(sql.feedback_of_traces("default", ["liked"])):
        store.apply([row for name in ("liked", "disliked", "unrated") for row in rows(1, log(trace_id=name))])
        elsewhere = replace(feedback("unrated", 4), workspace="other")
        store.keep_feedback([feedback("liked", 10, 0.7), feedback("liked", 1), feedback("disliked", -3), elsewhere])
    assert matching(store, Rated(low, high)) == traces
    assert matching(store, Not(Rated(low, high))) == {"liked", "disliked", "unrated"} - traces
