"""Readers of what was said: one for each way in which a dialect spreads messages over attributes and events.

Each takes the facts of a span and the attribute, or start of attributes, that its row of `table` names; None means
that it says nothing, and the next row is asked. What is a conversation comes in OpenAI's chat form (`chat`).
"""

from __future__ import annotations

from typing import Any

from portlog.schema.values import as_text
from portlog.senders.dialects import chat
from portlog.senders.dialects.chat import Choice, Message
from portlog.senders.dialects.facts import Facts, Record, event_name, parsed, sub

# -- input ---------------------------------------------------------------------------------------------------


def semconv_messages(facts: Facts, key: str) -> list[Message] | None:
    """A list of messages with parts, as JSON text on spans, as a structure in log records. Plain text is the user's."""
    value = facts.json(key)
    if isinstance(value, list):
        return [m for item in value for m in (chat.messages(item) if isinstance(item, dict) else _said("user", item))] or None
    return json_messages(facts, key)


def json_messages(facts: Facts, key: str) -> list[Message] | None:
    """A whole request or a list of messages as JSON text, of any provider; None when it is no conversation."""
    value = facts.json(key)
    found = chat.conversation(value) if isinstance(value, dict | list) else None
    if found is not None:
        return found[0]
    return None


def value_messages(facts: Facts, key: str) -> list[Message] | None:
    """As `json_messages`; what is no conversation is what the user said."""
    found = json_messages(facts, key)
    if found is not None:
        return found
    value = facts.get(key)
    return None if value is None else _said("user", value)


def _said(role: str, value: Any) -> list[Message]:
    return [{"role": role, "content": as_text(value)}]


def openinference_messages(facts: Facts, key: str) -> list[Message] | None:
    """`llm.input_messages.N.message.…`; where attributes were dropped, the raw request, if it holds more messages."""
    found = [m for _, fields in facts.indexed(key) for m in _openinference_message(fields, "user")]
    if not found:
        return None
    if facts.span.get("droppedAttributesCount"):
        whole = json_messages(facts, "input.value")
        if whole is not None and len(whole) > len(found):
            return whole
    return found


def _openinference_message(fields: Record, role: str) -> list[Message]:
    fields = {key.removeprefix("message."): value for key, value in fields.items()}
    parts = [_openinference_part(part) for _, part in sub(fields, "contents")]
    calls = [_openinference_call(call) for _, call in sub(fields, "tool_calls")]
    if fields.get("function_call_name"):
        calls.append({"name": fields["function_call_name"], "arguments": fields.get("function_call_arguments_json")})
    message: Message = {"role": fields.get("role") or role, "content": parts or fields.get("content")}
    if calls:
        message["tool_calls"] = calls
    for name in ("name", "tool_call_id"):
        if fields.get(name):
            message[name] = fields[name]
    return chat.messages(message)


def _openinference_call(call: Record) -> Record:
    function = "tool_call.function."
    return {"id": call.get("tool_call.id"), "name": call.get(function + "name"), "arguments": call.get(function + "arguments")}


def _openinference_part(fields: Record) -> Record:
    part = {key.removeprefix("message_content."): value for key, value in fields.items()}
    if part.get("type") == "tool_use":
        return {"type": "tool_use", **_openinference_call(part)}
    for kind, key in (("image", "image.image.url"), ("audio", "audio.audio.url"), ("file", "file.file.url")):
        if key in part:
            return {"type": "uri", "modality": kind, "uri": part[key], "mime_type": part.get(f"{kind}.{kind}.mime_type")}
    return part


def openinference_prompts(facts: Facts, key: str) -> list[Message] | None:
    """Text completions: `llm.prompts.N.prompt.text`."""
    texts = [f.get("prompt.text") for _, f in facts.indexed(key)]
    return [m for text in texts if text for m in _said("user", text)] or None


def legacy_messages(facts: Facts, key: str) -> list[Message] | None:
    """`gen_ai.prompt.N.role`, `.content`, `.tool_calls.M.…`."""
    return [m for _, fields in facts.indexed(key) for m in _legacy_message(fields, "user")] or None


def _legacy_message(fields: Record, role: str) -> list[Message]:
    content = fields.get("content")
    if isinstance(content, str) and content[:2] in ("[{", '{"') and isinstance(inner := parsed(content), list | dict):
        parts = inner if isinstance(inner, list) else [inner]
        if all(isinstance(part, dict) and isinstance(part.get("type"), str) for part in parts):
            content = parts  # text parts and pictures, as JSON text
    calls = [call for _, call in sub(fields, "tool_calls")]
    if fields.get("function_call.name"):
        calls.append({"name": fields["function_call.name"], "arguments": fields.get("function_call.arguments")})
    message: Message = {"role": fields.get("role") or role, "content": content}
    if calls:
        message["tool_calls"] = calls
    for name in ("tool_call_id", "name", "refusal"):
        if fields.get(name):
            message[name] = fields[name]
    if isinstance(fields.get("reasoning_content"), str):
        message["reasoning_content"] = fields["reasoning_content"]
    return chat.messages(message)


