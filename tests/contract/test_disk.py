"""One suite for every disk the log may stand on: the real and the broken one keep what `Disk` promises."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from portlog.wal import WalLocked
from portlog.wal.disk import Disk, RealDisk
from tests.faults.disks import Crashed, Fault, SimDisk

Place = tuple[Disk, Path]


@pytest.fixture(params=["real", "sim"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A disk and a directory on it."""
    disk: Disk = RealDisk() if request.param == "real" else SimDisk(seed=1)
    disk.make_dir(tmp_path / "deep" / "er")
    return disk, tmp_path / "deep" / "er"


def test_what_is_written_is_read_back(place: Place) -> None:
    disk, path = place
    file = disk.create(path / "a")
    assert file.write_at(b"hello world", 0) == 11
    assert file.write_at(bytearray(b"J"), 0) == 1
    assert file.read_at(11, 0) == b"Jello world"
    assert file.read_at(5, 6) == b"world"
    assert file.size() == 11
    file.sync()
    file.close()


def test_reading_stops_at_the_end(place: Place) -> None:
    disk, path = place
    file = disk.create(path / "a")
    file.write_at(b"abc", 0)
    assert file.read_at(100, 1) == b"bc"
    assert file.read_at(1, 3) == b""
    assert file.read_at(0, 0) == b""
    file.close()


def test_writing_beyond_the_end_fills_with_zeros(place: Place) -> None:
    disk, path = place
    file = disk.create(path / "a")
    file.write_at(b"x", 3)
    assert file.read_at(9, 0) == b"\0\0\0x"
    file.close()


def test_cut_forgets_the_rest(place: Place) -> None:
    disk, path = place
    file = disk.create(path / "a")
    file.write_at(b"abcdef", 0)
    file.cut(2)
    assert (file.size(), file.read_at(9, 0)) == (2, b"ab")
    file.write_at(b"Z", 4)
    assert file.read_at(9, 0) == b"ab\0\0Z"
    file.close()


def test_another_handle_sees_writes_and_may_not_write(place: Place) -> None:
    disk, path = place
    writer = disk.create(path / "a")
    reader = disk.open(path / "a", writable=False)
    writer.write_at(b"abc", 0)
    assert reader.read_at(3, 0) == b"abc"
    with pytest.raises(OSError, match="file descriptor"):
        reader.write_at(b"x", 0)
    editor = disk.open(path / "a", writable=True)
    editor.write_at(b"X", 0)
    assert reader.read_at(3, 0) == b"Xbc"
    for file in (writer, reader, editor):
        file.close()


def test_create_empties_an_old_file(place: Place) -> None:
    disk, path = place
    file = disk.create(path / "a")
    file.write_at(b"abc", 0)
    file.close()
    file = disk.create(path / "a")
    assert file.size() == 0
    file.close()


def test_a_deleted_file_stays_readable_to_who_has_it_open(place: Place) -> None:
    disk, path = place
    file = disk.create(path / "a")
    file.write_at(b"abc", 0)
    disk.unlink(path / "a")
    disk.sync_dir(path)
    assert disk.names(path) == []
    assert file.read_at(3, 0) == b"abc"
    file.close()


def test_what_is_not_there_is_not_found(place: Place) -> None:
    disk, path = place
    calls: list[Callable[[], object]] = [
        lambda: disk.open(path / "a", writable=False),
        lambda: disk.open(path / "a", writable=True),
        lambda: disk.unlink(path / "a"),
        lambda: disk.create(path / "no-such" / "a"),
    ]
    for call in calls:
        with pytest.raises(FileNotFoundError):
            call()


def test_names_are_all_there_in_any_order(place: Place) -> None:
    disk, path = place
    for name in ("b", "a", "c"):
        disk.create(path / name).close()
    assert sorted(disk.names(path)) == ["a", "b", "c"]


def test_making_a_directory_twice_keeps_what_is_in_it(place: Place) -> None:
    disk, path = place
    disk.create(path / "a").close()
    disk.make_dir(path)
    assert disk.names(path) == ["a"]


def test_one_opener_holds_the_lock_until_it_lets_go(place: Place) -> None:
    disk, path = place
    lock = disk.lock(path)
    with pytest.raises(WalLocked, match="held by"):
        disk.lock(path)
    lock.close()
    disk.lock(path).close()


def test_free_bytes_and_random_bits_are_in_range(place: Place) -> None:
    disk, path = place
    assert disk.free_bytes(path) > 0
    drawn = {disk.random_u32() for _ in range(8)}
    assert len(drawn) > 1
    assert all(0 <= bits < 2**32 for bits in drawn)


