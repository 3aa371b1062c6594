"""SQL: values never become text, and every filter means to the engine what it means to a person with a pencil.

The engine is the real one; the pencil is `matches` below.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portlog.errors import PortlogError
from portlog.query.filters import (
    EVERYTHING,
    AllOf,
    AnyOf,
    Between,
    Cursor,
    Filter,
    Glob,
    ListQuestion,
    MetadataIs,
    Not,
    OneOf,
    Words,
    read_filter,
)
from portlog.schema.columns import Row
from portlog.schema.ids import LogIds
from portlog.schema.log import Derived
from portlog.schema.words import tokens
from portlog.store import Statement, Store, open_store, sql
from tests.samples import NOW_MS, chat, parse_one

HOUR_MS = 3_600_000
HOSTILE = (
    "'", "''", '"', "`", "\\", "\\'", "\\\\'", "\\n", "\\N", "\\x00", "\n", "\t", "\r", "\0", "NULL", "{p0:String}", "%s", "%", "_", "?",
    "'; DROP TABLE logs; --", "x' OR '1'='1", "') OR 1=1 --", "/* */", "é", "😀", "\u202e", "\x01", " lead", "trail ", "[1]", "',", "*",
)  # fmt: skip
USERS = ("alice", "Bob", "x y", "", "über", *HOSTILE)
MODELS = ("gpt-4o", "gpt-4o-mini", "GPT-5", "claude_3%", "a*b", "Élan", "")
WORDS = ("paris", "Paris", "capital", "of", "France", "gpt", "4o", "x1", "Zürich", "ZÜRICH", "naïve", "日本語", "日本", "語です", "!!!")
TEXTS = (
    "What is the capital of France?", "The CAPITAL of france is Paris.", "gpt-4o is a model", "of capital", "capital, of", "日本語です",
    "Zürich, naïve", "x1!!! x", "capitalof France", "", "paris\x1fcapital",
)  # fmt: skip
# Texts that the engine could take for a date, a number, an object; keys that are paths of each other.
ODD_METADATA = {
    "day": "2026-01-01 00:00:00", "n": "12", "yes": "true", "json": '{"a":1}', "a": "1", "a.b": "2", "a.b.c": "=", "": "none",
    "k:`": "v", "A": "capital", "empty": "",
}  # fmt: skip
IDS = LogIds()


def make_rows() -> list[Row]:
    """300 logs, each column of few values, so that every filter has both kinds."""
    random = Random(7)
    logs = [parse_one(chat()) for _ in range(300)]
    found = []
    for number, log in enumerate(logs):
        created = NOW_MS - random.randrange(4) * 7 * 24 * HOUR_MS - random.randrange(5) * HOUR_MS
        user = random.choice(USERS)
        log = msgspec.structs.replace(
            log,
            id=IDS.make(created),
            created_ms=created,
            workspace=random.choice(["default", "default", "default", "other"]),
            status=random.choice([200, 200, 0, 404, 429, 500, 599, -1]),
            response_ms=random.choice([None, 0.0, 0.5, 12.0, 1e6]),
            user=user,
            trace_id=f"t{random.randrange(20)}",
            provider=random.choice(["openai", "OpenAI", "anthropic"]),
            metadata_index=random.choice([{}, {"_user": user}, {"env": "prod", "a.b": user}, {user: "v"}, ODD_METADATA]),
        )
        derived = Derived(model=random.choice(MODELS), total_tokens=random.choice([None, 0, 1, 50, 2**32 - 1]))
        found.append(Row(number + 1, log, derived, b"{}", b"{}", random.choice(TEXTS) + "\x1e" + random.choice(TEXTS)))
    return found


ROWS = make_rows()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One engine with ROWS in three parts."""
    store = open_store(
        tmp_path_factory.mktemp("sql") / "store", memory_bytes_max=2**31, query_memory_bytes_max=2**30, query_seconds_max=30
    )
    for start in range(0, len(ROWS), 100):
        store.apply(ROWS[start : start + 100])
    yield store
    store.close()


