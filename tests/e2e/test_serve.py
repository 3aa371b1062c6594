"""The program as a person meets it: how it starts, what it says when it cannot, and how it bears a full disk."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import portlog as package
from portlog.schema.ids import LogIds
from portlog.schema.log import CALL_VERSION, Call, encode_call
from portlog.senders import wire
from portlog.wal import Wal
from tests.e2e.conftest import StartServer
from tests.e2e.program import Server, log, logs, portlog, until


def refused(done: subprocess.CompletedProcess[str], *words: str | Path) -> None:
    """It ended with status 2 and one sentence, which has all of the words."""
    assert (done.returncode, done.stdout) == (2, ""), done
    assert done.stderr.startswith("portlog: "), done.stderr
    assert done.stderr.count("\n") == 1, f"more than a sentence: {done.stderr}"
    for word in words:
        assert str(word) in done.stderr, f"{word} is not in {done.stderr}"


# -- starting ------------------------------------------------------------------------------------------------


def test_it_says_its_version(tmp_path: Path) -> None:
    done = portlog("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"{package.__version__}\n")
    assert not list(tmp_path.iterdir()), "it left something behind"


def test_it_starts_says_where_and_ends_in_order(server: Server) -> None:
    """Port 0 takes a free one; what it prints is enough to go on."""
    assert server.url.startswith("http://127.0.0.1:")
    assert not server.url.endswith(":0")
    for line in (f"{server.url}/ui/", f"POST {server.url}/v1/logs", str(server.data)):
        assert line in server.printed
    assert server.get("/healthz") == {"status": "ok"}
    assert server.post(log("a")).status_code == 200
    assert server.stop() == 0
    assert "server.closed" in server.events
    server.start()
    assert [row["trace_id"] for row in server.rows()] == ["a"]


def test_interrupted_from_the_keyboard_it_ends_in_order_too(server: Server) -> None:
    assert server.stop(signal.SIGINT) == 0
    assert "server.closed" in server.events
    assert "Traceback" not in server.events


def test_what_is_taken_is_said_in_a_sentence(server: Server, tmp_path: Path) -> None:
    port = server.url.rpartition(":")[2]
    taken = portlog("serve", "--port", port, "--data", tmp_path / "other", cwd=tmp_path)
    refused(taken, f"port {port}", "Address already in use", "--port")
    assert not (tmp_path / "other").exists(), "it touched the data before it had the port"
    second = portlog("serve", "--port", 0, "--data", server.data, cwd=tmp_path)
    refused(second, f"{server.data} is in use", f"pid {server.process.pid}", "another directory")
    check = portlog("check", "--data", server.data, cwd=tmp_path)
    refused(check, f"{server.data} is in use", f"pid {server.process.pid}")
    assert server.get("/healthz") == {"status": "ok"}, "the first one was disturbed"


def test_a_data_directory_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for data in (tmp_path / "file" / "data", tmp_path / "file"):
        done = portlog("serve", "--port", 0, "--data", data, cwd=tmp_path)
        refused(done, f"data directory {data} cannot be written", "--data")


def test_a_public_address_needs_a_key(start_server: StartServer, tmp_path: Path) -> None:
    data = tmp_path / "data"
    words = ("serve", "--port", 0, "--host", "0.0.0.0", "--data", data)
    refused(portlog(*words, cwd=tmp_path), "0.0.0.0", "portlog keys create", str(data), "--auth off")
    key = portlog("keys", "create", "phone", "--data", data, cwd=tmp_path).stdout.strip()
    server = start_server(data=data, host="0.0.0.0")
    url = server.url.replace("0.0.0.0", "127.0.0.1")
    assert httpx.get(f"{url}/v1/logs").status_code == 401
    assert httpx.post(f"{url}/v1/logs", json=log()).status_code == 401
    assert httpx.get(f"{url}/v1/logs", headers={"x-portkey-api-key": "pl-guess"}).status_code == 401
    assert httpx.post(f"{url}/v1/logs", json=log(), headers={"x-portkey-api-key": key}).status_code == 200


def test_auth_off_is_the_operators_word(start_server: StartServer) -> None:
    server = start_server(host="0.0.0.0", auth="off")
    assert server.post(log()).status_code == 200


# -- settings and keys ---------------------------------------------------------------------------------------


def settings(tmp_path: Path, *words: str, **env: str) -> dict[str, Any]:
    """What `portlog settings` makes of them: (value, origin) by name."""
    done = portlog("settings", "--json", *words, cwd=tmp_path, **env)
    assert done.returncode == 0, done
    return {row["name"]: (row["value"], row["origin"]) for row in json.loads(done.stdout)}


def test_settings_come_from_flag_over_environment_over_file_over_default(tmp_path: Path) -> None:
    (tmp_path / "portlog.toml").write_text('port = 1\nread_wait_ms = 1\nlog_level = "debug"\n')
    found = settings(tmp_path, "--set", "port=3", PORTLOG_PORT="2", PORTLOG_READ_WAIT_MS="2")
    assert found["port"] == (3, "flag")
    assert found["read_wait_ms"] == (2, "environment")
    assert found["log_level"] == ("debug", "file")
    assert found["auth"] == ("auto", "default")
    (tmp_path / "other.toml").write_text("port = 4\n")
    assert settings(tmp_path, PORTLOG_CONFIG=str(tmp_path / "other.toml"))["port"] == (4, "file")
    table = portlog("settings", cwd=tmp_path)
    assert table.returncode == 0
    assert "wal_segment_bytes_max" in table.stdout


def test_a_wrong_setting_refuses_and_names_the_right_one(tmp_path: Path) -> None:
    refused(portlog("settings", "--set", "prot=3", cwd=tmp_path), "'prot'", "flag", "did you mean 'port'?")
    refused(portlog("serve", cwd=tmp_path, PORTLOG_AUHT="on"), "'auht'", "environment", "did you mean 'auth'?")
    refused(portlog("settings", "--set", "auth=maybe", cwd=tmp_path), "'maybe'", "auto, on, off")
    refused(portlog("settings", "--set", "port", cwd=tmp_path), "NAME=VALUE")
    (tmp_path / "portlog.toml").write_text("apply_log_max = 3\n")
    refused(portlog("check", cwd=tmp_path), "file", "did you mean 'apply_logs_max'?")


def test_keys_of_a_running_server(start_server: StartServer, tmp_path: Path) -> None:
    """Made, listed and revoked from beside it; it follows by itself."""
    data = tmp_path / "data"

    def keys(*words: str) -> subprocess.CompletedProcess[str]:
        return portlog("keys", *words, "--data", data, cwd=tmp_path)

    def status(key: str) -> int:
        return httpx.get(f"{server.url}/v1/logs", headers={"x-portkey-api-key": key}).status_code

    first = keys("create", "first").stdout.strip()
    server = start_server(data=data, auth="on")
    assert status(first) == 200
    made = keys("create", "laptop", "--json")
    key = json.loads(made.stdout)["key"]
    until(lambda: status(key) == 200)
    reader = keys("create", "reader", "--scope", "logs.list").stdout.strip()
    until(lambda: status(reader) == 200)
    refused_post = httpx.post(f"{server.url}/v1/logs", json=log(), headers={"x-portkey-api-key": reader})
    assert refused_post.status_code == 403
    listed = keys("list", "--json").stdout
    assert [row["name"] for row in json.loads(listed)] == ["first", "laptop", "reader"]
    assert key not in listed
    assert keys("revoke", "laptop").returncode == 0
    until(lambda: status(key) == 401)
    assert status(reader) == 200
    refused(keys("revoke", "laptop"), "no live key 'laptop'", "portlog keys list")
    refused(keys("create", "x", "--scope", "logs.everything"), "logs.everything", "logs.write")


# -- check ---------------------------------------------------------------------------------------------------


def write_waiting(data: Path, *names: str) -> None:
    """Leave logs in the write-ahead log of a stopped server, two calls a segment, as a crash would."""
    ids, context = LogIds(), wire.Context(received_ms=1_795_000_000_000)
    with Wal.open(data / "wal", disk_free_bytes_min=0) as wal:
        for number, name in enumerate(names):
            parsed = wire.parse(json.dumps(log(name)).encode(), context, wire.Limits(10), ids)
            wal.append_wait([encode_call(Call(version=CALL_VERSION, logs=parsed, received_ms=0))])
            if number % 2:
                wal.seal()


def check(data: Path, tmp_path: Path) -> tuple[int, list[str], list[str]]:
    """Status, lines and problems of `portlog check`."""
    done = portlog("check", "--data", data, "--json", cwd=tmp_path)
    assert done.stdout, done
    found = json.loads(done.stdout)
    assert found["ok"] == (not found["problems"])
    return done.returncode, found["lines"], found["problems"]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a server that was stopped: 200 logs of four weeks, which are four parts."""
    server = Server(tmp_path_factory.mktemp("stored") / "data", {})
    body = "words " + os.urandom(2000).hex()
    weeks = [log(f"{day}.{i}", body, created_at=f"2026-{day}T12:00:00Z") for i in range(50)
             for day in ("10-01", "10-10", "10-20", "11-01")]  # fmt: skip
    assert server.post(weeks).status_code == 200
    server.settle()
    assert server.stop() == 0
    return server.data


