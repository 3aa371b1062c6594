"""Full text as SQL: `Words` over the columns that fold texts, `words`, `response_words`, `error_words`; the first is indexed.

Every condition means the same with the index and without it: the engine's functions on the folded text are the
meaning, and what is put before them (`hasAllTokens`, `LIKE`) is implied by them, so that the index can answer or narrow
down first. docs/reference/query-language.md, docs/internals/adr/0007.
"""

from __future__ import annotations

import re
from typing import Any

from portlog.schema.texts import PART_SEPARATOR, SEPARATOR
from portlog.schema.words import PART_END, is_unspaced, tokens
from portlog.store.sql.parts import Binder

# A text half, as it is written and folded.
WRITTEN = {
    "any": "text",
    "request": f"splitByChar(char({ord(PART_SEPARATOR)}), text)[1]",
    "response": f"splitByChar(char({ord(PART_SEPARATOR)}), text)[2]",
    "error": f"concat(error_message, char({ord(SEPARATOR)}), error_type)",
}
_FOLDED = {
    "any": "words",
    "request": f"splitByString('{PART_END}', words)[1]",
    "response": "response_words",
    "error": "error_words",
}
_HAS_ERROR = "(error_message != '' OR error_type != '')"  # few logs: the others' errors are not folded

_PIECE_CHARS_MIN = 4  # of LIKE, that the index still answers (the engine's text_index_like_min_pattern_length)

_GAP = r"[^0-9A-Za-z\x{80}-\x{10FFFF}]"  # what stands between tokens (the tokenizer splitByNonAlpha)


def words(node: Any, binder: Binder) -> str:
    """A word or phrase in a part of the text; without letters and digits it is looked for as it is written."""
    found = tokens(node.text)
    open_end = bool(found) and node.prefix and not is_unspaced(found[-1])
    if not found:
        test = f"position({WRITTEN[node.part]}, {binder.bind(node.text, 'String')}) > 0"
    elif open_end:
        test = _beginning(_FOLDED[node.part], found, binder)
    else:
        test = _phrase(_FOLDED[node.part], found, binder)
    first = _implied(node.part, found, open_end, binder)
    return f"{first} AND {test}" if first else test


def _implied(part: str, found: list[str], open_end: bool, binder: Binder) -> str:
    """What the test implies and is cheaper: answered by the index, or by a look at short columns."""
    if part == "error":
        return _HAS_ERROR
    if open_end:
        return _indexed_beginning(found, binder)
    # Of a phrase the engine would ask the index by itself, but not where many texts have its words.
    return _all_tokens("words", found, binder) if found and (part != "any" or len(found) > 1) else ""


def _all_tokens(folded: str, found: list[str], binder: Binder) -> str:
    return f"hasAllTokens({folded}, {binder.bind(list(dict.fromkeys(found)), 'Array(String)')})"


def _phrase(folded: str, found: list[str], binder: Binder) -> str:
    if len(found) == 1:
        return _all_tokens(folded, found, binder)
    return f"hasPhrase({folded}, {binder.bind(' '.join(found), 'String')})"


def _beginning(folded: str, found: list[str], binder: Binder) -> str:
    """The tokens in a row, of which the last may go on."""
    regex = f"(?:^|{_GAP})" + f"{_GAP}+".join(found)
    return f"match({folded}, {binder.bind(regex, 'String')})"


def _indexed_beginning(found: list[str], binder: Binder) -> str:
    """What `_beginning` implies and the index answers: the whole tokens, and some token with the last one in it."""
    parts = [_all_tokens("words", found[:-1], binder)] if found[:-1] else []
    return " AND ".join(parts + _piece(found[-1], binder))


def _piece(piece: str, binder: Binder) -> list[str]:
    """That some token has this piece. The index answers it for ASCII of some length; else it would only cost."""
    if len(piece) < _PIECE_CHARS_MIN or not piece.isascii():
        return []
    return [f"words LIKE {binder.bind(f'%{piece}%', 'String')}"]


# -- regular expressions -------------------------------------------------------------------------------------------


def matches_text(column: str, regex: str, binder: Binder) -> str:
    """A regular expression over the text as it is written: "text", or its halves "request" and "response".

    Where letters are certain to be in whatever matches, the index narrows down: they are in the folded text too, as
    ASCII letters and digits stay as they are but for case.
    """
    written = WRITTEN["any" if column == "text" else column]
    return " AND ".join([*_piece(certain_piece(regex), binder), f"match({written}, {binder.bind(regex, 'String')})"])


_CHARACTER = re.compile(
    r"""(?sx)
    (?P<class> \[ \^? \]? (?: \[:\^?\w+:\] | [^\]\\] | \\. )* \] )
    | \\ (?P<escape> . )
    | (?P<repeat> \{ \d+ (?:,\d*)? \} \?? | [*+?]\?? )
    | (?P<letter> [0-9A-Za-z] )
    | (?P<other> . )"""
)
_PLAIN_ESCAPES = frozenset("dDwWsSbBAzCnrtfva")  # of which the letter is all; others go on (\\x41, \\pL, \\Q...)


def certain_piece(regex: str) -> str:
    """The longest run of ASCII letters and digits that every match of an RE2 expression has, in small letters; or "".

    Reads only what is certain: nothing of groups, nothing beside alternatives, and of what it does not know, nothing.
    """
    runs, depth = [""], 0
    for character in _CHARACTER.finditer(regex):
        kind, written = character.lastgroup, character[0]
        if kind == "escape" and written[1].isalnum() and written[1] not in _PLAIN_ESCAPES:
            return ""
        if kind == "other" and written in "()":
            depth += 1 if written == "(" else -1
        if depth == 0 and written == "|":
            return ""
        if kind == "letter" and depth == 0:
            runs[-1] += written
            continue
        if kind == "repeat" and not written.startswith("+"):  # may be none: the last letter is not certain
            runs[-1] = runs[-1][:-1]
        runs.append("")
    return max(runs, key=len).lower()
