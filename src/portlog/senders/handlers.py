"""Span elements of the LangChain and LlamaIndex callback handlers in Portkey's Python SDK (contract 3.1).

One array per finished run, children before parents. Model calls have bodies; chains, tools, retrievals and
templates have none: there the rest of `request` and `response` is the body.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from portlog.schema import providers
from portlog.schema.log import CALL_KINDS, Log, Stated
from portlog.schema.secrets import redact_element
from portlog.schema.values import first, number, parse_time_ms
from portlog.senders.parts import (
    TRACE_KEYS,
    body,
    headers_of,
    items,
    mapping,
    metadata_fields,
    milliseconds,
    rest_of,
    status_of,
    unpacked,
)
from portlog.senders.shapes import Context, Element, Opened, Shape

_CONTENTS = frozenset(("body", "metadata", "input", "input_str", "inputs", "output", "prompts", "nodes", "messages"))
_REQUEST_KEYS = frozenset(("method", "url", "provider", "headers", "body"))
_RESPONSE_KEYS = frozenset(("status", "headers", "body", "response_time", "time", "streamingMode"))

# LlamaIndex's event types and LangChain's run types.
_KINDS = {
    "llm": "llm", "chat_model": "llm", "embedding": "embedding",
    "retrieve": "retriever", "retriever": "retriever", "reranking": "retriever",
    "function_call": "tool", "tool": "tool",
    "agent": "agent", "agent_step": "agent",
    "chain": "chain", "query": "chain", "templating": "chain", "sub_question": "chain", "synthesize": "chain",
    "tree": "chain", "chunking": "chain", "node_parsing": "chain", "prompt": "chain", "parser": "chain",
    "exception": "span",
}  # fmt: skip


def _recognises(element: Element) -> bool:
    return "span_id" in element and ("request" in element or "response" in element)


def _open(element: Element, context: Context) -> Opened:
    metadata = mapping(element.get("metadata"))
    return Opened(
        raw=redact_element(element, _CONTENTS),
        created_ms=_began_ms(element),
        trace_id=first(element, "trace_id") or first(metadata, *TRACE_KEYS),
        span_id=first(element, "span_id"),
        parent_span_id=first(element, "parent_span_id"),
        span_name=first(element, "span_name"),
        tracked=metadata.get("_debug") is not False,
    )


def _unfold(log: Log, element: Element) -> Log:
    sent_request, sent_response = unpacked(element.get("request")), unpacked(element.get("response"))
    request, response = mapping(sent_request), mapping(sent_response)
    metadata = mapping(element.get("metadata"))
    about = mapping(unpacked(metadata.get("source_metadata")))
    kind = _kind(element, about, request)
    request_body = _body(sent_request, request, _REQUEST_KEYS)
    response_body = _body(sent_response, response, _RESPONSE_KEYS)
    url = first(request, "url")
    status = status_of(response.get("status"))
    if status is None and kind in CALL_KINDS:
        status = 200  # LangChain names none, and posts what succeeded (contract 2.2 row 9)
    began_ms = _began_ms(element)
    response_ms = milliseconds(
        response.get("response_time"), response.get("time"), mapping(response_body).get("response_time")
    )
    stream = response.get("streamingMode")
    return msgspec.structs.replace(
        log,
        request_url=url,
        request_method=first(request, "method").upper(),
        provider=_provider(request, url) or log.provider or ("unknown" if kind in CALL_KINDS else ""),
        request_headers=headers_of(request),
        request_body=body(request_body),
        status=status,
        response_ms=response_ms,
        response_headers=headers_of(response),
        response_body=body(response_body),
        stream=stream if isinstance(stream, bool) else None,
        kind=kind,
        outcome="error" if status is not None and not 100 <= status < 400 else "success",
        source=first(metadata, "_source"),
        stated=_stated(kind, log, about, request, request_body, response_body),
        began_ms=began_ms,
        ended_ms=began_ms + response_ms if began_ms is not None and response_ms is not None else None,
        **metadata_fields(log, metadata, user=first(mapping(request_body), "user")),
    )


def _began_ms(element: Element) -> float | None:
    """The handlers name `start_time`; who posts a log with a span's id by hand names `created_at`, as in a plain log."""
    began_s = number(element.get("start_time"))
    if began_s is not None:
        return began_s * 1000
    created = element.get("created_at")
    return parse_time_ms(created) if isinstance(created, str) else None


