"""Lists look through time in stretches, each log in one of them, and not past what the question bounds."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from portlog.query import lists
from portlog.query.filters import EVERYTHING, AllOf, Between, Filter, ListQuestion
from portlog.store import sql
from tests.samples import NOW_MS

DAY_MS = 86_400_000


def question(where: Filter, **changes: Any) -> ListQuestion:
    values: dict[str, Any] = {"order_by": "created_at", "descending": True, "limit": 2, "offset": 0, "after": None, "include_total": False}
    return ListQuestion("default", where, **(values | changes))


def since(days: int) -> Filter:
    return AllOf((Between("created_at", NOW_MS - days * DAY_MS, None),))


@pytest.mark.parametrize(
    ("where", "days"),
    [(EVERYTHING, [0, 6, 59, None]), (since(1), [0, 1]), (since(7), [0, 6, 7]), (since(300), [0, 6, 59, 300]), (since(0), [0])],
)
def test_stretches_go_back_to_the_bound_of_the_question(where: Filter, days: list[int | None]) -> None:
    starts = list(lists._stretches(question(where), NOW_MS))
    assert starts == [None if each is None else NOW_MS - each * DAY_MS for each in days]


class Rows:
    """A store with a log every six hours, which answers pages from their bounds."""

    def __init__(self) -> None:
        self.asked: list[tuple[int | None, int | None]] = []
        self.logs = [NOW_MS - hours * 3_600_000 for hours in range(0, 24 * 90, 6)]

    def select(self, statement: tuple[ListQuestion, int | None, int | None]) -> list[tuple[int]]:
        asked, since_ms, before_ms = statement
        self.asked.append((since_ms, before_ms))
        found = [each for each in self.logs if (since_ms or 0) <= each < (before_ms or NOW_MS * 2) and self.matches(each)]
        return [(each,) for each in found[asked.offset : asked.offset + asked.limit + 1]]

    def matches(self, moment: int) -> bool:
        return (NOW_MS - moment) % (9 * DAY_MS) == 0


@pytest.mark.parametrize("offset", [0, 1, 3])
@pytest.mark.parametrize("limit", [1, 2, 5, 50])
def test_a_page_is_put_together_of_stretches(monkeypatch: pytest.MonkeyPatch, limit: int, offset: int) -> None:
    def page(asked: ListQuestion, *, since_ms: int | None, before_ms: int | None = None) -> Any:
        return asked, since_ms, before_ms

    monkeypatch.setattr(sql, "page", page)
    store = Rows()
    rows = lists._page(store, question(EVERYTHING, limit=limit, offset=offset), NOW_MS)  # type: ignore[arg-type]
    matching = [each for each in store.logs if store.matches(each)]
    assert [moment for (moment,) in rows] == matching[offset : offset + limit + 1]
    if not offset:
        assert all(later[1] == earlier[0] for earlier, later in pairwise(store.asked)), "no stretch is looked through twice"
