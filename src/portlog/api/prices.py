"""`/v1/prices`: own prices and discounts. They hold for logs from now on; `/v1/reprocess` derives older ones again."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from portlog.api.fields import Fields, listing, read_fields, wrong
from portlog.api.parts import parts_of
from portlog.api.reply import json_reply
from portlog.errors import PortlogError
from portlog.schema.prices import Discount, OwnPrice, check_day, facts
from portlog.schema.values import kind_of, shown

NAME_CHARS_MAX = 200
_Priced = TypeVar("_Priced", OwnPrice, Discount)


async def prices(request: Request) -> Response:
    """`GET /v1/prices`: prices, then discounts, each in the order made."""
    book = parts_of(request).catalog.price_book()
    return json_reply(listing([*map(facts, book.prices), *map(facts, book.discounts)]))


async def set_price(request: Request) -> Response:
    """`POST /v1/prices`: a price, or with `percent` a discount; in the place of one of the same provider, model and first day."""
    row, catalog = _row(await read_fields(request)), parts_of(request).catalog
    return json_reply(facts(catalog.set_price(row) if isinstance(row, OwnPrice) else catalog.set_discount(row)))


def _row(fields: Fields) -> OwnPrice | Discount:
    provider, model = (fields.text(name, chars_max=NAME_CHARS_MAX) for name in ("provider", "model"))
    since, until = _day(fields, "since"), _day(fields, "until")
    if until and until < since:
        raise wrong("until", "is before since")
    if fields.has("percent"):
        percent = _decimal("percent", fields.get("percent"))
        return _made("percent", lambda: Discount("", percent, provider, model, since, until))
    if not model:
        raise wrong("model", "is required: the name of a model, or a glob such as gpt-4o*")
    parts = _parts(fields)
    return _made("parts", lambda: OwnPrice("", provider, model, parts, since, until))


def _made(path: str, make: Callable[[], _Priced]) -> _Priced:
    """The row, or the refusal of the member whose value it does not take."""
    try:
        return make()
    except ValueError as error:
        raise PortlogError("request-validation", f"{path}: {error}", path=path) from None


async def remove(request: Request) -> Response:
    """`DELETE /v1/prices/{id}`: of a price or a discount; the reply is what it was."""
    row = parts_of(request).catalog.remove_price(request.path_params["id"])
    if row is None:
        raise PortlogError("not-found", f"no price or discount {request.path_params['id'][:80]!r}", path="id")
    return json_reply(facts(row))


def _day(fields: Fields, name: str) -> str:
    text = fields.text(name, chars_max=10)
    try:
        check_day(text)
    except ValueError as error:
        raise PortlogError("request-validation", f"{name}: {error}", path=name) from None
    return text


def _parts(fields: Fields) -> dict[str, Decimal]:
    sent = fields.get("parts")
    if not isinstance(sent, dict):
        raise wrong("parts", f"must be an object such as {{\"input\": 2.5, \"output\": 10}}, not {kind_of(sent)}")
    return {part: _decimal(f"parts.{part}", usd) for part, usd in sent.items() if usd is not None}


def _decimal(path: str, sent: Any) -> Decimal:
    """A number, or one as text, as it was written: no rounding on the way."""
    if isinstance(sent, bool) or not isinstance(sent, int | float | str):
        raise wrong(path, f"must be a number, not {kind_of(sent)}")
    try:
        return Decimal(str(sent))
    except InvalidOperation:
        raise wrong(path, f"must be a number, not {shown(sent)}") from None