def _body(sent: Any, part: dict[str, Any], known: frozenset[str]) -> Any:
    """`body`, else what is left beside the transport's names; a part that is no object is the body itself."""
    if not isinstance(sent, dict):
        return sent
    return part["body"] if "body" in part else rest_of(part, known)


def _kind(element: Element, about: dict[str, Any], request: dict[str, Any]) -> str:
    """As the sender names it; else as the request's form shows."""
    for named in (element.get("event_type"), about.get("type"), mapping(element.get("metadata")).get("type")):
        if isinstance(named, str) and named.lower() in _KINDS:
            return _KINDS[named.lower()]
    url = first(request, "url")
    if url.rstrip("/").endswith("embeddings"):
        return "embedding"
    if url or "body" in request or "prompts" in request or "invocation_params" in request:
        return "llm"
    if "input_str" in request or "function_call" in request:
        return "tool"
    return "chain" if request else "span"


# -- provider --------------------------------------------------------------------------------------------------

_CLASS_NAME = re.compile(r"(?:_?class)?_?(?:llm|embeddings?|chat_?model|multimodal)$|^chat_?", re.I)
_NO_PROVIDER = frozenset(("", "custom", "base", "basecomponent", "mock", "langchain", "default"))
# Libraries' names for those that offer models, squeezed; the rest is found by squeezing our own names.
_SQUEEZED = {
    "azureopenai": "azure-openai", "azure": "azure-openai", "googlegenai": "google", "googlegenerativeai": "google",
    "gemini": "google", "googlepalm": "google", "vertexai": "vertex-ai", "vertex": "vertex-ai",
    "bedrockconverse": "bedrock", "huggingfacehub": "huggingface", "huggingfaceinferenceapi": "huggingface",
    "voyageai": "voyage", "jinaai": "jina",
} | {re.sub(r"[^a-z0-9]", "", name): name for _, name in providers.HOSTS}  # fmt: skip


def _provider(request: dict[str, Any], url: str) -> str:
    """`provider` may be a class's name (`openai_llm`, `OpenAIEmbedding`); else the class that was serialised, else the host."""
    sent = first(request, "provider")
    if sent:
        return _of_class(sent) or providers.of_url(url)
    named = first({k.lower(): v for k, v in mapping(request.get("headers")).items()}, "provider", "x-portkey-provider")
    path = items(mapping(request.get("serialized")).get("id"))  # ["langchain", "llms", "openai", "OpenAI"]
    if not named and len(path) > 2 and path[1] in ("llms", "chat_models", "embeddings") and isinstance(path[2], str):
        named = path[2]
    return _of_class(named) or providers.of_url(url)


def _of_class(name: str) -> str:
    known = providers.normal(name)
    if known != name:
        return known
    bare = _CLASS_NAME.sub("", _CLASS_NAME.sub("", name))
    squeezed = re.sub(r"[^a-z0-9]", "", bare.lower())
    if squeezed in _NO_PROVIDER:
        return ""
    return _SQUEEZED.get(squeezed) or (name if bare == name else bare.strip("_-").lower())


# -- what the handlers state beside the bodies -------------------------------------------------------------------


def _stated(
    kind: str, log: Log, about: dict[str, Any], request: dict[str, Any], request_body: Any, response_body: Any
) -> dict[str, Stated]:
    stated: dict[str, Stated] = {}
    tags = [tag for tag in items(about.get("tags")) if isinstance(tag, str)]
    if tags:
        stated["tags"] = Stated(tags, "metadata.source_metadata.tags")
    if kind == "tool":
        name, place = _tool_name(log, request)
        if name:
            stated["tools"] = Stated([name], place)
    if kind == "llm":
        stated |= _of_raw(mapping(response_body))
        stated |= _of_legacy(request)
    if kind == "embedding":
        stated |= _of_embedding(mapping(response_body))
    if kind not in CALL_KINDS:
        stated |= _previews(request_body, response_body)
    return stated


