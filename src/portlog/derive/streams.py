"""A streamed answer as one body of its family: what the same call would have answered without streaming.

Senders log a stream as text (server-sent events, or JSON lines), as an array of chunks, or as an object around one. A
stream may be cut anywhere; what had come is assembled. Nothing else is changed, and what is no stream is returned as it is.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from portlog.schema import jsons

_DECODE_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError)
Chunk = dict[str, Any]


def assembled(response: Any) -> Any:
    """The answer as one body; an answer that is no stream unchanged. Total, and never changes its argument."""
    return opened(response)[0]


def opened(response: Any) -> tuple[Any, bool]:
    """`assembled`, and whether it was a stream."""
    kind = type(response)
    if kind is dict:
        return _opened_object(response)
    chunks: list[Chunk] = []
    if kind is str:
        chunks = list(_chunks_of_text(response))
    elif kind is list and response:
        chunks = list(_chunks_of_list(response))
    if not chunks:
        return response, False
    body = _body(chunks)
    if body is None and kind is str and _SSE.match(response):  # of no family: perhaps it says why there is no answer
        body = next((dict(chunk) for chunk in chunks if chunk.get("error")), None)
    return (response, False) if body is None else (body, True)


# Keys under which senders keep the chunks: our own clients, boto3's `converse_stream` and `invoke_model_with_…`.
_HOLDERS = ("chunks", "stream", "events", "body")


def _opened_object(response: Chunk) -> tuple[Any, bool]:
    if "choices" in response:
        if response.get("object") == "chat.completion.chunk":
            return _chat([response]), True
        return response, False
    for key in _HOLDERS:
        held = response.get(key)
        if held and type(held) in (str, list):
            body, streamed = opened(held)
            if streamed:
                around = {name: value for name, value in response.items() if name != key}
                return {**around, **body}, True
    return response, False


# -- from text to chunks -------------------------------------------------------------------------------------

_SSE = re.compile(r"\ufeff?\s*(?:(?:data|event|id|retry)\s*:|:)")
_FIELD = re.compile(r"\ufeff?\s*(?:data|event|id|retry)\s*:")
_LINE_END = re.compile(r"\r\n|\n|\r")  # not str.splitlines: U+2028 may stand in JSON
_NO_JSON = object()


def _chunks_of_text(text: str) -> Iterator[Chunk]:
    if _SSE.match(text):
        yield from _chunks_of_events(text)
    elif text.lstrip().startswith(("{", "[")):
        whole = _json(text)
        if type(whole) is list and whole:
            yield from _chunks_of_list(whole)
        elif whole is _NO_JSON and "\n" in text:
            for line in _LINE_END.split(text):
                yield from _chunks_of_value(_json(line))


def _chunks_of_events(text: str) -> Iterator[Chunk]:
    """Of server-sent events (WHATWG HTML, 9.2), also without the blank lines between them, and cut off."""
    name, held = "", []
    for line in (*_LINE_END.split(text.removeprefix("\ufeff")), ""):
        field, _, payload = line.partition(":")
        field = field.strip()
        if field == "data":
            value = _json(payload)
            if value is _NO_JSON:
                held.append(payload)
            else:
                yield from _chunks_of_value(value, name)
        elif field == "event":
            name = payload.strip()
        elif not line:
            if len(held) > 1:  # one JSON text over several data lines
                yield from _chunks_of_value(_json("\n".join(held)), name)
            name, held = "", []


def _chunks_of_list(items: list[Any]) -> Iterator[Chunk]:
    """Of an array of chunks, of texts that are events each, or of texts as they came from the network, cut anywhere."""
    if type(items[0]) is dict:
        for item in items:
            yield from _chunks_of_value(item)
    if type(items[0]) is not str:
        return
    texts = [item for item in items if type(item) is str]
    said = [text for text in texts if text.strip()]
    if all(map(_FIELD.match, said)):
        yield from _chunks_of_text("\n".join(texts))
    elif all(text.lstrip().startswith("{") and _json(text) is not _NO_JSON for text in said):
        for text in said:
            yield from _chunks_of_value(_json(text))
    else:
        yield from _chunks_of_text("".join(texts))


def _chunks_of_value(value: Any, name: str = "") -> Iterator[Chunk]:
    """A chunk out of what it came in: AWS names it by the event, or keeps its bytes in Base64."""
    if type(value) is not dict:
        return
    held = value.get("chunk", value)
    if type(held) is dict and type(held.get("bytes")) is str:
        try:
            value = _json(base64.b64decode(held["bytes"], validate=True))
        except (binascii.Error, ValueError):
            return
        if type(value) is not dict:
            return
    yield {name: value} if name in _CONVERSE_EVENTS and name not in value else value


def _json(text: str | bytes) -> Any:
    try:
        return jsons.decode_any(text)
    except _DECODE_ERRORS:
        return _NO_JSON


# -- from chunks to a body -----------------------------------------------------------------------------------


class _Family(NamedTuple):
    """One provider's chunks."""

    recognises: Callable[[Chunk], bool]  # whether a chunk is of it; one is enough
    assemble: Callable[[list[Chunk]], Chunk]


