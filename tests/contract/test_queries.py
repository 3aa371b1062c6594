"""Queries against the engine: whatever is asked, of whatever column, it selects what the pencil selects (tests/pencil.py)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portlog.errors import PortlogError
from portlog.query.filters import ListQuestion, read_filter
from portlog.query.language import FIELDS
from portlog.query.language.fields import CACHE_WORDS, FLAGS, PARTS, TYPES
from portlog.query.language.syntax import quote
from portlog.query.nodes import AllOf, Matches
from portlog.schema.columns import COLUMNS, Links, Row
from portlog.schema.feedback import Feedback
from portlog.schema.ids import LogIds, to_text
from portlog.schema.log import HAS, KINDS, OUTCOMES, Derived, Warning_
from portlog.store import Statement, Store, open_store, sql
from portlog.store.sql.filters import condition
from portlog.store.sql.parts import Binder
from tests.pencil import Ratings, cell, matches
from tests.samples import NOW_MS, chat, parse_one

HOUR_MS = 3_600_000
IDS = LogIds()
NAMES = ("alice", "Bob", "x y", "", "", "über", "a*b", "50%_", "back\\slash", "it's", "a/b", '"q"', "日本語", "gpt-4o-batch", "GPT-4O", "-5", "1e3")
SAID = ("What is the capital of France?", "The CAPITAL is Paris.", "gpt-4o or o3-mini", "日本の首都", "10.5 % off!", "", "a/b (c)")
NUMBERS = (None, None, 0, 1, 2, 10, 500, 1500, 10_000)
FLOATS = (None, 0.0, 0.05, 0.5, 1.0, 12.0, 800.0, 2000.0, 90_000.0)
KEYS = ("env", "_environment", "a.b", "my key", "n", "größe", 'say "x"', "a")
STATUSES = (200, 200, 201, 404, 429, 500, 599, 0, -1, None)
OPTIONS = ("", "config", "config.targets[0]", "config.targets[1]", "config.targets[0].targets[2]")
CONFIGS = ("", "pc-1", '{"strategy":{"mode":"loadbalance"}}')
URLS = ("https://api.openai.com/v1/chat/completions", "https://api.openai.com/v1/batches", "/v1/x?y=1", "")


def make_rows() -> list[Row]:
    """200 logs with something and nothing in every column."""
    random = Random(11)
    pick = random.choice
    logs = [parse_one(chat()) for _ in range(200)]
    return [_row(n, log, pick, random) for n, log in enumerate(logs)]


def _row(n: int, log: Any, pick: Any, random: Random) -> Row:
    created = NOW_MS - pick((0, 1, 2, 30, 24 * 8)) * HOUR_MS - random.randrange(3) * 60_000
    metadata = {key: pick((*NAMES, "5", "10.5", "-1", "1e2", "nan")) for key in KEYS if random.random() < 0.4}
    names = ("api_key_id", "organisation_id", "shape", "span_id", "parent_span_id", "span_name", "request_method", "provider",
             "virtual_key", "sdk_version", "runtime", "runtime_version", "user", "session", "source", "join_key")  # fmt: skip
    log = msgspec.structs.replace(
        log, id=IDS.make(created), created_ms=created, received_ms=created + pick((0, 5, HOUR_MS)), trace_id=f"t{random.randrange(12)}",
        metadata_index=metadata, status=pick(STATUSES), response_ms=pick(FLOATS), tracked=pick((True, True, False)), config=pick(CONFIGS),
        request_url=pick(URLS), request_headers=pick(({}, {"x-portkey-config": CONFIGS[2]}, {"a": "b"})), workspace="default",
        response_headers=pick(({}, {"c": "d"})), warnings=pick(([], [Warning_("provider", "inferred")])), rest=pick((b"", b'{"x":1}')),
        request_rest=pick((b"", b'{"y":"z"}')), response_rest=b"", raw=pick((b"", b'{"raw":true}')), **{name: pick(NAMES) for name in names},
    )  # fmt: skip
    derived = Derived(
        model=pick(NAMES), model_requested=pick(NAMES), kind=pick(KINDS), outcome=pick(OUTCOMES), stream=pick((None, True, False)),
        retry_count=pick((None, 0, 1, 3, -1)), option_path=pick(OPTIONS), cache_status=pick(("", *sum(CACHE_WORDS.values(), ()), "Hit")),
        finish_reason=pick(NAMES), response_id=pick(NAMES), error_type=pick(NAMES), error_message=pick(("", "", "Rate limit reached", *SAID)),
        preview=pick(SAID), response_preview=pick(SAID), cost_source=pick(NAMES), by=pick(NAMES), first_token_ms=pick(FLOATS),
        tools=pick(([], ["search"], ["Search", "a*b"])), tags=pick(([], ["nightly", "x y"])), has=pick(([], [pick(HAS)], ["image", "tools"])),
        **{f"{each}_tokens": pick(NUMBERS) for each in ("input", "output", "total", "cache_read", "cache_write", "reasoning")},
        **{f"{each}cost_usd": pick(FLOATS) for each in ("", "input_", "output_")},
    )  # fmt: skip
    links = Links(pick(NAMES), pick(NAMES), pick(NAMES), pick(NAMES), pick(("", "t1/s1")))
    text = f"{pick(SAID)}\x1f{pick(SAID)}\x1e{pick(SAID)}"
    shapes = pick((b"", b'{"m":1}')), pick((b"", b"null"))
    return Row(n + 1, log, derived, *shapes, text, links, revision=random.randrange(2))


ROWS = make_rows()
RATINGS: Ratings = {"t1": 5.0, "t2": -3.0, "t3": 0.25}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One engine with ROWS in two parts, and RATINGS."""
    folder = Path(tmp_path_factory.mktemp("queries")) / "store"
    store = open_store(folder, memory_bytes_max=2**31, query_memory_bytes_max=2**30, query_seconds_max=30)
    store.apply(ROWS[:120])
    store.apply(ROWS[120:])
    given = {"t1": [(10, 0.5)], "t2": [(-3, 1.0)], "t3": [(1, 1.0), (-1, 0.5)]}
    store.keep_feedback([
        Feedback(IDS.make(NOW_MS), "default", trace, value, weight, json.dumps({}).encode(), NOW_MS, NOW_MS)
        for trace, each in given.items() for value, weight in each
    ])  # fmt: skip
    yield store
    store.close()


