"""One question on its way through a store: how long it may still take, and whether anyone waits for its answer."""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

_NUMBERS = itertools.count(1)


class Progress(NamedTuple):
    """How far the engine is with a statement."""

    rows_read: int
    rows_to_read: int | None  # None: not known, or not yet


class Cancelled(Exception):
    """The question was given up by whoever asked it."""


class Asking:
    """Bounds of one question, over all its statements. Thread-safe.

    tag   names its statements in the engine, so that they can be ended there
    """

    def __init__(self, seconds_max: float) -> None:
        """seconds_max  of all its statements together"""
        self.tag = f"question-{next(_NUMBERS)}"
        self._seconds_max = seconds_max
        self._until = math.inf
        self._cancelled = False
        self._running = 0
        self._changed = threading.Condition()

    def begin(self) -> Asking:
        """Count its time from now on.

        raises  Cancelled when it was given up while it waited
        """
        if self._cancelled:
            raise Cancelled
        self._until = time.monotonic() + self._seconds_max
        return self

    @property
    def seconds_left(self) -> float:
        """What remains of its time; not above zero when it has passed."""
        return min(self._seconds_max, self._until - time.monotonic())

    @property
    def cancelled(self) -> bool:
        """Whether it was given up."""
        return self._cancelled

    @contextmanager
    def running(self) -> Iterator[None]:
        """Around one statement.

        raises  Cancelled before it begins, once the question is given up
        """
        with self._changed:
            if self._cancelled:
                raise Cancelled
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def cancel(self) -> None:
        """Give up: no further statement begins."""
        with self._changed:
            self._cancelled = True

    def ended(self, seconds: float) -> bool:
        """Whether no statement runs, waited for at most so long."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._running, seconds)