@pytest.fixture
def stopped(stored: Path, tmp_path: Path) -> Iterator[Server]:
    """A server on a copy of `stored`, not started."""
    shutil.copytree(stored, tmp_path / "data", symlinks=True)
    server = Server(tmp_path / "data", {}, started=False)
    yield server
    if server.url:
        server.kill()


def parts(data: Path) -> list[Path]:
    """The directories of the parts of the logs, by name."""
    found = [path.parent for path in (data / "store" / "store").glob("*/*/2*/checksums.txt")]
    return sorted(found, key=lambda path: path.name)


def flip(path: Path, offset: int) -> None:
    """Let one bit rot."""
    content = bytearray(path.read_bytes())
    content[offset] ^= 0x10
    path.write_bytes(content)


def test_check_finds_nothing_on_clean_data(stopped: Server, tmp_path: Path) -> None:
    status, lines, problems = check(stopped.data, tmp_path)
    assert (status, problems) == (0, [])
    assert any("200 logs from 2026-10-01" in line for line in lines), lines
    assert any("4 parts read" in line for line in lines), lines
    table = portlog("check", "--data", stopped.data, cwd=tmp_path)
    assert table.stdout.endswith("ok\n")
    refused(portlog("check", "--data", tmp_path / "nowhere", cwd=tmp_path), "nowhere holds no Portlog data", "--data")
    stopped.start()
    assert len(list(stopped.rows())) == 200, "check has changed something"


