"""The query language: text to syntax tree, mistakes with their places, and back to text.

The cases of tests/fixtures/query-language.json are the dashboard's parser's too.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portlog.query.language import FIELDS, Mistake, Query, fields_json, parse, to_json, to_text
from portlog.query.language.fields import BY_NAME_OR_ALIAS, FLAGS, NAMES, OPERATORS, PARTS, TYPES, nearest
from portlog.query.language.parser import CHARS_MAX, DEPTH_MAX, LITERALS_MAX
from portlog.query.language.syntax import (
    Conjunction,
    Disjunction,
    Group,
    Negation,
    Node,
    Sort,
    Term,
    Text,
    Value,
)
from portlog.schema.columns import COLUMNS

FIXTURE = json.loads((Path(__file__).parents[1] / "fixtures" / "query-language.json").read_text(encoding="utf-8"))
CASES = FIXTURE["cases"]
DOCS = Path(__file__).parents[2] / "docs"


def told(text: str) -> Mistake:
    with pytest.raises(Mistake) as mistake:
        parse(text)
    return mistake.value


@pytest.mark.parametrize("case", [c for c in CASES if "error" not in c], ids=lambda c: c["q"][:60])
def test_a_text_has_this_tree(case: dict[str, Any]) -> None:
    query = parse(case["q"])
    assert to_json(query) == {"tree": case["tree"], "sort": case["sort"]}
    assert to_text(query) == case["text"]


@pytest.mark.parametrize("case", [c for c in CASES if "error" in c], ids=lambda c: c["q"][:60])
def test_a_text_is_refused_with_these_words_and_this_place(case: dict[str, Any]) -> None:
    mistake = told(case["q"])
    found = {"message": mistake.message, "start": mistake.start, "end": mistake.end, "suggestion": mistake.suggestion}
    assert found == case["error"]


def test_the_fixture_is_large_has_no_case_twice_and_holds_the_fields_of_now() -> None:
    assert len(CASES) >= 150 and sum("error" in case for case in CASES) >= 60
    assert len({case["q"] for case in CASES}) == len(CASES)
    assert FIXTURE["fields"] == fields_json()


# -- FIELDS ------------------------------------------------------------------------------------------------------


def test_every_column_is_a_field() -> None:
    columns = {field.column for field in FIELDS} | {"has"}  # `has:` reads it among others
    assert {column.name for column in COLUMNS} - columns == set()


def test_fields_name_columns_and_types_that_exist() -> None:
    names = {column.name for column in COLUMNS}
    assert [f.name for f in FIELDS if f.column and f.column not in names] == []
    assert [f.name for f in FIELDS if f.type not in TYPES] == []
    assert {op for type_ in TYPES.values() for op in type_.operators} == set(OPERATORS)
    assert {f.type for f in FIELDS} == set(TYPES), "a type that no field has"


def test_a_name_is_what_a_query_can_spell() -> None:
    assert [name for name in NAMES if not re.fullmatch("[a-z_]+", name)] == []


def test_a_slip_is_found_and_a_guess_is_not_made() -> None:
    assert (nearest("modle", NAMES), nearest("LATENCY", NAMES), nearest("stats", NAMES)) == ("model", "latency", "status")
    assert (nearest("us", NAMES), nearest("abcdef", NAMES), nearest("q", NAMES)) == (None, None, None)


# -- there and back ----------------------------------------------------------------------------------------------

ANY = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8) | st.sampled_from(
    ['"', "\\", '\\"', "a b", "(", ")", ":", ",", "..", "*", "a*", "~/", "/", "-", "OR", "\n", "日本", "metadata.", "\x00", "sort:cost"]
)


def value(text: str, quoted: bool) -> Value:
    return Value(text, quoted, 0, 0)


QUOTED = ANY.map(lambda text: value(text, True))
PLAIN = st.from_regex(r"[a-zA-Z0-9_\-+@/.%é日]{0,6}\*?[a-z0-9]", fullmatch=True).filter(lambda t: ".." not in t).map(lambda t: value(t, False))
NUMBERS = st.integers(0, 10**6).map(lambda n: value(str(n), False))
TEXTS = st.one_of(
    st.from_regex(r"[a-zé日_.,~][a-z0-9\-é,.]{0,6}\*?", fullmatch=True).map(lambda text: Text(text, False, 0, 0)),
    ANY.filter(str.strip).map(lambda text: Text(text, True, 0, 0)),
)


def term(field: str, key: str | None, op: str, values: tuple[Value | None, ...]) -> Term:
    return Term(field, key, op, values, 0, 0, 0)


KEYS = st.none() | ANY
TEXT_FIELDS = st.sampled_from([f.name for f in FIELDS if f.type == "text"]).map(lambda name: (name, None)) | ANY.map(
    lambda key: ("metadata", key)
)
NUMBER_FIELDS = st.sampled_from([f.name for f in FIELDS if f.type in ("count", "money", "duration", "number")])
RANGES = st.tuples(st.none() | NUMBERS, st.none() | NUMBERS).filter(
    lambda ends: any(ends) and (not all(ends) or int(ends[0].text) <= int(ends[1].text))  # type: ignore[union-attr]
)
REGEXES = st.sampled_from(["a", "a/b", r"\\", r"\d+/", "(a|b) c", r"[/\]]", '"', r"\.", "日本", "(?i)x"]).map(lambda t: value(t, False))
TERMS = st.one_of(
    st.tuples(TEXT_FIELDS, st.lists(QUOTED | PLAIN, min_size=1, max_size=3)).map(lambda t: term(*t[0], ":", tuple(t[1]))),
    st.tuples(TEXT_FIELDS, QUOTED | PLAIN).map(lambda t: term(*t[0], "=", (t[1],))),
    TEXT_FIELDS.map(lambda t: term(*t, "*", ())),
    st.tuples(TEXT_FIELDS, REGEXES).map(lambda t: term(*t[0], "~", (t[1],))),
    st.tuples(NUMBER_FIELDS, st.sampled_from([">", ">=", "<", "<=", "="]), NUMBERS).map(lambda t: term(t[0], None, t[1], (t[2],))),
    st.tuples(NUMBER_FIELDS, RANGES).map(lambda t: term(t[0], None, "..", t[1])),
)
ATOMS: st.SearchStrategy[Node] = st.one_of(TEXTS, TERMS)


def several(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[tuple[Node, ...]]:
    return st.lists(inner, min_size=2, max_size=3).map(tuple)


def grown(groups: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    """Trees as the grammar makes them: only groups hold what binds less."""
    unary = groups | groups.map(lambda part: Negation(part, 0, 0))
    chain = unary | several(unary).map(lambda parts: Conjunction(parts, 0, 0))
    tree = chain | several(chain).map(lambda parts: Disjunction(parts, 0, 0))
    return tree.map(lambda part: Group(part, 0, 0))


TREES = st.recursive(ATOMS, grown, max_leaves=8).map(lambda node: node.part if isinstance(node, Group) else node)
SORTS = st.none() | st.builds(Sort, st.sampled_from(["time", "cost", "latency", "tokens"]), st.booleans(), st.just(0), st.just(0))


def placeless(shown: Any) -> Any:
    """JSON of a tree without its places."""
    if isinstance(shown, dict):
        return {name: placeless(each) for name, each in shown.items() if name not in ("start", "end", "name_end")}
    return [placeless(each) for each in shown] if isinstance(shown, list) else shown


@given(TREES, SORTS)
def test_a_tree_that_is_printed_and_parsed_is_the_same_tree(tree: Node, sort: Sort | None) -> None:
    query = Query(tree, sort)
    text = to_text(query)
    assert placeless(to_json(parse(text))) == placeless(to_json(query)), text
    assert to_text(parse(text)) == text


PIECES = st.sampled_from(
    ["a", "model", "cost", "time", "metadata", "status", "sort", "is", "has", "req", ":", ":", ":", ">", "=", "..", ",", "*", "-", "(", ")", '"', "\\",
     "~/", "/", " ", " ", " OR ", " AND ", "NOT ", "5", "5xx", "10k", "2026-11-22", "-2h", "error", "x.y", ".", "\n", "é", "[", "{2}", "(?="]
)  # fmt: skip


def nodes(shown: Any) -> list[dict[str, Any]]:
    """Every node and value of a tree as JSON."""
    if isinstance(shown, dict):
        return [shown, *(each for member in shown.values() for each in nodes(member))]
    return [each for member in shown for each in nodes(member)] if isinstance(shown, list) else []


@given(st.lists(PIECES, max_size=16).map("".join) | st.text(max_size=40))
@example("time:>=99999999999999999999")
@example("model~/" + "(" * 500 + "/")
@example("model~/" + "a{999}" * 20 + "/")
@example("model~/\ud800/")
@example("model~/" + "[" * 3900 + "/")
@example("time:9999-12-31")
@example("time:0001-01-01T00:00+18:00")
def test_any_text_has_a_tree_or_a_mistake_within_it(text: str) -> None:
    try:
        query = parse(text)
    except Mistake as mistake:
        assert 0 <= mistake.start < mistake.end <= len(text)
        assert mistake.message.endswith((".", "?")) and mistake.suggestion != ""
        return
    for node in nodes(to_json(query)["tree"]):
        assert 0 <= node["start"] < node["end"] <= len(text)
    again = parse(to_text(query))
    assert placeless(to_json(again)) == placeless(to_json(query))


@given(st.lists(PIECES, max_size=16).map("".join))
def test_what_is_suggested_is_no_mistake_itself(text: str) -> None:
    try:
        parse(text)
    except Mistake as mistake:
        if mistake.suggestion is not None and mistake.message.startswith("No field"):
            assert mistake.suggestion in BY_NAME_OR_ALIAS


def test_what_the_guide_shows_is_the_language() -> None:
    rows = re.findall(r"^\| [^|]+ \| `([^|]+)` \|$", (DOCS / "guides" / "finding-logs.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) > 10
    for query in rows:
        assert to_text(parse(query)) == query


def test_every_mark_and_part_is_explained() -> None:
    page = (DOCS / "reference" / "query-language.md").read_text(encoding="utf-8")
    _, _, explained = page.partition("## is: and has:")
    assert [word for word in (*FLAGS, *PARTS) if f"`{word}`" not in explained.partition("## Syntax")[0]] == []


# -- bounds ------------------------------------------------------------------------------------------------------


def test_what_is_at_a_bound_is_read() -> None:
    assert len(to_text(parse("a" * CHARS_MAX))) == CHARS_MAX
    assert len(to_json(parse(" ".join(["a"] * LITERALS_MAX)))["tree"]["parts"]) == LITERALS_MAX
    assert to_text(parse("(" * DEPTH_MAX + "a" + ")" * DEPTH_MAX)).count("(") == DEPTH_MAX


def test_what_is_beyond_a_bound_is_refused_where_it_passes_it() -> None:
    assert (told("a" * (CHARS_MAX + 5)).start, told("a" * (CHARS_MAX + 5)).end) == (CHARS_MAX, CHARS_MAX + 5)
    assert told(" ".join(["a"] * (LITERALS_MAX + 1))).start == 2 * LITERALS_MAX
    assert told("(" * (DEPTH_MAX + 1) + "a" + ")" * (DEPTH_MAX + 1)).start == DEPTH_MAX
