"""A provider that answers with fixed numbers: OpenAI's chat, completions, Responses and embeddings, Anthropic's messages.

It listens on a free port of loopback, on a thread of this process. What it answers depends on the request alone:

- `ERR429` or `ERR500` anywhere in the messages: that status, in the form of an error of the API;
- tools offered and none of their results among the messages: the answer calls the first tool for Paris;
- else the answer is `ANSWER`; with `stream` it comes in pieces, usage last where it was asked for.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

Body = dict[str, Any]

ANSWER = "It is 18°C and sunny in Paris."
TOOL_ARGUMENTS = {"city": "Paris"}
FIRST_TEXT_SECONDS = 0.05  # a stream waits so long before its first text

# What each API says was used. `total` is what it says itself, where it does.
CHAT_USAGE: Body = {
    "prompt_tokens": 120, "completion_tokens": 24, "total_tokens": 144,
    "prompt_tokens_details": {"cached_tokens": 64, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 8, "audio_tokens": 0, "accepted_prediction_tokens": 0,
                                  "rejected_prediction_tokens": 0},
}  # fmt: skip
RESPONSES_USAGE: Body = {
    "input_tokens": 200, "input_tokens_details": {"cached_tokens": 128},
    "output_tokens": 40, "output_tokens_details": {"reasoning_tokens": 16}, "total_tokens": 240,
}  # fmt: skip
EMBEDDING_USAGE: Body = {"prompt_tokens": 9, "total_tokens": 9}
MESSAGES_USAGE: Body = {
    "input_tokens": 77, "cache_read_input_tokens": 50, "cache_creation_input_tokens": 10, "output_tokens": 21,
}  # fmt: skip

# The dated name behind each name that programs ask for.
MODELS = {
    "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
    "gpt-5-mini": "gpt-5-mini-2025-08-07",
    "gpt-3.5-turbo-instruct": "gpt-3.5-turbo-instruct:20230824-v2",
    "claude-sonnet-4-5": "claude-sonnet-4-5-20250929",
}


class Provider:
    """The provider, running until `stop`.

    url   where it listens, without a path
    """

    def __init__(self) -> None:
        config = uvicorn.Config(_app(), host="127.0.0.1", port=0, log_level="error", ws="none", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, name="provider", daemon=True)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the mock provider did not start"
            time.sleep(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        """End it; requests under way are cut off."""
        self._server.should_exit = self._server.force_exit = True
        self._thread.join()


def _app() -> Starlette:
    posts = {
        "/v1/chat/completions": _chat,
        "/v1/completions": _completions,
        "/v1/responses": _responses,
        "/v1/embeddings": _embeddings,
        "/v1/messages": _messages,
    }
    return Starlette(routes=[Route(path, answer, methods=["POST"]) for path, answer in posts.items()])


# -- what they share ---------------------------------------------------------------------------------------


def _model(body: Body) -> str:
    return MODELS.get(body["model"], body["model"])


def _refusal(body: Body) -> Response | None:
    """The error that the request asks for. `x-should-retry` keeps clients from trying again."""
    text, headers = json.dumps(body), {"x-should-retry": "false", "x-request-id": "req_mock"}
    if "ERR429" in text:
        error = {"message": "Rate limit reached for requests", "type": "rate_limit_error", "param": None,
                 "code": "rate_limit_exceeded"}  # fmt: skip
        return JSONResponse({"type": "error", "error": error}, 429, headers)
    if "ERR500" in text:
        error = {"message": "The server had an error", "type": "server_error", "param": None, "code": None}
        return JSONResponse({"type": "error", "error": error}, 500, headers)
    return None


def _wants_tool(body: Body) -> bool:
    """Tools are on offer, and no result of one came back yet."""
    answered = ('"role": "tool"', '"type": "tool_result"', '"type": "function_call_output"')
    said = json.dumps(body.get("messages") or body.get("input"))
    return bool(body.get("tools")) and not any(mark in said for mark in answered)


def _tool_name(body: Body) -> str:
    tool = body["tools"][0]
    return str(tool.get("function", tool)["name"])


def _pieces(text: str) -> list[str]:
    """The words, each with the space before it."""
    first, *words = text.split(" ")
    return [first, *(f" {word}" for word in words)]


def _event(data: Any, name: str = "") -> str:
    text = data if isinstance(data, str) else json.dumps(data)
    return (f"event: {name}\n" if name else "") + f"data: {text}\n\n"


def _stream(events: Iterator[str]) -> Response:
    return StreamingResponse(events, media_type="text/event-stream")


# -- OpenAI ------------------------------------------------------------------------------------------------


async def _chat(request: Request) -> Response:
    body = await request.json()
    if refused := _refusal(body):
        return refused
    if body.get("stream"):
        return _stream(_chat_events(body))
    message, reason = _chat_message(body)
    return JSONResponse({
        **_chat_head(body, "chat.completion"), "usage": CHAT_USAGE, "service_tier": "default",
        "choices": [{"index": 0, "message": {**message, "refusal": None}, "logprobs": None, "finish_reason": reason}],
    })  # fmt: skip


def _chat_head(body: Body, kind: str) -> Body:
    return {"id": f"chatcmpl-{time.time_ns()}", "object": kind, "created": int(time.time()), "model": _model(body),
            "system_fingerprint": "fp_mock"}  # fmt: skip


def _chat_message(body: Body) -> tuple[Body, str]:
    if not _wants_tool(body):
        return {"role": "assistant", "content": ANSWER}, "stop"
    called = {"name": _tool_name(body), "arguments": json.dumps(TOOL_ARGUMENTS)}
    call = {"id": "call_w1", "type": "function", "function": called}
    return {"role": "assistant", "content": None, "tool_calls": [call]}, "tool_calls"


def _chat_events(body: Body) -> Iterator[str]:
    head = _chat_head(body, "chat.completion.chunk")
    wants_usage = (body.get("stream_options") or {}).get("include_usage")
    usage = {"usage": None} if wants_usage else {}

    def chunk(delta: Body, reason: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return _event({**head, "choices": [choice], **usage})

    message, reason = _chat_message(body)
    yield chunk({"role": "assistant", "content": ""})
    time.sleep(FIRST_TEXT_SECONDS)
    if calls := message.get("tool_calls"):
        yield chunk({"tool_calls": [{"index": 0, **calls[0]}]})
    else:
        yield from (chunk({"content": piece}) for piece in _pieces(message["content"]))
    yield chunk({}, reason)
    if wants_usage:
        yield _event({**head, "choices": [], "usage": CHAT_USAGE})
    yield _event("[DONE]")


async def _completions(request: Request) -> Response:
    body = await request.json()
    return _refusal(body) or JSONResponse({
        "id": f"cmpl-{time.time_ns()}", "object": "text_completion", "created": int(time.time()), "model": _model(body),
        "choices": [{"text": ANSWER, "index": 0, "logprobs": None, "finish_reason": "stop"}], "usage": CHAT_USAGE,
    })  # fmt: skip


async def _embeddings(request: Request) -> Response:
    body = await request.json()
    inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
    data = [{"object": "embedding", "index": index, "embedding": [0.25, -0.5, 0.125]} for index, _ in enumerate(inputs)]
    if body.get("encoding_format") == "base64":
        for each in data:
            each["embedding"] = "AACAPgAAAL8AAAA+"  # the same three, as little-endian floats
    return _refusal(body) or JSONResponse(
        {"object": "list", "data": data, "model": _model(body), "usage": EMBEDDING_USAGE}
    )


async def _responses(request: Request) -> Response:
    body = await request.json()
    if refused := _refusal(body):
        return refused
    if _wants_tool(body):
        arguments = json.dumps(TOOL_ARGUMENTS)
        output: list[Body] = [{"type": "function_call", "id": "fc_1", "call_id": "call_w1", "status": "completed",
                               "name": _tool_name(body), "arguments": arguments}]  # fmt: skip
    else:
        text = {"type": "output_text", "text": ANSWER, "annotations": [], "logprobs": []}
        output = [{"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [text]}]
    return JSONResponse({
        "id": f"resp_{time.time_ns()}", "object": "response", "created_at": int(time.time()), "status": "completed",
        "model": _model(body), "output": output, "usage": RESPONSES_USAGE, "error": None, "incomplete_details": None,
        "instructions": body.get("instructions"), "metadata": {}, "parallel_tool_calls": True, "temperature": 1.0,
        "tool_choice": "auto", "tools": body.get("tools", []), "top_p": 1.0,
    })  # fmt: skip


# -- Anthropic ---------------------------------------------------------------------------------------------


async def _messages(request: Request) -> Response:
    body = await request.json()
    if refused := _refusal(body):
        return refused
    if body.get("stream"):
        return _stream(_message_events(body))
    content: list[Body] = [{"type": "text", "text": ANSWER, "citations": None}]
    if _wants_tool(body):
        content = [{"type": "text", "text": "Let me check.", "citations": None},
                   {"type": "tool_use", "id": "toolu_w1", "name": _tool_name(body), "input": TOOL_ARGUMENTS}]  # fmt: skip
    reason = "tool_use" if _wants_tool(body) else "end_turn"
    return JSONResponse({**_message_head(body), "content": content, "stop_reason": reason, "usage": MESSAGES_USAGE})


def _message_head(body: Body) -> Body:
    return {"id": f"msg_{time.time_ns()}", "type": "message", "role": "assistant", "model": _model(body),
            "content": [], "stop_reason": None, "stop_sequence": None, "usage": MESSAGES_USAGE | {"output_tokens": 1}}  # fmt: skip


def _message_events(body: Body) -> Iterator[str]:
    def event(kind: str, **data: Any) -> str:
        return _event({"type": kind, **data}, kind)

    yield event("message_start", message=_message_head(body))
    time.sleep(FIRST_TEXT_SECONDS)
    yield event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    for piece in _pieces(ANSWER):
        yield event("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})
    yield event("content_block_stop", index=0)
    yield event("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None},
                usage={"output_tokens": MESSAGES_USAGE["output_tokens"]})  # fmt: skip
    yield event("message_stop")
