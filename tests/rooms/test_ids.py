"""Log ids: UUIDv7 whose time is the log's, rising within a millisecond; trace and span ids as W3C has them."""

from __future__ import annotations

import re
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portlog.schema import ids

MS = st.integers(0, 2**48 - 1)
TAILS = st.integers(0, 2**74 - 1)


@given(MS, TAILS)
def test_an_id_is_a_uuid_of_version_7_and_its_time_is_readable(ms: int, tail: int) -> None:
    log_id = ids.layout(ms, tail)
    standard = uuid.UUID(bytes=log_id)
    assert (standard.version, standard.variant) == (7, uuid.RFC_4122)
    assert ids.created_ms_of(log_id) == ms
    assert int(standard) >> 80 == ms


@given(st.tuples(MS, TAILS), st.tuples(MS, TAILS))
def test_ids_are_ordered_as_their_times_then_as_their_tails(one: tuple[int, int], other: tuple[int, int]) -> None:
    assert (ids.layout(*one) < ids.layout(*other)) == (one < other)


@given(MS)
def test_a_made_id_carries_the_time_that_it_was_made_for(ms: int) -> None:
    made = ids.LogIds().make(ms)
    assert ids.created_ms_of(made) == ms
    assert uuid.UUID(bytes=made).version == 7


def test_ids_of_one_millisecond_rise_and_those_of_interleaved_times_differ() -> None:
    made = ids.LogIds()
    one = [made.make(1_795_000_000_000) for _ in range(10_000)]
    assert one == sorted(set(one))
    mixed = [made.make(1_795_000_000_000 + n % 2) for n in range(5_000)]
    assert len({*one, *mixed}) == 15_000


def test_ids_made_by_many_threads_differ() -> None:
    made = ids.LogIds()
    with ThreadPoolExecutor(8) as pool:
        found = [log_id for part in pool.map(lambda _: [made.make(7) for _ in range(500)], range(8)) for log_id in part]
    assert len(set(found)) == 4000


@given(MS, TAILS)
def test_text_is_the_canonical_form_and_reads_back(ms: int, tail: int) -> None:
    log_id = ids.layout(ms, tail)
    text = ids.to_text(log_id)
    assert text == str(uuid.UUID(bytes=log_id))
    assert ids.from_text(text) == ids.from_text(text.upper()) == ids.from_text(text.replace("-", "")) == log_id


@pytest.mark.parametrize("text", ["", "undefined", "null", "None", "1", "g" * 32, "0" * 31, "0" * 33, "é" * 32])
def test_what_is_no_uuid_is_none(text: str) -> None:
    assert ids.from_text(text) is None


def test_trace_and_span_ids_are_lower_hex_of_the_w3c_lengths() -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", ids.new_trace_id())
    assert re.fullmatch(r"[0-9a-f]{16}", ids.new_span_id())
    assert len({ids.new_trace_id() for _ in range(100)}) == 100


def test_named_ids_are_the_same_again_and_in_the_order_of_their_fractions() -> None:
    times = [1_795_000_000_000 + i / 1000 for i in range(1000)]
    made = [ids.named(ms, "w", "t", f"s{i}") for i, ms in enumerate(times)]
    assert made == sorted(made), "spans that began within one ms"
    assert made == [ids.named(ms, "w", "t", f"s{i}") for i, ms in enumerate(times)]
    assert {ids.created_ms_of(log_id) for log_id in made} == {1_795_000_000_000}
    assert len({ids.named(times[0], "w", "t", f"s{i}") for i in range(1000)}) == 1000
