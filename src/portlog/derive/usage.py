"""The one model of what a call used. Every number has its place: where in the log it stands.

`usage_of` reads every provider's form into it by FAMILIES: which fields state a number, and which of them stand beside
others. Sources are the providers' API references, contract 2.3 and otel.md 8; a test holds it against the extractors of
genai-prices. It never guesses: what no field states is None, and a stated total is never used in place of its parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from portlog.schema import values

_UINT32 = 2**32
_TICKS_PER_USD = 10**10  # docs.x.ai, "Cost Tracking"


class Usage(msgspec.Struct, frozen=True):
    """Tokens of one call; None is not known, never 0. Parts are inside their totals (otel.md 8)."""

    input_tokens: int | None = None  # all of it: uncached, read from cache, written to cache, audio, images
    output_tokens: int | None = None  # all of it: text, reasoning, audio
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None  # all of it, whatever its lifetime
    cache_write_1h_tokens: int | None = None  # the part of it that is kept for an hour (Anthropic)
    reasoning_tokens: int | None = None
    input_audio_tokens: int | None = None
    cache_audio_read_tokens: int | None = None
    output_audio_tokens: int | None = None
    input_image_tokens: int | None = None
    output_image_tokens: int | None = None
    web_searches: int | None = None
    cost_usd: float | None = None  # what the provider itself says it cost (OpenRouter, xAI, Perplexity)
    service_tier: str = ""  # as the answer reports it
    places: dict[str, str] = {}
    """Field -> place, such as `response.body.usage.prompt_tokens`; a sum names its parts, joined by " + ". The places of
    a streamed answer are those of the body that its chunks make up (`streams`)."""


NOTHING = Usage()
COUNTS = tuple(name for name in Usage.__struct_fields__ if name.endswith("_tokens") or name == "web_searches")

Counts = dict[str, int]
Places = dict[str, str]
Path = tuple[str, ...]


def usage_of(request: Any, response: Any, provider: str = "", headers: Mapping[str, str] | None = None) -> Usage:
    """What a call used, as its answer states it. Total: any JSON gives a result.

    request   decoded body; it says whether a lone total is all input
    response  decoded body, a stream assembled (`streams.assembled`)
    provider  in our names; "" does no harm
    headers   of the response, names in lower case: Bedrock counts there too
    """
    found: _Found | None = None
    if type(response) is dict:
        for place, holder in _holders(response):
            found = _read(holder, place, response, provider)
            if found is not None:
                break
        else:
            found = _flat(response)
    if found is None and headers and (counts := _of_headers(headers)):
        found = counts
    if found is None:
        return _lone_total(response)
    return Usage(**found.counts, cost_usd=found.cost, service_tier=found.tier, places=found.places)


class _Found(NamedTuple):
    counts: Counts
    places: Places
    cost: float | None = None
    tier: str = ""


# -- where usage stands ------------------------------------------------------------------------------------

# Objects with usage in them, the truest first: LlamaIndex's `body.usage` is its own estimate, `body.raw` the provider's.
_HOLDERS: tuple[Path, ...] = (
    ("raw", "usage"),
    ("raw", "usageMetadata"),
    ("raw", "usage_metadata"),
    ("usage",),
    ("usageMetadata",),
    ("usage_metadata",),  # Google's Python SDK; LangChain
    ("message", "usage_metadata"),  # LangChain
    ("response", "usage"),  # events of the Responses API and of Realtime
    ("response", "usageMetadata"),
    ("result", "usage"),  # Cloudflare
    ("meta", "billed_units"),  # Cohere v1, embed
    ("meta", "tokens"),
    ("metadata", "usage"),  # an event of Bedrock's ConverseStream
    ("x_groq", "usage"),
    ("response_metadata", "token_usage"),  # LangChain
    ("llm_output", "token_usage"),
    ("amazon-bedrock-invocationMetrics",),
)
_HOLDER_PLACES = tuple((path, "response.body." + ".".join(path) + ".") for path in _HOLDERS)


def _holders(response: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, place in _HOLDER_PLACES:
        value: Any = response.get(path[0])
        if value and type(value) is dict:
            if len(path) > 1:
                value = value.get(path[1])
                if not value or type(value) is not dict:
                    continue
            yield place, value


# -- families ----------------------------------------------------------------------------------------------


class _Family(NamedTuple):
    """One spelling of usage."""

    marks: frozenset[str]  # it is this family when one of these is there
    fields: Fields
    cache_is_beside: bool = False  # what was read from or written to a cache is not in the input


class Fields(dict[str, "tuple[int, str, str] | Fields"]):
    """Key of a usage object -> (rank, our field, path), or the same of an object below. The lowest rank wins."""


def _fields(**rows: str) -> Fields:
    """Our fields with their paths: steps are split at dots, alternatives at blanks, the first that states a count wins."""
    fields = Fields()
    for name, row in rows.items():
        for rank, path in enumerate(row.split()):
            *steps, last = path.split(".")
            at = fields
            for step in steps:
                below = at.setdefault(step, Fields())
                assert isinstance(below, Fields)
                at = below
            at[last] = (rank, name, path)
    return fields


_CHAT = _Family(  # OpenAI chat and completions, and all hosts that speak it; embeddings
    frozenset(("prompt_tokens", "completion_tokens")),
    _fields(
        input_tokens="prompt_tokens",
        output_tokens="completion_tokens",
        cache_read_tokens="prompt_tokens_details.cached_tokens cache_read_input_tokens prompt_cache_hit_tokens"
        " cached_tokens cached_prompt_text_tokens num_cached_tokens",
        cache_write_tokens="prompt_tokens_details.cache_write_tokens prompt_tokens_details.cache_creation_tokens"
        " cache_creation_input_tokens",
        cache_write_1h_tokens="cache_creation.ephemeral_1h_input_tokens"
        " prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens",
        reasoning_tokens="completion_tokens_details.reasoning_tokens reasoning_tokens",
        input_audio_tokens="prompt_tokens_details.audio_tokens",
        cache_audio_read_tokens="prompt_tokens_details.cached_tokens_details.audio_tokens",
        output_audio_tokens="completion_tokens_details.audio_tokens",
        input_image_tokens="prompt_tokens_details.image_tokens",
        output_image_tokens="completion_tokens_details.image_tokens",
        web_searches="server_tool_use.web_search_requests num_search_queries",
    ),
)
_RESPONSES = _Family(  # OpenAI Responses, images, transcription, Realtime; LangChain's usage_metadata; plain Anthropic
    frozenset(("input_tokens", "output_tokens")),
    _fields(
        input_tokens="input_tokens",
        output_tokens="output_tokens",
        cache_read_tokens="input_tokens_details.cached_tokens input_token_details.cached_tokens"
        " input_tokens_details.cache_read_input_tokens input_token_details.cache_read",
        cache_write_tokens="input_tokens_details.cache_write_tokens input_token_details.cache_creation",
        cache_write_1h_tokens="input_token_details.ephemeral_1h_input_tokens",
        reasoning_tokens="output_tokens_details.reasoning_tokens output_token_details.reasoning_tokens"
        " output_token_details.reasoning output_tokens_details.thinking_tokens reasoning_tokens",
        input_audio_tokens="input_tokens_details.audio_tokens input_token_details.audio_tokens input_token_details.audio",
        cache_audio_read_tokens="input_token_details.cached_tokens_details.audio_tokens",
        output_audio_tokens="output_tokens_details.audio_tokens output_token_details.audio_tokens"
        " output_token_details.audio",
        input_image_tokens="input_tokens_details.image_tokens input_token_details.image_tokens",
        output_image_tokens="output_tokens_details.image_tokens output_token_details.image_tokens",
        web_searches="server_tool_use.web_search_requests tool_calls_details.search_web.invocation",
    ),
)
_ANTHROPIC = _Family(  # input_tokens with cache fields beside it
    frozenset(("cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation")),
    _fields(
        input_tokens="input_tokens",
        output_tokens="output_tokens",
        cache_read_tokens="cache_read_input_tokens",
        cache_write_tokens="cache_creation_input_tokens",
        cache_write_1h_tokens="cache_creation.ephemeral_1h_input_tokens",
        reasoning_tokens="output_tokens_details.thinking_tokens output_tokens_details.reasoning_tokens",
        web_searches="server_tool_use.web_search_requests",
    ),
    cache_is_beside=True,
)
_CONVERSE = _Family(  # Bedrock Converse: AWS' guide on prompt caching adds the three
    frozenset(("cacheReadInputTokens", "cacheWriteInputTokens", "cacheReadInputTokenCount", "cacheWriteInputTokenCount")),
    _fields(
        input_tokens="inputTokens inputTokenCount",
        output_tokens="outputTokens outputTokenCount",
        cache_read_tokens="cacheReadInputTokens cacheReadInputTokenCount",
        cache_write_tokens="cacheWriteInputTokens cacheWriteInputTokenCount",
    ),
    cache_is_beside=True,
)
_CAMEL = _Family(  # Converse without a cache; Vercel's AI SDK; Bedrock's invocation metrics
    frozenset(("inputTokens", "outputTokens", "promptTokens", "completionTokens", "inputTokenCount", "outputTokenCount")),
    _fields(
        input_tokens="inputTokens promptTokens inputTokenCount",
        output_tokens="outputTokens completionTokens outputTokenCount",
        cache_read_tokens="cachedInputTokens inputTokenDetails.cacheReadTokens",
        cache_write_tokens="inputTokenDetails.cacheWriteTokens",
        reasoning_tokens="reasoningTokens outputTokenDetails.reasoningTokens",
    ),
)


def _read(usage: dict[str, Any], place: str, response: dict[str, Any], provider: str) -> _Found | None:
    """The counts of one usage object; None when it states none that we know."""
    if "prompt_tokens" in usage or "completion_tokens" in usage:
        family = _CHAT
    elif "input_tokens" in usage or "output_tokens" in usage:
        family = _ANTHROPIC if not _ANTHROPIC.marks.isdisjoint(usage) else _RESPONSES
    elif not _GEMINI_MARKS.isdisjoint(usage):
        found = _of_gemini(usage, place)
        return found._replace(tier=_tier(usage, response)) if found else None
    elif not _CAMEL.marks.isdisjoint(usage):
        family = _CONVERSE if not _CONVERSE.marks.isdisjoint(usage) else _CAMEL
    elif "billed_units" in usage or "tokens" in usage:
        return _of_cohere(usage, place)
    elif not _ANTHROPIC.marks.isdisjoint(usage):
        family = _ANTHROPIC
    else:
        cost, where = _cost(usage, place)
        return _Found({}, where, cost) if cost is not None else None
    counts, places = _counts(family.fields, usage, place)
    if family is _CHAT:
        _reasoning_beside(usage, place, counts, places, provider)
    if family is _CONVERSE:
        _hour_of_converse(usage, place, counts, places)
    cache_inside(counts, places, family.cache_is_beside)
    _no_output(usage, place, counts, places)
    cost, where = _cost(usage, place)
    if cost is not None:
        places |= where
    if not counts and cost is None:
        return None
    return _Found(counts, places, cost, _tier(usage, response))


def _counts(fields: Fields, usage: dict[str, Any], place: str) -> tuple[Counts, Places]:
    """Of each field the first path that states a count."""
    counts: Counts = {}
    places: Places = {}
    _collect(fields, usage, place, counts, places, {})
    return counts, places


def _collect(
    fields: Fields, usage: dict[str, Any], place: str, counts: Counts, places: Places, ranks: dict[str, int]
) -> None:
    for key, value in usage.items():
        field = fields.get(key)
        if field is None:
            continue
        if type(field) is tuple:
            rank, name, path = field
            if (count := count_of(value)) is not None and rank <= ranks.get(name, rank):
                counts[name], places[name], ranks[name] = count, place + path, rank
        elif type(value) is dict:
            _collect(field, value, place, counts, places, ranks)  # type: ignore[arg-type]


def count_of(value: Any) -> int | None:
    """A count that a column holds, else None: no true count is larger."""
    kind = type(value)
    if kind is int or kind is float:
        return int(value) if 0 <= value < _UINT32 else None
    return None


def _add(counts: Counts, places: Places, name: str, *parts: str) -> None:
    """Make `name` the sum of itself and its `parts`, where they are known."""
    known = [part for part in (name, *parts) if part in counts]
    total = sum(counts[part] for part in known)
    if known and total < _UINT32:
        places[name] = " + ".join(places[part] for part in known)
        counts[name] = total
    elif name in counts:
        del counts[name], places[name]


def cache_inside(counts: Counts, places: Places, beside: bool = False) -> None:
    """Our input is all of it. What exceeds the input that it should be a part of was never in it (otel.md 8)."""
    cached = counts.get("cache_read_tokens", 0) + counts.get("cache_write_tokens", 0)
    if beside or cached > counts.get("input_tokens", _UINT32):
        _add(counts, places, "input_tokens", "cache_read_tokens", "cache_write_tokens")


# These count reasoning (Perplexity citations too) beside completion_tokens; others within (genai-prices).
_REASONING_BESIDE = frozenset(("x-ai", "perplexity-ai"))


def _reasoning_beside(usage: dict[str, Any], place: str, counts: Counts, places: Places, provider: str) -> None:
    """Our output is all of it. The stated total tells whether reasoning is in the output; else the provider's custom."""
    reasoning, output = counts.get("reasoning_tokens"), counts.get("output_tokens")
    if not reasoning or output is None:
        return
    total, asked = count_of(usage.get("total_tokens")), counts.get("input_tokens", 0)
    if provider != "perplexity-ai" and total in (asked + output, asked + output + reasoning):
        beside = total != asked + output
    else:
        beside = reasoning > output or provider in _REASONING_BESIDE
    if beside:
        _add(counts, places, "output_tokens", "reasoning_tokens")
        if (citations := count_of(usage.get("citation_tokens"))) is not None:
            counts["citations"], places["citations"] = citations, place + "citation_tokens"
            _add(counts, places, "output_tokens", "citations")
            del counts["citations"], places["citations"]


