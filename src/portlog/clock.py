"""The one place that asks what time it is, so that tests can answer.

Every other room takes a `Clock`; nobody else asks the machine for the time of day. How long something took is
asked of `time.monotonic` where it is measured: no test has to answer that.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """What time it is."""

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch, UTC; may jump when the machine's clock is set."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary origin, never backwards."""


@dataclass(frozen=True)
class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass
class FakeClock:
    """A clock that tests move by hand."""

    ms: int = 1_795_000_000_000
    seconds: float = 0.0

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.ms += int(seconds * 1000)
        self.seconds += seconds
