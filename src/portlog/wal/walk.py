"""Reading a file full of frames: in order while they are whole, and looking for the next one behind damage.

Promises that every frame given out has been checked: header, body, and place in the sequence.
"""

from collections.abc import Iterator

from portlog.wal.disk import File
from portlog.wal.frame import FRAME_HEADER_BYTES, MARKER, Frame, Header, body_holds, parse_header

READ_BYTES = 256 * 1024


class BadFrame(Exception):
    """The bytes at `offset` are not the frame that should begin there: torn, unless its header is `whole`."""

    def __init__(self, offset: int, reason: str, *, whole: bool = False) -> None:
        self.offset, self.reason, self.whole = offset, reason, whole
        super().__init__(f"byte {offset}: {reason}")


def walk(file: File, salt: int, offset: int, limit: int, seq: int) -> Iterator[Frame]:
    """Yield whole frames in order from offset until limit, the first of them beginning with record seq.

    raises   BadFrame at the first that is not whole, or not the next in sequence
    """
    window = _Window(file, limit)
    while offset < limit:
        data, at = window.look(offset, FRAME_HEADER_BYTES)
        header = parse_header(data, at, salt)
        if header is None:
            raise BadFrame(offset, "no frame header begins here")
        if header.first_seq != seq:
            raise BadFrame(offset, f"this group begins with record {header.first_seq}, not {seq}", whole=True)
        data, at = window.look(offset, FRAME_HEADER_BYTES + header.body_bytes)
        frame = Frame(offset, header, data, at + FRAME_HEADER_BYTES)
        if not body_holds(header, data, frame.body_at, salt):
            raise BadFrame(offset, "the checksum of this group does not hold")
        yield frame
        offset, seq = frame.end, seq + header.record_count


class _Window:
    """The part of a file read last; looks ahead so that small frames cost no call each."""

    def __init__(self, file: File, limit: int) -> None:
        self._file, self._limit, self._start, self._data = file, limit, 0, b""

    def look(self, offset: int, size: int) -> tuple[bytes, int]:
        """Return (data, at) so that data[at : at + size] is what stands at offset, or less at the limit."""
        at = offset - self._start
        if at < 0 or at + size > len(self._data):
            wanted = min(max(size, READ_BYTES), self._limit - offset)
            self._data, self._start, at = self._file.read_at(wanted, offset), offset, 0
        return self._data, at


def find_header(file: File, salt: int, offset: int, size: int) -> tuple[int, Header] | None:
    """Return the first frame header that holds, and where, from offset on; the salt keeps look-alikes out."""
    while offset + FRAME_HEADER_BYTES <= size:
        data = file.read_at(min(READ_BYTES, size - offset), offset)
        at = data.find(MARKER)
        while at >= 0:
            header = parse_header(data, at, salt)
            if header is not None:
                return offset + at, header
            at = data.find(MARKER, at + 1)
        offset += max(1, len(data) - FRAME_HEADER_BYTES + 1)
    return None
