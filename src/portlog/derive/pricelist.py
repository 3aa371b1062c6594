"""From (provider, model, day, service tier) to the `Rate` that held: own prices first, then the table of genai-prices.

Offline: the table is the one that the installed package genai-prices carries; a newer package is newer prices. A name that
no table has gives a `Missing` with its reason, never a price of 0. Pure but for the two tables; nothing here reads a log.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.metadata import version
from typing import Any, TypeVar
from urllib.parse import unquote

from genai_prices import data_snapshot
from genai_prices.types import (
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    PriceVariant,
    Provider,
    StartDateConstraint,
    TieredPrices,
    TimeOfDateConstraint,
)

from portlog.schema.prices import Book, Discount, OwnPrice

GENAI = "genai-prices"
GENAI_VERSION = version(GENAI)
MODEL_CHARS_MAX = 256


# -- what can be priced --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Unit:
    """One thing that a price can be set for, and how many of it a call used."""

    what: str  # as parts and own prices call it
    price_key: str  # as genai-prices calls it
    field: str  # of Usage; "" is once a call
    side: str  # "input", "output", or "" for neither
    inside: tuple[str, ...] = ()  # units that count these too: a price of its own takes it out of them
    per: int = 1_000_000  # how many the key of genai-prices is for


# In the order in which parts are shown; a unit stands behind all that it is inside of.
UNITS = (
    Unit("input", "input_mtok", "input_tokens", "input"),
    Unit("cache_read", "cache_read_mtok", "cache_read_tokens", "input", ("input",)),
    Unit("cache_write", "cache_write_mtok", "cache_write_tokens", "input", ("input",)),
    Unit("cache_write_1h", "cache_write_1h_mtok", "cache_write_1h_tokens", "input", ("cache_write", "input")),
    Unit("input_audio", "input_audio_mtok", "input_audio_tokens", "input", ("input",)),
    Unit("cache_audio_read", "cache_audio_read_mtok", "cache_audio_read_tokens", "input",
         ("cache_read", "input_audio", "input")),
    Unit("input_image", "input_image_mtok", "input_image_tokens", "input", ("input",)),
    Unit("output", "output_mtok", "output_tokens", "output"),
    Unit("reasoning", "output_reasoning_mtok", "reasoning_tokens", "output", ("output",)),
    Unit("output_audio", "output_audio_mtok", "output_audio_tokens", "output", ("output",)),
    Unit("output_image", "output_image_mtok", "output_image_tokens", "output", ("output",)),
    Unit("web_search", "web_searches_kcount", "web_searches", "", per=1000),
    Unit("request", "requests_kcount", "", "", per=1000),
)  # fmt: skip

# Prices of what an answer does not count: a model that has only these cannot be priced.
_UNCOUNTED = {
    "audio_hours": "hour of audio", "input_audio_hours": "hour of audio", "output_audio_hours": "hour of audio",
    "input_mchars": "character", "input_text_messages_kcount": "message", "input_gpixels": "pixel",
    "input_document_kpages": "page", "input_annotated_document_kpages": "page", "rerank_searches_kcount": "rerank search",
    "input_video_mtok": "video token", "output_video_mtok": "video token", "output_citation_mtok": "citation token",
}  # fmt: skip

# -- rates ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """The price of one unit in a rate, discount taken off."""

    unit: Unit
    steps: tuple[tuple[int, Fraction], ...]  # (input tokens above which it holds, USD for one), rising; the first is 0


@dataclass(frozen=True, slots=True)
class Rate:
    """The prices of one model that hold on a day, ready to be multiplied."""

    source: str  # "own" or "genai-prices"
    provider: str  # as the table calls it
    model: str
    title: str
    since: str  # YYYY-MM-DD; "" is always
    until: str
    tier: str  # service tier or processing that has prices of its own, "" is standard
    lines: tuple[Line, ...]
    notes: tuple[str, ...]  # whole sentences: what had to be assumed
    own_id: str = ""
    by_time: bool = False  # its price depends on the time of day
    discount: Discount | None = None

    @property
    def reason(self) -> str:
        """Where the prices come from, in whole sentences."""
        since = f", since {self.since}" if self.since else ""
        if self.source == "own":
            origin = f"Own price {self.own_id} of {self.model}{since}."
        else:
            tier = f", service tier {self.tier}" if self.tier else ""
            origin = f"Price of {self.title} ({self.provider}{tier}) in {GENAI} {GENAI_VERSION}{since}."
        less = (f"Less {self.discount.percent} % (discount {self.discount.id}).",) if self.discount else ()
        return " ".join((origin, *self.notes, *less))

    @property
    def shown(self) -> list[dict[str, Any]]:
        """The prices as data: a line for each step of each unit."""
        return [
            {"what": line.unit.what, "usd_per_million": float(usd * 1_000_000), "above_input_tokens": above}
            for line in self.lines
            for above, usd in line.steps
        ]


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is no rate."""

    code: str  # of COST_SOURCES
    reason: str