def _tool_name(log: Log, request: dict[str, Any]) -> tuple[str, str]:
    for part in ("serialized", "tool"):
        name = first(mapping(request.get(part)), "name")
        if name:
            return name, f"request.{part}.name"
    return (log.span_name, "span_name") if log.span_name not in ("tool", "function_call") else ("", "")


def _of_raw(response: dict[str, Any]) -> dict[str, Stated]:
    """LlamaIndex keeps the provider's answer in `raw`; its own `usage` beside it is an estimate, its `id` the span's."""
    raw = mapping(response.get("raw"))
    usage = mapping(raw.get("usage"))
    found = {"model": raw.get("model"), "response_id": raw.get("id")}
    stated = {
        name: Stated(value, f"response.body.raw.{key}")
        for (name, value), key in zip(found.items(), ("model", "id"), strict=True)
        if isinstance(value, str) and value
    }
    for name, keys in (("input_tokens", ("prompt_tokens", "input_tokens")),
                       ("output_tokens", ("completion_tokens", "output_tokens"))):  # fmt: skip
        for key in keys:
            if name not in stated and (count := _count(usage.get(key))) is not None:
                stated[name] = Stated(count, f"response.body.raw.usage.{key}")
    return stated


def _of_legacy(request: dict[str, Any]) -> dict[str, Stated]:
    """A completion model of LangChain: {serialized, prompts, invocation_params}, the last wrapped in itself."""
    given = mapping(request.get("invocation_params"))
    given = mapping(given.get("invocation_params")) or given
    model = first(given, "model_name", "model")
    prompt = next((text for text in items(request.get("prompts")) if isinstance(text, str)), "")
    stated = {"model_requested": Stated(model, "request.invocation_params.model_name")} if model else {}
    return stated | ({"preview": Stated(prompt, "request.prompts[0]")} if prompt else {})


def _of_embedding(response: dict[str, Any]) -> dict[str, Stated]:
    """LlamaIndex counts the characters of the vector as completion tokens: an embedding has none (contract 2.3)."""
    asked = _count(mapping(response.get("usage")).get("prompt_tokens"))
    if asked is None or "embedding" not in response:
        return {}
    return {
        "input_tokens": Stated(asked, "response.body.usage.prompt_tokens"),
        "output_tokens": Stated(0, "response.body.embedding"),
    }


def _count(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None


# Where chains, tools and retrievals hold the text that went in and came out; a dot steps into an object or text of JSON.
_INPUTS = ("query_str", "input_str", "input", "template_vars.query_str", "function_call", "messages", "inputs")
_OUTPUTS = (
    "output", "response.response", "response.content", "response", "agent_chat_response.response",
    "function_call_response", "answers", "nodes.0.node.text", "nodes.0.text_excerpt", "template.user",
)  # fmt: skip


def _previews(request_body: Any, response_body: Any) -> dict[str, Stated]:
    found: dict[str, Stated] = {}
    for name, part, value, places in (
        ("preview", "request", request_body, _INPUTS),
        ("response_preview", "response", response_body, _OUTPUTS),
    ):
        if isinstance(value, str) and value:
            found[name] = Stated(value, part)
            continue
        for place in places:
            text = _text_at(value, place)
            if text:
                found[name] = Stated(text, f"{part}.{place}")
                break
    return found


def _text_at(value: Any, place: str) -> str:
    """The text at a place, or the first text of the message or the one-member object that stands there."""
    for step in place.split("."):
        value = unpacked(value)
        if isinstance(value, list) and step.isdigit():
            value = value[int(step)] if int(step) < len(value) else None
        else:
            value = mapping(value).get(step)
    for _ in range(4):
        value = unpacked(value)
        if isinstance(value, str):
            return value
        if isinstance(value, list):
            value = value[-1] if value else None
        elif isinstance(value, dict):
            members = [value[key] for key in ("content", "text", "output", "input", "messages") if value.get(key)]
            value = members[0] if members else (next(iter(value.values())) if len(value) == 1 else None)
    return ""


SPAN = Shape("span", "span of a callback handler", _recognises, _open, _unfold)
