"""`portlog query` and `portlog sql`: questions from the command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from portlog.cli.asked import Asked, asked
from portlog.cli.parts import DataOption, JsonOption, KeyOption, ServerOption, SetOption, fail, out
from portlog.remote import Refused
from portlog.schema.printable import in_a_line, printable
from portlog.telemetry import set_level

_PAGE_MAX = 100
_CELL_CHARS_MAX = 200
_WIDTH_ELSEWHERE = 2_000

LimitOption = Annotated[int, typer.Option(min=1, max=10_000, help="At most so many rows.")]


def query(
    q: Annotated[str, typer.Argument(help="Which logs, such as 'status:>=400 model:gpt-4o*'; all when left out.")] = "",
    from_: Annotated[str, typer.Option("--from", metavar="TIME", help="Created since then, such as -24h or 2026-11-01.")] = "",
    to: Annotated[str, typer.Option("--to", metavar="TIME", help="Created before then.")] = "",
    sort: Annotated[
        str, typer.Option(metavar="ORDER", help="time, cost, latency or tokens, highest first; `+` before it turns it around.")
    ] = "",
    limit: LimitOption = 50,
    server: ServerOption = None,
    key: KeyOption = "",
    data: DataOption = None,
    set_: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find logs. With --json a line each, as `GET /v1/logs` has them."""
    set_level("warning")
    parameters = {"q": f"{q} sort:{sort}".strip() if sort else q, "from": from_, "to": to}
    try:
        with asked(server, key, data, set_) as source:
            rows = _pages(source, {name: value for name, value in parameters.items() if value}, limit)
    except Refused as error:
        fail(in_a_line(str(error)))
    if as_json:
        print_lines(rows)
    else:
        show(log_table(rows) if rows else "no logs match")


def _pages(source: Asked, parameters: Mapping[str, str], limit: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    more: dict[str, Any] = {}
    while len(rows) < limit:
        asking = {**parameters, "page_size": min(_PAGE_MAX, limit - len(rows)), **more}
        page = source.call("GET", f"/logs?{urlencode(asking)}")
        rows += page["data"]
        if not page["has_more"]:
            break
        more = {"cursor": page["next_cursor"]}
    return rows


def sql(
    text: Annotated[str, typer.Argument(metavar="SELECT", help="The statement; `-` reads it from standard input.")],
    limit: LimitOption = 1_000,
    server: ServerOption = None,
    key: KeyOption = "",
    data: DataOption = None,
    set_: SetOption = None,
    as_json: JsonOption = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """Ask one SELECT over logs, bodies, feedback and metadata; docs/reference/sql.md has their columns.

    With --json an object a line.
    """
    set_level("warning")
    if text == "-":
        text = sys.stdin.read()
    try:
        with asked(server, key, data, set_) as source:
            reply = source.call("POST", "/query", {"sql": text, "limit": limit})
    except Refused as error:
        fail(in_a_line(str(error)))
    names = [column["name"] for column in reply["columns"]]
    if as_json:
        print_lines([dict(zip(names, row, strict=True)) for row in reply["rows"]])
    elif csv:
        _print_csv(names, reply["rows"])
    else:
        table = Table(*map(_head, names), box=None, pad_edge=False)
        for row in reply["rows"]:
            table.add_row(*map(_cell, row))
        show(table)
    if reply["truncated"]:
        print(f"portlog: only the first {reply['row_count']} rows; --limit takes more", file=sys.stderr)


def show(what: Table | str) -> None:
    """Print for a person; without colours, and as wide as it is, where that is not a terminal."""
    (out if out.is_terminal else Console(soft_wrap=True, highlight=False, width=_WIDTH_ELSEWHERE)).print(what)


def print_lines(rows: Sequence[Any]) -> None:
    """One JSON value a line; in ASCII, so that nothing in it moves a terminal."""
    for row in rows:
        print(json.dumps(row))


def _print_csv(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    from portlog.exports.formats import csv_text

    def cell(value: Any) -> str:
        if value is None:
            return ""
        return csv_text(value) if isinstance(value, str) else json.dumps(value) if _is_scalar(value) else csv_text(_plain(value))

    text = "".join(",".join(map(cell, row)) + "\r\n" for row in (names, *rows))
    sys.stdout.write(printable(text.replace("\r\n", "\n")) if sys.stdout.isatty() else text)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, bool | int | float)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _head(name: str) -> str:
    return in_a_line(name, 60)


def _cell(value: Any) -> Text:
    return Text(in_a_line("" if value is None else _plain(value), _CELL_CHARS_MAX))


# -- logs --------------------------------------------------------------------------------------------------------

HEADS = ("time", "status", "model", "tokens", "cost", "latency", "user", "said")
_STYLES = {"error": "red", "pending": "yellow"}


def log_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Logs as a person reads them."""
    table = Table(box=None, pad_edge=False)
    for head in HEADS:
        table.add_column(head, no_wrap=True, overflow="ellipsis", min_width=None if head == "said" else 4)
    for row in rows:
        table.add_row(*log_cells(row))
    return table


def log_cells(row: Mapping[str, Any]) -> tuple[Text, ...]:
    """One log, a cell for each of HEADS. Whatever a sender wrote is spelt out."""
    said = row["error_message"] or row["preview"] or row["span_name"]
    status = str(row["response_status_code"] or row["outcome"])
    return (
        Text(str(row["created_at"])[:23].replace("T", " ")),
        Text(status, _STYLES.get(row["outcome"], "")),
        Text(in_a_line(row["ai_model"] or row["kind"], 40)),
        Text("" if row["total_units"] is None else f"{row['total_units']:,}"),
        Text("" if row["cost_usd"] is None else f"${row['cost_usd']:.6f}".rstrip("0").rstrip(".")),
        Text("" if row["response_time"] is None else f"{row['response_time']:,.0f} ms"),
        Text(in_a_line(row["user"] or "", 30)),
        Text(in_a_line(said, 80)),
    )
