"""Full text by brute force, and texts of many scripts: what the tests of words, search and highlights share."""
# ruff: noqa: RUF001 - scripts whose letters look alike are the point

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from portlog.schema.texts import PART_SEPARATOR, SEPARATOR
from portlog.schema.words import tokens

LANGUAGES: dict[str, Any] = json.loads((Path(__file__).parent / "fixtures" / "languages.json").read_text("utf-8"))


def holds(text: str, query: str, prefix: bool = False) -> bool:
    """Whether a text has the query's tokens in a row, of which the last may go on; without tokens, as it is written."""
    wanted, found = tokens(query), _tokens(text)
    if not wanted:
        return query in text
    return any(_is_row(found[at : at + len(wanted)], wanted, prefix) for at in range(len(found)))


_tokens = functools.cache(tokens)


def _is_row(row: list[str], wanted: list[str], prefix: bool) -> bool:
    return row == wanted or (prefix and row[:-1] == wanted[:-1] and row[-1].startswith(wanted[-1]))


def part_of(text: str, part: str, error: str = "", error_type: str = "") -> str:
    """What is searched in a part of a log, of which `text` is the text column."""
    request, _, response = text.partition(PART_SEPARATOR)
    return {"any": text, "request": request, "response": response, "error": f"{error}{SEPARATOR}{error_type}"}[part]


SCRIPTS = {
    "ASCII": "abcABC012xyz", "Latin": "éÉßẞøłıİäÄñæœđ", "Greek": "αβγΣσςΐάώ", "Cyrillic": "абйИЙёЁяї", "Arabic": "ابتثأآئىة",
    "Hebrew": "אבגשםן", "Devanagari": "कखगसनह", "Han": "日本語中文天气", "kana": "かがハバパーｶﾞｯ", "Hangul": "한국어가각ㅋㅎ",
    "Thai": "กขคงนมอะาำแ", "Khmer": "កខគភាសា", "fullwidth": "ＡＢｃ１２３", "ligatures": "ﬁﬂĳ㎏㍻①²½Ⅳ", "emoji": "🎉👍👩❤✅⭐",
}  # fmt: skip
MARKS = "\u0301\u0308\u0306\u0327\u0345\u05b8\u064e\u0651\u093f\u0941\u094d\u0902\u093c\u0e34\u0e48\u0e4d\u3099\u17b6\u20e3\U0001f3fd"
GAPS = "  -_.,;:!?'\"()[]{}<>/\\|@#$%&*+=~`\n\t’“”‘—–…•→«»¿¡·、。，！？「」（）،؟।။។־№€™×\u00a0\u3000\u00ad\u200b\u200c\u200d\ufe0f\u061c\u0640"


def scripts(*, max_size: int = 12) -> st.SearchStrategy[str]:
    """Texts of several scripts with marks, invisible characters and punctuation of all of them in between."""
    letters = st.sampled_from(list(SCRIPTS)).flatmap(lambda script: st.text(st.sampled_from(SCRIPTS[script]), min_size=1, max_size=3))
    piece = st.one_of(letters, letters, st.sampled_from(MARKS), st.sampled_from(GAPS), st.characters(exclude_categories=["Cs", "Cn", "Co"]))
    return st.lists(piece, max_size=max_size).map("".join)
