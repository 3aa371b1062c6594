"""The parts of messages, in every provider's spelling: tables from types and keys of a piece to its reader.

A piece of no known form becomes a part of type "other" with its value. Total: any JSON gives a result.
"""

from __future__ import annotations

import base64
import binascii
import math
import struct
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from portlog.derive.citations import citations_of
from portlog.schema import jsons
from portlog.schema.messages import Part

_DECODE_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError)
_DEPTH_MAX = 8  # as deep as any known form nests parts in parts
_EMBEDDING_NUMBERS_SHOWN = 8

Object = dict[str, Any]
Reader = Callable[[Object, str, str, int], Iterable[Part]]
"""Of a piece, its JSON pointer, the role of its turn, and how deep it is."""

# Senders' words for roles -> ours; others are kept as sent.
_ROLES = {
    "human": "user", "ai": "assistant", "model": "assistant", "chatbot": "assistant", "bot": "assistant",
    "function": "tool", "humanmessage": "user", "humanmessagechunk": "user", "aimessage": "assistant",
    "aimessagechunk": "assistant", "systemmessage": "system", "toolmessage": "tool", "functionmessage": "tool",
    "chatmessage": "user",
}  # fmt: skip
KNOWN_ROLES = frozenset(("system", "developer", "user", "assistant", "tool"))
_ROLE_CHARS_MAX = 64


def role_of(sent: Any) -> str:
    """A role in our words."""
    if type(sent) is not str:
        return ""
    if sent in KNOWN_ROLES:
        return sent
    lower = sent.lower()
    return lower if lower in KNOWN_ROLES else _ROLES.get(lower, sent[:_ROLE_CHARS_MAX])


def unpacked(value: Any) -> Any:
    """The object or array that a text spells as JSON; any other value as it is."""
    if type(value) is not str or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return jsons.decode_any(value)
    except _DECODE_ERRORS:
        return value


def name_of(message: Object) -> str:
    name = message.get("name")
    return name if type(name) is str else ""


def pictures(images: Any, at: str) -> list[tuple[Any, str]]:
    """The pieces of an array of images: objects, URLs, data URLs, or Base64."""
    if type(images) is not list:
        return []
    return [(_bare(image, f"{at}/{i}") if type(image) is str else image, f"{at}/{i}") for i, image in enumerate(images)]


def _bare(image: str, at: str) -> Part:
    if image.startswith(_URLS):
        return Part("image", url=image)
    media_type = image[5:64].partition(";")[0] if image.startswith("data:") else ""
    return Part("image", media_type=media_type, ref=at)


# -- parts -----------------------------------------------------------------------------------------------------


def read_parts(value: Any, at: str, role: str, depth: int) -> Iterable[Part]:
    """The parts of a message, of a content, of a piece of one, or of a text."""
    kind = type(value)
    if kind is str:
        if not value:
            return ()
        return (Part("tool_result", text=value),) if role == "tool" else (Part("text", text=value),)
    if value is None:
        return ()
    if kind is Part:
        return (value,)
    if depth > _DEPTH_MAX or kind not in (list, dict):
        return (Part("other", value=value),)
    if kind is list:
        if value and type(value[0]) in (str, dict):
            return [part for i, item in enumerate(value) for part in read_parts(item, f"{at}/{i}", role, depth + 1)]
        return (Part("other", value=value),) if value else ()
    sort = value.get("type") or value.get("block_type")  # LlamaIndex
    if "role" not in value and type(sort) is str and (read := _reader(sort)) is not None:
        return read(value, at, role, depth)
    if any(key in value for key in _MESSAGE_MARKS):
        return _of_message(value, at, role, depth)
    for key, read in _BY_KEY:
        if value.get(key) is not None:
            return read(value, at, role, depth)
    if "role" in value and not _says_more(value):
        return ()
    return () if "cachePoint" in value or not value else (Part("other", value=value),)


def _reader(sort: str) -> Reader | None:
    read = _BY_TYPE.get(sort)
    if read is None:
        if sort.endswith(("_tool_result", "_output")):
            return _tool_result
        if sort.endswith(("_tool_use", "_call")):
            return _tool_call
    return read


