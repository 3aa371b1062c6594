"""`POST /v1/logs` to `GET /v1/logs/{id}`: what real clients send goes in and comes out equal."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from portlog.schema import jsons
from tests.api.conftest import House, refused
from tests.samples import SEED_SAMPLE, chat, minimal, nested

FIXTURES = Path(__file__).parents[1] / "fixtures"
CLIENTS = FIXTURES / "clients"


def captured(name: str) -> dict[str, Any]:
    request: dict[str, Any] = json.loads((CLIENTS / f"{name}.json").read_text())["request"]
    return request


def as_sent(request: dict[str, Any]) -> bytes:
    """The body in the client's own spelling: the one that has the captured length."""
    wanted = int({name.lower(): value for name, value in request["headers"].items()}["content-length"])
    spellings = [
        json.dumps(request["body"], separators=separators, ensure_ascii=ascii_).encode()
        for separators in ((",", ":"), (", ", ": "))
        for ascii_ in (True, False)
    ]
    return next(text for text in spellings if len(text) == wanted)


def post_captured(house: House, name: str) -> httpx.Response:
    request = captured(name)
    return house.call(request["method"], request["path"], as_sent(request), request["headers"])


# -- R1 ------------------------------------------------------------------------------------------------------------


def test_the_documented_sample_is_stored_and_reads_back_equal(house: House) -> None:
    reply = house.post(SEED_SAMPLE)
    assert reply.status_code == 200
    log = house.log(reply.json()["ids"][0])
    for part, names in (("request", ("url", "method", "headers", "body")), ("response", ("status", "headers", "body"))):
        assert {name: log[part][name] for name in names} == {name: SEED_SAMPLE[part][name] for name in names}
    assert log["response"]["responseTime"] == 123
    assert log["metadata"] == SEED_SAMPLE["metadata"]
    assert log["organisation_id"] == "org123"
    metrics = log["metrics"]
    assert (metrics["trace_id"], metrics["span_id"], metrics["span_name"]) == ("trace123", "span456", "chat_completions")
    assert (metrics["ai_org"], metrics["ai_model"]) == ("azure-openai", "text-embedding-ada-002")


def test_a_success_is_a_json_object_with_ids_in_order(house: House) -> None:
    reply = house.post([chat(trace_id="r1-a"), minimal(trace_id="r1-b"), chat(trace_id="r1-c")])
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")
    assert reply.headers["content-length"] == str(len(reply.content))
    body = reply.json()
    assert {key: body[key] for key in ("status", "success", "message", "count")} == {
        "status": "success", "success": True, "message": "3 logs stored", "count": 3,
    }  # fmt: skip
    assert body["trace_ids"] == ["r1-a", "r1-b", "r1-c"]
    assert [house.log(log_id)["metrics"]["trace_id"] for log_id in body["ids"]] == body["trace_ids"]
    assert {(w["index"], w["path"]) for w in body["warnings"]} == {
        (1, path) for path in ("request.provider", "request.headers", "response.headers", "response.response_time")
    }
    assert "x-portkey-trace-id" not in reply.headers, "only single-log calls name their trace"


def test_a_single_log_call_names_its_trace(house: House) -> None:
    assert house.post(chat(trace_id="tr-single")).headers["x-portkey-trace-id"] == "tr-single"
    reply = house.post([chat()])
    assert reply.headers["x-portkey-trace-id"] == reply.json()["trace_ids"][0]


@pytest.mark.parametrize("trace_id", ["a\r\nset-cookie: x=1", "\x00", "日本", "x" * 1000])
def test_no_trace_id_can_break_out_of_its_header(house: House, trace_id: str) -> None:
    reply = house.post(chat(trace_id=trace_id))
    assert reply.status_code == 200
    assert reply.json()["trace_ids"] == [trace_id]
    assert reply.headers["x-portkey-trace-id"].isprintable() and len(reply.headers["x-portkey-trace-id"]) <= 256
    assert "set-cookie" not in reply.headers


# -- every captured plain log --------------------------------------------------------------------------------------

CHAT = {"ai_org": "openai", "ai_model": "gpt-4o-mini-2024-07-18", "req_units": 14, "res_units": 2, "total_units": 16}
SAMPLE = {"ai_org": "unknown", "ai_model": "", "response_time": 123, "span_name": "POST /model/generate", "parent_span_id": ""}
PYTHON = {"sdk_version": "portkey-2.3.4", "runtime": "CPython", "runtime_version": "3.11.7"}
NODE = {"sdk_version": "portkey-3.1.0", "runtime": "node", "runtime_version": "v20.20.2"}
UNNAMED = {"span_name": "POST /v1/chat/completions", "parent_span_id": ""}


