"""The broken disk: a `Disk` in memory that keeps apart what programs see and what has reached the platter.

Promises, like a real disk, only what was synced. At a crash every 512-byte sector written since the last sync
is lost, kept, or left at an older version, each for itself; so are sizes and names. A failed sync throws
dirty sectors away and calls them clean, as kernels do. All chance comes from the seed: the same calls break
the same way. Directories themselves are taken to be durable at once.
"""

import errno
import os
from collections import defaultdict
from enum import Enum
from pathlib import Path
from random import Random

from portlog.wal import WalLocked
from portlog.wal.disk import File, Lock

SECTOR_BYTES = 512


class Fault(Enum):
    """What may happen to a call that changes the disk."""

    CRASH = "the power goes while the call runs"
    EIO = "the drive reports an error"
    ENOSPC = "there is no room"
    SHORT = "a write takes only some of the bytes; other calls work"


class Crashed(BaseException):
    """The power has gone; nothing catches this by accident. Go on with `SimDisk.crash()`."""


class Inode:
    """A file's bytes: what programs see, what the platter has, and what is on its way there.

    versions   of each dirty sector since the last sync, oldest first
    sizes      the file has had since the last sync
    """

    def __init__(self, platter: bytes = b"") -> None:
        self.seen, self.platter = bytearray(platter), bytearray(platter)
        self.versions: defaultdict[int, list[bytes]] = defaultdict(list)
        self.sizes: list[int] = []

    def write(self, data: bytes | bytearray, offset: int) -> None:
        """Change what programs see."""
        begin = min(offset, len(self.seen))
        self.seen.extend(bytes(max(0, offset - len(self.seen))))
        self.seen[offset : offset + len(data)] = data
        self._dirty(begin, offset + len(data))

    def cut(self, size: int) -> None:
        """Change what programs see."""
        before = len(self.seen)
        del self.seen[size:]
        self.seen.extend(bytes(size - len(self.seen)))
        self._dirty(min(before, size), size)

    def _dirty(self, begin: int, end: int) -> None:
        self.sizes.append(len(self.seen))
        for sector in range(begin // SECTOR_BYTES, -(-end // SECTOR_BYTES)):
            self.versions[sector].append(bytes(self.seen[sector * SECTOR_BYTES :][:SECTOR_BYTES]))

    def sync(self) -> None:
        """Bring the dirty sectors, and no others, to the platter."""
        self._settle(len(self.seen), {sector: versions[-1] for sector, versions in self.versions.items()})

    def sync_fails(self, random: Random) -> None:
        """Bring some dirty sectors to the platter, and forget that the others were dirty."""
        self.lose(random)

    def lose(self, random: Random) -> None:
        """Settle what the platter has when the power goes; what programs saw is another matter."""
        mood = random.choice(["all", "none", "some", "some"])
        if mood == "all":
            return self.sync()
        if mood == "none":
            return self._settle(len(self.platter), {})
        kept: dict[int, bytes] = {}
        for sector, versions in self.versions.items():
            choice = random.choice([None, *versions])
            if choice is not None:
                kept[sector] = choice
            elif sector * SECTOR_BYTES >= len(self.platter) and random.random() < 0.3:
                kept[sector] = random.randbytes(SECTOR_BYTES)  # a block of a file deleted long ago
        return self._settle(random.choice([len(self.platter), *self.sizes]), kept)

    def _settle(self, size: int, sectors: dict[int, bytes]) -> None:
        self.platter.extend(bytes(max(0, size - len(self.platter))))
        for sector, data in sectors.items():
            self.platter[sector * SECTOR_BYTES : sector * SECTOR_BYTES + len(data)] = data
        del self.platter[size:]
        self.versions.clear()
        self.sizes.clear()


class SimFile:
    """A handle, good until the process that opened it dies."""

    def __init__(self, disk: "SimDisk", inode: Inode, *, writable: bool) -> None:
        self._disk, self._inode, self._writable, self._life = disk, inode, writable, disk.life

    def _check(self, *, writing: bool = False) -> None:
        assert self._life == self._disk.life, "a handle of a process that is dead"
        self._disk.check_power()
        if writing and not self._writable:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))

    def read_at(self, size: int, offset: int) -> bytes:
        """See `File`."""
        self._check()
        return bytes(self._inode.seen[offset : offset + size])

    def write_at(self, data: bytes | bytearray, offset: int) -> int:
        """See `File`."""
        self._check(writing=True)
        growth = max(0, offset + len(data) - len(self._inode.seen))
        taken = len(data) - max(0, growth - self._disk.room_bytes)
        fault = self._disk.strike()
        if fault is Fault.ENOSPC or (data and taken <= 0):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if fault is not None and data:
            taken = min(taken, self._disk.random.randrange(len(data)))
        self._inode.write(data[:taken], offset)
        self._disk.raise_for(fault)
        return taken

    def size(self) -> int:
        """See `File`."""
        self._check()
        return len(self._inode.seen)

    def cut(self, size: int) -> None:
        """See `File`."""
        self._check(writing=True)
        self._disk.raise_for(self._disk.strike())
        self._inode.cut(size)

    def sync(self) -> None:
        """See `File`."""
        self._check()
        fault = self._disk.strike()
        if fault in (Fault.EIO, Fault.ENOSPC):
            self._inode.sync_fails(self._disk.random)
        self._disk.raise_for(fault)
        self._inode.sync()

    def close(self) -> None:
        """See `File`."""


