"""The command line. Every setting is a flag; each command ends with a clear status.

Exit status: 0 done, 1 found problems, 2 wrong use or cannot start.
"""

from __future__ import annotations

from typing import Annotated

import typer

import portlog
from portlog.cli.agents import mcp
from portlog.cli.ask import query, sql
from portlog.cli.exports import export, import_
from portlog.cli.keep import check, reprocess, settings
from portlog.cli.keys import keys_app
from portlog.cli.parts import fail
from portlog.cli.prices import prices_app
from portlog.cli.pull import pull_app
from portlog.cli.schedules import schedules_app
from portlog.cli.serve import serve
from portlog.cli.tail import tail
from portlog.errors import StartError
from portlog.settings import SettingError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for _command in (serve, check, settings, reprocess, query, tail, sql, mcp, export):
    app.command()(_command)
app.command("import")(import_)
app.add_typer(keys_app, name="keys")
app.add_typer(pull_app, name="pull")
app.add_typer(schedules_app, name="schedules")
app.add_typer(prices_app, name="prices")


def main() -> None:
    """Run the command line; errors that a person can mend end in one sentence."""
    try:
        app()
    except (StartError, SettingError) as error:
        fail(str(error))


@app.callback(invoke_without_command=True)
def version(
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,
) -> None:
    """Portlog: the log store for LLM calls."""
    if version:
        print(portlog.__version__)
        raise typer.Exit
