"""The tree of a trace: each span exactly once, sums that add up, times within bounds; whatever spans say of each other."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portlog.query.notes import NOTES, notes_of
from portlog.query.tree import CLOCK_MS, Place, Seen, Tree, totals_of, tree_of


def span(span_id: str, parent: str = "", at: tuple[int, float | None] = (0, 100.0), **fields: Any) -> Seen:
    """A span that began and took so many ms; a call that counts unless said otherwise."""
    base = Seen(
        id=log_id(span_id), span_id=span_id, parent_span_id=parent, began_ms=at[0], took_ms=at[1], outcome="success", counts=True,
        duplicate_of="", cost_usd=0.5, input_tokens=2, output_tokens=1, total_tokens=3, timed=True,
    )  # fmt: skip
    return base._replace(**fields)


def log_id(name: str) -> bytes:
    """16 bytes that sort as the name does."""
    return name.encode().ljust(16)


def name_of(seen: Seen) -> str:
    return seen.id.decode().strip()


def drawn(tree: Tree) -> list[tuple[int, str]]:
    """(depth, log id) from top to bottom; the placeholder is "?"."""
    return [(place.depth, name_of(place.seen) if place.seen else "?") for place in tree.places]


def place_of(tree: Tree, name: str) -> Place:
    return next(place for place in tree.places if place.seen and name_of(place.seen) == name)


def notes(*spans: Seen) -> list[str]:
    return [note.code for note in notes_of(tree_of(spans))]


def critical(*spans: Seen) -> set[str]:
    return {name_of(place.seen) for place in tree_of(spans).places if place.seen and place.critical}


# -- places ----------------------------------------------------------------------------------------------------------------


def test_the_order_is_depth_first_and_siblings_stand_by_their_start() -> None:
    spans = [span("root"), span("b", "root", (20, 5)), span("a", "root", (10, 50)), span("b1", "b", (21, 1)), span("a1", "a", (30, 2))]
    assert drawn(tree_of(spans)) == [(0, "root"), (1, "a"), (2, "a1"), (1, "b"), (2, "b1")]


def test_spans_of_one_millisecond_stand_in_the_order_of_their_ids() -> None:
    assert drawn(tree_of([span("c"), span("a"), span("b")])) == [(0, "a"), (0, "b"), (0, "c")]


def test_orphans_stand_below_one_placeholder_where_the_first_of_them_began() -> None:
    spans = [span("x", "gone", (30, 9)), span("root", at=(10, 100)), span("y", "gone too", (20, 5)), span("x1", "x", (31, 1))]
    tree = tree_of(spans)
    assert drawn(tree) == [(0, "root"), (0, "?"), (1, "y"), (1, "x"), (2, "x1")]
    ghost = tree.places[1]
    assert (ghost.began_ms, ghost.took_ms, ghost.parent) == (20, 19, None)
    assert [place.orphan for place in tree.places] == [False, False, True, True, False]
    (note,) = notes_of(tree)
    assert (note.code, note.message, note.count) == ("missing-parent", "2 spans below a parent that was not received", 2)
    assert note.span_ids == ("y", "x")


def test_a_parent_that_comes_late_takes_its_children_from_the_placeholder() -> None:
    child = span("child", "root")
    assert drawn(tree_of([child])) == [(0, "?"), (1, "child")]
    assert drawn(tree_of([child, span("root")])) == [(0, "root"), (1, "child")]


def test_a_circle_is_cut_above_its_first_span() -> None:
    spans = [span("a", "c", (5, 1)), span("b", "a", (3, 1)), span("c", "b", (4, 1)), span("d", "c", (9, 1)), span("root")]
    tree = tree_of(spans)
    assert drawn(tree) == [(0, "root"), (0, "b"), (1, "c"), (2, "a"), (2, "d")]
    assert place_of(tree, "b").cut and place_of(tree, "b").parent is None
    assert [note.code for note in notes_of(tree) if note.code == "cycle"] == ["cycle"]


def test_a_span_that_is_its_own_parent_is_a_circle_of_one() -> None:
    tree = tree_of([span("a", "a"), span("b", "a")])
    assert drawn(tree) == [(0, "a"), (1, "b")]
    assert [note.span_ids for note in notes_of(tree)] == [("a",)]


def test_equal_span_ids_stand_side_by_side_and_children_below_the_one_that_ran() -> None:
    first = span("try", "root", (10, 10), id=log_id("1"))
    second = span("try", "root", (30, 10), id=log_id("2"))
    spans = [span("root"), first, second, span("in 1", "try", (12, 1)), span("in 2", "try", (32, 1)), span("early", "try", (5, 1))]
    assert drawn(tree_of(spans)) == [(0, "root"), (1, "1"), (2, "early"), (2, "in 1"), (1, "2"), (2, "in 2")]
    assert "same-span-id" in notes(*spans)


def test_a_trace_of_ten_thousand_levels_is_no_problem() -> None:
    spans = [span(str(i), str(i - 1) if i else "", (i, 20_000.0 - 2 * i)) for i in range(10_000)]
    tree = tree_of(spans[::-1])
    assert [place.depth for place in tree.places] == list(range(10_000))
    assert all(place.critical for place in tree.places)
    assert {place.self_ms for place in tree.places[:-1]} == {2.0}


def test_a_trace_of_ten_thousand_siblings_is_no_problem() -> None:
    spans = [span("root", at=(0, 10_000)), *(span(f"s{i:05}", "root", (i, 1.0)) for i in range(10_000))]
    tree = tree_of(spans)
    assert len(tree.places) == 10_001
    assert tree.places[0].self_ms == 0
    assert all(place.critical for place in tree.places)


# -- times -----------------------------------------------------------------------------------------------------------------


def test_self_time_is_what_no_child_covers() -> None:
    spans = [
        span("root", at=(0, 100)), span("a", "root", (10, 30)), span("b", "root", (20, 30)), span("c", "root", (70, 10)),
        span("longer", "root", (95, 50)), span("before", "root", (-20, 25)),
    ]  # fmt: skip
    tree = tree_of(spans)
    assert place_of(tree, "root").self_ms == 100 - (50 - 10) - 10 - 5 - 5
    assert place_of(tree, "a").self_ms == 30


def test_a_duration_that_is_not_known_leaves_self_time_unknown() -> None:
    tree = tree_of([span("root", at=(0, None)), span("a", "root", (10, 30))])
    assert place_of(tree, "root").self_ms is None
    assert (tree.began_ms, tree.ended_ms) == (0, 40)


def test_the_critical_path_is_what_the_end_waited_for() -> None:
    spans = [
        span("root", at=(0, 100)),
        span("plan", "root", (0, 30)), span("llm", "plan", (5, 25)),
        span("short", "root", (35, 10)), span("long", "root", (35, 50)), span("inner", "long", (40, 45)),
        span("last", "root", (85, 15)),
    ]  # fmt: skip
    assert critical(*spans) == {"root", "plan", "llm", "long", "inner", "last"}


def test_what_goes_on_after_its_parent_is_looked_at_up_to_the_parents_end() -> None:
    spans = [span("handler", at=(0, 50)), span("stream", "handler", (10, 500)), span("log", "handler", (5, 4))]
    assert critical(*spans) == {"handler", "stream", "log"}
    assert notes(*spans) == ["after-parent"]


def test_several_roots_follow_each_other_on_the_path() -> None:
    spans = [span("one", at=(0, 40)), span("beside", at=(10, 20)), span("two", at=(40, 40))]
    assert critical(*spans) == {"one", "two"}


# -- notes -----------------------------------------------------------------------------------------------------------------


def test_a_tidy_trace_has_no_notes() -> None:
    assert notes(span("root"), span("a", "root", (0, 50)), span("b", "root", (50, 50))) == []


@pytest.mark.parametrize(
    ("child", "code"),
    [
        (span("c", "root", (-50, 20)), "before-parent"),
        (span("c", "root", (90, 20)), "after-parent"),
        (span("c", "root", timed=False), "no-time"),
        (span("c", "root", (0, None), outcome="pending", counts=False), "no-answer"),
        (span("c", "gone"), "missing-parent"),
        (span("c", "c"), "cycle"),
        (span("root", id=log_id("again")), "same-span-id"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_odd_is_noted_and_drawn_as_sent(child: Seen, code: str) -> None:
    tree = tree_of([span("root"), child])
    (note,) = notes_of(tree)
    assert (note.code, note.count) == (code, 1)
    assert place_of(tree, name_of(child)).began_ms == child.began_ms


def test_every_kind_of_note_is_met_above() -> None:
    codes = {"before-parent", "after-parent", "no-time", "no-answer", "missing-parent", "cycle", "same-span-id"}
    assert {kind.code for kind in NOTES} == codes


def test_a_clock_is_read_in_whole_milliseconds_so_less_is_no_skew() -> None:
    assert notes(span("root", at=(10, 50)), span("a", "root", (9, 20)), span("b", "root", (11, 50))) == []


def test_a_note_counts_all_and_names_the_first() -> None:
    (note,) = notes_of(tree_of([span(f"s{i:03}", "gone") for i in range(50)]))
    assert (note.count, len(note.span_ids), note.span_ids[0]) == (50, 20, "s000")


# -- sums ------------------------------------------------------------------------------------------------------------------


def test_sums_are_of_what_counts_and_errors_of_all_but_second_sights() -> None:
    spans = [
        span("root", counts=False, cost_usd=9.0, total_tokens=900, outcome="error"),
        span("call", "root"), span("free", "root", cost_usd=None), span("fails", "root", outcome="error", cost_usd=0.25),
        span("again", "root", counts=False, duplicate_of="t/fails", outcome="error"),
        span("waits", "root", counts=False, outcome="pending"),
    ]  # fmt: skip
    totals = totals_of(spans)
    assert (totals.spans, totals.calls, totals.errors, totals.pending) == (6, 3, 2, 1)
    assert (totals.cost_usd, totals.unpriced_calls) == (0.75, 1)
    assert (totals.input_tokens, totals.output_tokens, totals.total_tokens) == (6, 3, 9)


def test_without_any_price_there_is_no_cost() -> None:
    assert totals_of([span("a", cost_usd=None)]).cost_usd is None


# -- whatever comes --------------------------------------------------------------------------------------------------------

_IDS = st.sampled_from(["a", "b", "c", "d", "e", "f"])
_MS = st.integers(-50, 50) | st.integers(0, 2**43)


@st.composite
def traces(draw: st.DrawFn) -> list[Seen]:
    """Few span ids, so that circles, orphans and equal ids are common."""
    made = []
    for i in range(draw(st.integers(1, 12))):
        took = draw(st.none() | st.floats(-5, 200) | st.floats(0, 1e12))
        parent = draw(st.just("") | _IDS | st.just("gone"))
        counts = draw(st.booleans())
        outcome = draw(st.sampled_from(["success", "error", "pending"]))
        made.append(span(draw(_IDS), parent, (draw(_MS), took), id=log_id(str(i)), counts=counts, outcome=outcome, timed=draw(st.booleans())))
    return made


@given(traces())
def test_every_span_has_one_place(spans: list[Seen]) -> None:
    tree = tree_of(spans)
    assert sorted(place.seen.id for place in tree.places if place.seen) == sorted(each.id for each in spans)
    assert sum(place.seen is None for place in tree.places) == any(place.orphan for place in tree.places)


@given(traces())
def test_a_place_is_one_level_below_its_parent_which_came_before(spans: list[Seen]) -> None:
    way: list[Place] = []
    for place in tree_of(spans).places:
        del way[place.depth :]
        assert len(way) == place.depth
        above = way[-1] if way else None
        assert place.parent is (above.seen if above else None)
        assert place.orphan == (above is not None and above.seen is None)
        if place.parent is not None and place.seen is not None:
            assert place.parent.span_id == place.seen.parent_span_id
        elif place.seen is not None and not place.orphan:
            assert place.cut or place.seen.parent_span_id == ""
        way.append(place)


@given(traces())
def test_siblings_are_in_the_order_of_their_start(spans: list[Seen]) -> None:
    last: dict[int, float] = {}
    for place in tree_of(spans).places:
        last = {depth: began for depth, began in last.items() if depth <= place.depth}
        assert place.began_ms >= last.get(place.depth, place.began_ms)
        last[place.depth] = place.began_ms


@given(traces())
def test_self_time_is_neither_negative_nor_more_than_the_whole(spans: list[Seen]) -> None:
    for place in tree_of(spans).places:
        if place.self_ms is not None:
            assert 0 <= place.self_ms <= max(0.0, place.took_ms or 0.0)


@given(traces())
def test_the_critical_path_hangs_together_and_stays_within_its_parents(spans: list[Seen]) -> None:
    way: list[Place] = []
    for place in tree_of(spans).places:
        del way[place.depth :]
        if place.critical and way:
            above = way[-1]
            ended = place.began_ms + max(0.0, place.took_ms or 0.0)
            assert above.critical
            assert place.began_ms <= above.began_ms + max(0.0, above.took_ms or 0.0) + CLOCK_MS
            assert ended >= above.began_ms - CLOCK_MS or place.began_ms < above.began_ms
        way.append(place)
    assert any(place.critical for place in tree_of(spans).places)


@given(traces())
def test_sums_equal_those_of_the_rows_that_count(spans: list[Seen]) -> None:
    totals, counted = totals_of(spans), [each for each in spans if each.counts]
    assert (totals.spans, totals.calls) == (len(spans), len(counted))
    assert totals.total_tokens == sum(each.total_tokens or 0 for each in counted)
    assert (totals.cost_usd or 0) == sum(each.cost_usd or 0 for each in counted)


@given(traces(), st.randoms())
def test_the_order_of_arrival_does_not_matter(spans: list[Seen], rnd: Any) -> None:
    shuffled = list(spans)
    rnd.shuffle(shuffled)
    assert tree_of(shuffled) == tree_of(spans)


@given(traces())
def test_notes_never_fail_and_are_of_spans_that_are_there(spans: list[Seen]) -> None:
    ids = {each.span_id for each in spans}
    for note in notes_of(tree_of(spans)):
        assert set(note.span_ids) <= ids and 0 < note.count <= len(spans)