class SimLock:
    """Held until closed, or until the process or the machine dies."""

    def __init__(self, disk: "SimDisk", path: Path) -> None:
        self._disk, self._path = disk, path

    def close(self) -> None:
        """See `Lock`."""
        self._disk.locks.discard(self._path)


class SimDisk:
    """One file system. `faults` says what happens at the n-th changing call from 1; `calls` counts them.

    capacity_bytes   of all files together; what does not fit is ENOSPC or a short write
    """

    def __init__(self, seed: int, *, capacity_bytes: int = 2**40) -> None:
        self.random = Random(seed)
        self.capacity_bytes = capacity_bytes
        self.faults: dict[int, Fault] = {}
        self.calls = 0
        self.life = 0
        self.dead = False
        self.locks: set[Path] = set()
        self.directories: set[Path] = {Path("/")}
        self.seen: dict[Path, Inode] = {}
        self.platter: dict[Path, Inode] = {}
        self.versions: defaultdict[Path, list[Inode | None]] = defaultdict(list)

    # -- what tests do to it --------------------------------------------------------------

    def crash(self) -> "SimDisk":
        """Cut the power, and return the disk as the next boot finds it."""
        self.dead = True
        for path, versions in self.versions.items():
            self._name(self.platter, path, self.random.choice([self.platter.get(path), *versions]))
        after = SimDisk(self.random.getrandbits(32), capacity_bytes=self.capacity_bytes)
        after.directories = self.directories
        for path, inode in self.platter.items():
            inode.lose(self.random)
            after.seen[path] = after.platter[path] = Inode(bytes(inode.platter))
        return after

    def kill(self) -> None:
        """Let the process die and the machine live: what programs see stays, handles and locks do not."""
        self.life += 1
        self.locks.clear()

    def flip(self, path: Path, offset: int) -> None:
        """Let one bit rot, on the platter and in what programs see."""
        inode = self.seen[path]
        inode.seen[offset] ^= 1
        inode.sync()
        inode.platter[offset] = inode.seen[offset]

    # -- what faults do -------------------------------------------------------------------

    def check_power(self) -> None:
        """Raise Crashed when the power is gone."""
        if self.dead:
            raise Crashed

    def strike(self) -> Fault | None:
        """Count a changing call and return what is to happen to it."""
        self.check_power()
        self.calls += 1
        fault = self.faults.get(self.calls)
        self.dead = fault is Fault.CRASH
        return fault

    def raise_for(self, fault: Fault | None) -> None:
        """Raise what this fault raises, if anything."""
        self.check_power()
        if fault is Fault.EIO:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        if fault is Fault.ENOSPC:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    @property
    def room_bytes(self) -> int:
        """What still fits."""
        return self.capacity_bytes - sum(len(inode.seen) for inode in self.seen.values())

    # -- what programs do to it: see `Disk` -----------------------------------------------

    def make_dir(self, path: Path) -> None:
        """See `Disk`."""
        self.check_power()
        self.directories |= {path, *path.parents}

    def names(self, path: Path) -> list[str]:
        """See `Disk`."""
        self.check_power()
        found = [file.name for file in self.seen if file.parent == path]
        self.random.shuffle(found)
        return found

    def create(self, path: Path) -> File:
        """See `Disk`."""
        self.raise_for(self.strike())
        if path.parent not in self.directories:
            raise FileNotFoundError(path)
        if path in self.seen:
            self.seen[path].cut(0)
        else:
            self._rename(path, Inode())
        return SimFile(self, self.seen[path], writable=True)

    def open(self, path: Path, *, writable: bool) -> File:
        """See `Disk`."""
        self.check_power()
        if path not in self.seen:
            raise FileNotFoundError(path)
        return SimFile(self, self.seen[path], writable=writable)

    def unlink(self, path: Path) -> None:
        """See `Disk`."""
        self.raise_for(self.strike())
        if path not in self.seen:
            raise FileNotFoundError(path)
        self._rename(path, None)

    def sync_dir(self, path: Path) -> None:
        """See `Disk`."""
        self.raise_for(self.strike())
        for name in [name for name in self.versions if name.parent == path]:
            self._name(self.platter, name, self.versions.pop(name)[-1])

    def free_bytes(self, path: Path) -> int:
        """See `Disk`."""
        self.check_power()
        return max(0, self.room_bytes)

    def lock(self, path: Path) -> Lock:
        """See `Disk`."""
        self.check_power()
        if path in self.locks:
            raise WalLocked(path, "another simulated process")
        self.locks.add(path)
        return SimLock(self, path)

    def random_u32(self) -> int:
        """See `Disk`."""
        return self.random.getrandbits(32)

    def _rename(self, path: Path, inode: Inode | None) -> None:
        self._name(self.seen, path, inode)
        self.versions[path].append(inode)

    @staticmethod
    def _name(names: dict[Path, Inode], path: Path, inode: Inode | None) -> None:
        if inode is None:
            names.pop(path, None)
        else:
            names[path] = inode
