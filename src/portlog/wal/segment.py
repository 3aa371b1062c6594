"""One file of the log: create, open, append a frame, seal, walk, cut the torn tail.

Promises that a frame is durable when `append` returns, that a torn tail is cut, and that anything else which
does not read back stops the show with `WalCorrupt`. What tells the two apart: a frame is written only after
all before it has been synced, so a frame header that holds, behind bytes that do not, proves damage.
"""

import errno
import re
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from portlog.wal.disk import Disk, File
from portlog.wal.errors import DiskFailed, DiskFull, WalCorrupt
from portlog.wal.frame import (
    FRAME_HEADER_BYTES,
    SEGMENT_HEADER_BYTES,
    Frame,
    UnknownVersion,
    encode,
    encode_segment,
    parse_header,
    parse_segment,
)
from portlog.wal.walk import BadFrame, find_header, walk

UNMARKED = "it does not end with a mark before record {}, with which the next file begins"
_NAME = re.compile(r"\d{20}\.wal")
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_NO_HANDLE = {errno.EMFILE, errno.ENFILE}


class Recovery(NamedTuple):
    """What opening the last segment found.

    segment      ready to be appended to
    torn_bytes   cut off its end; 0 after a clean close
    """

    segment: "Segment"
    torn_bytes: int


class End(NamedTuple):
    """How far a segment is durable: the record that comes next and its offset. Replaced as a whole."""

    next_seq: int
    offset: int


class Segment:
    """One file. A single thread appends; any thread may read what stands before `end`.

    base_bytes   bytes of the log in segments before this one, since open: makes offsets comparable
    marked       whether its last frame is a mark, or it has none
    """

    def __init__(self, path: Path, salt: int, first_seq: int, base_bytes: int, step_bytes: int) -> None:
        self.path, self.salt, self.first_seq, self.base_bytes = path, salt, first_seq, base_bytes
        self.end = End(first_seq, SEGMENT_HEADER_BYTES)
        self.marked = True
        self.file: File | None = None
        self._step_bytes = step_bytes
        self._places = [(first_seq, SEGMENT_HEADER_BYTES)]
        self._places_lock = Lock()

    @property
    def end_bytes(self) -> int:
        """Bytes of the log up to the end of this segment, since open."""
        return self.base_bytes + self.end.offset

    def append(self, records: list[bytes], *, sync: bool = True) -> None:
        """Write one frame, a mark if there are no records, and return once it is durable (with sync).

        raises   DiskFull with the file as it was; DiskFailed after which its end is unknown
        """
        assert self.file is not None
        seq, offset = self.end
        frame = encode(seq, records, self.salt)
        self._write(self.file, frame, offset, sync)
        self.note(seq, offset)
        self.marked = not records
        self.end = End(seq + len(records), offset + len(frame))

    def _write(self, file: File, frame: bytearray, offset: int, sync: bool) -> None:
        with failing(f"writing {self.path}"):
            try:
                with refusing(_NO_ROOM, f"a group of {len(frame)} bytes in {self.path.parent}"):
                    write_whole(file, frame, offset)
            except DiskFull:
                file.cut(offset)  # not synced: should a crash undo it, a part of a group is a torn tail
                raise
            if sync:
                file.sync()

    def close(self) -> None:
        """Give back the handle of an appender; does not sync."""
        if self.file is not None:
            self.file.close()
            self.file = None

    def records(self, frame: Frame, seq: int) -> list[bytes]:
        """Return the records of a frame from record seq on; WalCorrupt when the frame contradicts itself."""
        skipped = seq - frame.header.first_seq
        if skipped >= frame.header.record_count:
            return []
        try:
            return frame.records()[skipped:] if skipped else frame.records()
        except ValueError as error:
            raise WalCorrupt(self.path, frame.offset, str(error)) from None

    def note(self, seq: int, offset: int) -> None:
        """Remember that record seq begins the frame at offset, if the last such place is a step behind."""
        with self._places_lock:
            if offset - self._places[-1][1] >= self._step_bytes:
                self._places.append((seq, offset))

    def place(self, seq: int) -> tuple[int, int]:
        """Return (seq, offset) of a frame at or before record seq: the nearest one remembered."""
        assert seq >= self.first_seq
        return self._places[bisect_right(self._places, seq, key=lambda place: place[0]) - 1]

    def frames(self, file: File, seq: int) -> Iterator[Frame]:
        """Walk the durable frames, beginning at or before the one with record seq; WalCorrupt on damage."""
        first_seq, offset = self.place(seq)
        while offset < (limit := self.end.offset):
            try:
                for frame in walk(file, self.salt, offset, limit, first_seq):
                    self.note(frame.header.first_seq, frame.offset)
                    yield frame
                    first_seq, offset = frame.header.first_seq + frame.header.record_count, frame.end
            except BadFrame as bad:
                raise WalCorrupt(self.path, bad.offset, bad.reason) from None


def segment_name(first_seq: int) -> str:
    """Return the file name of the segment that begins with this record."""
    return f"{first_seq:020d}.wal"


def segment_seqs(disk: Disk, directory: Path) -> list[int]:
    """Return the first sequence number of each segment in a directory, in order; ignores other files."""
    return sorted(int(name[:20]) for name in disk.names(directory) if _NAME.fullmatch(name))


def create(disk: Disk, path: Path, first_seq: int, base_bytes: int, step_bytes: int) -> Segment:
    """Return a new segment, its header and name durable; an unfinished one of that name is replaced."""
    segment = Segment(path, disk.random_u32(), first_seq, base_bytes, step_bytes)
    with failing(f"creating {path}"):
        with refusing(_NO_ROOM | _NO_HANDLE, f"a new segment {path}"):
            segment.file = disk.create(path)
        try:
            _establish(disk, segment, segment.file)
        except BaseException:
            segment.close()
            raise
    return segment


