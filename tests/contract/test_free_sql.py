"""Free SQL reads the views of one workspace and nothing else: no files, no network, no settings, no machine, no writing."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError

from portlog.applier import row_of
from portlog.errors import PortlogError
from portlog.query import free
from portlog.query.free.permitted import HARMLESS_NAMES, functions, may_call
from portlog.schema.feedback import Feedback
from portlog.schema.ids import LogIds
from portlog.senders import wire
from portlog.store import Asking, Cancelled, Statement, Store, open_store, sql
from portlog.store.reader import BODY_BYTES_MAX, refusal
from tests.samples import NOW_MS, chat

OURS, THEIRS = "default", "theirs"
SECRET = "zebra"  # in every text of the other workspace
PASSWD = "root:x:0"


def logs_of(workspace: str, count: int, word: str, first_seq: int) -> list[Any]:
    ids, made = LogIds(), []
    for number in range(count):
        body = chat(f"{word} question {number}", f"{word} answer", metadata={"env": word, "_user": f"{word}-{number % 3}"})
        [log] = wire.parse(json.dumps(body).encode(), wire.Context(received_ms=NOW_MS), wire.Limits(10), ids)
        made.append(row_of(first_seq + number, msgspec.structs.replace(log, workspace=workspace)))
    return made


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Logs and feedback of two workspaces, a file beside them."""
    folder = tmp_path_factory.mktemp("free")
    store = open_store(folder / "store", memory_bytes_max=2**31, query_memory_bytes_max=2**30, query_seconds_max=60)
    store.apply([*logs_of(OURS, 30, "horse", 1), *logs_of(THEIRS, 70, SECRET, 101)])
    given = [
        Feedback(id=LogIds().make(NOW_MS), workspace=workspace, trace_id=f"{word}-trace", value=5, weight=0.5,
                 metadata=b'{"by":"%s"}' % word.encode(), created_ms=NOW_MS, updated_ms=NOW_MS)
        for workspace, word in ((OURS, "horse"), (THEIRS, SECRET))
    ]  # fmt: skip
    store.keep_feedback(given)
    yield store
    store.close()


def ask(store: Store, text: str, rows_max: int = 1000, workspace: str = OURS) -> dict[str, Any]:
    return free.answer_sql(store, free.SqlQuestion(workspace, text, rows_max))


def refused(store: Store, text: str) -> str:
    with pytest.raises(PortlogError) as error:
        ask(store, text)
    assert error.value.kind.slug == "bad-sql"
    return error.value.message


# -- what is refused -----------------------------------------------------------------------------------------