def _body(chunks: list[Chunk]) -> Chunk | None:
    """The body that chunks make up; None when they are of no family, and no error either."""
    for chunk in chunks:
        for family in _FAMILIES:
            if family.recognises(chunk):
                body = family.assemble(chunks)
                for failed in chunks:
                    if failed.get("error"):
                        body["error"] = failed["error"]
                return body
    return None


def _dict(value: Any) -> Chunk:
    return value if type(value) is dict else {}


def _dicts(value: Any) -> Iterator[Chunk]:
    return (item for item in value if type(item) is dict) if type(value) is list else iter(())


class _Pieces(list[str]):
    """A text that is still coming in."""


# Texts that are not continued: a later chunk repeats them.
_WHOLE = frozenset(("id", "type", "role", "name", "object", "model", "format", "finish_reason", "status", "index"))


def _merge(into: Chunk, delta: Chunk) -> None:
    """Continue `into` by a delta: texts grow, elements of arrays are matched by index, the rest is replaced."""
    for key, value in delta.items():
        if value is None:
            into.setdefault(key, None)
        elif type(value) is str:
            if key in _WHOLE:
                if value or key not in into:
                    into[key] = value
            elif type(into.get(key)) is _Pieces:
                into[key].append(value)
            else:
                into[key] = _Pieces((value,))
        elif type(value) is dict:
            if type(into.get(key)) is not dict:
                into[key] = {}
            _merge(into[key], value)
        elif type(value) is list:
            if type(into.get(key)) is not list:
                into[key] = []
            _merge_list(into[key], value)
        else:
            into[key] = value


def _merge_list(into: list[Any], deltas: list[Any]) -> None:
    for delta in deltas:
        if type(delta) is not dict:
            into.append(delta)
            continue
        found = _continued(into, delta)
        if found is None:
            found = {}
            into.append(found)
        _merge(found, delta)


def _continued(into: list[Any], delta: Chunk) -> Chunk | None:
    """The element that a delta continues: of the same index; without one, the last, unless it has an id of its own."""
    index = delta.get("index")
    if type(index) is int:
        if 0 <= index < len(into) and type(into[index]) is dict and into[index].get("index") == index:
            return into[index]  # type: ignore[no-any-return]
        return next((e for e in reversed(into[-64:]) if type(e) is dict and e.get("index") == index), None)
    last = into[-1] if into else None
    if type(last) is not dict or delta.get("type", last.get("type")) != last.get("type"):
        return None
    has_name = "name" in _dict(delta.get("function"))
    is_new = delta["id"] not in (None, "", last.get("id")) if "id" in delta else has_name
    return None if is_new else last


def _joined(value: Any) -> Any:
    """The same with all texts whole."""
    if type(value) is _Pieces:
        return "".join(value)
    if type(value) is dict:
        return {key: _joined(item) for key, item in value.items()}
    if type(value) is list:
        return [_joined(item) for item in value]
    return value


# -- OpenAI: chat, completions, Responses ---------------------------------------------------------------------


def _is_chat(chunk: Chunk) -> bool:
    return chunk.get("object") == "chat.completion.chunk" or any("delta" in c for c in _dicts(chunk.get("choices")))


