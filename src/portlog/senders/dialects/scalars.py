"""Readers of single values: text, counts, costs, times, names; and what errors say (otel.md 4, 5 and 7)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from portlog.schema.values import as_text, number
from portlog.senders.dialects import chat
from portlog.senders.dialects.facts import Facts, event_name, parsed

_COUNT_MAX = 2**32  # what a column of tokens holds
TEXT_CHARS_MAX = 256  # of names and ids
SENTENCE_CHARS_MAX = 500


def text(facts: Facts, key: str) -> str | None:
    """A text or a number as text; anything else is absent."""
    return as_name(facts.get(key))


def as_name(value: Any) -> str | None:
    """A text, or a number as text, of bounded length."""
    if isinstance(value, str):
        return value.strip()[:TEXT_CHARS_MAX] or None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return as_text(value)
    return None


def json_text(facts: Facts, key: str) -> str | None:
    """A text as JSON text: in quotes."""
    return as_name(facts.json(key))


def of_resource(facts: Facts, key: str) -> str | None:
    """An attribute of the span, else of its resource."""
    return as_name(facts.get(key)) or as_name(facts.resource.get(key))


def as_sentence(value: Any) -> str | None:
    """A text of some length: what an error says."""
    return value.strip()[:SENTENCE_CHARS_MAX] or None if isinstance(value, str) else None


def as_count(value: Any) -> int | None:
    """Tokens: a number, or its text, of 0 or more, as large as a column holds."""
    found = number(value)
    return int(found) if found is not None and 0 <= found < _COUNT_MAX else None


def as_number(value: Any) -> float | None:
    """A number of 0 or more, or its text."""
    found = number(value)
    return found if found is not None and found >= 0 else None


def as_cost(value: Any) -> float | None:
    """USD; 0 is what senders without a price list send, and means unknown (otel.md 4)."""
    found = number(value)
    return found if found is not None and found > 0 else None


def as_flag(value: Any) -> bool | None:
    """A boolean, or a text that reads so in any case (LiteLLM)."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return None


def streams(facts: Facts, key: str) -> bool | None:
    """Vercel's operation names say whether they stream."""
    name = facts.text(key)
    return True if name.endswith(("doStream", "streamText", "streamObject")) else False if name.endswith("doGenerate") else None


def as_one(value: Any) -> str | None:
    """The first of a list, or of a JSON text of one, or of a text with commas (LangSmith)."""
    if isinstance(value, str):
        value = parsed(value) if value.startswith("[") else value.partition(", ")[0]
    if isinstance(value, list):
        value = next((v for v in value if isinstance(v, str) and v), None)
    return as_name(value)


def as_names(value: Any) -> list[str] | None:
    """A list of texts, a JSON text of one, or one text with commas (LangSmith)."""
    if isinstance(value, str):
        inner = parsed(value)
        value = inner if isinstance(inner, list) else value.split(", ")
    if not isinstance(value, list):
        return None
    found = [name for v in value if (name := as_name(v))]
    return list(dict.fromkeys(found))[:64] or None


def said(facts: Facts, key: str) -> str | None:
    """Instructions: text, or parts of text."""
    value = facts.get(key)
    value = facts.json(key) if isinstance(value, str) and value[:1] in ("[", "{") else value
    return chat.text_of(value) or None


# -- names of spans ------------------------------------------------------------------------------------------

CLIENT = 3
_CALL_NAME = re.compile(r"(chat|text_completion|generate_content|embeddings) (\S+)")
_TOOL_NAME = re.compile(r"(?:execute_tool|running tool:?) (\S+)")


def call_of_name(facts: Facts) -> tuple[str, str] | None:
    """(operation, model) of a CLIENT span named `chat gpt-4o`."""
    name = facts.span.get("name")
    match = _CALL_NAME.fullmatch(name) if isinstance(name, str) and facts.span.get("kind") == CLIENT else None
    return (match[1], match[2]) if match else None


def model_of_name(facts: Facts, key: str) -> str | None:
    """The word after the operation in a CLIENT span's name."""
    found = call_of_name(facts)
    return found[1][:TEXT_CHARS_MAX] if found else None


def tool_of_name(facts: Facts, key: str) -> str | None:
    """`execute_tool NAME`, else the span's whole name."""
    name = facts.span.get("name")
    if not isinstance(name, str) or not name:
        return None
    match = _TOOL_NAME.fullmatch(name)
    return (match[1] if match else name)[:TEXT_CHARS_MAX]


def unless_failed(facts: Facts, key: str) -> str | None:
    """A name that is the answering model's on success and the one asked for on an error."""
    return None if failed(facts) else text(facts, key)


