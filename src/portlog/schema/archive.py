"""The whole stored log as one line of JSON, and back: what a complete export holds and `portlog import` reads.

A line has the columns of the store under their names, but for those that are made of others: bodies stand joined, as they
were sent. Empty values are left out. What is read back is stored as it was: its id, its revision, what was derived from it.
Stricter than what it writes: a line may have been edited by hand, or by somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import msgspec
import orjson

from portlog.errors import PortlogError
from portlog.schema import jsons
from portlog.schema.columns import COLUMNS, Column
from portlog.schema.feedback import (
    NO_LOG,
    VALUE_MAX,
    VALUE_MIN,
    WEIGHT_DEFAULT,
    WEIGHT_MAX,
    WEIGHT_MIN,
    Feedback,
)
from portlog.schema.ids import created_ms_of, from_text, to_text
from portlog.schema.log import KINDS, OUTCOMES, Kept, Log, Warning_
from portlog.schema.render import iso
from portlog.schema.restore import derived_of
from portlog.schema.texts import join, texts_of
from portlog.schema.values import parse_time_ms

Row = Mapping[str, Any]

MARK, VERSION = "portlog", 1  # the first member of a line, and its value
FEEDBACK = "feedback"

# Made again when a line is read: the texts are in the bodies; the position is the importing store's own.
_MADE = frozenset(("wal_seq", "text"))
_BODIES = {"request_body": 0, "response_body": 1}
JSON_COLUMNS = frozenset(
    ("request_headers", "request_body", "request_rest", "response_headers", "response_body", "response_rest",
     "metadata_raw", "rest", "raw", "warnings")
)  # fmt: skip
ARCHIVED: tuple[Column, ...] = tuple(column for column in COLUMNS if column.name not in _MADE)
NEEDED = tuple(column.name for column in COLUMNS if column.name != "wal_seq")
"""The columns that a line is made of."""


def is_time(column: Column) -> bool:
    """Whether a column holds ms since the epoch."""
    return column.type.startswith("DateTime64")


def line_of(row: Row, feedback: Sequence[Mapping[str, Any]] = ()) -> bytes:
    """One log as a line, without its end. `feedback` is what was said of its trace.

    raises  ValueError when the row's texts and shapes do not fit together: it is damaged
    """
    values: dict[str, Any] = {MARK: VERSION}
    values |= {name: value for name, value in members(row) if not _is_empty(value)}
    if feedback:
        values[FEEDBACK] = list(feedback)
    for name in JSON_COLUMNS & values.keys():
        values[name] = orjson.Fragment(values[name])
    return orjson.dumps(values)


def members(row: Row) -> Iterator[tuple[str, Any]]:
    """(column, value) of a stored row: ids as text, times as ISO 8601, JSON as its text."""
    texts = texts_of(row["text"])
    for column in ARCHIVED:
        value = row[column.name]
        if column.name == "id":
            yield "id", to_text(bytes(value))
        elif column.name in _BODIES:
            yield column.name, _joined(value, texts[_BODIES[column.name]])
        elif column.name in JSON_COLUMNS:
            yield column.name, _bytes(value)
        elif is_time(column):
            yield column.name, iso(value)
        elif column.type.startswith("Map("):
            yield column.name, dict(value)
        elif column.type.startswith("Array("):
            yield column.name, list(value)
        else:
            yield column.name, value


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", b"", [], {})


def _joined(shape: str | bytes, texts: list[str]) -> bytes:
    return jsons.encode_around(join(_bytes(shape), texts)) if shape else b""


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def feedback_members(feedback: Feedback) -> dict[str, Any]:
    """Feedback as it stands in the lines of its trace's logs."""
    values = {
        "id": to_text(feedback.id), "value": feedback.value, "weight": feedback.weight,
        "metadata": jsons.decode_any(feedback.metadata) if feedback.metadata else {},
        "created_at": iso(feedback.created_ms), "updated_at": iso(feedback.updated_ms), "span_id": feedback.span_id,
        "log_id": "" if feedback.log_id == NO_LOG else to_text(feedback.log_id), "api_key_id": feedback.api_key_id,
        "revision": feedback.revision,
    }  # fmt: skip
    return {name: value for name, value in values.items() if not _is_empty(value)}


