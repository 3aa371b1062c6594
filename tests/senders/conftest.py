"""One server, one provider, and every program that the collected tests need, two at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.e2e.program import Server
from tests.senders.provider import Provider
from tests.senders.sending import Trace, run, trace_of

Ran = Callable[[str, str], Trace]
Traces = Callable[[str], Trace]
AT_ONCE = 2  # programs; most of their time goes into importing


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all: traces are told apart by their ids."""
    server = Server(tmp_path_factory.mktemp("senders") / "data", {"read_wait_ms": 60_000})
    yield server
    server.kill()


@pytest.fixture(scope="session")
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.stop()


@pytest.fixture(scope="session")
def ran(request: pytest.FixtureRequest, server: Server, provider: Provider) -> Iterator[Ran]:
    """`ran(command, scenario)`: the trace that this scenario of this program made.

    The programs of all tests (mark `sends`) are started at once, so that one is at work while another's tests run.
    """
    commands = [mark.args[0] for item in request.session.items for mark in item.iter_markers("sends")]
    with ThreadPoolExecutor(AT_ONCE, "sender") as pool:
        runs: dict[str, Future[dict[str, str]]] = {
            command: pool.submit(run, command.split(" "), server.url, provider.url) for command in dict.fromkeys(commands)
        }
        yield lambda command, scenario: trace_of(server, runs[command].result()[scenario])
        pool.shutdown(cancel_futures=True)


@pytest.fixture
def trace(request: pytest.FixtureRequest, ran: Ran) -> Traces:
    """`trace(scenario)` of the program that the test's mark `sends` names."""
    mark = request.node.get_closest_marker("sends")
    assert mark is not None, "say which program sends: @pytest.mark.sends(command)"
    return lambda scenario: ran(mark.args[0], scenario)
