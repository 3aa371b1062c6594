"""Lists look through time in stretches, each log in one of them, and not past what the question bounds."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from portlog.query import lists
from portlog.query.filters import EVERYTHING, AllOf, Between, Filter, ListQuestion, OneOf
from portlog.store import sql
from tests.samples import NOW_MS

DAY_MS = 86_400_000


def question(where: Filter, **changes: Any) -> ListQuestion:
    values: dict[str, Any] = {"order_by": "created_at", "descending": True, "limit": 2, "offset": 0, "after": None, "include_total": False}
    return ListQuestion("default", where, **(values | changes))


class Rows:
    """A store with a log every six hours, the newest `idle_days` old, which answers pages from their bounds."""

    def __init__(self, every_days: float = 9, idle_days: int = 0) -> None:
        self.asked: list[tuple[int | None, int | None, bool]] = []
        self.newest_ms = NOW_MS - idle_days * DAY_MS
        self.logs = [self.newest_ms - hours * 3_600_000 for hours in range(0, 24 * 90, 6)]
        self.matching = [each for each in self.logs if (self.newest_ms - each) % int(every_days * DAY_MS) == 0]

    def select(self, statement: Any) -> list[tuple[int]]:
        if statement == sql.newest():
            return [(self.newest_ms,)]
        asked, since_ms, before_ms, few = statement
        self.asked.append((since_ms, before_ms, few))
        found = [each for each in self.matching if (since_ms or 0) <= each < (before_ms or NOW_MS * 2)]
        return [(each,) for each in found[asked.offset : asked.offset + asked.limit + 1]]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[int]]:
    def page(asked: ListQuestion, *, since_ms: int | None, before_ms: int | None = None, few: bool = False) -> Any:
        return asked, since_ms, before_ms, few

    monkeypatch.setattr(sql, "page", page)

    def ask(store: Rows, where: Filter = EVERYTHING, **changes: Any) -> list[int]:
        return [moment for (moment,) in lists._page(store, question(where, **changes), NOW_MS)]  # type: ignore[arg-type]

    return ask


@pytest.mark.parametrize("offset", [0, 1, 3])
@pytest.mark.parametrize("limit", [1, 2, 5, 50])
@pytest.mark.parametrize("idle_days", [0, 1, 40])
@pytest.mark.parametrize("every_days", [0.25, 1, 9, 80, 1000])
def test_a_page_is_put_together_of_stretches(
    ask: Callable[..., list[int]], every_days: float, idle_days: int, limit: int, offset: int
) -> None:
    store = Rows(every_days, idle_days)
    assert ask(store, limit=limit, offset=offset) == store.matching[offset : offset + limit + 1]
    if not offset:
        assert all(later[1] == earlier[0] for earlier, later in pairwise(store.asked)), "no stretch is looked through twice"
    assert len(store.asked) <= 4


def test_a_full_first_day_is_all_that_is_read(ask: Callable[..., list[int]]) -> None:
    store = Rows(every_days=0.25)
    ask(store, limit=2)
    assert store.asked == [(NOW_MS - DAY_MS, None, False)]


def test_the_first_day_is_the_one_with_the_newest_log(ask: Callable[..., list[int]]) -> None:
    store = Rows(every_days=0.25, idle_days=20)
    ask(store, limit=2)
    assert store.asked == [(NOW_MS - DAY_MS, None, False), (store.newest_ms + 1 - DAY_MS, NOW_MS - DAY_MS, False)]


def test_what_the_first_day_does_not_have_is_asked_for_at_once(ask: Callable[..., list[int]]) -> None:
    store = Rows(every_days=9)
    store.matching = store.matching[1:]  # none of the last day
    ask(store, limit=50)
    assert store.asked == [(NOW_MS - DAY_MS, None, False), (None, NOW_MS - DAY_MS, True)]


@pytest.mark.parametrize("column", ["id", "trace_id", "session"])
def test_what_an_index_leads_to_is_asked_for_at_once(ask: Callable[..., list[int]], column: str) -> None:
    store = Rows()
    ask(store, AllOf((OneOf(column, ("x",)),)))
    assert store.asked == [(None, None, True)]


def test_nothing_is_looked_for_past_the_bound_of_the_question(ask: Callable[..., list[int]]) -> None:
    store = Rows(every_days=1000)
    ask(store, AllOf((Between("created_at", NOW_MS - DAY_MS // 2, None),)))
    assert store.asked == [(None, None, False)]
