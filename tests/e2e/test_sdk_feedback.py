"""The real SDKs, from PyPI and npm, give and change feedback on the running program; and a kill loses none of it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from portkey_ai import AsyncPortkey, Portkey
from portkey_ai.api_resources import exceptions
from portkey_ai.api_resources.types.feedback_type import FeedbackResponse

from tests.e2e.conftest import StartServer
from tests.e2e.program import DEADLINE_SECONDS, Server, log, until
from tests.e2e.test_sdks import NODE_SDK, node

METADATA = {"text": "nice", "_user": "fef653", "_environment": "production"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all: feedback is told apart by its traces."""
    server = Server(tmp_path_factory.mktemp("feedback") / "data", {"read_wait_ms": 60_000})
    yield server
    server.kill()


@pytest.fixture(params=["/v1", ""], ids=["with /v1", "without /v1"])
def url(server: Server, request: pytest.FixtureRequest) -> str:
    """Both forms of base URL that the vendor's documents give."""
    return f"{server.url}{request.param}"


@pytest.fixture
def portkey() -> Iterator[Callable[[str], Portkey]]:
    """Makes clients as a user does, and closes them, which the SDK leaves to the interpreter's end."""
    clients: list[Portkey] = []

    def make(url: str) -> Portkey:
        clients.append(Portkey(base_url=url, api_key="any"))
        return clients[-1]

    yield make
    for client in clients:
        client._client.close()
        client.openai_client.close()


def of(server: Server, trace_id: str) -> list[dict[str, Any]]:
    """All feedback of a trace, the newest first."""
    found: list[dict[str, Any]] = server.get("/v1/feedback", trace_id=trace_id, page_size=1000)["data"]
    return found


def assert_typed(reply: FeedbackResponse, message: str) -> list[str]:
    """The reply is what the SDK's types say; return its ids."""
    assert isinstance(reply, FeedbackResponse)
    assert (reply.status, reply.message) == ("success", message)
    assert reply.feedback_ids and all(isinstance(each, str) for each in reply.feedback_ids)
    return reply.feedback_ids


def test_python_creates_and_updates(server: Server, url: str, portkey: Callable[[str], Portkey]) -> None:
    client, trace = portkey(url), f"py-{url}"
    reply = client.feedback.create(trace_id=trace, value=5, weight=0.5, metadata=METADATA)
    (feedback_id,) = assert_typed(reply, "Feedback successfully saved")
    (found,) = of(server, trace)
    assert (found["id"], found["value"], found["weight"], found["metadata"]) == (feedback_id, 5, 0.5, METADATA)
    reply = client.feedback.update(feedback_id=feedback_id, value=7, weight=1.0)
    assert assert_typed(reply, "Feedback successfully updated") == [feedback_id]
    (found,) = of(server, trace)
    assert (found["value"], found["weight"], found["metadata"]) == (7, 1.0, METADATA)
    client.feedback.update(feedback_id=feedback_id, metadata={"text": "no"})
    (found,) = of(server, trace)
    assert (found["value"], found["weight"], found["metadata"]) == (7, 1.0, {"text": "no"})


def test_python_creates_many_in_order(server: Server, url: str, portkey: Callable[[str], Portkey]) -> None:
    trace = f"py-bulk-{url}"
    sent = [{"trace_id": trace, "value": 1}, {"trace_id": trace, "value": -3, "weight": 0.25, "metadata": {"why": "slow"}}]
    ids = assert_typed(portkey(url).feedback.bulk_create(feedbacks=sent), "Feedback successfully saved")
    found = {each["id"]: each for each in of(server, trace)}
    assert [found[each]["value"] for each in ids] == [1, -3]
    assert (found[ids[1]]["weight"], found[ids[1]]["metadata"]) == (0.25, {"why": "slow"})


def test_python_asynchronously(server: Server, url: str) -> None:
    trace = f"py-async-{url}"

    async def run() -> list[FeedbackResponse]:
        client = AsyncPortkey(base_url=url, api_key="any")
        replies = await asyncio.gather(*(client.feedback.create(trace_id=trace, value=value) for value in range(5)))
        replies.append(await client.feedback.bulk_create(feedbacks=[{"trace_id": trace, "value": 10}]))
        replies.append(await client.feedback.update(feedback_id=replies[0].feedback_ids[0], value=-1))
        await client._client.aclose()
        await client.openai_client.close()
        return replies

    *created, _ = replies = asyncio.run(run())
    assert [reply.status for reply in replies] == ["success"] * 7
    values = {each["id"]: each["value"] for each in of(server, trace)}
    assert [values[reply.feedback_ids[0]] for reply in created] == [-1, 1, 2, 3, 4, 10]


def test_python_is_told_what_is_wrong(url: str, portkey: Callable[[str], Portkey]) -> None:
    client = portkey(url)
    with pytest.raises(exceptions.BadRequestError, match="value must be a whole number from -10 to 10, not 11"):
        client.feedback.create(trace_id="t", value=11)
    with pytest.raises(exceptions.BadRequestError, match="trace_id is required"):
        client.feedback.create(value=1)
    with pytest.raises(exceptions.NotFoundError, match="no feedback"):
        client.feedback.update(feedback_id="5d0f2c1e-8d7b-4c55-9c11-0a6f6b1d2e3f", value=1)


