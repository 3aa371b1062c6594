"""`portlog pull gateway` against a real server and a small gateway that streams what one was captured streaming."""

from __future__ import annotations

import copy
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from portlog.errors import StartError
from portlog.pull import GatewayPull, events_of
from tests.captures import FIXTURES
from tests.e2e.conftest import StartServer
from tests.e2e.program import DEADLINE_SECONDS, Server, environment, portlog, until

CAPTURED = json.loads((FIXTURES / "gateway-sse" / "log-stream.json").read_text())["events"]
LOGS = [event["data"] for event in CAPTURED if event["event"] == "log"]
TRIES = sum(len(log["requestOptions"]) for log in LOGS)
KEYS = ("sk-mock", "pk-test")


def sse(event: str, data: Any, end: str = "\n") -> bytes:
    """An event as the gateway's framework writes it."""
    text = data if isinstance(data, str) else json.dumps(data)
    return f"event: {event}{end}data: {text}{end}id: 7{end}{end}".encode()


class Gateway:
    """An HTTP server whose every connection to /log/stream is answered with the next of `answers`: pieces, then the end.

    A piece is bytes to send, or a function to call, such as one that waits.
    """

    def __init__(self, *answers: list[bytes | Callable[[], object]], status: int = 200, kind: str = "text/event-stream") -> None:
        self.connections: list[dict[str, str]] = []
        gateway, waiting = self, list(answers)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                gateway.connections.append({name.lower(): value for name, value in self.headers.items()})
                self.send_response(status if self.path == "/log/stream" else 404)
                self.send_header("content-type", kind)
                self.send_header("transfer-encoding", "chunked")
                self.end_headers()
                for piece in waiting.pop(0) if waiting else [gateway.ended.wait]:
                    if callable(piece):
                        piece()
                    else:
                        self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                        self.wfile.flush()
                self.close_connection = True

            def log_message(self, *_: Any) -> None:
                pass

        self.ended = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def gateway() -> Iterator[Callable[..., Gateway]]:
    made: list[Gateway] = []

    def make(*answers: Any, **more: Any) -> Gateway:
        made.append(Gateway(*answers, **more))
        return made[-1]

    yield make
    for each in made:
        each.close()


CONNECTED = sse("connected", "1795425287463")


def test_every_try_of_the_stream_is_a_log(server: Server, gateway: Callable[..., Gateway], tmp_path: Path) -> None:
    source = gateway([sse(event["event"], event["data"]) for event in CAPTURED])
    done = portlog("pull", "gateway", source.url, "--to", server.url, "--once", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"{TRIES} logs of {len(LOGS)} events stored; 0 seen before, 0 left out\n")
    rows = list(server.rows())
    assert len(rows) == TRIES
    assert {row["source"] for row in rows} == {"gateway-stream"}
    failed = [row for row in rows if row["outcome"] == "error"]
    assert sorted((row["http_status"] or 0, row["error_message"]) for row in failed) == [
        (0, "Rate limit reached for requests"), (429, "Rate limit reached for requests"),
        (500, "The server had an error while processing your request"),
    ]  # fmt: skip
    for row in rows:
        text = json.dumps(server.get(f"/v1/logs/{row['id']}"))
        assert not any(key in text for key in KEYS), text


def test_a_fallback_is_one_trace_of_numbered_tries(server: Server, gateway: Callable[..., Gateway]) -> None:
    fallback = next(log for log in LOGS if len(log["requestOptions"]) > 1)
    GatewayPull(gateway([sse("log", fallback)]).url, server.url, once=True).run()
    first, second = sorted(server.rows(), key=lambda row: row["span_name"])
    assert first["trace_id"] == second["trace_id"]
    assert [row["span_name"][-14:] for row in (first, second)] == ["s (try 1 of 2)", "s (try 2 of 2)"]
    assert [(row["outcome"], row["req_units"]) for row in (first, second)] == [("error", None), ("success", 21)]


def test_what_is_cut_off_is_taken_up_again_and_what_comes_twice_is_stored_once(server: Server, gateway: Callable[..., Gateway]) -> None:
    half = len(LOGS) // 2
    whole = [sse("log", log) for log in LOGS]
    source = gateway(
        [CONNECTED, *whole[:half], whole[half][:100]],  # the connection ends within an event
        [CONNECTED, *whole[half - 2 : half], b": a comment\r\n\r\n", *whole[half:]],
        [sse("heartbeat", "pulse"), *whole],
    )
    run = GatewayPull(source.url, server.url)
    run.say = lambda text: None if len(source.connections) < 4 else done.set()
    done = threading.Event()
    thread = threading.Thread(target=run.run, daemon=True)
    thread.start()
    assert done.wait(DEADLINE_SECONDS)
    assert run.pulled.logs == TRIES and run.pulled.repeated == len(LOGS) + 2
    assert sum(1 for _ in server.rows()) == TRIES


def test_a_second_run_stores_nothing_twice(server: Server, gateway: Callable[..., Gateway]) -> None:
    """The server knows each event by the key of its content, for as long as it keeps replies."""
    for _ in range(2):
        GatewayPull(gateway([sse("log", log) for log in LOGS]).url, server.url, once=True).run()
    assert sum(1 for _ in server.rows()) == TRIES


