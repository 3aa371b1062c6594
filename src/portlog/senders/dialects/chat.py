"""Messages in any spelling that instrumentations use, into OpenAI's chat form, the one that bodies of spans have.

Read are: semconv parts, OpenAI chat and Responses, Anthropic blocks, Gemini and Bedrock parts, Vercel's model messages,
LangChain's serialised messages, pydantic-ai. One message may become several: tool results are messages of their own.
What is not recognised is kept as it is. Total: any JSON gives a result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from portlog.schema import jsons
from portlog.schema.values import as_text

Message = dict[str, Any]
Choice = dict[str, Any]

_ROLES = {
    "human": "user", "ai": "assistant", "model": "assistant", "bot": "assistant", "function": "tool",
    "HumanMessage": "user", "AIMessage": "assistant", "SystemMessage": "system", "ToolMessage": "tool",
    "FunctionMessage": "tool", "HumanMessageChunk": "user", "AIMessageChunk": "assistant", "chatbot": "assistant",
    "developer": "developer",
}  # fmt: skip
# What makes an object a message: a role, or one of LangChain's types.
_LANGCHAIN_TYPES = frozenset(("human", "ai", "system", "tool", "function", "chat", "AIMessageChunk", "HumanMessageChunk"))


def role_of(name: Any) -> str:
    """A role in OpenAI's word; others as sent."""
    if not isinstance(name, str) or not name:
        return ""
    return _ROLES.get(name, name)


# -- conversations: what was asked ---------------------------------------------------------------------------


def conversation(value: Any) -> tuple[list[Message], dict[str, Any]] | None:
    """Messages and the other members of a request, of decoded JSON; None when it is no conversation."""
    if isinstance(value, list):
        found = _messages_of_list(value)
        return None if found is None else (found, {})
    if not isinstance(value, dict):
        return None
    if is_message(value):
        return messages(value), {}
    for key in ("messages", "contents", "input"):
        inner = value.get(key)
        asked = _messages_of_list(inner) if isinstance(inner, list) else None
        if asked is None and key == "input" and isinstance(inner, str) and _is_responses_call(value):
            asked = [{"role": "user", "content": inner}]
        if asked is not None:
            rest = {name: member for name, member in value.items() if name not in (key, *_SYSTEM_KEYS)}
            return with_system(_system_of(value), asked), rest
    prompt = value.get("prompt")
    if isinstance(prompt, str | list) and ("system" in value or value.keys() <= {"prompt", "messages", "schema"}):
        inner = _messages_of_list(prompt) if isinstance(prompt, list) else [{"role": "user", "content": prompt}]
        return None if inner is None else (with_system(_system_of(value), inner), {})
    return None


_SYSTEM_KEYS = ("system", "instructions", "systemInstruction", "system_instruction")


def _is_responses_call(value: dict[str, Any]) -> bool:
    return "model" in value or "instructions" in value


def _system_of(value: dict[str, Any]) -> str:
    return next((text for key in _SYSTEM_KEYS if (text := text_of(value.get(key)))), "")


def with_system(system: str, asked: list[Message]) -> list[Message]:
    """The instructions first, unless the messages begin with some already (otel.md 3)."""
    if not system or (asked and asked[0].get("role") in ("system", "developer")):
        return asked
    return [{"role": "system", "content": system}, *asked]


def _messages_of_list(values: list[Any]) -> list[Message] | None:
    """A list of messages, or a batch of such lists; None when something in it is none."""
    if len(values) == 1 and isinstance(values[0], list):
        values = values[0]  # LangChain asks in batches of one
    if not values or not all(isinstance(value, dict) and is_message(value) for value in values):
        return None
    return [message for value in values for message in messages(value)]


def type_of(value: dict[str, Any]) -> str:
    """What an object says that it is; "" where it says nothing that is a word."""
    kind = value.get("type")
    return kind if isinstance(kind, str) else ""


