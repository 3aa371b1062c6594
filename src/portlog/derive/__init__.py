"""What is computed from a log: model, tokens, cost, previews, error, cache status. Pure; never fails, never guesses.

`reading` finds the facts, `usage` the numbers, `conversation` the messages, `streams` puts streamed answers together,
`cost` multiplies. A number that no field states stays None. The raw parts stay in the store, so that a later release can
derive the past again.
"""

from __future__ import annotations

from typing import Any, Protocol

from portlog.derive.conversation import sketch
from portlog.derive.reading import (
    ERROR_CHARS_MAX,
    NAME_CHARS_MAX,
    NAMES_MAX,
    Reading,
    derived_by,
    is_error,
    lowered,
    read,
)
from portlog.derive.usage import Usage
from portlog.schema import jsons
from portlog.schema.log import CALL_KINDS, Derived, Log, Stated

__all__ = ["Prices", "Reading", "decoded", "derive", "derive_from", "is_error", "read", "shorten"]

PREVIEW_CHARS_MAX = 200


class Cost(Protocol):
    """What a price list says of one call."""

    @property
    def usd(self) -> float | None: ...
    @property
    def input_usd(self) -> float | None: ...
    @property
    def output_usd(self) -> float | None: ...
    @property
    def source(self) -> str: ...


class Prices(Protocol):
    """`cost.Prices`, as far as it is needed here: whoever derives without prices does not load them."""

    @property
    def version(self) -> str: ...
    def cost(
        self, *, provider: str, model: str, created_ms: int, usage: Usage, stated_usd: float | None, stated_place: str
    ) -> Cost:
        """What a call cost."""


def derive(log: Log, prices: Prices | None = None) -> Derived:
    """Compute a log's derived values from its raw parts. Total: any JSON at all gives a result."""
    return derive_from(log, decoded(log.request_body), decoded(log.response_body), prices)


def derive_from(log: Log, request: Any, response: Any, prices: Prices | None = None) -> Derived:
    """As `derive`, for a caller that has decoded the bodies already.

    Only calls have tokens and cost: an agent or a chain repeats the sum of its calls (otel.md 6).
    """
    if log.derived is not None:
        return log.derived
    reading = read(log, request, response)
    said = sketch(reading.request, reading.answer)
    usage, counts = reading.usage, reading.kind in CALL_KINDS
    asked, answered = usage.input_tokens, usage.output_tokens
    cost = None
    if counts and prices is not None and reading.outcome != "pending":
        cost = prices.cost(
            provider=reading.provider, model=reading.model, created_ms=log.created_ms, usage=usage,
            stated_usd=reading.stated_cost_usd, stated_place=reading.places.get("cost_usd", ""),
        )  # fmt: skip
    headers = lowered(log.response_headers)
    stated = log.stated
    return Derived(
        model=reading.model,
        input_tokens=asked if counts else None,
        output_tokens=answered if counts else None,
        total_tokens=total(usage) if counts else None,
        cache_read_tokens=usage.cache_read_tokens if counts else None,
        cache_write_tokens=usage.cache_write_tokens if counts else None,
        reasoning_tokens=usage.reasoning_tokens if counts else None,
        stream=reading.stream,
        finish_reason=reading.finish_reason,
        cache_status=_text(stated.get("cache_status")) or headers.get("x-portkey-cache-status", ""),
        retry_count=_integer_text(headers.get("x-portkey-retry-attempt-count", "")),
        option_path=_text(stated.get("option_path")) or headers.get("x-portkey-last-used-option-index", ""),
        preview=_preview(stated.get("preview"), said.preview, reading.request, counts),
        response_preview=_preview(stated.get("response_preview"), said.response_preview, reading.answer, counts),
        error_message=shorten(reading.error_message, ERROR_CHARS_MAX),
        kind=reading.kind,
        outcome=reading.outcome,
        model_requested=reading.model_requested,
        response_id=reading.response_id,
        first_token_ms=reading.first_token_ms,
        error_type=reading.error_type,
        tools=_names(stated.get("tools"), said.tools),
        has=said.has,
        tags=_names(stated.get("tags"), []),
        cost_usd=cost.usd if cost else None,
        cost_source=cost.source if cost else "",
        input_cost_usd=cost.input_usd if cost else None,
        output_cost_usd=cost.output_usd if cost else None,
        by=derived_by(prices),
    )


def decoded(body: bytes) -> Any:
    """The value of a stored body; None when it was not kept."""
    return jsons.decode_any(body) if body else None


def total(usage: Usage) -> int | None:
    """Input and output; a total that a sender states beside them is not used (otel.md 4)."""
    known = [count for count in (usage.input_tokens, usage.output_tokens) if count is not None]
    return sum(known) if known and sum(known) < 2**32 else None


def shorten(text: str, limit: int = PREVIEW_CHARS_MAX) -> str:
    """One line of at most `limit` characters; white space runs become one space."""
    head = " ".join(text[: limit * 4].split())
    return head if len(head) <= limit else head[: limit - 1] + "…"


def _preview(stated: Stated | None, said: str, body: Any, is_call: bool) -> str:
    """What is stated, else what was said; of a step that is no call and in no form of messages, its JSON."""
    text = stated.value if stated is not None and type(stated.value) is str else said
    if not text and not is_call and body:
        text = body if type(body) is str else jsons.encode(body).decode()
    return shorten(text) if text else ""


def _text(stated: Stated | None) -> str:
    return stated.value if stated is not None and type(stated.value) is str else ""


def _names(stated: Stated | None, found: list[str]) -> list[str]:
    names = found
    if stated is not None:
        sent = stated.value if type(stated.value) is list else [stated.value]
        names = [name for name in sent if type(name) is str and name]
    return list(dict.fromkeys(name[:NAME_CHARS_MAX] for name in names[:NAMES_MAX])) if names else []


def _integer_text(text: str) -> int | None:
    try:
        number = int(text)
    except ValueError:
        return None
    return number if abs(number) < 2**15 else None
