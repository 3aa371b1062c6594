"""Demo data: what a person looks at who has not sent anything yet. The same moment gives the same logs.

Every log and every feedback carries the metadata `_demo: "true"`, by which it is removed again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portlog.schema.render import iso

MARK = {"_demo": "true"}
LOGS = 300
_DAY_MS = 86_400_000

_MODELS = (
    ("openai", "gpt-4o", "https://api.openai.com/v1/chat/completions"),
    ("openai", "gpt-4o-mini", "https://api.openai.com/v1/chat/completions"),
    ("openai", "gpt-4.1-mini", "https://api.openai.com/v1/chat/completions"),
    ("mistral-ai", "mistral-small-latest", "https://api.mistral.ai/v1/chat/completions"),
    ("groq", "llama-3.3-70b-versatile", "https://api.groq.com/openai/v1/chat/completions"),
)
_USERS = ("alice", "bob", "carol", "dave", "svc-reports")
_PLACES = ("production", "production", "production", "staging")
_TALKS = (
    ("Where is order 48213?", "It left the warehouse this morning and arrives on Thursday."),
    ("Summarise this incident for the status page.", "Between 09:12 and 09:41 UTC some uploads failed. All files are safe."),
    ("Translate “the invoice is overdue” into French.", "« La facture est en retard. »"),
    ("Which of these tickets are about refunds?", "Tickets 3, 8 and 11 ask for a refund; 5 asks how to get one."),
    ("Write a query for last week's sign-ups by country.", "```sql\nSELECT country, count(*) FROM signups GROUP BY country\n```"),
    ("Is this review positive?", "Mostly: the writer likes the product and dislikes the delivery."),
    ("Explain backpressure to a new colleague.", "A slow reader tells a fast writer to wait, rather than drown in work."),
)
_ERRORS = (
    (429, "rate_limit_error", "Rate limit reached for requests per minute. Try again in 2 s."),
    (500, "server_error", "The server had an error while processing your request."),
    (401, "invalid_request_error", "Incorrect API key provided."),
    (400, "invalid_request_error", "This model's maximum context length is 128000 tokens."),
)
_ORDER_TOOL = {
    "type": "function",
    "function": {
        "name": "find_order",
        "description": "Looks an order up.",
        "parameters": {"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]},
    },
}


def demo_logs(now_ms: int) -> list[dict[str, Any]]:
    """`LOGS` log objects of the 24 hours before `now_ms`, the oldest first."""
    step = _DAY_MS // LOGS
    return [_log(n, now_ms - (LOGS - n) * step + _mixed(n, 1, step)) for n in range(LOGS)]


def demo_feedback() -> Iterator[tuple[str, int, str]]:
    """(trace, value, comment) of some of them."""
    for n in range(0, LOGS, 12):
        good = _mixed(n, 9, 4) > 0
        yield _trace(n), 1 if good else -1, "" if good else "not what was asked for"


def _mixed(n: int, salt: int, count: int) -> int:
    """A number below `count` that looks like chance and is always the same."""
    x = (n * 2654435761 + salt * 40503 * 65537) & 0xFFFFFFFF
    x = ((x ^ (x >> 15)) * 2246822519) & 0xFFFFFFFF
    return (x ^ (x >> 13)) % count


def _trace(n: int) -> str:
    """Every fifth log begins a trace of three steps; the others stand alone."""
    first = n - n % 5 if n % 5 < 3 else n
    return f"demo-{first:04d}"


def _log(n: int, at_ms: int) -> dict[str, Any]:
    made = _made(n)
    provider, _, url = _model(n)
    request = {"url": url, "provider": provider, "headers": {"content-type": "application/json"}} | made["request"]
    response = {"headers": {}, "response_time": 300 + _mixed(n, 2, 4200)} | made["response"]
    return {"created_at": iso(at_ms), "request": request, "response": response, "metadata": _metadata(n)}


def _metadata(n: int) -> dict[str, str]:
    of_trace = {"trace_id": _trace(n), "span_id": f"demo-span-{n:04d}", "span_name": ("plan", "look up", "answer")[n % 5 % 3]}
    if n % 5 in (1, 2):
        of_trace["parent_span_id"] = f"demo-span-{n - n % 5:04d}"
    return MARK | of_trace | {
        "_user": _USERS[_mixed(n, 3, len(_USERS))],
        "environment": _PLACES[_mixed(n, 4, len(_PLACES))],
        "feature": ("support", "reports", "search")[_mixed(n, 5, 3)],
    }  # fmt: skip


def _model(n: int) -> tuple[str, str, str]:
    return _MODELS[_mixed(n, 6, len(_MODELS))]


def _made(n: int) -> dict[str, Any]:
    """Request and response of the n-th: an error, an embedding, a tool call, a stream or a chat."""
    kind = _mixed(n, 7, 20)
    if kind < 2:
        return _failed(n)
    if kind < 4:
        return _embedding(n)
    if kind < 7 or n % 5 == 1:
        return _tool_call(n)
    return _chat(n, stream=kind < 11)


def _asked(n: int, **more: Any) -> dict[str, Any]:
    question, _ = _TALKS[_mixed(n, 8, len(_TALKS))]
    messages = [{"role": "system", "content": "You answer briefly."}, {"role": "user", "content": question}]
    return {"body": {"model": _model(n)[1], "messages": messages} | more}


def _answered(n: int, message: dict[str, Any], finish: str) -> dict[str, Any]:
    sent, made = 40 + _mixed(n, 10, 2600), 8 + _mixed(n, 11, 420)
    return {
        "status": 200,
        "body": {
            "id": f"demo-answer-{n:04d}",
            "object": "chat.completion",
            "model": _model(n)[1],
            "choices": [{"index": 0, "message": {"role": "assistant"} | message, "finish_reason": finish}],
            "usage": {"prompt_tokens": sent, "completion_tokens": made, "total_tokens": sent + made},
        },
    }


def _chat(n: int, *, stream: bool) -> dict[str, Any]:
    _, answer = _TALKS[_mixed(n, 8, len(_TALKS))]
    asked = _asked(n, stream=True) if stream else _asked(n, temperature=0.2)
    return {"request": asked, "response": _answered(n, {"content": answer}, "stop")}


def _tool_call(n: int) -> dict[str, Any]:
    called = {"name": "find_order", "arguments": f'{{"number": {40000 + n}}}'}
    message = {"content": None, "tool_calls": [{"id": f"call_{n:04d}", "type": "function", "function": called}]}
    return {"request": _asked(n, tools=[_ORDER_TOOL]), "response": _answered(n, message, "tool_calls")}


def _embedding(n: int) -> dict[str, Any]:
    vector = [round(_mixed(n * 64 + at, 12, 2001) / 1000 - 1, 3) for at in range(64)]
    tokens = 20 + _mixed(n, 13, 300)
    return {
        "request": {
            "url": "https://api.openai.com/v1/embeddings",
            "provider": "openai",
            "body": {"model": "text-embedding-3-small", "input": _TALKS[_mixed(n, 8, len(_TALKS))][0]},
        },
        "response": {
            "status": 200,
            "body": {
                "object": "list",
                "model": "text-embedding-3-small",
                "data": [{"object": "embedding", "index": 0, "embedding": vector}],
                "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
            },
        },
    }


def _failed(n: int) -> dict[str, Any]:
    status, kind, message = _ERRORS[_mixed(n, 14, len(_ERRORS))]
    return {"request": _asked(n), "response": {"status": status, "body": {"error": {"type": kind, "message": message}}}}
