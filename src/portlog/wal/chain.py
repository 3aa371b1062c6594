"""The segments of one log, oldest first, each beginning where the one before it ends.

Promises that there is never a gap, on disk either, whatever call the power goes at. One thread at a time may
change the chain; any thread may look and read, while it changes.
"""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from portlog.wal.disk import Disk, File
from portlog.wal.errors import WalCorrupt, WalError
from portlog.wal.segment import (
    Segment,
    create,
    failing,
    open_last,
    open_sealed,
    segment_name,
    segment_seqs,
)


class Chain:
    """See the module.

    segments   never empty after `recover`; replaced as a whole; the last one is active
    rolling    half of the next segment may be on disk: nothing may be appended before `roll` succeeds
    """

    def __init__(self, disk: Disk, path: Path, step_bytes: int) -> None:
        self._disk, self._path, self._step_bytes = disk, path, step_bytes
        self.segments: tuple[Segment, ...] = ()
        self.rolling = False

    def recover(self, first_seq: int) -> int:
        """Open what is there, or begin with record first_seq; return how many torn bytes were cut off."""
        seqs = segment_seqs(self._disk, self._path)
        if not seqs:
            self._begin(first_seq, base_bytes=0)
            return 0
        base_bytes = 0
        for seq, next_seq in pairwise(seqs):
            sealed = open_sealed(self._disk, self._file(seq), next_seq, base_bytes, self._step_bytes)
            self.segments += (sealed,)
            base_bytes = sealed.end_bytes
        last, torn_bytes = open_last(self._disk, self._file(seqs[-1]), base_bytes, self._step_bytes)
        self.segments += (last,)
        return torn_bytes

    def roll(self) -> None:
        """Seal the active segment with a mark and begin the next one; raises DiskFull and DiskFailed."""
        old = self.active
        assert old.end.next_seq > old.first_seq, "two segments would have one name"
        if not old.marked:
            old.append([])
        self.rolling = True
        self._begin(old.end.next_seq, old.end_bytes)
        self.rolling = False
        old.close()

    def drop_oldest(self) -> None:
        """Delete the oldest segment, durably before the next one may be: a crash must not leave a gap."""
        oldest, *newer = self.segments
        assert newer
        self.segments = tuple(newer)  # first, so that a reader who misses the file finds out why
        with failing(f"deleting {oldest.path}"):
            self._disk.unlink(oldest.path)
            self._disk.sync_dir(self._path)

    def close(self) -> None:
        """Give back the writer's handle; readers have their own."""
        for segment in self.segments[-1:]:
            segment.close()

    @property
    def active(self) -> Segment:
        """The segment that is appended to."""
        return self.segments[-1]

    @property
    def durable_seq(self) -> int:
        """Of the last durable record."""
        return self.active.end.next_seq - 1

    def bytes_through(self, seq: int) -> int:
        """Return the bytes of the log, since open, up to record seq: at its end exact, else a little less."""
        if seq >= self.durable_seq:
            return self.active.end_bytes
        segment = self.segment_of(seq + 1)
        return segment.base_bytes + segment.place(seq + 1)[1]

    def segment_of(self, seq: int) -> Segment:
        """Return the segment that holds record seq, or will; WalError when it was deleted."""
        segments = self.segments
        index = bisect_right(segments, seq, key=lambda segment: segment.first_seq) - 1
        if index < 0:
            raise WalError(f"record {seq} was deleted; the oldest in {self._path} is {segments[0].first_seq}")
        return segments[index]

    def records(self, seq: int) -> Iterator[tuple[int, bytes]]:
        """Yield durable records from seq on, until there are no more."""
        while seq <= self.durable_seq:
            segment, begin = self.segment_of(seq), seq
            file = self._open(segment)
            try:
                for frame in segment.frames(file, seq):
                    for record in segment.records(frame, seq):
                        yield seq, record
                        seq += 1
            finally:
                file.close()
            assert seq > begin, "a segment ended before the next one begins"

    def _begin(self, seq: int, base_bytes: int) -> None:
        self.segments += (create(self._disk, self._file(seq), seq, base_bytes, self._step_bytes),)

    def _file(self, seq: int) -> Path:
        return self._path / segment_name(seq)

    def _open(self, segment: Segment) -> File:
        try:
            return self._disk.open(segment.path, writable=False)
        except FileNotFoundError:
            self.segment_of(segment.first_seq)  # says so if it was truncated
            raise WalCorrupt(segment.path, 0, "the file is gone") from None