# -- times ---------------------------------------------------------------------------------------------------


def seconds(facts: Facts, key: str) -> float | None:
    """Seconds, as ms."""
    found = as_number(facts.get(key))
    return None if found is None else found * 1000


def seconds_unless_strands(facts: Facts, key: str) -> float | None:
    """OpenLIT sends seconds; Strands sends ms under the same name (otel.md 4)."""
    return as_number(facts.get(key)) if facts.scope_name.startswith("strands") else seconds(facts, key)


def since_start(facts: Facts, key: str) -> float | None:
    """A time, ISO 8601 in quotes or not, as ms since the span's start."""
    value = facts.json(key)
    if not isinstance(value, str) or not facts.began_nano:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    since = round(moment.timestamp() * 1e6) / 1e3 - facts.began_nano / 1e6
    return round(since, 3) if since >= 0 else None


_FIRST_CHUNK = frozenset(
    ("gen_ai.content.completion.chunk", "llm.content.completion.chunk", "First Token Stream Event", "ai.stream.firstChunk")
)


def first_chunk(facts: Facts, key: str) -> float | None:
    """When the first event that marks a chunk came, since the span's start."""
    for event in facts.events:
        name, nano = event_name(event), event.get("timeUnixNano")
        if name in _FIRST_CHUNK and isinstance(nano, int) and facts.began_nano and nano >= facts.began_nano:
            return (nano - facts.began_nano) / 1e6
    return None


# -- errors (otel.md 7) --------------------------------------------------------------------------------------

ERROR = 2
_CODE_IN_TEXT = re.compile(r"(?:error|status)[ _]?code['\"]?\s*[:=]?\s*(\d{3})\b", re.I)
_CODE_OF_TYPE: tuple[tuple[str, int], ...] = (
    ("ratelimit", 429), ("authentication", 401), ("permissiondenied", 403), ("notfound", 404), ("badrequest", 400),
    ("internalserver", 500), ("timeout", 408),
)  # fmt: skip


def failed(facts: Facts) -> bool:
    """Whether the span says that it failed; UNSET and OK are success."""
    status = facts.span.get("status")
    code = status.get("code") if isinstance(status, dict) else None
    if code == ERROR or facts.get("langfuse.observation.level") == "ERROR":
        return True
    return not facts.span and facts.get("error.type") is not None


def _exception(facts: Facts) -> dict[str, Any]:
    """The last exception that the span recorded."""
    recorded = list(facts.span_events("exception"))
    return recorded[-1] if recorded else {}


def exception_type(facts: Facts, key: str) -> str | None:
    """`exception.type` of the event."""
    return as_name(_exception(facts).get("exception.type"))


def exception_message(facts: Facts, key: str) -> str | None:
    """`exception.message` of the event."""
    value = _exception(facts).get("exception.message")
    return value if isinstance(value, str) and value else None


def message(facts: Facts) -> str:
    """The message of the span's status."""
    status = facts.span.get("status")
    value = status.get("message") if isinstance(status, dict) else None
    return value if isinstance(value, str) else ""


def status_message(facts: Facts, key: str) -> str | None:
    """The status's message, unless it is Portkey's HTTP code."""
    value = message(facts)
    return value if value and not value.strip().isdecimal() else None


def as_status(value: Any) -> int | None:
    """A number that HTTP knows as a status, or its text."""
    if isinstance(value, str) and not value.strip().isdecimal():
        return None
    found = number(value)
    return int(found) if found is not None and 100 <= found <= 599 else None


def code_of_status(facts: Facts, key: str) -> int | None:
    """Portkey's gateway has the HTTP code as the status's message."""
    return as_status(message(facts))


def code_in_message(facts: Facts, key: str) -> int | None:
    """`Error code: 429` in the status's message."""
    return _code_in(message(facts))


def code_in_text(facts: Facts, key: str) -> int | None:
    """`Error code: 429` in a text."""
    return _code_in(facts.text(key))


def code_in_exception(facts: Facts, key: str) -> int | None:
    """`Error code: 429` in what the exception said."""
    return _code_in(exception_message(facts, key) or "")


def _code_in(value: str) -> int | None:
    match = _CODE_IN_TEXT.search(value[:4096])
    return as_status(match[1]) if match else None


def code_of_type(error_type: str) -> int | None:
    """The HTTP status that an error's class stands for; None rather than a guess."""
    name = re.split(r"[.:]", error_type)[-1].replace("_", "").lower()
    return next((code for part, code in _CODE_OF_TYPE if part in name), None)
