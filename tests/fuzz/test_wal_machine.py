"""Hypothesis plays the log against a list: calls, restarts, power cuts, torn tails in any order."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from portlog.wal import Wal, WalCorrupt, WalError, frame, verify
from portlog.wal.frame import FRAME_HEADER_BYTES, SEGMENT_HEADER_BYTES, Frame
from tests.faults.disks import SimDisk

HOME = Path("/wal")
RECORDS = st.binary(max_size=700)


class WalMachine(RuleBasedStateMachine):
    """`durable[i]` is record i + 1; `queued` waits behind; the first `gone` records may have been deleted."""

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.disk = SimDisk(seed)
        self.durable: list[bytes] = []
        self.queued: list[bytes] = []
        self.gone = self.applied = 0
        self.start()

    def start(self) -> None:
        self.wal = Wal.open(
            HOME,
            disk=self.disk,
            segment_bytes_max=1500,
            group_bytes_max=900,
            record_bytes_max=700,
            disk_free_bytes_min=0,
            threaded=False,
            monotonic=lambda: 0.0,
        )
        self.wal.listen(on_durable=self.on_durable)
        self.applied = 0

    def on_durable(self, waiters: list[object], first_seq: int) -> None:
        assert first_seq == len(self.durable) + 1
        assert waiters == [None] * len(waiters) or waiters == self.queued[: len(waiters)]
        self.durable += self.queued[: len(waiters)]
        del self.queued[: len(waiters)]

    @rule(record=RECORDS)
    def append(self, record: bytes) -> None:
        self.wal.append(record, record)
        self.queued.append(record)

    @rule()
    def flush(self) -> None:
        before = len(self.durable)
        assert self.wal.flush() == len(self.durable) - before

    @rule(records=st.lists(RECORDS, min_size=1, max_size=6))
    def append_wait(self, records: list[bytes]) -> None:
        while self.wal.flush():
            continue
        self.queued += records
        assert self.wal.append_wait(records) == len(self.durable)
        assert not self.queued

    @rule(record=st.binary(min_size=701, max_size=800))
    def append_too_long(self, record: bytes) -> None:
        with pytest.raises(ValueError, match="700 are allowed"):
            self.wal.append(record, record)

    @rule()
    def seal(self) -> None:
        self.wal.seal()
        assert self.wal.segments[-1].first_seq == len(self.durable) + 1

    @precondition(lambda self: self.durable)
    @rule(data=st.data())
    def truncate(self, data: st.DataObject) -> None:
        through = data.draw(st.integers(0, len(self.durable)))
        doomed = sum(span.last_seq <= through for span in self.wal.segments[:-1])
        assert self.wal.truncate(through) == doomed
        self.gone = max(self.gone, through)
        self.applied = max(self.applied, through)

    @rule(data=st.data())
    def mark_applied(self, data: st.DataObject) -> None:
        through = data.draw(st.integers(0, len(self.durable)))
        self.wal.mark_applied(through)
        self.applied = max(self.applied, through)

    @rule(data=st.data())
    def read_from_anywhere(self, data: st.DataObject) -> None:
        after = data.draw(st.integers(self.wal.segments[0].first_seq - 1, len(self.durable)))
        found = list(self.wal.read(after))
        assert found == list(enumerate(self.durable[after:], after + 1))

    @rule(records=st.lists(RECORDS, min_size=1, max_size=6))
    def a_reader_sees_what_comes_while_it_reads(self, records: list[bytes]) -> None:
        self.append_wait([b"first"])
        after = len(self.durable) - 1
        reader = self.wal.read(after)
        first = next(reader)
        self.append_wait(records)
        assert [first, *reader] == list(enumerate([b"first", *records], after + 1))

    @rule()
    def restart(self) -> None:
        self.wal.close()
        assert not self.queued
        self.start()
        assert self.wal.torn_bytes == 0
        assert len(self.durable) == self.wal.durable_seq

    @rule()
    def power_cut(self) -> None:
        self.disk = self.disk.crash()
        self.recover()

    @rule(tail=st.binary(min_size=1, max_size=100))
    def torn_tail(self, tail: bytes) -> None:
        self.disk.kill()
        last = self.disk.open(self.wal.segments[-1].path, writable=True)
        last.write_at(tail, last.size())
        self.recover()
        assert self.wal.torn_bytes == len(tail)

    @rule(data=st.data())
    def a_group_cut_short(self, data: st.DataObject) -> None:
        """What a process leaves that is killed while it writes a group."""
        self.disk.kill()
        last = self.disk.open(self.wal.segments[-1].path, writable=True)
        _, salt = frame.parse_segment(last.read_at(SEGMENT_HEADER_BYTES, 0))
        whole = bytes(frame.encode(len(self.durable) + 1, [b"never", b"kept"], salt))
        tail = whole[: data.draw(st.integers(1, len(whole) - 1))]
        last.write_at(tail, last.size())
        self.recover()
        assert self.wal.torn_bytes == len(tail)

    def recover(self) -> None:
        """What was durable is there; of what was queued nothing, since it was never written."""
        self.queued.clear()
        self.start()
        assert self.wal.durable_seq == len(self.durable)

    @invariant()
    def the_log_is_the_list(self) -> None:
        oldest = self.wal.segments[0].first_seq
        assert oldest <= self.gone + 1
        assert list(self.wal.read(oldest - 1)) == list(enumerate(self.durable[oldest - 1 :], oldest))

    @invariant()
    def segments_follow_each_other_and_verify(self) -> None:
        spans = self.wal.segments
        assert all(one.last_seq + 1 == next_.first_seq for one, next_ in pairwise(spans))
        report = verify(HOME, disk=self.disk)
        assert (report.damage, report.torn_bytes) == ((), 0)
        assert report.records == len(self.durable) - spans[0].first_seq + 1

    @invariant()
    def the_backlog_is_what_is_not_applied(self) -> None:
        waiting = sum(map(len, self.durable[max(self.applied, self.wal.segments[0].first_seq - 1) :]))
        assert self.wal.backlog_bytes >= waiting + sum(map(len, self.queued))
        if self.applied == len(self.durable):
            assert self.wal.backlog_bytes == sum(map(len, self.queued))


WalMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestWalMachine = WalMachine.TestCase


# -- frames -----------------------------------------------------------------------------------

SALTS = st.integers(0, 2**32 - 1)
SEQS = st.integers(1, 2**63)
GROUPS = st.lists(st.binary(max_size=50), max_size=20)


def whole(data: bytes, salt: int) -> Frame | None:
    """The frame at the beginning of data, if it is whole."""
    header = frame.parse_header(data, 0, salt)
    if header is None or not frame.body_holds(header, data, FRAME_HEADER_BYTES, salt):
        return None
    return Frame(0, header, data, FRAME_HEADER_BYTES)


@given(SEQS, GROUPS, SALTS, st.binary(max_size=40))
def test_a_frame_gives_back_its_records_whatever_stands_behind_it(
    seq: int, records: list[bytes], salt: int, behind: bytes
) -> None:
    encoded = bytes(frame.encode(seq, records, salt))
    found = whole(encoded + behind, salt)
    assert found is not None
    assert found.header.first_seq == seq
    assert found.header.record_count == len(records)
    assert found.records() == records
    assert found.end == len(encoded)
    assert found.raw() == encoded


@given(SEQS, GROUPS, SALTS, st.data())
def test_a_frame_with_a_flipped_bit_is_not_whole(
    seq: int, records: list[bytes], salt: int, data: st.DataObject
) -> None:
    encoded = frame.encode(seq, records, salt)
    bit = data.draw(st.integers(0, 8 * len(encoded) - 1))
    encoded[bit // 8] ^= 1 << bit % 8
    assert whole(bytes(encoded), salt) is None


@given(SEQS, GROUPS, SALTS, st.data())
def test_a_frame_cut_short_is_not_whole(
    seq: int, records: list[bytes], salt: int, data: st.DataObject
) -> None:
    encoded = bytes(frame.encode(seq, records, salt))
    assert whole(encoded[: data.draw(st.integers(0, len(encoded) - 1))], salt) is None


@given(SEQS, GROUPS, SALTS, SALTS)
def test_a_frame_of_another_segment_is_not_ours(
    seq: int, records: list[bytes], salt: int, other: int
) -> None:
    found = whole(bytes(frame.encode(seq, records, salt)), other)
    assert (found is None) == (salt != other)


@given(st.binary(max_size=200), SALTS)
def test_noise_is_never_a_frame(noise: bytes, salt: int) -> None:
    assert whole(noise, salt) is None
    assert whole(frame.MARKER + noise, salt) is None


@given(SEQS, SALTS, st.data())
def test_a_segment_header_is_read_back_or_refused(seq: int, salt: int, data: st.DataObject) -> None:
    header = bytearray(frame.encode_segment(seq, salt))
    assert len(header) == SEGMENT_HEADER_BYTES
    assert frame.parse_segment(bytes(header)) == (seq, salt)
    header[data.draw(st.integers(0, len(header) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(ValueError, match=r"^it |^the checksum"):
        frame.parse_segment(bytes(header))


# -- damage: any flipped bit in a log that was closed is found, and nothing acknowledged is cut ----


@given(st.lists(st.lists(RECORDS, min_size=1, max_size=3), min_size=1, max_size=8), st.booleans(), st.data())
def test_a_flipped_bit_is_never_taken_for_a_torn_tail(
    groups: list[list[bytes]], sealed: bool, data: st.DataObject
) -> None:
    """But in the mark at the very end, which holds no record."""
    disk = SimDisk(1)
    with Wal.open(HOME, disk=disk, segment_bytes_max=1500, disk_free_bytes_min=0, threaded=False) as wal:
        for records in groups:
            wal.append_wait(records)
        if sealed:
            wal.seal()
    paths = sorted(disk.seen)
    last_bytes = len(disk.seen[paths[-1]].seen)
    path = data.draw(st.sampled_from(paths))
    size = len(disk.seen[path].seen)
    end = (
        size
        if path != paths[-1]
        else last_bytes - (FRAME_HEADER_BYTES if last_bytes > SEGMENT_HEADER_BYTES else size)
    )
    if end == 0:
        return
    disk.flip(path, data.draw(st.integers(0, end - 1)))
    before = {path: bytes(inode.seen) for path, inode in disk.seen.items()}
    with pytest.raises(WalCorrupt) as caught:
        list(Wal.open(HOME, disk=disk, disk_free_bytes_min=0, threaded=False).read(0))
    assert caught.value.path == path
    assert {path: bytes(inode.seen) for path, inode in disk.seen.items()} == before, (
        "a damaged log was changed"
    )
    assert verify(HOME, disk=disk).damage


def test_a_position_outside_the_log_is_refused() -> None:
    disk = SimDisk(1)
    with Wal.open(HOME, disk=disk, disk_free_bytes_min=0, threaded=False) as wal:
        wal.append_wait([b"a", b"b"])
        wal.seal()
        wal.truncate(2)
        with pytest.raises(WalError, match="was deleted"):
            wal.read(1)
        with pytest.raises(WalError, match="nothing can follow 3"):
            wal.read(3)
        assert list(wal.read(2)) == []
