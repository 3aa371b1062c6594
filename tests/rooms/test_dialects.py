"""The mapping, dialect by dialect, with spans made by hand from the rules of otel.md, and its list of odd things seen."""

from __future__ import annotations

import json
from typing import Any

import pytest

from portlog.derive import derive
from portlog.schema.log import STATED, Log
from portlog.senders.dialects import chat
from portlog.senders.dialects.names import provider, provider_of_model
from portlog.senders.dialects.table import FIELDS, KINDS
from tests.spans import BEGAN, SPAN, TRACE, Json, element, event, read, said, stated

CLIENT, ERROR = 3, 2


def log_of(attributes: Json | None = None, **span: Any) -> Log:
    return read(element(attributes, **span))


def llm(attributes: Json | None = None, **span: Any) -> Log:
    return log_of({"gen_ai.operation.name": "chat", **(attributes or {})}, **span)


def messages(log: Log) -> list[Json]:
    asked: list[Json] = (said(log)[0] or {}).get("messages", [])
    return asked


def answers(log: Log) -> list[Json]:
    return [each["message"] for each in (said(log)[1] or {}).get("choices", [])]


USER = {"role": "user", "content": "hi"}
ANSWER = {"role": "assistant", "content": "hello"}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
TOOL = {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}}


# -- the table itself ----------------------------------------------------------------------------------------


def test_fields_are_known_and_sources_stand_once() -> None:
    own = {"user", "session", "prompt", "environment", "status", "url", "method", "tool", "instructions", "input", "output",
           "given", "result", "arguments", "tool_result", "embedded", "vectors", "tools"}  # fmt: skip
    assert {field.name for field in FIELDS} - own <= set(STATED)
    for field in FIELDS:
        rows = [(source.key, source.path, source.read) for source in field.sources]
        assert len(set(rows)) == len(rows), field.name
        assert all(set(source.dialects) <= set("ABCDEFGHIJKLMS") for source in field.sources), field.name


# -- kinds (otel.md 5) ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"langfuse.observation.type": "generation"}, "llm"), ({"langfuse.observation.type": "embedding"}, "embedding"),
        ({"langfuse.observation.type": "span"}, "span"), ({"langfuse.observation.type": "guardrail"}, "chain"),
        ({"openinference.span.kind": "RERANKER"}, "retriever"), ({"openinference.span.kind": "PROMPT"}, "chain"),
        ({"openinference.span.kind": "UNKNOWN"}, "span"), ({"langsmith.span.kind": "llm"}, "llm"),
        ({"langsmith.span.kind": "parser"}, "chain"), ({"ai.operationId": "ai.streamObject.doStream"}, "llm"),
        ({"ai.operationId": "ai.embed.doEmbed"}, "embedding"), ({"ai.operationId": "ai.embedMany"}, "chain"),
        ({"ai.operationId": "ai.generateObject"}, "agent"), ({"ai.operationId": "ai.toolCall"}, "tool"),
        ({"gen_ai.operation.name": "text_completion"}, "llm"), ({"gen_ai.operation.name": "generate_content"}, "llm"),
        ({"gen_ai.operation.name": "embeddings"}, "embedding"), ({"gen_ai.operation.name": "create_agent"}, "agent"),
        ({"gen_ai.operation.name": "invoke_workflow"}, "chain"), ({"gen_ai.operation.name": "execute_event_loop_cycle"}, "chain"),
        ({"gen_ai.operation.name": "retrieval"}, "retriever"), ({"gen_ai.operation.name": "acompletion"}, "llm"),
        ({"gen_ai.operation.name": "something new"}, "chain"), ({"traceloop.span.kind": "workflow"}, "chain"),
        ({"traceloop.span.kind": "tool"}, "tool"), ({"llm.request.type": "completion"}, "llm"),
        ({"llm.request.type": "embedding"}, "embedding"), ({"http.request.method": "GET"}, "span"), ({}, "span"),
        # the first that says anything wins
        ({"langfuse.observation.type": "tool", "gen_ai.operation.name": "chat"}, "tool"),
        ({"openinference.span.kind": "CHAIN", "llm.input_messages.0.message.content": "x"}, "chain"),
        # content says nothing of the kind
        ({"gen_ai.tool.name": "f", "gen_ai.operation.name": "chat"}, "llm"),
        ({"gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 5}, "span"),
        ({"llm.openai.messages": "[]", "llm.openai.model": "gpt-4o"}, "span"),
        ({"logfire.span_type": "pending_span", "gen_ai.operation.name": "chat"}, "span"),
        ({"gen_ai.operation.name": 7}, "span"),
    ],
)  # fmt: skip
def test_the_kind_of_a_span(attributes: Json, kind: str) -> None:
    assert log_of(attributes).kind == kind
    assert {k for _, kinds in KINDS for k in kinds.values()} <= {"llm", "embedding", "agent", "tool", "retriever", "chain", "span"}


@pytest.mark.parametrize(
    ("name", "span_kind", "kind"),
    [("chat gpt-4o", CLIENT, "llm"), ("embeddings e3", CLIENT, "embedding"), ("chat gpt-4o", 1, "span"), ("chat", CLIENT, "span"),
     ("chatter gpt", CLIENT, "span"), ("generate_content gemini-2.0-flash", CLIENT, "llm")],
)  # fmt: skip
def test_a_client_span_may_say_in_its_name_what_it_is(name: str, span_kind: int, kind: str) -> None:
    """OpenLIT's failed calls of Anthropic have no attribute at all."""
    log = log_of(name=name, kind=span_kind, scope="openlit.otel.tracing", status={"code": ERROR, "message": "boom"})
    assert (log.kind, log.outcome, log.status) == (kind, "error", None)
    assert stated(log, "model_requested") == (name.split()[1] if kind != "span" else stated(log, "model_requested"))


# -- providers and models ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "ours"),
    [
        ("OpenAI", "openai"), ("openai.chat", "openai"), ("openai.responses", "openai"), ("anthropic.messages", "anthropic"),
        ("aws.bedrock", "bedrock"), ("amazon-bedrock", "bedrock"), ("azure.ai.openai", "azure-openai"), ("azure.chat", "azure-openai"),
        ("azure.ai.inference", "azure-ai"), ("gcp.vertex_ai", "vertex-ai"), ("gcp.gemini", "google"), ("gcp.gen_ai", "google"),
        ("google.generative-ai", "google"), ("mistral_ai", "mistral-ai"), ("mistral.chat", "mistral-ai"), ("x_ai", "x-ai"),
        ("xai.chat", "x-ai"), ("moonshot_ai", "moonshot"), ("groq", "groq"), ("VertexAI", "vertex-ai"), ("Some New One", "some-new-one"),
        ("strands-agents", None), ("LangChain", None), ("langchain.chat", None), ("", None), (7, None), (None, None),
    ],
)  # fmt: skip
def test_providers_have_one_spelling(sent: Any, ours: str | None) -> None:
    assert provider(sent) == ours


