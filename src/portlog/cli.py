"""The command line: serve, check, settings, keys. Every setting is a flag; each command ends with a clear status.

Exit status: 0 done, 1 found problems, 2 wrong use or cannot start.
"""

from __future__ import annotations

import gc
import json
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

import portlog
from portlog.catalog import ALL_SCOPES, ApiKey, Catalog
from portlog.clock import SystemClock
from portlog.errors import StartError
from portlog.schema.render import iso
from portlog.settings import SETTINGS, SettingError, Settings, load
from portlog.telemetry import set_level

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
keys_app = typer.Typer(no_args_is_help=True, help="Make, list and revoke API keys.")
app.add_typer(keys_app, name="keys")

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