def is_message(value: dict[str, Any]) -> bool:
    """Whether an object is a turn of a conversation, in any spelling."""
    if "role" in value and value.keys() & {"content", "parts", "tool_calls", "contents", "message", "refusal", "tool_call_id"}:
        return True
    if value.get("lc") == 1 and "kwargs" in value:
        return True
    kind = type_of(value)
    if kind in _LANGCHAIN_TYPES and ("content" in value or "data" in value):
        return True
    return kind in _RESPONSES_ITEMS


_RESPONSES_ITEMS = frozenset(("message", "function_call", "function_call_output", "reasoning", "custom_tool_call"))


def messages(value: dict[str, Any]) -> list[Message]:
    """One message in any spelling as the messages that it is in OpenAI's chat form."""
    if value.get("lc") == 1 and isinstance(value.get("kwargs"), dict):
        path = value.get("id")
        name = path[-1] if isinstance(path, list) and path and isinstance(path[-1], str) else ""
        kwargs = value["kwargs"]
        return messages({**kwargs, "role": role_of(name) if name in _ROLES else role_of(kwargs.get("type"))})
    if isinstance(value.get("data"), dict) and type_of(value) in _LANGCHAIN_TYPES:
        return messages({**value["data"], "role": role_of(value["type"])})
    if type_of(value) in _RESPONSES_ITEMS and "role" not in value:
        return [_responses_item(value)]
    role = role_of(value.get("role")) or role_of(value.get("type")) or "user"
    turn = _Turn(role)
    content = next((value[key] for key in ("parts", "content", "contents") if value.get(key) is not None), None)
    turn.take(result_text(content) if role == "tool" and isinstance(content, dict) else content)
    turn.take_calls(_calls_of(value))
    for key in ("name", "refusal"):
        if isinstance(value.get(key), str) and value[key]:
            turn.extra[key] = value[key]
    for key in ("reasoning_content", "reasoning", "thinking"):
        if isinstance(value.get(key), str) and value[key]:
            turn.reasoning.append(value[key])
    answers = next((value[k] for k in ("tool_call_id", "tool_use_id", "id") if value.get(k)), "") if role == "tool" else ""
    if answers:
        turn.extra["tool_call_id"] = as_text(answers)
    return turn.messages()


def _calls_of(value: dict[str, Any]) -> list[Any]:
    """Tool calls beside the content: OpenAI's, else LangChain's own or what it keeps of the provider's."""
    for holder in (value, value.get("additional_kwargs")):
        calls = holder.get("tool_calls") if isinstance(holder, dict) else None
        if isinstance(calls, list) and calls:
            return calls
    call = value.get("function_call")
    return [{"function": call}] if isinstance(call, dict) else []


class _Turn:
    """One message being read: its parts find their places."""

    def __init__(self, role: str) -> None:
        self.role, self.extra = role, dict[str, Any]()
        self.parts: list[Message] = []
        self.calls: list[Message] = []
        self.results: list[Message] = []
        self.reasoning: list[str] = []

    def take(self, content: Any) -> None:
        """A text, a part, or a list of them."""
        if isinstance(content, list):
            for part in content:
                self.take(part)
        elif isinstance(content, str):
            self.parts.append({"type": "text", "text": content})
        elif isinstance(content, dict):
            self._take_part(content)
        elif content is not None:
            self.parts.append({"type": "text", "text": as_text(content)})

    def _take_part(self, part: dict[str, Any]) -> None:
        reader = _PART_READERS.get(type_of(part))
        if reader is None:
            reader = next((read for key, read in _UNTYPED_READERS if key in part), _keep)
        reader(self, part)

    def take_calls(self, calls: list[Any]) -> None:
        """Tool calls that stand beside the content; those that stood in it already are not taken twice."""
        known = {call["id"] for call in self.calls if call["id"]}
        for call in calls:
            if isinstance(call, dict):
                read = tool_call(call)
                if not read["id"] or read["id"] not in known:
                    self.calls.append(read)

    def messages(self) -> list[Message]:
        """Tool results first, each a message of its own, then what else was said."""
        if self.results and not (self.parts or self.calls or self.reasoning):
            return self.results
        message: Message = {"role": self.role, "content": self._content(), **self.extra}
        if self.reasoning:
            message["reasoning_content"] = "\n".join(self.reasoning)
        if self.calls:
            message["tool_calls"] = self.calls
        return [*self.results, message]

    def _content(self) -> Any:
        if not self.parts:
            return None if self.calls or self.reasoning else ""
        if all(part.keys() == {"type", "text"} and part["type"] == "text" for part in self.parts):
            return self.parts[0]["text"] if len(self.parts) == 1 else self.parts
        return self.parts