ATTACKS = (
    # files
    "SELECT file('/etc/passwd')",
    "SELECT File('/etc/passwd')",
    "SELECT `file`('/etc/passwd')",
    "SELECT/**/file/**/('/etc/passwd')",
    "SELECT file('/etc/passwd') -- SELECT 1",
    "SELECT arrayMap(file, ['/etc/passwd'])",
    "SELECT arrayMap(`file`, ['/etc/passwd'])",
    "SELECT arrayMap(x -> file(x), ['/etc/passwd'])",
    "WITH file AS f SELECT arrayMap(f, ['/etc/passwd'])",
    "WITH x -> file(x) AS f SELECT arrayMap(f, ['/etc/passwd'])",
    "SELECT arrayFold(file, ['/etc/passwd'], '')",
    "SELECT mapApply(file, map('/etc/passwd', 1))",
    "SELECT * APPLY(file) FROM (SELECT '/etc/passwd' AS x)",
    "SELECT * APPLY(x -> file(x)) FROM (SELECT '/etc/passwd' AS x)",
    "SELECT COLUMNS('x') APPLY file FROM (SELECT '/etc/passwd' AS x)",
    "SELECT * REPLACE(file('/etc/passwd') AS x) FROM (SELECT '' AS x)",
    "SELECT x FROM numbers(1) ORDER BY number WITH FILL FROM 0 TO 2 INTERPOLATE (x AS file('/etc/passwd'))",
    "SELECT 1 FROM logs ORDER BY file('/etc/passwd')",
    "SELECT 1 FROM logs GROUP BY file('/etc/passwd')",
    "SELECT 1 FROM logs LIMIT 1 BY file('/etc/passwd')",
    "SELECT 1 FROM logs HAVING file('/etc/passwd') != ''",
    "SELECT 1 FROM logs PREWHERE file('/etc/passwd') != ''",
    "SELECT 1 FROM logs QUALIFY file('/etc/passwd') != ''",
    "SELECT sum(1) OVER (PARTITION BY file('/etc/passwd')) FROM logs",
    "SELECT sum(1) OVER w FROM logs WINDOW w AS (ORDER BY file('/etc/passwd'))",
    "SELECT 1 FROM logs JOIN bodies ON file('/etc/passwd') = ''",
    "SELECT 1 FROM logs ARRAY JOIN [file('/etc/passwd')] AS x",
    "SELECT (SELECT (SELECT file('/etc/passwd')))",
    "SELECT 1 UNION ALL SELECT file('/etc/passwd')",
    "SELECT 1 INTERSECT SELECT file('/etc/passwd')",
    "SELECT 1 WHERE EXISTS(SELECT file('/etc/passwd'))",
    "WITH file('/etc/passwd') AS x SELECT x",
    "SELECT quantile(file('/etc/passwd'))(1)",
    "SELECT * FROM values('a String', file('/etc/passwd'))",
    "SELECT * FROM numbers(length(file('/etc/passwd')))",
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT * FROM fileCluster('default', '/etc/passwd', 'LineAsString')",
    "SELECT * FROM filesystem('/etc')",
    "SELECT * FROM format('LineAsString', 'x')",
    "SELECT * FROM icebergLocal('/etc')",
    "SELECT * FROM deltaLakeLocal('/etc')",
    "SELECT * FROM sqlite('/etc/x', 'y')",
    "SELECT 1 INTO OUTFILE '/etc/x'",
    "SELECT 1 INTO OUTFILE '/etc/x' TRUNCATE",
    "INSERT INTO FUNCTION file('/etc/x') SELECT 1",
    "INSERT INTO logs FROM INFILE '/etc/passwd' FORMAT CSV",
    "SELECT * FROM eval('SELECT 1')",
    # programs, network, other machines
    "SELECT * FROM executable('x', 'CSV', 'a String')",
    "SELECT * FROM url('http://127.0.0.1:1/x', 'LineAsString')",
    "SELECT * FROM s3('http://127.0.0.1/x/y', 'CSV', 'a String')",
    "SELECT * FROM remote('127.0.0.1', 'default.logs')",
    "SELECT * FROM cluster('default', 'default.logs')",
    "SELECT * FROM clusterAllReplicas('default', 'default.logs')",
    "SELECT * FROM mysql('a', 'b', 'c', 'd', 'e')",
    "SELECT * FROM postgresql('a', 'b', 'c', 'd', 'e')",
    "SELECT * FROM mongodb('127.0.0.1:1', 'a', 'b', 'c', 'd', 'e Int8')",
    "SELECT * FROM redis('127.0.0.1:1', 'a', 'a String')",
    "SELECT * FROM jdbc('a', 'b', 'c')",
    "SELECT * FROM hdfs('hdfs://x:1/a', 'CSV', 'a String')",
    "SELECT aiGenerate('c', 'x')",
    "SELECT AIGenerate('c', 'x')",
    # this process
    "SELECT * FROM Python(store)",
    "SELECT * FROM python('store')",
    "SELECT * FROM store",
    "SELECT sleep(1)",
    "SELECT sleepEachRow(1) FROM numbers(3)",
    "SELECT getSetting('max_execution_time')",
    "SELECT getServerSetting('max_server_memory_usage')",
    "SELECT hostName()", "SELECT FQDN()", "SELECT version()", "SELECT currentUser()", "SELECT user()", "SELECT serverUUID()",
    "SELECT uptime()", "SELECT tcpPort()", "SELECT filesystemCapacity()", "SELECT currentDatabase()", "SELECT DATABASE()",
    "SELECT @@version", "SELECT getMacro('x')", "SELECT showCertificate()", "SELECT queryID()", "SELECT buildId()",
    "SELECT addressToLine(1)", "SELECT logTrace('x')", "SELECT throwIf(1)", "SELECT generateSerialID('x')",
    "SELECT timezone()", "SELECT getOSKernelVersion()", "SELECT __getScalar('x')", "SELECT evalMLMethod('x', 1)",
    "SELECT catboostEvaluate('/etc/x', 1)",
    # other tables, other workspaces
    "SELECT * FROM default.logs",
    "SELECT * FROM `default`.`logs`",
    "SELECT * FROM \"default\".logs",
    "SELECT * FROM ask.logs",
    "SELECT * FROM `default.logs`",
    "SELECT * FROM (SELECT * FROM default.logs)",
    "SELECT 1 UNION ALL SELECT count() FROM default.logs",
    "WITH t AS (SELECT * FROM default.logs) SELECT * FROM t",
    "WITH t AS (SELECT 1) SELECT * FROM t, default.logs",
    "SELECT * FROM (WITH migrations AS (SELECT 1) SELECT * FROM migrations), migrations",
    "WITH logs AS (SELECT * FROM default.logs) SELECT * FROM logs",
    "SELECT * FROM logs AS a JOIN default.logs AS b ON a.id = b.id",
    "SELECT 'x' IN default.logs",
    "SELECT 'x' IN (default.logs)",
    "SELECT 'x' GLOBAL NOT IN default.logs",
    "SELECT 'x' IN (SELECT workspace FROM default.logs)",
    "SELECT in('x', default.logs)",
    "SELECT nullIn('x', `default`.logs)",
    "SELECT 1 FROM logs AS default WHERE 'x' IN default.logs",
    "WITH default.logs AS t SELECT 'x' IN t",
    "SELECT default.logs.text FROM logs",
    "SELECT default.logs.* FROM logs",
    "SELECT * FROM migrations",
    "SELECT * FROM system.processes",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM INFORMATION_SCHEMA.TABLES",
    "SELECT 0 IN system.one",
    "SELECT * FROM merge('default', '.*')",
    "SELECT * FROM merge('.*')",
    "SELECT * FROM loop(default.logs)",
    "SELECT * FROM view(SELECT * FROM default.logs)",
    "SELECT * FROM viewIfPermitted(SELECT 1 ELSE null('a Int8'))",
    "SELECT * FROM viewExplain('EXPLAIN', '', (SELECT 1))",
    "SELECT * FROM mergeTreeIndex(default, logs)",
    "SELECT * FROM mergeTreeTextIndex('default', 'logs', 'words_index')",
    "SELECT * FROM mergeTreeProjection('default', 'logs', 'x')",
    "SELECT * FROM dictionary('x')",
    "SELECT * FROM input('a Int8')",
    "SELECT * FROM generateRandom('a Int8')",
    "SELECT dictGet('x', 'y', 1)",
    "SELECT dictGetOrDefault('x', 'y', 1, 2)",
    "SELECT joinGet('default.logs', 'text', 1)",
    "SELECT joinGetOrNull(default.logs, 'text', 1)",
    "SELECT hasColumnInTable('default', 'logs', 'x')",
    "SELECT regionToName(1)",
    # statements
    "INSERT INTO logs VALUES (1)",
    "INSERT INTO default.logs SELECT * FROM default.logs",
    "DROP TABLE default.logs",
    "ALTER TABLE default.logs DELETE WHERE 1",
    "DELETE FROM default.logs WHERE 1",
    "UPDATE default.logs SET workspace = 'default' WHERE 1",
    "TRUNCATE default.logs",
    "OPTIMIZE TABLE default.logs FINAL",
    "CREATE TABLE default.t (a Int8) ENGINE = Memory",
    "CREATE TEMPORARY TABLE t (a Int8)",
    "CREATE VIEW ask.x AS SELECT 1",
    "CREATE FUNCTION f AS x -> x",
    "CREATE USER u",
    "GRANT ALL ON *.* TO default",
    "ATTACH TABLE z FROM '/etc'",
    "BACKUP TABLE default.logs TO File('/etc/x')",
    "RENAME TABLE default.logs TO default.x",
    "EXCHANGE TABLES default.logs AND ask.logs",
    "SYSTEM SHUTDOWN",
    "SYSTEM FLUSH LOGS",
    "KILL QUERY WHERE 1",
    "USE system",
    "SET readonly = 0",
    "SET additional_table_filters = {}",
    "SHOW TABLES",
    "SHOW CREATE TABLE default.logs",
    "DESCRIBE default.logs",
    "EXISTS TABLE default.logs",
    "CHECK TABLE default.logs",
    "EXPLAIN SELECT 1",
    "EXPLAIN ESTIMATE SELECT * FROM default.logs",
    "EXECUTE AS default SELECT 1",
    "BEGIN TRANSACTION",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE default.logs",
    "SELECT 1 PARALLEL WITH SELECT 2",
    # settings, formats, parameters
    "SELECT 1 SETTINGS readonly = 0",
    "SELECT 1 SETTINGS additional_table_filters = {}",
    "SELECT * FROM (SELECT 1 SETTINGS max_execution_time = 0)",
    "SELECT 1 FORMAT JSON",
    "SELECT 1 FORMAT Null SETTINGS max_threads = 9",
    "SELECT {p0:String}",
    "SELECT * FROM {p0:Identifier}",
    "SELECT formatRow('CSV', 1)",
    "SELECT * FROM logs STREAM",
    "SELECT 1 \0 FROM logs",
)