def question(where: Filter, **changes: Any) -> ListQuestion:
    values: dict[str, Any] = {
        "workspace": "default", "where": where, "order_by": "created_at", "descending": True, "limit": 1000, "offset": 0,
        "after": None, "include_total": True,
    }  # fmt: skip
    return ListQuestion(**(values | changes))


# -- the pencil ------------------------------------------------------------------------------------------------


def cell(row: Row, column: str) -> Any:
    values = {
        "created_at": row.log.created_ms, "status": row.log.status, "response_ms": row.log.response_ms, "user": row.log.user,
        "trace_id": row.log.trace_id, "provider": row.log.provider, "model": row.derived.model,
        "total_tokens": row.derived.total_tokens, "workspace": row.log.workspace, "cost_usd": None,
    }  # fmt: skip
    return values[column]


def matches(node: Filter, row: Row) -> bool:
    match node:
        case AllOf(parts):
            return all(matches(part, row) for part in parts)
        case AnyOf(parts):
            return any(matches(part, row) for part in parts)
        case Not(part):
            return not matches(part, row)
        case OneOf(column, values):
            return cell(row, column) in values
        case Glob(column, pattern):
            wanted = ".*".join(re.escape(piece) for piece in pattern.lower().split("*"))
            return re.fullmatch(wanted, cell(row, column).lower(), re.DOTALL) is not None
        case Between(column, low, high, closed):
            value = cell(row, column)
            if value is None:
                return low is None and high is None
            return (low is None or value >= low) and (high is None or (value <= high if closed else value < high))
        case MetadataIs(key, value):
            return row.log.metadata_index.get(key) == value
        case Words():
            return holds(row.text, node)


def holds(text: str, node: Words) -> bool:
    """Its tokens one after the other, in one text; without any, as it is written."""
    wanted, found = tokens(node.text), tokens(text)
    if not wanted:
        return node.text in text
    return any(found[i : i + len(wanted)] == wanted for i in range(len(found)))


def ids(rows: list[Row]) -> set[bytes]:
    return {row.log.id for row in rows}


def answered(store: Store, where: Filter) -> set[bytes]:
    found = [bytes(row[0]) for row in store.select(sql.page(question(where), since_ms=None))]
    assert len(found) == len(set(found))
    assert store.select(sql.total(question(where)))[0][0] == len(found), "the total is of what the pages hold"
    return set(found)


def expected(where: Filter) -> set[bytes]:
    return ids([row for row in ROWS if row.log.workspace == "default" and matches(where, row)])


# -- every node means what it says -------------------------------------------------------------------------------

MOMENTS = st.sampled_from([NOW_MS - n * HOUR_MS for n in (-1, 0, 1, 3, 24 * 7, 24 * 14)])
NUMBERS = st.sampled_from([0, 0.5, 1, 12, 50, 400, 2**32 - 1, 1e7])
WORDLESS: st.SearchStrategy[Filter] = st.one_of(
    st.builds(OneOf, st.just("status"), st.lists(st.sampled_from([200, 0, 429, 500, -1, 7]), max_size=3).map(tuple)),
    st.builds(OneOf, st.just("user"), st.lists(st.sampled_from(USERS), max_size=3).map(tuple)),
    st.builds(OneOf, st.just("trace_id"), st.lists(st.sampled_from(["t1", "t2", "T1", "x"]), max_size=3).map(tuple)),
    st.builds(Glob, st.sampled_from(["model", "provider", "user"]),
              st.sampled_from(["gpt*", "GPT-4O", "*o*", "*", "**", "", "claude_3%", "a*b", "_*", "élan", "É*", "*'*", "*\\*", *HOSTILE])),
    st.builds(Between, st.just("created_at"), st.none() | MOMENTS, st.none() | MOMENTS, st.booleans()),
    st.builds(Between, st.sampled_from(["response_ms", "total_tokens", "status", "cost_usd"]), st.none() | NUMBERS,
              st.none() | NUMBERS, st.booleans()),
    st.builds(MetadataIs, st.sampled_from(["_user", "env", "a.b", "none", *USERS]), st.sampled_from(["prod", "v", *USERS])),
)  # fmt: skip
LEAVES: st.SearchStrategy[Filter] = st.one_of(
    WORDLESS,
    st.builds(Words, st.sampled_from(WORDS)),
    st.builds(Words, st.sampled_from(["capital of", "Capital OF france", "of capital", "4o is", "gpt-4o", "日本語です", "x1!!!", "paris capital"])),
)  # fmt: skip