def _chat(chunks: Iterable[Chunk]) -> Chunk:
    body: Chunk = {}
    choices: dict[Any, Chunk] = {}
    for chunk in chunks:
        _take(body, chunk, without=("choices", "x_groq"))
        groq = _dict(chunk.get("x_groq")).get("usage")
        if groq and not body.get("usage"):
            body["usage"] = groq
        for sent in _dicts(chunk.get("choices")):
            choice = _of_index(choices, sent.get("index"))
            _take(choice, sent, without=("delta", "message", "logprobs"))
            message = sent.get("delta") or sent.get("message")
            if type(message) is dict:
                _merge(choice.setdefault("message", {}), message)
            if type(sent.get("logprobs")) is dict:
                _merge(choice.setdefault("logprobs", {}), {k: v for k, v in sent["logprobs"].items() if type(v) is list})
    body["object"] = "chat.completion"
    body["choices"] = [_joined(choices[index]) for index in _in_order(choices)]
    return body


def _of_index(found: dict[Any, Chunk], index: Any) -> Chunk:
    return found.setdefault(index if type(index) is int else 0, {"index": index if type(index) is int else 0})


def _in_order(found: dict[Any, Chunk]) -> list[Any]:
    return sorted(found)


def _take(into: Chunk, chunk: Chunk, without: tuple[str, ...]) -> None:
    """Take over what a chunk says outside of its deltas: the last value that is not empty."""
    for key, value in chunk.items():
        if key not in without and (value not in (None, "", {}, []) or key not in into):
            into[key] = value


def _is_completion(chunk: Chunk) -> bool:
    return any(type(c.get("text")) is str for c in _dicts(chunk.get("choices")))


def _completion(chunks: Iterable[Chunk]) -> Chunk:
    body: Chunk = {}
    choices: dict[Any, Chunk] = {}
    for chunk in chunks:
        _take(body, chunk, without=("choices",))
        for sent in _dicts(chunk.get("choices")):
            choice = _of_index(choices, sent.get("index"))
            _take(choice, sent, without=("text",))
            if type(sent.get("text")) is str:
                _merge(choice, {"text": sent["text"]})
    body["choices"] = [_joined(choices[index]) for index in _in_order(choices)]
    return body


def _type_starts(*heads: str) -> Callable[[Chunk], bool]:
    return lambda chunk: type(chunk.get("type")) is str and chunk["type"].startswith(heads)


_LAST_RESPONSES = frozenset(("response.completed", "response.incomplete", "response.failed", "response.cancelled"))
# Events with a piece of text -> where in its item it belongs: the array of parts, the type of a part, its text's key.
_RESPONSE_TEXTS = {
    "response.output_text": ("content", "content_index", "output_text", "text"),
    "response.refusal": ("content", "content_index", "refusal", "refusal"),
    "response.reasoning_text": ("content", "content_index", "reasoning_text", "text"),
    "response.reasoning_summary_text": ("summary", "summary_index", "summary_text", "text"),
}
_RESPONSE_FIELDS = {
    "response.function_call_arguments": "arguments",
    "response.mcp_call_arguments": "arguments",
    "response.custom_tool_call_input": "input",
    "response.code_interpreter_call_code": "code",
}


def _responses(chunks: Iterable[Chunk]) -> Chunk:
    """The last event carries the whole response; of a stream that was cut before it, its items so far."""
    body: Chunk = {}
    items: dict[Any, Chunk] = {}
    done: dict[Any, Chunk] = {}
    for chunk in chunks:
        kind = chunk.get("type")
        if type(chunk.get("response")) is dict:
            if _is_in(kind, _LAST_RESPONSES):
                return dict(chunk["response"])
            _take(body, chunk["response"], without=())
        if type(kind) is not str:
            continue
        index = chunk.get("output_index")
        index = index if type(index) is int else 0
        if kind == "response.output_item.added":
            items[index] = {**_dict(chunk.get("item")), "content": [], "summary": []}
        elif kind == "response.output_item.done":
            done[index] = _dict(chunk.get("item"))
        elif kind.endswith(".delta"):
            _response_delta(items.setdefault(index, {}), kind.removesuffix(".delta"), chunk)
        elif kind == "error":
            body["error"] = {key: chunk[key] for key in ("type", "code", "message", "param") if key in chunk}
    output = [done.get(i) or _response_item(items[i]) for i in sorted({*items, *done})]
    return {**body, "output": output or body.get("output") or []}


