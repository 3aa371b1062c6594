"""The facts of a call, each with the place where the log says it: what `derive` stores and `explain` shows.

One reading for both, so that what is explained is what was counted. What a sender states beside the bodies (`Log.stated`)
wins over the bodies; then the order of contract 2.3. Pure and total; what nothing says is None or "", never a guess.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import msgspec

from portlog.derive.parts import unpacked
from portlog.derive.streams import opened
from portlog.derive.turns import finish_of
from portlog.derive.usage import COUNTS, Usage, cache_inside, count_of, usage_of
from portlog.schema import jsons, providers, values
from portlog.schema.log import Log, Stated

RULES = 4
"""Version of the rules by which values are derived; counted up when a rule changes what is shown of an old log."""

MODEL_CHARS_MAX = 256
ID_CHARS_MAX = 256
NAME_CHARS_MAX = 128
ERROR_CHARS_MAX = 500
NAMES_MAX = 64  # of tools and tags


class _Versioned(Protocol):
    @property
    def version(self) -> str: ...


def derived_by(prices: _Versioned | None) -> str:
    """The rules and prices that derived values are of, for the column `derived_by`."""
    return f"rules {RULES}, {prices.version}" if prices is not None else f"rules {RULES}"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a log says of its call."""

    request: Any  # decoded body; also out of a text that is JSON
    answer: Any  # decoded body; a stream assembled
    provider: str
    model: str  # that answered, else the one asked for
    model_requested: str
    response_id: str
    kind: str
    outcome: str
    finish_reason: str
    stream: bool | None
    first_token_ms: float | None
    error_type: str
    error_message: str
    usage: Usage  # what is stated merged in, with its places
    stated_cost_usd: float | None
    places: dict[str, str]
    """Place of each of the other fields that something says. Those of `usage` are in `usage.places`."""


def read(log: Log, request: Any, response: Any) -> Reading:
    """The facts of an unfolded log and its decoded bodies."""
    answer, streamed = opened(response)
    request, answer = _of_text(request, _REQUEST_MARKS), _of_text(answer, _ANSWER_MARKS)
    asked = request if type(request) is dict else _NOTHING
    body = answer if type(answer) is dict else _NOTHING
    stated = log.stated
    headers = lowered(log.response_headers)
    places: dict[str, str] = {}
    requested = _first_text(stated, "model_requested", _requested(log, asked), places, MODEL_CHARS_MAX)
    model = _first_text(stated, "model", _models(log, asked, body, requested, places), places, MODEL_CHARS_MAX)
    kind = log.kind or _kind(log.request_url, body)
    outcome = log.outcome or _outcome(log.status, body)
    usage = usage_of(request, answer, log.provider, headers)
    cost = stated.get("cost_usd") if stated else None
    failed = outcome == "error"
    error = _first_text(stated, "error_message", (), places, ERROR_CHARS_MAX * 4)
    return Reading(
        request=request,
        answer=answer,
        provider=_provider(log, places),
        model=model,
        model_requested=requested,
        response_id=_first_text(stated, "response_id", _ids(body), places, ID_CHARS_MAX),
        kind=kind,
        outcome=outcome,
        finish_reason=_finish_reason(stated, body, places),
        stream=_stream(log, asked, streamed, places),
        first_token_ms=_first_token_ms(stated, body, places),
        error_type=_first_text(stated, "error_type", _error_types(answer, headers) if failed else (), places, NAME_CHARS_MAX),
        error_message=error or (error_text(answer) if failed else ""),
        usage=_with_stated(usage, stated) if stated else usage,
        stated_cost_usd=_number(cost, "cost_usd", places),
        places=places,
    )


