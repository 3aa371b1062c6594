"""What others wrote moves, colours, hides and turns around nothing on a person's screen."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portlog.schema.printable import in_a_line, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x9b2J", "\\x9b2J"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x07", "\\x1b]8;;http://x\\x07link\\x1b]8;;\\x07"),
        ("a\rb\x08c\x7f\0", "a\\x0db\\x08c\\x7f\\x00"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("a\u2066b\u2069\u200f\u061c", "a\\u2066b\\u2069\\u200f\\u061c"),
        ("in\u200bvisible\ufeff\xad", "in\\u200bvisible\\ufeff\\xad"),
        ("\U000e0041\U000e007f", "\\U000e0041\\U000e007f"),
        ("line\u2028end", "line\\u2028end"),
        ("\ud800", "\\ud800"),
        ("a\tb\nc", "a\tb\nc"),
        ("é 天气 👩‍👩‍👧 سلام नमस्ते [bold]", "é 天气 👩‍👩‍👧 سلام नमस्ते [bold]"),
    ],
)
def test_what_acts_on_a_screen_is_spelt_out_and_nothing_else(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_unseen_is_left(text: str) -> None:
    left = {c for c in printable(text) if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") and c not in "\t\n"}
    assert left == set()
    assert {unicodedata.bidirectional(c) for c in printable(text)} & {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"} == set()
    assert not set("\t\n") & set(in_a_line(text))


@given(st.text(st.characters(exclude_categories=())), st.integers(2, 50))
def test_a_line_is_as_long_as_it_may_be(text: str, most: int) -> None:
    assert len(in_a_line(text, most)) <= most
