"""Free SQL, mutated: what is dangerous is refused wherever in a statement it stands, and no soup of tokens shows what it must not."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portlog.errors import PortlogError
from portlog.query.free import _canonical
from portlog.store import Reader, open_store
from tests.contract.test_free_sql import OURS, PASSWD, SECRET, THEIRS, logs_of


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A reader of one workspace of two."""
    folder = tmp_path_factory.mktemp("fuzz")
    store = open_store(folder / "store", memory_bytes_max=2**31, query_memory_bytes_max=2**28, query_seconds_max=600)
    store.apply([*logs_of(OURS, 5, "horse", 1), *logs_of(THEIRS, 5, SECRET, 11)])
    with store.reader(OURS, rows_max=50, bytes_max=2**20) as reader:
        yield reader
    store.close()


# -- what is dangerous, anywhere -----------------------------------------------------------------------------

_SCALARS = (
    "file('/etc/passwd')", "`file`('/etc/passwd')", "arrayMap(file, ['/etc/passwd'])[1]", "arrayMap(x -> file(x), ['/etc/passwd'])[1]",
    "getSetting('readonly')", "hostName()", "currentDatabase()", "@@version", "sleep(1)", "dictGet('a', 'b', 1)",
    "joinGet('default.logs', 'text', 1)", "(1 IN default.logs)", "('x' NOT IN `default`.logs)", "(0 GLOBAL IN system.one)",
    "aiGenerate('a', 'b')", "default.logs.text", "{p0:String}", "hasColumnInTable('default', 'logs', 'x')", "__getScalar('x')",
)  # fmt: skip
_TABLES = (
    "default.logs", "`default`.`logs`", "system.tables", "migrations", "ask.logs", "file('/etc/passwd', 'LineAsString')",
    "url('http://127.0.0.1:1', 'LineAsString')", "merge('default', '.*')", "Python(reader)", "view(SELECT 1)", "executable('x', 'CSV', 'a String')",
    "mergeTreeIndex(default, logs)", "loop(default.logs)", "eval('SELECT 1')", "input('a Int8')", "information_schema.tables",
)  # fmt: skip
_SPACES = st.sampled_from([" ", "\n", "\t", "/* x */", " /**/ ", " -- x\n", " # x\n"])


def _wrapped_scalar(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        inner.map(lambda e: f"toString({e})"),
        inner.map(lambda e: f"if(1, {e}, {e})"),
        inner.map(lambda e: f"(SELECT {e})"),
        inner.map(lambda e: f"[{e}]"),
        inner.map(lambda e: f"({e}, 1)"),
        inner.map(lambda e: f"arrayMap(y -> {e}, [1])"),
        inner.map(lambda e: f"CASE WHEN {e} = '' THEN 1 ELSE 2 END"),
        inner.map(lambda e: f"max({e}) OVER (ORDER BY {e})"),
        inner.map(lambda e: f"sumIf(1, {e} = '')"),
        inner.map(lambda e: f"{e} IN (SELECT {e})"),
        inner.map(lambda e: f"CAST({e} AS String)"),
        inner.map(lambda e: f"({e})::String"),
        inner.map(lambda e: f"EXISTS(SELECT {e})"),
        inner.map(lambda e: f"{e} AS `a b`"),
    )


_SCALAR = st.recursive(st.sampled_from(_SCALARS), _wrapped_scalar, max_leaves=3)
_TABLE = st.sampled_from(_TABLES)
_STATEMENTS = st.one_of(
    _SCALAR.map(lambda e: f"SELECT {e}"),
    _SCALAR.map(lambda e: f"SELECT 1 FROM logs WHERE {e} = ''"),
    _SCALAR.map(lambda e: f"SELECT 1 FROM logs AS a JOIN bodies AS b ON a.id = b.id AND {e} = ''"),
    _SCALAR.map(lambda e: f"SELECT 1 FROM logs GROUP BY {e} HAVING {e} = ''"),
    _SCALAR.map(lambda e: f"SELECT 1 FROM logs ORDER BY {e} DESC LIMIT 1 BY {e}"),
    _SCALAR.map(lambda e: f"WITH {e} AS x SELECT x"),
    _SCALAR.map(lambda e: f"SELECT * REPLACE({e} AS id) FROM logs"),
    _SCALAR.map(lambda e: f"SELECT 1 FROM logs ARRAY JOIN [{e}] AS z"),
    _SCALAR.map(lambda e: f"SELECT * FROM values('a String', {e})"),
    _SCALAR.map(lambda e: f"SELECT 1 UNION ALL (SELECT 2 EXCEPT SELECT {e})"),
    _TABLE.map(lambda t: f"SELECT * FROM {t}"),
    _TABLE.map(lambda t: f"SELECT * FROM logs, {t}"),
    _TABLE.map(lambda t: f"SELECT * FROM (SELECT * FROM {t}) AS logs"),
    _TABLE.map(lambda t: f"WITH logs AS (SELECT * FROM {t}) SELECT * FROM logs"),
    _TABLE.map(lambda t: f"SELECT 1 WHERE 1 IN (SELECT 1 FROM {t})"),
    _TABLE.map(lambda t: f"SELECT 1 UNION ALL SELECT count() FROM {t} FINAL"),
    _TABLE.map(lambda t: f"WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r, {t} WHERE n < 3) SELECT * FROM r"),
)


@st.composite
def _dangerous(draw: st.DrawFn) -> str:
    """A statement with something dangerous in it, written in an odd way."""
    pieces = draw(_STATEMENTS).split(" ")
    text = pieces[0]
    for piece in pieces[1:]:
        text += draw(_SPACES) + piece
    return text + draw(st.sampled_from(["", ";", " -- end", "\n;\n"]))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_dangerous())
def test_what_is_dangerous_is_refused_wherever_it_stands(reader: Reader, text: str) -> None:
    with pytest.raises(PortlogError) as error:
        _canonical(reader, text)
    assert error.value.kind.slug == "bad-sql"
    assert PASSWD not in error.value.message and SECRET not in error.value.message


# -- soup ------------------------------------------------------------------------------------------------------

_WORDS = (
    "SELECT", "FROM", "WHERE", "WITH", "AS", "UNION", "ALL", "JOIN", "ON", "IN", "(", ")", ",", "*", ".", "->", "::", "=", "'", "`", "1",
    "logs", "bodies", "feedback", "metadata", "default", "system", "ask", "id", "request_text", "x", "count()", "file", "'/etc/passwd'",
    "numbers(3)", "merge('default','.*')", "SETTINGS", "FORMAT", "JSON", "INTO OUTFILE", "APPLY", "arrayMap", "default.logs", "[", "]",
    "EXCEPT", "ORDER BY", "LIMIT", "OVER", "FINAL", "ARRAY JOIN", "EXPLAIN", "INSERT INTO", ";", "--", "/*", "*/", "{p:String}", "\0", "\\",
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(_WORDS), max_size=14).map(" ".join) | st.text(max_size=40))
def test_no_soup_of_tokens_shows_what_it_must_not(reader: Reader, text: str) -> None:
    """Begun like a question, so that some of it is one."""
    for statement in (text, f"SELECT {text}", f"SELECT * FROM logs {text}"):
        try:
            answer = reader.answer(_canonical(reader, statement))
        except PortlogError as error:
            assert error.kind.slug in ("bad-sql", "query-limit")
            shown = error.message
        else:
            shown = json.dumps([answer.columns, answer.rows])
        assert SECRET not in shown and PASSWD not in shown
