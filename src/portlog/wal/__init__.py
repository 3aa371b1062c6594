"""The write-ahead log: opaque bytes in order, durable before anyone is told so. It has never heard of logs.

Promises that a record reported durable is read back after any crash, once, byte for byte, under the same
sequence number; these are uint64 from 1, contiguous for ever. Refuses (WalFull, DiskFull) rather than drop,
and is dead for good after a failed sync (DiskFailed). One process at a time.
Its bytes are drawn in docs/internals/wal-format.md.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Lock, Thread, current_thread
from types import TracebackType
from typing import NamedTuple, Self, TypeAlias

from portlog.wal.chain import Chain
from portlog.wal.disk import REAL_DISK, Disk
from portlog.wal.disk import Lock as DirectoryLock
from portlog.wal.errors import DiskFailed, DiskFull, WalCorrupt, WalError, WalFull, WalLocked
from portlog.wal.frame import FRAME_BYTES_MAX, FRAME_HEADER_BYTES
from portlog.wal.queue import Group, Queue
from portlog.wal.segment import failing
from portlog.wal.verify import Damage, Report, SegmentReport, verify

__all__ = [
    "Damage",
    "DiskFailed",
    "DiskFull",
    "Position",
    "Report",
    "SegmentReport",
    "SegmentSpan",
    "Wal",
    "WalCorrupt",
    "WalError",
    "WalFull",
    "WalLocked",
    "verify",
]

KIB = 1024
MIB = 1024 * KIB
STEP_BYTES = 64 * KIB
FREE_CHECK_SECONDS = 0.2

Position: TypeAlias = int
"""The sequence number of a record; 0 stands before the first."""


class SegmentSpan(NamedTuple):
    """What one file of the log holds; last_seq is first_seq - 1 while there is no record."""

    path: Path
    first_seq: int
    last_seq: int
    bytes: int


@dataclass(frozen=True, slots=True)
class _Limits:
    segment_bytes_max: int
    record_bytes_max: int
    backlog_bytes_max: int
    group_bytes_max: int
    disk_free_bytes_min: int

    def __post_init__(self) -> None:
        assert min(self.record_bytes_max, self.segment_bytes_max, self.group_bytes_max) > 0
        assert FRAME_HEADER_BYTES + 5 * max(self.record_bytes_max, self.group_bytes_max) <= FRAME_BYTES_MAX

    @property
    def step_bytes(self) -> int:
        """How far apart places in a segment are remembered; smaller in small segments, so tests meet them."""
        return min(STEP_BYTES, self.segment_bytes_max // 16)


class Wal:
    """A log in one directory, opened with `Wal.open`. Every method is safe from any thread.

    path         the directory
    torn_bytes   of an unfinished write, cut off when it was opened; worth an event if not 0
    """

    def __init__(
        self, path: Path, disk: Disk, limits: _Limits, *, sync: bool, monotonic: Callable[[], float]
    ) -> None:
        """Not for callers: see `open`."""
        self.path, self._disk, self._limits, self._sync, self._monotonic = path, disk, limits, sync, monotonic
        self.torn_bytes = 0
        self._writing = Lock()  # for who changes files; taken before _lock, never inside it
        self._chain = Chain(disk, path, limits.step_bytes)
        self._lock = Lock()  # for the queue and the numbers
        self._work, self._moved = Condition(self._lock), Condition(self._lock)
        self._queue = Queue(limits.group_bytes_max)
        self._applied_seq = self._applied_bytes = 0
        self._room, self._room_checked_at = True, float("-inf")
        self._idle = self._closing = False
        self._failed: DiskFailed | None = None
        self._thread: Thread | None = None
        self._held: DirectoryLock | None = None
        self.listen()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        disk: Disk = REAL_DISK,
        segment_bytes_max: int = 64 * MIB,
        record_bytes_max: int = 32 * MIB,
        backlog_bytes_max: int = 1024 * MIB,
        group_bytes_max: int = 4 * MIB,
        disk_free_bytes_min: int = 256 * MIB,
        sync: bool = True,
        threaded: bool = True,
        first_seq: Position = 1,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> Self:
        """Lock the directory, recover what a crash left, and return the log ready for `append` and `read`.

        segment_bytes_max     a segment that has passed this gets a successor
        record_bytes_max      longest record
        backlog_bytes_max     of records queued or not yet applied; beyond it `append` refuses
        group_bytes_max       of records written and synced at once, though always at least one record
        disk_free_bytes_min   below it `append` refuses; looked up at most every 200 ms
        sync                  off: "durable" only means written, and a power cut loses records; for tests
        threaded              off: nothing is written until `flush` is called
        first_seq             of an empty log, for one that follows a log that was lost; else ignored
        raises                WalLocked; WalCorrupt, with nothing changed; DiskFull; DiskFailed; OSError
        """
        limits = _Limits(
            segment_bytes_max, record_bytes_max, backlog_bytes_max, group_bytes_max, disk_free_bytes_min
        )
        wal = cls(Path(path), disk, limits, sync=sync, monotonic=monotonic)
        disk.make_dir(wal.path)
        wal._held = disk.lock(wal.path)
        try:
            wal._recover(first_seq)
        except BaseException:
            wal._release()
            raise
        if threaded:
            wal._thread = Thread(target=wal._run, name="portlog-wal", daemon=True)
            wal._thread.start()
        return wal

    def listen(
        self,
        *,
        on_durable: Callable[[list[object], Position], object] = lambda waiters, first_seq: None,
        on_refused: Callable[[list[object], DiskFull], object] = lambda waiters, error: None,
        on_failed: Callable[[DiskFailed], object] = lambda error: None,
    ) -> None:
        """Say whom to tell how appends went; to be called before the first of them.

        on_durable(waiters, first_seq)   once per group, in order: waiters[i] waited for record first_seq + i,
                                         which is durable and readable now
        on_refused(waiters, DiskFull)    their records were not kept; the log goes on
        on_failed(DiskFailed)            once: the log is dead, and its `waiters` will not be told
        thread                           the writer's; on_failed also the caller's of `truncate` or `seal`
        The waiter of a record from `append_wait` is None. A callback must not raise: that kills the log.
        """
        self._on_durable, self._on_refused, self._on_failed = on_durable, on_refused, on_failed

    # -- writing ------------------------------------------------------------------------------

    def append(self, record: bytes, waiter: object) -> None:
        """Queue one record and return at once; a callback of `listen` gets the waiter when its fate is known.

        order     records are stored in the order in which calls return
        raises    WalFull, DiskFull, ValueError (too long), DiskFailed, WalError (closed): nothing was queued
        format    docs/internals/wal-format.md
        """
        size = len(record)
        self._check_length(size)
        with self._lock:
            self._admit(size)
            self._queue.put(record, waiter)
            if self._idle:
                self._work.notify()

    def append_wait(self, records: Sequence[bytes]) -> Position:
        """Queue 1 or more records in order, wait until all are durable, and return the position of the last.

        waits     without a thread it flushes by itself
        raises    as `append`, then with nothing queued; DiskFull or DiskFailed while writing, when some of
                  them may have been kept
        """
        assert records
        self._check_length(max(map(len, records)))
        with self._lock:
            self._admit(sum(map(len, records)))
            receipt = self._queue.put_all(records)
            self._work.notify()
            while self._thread is not None and receipt.groups_open:
                self._moved.wait()
        while receipt.groups_open:
            self.flush()
        if receipt.error is not None:
            raise receipt.error
        return receipt.last_seq

    def flush(self) -> int:
        """Write, sync and report the oldest group; return how many records it had, 0 when none is queued.

        thread    the writer's, or the caller's if the log was opened without: two would report out of order
        raises    DiskFailed, after having reported it; DiskFull is only reported, to `on_refused`
        """
        assert self._thread in (None, current_thread()), "the writer thread flushes by itself"
        with self._writing:
            group = self._take()
            if group is None:
                return 0
            first_seq = self._chain.active.end.next_seq
            error = self._commit(group, first_seq)
        if error is None:
            self._on_durable(group.waiters, first_seq)
        elif isinstance(error, DiskFull):
            self._on_refused(group.waiters, error)
        else:
            self._on_failed(error)
            raise error
        return len(group.records)

    def seal(self) -> None:
        """Begin a new segment, so that `truncate` can delete the old one; no-op while that has no record.

        covers    what is durable; what is still queued goes to the new segment
        raises    DiskFull, and the next group or `seal` tries again; DiskFailed
        """
        with self._exclusive():
            active = self._chain.active
            if active.end.next_seq > active.first_seq:
                self._chain.roll()

    def close(self) -> None:
        """Write and sync everything queued, then let go of the directory; a second call does nothing.

        raises    DiskFailed if the log dies of it; the directory is let go all the same
        """
        with self._lock:
            if self._closing:
                return
            self._closing = True
            self._work.notify_all()
            self._moved.notify_all()
        try:
            if self._failed is None:
                self._drain()
        finally:
            self._release()

    def __enter__(self) -> Self:
        """Return itself; leaving the block closes it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        """See `close`."""
        self.close()

    # -- reading ------------------------------------------------------------------------------

    def read(self, after: Position) -> Iterator[tuple[Position, bytes]]:
        """Return an iterator over durable records behind position `after`, in order, till it catches up.

        bound     holds one group or 256 KiB in memory, whichever is more, and one open file
        raises    at once: WalError when `after` is beyond the last record or before the oldest one kept;
                  on the way: WalCorrupt, WalError when `truncate` overtook it
        """
        if self._closing:
            raise WalError(f"the log in {self.path} is closed")
        if after > self.durable_seq:
            raise WalError(
                f"the log in {self.path} ends with record {self.durable_seq}, so nothing can follow {after}:"
                " it is not the log that was read before"
            )
        self._chain.segment_of(after + 1)
        return self._chain.records(after + 1)

    def wait_durable(self, after: Position, timeout: float) -> Position:
        """Wait until durable_seq > after, at most timeout seconds, and return durable_seq as it is then.

        returns   early, without progress, when the log is closed
        raises    DiskFailed when the log died, once nothing durable is left beyond `after`
        """
        with self._lock:
            self._moved.wait_for(lambda: self.durable_seq > after or self._closing or self._failed, timeout)
            if self.durable_seq <= after:
                self._check_alive()
            return self.durable_seq

    @property
    def durable_seq(self) -> Position:
        """Position of the last record that survives a crash; 0 before the first."""
        return self._chain.durable_seq

    @property
    def failed(self) -> DiskFailed | None:
        """Why the log is dead, or None while it lives."""
        return self._failed

    @property
    def backlog_bytes(self) -> int:
        """Bytes queued or on disk and not yet marked applied, exact to about 64 KiB and one group."""
        with self._lock:
            return self._backlog_bytes()

    @property
    def segments(self) -> tuple[SegmentSpan, ...]:
        """The files, oldest first; the last one is being written."""
        segments = self._chain.segments
        return tuple(SegmentSpan(s.path, s.first_seq, s.end.next_seq - 1, s.end.offset) for s in segments)

    # -- forgetting ---------------------------------------------------------------------------

    def mark_applied(self, through: Position) -> None:
        """Say that records up to here are stored elsewhere: they are no backlog any more. In memory only."""
        assert through <= self.durable_seq, f"record {through} is not in the log"
        with self._lock:
            if through > self._applied_seq:
                self._applied_seq, self._applied_bytes = through, self._chain.bytes_through(through)

    def truncate(self, through: Position) -> int:
        """Delete the sealed segments that hold no record after `through`, oldest first; return how many.

        durable   when it returns; a crash on the way leaves the newer ones
        implies   mark_applied(through)
        raises    DiskFailed
        """
        self.mark_applied(through)
        deleted = 0
        while self._delete_oldest(through):
            deleted += 1
        return deleted

    def _delete_oldest(self, through: Position) -> bool:
        with self._exclusive():  # for one file only, so that groups get their turn
            oldest = self._chain.segments[0]
            if oldest is self._chain.active or oldest.end.next_seq - 1 > through:
                return False
            self._chain.drop_oldest()
            return True

    # -- the queue; _lock is held -------------------------------------------------------------

    def _check_length(self, size: int) -> None:
        if size > self._limits.record_bytes_max:
            raise ValueError(f"a record of {size} bytes; {self._limits.record_bytes_max} are allowed")

    def _admit(self, size: int) -> None:
        self._check_alive()
        if self._closing:
            raise WalError(f"the log in {self.path} is closed")
        if self._backlog_bytes() + size > self._limits.backlog_bytes_max:
            allowed = self._limits.backlog_bytes_max
            raise WalFull(f"{self._backlog_bytes()} bytes wait to be applied, {allowed} are allowed")
        if not self._has_room():
            wanted = self._limits.disk_free_bytes_min
            raise DiskFull(f"fewer than {wanted} bytes are free in {self.path}: free some")

    def _backlog_bytes(self) -> int:
        if self._applied_seq >= self._chain.durable_seq:
            return self._queue.bytes
        return self._queue.bytes + self._chain.active.end_bytes - self._applied_bytes

    def _has_room(self) -> bool:
        now = self._monotonic()
        if now - self._room_checked_at >= FREE_CHECK_SECONDS:
            with failing(f"looking for free space in {self.path}"):
                self._room = self._disk.free_bytes(self.path) >= self._limits.disk_free_bytes_min
            self._room_checked_at = now
        return self._room

    # -- the writer; _writing is held ---------------------------------------------------------

    def _run(self) -> None:
        try:
            while self._wait_for_work():
                self.flush()
        except DiskFailed:
            return  # flush has reported it, and nothing can be written any more
        except BaseException as error:  # the outermost loop: else the queue would grow and nobody hear of it
            self._fail(DiskFailed(f"the writer thread died of {error!r}"))
            raise

    def _wait_for_work(self) -> bool:
        with self._lock:
            while not self._queue and not self._closing:
                self._idle = True
                self._work.wait()
            self._idle = False
            return bool(self._queue)

    def _take(self) -> Group | None:
        with self._lock:
            self._check_alive()
            return self._queue.take()

    def _commit(self, group: Group, first_seq: Position) -> DiskFull | DiskFailed | None:
        """Make a group durable and return None, or why it is not."""
        error: DiskFull | None = None
        try:
            self._roll_if_due()
            self._chain.active.append(group.records, sync=self._sync)
        except DiskFailed as failed:
            self._die(failed)
            return failed
        except DiskFull as full:
            error = full
        assert self._chain.active.end.next_seq == first_seq + (0 if error else len(group.records))
        with self._lock:
            self._queue.settle(group, first_seq, error)
            self._moved.notify_all()
        return error

    def _roll_if_due(self) -> None:
        active = self._chain.active
        passed = (
            active.end.offset >= self._limits.segment_bytes_max and active.end.next_seq > active.first_seq
        )
        if passed or self._chain.rolling:
            self._chain.roll()

    # -- life and death -----------------------------------------------------------------------

    def _recover(self, first_seq: Position) -> None:
        self.torn_bytes = self._chain.recover(first_seq)
        self._applied_seq = self._chain.segments[0].first_seq - 1

    def _check_alive(self) -> None:
        if self._failed is not None:
            raise DiskFailed(str(self._failed)) from self._failed

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Hold the files of a living log; DiskFailed inside kills it, reported once the files are let go."""
        try:
            with self._writing:
                self._check_alive()
                try:
                    yield
                except DiskFailed as error:
                    self._die(error)
                    raise
        except DiskFailed as error:
            if error is self._failed:
                self._on_failed(error)
            raise

    def _fail(self, error: DiskFailed) -> None:
        with suppress(DiskFailed), self._exclusive():  # it is raised again after having been reported
            raise error

    def _die(self, error: DiskFailed) -> None:
        """Refuse everything from now on.

        A failed sync is never tried again: the kernel may have dropped the pages it could not write and call
        them clean, so the next sync would say yes to bytes that are nowhere. `open` deals with what is left.
        """
        with self._lock:
            self._failed = error
            error.waiters = self._queue.abandon(error)
            self._work.notify_all()
            self._moved.notify_all()

    def _drain(self) -> None:
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        while self._failed is None and self.flush():
            continue
        with self._exclusive():
            self._mark()

    def _mark(self) -> None:
        """End with a mark, so that the next opener can tell a damaged last group from a torn one."""
        active = self._chain.active
        if not active.marked:
            with suppress(DiskFull):  # everything is durable without it
                active.append([], sync=self._sync)

    def _release(self) -> None:
        self._chain.close()
        if self._held is not None:
            self._held.close()
            self._held = None