# A message is an object with one of these.
_MESSAGE_MARKS = frozenset(
    ("content", "parts", "blocks", "tool_calls", "function_call", "reasoning_content", "reasoning", "refusal", "tool_plan",
     "tool_results", "message", "content_blocks", "reasoning_details", "toolCalls")
)  # fmt: skip
_BESIDE = frozenset(
    ("role", "name", "id", "type", "tool_call_id", "finish_reason", "stop_reason", "index", "annotations", "logprobs", "metadata")
)  # fmt: skip


def _says_more(message: Object) -> bool:
    return any(value not in (None, "", [], {}) for key, value in message.items() if key not in _BESIDE)


def _of_message(message: Object, at: str, role: str, depth: int) -> list[Part]:
    """The parts of a message object: thinking, then what was said, then calls."""
    parts: list[Part] = []
    role = role_of(message.get("role")) or role
    for key in ("reasoning_content", "reasoning", "thinking"):
        thought = message.get(key)
        if thought and type(thought) is str:
            parts.append(Part("reasoning", text=thought))
            break
    else:
        parts += _reasoning_details(message.get("reasoning_details"))
        blocks = read_parts(message.get("content_blocks"), f"{at}/content_blocks", role, depth + 1)
        parts += [part for part in blocks if part.type == "reasoning"]
        plan = message.get("tool_plan")
        if plan and type(plan) is str:
            parts.append(Part("reasoning", text=plan))
    if role == "tool":
        parts += _of_tool(message, at, depth)
    else:
        for key in ("content", "parts", "blocks", "message", "text"):
            said = message.get(key)
            if said:
                parts += read_parts(said, f"{at}/{key}", role, depth + 1)
                break
        parts += citations_of(message)
    refusal = message.get("refusal")
    if refusal and type(refusal) is str:
        parts.append(Part("refusal", text=refusal))
    for key in ("tool_calls", "toolCalls"):
        calls = message.get(key)
        for i, call in enumerate(calls if type(calls) is list else ()):
            parts += _tool_call(call, f"{at}/{key}/{i}", role, depth) if type(call) is dict else [Part("other", value=call)]
    if type(message.get("function_call")) is dict:
        parts += _tool_call(message["function_call"], f"{at}/function_call", role, depth)
    if type(message.get("audio")) is dict:
        parts += _audio(message["audio"], f"{at}/audio", role, depth)
    if type(message.get("images")) is list:
        for piece, place in pictures(message["images"], f"{at}/images"):
            parts += read_parts(piece, place, role, depth + 1)
    kwargs = message.get("additional_kwargs")
    if type(kwargs) is dict and kwargs and not any(part.type == "tool_call" for part in parts):  # LangChain, LlamaIndex
        more = {key: kwargs[key] for key in ("tool_calls", "function_call", "refusal", "reasoning_content") if kwargs.get(key)}
        if more and depth < _DEPTH_MAX:
            parts += _of_message(more, f"{at}/additional_kwargs", role, depth + 1)
    return parts


def _reasoning_details(details: Any) -> Iterator[Part]:
    """OpenRouter."""
    for detail in details if type(details) is list else ():
        if type(detail) is dict:
            text = detail.get("text") or detail.get("summary")
            yield Part("reasoning", text=text if type(text) is str else "")


def _of_tool(message: Object, at: str, depth: int) -> list[Part]:
    """A tool's answer as a message of its own, or several of them (Cohere v1, Gemini)."""
    results = message.get("tool_results")
    if type(results) is list:
        return [part for i, r in enumerate(results) for part in read_parts(r, f"{at}/tool_results/{i}", "tool", depth + 1)]
    key = next((key for key in ("content", "parts", "blocks") if message.get(key) is not None), "")
    if not key:
        return []
    said = message[key]
    if type(said) is list and any(type(part) is dict and _is_result(part) for part in said):
        return [part for i, piece in enumerate(said) for part in read_parts(piece, f"{at}/{key}/{i}", "tool", depth + 1)]
    text, value = _result(said)
    ids = text_of(message, "tool_call_id", "toolCallId", "id")
    return [Part("tool_result", text=text, value=value, id=ids, name=name_of(message))]


