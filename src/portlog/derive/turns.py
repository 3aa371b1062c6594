"""The turns of a conversation: where each provider's bodies keep their messages.

`asked` reads a request, `answered` an answer whose stream is assembled. What a turn says is read by `parts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from portlog.derive.citations import citations_of
from portlog.derive.parts import (
    KNOWN_ROLES,
    Object,
    name_of,
    pictures,
    read_parts,
    role_of,
    text_of,
    unpacked,
)
from portlog.schema.messages import Part

_DEPTH_MAX = 8  # as deep as any known form nests messages in messages


class Turn(NamedTuple):
    """A message before its parts are read: what it is made of, each piece with its JSON pointer."""

    role: str
    pieces: list[tuple[Any, str]]
    name: str = ""
    finish_reason: str = ""


def parts_of(turn: Turn) -> list[Part]:
    """The parts of a turn; arguments of tool calls as they were sent."""
    return [part for value, at in turn.pieces for part in read_parts(value, at, turn.role, 0)]


# -- the turns of a request ----------------------------------------------------------------------------------

# What tells the model how to behave, where it stands beside the messages.
_SYSTEM_KEYS = ("system", "instructions", "systemInstruction", "system_instruction", "preamble", "system_prompt")
_MESSAGE_KEYS = ("messages", "contents")
_TEXT_KEYS = ("prompt", "prompts", "contents", "query", "inputText", "text", "texts", "inputs", "content", "requests",
              "instances", "images", "input_str", "query_str", "question", "documents")  # fmt: skip


def asked(request: Any) -> list[Turn]:
    """The turns of a request body, in order."""
    at = "/request"
    if type(request) is str:
        inner = unpacked(request)
        return [Turn("user", [(request, at)])] if type(inner) is not dict or not (turns := asked(inner)) else turns
    if type(request) is list:
        return _turns(request, at, "user")
    if type(request) is not dict:
        return []
    turns = [Turn("system", [(request[key], f"{at}/{key}")]) for key in _SYSTEM_KEYS if request.get(key)]
    for key in _MESSAGE_KEYS:
        messages = request.get(key)
        if messages and type(messages) in (list, dict):
            found = _turns(messages, f"{at}/{key}", "user")
            # Some senders say it twice (otel.md 3).
            return found if found and found[0].role == "system" else turns + found
    if type(request.get("chat_history")) is list:  # Cohere v1
        turns += _turns(request["chat_history"], f"{at}/chat_history", "user")
    turns += _asked_once(request, at)
    if type(request.get("tool_results")) is list:  # Cohere v1
        turns.append(Turn("tool", list(_several(request["tool_results"], f"{at}/tool_results"))))
    return turns


def _asked_once(request: Object, at: str) -> list[Turn]:
    """The one thing that a request without messages asks."""
    said = request.get("message")
    if said:
        return _turns(said, f"{at}/message", "user")
    said = request.get("input")
    if said:
        inner = unpacked(said)  # a chain's input is JSON text, of messages or of anything
        is_chat = type(inner) is dict and any(type(inner.get(key)) is list for key in _MESSAGE_KEYS)
        return _turns(inner if is_chat else said, f"{at}/input", "user")
    for key in _TEXT_KEYS:
        said = request.get(key)
        if said:
            pieces = pictures(said, f"{at}/{key}") if key == "images" else list(_several(said, f"{at}/{key}"))
            if key == "query" and type(request.get("documents")) is list:  # reranking
                pieces += _several(request["documents"], f"{at}/documents")
            return [Turn("user", pieces)]
    return []


def _several(said: Any, at: str) -> Iterator[tuple[Any, str]]:
    """The pieces of an array; another value is one piece."""
    if type(said) is list and said and type(said[0]) in (str, dict):
        for i, item in enumerate(said):
            yield item, f"{at}/{i}"
    else:
        yield said, at


# Items of the Responses API that stand in a list of messages and belong to a turn.
_ASSISTANT_ITEMS = ("_call", "reasoning", "item_reference", "mcp_list_tools", "mcp_approval_request", "compaction")


def _is_item(value: Object) -> bool:
    kind = value.get("type")
    return type(kind) is str and (kind.endswith(_ASSISTANT_ITEMS) or kind.endswith("_output") or kind == "mcp_approval_response")


def _turns(said: Any, at: str, role: str, depth: int = 0) -> list[Turn]:
    """The turns of a list of messages. What has no role of its own is part of a turn of `role`; items of the Responses
    API that follow each other and are the assistant's are one turn."""
    if type(said) is dict:
        if any(type(said.get(key)) is list for key in _MESSAGE_KEYS) and depth < _DEPTH_MAX:
            key = next(key for key in _MESSAGE_KEYS if type(said.get(key)) is list)
            return _turns(said[key], f"{at}/{key}", role, depth + 1)
        return [turn_of(said, at, role)]
    if type(said) is not list or not said or type(said[0]) not in (str, dict, list):
        return [Turn(role, [(said, at)])]
    if type(said[0]) is list:
        if type(said[0][0] if said[0] else None) is not dict or depth >= _DEPTH_MAX:
            return [Turn(role, [(said, at)])]
        return [turn for i, batch in enumerate(said) for turn in _turns(batch, f"{at}/{i}", role, depth + 1)]
    turns: list[Turn] = []
    open_role = ""  # of the turn that the next piece may join
    for i, item in enumerate(said):
        place = f"{at}/{i}"
        if type(item) is dict and ("role" in item or not _is_piece(item)):
            turn = turn_of(item, place, role)
            joins = "assistant" if item.get("type") == "message" and turn.role == "assistant" else ""
        else:
            own = _item_role(item) if type(item) is dict and _is_item(item) else role
            turn, joins = Turn(own, [(item, place)]), own
        if joins and joins == open_role and joins != "tool":
            turns[-1].pieces.extend(turn.pieces)
            if turn.finish_reason and not turns[-1].finish_reason:
                turns[-1] = turns[-1]._replace(finish_reason=turn.finish_reason)
        else:
            turns.append(turn)
        open_role = joins
    return turns


