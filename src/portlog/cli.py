"""The command line: serve, check, settings, keys. Every setting is a flag; each command ends with a clear status.

Exit status: 0 done, 1 found problems, 2 wrong use or cannot start.
"""

from __future__ import annotations

import contextlib
import gc
import json
import signal
import socket
import sys
import threading
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

import portlog
from portlog.catalog import ALL_SCOPES, ApiKey, Catalog, Reprocessing
from portlog.clock import SystemClock
from portlog.errors import PortlogError, StartError
from portlog.schema.prices import Discount, OwnPrice
from portlog.schema.render import iso
from portlog.schema.values import parse_time_ms
from portlog.settings import SETTINGS, SettingError, Settings, load
from portlog.telemetry import set_level

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
keys_app = typer.Typer(no_args_is_help=True, help="Make, list and revoke API keys.")
app.add_typer(keys_app, name="keys")
pull_app = typer.Typer(no_args_is_help=True, help="Fetch logs from where they can only be fetched.")
app.add_typer(pull_app, name="pull")
prices_app = typer.Typer(no_args_is_help=True, help="Show prices; set own prices and discounts.")
app.add_typer(prices_app, name="prices")

_out = Console(soft_wrap=True, highlight=False)

DataOption = Annotated[Path | None, typer.Option("--data", help="Data directory.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Any setting by name; `portlog settings` lists them."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def main() -> None:
    """Run the command line; errors that a person can mend end in one sentence."""
    try:
        app()
    except (StartError, SettingError) as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    print(f"portlog: {message}", file=sys.stderr)
    sys.exit(2)


def _load(set_: list[str] | None = None, **flags: Any) -> Settings:
    for pair in set_ or ():
        name, found, value = pair.partition("=")
        if not found:
            raise SettingError(f"--set takes NAME=VALUE, not {pair!r}")
        flags[name.strip().replace("-", "_")] = value.strip()
    return load(flags)


@app.callback(invoke_without_command=True)
def version(
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,
) -> None:
    """Portlog: the log store for LLM calls."""
    if version:
        print(portlog.__version__)
        raise typer.Exit


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    data: DataOption = None,
    auth: Annotated[str | None, typer.Option(help="auto, on or off.")] = None,
    set_: SetOption = None,
) -> None:
    """Run the server."""
    settings = _load(set_, host=host, port=port, data=data, auth=auth)
    set_level(settings.log_level)
    run_server(settings)


def run_server(settings: Settings, announce: Callable[[str], None] = print) -> None:
    """Serve until a signal; the listening socket is made first, so that a taken port is said before data is touched."""
    import uvicorn  # here: the other commands start without the server's libraries

    from portlog.server import opened

    listener = _listen(settings)
    where = _url(settings, listener.getsockname()[1])
    with listener, opened(settings) as application:
        server = uvicorn.Server(
            uvicorn.Config(
                application, loop="uvloop", http="httptools", ws="none", lifespan="off", access_log=False,
                log_level="critical", server_header=False, date_header=False, timeout_graceful_shutdown=10,
                timeout_keep_alive=75, backlog=_BACKLOG,
            )
        )  # fmt: skip

        def stop(*_: object) -> None:
            server.should_exit = True

        # uvicorn raises the signal that stopped it once more, for whoever had it before: here we are, and close in order.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        # What lives now lives for ever; and young garbage is collected seldom: each call makes thousands of objects.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 50, 50)
        # The applier's thread must not keep the one that answers waiting for 5 ms at a time.
        sys.setswitchinterval(0.0005)
        announce(f"Portlog {portlog.__version__} listens at {where}")
        announce(f"  dashboard  {where}/ui/")
        announce(f"  logs       POST {where}/v1/logs")
        announce(f"  data       {settings.data.resolve()}")
        sys.stdout.flush()
        server.run(sockets=[listener])


_BACKLOG = 2048


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(_BACKLOG)  # who connects before we answer, waits; who takes the port after us, is told
    except OSError as error:
        listener.close()
        raise StartError(
            f"cannot listen on {settings.host} port {settings.port}: {error.strerror}. Stop what uses it, or take "
            "another with --port"
        ) from error
    return listener


def _url(settings: Settings, port: int) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 - only compared
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return f"http://{host}:{port}{settings.root_path}"


@app.command()
def check(data: DataOption = None, set_: SetOption = None, as_json: JsonOption = False) -> None:
    """Verify a data directory and say what was found."""
    from portlog.check import check as run

    settings = _load(set_, data=data)
    set_level("error")
    found = run(settings)
    if as_json:
        print(json.dumps({"ok": not found.problems, "lines": found.lines, "problems": found.problems}))
    else:
        for line in found.lines:
            _out.print(escape(line))
        _out.print("ok" if not found.problems else f"{len(found.problems)} problems")
    raise typer.Exit(1 if found.problems else 0)


@app.command()
def settings(data: DataOption = None, set_: SetOption = None, as_json: JsonOption = False) -> None:
    """Print every setting: value, where it came from, meaning."""
    values = _load(set_, data=data)
    rows = [(s, getattr(values, s.name), values.origins[s.name]) for s in SETTINGS]
    if as_json:
        listing = [
            {"name": s.name, "value": str(v) if isinstance(v, Path) else v, "origin": o, "unit": s.unit, "help": s.help}
            for s, v, o in rows
        ]
        print(json.dumps(listing, indent=1))
        return
    table = Table("name", "value", "unit", "from", "meaning", box=None, pad_edge=False)
    for setting, value, origin in rows:
        table.add_row(setting.name, escape(str(value)), setting.unit, origin, escape(setting.help))
    _out.print(table)


@app.command()
def reprocess(
    since: Annotated[str, typer.Option(help="Derive again what was created since this time, such as 2026-11-01.")],
    until: Annotated[str | None, typer.Option(help="And before this time; now when left out.")] = None,
    data: DataOption = None,
    set_: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Derive stored logs again with today's rules and prices.

    A running server does it in the background; without one this command does it. Either way it shows how far it is,
    and may be stopped and begun again: a log keeps its old values until its new ones are stored.
    """
    from portlog.api.reprocess import shown, times_of

    settings = _load(set_, data=data)
    set_level("warning")
    clock = SystemClock()
    catalog = _catalog(settings.data)
    try:
        since_ms, until_ms = times_of(since, until, clock.now_ms())
    except PortlogError as error:
        _fail(f"--{error}")
    job = catalog.create_reprocessing(since_ms, until_ms)
    with contextlib.ExitStack() as stack:
        stack.callback(catalog.close)
        _work_unless_served(settings, stack)
        job = _watch(catalog, job, quiet=as_json)
    if as_json:
        print(json.dumps(shown(job)))
    else:
        print(f"{job.state}: {job.logs_seen} logs looked at, {job.logs_changed} changed")
    if job.state != "done":
        _fail(f"reprocessing {job.id} {job.state}{': ' + job.error if job.error else ''}")


def _work_unless_served(settings: Settings, stack: contextlib.ExitStack) -> None:
    """Open the data directory, whose open parts do the work; a server that has it open does so already."""
    from portlog.server import opened

    try:
        stack.enter_context(opened(settings))
    except StartError as error:
        if "in use" not in str(error):
            raise


def _watch(catalog: Catalog, job: Reprocessing, *, quiet: bool) -> Reprocessing:
    """Show how far a job is until it ends."""
    pause = threading.Event()
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[seen]} logs"),
        console=Console(stderr=True), disable=quiet or not sys.stderr.isatty(), transient=True,
    ) as progress:  # fmt: skip
        task = progress.add_task("reprocessing", total=max(1, job.until_ms - job.since_ms), seen=0)
        while True:
            now = next((found for found in catalog.reprocessings() if found.id == job.id), job)
            progress.update(task, completed=now.cursor_ms - job.since_ms, seen=now.logs_seen)
            if now.state != "running":
                return now
            pause.wait(0.2)


# -- pull ------------------------------------------------------------------------------------------------------


@pull_app.command("gateway")
def pull_gateway(
    url: Annotated[str, typer.Argument(help="Address of the gateway, such as http://127.0.0.1:8787.")],
    to: Annotated[str, typer.Option(help="Address of the Portlog server.")] = "http://127.0.0.1:8790",
    key: Annotated[str, typer.Option(help="Key of the Portlog server.")] = "",
    header: Annotated[
        list[str] | None, typer.Option(metavar="NAME:VALUE", help="Header for the gateway, such as its token; repeatable.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="End when the stream ends; do not connect again.")] = False,
    seconds: Annotated[float | None, typer.Option(help="End after so many seconds.")] = None,
) -> None:
    """Store what an open-source gateway's log stream (GET /log/stream) shows, a log for each try, until Ctrl-C."""
    from portlog.pull import GatewayPull

    headers = dict(_header(text) for text in header or ())
    run = GatewayPull(
        url, to, key, headers, once=once, seconds=seconds, say=lambda text: print(f"portlog: {text}", file=sys.stderr)
    )
    try:
        run.run()
    except KeyboardInterrupt:
        print(file=sys.stderr)  # behind the ^C that the terminal shows
    done = run.pulled
    print(f"{done.logs} logs of {done.events} events stored; {done.repeated} seen before, {done.lost} left out")


def _header(text: str) -> tuple[str, str]:
    name, found, value = text.partition(":")
    if not found or not name.strip():
        _fail(f"--header takes NAME:VALUE, not {text!r}")
    return name.strip(), value.strip()


# -- keys ------------------------------------------------------------------------------------------------------


def _catalog(data: Path | None) -> Catalog:
    settings = _load(data=data)
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Catalog(settings.data / "catalog.sqlite", SystemClock())


@keys_app.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="What or who the key is for.")],
    scope: Annotated[
        list[str] | None, typer.Option(help=f"Repeatable; all when left out: {', '.join(ALL_SCOPES)}.")
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key and print it. It is shown this once."""
    catalog = _catalog(data)
    try:
        text, key = catalog.create_key(name, scope or ALL_SCOPES)
    except ValueError as error:
        _fail(str(error))
    finally:
        catalog.close()
    if as_json:
        print(json.dumps(_key_facts(key) | {"key": text}))
        return
    print(text)
    print(f"Key {key.id} ({name}) may: {', '.join(key.scopes)}. It is not shown again.", file=sys.stderr)


@keys_app.command("list")
def list_keys(data: DataOption = None, as_json: JsonOption = False) -> None:
    """List keys, revoked ones too; never their text."""
    catalog = _catalog(data)
    keys = catalog.keys()
    catalog.close()
    if as_json:
        print(json.dumps([_key_facts(key) for key in keys], indent=1))
        return
    table = Table("id", "name", "key", "workspace", "scopes", "made", "revoked", box=None, pad_edge=False)
    every = set(ALL_SCOPES)
    for key in keys:
        scopes = "all" if set(key.scopes) == every else ", ".join(key.scopes)
        revoked = iso(key.revoked_ms) if key.revoked_ms else ""
        table.add_row(key.id, escape(key.name), key.hint, key.workspace, scopes, iso(key.created_ms), revoked)
    _out.print(table if keys else "no keys yet; `portlog keys create NAME` makes one")


@keys_app.command("revoke")
def revoke_key(
    key: Annotated[str, typer.Argument(help="Id or name.")], data: DataOption = None
) -> None:
    """Revoke a key by id or name; a running server refuses it within a second."""
    catalog = _catalog(data)
    revoked = catalog.revoke_key(key)
    catalog.close()
    if revoked is None:
        _fail(f"no live key {key!r}; `portlog keys list` shows them")
    print(f"revoked {revoked.id} ({revoked.name})")


def _key_facts(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id, "name": key.name, "hint": key.hint, "workspace": key.workspace, "scopes": list(key.scopes),
        "created_at": iso(key.created_ms), "revoked_at": iso(key.revoked_ms) if key.revoked_ms else None,
    }  # fmt: skip


# -- prices ----------------------------------------------------------------------------------------------------

ProviderOption = Annotated[str, typer.Option(help="Provider as logs have it, or a glob; any when left out.")]
SinceOption = Annotated[str, typer.Option(metavar="DAY", help="First day, such as 2026-11-01, UTC; always when left out.")]
UntilOption = Annotated[str, typer.Option(metavar="DAY", help="Last day; for ever when left out.")]
UsdOption = Annotated[str | None, typer.Option(metavar="USD")]


@prices_app.command("list")
def list_prices(data: DataOption = None, as_json: JsonOption = False) -> None:
    """List own prices and discounts."""
    with contextlib.closing(_catalog(data)) as catalog:
        book = catalog.price_book()
    rows: list[OwnPrice | Discount] = [*book.prices, *book.discounts]
    if as_json:
        print(json.dumps([_price_facts(row) for row in rows], indent=1))
        return
    table = Table("id", "provider", "model", "USD per million tokens", "since", "until", box=None, pad_edge=False)
    for row in rows:
        told = _told(row)
        table.add_row(
            row.id, escape(row.provider or "any"), escape(row.model or "any"), told, row.since, row.until
        )
    _out.print(table if rows else "no prices of your own; `portlog prices show MODEL` shows the one that is used")


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
        _fail(f"--on takes a day such as 2026-11-01, not {on!r}")
    with contextlib.closing(_catalog(data)) as catalog:
        rate = Prices(catalog.price_book()).rate(provider, model, at_ms, tier)
    if isinstance(rate, Missing):
        if as_json:
            print(json.dumps({"source": rate.code, "reason": rate.reason, "prices": None}))
            raise typer.Exit(1)
        _fail(rate.reason)
    if as_json:
        print(json.dumps({"source": rate.source, "reason": rate.reason, "prices": rate.shown}, indent=1))
        return
    table = Table("part", "USD per million", "above", box=None, pad_edge=False)
    for line in rate.shown:
        above = f"{line['above_input_tokens']:,} input tokens" if line["above_input_tokens"] else ""
        table.add_row(line["what"], f"{line['usd_per_million']:.12g}", above)
    _out.print(table)
    _out.print(escape(rate.reason))


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
    with contextlib.closing(_catalog(data)) as catalog:
        try:
            usd = {part: _decimal(text) for part, text in parts.items() if text is not None}
            row = catalog.set_price(OwnPrice("", provider, model, usd, since, until))
        except ValueError as error:
            _fail(str(error))
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
    with contextlib.closing(_catalog(data)) as catalog:
        try:
            row = catalog.set_discount(Discount("", _decimal(percent), provider, model, since, until))
        except ValueError as error:
            _fail(str(error))
    _print_price(row, as_json)


@prices_app.command("remove")
def remove_price(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="Id of a price or a discount.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove a price or a discount of your own."""
    with contextlib.closing(_catalog(data)) as catalog:
        row = catalog.remove_price(wanted)
    if row is None:
        _fail(f"no price or discount {wanted!r}; `portlog prices list` shows them")
    _print_price(row, as_json, "removed ")


_AGAIN = "Logs from now on have it; `portlog reprocess --since DAY` derives older ones again."


def _print_price(row: OwnPrice | Discount, as_json: bool, done: str = "") -> None:
    if as_json:
        print(json.dumps(_price_facts(row)))
        return
    where = " ".join(filter(None, (row.provider, row.model))) or "everything"
    days = (f" from {row.since}" if row.since else "") + (f" until {row.until}" if row.until else "")
    print(f"{done}{row.id}: {where}{days}: {_told(row)}")
    print(_AGAIN, file=sys.stderr)


def _told(row: OwnPrice | Discount) -> str:
    if isinstance(row, Discount):
        return f"{row.percent} % off"
    return ", ".join(f"{part.replace('_', ' ')} {usd}" for part, usd in row.parts.items())


def _price_facts(row: OwnPrice | Discount) -> dict[str, Any]:
    where = {
        "provider": row.provider or None, "model": row.model or None, "since": row.since or None, "until": row.until or None,
    }  # fmt: skip
    if isinstance(row, Discount):
        return {"id": row.id, "object": "discount", "percent": float(row.percent), **where}
    return {"id": row.id, "object": "price", "parts": {p: float(usd) for p, usd in row.parts.items()}, **where}


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is no number") from None
