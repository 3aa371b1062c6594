"""Every provider's bodies in the normal form of a conversation (`schema.messages`): one reading for search, dashboard, export.

Total: any JSON gives a result, and what is not recognised in a message becomes a part of type "other".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from portlog.derive.parts import Object, text_of, unpacked
from portlog.derive.streams import opened
from portlog.derive.turns import Turn, answered, asked, parts_of, turn_of
from portlog.schema import values
from portlog.schema.log import HAS
from portlog.schema.messages import Conversation, Message, Part, Tool


def conversation_of(request: Any, response: Any, url: str = "") -> Conversation:
    """What a call said and was told.

    request, response  decoded bodies as logged; a stream is assembled, and pointers go into what it makes up
    url                tells speech, whose answer is the audio itself, from an answer in text
    """
    answer = opened(response)[0]
    output = [_message(turn) for turn in answered(answer)]
    if type(answer) is str and values.path_of(url).endswith("/audio/speech"):
        output = [Message("assistant", [Part("audio", ref="/response")])]
    return Conversation([_message(turn) for turn in asked(request)], output, tools_of(request))


def _message(turn: Turn) -> Message:
    parts = [_with_arguments(part) if part.type == "tool_call" else part for part in parts_of(turn)]
    return Message(turn.role, parts, turn.name, turn.finish_reason)


def _with_arguments(call: Part) -> Part:
    decoded = unpacked(call.arguments)
    return call if decoded is call.arguments else msgspec.structs.replace(call, arguments=decoded)


# -- what lists show, without reading all of it ---------------------------------------------------------------


class Sketch(NamedTuple):
    """What `conversation_of` would say, in short."""

    preview: str  # text that asked: of the last user turn with any, else of the last turn
    response_preview: str  # text that answered, else the names of the tools that were called
    has: list[str]  # of schema.log.HAS, in its order
    tools: list[str]  # names of the tools that were called


_HAS_OF = {
    "tool_call": "tool_calls", "reasoning": "reasoning", "image": "image", "audio": "audio", "file": "file",
    "refusal": "refusal", "embedding": "embedding",
}  # fmt: skip
# A message with no more than these and a text for content holds nothing besides text, but for calls.
_SHORT_KEYS = frozenset(("role", "content", "name", "tool_calls", "tool_call_id", "id"))


def sketch(request: Any, answer: Any) -> Sketch:
    """The same reading as `conversation_of`, of an assembled answer; messages of plain text are passed over."""
    has: set[str] = set()
    if offers_tools(request):
        has.add("tools")
    preview = _asked_in_chat(request, has)
    if preview is None:
        turns = asked(request)
        texts = [(turn.role, _mark(parts_of(turn), has)) for turn in turns]
        preview = next((text for role, text in reversed(texts) if text and role == "user"), "")
        if not preview:
            preview = next((text for turn in reversed(turns) if (text := _any_text(parts_of(turn)))), "")
    said, tools = "", []
    for turn in answered(answer):
        value = turn.pieces[0][0] if len(turn.pieces) == 1 else None
        if type(value) is dict and (text := _plain_text(value)):
            said = said or text
            continue
        parts = parts_of(turn)
        text = _mark(parts, has)
        called = [part.name for part in parts if part.type == "tool_call" and part.name]
        said = said or text or ("[tool] " + ", ".join(called) if called else "")
        tools += called
    return Sketch(preview, said, [name for name in HAS if name in has] if has else [], tools)


def _asked_in_chat(request: Any, has: set[str]) -> str | None:
    """The preview of a request in OpenAI's chat form, the common one; None for the long way round."""
    messages = request.get("messages") if type(request) is dict else None
    if type(messages) is not list or "system" in request:
        return None
    preview = ""
    for message in messages:
        if type(message) is not dict or "role" not in message:
            return None
        content = message.get("content")
        is_short = message.keys() <= _SHORT_KEYS
        if is_short and type(content) is str and content and message["role"] == "user":
            preview = content
        if is_short and (content is None or type(content) is str):
            if message.get("tool_calls"):
                has.add("tool_calls")
        else:
            turn = turn_of(message, "", "user")
            text = _mark(parts_of(turn), has)
            if text and turn.role == "user":
                preview = text
    return preview or None


def _plain_text(message: Object) -> str:
    """The content of a message that holds nothing else."""
    content = message.get("content")
    if type(content) is str and all(not value or key in _PLAIN_KEYS for key, value in message.items()):
        return content
    return ""


_PLAIN_KEYS = _SHORT_KEYS - {"tool_calls"}


def _mark(parts: list[Part], has: set[str]) -> str:
    """Note what parts hold besides text, and give what they say."""
    for part in parts:
        if part.type != "text" and part.type in _HAS_OF:
            has.add(_HAS_OF[part.type])
    return _spoken(parts)


def _spoken(parts: list[Part]) -> str:
    for kinds in (("text",), ("refusal", "audio")):
        for part in parts:
            if part.text and part.type in kinds:
                return part.text
    return ""


def _any_text(parts: list[Part]) -> str:
    return _spoken(parts) or next((part.text for part in parts if part.text), "")


# -- tools -----------------------------------------------------------------------------------------------------


def tools_of(request: Any) -> list[Tool]:
    """The tools that the model was offered."""
    if type(request) is not dict:
        return []
    tools: list[Tool] = []
    for holder in (request, request.get("toolConfig"), request.get("tool_config")):
        for key in ("tools", "functions"):
            offered = holder.get(key) if type(holder) is dict else None
            for tool in offered if type(offered) is list else ():
                tools += _tools(unpacked(tool))
    return tools


def offers_tools(request: Any) -> bool:
    """Whether `tools_of` would name any, without reading them."""
    if type(request) is not dict:
        return False
    config = request.get("toolConfig")
    return any(type(x) is list and bool(x) for x in (request.get("tools"), request.get("functions"))) or (
        type(config) is dict and type(config.get("tools")) is list and bool(config["tools"])
    )


_SCHEMA_KEYS = ("parameters", "input_schema", "inputSchema", "parametersJsonSchema", "parameter_definitions", "json_schema")


def _tools(tool: Any) -> Iterator[Tool]:
    if type(tool) is not dict:
        if type(tool) is str and tool:
            yield Tool(tool)
        return
    for key in ("functionDeclarations", "function_declarations"):
        declared = tool.get(key)
        if type(declared) is list:
            for function in declared:
                yield from _tools(function)
            return
    for key in ("function", "toolSpec", "systemTool", "custom"):
        if type(tool.get(key)) is dict:
            tool = tool[key]
            break
    name = text_of(tool, "name", "type", "server_label")
    if not name:  # Gemini's own: {"googleSearch": {}}
        name = next((key for key, value in tool.items() if type(value) is dict), "")
    if not name:
        return
    schema = next((tool[key] for key in _SCHEMA_KEYS if tool.get(key) is not None), None)
    if type(schema) is dict and set(schema) == {"json"}:  # Bedrock
        schema = schema["json"]
    yield Tool(name, text_of(tool, "description"), unpacked(schema))