def _item_role(item: Object) -> str:
    kind = item["type"]
    if kind.endswith("_output"):
        return "tool"
    return "user" if kind == "mcp_approval_response" else "assistant"


def _is_piece(item: Object) -> bool:
    """A piece of a message, not a message: it says its type, or is of a form that has none."""
    kind = item.get("type")
    if type(kind) is str:
        return role_of(kind) not in KNOWN_ROLES and kind != "constructor"
    return not any(key in item for key in ("parts", "message", "content", "kwargs"))


def turn_of(message: Object, at: str, role: str) -> Turn:
    """A message object as a turn."""
    if message.get("type") == "constructor" and type(message.get("kwargs")) is dict:  # LangChain, serialised
        kind = message.get("id")
        inner = message["kwargs"]
        sent = inner.get("role") or (kind[-1] if type(kind) is list and kind else "")
        return Turn(role_of(sent) or role, [(inner, f"{at}/kwargs")], name_of(inner))
    if type(message.get("data")) is dict and "content" in message["data"]:  # LangChain's messages_to_dict
        return Turn(role_of(message.get("type")) or role, [(message["data"], f"{at}/data")], name_of(message["data"]))
    sent = message.get("role")
    if sent is None:
        kind = message.get("type")
        sent = kind if role_of(kind) in KNOWN_ROLES else None
    own = role_of(sent) or role
    name = "" if own == "tool" else name_of(message)
    return Turn(own, [(message, at)], name, _finish(message))


# -- the turns of an answer ----------------------------------------------------------------------------------


def answered(answer: Any) -> list[Turn]:
    """The turns of an answer, a stream assembled: one a choice."""
    return _answered(answer, "/response", 0)


