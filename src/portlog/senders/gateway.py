"""What the open-source gateway sends: posts of its logging plugins, and events of its log stream (contract 3.3).

A plugin posts before and after a call; the two halves name no common id and become one log by `joins = "pair"`.
An event of the stream is posted by `portlog pull gateway`, an element per try.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from portlog.schema import jsons, providers
from portlog.schema.log import Log, Stated
from portlog.schema.secrets import redact_element
from portlog.schema.values import first, number, parse_time_ms, path_of
from portlog.senders.parts import (
    NAME_KEYS,
    PARENT_KEYS,
    SPAN_KEYS,
    TRACE_KEYS,
    baggage,
    body,
    headers_of,
    items,
    mapping,
    metadata_fields,
    milliseconds,
    status_of,
    traceparent,
    unpacked,
)
from portlog.senders.shapes import Context, Element, Opened, Shape

# The gateway's names of what was asked: kind of the call, and its path.
_REQUEST_TYPES: dict[str, tuple[str, str]] = {
    "chatComplete": ("llm", "/v1/chat/completions"),
    "complete": ("llm", "/v1/completions"),
    "messages": ("llm", "/v1/messages"),
    "createModelResponse": ("llm", "/v1/responses"),
    "embed": ("embedding", "/v1/embeddings"),
    "imageGenerate": ("llm", "/v1/images/generations"),
    "imageEdit": ("llm", "/v1/images/edits"),
    "createSpeech": ("llm", "/v1/audio/speech"),
    "createTranscription": ("llm", "/v1/audio/transcriptions"),
    "createTranslation": ("llm", "/v1/audio/translations"),
    "moderate": ("llm", "/v1/moderations"),
    "rerank": ("retriever", "/v1/rerank"),
    "messagesCountTokens": ("span", "/v1/messages/count_tokens"),
}


def _call_of(request_type: str) -> tuple[str, str]:
    """Kind and path; streamed forms carry a prefix. What is no call of a model (files, batches) is a plain span."""
    return _REQUEST_TYPES.get(request_type.removeprefix("stream-"), ("span" if request_type else "llm", ""))


# -- posts of plugins --------------------------------------------------------------------------------------------

_HOOK_CONTENTS = frozenset(("json", "text", "metadata"))


def _is_hook(element: Element) -> bool:
    request = element.get("request")
    return (
        isinstance(request, dict)
        and ("json" in request or "text" in request)
        and "url" not in request
        and ("requestType" in element or "provider" in element)
    )


def _half(element: Element) -> str:
    """`before` or `after`: as the webhook says, else by whether there is an answer."""
    event = first(element, "eventType")
    if event in ("beforeRequestHook", "afterRequestHook"):
        return event.removesuffix("RequestHook")
    response = mapping(element.get("response"))
    return "after" if status_of(response.get("statusCode")) is not None or response.get("json") else "before"


def _callers_headers(element: Element) -> dict[str, str]:
    return {name.lower(): value for name, value in headers_of(mapping(element.get("request"))).items()}


def _open_hook(element: Element, context: Context) -> Opened:
    half, headers = _half(element), _callers_headers(element)
    metadata = mapping(element.get("metadata"))
    w3c_trace, w3c_parent = traceparent(headers.get("traceparent", ""))
    return Opened(
        raw={half: redact_element(element, _HOOK_CONTENTS), f"{half}_received_ms": context.received_ms},
        trace_id=headers.get("x-portkey-trace-id", "") or first(metadata, *TRACE_KEYS) or w3c_trace,
        span_id=headers.get("x-portkey-span-id", "") or first(metadata, *SPAN_KEYS),
        parent_span_id=headers.get("x-portkey-parent-span-id", "") or first(metadata, *PARENT_KEYS) or w3c_parent,
        span_name=headers.get("x-portkey-span-name", "") or first(metadata, *NAME_KEYS),
        tracked=metadata.get("_debug") is not False and headers.get("x-portkey-debug", "").strip().lower() != "false",
        join_key=_join_key(element, headers),
    )


def _join_key(element: Element, headers: Mapping[str, str]) -> str:
    """The caller's ids when both are there, else what was asked: the halves of one call have it in common."""
    ids = headers.get("x-portkey-trace-id", ""), headers.get("x-portkey-span-id", "")
    if all(ids):
        return "hook:" + _digest(["ids", *ids])
    request = mapping(element.get("request"))
    asked = request.get("json") if request.get("json") is not None else request.get("text")
    return "hook:" + _digest([asked, element.get("provider"), element.get("requestType")])