def _response_delta(item: Chunk, event: str, chunk: Chunk) -> None:
    delta = chunk.get("delta")
    if type(delta) is not str:
        return
    if event in _RESPONSE_TEXTS:
        parts, index_key, kind, key = _RESPONSE_TEXTS[event]
        if event.startswith("response.reasoning"):
            item.setdefault("type", "reasoning")
        else:
            item.setdefault("type", "message")
        index = chunk.get(index_key)
        part = {"index": index if type(index) is int else 0, "type": kind, key: delta}
        if type(item.get(parts)) is not list:
            item[parts] = []
        _merge_list(item[parts], [part])
    elif event in _RESPONSE_FIELDS:
        key = _RESPONSE_FIELDS[event]
        if type(item.get(key)) is not _Pieces:
            item[key] = _Pieces()
        item[key].append(delta)


def _response_item(item: Chunk) -> Chunk:
    whole: Chunk = _joined(item)
    for key in ("content", "summary"):
        if key in whole:
            whole[key] = [{k: v for k, v in part.items() if k != "index"} for part in _dicts(whole[key])]
            if not whole[key]:
                del whole[key]
    return whole


# -- Anthropic -------------------------------------------------------------------------------------------------

_ANTHROPIC_EVENTS = frozenset(
    ("message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop")
)
# Type of a delta -> the field of the block that it continues.
_ANTHROPIC_DELTAS = {
    "text_delta": ("text", "text"),
    "thinking_delta": ("thinking", "thinking"),
    "signature_delta": ("signature", "signature"),
    "input_json_delta": ("partial_json", "input"),
}


def _anthropic(chunks: Iterable[Chunk]) -> Chunk:
    body: Chunk = {}
    blocks: dict[int, Chunk] = {}
    for chunk in chunks:
        kind = chunk.get("type")
        if kind == "message_start":
            body |= _dict(chunk.get("message"))
        elif kind == "message_delta":
            _take(body, _dict(chunk.get("delta")), without=())
            body["usage"] = _later_usage(_dict(body.get("usage")), _dict(chunk.get("usage")))
            _take(body, chunk, without=("type", "delta", "usage"))
        elif kind == "content_block_start":
            blocks[_index(chunk, blocks)] = _anthropic_start(_dict(chunk.get("content_block")))
        elif kind == "content_block_delta":
            _anthropic_delta(blocks.setdefault(_index(chunk, blocks), {}), _dict(chunk.get("delta")))
        if "amazon-bedrock-invocationMetrics" in chunk:
            body["amazon-bedrock-invocationMetrics"] = chunk["amazon-bedrock-invocationMetrics"]
    body.setdefault("type", "message")
    body.setdefault("role", "assistant")
    body["content"] = [_anthropic_block(blocks[i]) for i in sorted(blocks)] or body.get("content") or []
    return body


def _index(chunk: Chunk, blocks: dict[int, Chunk], key: str = "index") -> int:
    index = chunk.get(key)
    return index if type(index) is int else max(blocks, default=0)


def _anthropic_start(block: Chunk) -> Chunk:
    started = dict(block)
    for key in ("text", "thinking"):
        if type(block.get(key)) is str:
            started[key] = _Pieces((block[key],))
    if type(block.get("citations")) is list:
        started["citations"] = list(block["citations"])
    return started


def _anthropic_delta(block: Chunk, delta: Chunk) -> None:
    kind = delta.get("type")
    if kind == "citations_delta":
        if type(block.get("citations")) is not list:
            block["citations"] = []
        block["citations"].append(delta.get("citation"))
        return
    source, key = _ANTHROPIC_DELTAS.get(kind, ("", "")) if type(kind) is str else ("", "")
    piece = delta.get(source)
    if type(piece) is str:
        block.setdefault("type", {"text": "text", "input": "tool_use"}.get(key, "thinking"))
        if type(block.get(key)) is not _Pieces:
            block[key] = _Pieces()
        block[key].append(piece)


def _anthropic_block(block: Chunk) -> Chunk:
    whole: Chunk = _joined(block)
    if type(block.get("input")) is _Pieces:
        decoded = _json(whole["input"])  # of a stream that was cut: the text so far
        whole["input"] = ({} if not whole["input"] else whole["input"]) if decoded is _NO_JSON else decoded
    return whole


def _later_usage(first: Chunk, later: Chunk) -> Chunk:
    """Counts of `message_delta` are cumulative; some hosts repeat those of the start as 0."""
    usage = dict(first)
    for key, value in later.items():
        before = usage.get(key)
        if value is not None and not (type(value) is int and type(before) is int and before > value):
            usage[key] = value
    return usage