# -- provider names ---------------------------------------------------------------------------------------------------

# Names of providers, as Portkey, OpenTelemetry, LiteLLM, the Vercel AI SDK and frameworks spell them (lower case, runs of
# other characters as one "-"), and the id that genai-prices has. A longer name that begins with one is that one:
# `openai-prod` is a slug, `azure-openai-responses` an API.
PROVIDERS: Mapping[str, str] = {
    "openai": "openai", "text-completion-openai": "openai",
    "azure": "azure", "azure-openai": "azure", "azure-ai": "azure", "azure-text": "azure", "az-ai-openai": "azure",
    "az-ai-inference": "azure", "azure-ai-openai": "azure", "azure-ai-inference": "azure", "azureopenai": "azure",
    "microsoft-foundry": "azure",
    "anthropic": "anthropic", "claude": "anthropic",
    "google": "google", "google-genai": "google", "gemini": "google", "vertex": "google", "vertex-ai": "google",
    "vertexai": "google", "gcp-gemini": "google", "gcp-vertex-ai": "google", "gcp-gen-ai": "google", "palm": "google",
    "google-vertex": "google", "google-vertexai": "google", "google-ai-studio": "google",
    "bedrock": "aws", "amazon-bedrock": "aws", "aws-bedrock": "aws", "aws": "aws", "amazon": "aws",
    "mistral": "mistral", "mistral-ai": "mistral", "mistralai": "mistral", "codestral": "mistral",
    "cohere": "cohere", "groq": "groq", "deepseek": "deepseek",
    "together": "together", "together-ai": "together", "togetherai": "together",
    "fireworks": "fireworks", "fireworks-ai": "fireworks",
    "perplexity": "perplexity", "perplexity-ai": "perplexity", "openrouter": "openrouter",
    "x-ai": "x-ai", "xai": "x-ai", "grok": "x-ai",
    "cerebras": "cerebras", "voyage": "voyageai", "voyage-ai": "voyageai", "voyageai": "voyageai",
    "novita": "novita", "novita-ai": "novita", "moonshot": "moonshotai", "moonshotai": "moonshotai",
    "moonshot-ai": "moonshotai", "zhipu": "zhipuai", "zhipuai": "zhipuai", "z-ai": "zai", "zai": "zai",
    "workers-ai": "cloudflare", "cloudflare": "cloudflare", "databricks": "databricks", "minimax": "minimax",
    "ovhcloud": "ovhcloud", "modal": "modal", "elevenlabs": "elevenlabs", "github-copilot": "github-copilot",
    "arcee": "arcee", "avian": "avian", "baseten": "baseten", "doubleword": "doubleword",
}  # fmt: skip

