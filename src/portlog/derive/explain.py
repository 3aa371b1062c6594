"""Why a log shows what it shows: every derived value, computed again from the stored raw parts, with rule and places.

The same functions as the applier's, so what is explained is what was counted. Where rules or prices have changed since,
the stored value and the one of now differ, and both are said. docs/guides/costs.md; contract 2.3, otel.md 4 to 8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from portlog.derive import decoded, derive_from, read, trace
from portlog.derive.cost import Cost, Prices
from portlog.derive.reading import Reading, derived_by
from portlog.schema import jsons
from portlog.schema.columns import Links, Row
from portlog.schema.ids import to_text
from portlog.schema.log import CALL_KINDS, Derived, Log
from portlog.schema.restore import log_of
from portlog.senders.table import shape_named, unfold

Stored = Mapping[str, Any]  # a row of the store, by column name


@dataclass(frozen=True, slots=True)
class _Case:
    """One log, read again."""

    stored: Stored
    log: Log
    derived: Derived
    reading: Reading | None  # None under do-not-track: there is nothing to read
    cost: Cost | None  # None where a log has no cost of its own
    shape: str  # the sender's form, in words; "" is a plain log


@dataclass(frozen=True, slots=True)
class Explained:
    """One derived value, and how it is explained."""

    name: str  # as the log object and the columns call it
    rule: str  # a sentence
    value: Callable[[_Case], Any]
    places: Callable[[_Case], Sequence[str]] = lambda case: ()
    says: Callable[[_Case], str] = lambda case: ""  # a sentence for this log in place of `rule`; "" keeps it


def explanation(stored: Stored, hidden: Sequence[Stored], prices: Prices) -> dict[str, Any]:
    """Explain one log.

    stored  its row
    hidden  rows of the other spans that show the same call, where this one shows it with what they know
    raises  ValueError when a row is damaged
    """
    prices.refresh()
    case = _read_again(stored, hidden, prices)
    values = [_explain(case, explained) for explained in EXPLAINED]
    by_now, by_then = derived_by(prices), stored["derived_by"] or None
    matches = all(value["matches"] for value in values)
    return {
        "object": "explanation",
        "id": to_text(stored["id"]),
        "matches": matches,
        "note": _note(case, matches, by_then, by_now),
        "derived_by": by_then,
        "derived_by_now": by_now,
        "values": values,
        "cost": _cost(case),
    }


def _read_again(stored: Stored, hidden: Sequence[Stored], prices: Prices) -> _Case:
    log = _unstreamed(unfold(log_of(stored)))
    shape = shape_named(log.shape)
    title = shape.title if shape else ""
    if log.derived is not None:
        return _Case(stored, log, log.derived, None, None, title)
    if hidden:
        log = trace.taken(_row(log, prices), [_row(unfold(log_of(other)), prices) for other in hidden])
    request, response = decoded(log.request_body), decoded(log.response_body)
    reading = read(log, request, response)
    derived = derive_from(log, request, response, prices)
    if stored["duplicate_of"]:
        return _Case(stored, log, trace.hidden(derived), reading, None, title)
    cost = None
    if reading.kind in CALL_KINDS and reading.outcome != "pending":
        cost = prices.cost(
            provider=reading.provider, model=reading.model, created_ms=log.created_ms, usage=reading.usage,
            stated_usd=reading.stated_cost_usd, stated_place=reading.places.get("cost_usd", ""),
        )  # fmt: skip
    return _Case(stored, log, derived, reading, cost, title)


def _row(log: Log, prices: Prices) -> Row:
    derived = derive_from(log, decoded(log.request_body), decoded(log.response_body), prices)
    return Row(seq=0, log=log, derived=derived, request_shape=b"", response_shape=b"", text="")


def _unstreamed(log: Log) -> Log:
    """A row has one value of `stream`: whoever else says it too is named rather than a field that may not have been sent."""
    if log.raw or log.stream is None or log.derived is not None:
        return log
    bare = msgspec.structs.replace(log, stream=None)
    said = read(bare, decoded(bare.request_body), decoded(bare.response_body)).stream
    return bare if said is log.stream else log


def _explain(case: _Case, explained: Explained) -> dict[str, Any]:
    value, shown = (_plain(explained.name, v) for v in (explained.value(case), case.stored[explained.name]))
    if case.reading is None:
        rule, places = "Not kept under do-not-track: as it was derived when the log came in.", []
    else:
        rule = explained.says(case) or explained.rule
        places = [place for place in explained.places(case) if place]
    return {
        "name": explained.name, "value": value, "shown": shown, "matches": value == shown, "rule": rule, "places": places,
    }  # fmt: skip


_FLAGS = frozenset(("counts", "stream"))  # the store has 0 and 1


def _plain(name: str, value: Any) -> Any:
    """As JSON has it: nothing for what is not known, lists for arrays."""
    if name in _FLAGS and value is not None:
        return bool(value)
    if isinstance(value, list | tuple):
        return list(value)
    return None if value == "" else value


def _note(case: _Case, matches: bool, by_then: str | None, by_now: str) -> str | None:
    if not matches:
        return (
            f"Derived with {by_then or 'an earlier release'}; rules and prices of now ({by_now}) give other values. "
            "`portlog reprocess` derives it again."
        )
    if case.reading is None:
        return "Bodies and headers were not kept (do-not-track): what was derived from them cannot be computed again."
    return None


def _cost(case: _Case) -> dict[str, Any]:
    stored = case.stored
    shown = {"shown_usd": stored["cost_usd"], "shown_source": stored["cost_source"] or None}
    cost = case.cost
    if cost is None:
        usd = case.derived.cost_usd
        empty = {"usd": usd, "input_usd": None, "output_usd": None, "source": case.derived.cost_source or None}
        return empty | shown | {"matches": usd == stored["cost_usd"], "reason": _why_none(case), "price": None, "parts": []}
    return {
        "usd": cost.usd,
        "input_usd": cost.input_usd,
        "output_usd": cost.output_usd,
        "source": cost.source,
        **shown,
        "matches": (cost.usd, cost.source) == (stored["cost_usd"], stored["cost_source"]),
        "reason": cost.reason,
        "price": _price(cost),
        "parts": [msgspec.structs.asdict(part) for part in cost.parts],
    }


def _price(cost: Cost) -> dict[str, Any] | None:
    if cost.price is None:
        return None
    price = msgspec.structs.asdict(cost.price)
    for empty in ("since", "until", "tier", "own_id", "discount_id"):
        price[empty] = price[empty] or None
    return price


def _why_none(case: _Case) -> str:
    if case.reading is None:
        return "Under do-not-track only the cost itself is kept."
    if case.stored["duplicate_of"]:
        return f"Counted by span {case.stored['duplicate_of']}, which shows the same call."
    if case.derived.outcome == "pending":
        return "No answer has been seen yet."
    return f"Only model calls have a cost: this is of kind {case.derived.kind}, which repeats those of its calls."


# -- rules ---------------------------------------------------------------------------------------------------------


def _of(name: str) -> Callable[[_Case], Any]:
    return lambda case: getattr(case.derived, name)


def _read_at(name: str) -> Callable[[_Case], Sequence[str]]:
    return lambda case: [case.reading.places.get(name, "")] if case.reading else []


def _used_at(*names: str) -> Callable[[_Case], Sequence[str]]:
    def places(case: _Case) -> Sequence[str]:
        found = [case.reading.usage.places.get(name, "") for name in names] if case.reading else []
        return list(dict.fromkeys(place for text in found for place in text.split(" + ")))

    return places


def _tokens(meaning: str) -> Callable[[_Case], str]:
    """What a number of tokens says of itself in one log."""

    def says(case: _Case) -> str:
        if case.stored["duplicate_of"]:
            return f"Counted by span {case.stored['duplicate_of']}, which shows the same call."
        if case.derived.kind not in CALL_KINDS:
            return f"Only model calls have tokens: this is of kind {case.derived.kind}, which repeats those of its calls."
        return meaning

    return says


def _count(name: str, meaning: str) -> Explained:
    says = _tokens(meaning)

    def of_log(case: _Case) -> str:
        said = says(case)
        if said == meaning and getattr(case.derived, name) is None:
            return "No field states it: not known, which is not 0."
        return said

    def places(case: _Case) -> Sequence[str]:
        return _used_at(name)(case) if getattr(case.derived, name) is not None else ()

    return Explained(name, meaning, _of(name), places, of_log)


def _cost_rule(case: _Case) -> str:
    return case.cost.reason if case.cost else _why_none(case)


def _cost_places(case: _Case) -> Sequence[str]:
    if case.cost is None or case.cost.usd is None or case.reading is None:
        return ()
    if case.cost.source != "sent":
        return _used_at("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")(case)
    return _read_at("cost_usd")(case) if case.reading.places.get("cost_usd") else _used_at("cost_usd")(case)


def _provider_rule(case: _Case) -> str:
    inferred = case.reading is not None and case.reading.places.get("provider") == "inferred"
    return "Not sent: taken from metadata, headers, or the host that was called." if inferred else ""


def _status_rule(case: _Case) -> str:
    if case.log.status is None:
        return "No HTTP status is known, and none is made up."
    return f"As the {case.shape} says it; 200 for an answer without one." if case.shape else ""


def _outcome_rule(case: _Case) -> str:
    if case.derived.outcome == "pending":
        return "The request was seen, its answer not yet."
    if case.log.outcome:
        return f"As the {case.shape} says it." if case.shape else "As it was sent."
    if case.log.status is None:
        return "No status is known: an answer that holds an error is one."
    return ""


def _kind_rule(case: _Case) -> str:
    return f"As the {case.shape} says it." if case.log.kind and case.shape else ""


def _counts(case: _Case) -> bool:
    return Row(0, case.log, case.derived, b"", b"", "", links=_links(case.stored)).counts


def _links(stored: Stored) -> Links:
    return Links(duplicate_of=stored["duplicate_of"])


def _counts_rule(case: _Case) -> str:
    if case.stored["duplicate_of"]:
        return f"It does not: span {case.stored['duplicate_of']} shows the same call and counts for it."
    if case.derived.kind not in CALL_KINDS:
        return f"It does not: only model calls and embeddings count, and this is of kind {case.derived.kind}."
    if case.derived.outcome == "pending":
        return "It does not yet: no answer has been seen."
    return "It does: a model call, and the one span of it that counts."


def _latency_places(case: _Case) -> Sequence[str]:
    return ["response.response_time"] if not case.shape and case.log.response_ms is not None else ()


def _latency_rule(case: _Case) -> str:
    if case.log.response_ms is None:
        return "No field states it."
    if case.log.began_ms is not None and case.log.ended_ms is not None:
        return "The span's end less its beginning; of a streamed answer in a span of its own, that span's beginning."
    return f"As the {case.shape} says it, in ms." if case.shape else ""


def _own_or_given(name: str, own: Callable[[_Case], str]) -> Explained:
    """User or session: the log's own, or that of another span of its trace."""

    def value(case: _Case) -> Any:
        return own(case) or (case.stored[name] if case.stored[f"{name}_from"] else "")

    def says(case: _Case) -> str:
        if not own(case) and (giver := case.stored[f"{name}_from"]):
            return f"From span {giver} of the trace: this log names none."
        return f"As the {case.shape} says it." if own(case) and case.shape else ""

    def places(case: _Case) -> Sequence[str]:
        return [_metadata_place(case, own(case), name)] if own(case) else ()

    meaning = {
        "user": "Metadata `_user`, `user` or `user_id`, else `user` of the request body.",
        "session": "Metadata `_session`, `session_id`, `sessionId`, `session` or `conversation_id`.",
    }[name]
    return Explained(name, meaning, value, places, says)


