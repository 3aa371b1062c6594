"""What is told to a store: rows of COLUMNS as an Arrow table, versions to remove, links to fill in; feedback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa

from portlog.schema.columns import COLUMNS, Column, Links, Row
from portlog.schema.feedback import Feedback


class Version(NamedTuple):
    """One stored row of a log."""

    id: bytes
    revision: int
    created_ms: int


@dataclass(frozen=True, slots=True)
class Fill:
    """What a stored log gets from its trace."""

    id: bytes
    created_ms: int
    links: Links


_ARROW = {
    "FixedString(16)": pa.binary(16),
    "DateTime64(3, 'UTC')": pa.timestamp("ms", tz="UTC"),
    "UInt64": pa.uint64(),
    "Nullable(Int32)": pa.int32(),
    "UInt32": pa.uint32(),
    "UInt8": pa.uint8(),
    "Nullable(Float64)": pa.float64(),
    "Nullable(UInt32)": pa.uint32(),
    "Nullable(UInt8)": pa.uint8(),
    "Nullable(Int16)": pa.int16(),
    "Map(LowCardinality(String), String)": pa.map_(pa.string(), pa.string()),
    "Array(LowCardinality(String))": pa.list_(pa.string()),
    "LowCardinality(String)": pa.string(),
    "String": pa.binary(),
}
SCHEMA = pa.schema([(column.name, _ARROW[column.type]) for column in COLUMNS])


def table(rows: Sequence[Row]) -> pa.Table:
    """One Arrow table of `rows`, in COLUMNS' order."""
    return pa.Table.from_arrays([_array(column, rows) for column in COLUMNS], schema=SCHEMA)


def _array(column: Column, rows: Sequence[Row]) -> pa.Array:
    type_ = _ARROW[column.type]
    values = list(map(column.source, rows))
    if type_ == pa.uint8():  # booleans, and their nulls
        return pa.array(values, pa.bool_()).cast(type_)
    if pa.types.is_timestamp(type_):
        return pa.array(values, pa.int64()).cast(type_)
    return pa.array(values, type_)


_FEEDBACK = pa.schema(
    [
        ("id", pa.binary(16)), ("workspace", pa.string()), ("trace_id", pa.string()), ("span_id", pa.string()),
        ("log_id", pa.binary(16)), ("value", pa.int8()), ("weight", pa.float64()),
        ("metadata", pa.map_(pa.string(), pa.string())), ("metadata_raw", pa.binary()), ("api_key_id", pa.string()),
        ("created_at", pa.timestamp("ms", tz="UTC")), ("updated_at", pa.timestamp("ms", tz="UTC")),
        ("revision", pa.uint32()), ("deleted", pa.uint8()),
    ]
)  # fmt: skip


def feedback_table(given: Sequence[Feedback]) -> pa.Table:
    """One Arrow table of feedback, as the table `feedback` has it."""
    rows = [
        (f.id, f.workspace, f.trace_id, f.span_id, f.log_id, f.value, f.weight, list(f.metadata_index.items()), f.metadata,
         f.api_key_id, f.created_ms, f.updated_ms, f.revision, int(f.deleted))
        for f in given
    ]  # fmt: skip
    columns = zip(*rows, strict=True)
    return pa.Table.from_arrays([pa.array(c, t.type) for c, t in zip(columns, _FEEDBACK, strict=True)], schema=_FEEDBACK)
