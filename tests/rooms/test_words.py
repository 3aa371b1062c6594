"""Folding and tokens: what a reader holds for the same word is the same word, and nothing else."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from portlog.schema import words
from portlog.schema.texts import text_of
from portlog.schema.words import fold, tokens
from tests.searching import LANGUAGES, holds, scripts


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_query_of_the_fixture_is_found_where_it_says(language: str) -> None:
    fixture = LANGUAGES[language]
    for case in fixture["queries"]:
        found = [
            number for number, text in enumerate(fixture["texts"]) if holds(text, case["query"], case.get("prefix", False))
        ]
        assert found == case["found"], case


@given(scripts())
def test_the_form_of_unicode_does_not_count(text: str) -> None:
    assume("\u0345" not in text)  # the iota below becomes a letter, and then the order of marks shows
    assert tokens(unicodedata.normalize("NFC", text)) == tokens(unicodedata.normalize("NFD", text)) == tokens(text)


@given(scripts(), scripts())
def test_a_text_is_folded_by_itself_whatever_follows(first: str, second: str) -> None:
    first, second = (text.replace("\x1e", "").replace("\x1f", "") for text in (first, second))
    assert tokens(text_of([first], [second])) == [*tokens(first), words.PART_END, *tokens(second)]


@given(scripts())
def test_no_query_has_the_tokens_between_texts(text: str) -> None:
    written = text.replace("\x1f", "").replace("\x1e", "") + words.TEXT_END + words.PART_END
    assert not {words.TEXT_END, words.PART_END} & set(tokens(written))


def test_a_phrase_does_not_go_from_one_message_to_the_next() -> None:
    text = text_of(["first message", "second one"], ["the answer"])
    assert holds(text, "second one") and holds(text, "the answer")
    assert not holds(text, "message second") and not holds(text, "one the")


def test_classes_do_not_overlap() -> None:
    def codes(ranges: words.Ranges) -> set[int]:
        return {code for first, last in ranges for code in range(first, last + 1)}

    separators, unspaced, marks = codes(words.SEPARATORS), codes(words.UNSPACED), codes(words.MARKS)
    assert not marks & unspaced and not marks & separators
    letters = {code for code in separators if unicodedata.category(chr(code))[0] in "LMN"}
    assert not letters, [hex(code) for code in letters]


@pytest.mark.parametrize("typographic", words.TYPOGRAPHIC)
def test_typographic_characters_are_separators(typographic: str) -> None:
    assert words._SEPARATOR.fullmatch(typographic)
    assert tokens(f"a{typographic}b") == tokens(f"a{typographic}b é")[:2] == ["a", "b"]


@given(scripts(max_size=30), st.sampled_from([1, 3, 256]))
def test_every_place_of_a_fold_is_where_it_is_from(text: str, piece_chars: int) -> None:
    text = text.replace("\x1e", "").replace("\x1f", "")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(words, "_PIECE_CHARS", piece_chars)
        folded = words.Folded(text)
    assert folded.text == fold(text)
    clusters = list(words._clusters(text))
    assert "".join(clusters) == text
    assert "".join(map(fold, clusters)) == folded.text, "each folds by itself"
    places = [folded.place(at, at + 1) for at in range(len(folded.text))]
    assert places == sorted(places)
    for at, (start, end) in enumerate(places):
        assert folded.text[at] in fold(text[start:end])
