"""`portlog serve`: the server, until a signal."""

from __future__ import annotations

import gc
import signal
import socket
import sys
from collections.abc import Callable
from typing import Annotated

import typer

import portlog
from portlog.cli.parts import DataOption, SetOption, load_settings
from portlog.errors import StartError
from portlog.settings import Settings
from portlog.telemetry import set_level


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    data: DataOption = None,
    auth: Annotated[str | None, typer.Option(help="auto, on or off.")] = None,
    set_: SetOption = None,
) -> None:
    """Run the server."""
    settings = load_settings(set_, host=host, port=port, data=data, auth=auth)
    set_level(settings.log_level)
    run_server(settings)


def run_server(settings: Settings, announce: Callable[[str], None] = print) -> None:
    """Serve until a signal; the listening socket is made first, so that a taken port is said before data is touched."""
    import uvicorn  # here: the other commands start without the server's libraries

    from portlog.server import opened

    listener = _listen(settings)
    where = _url(settings, listener.getsockname()[1])
    with listener, opened(settings) as application:

        class Server(uvicorn.Server):
            async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
                application.end_streams()  # it would wait for them
                await super().shutdown(sockets)

        server = Server(
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