@pytest.mark.parametrize("text", ATTACKS)
def test_what_is_no_question_over_the_views_is_refused_in_a_sentence(store: Store, text: str) -> None:
    message = refused(store, text)
    assert message.startswith("sql: ") and len(message) < 800
    assert PASSWD not in message and SECRET not in message
    assert "parseQueryToJSON" not in message


def test_there_are_many_attacks() -> None:
    assert len(set(ATTACKS)) == len(ATTACKS) > 150


# -- what is answered ----------------------------------------------------------------------------------------


def test_each_view_has_the_columns_that_it_is_documented_with(store: Store) -> None:
    for view in sql.VIEWS:
        columns = ask(store, f"SELECT * FROM {view.name} LIMIT 0")["columns"]
        assert [(c["name"], c["type"]) for c in columns] == [(c.name, c.type) for c in view.columns]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("SELECT count() FROM logs", [[30]]),
        ("SELECT count(), min(created_at) = max(created_at) FROM logs", [[30, 1]]),
        ("SELECT count() FROM bodies", [[30]]),
        ("SELECT count(), sum(weighted) FROM feedback", [[1, 2.5]]),
        ("SELECT key, value, count() FROM metadata GROUP BY key, value HAVING key = 'env'", [["env", "horse", 30]]),
        ("SELECT groupUniqArray(metadata['env']) FROM logs", [[["horse"]]]),
        ("SELECT count() FROM bodies WHERE hasAllTokens(words, 'horse')", [[30]]),
        (f"SELECT count() FROM bodies WHERE hasAllTokens(words, '{SECRET}')", [[0]]),
        (f"SELECT count() FROM bodies WHERE words LIKE '%{SECRET}%'", [[0]]),
        (f"SELECT count() FROM logs WHERE user LIKE '{SECRET}%' OR 1 = 1", [[30]]),
        ("SELECT count() FROM logs a JOIN logs b ON a.counts = b.counts", [[900]]),
        ("SELECT count() FROM logs a FULL JOIN bodies b ON a.id = b.id", [[30]]),
        ("SELECT count() FROM logs, metadata", [[30 * 2 * 30]]),
        ("SELECT count() FROM logs WHERE id IN (SELECT id FROM bodies)", [[30]]),
        ("SELECT count() FROM logs WHERE id IN (SELECT id FROM bodies WHERE created_at > '1970-01-01')", [[30]]),
        ("WITH w AS (SELECT id FROM logs) SELECT count() FROM w", [[30]]),
        ("WITH logs AS (SELECT 1 AS one) SELECT * FROM logs", [[1]]),
        ("WITH w AS (SELECT 1 AS n) SELECT n FROM w UNION ALL SELECT n + 1 FROM w ORDER BY 1", None),
        ("WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT max(n) FROM r", [[3]]),
        ("SELECT count() FROM logs FINAL", [[30]]),
        ("SELECT sum(c) FROM (SELECT count() AS c FROM logs UNION ALL SELECT count() FROM feedback)", [[31]]),
        ("SELECT exists(SELECT 1 FROM logs WHERE model = '') AS none", [[0]]),
        ("SELECT sumIf(1, counts = 1), countDistinct(user), quantiles(0.5)(latency_ms) FROM logs", [[30, 3, [412]]]),
        ("SELECT user, row_number() OVER (PARTITION BY user ORDER BY id) AS n FROM logs QUALIFY n = 1 ORDER BY user",
         [["horse-0", 1], ["horse-1", 1], ["horse-2", 1]]),
        ("SELECT arrayMap(x -> x * 2, [1, 2]), arrayMap(upper, ['a'])", [[[2, 4], ["A"]]]),
        ("SELECT * APPLY(max) FROM (SELECT counts, stream FROM logs)", None),
        ("SELECT CASE counts WHEN 1 THEN 'a' ELSE 'b' END AS c, c::String || 'x' FROM logs LIMIT 1", [["a", "ax"]]),
        ("SELECT number FROM numbers(3); -- three", [[0], [1], [2]]),
        ("FROM logs SELECT count()", [[30]]),
        ("SELECT 'LIMIT 0', '{p0:String}', '%s', 'FORMAT JSON', '\\0'", [["LIMIT 0", "{p0:String}", "%s", "FORMAT JSON", "\0"]]),
        ("SELECT request_text, response_text FROM bodies ORDER BY request_text LIMIT 1", [["horse question 0", "horse answer"]]),
    ],
)  # fmt: skip
def test_questions_are_answered_from_their_own_workspace(store: Store, text: str, rows: list[Any] | None) -> None:
    reply = ask(store, text)
    assert rows is None or reply["rows"] == rows
    assert SECRET not in json.dumps(reply["rows"])