def _no_output(usage: dict[str, Any], place: str, counts: Counts, places: Places) -> None:
    """An embedding's total is its input: it states that there was no output."""
    if "output_tokens" not in counts and "input_tokens" in counts:
        total = count_of(usage.get("total_tokens"))
        if total == counts["input_tokens"]:
            counts["output_tokens"], places["output_tokens"] = 0, place + "total_tokens"


def _hour_of_converse(usage: dict[str, Any], place: str, counts: Counts, places: Places) -> None:
    details = usage.get("cacheDetails")
    for i, detail in enumerate(details if type(details) is list else ()):
        if type(detail) is dict and detail.get("ttl") == "1h" and (count := count_of(detail.get("inputTokens"))) is not None:
            counts["cache_write_1h_tokens"] = count
            places["cache_write_1h_tokens"] = f"{place}cacheDetails.{i}.inputTokens"


def _cost(usage: dict[str, Any], place: str) -> tuple[float | None, Places]:
    """What the provider itself charged, in USD."""
    cost = usage.get("cost")
    if type(cost) is dict:  # Perplexity
        total = values.number(cost.get("total_cost"))
        return _dollars(total), {"cost_usd": place + "cost.total_cost"}
    if cost is not None and type(cost) is not str:
        charged, where = values.number(cost), place + "cost"
        details = usage.get("cost_details")
        if charged is not None and usage.get("is_byok") is True and type(details) is dict:
            # OpenRouter with the caller's own key: its fee, and beside it what the provider charges.
            upstream = values.number(details.get("upstream_inference_cost"))
            if upstream is not None:
                charged, where = charged + upstream, f"{where} + {place}cost_details.upstream_inference_cost"
        return _dollars(charged), {"cost_usd": where}
    ticks = usage.get("cost_in_usd_ticks")
    if type(ticks) is int:
        return _dollars(ticks / _TICKS_PER_USD if ticks < 2**63 else None), {"cost_usd": place + "cost_in_usd_ticks"}
    return None, {}


