"""Hypothesis over bodies of feedback: any bytes are feedback within its bounds or a 4xx that names the place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portlog.errors import PortlogError
from portlog.schema import jsons
from portlog.schema.feedback import Feedback, shown
from portlog.schema.ids import LogIds
from portlog.senders.feedback import read_change, read_given
from portlog.store import rows
from tests.samples import NOW_MS, json_values, mutated

IDS = LogIds()
SAMPLES: list[Any] = [
    {"trace_id": "t", "value": 5, "weight": 0.5, "metadata": {"_user": "u1", "comment": "no"}},
    [{"traceID": "t", "value": -10}, {"trace-id": "t", "value": 10, "metadata": '{"a": [1]}'}],
    {"0": {"traceID": "t", "value": 1}, "1": {"log_id": "0193a5f0-0000-7000-8000-000000000001", "value": 0}},
]


def check(body: bytes) -> None:
    for read in (lambda: read_given(body, 50), lambda: [read_change(body)]):
        try:
            found: list[Any] = read()
        except PortlogError as refusal:
            assert 400 <= refusal.kind.status < 500
            assert len(json.dumps(refusal.body())) < 20_000
        else:
            for each in found:
                check_change(each[1]) if isinstance(each, tuple) else check_given(each)


def check_given(each: Any) -> None:
    """It can be stored and shown."""
    assert each.trace_id or each.log_id
    kept = Feedback(IDS.make(NOW_MS), "w", each.trace_id, each.value, each.weight, each.metadata, NOW_MS, NOW_MS, each.span_id)
    assert rows.feedback_table([kept]).num_rows == 1
    assert repr(shown(kept)["metadata"]) == repr(jsons.decode(each.metadata))
    assert -10 <= each.value <= 10 and 0 <= each.weight <= 1


def check_change(change: Any) -> None:
    assert change.value is None or -10 <= change.value <= 10
    assert change.weight is None or 0 <= change.weight <= 1
    assert change.metadata is None or isinstance(jsons.decode(change.metadata), dict)


usual = st.fixed_dictionaries({"trace_id": st.just("t"), "value": st.integers(-10, 10)})
names = ("trace_id", "traceID", "span_id", "log_id", "value", "weight", "metadata", "feedback_id")
odd = st.dictionaries(st.sampled_from(names), json_values | st.integers(-11, 11) | st.sampled_from(["t", "{}", '{"a": 1}']))
elements = st.builds(lambda base, over: base | over, usual, odd)
values = elements | st.lists(elements, max_size=3) | json_values
bodies = values.map(lambda value: json.dumps(value).encode()) | st.one_of(*(mutated(json.dumps(each).encode()) for each in SAMPLES))


@given(bodies)
@example(json.dumps({"trace_id": "t", "value": 10**400}).encode())
@example(json.dumps({"trace_id": "t", "value": 1, "weight": -(10**400)}).encode())
@example(json.dumps({"trace_id": "t", "value": 1, "metadata": {"n": 2**70, "": None}}).encode())
@example(json.dumps({"trace_id": 10**30, "value": 1}).encode())
@example(b'{"trace_id": "t", "value": 1, "metadata": "{\\"a\\": \\"\\ud800\\"}"}')
def test_any_body_is_feedback_or_refused(body: bytes) -> None:
    check(body)


@pytest.mark.slow
@settings(max_examples=5000)
@given(bodies)
def test_any_body_is_feedback_or_refused_many_times(body: bytes) -> None:
    check(body)
