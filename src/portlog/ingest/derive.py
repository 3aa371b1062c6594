"""What is computed from a log: model, tokens, previews, error, cache status. Pure; never fails, never guesses.

Contract 2.3 (model, tokens) and 11.5 (cache, retries). A number that no field states stays None. The raw
parts stay in the store, so that a later release can derive the past again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portlog.schema import jsons, providers
from portlog.schema.log import Derived, Log

PREVIEW_CHARS_MAX = 200
_UINT32 = 2**32


def derive(log: Log) -> Derived:
    """Compute a log's derived values from its raw parts. Total: any JSON at all gives a result."""
    return derive_from(log, decoded(log.request_body), decoded(log.response_body))


def derive_from(log: Log, request: Any, response: Any) -> Derived:
    """As `derive`, for a caller that has decoded the bodies already."""
    if log.derived is not None:
        return log.derived
    tokens = _tokens(response)
    headers = {name.lower(): value for name, value in log.response_headers.items()}
    return Derived(
        model=_model(log, request, response),
        **tokens,
        stream=_stream(log, request),
        finish_reason=_finish_reason(response),
        cache_status=headers.get("x-portkey-cache-status", ""),
        retry_count=_integer_text(headers.get("x-portkey-retry-attempt-count", "")),
        option_path=headers.get("x-portkey-last-used-option-index", ""),
        preview=shorten(last_input_text(request)),
        response_preview=shorten(output_text(response)),
        error_message=shorten(error_text(response), 500) if is_error(log.status) else "",
    )


def is_error(status: int) -> bool:
    """Contract 9.4: status 400 and above, or 0; what lies outside 100-599 counts too (2.2 row 9)."""
    return not 100 <= status < 400


def decoded(body: bytes) -> Any:
    """The value of a stored body; None when it was not kept."""
    return jsons.decode_any(body) if body else None


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _model(log: Log, request: Any, response: Any) -> str:
    """First non-empty of the order in contract 2.3: answered, asked for, metadata, URL."""
    for place in (_dict(response).get("model"), _dict(response).get("modelVersion"), _dict(request).get("model")):
        if isinstance(place, str) and place:
            return place[:256]
    return (log.metadata_index.get("model") or providers.model_of_url(log.request_url))[:256]


# -- tokens: one model of them, three families of spelling ------------------------------------------------

# Family: fields of the usage object that state input, output, total, cache read, cache write, reasoning.
# A dot steps into an object.
_USAGE = (
    ("prompt_tokens", "completion_tokens", "total_tokens",
     "prompt_tokens_details.cached_tokens", "", "completion_tokens_details.reasoning_tokens"),
    ("input_tokens", "output_tokens", "total_tokens",
     "input_tokens_details.cached_tokens", "", "output_tokens_details.reasoning_tokens"),
    ("promptTokenCount", "candidatesTokenCount", "totalTokenCount",
     "cachedContentTokenCount", "", "thoughtsTokenCount"),
)  # fmt: skip


def _tokens(response: Any) -> dict[str, int | None]:
    usage = _dict(_dict(response).get("usage")) or _dict(_dict(response).get("usageMetadata"))
    values: list[int | None] = [None] * 6
    for family in _USAGE:
        if family[0] in usage or family[1] in usage:
            values = [_count(_at(usage, path)) for path in family]
            break
    asked, answered, total, cache_read, cache_write, reasoning = values
    if "cache_read_input_tokens" in usage or "cache_creation_input_tokens" in usage:
        # Anthropic counts cached input beside input_tokens, others' prompt_tokens include it; our input is all of it.
        cache_read = _count(usage.get("cache_read_input_tokens"))
        cache_write = _count(usage.get("cache_creation_input_tokens"))
        asked = asked if "prompt_tokens" in usage else _sum(asked, cache_read, cache_write)
    if "thoughtsTokenCount" in usage:
        answered = _sum(answered, reasoning)  # Gemini counts thinking beside the candidates
    if asked is not None or answered is not None:
        total = _sum(asked, answered)
    return {
        "input_tokens": asked,
        "output_tokens": answered if answered is not None or asked is None else 0,
        "total_tokens": total,
        "cache_read_tokens": cache_read,
        "cache_write_tokens": cache_write,
        "reasoning_tokens": reasoning,
    }


