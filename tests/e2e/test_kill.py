"""`kill -9` in the middle of ingest, on the real program and the real disk: nothing acknowledged is lost or twice.

(The machine lives on, so the page cache does too: what a power cut takes is in tests/faults.)
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from random import Random

import pytest

from tests.e2e.conftest import StartServer
from tests.e2e.load import Load, Told
from tests.e2e.program import Server, until


def kill_often(server: Server, told: Told, *, kills: int, seed: int) -> None:
    """Load the server, kill it at a random moment, start it again; callers with a key then send again."""
    random = Random(seed)
    for number in range(kills):
        again = [call for call in told.unknown if call.key]
        told.unknown = [call for call in told.unknown if not call.key]
        with Load(server.url, told, f"{seed}.{number}", seed=random.getrandbits(32), again=again):
            if random.random() < 0.5:  # else it may die before its first insert every time
                until(lambda: server.metric("portlog_logs_applied"))
            threading.Event().wait(random.uniform(0.2, 1.5))
            server.kill()
        server.start()


def check(server: Server, told: Told) -> tuple[int, int]:
    """Compare what the callers were told with what the server has; return logs found and, of these, unacknowledged."""
    server.settle()
    found = [(row["trace_id"], row["id"]) for row in server.rows()]
    count = Counter(name for name, _ in found)
    twice = [name for name, times in count.items() if times > 1]
    assert not twice, f"{len(twice)} logs are stored twice, such as {twice[:5]}"
    lost = [name for name in told.acked if name not in count]
    assert not lost, f"{len(lost)} of {len(told.acked)} acknowledged logs are lost, such as {lost[:5]}"
    stored = dict(found)
    assert {name: stored[name] for name in told.acked} == told.acked, "stored under another id than answered"
    assert not told.refused & stored.keys(), "refused, and stored all the same"
    for call in told.unknown:
        there = [name for name in call.names if name in stored]
        assert len(there) in (0, len(call.names)), f"half of a call is stored: {there}"
    unknown = {name for call in told.unknown for name in call.names}
    assert stored.keys() <= told.acked.keys() | unknown, "nobody sent some of these"
    assert server.get("/v1/logs", page_size=1)["total"] == len(found)
    return len(found), len(found) - len(told.acked)


def test_nothing_acknowledged_is_lost_by_five_kills(start_server: StartServer) -> None:
    server, told, seed = start_server(apply_interval_ms=0), Told(), Random().getrandbits(16)
    print(f"seed {seed}")
    kill_often(server, told, kills=5, seed=seed)
    found, extra = check(server, told)
    print(f"{len(told.acked)} logs acknowledged, {found} found, {extra} of them never answered; {told.statuses}")
    assert len(told.acked) > 1000, "that was no load"
    assert told.unknown, "no call was under way at any kill"
    assert server.stop() == 0


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_by_a_hundred_kills(start_server: StartServer) -> None:
    """The same, a hundred times on one data directory."""
    server, told, began = start_server(apply_interval_ms=0), Told(), time.monotonic()
    kill_often(server, told, kills=100, seed=1)
    found, extra = check(server, told)
    print(
        f"\n100 kills in {time.monotonic() - began:.0f} s: {len(told.acked)} logs acknowledged, {found} found "
        f"({extra} of them never answered), 0 lost, 0 twice; answers {told.statuses}"
    )
    assert server.stop() == 0


def test_killed_while_it_recovers_it_recovers_all_the_same(server: Server) -> None:
    """A second kill while the first one's logs are still on their way into the store."""
    told = Told()
    with Load(server.url, told, "first"):
        until(lambda: len(told.acked) > 2000)
        server.kill()
    for _ in range(3):
        server.start()
        server.kill()
    server.start()
    check(server, told)


def test_a_signal_under_load_ends_it_in_order(server: Server) -> None:
    """SIGTERM: every answer given is kept, and the next start has nothing to catch up with."""
    told = Told()
    with Load(server.url, told, "load"):
        until(lambda: len(told.acked) > 1000)
        assert server.stop() == 0, server.events
    assert "server.closed" in server.events
    server.start()
    assert "wal_records_waiting=0 wal_bytes_cut=0" in server.events
    check(server, told)