_NOTHING: dict[str, Any] = {}


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers by name in lower case."""
    return {name.lower(): value for name, value in headers.items()} if headers else {}


# Senders that log the text of a call: it is read as the JSON that it is if it has one of these.
_REQUEST_MARKS = ("messages", "contents", "input", "prompt", "model", "inputText", "query_str", "instances")
_ANSWER_MARKS = ("choices", "candidates", "usage", "usageMetadata", "output", "error", "data", "embedding", "embeddings")


def _of_text(body: Any, marks: tuple[str, ...]) -> Any:
    if type(body) is not str:
        return body
    inner = unpacked(body)
    return inner if type(inner) is dict and any(mark in inner for mark in marks) else body


# -- texts: what is stated, else the first of the places that say it ------------------------------------------------

Said = tuple[Any, str]  # a value, and its place


def _first_text(stated: Mapping[str, Stated], name: str, found: Any, places: dict[str, str], limit: int) -> str:
    """What the sender states, else the first of `found` that is a text and not empty."""
    if stated and name in stated:
        value = stated[name].value
        if type(value) is str and value:
            places[name] = stated[name].place
            return value[:limit]
    for value, place in found:
        if value and type(value) is str:
            places[name] = place
            return value[:limit]
    return ""


def _dict(value: Any) -> dict[str, Any]:
    return value if type(value) is dict else _NOTHING


def _requested(log: Log, asked: dict[str, Any]) -> Iterator[Said]:
    yield asked.get("model"), "request.body.model"
    yield asked.get("modelId"), "request.body.modelId"  # Bedrock's SDK
    parameters = _dict(asked.get("invocation_params"))  # LangChain wraps them in themselves
    for place in ("invocation_params.", "invocation_params.invocation_params."):
        for key in ("model_name", "model"):
            yield parameters.get(key), f"request.body.{place}{key}"
        parameters = _dict(parameters.get("invocation_params"))
    yield asked.get("model_name"), "request.body.model_name"
    yield asked.get("model_id"), "request.body.model_id"
    yield providers.model_of_url(log.request_url), "request.url"


def _models(
    log: Log, asked: dict[str, Any], body: dict[str, Any], requested: str, places: dict[str, str]
) -> Iterator[Said]:
    """Contract 2.3, and what foreign shapes say."""
    yield body.get("model"), "response.body.model"
    yield body.get("modelVersion"), "response.body.modelVersion"
    yield body.get("model_version"), "response.body.model_version"  # Google's Python SDK
    where = places.get("model_requested", "")
    if requested and where != "request.url":
        yield requested, where
    yield _dict(body.get("raw")).get("model"), "response.body.raw.model"
    yield _dict(body.get("response")).get("model"), "response.body.response.model"
    yield _dict(body.get("response_metadata")).get("model_name"), "response.body.response_metadata.model_name"
    yield log.metadata_index.get("model"), "metadata.model"
    yield requested, where


def _ids(body: dict[str, Any]) -> Iterator[Said]:
    """The provider's id; LlamaIndex's own is that of its span, so `raw` comes first."""
    raw = body.get("raw")
    if type(raw) is dict:
        yield raw.get("id"), "response.body.raw.id"
        yield raw.get("responseId"), "response.body.raw.responseId"
        return
    yield body.get("id"), "response.body.id"
    yield body.get("responseId"), "response.body.responseId"
    yield body.get("response_id"), "response.body.response_id"
    yield body.get("generation_id"), "response.body.generation_id"
    yield _dict(body.get("response")).get("id"), "response.body.response.id"


def _provider(log: Log, places: dict[str, str]) -> str:
    if stated := log.stated.get("provider"):
        places["provider"] = stated.place
    else:
        inferred = any(w.path == "request.provider" for w in log.warnings)
        places["provider"] = "inferred" if inferred or log.raw else "request.provider"
    return log.provider


def _finish_reason(stated: Mapping[str, Stated], body: dict[str, Any], places: dict[str, str]) -> str:
    if stated and "finish_reason" in stated:
        return _first_text(stated, "finish_reason", (), places, NAME_CHARS_MAX)
    if reason := finish_of(body):
        places["finish_reason"] = "response.body"
    return reason


# -- kind, outcome, stream, time -----------------------------------------------------------------------------------

_EMBEDDING_PATHS = ("/embeddings", "/embed", "/embeddings/multimodal", ":embedcontent", ":batchembedcontents", "/v1/embedding")


def _kind(url: str, body: dict[str, Any]) -> str:
    """Embedding by the path that was called, or by vectors in the answer; else a language model's call."""
    if "mbed" in url:
        path = values.path_of(url).lower().rstrip("/")
        if path.endswith(_EMBEDDING_PATHS) or path == "embeddings":
            return "embedding"
    if "choices" in body:
        return "llm"
    data = body.get("data")
    if type(data) is list and data and type(data[0]) is dict and "embedding" in data[0]:
        return "embedding"
    return "embedding" if body.get("embedding") or body.get("embeddings") else "llm"


