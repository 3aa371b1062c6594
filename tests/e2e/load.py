"""A crowd of callers on raw sockets, as fast as the server answers, who write down what they were told.

What counts as acknowledged is a 200 whose last byte was received; what a dead connection left open is unknown.
"""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from urllib.parse import urlsplit
from zlib import crc32

from tests.e2e.program import log


@dataclass(frozen=True)
class Call:
    """One call: the trace ids of its logs, its Idempotency-Key or "", and its bytes on the wire."""

    names: tuple[str, ...]
    key: str
    wire: bytes


@dataclass
class Told:
    """What all callers of all rounds have been told.

    acked     log ids by trace id, of calls answered with 200
    refused   trace ids of calls answered otherwise: nothing of them may be stored
    unknown   calls that were never answered: all of it may be stored, or nothing
    """

    acked: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    unknown: list[Call] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)


class Load:
    """Callers in a thread: `with Load(url, told, "r1"):`; they end by themselves when the server is gone.

    name       begins every trace id, so that rounds differ
    again      calls of an earlier round to send first, with the key they had
    """

    def __init__(
        self, url: str, told: Told, name: str, *, connections: int = 24, seed: int = 0, again: list[Call] | None = None
    ) -> None:
        self._address = urlsplit(url)
        self._told, self._name, self._connections, self._random = told, name, connections, Random(seed)
        self._again = list(again or ())
        self._stopping = False
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="load")

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Let every caller finish the call it is in, or find out that nobody answers."""
        self._stopping = True
        self._thread.join()
        self._told.unknown += self._again  # there was no time for these
        self._again = []

    async def _run(self) -> None:
        await asyncio.gather(*(self._call_on_and_on(number) for number in range(self._connections)))

    async def _call_on_and_on(self, number: int) -> None:
        try:
            reader, writer = await asyncio.open_connection(self._address.hostname, self._address.port)
        except OSError:
            return
        count = 0
        try:
            while not self._stopping:
                call = self._again.pop() if self._again else self._make(f"{self._name}.{number}.{count}")
                count += 1
                if not await self._answered(call, reader, writer):
                    return
        finally:
            writer.close()

    def _make(self, name: str) -> Call:
        size = 20 if self._random.random() < 0.2 else 1
        key = f"key {name}" if self._random.random() < 0.1 else ""
        return make_call([f"{name}.{i}" for i in range(size)], key)

    async def _answered(self, call: Call, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Send a call and take down the answer; False when there was none."""
        try:
            writer.write(call.wire)
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head[9:12])
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            reply = json.loads(await reader.readexactly(length))
        except (OSError, EOFError):
            self._told.unknown.append(call)
            return False
        self._told.statuses[status] = self._told.statuses.get(status, 0) + 1
        if status != 200:
            self._told.refused.update(call.names)
            return status in (429, 503)
        for name, log_id in zip(call.names, reply["ids"], strict=True):
            assert self._told.acked.setdefault(name, log_id) == log_id, f"{name} was answered with two ids"
        self._told.refused.difference_update(call.names)
        return True


def make_call(names: list[str], key: str) -> Call:
    """A call of small logs, as its bytes go over the wire; their weeks differ, so an insert is many parts."""
    weeks = (datetime(2026, 10, 1, 12, tzinfo=UTC) - timedelta(weeks=crc32(name.encode()) % _WEEKS) for name in names)
    body = json.dumps(
        [log(name, _TEXT, created_at=week.isoformat()) for name, week in zip(names, weeks, strict=True)]
    ).encode()
    key_line = f"idempotency-key: {key}\r\n" if key else ""
    head = f"POST /v1/logs HTTP/1.1\r\nhost: localhost\r\n{key_line}content-length: {len(body)}\r\n\r\n"
    return Call(tuple(names), key, head.encode() + body)


_WEEKS = 8
_TEXT = "The quick brown fox jumps over the lazy dog. " * 8