# -- Gemini ----------------------------------------------------------------------------------------------------


def _is_gemini(chunk: Chunk) -> bool:
    return "candidates" in chunk or "usageMetadata" in chunk or "promptFeedback" in chunk


def _gemini(chunks: Iterable[Chunk]) -> Chunk:
    body: Chunk = {}
    candidates: dict[Any, Chunk] = {}
    for chunk in chunks:
        _take(body, chunk, without=("candidates", "usageMetadata"))
        if type(chunk.get("usageMetadata")) is dict:
            body["usageMetadata"] = {**body.get("usageMetadata", {}), **chunk["usageMetadata"]}
        for sent in _dicts(chunk.get("candidates")):
            candidate = _of_index(candidates, sent.get("index"))
            _take(candidate, sent, without=("content",))
            content = _dict(sent.get("content"))
            whole = candidate.setdefault("content", {"parts": []})
            _take(whole, content, without=("parts",))
            for part in _dicts(content.get("parts")):
                _gemini_part(whole["parts"], part)
    body["candidates"] = [_joined(candidates[index]) for index in _in_order(candidates)]
    return body


def _gemini_part(parts: list[Chunk], part: Chunk) -> None:
    """A text continues the last part if that is one too, of thought or of answer alike."""
    if type(part.get("text")) is not str:
        parts.append(part)
        return
    last = parts[-1] if parts else {}
    if type(last.get("text")) is _Pieces and bool(last.get("thought")) == bool(part.get("thought")):
        last["text"].append(part["text"])
        _take(last, part, without=("text",))
    else:
        parts.append({**part, "text": _Pieces((part["text"],))})


# -- Bedrock's ConverseStream ------------------------------------------------------------------------------------

_CONVERSE_EVENTS = frozenset(
    ("messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata")
)
_CONVERSE_MARKS = _CONVERSE_EVENTS - {"metadata"}


def _converse(chunks: Iterable[Chunk]) -> Chunk:
    role: Any = "assistant"
    blocks: dict[int, Chunk] = {}
    body: Chunk = {}
    for chunk in chunks:
        if "messageStart" in chunk:
            role = _dict(chunk["messageStart"]).get("role", role)
        if type(start := chunk.get("contentBlockStart")) is dict:
            _merge(blocks.setdefault(_index(start, blocks, "contentBlockIndex"), {}), _dict(start.get("start")))
        if type(delta := chunk.get("contentBlockDelta")) is dict:
            block = blocks.setdefault(_index(delta, blocks, "contentBlockIndex"), {})
            _converse_delta(block, _dict(delta.get("delta")))
        if type(stop := chunk.get("messageStop")) is dict:
            _take(body, stop, without=())
        if type(metadata := chunk.get("metadata")) is dict:
            _take(body, metadata, without=())
        for name, event in chunk.items():
            if name.endswith("Exception"):
                body["error"] = {"type": name, "message": _dict(event).get("message")}
    content = [_converse_block(blocks[i]) for i in sorted(blocks)]
    return {**body, "output": {"message": {"role": role, "content": content}}}


def _converse_delta(block: Chunk, delta: Chunk) -> None:
    reasoning = delta.get("reasoningContent")
    if type(reasoning) is dict:
        texts = {key: reasoning[key] for key in ("text", "signature") if key in reasoning}
        rest = {key: value for key, value in reasoning.items() if key not in texts}
        delta = {**delta, "reasoningContent": {**rest, **({"reasoningText": texts} if texts else {})}}
    _merge(block, delta)


def _converse_block(block: Chunk) -> Chunk:
    whole: Chunk = _joined(block)
    tool = whole.get("toolUse")
    if type(tool) is dict and type(tool.get("input")) is str:
        decoded = _json(tool["input"])
        whole["toolUse"] = {**tool, "input": ({} if not tool["input"] else tool["input"]) if decoded is _NO_JSON else decoded}
    return whole


# -- Cohere ------------------------------------------------------------------------------------------------------


