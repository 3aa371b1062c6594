"""The real SDKs, from PyPI and npm, against the running program: what they send is stored, and read back equal."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from portkey_ai import AsyncPortkey, Portkey
from portkey_ai.api_resources.apis.logger import Logger

from tests.e2e.program import DEADLINE_SECONDS, Server, portlog

NODE_SDK = Path(__file__).parent / "node"
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


class Reader:
    """Reads logs back, with a key if the server wants one."""

    def __init__(self, url: str, key: str = "") -> None:
        self._http = httpx.Client(base_url=url, headers={"x-portkey-api-key": key}, timeout=DEADLINE_SECONDS)

    def of_trace(self, trace_id: str) -> list[dict[str, Any]]:
        """The whole logs of one trace, oldest first."""
        rows = self._get("/v1/logs", trace_id=trace_id, order_by_type="asc")["data"]
        return [self._get(f"/v1/logs/{row['id']}") for row in rows]

    def _get(self, path: str, **parameters: str) -> Any:
        reply = self._http.get(path, params=parameters)
        assert reply.status_code == 200, reply.text
        return reply.json()


def assert_equal(read: dict[str, Any], sent: dict[str, Any]) -> None:
    """What was read is what was sent, but for the credential."""
    request, response = sent["request"], sent["response"]
    headers = {name: "[REDACTED]" if name == "authorization" else value for name, value in request["headers"].items()}
    assert read["request"]["url"] == request["url"]
    assert read["request"]["method"] == "POST"
    assert read["request"]["headers"] == headers
    assert read["request"]["body"] == request["body"]
    assert read["response"]["status"] == response["status"]
    assert read["response"]["responseTime"] == response["response_time"]
    assert read["response"]["headers"] == response["headers"]
    assert read["response"]["body"] == response["body"]
    assert sent["metadata"].items() <= read["metadata"].items()


@pytest.fixture(params=["/v1", ""], ids=["with /v1", "without /v1"])
def base(request: pytest.FixtureRequest) -> str:
    """Both forms of base URL that the vendor's documents give."""
    return str(request.param)


@pytest.fixture
def guarded(start_server: Callable[..., Server]) -> tuple[Server, str]:
    """A server that asks for keys, and one."""
    server = start_server(auth="on") if False else None
    raise NotImplementedError(server)


# -- Python ------------------------------------------------------------------------------------------------


def test_python_creates_a_log(server: Server, base: str) -> None:
    sent = log(trace_id="tr-py", span_id="sp-py", _user="alice")
    reply = Portkey(base_url=server.url + base, api_key="any").logs.create(**sent)
    assert reply is not None
    (read,) = Reader(server.url).of_trace("tr-py")
    assert_equal(read, sent)
    assert read["warnings"] == []
    assert read["user"] == "alice"
    metrics = read["metrics"]
    assert (metrics["ai_org"], metrics["ai_model"], metrics["total_units"]) == ("openai", ANSWER["model"], 16)
    assert metrics["span_id"] == "sp-py"
    assert metrics["sdk_version"].startswith("portkey-")
    print(type(reply), reply)
