"""The write-ahead log: order, durability, refusals, recovery, and what it says when something is wrong."""

import errno
import os
import re
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

import portlog
from portlog.wal import (
    DiskFailed,
    DiskFull,
    SegmentSpan,
    Wal,
    WalCorrupt,
    WalError,
    WalFull,
    WalLocked,
    frame,
    verify,
)
from portlog.wal.disk import File
from portlog.wal.frame import FRAME_HEADER_BYTES, SEGMENT_HEADER_BYTES
from portlog.wal.segment import create
from tests.faults.disks import Fault, SimDisk, SimFile

HOME = Path("/wal")
DOCS = Path(__file__).parents[2] / "docs" / "internals" / "wal-format.md"


class Told:
    """What the three callbacks were told, in order."""

    def __init__(self, wal: Wal) -> None:
        self.durable: list[tuple[list[object], int]] = []
        self.refused: list[list[object]] = []
        self.failed: list[DiskFailed] = []
        self.threads: set[str] = set()
        wal.listen(on_durable=self.on_durable, on_refused=self.on_refused, on_failed=self.failed.append)

    def on_durable(self, waiters: list[object], first_seq: int) -> None:
        self.threads.add(threading.current_thread().name)
        self.durable.append((waiters, first_seq))

    def on_refused(self, waiters: list[object], error: DiskFull) -> None:
        self.refused.append(waiters)

    def positions(self) -> dict[object, int]:
        """The position of each waiter's record."""
        return {
            w: first + i for waiters, first in self.durable for i, w in enumerate(waiters) if w is not None
        }


def sim(disk: SimDisk, **options: object) -> Wal:
    """A log without a thread on the simulated disk."""
    chosen = {"threaded": False, "disk_free_bytes_min": 0, "monotonic": lambda: 0.0, **options}
    return Wal.open(HOME, disk=disk, **chosen)  # type: ignore[arg-type]


# -- what is appended is read ------------------------------------------------------------------


def test_records_are_read_back_in_order_after_a_restart(tmp_path: Path) -> None:
    records = [b"", b"a", b"b" * 5000, b"\xf7GRP"]
    with Wal.open(tmp_path / "deep" / "wal") as wal:
        assert wal.durable_seq == 0
        assert wal.append_wait(records) == 4
    with Wal.open(tmp_path / "deep" / "wal") as wal:
        assert wal.durable_seq == 4
        assert list(wal.read(0)) == list(enumerate(records, 1))
        assert list(wal.read(3)) == [(4, b"\xf7GRP")]
        assert list(wal.read(4)) == []
        assert wal.append_wait([b"next"]) == 5