def _dollars(amount: float | None) -> float | None:
    return amount if amount is not None and 0 <= amount < 1e9 else None


def _tier(usage: dict[str, Any], response: dict[str, Any]) -> str:
    if usage.get("speed") == "fast":  # Anthropic's fast mode has prices of its own, and says so beside the tier
        return "fast"
    for value in (response.get("service_tier"), usage.get("service_tier"), response.get("serviceTier"), usage.get("trafficType")):
        if type(value) is dict:  # Bedrock
            value = value.get("type")
        if type(value) is str and value:
            return value[:64]
    return ""


# -- Gemini ------------------------------------------------------------------------------------------------

_GEMINI_MARKS = frozenset((
    "promptTokenCount", "candidatesTokenCount", "totalTokenCount", "prompt_token_count", "candidates_token_count",
    "total_token_count", "responseTokenCount", "response_token_count",
))  # fmt: skip
_GEMINI = _fields(
    input_tokens="promptTokenCount prompt_token_count",
    output_tokens="candidatesTokenCount candidates_token_count responseTokenCount response_token_count",
    cache_read_tokens="cachedContentTokenCount cached_content_token_count",
    reasoning_tokens="thoughtsTokenCount thoughts_token_count",
    tool_tokens="toolUsePromptTokenCount tool_use_prompt_token_count",
)
_MODALITIES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("input_audio_tokens", ("promptTokensDetails", "prompt_tokens_details"), ("AUDIO",)),
    ("input_image_tokens", ("promptTokensDetails", "prompt_tokens_details"), ("IMAGE", "DOCUMENT")),
    ("cache_audio_read_tokens", ("cacheTokensDetails", "cache_tokens_details"), ("AUDIO",)),
    ("output_audio_tokens",
     ("candidatesTokensDetails", "candidates_tokens_details", "responseTokensDetails", "response_tokens_details"), ("AUDIO",)),
    ("output_image_tokens",
     ("candidatesTokensDetails", "candidates_tokens_details", "responseTokensDetails", "response_tokens_details"),
     ("IMAGE", "DOCUMENT")),
)  # fmt: skip