def _is_result(part: Object) -> bool:
    sort = part.get("type")
    return "functionResponse" in part or "function_response" in part or "toolResult" in part or (
        type(sort) is str and _reader(sort) is _tool_result
    )  # fmt: skip


def _result(said: Any) -> tuple[str, Any]:
    """A tool's result: (text, "") of a text or of parts that are all text, else ("", value)."""
    if type(said) is str:
        return said, None
    if type(said) is list and said:
        if len(said) == 1 and type(said[0]) is dict and "json" in said[0]:  # Bedrock
            return "", said[0]["json"]
        texts = [item if type(item) is str else _only_text(item) for item in said]
        if all(text is not None for text in texts):
            return "\n".join(text for text in texts if text), None
    return "", said


def _only_text(item: Any) -> str | None:
    if type(item) is dict and type(item.get("text")) is str and item.get("type", "text") in ("text", "input_text", "output_text"):
        return item["text"]  # type: ignore[no-any-return]
    return None


def text_of(part: Object, *keys: str) -> str:
    """The first of `keys` that holds a text which is not empty."""
    for key in keys:
        value = part.get(key)
        if value and type(value) is str:
            return value
    return ""


def _said(part: Object, at: str, role: str, depth: int) -> list[Part]:
    text = part.get("text")
    if type(text) is dict:  # Assistants: {"value": …}; Bedrock's guardContent: {"text": …}
        text = text_of(text, "value", "text")
    if type(text) is not str:
        text = text_of(part, "content")
    if not text:
        return citations_of(part)
    return [Part("reasoning" if part.get("thought") is True else "text", text=text), *citations_of(part)]


def _cited_text(part: Object, at: str, role: str, depth: int) -> Iterable[Part]:
    """Bedrock's text with its sources beside."""
    held = part["citationsContent"]
    if type(held) is not dict:
        return (Part("other", value=part),)
    return [*read_parts(held.get("content"), f"{at}/citationsContent/content", role, depth + 1), *citations_of(held)]


def _refusal(part: Object, at: str, role: str, depth: int) -> list[Part]:
    return [Part("refusal", text=text_of(part, "refusal", "text", "content"))]


def _reasoning(part: Object, at: str, role: str, depth: int) -> list[Part]:
    """Anthropic's thinking, Responses' reasoning items, Mistral's lists, Bedrock's reasoningContent."""
    texts = []
    for key in ("thinking", "reasoning", "reasoning_content", "summary", "content", "text"):
        said = part.get(key)
        if type(said) is str:
            texts.append(said)
        elif type(said) is list:
            texts += [text for item in said if (text := item if type(item) is str else _only(item))]
    held = part.get("reasoningContent")
    if type(held) is dict:
        inner = held.get("reasoningText")
        texts.append(text_of(inner, "text") if type(inner) is dict else "")
    return [Part("reasoning", text="\n".join(text for text in texts if text))]


def _only(item: Any) -> str:
    return text_of(item, "text") if type(item) is dict else ""


def _tool_call(call: Object, at: str, role: str, depth: int) -> list[Part]:
    """A call in any form: OpenAI, Responses items, Anthropic, Gemini, Converse, Cohere, LangChain, Vercel."""
    for key in ("functionCall", "function_call", "toolUse", "tool_call"):
        if type(call.get(key)) is dict:
            call = call[key]
            break
    function = next((call[key] for key in ("function", "custom") if type(call.get(key)) is dict), call)
    arguments = None
    for key in ("arguments", "input", "args", "parameters", "tool_input", "action", "code", "queries", "tool_kwargs"):
        if (arguments := function.get(key)) is not None:
            break
    name = text_of(function, "name", "toolName", "tool_name")
    kind = call.get("type")
    if not name and type(kind) is str and kind not in ("function", "function_call", "tool_use", "tool_call", "custom"):
        name = kind.removesuffix("_call")
    ids = text_of(call, "call_id", "id", "toolUseId", "toolCallId", "tool_call_id", "tool_id")
    parts = [Part("tool_call", id=ids, name=name, arguments=arguments)]
    if kind == "image_generation_call" and type(call.get("result")) is str and call["result"]:
        parts.append(Part("image", ref=f"{at}/result"))
    return parts


