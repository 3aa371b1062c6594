"""`portlog query`, `tail`, `sql`: against a server, and on a data directory that no server has open."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import Server, environment, portlog
from tests.samples import chat

HOSTILE = "\x1b[2Jcleared \u202eturned \x9b31m \x07 =cmd()"
PATIENT = {"read_wait_ms": 60_000, "apply_interval_ms": 0, "log_level": "warning"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("asked") / "data", PATIENT)
    bad = chat("too many", response={"status": 429, "headers": {}, "body": {"error": {"message": HOSTILE}}, "response_time": 5})
    server.post([*(chat(f"question {n}", metadata={"_user": f"u{n % 2}"}) for n in range(130)), bad, chat(HOSTILE)])
    try:
        yield server
    finally:
        server.kill()


def told(server: Server, *words: str, status: int = 0) -> str:
    done = portlog(*words, "--server", server.url, cwd=server.data.parent)
    assert done.returncode == status, (done.stdout, done.stderr)
    return done.stdout if status == 0 else done.stderr


def lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def safe(text: str) -> bool:
    return not set(text) & set("\x1b\x9b\x07\u202e")


def test_logs_are_found_and_hostile_ones_are_spelt_out(server: Server) -> None:
    shown = told(server, "query", "status:>=400")
    assert "429" in shown and "\\x1b[2Jcleared \\u202eturned" in shown and safe(shown)
    assert safe(told(server, "query", "--json", "--limit", "200"))
    assert len(told(server, "query").splitlines()) == 51


def test_pages_are_joined_up_to_the_limit(server: Server) -> None:
    rows = lines(told(server, "query", "user:u0,u1", "--limit", "125", "--json"))
    assert len({row["id"] for row in rows}) == 125
    everything = lines(told(server, "query", "user:u0,u1", "--limit", "1000", "--sort", "+time", "--json", "--from", "-1h"))
    assert len(everything) == 130
    assert [row["created_at"] for row in everything] == sorted(row["created_at"] for row in everything)
    assert told(server, "query", "user:nobody") == "no logs match\n"


def test_a_mistake_is_said_in_a_sentence(server: Server) -> None:
    assert "nope" in told(server, "query", "nope:1", status=2)
    assert "only a SELECT" in told(server, "sql", "DROP TABLE logs", status=2)
    assert "no Portlog server answers" in portlog("query", "--server", "http://127.0.0.1:1", cwd=server.data.parent).stderr


def test_sql_as_table_lines_and_csv(server: Server) -> None:
    by_user = "SELECT user, count() AS n FROM logs WHERE user != '' GROUP BY user ORDER BY user"
    assert lines(told(server, "sql", by_user, "--json")) == [{"user": "u0", "n": 65}, {"user": "u1", "n": 65}]
    assert [line.split() for line in told(server, "sql", by_user).splitlines()] == [["user", "n"], ["u0", "65"], ["u1", "65"]]
    odd = "SELECT '=1+1' AS a, 1.5 AS b, NULL AS c, ['x,y'] AS d, char(27) || 'z' AS e"
    assert list(csv.reader(io.StringIO(told(server, "sql", odd, "--csv")))) == [list("abcde"), ["'=1+1", "1.5", "", '["x,y"]', "\x1bz"]]
    assert safe(told(server, "sql", odd)) and safe(told(server, "sql", odd, "--json"))
    assert "only the first 2 rows" in portlog("sql", "SELECT number FROM numbers(3)", "--limit", "2", "--server", server.url, cwd=server.data.parent).stderr


def test_the_server_and_its_key_may_come_from_the_environment(server: Server) -> None:
    done = portlog("sql", "SELECT 1 AS one", "--json", cwd=server.data.parent, PORTLOG_SERVER=server.url, PORTLOG_KEY="any")
    assert lines(done.stdout) == [{"one": 1}], done.stderr


def test_a_data_directory_answers_itself_and_by_its_server_when_that_has_it(server: Server, tmp_path: Path) -> None:
    port = server.url.rpartition(":")[2]
    count = ("sql", "SELECT count() AS n FROM logs", "--json", "--data", str(server.data))
    served = portlog(*count, "--set", f"port={port}", cwd=tmp_path)
    assert lines(served.stdout) == [{"n": 132}], served.stderr
    quiet = Server(tmp_path / "data", PATIENT)
    quiet.post([chat("alone")])
    quiet.stop()
    done = portlog("query", "alone", "--json", "--data", str(tmp_path / "data"), cwd=tmp_path)
    assert [row["preview"] for row in lines(done.stdout)] == ["alone"], done.stderr
    done = portlog("sql", "SELECT nope", "--data", str(tmp_path / "data"), cwd=tmp_path)
    assert (done.returncode, "nope" in done.stderr) == (2, True)


def test_a_tail_shows_each_log_once_over_a_restart(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", PATIENT)
    port = server.url.rpartition(":")[2]
    words = [sys.executable, "-m", "portlog", "tail", "kind:llm", "--json", "--server", server.url]
    with subprocess.Popen(words, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as tail:
        assert tail.stdout is not None
        assert tail.stderr is not None
        try:
            seen = []
            assert "following" in tail.stderr.readline()
            for number in range(3):
                server.post([chat(f"log {number}")])
                seen.append(json.loads(tail.stdout.readline())["preview"])
                if number == 1:
                    server.stop()
                    server._flags["port"] = port
                    assert "trying again" in tail.stderr.readline()
                    server.start()
            assert seen == ["log 0", "log 1", "log 2"]
        finally:
            tail.kill()
            server.kill()


def test_a_tail_that_is_refused_says_why(server: Server) -> None:
    assert "nope" in told(server, "tail", "nope:1", status=2)
