"""Questions and their answers: list, get, count. Each first waits until the store holds what was acknowledged before it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

import msgspec

from portlog.derive.conversation import conversation_of
from portlog.derive.cost import Prices
from portlog.derive.explain import explanation
from portlog.errors import PortlogError
from portlog.query import feedback
from portlog.query.filters import ListQuestion
from portlog.query.lists import page_of_logs
from portlog.query.running import ASKER, Running
from portlog.schema import render
from portlog.schema.ids import created_ms_of
from portlog.schema.log import CALL_KINDS
from portlog.store import Asking, Statement, Store, sql

_T = TypeVar("_T")
# The spans of one call overlap in time (otel.md 6); this is the longest call that is looked for.
_SIGHTS_MS = 3_600_000
_QUEUE_MAX = 500  # questions that wait; further ones are refused


class Questions:
    """Answers on small pools of threads, each thread with its own connection to the store.

    Heavy questions, which read much, have threads of their own: however many there are, a light one waits for
    light ones only.
    """

    def __init__(
        self,
        store: Store,
        *,
        threads: int,
        seconds_max: float,
        prices: Prices,
        catch_up: Callable[[], None],
        now_ms: Callable[[], int],
    ) -> None:
        """threads      for light questions; heavy ones have half as many
        seconds_max  of one question, once it has begun
        prices       what costs are explained with
        catch_up     blocks until what was durable at the call is in the store, or its bound has passed"""
        self._store, self._prices, self._catch_up, self._now_ms = store, prices, catch_up, now_ms
        self._seconds_max = seconds_max
        self._light = ThreadPoolExecutor(threads, thread_name_prefix="question")
        self._heavy = ThreadPoolExecutor(max(1, threads // 2), thread_name_prefix="heavy-question")
        self._following = ThreadPoolExecutor(1, thread_name_prefix="following")
        self._canceller = ThreadPoolExecutor(1, thread_name_prefix="canceller")
        self._watcher = ThreadPoolExecutor(1, thread_name_prefix="watcher")
        self._running: dict[str, Running] = {}  # by the tag of its statements; read and changed on the event loop alone
        self._waiting = 0  # read and changed on the event loop alone

    async def ask(self, answer: Callable[[Store], _T], *, heavy: bool = False) -> _T:
        """What `answer` makes of the store, on a thread of a pool, once the store holds what was durable at the call.

        When the task that waits is cancelled, the work is dropped: from the queue, or in the engine.
        heavy   it reads much: counts, groups, graphs over all logs of a range
        raises  PortlogError query-limit, store-unavailable, busy
        """
        if self._waiting >= _QUEUE_MAX:
            raise PortlogError("busy", f"{_QUEUE_MAX} questions are waiting already", retry_after_seconds=1)

        def answer_now(store: Store) -> _T:
            self._catch_up()
            return answer(store)

        self._waiting += 1
        try:
            return await self._run(self._heavy if heavy else self._light, answer_now)
        finally:
            self._waiting -= 1

    async def follow(self, answer: Callable[[Store], _T], *, heavy: bool = False) -> _T:
        """As `ask`, for streams: of the store as it is, and one after the other, so that lists do not wait for many streams."""
        return await self._run(self._heavy if heavy else self._following, answer)

    async def _run(self, pool: ThreadPoolExecutor, answer: Callable[[Store], _T]) -> _T:
        asking, asker = Asking(self._seconds_max), ASKER.get()
        if asker is not None:
            self._running[asking.tag] = Running(asker)
        try:
            return await asyncio.get_running_loop().run_in_executor(
                pool, lambda: answer(self._store.asked(asking.begin()))
            )
        except asyncio.CancelledError:
            asking.cancel()
            with suppress(RuntimeError):  # closed: then nothing runs
                self._canceller.submit(self._store.cancel, asking)
            raise
        finally:
            self._running.pop(asking.tag, None)

    async def running(self, workspace: str, name: str) -> list[dict[str, Any]]:
        """The questions of a workspace that are not answered yet, the oldest first; with a name, those of its bearer.

        raises  PortlogError store-unavailable
        """
        found = {
            tag: each for tag, each in self._running.items() if each.asker.workspace == workspace and name in ("", each.asker.name)
        }
        if not found:
            return []
        seen = await asyncio.get_running_loop().run_in_executor(self._watcher, self._store.progress, list(found))
        return [each.shown(seen.get(tag)) for tag, each in found.items()]

    async def list_logs(self, question: ListQuestion) -> dict[str, Any]:
        """Reply L2: rows of the metrics object, newest first by default, and the cursor of the next page."""
        return await self.ask(lambda store: page_of_logs(store, question, self._now_ms()))

    async def get_log(self, workspace: str, log_id: bytes) -> dict[str, Any] | None:
        """The LogObject, or None if this workspace has no such log."""
        return await self.ask(lambda store: self._get(store, workspace, log_id))

    async def explain(self, workspace: str, log_id: bytes) -> dict[str, Any] | None:
        """Every derived value of a log with its reason (`derive.explain`); None if this workspace has no such log."""
        return await self.ask(lambda store: self._explain(store, workspace, log_id))

    async def revisions_held(self, keys: Sequence[tuple[int, bytes]]) -> dict[bytes, int]:
        """The highest stored revision of those of these logs that are stored, in any workspace; (created_at in ms, id)."""
        if not keys:
            return {}
        held: dict[bytes, int] = {}
        for log_id, revision, _ in await self.ask(lambda store: store.select(sql.revisions(sorted(keys)))):
            held[bytes(log_id)] = max(held.get(bytes(log_id), 0), int(revision))
        return held

    async def count_logs(self, workspace: str) -> int:
        """How many logs a workspace has."""
        return await self.ask(lambda store: int(store.select(sql.count_logs(workspace))[0][0]))

    async def ping(self) -> None:
        """Ask the store the cheapest question.

        raises  PortlogError store-unavailable
        """
        await self.ask(lambda store: store.select(Statement("SELECT 1", {})))

    def close(self) -> None:
        """Wait for the questions under way, and refuse those that wait."""
        for pool in (self._light, self._heavy, self._following, self._canceller, self._watcher):
            pool.shutdown(wait=True, cancel_futures=True)

    # -- on a thread of the pool -----------------------------------------------------------------------------

    def _get(self, store: Store, workspace: str, log_id: bytes) -> dict[str, Any] | None:
        rows = store.select(sql.one(workspace, log_id, created_ms_of(log_id)))
        if not rows:
            return None
        row = _named(rows[0])
        log = render.log_object(row)
        said = conversation_of(log["request"].get("body"), log["response"].get("body"), row["request_url"])
        given = feedback.of_trace(store, workspace, row["trace_id"])
        return log | {"conversation": msgspec.to_builtins(said), "feedback": given} | render.note(row, self._now_ms())

    def _explain(self, store: Store, workspace: str, log_id: bytes) -> dict[str, Any] | None:
        created_ms = created_ms_of(log_id)
        rows = store.select(sql.one(workspace, log_id, created_ms))
        if not rows:
            return None
        row, hidden = _named(rows[0]), []
        if row["raw"] and row["kind"] in CALL_KINDS and not row["duplicate_of"]:
            name, reach_ms = f"{row['trace_id']}/{row['span_id']}", int(row["response_ms"] or 0) + _SIGHTS_MS
            found = store.select(sql.sights(workspace, name, created_ms - _SIGHTS_MS, created_ms + reach_ms))
            hidden = [_named(other) for other in found]
        return explanation(row, hidden, self._prices)


def _named(row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(sql.ALL_NAMES, row, strict=True))
