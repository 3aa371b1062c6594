"""Highlights: marks are exactly what a word or phrase matched, in the text as it is written."""
# ruff: noqa: RUF001 - punctuation of other scripts

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from portlog.query.filters import AllOf, AnyOf, Between, Not, Words
from portlog.query.highlights import SNIPPET_CHARS, SNIPPETS_MAX, Pattern, Text, snippets, words_of
from portlog.schema.words import _clusters, tokens
from tests.searching import LANGUAGES, holds, scripts


def marked(written: str, *words: Words, part: str = "request") -> list[dict[str, Any]]:
    """Snippets of a log whose one text this is."""
    return snippets({part: [Text(written)]}, [Pattern(each) for each in words])


def shown(snippet: dict[str, Any]) -> str:
    """With brackets around the marks."""
    text = snippet["text"]
    for start, end in reversed(snippet["marks"]):
        text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
    return str(text)


@pytest.mark.parametrize(
    ("written", "words", "expected"),
    [
        ("She said “Hello” twice: hello!", Words("hello"), "She said “[Hello]” twice: [hello]!"),
        ("Straße und STRASSE", Words("strasse"), "[Straße] und [STRASSE]"),
        ("Fu\u0308\u00dfe, Füße", Words("füße"), "[Fu\u0308\u00dfe], [Füße]"),
        ("the order-ID, order id; id order", Words("order_id"), "the [order-ID], [order id]; id order"),
        ("getUserById(getUser)", Words("getUser", prefix=True), "[getUser]ById([getUser])"),
        ("call self.db.users now", Words("db.us", prefix=True), "call self.[db.us]ers now"),
        ("今天天气很好，天气", Words("天气"), "今天[天气]很好，[天气]"),
        ("ﾊﾞｽとバス", Words("バス"), "[ﾊﾞｽ]と[バス]"),
        ("مَرْحَبًا بك", Words("مرحبا"), "[مَرْحَبًا] بك"),
        ("❤️ 👍🏽👍", Words("👍"), "❤️ [👍]🏽[👍]"),
        ("a !!! b", Words("!!!"), "a [!!!] b"),
        ("ﬁles", Words("fi", prefix=True), "[ﬁ]les"),
        ("sub·title", Words("tub"), None),
    ],
)
def test_marks_stand_around_what_matched(written: str, words: Words, expected: str | None) -> None:
    assert [shown(each) for each in marked(written, words)] == ([expected] if expected else [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_fixture_finds_is_marked(language: str) -> None:
    for case in LANGUAGES[language]["queries"]:
        words = Words(case["query"], "any", case.get("prefix", False))
        for number, written in enumerate(LANGUAGES[language]["texts"]):
            assert bool(marked(written, words)) == (number in case["found"]), case


@given(scripts(max_size=20), st.integers(0, 12), st.integers(1, 6), st.booleans())
def test_a_mark_is_the_least_that_holds_the_query_and_cuts_no_token(written: str, start: int, size: int, prefix: bool) -> None:
    written = written.replace("\x1e", "").replace("\x1f", "")
    words = Words(written[start : start + size], "any", prefix)
    wanted, all_ = tokens(words.text), tokens(written)
    assume(wanted)
    found = list(Pattern(words).marks(Text(written)))
    assert bool(found) == holds(written, words.text, prefix)
    for begin, end in found:
        assert holds(written[begin:end], words.text, prefix)
        pieces = list(_clusters(written[begin:end]))
        if any(len(tokens(piece)) > 1 for piece in pieces):
            continue  # a mark that is a token itself, on another token's letter
        assert not holds("".join(pieces[1:]), words.text, prefix) and not holds("".join(pieces[:-1]), words.text, prefix)
        assert tokens(written[:begin]) + tokens(written[begin:]) == all_, "it begins where a token begins"
        if not prefix:
            assert tokens(written[:end]) + tokens(written[end:]) == all_, "it ends where a token ends"
    starts, ends = [begin for begin, _ in found], [end for _, end in found]
    assert starts == sorted(starts) and ends == sorted(ends)


@given(st.text("ab é天.\n", max_size=600), st.lists(st.sampled_from(["a", "b", "ab", "é", "天", "a b", "a.b"]), min_size=1, max_size=3))
def test_a_snippet_is_a_piece_of_the_text_and_its_marks_are_in_it(written: str, queries: list[str]) -> None:
    found = marked(written, *map(Words, queries))
    assert len(found) <= SNIPPETS_MAX
    assert bool(found) == any(holds(written, query) for query in queries)
    for snippet in found:
        assert len(snippet["text"]) <= SNIPPET_CHARS
        assert snippet["text"].strip("…") in written
        assert snippet["marks"], "a snippet shows something"
        ends = [0] + [end for _, end in snippet["marks"]]
        for (start, end), before in zip(snippet["marks"], ends, strict=False):
            assert before <= start < end <= len(snippet["text"].removesuffix("…"))


def test_each_word_and_each_part_has_its_turn() -> None:
    parts = {
        "request": [Text("nothing here"), Text("one " + "x " * 200 + "two " + "x " * 200 + "three")],
        "response": [Text("one")],
        "error": [Text("one")],
    }
    all_three = [Pattern(Words(word)) for word in ("one", "two", "three")]
    assert [shown(each)[:30].split("x")[0] for each in snippets(parts, all_three)] == ["[one] ", "…", "…"]
    assert [each["part"] for each in snippets(parts, all_three[:1])] == ["request", "response"]
    assert [each["part"] for each in snippets(parts, [Pattern(Words("one", "error"))])] == ["error"]
    assert [each["part"] for each in snippets(parts, [Pattern(Words("one", "response"))])] == ["response"]
    assert snippets(parts, [Pattern(Words("two", "response"))]) == []


def test_a_long_text_is_cut_around_the_match() -> None:
    (snippet,) = marked("lorem ipsum " * 1000 + "the zeppelin " + "dolor sit " * 1000, Words("zeppelin"))
    assert len(snippet["text"]) == SNIPPET_CHARS and snippet["text"][0] == snippet["text"][-1] == "…"
    assert "the [zeppelin] dolor" in shown(snippet)


def test_words_under_a_not_mark_nothing() -> None:
    tree = AllOf((Words("a"), Not(Words("b")), AnyOf((Words("c"), Words("a"), Not(Not(Words("d"))))), Between("cost_usd", 1, None)))
    assert words_of(tree) == (Words("a"), Words("c"))