def ids(trace: str, span: str, parent: str = "", name: str = "POST /v1/chat/completions") -> dict[str, Any]:
    return {"trace_id": trace, "span_id": span, "parent_span_id": parent, "span_name": name}


CAPTURED: dict[str, list[dict[str, Any]]] = {
    "py-logs-create-full": [CHAT | PYTHON | ids("tr-1001", "sp-1", "", "chat_completions") | {
        "response_time": 412, "user": "usr456", "organisation_id": "org123", "prompt_slug": "capital-q",
        "index": {"organisation_id": "org123", "_user": "usr456", "_environment": "staging", "_prompt": "capital-q",
                  "_organisation": "acme", "model": "gpt-4o-mini", "provider": "openai"}}],
    "py-logs-create-docs-sample": [SAMPLE | PYTHON | {"user": "123", "index": {"user_id": "123", "user_name": "John Doe"}}],
    "py-logs-create-minimal-openapi": [PYTHON | {
        "ai_org": "openai", "ai_model": "text-embedding-3-small", "req_units": 1, "total_units": 1,
        "span_name": "POST /v1/embeddings", "index": {}}],
    "py-logs-create-no-metadata": [CHAT | PYTHON | UNNAMED | {"index": {}, "user": ""}],
    "py-logs-create-auth-bearer": [CHAT | PYTHON | UNNAMED],
    "py-logs-create-debug-false": [CHAT | PYTHON | UNNAMED | {"virtual_key": "openai-vk", "config": "pc-cfg-1", "tracked": False}],
    "py-logs-create-with-options-headers": [CHAT | PYTHON | ids("tr-hdr-1", "sp-hdr-1", "sp-parent", "LLM Call") | {
        "user": "user-123", "index": {"_user": "user-123", "environment": "production", "feature": "summarise"}}],
    "py-async-logs-create": [CHAT | PYTHON | ids("tr-async", "a1")],
    "py-logger-log-array": [CHAT | ids("tr-l", "1", "", "a"), CHAT | ids("tr-l", "2", "1", "b")],
    "py-post-logs-array": [CHAT | PYTHON | ids("tr-b", "1"), CHAT | PYTHON | ids("tr-b", "2", "1")],
    "node-logs-create-array": [CHAT | NODE | ids("tr-n3", "1") | {"response_time": 301}, CHAT | NODE | ids("tr-n3", "2", "1")],
    "node-logs-create-docs-sample": [SAMPLE | NODE | {"user": "123"}],
    "node-logs-create-full-camel": [CHAT | NODE | ids("tr-n1", "sp-n1", "", "LLM Call") | {
        "user": "u-n1", "index": {"_user": "u-n1", "_environment": "prod"}}],
    "node-logs-create-with-params-headers": [CHAT | NODE | ids("tr-hdr", "sp-hdr", "", "LLM Call") | {
        "user": "hdr-user", "tracked": False, "index": {"_user": "hdr-user", "feature": "x"}}],
}  # fmt: skip


def test_every_captured_plain_log_is_looked_at_below() -> None:
    plain = {path.stem for path in CLIENTS.glob("*.json") if path.stem.startswith(("py-", "node-"))}
    assert plain == set(CAPTURED)


@pytest.mark.parametrize("name", CAPTURED)
def test_a_captured_post_goes_in_as_captured_and_comes_out_right(house: House, name: str) -> None:
    reply = post_captured(house, name)
    assert reply.status_code == 200, reply.text
    sent = captured(name)["body"]
    elements = sent if isinstance(sent, list) else list(sent.values()) if "0" in sent else [sent]
    assert reply.json()["count"] == len(elements) == len(CAPTURED[name])
    for log_id, element, wanted in zip(reply.json()["ids"], elements, CAPTURED[name], strict=True):
        check(house.log(log_id), element, dict(wanted))


