"""Full text through the real engine equals brute force: in every script, part and form, with the index and without it."""

from __future__ import annotations

import dataclasses
import itertools
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portlog.query.filters import AllOf, AnyOf, Between, Filter, ListQuestion, Matches, Not, OneOf, Words
from portlog.schema.columns import Row
from portlog.schema.ids import LogIds
from portlog.schema.log import Derived
from portlog.schema.texts import text_of
from portlog.schema.words import fold, tokens
from portlog.store import Statement, Store, Version, migrate, open_store, sql
from portlog.store.sql.text import certain_piece
from tests.samples import NOW_MS, chat, parse_one
from tests.searching import GAPS, LANGUAGES, MARKS, SCRIPTS, holds, part_of, scripts

IDS = LogIds()
PARTS = ("any", "request", "response", "error")
MINUTE_MS, WEEK_MS = 60_000, 7 * 86_400_000
WITHOUT_INDEX = 70  # the first rows, in a week of their own
SCAN = " SETTINGS use_skip_indexes = 0, query_plan_direct_read_from_text_index = 0"


def made(random: Random) -> str:
    """A short text of one or two scripts, of few words, so that they meet again."""
    kinds = random.choices(list(SCRIPTS), k=2)
    words = ["".join(random.choices(SCRIPTS[random.choice(kinds)][:5], k=random.randrange(1, 4))) for _ in range(6)]
    return "".join(word + random.choice(["", *MARKS[:3]]) + random.choice(GAPS + "    ") for word in words)


def row(number: int, text: str, error: str = "", error_type: str = "") -> Row:
    created = NOW_MS - number * MINUTE_MS - WEEK_MS * (number < WITHOUT_INDEX)
    log = msgspec.structs.replace(parse_one(chat()), id=IDS.make(created), created_ms=created, user=f"u{number % 3}")
    return Row(number + 1, log, Derived(error_message=error, error_type=error_type), b"{}", b"{}", text)


def rows() -> list[Row]:
    random = Random(3)
    texts = [text for language in LANGUAGES.values() for text in language["texts"]]
    found = [row(number, text_of([text], [])) for number, text in enumerate(texts)]
    for number in range(len(texts), len(texts) + 300):
        asked, told = ([made(random) for _ in range(random.randrange(3))] for _ in range(2))
        errors = [made(random), random.choice(["rate_limit_error", "Überlastet"])] if random.random() < 0.3 else ["", ""]
        found.append(row(number, text_of(asked, told), *errors))
    return found


ROWS = rows()
TEXT_OF = {(each.log.id, part): part_of(each.text, part, each.derived.error_message, each.derived.error_type)
           for each in ROWS for part in PARTS}  # fmt: skip
HAS_ERROR = {each.log.id for each in ROWS if each.derived.error_message or each.derived.error_type}


def opened(path: Path) -> Store:
    return open_store(path, memory_bytes_max=2**31, query_memory_bytes_max=2**30, query_seconds_max=60)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """ROWS: the first week in a part that has no index, of the second some merged with and without it, some as inserted."""
    store = opened(tmp_path_factory.mktemp("words") / "store")
    index = [each for step in migrate.migrations() for each in step.statements if "ADD INDEX words_index" in each]
    store.select(Statement("ALTER TABLE logs DROP INDEX words_index", {}))
    store.apply(ROWS[:150])
    store.select(Statement(index[-1], {}))
    for start in range(150, 300, 50):
        store.apply(ROWS[start : start + 50])
    ((this_week,),) = store.select(Statement("SELECT max(partition_id) FROM system.parts WHERE table = 'logs'", {}))
    store.select(Statement(f"OPTIMIZE TABLE logs PARTITION ID '{this_week}' FINAL", {}))
    store.apply(ROWS[300:])
    yield store
    store.close()


def question(where: Filter) -> ListQuestion:
    return ListQuestion("default", where, "created_at", True, limit=1000, offset=0, after=None, include_total=False)


def answered(store: Store, where: Filter, *, scan: bool = False) -> set[bytes]:
    """Ids by a page, and how many by its total."""
    page, total = sql.page(question(where), since_ms=None), sql.total(question(where))
    if scan:
        page, total = Statement(page.text + SCAN, page.values), Statement(total.text + SCAN, total.values)
    found = {bytes(each[0]) for each in store.select(page)}
    assert store.select(total) == [(len(found),)]
    return found


def matches(node: Filter, each: Row) -> bool:
    match node:
        case AllOf(parts):
            return all(matches(part, each) for part in parts)
        case AnyOf(parts):
            return any(matches(part, each) for part in parts)
        case Not(part):
            return not matches(part, each)
        case OneOf(_, values):
            return each.log.user in values
        case Words(text, part, prefix):
            held = holds(TEXT_OF[each.log.id, part], text, prefix)
            return held and (part != "error" or each.log.id in HAS_ERROR)
    raise AssertionError(node)


def expected(where: Filter) -> set[bytes]:
    return {each.log.id for each in ROWS if matches(where, each)}


# -- the fold --------------------------------------------------------------------------------------------------