@pytest.mark.parametrize("view", ["logs", "bodies", "feedback", "metadata"])
def test_nothing_of_another_workspace_is_in_any_column(store: Store, view: str) -> None:
    """And each sees its own, so the bounds are no accident."""
    assert SECRET not in json.dumps(ask(store, f"SELECT * FROM {view}"))
    theirs = json.dumps(ask(store, f"SELECT * FROM {view}", workspace=THEIRS))
    assert SECRET in theirs and "horse" not in theirs


@pytest.mark.parametrize("workspace", ["", "nobody", "theirs' OR 1 = 1 --", "x\\' OR '1", "\0", "é☃", "}"])
def test_a_workspace_is_a_value_whatever_its_name(store: Store, workspace: str) -> None:
    assert ask(store, "SELECT count() FROM logs", workspace=workspace)["rows"] == [[0]]


def test_values_are_as_json_has_them(store: Store) -> None:
    text = (
        "SELECT toDateTime64('2026-11-22 10:00:00.123', 3, 'UTC'), toDate('2026-11-22'), 18446744073709551615,"
        " toUInt256('115792089237316195423570985008687907853269984665640564039457584007913129639935'), nan, NULL,"
        " map('a', 1), (1, 'x'), true, unhex('ff'), toDecimal32(1.5, 1), toIPv4('1.2.3.4'), sipHash64(1) > 0"
    )
    reply = ask(store, text)
    expected = [
        "2026-11-22T10:00:00.123Z", "2026-11-22", 2**64 - 1, 2**256 - 1, None, None, {"a": 1}, [1, "x"], True, "\ufffd", 1.5,
        "1.2.3.4", 1,
    ]  # fmt: skip
    assert reply["rows"] == [expected]
    assert [c["type"] for c in reply["columns"]][:2] == ["DateTime64(3, 'UTC')", "Date"]


