"""Bodies are read and unpacked to one bound, whatever the sender claims and however the pieces fall."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portlog.api import body as bodies
from portlog.api.body import ClientGone, Inflater, read_body
from portlog.errors import PortlogError

TEXT = b'{"request":{}}' * 50
MAX = 10_000


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "gzip of several members": ("gzip", lambda data: gzip.compress(data[:7]) + gzip.compress(b"") + gzip.compress(data[7:])),
    "deflate with zlib's header": ("deflate", zlib.compress),
    "deflate without a header": ("deflate", raw_deflate),
    "plain": ("", lambda data: data),
    "identity": ("identity", lambda data: data),
}


def read(pieces: Sequence[bytes], encoding: str = "", bytes_max: int = MAX, **headers: str) -> bytes:
    """`read_body` of a request that arrives in pieces; asking for more than there is is an error."""
    messages: Iterator[dict[str, Any]] = iter(
        [{"type": "http.request", "body": piece, "more_body": i < len(pieces) - 1} for i, piece in enumerate(pieces)]
    )

    async def receive() -> dict[str, Any]:
        return next(messages)

    sent = {"content-encoding": encoding} | {name.replace("_", "-"): value for name, value in headers.items()}
    return asyncio.run(read_body(sent, receive, bytes_max))


def cut(data: bytes, at: Sequence[int]) -> list[bytes]:
    places = [0, *sorted(min(place, len(data)) for place in at), len(data)]
    return [data[a:b] for a, b in pairwise(places)]


def refused(pieces: Sequence[bytes], encoding: str = "", **kind: Any) -> PortlogError:
    with pytest.raises(PortlogError) as caught:
        read(pieces, encoding, **kind)
    return caught.value


@pytest.mark.parametrize("form", PACKED)
@given(at=st.lists(st.integers(0, 120), max_size=4))
@example(at=[1])
@example(at=[0, 0, 1, 2])
def test_a_body_is_the_same_however_it_is_packed_and_wherever_it_is_cut(form: str, at: list[int]) -> None:
    encoding, pack = PACKED[form]
    assert read(cut(pack(TEXT), at), encoding) == TEXT


@pytest.mark.parametrize("form", PACKED)
@pytest.mark.parametrize("over", [0, 1])
def test_the_bound_is_exact_and_of_the_unpacked_size(form: str, over: int) -> None:
    encoding, pack = PACKED[form]
    data = b"x" * (MAX + over)
    if not over:
        assert read([pack(data)], encoding) == data
        return
    error = refused([pack(data)], encoding)
    assert (error.kind.slug, error.kind.status) == ("too-large", 413)
    assert f"request_bytes_max = {MAX} bytes" in error.message


@pytest.mark.parametrize("encoding", ["GZIP", " gzip ", "x-gzip"])
def test_the_encodings_name_is_read_as_http_means_it(encoding: str) -> None:
    assert read([gzip.compress(TEXT)], encoding) == TEXT


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "utf-8"])
def test_an_encoding_that_is_not_read_is_refused_and_named(encoding: str) -> None:
    error = refused([b"x"], encoding)
    assert (error.kind.slug, error.kind.status) == ("unsupported-encoding", 415)
    assert encoding in error.message


@pytest.mark.parametrize("form", ["gzip", "gzip of several members", "deflate with zlib's header", "deflate without a header"])
def test_a_truncated_body_is_refused_at_every_length(form: str) -> None:
    encoding, pack = PACKED[form]
    packed = pack(TEXT)
    whole = {len(gzip.compress(TEXT[:7])), len(gzip.compress(TEXT[:7]) + gzip.compress(b""))} if "several" in form else set()
    for length in range(len(packed)):
        if length not in whole:  # a member that ends there is complete
            assert refused([packed[:length]], encoding).kind.slug == "bad-encoding", length


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.parametrize("junk", [b"{}", b"\xff" * 50, gzip.compress(TEXT, mtime=0)[:20] + b"\0" * 50])
def test_what_is_not_packed_as_it_says_is_refused(encoding: str, junk: bytes) -> None:
    assert refused([junk], encoding).kind.slug == "bad-encoding"


def test_junk_after_a_gzip_member_is_refused() -> None:
    assert refused([gzip.compress(TEXT) + b"more"], "gzip").kind.slug == "bad-encoding"


def test_members_are_bounded_in_number() -> None:
    assert refused([gzip.compress(b"") * 1001], "gzip", bytes_max=1 << 20).kind.slug == "bad-encoding"
    assert read([gzip.compress(b"") * 1000], "gzip", bytes_max=1 << 20) == b""


def test_a_false_checksum_is_refused() -> None:
    packed = bytearray(gzip.compress(TEXT))
    packed[-5] ^= 1
    assert refused([bytes(packed)], "gzip").kind.slug == "bad-encoding"


def zeros(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(size >> 20)) + packer.flush()


def test_a_bomb_is_inflated_to_the_bound_and_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    """100 MB in 100 KB: the bytes that zlib was let make are counted."""
    made: list[int] = []
    real = zlib.decompressobj

    class Counting:
        def __init__(self, wbits: int) -> None:
            self._stream = real(wbits)

        def decompress(self, data: bytes, max_length: int) -> bytes:
            out = self._stream.decompress(data, max_length)
            made.append(len(out))
            return out

        def __getattr__(self, name: str) -> Any:
            return getattr(self._stream, name)

    monkeypatch.setattr(bodies.zlib, "decompressobj", Counting)
    assert refused(cut(zeros(100 << 20), range(0, 200_000, 1000)), "gzip", bytes_max=1 << 20).kind.slug == "too-large"
    assert sum(made) == (1 << 20) + 1


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_a_declared_length_over_the_bound_is_refused_before_anything_is_read(encoding: str) -> None:
    with pytest.raises(PortlogError, match="larger than request_bytes_max"):
        read([], encoding, content_length=str(MAX + 1))


@pytest.mark.parametrize("length", ["5", "-1", "abc", ""])
def test_a_false_length_is_not_believed(length: str) -> None:
    assert read([TEXT], content_length=length) == TEXT
    assert refused([b"x" * MAX, b"x"], content_length=length).kind.slug == "too-large"


class Endless:
    """Pieces without end; counts what was asked for."""

    def __init__(self, piece: bytes) -> None:
        self.piece, self.asked = piece, 0

    async def __call__(self) -> dict[str, Any]:
        self.asked += 1
        assert self.asked < 10_000, "reads on for ever"
        return {"type": "http.request", "body": self.piece, "more_body": True}


@pytest.mark.parametrize(
    ("encoding", "piece"),
    [("", b"x" * 100), ("gzip", gzip.compress(b"", mtime=0)), ("gzip", gzip.compress(b"", mtime=0) * 50), ("deflate", b"\x00\x00\x00\xff\xff")],
    ids=["plain", "empty gzip members", "many empty gzip members a piece", "empty deflate blocks"],
)  # fmt: skip
def test_a_body_without_end_is_refused_at_the_bound_also_when_it_unpacks_to_nothing(encoding: str, piece: bytes) -> None:
    receive = Endless(piece)
    with pytest.raises(PortlogError) as refusal:
        asyncio.run(read_body({"content-encoding": encoding}, receive, MAX))
    assert refusal.value.kind.slug == "too-large"
    assert receive.asked <= MAX // len(piece) + 1


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_a_client_that_leaves_is_told_apart_from_one_that_is_done(encoding: str) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    with pytest.raises(ClientGone):
        asyncio.run(read_body({"content-encoding": encoding}, receive, MAX))


@given(st.binary(max_size=80), st.sampled_from(["gzip", "deflate"]))
def test_any_bytes_are_unpacked_or_refused(data: bytes, encoding: str) -> None:
    inflater = Inflater(encoding, 100)
    try:
        inflater.feed(data)
        out = inflater.finish()
    except PortlogError as refusal:
        assert refusal.kind.status in (400, 413)
    else:
        assert len(out) <= 100