def _answered(answer: Any, at: str, depth: int) -> list[Turn]:
    if type(answer) is str:
        if not answer:
            return []
        inner = unpacked(answer)
        if type(inner) is dict and "error" not in inner and depth < _DEPTH_MAX and (turns := _known(inner, at, depth + 1)):
            return turns
        return [Turn("assistant", [(answer, at)])]
    if type(answer) is list:
        return _turns(answer, at, "assistant") if answer and type(answer[0]) is dict and _is_said(answer[0]) else []
    if type(answer) is not dict:
        return []
    return _known(answer, at, depth) or _plain(answer, at)


def _is_said(item: Object) -> bool:
    return any(key in item for key in ("role", "content", "text", "kwargs", "parts")) and "error" not in item


def _known(answer: Object, at: str, depth: int) -> list[Turn]:
    """The turns of a form that ANSWERS knows."""
    for key, read in _ANSWERS:
        said = answer.get(key)
        if said and (turns := read(answer, said, f"{at}/{key}", depth)):
            return turns
    return []


# Keys under which other programs answer in plain text.
_PLAIN_KEYS = ("content", "response", "output", "output_text", "completion", "text", "message", "generation", "answer", "result")

# A body with a message and no more than these is an error's (AWS, Cohere, Mistral).
_ERROR_KEYS = frozenset(("message", "type", "code", "status", "__type", "object", "param", "id", "request_id", "detail", "name"))


def _plain(answer: Object, at: str) -> list[Turn]:
    if answer.get("error") or answer.keys() <= _ERROR_KEYS:
        return []
    for key in _PLAIN_KEYS:
        said = answer.get(key)
        if said and (type(said) is str or (key != "result" and type(said) in (list, dict))):
            return [turn._replace(finish_reason=_finish(answer)) for turn in _turns(said, f"{at}/{key}", "assistant")]
    return []


def _finish(holder: Object) -> str:
    for key in ("finish_reason", "stop_reason", "finishReason", "stopReason", "completionReason", "done_reason"):
        reason = holder.get(key)
        if type(reason) is dict:  # AI21
            reason = reason.get("reason")
        if type(reason) is str and reason:
            return reason[:64]
    return ""


_FINISH_HOLDERS = ("choices", "candidates", "results", "outputs", "generations", "completions")


def finish_of(answer: Any) -> str:
    """Why the model stopped, of the first choice; "" when nothing says it."""
    if type(answer) is not dict:
        return ""
    for key in _FINISH_HOLDERS:
        held = answer.get(key)
        if type(held) is list and held and type(held[0]) is dict and (reason := _finish(held[0])):
            return reason
    if reason := _finish(answer):
        return reason
    if answer.get("object") == "response":
        why = answer.get("incomplete_details")
        told = (why.get("reason") if type(why) is dict else None) or answer.get("status")
        return told[:64] if type(told) is str else ""
    feedback = answer.get("promptFeedback")
    if type(feedback) is dict and type(feedback.get("blockReason")) is str:
        return str(feedback["blockReason"])[:64]
    raw = answer.get("raw")
    return finish_of(raw) if type(raw) is dict and "raw" not in raw else ""


def _raw(answer: Object, raw: Any, at: str, depth: int) -> list[Turn]:
    """LlamaIndex keeps the provider's own answer beside its reading of it."""
    if type(raw) is not dict or depth >= _DEPTH_MAX:
        return []
    turns = _known(raw, at, depth + 1)
    return turns if any(parts_of(turn) for turn in turns) else []


def _choices(answer: Object, choices: Any, at: str, depth: int) -> list[Turn]:
    turns = []
    for i, choice in enumerate(choices if type(choices) is list else ()):
        if type(choice) is not dict:
            continue
        for key in ("message", "delta", "text"):
            said = choice.get(key)
            if said is not None:
                role = role_of(said.get("role")) if type(said) is dict else ""
                turns.append(Turn(role or "assistant", [(said, f"{at}/{i}/{key}")], "", _finish(choice)))
                break
    if len(turns) == 1:  # Perplexity names its sources beside the choices
        turns[0].pieces.extend((part, at) for part in citations_of(answer))
    return turns