def test_check_of_an_empty_directory_is_clean(server: Server, tmp_path: Path) -> None:
    server.stop()
    assert check(server.data, tmp_path)[0] == 0


def test_a_torn_tail_is_no_problem_and_is_cut_at_the_next_start(stopped: Server, tmp_path: Path) -> None:
    write_waiting(stopped.data, "a", "b", "c")
    newest = max((stopped.data / "wal").glob("*.wal"))
    with newest.open("ab") as file:
        file.write(b"\xf7GRP" + bytes(19))
    status, lines, problems = check(stopped.data, tmp_path)
    assert (status, problems) == (0, [])
    assert any("3 not yet known to be in the store" in line for line in lines), lines
    assert any("23 bytes of an unfinished write" in line for line in lines), lines
    stopped.start()
    assert "wal_records_waiting=3 wal_bytes_cut=23" in stopped.events
    stopped.settle()
    names = Counter(row["trace_id"] for row in stopped.rows())
    assert (names["a"], names["b"], names["c"], names.total()) == (1, 1, 1, 203)


def test_a_flipped_byte_in_the_log_is_found_and_nothing_is_skipped(stopped: Server, tmp_path: Path) -> None:
    """Neither does the server start as if nothing had been: what cannot be read was promised to somebody."""
    write_waiting(stopped.data, "a", "b", "c", "d")
    oldest = min((stopped.data / "wal").glob("*.wal"))
    flip(oldest, 100)
    status, _, problems = check(stopped.data, tmp_path)
    assert (status, len(problems)) == (1, 1), problems
    assert f"{oldest} is damaged at byte 32" in problems[0]
    refused(portlog("serve", "--port", 0, "--data", stopped.data, cwd=tmp_path), oldest, "damaged at byte 32", "portlog check")
    flip(oldest, 100)
    stopped.start()
    stopped.settle()
    assert len(list(stopped.rows())) == 204


