"""Everything out of one store and into another: whole logs come back as they were, once, whatever sent them."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import captures
from tests.e2e.conftest import StartServer
from tests.e2e.program import DEADLINE_SECONDS, Server, log, portlog
from tests.samples import SEED_SAMPLE, chat, minimal

PATIENT = {"read_wait_ms": 60_000, "apply_interval_ms": 0, "log_level": "warning"}


def told(*words: Any, cwd: Path) -> str:
    """What a command that ends well prints."""
    done = portlog(*words, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


ODD = [
    SEED_SAMPLE | {"trace_id": "odd-0"},
    minimal(trace_id="odd-1", metadata={"_debug": False, "_user": "nobody"}),
    chat("\x1e\x1f\x01 separators", trace_id="odd-2", metadata={"_user": "odd", "big": 10**30, "null": None, "list": [1, {"a": []}]}),
    chat("x", trace_id="odd-3", request={"url": "https://h/v1/x?key=secret", "headers": {"authorization": "Bearer x", "a": "b"}, "body": 'just "text"', "more": 1}),
    chat("y", trace_id="odd-4", response={"status": 0, "headers": {}, "body": [1.5, None, True, "=cmd()"], "response_time": 0.25}),
    minimal(trace_id="odd-5", unknown={"kept": True}, created_at="2026-11-01T00:00:00.123Z"),
]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A store of all fixtures, feedback, and odd logs of our own."""
    server = Server(tmp_path_factory.mktemp("source") / "data", PATIENT)
    try:
        fill(server)
        yield server
    finally:
        server.kill()


def fill(server: Server) -> None:
    """Every capture as its client sent it, the odd logs, and feedback on five traces."""
    with httpx.Client(base_url=server.url, timeout=DEADLINE_SECONDS) as client:
        for method, path, body, headers in _requests():
            headers = {name: value for name, value in headers.items() if name not in _OF_THE_CONNECTION}
            reply = client.request(method, path, content=body, headers=headers)
            assert reply.status_code == 200, reply.text
        for i, each in enumerate(ODD):
            assert client.post("/v1/logs", json=each).status_code == 200
            given = {"trace_id": f"odd-{i}", "value": i - 2, "weight": 0.5, "metadata": {"_user": "rater", "comment": "=good"}}
            assert client.post("/v1/feedback", json=given).status_code == 200
    server.settle()


_OF_THE_CONNECTION = ("connection", "content-length", "host", "keep-alive", "transfer-encoding")


def _requests() -> Iterator[tuple[str, str, bytes, dict[str, str]]]:
    for group in captures.groups():
        for post in group.posts:
            yield from captures.requests_of(post)
    for name, truth in captures.exports().items():
        yield from captures.export_requests(name, truth["sent"])


def read_all(server: Server) -> dict[str, Any]:
    """Every log by its id, as the API shows it whole."""
    with httpx.Client(base_url=server.url, timeout=DEADLINE_SECONDS) as client:
        return {row["id"]: client.get(f"/v1/logs/{row['id']}").json() for row in server.rows()}


def test_whole_logs_come_back_as_they_were(source: Server, start_server: StartServer, tmp_path: Path) -> None:
    """Over HTTP, packed JSON lines: equal contents, equal counts, equal logs; once more: nothing new."""
    out = tmp_path / "all.jsonl.gz"
    assert portlog("export", "--server", source.url, "--out", out, cwd=tmp_path).returncode == 0
    target = start_server(**PATIENT)
    before = read_all(source)
    for new in (len(before), 0):
        found = json.loads(told("import", out, "--server", target.url, "--json", cwd=tmp_path))
        assert found == {"logs": len(before), "new": new}
    target.settle()
    assert read_all(target) == before
    again = tmp_path / "again.jsonl.gz"
    assert portlog("export", "--server", target.url, "--out", again, cwd=tmp_path).returncode == 0
    assert digest(again) == digest(out)
    lines = [json.loads(line) for line in gzip.decompress(out.read_bytes()).splitlines()]
    assert len(lines) == len(before) > 200
    assert {line["source_shape"] for line in lines} >= {"plain", "otlp", "span", "litellm", "gateway-hook", "otel-span-log"}
    assert sum("feedback" in line for line in lines) == len(ODD)
    assert target.get("/v1/feedback")["data"] == source.get("/v1/feedback")["data"]


def test_whole_logs_come_back_without_a_server_too(source: Server, tmp_path: Path) -> None:
    """Straight on the data directories, by Parquet."""
    source.stop()
    try:
        data, out, again = tmp_path / "target", tmp_path / "all.parquet", tmp_path / "again.parquet"
        told("export", "--data", source.data, "--out", out, cwd=tmp_path)
        whole = tmp_path / "whole.jsonl"
        told("export", "--data", source.data, "--out", whole, cwd=tmp_path)
        count = whole.read_bytes().count(b"\n")
        assert told("import", out, "--data", data, cwd=tmp_path) == f"{count} logs read, {count} of them new\n"
        told("export", "--data", data, "--out", again, cwd=tmp_path)
        assert digest(again) == digest(out)
        assert told("import", whole, "--data", data, cwd=tmp_path) == f"{count} logs read, 0 of them new\n"
        assert told("check", "--data", data, cwd=tmp_path).strip().endswith("ok")
    finally:
        source.start()


