"""The log on a disk that breaks at every call: what was reported durable is there, in order, once, unchanged.

A story is a seed: it plays one process after another on one machine, each ended by a fault, a kill or a power
cut, and checks the log at every start. A failure names its seed and call: enough to play it again.
"""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from portlog.wal import DiskFailed, DiskFull, Wal, WalCorrupt, WalFull, segment, verify
from portlog.wal.chain import Chain
from portlog.wal.disk import File
from tests.faults.disks import Crashed, Fault, SimDisk

HOME = Path("/data/wal")
SEEDS = range(8)


class Story:
    """One machine, the log on it, and what the caller of the log has been told.

    kept      records reported durable, by position, less those the caller let go
    pending   records appended and not answered, in order
    """

    def __init__(self, seed: int, faults: dict[int, Fault], *, sync: bool = True) -> None:
        self.random, self.sync = Random(seed), sync
        self.disk = SimDisk(seed)
        self.disk.faults = faults
        self.kept: dict[int, bytes] = {}
        self.pending: list[bytes] = []
        self.released = self.made = 0
        self.wal: Wal | None = None

    def play(self, lives: int = 4) -> int:
        """Live, die, check and live again; return how many calls the first life made."""
        calls = 0
        for _ in range(lives):
            self.live()
            calls = calls or self.disk.calls
            self.die(power=self.random.random() < 0.6)
        self.disk.faults.clear()
        self.open().close()
        return calls

    def live(self) -> None:
        """Use the log until it is closed or something breaks."""
        try:
            wal = self.open()
            for _ in range(self.random.randrange(10, 40)):
                self.act(wal)
            if self.random.random() < 0.5:
                self.take_all(wal)
                wal.close()
        except (Crashed, DiskFailed, DiskFull):
            return

    def die(self, *, power: bool) -> None:
        """End the process, and mostly the machine with it; some disks break again in the next life."""
        if power or self.disk.dead:
            self.disk = self.disk.crash()
        else:
            self.disk.kill()
            self.disk.faults.clear()
        if self.random.random() < 0.6:
            kind = self.random.choice([Fault.CRASH, Fault.CRASH, Fault.EIO])
            self.disk.faults[self.disk.calls + self.random.randrange(1, 30)] = kind

    def act(self, wal: Wal) -> None:
        """Do one thing a caller may do."""
        what = self.random.randrange(10)
        if what < 5:
            for _ in range(self.random.choice([1, 1, 2, 7])):
                self.append(wal)
        elif what < 8:
            wal.flush()
        elif what == 8:
            self.let_go(wal)
        else:
            try:
                wal.seal()
            except DiskFull:
                return

    def append(self, wal: Wal) -> None:
        self.made += 1
        size = self.random.choice([0, 3, 40, 300, 300, 1500])
        record = (b"%d:" % self.made) + self.random.randbytes(size)
        try:
            wal.append(record, record)
        except (DiskFull, WalFull):
            return
        self.pending.append(record)

    def let_go(self, wal: Wal) -> None:
        """Truncate through some record that was reported durable."""
        if self.kept:
            self.released = self.random.choice(sorted(self.kept))
            self.kept = {seq: record for seq, record in self.kept.items() if seq > self.released}
            wal.truncate(self.released)

    def take_all(self, wal: Wal) -> None:
        while wal.flush():
            pass
        assert not self.pending

    def open(self) -> Wal:
        """Start the process: the log must hold all that was promised, and what it holds is promised now."""
        wal = self.wal = Wal.open(
            HOME,
            disk=self.disk,
            segment_bytes_max=4000,
            group_bytes_max=2000,
            disk_free_bytes_min=0,
            sync=self.sync,
            threaded=False,
            monotonic=lambda: 0.0,
        )
        self.check(wal)
        wal.listen(on_durable=self.on_durable, on_refused=self.on_refused, on_failed=self.on_failed)
        return wal

    def check(self, wal: Wal) -> None:
        oldest = wal.segments[0].first_seq
        found = dict(wal.read(oldest - 1))
        assert list(found) == list(range(oldest, wal.durable_seq + 1)), "positions are not contiguous"
        assert oldest <= self.released + 1, "deleted more than was let go"
        assert wal.durable_seq >= max(self.kept, default=self.released), "the last records are missing"
        assert {seq: found[seq] for seq in self.kept} == self.kept, (
            "a record that was reported durable changed"
        )
        told = max(self.kept, default=self.released)
        extra = [found[seq] for seq in range(told + 1, wal.durable_seq + 1)]
        assert extra == self.pending[: len(extra)], "what was not reported is no prefix of what was queued"
        self.kept.update((seq, found[seq]) for seq in range(told + 1, wal.durable_seq + 1))
        self.pending = []
        report = verify(HOME, disk=self.disk)
        assert not report.damage
        assert report.records == len(found)

    def on_durable(self, waiters: list[object], first_seq: int) -> None:
        expected = max(self.kept, default=self.released) + 1
        assert first_seq == expected, f"group begins with {first_seq}, not {expected}"
        assert waiters == self.pending[: len(waiters)]
        assert self.wal is not None
        assert [record for _, record in self.wal.read(first_seq - 1)] == waiters, "reported, but not readable"
        self.kept.update(zip(range(first_seq, first_seq + len(waiters)), self.pending, strict=False))
        del self.pending[: len(waiters)]

    def on_refused(self, waiters: list[object], error: DiskFull) -> None:
        assert waiters == self.pending[: len(waiters)]
        del self.pending[: len(waiters)]

    def on_failed(self, error: DiskFailed) -> None:
        assert error.waiters == self.pending, "not everyone who waits was named"