# -- reading -----------------------------------------------------------------------------------------------------

_UInt8 = Annotated[int, msgspec.Meta(ge=0, le=1)]
_UInt32 = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
_Int32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
_Int16 = Annotated[int, msgspec.Meta(ge=-(2**15), le=2**15 - 1)]
_KINDS: dict[str, tuple[Any, Any]] = {  # what a member is, and what it is when it is left out
    "FixedString(16)": (str, msgspec.NODEFAULT),
    "DateTime64(3, 'UTC')": (str, msgspec.NODEFAULT),
    "UInt32": (_UInt32, 0),
    "UInt8": (_UInt8, 0),
    "Nullable(Int32)": (_Int32 | None, None),
    "Nullable(Float64)": (float | None, None),
    "Nullable(UInt32)": (_UInt32 | None, None),
    "Nullable(UInt8)": (_UInt8 | None, None),
    "Nullable(Int16)": (_Int16 | None, None),
    "Map(LowCardinality(String), String)": (dict[str, str], msgspec.field(default_factory=dict)),
    "Array(LowCardinality(String))": (list[str], msgspec.field(default_factory=list)),
    "LowCardinality(String)": (str, ""),
    "String": (str, ""),
}


class _Feedback(msgspec.Struct, kw_only=True):
    """One feedback of a line."""

    id: str
    value: Annotated[int, msgspec.Meta(ge=VALUE_MIN, le=VALUE_MAX)]
    weight: Annotated[float, msgspec.Meta(ge=WEIGHT_MIN, le=WEIGHT_MAX)] = WEIGHT_DEFAULT
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)
    created_at: str
    updated_at: str
    span_id: str = ""
    log_id: str = ""
    api_key_id: str = ""
    revision: _UInt32 = 0


def _fields() -> Iterator[tuple[str, Any, Any]]:
    yield MARK, int, msgspec.NODEFAULT
    for column in ARCHIVED:
        if column.name in JSON_COLUMNS:
            yield column.name, msgspec.Raw, msgspec.Raw(b"")
        else:
            yield column.name, *_KINDS[column.type]
    yield FEEDBACK, list[_Feedback], msgspec.field(default_factory=list)


_Line = msgspec.defstruct("_Line", _fields(), kw_only=True)
_decode = msgspec.json.Decoder(_Line).decode


_MARKED = re.compile(rb'\s*\{\s*"' + MARK.encode() + rb'"\s*:')


def is_line(text: bytes) -> bool:
    """Whether that is a line of an archive, or wants to be one."""
    return _MARKED.match(text) is not None


def read_line(text: bytes, path: str = "", workspace: str = "") -> tuple[Log, list[Feedback]]:
    """The log of a line, as it goes to the write-ahead log, and the feedback beside it.

    path       where it stands, such as `[2]`, for refusals
    workspace  where it goes; "" leaves it in its own
    raises     PortlogError request-validation, malformed-json
    """
    try:
        line: Any = _decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise _refusal(path, str(error)) from None
    if getattr(line, MARK) != VERSION:
        raise _refusal(path, f"is of version {getattr(line, MARK)}; this release reads {VERSION}")
    row = {column.name: getattr(line, column.name) for column in ARCHIVED}
    row["workspace"] = workspace or row["workspace"]
    for name in JSON_COLUMNS:
        row[name] = _json(bytes(row[name]), jsons.join(path, name))
    row["id"], row["created_at"], row["received_at"] = _identity(row, path)
    if row["kind"] not in KINDS or row["outcome"] not in OUTCOMES:
        raise _refusal(path, f"has kind {row['kind']!r} and outcome {row['outcome']!r}, which are none")
    log = _log(row, path)
    return log, [_read_feedback(given, log, jsons.join(path, f"{FEEDBACK}[{i}]")) for i, given in enumerate(line.feedback)]


def _refusal(path: str, problem: str) -> PortlogError:
    return PortlogError("request-validation", f"{path or 'the line'} {problem}", path=path)


