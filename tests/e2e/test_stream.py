"""Live tail of the real program, over its ends: each log exactly once, whatever happens to the server meanwhile."""

from __future__ import annotations

import json
import threading
from collections import Counter
from random import Random

import httpx
import pytest

from tests.e2e.conftest import StartServer
from tests.e2e.load import Told
from tests.e2e.program import DEADLINE_SECONDS, Server, logs, until
from tests.e2e.test_kill import check, kill_often


class Tail(threading.Thread):
    """A client that comes back with the last id, as browsers do; it keeps the ids of all logs that it was sent."""

    def __init__(self, server: Server, **parameters: str) -> None:
        super().__init__(daemon=True)
        self._server, self._parameters, self._stopping = server, parameters, threading.Event()
        self._reply: httpx.Response | None = None
        self.last_id, self.connections, self.ends = "", 0, Counter[str]()
        self.ids: list[str] = []
        self.start()
        until(lambda: self.last_id)

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except httpx.HTTPError:
                self._stopping.wait(0.02)

    def _listen(self) -> None:
        headers = {"last-event-id": self.last_id} if self.last_id else {}
        url = f"{self._server.url}/v1/logs/stream"
        with httpx.stream("GET", url, params=self._parameters, headers=headers, timeout=DEADLINE_SECONDS) as self._reply:
            assert self._reply.status_code == 200, self._reply.read()
            self.connections += 1
            name, last_id, data = "", self.last_id, ""
            for line in self._reply.iter_lines():
                field, _, value = line.partition(": ")
                if field == "event":
                    name = value
                elif field == "id":
                    last_id = value
                elif field == "data":
                    data = value
                elif not line:
                    self._take(name, data)
                    self.last_id, name, data = last_id, "", ""

    def _take(self, name: str, data: str) -> None:
        if name == "log":
            self.ids.append(json.loads(data)["id"])
        elif name == "end":
            self.ends[json.loads(data)["slug"]] += 1

    def stop(self) -> None:
        """End it; it may wait for an answer until the server ends."""
        self._stopping.set()


def ids_of(server: Server) -> list[str]:
    server.settle()
    return sorted(row["id"] for row in server.rows())


def check_tail(server: Server, tail: Tail) -> None:
    """Once everything is in the store, the tail has been sent exactly that."""
    stored = ids_of(server)
    until(lambda: len(tail.ids) >= len(stored) or len(set(tail.ids)) < len(tail.ids))
    twice = [log_id for log_id, times in Counter(tail.ids).items() if times > 1]
    assert not twice, f"{len(twice)} logs were sent twice"
    assert sorted(tail.ids) == stored


def test_a_tail_over_kills_and_a_stop_has_every_log_once(start_server: StartServer) -> None:
    server, told, seed = start_server(apply_interval_ms=0), Told(), Random().getrandbits(16)
    print(f"seed {seed}")
    tail = Tail(server, sample="false")
    kill_often(server, told, kills=2, seed=seed)
    check(server, told)
    server.restart()
    server.post(logs(["after the restart"]))
    check_tail(server, tail)
    assert tail.connections >= 3
    assert tail.ends == {"stopping": 1}, "a server that stops says so, one that is killed cannot"
    tail.stop()
    assert server.stop() == 0


def test_a_server_that_streams_stops_at_once(server: Server) -> None:
    tails = [Tail(server) for _ in range(5)]
    server.post(logs(["one"]))
    until(lambda: all(len(tail.ids) == 1 for tail in tails))
    for tail in tails:
        tail.stop()
    assert server.stop() == 0
    until(lambda: all(tail.ends == {"stopping": 1} for tail in tails))


def test_a_reader_that_hangs_up_is_noticed(server: Server) -> None:
    with httpx.stream("GET", f"{server.url}/v1/logs/stream") as reply:
        lines = reply.iter_lines()
        next(lines)
        assert server.metric("portlog_streams") == 1
    until(lambda: server.metric("portlog_streams") == 0)


def test_whoever_comes_later_starts_from_any_place(server: Server) -> None:
    server.post(logs([f"early {n}" for n in range(30)]))
    stored = ids_of(server)
    tail = Tail(server, after="0")
    until(lambda: len(tail.ids) == 30)
    assert sorted(tail.ids) == stored
    tail.stop()


@pytest.mark.slow
def test_a_tail_over_thirty_kills_has_every_log_once(start_server: StartServer) -> None:
    """The same, longer."""
    server, told = start_server(apply_interval_ms=0), Told()
    tail = Tail(server, sample="false")
    kill_often(server, told, kills=30, seed=2)
    check(server, told)
    check_tail(server, tail)
    print(f"\n30 kills: {len(tail.ids)} logs, each sent once, over {tail.connections} connections")
    tail.stop()
    assert server.stop() == 0