# -- Node --------------------------------------------------------------------------------------------------


def node_calls(url: str, method: str, *args: Any) -> dict[str, Any]:
    """Call a method of the Node SDK's `feedback`; what it returned, or its error."""
    plan = json.dumps({"client": {"baseURL": url, "apiKey": "any"}, "path": ["feedback", method], "args": args})
    done = subprocess.run(  # noqa: S603 - our own script
        [node(), "call.mjs"], cwd=NODE_SDK, input=plan, capture_output=True, text=True, timeout=DEADLINE_SECONDS,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def node_saves(url: str, method: str, body: Any) -> list[str]:
    answer = node_calls(url, method, body)["answer"]
    assert answer["status"] == "success"
    assert answer["feedback_id"] == answer["feedback_ids"], "the SDK's own types have the singular"
    ids: list[str] = answer["feedback_ids"]
    return ids


def test_node_creates_and_updates(server: Server, url: str) -> None:
    trace = f"node-{url}"
    (feedback_id,) = node_saves(url, "create", {"traceID": trace, "value": 5, "weight": 0.5, "metadata": METADATA})
    (found,) = of(server, trace)
    assert (found["id"], found["value"], found["weight"], found["metadata"]) == (feedback_id, 5, 0.5, METADATA)
    assert node_saves(url, "update", {"feedbackID": feedback_id, "value": 7, "weight": 0.9}) == [feedback_id]
    (found,) = of(server, trace)
    assert (found["value"], found["weight"]) == (7, 0.9)


def test_node_creates_an_array(server: Server) -> None:
    """The SDK makes an object with the keys "0", "1" of it, and leaves `traceID` as it is."""
    ids = node_saves(f"{server.url}/v1", "create", [{"traceID": "node-array", "value": v} for v in (1, -1)])
    values = {each["id"]: each["value"] for each in of(server, "node-array")}
    assert [values[each] for each in ids] == [1, -1]


def test_node_updates_with_the_spelling_of_the_vendors_sample(server: Server) -> None:
    """`feedbackId` makes the path `/feedback/undefined`."""
    url = f"{server.url}/v1"
    (feedback_id,) = node_saves(url, "create", {"traceID": "node-undefined", "value": 1})
    assert node_saves(url, "update", {"feedbackId": feedback_id, "value": -4}) == [feedback_id]
    assert of(server, "node-undefined")[0]["value"] == -4


def test_node_is_told_what_is_wrong(server: Server) -> None:
    told = node_calls(f"{server.url}/v1", "create", {"traceID": "t", "value": 11})["error"]
    assert told["status"] == 400
    assert "value must be a whole number" in told["message"]


# -- kill -9 -----------------------------------------------------------------------------------------------


class Givers:
    """Threads that give feedback and change it until the server is gone, and note what they were told."""

    def __init__(self, url: str, name: str, threads: int = 6) -> None:
        self._url, self.told, self.unknown, self._lock = url, dict[str, int](), 0, threading.Lock()
        self._threads = [threading.Thread(target=self._give, args=(f"{name}-{n}",)) for n in range(threads)]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def _give(self, trace: str) -> None:
        with httpx.Client(timeout=DEADLINE_SECONDS) as client:
            try:
                while True:
                    sent = [{"trace_id": trace, "value": value} for value in (1, 2, 3)]
                    ids = self._call(client, "POST", "/v1/feedback", sent)
                    with self._lock:
                        self.told |= dict(zip(ids, (1, 2, 3), strict=True))
                    self.told.pop(ids[0])  # while it is changed it may be either
                    self._call(client, "PUT", f"/v1/feedback/{ids[0]}", {"value": -7})
                    with self._lock:
                        self.told[ids[0]] = -7
            except httpx.TransportError:
                with self._lock:
                    self.unknown += 1

    def _call(self, client: httpx.Client, method: str, path: str, body: Any) -> list[str]:
        reply = client.request(method, f"{self._url}{path}", json=body)
        assert reply.status_code == 200, reply.text
        ids: list[str] = reply.json()["feedback_ids"]
        return ids


def everything(server: Server) -> dict[str, int]:
    """Value by id of all feedback, page by page."""
    found: dict[str, int] = {}
    cursor = ""
    while True:
        page = server.get("/v1/feedback", page_size=1000, cursor=cursor)
        for each in page["data"]:
            assert each["id"] not in found, "it is there twice"
            found[each["id"]] = each["value"]
        cursor = page["next_cursor"]
        if not cursor:
            return found


def test_no_acknowledged_feedback_is_lost_by_kills(start_server: StartServer) -> None:
    """Given and changed from six threads; killed at any moment, three times. Each call is there whole or not at all."""
    server = start_server()
    told: dict[str, int] = {}
    for kill in range(3):
        givers = Givers(server.url, f"kill-{kill}")
        until(lambda: len(givers.told) > 60)  # noqa: B023 - called at once
        server.kill()
        givers.join()
        told |= givers.told
        assert givers.unknown == 6
        server.start()
    found = everything(server)
    assert {each: found.get(each) for each in told} == told
    assert len(found) % 3 == 0, "a call is there in part"
    server.post(log("after"))
    assert server.stop() == 0, server.events
