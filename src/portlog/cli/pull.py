"""`portlog pull`: fetch logs from where they can only be fetched."""

from __future__ import annotations

import signal
import sys
from typing import Annotated

import typer

from portlog.cli.parts import fail

pull_app = typer.Typer(no_args_is_help=True, help="Fetch logs from where they can only be fetched.")


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

    def interrupt(number: int, frame: object) -> None:
        # Raised where Python ignores it (a finaliser), it would be lost: the run is told too.
        run.stop()
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    try:
        run.run()
    except KeyboardInterrupt:
        print(file=sys.stderr)  # behind the ^C that the terminal shows
    done = run.pulled
    print(f"{done.logs} logs of {done.events} events stored; {done.repeated} seen before, {done.lost} left out")


def _header(text: str) -> tuple[str, str]:
    name, found, value = text.partition(":")
    if not found or not name.strip():
        fail(f"--header takes NAME:VALUE, not {text!r}")
    return name.strip(), value.strip()