def _candidates(answer: Object, candidates: Any, at: str, depth: int) -> list[Turn]:
    return [
        Turn("assistant", [(candidate["content"], f"{at}/{i}/content"), *((part, at) for part in citations_of(candidate))],
             "", _finish(candidate))
        for i, candidate in enumerate(candidates if type(candidates) is list else ())
        if type(candidate) is dict and type(candidate.get("content")) in (dict, str)
    ]


def _output(answer: Object, output: Any, at: str, depth: int) -> list[Turn]:
    if type(output) is list:  # Responses: all items are one turn
        pieces = [(item, f"{at}/{i}") for i, item in enumerate(output) if type(item) is dict]
        if pieces and all("role" in item or _is_item(item) for item, _ in pieces):
            return [Turn("assistant", pieces, "", finish_of(answer))]
        return []
    if type(output) is dict and type(output.get("message")) is dict:  # Bedrock Converse
        message = output["message"]
        return [Turn(role_of(message.get("role")) or "assistant", [(message, f"{at}/message")], "", _finish(answer))]
    if type(output) is dict and depth < _DEPTH_MAX:  # what a LangChain run gave
        if any(type(output.get(key)) is list for key in _MESSAGE_KEYS):
            return _turns(output, at, "assistant")
        if "content" in output or "kwargs" in output:
            return [turn_of(output, at, "assistant")]
    return []


def _content(answer: Object, content: Any, at: str, depth: int) -> list[Turn]:
    """Anthropic, and a bare message."""
    if type(content) not in (list, str) or answer.get("error"):
        return []
    role = role_of(answer.get("role")) or role_of(answer.get("type"))
    return [Turn(role if role in KNOWN_ROLES else "assistant", [(answer, at.rpartition("/")[0])], "", _finish(answer))]


def _message_of(answer: Object, message: Any, at: str, depth: int) -> list[Turn]:
    """Cohere v2, Ollama, LlamaIndex; a text is an error's more often than an answer."""
    if type(message) is not dict:
        return []
    reason = _finish(answer) or finish_of(answer.get("raw"))
    return [Turn(role_of(message.get("role")) or "assistant", [(message, at)], "", reason)]


def _listed(answer: Object, items: Any, at: str, depth: int) -> list[Turn]:
    """Bodies with a list of texts, one a choice: Titan, Mistral and Cohere on Bedrock, AI21; and lists of results that
    are no text: moderation, reranking."""
    turns = []
    other: list[tuple[Any, str]] = []
    for i, item in enumerate(items if type(items) is list else ()):
        if type(item) is not dict:
            continue
        said: Object = item["data"] if type(item.get("data")) is dict else item
        key = next((key for key in ("outputText", "text", "generated_text") if type(said.get(key)) is str), "")
        if key:
            turns.append(Turn("assistant", [(said[key], f"{at}/{i}/{key}")], "", _finish(item)))
        else:
            ranked = "relevance_score" in item  # what reranking says of a document, not the document
            other.append((Part("other", value=item) if ranked else item, f"{at}/{i}"))
    return turns or ([Turn("assistant", other)] if other else [])


def _data(answer: Object, data: Any, at: str, depth: int) -> list[Turn]:
    """Embeddings and images."""
    if type(data) is not list:
        return []
    pieces = [(item, f"{at}/{i}") for i, item in enumerate(data) if type(item) is dict and _is_datum(item)]
    return [Turn("assistant", pieces)] if pieces else []


def _is_datum(item: Object) -> bool:
    return "embedding" in item or "b64_json" in item or ("url" in item and type(item["url"]) is str)


