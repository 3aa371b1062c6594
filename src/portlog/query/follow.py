"""Live tail: the logs of a query as they come into the store, each once, in order of arrival.

A place in that order is a record of the write-ahead log and an id within it: it stays what it is over restarts, whatever
times the logs have. A stream holds its place and nothing else. It reads what lies between its place and how far the
applier has come, so a slow reader costs no memory, and a reader that comes back goes on from where it was.
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol, TypeVar

from portlog.errors import PortlogError
from portlog.query.filters import EVERYTHING, Filter, read_filter, refuse
from portlog.query.lists import named, shown
from portlog.query.parameters import read_choice
from portlog.schema import jsons
from portlog.store import Store
from portlog.store.sql import arrivals as sql

_T = TypeVar("_T")

PULSE_SECONDS = 0.25  # what came within it is read together
ROWS_PER_SECOND, ROWS_BURST = 200, 1000  # a stream that samples sends so many in the long run, so many at once
PAGE_ROWS = 500  # of a stream that leaves nothing out
HIGHLIGHTED_ROWS = 100  # of more that come at once the texts are not read for what matched
LAG_SECONDS = 5.0  # a stream that has not been at the end for so long is told so
STREAMS_MAX = 1000
_BATCHES_REMEMBERED = 4096


Span = tuple[int, int]
NO_SPAN: Span = (0, -1)


def union(spans: Iterable[Span]) -> Span:
    """From the first ms of all to the last."""
    whole = [span for span in spans if span != NO_SPAN]
    return (min(first for first, _ in whole), max(last for _, last in whole)) if whole else NO_SPAN


class Place(NamedTuple):
    """Behind a log: that of record `seq` with this id, or the last of the record."""

    seq: int
    id: bytes | None = None

    def __str__(self) -> str:
        return f"{self.seq}" if self.id is None else f"{self.seq}-{self.id.hex()}"

    @property
    def seq_before(self) -> int:
        """The last record that is wholly before this place."""
        return self.seq if self.id is None else self.seq - 1


def read_place(name: str, text: str) -> Place:
    """Read what `str(place)` wrote.

    raises  PortlogError bad-filter naming the parameter
    """
    found = re.fullmatch(r"([0-9]{1,19})(?:-([0-9a-f]{32}))?", text)
    if found is None:
        raise refuse(name, "is not a cursor that a stream of this server gave; start without it")
    return Place(int(found[1]), bytes.fromhex(found[2]) if found[2] else None)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Logs of a filter behind `after` and up to record `through_seq`, all created in `span` where that is known."""

    workspace: str
    where: Filter
    after: Place
    through_seq: int
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class TailQuestion:
    """Which logs a stream is of, and from where on; `after` None is from now on.

    sample  above ROWS_PER_SECOND leave logs out, and say how many; else send every one, however long it takes
    """

    workspace: str
    where: Filter
    after: Place | None
    sample: bool


def read_tail(parameters: Mapping[str, str], last_event_id: str, workspace: str, now_ms: int) -> TailQuestion:
    """A stream's question; `Last-Event-ID`, which a client sends when it comes back, wins over `after`.

    raises  PortlogError bad-filter
    """
    name = "last-event-id" if last_event_id.strip() else "after"
    text = (last_event_id or parameters.get("after", "")).strip()
    return TailQuestion(
        workspace=workspace,
        where=read_filter(parameters, now_ms=now_ms),
        after=read_place(name, text) if text else None,
        sample=read_choice(parameters, "sample", ("true", "false")) == "true",
    )


# -- what a stream tells -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ready:
    """The stream has begun at this place."""

    place: Place


@dataclass(frozen=True, slots=True)
class Arrived:
    """A row as lists show it, as JSON, and the place behind it."""

    place: Place
    row: bytes


@dataclass(frozen=True, slots=True)
class Skipped:
    """So many logs were left out before the next row."""

    logs: int