def play_all(faults: list[Fault], seeds: range = SEEDS, *, sync: bool = True) -> int:
    """Play every seed with every fault at every call of its first life; return how many stories that were."""
    played = 0
    for seed in seeds:
        calls = Story(seed, {}, sync=sync).play()
        for call in range(1, calls + 1):
            for fault in faults:
                try:
                    Story(seed, {call: fault}, sync=sync).play()
                except Exception as error:
                    error.add_note(f"seed {seed}, {fault} at call {call}")
                    raise
                played += 1
    return played


def test_nothing_reported_is_lost_wherever_the_power_goes() -> None:
    assert play_all([Fault.CRASH]) > 200


def test_nothing_reported_is_lost_whichever_call_fails() -> None:
    assert play_all([Fault.EIO]) > 200


def test_nothing_reported_is_lost_whenever_the_disk_is_full() -> None:
    assert play_all([Fault.ENOSPC, Fault.SHORT]) > 400


@pytest.mark.slow
def test_nothing_reported_is_lost_in_a_long_campaign() -> None:
    assert play_all(list(Fault), range(1000, 1300)) > 30_000


# -- canaries: the same checker must see a log that is wrong ------------------------------------


def fails(play: Callable[[], object], match: str) -> None:
    with pytest.raises((AssertionError, WalCorrupt), match=match):
        play()


def test_canary_a_log_that_does_not_sync_is_caught() -> None:
    fails(lambda: play_all([Fault.CRASH], sync=False), match="the last records are missing")


def test_canary_a_log_that_does_not_write_its_last_group_again_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def settle(file: File, found: segment.Segment, size: int, last: bytes) -> None:
        file.cut(found.end.offset)
        file.sync()

    monkeypatch.setattr(segment, "_settle", settle)
    fails(lambda: play_all([Fault.EIO]), match="the last records are missing|is damaged at byte")


def test_canary_a_log_that_deletes_segments_in_one_go_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def drop_oldest(chain: Chain) -> None:
        chain._disk.unlink(chain.segments[0].path)
        chain.segments = chain.segments[1:]

    monkeypatch.setattr(Chain, "drop_oldest", drop_oldest)
    fails(lambda: play_all([Fault.CRASH]), match="does not end with a mark")