def tool_call(call: dict[str, Any]) -> Message:
    """One call of a tool, in OpenAI's form; arguments are JSON text there."""
    inner = call.get("function")
    function = inner if isinstance(inner, dict) else call
    name = next((function[k] for k in ("name", "toolName", "tool_name") if isinstance(function.get(k), str)), "")
    arguments = next(
        (function[k] for k in ("arguments", "args", "input", "parameters") if function.get(k) is not None), None
    )
    call_id = next((call[k] for k in ("id", "call_id", "toolCallId", "toolUseId", "tool_call_id") if call.get(k)), "")
    text = arguments if isinstance(arguments, str) else "" if arguments is None else json_text(arguments)
    return {"id": as_text(call_id), "type": "function", "function": {"name": name, "arguments": text}}


def json_text(value: Any) -> str:
    """Minified JSON."""
    return jsons.encode(value).decode()


def _responses_item(item: dict[str, Any]) -> Message:
    """An item of OpenAI's Responses that is no message."""
    kind = item.get("type")
    if kind in ("function_call", "custom_tool_call"):
        return {"role": "assistant", "content": None, "tool_calls": [tool_call({**item, "id": item.get("call_id")})]}
    if kind == "function_call_output":
        return {"role": "tool", "tool_call_id": as_text(item.get("call_id") or ""), "content": result_text(item.get("output"))}
    if kind == "reasoning":
        texts = [text for key in ("summary", "content") if (text := text_of(item.get(key)))]
        return {"role": "assistant", "content": None, **({"reasoning_content": "\n".join(texts)} if texts else {})}
    return {"role": "user", "content": text_of(item.get("content"))}