def test_every_waiter_is_told_once_with_the_position_of_its_record(tmp_path: Path) -> None:
    with Wal.open(tmp_path, segment_bytes_max=20_000, group_bytes_max=3000) as wal:
        told = Told(wal)

        def client(name: int) -> None:
            for number in range(200):
                wal.append(f"{name}/{number}".encode(), f"{name}/{number}")

        threads = [threading.Thread(target=client, args=(name,)) for name in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wal.append_wait([b"last"])
        stored = dict(wal.read(0))
    answers = told.positions()
    assert len(answers) == sum(len(waiters) for waiters, _ in told.durable) - 1 == 800
    assert all(stored[seq].decode() == waiter for waiter, seq in answers.items())
    assert [first for _, first in told.durable] == sorted(first for _, first in told.durable)
    for name in range(4):
        seqs = [answers[f"{name}/{number}"] for number in range(200)]
        assert seqs == sorted(seqs), "one caller's records changed places"
    assert told.threads == {"portlog-wal"}


def test_one_group_is_one_write_one_sync_and_one_report() -> None:
    disk = SimDisk(1)
    with sim(disk) as wal:
        told = Told(wal)
        for number in range(100):
            wal.append(b"x" * 50, number)
        before = disk.calls
        assert wal.flush() == 100
        assert disk.calls - before == 2
        assert told.durable == [(list(range(100)), 1)]
        assert wal.flush() == 0
        assert disk.calls - before == 2


def test_a_group_is_bounded_but_takes_at_least_one_record() -> None:
    with sim(SimDisk(1), group_bytes_max=100) as wal:
        for size in (60, 40, 1, 500, 100):
            wal.append(b"x" * size, size)
        told = Told(wal)
        while wal.flush():
            continue
        assert told.durable == [([60, 40], 1), ([1], 3), ([500], 4), ([100], 5)]


def test_append_wait_spans_groups_and_goes_behind_what_was_queued() -> None:
    with sim(SimDisk(1), group_bytes_max=100) as wal:
        told = Told(wal)
        wal.append(b"first", "waiter")
        assert wal.append_wait([b"x" * 90] * 3) == 4
        assert told.durable[0] == (["waiter", None], 1)


def test_only_the_writer_thread_reports(tmp_path: Path) -> None:
    with Wal.open(tmp_path) as wal:
        told = Told(wal)
        for _ in range(30):
            wal.append_wait([b"x"])
        with pytest.raises(AssertionError, match="flushes by itself"):
            wal.flush()
    assert told.threads == {"portlog-wal"}


def test_positions_may_begin_where_a_lost_log_ended() -> None:
    disk = SimDisk(1)
    with sim(disk, first_seq=2**63) as wal:
        assert wal.durable_seq == 2**63 - 1
        assert wal.append_wait([b"a"]) == 2**63
        assert wal.backlog_bytes > 0
    with sim(disk, first_seq=1) as wal:
        assert list(wal.read(2**63 - 1)) == [(2**63, b"a")]


# -- readers -----------------------------------------------------------------------------------


class Listening(SimDisk):
    """Calls back in the middle of every sync."""

    during_sync: Callable[[], None] = staticmethod(lambda: None)

    def create(self, path: Path) -> File:
        inner = super().create(path)
        assert isinstance(inner, SimFile)
        whole_sync = inner.sync

        def sync() -> None:
            self.during_sync()
            whole_sync()

        inner.sync = sync  # type: ignore[method-assign]
        return inner


def test_a_reader_never_sees_what_is_not_synced() -> None:
    disk = Listening(1)
    seen: list[tuple[int, list[tuple[int, bytes]]]] = []
    with sim(disk) as wal:
        wal.append_wait([b"old"])
        disk.during_sync = lambda: seen.append((wal.durable_seq, list(wal.read(0))))
        wal.append_wait([b"new"])
        disk.during_sync = lambda: None
        assert seen == [(1, [(1, b"old")])]
        assert list(wal.read(1)) == [(2, b"new")]


def test_wait_durable_wakes_for_the_next_record(tmp_path: Path) -> None:
    with Wal.open(tmp_path) as wal:
        found: list[int] = []
        waiting = threading.Thread(target=lambda: found.append(wal.wait_durable(2, timeout=60)))
        waiting.start()
        wal.append_wait([b"a"])
        wal.append_wait([b"b"])
        wal.append_wait([b"c"])
        waiting.join()
        assert found == [3]
        assert wal.wait_durable(1, timeout=0) == 3
        assert wal.wait_durable(3, timeout=0) == 3


def test_closing_wakes_who_waits(tmp_path: Path) -> None:
    wal = Wal.open(tmp_path)
    found: list[int] = []
    waiting = threading.Thread(target=lambda: found.append(wal.wait_durable(0, timeout=60)))
    waiting.start()
    wal.close()
    waiting.join()
    assert found == [0]


def test_a_reader_follows_while_a_writer_writes_and_segments_go(tmp_path: Path) -> None:
    count = 3000
    with Wal.open(tmp_path, segment_bytes_max=5000, group_bytes_max=500) as wal:

        def write() -> None:
            for number in range(1, count + 1):
                wal.append(b"%d" % number * 3, None)

        writer = threading.Thread(target=write)
        writer.start()
        position = 0
        while position < count:
            wal.wait_durable(position, timeout=60)
            for seq, record in wal.read(position):
                assert (seq, record) == (position + 1, b"%d" % seq * 3)
                position = seq
            wal.truncate(position)
        writer.join()
        assert len(wal.segments) <= 2
        assert sorted(p.name for p in tmp_path.iterdir()) == [*(s.path.name for s in wal.segments), "lock"]


def test_a_reader_overtaken_by_truncate_keeps_its_file_and_then_says_so() -> None:
    with sim(SimDisk(1), segment_bytes_max=1, group_bytes_max=1) as wal:
        wal.append_wait([b"a", b"b", b"c"])
        reader = wal.read(0)
        assert next(reader) == (1, b"a")
        assert wal.truncate(2) == 2
        with pytest.raises(WalError, match="record 2 was deleted; the oldest in /wal is 3"):
            next(reader)


def test_a_segment_deleted_just_before_it_is_opened_is_no_damage() -> None:
    class Late(SimDisk):
        before_open: Callable[[], object] = staticmethod(lambda: None)

        def open(self, path: Path, *, writable: bool) -> File:
            self.before_open()
            return super().open(path, writable=writable)

    disk = Late(1)
    with sim(disk, segment_bytes_max=1) as wal:
        wal.append_wait([b"a"])
        wal.append_wait([b"b"])
        disk.before_open = lambda: wal.truncate(1)
        with pytest.raises(WalError, match="record 1 was deleted"):
            list(wal.read(0))


def test_readers_remember_places_once_and_in_order() -> None:
    """Else a log that is read for days would fill the memory, and a search among the places go wrong."""
    segment = create(SimDisk(1), Path("/1.wal"), 1, base_bytes=0, step_bytes=100)
    for _ in range(2):
        for seq in range(1, 50):
            segment.note(seq, 30 * seq)
    places = [segment.place(seq) for seq in range(1, 50)]
    assert places == sorted(places)
    offsets = sorted({offset for _, offset in places})
    assert all(after - before >= 100 for before, after in pairwise(offsets))
    assert all(seq - at < 5 for seq, (at, _) in enumerate(places, 1))


def test_reading_beyond_either_end_is_refused_at_once() -> None:
    with sim(SimDisk(1), segment_bytes_max=1) as wal:
        wal.append_wait([b"a"])
        wal.append_wait([b"b"])
        wal.truncate(1)
        with pytest.raises(WalError, match="record 1 was deleted"):
            wal.read(0)
        with pytest.raises(WalError, match="nothing can follow 3"):
            wal.read(3)


# -- segments ----------------------------------------------------------------------------------


def test_a_segment_that_has_passed_its_bound_gets_a_successor() -> None:
    with sim(SimDisk(1), segment_bytes_max=200) as wal:
        for _ in range(4):
            wal.append_wait([b"x" * 50])
        first = SegmentSpan(HOME / "00000000000000000001.wal", 1, 2, 32 + 2 * 86 + 32)
        assert wal.segments == (first, SegmentSpan(HOME / "00000000000000000003.wal", 3, 4, 32 + 2 * 86))
        assert [seq for seq, _ in wal.read(0)] == [1, 2, 3, 4]


def test_seal_lets_everything_be_deleted_and_positions_go_on(tmp_path: Path) -> None:
    with Wal.open(tmp_path) as wal:
        wal.append_wait([b"a", b"b"])
        wal.seal()
        wal.seal()
        assert wal.truncate(2) == 1
        assert wal.backlog_bytes == 0
        assert wal.segments == (SegmentSpan(tmp_path / "00000000000000000003.wal", 3, 2, 32),)
    with Wal.open(tmp_path) as wal:
        assert wal.durable_seq == 2
        assert list(wal.read(2)) == []
        assert wal.append_wait([b"c"]) == 3


def test_truncate_spares_the_active_segment_and_any_record_after_the_mark() -> None:
    with sim(SimDisk(1), segment_bytes_max=1) as wal:
        for _ in range(3):
            wal.append_wait([b"x", b"y"])
        assert wal.truncate(1) == 0
        assert wal.truncate(3) == 1
        assert wal.truncate(6) == 1
        assert [seq for seq, _ in wal.read(4)] == [5, 6]
        with pytest.raises(AssertionError, match="record 7 is not in the log"):
            wal.truncate(7)


# -- refusals ----------------------------------------------------------------------------------


def test_a_record_may_be_as_long_as_allowed_and_no_longer() -> None:
    with sim(SimDisk(1), record_bytes_max=10) as wal:
        assert wal.append_wait([b"x" * 10]) == 1
        with pytest.raises(ValueError, match="a record of 11 bytes; 10 are allowed"):
            wal.append(b"x" * 11, None)
        with pytest.raises(ValueError, match="a record of 11 bytes"):
            wal.append_wait([b"x", b"x" * 11])
        assert wal.flush() == 0


def test_the_backlog_is_bounded_exactly_and_applying_makes_room() -> None:
    file_bytes = SEGMENT_HEADER_BYTES + FRAME_HEADER_BYTES + 4 + 100
    bound = file_bytes + 70
    with sim(SimDisk(1), backlog_bytes_max=bound) as wal:
        assert wal.backlog_bytes == 0
        wal.append_wait([b"x" * 100])
        assert wal.backlog_bytes == file_bytes
        wal.append(b"x" * 70, None)
        assert wal.backlog_bytes == bound
        with pytest.raises(WalFull, match=f"{bound} bytes wait to be applied, {bound} are allowed"):
            wal.append(b"x", None)
        with pytest.raises(WalFull):
            wal.append_wait([b"x"])
        wal.append(b"", None)
        while wal.flush():
            continue
        assert [len(record) for _, record in wal.read(0)] == [100, 70, 0]
        wal.mark_applied(wal.durable_seq)
        assert wal.backlog_bytes == 0
        wal.append(b"x" * bound, None)


def test_after_a_restart_everything_not_truncated_is_backlog_until_marked() -> None:
    disk = SimDisk(1)
    with sim(disk, segment_bytes_max=1000) as wal:
        for _ in range(9):
            wal.append_wait([b"x" * 300])
        wal.mark_applied(9)
    with sim(disk, segment_bytes_max=1000) as wal:
        assert wal.backlog_bytes > 2700
        wal.mark_applied(6)
        assert 900 <= wal.backlog_bytes <= 2400
        wal.mark_applied(3)
        assert wal.backlog_bytes <= 2400, "applying went backwards"
        wal.mark_applied(9)
        assert wal.backlog_bytes == 0


def test_free_space_is_looked_up_at_most_every_200_ms() -> None:
    now, asked = [0.0], [0]

    class Filling(SimDisk):
        def free_bytes(self, path: Path) -> int:
            asked[0] += 1
            return super().free_bytes(path)

    disk = Filling(1, capacity_bytes=10_000)
    with sim(disk, disk_free_bytes_min=5000, monotonic=lambda: now[0]) as wal:
        wal.append_wait([b"x" * 6000])
        wal.append(b"x", None)
        assert asked == [1]
        now[0] = 0.2
        with pytest.raises(DiskFull, match="fewer than 5000 bytes are free in /wal"):
            wal.append(b"x", None)
        with pytest.raises(DiskFull):
            wal.append_wait([b"x"])
        assert asked == [2]
        disk.capacity_bytes = 20_000
        now[0] = 0.4
        wal.append(b"x", None)
        assert asked == [3]


def test_a_full_disk_refuses_the_group_and_the_log_goes_on() -> None:
    disk = SimDisk(1, capacity_bytes=1000)
    with sim(disk) as wal:
        told = Told(wal)
        wal.append(b"x" * 500, 1)
        wal.flush()
        wal.append(b"y" * 500, 2)
        assert wal.flush() == 1
        assert told.refused == [[2]]
        assert disk.room_bytes == 1000 - wal.segments[0].bytes, "the file was not cut back"
        with pytest.raises(DiskFull, match="there is no room for a group of 536 bytes in /wal"):
            wal.append_wait([b"z" * 500])
        assert wal.backlog_bytes == wal.segments[0].bytes, "refused bytes are still counted"
        wal.append(b"small", 3)
        wal.flush()
        assert told.durable == [([1], 1), ([3], 2)]
        assert told.failed == []
        assert [record for _, record in wal.read(1)] == [b"small"]


class NoHandles(SimDisk):
    """Has no file handle to give for a new file while `out`."""

    out = False

    def create(self, path: Path) -> File:
        if self.out:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return super().create(path)


def test_want_of_file_handles_refuses_the_group_and_the_log_goes_on() -> None:
    disk = NoHandles(1)
    with sim(disk, segment_bytes_max=1) as wal:
        told = Told(wal)
        wal.append_wait([b"a"])
        disk.out = True
        wal.append(b"b", "b")
        wal.flush()
        with pytest.raises(DiskFull, match="Too many open files"):
            wal.seal()
        disk.out = False
        assert wal.append_wait([b"c"]) == 2
        assert told.refused == [["b"]]
        assert list(wal.read(0)) == [(1, b"a"), (2, b"c")]


def test_a_closed_log_takes_and_gives_nothing() -> None:
    wal = sim(SimDisk(1))
    wal.append(b"queued", "waiter")
    told = Told(wal)
    wal.close()
    wal.close()
    assert told.durable == [(["waiter"], 1)], "close left the queue unwritten"
    for call in (lambda: wal.append(b"x", None), lambda: wal.append_wait([b"x"]), lambda: wal.read(0)):
        with pytest.raises(WalError, match="is closed"):
            call()


def test_closing_the_threaded_log_writes_what_is_queued(tmp_path: Path) -> None:
    wal = Wal.open(tmp_path)
    for number in range(500):
        wal.append(b"%d" % number, number)
    wal.close()
    assert verify(tmp_path).records == 500


def test_a_second_opener_is_told_who_holds_the_log(tmp_path: Path) -> None:
    with Wal.open(tmp_path):
        with pytest.raises(
            WalLocked, match=f"lock is held by pid {os.getpid()} on .*: stop it, or use another"
        ):
            Wal.open(tmp_path)
        verify(tmp_path)
    Wal.open(tmp_path).close()


# -- the disk fails ----------------------------------------------------------------------------


def dead(call_from_now: int) -> tuple[SimDisk, Wal, Told]:
    """A log that died of the n-th call of its second flush, with one more group queued."""
    disk = SimDisk(1)
    wal = sim(disk, group_bytes_max=1)
    told = Told(wal)
    wal.append(b"a", "a")
    wal.flush()
    wal.append(b"b", "b")
    wal.append(b"c", "c")
    disk.faults[disk.calls + call_from_now] = Fault.EIO
    with pytest.raises(DiskFailed, match="Input/output error"):
        wal.flush()
    return disk, wal, told


@pytest.mark.parametrize("call", [1, 2])
def test_a_failed_write_or_sync_kills_the_log_for_good(call: int) -> None:
    disk, wal, told = dead(call)
    calls = disk.calls
    assert told.durable == [(["a"], 1)]
    assert [error.waiters for error in told.failed] == [["b", "c"]]
    assert wal.failed is told.failed[0]
    dies: list[Callable[[], object]] = [
        lambda: wal.append(b"x", None),
        lambda: wal.append_wait([b"x"]),
        wal.flush,
        wal.seal,
        lambda: wal.truncate(1),
        lambda: wal.wait_durable(1, timeout=60),
    ]
    for death in dies:
        with pytest.raises(DiskFailed, match="Input/output error"):
            death()
    assert wal.wait_durable(0, timeout=60) == 1
    assert list(wal.read(0)) == [(1, b"a")]
    wal.close()
    assert disk.calls == calls, "a dead log touched the disk again"
    assert len(told.failed) == 1


def test_append_wait_is_told_that_the_log_died(tmp_path: Path) -> None:
    class Bad(SimDisk):
        def make_dir(self, path: Path) -> None:
            super().make_dir(path)
            self.faults[5] = Fault.EIO  # 1-3 create, write and sync the header, 4 syncs its name

    with pytest.raises(DiskFailed), Wal.open(HOME, disk=Bad(1), disk_free_bytes_min=0) as wal:
        wal.append_wait([b"x"])


def test_a_failed_deletion_kills_the_log_and_is_reported() -> None:
    disk = SimDisk(1)
    with sim(disk, segment_bytes_max=1) as wal:
        told = Told(wal)
        wal.append_wait([b"a"])
        wal.append_wait([b"b"])
        wal.append(b"c", "c")
        disk.faults[disk.calls + 2] = Fault.EIO
        with pytest.raises(DiskFailed, match=r"deleting /wal/0{19}1\.wal failed"):
            wal.truncate(1)
        assert [error.waiters for error in told.failed] == [["c"]]


def test_a_group_whose_sync_failed_is_written_again_by_the_next_opener() -> None:
    """The kernel shows it, calls it clean, and has not written it: no crash may take it back once read."""
    for seed in range(30):
        disk = SimDisk(seed)
        wal = sim(disk)
        wal.append_wait([b"a"])
        wal.append(b"b" * 3000, None)
        disk.faults[disk.calls + 2] = Fault.EIO
        with pytest.raises(DiskFailed):
            wal.flush()
        disk.kill()
        heir = sim(disk)
        assert list(heir.read(1)) == [(2, b"b" * 3000)], "this test needs it to be readable"
        with sim(disk.crash()) as late:
            assert list(late.read(1)) == [(2, b"b" * 3000)], f"seed {seed}"


def test_a_callback_that_raises_kills_the_log_loudly() -> None:
    wal = sim(SimDisk(1))
    failed: list[DiskFailed] = []

    def broken(waiters: list[object], first_seq: int) -> None:
        raise RuntimeError("ours")

    wal.listen(on_durable=broken, on_failed=failed.append)
    wal.append(b"a", "a")
    with pytest.raises(RuntimeError, match="ours"):
        wal._run()
    assert "the writer thread died of RuntimeError('ours')" in str(failed[0])
    with pytest.raises(DiskFailed, match="died"):
        wal.append(b"b", "b")
    wal.close()


# -- recovery ----------------------------------------------------------------------------------


def unclosed(*groups: list[bytes]) -> tuple[SimDisk, Path]:
    """A disk on which these groups were written by a process that was killed, and the file they are in."""
    disk = SimDisk(1)
    wal = sim(disk)
    for records in groups:
        wal.append_wait(records)
    disk.kill()
    return disk, wal.segments[-1].path


def grow(disk: SimDisk, path: Path, tail: bytes) -> None:
    file = disk.open(path, writable=True)
    file.write_at(tail, file.size())
    file.sync()


def test_a_torn_tail_is_cut_and_its_size_reported() -> None:
    disk, path = unclosed([b"a"], [b"b"])
    whole = bytes(disk.seen[path].seen)
    grow(disk, path, b"\0" * 700)
    report = verify(HOME, disk=disk)
    assert (report.records, report.torn_bytes, report.damage) == (2, 700, ())
    wal = sim(disk)
    assert wal.torn_bytes == 700
    assert bytes(disk.seen[path].platter) == whole
    assert wal.append_wait([b"c"]) == 3
    assert [record for _, record in wal.read(0)] == [b"a", b"b", b"c"]


@pytest.mark.parametrize("where", ["header", "body"])
def test_a_bad_group_before_a_good_one_is_damage_not_a_torn_tail(where: str) -> None:
    disk, path = unclosed([b"a" * 600], [b"b" * 600], [b"c" * 600])
    second = SEGMENT_HEADER_BYTES + FRAME_HEADER_BYTES + 604
    disk.flip(path, second + (3 if where == "header" else 200))
    before = bytes(disk.seen[path].seen)
    with pytest.raises(WalCorrupt, match=r"portlog check.*restore this file from a copy") as caught:
        sim(disk)
    assert (caught.value.path, caught.value.offset) == (path, second)
    assert f"a group was written behind it, at byte {second + 636}" in caught.value.reason
    assert bytes(disk.seen[path].seen) == before
    report = verify(HOME, disk=disk)
    assert (report.records, report.first_seq, report.last_seq, report.torn_bytes) == (2, 1, 3, 0)
    assert [(d.path, d.offset) for d in report.damage] == [(path, second)]


def test_a_torn_group_behind_a_bad_one_still_proves_damage() -> None:
    """Only the header of the group in flight is on the disk: enough to know the one before was synced."""
    disk, path = unclosed([b"a" * 600], [b"b" * 600], [b"c" * 600])
    file = disk.open(path, writable=True)
    file.cut(file.size() - 300)
    disk.flip(path, SEGMENT_HEADER_BYTES + FRAME_HEADER_BYTES + 604 + 100)
    with pytest.raises(WalCorrupt, match="the checksum of this group does not hold"):
        sim(disk)


def test_the_last_group_is_proved_by_the_mark_of_a_clean_close() -> None:
    disk, path = unclosed([b"a"], [b"b" * 600])
    offset = len(disk.seen[path].seen) - 10
    sim(disk).close()
    disk.flip(path, offset)
    with pytest.raises(WalCorrupt):
        sim(disk)


def test_a_record_that_looks_like_a_frame_is_no_proof_of_damage() -> None:
    """A client may send such bytes; a torn tail that contains them must not keep the log from opening."""
    disk, path = unclosed([b"a"])
    forged = b"".join(bytes(frame.encode(seq, [b"x"], salt)) for seq in range(1, 9) for salt in range(9))
    _, salt = frame.parse_segment(bytes(disk.seen[path].seen))
    grow(disk, path, bytes(frame.encode(2, [forged], salt))[:-1])
    wal = sim(disk)
    assert wal.torn_bytes == FRAME_HEADER_BYTES + 4 + len(forged) - 1


def test_a_group_out_of_sequence_is_damage() -> None:
    disk, path = unclosed([b"a"])
    _, salt = frame.parse_segment(bytes(disk.seen[path].seen))
    grow(disk, path, bytes(frame.encode(3, [b"x"], salt)))
    with pytest.raises(WalCorrupt, match="this group begins with record 3, not 2"):
        sim(disk)
    assert [d.reason for d in verify(HOME, disk=disk).damage] == ["this group begins with record 3, not 2"]


def test_a_group_that_contradicts_itself_is_damage() -> None:
    disk, path = unclosed([b"a"])
    _, salt = frame.parse_segment(bytes(disk.seen[path].seen))
    forged = frame.encode(2, [b"abc"], salt)
    body = b"\x02\0\0\0abc"
    header = frame._FRAME.pack(frame.MARKER, 0, 2, 1, len(body), zlib.crc32(body, salt))
    crc = zlib.crc32(header[8:], salt).to_bytes(4, "little")
    assert len(forged) == len(header + body)
    grow(disk, path, header[:4] + crc + header[8:] + body)
    with pytest.raises(WalCorrupt, match="its record lengths do not add up"):
        list(sim(disk).read(1))
    assert len(verify(HOME, disk=disk).damage) == 1


@pytest.mark.parametrize("size", [0, 1, 31, 32])
def test_a_segment_that_was_never_finished_is_begun_again_under_its_number(size: int) -> None:
    disk, _ = unclosed([b"a", b"b"])
    wal = sim(disk)
    wal.seal()
    disk.kill()
    path = wal.segments[-1].path
    file = disk.open(path, writable=True)
    file.cut(0)
    file.write_at(b"\0" * size, 0)
    report = verify(HOME, disk=disk)
    assert (report.records, report.torn_bytes, report.damage) == (2, size, ())
    wal = sim(disk)
    assert wal.torn_bytes == size
    assert wal.append_wait([b"c"]) == 3
    assert [record for _, record in wal.read(0)] == [b"a", b"b", b"c"]


def test_a_segment_of_another_release_is_named_and_left_alone() -> None:
    for groups in ([], [[b"a"]]):
        disk, path = unclosed(*groups)
        disk.open(path, writable=True).write_at(b"\x02", 8)
        with pytest.raises(WalCorrupt, match="it has format version 2; this release reads version 1"):
            sim(disk)
        assert len(verify(HOME, disk=disk).damage) == 1


@pytest.fixture
def three_segments() -> tuple[SimDisk, list[Path]]:
    disk = SimDisk(1)
    with sim(disk, segment_bytes_max=1) as wal:
        for record in (b"a" * 600, b"b" * 600, b"c" * 600):
            wal.append_wait([record])
        return disk, [span.path for span in wal.segments]


def test_a_missing_segment_is_damage(three_segments: tuple[SimDisk, list[Path]]) -> None:
    disk, paths = three_segments
    disk.unlink(paths[1])
    with pytest.raises(WalCorrupt, match="does not end with a mark before record 3") as caught:
        sim(disk)
    assert caught.value.path == paths[0]
    assert [d.path for d in verify(HOME, disk=disk).damage] == [paths[0]]


@pytest.mark.parametrize("lost", [1, FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + 1, 700])
def test_a_sealed_segment_cut_short_is_damage(three_segments: tuple[SimDisk, list[Path]], lost: int) -> None:
    disk, paths = three_segments
    file = disk.open(paths[0], writable=True)
    file.cut(max(0, file.size() - lost))
    with pytest.raises(WalCorrupt, match="is damaged at byte"):
        sim(disk)
    report = verify(HOME, disk=disk)
    assert [d.path for d in report.damage] == [paths[0]]
    assert report.torn_bytes == 0


def test_damage_inside_a_sealed_segment_stops_the_reader_there(
    three_segments: tuple[SimDisk, list[Path]],
) -> None:
    disk, paths = three_segments
    disk.flip(paths[1], 300)
    with sim(disk) as wal:
        reader: Iterator[tuple[int, bytes]] = wal.read(0)
        assert next(reader) == (1, b"a" * 600)
        with pytest.raises(WalCorrupt) as caught:
            next(reader)
        assert (caught.value.path, caught.value.offset) == (paths[1], SEGMENT_HEADER_BYTES)
        assert list(wal.read(2)) == [(3, b"c" * 600)]
    report = verify(HOME, disk=disk)
    assert [segment.records for segment in report.segments] == [1, 0, 1]
    assert [(d.path, d.offset) for d in report.damage] == [(paths[1], SEGMENT_HEADER_BYTES)]


def test_a_segment_under_the_wrong_name_is_damage(three_segments: tuple[SimDisk, list[Path]]) -> None:
    disk, paths = three_segments
    disk.seen[paths[2].with_name("00000000000000000004.wal")] = disk.seen.pop(paths[2])
    with pytest.raises(WalCorrupt):
        sim(disk)


def test_a_segment_that_vanishes_beside_a_running_log_is_damage(
    three_segments: tuple[SimDisk, list[Path]],
) -> None:
    disk, paths = three_segments
    with sim(disk) as wal:
        disk.unlink(paths[0])
        with pytest.raises(WalCorrupt, match="the file is gone"):
            list(wal.read(0))


def test_verify_counts_what_is_there_and_changes_nothing(tmp_path: Path) -> None:
    with Wal.open(tmp_path, segment_bytes_max=100) as wal:
        for _ in range(5):
            wal.append_wait([b"x" * 60, b"y"])
        wal.truncate(4)
    (tmp_path / "notes.wal").write_text("not ours")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    report = verify(tmp_path)
    assert (report.records, report.first_seq, report.last_seq) == (6, 5, 10)
    assert (report.torn_bytes, report.damage) == (0, ())
    assert [(s.first_seq, s.last_seq, s.records) for s in report.segments] == [
        (5, 6, 2),
        (7, 8, 2),
        (9, 10, 2),
    ]
    assert sum(s.bytes for s in report.segments) == sum(len(b) for n, b in before.items() if n[0] == "0")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_real_kill_loses_nothing_that_was_reported(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from portlog.wal import Wal\n"
        "wal = Wal.open(pathlib.Path(sys.argv[1]), segment_bytes_max=20_000)\n"
        "wal.listen(on_durable=lambda waiters, first: print(first + len(waiters) - 1, flush=True))\n"
        "while True:\n"
        "    n = wal.durable_seq\n"
        "    wal.append_wait([b'%d' % seq * 50 for seq in range(n + 1, n + 8)])\n"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(portlog.__file__).parents[1])}
    for _ in range(3):
        command = [sys.executable, "-c", program, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=env, text=True) as writer:  # noqa: S603
            assert writer.stdout is not None
            lines = [writer.stdout.readline() for _ in range(20)]
            writer.kill()
            lines += writer.stdout.readlines()
        reported = max(int(line) for line in lines if line.endswith("\n"))
        with Wal.open(tmp_path) as wal:
            assert wal.durable_seq >= reported
            assert all(record == b"%d" % seq * 50 for seq, record in wal.read(0))


# -- the bytes ---------------------------------------------------------------------------------


def test_the_documented_bytes_are_the_ones_written() -> None:
    class Salted(SimDisk):
        def random_u32(self) -> int:
            return 0x01020304

    disk = Salted(1)
    with sim(disk, first_seq=5) as wal:
        wal.append_wait([b"one", b""])
    lines = [
        line
        for line in DOCS.read_text().splitlines()
        if re.fullmatch(r"    ([0-9a-f]{2} {1,2}){1,15}[0-9a-f]{2}", line)
    ]
    assert bytes.fromhex("".join(lines)) == bytes(disk.seen[HOME / "00000000000000000005.wal"].seen)