@pytest.mark.parametrize(
    ("model", "ours"),
    [
        ("gpt-4o-mini", "openai"), ("o3-mini", "openai"), ("claude-sonnet-4-5", "anthropic"), ("gemini-2.5-pro", "google"),
        ("models/gemini-2.5-pro", "google"), ("openai/gpt-4o", "openai"), ("bedrock/anthropic.claude-3", "bedrock"),
        ("us.anthropic.claude-3-7-sonnet-20250219-v1:0", "bedrock"), ("amazon.nova-pro-v1:0", "bedrock"),
        ("azure/gpt-4o", "azure-openai"), ("mistralai/Mistral-7B", "mistral-ai"), ("my-model", ""), ("", ""), ("/", ""),
        ("my-team/llama", ""),
    ],
)  # fmt: skip
def test_a_model_may_tell_its_provider(model: str, ours: str) -> None:
    assert provider_of_model(model) == ours


def test_a_framework_is_passed_over_and_the_model_asked() -> None:
    log = llm({"gen_ai.system": "strands-agents", "gen_ai.request.model": "us.anthropic.claude-3-7-sonnet-20250219-v1:0"})
    assert (log.provider, stated(log, "provider")) == ("bedrock", None)
    assert llm({"gen_ai.provider.name": "langchain", "langsmith.metadata.ls_provider": "google_genai"}).provider == "google"


def test_a_models_name_of_openinference_is_what_answered_or_what_was_asked_for() -> None:
    attributes = {"openinference.span.kind": "LLM", "llm.model_name": "gpt-4o-2024"}
    assert (stated(log_of(attributes), "model"), stated(log_of(attributes), "model_requested")) == ("gpt-4o-2024", "gpt-4o-2024")
    failed = log_of(attributes, status={"code": ERROR})
    assert (stated(failed, "model"), stated(failed, "model_requested")) == (None, "gpt-4o-2024")
    raw = log_of({**attributes, "input.value": '{"model": "gpt-4o"}', "output.value": '{"model": "gpt-4o-x", "id": "r1"}'})
    assert [stated(raw, n) for n in ("model_requested", "model", "response_id")] == ["gpt-4o", "gpt-4o-x", "r1"]


# -- tokens (otel.md 8) --------------------------------------------------------------------------------------

INPUT, READ, WRITTEN = "gen_ai.usage.input_tokens", "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_creation.input_tokens"


@pytest.mark.parametrize(
    ("attributes", "scope", "count", "place"),
    [
        ({INPUT: 137, READ: 50, WRITTEN: 10}, "", 137, INPUT),
        ({INPUT: 77, READ: 50, WRITTEN: 10, "gen_ai.provider.name": "anthropic"}, "openlit.otel.tracing", 137, f"{INPUT} + {READ} + {WRITTEN}"),
        ({INPUT: 120, READ: 64, "gen_ai.provider.name": "openai"}, "openlit.otel.tracing", 120, INPUT),
        ({INPUT: 20, READ: 50}, "", 70, f"{INPUT} + {READ}"),
        ({INPUT: 20, READ: 0}, "", 20, INPUT),
        ({"gen_ai.usage.prompt_tokens": "12"}, "", 12, "gen_ai.usage.prompt_tokens"),
        ({INPUT: -1}, "", None, ""), ({INPUT: "many"}, "", None, ""), ({INPUT: True}, "", None, ""), ({INPUT: 2**40}, "", None, ""),
        ({"langfuse.observation.usage_details": '{"input": 11, "output": 5, "cache_read_input_tokens": 3, "total": 19}'}, "", 14,
         "langfuse.observation.usage_details > input + langfuse.observation.usage_details > cache_read_input_tokens"),
        ({"langfuse.observation.usage_details": '{"input": 11, "output": 5, "input_cached_tokens": 3, "total": 16}'}, "", 11,
         "langfuse.observation.usage_details > input"),
        ({"langfuse.observation.usage_details": '{"input_tokens": 77, "output_tokens": 21, "cache_read_input_tokens": 50}'}, "", 127,
         "langfuse.observation.usage_details > input_tokens + langfuse.observation.usage_details > cache_read_input_tokens"),
        ({"langfuse.observation.usage_details": "lots"}, "", None, ""),
    ],
)  # fmt: skip
def test_cached_tokens_are_part_of_the_input(attributes: Json, scope: str, count: int | None, place: str) -> None:
    log = llm(attributes, scope=scope)
    assert stated(log, "input_tokens") == count
    assert (log.stated["input_tokens"].place if count is not None else "") == place
    assert derive(log).input_tokens == count


def test_reasoning_is_part_of_the_output() -> None:
    log = llm({"gen_ai.usage.output_tokens": 5, "gen_ai.usage.reasoning_tokens": 8})
    assert stated(log, "output_tokens") == 13
    assert stated(llm({"gen_ai.usage.output_tokens": 24, "gen_ai.usage.reasoning_tokens": 8}), "output_tokens") == 24


def test_a_bodys_usage_is_what_is_stated() -> None:
    log = llm({INPUT: 20, READ: 50, "gen_ai.usage.output_tokens": 3})
    assert said(log)[1]["usage"] == {
        "prompt_tokens": 70, "completion_tokens": 3, "total_tokens": 73, "prompt_tokens_details": {"cached_tokens": 50},
    }  # fmt: skip


@pytest.mark.parametrize(("key", "sent", "cost"), [
    ("operation.cost", 2.5e-5, 2.5e-5), ("gen_ai.cost.total_cost", "0.25", 0.25), ("llm.cost.total", 1, 1.0),
    ("langfuse.observation.cost_details", '{"input": 0.1, "total": 0.3}', 0.3), ("gen_ai.usage.cost", 0.0, None),
    ("gen_ai.usage.cost", "NaN", None), ("operation.cost", -1.0, None),
])  # fmt: skip
def test_a_cost_of_0_is_not_known(key: str, sent: Any, cost: float | None) -> None:
    assert stated(llm({key: sent, INPUT: 5}), "cost_usd") == cost


@pytest.mark.parametrize(
    ("attributes", "scope", "ms"),
    [
        ({"ai.response.msToFirstChunk": 165.5}, "ai", 165.5),
        ({"gen_ai.response.time_to_first_chunk": 0.5}, "x", 500.0),
        ({"gen_ai.client.operation.time_to_first_chunk": 0.5}, "gen_ai", 500.0),
        ({"gen_ai.server.time_to_first_token": 0.5}, "openlit.otel.tracing", 500.0),
        ({"gen_ai.server.time_to_first_token": 420}, "strands.telemetry.tracer", 420.0),
        ({"langfuse.observation.completion_start_time": '"2026-11-23T09:07:34.887197Z"'}, "langfuse-sdk", 137.197),
        ({"langfuse.observation.completion_start_time": "2026-11-23T09:07:34.887197+00:00"}, "langfuse-sdk", 137.197),
        ({"langfuse.observation.completion_start_time": '"soon"'}, "langfuse-sdk", None),
        ({"langfuse.observation.completion_start_time": '"2020-01-01T00:00:00Z"'}, "langfuse-sdk", None),
        ({"gen_ai.response.time_to_first_chunk": -1}, "x", None),
    ],
)  # fmt: skip
def test_the_first_token_in_ms_whatever_the_unit(attributes: Json, scope: str, ms: float | None) -> None:
    began = 1_795_424_854_750_000_000  # 2026-11-23T09:07:34.750
    log = llm(attributes, scope=scope, startTimeUnixNano=began, endTimeUnixNano=began + 10**9)
    assert stated(log, "first_token_ms") == (ms if ms is None else pytest.approx(ms, abs=0.001))


