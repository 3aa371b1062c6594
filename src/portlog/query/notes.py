"""What is odd about a trace, said once for all its spans: NOTES has every kind. Nothing is corrected because of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from portlog.query.tree import CLOCK_MS, Place, Seen, Tree
from portlog.schema.ids import to_text

IDS_MAX = 20  # spans that a note names; `count` says how many there are


@dataclass(frozen=True, slots=True)
class Note:
    """One kind of oddity of one trace."""

    code: str
    message: str
    count: int
    ids: tuple[str, ...]  # log ids of the first IDS_MAX
    span_ids: tuple[str, ...]  # and their span ids


@dataclass(frozen=True)
class NoteKind:
    """One row of NOTES."""

    code: str
    meaning: str
    found: Callable[[Tree], Iterator[Place]]
    said: str  # `{n}` is the number of spans, `{ms}` how far the farthest is off


def _orphans(tree: Tree) -> Iterator[Place]:
    return (place for place in tree.places if place.orphan)


def _cut(tree: Tree) -> Iterator[Place]:
    return (place for place in tree.places if place.cut)


def _alike(tree: Tree) -> Iterator[Place]:
    known: set[str] = set()
    for place in tree.places:
        if place.seen is not None:
            if place.seen.span_id in known:
                yield place
            known.add(place.seen.span_id)


def _early(tree: Tree) -> Iterator[Place]:
    return (place for place in tree.places if _timed(place) and _early_by(place) > CLOCK_MS)


def _late(tree: Tree) -> Iterator[Place]:
    return (place for place in tree.places if _timed(place) and _late_by(place) > CLOCK_MS)


def _timed(place: Place) -> bool:
    """From where a span is drawn that its sender did not time, nothing follows."""
    return place.seen is not None and place.parent is not None and place.seen.timed and place.parent.timed


def _early_by(place: Place) -> float:
    assert place.seen is not None and place.parent is not None
    return place.parent.began_ms - place.seen.began_ms


def _late_by(place: Place) -> float:
    assert place.seen is not None and place.parent is not None
    if place.seen.took_ms is None or place.parent.took_ms is None:
        return 0.0
    return place.seen.ended_ms - place.parent.ended_ms


def _untimed(tree: Tree) -> Iterator[Place]:
    several = sum(place.seen is not None for place in tree.places) > 1
    return (place for place in tree.places if several and place.seen is not None and not place.seen.timed)


def _unanswered(tree: Tree) -> Iterator[Place]:
    return (place for place in tree.places if place.seen is not None and place.seen.outcome == "pending")


NOTES: tuple[NoteKind, ...] = (
    NoteKind("missing-parent", "The parent of these spans was not received, or not yet; they stand below a placeholder.", _orphans,
             "{n} below a parent that was not received"),
    NoteKind("cycle", "These spans are below themselves; each circle is cut above its first span, which stands at the top.",
             _cut, "{n} below themselves: the circle is cut"),
    NoteKind("same-span-id", "Another span of the trace has the same id, as retries and hooks have; each stands for itself.",
             _alike, "{n} with the span id of another: each is shown"),
    NoteKind("before-parent", "These spans begin before their parent: the clocks of the senders differ. They are drawn as sent.",
             _early, "{n} before the parent begins, by up to {ms} ms: drawn as sent"),
    NoteKind("after-parent", "These spans end after their parent: work in the background, an answer that streams on, or clocks "
             "that differ. They are drawn as sent.", _late, "{n} going on after the parent's end, by up to {ms} ms: drawn as sent"),
    NoteKind("no-time", "The sender did not say when these spans began; they are drawn at the time of their receipt.", _untimed,
             "{n} without a time: drawn at that of receipt"),
    NoteKind("no-answer", "These calls have no answer yet.", _unanswered, "{n} without an answer so far"),
)  # fmt: skip

LEFT_OUT = NoteKind("left-out", "The trace has more spans than a tree is built of; the first ones are shown.", lambda _: iter(()),
                    "{n} left out: the tree is built of the first ones. `GET /v1/logs?trace_id=…` lists all")  # fmt: skip


def notes_of(tree: Tree) -> list[Note]:
    """Every kind of NOTES that there is a case of."""
    return [_note(kind, found) for kind in NOTES if (found := list(kind.found(tree)))]


def _note(kind: NoteKind, found: Sequence[Place]) -> Note:
    off = {"before-parent": _early_by, "after-parent": _late_by}.get(kind.code)
    ms = f"{max(map(off, found)):.0f}" if off else ""
    return said(kind, len(found), ms, [place.seen for place in found[:IDS_MAX] if place.seen is not None])


def said(kind: NoteKind, count: int, ms: str = "", named: Sequence[Seen] = ()) -> Note:
    """A note of this kind."""
    message = kind.said.format(n="1 span" if count == 1 else f"{count:,} spans", ms=ms)
    return Note(kind.code, message, count, tuple(to_text(s.id) for s in named), tuple(s.span_id for s in named))