def _digest(value: Any) -> str:
    return hashlib.blake2b(jsons.encode(value), digest_size=16).hexdigest()


def _merge_hooks(older: Element, newer: Element) -> Element | None:
    """Both halves of one call. Two of one half are two calls, unless they are the same post."""
    merged = dict(older)
    for half in ("before", "after"):
        if half not in newer:
            continue
        stamp = f"{half}_received_ms"
        if half in older and (older[half] != newer[half] or older.get(stamp) != newer.get(stamp)):
            return None
        merged[half], merged[stamp] = newer[half], newer.get(stamp)
    if "before" not in merged or "after" not in merged:
        return merged
    asked_ms, answered_ms = (number(merged.get(f"{half}_received_ms")) or 0 for half in ("before", "after"))
    if asked_ms - answered_ms > _REORDER_MS_MAX or not _same_question(merged["before"], merged["after"]):
        return None
    return merged


_REORDER_MS_MAX = 2000  # two posts may overtake each other by so much; a later question is another call's


def _same_question(before: Any, after: Any) -> bool:
    """The targets of a fallback share the caller's ids and may ask differently; a hook that changes the request says so."""
    asked, answered = mapping(mapping(before).get("request")), mapping(mapping(after).get("request"))
    return bool(answered.get("isTransformed")) or asked.get("json") == answered.get("json")


def _unfold_hook(log: Log, raw: Element) -> Log:
    before, after = mapping(raw.get("before")), mapping(raw.get("after"))
    element = after or before
    request, response = mapping(element.get("request")), mapping(after.get("response"))
    headers = headers_of(request) or headers_of(mapping(before.get("request")))
    lower = {name.lower(): value for name, value in headers.items()}
    kind, url = _call_of(first(element, "requestType"))
    status = status_of(response.get("statusCode"))
    asked = request.get("json") if request.get("json") is not None else request.get("text")
    answered = response.get("json") if response.get("json") is not None else (response.get("text") or None)
    stream = request.get("isStreamingRequest")
    config = lower.get("x-portkey-config", "")
    fields = metadata_fields(
        log,
        baggage(lower.get("baggage", "")),
        mapping(unpacked(lower.get("x-portkey-metadata"))),
        mapping(element.get("metadata")),
        user=first(mapping(asked), "user"),
    )
    return msgspec.structs.replace(
        log,
        span_name=log.span_name or (f"POST {url}" if url else first(element, "requestType")),
        request_url=url,
        request_method="POST",
        provider=providers.normal(first(element, "provider")) or log.provider or "unknown",
        request_headers=headers,
        request_body=body(asked),
        status=status,
        response_body=body(answered),
        stream=stream if isinstance(stream, bool) else None,
        virtual_key=lower.get("x-portkey-virtual-key", "") or log.virtual_key,
        config=log.config if config.lstrip().startswith(("{", "[")) else config or log.config,
        kind=kind,
        outcome="pending" if not after else "error" if status is not None and not 100 <= status < 400 else "success",
        source="portkey-gateway",
        **fields,
    )


HOOK = Shape(
    "gateway-hook", "gateway hook", _is_hook, _open_hook, _unfold_hook, joins="pair", merge=_merge_hooks
)  # fmt: skip


# -- events of the log stream ------------------------------------------------------------------------------------

STREAM_CONTENTS = frozenset(("requestParams", "response", "body", "metadata", "overrideParams"))