def _at(part: dict[str, Any], path: str) -> Any:
    value: Any = part
    for step in path.split(".") if path else ():
        value = _dict(value).get(step)
    return value if path else None


def _count(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _UINT32:
        return None
    return int(value)


def _sum(*counts: int | None) -> int | None:
    """The sum of what is known; None when nothing is, or when it is more than a column holds, as no true count is."""
    known = [count for count in counts if count is not None]
    return sum(known) if known and sum(known) < _UINT32 else None


def _integer_text(text: str) -> int | None:
    try:
        number = int(text)
    except ValueError:
        return None
    return number if abs(number) < 2**15 else None


def _stream(log: Log, request: Any) -> bool | None:
    if log.stream is not None:
        return log.stream
    sent = _dict(request).get("stream")
    return sent if isinstance(sent, bool) else None


def _finish_reason(response: Any) -> str:
    body = _dict(response)
    for holder in (*_list(body.get("choices"))[:1], *_list(body.get("candidates"))[:1], body):
        for key in ("finish_reason", "stop_reason", "finishReason"):
            reason = _dict(holder).get(key)
            if isinstance(reason, str) and reason:
                return reason[:64]
    return ""


# -- previews ------------------------------------------------------------------------------------------------


def shorten(text: str, limit: int = PREVIEW_CHARS_MAX) -> str:
    """One line of at most `limit` characters; white space runs become one space."""
    head = " ".join(text[: limit * 4].split())
    return head if len(head) <= limit else head[: limit - 1] + "…"


def last_input_text(request: Any) -> str:
    """The text that asked: the last user message, or the prompt or input; else the last message of all."""
    if isinstance(request, str):
        return request
    body = _dict(request)
    for key in ("messages", "input", "contents"):
        messages = [m for m in _list(body.get(key)) if isinstance(m, dict)]
        for message in reversed(messages):
            if message.get("role") == "user" and (text := content_text(message)):
                return text
        if messages and (text := content_text(messages[-1])):
            return text
    for key in ("prompt", "input", "query", "text", "inputText"):
        if text := content_text(body.get(key)):
            return text
    return ""


def output_text(response: Any) -> str:
    """The text that answered, or the names of the tools that were called."""
    if isinstance(response, str):
        return response
    body = _dict(response)
    for choice in (*_list(body.get("choices")), *_list(body.get("candidates")), *_list(body.get("output"))):
        holder = _dict(choice)
        if text := content_text(holder.get("message") or holder.get("content") or holder.get("text")):
            return text
        if calls := list(_tool_names(_dict(holder.get("message")) or holder)):
            return "[tool] " + ", ".join(calls)
    for key in ("content", "response", "output", "output_text", "completion", "text", "message", "generation"):
        if text := content_text(body.get(key)):
            return text
    return ""


def _tool_names(message: dict[str, Any]) -> Iterator[str]:
    for call in _list(message.get("tool_calls")):
        name = _dict(_dict(call).get("function")).get("name")
        if isinstance(name, str):
            yield name
    if message.get("type") == "function_call" and isinstance(message.get("name"), str):
        yield message["name"]


def content_text(value: Any) -> str:
    """The first text in a message, a content part, a list of them or a plain string; "" if there is none."""
    for _ in range(8):  # as deep as any known form nests text
        if isinstance(value, str):
            return value
        if isinstance(value, list):
            value = next((part for part in value if _holds_text(part)), None)
        elif isinstance(value, dict):
            value = next((value[k] for k in ("text", "content", "parts", "input_text") if value.get(k)), None)
        else:
            return ""
    return ""


def _holds_text(part: Any) -> bool:
    return isinstance(part, str) or (
        isinstance(part, dict) and any(part.get(key) for key in ("text", "content", "parts", "input_text"))
    )


def error_text(response: Any) -> str:
    """What an error answer says: `error.message`, `error`, `message` or `detail`, in any provider's form."""
    body = response
    if isinstance(body, list) and body:
        body = body[0]  # Gemini wraps its error into an array
    if isinstance(body, str):
        return body
    for holder in (_dict(_dict(body).get("error")), _dict(body)):
        for key in ("message", "error", "detail", "error_message", "msg"):
            text = holder.get(key)
            if isinstance(text, str) and text:
                return text
    return jsons.encode(body).decode() if body else ""
