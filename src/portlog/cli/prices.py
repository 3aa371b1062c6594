"""`portlog prices`: show prices; set own prices and discounts."""

from __future__ import annotations

import contextlib
import json
import sys
from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from portlog.cli.parts import DataOption, JsonOption, fail, open_catalog, out
from portlog.clock import SystemClock
from portlog.schema.prices import Discount, OwnPrice, facts
from portlog.schema.values import parse_time_ms

prices_app = typer.Typer(no_args_is_help=True, help="Show prices; set own prices and discounts.")


ProviderOption = Annotated[str, typer.Option(help="Provider as logs have it, or a glob; any when left out.")]
SinceOption = Annotated[str, typer.Option(metavar="DAY", help="First day, such as 2026-11-01, UTC; always when left out.")]
UntilOption = Annotated[str, typer.Option(metavar="DAY", help="Last day; for ever when left out.")]
UsdOption = Annotated[str | None, typer.Option(metavar="USD")]


@prices_app.command("list")
def list_prices(data: DataOption = None, as_json: JsonOption = False) -> None:
    """List own prices and discounts."""
    with contextlib.closing(open_catalog(data)) as catalog:
        book = catalog.price_book()
    rows: list[OwnPrice | Discount] = [*book.prices, *book.discounts]
    if as_json:
        print(json.dumps([facts(row) for row in rows], indent=1))
        return
    table = Table("id", "provider", "model", "USD per million tokens", "since", "until", box=None, pad_edge=False)
    for row in rows:
        told = _told(row)
        table.add_row(
            row.id, escape(row.provider or "any"), escape(row.model or "any"), told, row.since, row.until
        )
    out.print(table if rows else "no prices of your own; `portlog prices show MODEL` shows the one that is used")


@prices_app.command("show")
def show_price(
    model: Annotated[str, typer.Argument(help="Model, as logs have it.")],
    provider: Annotated[str, typer.Option(help="Provider, as logs have it; else the model's name decides.")] = "unknown",
    on: Annotated[str, typer.Option(metavar="DAY", help="Day of the call; today when left out.")] = "",
    tier: Annotated[str, typer.Option(help="Service tier, such as flex, priority or batch.")] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the price that a call of a model has, and where it comes from."""
    from portlog.derive.cost import Prices  # here: the table of prices takes a moment to load
    from portlog.derive.pricelist import Missing

    at_ms = parse_time_ms(on) if on else SystemClock().now_ms()
    if at_ms is None:
        fail(f"--on takes a day such as 2026-11-01, not {on!r}")
    with contextlib.closing(open_catalog(data)) as catalog:
        rate = Prices(catalog.price_book()).rate(provider, model, at_ms, tier)
    if isinstance(rate, Missing):
        if as_json:
            print(json.dumps({"source": rate.code, "reason": rate.reason, "prices": None}))
            raise typer.Exit(1)
        fail(rate.reason)
    if as_json:
        print(json.dumps({"source": rate.source, "reason": rate.reason, "prices": rate.shown}, indent=1))
        return
    table = Table("part", "USD per million", "above", box=None, pad_edge=False)
    for line in rate.shown:
        above = f"{line['above_input_tokens']:,} input tokens" if line["above_input_tokens"] else ""
        table.add_row(line["what"], f"{line['usd_per_million']:.12g}", above)
    out.print(table)
    out.print(escape(rate.reason))


@prices_app.command("set")
def set_price(
    model: Annotated[str, typer.Argument(help="Model as logs have it, or a glob such as 'gpt-4o*'.")],
    input: UsdOption = None,  # noqa: A002 - the flag's name
    output: UsdOption = None,
    cache_read: UsdOption = None,
    cache_write: UsdOption = None,
    cache_write_1h: UsdOption = None,
    input_audio: UsdOption = None,
    output_audio: UsdOption = None,
    request: Annotated[str | None, typer.Option(metavar="USD", help="Per call, beside the tokens.")] = None,
    provider: ProviderOption = "",
    since: SinceOption = "",
    until: UntilOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set a price of your own, in USD per million tokens. It holds before the table's, for logs from now on."""
    parts = {
        "input": input, "output": output, "cache_read": cache_read, "cache_write": cache_write,
        "cache_write_1h": cache_write_1h, "input_audio": input_audio, "output_audio": output_audio, "request": request,
    }  # fmt: skip
    with contextlib.closing(open_catalog(data)) as catalog:
        try:
            usd = {part: _decimal(text) for part, text in parts.items() if text is not None}
            row = catalog.set_price(OwnPrice("", provider, model, usd, since, until))
        except ValueError as error:
            fail(str(error))
    _print_price(row, as_json)


@prices_app.command("discount")
def set_discount(
    percent: Annotated[str, typer.Argument(help="Percent off, such as 12.5.")],
    provider: ProviderOption = "",
    model: Annotated[str, typer.Option(help="Model as logs have it, or a glob; any when left out.")] = "",
    since: SinceOption = "",
    until: UntilOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set a discount on own prices and the table's; costs that senders state are left as they are."""
    with contextlib.closing(open_catalog(data)) as catalog:
        try:
            row = catalog.set_discount(Discount("", _decimal(percent), provider, model, since, until))
        except ValueError as error:
            fail(str(error))
    _print_price(row, as_json)


@prices_app.command("remove")
def remove_price(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="Id of a price or a discount.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove a price or a discount of your own."""
    with contextlib.closing(open_catalog(data)) as catalog:
        row = catalog.remove_price(wanted)
    if row is None:
        fail(f"no price or discount {wanted!r}; `portlog prices list` shows them")
    _print_price(row, as_json, "removed ")


_AGAIN = "Logs from now on have it; `portlog reprocess --since DAY` derives older ones again."


def _print_price(row: OwnPrice | Discount, as_json: bool, done: str = "") -> None:
    if as_json:
        print(json.dumps(facts(row)))
        return
    where = " ".join(filter(None, (row.provider, row.model))) or "everything"
    days = (f" from {row.since}" if row.since else "") + (f" until {row.until}" if row.until else "")
    print(f"{done}{row.id}: {where}{days}: {_told(row)}")
    print(_AGAIN, file=sys.stderr)


def _told(row: OwnPrice | Discount) -> str:
    if isinstance(row, Discount):
        return f"{row.percent} % off"
    return ", ".join(f"{part.replace('_', ' ')} {usd}" for part, usd in row.parts.items())


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is no number") from None