def _of_gemini(usage: dict[str, Any], place: str) -> _Found | None:
    """Thoughts stand beside the candidates, the results of tools beside the prompt."""
    counts, places = _counts(_GEMINI, usage, place)
    _add(counts, places, "input_tokens", "tool_tokens")
    _add(counts, places, "output_tokens", "reasoning_tokens")
    counts.pop("tool_tokens", None)
    places.pop("tool_tokens", None)
    for name, keys, modalities in _MODALITIES:
        for key in keys:
            details = usage.get(key)
            if type(details) is list and (found := _of_modality(details, modalities, place + key)):
                counts[name], places[name] = found
                break
    return _Found(counts, places) if counts else None


def _of_modality(details: list[Any], modalities: tuple[str, ...], place: str) -> tuple[int, str] | None:
    total, where = 0, []
    for i, detail in enumerate(details):
        if type(detail) is dict and detail.get("modality") in modalities:
            key = "tokenCount" if "tokenCount" in detail else "token_count"
            if (count := count_of(detail.get(key))) is not None:
                total += count
                where.append(f"{place}.{i}.{key}")
    return (total, " + ".join(where)) if where and total < _UINT32 else None


# -- Cohere ------------------------------------------------------------------------------------------------

_COHERE = _fields(input_tokens="input_tokens", output_tokens="output_tokens", image_tokens="image_tokens")


