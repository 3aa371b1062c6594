"""`portlog mcp`: the MCP server."""

from __future__ import annotations

from typing import Annotated

import typer

from portlog.cli.parts import KeyOption, fail
from portlog.remote import Remote


def mcp(
    server: Annotated[
        str, typer.Option(metavar="URL", envvar="PORTLOG_SERVER", help="A running server. Also PORTLOG_SERVER.")
    ] = "http://127.0.0.1:8790",
    key: KeyOption = "",
) -> None:
    """Serve the logs of a server to agents, by the Model Context Protocol over standard input and output."""
    try:
        from portlog.mcp import serve
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("portlog"):
            raise
        fail(f"portlog mcp needs the package {error.name}: install portlog[mcp]")
    serve(Remote(server, key))
