"""Bodies of every family: one normal form, the same when streamed, however the stream was logged and wherever it was cut."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portlog.derive import derive, shorten
from portlog.derive.conversation import conversation_of, sketch
from portlog.derive.streams import assembled, opened
from portlog.schema.log import HAS
from portlog.schema.messages import PART_TYPES, Conversation, Message, Part, Tool
from tests.samples import json_values, parse_one

FOLDER = Path(__file__).parents[1] / "fixtures" / "bodies"
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in sorted(FOLDER.glob("*.json"))
    for case in json.loads(path.read_text("utf-8"))
]
STREAMS = [param for param in CASES if "chunks" in param.values[0]]


def sse(case: dict[str, Any], end: str = "\n", *, done: bool = True) -> str:
    """The chunks of a case as server-sent events, or as JSON lines where the provider sends those."""
    if case.get("lines"):
        return "".join(json.dumps(chunk, ensure_ascii=False) + end for chunk in case["chunks"])
    events = [
        (f"event: {chunk['type']}{end}" if case.get("named") else "")
        + f"data: {json.dumps(chunk, ensure_ascii=False)}{end}{end}"
        for chunk in case["chunks"]
    ]
    return "".join(events) + (f"data: [DONE]{end}{end}" if done else "")


def response_of(case: dict[str, Any]) -> Any:
    return sse(case) if "chunks" in case else case["response"]


def line(message: Message) -> str:
    """A message in one line, as the fixtures have it."""
    name = f"({message.name})" if message.name else ""
    finish = [f"#{message.finish_reason}"] if message.finish_reason else []
    return f"{message.role}{name}: " + " ".join([*map(shown, message.parts), *finish])


def shown(part: Part) -> str:
    if part.type == "text":
        return part.text
    values = [json.dumps(v, separators=(",", ":"), ensure_ascii=False) for v in (part.arguments, part.value) if v is not None]
    fields = [part.id, part.name, part.text, *values, part.media_type, part.url, part.ref]
    return "<" + " ".join([part.type, *filter(None, fields)]) + ">"


@pytest.mark.parametrize("case", CASES)
def test_a_body_reads_as_the_conversation_that_it_is(case: dict[str, Any]) -> None:
    found = conversation_of(case["request"], response_of(case), case["url"])
    assert [line(m) for m in found.input] == case["input"]
    assert [line(m) for m in found.output] == case["output"]
    assert [tool.name for tool in found.tools] == case.get("tools", [])
    assert {part.type for m in (*found.input, *found.output) for part in m.parts} <= set(PART_TYPES)


@pytest.mark.parametrize("case", CASES)
def test_pointers_lead_to_the_data(case: dict[str, Any]) -> None:
    answer = assembled(response_of(case))
    root = {"request": case["request"], "response": answer}
    found = conversation_of(case["request"], response_of(case), case["url"])
    for part in (part for m in (*found.input, *found.output) for part in m.parts if part.ref):
        value: Any = root
        for step in part.ref.split("/")[1:]:
            value = value[int(step)] if isinstance(value, list) else value[step.replace("~1", "/").replace("~0", "~")]
        assert isinstance(value, str) and value


@pytest.mark.parametrize("case", CASES)
def test_what_lists_show_is_what_the_conversation_holds(case: dict[str, Any]) -> None:
    """`sketch` passes plain messages over: the shortcut may not say anything else than the long way."""
    found = conversation_of(case["request"], response_of(case))
    answer = assembled(response_of(case))
    short = sketch(case["request"], answer)
    kinds = {part.type for m in (*found.input, *found.output) for part in m.parts}
    kinds |= {"tool_calls"} if "tool_call" in kinds else set()
    kinds |= {"tools"} if found.tools else set()
    assert short.has == [name for name in HAS if name in kinds]
    assert short.tools == [p.name for m in found.output for p in m.parts if p.type == "tool_call" and p.name]
    asked = [p.text for m in found.input if m.role == "user" for p in m.parts if p.type == "text"]
    assert not asked or short.preview in asked
    answered = [p.text for m in found.output for p in m.parts if p.type == "text"]
    assert not answered or short.response_preview == answered[0]


@pytest.mark.parametrize("case", CASES)
def test_what_is_derived_of_a_log_with_these_bodies(case: dict[str, Any]) -> None:
    log = {
        "request": {"url": case["url"] or "x", "provider": case["provider"], "body": case["request"]},
        "response": {"status": case.get("status", 200), "body": response_of(case), "headers": case.get("headers", {})},
    }
    derived = derive(parse_one(log))
    assert {name: getattr(derived, name) for name in case["facts"]} == case["facts"]


# -- streams ---------------------------------------------------------------------------------------------------


def forms(case: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every way in which senders log one stream."""
    chunks, text = case["chunks"], sse(case)
    yield "lines with CRLF", sse(case, "\r\n")
    yield "no end", sse(case, done=False)
    yield "no empty lines", text.replace("\n\n", "\n")
    yield "a byte order mark and a comment", text if case.get("lines") else "\ufeff: keep-alive\n\n" + text
    yield "an array of chunks", chunks
    yield "an array of JSON texts", [json.dumps(chunk) for chunk in chunks]
    yield "an array of events", [part + "\n\n" for part in text.split("\n\n") if part] if "\n\n" in text else chunks
    yield "an array of lines", text.split("\n")
    yield "the text of an array", json.dumps(chunks, indent=1)
    yield "an object around chunks", {"chunks": chunks}
    yield "boto3's object", {"stream": chunks}
    yield "AWS's bytes", [{"chunk": {"bytes": base64.b64encode(json.dumps(c).encode()).decode()}} for c in chunks]