@pytest.mark.parametrize(("attributes", "stream"), [
    ({"gen_ai.request.stream": True}, True), ({"gen_ai.is_streaming": False}, False), ({"llm.is_streaming": "False"}, False),
    ({"llm.is_streaming": "True"}, True), ({"ai.operationId": "ai.streamText.doStream"}, True), ({}, None),
    ({"llm.invocation_parameters": '{"stream": true}'}, True), ({"gen_ai.request.stream": "maybe"}, None),
])  # fmt: skip
def test_streaming(attributes: Json, stream: bool | None) -> None:
    assert llm(attributes).stream is stream


@pytest.mark.parametrize(("attributes", "reason"), [
    ({"gen_ai.response.finish_reasons": ["stop", "length"]}, "stop"), ({"gen_ai.response.finish_reasons": '["end_turn"]'}, "end_turn"),
    ({"gen_ai.response.finish_reasons": "stop, length"}, "stop"), ({"llm.finish_reason": "tool_calls"}, "tool_calls"),
    ({"ai.response.finishReason": "tool-calls"}, "tool-calls"), ({"gen_ai.completion.0.finish_reason": "stop"}, "stop"), ({}, None),
])  # fmt: skip
def test_finish_reasons_are_as_sent(attributes: Json, reason: str | None) -> None:
    assert stated(llm(attributes), "finish_reason") == reason


# -- user, session, tags -------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [
    "user.id", "langfuse.user.id", "enduser.id", "gen_ai.user", "gen_ai.request.user", "llm.user",
    "traceloop.association.properties.user_id", "ai.telemetry.metadata.userId", "ai.settings.context.userId",
    "langsmith.metadata.user_id", "user_id",
])  # fmt: skip
def test_the_user(key: str) -> None:
    assert log_of({key: "u1"}).user == "u1"
    assert log_of({key: "u1"}).metadata_index["_user"] == "u1"
    assert log_of({key: 42}).user == "42"
    assert log_of({key: ""}).user == log_of({key: "[Scrubbed due to 'user']"}).user == log_of({key: ["x"]}).user == ""


@pytest.mark.parametrize("key", [
    "session.id", "langfuse.session.id", "gen_ai.conversation.id", "traceloop.association.properties.session_id",
    "ai.telemetry.metadata.sessionId", "ai.settings.context.sessionId", "langsmith.metadata.session_id",
    "langsmith.trace.session_id",
])  # fmt: skip
def test_the_session(key: str) -> None:
    assert log_of({key: "s1"}).session == "s1"
    assert log_of({key: "[Scrubbed due to 'session']"}).session == ""


def test_the_first_name_wins_and_the_others_can_be_filtered() -> None:
    log = log_of({"user.id": "u1", "enduser.id": "u2", "session.id": "s1", "gen_ai.conversation.id": "c1"})
    assert (log.user, log.session) == ("u1", "s1")
    assert log.metadata_index == {"_user": "u1", "enduser.id": "u2", "gen_ai.conversation.id": "c1"}


@pytest.mark.parametrize(("key", "sent"), [
    ("tag.tags", ["a", "b"]), ("langfuse.trace.tags", '["a", "b"]'), ("ai.telemetry.metadata.tags", ["a", "b"]),
    ("logfire.tags", ["a", "b"]), ("tags", ["a", "b", "a", None]), ("langsmith.span.tags", "a, b"),
])  # fmt: skip
def test_tags(key: str, sent: Any) -> None:
    assert stated(log_of({key: sent}), "tags") == ["a", "b"]


# -- metadata ------------------------------------------------------------------------------------------------


def test_metadata_of_every_dialect_keeps_its_own_names() -> None:
    found = element({
        "metadata": '{"plan": "pro", "deep": {"a": [1]}}', "langfuse.trace.metadata.one": '"1"', "langfuse.observation.metadata.two": "{bad",
        "traceloop.association.properties.three": 3, "ai.telemetry.metadata.four": True, "ai.settings.context.five": "5",
        "langsmith.metadata.six": 6.5, "my.own": "x" * 2000, "my.list": ["a", 1], "my.vector": [0.5] * 100,
        "traceloop.association.properties.plan": "other",
    })  # fmt: skip
    found["resource"]["attributes"] = {"service.name": "shop", "deployment.environment": "prod", "telemetry.sdk.name": "x", "plan": "r"}
    log = read(found)
    assert log.metadata_index == {
        "plan": "pro", "deep": '{"a":[1]}', "one": "1", "two": "{bad", "three": "3", "four": "true", "five": "5", "six": "6.5",
        "service.name": "shop", "deployment.environment": "prod", "my.own": "x" * 128, "my.list": '["a",1]', "_environment": "prod",
    }  # fmt: skip
    assert json.loads(log.metadata)["deep"] == {"a": [1]}


def test_metadata_that_is_no_object_is_kept_as_it_is() -> None:
    assert log_of({"metadata": "{'plan': 'pro'}"}).metadata_index["metadata"] == "{'plan': 'pro'}"


def test_a_prompts_name_is_the_prompt() -> None:
    assert log_of({"langfuse.observation.prompt.name": "greet"}).metadata_index["_prompt"] == "greet"


def test_a_thousand_attributes_are_bounded_in_the_index_and_whole_in_the_metadata() -> None:
    log = log_of({f"k{i}": i for i in range(1000)})
    assert len(log.metadata_index) == 512
    assert len(json.loads(log.metadata)) == 1000


# -- A: semconv ----------------------------------------------------------------------------------------------


def semconv(*turns: Any, output: Any = None, **more: Any) -> Log:
    return llm({"gen_ai.input.messages": json.dumps(turns), **({"gen_ai.output.messages": json.dumps(output)} if output else {}), **more})


def parts(role: str, *found: Any, **more: Any) -> Json:
    return {"role": role, "parts": list(found), **more}


def text(content: str) -> Json:
    return {"type": "text", "content": content}


def test_messages_with_parts() -> None:
    log = semconv(
        parts("system", text("be terse")), parts("user", text("hi"), text("there")),
        parts("assistant", {"type": "reasoning", "content": "hm"}, {"type": "tool_call", "id": "c1", "name": "f", "arguments": {"a": 1}}),
        parts("user", {"type": "tool_call_response", "id": "c1", "response": {"b": 2}}, text("and?")),
        output=[parts("assistant", text("hello"), finish_reason="stop")],
    )  # fmt: skip
    assert messages(log) == [
        {"role": "system", "content": "be terse"},
        {"role": "user", "content": [{"type": "text", "text": "hi"}, {"type": "text", "text": "there"}]},
        {"role": "assistant", "content": None, "reasoning_content": "hm", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "c1", "content": '{"b":2}'},
        {"role": "user", "content": "and?"},
    ]
    assert said(log)[1]["choices"] == [{"index": 0, "message": ANSWER, "finish_reason": "stop"}]


@pytest.mark.parametrize("arguments", ['{"a":1}', {"a": 1}])
def test_arguments_may_be_text_or_an_object(arguments: Any) -> None:
    log = semconv(output=[parts("assistant", {"type": "tool_call", "id": "c1", "name": "f", "arguments": arguments})])
    assert answers(log) == [{"role": "assistant", "content": None, "tool_calls": [CALL]}]


