"""The tree of a trace, whatever its spans say of each other: each span has exactly one place, and what is odd is noted.

Pure: `Seen` spans in, `Place`s in depth-first order out, siblings by their start. Nothing recurses, so depth does not
matter. Contract 4.1: spans whose parent was not received hang off a placeholder, circles are cut at the second visit,
equal span ids stand side by side. Times are as they were sent; nothing is moved to look better.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from typing import NamedTuple


class Seen(NamedTuple):
    """As much of a span as its place depends on. `id` is unique; `span_id` need not be."""

    id: bytes
    span_id: str
    parent_span_id: str  # "" for a root
    began_ms: int
    took_ms: float | None
    outcome: str
    counts: bool  # a model call, and the one span of it that counts
    duplicate_of: str
    cost_usd: float | None
    input_tokens: int | None
    output_tokens: int | None
    total_tokens: int | None
    timed: bool  # its sender said when it began

    @property
    def ended_ms(self) -> float:
        """Its end; the begin where no duration is known."""
        took_ms = self.took_ms  # of traces with thousands of spans: `max` would cost twice as much
        return self.began_ms + (took_ms if took_ms is not None and took_ms > 0 else 0.0)


class Place(NamedTuple):
    """Where a span stands. `seen` None is the placeholder for parents that were not received."""

    seen: Seen | None
    parent: Seen | None  # None at the top, and below the placeholder
    depth: int
    began_ms: float
    took_ms: float | None
    self_ms: float | None  # its time without that of its children; None where its own is not known
    critical: bool  # on the path of spans that the trace's duration is made of
    orphan: bool  # its parent was not received
    cut: bool  # its parent is below it: a circle, cut here


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the spans that count; `errors` over all but second sights of a call."""

    spans: int
    calls: int
    errors: int
    pending: int
    cost_usd: float | None  # None when no call has a price
    unpriced_calls: int
    input_tokens: int
    output_tokens: int
    total_tokens: int


@dataclass(frozen=True, slots=True)
class Tree:
    """A trace's spans in depth-first order, and the bounds of its time."""

    places: tuple[Place, ...]
    began_ms: int
    ended_ms: float


def tree_of(spans: Sequence[Seen]) -> Tree:
    """The tree of at least one span, in any order; ids are unique."""
    family = Family(spans)
    own = self_times(family)
    path = critical_path(family)
    places = tuple(_place(family, at, depth, own, path) for at, depth in family.depth_first())
    return Tree(places, family.spans[0].began_ms, max(span.ended_ms for span in family.spans))


def _place(family: Family, at: int, depth: int, own: Sequence[float | None], path: frozenset[int]) -> Place:
    if at == family.placeholder:
        began, ended = family.began[at], family.ended[at]
        return Place(None, None, depth, began, ended - began, None, at in path, orphan=False, cut=False)
    span, parent = family.spans[at], family.parents[at]
    return Place(
        span, family.spans[parent] if parent < family.placeholder else None, depth, span.began_ms, span.took_ms, own[at],
        at in path, parent == family.placeholder, at in family.cuts,
    )  # fmt: skip