def _cohere_2(chunks: Iterable[Chunk]) -> Chunk:
    message: Chunk = {}
    contents: dict[int, Chunk] = {}
    calls: dict[int, Chunk] = {}
    citations: list[Any] = []
    body: Chunk = {}
    for chunk in chunks:
        kind, delta = chunk.get("type"), _dict(chunk.get("delta"))
        said = _dict(delta.get("message"))
        if kind == "message-start":
            _take(body, chunk, without=("type", "delta"))
            _take(message, said, without=("content", "tool_calls", "citations", "tool_plan"))
        elif kind in ("content-start", "content-delta"):
            _merge(contents.setdefault(_index(chunk, contents), {}), _dict(said.get("content")))
        elif kind in ("tool-call-start", "tool-call-delta"):
            _merge(calls.setdefault(_index(chunk, calls), {}), _dict(said.get("tool_calls")))
        elif kind == "tool-plan-delta":
            _merge(message, {"tool_plan": said.get("tool_plan")})
        elif kind == "citation-start":
            citations.append(said.get("citations"))
        elif kind == "message-end":
            _take(body, delta, without=())
    message.setdefault("role", "assistant")
    if contents:
        message["content"] = [contents[i] for i in sorted(contents)]
    if calls:
        message["tool_calls"] = [calls[i] for i in sorted(calls)]
    if citations:
        message["citations"] = citations
    return {**body, "message": _joined(message)}


_COHERE_2_EVENTS = frozenset(
    ("message-start", "content-start", "content-delta", "content-end", "tool-plan-delta", "tool-call-start",
     "tool-call-delta", "tool-call-end", "citation-start", "citation-end", "message-end")
)  # fmt: skip


def _cohere_1(chunks: Iterable[Chunk]) -> Chunk:
    body: Chunk = {}
    text = _Pieces()
    for chunk in chunks:
        if type(chunk.get("response")) is dict:
            return {**chunk["response"], "finish_reason": chunk.get("finish_reason")}
        _take(body, chunk, without=("text", "event_type", "is_finished"))
        if type(chunk.get("text")) is str:
            text.append(chunk["text"])
    return {**body, "text": "".join(text)}


# -- bodies with one text that grows: Ollama, transcription, and Llama, Titan, Mistral, older Claude on Bedrock -------


def _is_flat(chunk: Chunk) -> bool:
    return (
        (type(chunk.get("done")) is bool and ("message" in chunk or "response" in chunk))
        or "outputText" in chunk
        or ("generation" in chunk and "stop_reason" in chunk)
        or ("completion" in chunk and "stop_reason" in chunk)
        or type(chunk.get("outputs")) is list
    )  # fmt: skip


_GROWING = ("message", "response", "outputText", "generation", "completion", "outputs")


def _flat(chunks: Iterable[Chunk]) -> Chunk:
    body: Chunk = {}
    for chunk in chunks:
        _take(body, chunk, without=_GROWING)
        outputs = chunk.get("outputs")
        if type(outputs) is list:  # without an index: one answer
            outputs = [{"index": i, **output} for i, output in enumerate(outputs) if type(output) is dict]
        _merge(body, {key: outputs if key == "outputs" else chunk[key] for key in _GROWING if key in chunk})
    whole: Chunk = _joined(body)
    return whole


def _transcript(chunks: Iterable[Chunk]) -> Chunk:
    text, body = _Pieces(), {}
    for chunk in chunks:
        kind = chunk.get("type")
        if kind == "transcript.text.delta" and type(chunk.get("delta")) is str:
            text.append(chunk["delta"])
        elif type(kind) is str and kind.endswith((".done", ".completed")):
            body = {key: value for key, value in chunk.items() if key != "type"}
    return {"text": "".join(text), **body} if text or "text" in body else body


_FAMILIES = (
    _Family(_is_chat, _chat),
    _Family(_is_completion, _completion),
    _Family(_type_starts("response."), _responses),
    _Family(lambda chunk: _is_in(chunk.get("type"), _ANTHROPIC_EVENTS), _anthropic),
    _Family(_is_gemini, _gemini),
    _Family(lambda chunk: not _CONVERSE_MARKS.isdisjoint(chunk), _converse),
    _Family(lambda chunk: _is_in(chunk.get("type"), _COHERE_2_EVENTS), _cohere_2),
    _Family(lambda chunk: type(chunk.get("event_type")) is str and "is_finished" in chunk, _cohere_1),
    _Family(_is_flat, _flat),
    _Family(_type_starts("transcript.text.", "image_generation.", "image_edit.", "speech.audio."), _transcript),
)


def _is_in(value: Any, names: frozenset[str]) -> bool:
    return type(value) is str and value in names
