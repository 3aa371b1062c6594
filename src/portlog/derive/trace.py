"""What the spans of a trace tell of each other: whose user and session, and which spans are one call (otel.md 4 and 6).

Pure: `Span`s in, links out; who finds the spans and stores the links is the applier's joiner. Each rule of "one
call" is a row of RULES. In doubt two spans stay two calls.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from portlog.schema.columns import Links, Row
from portlog.schema.log import CALL_KINDS, Derived, Log, Stated

# The provider SDKs that make spans of their own; an instrumentor beside them sees the same call.
SDK_SCOPES = frozenset(("com.anthropic.sdk.python",))
_EMBEDDING, _LLM = "embedding", "llm"


@dataclass(frozen=True, slots=True)
class Span:
    """As much of a span as its trace needs to know. `key` is unique in a workspace."""

    workspace: str
    trace_id: str
    span_id: str
    parent_span_id: str
    id: bytes
    revision: int
    created_ms: int
    began_ms: float
    ended_ms: float
    kind: str
    outcome: str
    provider: str
    model: str
    model_requested: str
    scope: str
    service: str
    response_id: str
    join_key: str
    has_content: bool
    has_tokens: bool
    user: str  # its own
    session: str
    links: Links

    @property
    def key(self) -> tuple[str, str, str]:
        return self.workspace, self.trace_id, self.span_id

    @property
    def name(self) -> str:
        """As `duplicate_of` spells it."""
        return f"{self.trace_id}/{self.span_id}"


Key = tuple[str, str, str]


def span_of(row: Row, revision: int) -> Span:
    """The span that a row is."""
    log, derived = row.log, row.derived
    began = log.began_ms if log.began_ms is not None else float(log.created_ms)
    ended = log.ended_ms if log.ended_ms is not None else began + (log.response_ms or 0)
    return Span(
        workspace=log.workspace, trace_id=log.trace_id, span_id=log.span_id, parent_span_id=log.parent_span_id,
        id=log.id, revision=revision, created_ms=log.created_ms, began_ms=began, ended_ms=ended,
        kind=derived.kind, outcome=derived.outcome, provider=log.provider, model=derived.model,
        model_requested=derived.model_requested, scope=scope_of(log.source),
        service=log.metadata_index.get("service.name", ""), response_id=derived.response_id, join_key=log.join_key,
        has_content=bool(derived.preview or derived.response_preview),
        has_tokens=derived.input_tokens is not None or derived.output_tokens is not None,
        user=log.user, session=log.session, links=row.links,
    )  # fmt: skip


def scope_of(source: str) -> str:
    """The library's name out of `source`, which has its version behind it."""
    return source.rpartition(" ")[0] or source


# -- user and session --------------------------------------------------------------------------------------


def fill(spans: Mapping[str, Span]) -> dict[str, Links]:
    """User and session for each span of one trace that has none: of the nearest ancestor, else of the trace's first span.

    spans   by span id
    returns links by span id, with `duplicate_of` as it was
    """
    ordered = sorted(spans.values(), key=lambda span: (span.began_ms, span.span_id))
    users = _Heirs(spans, {s.span_id: s.user for s in ordered if s.user})
    sessions = _Heirs(spans, {s.span_id: s.session for s in ordered if s.session})
    links = {}
    for span in ordered:
        user, user_from = ("", "") if span.user else users.of(span)
        session, session_from = ("", "") if span.session else sessions.of(span)
        links[span.span_id] = Links(user, user_from, session, session_from, span.links.duplicate_of)
    return links


class _Heirs:
    """Finds for each span of a trace where it has one value from. Remembers the way, so that a deep trace costs no more."""

    def __init__(self, spans: Mapping[str, Span], own: dict[str, str]) -> None:
        """own  value by span id, in order of time"""
        self._spans, self._own = spans, own
        self._found: dict[str, str] = {}  # span id -> id of the span with the value, "" if no ancestor has one

    def of(self, span: Span) -> tuple[str, str]:
        giver = self._ancestor(span)
        if not giver and self._own:
            giver = next(iter(self._own))
        return (self._own[giver], giver) if giver else ("", "")

    def _ancestor(self, span: Span) -> str:
        way, at, giver = [], span.span_id, ""
        seen = set()
        while True:
            if at in self._found:
                giver = self._found[at]
                break
            if at not in self._spans or at in seen:  # an orphan, the root's parent, or a cycle
                break
            if at in self._own and at != span.span_id:
                giver = at
                break
            seen.add(at)
            way.append(at)
            at = self._spans[at].parent_span_id
        for passed in way:
            self._found[passed] = giver
        return giver


# -- one call, several spans -------------------------------------------------------------------------------


