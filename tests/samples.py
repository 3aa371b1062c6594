"""Logs as clients send them, and Hypothesis strategies of JSON: what the tests of several rooms need."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from portlog.schema.ids import LogIds
from portlog.schema.log import Log
from portlog.senders import wire

NOW_MS = 1_795_000_000_000

SEED_SAMPLE: dict[str, Any] = {
    "request": {
        "url": "https://api.someprovider.com/model/generate",
        "method": "POST",
        "headers": {"Content-Type": "application/json"},
        "body": {"prompt": "What is AI?"},
    },
    "response": {
        "status": 200,
        "headers": {"Content-Type": "application/json"},
        "body": {"response": "AI stands for Artificial Intelligence..."},
        "response_time": 123,
    },
    "metadata": {
        "organisation_id": "org123",
        "user_id": "usr456",
        "model": "text-embedding-ada-002",
        "provider": "azure-openai",
        "trace_id": "trace123",
        "span_id": "span456",
        "span_name": "chat_completions",
    },
}
"""The sample object of the API's documentation, to the letter."""


def minimal(**fields: Any) -> dict[str, Any]:
    """The least that is a log; `fields` stand on its top level."""
    return {"request": {"url": "https://host/v1/x", "body": None}, "response": {"body": None}} | fields


def chat(text: str = "hello", answer: str = "Paris.", **fields: Any) -> dict[str, Any]:
    """A complete chat log, which gives no warning."""
    return {
        "request": {
            "url": "https://api.openai.com/v1/chat/completions",
            "provider": "openai",
            "headers": {"content-type": "application/json"},
            "body": {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": text}]},
        },
        "response": {
            "status": 200,
            "headers": {"content-type": "application/json"},
            "response_time": 412,
            "body": {
                "model": "gpt-4o-mini-2024-07-18",
                "choices": [{"message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 14, "completion_tokens": 2, "total_tokens": 16},
            },
        },
    } | fields


def parse(
    body: Any, headers: dict[str, str] | None = None, *, logs_max: int = 100, strict: bool = False
) -> list[Log]:
    """`wire.parse` of a value or of bytes, under request headers."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    context = wire.context_of(headers or {}, wire.Context(received_ms=NOW_MS, strict=strict))
    return wire.parse(data, context, wire.Limits(logs_max), LogIds())


def parse_one(body: Any, headers: dict[str, str] | None = None, *, strict: bool = False) -> Log:
    """`parse`, of a body that is one log."""
    (log,) = parse(body, headers, strict=strict)
    return log


def nested(levels: int) -> str:
    """JSON text of arrays `levels` deep."""
    return "[" * levels + "]" * levels


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
marked_texts = texts | st.text("\x01\x02\x1e\x1fab \\\"", max_size=6)
numbers = st.integers(-(10**25), 10**25) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | marked_texts
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(marked_texts, inner, max_size=4),
    max_leaves=20,
)
"""Any JSON that can be stored: no lone surrogates, finite numbers."""


@st.composite
def mutated(draw: st.DrawFn, text: bytes) -> bytes:
    """`text` with a few bytes changed, cut out, put in or repeated."""
    data = bytearray(text)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        upto = min(len(data), at + draw(st.integers(0, 8)))
        piece = draw(st.sampled_from([b"", data[at:upto] * 2, b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"0", b"-", b"\xff"])
                     | st.binary(max_size=3))  # fmt: skip
        data[at:upto] = piece
    return bytes(data)
