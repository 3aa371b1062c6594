"""Bytes of a segment: its header, and frames, each holding the records of one group. Pure: touches no file.

Promises that `Frame.records` gives back what `encode` was given, and that changed bytes do not pass for it.
Drawn in docs/internals/wal-format.md; all integers are little-endian.
"""

import struct
import zlib
from collections.abc import Sequence
from typing import NamedTuple

MAGIC = b"portlogW"
VERSION = 1
SEQ_MAX = 2**64 - 1
FRAME_BYTES_MAX = 2**32 - 1

MARKER = b"\xf7GRP"
_SEGMENT = struct.Struct("<8sIIQII")  # magic, version, salt, first_seq, 0, crc of all before
_FRAME = struct.Struct(
    "<4sIQIII4x"
)  # marker, crc of what follows here, first_seq, count, body_bytes, body crc
SEGMENT_HEADER_BYTES = _SEGMENT.size
FRAME_HEADER_BYTES = _FRAME.size
_CRC_FROM = 8  # the frame header's checksum covers what follows it


class Header(NamedTuple):
    """A frame header whose checksum holds. With 0 records it is a mark: a proof of what stands before it."""

    first_seq: int
    record_count: int
    body_bytes: int
    body_crc: int


class Frame(NamedTuple):
    """A frame whose body lies in `data` from `body_at`; `offset` is where its header is in the segment."""

    offset: int
    header: Header
    data: bytes
    body_at: int

    @property
    def end(self) -> int:
        """The offset in the segment just behind this frame."""
        return self.offset + FRAME_HEADER_BYTES + self.header.body_bytes

    def records(self) -> list[bytes]:
        """Return the records in order; ValueError when lengths and body disagree: no torn write does that."""
        count = self.header.record_count
        if 4 * count > self.header.body_bytes:
            raise ValueError("its table of lengths is longer than its body")
        sizes = struct.unpack_from(f"<{count}I", self.data, self.body_at)
        if 4 * count + sum(sizes) != self.header.body_bytes:
            raise ValueError("its record lengths do not add up to its body")
        return _cut(self.data, self.body_at + 4 * count, sizes)

    def raw(self) -> bytes:
        """Return header and body as they stand in the file."""
        return self.data[self.body_at - FRAME_HEADER_BYTES : self.body_at + self.header.body_bytes]


def _cut(data: bytes, at: int, sizes: Sequence[int]) -> list[bytes]:
    records = []
    for size in sizes:
        records.append(data[at : at + size])
        at += size
    return records


def encode(first_seq: int, records: Sequence[bytes], salt: int) -> bytearray:
    """Return the frame of one group, copying each record once; an empty group makes a mark."""
    assert 1 <= first_seq <= SEQ_MAX - len(records)
    sizes = struct.pack(f"<{len(records)}I", *map(len, records))
    frame = bytearray().join((bytes(FRAME_HEADER_BYTES), sizes, *records))
    assert len(frame) <= FRAME_BYTES_MAX
    with memoryview(frame)[FRAME_HEADER_BYTES:] as body:
        _FRAME.pack_into(frame, 0, MARKER, 0, first_seq, len(records), len(body), zlib.crc32(body, salt))
    frame[4:8] = zlib.crc32(frame[_CRC_FROM:FRAME_HEADER_BYTES], salt).to_bytes(4, "little")
    return frame


def parse_header(data: bytes, at: int, salt: int) -> Header | None:
    """Return the frame header that begins at `at`, or None when none does."""
    if at + FRAME_HEADER_BYTES > len(data):
        return None
    marker, crc, *fields = _FRAME.unpack_from(data, at)
    if marker != MARKER or crc != zlib.crc32(data[at + _CRC_FROM : at + FRAME_HEADER_BYTES], salt):
        return None
    return Header(*fields)


def body_holds(header: Header, data: bytes, body_at: int, salt: int) -> bool:
    """Whether the body at `body_at` is the one the header was written for."""
    body = memoryview(data)[body_at : body_at + header.body_bytes]
    return len(body) == header.body_bytes and zlib.crc32(body, salt) == header.body_crc


def encode_segment(first_seq: int, salt: int) -> bytes:
    """Return the header every segment begins with."""
    assert 1 <= first_seq <= SEQ_MAX
    head = _SEGMENT.pack(MAGIC, VERSION, salt, first_seq, 0, 0)[:-4]
    return head + zlib.crc32(head).to_bytes(4, "little")


def parse_segment(data: bytes) -> tuple[int, int]:
    """Return (first_seq, salt); ValueError says in words why these bytes are not a segment header."""
    if len(data) < SEGMENT_HEADER_BYTES:
        raise ValueError(f"it has {len(data)} bytes, fewer than a segment header")
    magic, version, salt, first_seq, _, crc = _SEGMENT.unpack_from(data)
    if magic != MAGIC:
        raise ValueError("it does not begin like a segment")
    if version != VERSION:
        raise UnknownVersion(f"it has format version {version}; this release reads version {VERSION}")
    if crc != zlib.crc32(data[: SEGMENT_HEADER_BYTES - 4]):
        raise ValueError("the checksum of its header does not hold")
    return first_seq, salt


class UnknownVersion(ValueError):
    """A segment of another release."""