def _establish(disk: Disk, segment: Segment, file: File) -> None:
    with refusing(_NO_ROOM, f"the header of {segment.path}"):
        write_whole(file, encode_segment(segment.first_seq, segment.salt), 0)
    file.sync()
    with refusing(_NO_HANDLE, f"the name of {segment.path}"):
        disk.sync_dir(segment.path.parent)


def open_sealed(disk: Disk, path: Path, next_seq: int, base_bytes: int, step_bytes: int) -> Segment:
    """Return a segment that another one follows, after a look at both its ends, else WalCorrupt."""
    file = disk.open(path, writable=False)
    try:
        salt = read_header(file, path)
        size = file.size()
        end = size - FRAME_HEADER_BYTES
        mark = parse_header(file.read_at(FRAME_HEADER_BYTES, max(end, 0)), 0, salt)
    finally:
        file.close()
    if mark is None or mark.record_count != 0 or mark.first_seq != next_seq:
        raise WalCorrupt(path, max(end, 0), UNMARKED.format(next_seq))
    segment = Segment(path, salt, int(path.stem), base_bytes, step_bytes)
    segment.end = End(next_seq, size)
    return segment


def open_last(disk: Disk, path: Path, base_bytes: int, step_bytes: int) -> Recovery:
    """Open the segment to append to, cut its torn tail, and make durable what is left.

    raises   WalCorrupt when bytes that had been synced are wrong, with the file untouched
    bound    reads the whole file once
    """
    file = disk.open(path, writable=True)
    try:
        size = file.size()
        if header_torn(file, path, size):
            file.close()
            return Recovery(create(disk, path, int(path.stem), base_bytes, step_bytes), size)
        segment = Segment(path, read_header(file, path), int(path.stem), base_bytes, step_bytes)
        last = _scan(segment, file, size)
        with failing(f"recovering {path}"):
            _settle(file, segment, size, last)
            disk.sync_dir(path.parent)
    except BaseException:
        file.close()
        raise
    segment.file = file
    return Recovery(segment, size - segment.end.offset)


def header_torn(file: File, path: Path, size: int) -> bool:
    """Whether the newest segment was never finished: its header is synced before any frame follows it."""
    if size > SEGMENT_HEADER_BYTES:
        return False
    try:
        parse_segment(file.read_at(SEGMENT_HEADER_BYTES, 0))
        return False
    except UnknownVersion as error:
        raise WalCorrupt(path, 0, str(error)) from None
    except ValueError:
        return True


def read_header(file: File, path: Path) -> int:
    """Return the salt of a segment; WalCorrupt when its header is not one, or belongs to another name."""
    try:
        first_seq, salt = parse_segment(file.read_at(SEGMENT_HEADER_BYTES, 0))
    except ValueError as error:
        raise WalCorrupt(path, 0, str(error)) from None
    if first_seq != int(path.stem):
        raise WalCorrupt(path, 0, f"its header says it begins with record {first_seq}")
    return salt


def _scan(segment: Segment, file: File, size: int) -> bytes:
    """Move the segment's end behind its last whole frame; return that frame, or the header without one."""
    last = file.read_at(SEGMENT_HEADER_BYTES, 0)
    try:
        for frame in walk(file, segment.salt, SEGMENT_HEADER_BYTES, size, segment.first_seq):
            segment.note(frame.header.first_seq, frame.offset)
            segment.end = End(frame.header.first_seq + frame.header.record_count, frame.end)
            segment.marked = frame.header.record_count == 0
            last = frame.raw()
    except BadFrame as bad:
        if bad.whole:
            raise WalCorrupt(segment.path, bad.offset, bad.reason) from None
        later = find_header(file, segment.salt, bad.offset + 1, size)
        if later is not None:
            reason = f"{bad.reason}, though a group was written behind it, at byte {later[0]}"
            raise WalCorrupt(segment.path, bad.offset, reason) from None
    return last


def _settle(file: File, segment: Segment, size: int, last: bytes) -> None:
    """Cut what is torn and write the last frame again: its writer may have died before the sync, or of it.

    After a failed sync the kernel calls the pages clean, so reading them back proves nothing and another sync
    does nothing; only bytes written anew are certain to be tried again. Earlier frames were synced already.
    """
    end = segment.end.offset
    if size > end:
        file.cut(end)
    with refusing(_NO_ROOM, f"writing the last group of {segment.path} again"):
        write_whole(file, last, end - len(last))
    file.sync()


def write_whole(file: File, data: bytes | bytearray, offset: int) -> None:
    """Write all of it, or raise OSError; a short write is a disk that filled up on the way."""
    taken = file.write_at(data, offset)
    if taken < len(data):
        raise OSError(errno.ENOSPC, f"only {taken} of {len(data)} bytes were written")


@contextmanager
def failing(action: str) -> Iterator[None]:
    """Turn what the system refuses into DiskFailed, which says what was being done."""
    try:
        yield
    except OSError as error:
        raise DiskFailed(f"{action} failed: {error}; restart once the disk is well") from error


@contextmanager
def refusing(errnos: set[int], what: str) -> Iterator[None]:
    """Turn want of room, or of file handles, into DiskFull."""
    try:
        yield
    except OSError as error:
        if error.errno not in errnos:
            raise
        raise DiskFull(f"there is no room for {what}: {error.strerror}") from error