@dataclass(frozen=True, slots=True)
class Lagging:
    """The stream has not been at the end for so long; what it missed comes."""

    behind_ms: int


@dataclass(frozen=True, slots=True)
class Beat:
    """Nothing came; the stream is at this place."""

    place: Place


Told = Ready | Skipped | Lagging | Beat | list[Arrived]


class Ask(Protocol):
    """`Questions.follow`."""

    async def __call__(self, answer: Callable[[Store], _T], *, heavy: bool = False) -> _T: ...


@dataclass(slots=True)
class _Reading:
    """A question under way, and how many streams wait for it."""

    task: asyncio.Task[tuple[list[Arrived], int]]
    waiting: int = 0


class Follower:
    """Wakes streams when the store has more, and reads once for all that want the same."""

    def __init__(self, ask: Ask, *, reached: Callable[[], int], durable: Callable[[], int], now_ms: Callable[[], int]) -> None:
        """reached  the last record that is in the store
        durable  the last record that there is"""
        self._ask, self._reached, self._durable, self._now_ms = ask, reached, durable, now_ms
        self._batches: deque[tuple[int, Span | None]] = deque(maxlen=_BATCHES_REMEMBERED)
        self._known_from = reached()  # what came behind it is in `_batches`
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told = 0  # how far streams may read
        self._told_at = 0.0
        self._pulse: asyncio.TimerHandle | None = None
        self._more = asyncio.Event()  # replaced each time it is set
        self._reading: dict[tuple[Stretch, bool], _Reading] = {}
        self._closed = False
        self.streams = 0

    # -- on the applier's thread -----------------------------------------------------------------------------

    def advanced(self, seq: int, span: Span | None) -> None:
        """The store holds everything up to record `seq`. Never waits.

        span  when the logs were created that came since it was told last: first and last ms; None if that is not known
        """
        with self._lock:
            if len(self._batches) == _BATCHES_REMEMBERED:
                self._known_from = self._batches[0][0]
            self._batches.append((seq, span))
        if (loop := self._loop) is not None:
            with suppress(RuntimeError):  # it is closed: nobody listens any more
                loop.call_soon_threadsafe(self._wake)

    # -- on the event loop -----------------------------------------------------------------------------------

    def _wake(self) -> None:
        """Tell the streams, now or when the pulse of what was told last is over."""
        if self._pulse is None and self._loop is not None:
            wait = self._told_at + PULSE_SECONDS - time.monotonic()
            self._pulse = self._loop.call_later(max(0.0, wait), self._tell)

    def _tell(self) -> None:
        self._pulse, self._told_at = None, time.monotonic()
        self._told = max(self._told, self._reached())
        self._more.set()
        self._more = asyncio.Event()

    def close(self) -> None:
        """End every stream, and begin none."""
        self._closed = True
        self._more.set()

    async def follow(self, question: TailQuestion, *, beat_seconds: float) -> AsyncGenerator[Told, None]:
        """What a stream tells, until it is closed; at least something every `beat_seconds`.

        raises  PortlogError bad-filter when the place is not of this store; busy; what questions raise
        """
        if self.streams >= STREAMS_MAX:
            raise PortlogError("busy", f"{STREAMS_MAX} streams are open already", retry_after_seconds=10)
        self._loop = self._loop or asyncio.get_running_loop()
        self._told = max(self._told, self._reached())
        place = question.after or Place(self._told)
        if place.seq > self._durable():
            raise refuse("after", "is ahead of what this server has: it is of another one; start without it")
        self.streams += 1
        try:
            yield Ready(place)
            stream = _Stream(self, question, place)
            while not self._closed:
                more = self._more
                async for told in stream.catch_up(self._told):
                    yield told
                if self._closed or more.is_set():
                    continue
                try:
                    await asyncio.wait_for(more.wait(), beat_seconds)
                except TimeoutError:
                    yield Beat(stream.place)
        finally:
            self.streams -= 1

    async def read(self, stretch: Stretch, *, newest: bool) -> tuple[list[Arrived], int]:
        """Rows of a stretch in order of arrival, and how many it has: the last ROWS_BURST, or the first PAGE_ROWS.

        Those that ask for the same at the same time share one question to the store.
        """
        key = (stretch, newest)
        shared = self._reading.get(key)
        if shared is None:
            shared = self._reading[key] = _Reading(asyncio.ensure_future(self._read(stretch, newest)))
            shared.task.add_done_callback(lambda _: self._reading.pop(key, None))
        shared.waiting += 1
        try:
            return await asyncio.shield(shared.task)
        finally:
            shared.waiting -= 1
            if not shared.waiting:
                shared.task.cancel()

    async def _read(self, stretch: Stretch, newest: bool) -> tuple[list[Arrived], int]:
        known = replace(stretch, span=self._span(stretch))
        if known.span == NO_SPAN:
            return [], 0
        return await self._ask(
            lambda store: _arrived(store, known, newest, self._now_ms()), heavy=known.span is None
        )

    def _span(self, stretch: Stretch) -> Span | None:
        """When the logs of a stretch were created; None where that is not remembered."""
        with self._lock:
            if stretch.after.seq_before < self._known_from:
                return None
            spans = [span for seq, span in self._batches if seq > stretch.after.seq_before]
        known = [span for span in spans if span is not None]
        return union(known) if len(known) == len(spans) else None