def check(log: dict[str, Any], element: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Bodies and raw metadata as sent; `wanted` in the metrics and the log."""
    tracked = wanted.pop("tracked", True)
    assert log["tracked"] is tracked
    for part in ("request", "response"):
        if tracked:
            assert log[part]["body"] == element[part]["body"]
            assert log[part]["headers"] == element[part].get("headers", {})
        else:
            assert "body" not in log[part] and "headers" not in log[part]
    assert log["request"]["url"] == element["request"]["url"]
    assert element.get("metadata", {}).items() <= log["metadata"].items()
    metrics = log["metrics"]
    if "index" in wanted:
        assert dict(zip(metrics["metadata.key"], metrics["metadata.value"], strict=True)) == wanted.pop("index")
    for key in ("user", "organisation_id"):
        if key in wanted:
            assert log[key] == wanted.pop(key)
    assert {key: metrics.get(key) for key in wanted} == wanted
    assert metrics["response_status_code"] == 200 and metrics["is_success"] is True


@pytest.mark.parametrize("name", ["li-llm-complete", "li-llm-stream-chat"])
def test_a_captured_empty_array_is_a_success_that_stores_nothing(house: House, name: str) -> None:
    before = house.count()
    reply = post_captured(house, name)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")
    assert (reply.json()["count"], reply.json()["ids"], reply.json()["message"]) == (0, [], "0 logs stored")
    assert house.count() == before


@pytest.mark.parametrize(
    ("name", "shape"),
    [("lc-chat-simple", "span"), ("litellm-generic-single", "litellm"), ("gw-default-webhook-chat", "gateway-hook"),
     ("pyotel-instrumentation-langgraph", "otel-span-log")],
)  # fmt: skip
@pytest.mark.parametrize("strict", ["", "strict"])
def test_another_senders_shape_is_stored_and_comes_back_raw(house: House, name: str, shape: str, strict: str) -> None:
    """What comes out of it is looked at in test_clients.py."""
    body = captured(name)["body"]
    sent = body[0] if isinstance(body, list) else body
    house.clock.advance(1)  # the same post at the same time is the same half of a call
    log_id = house.store(sent, {"x-log-validation": strict})[0]
    log = house.log(log_id)
    assert log["source_shape"] == shape
    assert (log["raw"].get("after") or log["raw"]).keys() == sent.keys()


def test_a_batch_of_several_shapes_is_stored_in_its_order(house: House) -> None:
    sent = [chat(), *captured("lc-chain-prompt-llm-parser")["body"], captured("litellm-generic-single")["body"], chat()]
    shapes = [house.log(log_id)["source_shape"] for log_id in house.store(sent)]
    assert shapes == ["plain", "span", "span", "span", "span", "litellm", "plain"]


@pytest.mark.parametrize("path", ["/v1/logs", "/logs", "/v1/logs/gateway", "/logs/gateway", "/v1/logs/webhook", "/logs/webhook/"])
def test_a_gateway_may_post_to_any_of_these(house: House, path: str) -> None:
    """Its webhook lets the call pass only if the reply says so."""
    reply = house.call("POST", path, captured("gw-default-webhook-chat")["body"])
    assert (reply.status_code, reply.json()["verdict"], reply.json()["count"]) == (200, True, 1)


def test_a_call_without_an_answer_is_said_to_have_none_after_ten_minutes(house: House) -> None:
    before = captured("gw-default-log-chat-01")["body"]
    before["request"]["headers"] |= {"x-portkey-trace-id": "lonely", "x-portkey-span-id": "1"}
    (log_id,) = house.store(before)
    assert (house.log(log_id)["outcome"], "note" in house.log(log_id)) == ("pending", False)
    house.clock.advance(601)
    assert house.log(log_id)["note"] == "no response seen"
    assert [row["note"] for row in house.list(trace_id="lonely")["data"]] == ["no response seen"]
    assert "note" not in house.log(house.store(chat())[0])


def test_both_halves_of_a_gateways_call_are_one_log(house: House) -> None:
    ids = []
    for name in ("gw-default-log-chat-01", "gw-default-log-chat-02"):
        post = captured(name)["body"]
        post["request"]["headers"] |= {"x-portkey-trace-id": "halves", "x-portkey-span-id": "1"}
        ids += house.store(post)
        house.clock.advance(1)
    (row,) = house.list(trace_id="halves")["data"]
    assert (row["id"], row["outcome"], row["total_units"]) == (ids[0], "success", 30)


@pytest.mark.parametrize("name", [path.stem for path in sorted(CLIENTS.glob("gw-*.json"))])
def test_no_key_of_a_gateway_is_read_back(house: House, name: str) -> None:
    post = captured(name)["body"]
    post["request"].setdefault("headers", {}).update({"x-portkey-trace-id": name, "x-portkey-span-id": "keys"})
    (log_id,) = house.store(post)
    text = house.get(f"/v1/logs/{log_id}").text
    assert "[REDACTED]" in text or "x-portkey-config" not in text
    assert "sk-mock" not in text and "pk-test" not in text


# -- forms and encodings ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content_type", ["application/json", "application/x-ndjson", "text/plain", "", "nonsense"])
def test_the_body_is_looked_at_and_its_declared_type_is_not(house: House, content_type: str) -> None:
    lines = b"\n".join(json.dumps(chat(trace_id=f"nd-{n}")).encode() for n in range(3))
    assert house.post(lines, {"content-type": content_type}).json()["trace_ids"] == ["nd-0", "nd-1", "nd-2"]


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("identity", bytes)], ids=["gzip", "deflate", "identity"]
)
def test_a_packed_body_is_unpacked(house: House, encoding: str, pack: Any) -> None:
    log = chat("packed " * 1000)
    (log_id,) = house.store(pack(json.dumps(log).encode()), {"content-encoding": encoding})
    assert house.log(log_id)["request"]["body"] == log["request"]["body"]


def test_a_body_that_arrives_in_pieces_without_a_length_is_whole(house: House) -> None:
    """Node's exporters send chunked."""
    text = json.dumps(chat("in pieces")).encode()

    async def pieces() -> Any:
        for at in range(0, len(text), 7):
            yield text[at : at + 7]

    (log_id,) = house.store(pieces())
    assert house.log(log_id)["request"]["body"]["messages"][0]["content"] == "in pieces"


BODIES = (
    None, "", "text", 0, -0.0, 1.5, 1e300, 2**63, 2**70, -(2**64), True, [], {}, [[]], {"": ""}, {"a": None}, [1.0, 2.5], [1.0, "x", None],
    {"role": "\x01", "x": "\x01\x02", "y": "a\x1fb\x1e"}, "\x00", "é😀\u2028\u202e", {"日本": ["語", {"deep": [[["x"]]]}]},
    {"data": "A" * 5000, "b64_json": "QUJD" * 500}, "line\nline\ttab \"quoted\" \\ back", {"messages": [{"role": "user", "content": ""}]},
    {"usage": {"prompt_tokens": 2**32 - 1, "completion_tokens": 2**32 - 1}}, [{"k": 1}, {"k": 1}],
)  # fmt: skip


def test_any_body_comes_back_equal(house: House) -> None:
    """The whole way: wire, write-ahead log, derivation, split, engine, join; and no log stops those behind it."""
    logs = []
    for body in BODIES:
        log = minimal()
        log["request"]["body"], log["response"]["body"] = body, [body, body]
        logs.append(log)
    for body, log_id in zip(BODIES, house.store(logs), strict=True):
        log = house.log(log_id)
        assert repr(log["request"]["body"]) == repr(body)
        assert repr(log["response"]["body"]) == repr([body, body])


@pytest.mark.parametrize("place", ["request.body", "response.body", "metadata", "extra"])
def test_what_is_accepted_at_the_deepest_can_be_read_back(house: House, place: str) -> None:
    """A log that is stored and whose reading fails would be lost to its owner."""
    text = {
        "request.body": '{"request":{"url":"u","body":%s},"response":{"body":1}}',
        "response.body": '{"request":{"url":"u","body":1},"response":{"body":%s}}',
        "metadata": '{"request":{"url":"u","body":1},"response":{"body":1},"metadata":{"a":%s}}',
        "extra": '{"request":{"url":"u","body":1},"response":{"body":1},"extra":%s}',
    }[place]
    accepted = []
    for levels in range(jsons.DEPTH_MAX - 10, jsons.DEPTH_MAX + 3):
        reply = house.post((text % nested(levels)).encode())
        if reply.status_code == 200:
            accepted.append((levels, reply.json()["ids"][0]))
        else:
            refused(reply, 400, reply.json()["error"]["slug"])
    assert accepted
    for levels, log_id in accepted:
        reply = house.get(f"/v1/logs/{log_id}")
        assert reply.status_code == 200, levels
        assert nested(levels) in reply.text


def test_unknown_keys_come_back_where_they_were(house: House) -> None:
    log = chat(hooks=[1], tags=["a"])
    log["request"]["params"] = {"x": 1}
    log["response"]["extra"] = "e"
    (log_id,) = house.store(log)
    stored = house.log(log_id)
    assert stored["request"]["params"] == {"x": 1}
    assert stored["response"]["extra"] == "e"
    assert stored["raw"] == {"hooks": [1], "tags": ["a"]}


def test_secrets_are_gone_from_what_is_read_back(house: House) -> None:
    log = chat()
    log["request"]["url"] += "?key=sk-SECRET"
    log["request"]["headers"] = {"Authorization": "Bearer sk-SECRET", "x-portkey-config": '{"api_key":"sk-SECRET","retry":1}'}
    (log_id,) = house.store(log, {"x-portkey-config": '{"api_key":"sk-SECRET"}', "authorization": "Bearer sk-SECRET"})
    reply = house.get(f"/v1/logs/{log_id}")
    assert "sk-SECRET" not in reply.text
    assert reply.json()["request"]["headers"] == {
        "Authorization": "[REDACTED]", "x-portkey-config": '{"api_key":"[REDACTED]","retry":1}',
    }  # fmt: skip


def test_what_is_not_tracked_reaches_neither_the_write_ahead_log_nor_an_answer(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """4.4: bodies and headers are dropped before disk; counts, ids and metadata stay."""
    records: list[bytes] = []
    wal = house.parts.ingest._wal
    append = wal.append
    monkeypatch.setattr(wal, "append", lambda record, waiter: (records.append(record), append(record, waiter)))
    marker = "never-to-be-kept-9471"
    log = chat(marker, marker, metadata={"_user": "kept"}, notes=marker)
    log["request"]["headers"] = {"x": marker}
    (by_call,) = house.store(log, {"x-portkey-debug": "false"})
    (by_element,) = house.store(log | {"metadata": {"_user": "kept", "_debug": False}})
    for log_id in (by_call, by_element):
        stored = house.log(log_id)
        assert marker not in json.dumps(stored)
        assert (stored["user"], stored["metrics"]["total_units"], stored["metrics"]["ai_model"]) == ("kept", 16, "gpt-4o-mini-2024-07-18")
    assert len(records) == 2
    assert not [record for record in records if marker.encode() in record]
    house.store(log)
    assert marker.encode() in records[2], "a tracked log's record holds its texts as they are"


# -- L1: the vendor's schema -----------------------------------------------------------------------------------------


def json_schema(part: Any) -> Any:
    """OpenAPI 3.0 to JSON Schema: `nullable` is a type."""
    if isinstance(part, list):
        return [json_schema(member) for member in part]
    if not isinstance(part, dict):
        return part
    made = {key: json_schema(value) for key, value in part.items() if key not in ("nullable", "example")}
    if part.get("nullable") is True:
        made["type"] = [part["type"], "null"]
    return made


SCHEMA = jsonschema.Draft202012Validator(json_schema(json.loads((FIXTURES / "portkey-logobject.json").read_text())))


@pytest.mark.parametrize("name", [*CAPTURED, "sample", "error", "gateway"])
def test_a_log_is_a_log_object_of_the_vendors_openapi_document(house: House, name: str) -> None:
    if name in CAPTURED:
        found = post_captured(house, name).json()["ids"]
    elif name == "sample":
        found = house.store(SEED_SAMPLE)
    else:
        log = chat(parent_span_id="p")
        log["response"] |= {"status": 429, "streamingMode": True, "response_time": 0.4, "headers": {
            "x-portkey-cache-status": "HIT", "x-portkey-retry-attempt-count": "2", "x-portkey-last-used-option-index": "config.targets[0]"}}  # fmt: skip
        found = house.store(log, {"x-portkey-virtual-key": "vk", "x-portkey-config": "pc"} if name == "gateway" else {})
    for log_id in found:
        log = house.log(log_id)
        if log["response"]["responseTime"] is None:
            # The schema wants an integer; a latency that nobody stated is not 0.
            assert "response_time" not in log["metrics"]
            log["response"]["responseTime"] = 0
        SCHEMA.validate(log)
        assert log["_id"] == log_id == log["metrics"]["id"]


def test_the_schema_is_strict_enough_to_refuse(house: House) -> None:
    (log_id,) = house.store(chat())
    for spoil in (lambda log: log.pop("_id"), lambda log: log["response"].pop("status"), lambda log: log["metrics"].update(cost="x")):
        log = house.log(log_id)
        spoil(log)
        with pytest.raises(jsonschema.ValidationError):
            SCHEMA.validate(log)


@pytest.mark.parametrize(
    "log_id", ["0f5c2c1e-8d7b-7c55-9c11-0a6f6b1d2e3f", "ffffffff-ffff-ffff-ffff-ffffffffffff", "0" * 32, "x", "1", "..", "a" * 5000, "é"]
)
def test_an_unknown_id_is_not_found(house: House, log_id: str) -> None:
    reply = house.get(f"/v1/logs/{log_id}") if log_id != ".." else house.get("/v1/logs/%2e%2e")
    refused(reply, 404, "not-found")
    assert len(reply.text) < 1500


@pytest.mark.parametrize("log_id", ["undefined", "null", "None"])
def test_an_id_that_a_client_forgot_is_not_found_and_the_message_says_so(house: House, log_id: str) -> None:
    assert "without an id" in refused(house.get(f"/v1/logs/{log_id}"), 404, "not-found", "id")


def test_query_parameters_of_the_vendors_are_accepted(house: House) -> None:
    (log_id,) = house.store(chat())
    assert house.get(f"/v1/logs/{log_id}", path_format="v2", created_at="x", type="hooks").json() == house.log(log_id)


# -- Idempotency-Key ---------------------------------------------------------------------------------------------------


def key(name: str) -> dict[str, str]:
    return {"idempotency-key": name}


def test_the_same_key_and_body_give_the_identical_reply_and_one_log(house: House) -> None:
    before = house.count()
    first = house.post(chat(trace_id="idem"), key("k1"))
    again = house.post(chat(trace_id="idem"), key("k1"))
    assert house.count() == before + 1, "the question also waits until the reply is in the catalogue"
    applied = house.post(chat(trace_id="idem"), key("k1"))
    assert first.content == again.content == applied.content
    assert (first.status_code, again.status_code, applied.status_code) == (200, 200, 200)
    assert house.count() == before + 1


def test_the_repeated_reply_names_its_trace_too(house: House) -> None:
    """R1: on single-log calls; SDKs take the header as the sign that a call was received."""
    first = house.post(chat(), key("k-trace"))
    again = house.post(chat(), key("k-trace"))
    assert again.headers.get("x-portkey-trace-id") == first.headers["x-portkey-trace-id"]


def test_a_key_with_another_body_is_a_conflict_and_stores_nothing(house: House) -> None:
    house.store(chat("one"), key("k2"))
    before = house.count()
    refused(house.post(chat("two"), key("k2")), 409, "idempotency-mismatch")
    assert house.count() == before


def test_concurrent_duplicates_store_one_and_all_get_its_reply(house: House) -> None:
    before = house.count()

    async def storm() -> list[httpx.Response]:
        return await asyncio.gather(*(house.request("POST", "/v1/logs", chat("storm"), key("k3")) for _ in range(20)))

    replies = house.run(storm())
    assert {reply.status_code for reply in replies} == {200}
    assert len({reply.content for reply in replies}) == 1
    assert house.count() == before + 1


def test_a_duplicate_is_answered_when_the_first_is_durable_and_not_before(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[tuple[Any, ...]] = []
    wal = house.parts.ingest._wal
    append = wal.append
    monkeypatch.setattr(wal, "append", lambda *record: held.append(record))

    async def two() -> list[httpx.Response]:
        calls = [asyncio.create_task(house.request("POST", "/v1/logs", chat("held"), key("k-held"))) for _ in range(2)]
        for _ in range(50):  # turns of the loop, many more than a call takes
            await asyncio.sleep(0)
        assert len(held) == 1
        assert not any(call.done() for call in calls)
        append(*held[0])
        return await asyncio.gather(*calls)

    first, second = house.run(two())
    assert (first.status_code, first.content) == (200, second.content)


def test_a_refused_call_does_not_use_up_its_key(house: House) -> None:
    refused(house.post({}, key("k4")), 400, "request-validation")
    assert house.post(chat(), key("k4")).status_code == 200


def test_a_key_is_forgotten_after_a_day(house: House) -> None:
    (first,) = house.store(chat("day"), key("k5"))
    assert house.count()
    house.clock.advance(24 * 3600 - 1)
    assert house.store(chat("day"), key("k5")) == [first]
    house.clock.advance(2)
    assert house.store(chat("day"), key("k5")) != [first]


def test_different_keys_store_different_logs(house: House) -> None:
    before = house.count()
    assert house.store(chat(), key("a")) != house.store(chat(), key("b"))
    assert house.count() == before + 2