def result_text(value: Any) -> Any:
    """What a tool gave back, as text; a list of content parts stays one where it holds more than text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(part, dict) and _only_text(part) for part in value):
        return "\n".join(part["text"] for part in value)
    if isinstance(value, dict) and value.get("type") in ("json", "text", "error-text", "error-json") and "value" in value:
        return result_text(value["value"])  # Vercel 5
    return json_text(value)


def _only_text(part: dict[str, Any]) -> bool:
    return isinstance(part.get("text"), str) and part.keys() <= {"type", "text"}


def text_of(value: Any) -> str:
    """All text of a content, joined; "" when there is none."""
    turn = _Turn("user")
    turn.take(value)
    return "\n".join(part["text"] for part in turn.parts if part.get("type") == "text" and isinstance(part.get("text"), str))


# -- parts ---------------------------------------------------------------------------------------------------

Part = dict[str, Any]


def _keep(turn: _Turn, part: Part) -> None:
    turn.parts.append(part)


def _text(turn: _Turn, part: Part) -> None:
    text = next((part[k] for k in ("text", "content") if isinstance(part.get(k), str)), None)
    turn.parts.append({"type": "text", "text": text} if text is not None else part)


def _reasoning(turn: _Turn, part: Part) -> None:
    for key in ("content", "text", "thinking", "reasoning", "summary"):
        value = part.get(key)
        text = value if isinstance(value, str) else text_of(value) if isinstance(value, list) else ""
        if text:
            turn.reasoning.append(text)
            return


def _bedrock_reasoning(turn: _Turn, part: Part) -> None:
    inner = part["reasoningContent"]
    text = inner.get("reasoningText") if isinstance(inner, dict) else inner
    text = text.get("text") if isinstance(text, dict) else text
    if isinstance(text, str) and text:
        turn.reasoning.append(text)


def _refusal(turn: _Turn, part: Part) -> None:
    if isinstance(part.get("refusal"), str):
        turn.extra["refusal"] = part["refusal"]


def _call(turn: _Turn, part: Part) -> None:
    turn.take_calls([part])


def _inner_call(key: str) -> Callable[[_Turn, Part], None]:
    def read(turn: _Turn, part: Part) -> None:
        inner = part[key]
        turn.take_calls([inner] if isinstance(inner, dict) else [])

    return read


def _result(turn: _Turn, part: Part) -> None:
    value = next((part[k] for k in ("response", "result", "output", "content") if part.get(k) is not None), None)
    call_id = next(
        (part[k] for k in ("id", "tool_call_id", "tool_use_id", "toolCallId", "toolUseId", "call_id") if part.get(k)), ""
    )
    message: Message = {"role": "tool", "tool_call_id": as_text(call_id), "content": result_text(value)}
    name = next((part[k] for k in ("name", "toolName") if isinstance(part.get(k), str) and part[k]), "")
    if name:
        message["name"] = name
    turn.results.append(message)


def _bedrock_result(turn: _Turn, part: Part) -> None:
    inner = part["toolResult"]
    if not isinstance(inner, dict):
        return
    content = inner.get("content")
    if isinstance(content, list) and len(content) == 1 and isinstance(content[0], dict) and "json" in content[0]:
        content = content[0]["json"]
    _result(turn, {"id": inner.get("toolUseId"), "content": content})


def _gemini_result(turn: _Turn, part: Part) -> None:
    inner = part.get("functionResponse") or part.get("function_response")
    if isinstance(inner, dict):
        _result(turn, {"id": inner.get("id"), "name": inner.get("name"), "response": inner.get("response")})


def _image(url: Any, **more: Any) -> Part:
    return {"type": "image_url", "image_url": {"url": url, **more}}


def _media(turn: _Turn, part: Part) -> None:
    """Pictures, sound and files of any spelling."""
    media_type = str(next((part[k] for k in _MEDIA_TYPE_KEYS if isinstance(part.get(k), str)), ""))
    modality = str(part.get("modality") or media_type.partition("/")[0] or str(part.get("type")).partition("-")[0])
    source = part.get("source")
    if isinstance(source, dict):  # Anthropic, Bedrock
        media_type = media_type or str(source.get("media_type") or "")
        part = {**source, "format": part.get("format")}
    data = next((part[k] for k in ("data", "content", "image", "bytes", "blob") if isinstance(part.get(k), str)), None)
    url = next((part[k] for k in ("uri", "url", "file_uri", "fileUri") if isinstance(part.get(k), str)), None)
    file_id = part.get("file_id") or part.get("fileId")
    if url is None and data is not None and data.startswith(("http:", "https:", "data:")):
        url, data = data, None
    if data is not None:
        form = str(part.get("format") or media_type.partition("/")[2] or "")
        if modality == "audio":
            turn.parts.append({"type": "input_audio", "input_audio": {"data": data, "format": form}})
            return
        url = f"data:{media_type or f'{modality}/{form}'};base64,{data}"
    if modality == "image" and url is not None:
        turn.parts.append(_image(url))
    elif url is not None or file_id:
        file = {"file_id": file_id, "file_data": url, "filename": part.get("filename") or part.get("name")}
        turn.parts.append({"type": "file", "file": {name: value for name, value in file.items() if value}})
    else:
        turn.parts.append(part)


_MEDIA_TYPE_KEYS = ("mime_type", "mimeType", "media_type", "mediaType")


def _input_image(turn: _Turn, part: Part) -> None:
    url = part.get("image_url")
    if isinstance(url, dict) or part.get("type") == "image_url":
        turn.parts.append(part if isinstance(url, dict) else _image(url))
    elif isinstance(url, str):
        turn.parts.append(_image(url))
    else:
        turn.parts.append({"type": "file", "file": {"file_id": part.get("file_id")}})


def _inline(turn: _Turn, part: Part) -> None:
    inner = next((part[k] for k in ("inlineData", "inline_data", "fileData", "file_data") if k in part), None)
    _media(turn, {"type": "inline", **inner}) if isinstance(inner, dict) else _keep(turn, part)


def _bedrock_media(turn: _Turn, part: Part) -> None:
    kind = next(key for key in ("image", "document", "video", "audio") if key in part)
    inner = part[kind]
    if isinstance(inner, dict):
        _media(turn, {"modality": kind, **inner})
    elif isinstance(inner, str):
        _media(turn, {"modality": kind, "data": inner})
    else:
        _keep(turn, part)


def _nested(turn: _Turn, part: Part) -> None:
    turn.take(part.get("content"))


_PART_READERS: dict[str, Callable[[_Turn, Part], None]] = {
    "text": _text, "input_text": _text, "output_text": _text, "summary_text": _text, "reasoning_text": _text,
    "reasoning": _reasoning, "thinking": _reasoning, "redacted_thinking": _keep, "refusal": _refusal,
    "tool_call": _call, "tool-call": _call, "tool_use": _call, "server_tool_use": _call, "function_call": _call,
    "tool_call_response": _result, "tool-result": _result, "tool_result": _result, "tool-return": _result,
    "function_call_output": _result,
    "blob": _media, "uri": _media, "file": _media, "image": _media, "image-url": _media, "audio-url": _media,
    "video-url": _media, "document-url": _media, "binary": _media, "document": _media, "audio": _media, "video": _media,
    "image_url": _input_image, "input_image": _input_image, "input_audio": _keep, "message": _nested,
}  # fmt: skip

# Of parts without a type: Gemini's and Bedrock's.
_UNTYPED_READERS: tuple[tuple[str, Callable[[_Turn, Part], None]], ...] = (
    ("text", _text),
    ("toolUse", _inner_call("toolUse")),
    ("toolResult", _bedrock_result),
    ("reasoningContent", _bedrock_reasoning),
    ("functionCall", _inner_call("functionCall")),
    ("function_call", _inner_call("function_call")),
    ("functionResponse", _gemini_result),
    ("function_response", _gemini_result),
    ("inlineData", _inline),
    ("inline_data", _inline),
    ("fileData", _inline),
    ("image", _bedrock_media),
    ("document", _bedrock_media),
    ("video", _bedrock_media),
)


# -- choices: what was answered ------------------------------------------------------------------------------


def choices(value: Any) -> list[Choice] | None:
    """The answers in decoded JSON: `{message, finish_reason}` each; None when it holds no answer that is known."""
    if isinstance(value, list):
        return list(_choices_of_list(value)) if value and all(isinstance(v, dict) and is_message(v) for v in value) else None
    if not isinstance(value, dict):
        return None
    for key, read in _ANSWERS:
        if isinstance(value.get(key), list | dict):
            found = list(read(value))
            if found:
                return found
    return list(_choices_of_list([value])) if is_message(value) else None


def choice(message: Message, finish_reason: Any = None) -> Choice:
    """One answer; its finish reason as sent."""
    reason = next((r for r in (finish_reason,) if isinstance(r, str) and r), None)
    return {"message": message, "finish_reason": reason}


def _choices_of_list(values: list[Any]) -> Iterator[Choice]:
    for value in values:
        reason = next((value[k] for k in ("finish_reason", "finishReason", "stop_reason") if value.get(k)), None)
        for message in messages(value):
            yield choice(message, reason)


def _openai(value: dict[str, Any]) -> Iterator[Choice]:
    for each in value["choices"]:
        if not isinstance(each, dict):
            continue
        message = each.get("message") or each.get("delta")
        if not isinstance(message, dict):
            message = {"role": "assistant", "content": each.get("text")}
        for read in messages({"role": "assistant", **message}):
            yield choice(read, each.get("finish_reason"))


def _responses(value: dict[str, Any]) -> Iterator[Choice]:
    """OpenAI's Responses: its items are one answer. Bedrock's Converse has the message under the same key."""
    output = value["output"]
    if isinstance(output, dict):
        if isinstance(output.get("message"), dict):
            for message in messages({"role": "assistant", **output["message"]}):
                yield choice(message, value.get("stopReason"))
        return
    items = [item for item in output if isinstance(item, dict)]
    if not items or not all(type_of(item) in _RESPONSES_ITEMS or is_message(item) for item in items):
        return
    yield choice(joined([message for item in items for message in messages(item)]), value.get("status"))


def joined(turns: list[Message]) -> Message:
    """Several messages of one answer as one."""
    turn = _Turn("assistant")
    for message in turns:
        turn.take(message.get("content") or None)
        turn.take_calls(message.get("tool_calls") or [])
        if message.get("reasoning_content"):
            turn.reasoning.append(message["reasoning_content"])
        if message.get("refusal"):
            turn.extra["refusal"] = message["refusal"]
    return turn.messages()[-1]


def _gemini(value: dict[str, Any]) -> Iterator[Choice]:
    for each in value["candidates"]:
        content = each.get("content") if isinstance(each, dict) else None
        if isinstance(content, dict):
            yield choice(joined(messages({**content, "role": "model"})), each.get("finishReason"))


def _langchain(value: dict[str, Any]) -> Iterator[Choice]:
    groups = value["generations"]
    flat = groups[0] if len(groups) == 1 and isinstance(groups[0], list) else groups
    for each in flat:
        if not isinstance(each, dict):
            continue
        info = each.get("generation_info")
        reason = info.get("finish_reason") if isinstance(info, dict) else None
        message = each.get("message")
        sent = message if isinstance(message, dict) else {"role": "assistant", "content": each.get("text")}
        for read in messages(sent if is_message(sent) else {"role": "assistant", **sent}):
            yield choice(read, reason)


def _anthropic(value: dict[str, Any]) -> Iterator[Choice]:
    if value.get("role") == "assistant" or "stop_reason" in value:
        yield choice(joined(messages({**value, "role": "assistant", "name": None})), value.get("stop_reason"))


def _of_messages(value: dict[str, Any]) -> Iterator[Choice]:
    found = choices(value["messages"]) if isinstance(value["messages"], list) else None
    yield from found[-1:] if found else ()


_ANSWERS: tuple[tuple[str, Callable[[dict[str, Any]], Iterator[Choice]]], ...] = (
    ("choices", _openai),
    ("candidates", _gemini),
    ("generations", _langchain),
    ("output", _responses),
    ("content", _anthropic),
    ("messages", _of_messages),
)


# -- tools ---------------------------------------------------------------------------------------------------


def tool(definition: Any) -> Any:
    """A tool definition in OpenAI's form; what is none, as it is."""
    if not isinstance(definition, dict):
        return definition
    wrapped = definition.get("function") or definition.get("toolSpec")
    inner = wrapped if isinstance(wrapped, dict) else definition
    name = inner.get("name")
    if not isinstance(name, str):
        return definition
    function: dict[str, Any] = {"name": name}
    if isinstance(inner.get("description"), str):
        function["description"] = inner["description"]
    schema = next(
        (inner[k] for k in ("parameters", "inputSchema", "input_schema", "parameters_json_schema") if inner.get(k)), None
    )
    if isinstance(schema, dict) and isinstance(schema.get("json"), dict):
        schema = schema["json"]  # Bedrock
    if schema is not None:
        function["parameters"] = schema
    return {"type": "function", "function": function}
