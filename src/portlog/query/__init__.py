"""Questions and their answers: list, get, count. Each first waits until the store holds what was acknowledged before it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import msgspec

from portlog.derive.conversation import conversation_of
from portlog.derive.cost import Prices
from portlog.derive.explain import explanation
from portlog.query import feedback
from portlog.query.filters import AllOf, Between, Cursor, Filter, ListQuestion, encode_cursor
from portlog.schema import render
from portlog.schema.ids import created_ms_of
from portlog.schema.log import CALL_KINDS
from portlog.store import Statement, Store, sql

_T = TypeVar("_T")
_DAY_MS = 86_400_000
# A list by time looks at the newest day first and widens until its page is full: old parts stay closed.
_WINDOWS_DAYS = (1, 7, 60)
# The spans of one call overlap in time (otel.md 6); this is the longest call that is looked for.
_SIGHTS_MS = 3_600_000


class Questions:
    """Answers on a small pool of threads, each with its own connection to the store."""

    def __init__(
        self, store: Store, *, threads: int, prices: Prices, catch_up: Callable[[], None], now_ms: Callable[[], int]
    ) -> None:
        """prices    what costs are explained with
        catch_up  blocks until what was durable at the call is in the store, or its bound has passed"""
        self._store, self._prices, self._catch_up, self._now_ms = store, prices, catch_up, now_ms
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="question")

    async def ask(self, answer: Callable[[Store], _T]) -> _T:
        """What `answer` makes of the store, on a thread of the pool, once the store holds what was durable at the call.

        raises  PortlogError query-limit, store-unavailable
        """

        def run() -> _T:
            self._catch_up()
            return answer(self._store)

        return await asyncio.get_running_loop().run_in_executor(self._pool, run)

    async def list_logs(self, question: ListQuestion) -> dict[str, Any]:
        """Reply L2: rows of the metrics object, newest first by default, and the cursor of the next page."""
        return await self.ask(lambda _: self._list(question))

    async def get_log(self, workspace: str, log_id: bytes) -> dict[str, Any] | None:
        """The LogObject, or None if this workspace has no such log."""
        return await self.ask(lambda _: self._get(workspace, log_id))

    async def explain(self, workspace: str, log_id: bytes) -> dict[str, Any] | None:
        """Every derived value of a log with its reason (`derive.explain`); None if this workspace has no such log."""
        return await self.ask(lambda _: self._explain(workspace, log_id))

    async def count_logs(self, workspace: str) -> int:
        """How many logs a workspace has."""
        return await self.ask(lambda _: int(self._store.select(sql.count_logs(workspace))[0][0]))

    async def ping(self) -> None:
        """Ask the store the cheapest question.

        raises  PortlogError store-unavailable
        """
        await self.ask(lambda _: self._store.select(Statement("SELECT 1", {})))

    def close(self) -> None:
        """Wait for the questions under way, and refuse those that wait."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    # -- on a thread of the pool -----------------------------------------------------------------------------

    def _get(self, workspace: str, log_id: bytes) -> dict[str, Any] | None:
        rows = self._store.select(sql.one(workspace, log_id, created_ms_of(log_id)))
        if not rows:
            return None
        row = _named(sql.ALL_NAMES, rows[0])
        log = render.log_object(row)
        said = conversation_of(log["request"].get("body"), log["response"].get("body"), row["request_url"])
        given = feedback.of_trace(self._store, workspace, row["trace_id"])
        return log | {"conversation": msgspec.to_builtins(said), "feedback": given} | render.note(row, self._now_ms())

    def _explain(self, workspace: str, log_id: bytes) -> dict[str, Any] | None:
        created_ms = created_ms_of(log_id)
        rows = self._store.select(sql.one(workspace, log_id, created_ms))
        if not rows:
            return None
        row, hidden = _named(sql.ALL_NAMES, rows[0]), []
        if row["raw"] and row["kind"] in CALL_KINDS and not row["duplicate_of"]:
            name, reach_ms = f"{row['trace_id']}/{row['span_id']}", int(row["response_ms"] or 0) + _SIGHTS_MS
            found = self._store.select(sql.sights(workspace, name, created_ms - _SIGHTS_MS, created_ms + reach_ms))
            hidden = [_named(sql.ALL_NAMES, other) for other in found]
        return explanation(row, hidden, self._prices)

    def _list(self, question: ListQuestion) -> dict[str, Any]:
        now_ms = self._now_ms()
        found = [_named(sql.LIGHT_NAMES, row) for row in self._page(question)]
        rows, has_more = found[: question.limit], len(found) > question.limit
        rated = feedback.of_traces(self._store, question.workspace, [row["trace_id"] for row in rows])
        total = int(self._store.select(sql.total(question))[0][0]) if question.include_total else None
        return {
            "object": "list",
            "total": total,
            "data": [
                render.list_row(row) | {"feedback": rated.get(row["trace_id"])} | render.note(row, now_ms) for row in rows
            ],
            "has_more": has_more,
            "next_cursor": _cursor_after(question, rows[-1]) if has_more else None,
        }

    def _page(self, question: ListQuestion) -> list[tuple[Any, ...]]:
        """One row more than the page, so that one sees whether there are more."""
        if question.order_by == "created_at" and question.descending:
            newest = self._newest_ms(question)
            for days in _WINDOWS_DAYS:
                rows = self._store.select(sql.page(question, since_ms=max(0, newest - days * _DAY_MS)))
                if len(rows) > question.limit:
                    return rows
        return self._store.select(sql.page(question, since_ms=None))

    def _newest_ms(self, question: ListQuestion) -> int:
        """The latest time that a row of this page can have."""
        bounds = [self._now_ms() + _DAY_MS, *_upper_bounds(question.where)]
        if question.after is not None and question.after.value is not None:
            bounds.append(int(question.after.value))
        return min(bounds)


def _upper_bounds(node: Filter) -> list[int]:
    if isinstance(node, AllOf):
        return [bound for part in node.parts for bound in _upper_bounds(part)]
    if isinstance(node, Between) and node.column == "created_at" and node.high is not None:
        return [int(node.high)]
    return []


def _named(names: tuple[str, ...], row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(names, row, strict=True))


def _cursor_after(question: ListQuestion, row: dict[str, Any]) -> str:
    return encode_cursor(Cursor(row[question.order_by], bytes(row["id"])), question.order_by)
