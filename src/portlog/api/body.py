"""Bodies of requests: read to a bound, unpacked to the same bound, whatever the sender claims about their size."""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from portlog.errors import PortlogError

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_GZIP, _ZLIB, _RAW_DEFLATE = 31, 15, -15  # zlib's wbits


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
    return PortlogError("too-large", f"the body is larger than request_bytes_max = {bytes_max} bytes, unpacked")


class Inflater:
    """Unpacks gzip (several members too) or deflate (with and without zlib's header), never past `bytes_max`."""

    def __init__(self, encoding: str, bytes_max: int) -> None:
        self._encoding, self._bytes_max = encoding, bytes_max
        self._wbits = _ZLIB if encoding == "deflate" else _GZIP
        self._stream = zlib.decompressobj(self._wbits)
        self._out: list[bytes] = []
        self._size, self._fed = 0, 0

    def feed(self, packed: bytes) -> None:
        while packed:
            if self._stream.eof:  # a further gzip member
                self._stream = zlib.decompressobj(self._wbits)
            try:
                out = self._stream.decompress(packed, self._bytes_max - self._size + 1)
            except zlib.error as error:
                if self._encoding == "deflate" and self._wbits == _ZLIB and self._fed == 0:
                    self._wbits = _RAW_DEFLATE
                    self._stream = zlib.decompressobj(self._wbits)
                    continue
                raise PortlogError("bad-encoding", f"the body is not {self._encoding}: {error}") from None
            self._fed += len(packed)
            self._size += len(out)
            if self._size > self._bytes_max:
                raise too_large(self._bytes_max)
            self._out.append(out)
            packed = self._stream.unconsumed_tail or self._stream.unused_data

    def finish(self) -> bytes:
        if not self._stream.eof:
            raise PortlogError("bad-encoding", f"the {self._encoding} body is truncated after {self._fed} bytes")
        return b"".join(self._out)