def _embeddings(answer: Object, found: Any, at: str, depth: int) -> list[Turn]:
    """Vectors without a wrapper: Bedrock, Cohere, Gemini, Ollama, LlamaIndex."""
    pieces: list[tuple[Any, str]] = []
    if type(found) is dict and "values" not in found:  # Cohere, by type of number
        for kind, vectors in found.items():
            pieces += [({"embedding": v}, f"{at}/{kind}/{i}") for i, v in enumerate(vectors if type(vectors) is list else ())]
    elif type(found) is list and found and type(found[0]) in (list, dict, str):
        pieces = [({"embedding": vector}, f"{at}/{i}") for i, vector in enumerate(found)]
    else:
        pieces = [({"embedding": found}, at)]
    return [Turn("assistant", pieces)] if pieces else []


def _predictions(answer: Object, predictions: Any, at: str, depth: int) -> list[Turn]:
    """Vertex AI's `predict`: embeddings, images, texts."""
    pieces: list[tuple[Any, str]] = []
    for i, item in enumerate(predictions if type(predictions) is list else ()):
        if type(item) is dict and "embeddings" in item:
            pieces.append(({"embedding": item["embeddings"]}, f"{at}/{i}/embeddings"))
        elif type(item) in (dict, str):
            pieces.append((item, f"{at}/{i}"))
    return [Turn("assistant", pieces)] if pieces else []


def _images(answer: Object, images: Any, at: str, depth: int) -> list[Turn]:
    """Base64 texts of image models on Bedrock, or URLs."""
    pieces = pictures(images, at)
    return [Turn("assistant", pieces)] if pieces else []


def _cited(answer: Object, citations: Any, at: str, depth: int) -> list[Turn]:
    """Cohere v1: a text, and beside it what it refers to."""
    text, whole = answer.get("text"), at.rpartition("/")[0]
    if type(text) is not str:
        return []
    pieces = [(text, f"{whole}/text"), *((part, at) for part in citations_of(answer))]
    return [Turn("assistant", pieces, "", _finish(answer))]


def _found(answer: Object, found: Any, at: str, depth: int) -> list[Turn]:
    """What a retriever found."""
    pieces: list[tuple[Any, str]] = []
    for i, item in enumerate(found if type(found) is list else ()):
        text = item
        if type(item) is dict:
            inner = next((item[key] for key in ("node", "document") if type(item.get(key)) is dict), item)
            text = text_of(inner, "text", "content", "page_content", "pageContent")
        pieces.append((text, f"{at}/{i}") if text and type(text) is str else (Part("other", value=item), f"{at}/{i}"))
    return [Turn("tool", pieces)] if pieces else []


def _tools_called(answer: Object, calls: Any, at: str, depth: int) -> list[Turn]:
    """Cohere v1: a text and calls on the top level."""
    return [Turn("assistant", [(answer, at.rpartition("/")[0])], "", _finish(answer))]


def _within(answer: Object, inner: Any, at: str, depth: int) -> list[Turn]:
    """An answer in an envelope: events of the Responses API, Cloudflare."""
    return (_known(inner, at, depth + 1) or _plain(inner, at)) if type(inner) is dict and depth < _DEPTH_MAX else []


# Key of an answer -> its reader; the first that gives turns wins.
_ANSWERS: tuple[tuple[str, Callable[[Object, Any, str, int], list[Turn]]], ...] = (
    ("raw", _raw),
    ("choices", _choices),
    ("candidates", _candidates),
    ("content", _content),
    ("output", _output),
    ("message", _message_of),
    ("data", _data),
    ("results", _listed),
    ("outputs", _listed),
    ("generations", _listed),
    ("completions", _listed),
    ("embeddings", _embeddings),
    ("embedding", _embeddings),
    ("embeddingsByType", _embeddings),
    ("predictions", _predictions),
    ("images", _images),
    ("nodes", _found),
    ("citations", _cited),
    ("documents", _found),
    ("artifacts", _data),
    ("tool_calls", _tools_called),
    ("messages", lambda answer, said, at, depth: _turns(said, at, "assistant") if type(said) is list else []),
    ("response", _within),
    ("result", _within),
)