_EVENT_ROLES = {
    "gen_ai.system.message": "system", "gen_ai.user.message": "user", "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}  # fmt: skip


def event_messages(facts: Facts, key: str) -> list[Message] | None:
    """Messages as events of the span, or as log records of it: the name tells the role (dialects B and B')."""
    found: list[Message] = []
    for event in facts.events:
        name = event_name(event)
        if name in _EVENT_ROLES:
            said = _event_content(event)
            found += chat.messages({"role": _EVENT_ROLES[name], **said})
        elif name == "gen_ai.content.prompt":
            body = event.get("body")
            value = body if isinstance(body, dict) else _decoded(_attributes(event).get("gen_ai.prompt"))
            asked = chat.conversation(value)
            found += asked[0] if asked is not None else _said("user", value) if value else []
    return found or None


def _attributes(event: Record) -> Record:
    value = event.get("attributes")
    return value if isinstance(value, dict) else {}


def _event_content(event: Record) -> Record:
    """What an event says: a map as body, JSON text of one in an attribute, or attributes that hold JSON text."""
    body, attributes = event.get("body"), _attributes(event)
    if body is None:
        body = attributes.get("gen_ai.event.content")
    body = _decoded(body)
    if isinstance(body, dict):
        return {key: _decoded(value) if key in ("content", "message") else value for key, value in body.items()}
    if body is not None:
        return {"content": body}
    return {key: _decoded(value) if key in ("content", "message") else value for key, value in attributes.items()}


def _decoded(value: Any) -> Any:
    """JSON text of blocks or messages, decoded; any other text stays one, such as a question that reads `42`."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        inner = parsed(value)
        blocks = inner if isinstance(inner, list) else [inner]
        if blocks and all(isinstance(block, dict) and (block.keys() & _BLOCK_KEYS) for block in blocks):
            return inner
    return value


_BLOCK_KEYS = frozenset(
    ("text", "toolUse", "toolResult", "type", "role", "content", "image", "document", "reasoningContent", "parts",
     "messages", "choices", "message")
)  # fmt: skip


# -- output --------------------------------------------------------------------------------------------------


def semconv_choices(facts: Facts, key: str) -> list[Choice] | None:
    """Messages with parts and a finish reason each; None when no part is in them (otel.md 4)."""
    value = facts.json(key)
    if isinstance(value, list):
        turns = [item for item in value if isinstance(item, dict)]
        found = [chat.choice(chat.joined(chat.messages(_answer(turn))), turn.get("finish_reason")) for turn in turns]
        return _said_something(found)
    return value_choices(facts, key)


def _answer(turn: Record) -> Record:
    """An agent's answer may carry its tools' results; they are no part of what it said."""
    parts = turn.get("parts")
    if isinstance(parts, list):
        parts = [p for p in parts if not (isinstance(p, dict) and p.get("type") == "tool_call_response")]
        return {"role": "assistant", **turn, "parts": parts}
    return {"role": "assistant", **turn}


def _said_something(found: list[Choice]) -> list[Choice] | None:
    """None unless an answer holds anything; one that only reasons is the beginning of the next."""
    merged: list[Choice] = []
    for each in found:
        if merged and _only_reasons(merged[-1]["message"]):
            each = chat.choice(chat.joined([merged.pop()["message"], each["message"]]), each["finish_reason"])
        merged.append(each)
    return merged if any(_holds(each["message"]) for each in merged) else None


def _only_reasons(message: Message) -> bool:
    return not message.get("content") and not message.get("tool_calls") and not message.get("refusal")


def _holds(message: Message) -> bool:
    return any(message.get(key) for key in ("content", "tool_calls", "reasoning_content", "refusal"))


def json_choices(facts: Facts, key: str) -> list[Choice] | None:
    """A whole answer as JSON text, of any provider; None when it is none that is known."""
    value = facts.json(key)
    found = chat.choices(value) if isinstance(value, dict | list) else None
    return _said_something(found) if found else None


def value_choices(facts: Facts, key: str) -> list[Choice] | None:
    """As `json_choices`; what is no answer of a provider is what the assistant said."""
    value = facts.json(key)
    found = chat.choices(value) if isinstance(value, dict | list) else None
    if found is not None:
        return _said_something(found)
    value = facts.get(key)
    return None if value is None else [chat.choice({"role": "assistant", "content": as_text(value)})]


def openinference_choices(facts: Facts, key: str) -> list[Choice] | None:
    """`llm.output_messages.N.message.…`: several choices, or the items of one answer where the raw answer is one."""
    found = [m for _, fields in facts.indexed(key) for m in _openinference_message(fields, "assistant")]
    if not found:
        return None
    raw = facts.json("output.value")
    if len(found) > 1 and isinstance(raw, dict) and (isinstance(raw.get("output"), list) or "stop_reason" in raw):
        found = [chat.joined(found)]
    return _said_something([chat.choice(message) for message in found])


def openinference_completions(facts: Facts, key: str) -> list[Choice] | None:
    """Text completions: `llm.choices.N.completion.text`."""
    texts = [f.get("completion.text") for _, f in facts.indexed(key)]
    return [chat.choice({"role": "assistant", "content": text}) for text in texts if isinstance(text, str)] or None


def legacy_choices(facts: Facts, key: str) -> list[Choice] | None:
    """`gen_ai.completion.N.…`."""
    return _said_something(
        [
            chat.choice(message, fields.get("finish_reason"))
            for _, fields in facts.indexed(key)
            for message in _legacy_message(fields, "assistant")
        ]
    )


def vercel_choices(facts: Facts, key: str) -> list[Choice] | None:
    """`ai.response.text`, with tool calls, reasoning and a generated object beside it."""
    text, calls = facts.text(key), facts.json("ai.response.toolCalls")
    made, reasoning = facts.text("ai.response.object"), facts.text("ai.response.reasoning")
    if not (text or calls or made or reasoning):
        return None
    turn: Record = {"role": "assistant", "content": text or made or None}
    if isinstance(calls, list):
        turn["tool_calls"] = calls
    if reasoning:
        turn["reasoning_content"] = reasoning
    return [chat.choice(message) for message in chat.messages(turn)]


def event_choices(facts: Facts, key: str) -> list[Choice] | None:
    """Answers as events: `gen_ai.choice`, each with its index; older ones as `gen_ai.content.completion`."""
    found: list[tuple[int, Choice]] = []
    for event in facts.events:
        name = event_name(event)
        if name == "gen_ai.choice" or (name == "gen_ai.content.completion" and isinstance(event.get("body"), dict)):
            said = _event_content(event)
            found.append((_index(said), _choice_of(said)))
        elif name == "gen_ai.content.completion":
            value = _decoded(_attributes(event).get("gen_ai.completion"))
            answers = chat.choices(value) if isinstance(value, dict | list) else None
            said_ = answers or ([chat.choice({"role": "assistant", "content": as_text(value)})] if value else [])
            found += [(len(found), each) for each in said_]
    found.sort(key=lambda pair: pair[0])
    return _said_something([each for _, each in found])


def _index(said: Record) -> int:
    index = said.get("index")
    return index if isinstance(index, int) else 0


def _choice_of(said: Record) -> Choice:
    message = said.get("message")
    if isinstance(message, dict) and ("content" in message or "tool_calls" in message or "parts" in message or "role" in message):
        turn = {"role": "assistant", **message}
    else:
        turn = {"role": "assistant", "content": message if message is not None else said.get("content")}
    if said.get("tool_calls"):
        turn["tool_calls"] = said["tool_calls"]
    return chat.choice(chat.joined(chat.messages(turn)), said.get("finish_reason"))


# -- input of embeddings -------------------------------------------------------------------------------------


def texts_of_messages(facts: Facts, key: str) -> list[str] | None:
    """OpenLLMetry and OpenLIT send each text as a message."""
    found = semconv_messages(facts, key)
    return [text for m in found if (text := chat.text_of(m.get("content")))] or None if found else None


def texts_of_embeddings(facts: Facts, key: str) -> list[str] | None:
    """`embedding.embeddings.N.embedding.text`."""
    texts = (fields.get("embedding.text") for _, fields in facts.indexed(key))
    return [text for text in texts if isinstance(text, str) and text] or None


def texts_of_values(facts: Facts, key: str) -> list[str] | None:
    """`ai.values`, each a JSON text; `ai.value`, one."""
    value = facts.get(key)
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [as_text(parsed(text) if isinstance(text, str) else text) for text in values] or None


def texts_of_legacy(facts: Facts, key: str) -> list[str] | None:
    """`gen_ai.prompt.N.content`."""
    texts = (fields.get("content") for _, fields in facts.indexed(key))
    return [text for text in texts if isinstance(text, str) and text] or None


def texts_of_json(facts: Facts, key: str) -> list[str] | None:
    """A text, a list of texts, or a request that has one as `input`."""
    value = facts.json(key)
    if isinstance(value, dict):
        value = next((value[k] for k in ("input", "inputs", "texts", "text", "content", "query") if k in value), None)
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and value and all(isinstance(text, str) for text in value):
        return value
    return None


# -- vectors, tools, values ----------------------------------------------------------------------------------


def vectors_of_embeddings(facts: Facts, key: str) -> list[list[float]] | None:
    """`embedding.embeddings.N.embedding.vector`."""
    return _vectors([fields.get("embedding.vector") for _, fields in facts.indexed(key)])


def vectors_of_values(facts: Facts, key: str) -> list[list[float]] | None:
    """`ai.embeddings`, JSON texts; `ai.embedding`, one."""
    value = facts.get(key)
    values = value if isinstance(value, list) else [] if value is None else [value]
    if values and isinstance(values[0], int | float):
        values = [values]
    return _vectors([parsed(v) if isinstance(v, str) else v for v in values])


def vectors_of_json(facts: Facts, key: str) -> list[list[float]] | None:
    """The `data` of an OpenAI answer."""
    data = facts.at(key, "data")
    return _vectors([each.get("embedding") for each in data if isinstance(each, dict)]) if isinstance(data, list) else None


def _vectors(values: list[Any]) -> list[list[float]] | None:
    """Lists of numbers as floats, so that the text of a body leaves them alone."""
    found = []
    for value in values:
        if not isinstance(value, list) or not all(type(number) in (int, float) for number in value):
            return None
        found.append([float(number) for number in value])
    return found or None


def tools_of_json(facts: Facts, key: str) -> list[Any] | None:
    """A list of definitions as JSON text, or a list of JSON texts."""
    return _tools(facts.json(key))


def tools_within(facts: Facts, key: str) -> list[Any] | None:
    """`tools` of a request, or of parameters, as JSON text."""
    return _tools(facts.at(key, "tools"))


def tools_of_openinference(facts: Facts, key: str) -> list[Any] | None:
    """`llm.tools.N.tool.json_schema`."""
    return _tools([f.get("tool.json_schema") or f.get("json_schema") for _, f in facts.indexed(key)])


def tools_of_legacy(facts: Facts, key: str) -> list[Any] | None:
    """`llm.request.functions.N.name`, `.description`, `.parameters`."""
    found = []
    for _, fields in facts.indexed(key):
        schema = fields.get("parameters")
        found.append({**fields, "parameters": parsed(schema) if isinstance(schema, str) else schema})
    return _tools(found)


def _tools(value: Any) -> list[Any] | None:
    if not isinstance(value, list):
        return None
    return [chat.tool(parsed(each) if isinstance(each, str) else each) for each in value if each] or None


def any_value(facts: Facts, key: str) -> Any:
    """JSON where the text is JSON, else the text."""
    return facts.json(key)


def event_value(facts: Facts, key: str) -> Any:
    """What the last event of this name says, of a tool's span."""
    said = [_event_content(event) for event in facts.events if event_name(event) == key]
    if not said:
        return None
    value = next((said[-1][k] for k in ("message", "content", "tool.result") if said[-1].get(k) is not None), None)
    return parsed(value) if isinstance(value, str) else value


def called_with(facts: Facts, key: str) -> Any:
    """The arguments of the call among the messages of a tool's span (Strands)."""
    return _of_part(facts, key, ("tool_call", "tool_use"), ("arguments", "input"))


def answered_with(facts: Facts, key: str) -> Any:
    """The tool's result among the messages of its span (Strands)."""
    return _of_part(facts, key, ("tool_call_response", "tool_result"), ("response", "result", "content"))


def _of_part(facts: Facts, key: str, types: tuple[str, ...], names: tuple[str, ...]) -> Any:
    turns = facts.json(key)
    for turn in turns if isinstance(turns, list) else []:
        parts = turn.get("parts") if isinstance(turn, dict) else None
        for part in parts if isinstance(parts, list) else []:
            if isinstance(part, dict) and part.get("type") in types:
                value = next((part[name] for name in names if part.get(name) is not None), None)
                return parsed(value) if isinstance(value, str) else value
    return None


def documents(facts: Facts, key: str) -> list[Any] | None:
    """`retrieval.documents.N.document.{id,content,score,metadata}`."""
    found = []
    for _, fields in facts.indexed(key):
        names = {name.removeprefix("document."): value for name, value in fields.items()}
        if isinstance(names.get("metadata"), str):
            names["metadata"] = parsed(names["metadata"])
        found.append(names)
    return found or None
