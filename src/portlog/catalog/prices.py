"""Own prices and discounts."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from portlog.catalog.file import CatalogFile
from portlog.clock import Clock
from portlog.schema.prices import Book, Discount, OwnPrice

_REFRESH_SECONDS = 1.0


class PriceRows(CatalogFile):
    """The price book; changes are seen by every process within a second."""

    def __init__(self, path: Path, clock: Clock) -> None:
        super().__init__(path, clock)
        self._book, self._book_looked_at = Book(version=-1), float("-inf")

    def set_price(self, price: OwnPrice) -> OwnPrice:
        """Store a price under a new id; it takes the place of one of the same provider, model and first day."""
        return self._set("prices", price, ("parts", _parts_text(price)))

    def set_discount(self, discount: Discount) -> Discount:
        """Store a discount under a new id; it takes the place of one of the same provider, model and first day."""
        return self._set("discounts", discount, ("percent", str(discount.percent)))

    def _set(self, table: str, row: _Row, value: tuple[str, str]) -> _Row:
        row = replace(row, id=secrets.token_hex(4))
        with self._transaction() as db:
            db.execute(
                f"INSERT OR REPLACE INTO {table} (id, provider, model, since, until, {value[0]}, created_ms)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (row.id, row.provider, row.model, row.since, row.until, value[1], self._clock.now_ms()),
            )
            db.execute("UPDATE price_book SET version = version + 1")
        self._book_looked_at = float("-inf")
        return row

    def remove_price(self, wanted: str) -> OwnPrice | Discount | None:
        """Delete a price or a discount by id; None if there is none."""
        book = self.price_book()
        rows: list[OwnPrice | Discount] = [*book.prices, *book.discounts]
        found = next((row for row in rows if row.id == wanted), None)
        if found is not None:
            with self._transaction() as db:
                for table in ("prices", "discounts"):
                    db.execute(f"DELETE FROM {table} WHERE id = ?", (wanted,))
                db.execute("UPDATE price_book SET version = version + 1")
            self._book_looked_at = float("-inf")
        return found

    def price_book(self) -> Book:
        """All of them, in the order made. Served from memory; changes by other processes show within a second."""
        now = self._clock.monotonic()
        if now - self._book_looked_at >= _REFRESH_SECONDS:
            with self._lock:
                (version,) = self._db.execute("SELECT version FROM price_book").fetchone()
                if version != self._book.version:
                    prices = self._db.execute(f"SELECT parts, {_PRICE_COLUMNS} FROM prices ORDER BY created_ms, id")
                    discounts = self._db.execute(f"SELECT percent, {_PRICE_COLUMNS} FROM discounts ORDER BY created_ms, id")
                    self._book = Book(
                        version,
                        tuple(OwnPrice(parts=_parts(row[0]), **_priced(row)) for row in prices.fetchall()),
                        tuple(Discount(percent=Decimal(row[0]), **_priced(row)) for row in discounts.fetchall()),
                    )
                self._book_looked_at = now
        return self._book


_Row = TypeVar("_Row", OwnPrice, Discount)
_PRICE_COLUMNS = "id, provider, model, since, until"


def _priced(row: tuple[str, ...]) -> dict[str, str]:
    return dict(zip(_PRICE_COLUMNS.split(", "), row[1:], strict=True))


def _parts(text: str) -> dict[str, Decimal]:
    return {part: Decimal(usd) for part, usd in json.loads(text).items()}


def _parts_text(price: OwnPrice) -> str:
    return json.dumps({part: str(usd) for part, usd in price.parts.items()})