_CLOCK_MS = 1.0  # stored times are whole ms: two ends that are closer may be in either order


def overlap(one: Span, other: Span) -> bool:
    """Whether the spans share a moment; one that touches the other's end does."""
    return one.began_ms <= other.ended_ms + _CLOCK_MS and other.began_ms <= one.ended_ms + _CLOCK_MS


def _same_answer(one: Span, other: Span) -> bool:
    return bool(one.response_id) and one.response_id == other.response_id and overlap(one, other)


def _is_sdk_of(sdk: Span, other: Span) -> bool:
    """Whether these two spans of failed calls may be one call (otel.md 6)."""
    return (
        sdk.kind == other.kind
        and sdk.provider == other.provider
        and _requested(sdk) == _requested(other)
        and sdk.service == other.service
        and _contains(other, sdk)
    )


def _nested(one: Span, other: Span) -> bool:
    """A wrapper's span right around the call's own: same kind and model, and not two answers."""
    outer, inner = (one, other) if other.parent_span_id == one.span_id else (other, one)
    return (
        outer.trace_id == inner.trace_id
        and inner.parent_span_id == outer.span_id
        and not (one.response_id and other.response_id)
        and bool(_requested(one)) and _requested(one) == _requested(other)
        and _contains(outer, inner)
    )  # fmt: skip


def _request_and_stream(one: Span, other: Span) -> bool:
    """Logfire: the request's span ends at the first byte, a span of no length brings the answer (`join_key` = input)."""
    request, stream = (one, other) if one.began_ms <= other.began_ms else (other, one)
    return (
        bool(one.join_key) and one.join_key == other.join_key
        and one.trace_id == other.trace_id and one.parent_span_id == other.parent_span_id
        and stream.began_ms == stream.ended_ms and not request.has_tokens
    )  # fmt: skip


def _requested(span: Span) -> str:
    return span.model_requested or span.model


def _contains(outer: Span, inner: Span) -> bool:
    """The inner span lies within the outer."""
    return outer.began_ms <= inner.began_ms + _CLOCK_MS and inner.ended_ms <= outer.ended_ms + _CLOCK_MS


@dataclass(frozen=True)
class Rule:
    """One way in which two spans of one kind are one call; of failed calls see `_failed_pairs`."""

    name: str
    meaning: str
    holds: Callable[[Span, Span], bool]


RULES: tuple[Rule, ...] = (
    Rule("answer", "both name the same answer, and overlap in time", _same_answer),
    Rule("nested", "a span right around another of the same model, and only one of them names an answer", _nested),
    Rule("stream", "a request's span and the span of its streamed answer", _request_and_stream),
)


@dataclass(frozen=True, slots=True)
class Call:
    """Spans that are one model call; the first one shows it and counts."""

    shown: Span
    hidden: tuple[Span, ...]


def calls(spans: Iterable[Span]) -> list[Call]:
    """The calls that were seen more than once among these spans, of any trace of one workspace."""
    candidates = [span for span in spans if span.kind in CALL_KINDS and span.outcome != "pending"]
    groups = _Groups(candidates)
    for one, other in _pairs(candidates):
        if one.kind == other.kind and any(rule.holds(one, other) for rule in RULES):
            groups.join(one, other)
    for one, other in _failed_pairs(candidates):
        groups.join(one, other)
    by_name = {span.name: span for span in candidates}
    for span in candidates:  # what was one call stays one call: its spans have taken values from each other since
        if span.links.duplicate_of in by_name:
            groups.join(span, by_name[span.links.duplicate_of])
    return [_call(group) for group in groups.several() if not _is_wrapper_of_many(group)]


def _pairs(spans: Sequence[Span]) -> Iterator[tuple[Span, Span]]:
    """Pairs for which a rule may hold: never all with all."""
    buckets: dict[tuple[Any, ...], list[Span]] = defaultdict(list)
    by_id = {(span.trace_id, span.span_id): span for span in spans}
    for span in spans:
        if span.response_id:
            buckets["answer", span.response_id].append(span)
        if span.join_key:
            buckets["stream", span.trace_id, span.join_key].append(span)
        parent = by_id.get((span.trace_id, span.parent_span_id))
        if parent is not None:
            yield parent, span
    for bucket in buckets.values():
        bucket.sort(key=lambda span: span.began_ms)
        for i, one in enumerate(bucket):
            for other in bucket[i + 1 :]:
                if other.began_ms > one.ended_ms + _CLOCK_MS and not one.join_key:
                    break
                yield one, other


