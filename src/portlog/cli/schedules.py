"""`portlog schedules`: exports that a server makes again and again, of what has come since the last time."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from portlog.catalog.exports import ExportSchedule
from portlog.cli.parts import (
    DataOption,
    JsonOption,
    SetOption,
    fail,
    load_settings,
    open_catalog,
    out,
    printable,
)
from portlog.clock import SystemClock
from portlog.errors import PortlogError
from portlog.schema.render import iso

schedules_app = typer.Typer(
    no_args_is_help=True, help="Exports that a running server makes again and again, of what has come since the last time."
)


@schedules_app.command("create")
def create_schedule(
    name: Annotated[str, typer.Argument(help="What it is called, also in the names of its files: a-z, 0-9, - and _.")],
    to: Annotated[str, typer.Option("--to", metavar="PLACE", help="A directory, or s3://BUCKET/PREFIX.")],
    every: Annotated[str, typer.Option(metavar="INTERVAL", help="How often: 15m, 6h, 1d.")] = "1d",
    q: Annotated[str, typer.Option(help="Which logs, as in the dashboard; all when left out.")] = "",
    format_: Annotated[
        str, typer.Option("--format", help="portlog, portlog-parquet, jsonl, csv or parquet; jsonl with --fields, else portlog.")
    ] = "",
    fields: Annotated[str, typer.Option(help="Comma list of fields, for jsonl, csv and parquet.")] = "",
    gzip: Annotated[bool, typer.Option(help="Pack what is not Parquet.")] = True,
    new_only: Annotated[bool, typer.Option("--new-only", help="Leave out what is stored already.")] = False,
    data: DataOption = None,
    set_: SetOption = None,
) -> None:
    """Make a schedule. A running server begins it within a second, others when they are started.

    What a bucket needs besides its name is read from the server's environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
    AWS_REGION, AWS_ENDPOINT and the like.
    """
    from portlog.exports.fields import denied_fields
    from portlog.exports.formats import FORMATS
    from portlog.exports.orders import read_order
    from portlog.exports.places import PlaceError
    from portlog.exports.schedules import new_schedule

    settings = load_settings(set_, data=data)
    place = to if "://" in to else str(Path(to).expanduser().resolve())
    format_ = format_ or ("jsonl" if fields else "portlog")
    packed = format_ in FORMATS and FORMATS[format_].packed
    body: dict[str, Any] = {
        "q": q, "format": format_, "gzip": gzip and not packed,
        "requested_data": [field.strip() for field in fields.split(",") if field.strip()],
    }  # fmt: skip
    with contextlib.closing(open_catalog(settings.data)) as catalog:
        try:
            denied = denied_fields(settings.export_denied_fields)
            now_ms = SystemClock().now_ms()
            schedule = new_schedule(name, every, place, read_order(body, denied), denied, now_ms, new_only=new_only)
            catalog.exports.create_schedule(schedule)
        except (ValueError, PlaceError, PortlogError) as error:
            fail(str(error))
    print(f"{name}: every {every} to {place}")


@schedules_app.command("list")
def list_schedules(data: DataOption = None, as_json: JsonOption = False) -> None:
    """List schedules: when they are due, how far they are, what was wrong the last time."""
    with contextlib.closing(open_catalog(data)) as catalog:
        schedules = catalog.exports.schedules()
    if as_json:
        print(json.dumps([_facts(schedule) for schedule in schedules], indent=1))
        return
    table = Table("name", "every", "to", "logs so far", "last", "next", "error", box=None, pad_edge=False)
    for schedule in schedules:
        facts = _facts(schedule)
        table.add_row(
            schedule.name, facts["every"], escape(schedule.place), str(schedule.rows), facts["last_at"] or "", facts["next_at"],
            escape(printable(schedule.error)),
        )  # fmt: skip
    out.print(table if schedules else "no schedules; `portlog schedules create NAME --to PLACE` makes one")


@schedules_app.command("delete")
def delete_schedule(
    name: Annotated[str, typer.Argument(help="Name or id.")], data: DataOption = None
) -> None:
    """Delete a schedule; the files that it has made stay."""
    with contextlib.closing(open_catalog(data)) as catalog:
        deleted = catalog.exports.delete_schedule(name)
    if deleted is None:
        fail(f"no schedule {name!r}; `portlog schedules list` shows them")
    print(f"deleted {deleted.name}")


def _facts(schedule: ExportSchedule) -> dict[str, Any]:
    return {
        "id": schedule.id, "name": schedule.name, "to": schedule.place, "every": _told(schedule.every_ms), "q": schedule.q,
        "format": schedule.format, "gzip": bool(schedule.gzip), "fields": json.loads(schedule.requested),
        "logs": schedule.rows, "last_at": iso(schedule.last_ms) if schedule.last_ms else None,
        "next_at": iso(schedule.next_ms), "error": schedule.error or None, "created_at": iso(schedule.created_ms),
    }  # fmt: skip


def _told(every_ms: int) -> str:
    minutes = every_ms // 60_000
    for unit, size in (("d", 1440), ("h", 60)):
        if minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"
