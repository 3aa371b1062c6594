"""What is told to a store: rows of COLUMNS as an Arrow table, versions to remove, links to fill in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa

from portlog.schema.columns import COLUMNS, Column, Links, Row


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