def folded(store: Store, texts: list[str]) -> list[list[str]]:
    """Tokens of texts by the engine's own expression."""
    named = Statement("SELECT default_expression FROM system.columns WHERE table = 'logs' AND name = 'words'", {})
    ((expression,),) = store.select(named)
    rows = store.select(
        Statement(f"SELECT tokens({expression}) FROM (SELECT arrayJoin({{p:Array(String)}}) AS text)", {"p": texts})
    )
    return [list(tokens_) for (tokens_,) in rows]


def test_the_engine_folds_every_character_as_we_do(store: Store) -> None:
    """Of those that this Python's Unicode knows: the engine's may be newer."""
    known = [chr(code) for code in range(1, 0x110000) if unicodedata.category(chr(code)) not in ("Cn", "Cs", "Co")]
    for start in range(0, len(known), 20_000):
        texts = [f"x{character}yé" for character in known[start : start + 20_000]]
        for text, found in zip(texts, folded(store, texts), strict=True):
            assert found == tokens(text), hex(ord(text[1]))


@given(st.lists(scripts(), min_size=1, max_size=60))
def test_the_engine_folds_every_text_as_we_do(store: Store, texts: list[str]) -> None:
    assert folded(store, texts) == [tokens(text) for text in texts]


# -- words and phrases -------------------------------------------------------------------------------------------


def asked(case: dict[str, Any]) -> Words:
    return Words(case["query"], "any", case.get("prefix", False))


def test_every_query_of_the_fixture_finds_what_it_says(store: Store) -> None:
    """All of a language in one statement, which is cheaper, and cannot use the index."""
    ids = iter([each.log.id for each in ROWS])
    for name, language in LANGUAGES.items():
        mine = list(itertools.islice(ids, len(language["texts"])))
        binder = sql.Binder()
        tests = ", ".join(f"({sql.condition(asked(case), binder)})" for case in language["queries"])
        found = {bytes(log_id): told for log_id, *told in store.select(Statement(f"SELECT id, {tests} FROM logs", binder.values))}
        for number, case in enumerate(language["queries"]):
            assert [at for at, log_id in enumerate(mine) if found[log_id][number]] == case["found"], (name, case)
            assert {log_id for log_id, told in found.items() if told[number]} == expected(asked(case)), (name, case)


@pytest.mark.parametrize("language", list(LANGUAGES)[::3])
def test_queries_of_the_fixture_find_the_same_by_the_index(store: Store, language: str) -> None:
    for case in LANGUAGES[language]["queries"][::5]:
        assert answered(store, asked(case)) == expected(asked(case)), case


ALL_TEXTS = sorted(set(TEXT_OF.values()))


def pieces() -> st.SearchStrategy[str]:
    """Pieces of stored texts, cut anywhere, so that they are found somewhere; and other texts."""

    def cut(number: int, start: int, size: int, swapped: bool) -> str:
        piece = ALL_TEXTS[number][start : start + size]
        return piece.swapcase() if swapped else piece

    found = st.builds(cut, st.integers(0, len(ALL_TEXTS) - 1), st.integers(0, 40), st.integers(1, 14), st.booleans())
    return found | found | scripts(max_size=3)


LEAVES: st.SearchStrategy[Filter] = st.builds(Words, pieces(), st.sampled_from(PARTS), st.booleans())
TREES: st.SearchStrategy[Filter] = st.recursive(
    LEAVES | st.builds(OneOf, st.just("user"), st.just(("u1",))),
    lambda inner: st.lists(inner, max_size=3).map(tuple).flatmap(lambda parts: st.sampled_from([AllOf(parts), AnyOf(parts)]))
    | st.builds(Not, inner),
    max_leaves=4,
)  # fmt: skip


@given(LEAVES, st.booleans())
@settings(max_examples=50)
@example(Words("", "error"), False)
def test_a_piece_of_text_is_found_where_brute_force_finds_it(store: Store, where: Filter, scan: bool) -> None:
    assert answered(store, where, scan=scan) == expected(where)


@given(TREES)
@settings(max_examples=30)
def test_a_tree_with_words_selects_what_brute_force_selects(store: Store, where: Filter) -> None:
    assert answered(store, where) == expected(where)


@pytest.mark.slow
@given(TREES, st.booleans())
@settings(max_examples=3000)
def test_many_trees_with_words_select_what_brute_force_selects(store: Store, where: Filter, scan: bool) -> None:
    assert answered(store, where, scan=scan) == expected(where)


def test_a_pasted_page_is_a_phrase(store: Store) -> None:
    longest = max(ROWS, key=lambda each: len(tokens(each.text.partition("\x1e")[0].partition("\x1f")[0])))
    page = longest.text.partition("\x1e")[0].partition("\x1f")[0]
    assert longest.log.id in answered(store, Words(page))
    assert answered(store, Words(" ".join([page] * 200))) == set()


# -- the index is used -------------------------------------------------------------------------------------------


def plan(store: Store, statement: Statement) -> str:
    rows = store.select(Statement("EXPLAIN indexes = 1 " + statement.text, statement.values))
    return "\n".join(line for (line,) in rows)