def _json(text: bytes, path: str) -> bytes:
    """JSON text in normal form; nothing of nothing."""
    return jsons.encode_around(jsons.decode(text, prefix=path)) if text else b""


_MS_MAX = 2**42  # the year 2109


def _identity(row: Row, path: str) -> tuple[bytes, int, int]:
    """Id and times, which must agree: a log is found by the time in its id."""
    log_id, times = from_text(row["id"]), [parse_time_ms(row[name]) for name in ("created_at", "received_at")]
    created, received = times
    if log_id is None or created is None or received is None or not (0 <= created < _MS_MAX and 0 <= received < _MS_MAX):
        raise _refusal(path, "must have a UUID as id and ISO 8601 times as created_at and received_at")
    if created_ms_of(log_id) != created:
        raise _refusal(path, f"has the id {row['id'][:36]!r}, which is not of its created_at")
    return log_id, created, received


def _read_feedback(given: _Feedback, log: Log, path: str) -> Feedback:
    feedback_id, log_id = from_text(given.id), from_text(given.log_id) if given.log_id else NO_LOG
    created, updated = parse_time_ms(given.created_at), parse_time_ms(given.updated_at)
    if feedback_id is None or log_id is None or created is None or updated is None:
        raise _refusal(path, "must have UUIDs as ids and ISO 8601 times as created_at and updated_at")
    if created_ms_of(feedback_id) != created or not 0 <= updated < _MS_MAX:
        raise _refusal(path, f"has the id {given.id[:36]!r}, which is not of its created_at")
    return Feedback(
        id=feedback_id, workspace=log.workspace, trace_id=log.trace_id, value=given.value, weight=given.weight,
        metadata=jsons.encode_around(given.metadata), created_ms=created, updated_ms=updated, span_id=given.span_id,
        log_id=log_id, api_key_id=given.api_key_id, revision=given.revision,
    )  # fmt: skip


_AS_THEY_ARE = (
    "workspace", "api_key_id", "organisation_id", "trace_id", "span_id", "parent_span_id", "span_name", "provider",
    "request_url", "request_method", "request_body", "request_rest", "status", "response_ms", "response_body",
    "response_rest", "rest", "virtual_key", "config", "sdk_version", "runtime", "runtime_version", "join_key", "source", "raw",
)  # fmt: skip


def _log(row: Row, path: str) -> Log:
    for name in ("request_rest", "response_rest", "rest", "raw", "metadata_raw"):
        if row[name] and not row[name].startswith(b"{"):
            raise _refusal(jsons.join(path, name), "must be an object")
    return Log(
        id=row["id"],
        created_ms=row["created_at"],
        received_ms=row["received_at"],
        shape=row["source_shape"],
        request_headers=_headers(row, "request_headers", path),
        response_headers=_headers(row, "response_headers", path),
        metadata=row["metadata_raw"] or b"{}",
        metadata_index=row["metadata"],
        user="" if row["user_from"] else row["user"],
        session="" if row["session_from"] else row["session"],
        stream=None,
        tracked=bool(row["tracked"]),
        warnings=_warnings(row["warnings"], path),
        derived=derived_of(row),
        kept=Kept(
            revision=row["revision"],
            user=row["user"] if row["user_from"] else "",
            user_from=row["user_from"],
            session=row["session"] if row["session_from"] else "",
            session_from=row["session_from"],
            duplicate_of=row["duplicate_of"],
        ),
        **{name: row[name] for name in _AS_THEY_ARE},
    )


def _headers(row: Row, name: str, path: str) -> dict[str, str]:
    try:
        return msgspec.json.decode(row[name] or b"{}", type=dict[str, str])
    except msgspec.MsgspecError:
        raise _refusal(jsons.join(path, name), "must be an object of texts") from None


_decode_warnings = msgspec.json.Decoder(list[dict[str, str]]).decode


def _warnings(text: bytes, path: str) -> list[Warning_]:
    try:
        return [Warning_(w["path"], w["code"], w["value"]) for w in _decode_warnings(text or b"[]")]
    except (msgspec.MsgspecError, KeyError):
        raise _refusal(jsons.join(path, "warnings"), "must be objects of path, code and value") from None
