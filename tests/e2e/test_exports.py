"""Exports over the real program: every call of both SDKs as published, and a server that is killed while it makes a file."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from portkey_ai import AsyncPortkey, Portkey
from portkey_ai.api_resources import exceptions
from portkey_ai.api_resources.types import logs_type

from tests.e2e.conftest import StartServer
from tests.e2e.program import DEADLINE_SECONDS, Server, log, until
from tests.e2e.test_sdks import NODE_SDK, node


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("exports") / "data", {"read_wait_ms": 60_000})
    reply = server.post([log(f"tr-{i}", f"text {i}", metadata={"_user": "sdk"}) for i in range(5)])
    assert reply.status_code == 200, reply.text
    yield server
    server.kill()


@pytest.fixture(params=["/v1", ""], ids=["with /v1", "without /v1"])
def base(request: pytest.FixtureRequest) -> str:
    return str(request.param)


FILTERS = {"time_of_generation_min": "2026-01-01", "metadata": {"_user": "sdk"}}
FIELDS = ["id", "trace_id", "request", "ai_model", "cost"]


def check_file(url: str) -> None:
    """The link leads to the five logs, without a key."""
    reply = httpx.get(url, timeout=DEADLINE_SECONDS)
    assert reply.status_code == 200, reply.text
    found = [json.loads(line) for line in reply.text.splitlines()]
    assert [each["trace_id"] for each in found] == [f"tr-{i}" for i in range(5)]
    assert [list(each) for each in found] == [FIELDS] * 5


def test_python_makes_an_export_with_every_call(server: Server, base: str) -> None:
    client = Portkey(base_url=server.url + base, api_key="any")
    exports = client.logs.exports
    made = exports.create(filters={}, workspace_id="ws-1", description="weekly", requested_data=["id"])
    assert type(made) is logs_type.LogsExportCreateResponse
    assert (type(made.id), type(made.total), made.object) == (str, int, "export")
    changed = exports.update(export_id=made.id, workspace_id="ws-1", filters=FILTERS, requested_data=FIELDS)
    assert (type(changed), changed.id, changed.total) == (logs_type.LogsExportUpdateResponse, made.id, 5)
    listed = exports.list(workspace_id="ws-1")
    assert type(listed) is logs_type.LogsExportListResponse
    assert listed.object == "list" and listed.total and made.id in [each["id"] for each in listed.data or []]
    assert (exports.list().total or 0) >= 1
    draft = exports.retrieve(export_id=made.id)
    assert type(draft) is logs_type.LogsExportRetrieveResponse
    assert (draft.status, draft.filters, draft.requested_data, draft.description) == ("draft", FILTERS, FIELDS, "weekly")
    assert (draft.workspace_id, draft.total_records, draft.object) == ("ws-1", 5, "export")
    started = exports.start(export_id=made.id)
    assert type(started) is logs_type.LogsExportStartResponse and started.message and started.object == "export"
    done = until(lambda: None if (job := exports.retrieve(export_id=made.id)).status == "in_progress" else job)
    assert (done.status, done.total_records) == ("success", 5)
    link = exports.download(export_id=made.id)
    assert type(link) is logs_type.LogsExportDownloadResponse
    check_file(str(link.signed_url))
    with pytest.raises(exceptions.ConflictError, match="cannot be cancelled: its file is there"):
        exports.cancel(export_id=made.id)
    with pytest.raises(exceptions.BadRequestError, match=r"filters\.model is no filter"):
        exports.create(filters={"model": "gpt-4o"}, requested_data=["id"])
    with pytest.raises(exceptions.NotFoundError, match="no export 'None'; the client called it without an id"):
        exports.start(export_id=None)
    client._client.close()
    client.openai_client.close()


def test_python_cancels_what_is_under_way(server: Server) -> None:
    """Cancelled while it waits for its turn, or in it: whichever, it is stopped, or it had ended."""
    client = Portkey(base_url=f"{server.url}/v1", api_key="any")
    made = client.logs.exports.create(filters={}, requested_data=["id"])
    client.logs.exports.start(export_id=made.id)
    try:
        stopped = client.logs.exports.cancel(export_id=made.id)
        assert type(stopped) is logs_type.LogsExportCancelResponse and stopped.object == "export"
        assert client.logs.exports.retrieve(export_id=made.id).status == "stopped"
    except exceptions.ConflictError:
        assert client.logs.exports.retrieve(export_id=made.id).status == "success"
    client._client.close()
    client.openai_client.close()


def test_python_asynchronously(server: Server) -> None:
    async def export() -> str:
        client = AsyncPortkey(base_url=f"{server.url}/v1", api_key="any")
        exports = client.logs.exports
        made = await exports.create(filters=FILTERS, requested_data=FIELDS)
        await exports.update(export_id=made.id, filters=FILTERS)
        assert (await exports.list()).total
        await exports.start(export_id=made.id)
        while (job := await exports.retrieve(export_id=made.id)).status == "in_progress":
            await asyncio.sleep(0.02)
        assert job.status == "success"
        link = await exports.download(export_id=made.id)
        with pytest.raises(exceptions.ConflictError):
            await exports.cancel(export_id=made.id)
        await client._client.aclose()
        await client.openai_client.close()
        return str(link.signed_url)

    check_file(asyncio.run(export()))


def node_calls(url: str, *calls: tuple[str, dict[str, Any] | str]) -> list[dict[str, Any]]:
    """What the Node SDK answers to each of these calls, in order."""
    assert (NODE_SDK / "node_modules" / "portkey-ai").is_dir(), "the Node SDK is not installed; run `python3 dev.py setup`"
    plan = json.dumps({"client": {"baseURL": url, "apiKey": "any"}, "calls": calls})
    done = subprocess.run(  # noqa: S603 - our own script
        [node(), "exports.mjs"], cwd=NODE_SDK, input=plan, capture_output=True, text=True, timeout=DEADLINE_SECONDS,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def test_node_makes_an_export_with_every_call(server: Server, base: str) -> None:
    url = server.url + base
    (made, bare) = node_calls(
        url,
        ("create", {"filters": {}, "workspaceId": "ws-2", "requestedData": ["id"], "description": "weekly"}),
        ("create", {"filters": {}, "workspace_id": "dropped", "requested_data": ["id"]}),
    )
    assert (made["object"], made["total"]) == ("export", 5) and bare["object"] == "export"
    named = {"exportId": made["id"]}
    changed, listed, every, draft, started = node_calls(
        url,
        ("update", {**named, "workspaceId": "ws-2", "filters": FILTERS, "requestedData": FIELDS}),
        ("list", {"workspaceId": "ws-2"}),
        ("list", {}),
        ("retrieve", named),
        ("start", named),
    )
    assert (changed["id"], changed["total"], changed["object"]) == (made["id"], 5, "export")
    assert listed["object"] == "list" and made["id"] in [each["id"] for each in listed["data"]]
    assert bare["id"] in [each["id"] for each in every["data"]]
    assert (draft["status"], draft["requested_data"], draft["description"]) == ("draft", FIELDS, "weekly")
    assert started["object"] == "export"
    until(lambda: node_calls(url, ("retrieve", named))[0]["status"] == "success")
    link, refused, positional = node_calls(url, ("download", named), ("cancel", named), ("start", made["id"]))
    check_file(link["signed_url"])
    assert "cannot be cancelled" in refused["failed"]
    assert "called it without an id" in positional["failed"]


# -- kill -9 ---------------------------------------------------------------------------------------------------


LOGS = 4_000


def test_a_server_that_is_killed_goes_on_where_it_was(start_server: StartServer) -> None:
    """The file is the one that an undisturbed run makes, byte for byte."""
    server = start_server(read_wait_ms=60_000, log_level="warning")
    for first in range(0, LOGS, 2_000):
        assert server.post([log(f"tr-{i}", f"A sentence that is said often. {i}") for i in range(first, first + 2_000)]).status_code == 200
    server.settle()

    def call(method: str, path: str, body: Any = None) -> Any:
        reply = httpx.request(method, f"{server.url}/v1/logs/exports{path}", json=body, timeout=DEADLINE_SECONDS)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def made(form: dict[str, Any], *, killed: bool) -> bytes:
        job = call("POST", "", form)["id"]
        call("POST", f"/{job}/start")
        if killed:
            seen = until(lambda: call("GET", f"/{job}")["rows_done"], every=0.001)
            server.kill()
            server.start()
            assert call("GET", f"/{job}")["rows_done"] >= seen
        until(lambda: call("GET", f"/{job}")["status"] == "success")
        assert call("GET", f"/{job}")["rows_done"] == LOGS
        return httpx.get(call("GET", f"/{job}/download")["url"], timeout=DEADLINE_SECONDS).content

    for form in ({"format": "jsonl", "gzip": True}, {"format": "parquet"}):
        assert made(form, killed=True) == made(form, killed=False), form
