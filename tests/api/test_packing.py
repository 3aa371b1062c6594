"""Replies packed with gzip: only when asked, only JSON that is worth it, never another meaning (contract 11.8)."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import Any

import pytest
from starlette.responses import Response

from portlog.api.packing import BYTES_MIN, packed, takes_gzip
from tests.api.conftest import House
from tests.samples import chat

ASKED = {"accept-encoding": "gzip"}


@pytest.fixture(scope="module", autouse=True)
def some_logs(house: House) -> None:
    house.store([chat(f"question {n} " * 50) for n in range(30)])


def plain(house: House, path: str) -> tuple[dict[str, str], bytes]:
    """Headers and body as they are sent, without the client's unpacking."""
    status, headers, body = house.raw(path)
    assert status == 200
    return headers, body


def test_who_does_not_ask_gets_it_as_it_is(house: House) -> None:
    headers, body = plain(house, "/v1/logs")
    assert "content-encoding" not in headers
    assert headers["vary"] == "accept-encoding"
    assert len(json.loads(body)["data"]) == 30


def test_who_asks_gets_the_same_in_fewer_bytes(house: House) -> None:
    _, body = plain(house, "/v1/logs")
    status, headers, sent = house.raw("/v1/logs", headers=ASKED)
    assert (status, headers["content-encoding"], headers["content-length"]) == (200, "gzip", str(len(sent)))
    assert headers["content-type"] == "application/json"
    assert gzip.decompress(sent) == body
    assert len(sent) < len(body) / 3


def test_refusals_and_small_replies_are_left_alone(house: House) -> None:
    for path in ("/healthz", "/v1/logs/nothing", "/nothing"):
        _, headers, _ = house.raw(path, headers=ASKED)
        assert "content-encoding" not in headers


def test_the_reply_to_a_post_of_logs_is_never_packed(house: House) -> None:
    reply = house.post([chat() for _ in range(100)], ASKED)
    assert len(reply.content) > BYTES_MIN
    assert "content-encoding" not in reply.headers


def pack(reply: Response, accepted: str = "gzip") -> Response:
    return asyncio.run(packed(reply, accepted))


@pytest.mark.parametrize("size", [BYTES_MIN, 65_536, 65_537, 1_000_000])
def test_a_body_of_any_size_comes_back(size: int) -> None:
    body = json.dumps("é" * (size // 2 - 1), ensure_ascii=False).encode()
    reply = pack(Response(body, media_type="application/json"))
    assert gzip.decompress(bytes(reply.body)) == body
    assert reply.headers["content-length"] == str(len(reply.body))


def test_a_body_just_too_small_is_left_alone() -> None:
    reply = pack(Response(b"1" * (BYTES_MIN - 1), media_type="application/json"))
    assert "content-encoding" not in reply.headers and "vary" not in reply.headers


@pytest.mark.parametrize("headers", [{"content-encoding": "br"}, {"content-type": "text/plain"}])
def test_what_is_packed_already_or_no_json_passes(headers: dict[str, str]) -> None:
    body = b"x" * 5_000
    reply = pack(Response(body, 200, headers, media_type="application/json" if "content-encoding" in headers else "text/plain"))
    assert reply.body == body


@pytest.mark.parametrize(("sent", "got"), [('"abc"', 'W/"abc"'), ('W/"abc"', 'W/"abc"')])
def test_a_strong_etag_becomes_weak(sent: str, got: str) -> None:
    """The bytes of the two replies differ."""
    reply = pack(Response(b"x" * 5_000, 200, {"etag": sent}, media_type="application/json"))
    assert reply.headers["etag"] == got
    assert pack(Response(b"x" * 5_000, 200, {"etag": sent}, media_type="application/json"), "").headers["etag"] == sent


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("gzip", True), ("GZIP", True), ("x-gzip", True), ("br, gzip", True), ("gzip;q=0.1, br", True), ("*", True), ("br, *;q=0.5", True),
        ("", False), ("identity", False), ("br", False), ("gzip;q=0", False), ("gzip; q=0.0", False), ("*;q=0", False),
        ("gzip;q=0, *", False), ("gzip;q=many", False), ("gzipped", False), (",;,", False),
    ],
)  # fmt: skip
def test_asking_is_read_by_the_book(accepted: str, takes: bool) -> None:
    assert takes_gzip(accepted) is takes


def test_a_log_with_its_bodies_is_packed_and_equal(house: House) -> None:
    (log_id,) = house.store(chat("long " * 1000))
    got: Any = house.get(f"/v1/logs/{log_id}", headers=ASKED)
    assert got.headers["content-encoding"] == "gzip"
    assert got.json()["_id"] == log_id