def _failed_pairs(spans: Sequence[Span]) -> Iterator[tuple[Span, Span]]:
    """A failed call has no response id: each span of a provider's SDK goes with the one instrumentor's span around it
    that began last before it. The number of calls is then right, whichever of several alike they are."""
    failed = sorted((s for s in spans if s.outcome == "error" and not s.response_id), key=lambda s: s.began_ms)
    others = [span for span in failed if span.scope not in SDK_SCOPES]
    taken_: set[Key] = set()
    for sdk in (span for span in failed if span.scope in SDK_SCOPES):
        fits = [other for other in others if other.key not in taken_ and _is_sdk_of(sdk, other)]
        if fits:
            best = max(fits, key=lambda s: (s.trace_id == sdk.trace_id, s.began_ms <= sdk.began_ms, s.began_ms))
            taken_.add(best.key)
            yield best, sdk


class _Groups:
    """Union-find over spans."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._leader = {span.key: span.key for span in spans}
        self._spans = {span.key: span for span in spans}

    def _find(self, key: Key) -> Key:
        while self._leader[key] != key:
            self._leader[key] = self._leader[self._leader[key]]
            key = self._leader[key]
        return key

    def join(self, one: Span, other: Span) -> None:
        self._leader[self._find(one.key)] = self._find(other.key)

    def several(self) -> list[list[Span]]:
        groups: dict[Key, list[Span]] = defaultdict(list)
        for key, span in self._spans.items():
            groups[self._find(key)].append(span)
        return [group for group in groups.values() if len(group) > 1]


def _is_wrapper_of_many(group: list[Span]) -> bool:
    """Two different answers in one group: some span stands around several real calls, so none of them is merged."""
    answers = {span.response_id for span in group if span.response_id}
    if len(answers) > 1:
        return True
    children: dict[str, int] = defaultdict(int)
    for span in group:
        if not span.response_id:
            children[span.parent_span_id] += 1
    ids = {span.span_id for span in group}
    return any(parent in ids and count > 1 for parent, count in children.items())


def _call(group: list[Span]) -> Call:
    """The span with content shows the call; of several, one with tokens, then the one that began first."""
    ranked = sorted(
        group, key=lambda s: (not s.has_content, s.scope in SDK_SCOPES, s.began_ms == s.ended_ms, s.began_ms, s.span_id)
    )
    return Call(ranked[0], tuple(ranked[1:]))


# -- what the shown span takes from the hidden ones ----------------------------------------------------------

# Values of a Derived that the span which shows a call takes over where it has none itself.
_TAKEN = (
    "model_requested", "model", "response_id", "finish_reason", "stream", "first_token_ms", "input_tokens",
    "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "cost_usd", "error_type",
    "error_message", "tools", "tags",
)  # fmt: skip


def taken(shown: Row, hidden: Sequence[Row]) -> Log:
    """The log that shows a call, with what only its other spans say: HTTP status, tokens, the streamed answer."""
    log = shown.log
    stated = dict(log.stated)
    changes: dict[str, Any] = {}
    for other in hidden:
        for name in _TAKEN:
            value = getattr(other.derived, name)
            if name == "cost_usd" and other.derived.cost_source != "sent":
                continue  # computed from tokens, which are taken over themselves
            if _is_known(value) and not _is_known(getattr(shown.derived, name)) and name not in stated:
                stated[name] = Stated(value, f"span {other.log.span_id}")
        if _says_status(log, other.log) and "status" not in changes:
            changes["status"] = other.log.status
        if not _has_answer(shown) and _has_answer(other):
            changes["response_body"] = other.log.response_body
        if shown.log.join_key and shown.log.join_key == other.log.join_key:
            # The answer was complete when the later span began (otel.md 6).
            began = log.began_ms if log.began_ms is not None else log.created_ms
            ended = other.log.began_ms if other.log.began_ms is not None else other.log.created_ms
            changes["response_ms"] = max(0.0, ended - began)
    return msgspec.structs.replace(log, stated=stated, **changes)


def _is_known(value: Any) -> bool:
    return value is not None and value != "" and value != []


def _has_answer(row: Row) -> bool:
    return bool(row.derived.response_preview)


def _says_status(log: Log, other: Log) -> bool:
    """An error's status is often on the SDK's span only; a success has 200 from the start."""
    return other.status is not None and log.status is None and (other.status >= 400) == (log.outcome == "error")


def hidden(derived: Derived) -> Derived:
    """A second sight of a call: its numbers are the shown span's, so that no sum counts them twice."""
    return msgspec.structs.replace(
        derived, input_tokens=None, output_tokens=None, total_tokens=None, cache_read_tokens=None,
        cache_write_tokens=None, reasoning_tokens=None, cost_usd=None, input_cost_usd=None, output_cost_usd=None,
        cost_source="",
    )  # fmt: skip