def test_further_rows_are_left_out_and_told(store: Store) -> None:
    reply = ask(store, "SELECT number FROM numbers(11)", 10)
    assert (reply["row_count"], len(reply["rows"]), reply["truncated"]) == (10, 10, True)
    assert ask(store, "SELECT number FROM numbers(10)", 10)["truncated"] is False
    assert ask(store, "SELECT number FROM numbers(100) LIMIT 5", 10)["rows"] == [[n] for n in range(5)]


def test_a_reply_has_so_many_bytes_and_no_more(store: Store) -> None:
    reply = ask(store, f"SELECT repeat('x', 1000000) FROM numbers({free.REPLY_BYTES_MAX // 1_000_000 + 5})")
    assert reply["truncated"] and reply["row_count"] == free.REPLY_BYTES_MAX // 1_000_000
    for text in ("repeat('x', 1000000)", "repeat(char(97 + number % 9), 1000000)"):  # counted by us, and by the engine
        with pytest.raises(PortlogError, match="too many bytes") as error:
            ask(store, f"SELECT {text} FROM numbers({BODY_BYTES_MAX // 1_000_000 + 5})")
        assert error.value.kind.slug == "query-limit"


def test_words_are_answered_by_the_text_index(store: Store) -> None:
    with store.reader(OURS, rows_max=100, bytes_max=2**20) as reader:
        plan = reader.select(Statement("EXPLAIN indexes = 1 SELECT id FROM bodies WHERE hasAllTokens(words, 'horse')", {}))
    assert "words_index" in str(plan)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT", "Syntax error"),
        ("SELECT nope FROM logs", "nope"),
        ("SELECT uniqExac(user) FROM logs", "did you mean uniqexact?"),
        ("SELECT 1 + 'a'", "Illegal types"),
        ("SELECT * FROM log", "logs, bodies, feedback, metadata can be read"),
        ("SELECT 1 SETTINGS readonly = 0", "SETTINGS is not allowed"),
        ("DROP TABLE logs", "only a SELECT"),
    ],
)
def test_what_is_wrong_is_said(store: Store, text: str, said: str) -> None:
    assert said in refused(store, text)


