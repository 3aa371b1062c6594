"""Ids: UUIDv7 for logs (RFC 9562), random hex for traces and spans.

A log's id carries its `created_at` in the first 48 bits, so a log is found by id without knowing when it
was made, and ordering by id is ordering by time. Ids made in one millisecond by one process rise
(method 2 of RFC 9562 section 6.2), so a batch keeps its order.
"""

from __future__ import annotations

import hashlib
import os
import random
import threading
import uuid

_RANDOM_BITS = 74
_STEP_BITS = 32


class LogIds:
    """Makes log ids: 16 bytes each, strictly rising while the millisecond stays the same. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(os.urandom(32))  # noqa: S311 - ids are unique, not secret
        self._ms, self._tail = -1, 0

    def make(self, created_ms: int) -> bytes:
        """Return the id of a log created at `created_ms` (0 <= created_ms < 2**48)."""
        with self._lock:
            if created_ms == self._ms:
                self._tail += 1 + self._random.getrandbits(_STEP_BITS)
            else:
                # One bit short of full, so that steps never overflow within a millisecond.
                self._ms, self._tail = created_ms, self._random.getrandbits(_RANDOM_BITS - 1)
            return layout(created_ms, self._tail)


_FRACTION_BITS = 12  # about 0.25 us, the resolution of a float of ms in this century


def named(created_ms: float, *names: str) -> bytes:
    """The id of a log that is known by names: the same names and time always give the same id.

    Ids of one millisecond are in the order of its fractions (RFC 9562 section 6.2, method 3).
    """
    ms = int(created_ms)
    fraction = int((created_ms - ms) * (1 << _FRACTION_BITS))
    digest = hashlib.blake2b("\0".join(names).encode("utf-8", "surrogatepass"), digest_size=16).digest()
    rest = _RANDOM_BITS - _FRACTION_BITS
    return layout(ms, fraction << rest | int.from_bytes(digest, "big") >> (128 - rest))


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
    """Return 32 hex digits, as W3C's trace ids are."""
    return os.urandom(16).hex()


def new_span_id() -> str:
    """Return 16 hex digits, as W3C's span ids are."""
    return os.urandom(8).hex()
