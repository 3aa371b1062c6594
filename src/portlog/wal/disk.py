"""The few system calls the log makes, behind a seam the tests can break.

Promises only what the kernel promises: errors come out as `OSError`, and what is not synced may be lost.
`RealDisk` is the only door to the file system here; `tests/faults/disks.py` has the broken one.
POSIX only (Linux, macOS): `flock`, `pread`, and the syncing of directories have no equal on Windows.
"""

import fcntl
import os
import socket
import sys
from pathlib import Path
from typing import Protocol

from portlog.wal.errors import WalLocked

LOCK_NAME = "lock"


class File(Protocol):
    """An open file. Offsets and sizes are bytes from its start."""

    def read_at(self, size: int, offset: int) -> bytes:
        """Return up to `size` bytes; fewer only at the end of the file."""

    def write_at(self, data: bytes | bytearray, offset: int) -> int:
        """Write and return how many bytes were taken: fewer than given when the disk filled up on the way."""

    def size(self) -> int:
        """Return the size now, synced or not."""

    def cut(self, size: int) -> None:
        """Forget everything from `size` on; not durable before `sync`."""

    def sync(self) -> None:
        """Return once bytes and size are on the platter. The name is not: that is `Disk.sync_dir`."""

    def close(self) -> None:
        """Give the handle back; does not sync."""


class Lock(Protocol):
    """Held until closed, or until the process ends."""

    def close(self) -> None:
        """Let others in."""


class Disk(Protocol):
    """The directory operations. A name is durable only after `sync_dir` of its directory."""

    def make_dir(self, path: Path) -> None:
        """Make sure the directory exists, durably, with its parents."""

    def names(self, path: Path) -> list[str]:
        """Return the names in a directory, in no order."""

    def create(self, path: Path) -> File:
        """Open an empty file for writing: a new one, or the old one cut to nothing."""

    def open(self, path: Path, *, writable: bool) -> File:
        """Open a file that exists, else FileNotFoundError."""

    def unlink(self, path: Path) -> None:
        """Delete a name; those who have the file open keep reading it."""

    def sync_dir(self, path: Path) -> None:
        """Return once the names in this directory, and their absence, are on the platter."""

    def free_bytes(self, path: Path) -> int:
        """Return how much an ordinary user may still write to this file system."""

    def lock(self, path: Path) -> Lock:
        """Take the directory for this opener alone, at once or not at all: else WalLocked."""

    def random_u32(self) -> int:
        """Return 32 random bits that nobody outside can guess."""


class RealFile:
    """A file descriptor."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def read_at(self, size: int, offset: int) -> bytes:
        """See `File`."""
        data = os.pread(self._fd, size, offset)
        while len(data) < size and (more := os.pread(self._fd, size - len(data), offset + len(data))):
            data += more
        return data

    def write_at(self, data: bytes | bytearray, offset: int) -> int:
        """See `File`."""
        return os.pwrite(self._fd, data, offset)

    def size(self) -> int:
        """See `File`."""
        return os.fstat(self._fd).st_size

    def cut(self, size: int) -> None:
        """See `File`."""
        os.ftruncate(self._fd, size)

    def sync(self) -> None:
        """See `File`."""
        sync_fd(self._fd)

    def close(self) -> None:
        """See `File`."""
        os.close(self._fd)


class RealDisk:
    """The machine's file system."""

    def make_dir(self, path: Path) -> None:
        """See `Disk`."""
        if not path.is_dir():
            self.make_dir(path.parent)
            path.mkdir(exist_ok=True)
            self.sync_dir(path.parent)

    def names(self, path: Path) -> list[str]:
        """See `Disk`."""
        return os.listdir(path)

    def create(self, path: Path) -> File:
        """See `Disk`."""
        return RealFile(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600))

    def open(self, path: Path, *, writable: bool) -> File:
        """See `Disk`."""
        return RealFile(os.open(path, os.O_RDWR if writable else os.O_RDONLY))

    def unlink(self, path: Path) -> None:
        """See `Disk`."""
        os.unlink(path)

    def sync_dir(self, path: Path) -> None:
        """See `Disk`."""
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def free_bytes(self, path: Path) -> int:
        """See `Disk`."""
        found = os.statvfs(path)
        return found.f_bavail * found.f_frsize

    def lock(self, path: Path) -> Lock:
        """See `Disk`. The kernel lets go when the process ends, however it ends: no stale lock is left."""
        fd = os.open(path / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(fd, 0)
            os.pwrite(fd, f"pid {os.getpid()} on {socket.gethostname()}".encode(), 0)
        except BlockingIOError:
            holder = os.pread(fd, 200, 0).decode(errors="replace")
            os.close(fd)
            raise WalLocked(path / LOCK_NAME, holder) from None
        except OSError:
            os.close(fd)
            raise
        return RealFile(fd)

    def random_u32(self) -> int:
        """See `Disk`."""
        return int.from_bytes(os.urandom(4), "little")


REAL_DISK = RealDisk()


if sys.platform == "darwin":  # its fsync leaves the bytes in the drive's own cache, and it has no fdatasync

    def sync_fd(fd: int) -> None:
        """Return once the file's bytes and size have left every cache."""
        fcntl.fcntl(fd, fcntl.F_FULLFSYNC)

else:

    def sync_fd(fd: int) -> None:
        """Return once the file's bytes and size have left every cache."""
        os.fdatasync(fd)