def test_an_event_waits_until_the_server_is_back(start_server: StartServer, gateway: Callable[..., Gateway]) -> None:
    server = start_server()
    port = int(server.url.rpartition(":")[2])
    server.stop()
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        if "sending again" in text and len(said) == 2:
            server._flags["port"] = port
            server.start()

    run = GatewayPull(gateway([sse("log", LOGS[0])]).url, f"127.0.0.1:{port}/v1", once=True, say=say)
    assert run.run().logs == 1
    assert any("sending again" in text for text in said)
    assert sum(1 for _ in server.rows()) == 1


def test_the_key_and_the_gateways_headers_are_sent(start_server: StartServer, gateway: Callable[..., Gateway], tmp_path: Path) -> None:
    data = tmp_path / "kept"
    key = portlog("keys", "create", "puller", "--scope", "logs.write", "--data", data, cwd=tmp_path).stdout.strip()
    server = start_server(data, auth="on")
    source = gateway([sse("log", LOGS[0])], [sse("log", LOGS[1])])
    refused = portlog("pull", "gateway", source.url, "--to", server.url, "--once", cwd=tmp_path)
    assert refused.returncode == 2 and "takes no logs (HTTP 401)" in refused.stderr
    done = portlog("pull", "gateway", f"{source.url}/v1/", "--to", server.url, "--key", key, "--header", "X-Token: t o",
                   "--once", cwd=tmp_path)  # fmt: skip
    assert (done.returncode, done.stdout[:6]) == (0, "1 logs")
    assert source.connections[-1]["x-token"] == "t o"


@pytest.mark.parametrize(
    ("more", "said"),
    [({"status": 401}, "asks for a token"), ({"status": 403}, "asks for a token"), ({"status": 404, "kind": "text/html"}, "no log stream"),
     ({"kind": "text/html"}, "is no log stream (HTTP 200, text/html)"), ({"status": 503}, "HTTP 503")],
)  # fmt: skip
def test_what_is_no_log_stream_is_said(gateway: Callable[..., Gateway], more: dict[str, Any], said: str) -> None:
    with pytest.raises(StartError, match=said.replace("(", r"\(").replace(")", r"\)")):
        GatewayPull(gateway([b""], **more).url, "http://127.0.0.1:1", once=True).run()


@pytest.mark.parametrize("url", ["ftp://host", "http://", "http://host:port", "http://[bad"])
def test_what_is_no_address_is_said(url: str) -> None:
    with pytest.raises((StartError, ValueError), match=r"is no address|IPv6"):
        GatewayPull(url, "http://127.0.0.1:1")


def test_an_event_that_cannot_be_read_is_left_out_and_the_next_is_not(server: Server, gateway: Callable[..., Gateway]) -> None:
    odd = [sse("log", text) for text in ("{", "[]", "null", '{"a": 1}', '{"requestOptions": [1, "x", null]}', '{"a":1,"a":2}')]
    strange = copy.deepcopy(LOGS[0]) | {"status": {"x": 1}, "endpoint": None, "method": 5}
    run = GatewayPull(gateway([*odd, sse("log", strange), sse("log", LOGS[0], "\r\n")]).url, server.url, once=True)
    done = run.run()
    assert (done.logs, done.lost) == (2, len(odd))


def test_it_ends_when_its_time_is_up(server: Server, gateway: Callable[..., Gateway], tmp_path: Path) -> None:
    source = gateway([CONNECTED, sse("log", LOGS[0]), threading.Event().wait])
    done = portlog("pull", "gateway", source.url, "--to", server.url, "--seconds", "1.5", cwd=tmp_path)
    assert (done.returncode, done.stdout[:6]) == (0, "1 logs")


def test_control_c_ends_it_with_what_it_has_done(server: Server, gateway: Callable[..., Gateway], tmp_path: Path) -> None:
    source = gateway([CONNECTED, sse("log", LOGS[0]), threading.Event().wait])
    words = [sys.executable, "-m", "portlog", "pull", "gateway", source.url, "--to", server.url]
    process = subprocess.Popen(words, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until(lambda: sum(1 for _ in server.rows()) == 1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=DEADLINE_SECONDS)
    assert (process.returncode, out) == (0, "1 logs of 1 events stored; 0 seen before, 0 left out\n")
    assert "Traceback" not in err


def test_events_are_told_apart_as_the_standard_has_it() -> None:
    lines = ["\ufeffevent: log", "data: {", "data:}", "id: 1", ": comment", "", "data", "", "event: x", "", "retry: 5", "data:  a", ""]
    assert list(events_of(iter([*lines, "data: without an end"]))) == [("log", "{\n}"), ("message", ""), ("message", " a")]


def test_a_run_that_is_told_to_stop_ends_though_the_interrupt_got_lost(gateway: Callable[..., Gateway]) -> None:
    source = gateway([CONNECTED])
    run = GatewayPull(source.url, "http://127.0.0.1:9", seconds=2)
    run.say = lambda text: run.stop() if text.startswith("reading") else None
    with pytest.raises(KeyboardInterrupt):
        run.run()
