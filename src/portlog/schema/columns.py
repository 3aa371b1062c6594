"""COLUMNS: what the store keeps of a log, said once.

Row encoder, filters, list replies, docs/reference/columns.md and the migration test read this one table.
A new field is a line here and a migration.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portlog.schema import jsons
from portlog.schema.log import CALL_KINDS, Derived, Kept, Log


@dataclass(frozen=True, slots=True)
class Links:
    """What a log has from the other spans of its trace (otel.md 4 and 6)."""

    user: str = ""
    user_from: str = ""  # span id
    session: str = ""
    session_from: str = ""
    duplicate_of: str = ""  # "trace_id/span_id" of the span that shows the same call; "" if this one counts


def links_of(kept: Kept) -> Links:
    """The links that an imported log brings along."""
    return Links(kept.user, kept.user_from, kept.session, kept.session_from, kept.duplicate_of)


@dataclass(frozen=True, slots=True)
class Row:
    """One log on its way into the store: unfolded, derived, split into shapes and text (`schema.texts`), linked."""

    seq: int
    log: Log
    derived: Derived
    request_shape: bytes
    response_shape: bytes
    text: str
    links: Links = Links()
    revision: int = 0  # how often it was replaced: of two rows with one id the higher is the log

    @property
    def counts(self) -> bool:
        """Whether it is a model call, and the one span of it that counts (otel.md 6)."""
        return (
            self.derived.kind in CALL_KINDS and not self.links.duplicate_of and self.derived.outcome != "pending"
        )


Source = Callable[[Row], Any]


@dataclass(frozen=True)
class Column:
    """One column of the store, as everyone sees it."""

    name: str
    type: str  # the engine's type
    meaning: str
    source: Source  # value of one log; None for what the applier itself knows (position)
    unit: str = ""
    wire: str = ""  # name in the metrics object of contract 6.1, "" when it is not shown there
    filter: str = ""  # how wire filters see it: "list", "number", "time", "map", "text"; "" is no filter
    heavy: bool = False  # read only for one log, never for lists


def _json_map(headers: dict[str, str]) -> bytes:
    return jsons.encode(headers) if headers else b""


def _warnings(log: Log) -> bytes:
    return jsons.encode([{"path": w.path, "code": w.code, "value": w.value} for w in log.warnings]) if log.warnings else b""


COLUMNS: tuple[Column, ...] = (
    # identity and time
    Column("id", "FixedString(16)", "UUIDv7; its time is created_at.", lambda r: r.log.id, wire="id"),
    Column("created_at", "DateTime64(3, 'UTC')", "When the call was made, or received if that was not sent.",
           lambda r: r.log.created_ms, unit="ms", wire="created_at", filter="time"),
    Column("received_at", "DateTime64(3, 'UTC')", "When the log was posted.", lambda r: r.log.received_ms, unit="ms"),
    Column("wal_seq", "UInt64", "Record of the write-ahead log that it came from.", lambda r: r.seq),
    Column("revision", "UInt32", "How often the log was completed or derived again; of one id the highest is shown.",
           lambda r: r.revision),
    Column("workspace", "LowCardinality(String)", "Workspace of the key that posted it.", lambda r: r.log.workspace,
           wire="workspace_slug"),
    Column("api_key_id", "LowCardinality(String)", "Id of that key, empty without one.", lambda r: r.log.api_key_id,
           wire="api_key_id", filter="list"),
    Column("organisation_id", "LowCardinality(String)", "Organisation that the sender named.",
           lambda r: r.log.organisation_id, wire="organisation_id"),
    Column("source_shape", "LowCardinality(String)", "Form in which the sender posted it.", lambda r: r.log.shape),
    # trace
    Column("trace_id", "String", "Trace; generated when none was sent.", lambda r: r.log.trace_id, wire="trace_id",
           filter="list"),
    Column("span_id", "String", "Span; generated when none was sent.", lambda r: r.log.span_id, wire="span_id",
           filter="list"),
    Column("parent_span_id", "String", "Parent span; empty for a root.", lambda r: r.log.parent_span_id,
           wire="parent_span_id"),
    Column("span_name", "LowCardinality(String)", "Span name, else method and path.", lambda r: r.log.span_name,
           wire="span_name"),
    # the call
    Column("provider", "LowCardinality(String)", "Who answered.", lambda r: r.log.provider, wire="ai_org", filter="list"),
    Column("model", "LowCardinality(String)", "Model that answered, else the one asked for.", lambda r: r.derived.model,
           wire="ai_model", filter="list"),
    Column("model_requested", "LowCardinality(String)", "Model asked for.", lambda r: r.derived.model_requested),
    Column("kind", "LowCardinality(String)", "llm, embedding, agent, tool, retriever, chain or span.",
           lambda r: r.derived.kind, filter="list"),
    Column("outcome", "LowCardinality(String)", "success, error, or pending: no answer seen yet.",
           lambda r: r.derived.outcome, filter="list"),
    Column("counts", "UInt8", "1: a model call, counted once; 0: another span, a second sight of a call, or pending.",
           lambda r: r.counts),
    Column("status", "Nullable(Int32)", "HTTP status as sent, 200 when none was; empty where none is known.",
           lambda r: r.log.status, wire="response_status_code", filter="list"),
    Column("response_ms", "Nullable(Float64)", "Latency.", lambda r: r.log.response_ms, unit="ms",
           wire="response_time", filter="number"),
    Column("input_tokens", "Nullable(UInt32)", "Tokens of the request, cached ones included.",
           lambda r: r.derived.input_tokens, unit="tokens", wire="req_units", filter="number"),
    Column("output_tokens", "Nullable(UInt32)", "Tokens of the answer, reasoning included.",
           lambda r: r.derived.output_tokens, unit="tokens", wire="res_units", filter="number"),
    Column("total_tokens", "Nullable(UInt32)", "Both.", lambda r: r.derived.total_tokens, unit="tokens",
           wire="total_units", filter="number"),
    Column("cache_read_tokens", "Nullable(UInt32)", "Input tokens that the provider read from its cache.",
           lambda r: r.derived.cache_read_tokens, unit="tokens"),
    Column("cache_write_tokens", "Nullable(UInt32)", "Input tokens that the provider wrote to its cache.",
           lambda r: r.derived.cache_write_tokens, unit="tokens"),
    Column("reasoning_tokens", "Nullable(UInt32)", "Output tokens spent on reasoning.",
           lambda r: r.derived.reasoning_tokens, unit="tokens"),
    Column("cost_usd", "Nullable(Float64)", "Cost; empty while no price is known.", lambda r: r.derived.cost_usd,
           unit="USD", wire="cost", filter="number"),
    Column("input_cost_usd", "Nullable(Float64)", "Part of it for the request.", lambda r: r.derived.input_cost_usd,
           unit="USD"),
    Column("output_cost_usd", "Nullable(Float64)", "Part of it for the answer.", lambda r: r.derived.output_cost_usd,
           unit="USD"),
    Column("cost_source", "LowCardinality(String)", "Where the cost comes from, or why there is none.",
           lambda r: r.derived.cost_source),
    Column("first_token_ms", "Nullable(Float64)", "Time to the first token, where it was sent.",
           lambda r: r.derived.first_token_ms, unit="ms"),
    Column("stream", "Nullable(UInt8)", "Whether the answer was streamed.", lambda r: r.derived.stream, wire="stream_mode"),
    Column("finish_reason", "LowCardinality(String)", "Why the model stopped.", lambda r: r.derived.finish_reason),
    Column("cache_status", "LowCardinality(String)", "Cache status of the gateway.", lambda r: r.derived.cache_status,
           wire="cache_status", filter="list"),
    Column("retry_count", "Nullable(Int16)", "Tries of the gateway; -1 when they ran out.", lambda r: r.derived.retry_count,
           wire="retry_success_count"),
    Column("option_path", "LowCardinality(String)", "Option of the gateway's config that answered.",
           lambda r: r.derived.option_path),
    Column("virtual_key", "LowCardinality(String)", "Virtual key of the caller.", lambda r: r.log.virtual_key,
           wire="virtual_key", filter="list"),
    Column("config", "LowCardinality(String)", "Gateway config of the caller.", lambda r: r.log.config, wire="config",
           filter="list"),
    Column("prompt_slug", "LowCardinality(String)", "Prompt, from metadata `_prompt`.",
           lambda r: r.log.metadata_index.get("_prompt", ""), wire="prompt_slug", filter="list"),
    Column("sdk_version", "LowCardinality(String)", "SDK that posted it.", lambda r: r.log.sdk_version,
           wire="sdk_version"),
    Column("runtime", "LowCardinality(String)", "Runtime of that SDK.", lambda r: r.log.runtime, wire="runtime"),
    Column("runtime_version", "LowCardinality(String)", "Version of that runtime.", lambda r: r.log.runtime_version,
           wire="runtime_version"),
    Column("source", "LowCardinality(String)", "Library that made it, with its version.", lambda r: r.log.source),
    Column("derived_by", "LowCardinality(String)", "Rules and prices that the derived columns are of.",
           lambda r: r.derived.by),
    # who and what for
    Column("user", "LowCardinality(String)", "User of the log (contract 4.3), else of the trace.",
           lambda r: r.log.user or r.links.user, filter="list"),
    Column("user_from", "String", "Span that the user was taken from; empty: its own.", lambda r: r.links.user_from),
    Column("session", "String", "Session or conversation, its own or of the trace.",
           lambda r: r.log.session or r.links.session, filter="list"),
    Column("session_from", "String", "Span that the session was taken from; empty: its own.",
           lambda r: r.links.session_from),
    Column("tags", "Array(LowCardinality(String))", "Tags.", lambda r: r.derived.tags),
    Column("metadata", "Map(LowCardinality(String), String)", "Index of the metadata: text of at most 128 characters.",
           lambda r: list(r.log.metadata_index.items()), filter="map"),
    # the answer
    Column("response_id", "String", "The provider's id of the answer.", lambda r: r.derived.response_id),
    Column("duplicate_of", "String", "Trace and span that show the same call and count for it; empty: this one does.",
           lambda r: r.links.duplicate_of),
    Column("join_key", "String", "Key by which posts of one call find each other; empty where ids do.",
           lambda r: r.log.join_key),
    Column("tools", "Array(LowCardinality(String))", "Tools that the answer calls, or the tool that ran.",
           lambda r: r.derived.tools),
    Column("has", "Array(LowCardinality(String))", "What the messages hold besides text.", lambda r: r.derived.has),
    Column("error_type", "LowCardinality(String)", "Class or code of the error, as sent.",
           lambda r: r.derived.error_type),
    # what lists show
    Column("preview", "String", "Start of the last user message.", lambda r: r.derived.preview, unit="200 characters"),
    Column("response_preview", "String", "Start of the answer.", lambda r: r.derived.response_preview,
           unit="200 characters"),
    Column("error_message", "String", "What an error answer said.", lambda r: r.derived.error_message,
           unit="500 characters"),
    Column("request_url", "String", "URL that was called, without secrets.", lambda r: r.log.request_url,
           wire="request_url"),
    Column("request_method", "LowCardinality(String)", "HTTP method.", lambda r: r.log.request_method,
           wire="request_method"),
    Column("tracked", "UInt8", "0: bodies and headers were not kept (do-not-track).", lambda r: r.log.tracked),
    # raw parts: text, and JSON text
    Column("text", "String", "Texts of request and response; carries the text index.", lambda r: r.text,
           filter="text", heavy=True),
    Column("request_headers", "String", "Request headers, secrets replaced.",
           lambda r: _json_map(r.log.request_headers), heavy=True),
    Column("request_body", "String", "Shape of the request body; its texts are in `text`.", lambda r: r.request_shape, heavy=True),
    Column("request_rest", "String", "Unknown keys of `request`.", lambda r: r.log.request_rest, heavy=True),
    Column("response_headers", "String", "Response headers, secrets replaced.",
           lambda r: _json_map(r.log.response_headers), heavy=True),
    Column("response_body", "String", "Shape of the response body.", lambda r: r.response_shape, heavy=True),
    Column("response_rest", "String", "Unknown keys of `response`.", lambda r: r.log.response_rest, heavy=True),
    Column("metadata_raw", "String", "Metadata as sent, all sources merged.", lambda r: r.log.metadata, heavy=True),
    Column("rest", "String", "Unknown keys of the log itself.", lambda r: r.log.rest, heavy=True),
    Column("raw", "String", "The element as posted, where it was no plain log; JSON, secrets replaced.",
           lambda r: r.log.raw, heavy=True),
    Column("warnings", "String", "What was missing or assumed, as JSON.", lambda r: _warnings(r.log), heavy=True),
)  # fmt: skip

BY_NAME = {column.name: column for column in COLUMNS}
LIGHT = tuple(column for column in COLUMNS if not column.heavy)
assert len(BY_NAME) == len(COLUMNS)
