"""What all commands share: options, the console, how a command fails, how it reads its settings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from portlog.catalog import Catalog
from portlog.clock import SystemClock
from portlog.settings import SettingError, Settings, load

out = Console(soft_wrap=True, highlight=False)

DataOption = Annotated[Path | None, typer.Option("--data", help="Data directory.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Any setting by name; `portlog settings` lists them."),
]
ServerOption = Annotated[
    str | None,
    typer.Option(metavar="URL", envvar="PORTLOG_SERVER", help="A running server, such as http://127.0.0.1:8790; else the data "
                 "directory. Also PORTLOG_SERVER."),
]
KeyOption = Annotated[str, typer.Option(envvar="PORTLOG_KEY", help="Key of that server. Also PORTLOG_KEY.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def fail(message: str) -> NoReturn:
    """End with status 2 and one sentence, which no text of a file or a server in it can turn into a command to the terminal."""
    print(f"portlog: {printable(message)}", file=sys.stderr)
    sys.exit(2)


def printable(text: str) -> str:
    """A text with a mark in place of each character that a terminal would obey."""
    return "".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in text)


def load_settings(set_: list[str] | None = None, **flags: Any) -> Settings:
    """Settings under `--set` and these flags.

    raises  SettingError
    """
    for pair in set_ or ():
        name, found, value = pair.partition("=")
        if not found:
            raise SettingError(f"--set takes NAME=VALUE, not {pair!r}")
        flags[name.strip().replace("-", "_")] = value.strip()
    return load(flags)


def open_catalog(data: Path | None) -> Catalog:
    """The catalogue of a data directory, made when it is not there."""
    settings = load_settings(data=data)
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Catalog(settings.data / "catalog.sqlite", SystemClock())
