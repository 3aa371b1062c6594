"""What a call cost, in USD, and why: a cost that was sent, else tokens times the price that held on the log's day.

Exact: prices are fractions, each part is rounded once, to 1e-12 USD, and the total is the sum of its parts. No price is
not 0: it is None, with a reason. Prices are found by `pricelist`; docs/guides/costs.md says the rules to users.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

import msgspec

from portlog.derive.pricelist import GENAI, GENAI_VERSION, UNITS, Line, Missing, Rate, find, load_tables
from portlog.derive.usage import Usage
from portlog.schema.prices import Book


@dataclass(frozen=True)
class CostSource:
    """Where a cost comes from, or why there is none."""

    name: str
    meaning: str
    has_cost: bool


COST_SOURCES = (
    CostSource("sent", "Stated by the sender or by the provider's answer.", True),
    CostSource("own", "Computed with a price of your own (`portlog prices`).", True),
    CostSource(GENAI, "Computed with the price table of genai-prices, as of the log's day.", True),
    CostSource("no-usage", "Neither a cost nor tokens were stated: nothing to price.", False),
    CostSource("no-model", "No model was named.", False),
    CostSource("unknown-provider", "No price table has this provider.", False),
    CostSource("unknown-model", "The provider's prices have no such model.", False),
    CostSource("no-price", "The model is known, but not a price by what was counted.", False),
)


class CostPart(msgspec.Struct, frozen=True):
    """One line of the sum. `tokens` are tokens, or searches or requests, as `what` says."""

    what: str  # of pricelist.UNITS; "sent" for a cost that was sent
    tokens: int | None
    usd_per_million: float | None
    usd: float


class PriceUsed(msgspec.Struct, frozen=True):
    """The row of the price table that was multiplied."""

    provider: str
    model: str
    title: str
    source: str  # "own" or "genai-prices"
    version: str  # of that table
    since: str  # YYYY-MM-DD, "" is always
    until: str
    tier: str  # service tier with prices of its own, "" is standard
    above_input_tokens: int  # the step of a price that depends on the input's length; 0 is the first
    own_id: str
    discount_id: str
    discount_percent: float


class Cost(msgspec.Struct, frozen=True):
    """A cost and its reason. `usd` is the exact sum of `parts`; input and output leave out what belongs to neither."""

    usd: float | None
    input_usd: float | None
    output_usd: float | None
    source: str  # of COST_SOURCES
    reason: str  # whole sentences
    parts: tuple[CostPart, ...] = ()
    price: PriceUsed | None = None


class Prices:
    """All prices: the installed table, own prices and discounts. Thread-safe.

    `refresh` takes up changed own prices; between two calls of it one log's cost does not change.
    """

    def __init__(self, book: Book = Book(), source: Callable[[], Book] | None = None) -> None:  # noqa: B008 - frozen
        """source  gives the book of now; asked by `refresh`, which makes it be cheap"""
        self._source = source
        self._cards = _Cards(book)

    @classmethod
    def load(cls, source: Callable[[], Book]) -> Prices:
        """The prices of a catalogue: `Prices.load(catalog.price_book)`. Reads the table, so that the first log need not."""
        load_tables()
        return cls(source(), source)

    def refresh(self) -> bool:
        """Take up own prices that have changed; True if they have. Costs a comparison when they have not."""
        book = self._source() if self._source else self._cards.book
        if book.version == self._cards.book.version:
            return False
        self._cards = _Cards(book)
        return True

    @property
    def version(self) -> str:
        """The tables in words, such as `genai-prices 0.2.3 + own 4`."""
        own = self._cards.book.version
        return f"{GENAI} {GENAI_VERSION}" + (f" + own {own}" if own else "")

    def rate(self, provider: str, model: str, created_ms: int, tier: str = "") -> Rate | Missing:
        """The prices of a model at a time, without a log."""
        return find(self._cards.book, provider, model, created_ms, tier)

    def cost(
        self,
        *,
        provider: str,
        model: str,
        created_ms: int,
        usage: Usage,
        stated_usd: float | None = None,
        stated_place: str = "",
    ) -> Cost:
        """What a call cost. Total: any usage at all gives a result.

        stated_usd   what the sender says it cost, and where it says so
        """
        nothing = not usage.input_tokens and not usage.output_tokens
        for sent, place in ((stated_usd, stated_place), (usage.cost_usd, usage.places.get("cost_usd", ""))):
            # A cost of 0 for tokens is how senders say that they do not know the price.
            if sent is not None and math.isfinite(sent) and (sent > 0 or (sent == 0 and nothing)):
                return _sent(sent, place)
        if usage.input_tokens is None and usage.output_tokens is None and not usage.web_searches:
            return _NO_USAGE
        card = self._cards.find(provider, model, created_ms, usage.service_tier)
        return card.multiply(usage) if isinstance(card, _Card) else card


_NO_USAGE = Cost(None, None, None, "no-usage", "Neither tokens nor a cost were stated, so there is nothing to price.")


def _sent(usd: float, place: str) -> Cost:
    where = f" at {place}" if place else ""
    return Cost(usd, None, None, "sent", f"Sent with the log{where}.", (CostPart("sent", None, None, usd),))


# -- multiplication ----------------------------------------------------------------------------------------------------

_DAY_MS, _SECOND_MS = 86_400_000, 1000


class _Cards:
    """Rates made ready, or why there is none; remembered by model and day, to a bound."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self._by_day = lru_cache(maxsize=4096)(self._make)
        self._by_second = lru_cache(maxsize=1024)(self._make)

    def find(self, provider: str, model: str, created_ms: int, tier: str) -> _Card | Cost:
        card = self._by_day(provider, model, created_ms // _DAY_MS * _DAY_MS, tier)
        if isinstance(card, _Card) and card.rate.by_time:
            return self._by_second(provider, model, created_ms // _SECOND_MS * _SECOND_MS, tier)
        return card

    def _make(self, provider: str, model: str, at_ms: int, tier: str) -> _Card | Cost:
        rate = find(self.book, provider, model, at_ms, tier)
        if isinstance(rate, Missing):
            return Cost(None, None, None, rate.code, rate.reason)
        return _Card(rate, self.book.version)


_SCALE = 10**12  # parts are whole multiples of 1e-12 USD
_values_of = attrgetter(*(unit.field or "input_tokens" for unit in UNITS))


class _Line(NamedTuple):
    """A line of a rate in integers."""

    what: str
    side: str
    value: int  # place of its count in `_values_of`; -1 is once a call
    inner: tuple[int, ...]  # places, among the lines before it, of what stands inside of it
    steps: tuple[tuple[int, int, int, float], ...]
    """(input tokens above which it holds, numerator, denominator of the price in 1e-12 USD, USD per million), the highest first"""


class _Card:
    """A rate, ready to be multiplied: parts before their totals, prices in whole numbers."""

    def __init__(self, rate: Rate, own_version: int) -> None:
        self.rate, self._own_version = rate, own_version
        lines = rate.lines[::-1]
        self._lines = tuple(_line(line, lines[:place]) for place, line in enumerate(lines))
        self._said: dict[tuple[int, bool], tuple[str, PriceUsed]] = {}

    def multiply(self, usage: Usage) -> Cost:
        """Tokens times prices. What has a price of its own is taken out of the totals that it stands inside of."""
        values = _values_of(usage)
        counts: list[int] = []
        beside = False
        for line in self._lines:
            count = (values[line.value] or 0) if line.value >= 0 else 1
            if line.inner:
                inner = 0
                for place in line.inner:
                    inner += counts[place]
                if inner <= count:
                    count -= inner
                else:  # no part can be larger than its total: it stands beside it, and nothing is taken out
                    beside = True
            counts.append(count)
        input_tokens = values[0] or 0
        if beside:
            input_tokens = sum(count for line, count in zip(self._lines, counts, strict=True) if line.side == "input")
        total = input_sum = output_sum = highest = 0
        parts = []
        for line, count in zip(self._lines, counts, strict=True):
            if not count:
                continue
            step = line.steps[-1]
            for other in line.steps:
                if input_tokens > other[0]:
                    step = other
                    break
            above, numerator, denominator, per_million = step
            if above > highest:
                highest = above
            amount = numerator * count
            if denominator != 1:
                amount = (2 * amount + denominator) // (2 * denominator)
            total += amount
            if line.side == "input":
                input_sum += amount
            elif line.side == "output":
                output_sum += amount
            parts.append(CostPart(line.what, count, per_million, amount / _SCALE))
        parts.reverse()
        said = self._said.get((highest, beside))
        if said is None:
            said = self._said[highest, beside] = self._say(highest, beside)
        return Cost(
            total / _SCALE, input_sum / _SCALE, output_sum / _SCALE, self.rate.source, said[0], tuple(parts), said[1]
        )

    def _say(self, above: int, beside: bool) -> tuple[str, PriceUsed]:
        rate, discount = self.rate, self.rate.discount
        version = str(self._own_version) if rate.source == "own" else GENAI_VERSION
        said = [rate.reason]
        if above:
            said.append(f"The price for calls with more than {above:,} input tokens.")
        if beside:
            said.append("Parts of the tokens are larger than their total: they were taken to stand beside it.")
        return " ".join(said), PriceUsed(
            provider=rate.provider, model=rate.model, title=rate.title, source=rate.source, version=version,
            since=rate.since, until=rate.until, tier=rate.tier, above_input_tokens=above, own_id=rate.own_id,
            discount_id=discount.id if discount else "", discount_percent=float(discount.percent) if discount else 0.0,
        )  # fmt: skip


_VALUE_OF = {unit.what: place if unit.field else -1 for place, unit in enumerate(UNITS)}


def _line(line: Line, before: Sequence[Line]) -> _Line:
    what = line.unit.what
    inner = tuple(place for place, other in enumerate(before) if what in other.unit.inside)
    steps = []
    for above, usd in reversed(line.steps):
        scaled = usd * _SCALE
        steps.append((above, scaled.numerator, scaled.denominator, float(usd * 1_000_000)))
    return _Line(what, line.unit.side, _VALUE_OF[what], inner, tuple(steps))