@pytest.mark.parametrize(
    "words",
    [Words("zeppelin"), Words("two words"), Words("zepp", prefix=True), Words("two wor", prefix=True), Words("zeppelin", "response"),
     Words("two words", "request"), Words("天气")],
)  # fmt: skip
def test_a_page_with_other_filters_asks_the_index(store: Store, words: Words) -> None:
    where = AllOf((words, OneOf("user", ("u1",)), Between("created_at", NOW_MS - 60 * 24 * 60 * MINUTE_MS, None)))
    for statement in (sql.page(question(where), since_ms=NOW_MS - 86_400_000 * 60), sql.total(question(where))):
        said = plan(store, statement)
        assert "words_index" in said and "__text_index_words_index" in said


def test_an_absent_word_opens_no_part_that_has_the_index(store: Store) -> None:
    said = plan(store, sql.page(question(AllOf((Words("qwzxv"), OneOf("user", ("u1",))))), since_ms=None))
    opened = re.search(r"Name: words_index.*?Parts: (\d+)/(\d+)", said, re.DOTALL)
    assert opened and int(opened[1]) == 1 < int(opened[2]), "only the part that was stored before there was the index"


def test_texts_are_read_in_small_blocks() -> None:
    assert sql.page(question(Words("a b")), since_ms=None).settings == {"max_block_size": 1024}
    assert sql.page(question(OneOf("user", ("text",))), since_ms=None).settings == {}


# -- regular expressions -----------------------------------------------------------------------------------------

PIECES = ("tex", "Paris", "12", "é", "日本", r"\.", r"\d", r"\b", ".", "[a-z]", "[^]x]", "[[:alpha:]]", "-", " ", "x?", "ab*", "zeppelin", "a{2,3}", "b{0}", "(?:ab)?", "(un|re)do", "c+?", r"\x41", r"\pL", "{", "K", "s")  # fmt: skip
REGEXES = st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join)
REGEXES = REGEXES | REGEXES.map(lambda regex: f"(?i){regex}") | st.tuples(REGEXES, REGEXES).map("|".join)


@given(REGEXES, st.data())
def test_the_certain_piece_of_a_regular_expression_is_in_all_that_matches(regex: str, data: st.DataObject) -> None:
    """`from_regex` knows Python's syntax, so that what only RE2 has is left out; ß and fraktur it folds as RE2 does."""
    if r"\pL" in regex or "[[:" in regex:
        assert r"\pL" not in regex or certain_piece(regex) == ""
        return
    matched = data.draw(st.from_regex(regex))
    assert certain_piece(regex) in fold(matched)


@pytest.mark.parametrize(
    ("regex", "piece"),
    [("zeppelin", "zeppelin"), ("Zeppelin|x", ""), ("(?i)HELLO world", "hello"), ("order[_ -]?id", "order"), ("colou?r", "colo"),
     (r"foo\.barbaz", "barbaz"), (r"\bfunction\b", "function"), ("(zeppelin)", ""), (r"\Qa.b\E", ""), (r"\x41bcd", ""), ("ab{2}cdef", "cdef"),
     ("a+bcd", "bcd"), ("[abcd]efg[^]hij]klmn", "klmn"), ("[[:alnum:]abc]defgh", "defgh"), ("日本abcd語", "abcd"), ("a{,5}", "a"), ("(a|b)cdef", "cdef")],
)  # fmt: skip
def test_certain_pieces(regex: str, piece: str) -> None:
    assert certain_piece(regex) == piece


@pytest.mark.parametrize("column", ["text", "request", "response"])
def test_a_regular_expression_matches_the_text_as_it_is_written(store: Store, column: str) -> None:
    for regex in ("Straße", "(?i)stra(ß|ss)e", r"\d{3},\d", "getUserById", "^She said", "天气.{2}", r"users\[.*","(?i)KÖLN$"):
        found = answered(store, Matches(column, regex))
        part = "any" if column == "text" else column
        assert found == {each.log.id for each in ROWS if re.search(regex, TEXT_OF[each.log.id, part])}, regex
    assert answered(store, Matches("text", "getUserById"))
    assert "__text_index_words_index" in plan(store, sql.page(question(Matches(column, "getUserBy[A-Z]")), since_ms=None))


def test_a_log_that_was_replaced_is_found_by_its_new_text_alone(store: Store) -> None:
    old = row(900, text_of(["firstversion xylophone"], []))
    store.apply([old])
    assert answered(store, Words("firstversion")) == {old.log.id}
    new = dataclasses.replace(old, text=text_of(["secondversion xylophone"], []), revision=1)
    store.apply([new], [Version(old.log.id, 0, old.log.created_ms)])
    try:
        assert answered(store, Words("firstversion")) == set()
        assert answered(store, Words("secondversion xyl", prefix=True)) == {old.log.id}
        assert answered(store, AllOf((Words("xylophone"), Not(Words("firstversion"))))) == {old.log.id}
        assert answered(store, Words("xylophone"), scan=True) == {old.log.id}
    finally:
        store.apply([], [Version(old.log.id, 1, old.log.created_ms)])
    assert answered(store, Words("xylophone")) == set()
