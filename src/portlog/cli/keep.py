"""`check`, `settings`, `reprocess`: look after a data directory."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from portlog.catalog import Catalog, Reprocessing
from portlog.cli.parts import DataOption, JsonOption, SetOption, fail, load_settings, open_catalog, out
from portlog.clock import SystemClock
from portlog.errors import PortlogError, StartError
from portlog.settings import SETTINGS, Settings
from portlog.telemetry import set_level


def check(data: DataOption = None, set_: SetOption = None, as_json: JsonOption = False) -> None:
    """Verify a data directory and say what was found."""
    from portlog.check import check as run

    settings = load_settings(set_, data=data)
    set_level("error")
    found = run(settings)
    if as_json:
        print(json.dumps({"ok": not found.problems, "lines": found.lines, "problems": found.problems}))
    else:
        for line in found.lines:
            out.print(escape(line))
        out.print("ok" if not found.problems else f"{len(found.problems)} problems")
    raise typer.Exit(1 if found.problems else 0)


def settings(data: DataOption = None, set_: SetOption = None, as_json: JsonOption = False) -> None:
    """Print every setting: value, where it came from, meaning."""
    values = load_settings(set_, data=data)
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
    out.print(table)


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

    settings = load_settings(set_, data=data)
    set_level("warning")
    clock = SystemClock()
    catalog = open_catalog(settings.data)
    try:
        since_ms, until_ms = times_of(since, until, clock.now_ms())
    except PortlogError as error:
        fail(f"--{error}")
    job = catalog.create_reprocessing(since_ms, until_ms)
    with contextlib.ExitStack() as stack:
        stack.callback(catalog.close)
        work_unless_served(settings, stack)
        job = _watch(catalog, job, quiet=as_json)
    if as_json:
        print(json.dumps(shown(job)))
    else:
        print(f"{job.state}: {job.logs_seen} logs looked at, {job.logs_changed} changed")
    if job.state != "done":
        fail(f"reprocessing {job.id} {job.state}{': ' + job.error if job.error else ''}")


def work_unless_served(settings: Settings, stack: contextlib.ExitStack) -> None:
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