# Names that say nothing of who answered: the model's own name has to.
NO_PROVIDER = frozenset(
    ("", "unknown", "portkey", "litellm", "litellm-proxy", "gateway", "vercel", "vercel-ai-gateway", "ai-gateway",
     "helicone", "langchain", "llamaindex", "custom", "custom-openai", "other", "-other")
)  # fmt: skip

# Who makes models under names of their own, asked in this order where the provider is not known.
_MAKERS = ("openai", "anthropic", "google", "mistral", "cohere", "deepseek", "x-ai", "voyageai", "moonshotai", "aws")

_BEDROCK = re.compile(
    r"(?:[a-z-]+\.)?(?:ai21|amazon|anthropic|cohere|deepseek|luma|meta|mistral|moonshotai|openai|qwen|stability|twelvelabs|writer|zai)\."
)
_SEPARATORS = re.compile(r"[^a-z0-9]+")


def plain(name: str) -> str:
    """A provider's name as the keys of PROVIDERS are spelled."""
    return _SEPARATORS.sub("-", name.lower().removeprefix("@")).rstrip("-")


def provider_id(name: str) -> str:
    """The id that genai-prices has for a provider, or "" if it has none."""
    name = plain(name)
    while name:
        if found := PROVIDERS.get(name):
            return found
        name = name.rpartition("-")[0]
    return ""


# -- model names -------------------------------------------------------------------------------------------------------

_PREFIX = re.compile(r"([^/]{1,64}?)(?:__|/)(.+)")
_DATE_BEHIND = re.compile(r"(.{2,}?)[-@](?:20\d{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])|\d{3}|default|latest)")


def names_of(model: str) -> Iterator[tuple[str, str, str]]:
    """Names under which a table may have a model, the surest first: (name, provider that its prefix names, note)."""
    whole = unquote(model) if "%" in model else model
    yield whole, "", ""
    if whole.startswith("arn:"):
        whole = whole.rpartition("/")[2]
        yield whole, "bedrock", ""
    for marker in ("/models/", "models/"):
        if marker in whole:
            whole = whole.rpartition(marker)[2]
            yield whole, "", ""
    prefix, rest = "", whole
    if match := _PREFIX.fullmatch(whole):
        prefix, rest = match[1], match[2]
        yield rest, prefix, ""
        if "/" in rest:
            rest = rest.rpartition("/")[2]
            yield rest, prefix, ""
    if match := _DATE_BEHIND.fullmatch(rest):
        yield match[1], prefix, f"The table has no price for {rest} itself; that of {match[1]} was taken."


# -- the search ---------------------------------------------------------------------------------------------------------


def find(book: Book, provider: str, model: str, created_ms: int, tier: str = "") -> Rate | Missing:
    """The rate of a call made then. A service tier without prices of its own has the standard ones. Milliseconds: remember it."""
    model = model.strip()[:MODEL_CHARS_MAX]
    if not model:
        return Missing("no-model", "No model is named, so no price can be looked up.")
    moment = datetime.fromtimestamp(created_ms / 1000, UTC)
    day = moment.date().isoformat()
    discount = most_exact(book.discounts, provider, model, day)
    if own := most_exact(book.prices, provider, model, day):
        return _own_rate(own, provider, model, discount)
    found = _search(provider, model)
    return found if isinstance(found, Missing) else _table_rate(found, model, moment, tier, discount)


_Row = TypeVar("_Row", OwnPrice, Discount)


def most_exact(rows: Sequence[_Row], provider: str, model: str, day: str) -> _Row | None:
    """The row that fits best: a whole model name before a glob, a named provider before any, then the latest."""
    names = [name.lower() for name, _, _ in names_of(model)]
    best: tuple[tuple[bool, bool, int, str], _Row] | None = None
    for row in rows:
        if row.since > day or (row.until and row.until < day) or not _fits(row.provider, [provider.lower()]):
            continue
        if _fits(row.model, names):
            rank = (row.model.lower() in names, row.provider != "", len(row.model), row.since)
            if best is None or rank >= best[0]:
                best = rank, row
    return best[1] if best else None


