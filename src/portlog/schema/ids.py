"""Ids: UUIDv7 for logs (RFC 9562), random hex for traces and spans.

A log's id carries its `created_at` in the first 48 bits, so a log is found by id without knowing when it
was made, and ordering by id is ordering by time. Ids made in one millisecond by one process rise
(method 2 of RFC 9562 section 6.2), so a batch keeps its order.
"""

from __future__ import annotations

import os
import threading
import uuid

_RANDOM_BITS = 74
_STEP_BITS = 32


class LogIds:
    """Makes log ids: 16 bytes each, strictly rising within a millisecond. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: dict[int, int] = {}

    def make(self, created_ms: int) -> bytes:
        """Return the id of a log created at `created_ms` (0 <= created_ms < 2**48)."""
        with self._lock:
            previous = self._last.get(created_ms)
            if previous is None:
                # One bit short of full, so that steps never overflow within a millisecond.
                tail = int.from_bytes(os.urandom(10), "big") >> (80 - _RANDOM_BITS + 1)
                self._last = {created_ms: tail} if len(self._last) > 1000 else self._last
            else:
                tail = previous + 1 + int.from_bytes(os.urandom(4), "big")
            self._last[created_ms] = tail
        return layout(created_ms, tail)


def layout(created_ms: int, tail: int) -> bytes:
    """Put 48 bits of time and 74 further bits into the fields of a UUIDv7."""
    assert 0 <= created_ms < 1 << 48 and 0 <= tail < 1 << _RANDOM_BITS
    high, low = tail >> 62, tail & ((1 << 62) - 1)
    return (created_ms << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low).to_bytes(16, "big")


def created_ms_of(log_id: bytes) -> int:
    """The `created_at` that a log id carries, in ms since the epoch."""
    return int.from_bytes(log_id[:6], "big")


def to_text(log_id: bytes) -> str:
    """16 bytes to the canonical 36 characters."""
    h = log_id.hex()
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def from_text(text: str) -> bytes | None:
    """The 16 bytes of a UUID in any usual spelling, or None if it is none."""
    try:
        return uuid.UUID(text).bytes
    except ValueError:
        return None


def new_trace_id() -> str:
    return os.urandom(16).hex()


def new_span_id() -> str:
    return os.urandom(8).hex()