@pytest.mark.parametrize(("result", "content"), [
    ({"response": "sunny"}, "sunny"), ({"result": {"t": 1}}, '{"t":1}'), ({"response": [{"type": "text", "text": "a"}]}, "a"),
    ({"response": '{"t": 1}'}, '{"t": 1}'), ({"response": 18}, "18"), ({}, ""),
])  # fmt: skip
def test_results_of_tools_are_messages_of_their_own(result: Json, content: str) -> None:
    log = semconv(parts("user", {"type": "tool_call_response", "id": "c1", **result}))
    assert messages(log) == [{"role": "tool", "tool_call_id": "c1", "content": content}]


@pytest.mark.parametrize(("sent", "made"), [
    ({"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AAAA"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}),
    ({"type": "uri", "modality": "image", "uri": "https://x/y.png"}, {"type": "image_url", "image_url": {"url": "https://x/y.png"}}),
    ({"type": "blob", "modality": "audio", "mime_type": "audio/wav", "content": "AAAA"}, {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}),
    ({"type": "file", "modality": "document", "file_id": "f1"}, {"type": "file", "file": {"file_id": "f1"}}),
    ({"type": "image-url", "url": "https://x/y.png"}, {"type": "image_url", "image_url": {"url": "https://x/y.png"}}),
    ({"type": "image", "image": "https://x/y.png"}, {"type": "image_url", "image_url": {"url": "https://x/y.png"}}),
    ({"type": "file", "data": "AAAA", "mediaType": "application/pdf", "filename": "a.pdf"}, {"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA", "filename": "a.pdf"}}),
    ({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}),
    ({"type": "input_image", "image_url": "https://x/y.png"}, {"type": "image_url", "image_url": {"url": "https://x/y.png"}}),
    ({"inlineData": {"mimeType": "image/png", "data": "AAAA"}}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}),
    ({"image": {"format": "png", "source": {"bytes": "AAAA"}}}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}),
    ({"type": "hologram", "depth": 3}, {"type": "hologram", "depth": 3}),
    ({"odd": 1}, {"odd": 1}),
])  # fmt: skip
def test_pictures_sound_and_files_are_parts_in_openais_form(sent: Json, made: Json) -> None:
    assert messages(semconv(parts("user", sent))) == [{"role": "user", "content": [made]}]


def test_instructions_come_first_unless_the_messages_have_some() -> None:
    instructions = {"gen_ai.system_instructions": json.dumps([text("be terse")])}
    assert messages(semconv(parts("user", text("hi")), **instructions)) == [{"role": "system", "content": "be terse"}, USER]
    both = semconv(parts("system", text("be terse")), parts("user", text("hi")), **instructions)
    assert [m["role"] for m in messages(both)] == ["system", "user"]
    assert messages(llm(instructions)) == [{"role": "system", "content": "be terse"}]
    assert messages(llm({"gen_ai.system_instructions": "be terse"})) == [{"role": "system", "content": "be terse"}]


def test_structures_instead_of_json_text_are_read_too() -> None:
    log = llm({"gen_ai.input.messages": [parts("user", text("hi"))], "gen_ai.output.messages": [parts("assistant", text("hello"))],
               "gen_ai.response.finish_reasons": ["stop"]})  # fmt: skip
    assert (messages(log), said(log)[1]["choices"]) == ([USER], [{"index": 0, "message": ANSWER, "finish_reason": "stop"}])


def test_an_answer_without_any_part_says_nothing() -> None:
    log = llm({"gen_ai.output.messages": json.dumps([parts("assistant")]), "gen_ai.completion.0.content": "hello"})
    assert answers(log) == [ANSWER]


def test_several_choices() -> None:
    log = semconv(output=[parts("assistant", text("a"), finish_reason="stop"), parts("assistant", text("b"), finish_reason="length")])
    assert [(c["index"], c["message"]["content"], c["finish_reason"]) for c in said(log)[1]["choices"]] == [(0, "a", "stop"), (1, "b", "length")]


