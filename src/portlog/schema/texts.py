"""The text of a log: what full-text search sees, and how a body is stored without storing its text twice.

A body is split, reversibly, into its *texts* (the strings that a person reads) and its *shape* (the JSON with
each of these strings replaced by a mark). The texts of both bodies go into one column, which carries the text
index and holds real, unescaped text: an escape such as `\\n` glued to a word would hide it from the index. The
shapes compress to almost nothing. `join` gives back an equal JSON value.

What is text: every string value except those under STRUCTURAL keys, and except opaque runs (base64, data URLs),
which nobody searches and which would bloat the index. docs/internals/storage.md measures the alternatives.
"""

from __future__ import annotations

import re
from typing import Any

from portlog.schema import jsons

SEPARATOR = "\x1f"  # between texts (ASCII unit separator)
PART_SEPARATOR = "\x1e"  # between the texts of the request and those of the response (record separator)
MARK = "\x01"  # stands in a shape for the next text
_ESCAPE = "\x01\x02"  # before a string of the body itself that starts with the mark

STRUCTURAL = frozenset(
    ("id", "object", "role", "type", "model", "modelVersion", "finish_reason", "finishReason", "stop_reason",
     "tool_call_id", "tool_use_id", "call_id", "item_id", "response_id", "previous_response_id", "responseId",
     "system_fingerprint", "service_tier", "status", "encoding_format", "detail", "effort", "format", "voice",
     "mime_type", "mimeType", "media_type", "signature", "thoughtSignature", "encrypted_content", "b64_json",
     "data", "file_id", "file_data", "tool_choice", "cache_control", "index")
)  # fmt: skip
_OPAQUE_CHARS_MIN = 256


def text_of(request_texts: list[str], response_texts: list[str]) -> str:
    """The text column of one log."""
    if not request_texts and not response_texts:
        return ""
    return f"{SEPARATOR.join(request_texts)}{PART_SEPARATOR}{SEPARATOR.join(response_texts)}"


def texts_of(column: str) -> tuple[list[str], list[str]]:
    """The texts of request and response out of the text column; inverse of `text_of`."""
    request, _, response = column.partition(PART_SEPARATOR)
    return (request.split(SEPARATOR) if request else []), (response.split(SEPARATOR) if response else [])


def split(value: Any) -> tuple[bytes, list[str]]:
    """Split a decoded body into the JSON text of its shape and its texts, in order."""
    texts: list[str] = []
    return jsons.encode(_shape("", value, texts)), texts


def _shape(key: str, value: Any, texts: list[str]) -> Any:
    kind = type(value)
    if kind is str:
        if key in STRUCTURAL or not _is_text(value):
            return _ESCAPE + value if value[:1] == MARK else value
        texts.append(value)
        return MARK
    if kind is dict:
        # Scalars, the bulk of all members, are passed without a call.
        return {k: _shape(k, v, texts) if type(v) in _SPLIT else v for k, v in value.items()}
    if kind is list:
        if value and type(value[0]) is float and all(type(member) is float for member in value):
            return value  # an embedding
        return [_shape("", member, texts) for member in value]
    return value


_SPLIT = frozenset((str, dict, list))


def _is_text(value: str) -> bool:
    if not value or "\x1f" in value or "\x1e" in value:
        return False
    return len(value) < _OPAQUE_CHARS_MIN or not _is_opaque(value)


_LANGUAGE = re.compile(r"[\s{\u0080-\U0010ffff]")


def _is_opaque(value: str) -> bool:
    """No white space in the first 256 characters, no brace, and only ASCII: base64, a hash, a data URL; no language."""
    return _LANGUAGE.search(value, 0, _OPAQUE_CHARS_MIN) is None


def join(shape: bytes, texts: list[str]) -> Any:
    """The body that was split: shape and all texts of it, in order.

    raises  ValueError when their number differs: the row is damaged
    """
    rest = iter(texts)
    try:
        value = _join(jsons.decode_any(shape), rest)
    except StopIteration:
        raise ValueError("the stored body has fewer texts than its shape has marks") from None
    if next(rest, None) is not None:
        raise ValueError("the stored body has more texts than its shape has marks")
    return value


def _join(value: Any, rest: Any) -> Any:
    kind = type(value)
    if kind is str:
        if value == MARK:
            return next(rest)
        return value[len(_ESCAPE) :] if value.startswith(_ESCAPE) else value
    if kind is dict:
        return {key: _join(member, rest) for key, member in value.items()}
    if kind is list:
        return [_join(member, rest) for member in value]
    return value