def tries_of(event: Mapping[str, Any]) -> list[Element]:
    """The elements of an event of `GET /log/stream`: one a try, numbered; the caller's answer stands with the last.

    event  {time, method, endpoint?, status, duration, requestOptions: [a try, …]}
    """
    options = [option for option in items(event.get("requestOptions")) if isinstance(option, dict)]
    answer = options[0].get("response") if options else None
    trace_id = _trace_of(event, options)
    elements = []
    for number_, option in enumerate(options, 1):
        last = number_ == len(options)
        own = {**option, "response": answer} if last else {k: v for k, v in option.items() if k != "response"}
        elements.append(
            {**event, "requestOptions": [own], "try": number_, "tries": len(options), "trace_id": trace_id}
        )
    return elements


def _trace_of(event: Mapping[str, Any], options: list[dict[str, Any]]) -> str:
    """Events name no trace: the first try's span names the call. Without one, what the event holds does."""
    return (first(options[0], "hookSpanId") if options else "") or _digest(dict(event))


def _is_event(element: Element) -> bool:
    """A gateway on another port than its usual one leaves `endpoint` out."""
    return isinstance(element.get("requestOptions"), list) and "request" not in element


def _try_of(element: Element) -> dict[str, Any]:
    options = items(element.get("requestOptions"))
    return mapping(options[-1]) if options else {}


def _open_event(element: Element, context: Context) -> Opened:
    option = _try_of(element)
    trace_id = first(element, "trace_id") or _trace_of(element, [option])
    return Opened(
        raw=redact_element(element, STREAM_CONTENTS),
        created_ms=_created_ms(option),
        trace_id=trace_id,
        span_id=first(option, "hookSpanId") or _digest([trace_id, element.get("try")]),
    )


def _created_ms(option: dict[str, Any]) -> float | None:
    return parse_time_ms(first(option, "createdAt"))


_A_STREAM = {"message": "The response was a stream."}


def _unfold_event(log: Log, element: Element) -> Log:
    option, number_, tries = _try_of(element), number(element.get("try")) or 1, number(element.get("tries")) or 1
    chosen = mapping(option.get("providerOptions"))
    request = mapping(option.get("transformedRequest"))
    kind, path = _call_of(first(chosen, "rubeusURL"))
    url = first(chosen, "requestURL") or first(element, "endpoint")
    last = number_ >= tries
    status = status_of(element.get("status")) if last else None
    asked = next((b for b in _asked(option) if b is not None), None)
    answered = mapping(option.get("originalResponse")).get("body")
    if answered is None:
        answered = unpacked(option.get("response"))
    if answered == _A_STREAM:
        answered = None
    failed = not last or (status is not None and not 100 <= status < 400)
    began = _created_ms(option)
    took = milliseconds(option.get("executionTime"), element.get("duration") if tries == 1 else None)
    name = f"{first(element, 'method') or 'POST'} {path_of(first(element, 'endpoint') or path or url)}"
    stated = {
        name: Stated(value, f"requestOptions[0].{place}")
        for name, place in (("cache_status", "cacheStatus"), ("option_path", "lastUsedOptionIndex"))
        if (value := first(option, place))
    }
    return msgspec.structs.replace(
        log,
        span_name=log.span_name or (f"{name} (try {number_:.0f} of {tries:.0f})" if tries > 1 else name),
        request_url=url,
        request_method=first(element, "method").upper() or "POST",
        provider=providers.normal(first(chosen, "provider")) or providers.of_url(url) or log.provider or "unknown",
        request_headers=headers_of(request),
        request_body=body(asked),
        status=status,
        response_ms=took,
        response_headers=headers_of(option, "responseHeaders"),
        response_body=body(answered),
        stream=sent if isinstance(sent := mapping(asked).get("stream"), bool) else None,
        kind=kind,
        outcome="error" if failed else "success",
        source="portkey-gateway",
        stated=stated,
        began_ms=began,
        ended_ms=began + took if began is not None and took is not None else None,
        **metadata_fields(log, mapping(option.get("metadata")), user=first(mapping(asked), "user")),
    )


def _asked(option: dict[str, Any]) -> tuple[Any, ...]:
    """What went to the provider, else what the caller asked."""
    return (
        mapping(option.get("transformedRequest")).get("body"),
        option.get("requestParams"),
        mapping(option.get("finalUntransformedRequest")).get("body"),
    )


STREAM = Shape("gateway-stream", "event of the gateway's log stream", _is_event, _open_event, _unfold_event)