def trees(leaves: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    def grown(inner: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
        several = st.lists(inner, max_size=3).map(tuple)
        return st.builds(AllOf, several) | st.builds(AnyOf, several) | st.builds(Not, inner)

    return st.recursive(leaves, grown, max_leaves=5)


TREES = trees(WORDLESS | LEAVES)


@given(LEAVES)
@settings(max_examples=150)
@example(OneOf("user", ()))
@example(OneOf("status", ()))
@example(Between("response_ms", None, None))
@example(AnyOf(()))
@example(AllOf(()))
@example(Not(Between("response_ms", 1, None)))
@example(Not(Not(Between("total_tokens", None, 5))))
@example(Glob("model", "_*"))
@example(Glob("model", "*%"))
@example(Glob("model", "*_mini"))
@example(Glob("user", "*\\*"))
def test_each_node_selects_what_the_pencil_selects(store: Store, where: Filter) -> None:
    assert answered(store, where) == expected(where)


@given(TREES)
def test_a_tree_of_nodes_selects_what_the_pencil_selects(store: Store, where: Filter) -> None:
    assert answered(store, where) == expected(where)


@pytest.mark.slow
@given(TREES)
@settings(max_examples=3000)
def test_many_trees_select_what_the_pencil_selects(store: Store, where: Filter) -> None:
    assert answered(store, where) == expected(where)


def test_words_mean_the_same_where_the_index_cannot_answer(store: Store) -> None:
    where = Not(AllOf((Words("paris"), Between("created_at", None, None))))
    assert answered(store, where) == expected(where)


# -- values never become text --------------------------------------------------------------------------------------

PLACES: tuple[Callable[[str], Filter], ...] = (
    lambda value: OneOf("user", (value, "x")),
    lambda value: Glob("model", value),
    lambda value: MetadataIs(value, value),
    lambda value: Words(value),
    lambda value: Words(f"two {value}"),
)


@pytest.mark.parametrize("place", range(len(PLACES)))
def test_the_statements_text_does_not_depend_on_its_values(place: int) -> None:
    kinds = {re.sub(r"p\d+", "p", sql.page(question(PLACES[place](value)), since_ms=0).text) for value in HOSTILE if value != "*"}
    assert len(kinds) <= 4, kinds
    for text in kinds:
        assert not any(value in text for value in HOSTILE if len(value) > 3 and value != "NULL" and "p0" not in value)


@pytest.mark.parametrize("value", HOSTILE, ids=repr)
def test_a_hostile_value_is_found_as_itself_and_finds_nothing_else(store: Store, value: str) -> None:
    for place in PLACES[:3]:
        assert answered(store, place(value)) == expected(place(value))
    assert answered(store, OneOf("user", (value,))) == ids(
        [row for row in ROWS if row.log.user == value and row.log.workspace == "default"]
    )
    store.select(sql.page(question(Words(value)), since_ms=0))
    store.select(sql.page(question(EVERYTHING, workspace=value), since_ms=0))
    assert store.select(sql.count_logs(value)) == [(0,)]
    assert store.select(sql.count_logs("default"))[0][0] == sum(row.log.workspace == "default" for row in ROWS)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
@settings(max_examples=25)
def test_any_text_can_be_asked_for(store: Store, text: str) -> None:
    for place in PLACES:
        store.select(sql.page(question(place(text)), since_ms=None))


@given(st.sampled_from([0, 1, 2**43, 2**47]) | st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_any_id_can_be_asked_for(store: Store, ms: int, tail: bytes) -> None:
    assert store.select(sql.one("default", ms.to_bytes(6, "big") + tail, ms)) == []


@pytest.mark.parametrize("name", ["time_of_generation_min", "time_of_generation_max"])
@pytest.mark.parametrize(
    ("text", "past"), [("0001-01-01", True), ("1899-12-31T23:59:59Z", True), ("1969-12-31", True), ("2299-12-31", False), ("9999-12-31", False)]
)
def test_a_time_far_off_is_before_or_behind_all_logs(store: Store, name: str, text: str, past: bool) -> None:
    everything = name.endswith("min") == past
    assert answered(store, read_filter({name: text}, now_ms=NOW_MS)) == (expected(EVERYTHING) if everything else set())


# -- pages ---------------------------------------------------------------------------------------------------------

ORDERS = ("created_at", "response_ms", "total_tokens", "cost_usd")


@pytest.mark.parametrize("column", ORDERS)
@pytest.mark.parametrize("descending", [True, False], ids=["descending", "ascending"])
def test_pages_by_cursor_hold_every_log_once_in_order_with_nulls_last(store: Store, column: str, descending: bool) -> None:
    mine = [row for row in ROWS if row.log.workspace == "default"]
    known = [row for row in mine if cell(row, column) is not None]
    ordered = sorted(known, key=lambda row: (cell(row, column), row.log.id), reverse=descending)
    ordered += sorted((row for row in mine if cell(row, column) is None), key=lambda row: row.log.id, reverse=descending)
    seen: list[bytes] = []
    after: Cursor | None = None
    place = sql.LIGHT_NAMES.index(column)
    for _ in range(len(ROWS)):
        page = store.select(
            sql.page(question(EVERYTHING, order_by=column, descending=descending, limit=17, after=after), since_ms=None)
        )
        seen += [bytes(row[0]) for row in page[:17]]
        if len(page) <= 17:
            break
        after = Cursor(page[16][place], bytes(page[16][0]))
    assert seen == [row.log.id for row in ordered]


def test_offset_pages_are_the_same_pages(store: Store) -> None:
    whole = [bytes(row[0]) for row in store.select(sql.page(question(EVERYTHING), since_ms=None))]
    for number in range(4):
        page = store.select(sql.page(question(EVERYTHING, limit=20, offset=20 * number), since_ms=None))
        assert [bytes(row[0]) for row in page][:20] == whole[20 * number : 20 * number + 20]


def test_a_bound_from_below_leaves_out_what_is_older(store: Store) -> None:
    since = NOW_MS - 24 * HOUR_MS
    found = {bytes(row[0]) for row in store.select(sql.page(question(EVERYTHING), since_ms=since))}
    assert found == ids([row for row in ROWS if row.log.workspace == "default" and row.log.created_ms >= since])


def test_a_log_is_found_by_its_id_in_its_own_workspace_only(store: Store) -> None:
    for row in ROWS[:20]:
        (found,) = store.select(sql.one(row.log.workspace, row.log.id, row.log.created_ms))
        named = dict(zip(sql.ALL_NAMES, found, strict=True))
        assert (bytes(named["id"]), named["created_at"], named["user"]) == (row.log.id, row.log.created_ms, row.log.user)
        assert store.select(sql.one("elsewhere", row.log.id, row.log.created_ms)) == []


def test_a_statement_that_the_engine_refuses_is_an_error_of_ours_with_a_status(store: Store) -> None:
    with pytest.raises(PortlogError) as refused:
        store.select(Statement("SELECT nothing FROM nowhere", {}))
    assert (refused.value.kind.slug, refused.value.kind.status) == ("store-unavailable", 503)


@pytest.mark.parametrize("key", [*ODD_METADATA, "env", "_user", "nowhere"])
def test_one_key_of_the_metadata_is_what_the_map_says(key: str, store: Store) -> None:
    """Plain keys are read as columns of their own, which the engine derives."""
    binder = sql.Binder()
    value, place = sql.metadata_value(key, binder), binder.bind(key, "String")
    differ = store.select(Statement(f"SELECT metadata, {value} FROM logs WHERE {value} != metadata[{place}]", binder.values))
    assert differ == []
    for text in {*ODD_METADATA.values(), "prod", "alice"}:
        binder = sql.Binder()
        test, place = sql.metadata_equals(key, text, binder), binder.bind(key, "String")
        same = f"mapContains(metadata, {place}) AND metadata[{place}] = {binder.bind(text, 'String')}"
        assert store.select(Statement(f"SELECT countIf(({test}) != ({same})) FROM logs", binder.values)) == [(0,)]