def test_the_engines_words_name_no_place_on_this_machine(store: Store, tmp_path: Path) -> None:
    directory = str(store._path.resolve())  # type: ignore[attr-defined]
    error = refusal(ClickHouseError(f"Code: 1. DB::Exception: cannot open {directory}/x: In scope SELECT 1 (E)\nmore"), directory)
    assert error.message == "sql: cannot open …/x"


# -- the three layers, each for itself -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM url('http://127.0.0.1:1/x', 'LineAsString')",
        "SELECT * FROM remote('127.0.0.1', 'default.logs')",
        "SELECT * FROM mysql('a', 'b', 'c', 'd', 'e')",
        "SELECT * FROM mongodb('127.0.0.1:1', 'a', 'b', 'c', 'd', 'e Int8')",
        "SELECT * FROM redis('127.0.0.1:1', 'a', 'a String')",
        "SELECT * FROM hdfs('hdfs://x:1/a', 'CSV', 'a String')",
        "SELECT * FROM jdbc('a', 'b', 'c')",
        "SELECT * FROM s3('http://127.0.0.1:1/bucket/x', 'CSV', 'a String')",
        "CREATE USER u",
        "GRANT ALL ON *.* TO default",
        "CREATE FUNCTION f AS x -> x",
        "CREATE DATABASE elsewhere",
        "CREATE NAMED COLLECTION c AS a = 1",
        "CREATE TABLE default.t (a Int8) ENGINE = URL('http://127.0.0.1:1/x')",
        "BACKUP TABLE default.logs TO File('x')",
    ],
)
def test_the_whole_program_has_no_right_to_what_it_does_not_need(store: Store, text: str) -> None:
    """Layer one: even over our own connection, which nothing confines."""
    with pytest.raises(PortlogError, match=r"(?i)privileges"):
        store.select(Statement(text, {}))