def is_error(status: int) -> bool:
    """Contract 9.4: status 400 and above, or 0; what lies outside 100-599 counts too (2.2 row 9)."""
    return not 100 <= status < 400


def _outcome(status: int | None, body: dict[str, Any]) -> str:
    """By the status; where none is known an answer that is an error says so itself."""
    if status is None:
        return "error" if body.get("error") else "success"
    return "error" if is_error(status) else "success"


_STREAM_PATHS = (":streamgeneratecontent", "/converse-stream", "/invoke-with-response-stream", ":streamrawpredict")


def _stream(log: Log, asked: dict[str, Any], streamed: bool, places: dict[str, str]) -> bool | None:
    """What the sender says, what the answer is, what was asked for."""
    stated = log.stated.get("stream")
    for value, place in (
        (stated.value if stated else None, stated.place if stated else ""),
        (log.stream, "response.streamingMode"),
        (streamed or None, "response.body"),
        (asked.get("stream"), "request.body.stream"),
    ):
        if type(value) is bool:
            places["stream"] = place
            return value
    if "tream" in log.request_url and values.path_of(log.request_url).lower().endswith(_STREAM_PATHS):
        places["stream"] = "request.url"
        return True
    return None


def _first_token_ms(stated: Mapping[str, Stated], body: dict[str, Any], places: dict[str, str]) -> float | None:
    sent = _number(stated.get("first_token_ms") if stated else None, "first_token_ms", places)
    if sent is not None:
        return sent
    metrics = body.get("amazon-bedrock-invocationMetrics")
    if type(metrics) is not dict:
        return None
    place = "response.body.amazon-bedrock-invocationMetrics.firstByteLatency"
    return _number(Stated(metrics.get("firstByteLatency"), place), "first_token_ms", places)


def _number(sent: Stated | None, name: str, places: dict[str, str]) -> float | None:
    """A stated number that is not negative."""
    value = values.number(sent.value) if sent is not None else None
    if sent is None or value is None or value < 0:
        return None
    places[name] = sent.place
    return value


# -- usage ---------------------------------------------------------------------------------------------------------


def _with_stated(usage: Usage, stated: Mapping[str, Stated]) -> Usage:
    """What the sender states itself wins, number by number."""
    found = {name: n for name in COUNTS if name in stated and (n := count_of(stated[name].value)) is not None}
    if not found:
        return usage
    counts = {name: n for name in COUNTS if (n := getattr(usage, name)) is not None} | found
    places = usage.places | {name: stated[name].place for name in found}
    cache_inside(counts, places)
    cost = {"cost_usd": usage.cost_usd, "service_tier": usage.service_tier}
    return Usage(**counts, **cost, places=places)  # type: ignore[arg-type]


# -- errors --------------------------------------------------------------------------------------------------------


def _error_types(answer: Any, headers: Mapping[str, str]) -> Iterator[Said]:
    """Class or code in any provider's form: names before numbers."""
    at = "response.body"
    if type(answer) is list and answer:
        answer, at = answer[0], "response.body.0"  # Gemini wraps its error into an array
    body = _dict(answer)
    error = _dict(body.get("error"))
    for key in ("type", "code", "status"):
        value = error.get(key)
        if type(value) is str and not value.isdigit():
            yield value, f"{at}.error.{key}"
    for key in ("__type", "code", "type"):  # AWS; Mistral and others without an `error`
        value = body.get(key)
        if type(value) is str and value != "error" and not value.isdigit():
            yield value.rpartition("#")[2], f"{at}.{key}"
    if aws := headers.get("x-amzn-errortype"):
        yield aws.partition(":")[0], "response.headers.x-amzn-errortype"
    for holder, key, place in ((error, "code", f"{at}.error.code"), (body, "code", f"{at}.code")):
        if type(holder.get(key)) in (int, str):
            yield str(holder[key])[:NAME_CHARS_MAX], place


def error_text(answer: Any) -> str:
    """What an error answer says: `error.message`, `error`, `message` or `detail`, in any provider's form."""
    body = answer
    if isinstance(body, list) and body:
        body = body[0]
    if isinstance(body, str):
        return body
    for holder in (_dict(_dict(body).get("error")), _dict(body)):
        for key in ("message", "Message", "error", "detail", "error_message", "errorMessage", "msg"):
            text = holder.get(key)
            if isinstance(text, str) and text:
                return text
    return jsons.encode(body).decode() if body else ""
