"""`portlog tail`: the logs of a query as they come."""

from __future__ import annotations

import http.client
import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlencode

import typer
from rich.table import Table

from portlog.cli.ask import HEADS, log_cells
from portlog.cli.parts import JsonOption, KeyOption, fail, out
from portlog.errors import StartError
from portlog.pull import Address
from portlog.schema import jsons
from portlog.schema.printable import in_a_line

_SILENCE_SECONDS = 40.0  # the server's line is never silent for more than 15
_WAIT_SECONDS_MIN, _WAIT_SECONDS_MAX = 0.5, 30.0
_LINE_BYTES_MAX = 4 * 1024 * 1024
_WIDTHS = (23, 7, 24, 9, 12, 11, 16)  # of all columns but the last, which has the rest


@dataclass
class Follow:
    """The stream of one query, over cut lines: each log once, from where it was cut.

    cursor  place behind the last event; "" before the first
    """

    base: str
    key: str
    q: str
    cursor: str = ""
    _pause: threading.Event = field(default_factory=threading.Event)  # never set: to wait on

    def events(self) -> Iterator[tuple[str, Any]]:
        """(event, data) for ever; `cut` with a sentence whenever the line was lost and is made again.

        raises  StartError for what trying again does not mend
        """
        waited = 0.0
        while True:
            try:
                for event, value in self._line():
                    waited = 0.0
                    if event == "end" and value["slug"] != "stopping":
                        raise StartError(f"{self.base}: {value['message']}")
                    yield event, value
                reason = "the stream ended"
            except (OSError, http.client.HTTPException) as error:
                reason = str(error) or type(error).__name__
            waited = min(max(waited * 2, _WAIT_SECONDS_MIN), _WAIT_SECONDS_MAX)
            yield "cut", f"{self.base}: {reason}; trying again in {waited:g} s"
            self._pause.wait(waited)

    def _line(self) -> Iterator[tuple[str, Any]]:
        address = Address(self.base, f"/v1/logs/stream?{urlencode({'q': self.q})}")
        headers = {"accept": "text/event-stream"}
        headers |= {"x-portkey-api-key": self.key} if self.key else {}
        headers |= {"last-event-id": self.cursor} if self.cursor else {}
        connection = address.connect(_SILENCE_SECONDS)
        try:
            connection.request("GET", address.path, headers=headers)
            reply = connection.getresponse()
            if reply.status != 200:
                self._refused(reply.status, reply.read(1_000_000))
            yield from self._events(reply)
        finally:
            connection.close()

    def _refused(self, status: int, body: bytes) -> None:
        try:
            said = str(jsons.decode_any(body)["message"])
        except Exception:  # noqa: BLE001 - whatever stands at that address may answer anything
            said = f"HTTP {status}"
        if status >= 500 or status == 429:
            raise http.client.HTTPException(said)
        raise StartError(f"{self.base}: {said}")

    def _events(self, reply: http.client.HTTPResponse) -> Iterator[tuple[str, Any]]:
        """As HTML's "server-sent events" has it; an id counts with the end of its event."""
        event, data, place = "message", list[str](), self.cursor
        while line := reply.readline(_LINE_BYTES_MAX):
            name, _, value = line.rstrip(b"\r\n").decode("utf-8", "replace").partition(":")
            value = value.removeprefix(" ")
            if name == "event":
                event = value
            elif name == "data":
                data.append(value)
            elif name == "id":
                place = value
            elif not name and not value:
                if data:
                    yield event, jsons.decode_any("\n".join(data).encode())
                event, data, self.cursor = "message", [], place


def tail(
    q: Annotated[str, typer.Argument(help="Which logs, such as 'status:>=400'; all when left out.")] = "",
    server: Annotated[
        str, typer.Option(metavar="URL", envvar="PORTLOG_SERVER", help="A running server. Also PORTLOG_SERVER.")
    ] = "http://127.0.0.1:8790",
    key: KeyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show logs as they come, until Ctrl-C. A line that is cut is made again, and nothing is missed."""
    follow = Follow(server, key, q)
    try:
        for event, value in follow.events():
            _show(event, value, as_json, server)
    except KeyboardInterrupt:
        print(file=sys.stderr)  # behind the ^C that the terminal shows
    except BrokenPipeError:
        fail("what reads this has gone")


def _show(event: str, value: Any, as_json: bool, server: str) -> None:
    if event == "log":
        if as_json:
            print(json.dumps(value), flush=True)
        else:
            out.print(_line_of(log_cells(value)), crop=False)
    elif event == "cut":
        print(f"portlog: {in_a_line(value)}", file=sys.stderr)
    elif event == "sampled":
        print(f"portlog: {value['skipped']} logs were left out: they come faster than they are read", file=sys.stderr)
    elif event == "ready":
        print(f"portlog: following {in_a_line(server)}", file=sys.stderr, flush=True)
        if not as_json and out.is_terminal:
            out.print(_line_of(HEADS), style="bold")


def _line_of(cells: Any) -> Table:
    table = Table.grid(padding=(0, 1), expand=False)
    for width in _WIDTHS:
        table.add_column(width=width, no_wrap=True, overflow="ellipsis")
    table.add_column(no_wrap=True, overflow="ellipsis")
    table.add_row(*cells)
    return table