@pytest.mark.parametrize(
    "text",
    [
        "SET readonly = 0",
        "SET additional_table_filters = {}",
        "SET max_result_bytes = 0",
        "SELECT 1 SETTINGS additional_table_filters = {}",
        "SELECT 1 SETTINGS max_execution_time = 0",
        "INSERT INTO default.logs (id) VALUES ('x')",
        "DROP TABLE default.logs",
        "DROP VIEW ask.logs",
        "TRUNCATE default.feedback",
        "CREATE TEMPORARY TABLE t (a Int8)",
        "ALTER TABLE default.logs DELETE WHERE 1",
        "SYSTEM FLUSH LOGS",
    ],
)
def test_a_readers_connection_can_neither_write_nor_be_opened_up(store: Store, text: str) -> None:
    """Layer two: whatever would pass the third."""
    with store.reader(OURS, rows_max=10, bytes_max=2**20) as reader:
        with pytest.raises(PortlogError, match=r"(?i)readonly|privileges"):
            reader.select(Statement(text, {}))
        assert reader.answer("SELECT count() FROM logs").rows == [[30]]


def test_a_readers_connection_sees_its_workspace_in_the_tables_themselves(store: Store) -> None:
    with store.reader(OURS, rows_max=10, bytes_max=2**20) as reader:
        assert reader.answer("SELECT count() FROM default.logs").rows == [[30]]
        assert reader.answer("SELECT count() FROM default.feedback").rows == [[1]]
        assert reader.answer("SELECT groupUniqArray(workspace) FROM default.logs").rows == [[[OURS]]]
    assert store.select(Statement("SELECT count() FROM logs", {})) == [(100,)]  # other connections are as they were


def test_a_connection_that_is_not_confined_answers_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portlog.store.sql.views.confine", lambda workspace, settings: ("USE ask",))
    with (
        pytest.raises(PortlogError, match="did not take the bounds"),
        store.reader(OURS, rows_max=10, bytes_max=2**20),
    ):
        pass


def test_a_function_that_the_engine_has_and_we_do_not_know_is_refused(store: Store) -> None:
    """The list is of what is allowed: all that it names exists, and nothing of the kinds that reach out is on it."""
    known = store.select(
        Statement("SELECT name, case_insensitive, if(alias_to = '', categories, ''), is_aggregate FROM system.functions", {})
    )
    names = {name.lower() for name, *_ in known}
    listed = {each for section, names_ in functions().items() if section != "of the grammar" for each in names_}
    assert listed - names == set()
    forbidden = ("AI", "Dictionary", "Embedded Dictionary", "Encryption", "Introspection", "Machine Learning")
    assert [name for name, _, kind, _ in known if kind in forbidden and may_call(name)] == []
    reaching = re.compile("file|^dict|^joinGet|sleep|[gs]etting|host|server|current(?!_date|_timestamp)|^ai[A-Z]|^__|trace|macro|serverUUID")
    assert [n for n, *_ in known if reaching.search(n) and may_call(n)] == []


def test_no_column_of_a_view_is_a_function_that_could_do_harm(store: Store) -> None:
    """For where a function's name may stand, a column's may, and those are not asked about."""
    columns = {column.name for view in sql.VIEWS for column in view.columns}
    known = {name.lower() for (name,) in store.select(Statement("SELECT name FROM system.functions", {}))}
    assert {name for name in columns if name.lower() in known and not may_call(name)} <= HARMLESS_NAMES


# -- limits ----------------------------------------------------------------------------------------------------


def test_a_question_that_takes_too_long_or_too_much_names_the_setting(tmp_path: Path, store: Store) -> None:
    asked = store.asked(Asking(0.5).begin())
    with pytest.raises(PortlogError, match="query_seconds_max") as slow:
        ask(asked, "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1")
    with pytest.raises(PortlogError, match="query_memory_bytes_max") as large:
        ask(store, "SELECT length(groupArray(number)) FROM numbers(1000000000)")
    assert {error.value.kind.slug for error in (slow, large)} == {"query-limit"}


def test_a_question_that_is_given_up_ends_in_the_engine(store: Store) -> None:
    asking, ended = Asking(3600), threading.Event()
    asked = store.asked(asking.begin())

    def run() -> None:
        with pytest.raises(Cancelled):
            ask(asked, "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1")
        ended.set()

    thread = threading.Thread(target=run)
    thread.start()
    busy = Statement("SELECT count() FROM system.processes WHERE query LIKE 'SELECT count() FROM numbers(1000000000000)%'", {})
    while not store.select(busy)[0][0]:
        pass
    store.cancel(asking)
    thread.join(60)
    assert ended.is_set()
