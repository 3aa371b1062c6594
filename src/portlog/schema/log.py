"""What a log is while it travels: the frozen `Log`, and `Call`, the record of one POST in the write-ahead log.

Raw parts are JSON text (UTF-8, minified); nothing here has Portkey's spelling, that is `wire`'s.
The encoding is MessagePack arrays: fields are only ever added at the end, with a default.
"""

from __future__ import annotations

from typing import Any

import msgspec

KINDS = ("llm", "embedding", "agent", "tool", "retriever", "chain", "span")
CALL_KINDS = frozenset(("llm", "embedding"))  # what counts: requests, tokens, cost (otel.md 6)
OUTCOMES = ("success", "error", "pending")
HAS = ("tools", "tool_calls", "reasoning", "image", "audio", "file", "refusal", "embedding")
STATED = (
    "provider", "model_requested", "model", "response_id", "finish_reason", "stream", "first_token_ms",
    "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens",
    "cost_usd", "error_type", "error_message", "tools", "tags", "preview", "response_preview",
    "cache_status", "option_path",
)  # fmt: skip


class Warning_(msgspec.Struct, array_like=True, frozen=True):
    """Something that was missing or had to be assumed, told in the reply and kept with the log."""

    path: str
    code: str  # "inferred", "defaulted", "ignored", "unreadable"
    value: str = ""


class Stated(msgspec.Struct, array_like=True, frozen=True):
    """A value that a sender states itself, beside the bodies: it wins over what the bodies say."""

    value: Any  # str, int, float, bool, or a list of str
    place: str  # where it stands in the raw element, for `explain`


class Derived(msgspec.Struct, array_like=True, frozen=True):
    """What is computed from a log's raw parts, and can be computed again. None means not known, never 0."""

    model: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    stream: bool | None = None
    finish_reason: str = ""
    cache_status: str = ""
    retry_count: int | None = None
    option_path: str = ""
    preview: str = ""
    response_preview: str = ""
    error_message: str = ""
    kind: str = "llm"  # KINDS
    outcome: str = "success"  # OUTCOMES
    model_requested: str = ""
    response_id: str = ""  # the provider's id of the answer
    first_token_ms: float | None = None
    error_type: str = ""
    tools: list[str] = []  # names of the tools that the answer calls, or of the tool that ran
    has: list[str] = []  # HAS: what the messages hold besides text
    tags: list[str] = []
    cost_usd: float | None = None
    cost_source: str = ""  # COST_SOURCES; "" while not known
    input_cost_usd: float | None = None
    output_cost_usd: float | None = None
    by: str = ""  # the rules and prices that it was derived with


class Kept(msgspec.Struct, array_like=True, frozen=True):
    """What a log that comes out of an archive brings along beside itself: it is stored as it was (`schema.archive`)."""

    revision: int = 0
    user: str = ""  # these as `Links` has them
    user_from: str = ""
    session: str = ""
    session_from: str = ""
    duplicate_of: str = ""


class Log(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """One request/response pair, validated and redacted, as it goes to disk."""

    id: bytes  # 16 bytes, UUIDv7 whose time is created_ms
    created_ms: int
    received_ms: int
    workspace: str
    api_key_id: str
    shape: str  # which sender's form it came in
    organisation_id: str

    trace_id: str
    span_id: str
    parent_span_id: str  # "" is a root
    span_name: str

    request_url: str
    request_method: str
    provider: str
    request_headers: dict[str, str]
    request_body: bytes  # JSON text; b"" when not kept
    request_rest: bytes  # JSON object of unknown keys, b"" when none

    status: int | None  # None: not known
    response_ms: float | None
    response_headers: dict[str, str]
    response_body: bytes
    response_rest: bytes

    metadata: bytes  # JSON object as sent, all sources merged
    metadata_index: dict[str, str]  # what filters and groups see: text, at most 128 characters
    rest: bytes
    user: str
    stream: bool | None

    virtual_key: str
    config: str
    sdk_version: str
    runtime: str
    runtime_version: str

    tracked: bool  # False: bodies and headers were dropped before disk (do-not-track)
    warnings: list[Warning_]
    derived: Derived | None = None  # set at ingest only when the bodies are not kept, or the log is imported

    # of foreign shapes (`senders.shapes`); what `unfold` fills in is never in the write-ahead log
    raw: bytes = b""  # the element as sent, secrets replaced: a JSON object
    join_key: str = ""  # raw elements of one workspace with one key are one log
    kind: str = ""  # KINDS; "" lets the bodies say
    outcome: str = ""  # OUTCOMES; "" lets the status say
    session: str = ""
    source: str = ""  # library and version that made it
    stated: dict[str, Stated] = {}  # by the names of STATED
    scope: str = ""  # of a span: the instrumentation scope's name
    ended_ms: float | None = None  # of a span: when it ended, as exact as sent
    began_ms: float | None = None  # of a span: when it began, as exact as sent
    kept: Kept | None = None  # set on logs that are imported: they are unfolded, and stored once, whenever they come


class Call(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """One POST: its logs are stored together or not at all."""

    version: int
    logs: list[Log]
    received_ms: int
    idempotency: str = ""  # digest of key owner and Idempotency-Key, "" when none was sent
    body_digest: str = ""  # digest of the body that the key was sent with
    reply: bytes = b""  # the first reply's body, given again to the same key


CALL_VERSION = 1

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Call).decode


def encode_call(call: Call) -> bytes:
    """One write-ahead log record."""
    return _encode(call)


def decode_call(record: bytes) -> Call:
    """Read a record that `encode_call` wrote.

    raises  msgspec.ValidationError on a record of another make; the log is then of a newer release
    """
    call = _decode(record)
    assert call.version == CALL_VERSION, f"write-ahead log record of version {call.version}; this release reads 1"
    return call