def _tool_result(result: Object, at: str, role: str, depth: int) -> list[Part]:
    """What a tool gave, in any form."""
    for key in ("functionResponse", "function_response", "toolResult"):
        if type(result.get(key)) is dict:
            result = result[key]
            break
    said: Any = None
    for key in ("content", "output", "response", "result", "outputs"):
        if (said := result.get(key)) is not None:
            break
    if type(said) is dict and said.get("type") in ("text", "json") and "value" in said:  # Vercel
        said = said["value"]
    call = result.get("call")  # Cohere v1
    name = text_of(result, "name", "toolName", "tool_name") or (text_of(call, "name") if type(call) is dict else "")
    ids = text_of(result, "tool_use_id", "call_id", "tool_call_id", "toolUseId", "toolCallId", "id")
    text, value = _result(said)
    return [Part("tool_result", id=ids, name=name, text=text, value=value)]


# -- media -----------------------------------------------------------------------------------------------------

_MEDIA_KEYS = (
    "image_url", "video_url", "audio_url", "document_url", "input_audio", "file", "image", "video", "audio",
    "document", "source", "inlineData", "inline_data", "fileData", "file_data", "url", "uri",
    "fileUri", "file_uri", "file_url", "data", "bytes", "b64_json", "base64", "s3Location", "bytesBase64Encoded", "gcsUri",
)  # fmt: skip
_FORMATS = {
    "image": "image", "audio": "audio", "video": "video",
    "document": "application", "file": "application",
}  # fmt: skip


_URLS = ("http://", "https://", "gs://", "s3://")


def _media(kind: str) -> Reader:
    def read(part: Object, at: str, role: str, depth: int) -> list[Part]:
        url, ref, media_type = _source(part, at, 0)
        if not media_type:
            media_type = _media_type(kind, part)
        name = text_of(part, "filename", "file_name", "title", "name") or text_of(_inner(part), "filename", "name", "title")
        ids = text_of(part, "file_id") or text_of(_inner(part), "file_id", "id")
        if kind == "audio":
            ids = ids or text_of(part, "id")
        text = text_of(part, "transcript", "revised_prompt") if kind in ("audio", "image") else ""
        source = part.get("source")
        if kind == "file" and type(source) is dict:  # Anthropic's documents of text
            if source.get("type") == "text":
                text, ref = text_of(source, "data"), ""
            elif source.get("type") == "content":
                text = _result(source.get("content"))[0]
        return [Part(kind, text=text, id=ids, name=name, media_type=media_type, url=url, ref=ref)]

    return read


def _inner(part: Object) -> Object:
    for key in ("file", "input_audio", "document", "image", "video", "audio", "image_url", "source"):
        if type(part.get(key)) is dict:
            return part[key]  # type: ignore[no-any-return]
    return {}


def _source(part: Object, at: str, depth: int) -> tuple[str, str, str]:
    """Where the bytes are: (URL, pointer to inline data, media type); what is not known is ""."""
    media_type = text_of(part, "media_type", "mime_type", "mimeType", "mediaType")
    for key in _MEDIA_KEYS:
        value = part.get(key)
        if type(value) is dict and depth < 4:
            url, ref, inner = _source(value, f"{at}/{key}", depth + 1)
            if url or ref:
                return url, ref, inner or media_type
            media_type = media_type or inner
        elif value and type(value) is str:
            if value.startswith("data:"):
                return "", f"{at}/{key}", value[5:64].partition(";")[0].partition(",")[0] or media_type
            if value.startswith(_URLS):
                return value, "", media_type
            return "", f"{at}/{key}", media_type
    return "", "", media_type


def _media_type(kind: str, part: Object) -> str:
    """Of a format such as "png" that stands beside the data (OpenAI's audio, Bedrock)."""
    form = text_of(part, "format", "output_format") or text_of(_inner(part), "format")
    return f"{_FORMATS[kind]}/{form}" if form and form.isalnum() else ""


_image, _audio, _video, _file = _media("image"), _media("audio"), _media("video"), _media("file")