class Family:
    """Who is whose child, by index: spans 0..n-1 in order of their start, then `placeholder` = n, then `top` = n + 1."""

    def __init__(self, spans: Sequence[Seen]) -> None:
        self.spans = sorted(spans, key=lambda span: (span.began_ms, span.id))
        self.placeholder, self.top = len(spans), len(spans) + 1
        self.cuts: set[int] = set()
        self.parents = self._parents()
        self._cut_circles()
        self.began: list[float] = [span.began_ms for span in self.spans]
        self.ended: list[float] = [span.ended_ms for span in self.spans]
        self.children = self._children()

    def _parents(self) -> list[int]:
        by_span_id: dict[str, list[int]] = defaultdict(list)
        for at, span in enumerate(self.spans):
            by_span_id[span.span_id].append(at)
        parents = []
        for at, span in enumerate(self.spans):
            named = by_span_id.get(span.parent_span_id, ()) if span.parent_span_id else ()
            if not span.parent_span_id:
                parents.append(self.top)
            elif not named:
                parents.append(self.placeholder)
            else:  # of several with this id, the last that began before; of its own id, itself
                parents.append(named[max(0, bisect_right(named, at) - 1)])
        return parents

    def _cut_circles(self) -> None:
        """Each circle loses the parent of its first span; whoever walks up ends at the top."""
        walked = [0] * len(self.spans)  # the walk that has passed a span
        for start in range(len(self.spans)):
            at = start
            while at < self.placeholder and not walked[at]:
                walked[at] = start + 1
                at = self.parents[at]
            if at < self.placeholder and walked[at] == start + 1:
                first, other = at, self.parents[at]
                while other != at:
                    first, other = min(first, other), self.parents[other]
                self.parents[first] = self.top
                self.cuts.add(first)

    def _children(self) -> list[list[int]]:
        """By parent, in order of their start; sets the bounds of the placeholder and of the top."""
        children: list[list[int]] = [[] for _ in range(len(self.spans) + 2)]
        for at, parent in enumerate(self.parents):
            children[parent].append(at)
        orphans, tops = children[self.placeholder], children[self.top]
        self._enclose(orphans)
        if orphans:
            first = bisect_right(tops, orphans[0])
            tops.insert(first, self.placeholder)
        self._enclose(tops)
        return children

    def _enclose(self, within: Sequence[int]) -> None:
        self.began.append(min((self.began[at] for at in within), default=0.0))
        self.ended.append(max((self.ended[at] for at in within), default=0.0))

    def depth_first(self) -> list[tuple[int, int]]:
        """(index, depth) of every span, and of the placeholder where there are orphans."""
        found, waiting = [], [(at, 0) for at in reversed(self.children[self.top])]
        while waiting:
            at, depth = waiting.pop()
            found.append((at, depth))
            waiting += [(child, depth + 1) for child in reversed(self.children[at])]
        return found


# -- times ---------------------------------------------------------------------------------------------------------------

CLOCK_MS = 1.0  # stored starts are whole ms: two moments that are closer may be in either order


def self_times(family: Family) -> list[float | None]:
    """For each span its duration without the time in which at least one of its children ran."""
    return [_self_time(family, at, span.took_ms) for at, span in enumerate(family.spans)]


def _self_time(family: Family, at: int, took_ms: float | None) -> float | None:
    if took_ms is None:
        return None
    covered, upto, ended = 0.0, family.began[at], family.ended[at]
    for child in family.children[at]:
        begins, ends = max(upto, family.began[child]), min(ended, family.ended[child])
        if ends > begins:
            covered += ends - begins
            upto = ends
    return max(0.0, took_ms - covered)


def critical_path(family: Family) -> frozenset[int]:
    """The spans that the trace waited for: from its end backwards, always the child that ended last before.

    A child that goes on after its parent is looked at up to the parent's end.
    """
    path, waiting = set(), [(family.top, family.ended[family.top])]
    while waiting:
        at, until = waiting.pop()
        path.add(at)
        now, last = until, None
        for ended, began, child in sorted(
            ((min(family.ended[c], until), family.began[c], c) for c in family.children[at]),
            key=lambda of: (-of[0], of[1]),
        ):
            fits = began <= until if last is None else began < now and now > family.began[at]
            if fits and ended <= now + CLOCK_MS:
                waiting.append((child, min(ended, now)))
                now, last = max(began, family.began[at]), child
    return frozenset(path - {family.top})


# -- sums ----------------------------------------------------------------------------------------------------------------


def totals_of(spans: Sequence[Seen]) -> Totals:
    """What the spans of a trace add up to."""
    calls = [span for span in spans if span.counts]
    costs = [span.cost_usd for span in calls if span.cost_usd is not None]
    return Totals(
        spans=len(spans),
        calls=len(calls),
        errors=sum(span.outcome == "error" and not span.duplicate_of for span in spans),
        pending=sum(span.outcome == "pending" for span in spans),
        cost_usd=fsum(costs) if costs else None,
        unpriced_calls=len(calls) - len(costs),
        input_tokens=sum(span.input_tokens or 0 for span in calls),
        output_tokens=sum(span.output_tokens or 0 for span in calls),
        total_tokens=sum(span.total_tokens or 0 for span in calls),
    )
