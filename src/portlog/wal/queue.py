"""Records between `append` and the disk, in the groups in which they will be written.

Promises order, and that every waiter is handed back exactly once: with its group, or by `abandon`.
Not safe by itself: whoever calls holds the log's lock.
"""

from collections import deque
from collections.abc import Sequence

from portlog.wal.errors import WalError


class Receipt:
    """What `append_wait` waits for: the groups that hold its records.

    last_seq   of its last record, once groups_open is 0 and there is no error
    """

    def __init__(self) -> None:
        self.groups_open = 0
        self.last_seq = 0
        self.error: WalError | None = None


class Group:
    """Records that are written together, each with its waiter at the same index."""

    def __init__(self) -> None:
        self.records: list[bytes] = []
        self.waiters: list[object] = []
        self.bytes = 0
        self.receipts: list[tuple[Receipt, int]] = []  # with the number of records up to its last one here

    def sign(self, receipt: Receipt) -> None:
        """Note that the receipt waits for the record put in just now."""
        if self.receipts and self.receipts[-1][0] is receipt:
            self.receipts.pop()
        else:
            receipt.groups_open += 1
        self.receipts.append((receipt, len(self.records)))

    def settle(self, first_seq: int, error: WalError | None) -> None:
        """Tell the receipts how it went."""
        for receipt, count in self.receipts:
            receipt.groups_open -= 1
            receipt.last_seq = first_seq + count - 1
            receipt.error = receipt.error or error


class Queue:
    """Groups, oldest first; one at a time is being written.

    bytes   of all records put in and not yet settled
    """

    def __init__(self, group_bytes_max: int) -> None:
        self.bytes = 0
        self._group_bytes_max = group_bytes_max
        self._groups: deque[Group] = deque()
        self._writing: Group | None = None

    def __bool__(self) -> bool:
        """Whether a group waits to be written."""
        return bool(self._groups)

    def put(self, record: bytes, waiter: object) -> Group:
        """Add a record at the end and return its group."""
        size = len(record)
        if not self._groups or self._groups[-1].bytes + size > self._group_bytes_max:
            self._groups.append(Group())
        group = self._groups[-1]
        group.records.append(record)
        group.waiters.append(waiter)
        group.bytes += size
        self.bytes += size
        return group

    def put_all(self, records: Sequence[bytes]) -> Receipt:
        """Add records whose waiter is the receipt; in the groups it shows as None."""
        receipt = Receipt()
        for record in records:
            self.put(record, None).sign(receipt)
        return receipt

    def take(self) -> Group | None:
        """Return the oldest group, to be settled before the next is taken; None when there is none."""
        assert self._writing is None
        self._writing = self._groups.popleft() if self._groups else None
        return self._writing

    def settle(self, group: Group, first_seq: int, error: WalError | None) -> None:
        """The group taken was kept, its first record under first_seq, or it was not, and why."""
        assert group is self._writing
        self._writing = None
        self.bytes -= group.bytes
        group.settle(first_seq, error)

    def abandon(self, error: WalError) -> list[object]:
        """Forget everything not settled and return its waiters, in order."""
        groups = [*([self._writing] if self._writing else []), *self._groups]
        for group in groups:
            group.settle(0, error)
        self._writing, self.bytes = None, 0
        self._groups.clear()
        return [waiter for group in groups for waiter in group.waiters]
