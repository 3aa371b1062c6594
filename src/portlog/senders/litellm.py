"""litellm's StandardLoggingPayload, as its generic API callback posts it (contract 3.4). Seconds, dollars, status as text."""

from __future__ import annotations

from typing import Any

import msgspec

from portlog.schema import providers
from portlog.schema.log import Log, Stated
from portlog.schema.secrets import redact_element
from portlog.schema.values import first, number, path_of
from portlog.senders.parts import (
    NAME_KEYS,
    PARENT_KEYS,
    body,
    headers_of,
    items,
    mapping,
    metadata_fields,
    session_of,
    status_of,
    unpacked,
)
from portlog.senders.shapes import Context, Element, Opened, Shape

_CONTENTS = frozenset(("messages", "response", "requester_metadata", "spend_logs_metadata", "model_map_information"))


def _recognises(element: Element) -> bool:
    return "litellm_call_id" in element or ("call_type" in element and "response_cost" in element)


def _open(element: Element, context: Context) -> Opened:
    metadata = _callers_metadata(element)
    return Opened(
        raw=redact_element(element, _CONTENTS),
        created_ms=_ms(element.get("startTime")),
        trace_id=first(element, "trace_id"),
        span_id=first(element, "litellm_call_id", "id"),
        parent_span_id=first(metadata, *PARENT_KEYS),
        span_name=first(metadata, *NAME_KEYS),
        tracked=metadata.get("_debug") is not False,
    )


def _unfold(log: Log, element: Element) -> Log:
    call_type = _call_type(element)
    parameters = mapping(element.get("model_parameters"))
    failed = first(element, "status") == "failure"
    began, ended = _ms(element.get("startTime")), _ms(element.get("endTime"))
    response_ms = _response_ms(element, began, ended)
    url = _url(element, call_type)
    error = mapping(element.get("error_information"))
    metadata = _callers_metadata(element)
    stream = element.get("stream")
    path = f"POST {path_of(url)}" if url else first(element, "call_type")
    return _indexed(msgspec.structs.replace(
        log,
        span_name=log.span_name or path,
        request_url=url,
        request_method="POST",
        provider=_provider(element, error, url) or log.provider or "unknown",
        request_body=body(_request(element, call_type, parameters)),
        status=_status(error, failed=failed),
        response_ms=response_ms,
        response_headers=headers_of(mapping(element.get("hidden_params")), "additional_headers"),
        response_body=body(unpacked(element.get("response"))),
        stream=stream if isinstance(stream, bool) else None,
        kind=_kind(call_type),
        outcome="error" if failed else "success",
        source="litellm",
        stated=_stated(element, error, failed=failed),
        began_ms=began,
        ended_ms=ended if ended is not None else _sum(began, response_ms),
        **metadata_fields(
            log, metadata, user=_user(element, parameters), session=first(element, "session_id") or session_of(metadata)
        ),
    ))  # fmt: skip


def _ms(seconds: Any) -> float | None:
    value = number(seconds)
    return value * 1000 if value is not None else None


def _sum(a: float | None, b: float | None) -> float | None:
    return a + b if a is not None and b is not None else None


def _response_ms(element: Element, began: float | None, ended: float | None) -> float | None:
    """`response_time` of a streamed call is the time to its first token: there the whole time is end less start."""
    whole = max(ended - began, 0.0) if began is not None and ended is not None else None
    stated = _ms(element.get("response_time"))
    if stated is None or stated < 0 or element.get("stream") is True:
        return whole if whole is not None else stated
    return stated


def _status(error: dict[str, Any], *, failed: bool) -> int:
    """200, or `error_code`, which is a text; a failure that names none is a 500 (contract 3.4)."""
    code = status_of(error.get("error_code"))
    if failed:
        return code if code is not None and code >= 400 else 500
    return 200


def _call_type(element: Element) -> str:
    """Without the leading "a" of asynchronous calls."""
    sent = first(element, "call_type")
    return sent if sent in _CALLS else sent.removeprefix("a")