def _fits(pattern: str, names: Sequence[str]) -> bool:
    return not pattern or any(fnmatch.fnmatchcase(name, pattern.lower()) for name in names)


@dataclass(frozen=True, slots=True)
class _Found:
    """A model of the table, and whose."""

    provider: Provider
    model: ModelInfo
    notes: tuple[str, ...]


def _search(provider: str, model: str) -> _Found | Missing:
    own_id, unnamed = provider_id(provider), plain(provider) in NO_PROVIDER
    if not own_id and not unnamed:
        return Missing("unknown-provider", f"There is no price table of the provider {_short(provider)}.")
    names = list(names_of(model))
    for name, prefix, note in names:
        prefix_id = provider_id(prefix)
        if own_id and (found := _model_of(own_id, name)):
            return _Found(*found, _sentences(note))
        if prefix_id and prefix_id != own_id and (found := _model_of(prefix_id, name)):
            return _Found(*found, _sentences(note, f"Priced as {prefix_id}'s: the model's name says so."))
    for name, _, note in names if unnamed else ():
        if found := _by_name_alone(name):
            said = f"The provider is not known; {found[0].id} was taken because of the model's name alone."
            return _Found(*found, _sentences(note, said))
    of = f"Prices of {own_id}" if own_id else "The price tables"
    return Missing("unknown-model", f"{of} have no model {_short(model)}.")


def _sentences(*notes: str) -> tuple[str, ...]:
    return tuple(note for note in notes if note)


def _short(name: str) -> str:
    return f'"{name[:80]}"'


def _by_name_alone(name: str) -> tuple[Provider, ModelInfo] | None:
    for maker in ("aws",) if _BEDROCK.match(name) else _MAKERS:
        if found := _model_of(maker, name):
            return found
    return None


def _model_of(provider: str, name: str) -> tuple[Provider, ModelInfo] | None:
    # The providers' own method, not the snapshot's: that one remembers every name it was ever asked, without a bound.
    tables = load_tables()
    table = tables.get(provider)
    model = table.find_model(name, all_providers=list(tables.values())) if table else None
    return (table, model) if table and model else None


@cache
def load_tables() -> dict[str, Provider]:
    """The table of each provider, by its id; a fifth of a second and 15 MB, once."""
    return {provider.id: provider for provider in data_snapshot.get_snapshot().providers}


# -- from rows to rates ----------------------------------------------------------------------------------------------


def _own_rate(own: OwnPrice, provider: str, model: str, discount: Discount | None) -> Rate:
    lines = tuple(
        _line(unit, [(0, Fraction(usd) / (1 if unit.what == "request" else unit.per))], discount)
        for unit in UNITS
        if (usd := own.parts.get(unit.what)) is not None
    )
    return Rate(
        source="own", provider=own.provider or provider, model=own.model, title=model, since=own.since, until=own.until,
        tier="", lines=lines, notes=(), own_id=own.id, discount=discount,
    )  # fmt: skip


# Service tiers, as answers spell them, that are the standard one.
_STANDARD = frozenset(("", "default", "standard", "auto", "on_demand", "standard_only"))
# Those that the table knows by another name.
_CONTEXTS: Mapping[str, Mapping[str, str]] = {
    "batch": {"service_tier": "batch", "processing": "batch"},
    "fast": {"service_tier": "fast", "speed": "fast"},
    "on_demand_flex": {"service_tier": "flex"},
    "on_demand_priority": {"service_tier": "priority"},
}


