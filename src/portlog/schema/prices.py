"""Prices of one's own and discounts: nouns of the catalogue, the price list and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

OWN_PARTS = (
    "input", "output", "cache_read", "cache_write", "cache_write_1h", "input_audio", "output_audio", "request",
)  # fmt: skip


USD_MAX = Decimal(1_000_000)  # per million tokens, or per call: more is a slip of the pen
DECIMALS_MAX = 12


@dataclass(frozen=True)
class OwnPrice:
    """A price that this installation set itself. It holds from the start of `since` to the end of `until`, UTC.

    raises  ValueError with a sentence when it could not be multiplied
    """

    id: str
    provider: str  # as logs have it, or a glob; "" is any
    model: str  # as logs have it, or a glob; letter case is the same
    parts: Mapping[str, Decimal]  # OWN_PARTS -> USD per million tokens; of `request` USD a call
    since: str = ""  # YYYY-MM-DD; "" is always
    until: str = ""

    def __post_init__(self) -> None:
        if not self.model.strip():
            raise ValueError("a price needs the name of a model, or a glob such as gpt-4o*")
        if unknown := [part for part in self.parts if part not in OWN_PARTS]:
            raise ValueError(f"no price part {', '.join(unknown)}; there are {', '.join(OWN_PARTS)}")
        if "request" not in self.parts and not {"input", "output"} <= self.parts.keys():
            raise ValueError("a price needs both input and output (0 is a price), or a price per request")
        for part, usd in self.parts.items():
            if not usd.is_finite() or not 0 <= usd <= USD_MAX or int(usd.normalize().as_tuple().exponent) < -DECIMALS_MAX:
                raise ValueError(f"{part} must be 0 to {USD_MAX} USD with at most {DECIMALS_MAX} decimals, not {usd}")
        _check_days(self.since, self.until)


@dataclass(frozen=True)
class Discount:
    """Percent off own prices and those of genai-prices; never off a cost that was sent.

    raises  ValueError with a sentence
    """

    id: str
    percent: Decimal  # above 0, at most 100
    provider: str = ""
    model: str = ""
    since: str = ""
    until: str = ""

    def __post_init__(self) -> None:
        if not self.percent.is_finite() or not 0 < self.percent <= 100:
            raise ValueError(f"a discount is more than 0 and at most 100 percent, not {self.percent}")
        _check_days(self.since, self.until)


def check_day(day: str) -> None:
    """Raise ValueError with a sentence unless it is a day, or "" for none."""
    try:
        ok = not day or date.fromisoformat(day).isoformat() == day
    except ValueError:
        ok = False
    if not ok:
        raise ValueError(f"a day is written YYYY-MM-DD, not {day!r}")


def _check_days(since: str, until: str) -> None:
    check_day(since)
    check_day(until)
    if since and until and until < since:
        raise ValueError(f"it would end on {until}, before it begins on {since}")


@dataclass(frozen=True)
class Book:
    """All own prices and discounts, as of a number of changes."""

    version: int = 0
    prices: tuple[OwnPrice, ...] = ()
    discounts: tuple[Discount, ...] = ()


def facts(row: OwnPrice | Discount) -> dict[str, Any]:
    """A price or a discount as replies show it; null is any, or always."""
    where = {
        "provider": row.provider or None, "model": row.model or None, "since": row.since or None, "until": row.until or None,
    }  # fmt: skip
    if isinstance(row, Discount):
        return {"id": row.id, "object": "discount", "percent": float(row.percent), **where}
    return {"id": row.id, "object": "price", "parts": {p: float(usd) for p, usd in row.parts.items()}, **where}
