"""A stored row back into the `Log` that it came from: the inverse of COLUMNS, for `explain` and `portlog reprocess`.

Takes what the store answered to `sql.one`, by column name. What comes out goes through `unfold` and `derive` like a log
that has just arrived. Of a foreign shape only the envelope is filled: the rest is read out of its raw element again,
so that a later release can read the past better. Of a log under do-not-track nothing can be read again: it carries
its stored derived values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from portlog.schema import jsons
from portlog.schema.log import Derived, Log, Warning_
from portlog.schema.texts import join, texts_of

Row = Mapping[str, Any]


def log_of(row: Row) -> Log:
    """The log of a row, before `unfold`.

    raises  ValueError when the row's texts and shapes do not fit together: it is damaged
    """
    raw = _bytes(row["raw"])
    envelope = {
        "id": bytes(row["id"]),
        "created_ms": int(row["created_at"]),
        "received_ms": int(row["received_at"]),
        "shape": row["source_shape"],
        "metadata": _bytes(row["metadata_raw"]),
        "tracked": bool(row["tracked"]),
        "raw": raw,
        **{name: row[name] for name in _ENVELOPE},
    }
    if raw:
        return Log(**envelope, **_UNREAD, warnings=_warnings(row, of_call=True))
    return Log(**envelope, **_parts(row), warnings=_warnings(row, of_call=False))


_ENVELOPE = (
    "workspace", "api_key_id", "trace_id", "span_id", "parent_span_id", "span_name", "provider", "virtual_key",
    "config", "sdk_version", "runtime", "runtime_version", "join_key",
)  # fmt: skip

# What `unfold` fills in.
_UNREAD: dict[str, Any] = {
    "organisation_id": "", "request_url": "", "request_method": "", "request_headers": {}, "request_body": b"",
    "request_rest": b"", "status": None, "response_ms": None, "response_headers": {}, "response_body": b"",
    "response_rest": b"", "metadata_index": {}, "rest": b"", "user": "", "stream": None,
}  # fmt: skip


def _parts(row: Row) -> dict[str, Any]:
    """The fields of a log whose parts stand in columns of their own: a plain one, or one under do-not-track."""
    kept = bool(row["tracked"])
    request, response = _bodies(row) if kept else (b"", b"")
    asked = jsons.decode_any(request) if request else None
    return {
        "organisation_id": row["organisation_id"],
        "request_url": row["request_url"],
        "request_method": row["request_method"],
        "request_headers": _object(row["request_headers"]),
        "request_body": request,
        "request_rest": _bytes(row["request_rest"]),
        "status": row["status"],
        "response_ms": row["response_ms"],
        "response_headers": _object(row["response_headers"]),
        "response_body": response,
        "response_rest": _bytes(row["response_rest"]),
        "metadata_index": dict(row["metadata"]),
        "rest": _bytes(row["rest"]),
        "user": "" if row["user_from"] else row["user"],
        "session": "" if row["session_from"] else row["session"],
        "stream": _stream(row, asked),
        "source": row["source"],
        "derived": None if kept else derived_of(row),
    }


def derived_of(row: Row) -> Derived:
    """The derived values as the row has them."""
    values = {name: row[_COLUMN_OF.get(name, name)] for name in Derived.__struct_fields__}
    return msgspec.structs.replace(
        Derived(**values),
        stream=None if row["stream"] is None else bool(row["stream"]),
        **{name: list(row[name]) for name in ("tools", "has", "tags")},
    )


_COLUMN_OF = {"by": "derived_by"}


def _bodies(row: Row) -> tuple[bytes, bytes]:
    request_texts, response_texts = texts_of(row["text"])
    parts = ((_bytes(row["request_body"]), request_texts), (_bytes(row["response_body"]), response_texts))
    request, response = (jsons.encode_around(join(shape, texts)) if shape else b"" for shape, texts in parts)
    return request, response


def _stream(row: Row, asked: Any) -> bool | None:
    """What the sender said beside the bodies: the row only has the outcome, so what the request says is not said twice."""
    if row["stream"] is None or (isinstance(asked, dict) and asked.get("stream") is bool(row["stream"])):
        return None
    return bool(row["stream"])


def _warnings(row: Row, *, of_call: bool) -> list[Warning_]:
    """All of them, or only those of the call's headers: `unfold` warns of the rest again."""
    found = [Warning_(w["path"], w["code"], w["value"]) for w in jsons.decode_any(_bytes(row["warnings"]) or b"[]")]
    return [warning for warning in found if warning.path.startswith("header:")] if of_call else found


def _object(text: str | bytes) -> dict[str, str]:
    return jsons.decode_any(_bytes(text)) if text else {}


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
