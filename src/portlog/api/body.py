"""Bodies of requests: read to a bound, unpacked to the same bound, whatever the sender claims about their size."""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from portlog.errors import PortlogError

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_GZIP, _ZLIB, _RAW_DEFLATE = 31, 15, -15  # zlib's wbits
_MEMBERS_MAX = 1000  # of one gzip body: an empty one costs us more than its 20 bytes cost the sender


class ClientGone(Exception):
    """The client closed the connection before its request was complete; nobody waits for an answer."""


async def read_body(headers: Mapping[str, str], receive: Receive, bytes_max: int) -> bytes:
    """The whole body, unpacked.

    raises  PortlogError too-large as soon as the bound is passed, packed or unpacked; bad-encoding;
            unsupported-encoding; ClientGone
    """
    declared = headers.get("content-length", "")
    if declared.isdigit() and int(declared) > bytes_max:
        raise too_large(bytes_max)
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return await _read_plain(receive, bytes_max)
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise PortlogError("unsupported-encoding", f"content-encoding {encoding[:40]!r} is not supported")
    inflater = Inflater(encoding, bytes_max)
    while True:
        chunk, more = await _chunk(receive)
        inflater.feed(chunk)
        if not more:
            return inflater.finish()


async def _read_plain(receive: Receive, bytes_max: int) -> bytes:
    chunk, more = await _chunk(receive)
    if not more and len(chunk) <= bytes_max:
        return chunk
    chunks, size = [chunk], len(chunk)
    while True:
        if size > bytes_max:
            raise too_large(bytes_max)
        if not more:
            return b"".join(chunks)
        chunk, more = await _chunk(receive)
        chunks.append(chunk)
        size += len(chunk)


async def _chunk(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message.get("body", b""), message.get("more_body", False)


def too_large(bytes_max: int) -> PortlogError:
    """Return the refusal of a body beyond its bound."""
    return PortlogError("too-large", f"the body is larger than request_bytes_max = {bytes_max} bytes, unpacked")


class Inflater:
    """Unpacks gzip (several members too) or deflate (with and without zlib's header).

    Neither takes in nor gives out more than `bytes_max`.
    """

    def __init__(self, encoding: str, bytes_max: int) -> None:
        self._encoding, self._bytes_max = encoding, bytes_max
        self._wbits = _GZIP
        self._stream: Any = None
        self._held = b""  # of the first two bytes, which tell zlib's header from none
        self._out: list[bytes] = []
        self._size, self._fed, self._members = 0, 0, 0

    def feed(self, packed: bytes) -> None:
        """Take the next packed bytes.

        raises  PortlogError too-large, bad-encoding
        """
        self._fed += len(packed)
        if self._fed > self._bytes_max:
            raise too_large(self._bytes_max)
        if self._stream is None:
            packed = self._held = self._held + packed
            if len(packed) < 2:
                return
            if self._encoding == "deflate":
                self._wbits = _ZLIB if _is_zlib_header(packed) else _RAW_DEFLATE
        while packed:
            packed = self._inflate(packed)

    def _inflate(self, packed: bytes) -> bytes:
        """Unpack up to the end of a member; return what is left."""
        if self._stream is None or self._stream.eof:
            self._stream = zlib.decompressobj(self._wbits)
            self._members += 1
            if self._members > _MEMBERS_MAX:
                raise PortlogError("bad-encoding", f"the body has more than {_MEMBERS_MAX} {self._encoding} members")
        try:
            out = self._stream.decompress(packed, self._bytes_max - self._size + 1)
        except zlib.error as error:
            raise PortlogError("bad-encoding", f"the body is not {self._encoding}: {error}") from None
        self._size += len(out)
        if self._size > self._bytes_max:
            raise too_large(self._bytes_max)
        self._out.append(out)
        rest: bytes = self._stream.unused_data
        return rest

    def finish(self) -> bytes:
        """Return all that was unpacked.

        raises  PortlogError bad-encoding when the stream is not complete
        """
        if self._stream is None or not self._stream.eof:
            raise PortlogError("bad-encoding", f"the {self._encoding} body is truncated after {self._fed} bytes")
        return b"".join(self._out)


def _is_zlib_header(head: bytes) -> bool:
    """RFC 1950, section 2.2: method 8, and a checksum over both bytes."""
    return head[0] & 0x0F == 8 and int.from_bytes(head[:2], "big") % 31 == 0