@pytest.mark.parametrize("name", ["data.bin", "data.cmrk4", "primary.cidx"])
def test_a_flipped_byte_in_the_store_is_found(stopped: Server, tmp_path: Path, name: str) -> None:
    part = parts(stopped.data)[1]
    flip(part / name, (part / name).stat().st_size // 2)
    status, lines, problems = check(stopped.data, tmp_path)
    assert status == 1
    assert any(part.name in problem for problem in problems), (lines, problems)
    assert not [other.name for other in parts(stopped.data) if other != part and other.name in str(problems)]


def test_a_part_that_was_set_aside_is_said_at_every_start(stopped: Server, tmp_path: Path) -> None:
    part = parts(stopped.data)[0]
    os.truncate(part / "data.bin", 100)
    stopped.start()
    assert f"store.part_set_aside part=broken-on-start_{part.name}" in stopped.events
    assert len(list(stopped.rows())) == 150, "the other parts are answered from"
    stopped.stop()
    status, _, problems = check(stopped.data, tmp_path)
    assert status == 1
    assert part.name in problems[0]


def test_damage_everywhere_is_reported_in_one_go(stopped: Server, tmp_path: Path) -> None:
    write_waiting(stopped.data, "a", "b", "c")
    oldest, part = min((stopped.data / "wal").glob("*.wal")), parts(stopped.data)[1]
    flip(oldest, 100)
    (stopped.data / "catalog.sqlite").write_bytes(b"no database" * 1000)
    (part / "data.bin").unlink()
    status, _, problems = check(stopped.data, tmp_path)
    assert status == 1
    for word in (str(oldest), "catalog.sqlite", part.name):
        assert any(word in problem for problem in problems), (word, problems)


def test_a_store_that_cannot_be_opened_is_said_in_a_sentence(stopped: Server, tmp_path: Path) -> None:
    """As after a copy that followed the engine's symbolic links, such as `cp -rL` makes."""
    copy = tmp_path / "copy"
    shutil.copytree(stopped.data, copy, symlinks=False)
    status, _, problems = check(copy, tmp_path)
    assert (status, len(problems)) == (1, 1)
    refused(portlog("serve", "--port", 0, "--data", copy, cwd=tmp_path), copy / "store", "cannot be opened")


# -- full disk, full log -------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 96 MiB."""
    path = tmp_path / "disk"
    path.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() or mount is None:
        pytest.skip("only root can mount a small disk")
    done = subprocess.run([mount, "-t", "tmpfs", "-o", "size=96m", "tmpfs", path], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    yield path
    subprocess.run(["umount", "--lazy", path], check=True)


def fill(disk: Path, *, leave_bytes: int) -> Path:
    """A file that takes all room but so much."""
    ballast = disk / "ballast"
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, free - leave_bytes)
    return ballast


def told_full(reply: httpx.Response) -> bool:
    """Whether a call was refused for want of room, in the right words."""
    if reply.status_code == 200:
        return False
    assert reply.status_code == 503, reply.text
    assert int(reply.headers["retry-after"]) > 0
    assert reply.json()["error"]["slug"] == "disk-full"
    return True


def test_below_the_reserve_logs_are_refused_until_there_is_room(start_server: StartServer, small_disk: Path) -> None:
    """The reserve is for the store, so that it can still merge."""
    server = start_server(data=small_disk / "data", disk_free_bytes_min="16m")
    acked, names = [], iter(range(10**9))

    def post() -> bool:
        name = f"{next(names)}"
        if told_full(server.post(log(name))):
            return False
        acked.append(name)
        return True

    assert post()
    ballast = fill(small_disk, leave_bytes=8 * 2**20)
    until(lambda: not post())
    assert {row["trace_id"] for row in server.rows()} == set(acked), "questions are answered all the same"
    ballast.unlink()
    until(post)
    server.settle()
    assert Counter(row["trace_id"] for row in server.rows()) == Counter(acked)
    assert server.stop() == 0


def test_on_a_disk_full_to_the_brim_nothing_acknowledged_is_lost(start_server: StartServer, small_disk: Path) -> None:
    """Without a reserve, so that every write there is may fail: log, store, catalogue, position."""
    server = start_server(data=small_disk / "data", disk_free_bytes_min=0)
    assert not told_full(server.post(log("first")))
    server.settle()
    acked, refused_names, number = ["first"], [], 0

    def post(count: int) -> bool:
        nonlocal number
        number += 1
        names = [f"{number}.{i}" for i in range(count)]
        text = os.urandom(3000).hex()
        if told_full(server.post(logs(names, text), **{"idempotency-key": f"key {number}"})):
            refused_names.extend(names)
            return False
        acked.extend(names)
        return True

    for leave_bytes in (2**20, 0):
        ballast = fill(small_disk, leave_bytes=leave_bytes)
        until(lambda: not post(20))
        for _ in range(20):
            post(1)
        assert server.process.poll() is None, server.events
        ballast.unlink()
        until(lambda: post(5))
    server.settle()
    names = Counter(row["trace_id"] for row in server.rows())
    assert names == Counter(acked), (set(acked) - names.keys(), names.keys() - set(acked), names.most_common(3))
    assert refused_names
    assert server.stop() == 0
    server.start()
    assert Counter(row["trace_id"] for row in server.rows()) == names


def test_started_on_a_full_disk_it_says_so_or_serves(start_server: StartServer, small_disk: Path) -> None:
    server = start_server(data=small_disk / "data", disk_free_bytes_min=0)
    assert server.post(log("kept")).status_code == 200
    server.kill()
    ballast = fill(small_disk, leave_bytes=0)
    try:
        server.start()
    except AssertionError:
        assert "Traceback" not in server.events, server.events
        assert server.process.returncode == 2
    server.stop()
    ballast.unlink()
    server.start()
    server.settle()
    assert [row["trace_id"] for row in server.rows()] == ["kept"]


def test_a_full_log_refuses_with_503_and_recovers_by_itself(start_server: StartServer) -> None:
    """The store is slow (one log an insert), the callers are not: they are held back, and nothing is lost."""
    server = start_server(wal_backlog_bytes_max="1m", apply_logs_max=1, apply_interval_ms=0)
    acked: list[str] = []
    refusal = None
    for number in range(100):
        names = [f"{number}.{i}" for i in range(10)]
        reply = server.post(logs(names, os.urandom(45_000).hex()))
        if reply.status_code != 200:
            refusal = refusal or reply
            break
        acked += names
    assert refusal is not None, "it was never full"
    assert refusal.status_code == 503, refusal.text
    assert int(refusal.headers["retry-after"]) > 0
    assert refusal.json()["error"]["slug"] == "overloaded"
    until(lambda: server.post(log("later")).status_code == 200)
    server.settle()
    assert Counter(row["trace_id"] for row in server.rows()) == Counter([*acked, "later"])


# -- what was acknowledged is found --------------------------------------------------------------------------


def test_a_question_finds_what_was_acknowledged_before_it(server: Server) -> None:
    """200 times, the first log of a fresh server included: post, then ask at once, by id or by list."""
    with httpx.Client(base_url=server.url, timeout=60) as client:
        for number in range(200):
            log_id = client.post("/v1/logs", json=log(f"{number}")).json()["ids"][0]
            if number % 2:
                found = client.get(f"/v1/logs/{log_id}")
                assert found.status_code == 200, f"log {number} was acknowledged and not found"
                assert found.json()["_id"] == log_id
            else:
                rows = client.get("/v1/logs", params={"page_size": 1}).json()
                assert rows["data"][0]["id"] == log_id, f"log {number} is not the newest of the list"
                assert rows["total"] == number + 1


def test_what_is_hostile_is_stored_or_refused_and_stops_nothing(server: Server) -> None:
    """What was accepted has to pass the applier: a log it cannot store would stop all those behind it."""
    texts = ["\0", "\ud800", "\udfff\ud800", "'; DROP TABLE logs; --", "\\", "\x1e\x1f\x01\x02", "x" * 300, "\u202e", ""]
    values: list[Any] = [*texts, 0, -1, 2**31, 2**53, 2**64, -(2**63), 1e308, 1e-320, True, None, [], {}, [[]], [1, "a", {}]]
    accepted = 0
    for value in values:
        usage = {"prompt_tokens": value, "completion_tokens": value, "total_tokens": value}
        hostile = log(
            metadata={"k": value, "_user": value},
            response={"status": 200, "headers": {"x": value}, "response_time": value if not isinstance(value, str) else 1,
                      "body": {"usage": usage, "model": value, "choices": value, "error": value}},
        )  # fmt: skip
        reply = httpx.post(f"{server.url}/v1/logs", content=json.dumps(hostile).encode())
        assert reply.status_code in (200, 400), reply.text
        accepted += reply.status_code == 200
    assert accepted > len(values) / 3
    server.settle()
    rows = list(server.rows())
    assert len(rows) == accepted
    for row in rows:
        assert server.get(f"/v1/logs/{row['id']}")["_id"] == row["id"]