# -- request ---------------------------------------------------------------------------------------------------

# Call types without their leading "a" for asynchronous: kind of the call, and the path below api_base.
_CALLS: dict[str, tuple[str, str]] = {
    "completion": ("llm", "/chat/completions"),
    "text_completion": ("llm", "/completions"),
    "embedding": ("embedding", "/embeddings"),
    "responses": ("llm", "/responses"),
    "anthropic_messages": ("llm", "/messages"),
    "image_generation": ("llm", "/images/generations"),
    "image_edit": ("llm", "/images/edits"),
    "transcription": ("llm", "/audio/transcriptions"),
    "speech": ("llm", "/audio/speech"),
    "moderation": ("llm", "/moderations"),
    "rerank": ("retriever", "/rerank"),
    "search": ("retriever", "/search"),
    "vector_store_search": ("retriever", ""),
    "call_mcp_tool": ("tool", ""),
    "list_mcp_tools": ("span", ""),
}  # fmt: skip


def _kind(call_type: str) -> str:
    return _CALLS.get(call_type, ("llm", ""))[0]


_ENDPOINTS = frozenset(
    ("completions", "messages", "embeddings", "responses", "generations", "edits", "transcriptions", "speech",
     "moderations", "rerank", "converse", "invoke", "chat", "generate", "embed")
)  # fmt: skip


def _url(element: Element, call_type: str) -> str:
    """`api_base` and the path of the call type; some providers' base is the whole URL already."""
    base = (first(element, "api_base") or first(mapping(element.get("hidden_params")), "api_base")).rstrip("/")
    path = _CALLS.get(call_type, ("", ""))[1]
    there = path_of(base).strip("/") if base else ""
    if ":" in there or there.rpartition("/")[2] in _ENDPOINTS:
        return base
    return f"{base}{'' if there or not path else '/v1'}{path}"


