"""Look at every byte of a log without touching it: what `portlog check` prints.

Promises to read only, without the lock, and to go on behind damage. Beside a running writer the last segment
may seem to have a torn tail, and files may go away: ask again, or stop the writer first.
"""

from dataclasses import dataclass
from pathlib import Path

from portlog.wal.disk import REAL_DISK, Disk, File
from portlog.wal.errors import WalCorrupt
from portlog.wal.frame import SEGMENT_HEADER_BYTES, Frame
from portlog.wal.segment import (
    UNMARKED,
    header_torn,
    read_header,
    segment_name,
    segment_seqs,
)
from portlog.wal.walk import BadFrame, find_header, walk


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes that were durable and are not whole; `offset` counts from the start of the file."""

    path: Path
    offset: int
    reason: str


@dataclass(frozen=True, slots=True)
class SegmentReport:
    """What one file holds; first_seq and last_seq of the whole records found, None when there are none."""

    path: Path
    bytes: int
    records: int
    first_seq: int | None
    last_seq: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """What the log holds.

    segments     oldest first
    torn_bytes   at the very end, left by a crash: the next `open` cuts them, nobody was told they are durable
    damage       in order; empty for a healthy log
    """

    segments: tuple[SegmentReport, ...]
    torn_bytes: int
    damage: tuple[Damage, ...]

    @property
    def records(self) -> int:
        """How many whole records there are."""
        return sum(segment.records for segment in self.segments)

    @property
    def first_seq(self) -> int | None:
        """Of the oldest whole record, None when there is none."""
        return next((s.first_seq for s in self.segments if s.first_seq is not None), None)

    @property
    def last_seq(self) -> int | None:
        """Of the newest whole record, None when there is none."""
        return next((s.last_seq for s in reversed(self.segments) if s.last_seq is not None), None)


def verify(path: Path, *, disk: Disk = REAL_DISK) -> Report:
    """Read every segment in a directory and say what was found.

    bound    256 KiB in memory, or the largest group
    raises   OSError when a file cannot be read
    """
    seqs = segment_seqs(disk, path)
    finds = [
        _Find(path / segment_name(seq), next_seq).look(disk)
        for seq, next_seq in zip(seqs, [*seqs[1:], None], strict=True)
    ]
    damage = tuple(damage for find in finds for damage in find.damage)
    return Report(tuple(find.report() for find in finds), sum(find.torn_bytes for find in finds), damage)


class _Find:
    """What is found in one file while walking it; next_seq begins the file behind it, None in the newest."""

    def __init__(self, path: Path, next_seq: int | None) -> None:
        self.path, self.next_seq = path, next_seq
        self.size = self.records = self.torn_bytes = 0
        self.first_seq: int | None = None
        self.seq = int(path.stem)
        self.marked = False
        self.damage: list[Damage] = []

    def look(self, disk: Disk) -> "_Find":
        file = disk.open(self.path, writable=False)
        try:
            self.size = file.size()
            self._look(file)
        except WalCorrupt as error:
            self._blame(error.offset, error.reason)
        finally:
            file.close()
        return self

    def report(self) -> SegmentReport:
        last_seq = None if self.first_seq is None else self.seq - 1
        return SegmentReport(self.path, self.size, self.records, self.first_seq, last_seq)

    def _look(self, file: File) -> None:
        if self.next_seq is None and header_torn(file, self.path, self.size):
            self.torn_bytes = self.size
            return
        salt, offset = read_header(file, self.path), SEGMENT_HEADER_BYTES
        while offset < self.size:
            offset = self._stretch(file, salt, offset)
        whole = self.marked and self.seq == self.next_seq
        if self.next_seq is not None and not whole and not self.damage:
            self._blame(self.size, UNMARKED.format(self.next_seq))

    def _stretch(self, file: File, salt: int, offset: int) -> int:
        """Count whole frames up to damage or the end, and return where to go on."""
        try:
            for frame in walk(file, salt, offset, self.size, self.seq):
                self._count(frame)
        except BadFrame as bad:
            later = find_header(file, salt, bad.offset + (not bad.whole), self.size)
            if later is None and self.next_seq is None:
                self.torn_bytes = self.size - bad.offset
                return self.size
            self._blame(bad.offset, bad.reason)
            if later is not None:
                self.seq = later[1].first_seq
                return later[0]
        return self.size

    def _count(self, frame: Frame) -> None:
        try:
            frame.records()
        except ValueError as error:
            self._blame(frame.offset, str(error))
        self.first_seq = self.first_seq or (frame.header.first_seq if frame.header.record_count else None)
        self.records += frame.header.record_count
        self.seq += frame.header.record_count
        self.marked = frame.header.record_count == 0

    def _blame(self, offset: int, reason: str) -> None:
        self.damage.append(Damage(self.path, offset, reason))