def answered(store: Store, q: str) -> list[str]:
    binder = Binder()
    where = condition(read_filter({"q": q}, now_ms=NOW_MS), binder)
    return sorted(to_text(bytes(row[0])) for row in store.select(Statement(f"SELECT id FROM logs WHERE {where}", binder.values)))  # noqa: S608


def expected(q: str) -> list[str]:
    where = read_filter({"q": q}, now_ms=NOW_MS)
    return sorted(cell(row, "id") for row in ROWS if matches(where, row, RATINGS))


# -- queries ---------------------------------------------------------------------------------------------------------

PLAIN = st.sampled_from([name for name in NAMES if name and not set(name) & set(' "*')])
GLOBS = st.sampled_from(["*", "a*", "*B*", "*o*", "über*", "50%*", "*\\*", "*/*", "g*-*h", "日*"])
QUOTED = st.sampled_from([*NAMES, *SAID, "a*", "*"]).map(quote)
TEXT = st.one_of(PLAIN, GLOBS, QUOTED)
REGEXES = st.sampled_from(["^a", "(?i)bob", "[0-9]", r"\.", "^$", "a|b$", "ü", r"\\", r"a\/b", "本", "x{2,3}", ".", "(?i)^gpt-4O", "l i|s.i"])
WORDS = st.sampled_from(["capital", "Capital", "paris", "gpt", "4o", "o3*", "cap*", "日本", "首都", "10", "off", "nothing", "rate", "limi*"])
PHRASES = st.sampled_from(["capital of", "CAPITAL OF France", "rate limit", "of capital", "a/b (c)", "gpt-4o", "10.5 %", "(c)"]).map(quote)
AMOUNTS = {
    "number": ["-1", "0", "1", "3", "2.5"], "count": ["0", "1", "10", "0.5k", "1.5k", "10k"], "money": ["0", "0.05", "5c", "$0.5", "1"],
    "duration": ["0", "12", "800ms", "0.8s", "2s", "1.5m"], "status": ["200", "404", "0", "-1", "500"], "rating": ["5", "-3", "0.25", "0"],
    "time": ["-2h", "now", "today", "yesterday", "2026-11-18", "2026-11-18T09:46", "-9d"],
    "metadata": ["5", "10.5", "-1", "100"],
}  # fmt: skip
TIMES = ["today", "yesterday", "2026-11-18", "2026-11-18T10:06", "1795000000000", "1795000000"]


def of_field(name: str, type_: str) -> st.SearchStrategy[str]:
    """Filters of one field, with every operator that its type takes."""
    found = [st.just(f"{name}:*")] if "*" in TYPES[type_].operators else []
    if "~" in TYPES[type_].operators:
        found.append(REGEXES.map(lambda regex: f"{name}~/{regex}/"))
    if "=" in TYPES[type_].operators and type_ not in AMOUNTS:
        found.append((PLAIN | QUOTED).map(lambda text: f"{name}:={text}"))
    if type_ in AMOUNTS:
        found += amounts(name, type_)
    found.append(st.lists(literals(type_), min_size=1, max_size=3).map(lambda each: f"{name}:{','.join(each)}"))
    return st.one_of(found)


def amounts(name: str, type_: str) -> list[st.SearchStrategy[str]]:
    literal = st.sampled_from(AMOUNTS[type_])
    compared = ["<", "<=", ">", ">="] + (["="] if "=" in TYPES[type_].operators else [])
    ends = (literal | st.just(""), literal | st.just(""))
    return [
        st.tuples(st.sampled_from(compared), literal).map(lambda each: f"{name}:{each[0]}{each[1]}"),
        st.tuples(*ends).filter(any).map(lambda each: f"{name}:{each[0]}..{each[1]}"),
    ]