def test_the_real_lock_names_its_holder(tmp_path: Path) -> None:
    lock = RealDisk().lock(tmp_path)
    with pytest.raises(WalLocked) as caught:
        RealDisk().lock(tmp_path)
    assert caught.value.holder.startswith(f"pid {os.getpid()} on ")
    assert caught.value.path == tmp_path / "lock"
    lock.close()


# -- the broken disk breaks as it says --------------------------------------------------------

HOME = Path("/wal")


def boots(disk_of: Callable[[int], SimDisk]) -> list[SimDisk]:
    """The disks that 60 seeds find after the crash."""
    return [disk_of(seed).crash() for seed in range(60)]


def written(seed: int, *, synced: bool, named: bool) -> SimDisk:
    disk = SimDisk(seed)
    disk.make_dir(HOME)
    file = disk.create(HOME / "a")
    file.write_at(b"x" * 2000, 0)
    if synced:
        file.sync()
    if named:
        disk.sync_dir(HOME)
    return disk


def content(disk: SimDisk) -> bytes | None:
    return bytes(disk.seen[HOME / "a"].seen) if HOME / "a" in disk.seen else None


def test_what_is_synced_and_named_survives_every_crash() -> None:
    assert {content(d) for d in boots(lambda s: written(s, synced=True, named=True))} == {b"x" * 2000}


def test_what_is_not_synced_is_lost_kept_or_torn() -> None:
    found = {content(d) for d in boots(lambda s: written(s, synced=False, named=True))}
    assert {b"", b"x" * 2000} < found
    torn = {data for data in found if data and 0 < data.count(b"x") < 2000}
    assert any(data.startswith(b"\0") and data.endswith(b"x") for data in torn), "never out of order"
    assert any(set(data) - set(b"\0x") for data in torn), "never a stale block"


def test_a_name_that_is_not_synced_may_be_lost() -> None:
    assert {content(d) for d in boots(lambda s: written(s, synced=True, named=False))} == {None, b"x" * 2000}


def test_a_deletion_that_is_not_synced_may_be_undone() -> None:
    def deleted(seed: int) -> SimDisk:
        disk = written(seed, synced=True, named=True)
        disk.unlink(HOME / "a")
        return disk

    assert {content(d) for d in boots(deleted)} == {None, b"x" * 2000}


def test_after_a_failed_sync_the_next_one_succeeds_and_the_bytes_are_nowhere() -> None:
    def failed(seed: int) -> SimDisk:
        disk = written(seed, synced=False, named=True)
        disk.faults[disk.calls + 1] = Fault.EIO
        file = disk.open(HOME / "a", writable=True)
        with pytest.raises(OSError, match="Input/output"):
            file.sync()
        file.sync()
        assert file.read_at(2000, 0) == b"x" * 2000
        return disk

    lost = [d for d in boots(failed) if content(d) != b"x" * 2000]
    assert len(lost) > 10


def test_bytes_written_anew_after_a_failed_sync_are_kept() -> None:
    def repaired(seed: int) -> SimDisk:
        disk = written(seed, synced=False, named=True)
        disk.faults[disk.calls + 1] = Fault.EIO
        file = disk.open(HOME / "a", writable=True)
        with pytest.raises(OSError, match="Input/output"):
            file.sync()
        file.write_at(b"x" * 2000, 0)
        file.sync()
        return disk

    assert {content(d) for d in boots(repaired)} == {b"x" * 2000}


def test_the_power_goes_at_the_call_that_was_named_and_stays_off() -> None:
    disk = written(1, synced=True, named=True)
    disk.faults[disk.calls + 2] = Fault.CRASH
    file = disk.open(HOME / "a", writable=True)
    file.write_at(b"y", 0)
    with pytest.raises(Crashed):
        file.write_at(b"z", 0)
    with pytest.raises(Crashed):
        disk.names(HOME)
    with pytest.raises(Crashed):
        file.read_at(1, 0)


def test_a_full_disk_takes_what_fits_and_then_nothing() -> None:
    disk = SimDisk(1, capacity_bytes=1000)
    disk.make_dir(HOME)
    file = disk.create(HOME / "a")
    assert file.write_at(b"x" * 1500, 0) == 1000
    with pytest.raises(OSError, match="No space"):
        file.write_at(b"x", 1000)
    assert file.write_at(b"y", 0) == 1, "overwriting needs no room"
    assert disk.free_bytes(HOME) == 0


def test_the_same_seed_breaks_the_same_way() -> None:
    first, again = (boots(lambda s: written(s, synced=False, named=False)) for _ in range(2))
    assert [content(disk) for disk in first] == [content(disk) for disk in again]