def _inline(part: Object, at: str, role: str, depth: int) -> Iterable[Part]:
    """Gemini names the kind of media by its type only."""
    _, _, media_type = _source(part, at, 0)
    kind = media_type.partition("/")[0]
    return {"image": _image, "audio": _audio, "video": _video}.get(kind, _file)(part, at, role, depth)


def _embedding(part: Object, at: str, role: str, depth: int) -> list[Part]:
    """Only a vector's length, norm and beginning are copied."""
    vector = part.get("embedding")
    for _ in range(2):
        if type(vector) is dict:
            vector = next((vector[key] for key in ("values", "float", "embedding") if key in vector), None)
    if type(vector) is str:
        vector = _floats(vector)
    if type(vector) is not list:
        return [Part("embedding")]
    value = {"dimensions": len(vector), "norm": _norm(vector), "first": vector[:_EMBEDDING_NUMBERS_SHOWN]}
    return [Part("embedding", value=value)]


def _norm(vector: list[Any]) -> float | None:
    """Euclidean; None when not all are numbers (whole ones can be too large for it)."""
    try:
        return round(math.hypot(*vector), 6)
    except (TypeError, ValueError, OverflowError):
        return None


def _floats(text: str) -> list[float] | None:
    """OpenAI's Base64 of little-endian 32-bit floats; None if it is not that."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    if not data or len(data) % 4:
        return None
    numbers = list(struct.unpack(f"<{len(data) // 4}f", data))
    return numbers if all(math.isfinite(number) for number in numbers) else None


def _content_of(part: Object, at: str, role: str, depth: int) -> Iterable[Part]:
    """A message as an item of a list (Responses)."""
    return _of_message(part, at, role, depth)


def _other(part: Object, at: str, role: str, depth: int) -> list[Part]:
    return [Part("other", value=part)]


def _in_order(*readers: tuple[str, Reader]) -> tuple[tuple[str, Reader], ...]:
    return readers


# `type` of a part (LlamaIndex: `block_type`) -> its reader.
_BY_TYPE: dict[str, Reader] = {
    **dict.fromkeys(("text", "input_text", "output_text", "summary_text"), _said),
    "refusal": _refusal,
    **dict.fromkeys(
        ("thinking", "redacted_thinking", "reasoning", "reasoning_text", "reasoning_content", "redacted-reasoning"), _reasoning
    ),
    **dict.fromkeys(("image_url", "input_image", "image", "output_image"), _image),
    **dict.fromkeys(("input_audio", "audio", "output_audio", "audio_url"), _audio),
    **dict.fromkeys(("video_url", "input_video", "video"), _video),
    **dict.fromkeys(("file", "input_file", "document", "container_upload", "document_url"), _file),
    "media": _inline,
    **dict.fromkeys(
        ("tool_use", "tool_call", "function_call", "tool-call", "function", "custom_tool_call", "custom"), _tool_call
    ),
    **dict.fromkeys(
        ("tool_result", "tool-result", "tool_call_response", "function_response", "function_call_output"), _tool_result
    ),
    "message": _content_of,
    "item_reference": _other,
}

# Forms without a type: the first key that is there -> its reader. Gemini, Bedrock, embeddings, images, others.
_BY_KEY = _in_order(
    ("text", _said),
    ("functionCall", _tool_call),
    ("functionResponse", _tool_result),
    ("function_call", _tool_call),
    ("function_response", _tool_result),
    ("inlineData", _inline),
    ("inline_data", _inline),
    ("fileData", _inline),
    ("file_data", _inline),
    ("toolUse", _tool_call),
    ("toolResult", _tool_result),
    ("reasoningContent", _reasoning),
    ("citationsContent", _cited_text),
    ("embedding", _embedding),
    ("b64_json", _image),
    ("bytesBase64Encoded", _image),
    ("image_url", _image),
    ("image", _image),
    ("document", _file),
    ("video", _video),
    ("audio", _audio),
    ("guardContent", lambda part, at, role, depth: read_parts(part["guardContent"], at, role, depth + 1)),
    ("call", _tool_result),
    ("prompt", lambda part, at, role, depth: read_parts(part["prompt"], f"{at}/prompt", role, depth + 1)),
    ("base64", _image),
    ("url", _image),
)