_KEYS = {
    "user": ("_user", "user", "user_id"),
    "session": ("_session", "session_id", "sessionId", "session", "conversation_id"),
}


def _metadata_place(case: _Case, value: str, name: str) -> str:
    """Where in a log its own user or session stands; "" for what only the sender's element says."""
    metadata = jsons.decode_any(case.log.metadata) if case.log.metadata else {}
    for key in _KEYS[name]:
        sent = metadata.get(key) if isinstance(metadata, dict) else None
        if sent is not None and str(sent)[: len(value)] == value:
            return f"metadata.{key}"
    request = case.reading.request if case.reading else None
    sent = request.get("user") if name == "user" and isinstance(request, dict) else None
    return "request.body.user" if sent == value else ""


def _header(name: str, header: str, meaning: str) -> Explained:
    def places(case: _Case) -> Sequence[str]:
        return [f"response.headers.{key}" for key in case.log.response_headers if key.lower() == header]

    return Explained(name, f"{meaning}: response header `{header}`.", _of(name), places)


EXPLAINED: tuple[Explained, ...] = (
    Explained("provider", "As it was sent.", lambda c: c.log.provider,
              lambda c: [p for p in _read_at("provider")(c) if p != "inferred"], _provider_rule),
    Explained("model", "The model that answered, else the one asked for, metadata, or the URL.", _of("model"), _read_at("model")),
    Explained("model_requested", "The model that the request asks for.", _of("model_requested"), _read_at("model_requested")),
    Explained("kind", "Embedding by the path or by vectors in the answer, else llm.", _of("kind"), says=_kind_rule),
    Explained("outcome", "By the HTTP status: 400 and above, and what is no status, is an error.", _of("outcome"),
              lambda c: ["response.status"] if not c.shape and c.log.status is not None else (), _outcome_rule),
    Explained("status", "As it was sent; 200 when it was not.", lambda c: c.log.status,
              lambda c: ["response.status"] if not c.shape else (), _status_rule),
    Explained("counts", "Whether it counts.", _counts, says=_counts_rule),
    _count("input_tokens", "All input, what was read from or written to a cache included."),
    _count("output_tokens", "All output, reasoning included."),
    Explained("total_tokens", "Input and output.", _of("total_tokens"),
              lambda c: _used_at("input_tokens", "output_tokens")(c) if c.derived.total_tokens is not None else (),
              _tokens("Input and output; a total that is stated beside them is not used.")),
    _count("cache_read_tokens", "Input that the provider read from its cache."),
    _count("cache_write_tokens", "Input that the provider wrote to its cache."),
    _count("reasoning_tokens", "Output spent on reasoning."),
    Explained("cost_usd", "The cost.", _of("cost_usd"), _cost_places, _cost_rule),
    Explained("input_cost_usd", "The parts of the cost that are input.", _of("input_cost_usd")),
    Explained("output_cost_usd", "The parts of the cost that are output.", _of("output_cost_usd")),
    Explained("cost_source", "Where the cost comes from, or why there is none.", _of("cost_source")),
    Explained("response_ms", "The latency that was sent, in ms.", lambda c: c.log.response_ms, _latency_places, _latency_rule),
    Explained("first_token_ms", "Time to the first token, where a field states it.", _of("first_token_ms"),
              _read_at("first_token_ms")),
    Explained("stream", "What the sender says, what the answer is, what was asked for.", _of("stream"), _read_at("stream")),
    Explained("finish_reason", "Why the model stopped, as the answer says it.", _of("finish_reason"), _read_at("finish_reason")),
    Explained("response_id", "The provider's id of the answer.", _of("response_id"), _read_at("response_id")),
    Explained("error_type", "Class or code of the error, names before numbers.", _of("error_type"), _read_at("error_type")),
    Explained("error_message", "What the error answer says; its first 500 characters.", _of("error_message"),
              _read_at("error_message")),
    _header("cache_status", "x-portkey-cache-status", "Cache status of the gateway"),
    _header("retry_count", "x-portkey-retry-attempt-count", "Tries of the gateway"),
    _header("option_path", "x-portkey-last-used-option-index", "Option of the gateway's config that answered"),
    _own_or_given("user", lambda c: c.log.user),
    _own_or_given("session", lambda c: c.log.session),
    Explained("tools", "Tools that the answer calls, or the tool that ran.", _of("tools")),
    Explained("has", "What the messages hold besides text.", _of("has")),
    Explained("tags", "Tags that the sender names.", _of("tags")),
    Explained("preview", "Start of the last user message; 200 characters.", _of("preview")),
    Explained("response_preview", "Start of the answer; 200 characters.", _of("response_preview")),
)  # fmt: skip
