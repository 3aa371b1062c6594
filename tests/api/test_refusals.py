"""What is refused: the documented status, the path in the message, one error form for all clients, and nothing stored."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest

from portlog.api import body as bodies
from portlog.errors import PortlogError
from portlog.wal import DiskFull, WalFull
from tests.api.conftest import House, refused
from tests.samples import chat, minimal, nested

MIB = 1 << 20


@pytest.fixture(autouse=True)
def nothing_is_stored(house: House) -> Iterator[None]:
    """No test of this file leaves a log, in the store or on its way there."""
    before, durable = house.count(), house.parts.ingest._wal.durable_seq
    yield
    assert house.count() == before
    assert house.parts.ingest._wal.durable_seq == durable


def dumps(value: Any) -> bytes:
    return json.dumps(value).encode()


GOOD = dumps(chat())
NO_URL = {"request": {"body": 1}, "response": {"body": 1}}

BAD: dict[str, tuple[bytes, int, str, str]] = {
    "empty": (b"", 400, "malformed-json", ""),
    "malformed": (b'{"request": {"url": "u", "body": tru}}', 400, "malformed-json", "request.body"),
    "cut off": (GOOD[:-1], 400, "malformed-json", "response"),
    "malformed in a batch": (b"[" + GOOD + b', {"request": }]', 400, "malformed-json", "[1].request"),
    "a comma too many": (b"[" + GOOD + b",]", 400, "malformed-json", "[1]"),
    "not a log": (b"{}", 400, "request-validation", ""),
    "a number": (b"5", 400, "request-validation", ""),
    "a form": (b"request=1&response=2", 400, "malformed-json", ""),
    "missing url": (dumps(NO_URL), 400, "request-validation", "request.url"),
    "missing url, third of three": (dumps([chat(), chat(), NO_URL]), 400, "request-validation", "[2].request.url"),
    "missing url, Node's batch": (dumps({"0": chat(), "1": NO_URL}), 400, "request-validation", "[1].request.url"),
    "missing url, second line": (GOOD + b"\n" + dumps(NO_URL), 400, "request-validation", "[1].request.url"),
    "missing response body": (dumps(minimal(response={})), 400, "request-validation", "response.body"),
    "wrong type of request": (dumps(minimal(request=[])), 400, "request-validation", "request"),
    "wrong type of status": (dumps(minimal(response={"body": 1, "status": "abc"})), 400, "request-validation", "response.status"),
    "wrong type of headers": (dumps(minimal(response={"body": 1, "headers": []})), 400, "request-validation", "response.headers"),
    "wrong type of metadata": (dumps(minimal(metadata=5)), 400, "request-validation", "metadata"),
    "NaN": (b'{"request":{"url":"u","body":{"a":NaN}},"response":{"body":1}}', 400, "malformed-json", "request.body.a"),
    "Infinity": (b'{"request":{"url":"u","body":[0,-Infinity]},"response":{"body":1}}', 400, "malformed-json", "request.body[1]"),
    "1e999": (b'{"request":{"url":"u","body":1e999},"response":{"body":1}}', 400, "malformed-json", "request.body"),
    "invalid UTF-8": (b'{"request":{"url":"u","body":"\xff"},"response":{"body":1}}', 400, "malformed-json", "request.body"),
    "Latin-1": ('{"request":{"url":"u","body":"Zürich"},"response":{"body":1}}'.encode("latin-1"), 400, "malformed-json", "request.body"),
    "UTF-16": (GOOD.decode().encode("utf-16"), 400, "malformed-json", ""),
    "a lone surrogate": (b'{"request":{"url":"u","body":["\\ud83d"]},"response":{"body":1}}', 400, "malformed-json", "request.body[0]"),
    "a lone surrogate in a key": (b'{"request":{"url":"u","body":{"\\udc00":1}},"response":{"body":1}}', 400, "malformed-json", "request.body"),
    "a key twice on top": (b'{"request":{"url":"u","body":1},"response":{"body":1},"request":{"url":"u","body":2}}', 400, "malformed-json", "request"),
    "a key twice deep in a body": (b'{"request":{"url":"u","body":{"m":[{"a":1,"a":1}]}},"response":{"body":1}}', 400, "malformed-json",
                                   "request.body.m[0].a"),
    "a key twice in metadata": (b'{"request":{"url":"u","body":1},"response":{"body":1},"metadata":{"k":1,"k":2}}', 400, "malformed-json",
                                "metadata.k"),
    "nested 100,000 deep": (b'{"request":{"url":"u","body":' + nested(100_000).encode() + b'},"response":{"body":1}}', 400, "malformed-json",
                            "request.body"),
    "nested 100,000 deep and not closed": (b"[" * 100_000, 400, "malformed-json", "[0]"),
    "nested objects 100,000 deep": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400, "malformed-json", "a"),
    "100,001 elements": (b"[" + b"{}," * 100_000 + b"{}]", 413, "too-large", ""),
    "100,001 lines": (b'{"a":1}\n' * 100_001, 413, "too-large", ""),
}  # fmt: skip


@pytest.mark.parametrize(("body", "status", "slug", "path"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_refused_with_its_path(house: House, body: bytes, status: int, slug: str, path: str) -> None:
    message = refused(reply := house.post(body), status, slug)
    found = reply.json()["error"]["param"] or ""
    assert found == path or ("deep" in message and found.startswith(path)), (found, message)
    assert len(reply.content) < 4000


def test_one_bad_log_refuses_its_whole_batch(house: House) -> None:
    message = refused(house.post([chat()] * 500 + [NO_URL] + [chat()] * 500), 400, "request-validation", "[500].request.url")
    assert message == "[500].request.url is required"


def test_all_faults_of_a_batch_are_listed(house: House) -> None:
    reply = house.post([NO_URL, chat(), minimal(response={})])
    assert [error["path"] for error in reply.json()["data"]["errors"]] == ["[0].request.url", "[2].response.body"]


@pytest.mark.parametrize("path", ["request.provider", "request.headers", "response.headers", "response.response_time"])
def test_strict_mode_refuses_what_the_seed_requires(house: House, path: str) -> None:
    log = chat()
    part, name = path.split(".")
    del log[part][name]
    refused(house.post(log, {"x-log-validation": "strict"}), 400, "request-validation", path)


# -- size --------------------------------------------------------------------------------------------------------------


def too_large(reply: httpx.Response) -> None:
    assert "request_bytes_max = 33554432" in refused(reply, 413, "too-large")


def test_a_body_of_64_mib_is_refused_by_its_declared_length_alone(house: House) -> None:
    too_large(house.call("POST", "/v1/logs", never(), {"content-length": str(64 * MIB)}))


async def never() -> AsyncIterator[bytes]:
    raise AssertionError("the body was read")
    yield b""


def test_a_body_of_64_mib_in_pieces_is_read_to_the_bound_and_no_further(house: House) -> None:
    pieces = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal pieces
        for _ in range(64):
            pieces += 1
            yield b'{"request":' + b" " * (MIB - 11)

    too_large(house.post(endless()))
    assert pieces <= 34


def test_a_gzip_bomb_is_refused_by_its_unpacked_size(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """1 GiB of zeros in about 1 MB; what zlib was let make of it is counted."""
    made = 0
    real = zlib.decompressobj

    class Counting:
        def __init__(self, wbits: int) -> None:
            self._stream = real(wbits)

        def decompress(self, data: bytes, max_length: int) -> bytes:
            nonlocal made
            out = self._stream.decompress(data, max_length)
            made += len(out)
            return out

        def __getattr__(self, name: str) -> Any:
            return getattr(self._stream, name)

    packer = zlib.compressobj(9, wbits=31)
    head = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)  # stands by itself: it may be repeated
    bomb = head + block * 1023
    assert len(bomb) < 1.2 * MIB
    monkeypatch.setattr(bodies.zlib, "decompressobj", Counting)
    too_large(house.post(bomb, {"content-encoding": "gzip"}))
    assert made == 32 * MIB + 1


@pytest.mark.parametrize("length", [0, 1, 10, 100])
def test_a_truncated_gzip_body_is_refused(house: House, length: int) -> None:
    refused(house.post(gzip.compress(GOOD)[:length], {"content-encoding": "gzip"}), 400, "bad-encoding")


@pytest.mark.parametrize(("encoding", "status", "slug"), [("gzip", 400, "bad-encoding"), ("deflate", 400, "bad-encoding"), ("br", 415, "unsupported-encoding")])
def test_an_encoding_that_does_not_hold_is_refused(house: House, encoding: str, status: int, slug: str) -> None:
    refused(house.post(GOOD, {"content-encoding": encoding}), status, slug)


def test_a_client_that_leaves_halfway_stores_nothing(house: House) -> None:
    sent: list[Any] = []
    messages = iter([{"type": "http.request", "body": GOOD, "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/logs", "headers": [(b"host", b"127.0.0.1")], "query_string": b""}
    house.run(house.app(scope, receive, send))
    assert sent == []


# -- R2: what a blind retry may do -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "status", "slug"), [(WalFull("full"), 503, "overloaded"), (DiskFull("full"), 503, "disk-full")], ids=["overloaded", "disk full"]
)
def test_when_nothing_was_stored_the_sdk_is_told_to_try_again(
    house: House, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, slug: str
) -> None:
    def full(*_: Any) -> None:
        raise error

    monkeypatch.setattr(house.parts.ingest._wal, "append", full)
    reply = house.post(chat())
    assert "nothing of this call was stored" in refused(reply, status, slug)
    assert int(reply.headers["retry-after"]) >= 1
    assert not {"x-portkey-request-id", "x-portkey-trace-id", "x-portkey-gateway-exception"} & set(reply.headers)


def raising(error: BaseException) -> Callable[..., Any]:
    async def fail(*_: Any, **__: Any) -> None:
        raise error

    return fail


@pytest.mark.parametrize("route", ["POST /v1/logs", "GET /v1/logs", "GET /v1/logs/{id}"])
def test_a_bug_of_ours_is_a_500_with_a_request_id_and_without_content(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], route: str
) -> None:
    error = RuntimeError("secret content of a log")
    monkeypatch.setattr(house.parts.ingest, "accept", raising(error))
    for question in ("list_logs", "get_log"):
        monkeypatch.setattr(house.parts.questions, question, raising(error))
    method, path = route.replace("{id}", "0" * 32).split()
    reply = house.call(method, path, chat() if method == "POST" else None, raise_app_exceptions=False)
    assert "secret" not in refused(reply, 500, "internal")
    told = capsys.readouterr().err
    assert reply.headers["x-portkey-request-id"] in told and "RuntimeError" in told
    assert "secret content" not in told


def test_a_store_that_does_not_answer_is_a_503(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.parts.questions, "list_logs", raising(PortlogError("store-unavailable", "no answer")))
    refused(house.get("/v1/logs"), 503, "store-unavailable")


# -- E1 on every other error -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/v1/nothing", "/nothing", "/v1", "/v2/logs", "/v1/logs/a/b", "/v1/v1/logs", "/logs.json", "//logs", "/v1/" + "x" * 3000])
def test_an_unknown_route_is_a_404_in_our_form(house: House, path: str) -> None:
    status, headers, body = house.raw(path)
    refused(httpx.Response(status, headers=headers, content=body), 404, "not-found")
    assert len(body) < 2000


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("PUT", "/v1/logs", {"GET", "HEAD", "POST"}), ("DELETE", "/logs", {"GET", "HEAD", "POST"}), ("PATCH", "/v1/session", {"POST", "DELETE"}),
     ("POST", "/v1/logs/x", {"GET", "HEAD"}), ("POST", "/healthz", {"GET", "HEAD"}), ("OPTIONS", "/v1/logs", {"GET", "HEAD", "POST"})],
)  # fmt: skip
def test_a_method_that_is_not_served_is_a_405_that_names_those_that_are(house: House, method: str, path: str, allowed: set[str]) -> None:
    reply = house.call(method, path)
    refused(reply, 405, "method-not-allowed")
    assert {name.strip() for name in reply.headers["allow"].split(",")} == allowed


def test_refusals_are_counted_by_their_slug(house: House) -> None:
    def refusals() -> float:
        return house.parts.meters.registry.get_sample_value("portlog_calls_refused_total", {"slug": "request-validation"}) or 0

    before = refusals()
    house.post({})
    assert refusals() == before + 1


def test_many_bad_calls_at_once_are_each_refused(house: House) -> None:
    async def storm() -> list[httpx.Response]:
        return await asyncio.gather(*(house.request("POST", "/v1/logs", body[0]) for body in list(BAD.values())[:25]))

    replies = house.run(storm())
    assert [reply.status_code for reply in replies] == [status for _, status, _, _ in list(BAD.values())[:25]]