def _of_cohere(usage: dict[str, Any], place: str) -> _Found | None:
    """Billed units, which are what it costs; `tokens` also has what Cohere adds itself and does not bill."""
    for key in ("billed_units", "tokens"):
        units = usage.get(key)
        if type(units) is not dict:
            continue
        counts, places = _counts(_COHERE, units, f"{place}{key}.")
        if "image_tokens" in counts:
            _add(counts, places, "input_tokens", "image_tokens")
            counts["input_image_tokens"], places["input_image_tokens"] = counts.pop("image_tokens"), places.pop("image_tokens")
        cached = count_of(usage.get("cached_tokens"))
        if cached is not None and cached <= counts.get("input_tokens", -1):
            counts["cache_read_tokens"], places["cache_read_tokens"] = cached, place + "cached_tokens"
        if counts:
            return _Found(counts, places)
    return None


# -- counts beside the answer --------------------------------------------------------------------------------

# Bodies whose counts stand on the top level: Llama and Titan on Bedrock, Ollama, Hugging Face's TGI in `details`.
_FLAT = _fields(
    input_tokens="prompt_token_count inputTextTokenCount prompt_eval_count",
    output_tokens="generation_token_count eval_count totalOutputTextTokenCount details.generated_tokens",
)


def _flat(response: dict[str, Any]) -> _Found | None:
    counts, places = _counts(_FLAT, response, "response.body.")
    if "inputTextTokenCount" in response and "output_tokens" not in counts:
        results = response.get("results")
        where, total = [], 0
        for i, result in enumerate(results if type(results) is list else ()):
            if type(result) is dict and (count := count_of(result.get("tokenCount"))) is not None:
                where.append(f"response.body.results.{i}.tokenCount")
                total += count
        if where and total < _UINT32:
            counts["output_tokens"], places["output_tokens"] = total, " + ".join(where)
    return _Found(counts, places) if counts else None