def _table_rate(found: _Found, asked: str, moment: datetime, tier: str, discount: Discount | None) -> Rate | Missing:
    provider, model, notes = found.provider, found.model, list(found.notes)
    tier = tier.lower()
    context = _CONTEXTS.get(tier, {"service_tier": tier}) if tier else {}
    # genai-prices: a model that is lent from another provider has no variants here.
    mine = any(model is one for one in provider.models)
    prices = model.get_prices(moment, context if mine else None)
    special = mine and tier not in _STANDARD and _has_variant(model, moment, context)
    if tier not in _STANDARD and not special:
        notes.append(f"The service tier {_short(tier)} has no price of its own at that time: the standard one was taken.")
    if not mine:
        notes.append(f"{provider.name} has no price of its own in the table: that of the model's maker was taken.")
    since, until = _valid(model, moment, notes)
    lines = tuple(
        _line(unit, _steps(price, unit.per), discount)
        for unit in UNITS
        if (price := prices.__dict__.get(unit.price_key)) is not None
    )
    uncounted = sorted({_UNCOUNTED[key] for key, price in prices.__dict__.items() if price is not None and key in _UNCOUNTED})
    if not any(line.unit.side for line in lines):
        if not asked.lower().endswith(":free"):
            return Missing("no-price", _no_price(provider, model, uncounted))
        lines = tuple(_line(unit, [(0, Fraction(0))], None) for unit in UNITS if unit.what in ("input", "output"))
        notes.append("A free variant (`:free`).")
    elif uncounted:
        notes.append(f"What it charges by the {', '.join(uncounted)} is not counted.")
    return Rate(
        source=GENAI, provider=provider.id, model=model.id, title=model.name or model.id, since=since, until=until,
        tier=tier if special else "", lines=lines, notes=tuple(notes), by_time=_depends_on_time(model), discount=discount,
    )  # fmt: skip


def _no_price(provider: Provider, model: ModelInfo, uncounted: Sequence[str]) -> str:
    if uncounted:
        return f"{provider.name} charges {model.id} by the {', '.join(uncounted)}, which logs do not state."
    return f"The price table of {provider.name} has {model.id} without a price."


def _line(unit: Unit, steps: Sequence[tuple[int, Fraction]], discount: Discount | None) -> Line:
    factor = 1 - Fraction(discount.percent) / 100 if discount else Fraction(1)
    return Line(unit, tuple((above, usd * factor) for above, usd in steps))


def _steps(price: Decimal | TieredPrices, per: int) -> list[tuple[int, Fraction]]:
    if isinstance(price, TieredPrices):
        return [(0, Fraction(price.base) / per), *((tier.start, Fraction(tier.price) / per) for tier in price.tiers)]
    return [(0, Fraction(price) / per)]


def _has_variant(model: ModelInfo, moment: datetime, context: Mapping[str, str]) -> bool:
    return any(
        (variant.constraint is None or variant.constraint.active(moment))
        and all(context.get(key) == value for key, value in variant.when.items())
        for variant in model.price_variants or ()
    )


def _valid(model: ModelInfo, moment: datetime, notes: list[str]) -> tuple[str, str]:
    """First and last day of the price that held then, "" where it has none; adds to `notes`."""
    if isinstance(model.prices, ModelPrice):
        return "", ""
    active = [row for row in model.prices if row.constraint is None or row.constraint.active(moment)]
    if not active:
        notes.append("The table's first price begins later than the call: it was taken.")
    row = active[-1] if active else model.prices[0]
    if _depends_on_time(model):
        notes.append("It depends on the time of day.")
    since = row.constraint.start_date.isoformat() if isinstance(row.constraint, StartDateConstraint) else ""
    later = [
        other.constraint.start_date
        for other in model.prices
        if isinstance(other.constraint, StartDateConstraint) and other.constraint.start_date > moment.date()
    ]
    return since, (min(later) - timedelta(days=1)).isoformat() if later else ""


def _depends_on_time(model: ModelInfo) -> bool:
    rows: list[ConditionalPrice | PriceVariant] = [*(model.price_variants or ())]
    if not isinstance(model.prices, ModelPrice):
        rows.extend(model.prices)
    return any(isinstance(row.constraint, TimeOfDateConstraint) for row in rows)
