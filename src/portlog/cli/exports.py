"""`portlog export` and `portlog import`: logs out as a file, and in again."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from portlog.catalog.exports import ExportJob
from portlog.cli.keep import work_unless_served
from portlog.cli.parts import (
    DataOption,
    JsonOption,
    KeyOption,
    ServerOption,
    SetOption,
    fail,
    load_settings,
    open_catalog,
)
from portlog.clock import SystemClock
from portlog.errors import PortlogError
from portlog.remote import Refused, Remote
from portlog.settings import Settings
from portlog.telemetry import set_level

_EVERYTHING = 10**12
_POLL_SECONDS = 0.1
_BINARY = ("parquet", "portlog-parquet")
_OF_ENDING = {".csv": "csv", ".parquet": "portlog-parquet"}


def export(
    out: Annotated[str, typer.Option(metavar="FILE", help="Where to; `-` is standard output.")] = "-",
    q: Annotated[str, typer.Option(help="Which logs, as in the dashboard; all when left out.")] = "",
    from_: Annotated[str, typer.Option("--from", metavar="TIME", help="Created since then, such as 2026-11-01.")] = "",
    to: Annotated[str, typer.Option("--to", metavar="TIME", help="Created before then; a day means its end.")] = "",
    format_: Annotated[
        str,
        typer.Option("--format", help="portlog (whole logs, for `portlog import`), portlog-parquet, jsonl, csv or parquet. "
                     "When left out: as the file's name ends, jsonl with --fields, else portlog."),
    ] = "",
    fields: Annotated[str, typer.Option(help="Comma list of fields, for jsonl, csv and parquet.")] = "",
    gzip: Annotated[bool, typer.Option("--gzip", help="Pack it; so does a name that ends with .gz.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many logs, the oldest.")] = _EVERYTHING,
    server: ServerOption = None,
    key: KeyOption = "",
    data: DataOption = None,
    set_: SetOption = None,
) -> None:  # fmt: skip
    """Write logs to a file, the oldest first.

    Whole logs by default, which `portlog import` reads again. A running server that has the data directory does the work;
    without one this command does it.
    """
    order = _order(out, q, from_, to, format_, fields, gzip, limit)
    if out == "-" and sys.stdout.isatty() and (order["gzip"] or order["format"] in _BINARY):
        fail(f"format {order['format']}{' with gzip' if order['gzip'] else ''} is not for a terminal; name a file with --out")
    set_level("warning")
    try:
        if server is not None:
            logs = _export_from(Remote(server, key), order, out)
        else:
            logs = _export_here(load_settings(set_, data=data), order, out)
    except (PortlogError, Refused) as error:
        fail(str(error))
    if out != "-":
        print(f"{logs} logs written to {out}", file=sys.stderr)


def _order(
    out: str, q: str, from_: str, to: str, format_: str, fields: str, gzip: bool, limit: int
) -> dict[str, Any]:
    """The body of a create."""
    name = Path(out).name.lower()
    plain = name.removesuffix(".gz")
    if not format_:
        format_ = _OF_ENDING.get(Path(plain).suffix, "jsonl" if fields else "portlog")
        if fields and format_ == "portlog-parquet":
            format_ = "parquet"
    filters: dict[str, Any] = {"page_size": limit}
    if from_:
        filters["time_of_generation_min"] = from_
    if to:
        filters["time_of_generation_max"] = to
    return {
        "filters": filters, "q": q, "format": format_, "gzip": gzip or name != plain, "description": "portlog export",
        "requested_data": [field.strip() for field in fields.split(",") if field.strip()],
    }  # fmt: skip


# -- the work --------------------------------------------------------------------------------------------------


def _export_from(remote: Remote, order: dict[str, Any], out: str) -> int:
    """Have a server make the file, and fetch it; return how many logs it holds."""
    job_id = remote.call("POST", "/logs/exports", order)["id"]
    path = f"/logs/exports/{job_id}"
    try:
        remote.call("POST", f"{path}/start")
        done = _watch(lambda: _seen(remote.call("GET", path)))
        with remote.fetch(remote.call("GET", f"{path}/download")["url"]) as reply, _sink(out) as sink:
            shutil.copyfileobj(reply, sink, 1024 * 1024)
    except BaseException:
        with contextlib.suppress(Exception):
            remote.call("POST", f"{path}/cancel")
        raise
    finally:
        with contextlib.suppress(Exception):
            remote.call("DELETE", path)
    return done.rows


def _export_here(settings: Settings, order: dict[str, Any], out: str) -> int:
    """As `_export_from`, on the data directory."""
    from portlog.exports import Exports
    from portlog.exports.fields import denied_fields
    from portlog.exports.files import Folder
    from portlog.exports.orders import read_order, select
    from portlog.server import Layout

    clock, layout = SystemClock(), Layout(settings.data)
    if not layout.wal.is_dir():
        fail(f"{settings.data} holds no Portlog data; name the directory with --data, or a server with --server")
    with contextlib.ExitStack() as stack:
        catalog = open_catalog(settings.data)
        stack.callback(catalog.close)
        work_unless_served(settings, stack)
        try:
            denied = denied_fields(settings.export_denied_fields)
        except ValueError as error:
            fail(str(error))
        exports = Exports(
            rows=catalog.exports, folder=Folder(layout.exports), secret=b"", denied=denied, now_ms=clock.now_ms
        )
        wanted = read_order(order, denied)
        select(wanted, now_ms=clock.now_ms())
        job = exports.start(exports.create("default", "", wanted, 0))

        def now() -> ExportJob:
            return exports.find("default", job.id)

        try:
            done = _watch(lambda: _seen_here(now()))
            with exports.file(now()).open("rb") as made, _sink(out) as sink:
                shutil.copyfileobj(made, sink, 1024 * 1024)
        except BaseException:
            with contextlib.suppress(Exception):
                exports.cancel(now())
            raise
        finally:
            with contextlib.suppress(Exception):
                exports.delete(now())
        return done.rows


@contextlib.contextmanager
def _sink(out: str) -> Iterator[BinaryIO]:
    """Standard output, or a file that is there when it is whole."""
    if out == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    unfinished = Path(f"{out}.part")
    try:
        with unfinished.open("wb") as sink:
            yield sink
            sink.flush()
            os.fsync(sink.fileno())
        os.replace(unfinished, out)
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror}")
    finally:
        unfinished.unlink(missing_ok=True)


@dataclass(frozen=True)
class _Seen:
    """How far an export is."""

    status: str
    rows: int
    total: int
    error: str


def _seen(item: dict[str, Any]) -> _Seen:
    return _Seen(item["status"], item["rows_done"], item["total_records"], item["error"] or "")


def _seen_here(job: ExportJob) -> _Seen:
    from portlog.exports import item

    return _seen(item(job))


def _watch(look: Callable[[], _Seen]) -> _Seen:
    """Show how far an export is until it ends; fail when it does not end well."""
    pause = threading.Event()
    with progress("{task.completed:,.0f} of {task.total:,.0f} logs") as bar:
        task = bar.add_task("exporting", total=1)
        while True:
            now = look()
            bar.update(task, total=max(1, now.total), completed=now.rows)
            if now.status == "success":
                return now
            if now.status != "in_progress":
                fail(f"the export {now.status}{': ' + now.error if now.error else ''}")
            pause.wait(_POLL_SECONDS)


def progress(told: str) -> Progress:
    """A bar on standard error, when a person sees it."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn(told), TimeRemainingColumn(),
        console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True,
    )  # fmt: skip


# -- import --------------------------------------------------------------------------------------------------------


def import_(
    files: Annotated[
        list[Path],
        typer.Argument(help="Files of `portlog export`, or lines with Portkey's fields, packed or not; `-` is standard input."),
    ],
    server: ServerOption = None,
    key: KeyOption = "",
    data: DataOption = None,
    set_: SetOption = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Store logs out of files, under the ids that they have. What is stored already is not stored again.

    Without --server the logs go into the data directory, which no server may have open.
    """
    from portlog.cli.importing import Counted, import_files, local_target, remote_target

    set_level("warning")
    with contextlib.ExitStack() as stack:
        if server is not None:
            target = remote_target(Remote(server, key))
        else:
            target = local_target(load_settings(set_, data=data), stack)
        counted: Counted = import_files(files, target)
    if as_json:
        print(json.dumps({"logs": counted.logs, "new": counted.new}))
    else:
        print(f"{counted.logs} logs read, {counted.new} of them new")
