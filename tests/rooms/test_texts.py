"""A body is split into shape and texts, and joined to an equal body; only language is text."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portlog.schema import jsons, texts
from tests.samples import json_values, marked_texts


@given(json_values)
@example("\x01")
@example("\x01\x02")
@example({"id": "\x01", "role": "\x01\x02\x01"})
@example({"\x01": ["\x01\x1f", "\x1e"]})
@example([1.0, 2.0, -0.0])
@example([1.0, "\x01", None])
@example("")
def test_join_is_the_inverse_of_split(value: Any) -> None:
    shape, found = texts.split(value)
    assert repr(texts.join(shape, found)) == repr(value)


@given(st.lists(json_values, min_size=2, max_size=2))
def test_both_bodies_come_back_out_of_the_one_column(bodies: list[Any]) -> None:
    (request_shape, request), (response_shape, response) = map(texts.split, bodies)
    back_request, back_response = texts.texts_of(texts.text_of(request, response))
    assert repr(texts.join(request_shape, back_request)) == repr(bodies[0])
    assert repr(texts.join(response_shape, back_response)) == repr(bodies[1])


@given(st.dictionaries(st.sampled_from(sorted(texts.STRUCTURAL)), marked_texts))
def test_values_of_structural_keys_are_no_text(value: dict[str, str]) -> None:
    assert texts.split(value)[1] == []


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("What is the capital of France?", ["What is the capital of France?"]),
        ({"messages": [{"role": "user", "content": "Hi"}]}, ["Hi"]),
        ({"content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]}, ["one", "two"]),
        ({"b": "first", "a": "second"}, ["first", "second"]),
        ({"stop": ["###"]}, ["###"]),
        ({"arguments": '{"city":"Paris"}'}, ['{"city":"Paris"}']),
        ({"id": "call_1", "model": "gpt-4o"}, []),
        ({"image_url": {"url": "data:image/png;base64," + "A" * 400}}, []),
        ({"embedding": base64.b64encode(bytes(1000)).decode()}, []),
        ({"embedding": [0.1, 0.2]}, []),
        ({"n": 1, "x": None, "y": True}, []),
        ("", []),
        ("日本語" * 200, ["日本語" * 200]),
        ("word " * 100, ["word " * 100]),
        ("x" * 255, ["x" * 255]),
        ("x" * 256, []),
    ],
    ids=lambda case: repr(case)[:40],
)
def test_what_is_text(value: Any, found: list[str]) -> None:
    assert texts.split(value)[1] == found


def test_the_texts_are_unescaped_so_that_words_stand_alone() -> None:
    _, found = texts.split({"content": 'line one\nline "two"\ttab'})
    assert found == ['line one\nline "two"\ttab']
    assert "\\n" not in texts.text_of(found, [])


@pytest.mark.parametrize(("taken", "more"), [(1, []), (0, ["extra"])], ids=["too few", "too many"])
def test_a_damaged_row_is_told_not_guessed(taken: int, more: list[str]) -> None:
    shape, found = texts.split({"a": "one", "b": "two"})
    with pytest.raises(ValueError, match="texts than its shape has marks"):
        texts.join(shape, found[taken:] + more)


def test_the_shape_holds_no_text_and_stays_json() -> None:
    shape, _ = texts.split({"messages": [{"role": "user", "content": "secret words"}]})
    assert b"secret" not in shape
    assert jsons.decode(shape) == {"messages": [{"role": "user", "content": texts.MARK}]}