class _Stream:
    """One reader's place, and how many rows it may be sent."""

    def __init__(self, follower: Follower, question: TailQuestion, place: Place) -> None:
        self._follower, self._question, self.place = follower, question, place
        self._rows, self._rows_at = float(ROWS_BURST), time.monotonic()
        self._at_end = time.monotonic()

    async def catch_up(self, through_seq: int) -> AsyncGenerator[Told, None]:
        """Everything from its place up to a record."""
        while self.place.seq_before < through_seq:
            if (behind := time.monotonic() - self._at_end) > LAG_SECONDS:
                self._at_end = time.monotonic()
                yield Lagging(round(behind * 1000))
            stretch = Stretch(self._question.workspace, self._question.where, self.place, through_seq)
            rows, count = await self._follower.read(stretch, newest=self._question.sample)
            if self._question.sample:
                rows = rows[len(rows) - self._allowed(len(rows)) :]
                if count > len(rows):
                    yield Skipped(count - len(rows))
            if rows:
                yield rows
            whole = self._question.sample or len(rows) < PAGE_ROWS
            self.place = Place(through_seq) if whole else rows[-1].place
        self._at_end = time.monotonic()

    def _allowed(self, wanted: int) -> int:
        """How many of so many rows may be sent now."""
        now = time.monotonic()
        self._rows = min(float(ROWS_BURST), self._rows + (now - self._rows_at) * ROWS_PER_SECOND)
        self._rows_at = now
        taken = min(wanted, int(self._rows))
        self._rows -= taken
        return taken


def _arrived(store: Store, stretch: Stretch, newest: bool, now_ms: int) -> tuple[list[Arrived], int]:
    limit = ROWS_BURST if newest else PAGE_ROWS
    rows = named(store.select(sql.arrivals(stretch, limit=limit, newest=newest)))
    count = len(rows)
    if newest:
        rows.reverse()
        if count == limit:
            count = int(store.select(sql.count_arrivals(stretch))[0][0])
    lines = shown(store, stretch.workspace, stretch.where if count <= HIGHLIGHTED_ROWS else EVERYTHING, rows, now_ms)
    arrived = [_one(row, line) for row, line in zip(rows, lines, strict=True)]
    return arrived, count


def _one(row: dict[str, Any], line: dict[str, Any]) -> Arrived:
    place = Place(int(row["wal_seq"]), bytes(row["id"]))
    return Arrived(place, jsons.encode_around(line | {"revision": row["revision"]}))