@pytest.mark.parametrize("definition", [
    {"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}}, TOOL,
    {"name": "f", "description": "d", "inputSchema": {"type": "object"}}, {"name": "f", "description": "d", "input_schema": {"type": "object"}},
    {"toolSpec": {"name": "f", "description": "d", "inputSchema": {"json": {"type": "object"}}}},
])  # fmt: skip
def test_tools_are_offered_in_openais_form(definition: Json) -> None:
    assert said(llm({"gen_ai.tool.definitions": json.dumps([definition])}))[0]["tools"] == [TOOL]


def test_parameters_of_the_request() -> None:
    log = llm({"gen_ai.request.model": "m", "gen_ai.request.temperature": 0.2, "gen_ai.request.max_tokens": 5, "gen_ai.request.choice.count": 2,
               "gen_ai.request.stop_sequences": ["x"], "gen_ai.request.user": "u",
               "llm.invocation_parameters": '{"temperature": 1, "seed": 7, "model": "z", "id": "r1", "tools": []}', "ai.settings.maxRetries": 2,
               "ai.settings.topP": 0.9})  # fmt: skip
    assert said(log)[0] == {"model": "m", "temperature": 0.2, "max_tokens": 5, "n": 2, "stop": ["x"], "seed": 7, "top_p": 0.9}


def test_a_call_without_any_content_is_a_call() -> None:
    log = llm({"gen_ai.request.model": "m", "gen_ai.provider.name": "openai"})
    assert said(log) == ({"model": "m"}, None)
    assert (log.kind, log.status, derive(log).model) == ("llm", 200, "m")


def test_a_span_without_any_attribute() -> None:
    log = log_of()
    assert (log.kind, log.status, log.outcome, log.request_body, log.response_body) == ("span", None, "success", b"", b"")


# -- A', B: log records; B': span events ---------------------------------------------------------------------

DETAILS = "gen_ai.client.inference.operation.details"


def with_events(*logs: Json, attributes: Json | None = None, alone: bool = False, **span: Any) -> Log:
    made = {**element({"gen_ai.operation.name": "chat", **(attributes or {})}, **span), "logs": list(logs)}
    if alone:
        del made["span"]
    return read(made)


def test_details_of_an_event_fill_in_what_the_span_lacks() -> None:
    details = event(DETAILS, attributes={"gen_ai.input.messages": [parts("user", text("hi"))], "gen_ai.request.model": "other",
                                         "gen_ai.output.messages": [parts("assistant", text("hello"), finish_reason="stop")]})  # fmt: skip
    log = with_events(details, attributes={"gen_ai.request.model": "m"})
    assert (messages(log), answers(log), stated(log, "model_requested")) == ([USER], [ANSWER], "m")
    alone = with_events(details, alone=True)
    assert (messages(alone), answers(alone), alone.kind, alone.outcome, alone.status) == ([USER], [ANSWER], "llm", "success", None)
    assert alone.created_ms == (BEGAN + 1_000_000) // 1_000_000
    assert (alone.trace_id, alone.span_id) == (TRACE, SPAN)


def test_an_event_of_a_failed_call_alone_is_an_error() -> None:
    log = with_events(event(DETAILS, attributes={"error.type": "openai.APIConnectionError"}), alone=True)
    assert (log.outcome, stated(log, "error_type"), log.status) == ("error", "openai.APIConnectionError", None)


EVENTS = (
    ("gen_ai.system.message", {"content": "be terse"}),
    ("gen_ai.user.message", {"content": "hi"}),
    ("gen_ai.assistant.message", {"content": None, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}]}),
    ("gen_ai.tool.message", {"content": "sunny", "id": "c1"}),
    ("gen_ai.choice", {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hello"}}),
)
EVENT_MESSAGES = [
    {"role": "system", "content": "be terse"}, USER, {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "content": "sunny", "tool_call_id": "c1"},
]  # fmt: skip


@pytest.mark.parametrize("alone", [False, True])
def test_messages_as_log_records(alone: bool) -> None:
    log = with_events(*(event(name, body=body) for name, body in EVENTS), alone=alone)
    assert (messages(log), answers(log)) == (EVENT_MESSAGES, [ANSWER])
    assert said(log)[1]["choices"][0]["finish_reason"] == "stop"


def test_records_of_older_sdks_have_their_name_among_the_attributes() -> None:
    log = with_events(*({**event("", body=body), "eventName": "", "attributes": {"event.name": name}} for name, body in EVENTS))
    assert (messages(log), answers(log)) == (EVENT_MESSAGES, [ANSWER])


def test_events_with_json_text_in_one_attribute() -> None:
    """Azure's SDK: span events with `gen_ai.event.content`."""
    sent = [{"name": name, "attributes": {"gen_ai.event.content": json.dumps(body)}} for name, body in EVENTS]
    log = llm({}, events=sent)
    assert (messages(log), answers(log)) == (EVENT_MESSAGES, [ANSWER])


def test_choices_of_events_stand_by_their_index_with_tool_calls_inside_or_beside() -> None:
    beside = event("gen_ai.choice", body={"index": 1, "message": {"content": None}, "tool_calls": [{"id": "c1", "function": {"name": "f", "arguments": '{"a":1}'}}]})
    first = event("gen_ai.choice", body={"index": 0, "message": {"content": "hello"}})
    assert answers(with_events(beside, first)) == [ANSWER, {"role": "assistant", "content": None, "tool_calls": [CALL]}]


def test_older_content_events() -> None:
    """Semconv 1.27, and LiteLLM's records."""
    spans = [{"name": "gen_ai.content.prompt", "attributes": {"gen_ai.prompt": json.dumps([USER])}},
             {"name": "gen_ai.content.completion", "attributes": {"gen_ai.completion": json.dumps([ANSWER])}}]  # fmt: skip
    assert (messages(llm({}, events=spans)), answers(llm({}, events=spans))) == ([USER], [ANSWER])
    records = [{**event(""), "attributes": {"event_name": "gen_ai.content.prompt", "gen_ai.prompt": "hi"}, "body": USER},
               {**event(""), "attributes": {"event_name": "gen_ai.content.completion"},
                "body": {"index": 0, "finish_reason": "stop", "message": ANSWER}}]  # fmt: skip
    assert (messages(with_events(*records)), answers(with_events(*records))) == ([USER], [ANSWER])


def test_the_span_wins_over_its_events() -> None:
    log = with_events(event("gen_ai.user.message", body={"content": "other"}), attributes={"gen_ai.input.messages": json.dumps([parts("user", text("hi"))])})
    assert messages(log) == [USER]


STRANDS = "strands.telemetry.tracer"


def strands(name: str, **attributes: Any) -> Json:
    return {"name": name, "attributes": {k: v if isinstance(v, str) else json.dumps(v) for k, v in attributes.items()}}


def test_strands_calls_have_bedrocks_blocks_in_span_events() -> None:
    log = llm(
        {"gen_ai.system": "strands-agents", "gen_ai.request.model": "gpt-4o-mini", "gen_ai.usage.prompt_tokens": 120, "gen_ai.usage.input_tokens": 120,
         "gen_ai.usage.output_tokens": 24, "gen_ai.usage.cache_read_input_tokens": 64, "gen_ai.usage.cache_write_input_tokens": 0},
        name="chat", scope=STRANDS, status={"code": 1},
        events=[
            strands("gen_ai.user.message", content=[{"text": "Weather?"}]),
            strands("gen_ai.assistant.message", content=[{"text": "Let me see."}, {"toolUse": {"toolUseId": "c1", "name": "f", "input": {"a": 1}}}]),
            strands("gen_ai.tool.message", content=[{"toolResult": {"toolUseId": "c1", "status": "success", "content": [{"text": "sunny"}]}}]),
            strands("gen_ai.choice", finish_reason="end_turn", message=[{"reasoningContent": {"reasoningText": {"text": "hm"}}}, {"text": "hello"}]),
        ],
    )  # fmt: skip
    assert messages(log) == [
        {"role": "user", "content": "Weather?"}, {"role": "assistant", "content": "Let me see.", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "c1", "content": "sunny"},
    ]  # fmt: skip
    assert answers(log) == [{**ANSWER, "reasoning_content": "hm"}]
    assert said(log)[1]["choices"][0]["finish_reason"] == "end_turn"
    assert (log.provider, stated(log, "input_tokens"), stated(log, "cache_read_tokens"), stated(log, "cache_write_tokens")) == ("openai", 120, 64, 0)


def test_strands_tools_have_what_they_do_in_span_events() -> None:
    log = log_of({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "f"}, scope=STRANDS, events=[
        strands("gen_ai.tool.message", role="tool", content={"a": 1}, id="c1"), strands("gen_ai.choice", message=[{"text": "sunny"}], id="c1"),
    ])  # fmt: skip
    assert (said(log), stated(log, "tools")) == (({"a": 1}, [{"text": "sunny"}]), ["f"])


def test_strands_with_the_latest_conventions_has_them_in_details_as_span_events() -> None:
    asked = strands(DETAILS, **{"gen_ai.input.messages": [parts("user", text("hi"))]})
    answered = strands(DETAILS, **{"gen_ai.output.messages": [parts("assistant", text("hello"), finish_reason="end_turn")]})
    log = llm({}, scope=STRANDS, events=[asked, answered])
    assert (messages(log), answers(log)) == ([USER], [ANSWER])
    tool = log_of({"gen_ai.operation.name": "execute_tool"}, name="execute_tool f", scope=STRANDS, events=[
        strands(DETAILS, **{"gen_ai.input.messages": [parts("tool", {"type": "tool_call", "name": "f", "id": "c1", "arguments": {"a": 1}})]}),
        strands(DETAILS, **{"gen_ai.output.messages": [parts("tool", {"type": "tool_call_response", "id": "c1", "response": [{"text": "sunny"}]})]}),
    ])  # fmt: skip
    assert (said(tool), stated(tool, "tools")) == (({"a": 1}, [{"text": "sunny"}]), ["f"])


# -- C: legacy, LiteLLM --------------------------------------------------------------------------------------


def test_indexed_prompts_and_completions() -> None:
    log = log_of({
        "llm.request.type": "chat", "gen_ai.system": "OpenAI", "gen_ai.prompt.0.role": "system", "gen_ai.prompt.0.content": "be terse",
        "gen_ai.prompt.1.role": "user", "gen_ai.prompt.1.content": json.dumps([{"type": "text", "text": "hi"}, {"type": "image_url", "image_url": {"url": "u"}}]),
        "gen_ai.prompt.10.role": "tool", "gen_ai.prompt.10.content": "sunny", "gen_ai.prompt.10.tool_call_id": "c1",
        "gen_ai.prompt.3.role": "assistant", "gen_ai.prompt.3.tool_calls.0.id": "c1", "gen_ai.prompt.3.tool_calls.0.name": "f",
        "gen_ai.prompt.3.tool_calls.0.arguments": '{"a":1}', "gen_ai.completion.0.content": "hello", "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.finish_reason": "stop", "llm.request.functions.0.name": "f", "llm.request.functions.0.description": "d",
        "llm.request.functions.0.parameters": '{"type": "object"}', "llm.headers": "None",
    })  # fmt: skip
    assert messages(log) == [
        {"role": "system", "content": "be terse"},
        {"role": "user", "content": [{"type": "text", "text": "hi"}, {"type": "image_url", "image_url": {"url": "u"}}]},
        {"role": "assistant", "content": None, "tool_calls": [CALL]}, {"role": "tool", "content": "sunny", "tool_call_id": "c1"},
    ]  # fmt: skip
    assert (answers(log), said(log)[0]["tools"], log.provider) == ([ANSWER], [TOOL], "openai")
    assert not [key for key in log.metadata_index if key.startswith(("gen_ai.prompt", "gen_ai.completion", "llm.request.functions"))]


def test_litellm_mixes_dialects() -> None:
    log = log_of({
        "metadata.usage_object": "{'completion_tokens': 24}", "metadata.user_api_key_alias": "team-a", "hidden_params": '{"cache_key": null}',
        "gen_ai.cost.total_cost": 2.76e-05, "gen_ai.request.model": "gpt-4o-mini", "llm.request.type": "completion", "gen_ai.system": "openai",
        "llm.is_streaming": "False", "llm.user": "user-42", "gen_ai.response.id": "r1", "gen_ai.usage.total_tokens": 144,
        "gen_ai.usage.completion_tokens": 24, "gen_ai.usage.prompt_tokens": 120, "gen_ai.operation.name": "chat",
        "gen_ai.input.messages": json.dumps([parts("user", text("hi"))]), "gen_ai.response.finish_reasons": '["tool_calls"]',
        "gen_ai.output.messages": json.dumps([parts("assistant", {"type": "tool_call", "id": "c1", "name": "f", "arguments": '{"a":1}'})]),
        "gen_ai.completion.0.function_call.name": "f", "gen_ai.completion.0.function_call.arguments": '{"a":1}',
    }, scope="litellm", name="litellm_request", status={"code": 1})  # fmt: skip
    assert (log.kind, log.user, log.stream, stated(log, "cost_usd"), stated(log, "finish_reason")) == ("llm", "user-42", False, 2.76e-05, "tool_calls")
    assert (stated(log, "input_tokens"), stated(log, "output_tokens")) == (120, 24)
    assert answers(log) == [{"role": "assistant", "content": None, "tool_calls": [CALL]}]
    assert log.metadata_index["metadata.usage_object"] == "{'completion_tokens': 24}"
    assert log.metadata_index["metadata.user_api_key_alias"] == "team-a"


def test_litellms_errors_have_a_code_and_no_message_of_the_status() -> None:
    log = llm({"error.code": "429", "error.type": "RateLimitError", "error.message": "litellm.RateLimitError: slow down"}, status={"code": ERROR})
    assert (log.status, stated(log, "error_type"), stated(log, "error_message")) == (429, "RateLimitError", "litellm.RateLimitError: slow down")


# -- D: OpenInference ----------------------------------------------------------------------------------------


def openinference(attributes: Json, kind: str = "LLM", **span: Any) -> Log:
    return log_of({"openinference.span.kind": kind, **attributes}, **span)


def test_openinference_in_javascript_has_no_usage_when_it_streams() -> None:
    log = openinference({
        "llm.system": "openai", "llm.model_name": "gpt-4o-mini", "input.value": '{"model": "gpt-4o-mini", "stream": true}',
        "llm.invocation_parameters": '{"model":"gpt-4o-mini","stream":true}', "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.content": "hi", "output.value": "hello", "output.mime_type": "text/plain",
        "llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content": "hello",
    }, scope="@arizeai/openinference-instrumentation-openai")  # fmt: skip
    assert (log.stream, stated(log, "input_tokens"), messages(log), answers(log)) == (True, None, [USER], [ANSWER])


def test_openinference_indexes_may_have_gaps_and_ten_follows_nine() -> None:
    numbers = (0, 1, 3, 9, 10)
    log = openinference({f"llm.input_messages.{n}.message.content": str(n) for n in numbers} | {"llm.input_messages.x.message.content": "?"})
    assert [m["content"] for m in messages(log)] == [str(n) for n in numbers]


def test_openinference_takes_the_raw_request_where_attributes_were_dropped() -> None:
    raw = json.dumps({"messages": [USER, ANSWER, USER]})
    attributes = {"llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "hi", "input.value": raw}
    assert messages(openinference(attributes)) == [USER]
    assert messages(openinference(attributes, droppedAttributesCount=7)) == [USER, ANSWER, USER]


def test_openinference_answers_of_several_items_are_one_answer_where_the_raw_answer_is_one() -> None:
    attributes = {
        "llm.output_messages.0.message.contents.0.message_content.type": "reasoning", "llm.output_messages.1.message.content": "hello",
        "llm.output_messages.2.message.tool_calls.0.tool_call.id": "c1", "llm.output_messages.2.message.tool_calls.0.tool_call.function.name": "f",
        "llm.output_messages.2.message.tool_calls.0.tool_call.function.arguments": '{"a":1}',
    }  # fmt: skip
    whole = {**ANSWER, "tool_calls": [CALL]}
    assert answers(openinference({**attributes, "output.value": '{"output": []}'})) == [whole]
    assert answers(openinference(attributes)) == [ANSWER, {"role": "assistant", "content": None, "tool_calls": [CALL]}]


def test_smolagents_value_says_it_is_json_and_is_python() -> None:
    sent = "{'task': 'weather', 'agent': <smolagents.Agent object at 0x7f>}"
    agent = openinference({"input.value": sent, "input.mime_type": "application/json", "output.value": "Sunny.", "llm.token_count.prompt": 240},
                          "AGENT", scope="openinference.instrumentation.smolagents")  # fmt: skip
    assert said(agent) == (sent, "Sunny.")
    assert (agent.kind, derive(agent).preview, derive(agent).input_tokens) == ("agent", sent, None)
    call = openinference({"input.value": sent, "input.mime_type": "application/json", "output.value": "Sunny."})
    assert (messages(call), answers(call)) == ([{"role": "user", "content": sent}], [{"role": "assistant", "content": "Sunny."}])


def test_langchains_own_form_in_openinference() -> None:
    raw = {"messages": [[{"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "HumanMessage"], "kwargs": {"content": "hi"}}]]}
    out = {"generations": [[{"text": "hello", "generation_info": {"finish_reason": "stop"}, "message": {
        "lc": 1, "id": ["langchain", "schema", "messages", "AIMessage"], "kwargs": {"content": "hello", "tool_calls": [{"name": "f", "args": {"a": 1}, "id": "c1"}]}}}]]}  # fmt: skip
    log = openinference({"input.value": json.dumps(raw), "output.value": json.dumps(out)})
    assert (messages(log), answers(log)) == ([USER], [{**ANSWER, "tool_calls": [CALL]}])


@pytest.mark.parametrize(("sent", "made"), [
    ({"messages": [USER], "system": "be terse"}, [{"role": "system", "content": "be terse"}, USER]),
    ({"contents": [{"role": "user", "parts": [{"text": "hi"}]}], "systemInstruction": {"parts": [{"text": "be terse"}]}}, [USER]),
    ({"model": "m", "input": "hi"}, [USER]),
    ({"messages": [{"role": "user", "content": [{"text": "hi"}]}], "modelId": "m"}, [USER]),
    ({"messages": [{"type": "human", "data": {"content": "hi"}}]}, [USER]),
    ({"messages": [{"type": "ai", "content": "hello"}]}, [ANSWER]),
])  # fmt: skip
def test_whole_requests_of_any_provider(sent: Json, made: list[Json]) -> None:
    assert messages(openinference({"input.value": json.dumps(sent)}))[-len(made) :] == made


@pytest.mark.parametrize("sent", [
    {"choices": [{"message": ANSWER, "finish_reason": "stop"}]}, {"content": [{"type": "text", "text": "hello"}], "role": "assistant"},
    {"candidates": [{"content": {"parts": [{"text": "hello"}], "role": "model"}}]}, {"output": {"message": {"role": "assistant", "content": [{"text": "hello"}]}}},
    {"output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hello"}]}]}, ANSWER, [ANSWER],
])  # fmt: skip
def test_whole_answers_of_any_provider(sent: Any) -> None:
    assert answers(openinference({"output.value": json.dumps(sent)})) == [ANSWER]


def test_retrieved_documents() -> None:
    found = {"retrieval.documents.0.document.id": "d1", "retrieval.documents.0.document.content": "Paris", "retrieval.documents.0.document.metadata": '{"a": 1}'}
    log = openinference({"input.value": "where?", **found}, "RETRIEVER")
    assert said(log) == ("where?", [{"id": "d1", "content": "Paris", "metadata": {"a": 1}}])
    assert not [key for key in log.metadata_index if key.startswith("retrieval")]


def test_an_embedding_without_vectors_and_with_them() -> None:
    attributes = {"embedding.model_name": "e3", "embedding.embeddings.0.embedding.text": "fox", "llm.token_count.prompt": 9}
    log = openinference(attributes, "EMBEDDING")
    assert said(log) == ({"model": "e3", "input": ["fox"]}, {"model": "e3", "usage": {"prompt_tokens": 9, "total_tokens": 9}})
    log = openinference({**attributes, "embedding.embeddings.0.embedding.vector": [1, 0.5]}, "EMBEDDING")
    assert said(log)[1]["data"] == [{"object": "embedding", "index": 0, "embedding": [1.0, 0.5]}]


# -- F: Vercel -----------------------------------------------------------------------------------------------


def test_vercel_calls() -> None:
    asked = [{"role": "user", "content": [{"type": "text", "text": "hi"}]},
             {"role": "assistant", "content": [{"type": "tool-call", "toolCallId": "c1", "toolName": "f", "input": {"a": 1}}]},
             {"role": "tool", "content": [{"type": "tool-result", "toolCallId": "c1", "toolName": "f", "output": {"type": "json", "value": {"b": 2}}}]}]  # fmt: skip
    log = log_of({
        "ai.operationId": "ai.streamText.doStream", "ai.model.provider": "openai.responses", "ai.model.id": "gpt-4o", "ai.prompt.messages": json.dumps(asked),
        "ai.prompt.tools": [json.dumps({"type": "function", "name": "f", "description": "d", "inputSchema": {"type": "object"}})],
        "ai.response.text": "hello", "ai.response.toolCalls": json.dumps([{"toolCallId": "c1", "toolName": "f", "args": '{"a":1}'}]),
        "ai.response.reasoning": "hm", "ai.usage.inputTokens": 120, "ai.usage.outputTokens": 24, "ai.usage.cachedInputTokens": 64,
        "ai.response.model": "gpt-4o-2024", "ai.response.finishReason": "tool-calls", "ai.settings.maxOutputTokens": 9, "operation.name": "x",
    }, scope="ai")  # fmt: skip
    assert messages(log) == [USER, {"role": "assistant", "content": None, "tool_calls": [CALL]},
                             {"role": "tool", "tool_call_id": "c1", "content": '{"b":2}', "name": "f"}]  # fmt: skip
    assert answers(log) == [{**ANSWER, "reasoning_content": "hm", "tool_calls": [CALL]}]
    assert (said(log)[0]["tools"], said(log)[0]["max_tokens"], log.provider, log.stream) == ([TOOL], 9, "openai", True)
    assert [stated(log, n) for n in ("model_requested", "model", "input_tokens", "output_tokens", "cache_read_tokens")] == ["gpt-4o", "gpt-4o-2024", 120, 24, 64]


def test_vercels_generated_object_and_agent() -> None:
    log = log_of({"ai.operationId": "ai.generateObject.doGenerate", "ai.response.object": '{"city":"Paris"}'})
    assert answers(log) == [{"role": "assistant", "content": '{"city":"Paris"}'}]
    agent = log_of({"ai.operationId": "ai.generateText", "ai.prompt": '{"system":"be terse","prompt":"hi"}', "ai.response.text": "hello", "ai.usage.promptTokens": 240})
    assert (agent.kind, messages(agent), answers(agent)) == ("agent", [{"role": "system", "content": "be terse"}, USER], [ANSWER])
    assert agent.status is None
    assert derive(agent).input_tokens is None  # the sum of its calls


def test_vercels_embeddings_and_tools() -> None:
    log = log_of({"ai.operationId": "ai.embed.doEmbed", "ai.values": ['"fox"'], "ai.embeddings": ["[0.5,1]"], "ai.usage.tokens": 9, "ai.model.id": "e3"})
    assert said(log)[0] == {"model": "e3", "input": ["fox"]}
    assert said(log)[1]["data"][0]["embedding"] == [0.5, 1.0]
    tool = log_of({"ai.operationId": "ai.toolCall", "ai.toolCall.name": "f", "ai.toolCall.args": '{"a":1}', "ai.toolCall.result": "sunny"})
    assert (said(tool), stated(tool, "tools")) == (({"a": 1}, "sunny"), ["f"])


# -- G, H, J -------------------------------------------------------------------------------------------------


def test_langfuses_values_may_be_plain_text() -> None:
    log = log_of({"langfuse.observation.type": "generation", "langfuse.observation.input": "hi", "langfuse.observation.output": "hello",
                  "langfuse.observation.model.name": "gpt-4o", "langfuse.observation.level": "ERROR", "langfuse.observation.status_message": "Error code: 503"})  # fmt: skip
    assert (messages(log), answers(log), log.provider) == ([USER], [ANSWER], "openai")
    assert (log.outcome, log.status, stated(log, "error_message")) == ("error", 503, "Error code: 503")


def test_langsmith() -> None:
    asked = {"messages": [[{"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "HumanMessage"], "kwargs": {"content": "hi", "type": "human"}}]]}
    done = {"generations": [[{"text": "hello", "type": "ChatGeneration", "generation_info": {"finish_reason": "stop"}, "message": {
        "lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "AIMessage"], "kwargs": {"content": "hello", "tool_calls": []}}}]],
        "llm_output": {"model_name": "gpt-4o-mini-2024-07-18"}}  # fmt: skip
    log = log_of({
        "langsmith.span.kind": "llm", "gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o-mini", "gen_ai.prompt": json.dumps(asked),
        "gen_ai.completion": json.dumps(done), "gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 24, "langsmith.span.tags": "a, b",
        "langsmith.metadata.session_id": "s1", "langsmith.metadata.user_id": "u1", "langsmith.trace.session_name": "default",
    }, scope="langsmith")  # fmt: skip
    assert (messages(log), answers(log), log.user, log.session, stated(log, "tags")) == ([USER], [ANSWER], "u1", "s1", ["a", "b"])
    chain = log_of({"langsmith.span.kind": "chain", "gen_ai.prompt": '{"input": "hi"}', "gen_ai.completion": '{"output": "hello"}'})
    assert said(chain) == ({"input": "hi"}, {"output": "hello"})


def test_portkeys_gateway() -> None:
    """Documented, not captured: one span per request; an error's code is its type and the status's message."""
    attributes = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.input.messages": json.dumps([parts("user", text("hi"))])}
    log = log_of({**attributes, "error.type": "429"}, scope="custom.genai.instrumentation", status={"code": ERROR, "message": "429"})
    assert (log.status, log.outcome, stated(log, "error_type"), stated(log, "error_message")) == (429, "error", "429", None)
    assert log_of(attributes, scope="custom.genai.instrumentation", status={"code": 1}).status == 200


# -- errors (otel.md 7) --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "error_type", "status"),
    [
        ("Error code: 429 - Rate limit reached", "RateLimitError", 429),
        ("ModelHTTPError: status_code: 503, model_name: x", None, 503),
        ("Rate limit reached", "openai.RateLimitError", 429), ("", "rate_limit_error", 429), ("", "AuthenticationError", 401),
        ("", "anthropic.PermissionDeniedError", 403), ("", "NotFoundError", 404), ("", "BadRequestError", 400), ("", "InternalServerError", 500),
        ("", "APITimeoutError", 408), ("Connection error.", "openai.APIConnectionError", None), ("oops", "AI_APICallError", None),
        ("", "500", 500), ("502", None, 502), ("took 429 ms", "ValueError", None), ("Error code: 12345", None, None), ("", None, None),
    ],
)  # fmt: skip
def test_the_status_of_a_failed_call(message: str, error_type: str | None, status: int | None) -> None:
    log = llm({"error.type": error_type} if error_type else {}, status={"code": ERROR, "message": message})
    assert (log.outcome, log.status, stated(log, "error_type")) == ("error", status, error_type)
    assert derive(log).outcome == "error"


def test_an_exception_says_what_the_status_does_not() -> None:
    stack = "Traceback\n" * 500
    recorded = {"name": "exception", "attributes": {"exception.type": "openai.RateLimitError", "exception.message": "Error code: 429", "exception.stacktrace": stack}}
    log = llm({}, status={"code": ERROR}, events=[recorded])
    assert (log.status, stated(log, "error_type"), stated(log, "error_message")) == (429, "openai.RateLimitError", "Error code: 429")
    assert said(log)[1] == {"error": {"message": "Error code: 429", "type": "openai.RateLimitError"}}
    assert stack not in log.metadata.decode()
    assert b"Traceback" in log.raw  # kept whole


def test_a_tools_error_is_its_own_and_no_http_status() -> None:
    log = log_of({"gen_ai.operation.name": "execute_tool", "error.type": "FileNotFoundError"}, status={"code": ERROR, "message": "no such file"})
    assert (log.outcome, log.status, stated(log, "error_message")) == ("error", None, "no such file")
    assert log_of({"gen_ai.operation.name": "invoke_agent"}).outcome == "success"


def test_an_exception_on_a_span_that_went_well_is_no_error() -> None:
    log = llm({}, events=[{"name": "exception", "attributes": {"exception.type": "Retry", "exception.message": "Error code: 429"}}])
    assert (log.outcome, log.status, stated(log, "error_type")) == ("success", 200, None)


# -- odd things (otel.md 9) ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "odd",
    ["{'a': 1}", "<openai.Omit object at 0x7f>", "[", "{", "null", "[1,2", '"', "\x00", "NaN", [], {}, 0, True, None, [None], {"a": []}, [[[]]],
     "[{}]", '[{"role":5}]', '[{"role":"user","parts":5}]', '{"messages":[{"role":[]}]}', '[{"parts":[{"type":{}}]}]', "[null]", "{}", '{"choices":[5]}',
     '{"choices":[{"message":5}]}', '{"candidates":[{}]}', '{"output":{"message":{}}}', '{"output":[{"type":"message"}]}', '{"content":5,"role":"assistant"}',
     '[{"toolUse":5}]', '[{"toolResult":[]}]', '{"generations":[]}', '{"generations":[[null]]}', "[" * 500 + "]" * 500, "1e999", "9" * 400],
    ids=lambda odd: repr(odd)[:30],
)  # fmt: skip
def test_no_attribute_can_hold_anything_that_fails_its_span(odd: Any) -> None:
    """Each attribute that the table knows, with what it should not hold: read as something, never a failure."""
    keys = {source.key for field in FIELDS for source in field.sources} | {key for key, _ in KINDS} | {"metadata", "llm.invocation_parameters"}
    indexed = ("llm.input_messages.0.message.content", "llm.output_messages.0.message.tool_calls.0.tool_call.id", "gen_ai.prompt.0.content",
               "gen_ai.completion.0.tool_calls.0.arguments", "llm.tools.0.tool.json_schema", "llm.request.functions.0.parameters",
               "embedding.embeddings.0.embedding.vector", "llm.input_messages.0.message.contents.0.message_content.type")  # fmt: skip
    names = ["gen_ai.choice", "gen_ai.user.message", DETAILS, "exception"]
    for kind in ("chat", "embeddings", "execute_tool", "invoke_agent", "retrieval"):
        log = read({
            **element({**dict.fromkeys((*keys, *indexed), odd), "gen_ai.operation.name": kind, "langfuse.observation.type": None}, status={"code": ERROR},
                      events=[{"name": name, "attributes": {"content": odd, "message": odd, "gen_ai.input.messages": odd}} for name in names]),
            "logs": [event(name, body=odd, attributes=odd) for name in names],
        })  # fmt: skip
        derive(log)
    for key in sorted(keys):
        derive(llm({key: odd}))


@pytest.mark.parametrize("odd", [None, 5, "x", [], [1], {"a": 1}])
def test_no_part_of_an_element_can_fail_it(odd: Any) -> None:
    """What stands in the store may be of another release."""
    for name in ("resource", "scope", "logs"):
        read({**element({"gen_ai.operation.name": "chat"}), name: odd})
    for name in ("attributes", "events", "status", "startTimeUnixNano", "endTimeUnixNano", "name", "kind", "links"):
        made = element({"gen_ai.operation.name": "chat"})
        made["span"][name] = odd
        read(made)
    read({"record": {"body": odd, "attributes": odd, "severityNumber": odd, "timeUnixNano": odd}})


def test_text_is_text_however_it_is_escaped() -> None:
    raw, escaped = (json.dumps([parts("user", text("18°C ☀️ 🇫🇷"))], ensure_ascii=ascii_) for ascii_ in (False, True))
    assert raw != escaped
    assert messages(llm({"gen_ai.input.messages": raw})) == messages(llm({"gen_ai.input.messages": escaped})) == [{"role": "user", "content": "18°C ☀️ 🇫🇷"}]


def test_chat_keeps_messages_that_are_right_already() -> None:
    for message in (USER, ANSWER, {"role": "assistant", "content": None, "tool_calls": [CALL]}, {"role": "developer", "content": "x"},
                    {"role": "tool", "content": "sunny", "tool_call_id": "c1"}, {"role": "user", "content": "x", "name": "ann"}):  # fmt: skip
        assert chat.messages(message) == [message]