def literals(type_: str) -> st.SearchStrategy[str]:
    if type_ == "choice":
        return GLOBS | QUOTED
    if type_ == "exact":
        return PLAIN | QUOTED | st.sampled_from(["t1", "T1", "t2"])
    if type_ == "words":
        return WORDS | PHRASES
    if type_ == "status":
        return st.sampled_from([*AMOUNTS["status"], "5xx", "4XX", "2xx"])
    if type_ == "time":
        return st.sampled_from(TIMES)
    if type_ == "id":
        return st.sampled_from([to_text(row.log.id) for row in ROWS[:5]] + ["00000000-0000-7000-8000-000000000000"])
    if type_ in AMOUNTS and type_ != "metadata":
        return st.sampled_from(AMOUNTS[type_])
    return TEXT


def closed(name: str, values: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2).map(lambda each: f"{name}:{','.join(each)}")


def filters_of(field: Any) -> st.SearchStrategy[str]:
    if field.type == "metadata":
        return st.sampled_from(KEYS).flatmap(lambda key: of_field(f"metadata.{quote(key)}", "metadata"))
    if field.type == "part":
        return closed("has", (*PARTS, *(each.name for each in FIELDS), "metadata.env", '"metadata.my key"'))
    if field.type in ("flag", "boolean"):
        return closed(field.name, field.values)
    if field.type == "choice":
        return closed(field.name, field.values) | of_field(field.name, "choice")
    return of_field(field.name, field.type)


BY_FIELD = {field.name: filters_of(field) for field in FIELDS if field.type != "order"}
ATOMS = st.one_of(st.one_of(list(BY_FIELD.values())), WORDS, PHRASES)


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        several.map(lambda each: f"({' '.join(each)})"), several.map(lambda each: f"({' OR '.join(each)})"), inner.map(lambda each: f"-({each})")
    )


QUERIES = st.recursive(ATOMS, grown, max_leaves=6)


def check(store: Store, q: str) -> None:
    try:
        wanted = expected(q)
    except PortlogError as error:
        assert error.kind.slug == "bad-filter" and "ends before" in error.message, q  # the only mistake that is generated
        return
    assert answered(store, q) == wanted, q


@pytest.mark.parametrize("field", sorted(BY_FIELD))
def test_a_filter_on_any_field_selects_what_the_pencil_selects(store: Store, field: str) -> None:
    @given(BY_FIELD[field], st.booleans())
    @settings(max_examples=5)
    def run(q: str, negated: bool) -> None:
        check(store, f"-{q}" if negated else q)

    run()


@given(QUERIES)
@settings(max_examples=80)
@example("-cost:>1 -status:5xx")
@example('metadata.n:"" -metadata.n:*')
@example('model:"a*b"')
@example("user:**,Bob")
@example('-tool:"a*b" tool:*')
@example("has:time is:root")
def test_any_query_selects_what_the_pencil_selects(store: Store, q: str) -> None:
    check(store, q)


@pytest.mark.slow
@given(QUERIES)
@settings(max_examples=1500)
def test_many_queries_select_what_the_pencil_selects(store: Store, q: str) -> None:
    check(store, q)


@pytest.mark.parametrize("flag", FLAGS)
def test_every_mark_is_on_some_logs_and_not_on_others(store: Store, flag: str) -> None:
    assert 0 < len(answered(store, f"is:{flag}")) < len(ROWS)
    assert answered(store, f"-is:{flag}") == expected(f"-is:{flag}")


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_in_some_logs_and_not_in_others(store: Store, part: str) -> None:
    assert 0 < len(answered(store, f"has:{part}")) < len(ROWS)


def test_the_pencil_sees_every_column_as_the_engine_does(store: Store) -> None:
    """What it reads from a row is what the store holds of it."""
    found = store.select(sql.page(ListQuestion("default", AllOf(()), "created_at", True, 1000, 0, None, False), since_ms=None))
    stored = {bytes(row[0]): dict(zip(sql.LIGHT_NAMES, row, strict=True)) for row in found}
    light = [column.name for column in COLUMNS if not column.heavy and column.name not in ("id", "metadata", "status")]
    for row in ROWS:
        for name in light:
            assert cell(row, name) == stored[row.log.id][name], name
        assert row.log.metadata_index == stored[row.log.id]["metadata"]


def test_a_regular_expression_that_the_engine_cannot_hold_is_refused_by_it_as_a_question_that_is_too_large(store: Store) -> None:
    question = ListQuestion("default", Matches("model", "(((a{100}){100}){100})"), "created_at", True, 10, 0, None, False)
    with pytest.raises(PortlogError) as refused:
        store.select(sql.page(question, since_ms=None))
    assert (refused.value.kind.slug, refused.value.kind.status) == ("query-limit", 400)