@pytest.mark.parametrize("case", STREAMS)
def test_a_stream_is_the_same_however_it_was_logged(case: dict[str, Any]) -> None:
    whole, streamed = opened(sse(case))
    assert streamed and isinstance(whole, dict)
    for name, form in forms(case):
        before = copy.deepcopy(form)
        assert assembled(form) == whole, name
        assert form == before, f"{name}: its argument was changed"


@pytest.mark.parametrize("case", STREAMS)
def test_a_stream_that_came_in_two_pieces_is_the_same_wherever_it_was_cut(case: dict[str, Any]) -> None:
    text, whole = sse(case), assembled(sse(case))
    for at in range(1, len(text)):
        assert assembled([text[:at], text[at:]]) == whole, f"cut at {at}: {text[at - 20 : at]!r} | {text[at : at + 20]!r}"


def test_an_event_whose_type_is_no_text_is_passed_over() -> None:
    """Found by a fuzzer: a list as type was looked up in a set."""
    events = [{"type": "response.created", "response": {"id": "r"}}, {"type": ["x"], "response": {"id": "r"}}]
    assert assembled(events) == {"id": "r", "output": []}


@pytest.mark.parametrize("case", STREAMS)
def test_of_a_stream_that_broke_off_what_had_come_is_kept(case: dict[str, Any]) -> None:
    """After each event, and in the middle of the next one."""
    alone = 2 if case.get("lines") else 1  # one line of JSON alone is a body, not a stream
    for count in range(alone, len(case["chunks"])):
        part = {**case, "chunks": case["chunks"][:count]}
        whole = assembled(sse(part, done=False))
        broken = sse(part, done=False) + sse({**case, "chunks": [case["chunks"][count]]}, done=False)[:-30]
        assert assembled(broken) == whole
        assert assembled(assembled(broken)) == assembled(broken)


@pytest.mark.parametrize("case", [param for param in CASES if "response" in param.values[0]])
def test_what_is_no_stream_is_left_as_it_is(case: dict[str, Any]) -> None:
    assert assembled(case["response"]) is case["response"]


def test_a_stream_that_only_says_an_error_is_that_error() -> None:
    text = 'event: error\ndata: {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}\n\n'
    assert opened(text) == ({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, True)


def test_an_error_in_a_stream_stands_beside_what_had_come() -> None:
    chunk = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "Hel"}}]}
    body = assembled([chunk, {"error": {"message": "broken", "code": 502}}])
    assert body["choices"][0]["message"]["content"] == "Hel"
    assert body["error"] == {"message": "broken", "code": 502}


@pytest.mark.parametrize(
    "text", ["", "data: something", "data:", ": comment", "Plain text.\ndata: {}", "{", "[1, 2]", '{"a": 1}\n{"b": 2}', "[DONE]"]
)
def test_text_that_is_no_stream_is_text(text: str) -> None:
    assert opened(text) == (text, False)