_HEADERS = (
    ("input_tokens", "x-amzn-bedrock-input-token-count"),
    ("output_tokens", "x-amzn-bedrock-output-token-count"),
    ("cache_read_tokens", "x-amzn-bedrock-cache-read-input-token-count"),
    ("cache_write_tokens", "x-amzn-bedrock-cache-write-input-token-count"),
)


def _of_headers(headers: Mapping[str, str]) -> _Found | None:
    """Bedrock's InvokeModel counts in headers, whatever the model's body says."""
    counts: Counts = {}
    places: Places = {}
    for name, header in _HEADERS:
        text = headers.get(header)
        if text is not None and (count := count_of(values.number(text))) is not None:
            counts[name], places[name] = count, f"response.headers.{header}"
    if not counts:
        return None
    cache_inside(counts, places, beside=True)
    return _Found(counts, places)


# Answers that have no output tokens: a total alone is then the input (Voyage, Jina).
_WITHOUT_OUTPUT: tuple[Callable[[dict[str, Any]], bool], ...] = (
    lambda body: type(body.get("data")) is list and "choices" not in body,
    lambda body: type(body.get("results")) is list,
    lambda body: "embeddings" in body or "embedding" in body,
)


def _lone_total(response: Any) -> Usage:
    if type(response) is not dict or type(response.get("usage")) is not dict:
        return NOTHING
    total = count_of(response["usage"].get("total_tokens"))
    if total is None or not any(holds(response) for holds in _WITHOUT_OUTPUT):
        return NOTHING
    place = "response.body.usage.total_tokens"
    return Usage(input_tokens=total, output_tokens=0, places={"input_tokens": place, "output_tokens": place})
