"""Scheduled exports of the real program: to a directory, and to a store that speaks S3; credentials from the environment alone."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import obstore
import pytest
from obstore.store import from_url

from tests.e2e.conftest import StartServer
from tests.e2e.program import DEADLINE_SECONDS, logs, portlog, until

SECRET = "a-secret-key-of-the-store"


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of Amazon's protocol, with one bucket; its address."""
    said = tmp_path_factory.mktemp("s3") / "said"
    with said.open("wb") as output:
        server = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"], stdout=output, stderr=output)
    try:
        url = until(lambda: found[0] if (found := re.search(r"http://127\.0\.0\.1:\d+", said.read_text())) else "")
        until(lambda: httpx.put(f"{url}/bucket", timeout=DEADLINE_SECONDS).status_code == 200)
        yield url
    finally:
        server.kill()
        server.wait()


@pytest.fixture
def credentials(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the environment of this process and of those that it starts."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1", "AWS_ENDPOINT": s3, "AWS_ALLOW_HTTP": "true",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)


def objects(bucket: str) -> dict[str, bytes]:
    """What is in a bucket."""
    store = from_url(f"s3://{bucket}")
    keys = sorted(str(each["path"]) for page in obstore.list(store) for each in page)
    return {key: bytes(obstore.get(store, key).bytes()) for key in keys}


def traces(content: bytes) -> list[str]:
    return [json.loads(line)["trace_id"] for line in gzip.decompress(content).splitlines()]


def told(*words: Any, cwd: Path) -> str:
    done = portlog(*words, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def due(data: Path) -> None:
    """Let every schedule be due now: the shortest interval is a minute."""
    from portlog.catalog import Catalog
    from portlog.clock import SystemClock

    catalog = Catalog(data / "catalog.sqlite", SystemClock())
    for schedule in catalog.exports.schedules():
        catalog.exports.set_due(schedule.id, 0)
    catalog.close()


def test_a_bucket_gets_what_has_come_since_each_in_one_object(
    credentials: None, start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server(read_wait_ms=60_000)
    first, second = [f"first-{i}" for i in range(50)], [f"second-{i}" for i in range(50)]
    assert server.post(logs(first)).status_code == 200
    server.settle()
    told("schedules", "create", "nightly", "--to", "s3://bucket/portlog", "--every", "1d", "--data", server.data, cwd=tmp_path)
    found = until(lambda: objects("bucket"))
    ((name, content),) = found.items()
    assert re.fullmatch(r"portlog/\d{4}/\d\d/\d\d/nightly-\d{8}T\d{6}Z-\d+\.portlog\.jsonl\.gz", name)
    assert traces(content) == first
    server.kill()
    server.start()
    assert server.post(logs(second)).status_code == 200
    server.settle()
    due(server.data)
    until(lambda: len(objects("bucket")) == 2)
    assert sorted(map(traces, objects("bucket").values())) == [first, second]
    (facts,) = json.loads(told("schedules", "list", "--json", "--data", server.data, cwd=tmp_path))
    until(lambda: json.loads(told("schedules", "list", "--json", "--data", server.data, cwd=tmp_path))[0]["logs"] == 100)
    assert (facts["name"], facts["every"], facts["error"]) == ("nightly", "1d", None)
    server.stop()
    kept = b"".join(path.read_bytes() for path in server.data.rglob("*") if path.is_file())
    assert SECRET.encode() not in kept
    assert SECRET not in server.events + server.printed
    assert told("import", *downloaded(tmp_path), "--data", tmp_path / "copy", cwd=tmp_path) == "100 logs read, 100 of them new\n"


def downloaded(place: Path) -> list[Path]:
    files = []
    for i, content in enumerate(objects("bucket").values()):
        files.append(place / f"{i}.jsonl.gz")
        files[-1].write_bytes(content)
    return files


def test_a_bucket_that_is_not_there_is_said_and_waited_for(
    s3: str, credentials: None, start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server(read_wait_ms=60_000)
    assert server.post(logs(["later"])).status_code == 200
    server.settle()
    told("schedules", "create", "away", "--to", "s3://missing/x", "--fields", "trace_id", "--data", server.data, cwd=tmp_path)

    def error() -> str:
        return str(json.loads(told("schedules", "list", "--json", "--data", server.data, cwd=tmp_path))[0]["error"] or "")

    assert "s3://missing/x" in until(error) and SECRET not in error()
    assert httpx.put(f"{s3}/missing", timeout=DEADLINE_SECONDS).status_code == 200
    due(server.data)
    (content,) = until(lambda: objects("missing")).values()
    assert gzip.decompress(content) == b'{"trace_id":"later"}\n'
    until(lambda: not error())


def test_a_directory_gets_files(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server(read_wait_ms=60_000)
    told("schedules", "create", "hourly", "--to", "out", "--every", "1h", "--q", "trace:b", "--fields", "trace_id", "--no-gzip",
         "--data", server.data, cwd=tmp_path)  # fmt: skip
    assert server.post(logs(["a", "b"])).status_code == 200
    server.settle()
    due(server.data)
    (file,) = until(lambda: [path for path in (tmp_path / "out").rglob("hourly-*") if path.suffix == ".jsonl"])
    assert file.read_text() == '{"trace_id":"b"}\n'
    assert told("schedules", "delete", "hourly", "--data", server.data, cwd=tmp_path) == "deleted hourly\n"
    refused = portlog("schedules", "delete", "hourly", "--data", server.data, cwd=tmp_path)
    assert refused.returncode == 2 and "no schedule" in refused.stderr