def _request(element: Element, call_type: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """{model, messages, **model_parameters}; what was said as one text or a list of texts stands under its API's name."""
    said = unpacked(element.get("messages"))
    name = "messages"
    if isinstance(said, str) or (isinstance(said, list) and said and all(isinstance(text, str) for text in said)):
        name = "prompt" if call_type == "text_completion" else "input"
    request = {"model": element.get("model"), name: said, **parameters}
    return {key: value for key, value in request.items() if value is not None}


def _provider(element: Element, error: dict[str, Any], url: str) -> str:
    named = first(element, "custom_llm_provider") or first(error, "llm_provider")
    return _NAMES.get(named, providers.normal(named)) or providers.of_url(url)


# litellm's names of providers that we call otherwise.
_NAMES = {
    "azure": "azure-openai", "azure_ai": "azure-ai", "azure_text": "azure-openai", "gemini": "google",
    "vertex_ai": "vertex-ai", "vertex_ai_beta": "vertex-ai", "mistral": "mistral-ai", "together_ai": "together-ai",
    "fireworks_ai": "fireworks-ai", "perplexity": "perplexity-ai", "xai": "x-ai", "cohere_chat": "cohere",
    "text-completion-openai": "openai", "custom_openai": "openai", "openai_like": "openai", "nvidia_nim": "nvidia",
    "jina_ai": "jina", "bedrock_converse": "bedrock", "ai21_chat": "ai21", "ollama_chat": "ollama",
}  # fmt: skip


# -- who, and what it is called by -------------------------------------------------------------------------------


def _callers_metadata(element: Element) -> dict[str, Any]:
    """What is not null of about 30 keys, and the caller's own metadata, which lies deeper, on top."""
    metadata = {key: value for key, value in mapping(element.get("metadata")).items() if value is not None}
    for own in _OWN:
        metadata |= {k: v for k, v in mapping(metadata.get(own)).items() if v is not None}
    return metadata


_OWN = ("spend_logs_metadata", "requester_metadata")
_NOT_INDEXED = frozenset((*_OWN, "usage_object"))  # stands elsewhere already


def _indexed(log: Log) -> Log:
    """Filters see what says something: no empty lists, and nothing twice."""
    index = log.metadata_index
    kept = {k: v for k, v in index.items() if k not in _NOT_INDEXED and v not in ("", "[]", "{}")}
    return msgspec.structs.replace(log, metadata_index=kept)


def _user(element: Element, parameters: dict[str, Any]) -> str:
    metadata = mapping(element.get("metadata"))
    return (
        first(element, "end_user")
        or first(parameters, "user")
        or first(metadata, "user_api_key_end_user_id", "user_api_key_user_id")
    )


# -- what it states beside the bodies ----------------------------------------------------------------------------


def _stated(element: Element, error: dict[str, Any], *, failed: bool) -> dict[str, Stated]:
    stated: dict[str, Stated] = {}

    def state(name: str, value: Any, place: str) -> None:
        if value is not None and value != "" and value != []:
            stated[name] = Stated(value, place)

    state("model_requested", first(element, "model"), "model")
    answer = mapping(element.get("response"))
    state("response_id", first(answer, "id") or ("" if failed else _providers_id(element)), "response.id")
    _state_tokens(element, state)
    state("cost_usd", _cost_usd(element, failed=failed), "response_cost")
    began, first_ms = _ms(element.get("startTime")), _ms(element.get("completionStartTime"))
    if not failed and began is not None and first_ms is not None and first_ms >= began:
        state("first_token_ms", first_ms - began, "completionStartTime")
    tags = [tag for tag in items(element.get("request_tags")) if isinstance(tag, str)]
    state("tags", tags, "request_tags")
    if element.get("cache_hit") is True:
        state("cache_status", "HIT", "cache_hit")
    if failed:
        state("error_type", first(error, "error_class"), "error_information.error_class")
        for part, key in ((error, "error_message"), (element, "error_str")):
            if message := first(part, key):
                state("error_message", message, f"error_information.{key}" if part is error else key)
                break
    return stated


def _providers_id(element: Element) -> str:
    """`id` is the answer's; where the answer had none, litellm puts its own call id there."""
    sent = first(element, "id")
    return "" if sent == first(element, "litellm_call_id") else sent


def _state_tokens(element: Element, state: Any) -> None:
    """Zero of both is what stands there when nothing was counted."""
    usage = mapping(mapping(element.get("metadata")).get("usage_object"))
    counts = [number(element.get(key)) for key in ("prompt_tokens", "completion_tokens")]
    if any(counts):
        for name, key, count in zip(
            ("input_tokens", "output_tokens"), ("prompt_tokens", "completion_tokens"), counts, strict=True
        ):
            if count is not None and count >= 0:
                state(name, int(count), key)
    for name, part, keys in (
        ("cache_read_tokens", "prompt_tokens_details", ("cached_tokens",)),
        ("cache_read_tokens", "", ("cache_read_input_tokens",)),
        ("cache_write_tokens", "", ("cache_creation_input_tokens",)),
        ("reasoning_tokens", "completion_tokens_details", ("reasoning_tokens",)),
    ):
        for key in keys:
            count = number((mapping(usage.get(part)) if part else usage).get(key))
            if count is not None and count >= 0:
                place = ".".join(filter(None, ("metadata.usage_object", part, key)))
                state(name, int(count), place)


def _cost_usd(element: Element, *, failed: bool) -> float | None:
    """Dollars. 0 is also what stands there for a price that litellm does not know: it is believed only of what is free."""
    cost = number(element.get("response_cost"))
    if cost is None or cost < 0 or (failed and cost == 0):
        return None
    if cost == 0 and element.get("cache_hit") is not True and not _is_free(element):
        return None
    return cost


def _is_free(element: Element) -> bool:
    prices = mapping(mapping(element.get("model_map_information")).get("model_map_value"))
    return all(number(prices.get(f"{part}_cost_per_token")) == 0 for part in ("input", "output"))


LITELLM = Shape("litellm", "payload of litellm", _recognises, _open, _unfold)
