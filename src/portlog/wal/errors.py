"""What can go wrong in the log. Each error says what happened, where, and what a person can do about it.

Promises that `WalFull` and `DiskFull` mean "nothing was kept, try later"; `DiskFailed`, "stop the process".
"""

from pathlib import Path


class WalError(Exception):
    """Any refusal of the log; also raised itself for a question outside the records it holds."""


class WalFull(WalError):
    """The backlog is at its bound: the applier is behind. Nothing was kept; the caller may try later."""


class DiskFull(WalError):
    """The disk has no room. Nothing was kept, the log stays usable; the caller may try again later."""


class DiskFailed(WalError):
    """The disk broke a promise: the log is dead for good and the process must stop.

    waiters   of every record appended and never answered, in order; these records may survive or not
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.waiters: list[object] = []


class WalCorrupt(WalError):
    """Bytes that had been durable have changed. Nothing was cut or repaired.

    path      the damaged segment
    offset    of the first byte that cannot be trusted, from the start of the file
    reason    what is wrong there, in words
    remedy    what a person can do
    """

    def __init__(self, path: Path, offset: int, reason: str) -> None:
        self.path, self.offset, self.reason = path, offset, reason
        self.remedy = (
            "nothing was changed; `portlog check` shows what can still be read;"
            " restore this file from a copy, or move the whole directory away to start anew"
        )
        super().__init__(f"{path} is damaged at byte {offset}: {reason} ({self.remedy})")


class WalLocked(WalError):
    """Another process has this log open.

    path      the lock file
    holder    what the other process wrote about itself, such as "pid 4711 on atlas"; may be empty
    """

    def __init__(self, path: Path, holder: str) -> None:
        self.path, self.holder = path, holder
        who = holder or "a process that left no name"
        super().__init__(f"{path} is held by {who}: stop it, or use another directory")
