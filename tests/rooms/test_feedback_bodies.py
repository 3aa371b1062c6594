"""Bodies of feedback in every form that clients send (contract 8), and what is refused, by its path."""

from __future__ import annotations

import json
from typing import Any

import pytest

from portlog.errors import PortlogError
from portlog.schema.ids import from_text
from portlog.senders.feedback import METADATA_BYTES_MAX, Change, Given, read_change, read_given

LOG_ID = "0193a5f0-0000-7000-8000-000000000001"


def given(sent: Any, given_max: int = 100) -> list[Given]:
    return read_given(json.dumps(sent).encode(), given_max)


def one(**fields: Any) -> Given:
    (read,) = given({"trace_id": "t", "value": 1} | fields)
    return read


def test_defaults_are_the_vendors() -> None:
    assert given({"trace_id": "tr-1", "value": 5}) == [Given("tr-1", "", None, 5, 1.0, b"{}")]


@pytest.mark.parametrize("name", ["trace_id", "traceId", "traceID", "trace-id"])
def test_a_trace_is_named_in_four_spellings(name: str) -> None:
    assert given({name: "tr-1", "value": 0})[0].trace_id == "tr-1"


def test_arrays_and_the_objects_that_node_makes_of_them_are_batches_in_order() -> None:
    elements = [{"traceID": f"tr-{i}", "value": i % 10} for i in range(12)]
    expected = [(f"tr-{i}", i % 10) for i in range(12)]
    assert [(g.trace_id, g.value) for g in given(elements)] == expected
    keyed = {str(i): element for i, element in enumerate(elements)}
    assert [(g.trace_id, g.value) for g in given(keyed)] == expected
    assert given([]) == []


def test_metadata_is_an_object_or_one_as_text() -> None:
    for sent in ({"why": "slow", "n": [1]}, '{"why": "slow", "n": [1]}'):
        assert one(metadata=sent).metadata == b'{"why":"slow","n":[1]}'
    for empty in (None, "", "  ", {}):
        assert one(metadata=empty).metadata == b"{}"


def test_bounds_are_inclusive_and_whole_floats_are_whole() -> None:
    assert [one(value=v).value for v in (-10, 10, 0, 3.0, -0.0)] == [-10, 10, 0, 3, 0]
    assert [one(weight=w).weight for w in (0, 1, 0.25, None)] == [0.0, 1.0, 0.25, 1.0]


def test_a_log_may_be_named_besides_or_alone() -> None:
    both = given({"trace_id": "t", "log_id": LOG_ID, "span_id": 7, "value": 1})[0]
    assert (both.trace_id, both.log_id, both.span_id) == ("t", from_text(LOG_ID), "7")
    assert given({"log_id": LOG_ID, "value": 1})[0].trace_id == ""


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        ({"value": 1}, "trace_id"),
        ({"trace_id": "", "value": 1}, "trace_id"),
        ({"trace_id": ["a"], "value": 1}, "trace_id"),
        ({"span_id": "s", "value": 1}, "trace_id"),
        ({"trace_id": "t"}, "value"),
        ({"trace_id": "t", "value": None}, "value"),
        ({"trace_id": "t", "value": 11}, "value"),
        ({"trace_id": "t", "value": -11}, "value"),
        ({"trace_id": "t", "value": 1.5}, "value"),
        ({"trace_id": "t", "value": True}, "value"),
        ({"trace_id": "t", "value": "5"}, "value"),
        ({"trace_id": "t", "value": 10**40}, "value"),
        ({"trace_id": "t", "value": 1, "weight": 1.01}, "weight"),
        ({"trace_id": "t", "value": 1, "weight": -0.1}, "weight"),
        ({"trace_id": "t", "value": 1, "weight": "1"}, "weight"),
        ({"trace_id": "t", "value": 1, "weight": True}, "weight"),
        ({"trace_id": "t", "value": 1, "metadata": [1]}, "metadata"),
        ({"trace_id": "t", "value": 1, "metadata": "not JSON"}, "metadata"),
        ({"trace_id": "t", "value": 1, "metadata": "[1]"}, "metadata"),
        ({"trace_id": "t", "value": 1, "metadata": {"a": "b" * METADATA_BYTES_MAX}}, "metadata"),
        ({"trace_id": "t" * 513, "value": 1}, "trace_id"),
        ({"trace_id": "t", "log_id": "tr-1", "value": 1}, "log_id"),
        ([{"trace_id": "t", "value": 1}, {"trace_id": "t", "value": 99}], "[1].value"),
        ([{"trace_id": "t", "value": 1}, 7], "[1]"),
        ({"0": {"traceID": "t", "value": 1}, "1": {"value": 1}}, "[1].trace_id"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(sent: Any, path: str) -> None:
    with pytest.raises(PortlogError) as refusal:
        given(sent)
    assert (refusal.value.kind.slug, refusal.value.path) == ("request-validation", path)
    assert refusal.value.message.startswith(path)
    assert len(refusal.value.message) < 200


def test_all_faults_of_a_call_are_told() -> None:
    with pytest.raises(PortlogError) as refusal:
        given([{"trace_id": "t", "value": 11, "weight": 2}, {}])
    assert [path for path, _ in refusal.value.problems] == ["[0].value", "[0].weight", "[1].trace_id", "[1].value"]


@pytest.mark.parametrize("body", [b"", b"nul", b"7", b'"x"', b"null"])
def test_what_is_no_feedback_is_refused(body: bytes) -> None:
    with pytest.raises(PortlogError):
        read_given(body, 10)


def test_a_call_has_a_bound() -> None:
    with pytest.raises(PortlogError, match="3 feedbacks, more than request_logs_max = 2"):
        given([{"trace_id": "t", "value": 1}] * 3, 2)


# -- updates -----------------------------------------------------------------------------------------------


def change(sent: Any) -> tuple[str, Change]:
    return read_change(json.dumps(sent).encode())


def test_an_update_changes_what_it_names() -> None:
    assert change({"value": 7}) == ("", Change(value=7))
    assert change({"weight": 0.5, "metadata": None}) == ("", Change(weight=0.5))
    assert change({"metadata": '{"a":1}'}) == ("", Change(metadata=b'{"a":1}'))
    assert change({}) == read_change(b"") == ("", Change())


def test_an_update_may_name_its_id_in_the_body() -> None:
    for name in ("feedback_id", "feedbackId", "feedbackID", "id"):
        assert change({name: LOG_ID, "value": 7}) == (LOG_ID, Change(value=7))


@pytest.mark.parametrize(("sent", "path"), [({"value": 11}, "value"), ({"weight": 7}, "weight"), ({"metadata": 1}, "metadata")])
def test_an_update_has_the_same_bounds(sent: Any, path: str) -> None:
    with pytest.raises(PortlogError) as refusal:
        change(sent)
    assert refusal.value.path == path
    with pytest.raises(PortlogError):
        change([sent])