def test_a_server_that_has_the_directory_does_the_work(source: Server, tmp_path: Path) -> None:
    assert portlog("export", "--data", source.data, "--fields", "id,cost", "--out", "some.csv", "--limit", "3", cwd=tmp_path).returncode == 0
    assert (tmp_path / "some.csv").read_bytes().count(b"\r\n") == 4
    refused = portlog("import", "some.csv", "--data", source.data, cwd=tmp_path)
    assert refused.returncode == 2 and "--server" in refused.stderr


def test_what_is_imported_is_chosen_and_named(source: Server, tmp_path: Path) -> None:
    out = told("export", "--server", source.url, "--q", "capital", "--from", "2020-01-01", "--to", "2999-01-01", "--fields", "id", cwd=tmp_path)
    assert 0 < len(out.splitlines()) < len(list(source.rows()))
    for words, said in (
        (("--format", "xls"), "format must be one of"),
        (("--fields", "adress"), "no field"),
        (("--from", "then"), "time_of_generation_min"),
    ):
        done = portlog("export", "--server", source.url, *words, cwd=tmp_path)
        assert done.returncode == 2 and said in done.stderr, done.stderr


def test_there_must_be_something_to_export(tmp_path: Path) -> None:
    done = portlog("export", "--data", tmp_path / "typo", cwd=tmp_path)
    assert done.returncode == 2 and "holds no Portlog data" in done.stderr
    assert not (tmp_path / "typo").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"portlog":1}\n', "line 1"),
        ('\n\n{"no": "log"}\n', "line 3: is no line of an export"),
        ("not JSON\n", "line 1"),
        ('{"\\u001b[31m": {"a": 1, "a": 2}, "created_at": "x"}\n', "line 1: \ufffd[31m.a: the key occurs twice"),
        ('{"created_at": "2026-11-01T00:00:00Z", "ai_model": "x", "request": {"a": 1, "a": 2}}\n', "line 1: request.a: the key occurs twice"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(source: Server, tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "bad.jsonl").write_text(content)
    done = portlog("import", "bad.jsonl", "--server", source.url, cwd=tmp_path)
    assert done.returncode == 2
    assert "bad.jsonl, " in done.stderr and said in done.stderr, done.stderr


def test_files_that_are_none_are_said(source: Server, tmp_path: Path) -> None:
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b'{"x":1}\n' * 1000)[:-20])
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 and nothing")
    for name, said in (("none.jsonl", "No such file"), ("cut.gz", "cannot be read"), ("bad.parquet", "cannot be imported")):
        done = portlog("import", name, "--server", source.url, cwd=tmp_path)
        assert done.returncode == 2 and said in done.stderr, (name, done.stderr)


def test_logs_with_portkeys_fields_come_back_as_logs(start_server: StartServer, tmp_path: Path) -> None:
    """Lines as the vendor exports them, whose ids are not ours; and our own of that form."""
    server = start_server(**PATIENT)
    line = {
        "id": "5d0f2c1e-8d7b-4c55-9c11-0a6f6b1d2e3f", "trace_id": "tr-9", "created_at": "2026-11-01T10:00:00.000Z",
        "request": {"model": "gpt-4o", "messages": [{"role": "user", "content": "Why?"}]},
        "response": {"choices": [{"message": {"role": "assistant", "content": "Because."}}]}, "is_success": True, "ai_org": "openai",
        "ai_model": "gpt-4o", "req_units": 10, "res_units": 5, "total_units": 15, "request_url": "https://api.openai.com/v1/chat/completions",
        "cost": 0.5, "cost_currency": "USD", "response_time": 321, "response_status_code": 200, "mode": "single",
        "config": None, "prompt_slug": "pp-1", "metadata": {"_user": "alice"},
    }  # fmt: skip
    (own,) = server.post(log("tr-own", "own")).json()["ids"]
    told("export", "--server", server.url, "--format", "jsonl", "--out", "own.jsonl", cwd=tmp_path)
    (tmp_path / "vendor.jsonl").write_text("".join(json.dumps(each) + "\n" for each in (line, line | {"id": "other", "cost": 0, "response_status_code": 429})))
    found = json.loads(told("import", "vendor.jsonl", "own.jsonl", "--server", server.url, "--json", cwd=tmp_path))
    assert found == {"logs": 3, "new": 2}, "our own line has our own id"
    assert told("import", "vendor.jsonl", "--server", server.url, cwd=tmp_path) == "2 logs read, 0 of them new\n"
    rows = {row["trace_id"] + str(row["http_status"]): row for row in server.rows()}
    assert rows.keys() == {"tr-9200", "tr-9429", "tr-own200"} and rows["tr-own200"]["id"] == own
    whole = server.get(f"/v1/logs/{rows['tr-9200']['id']}")
    assert (whole["request"]["body"], whole["response"]["body"]) == (line["request"], line["response"])
    assert (whole["created_at"], whole["user"], whole["cost_usd"], whole["cost_source"]) == ("2026-11-01T10:00:00.000Z", "alice", 0.005, "sent")
    assert (whole["metrics"]["total_units"], whole["metrics"]["prompt_slug"], whole["source_shape"]) == (15, "pp-1", "portkey-export")
    assert rows["tr-9429"]["cost_usd"] is None or rows["tr-9429"]["cost_source"] != "sent"
