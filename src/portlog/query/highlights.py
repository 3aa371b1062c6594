"""Highlights: pieces of the texts of a page's logs, with marks on exactly what the query's words matched.

Words under a Not mark nothing. Texts are folded here as the store folds them (`schema.words`), and matches are traced
back to the text as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from portlog.query.nodes import AllOf, AnyOf, Filter, Words
from portlog.schema.texts import SEPARATOR
from portlog.schema.words import Folded, is_unspaced, tokens
from portlog.store import Store
from portlog.store.sql import highlights as sql

ROWS_MAX = 100  # of a page; rows behind them have none
SNIPPETS_MAX = 3
SNIPPET_CHARS = 160
_LEAD_CHARS = 50  # of a snippet before its first mark
_WORD_CHARS = 20  # so far a snippet's start moves to a word's
_CUT = "…"

Mark = tuple[int, int]


def words_of(node: Filter) -> tuple[Words, ...]:
    """The words of a filter tree that what it selects may hold: those under no Not."""
    match node:
        case Words():
            return (node,)
        case AllOf(parts) | AnyOf(parts):
            return tuple(dict.fromkeys(words for part in parts for words in words_of(part)))
    return ()


def of_logs(store: Store, workspace: str, ids: Sequence[bytes], words: Sequence[Words]) -> dict[bytes, list[dict[str, Any]]]:
    """Snippets of each of the first ROWS_MAX logs, at most SNIPPETS_MAX, as `{"part", "text", "marks"}`.

    raises  PortlogError as every question does
    """
    patterns = [Pattern(each) for each in words]
    rows = store.select(sql.texts(workspace, ids[:ROWS_MAX])) if patterns and ids else []
    return {bytes(log_id): snippets(_parts(*texts), patterns) for log_id, *texts in rows}


def _parts(request: str, response: str, error: str, error_type: str) -> dict[str, list[Text]]:
    return {
        "request": list(map(Text, request.split(SEPARATOR))),
        "response": list(map(Text, response.split(SEPARATOR))),
        "error": [Text(error), Text(error_type)],
    }


class Text:
    """One text of a log, folded when it is first looked into."""

    def __init__(self, written: str) -> None:
        self.written = written

    @cached_property
    def folded(self) -> Folded:
        return Folded(self.written)


class Pattern:
    """Finds what one word or phrase matches."""

    def __init__(self, words: Words) -> None:
        self._part = words.part
        found = tokens(words.text)
        self._folds = bool(found)
        open_end = found and words.prefix and not is_unspaced(found[-1])
        regex = f"{_GAP}+".join(found) + ("" if open_end else f"(?!{_TOKEN})") if found else re.escape(words.text)
        self._regex = re.compile(regex)

    def looks_into(self, part: str) -> bool:
        return part == self._part or (self._part == "any" and part != "error")

    def marks(self, text: Text) -> Iterator[Mark]:
        """Where it matches, in order; of matches that overlap the first."""
        within = text.folded.text if self._folds else text.written
        at = 0
        while match := self._regex.search(within, at):
            start, end = match.span()
            if start == end or (self._folds and start and re.match(_TOKEN, within[start - 1])):
                at = start + 1  # within a word
                continue
            yield text.folded.place(start, end) if self._folds else (start, end)
            at = end


_TOKEN, _GAP = r"[0-9A-Za-z\x80-\U0010ffff]", r"[^0-9A-Za-z\x80-\U0010ffff]"


@dataclass(frozen=True)
class _Place:
    """Where a snippet is cut out: [start, end) of a text."""

    part: str
    text: Text
    start: int
    end: int

    def holds(self, text: Text, mark: Mark) -> bool:
        return text is self.text and self.start <= mark[0] < self.end


def snippets(parts: dict[str, list[Text]], patterns: Sequence[Pattern]) -> list[dict[str, Any]]:
    """First each word's first match, then its first match in the other parts, while there is room."""
    places: list[_Place] = []
    for part, text, mark in _in_turn(parts, patterns):
        if len(places) == SNIPPETS_MAX:
            break
        if not any(place.holds(text, mark) for place in places):
            places.append(_place(part, text, mark))
    order = list(parts)
    places.sort(key=lambda place: order.index(place.part))
    return [_snippet(place, [each for each in patterns if each.looks_into(place.part)]) for place in places]


def _in_turn(parts: dict[str, list[Text]], patterns: Sequence[Pattern]) -> Iterator[tuple[str, Text, Mark]]:
    turns = [_firsts(parts, pattern) for pattern in patterns]
    for _ in parts:
        for turn in turns:
            if found := next(turn, None):
                yield found


def _firsts(parts: dict[str, list[Text]], pattern: Pattern) -> Iterator[tuple[str, Text, Mark]]:
    """The first match in each part."""
    for part, texts in parts.items():
        if pattern.looks_into(part):
            for text in texts:
                if mark := next(pattern.marks(text), None):
                    yield part, text, mark
                    break


def _place(part: str, text: Text, mark: Mark) -> _Place:
    """Around a mark; from the start of a word, where one is near."""
    start = max(0, min(mark[0] - _LEAD_CHARS, len(text.written) - SNIPPET_CHARS))
    if start and (space := re.compile(r"\s").search(text.written, start, min(start + _WORD_CHARS, mark[0]))):
        start = space.end()
    room = SNIPPET_CHARS - bool(start)
    end = len(text.written) if len(text.written) <= start + room else start + room - 1
    return _Place(part, text, start, end)


def _snippet(place: _Place, patterns: Sequence[Pattern]) -> dict[str, Any]:
    written = place.text.written
    before, behind = _CUT * bool(place.start), _CUT * (place.end < len(written))
    shift = len(before) - place.start
    marks = [
        [max(start, place.start) + shift, min(end, place.end) + shift]
        for start, end in _united(mark for pattern in patterns for mark in _marks_before(pattern, place))
        if end > place.start
    ]
    return {"part": place.part, "text": f"{before}{written[place.start : place.end]}{behind}", "marks": marks}


def _marks_before(pattern: Pattern, place: _Place) -> Iterator[Mark]:
    for mark in pattern.marks(place.text):
        if mark[0] >= place.end:
            return
        yield mark


def _united(marks: Iterator[Mark]) -> list[Mark]:
    """Marks in order, those that overlap as one."""
    united: list[Mark] = []
    for start, end in sorted(marks):
        if united and start < united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return united