def test_json_over_several_data_lines_is_one_event() -> None:
    text = 'data: {"candidates":\ndata: [{"content": {"parts": [{"text": "Hi"}]}}]}\n\n'
    assert assembled(text)["candidates"][0]["content"]["parts"] == [{"text": "Hi"}]


def test_a_long_stream_takes_time_in_proportion() -> None:
    """100 000 chunks of one text, and as many lines that are no JSON."""
    chunk = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "word "}}]}
    body = assembled([chunk] * 100_000)
    assert len(body["choices"][0]["message"]["content"]) == 500_000
    assert opened("data: {\n" * 100_000)[1] is False


# -- totality --------------------------------------------------------------------------------------------------

KEYS = st.sampled_from(
    ["messages", "role", "content", "type", "text", "parts", "input", "output", "choices", "message", "delta", "index", "tool_calls",
     "function", "name", "arguments", "id", "candidates", "contents", "image_url", "url", "source", "data", "embedding", "embeddings",
     "results", "tools", "toolConfig", "functionDeclarations", "raw", "blocks", "kwargs", "thinking", "summary", "reasoning",
     "reasoningContent", "toolUse", "toolResult", "functionResponse", "usage", "object", "chunks", "stream", "event_type",
     "is_finished", "contentBlockDelta", "contentBlockStart", "contentBlockIndex", "start", "output_index", "content_index", "item",
     "response", "content_block", "partial_json", "metadata", "chunk", "bytes", "x_groq", "logprobs", "done", "outputs", "nodes",
     "finish_reason", "generations", "chat_history", "documents", "query", "system", "additional_kwargs", "call", "outputText"]
)  # fmt: skip
WORDS = st.sampled_from(
    ["user", "assistant", "tool", "text", "image", "image_url", "tool_use", "tool_result", "function_call", "function_call_output",
     "reasoning", "thinking", "message", "message_start", "content_block_start", "content_block_delta", "message_delta", "text_delta",
     "input_json_delta", "response.created", "response.output_text.delta", "response.output_item.added", "response.completed",
     "chat.completion.chunk", "content-delta", "tool-call-delta", "message-end", "stream-end", "response", "constructor",
     "transcript.text.done", "data: {}", '{"messages": [{}]}', "https://e.com/a.png", "data:image/png;base64,AA", "AAAA", "citations_delta"]
)  # fmt: skip
FAMILIAR = st.recursive(
    WORDS | json_values, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=40
)


@settings(max_examples=600)
@given(FAMILIAR, FAMILIAR)
def test_any_json_at_all_is_some_conversation(request: Any, response: Any) -> None:
    before = copy.deepcopy((request, response))
    found = conversation_of(request, response)
    assert isinstance(found, Conversation)
    for message in (*found.input, *found.output):
        assert isinstance(message.role, str) and isinstance(message.finish_reason, str)
        for part in message.parts:
            assert part.type in PART_TYPES
            assert all(isinstance(v, str) for v in (part.text, part.id, part.name, part.media_type, part.url, part.ref))
            assert not part.url.startswith("data:")
    assert all(isinstance(tool, Tool) and isinstance(tool.name, str) for tool in found.tools)
    short = sketch(request, assembled(response))
    assert isinstance(short.preview, str) and set(short.has) <= set(HAS) and all(isinstance(n, str) for n in short.tools)
    shorten(short.preview)
    assert (request, response) == before


@settings(max_examples=400)
@given(st.lists(st.dictionaries(KEYS, FAMILIAR, max_size=6), max_size=5), st.sampled_from([param.values[0] for param in STREAMS]))
def test_any_chunks_among_those_of_a_stream_do_no_harm(others: list[dict[str, Any]], case: dict[str, Any]) -> None:
    chunks = [*others, *case["chunks"], *others]
    before = copy.deepcopy(chunks)
    conversation_of(None, chunks)
    assert assembled(chunks) is not None
    assert chunks == before


def test_deep_nesting_is_read_to_a_bound() -> None:
    deep: Any = "text"
    for _ in range(250):
        deep = {"content": [deep], "type": "tool_result"}
    conversation_of({"messages": [deep]}, {"content": [deep], "output": deep, "raw": {"raw": deep}})
    nest: Any = [1]
    for _ in range(250):
        nest = [nest]
    conversation_of({"messages": nest, "input": nest}, {"output": nest, "embedding": nest, "stream": nest})
