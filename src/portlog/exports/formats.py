"""FORMATS: how the logs of an export become bytes, a chunk at a time; each chunk stands for itself.

What is written is a sequence of encoded chunks, so that it can be cut back to the end of any of them and gone on with.
Parquet has its index at the end of the file: its chunks are kept as Arrow streams and made into one file at last.
"""

from __future__ import annotations

import gzip
import io
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import pyarrow as pa
from pyarrow import parquet

from portlog.exports.fields import Field, Row
from portlog.schema import archive, jsons
from portlog.schema.render import iso
from portlog.schema.values import parse_time_ms

_GZIP_LEVEL = 6
_GROUP_ROWS_MAX = 32_768
_GROUP_BYTES_MAX = 32 * 1024 * 1024


@dataclass(frozen=True)
class Format:
    """One row of FORMATS."""

    name: str
    extension: str
    media_type: str
    head: Callable[[Sequence[Field]], bytes]  # what stands before the first chunk
    encode: Callable[[Sequence[Field], Sequence[Row]], bytes]
    finish: Callable[[Path, Path], None] | None = None  # makes the file out of the chunks; None: they are the file
    complete: bool = False  # whole logs, for `portlog import`, instead of fields
    packed: bool = False  # compressed by itself


def encoded(format_: Format, fields: Sequence[Field], rows: Sequence[Row], *, first: bool, gzipped: bool) -> bytes:
    """The bytes of one chunk. With gzip it is a member of its own; a file of several is one gzip file (RFC 1952, 2.2)."""
    head = format_.head(fields) if first else b""
    text = head + (format_.encode(fields, rows) if rows else b"")
    return gzip.compress(text, _GZIP_LEVEL, mtime=0) if gzipped and (text or first) else text


def file_extension(format_: Format, *, gzipped: bool) -> str:
    """`jsonl.gz`, without a dot before it."""
    return f"{format_.extension}.gz" if gzipped else format_.extension


# -- JSON lines ----------------------------------------------------------------------------------------------


def _no_head(fields: Sequence[Field]) -> bytes:
    return b""


def _lines(fields: Sequence[Field], rows: Sequence[Row]) -> bytes:
    """An object a line; keys in the order asked for, nulls present (contract 7.4)."""
    return b"".join(jsons.encode_around(shown(fields, row)) + b"\n" for row in rows)


def shown(fields: Sequence[Field], row: Row) -> dict[str, Any]:
    """A log as JSON has it: times as ISO 8601."""
    return {field.name: _json_value(field, field.read(row)) for field in fields}


def _json_value(field: Field, value: Any) -> Any:
    if value is None:
        return None
    if field.type == "time":
        return iso(value)
    return int(value) if type(value) is float and value.is_integer() and abs(value) < 2**53 else value


# -- CSV -------------------------------------------------------------------------------------------------------

# What spreadsheets take for a formula, or strip before they look: also the wide forms of East Asian keyboards.
_FORMULA = re.compile(r"[\t\r\n\v\f ]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r]")
_QUOTED = re.compile(r'[",\r\n\t]|^ | $')


def _csv_head(fields: Sequence[Field]) -> bytes:
    return (",".join(field.name for field in fields) + "\r\n").encode()


def _csv(fields: Sequence[Field], rows: Sequence[Row]) -> bytes:
    lines = (",".join(csv_cell(field, field.read(row)) for field in fields) for row in rows)
    return "".join(line + "\r\n" for line in lines).encode()


def csv_cell(field: Field, value: Any) -> str:
    """One cell."""
    if value is None:
        return ""
    if field.type in ("integer", "number"):
        return jsons.encode(_json_value(field, value)).decode()
    if field.type == "bool":
        return "true" if value else "false"
    if field.type == "time":
        return iso(value)
    return csv_text(jsons.encode_around(value).decode() if field.type == "json" else str(value))


def csv_text(text: str) -> str:
    """A cell of text (RFC 4180). What a spreadsheet would run as a formula gets an apostrophe before it and is quoted."""
    hostile = _FORMULA.match(text) is not None
    if hostile or _QUOTED.search(text):
        text = text.replace('"', '""')
        return f'"\'{text}"' if hostile else f'"{text}"'
    return text


# -- Parquet -----------------------------------------------------------------------------------------------------

_ARROW = {
    "text": pa.string(), "integer": pa.int64(), "number": pa.float64(), "bool": pa.bool_(),
    "time": pa.timestamp("ms", tz="UTC"), "json": pa.string(),
}  # fmt: skip
_LENGTH_BYTES = 8


def _arrow(fields: Sequence[Field], rows: Sequence[Row]) -> bytes:
    schema = pa.schema([(field.name, _ARROW[field.type]) for field in fields])
    columns = [_column(field, rows) for field in fields]
    return arrow_chunk(pa.RecordBatch.from_arrays(columns, schema=schema))


def _column(field: Field, rows: Sequence[Row]) -> pa.Array:
    values = [field.read(row) for row in rows]
    if field.type == "json":
        values = [None if value is None else jsons.encode_around(value).decode() for value in values]
    if field.type == "time":
        return pa.array(values, pa.int64()).cast(_ARROW["time"])
    return pa.array(values, _ARROW[field.type])


def _arrow_head(fields: Sequence[Field]) -> bytes:
    """An empty chunk, so that an export of nothing has its columns too."""
    return _arrow(fields, [])


def arrow_chunk(batch: pa.RecordBatch) -> bytes:
    """A batch as an Arrow stream behind its length."""
    sink = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, batch.schema, options=options) as stream:
        stream.write_batch(batch)
    return sink.tell().to_bytes(_LENGTH_BYTES, "big") + sink.getvalue()


def to_parquet(chunks: Path, out: Path) -> None:
    """Make one Parquet file of Arrow chunks: bounded row groups, bounded memory."""
    with chunks.open("rb") as source, out.open("wb") as sink:
        batches = _batches(source)
        first = next(batches)
        with parquet.ParquetWriter(sink, first.schema, compression="zstd", version="2.6") as writer:
            for group in _groups(batches):
                writer.write_table(pa.Table.from_batches(group, first.schema), row_group_size=_GROUP_ROWS_MAX)
        sink.flush()
        os.fsync(sink.fileno())


def _batches(source: BinaryIO) -> Iterator[pa.RecordBatch]:
    while length := source.read(_LENGTH_BYTES):
        with pa.ipc.open_stream(source.read(int.from_bytes(length, "big"))) as stream:
            yield from stream


def _groups(batches: Iterator[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    """Batches in order, some together: about one row group's worth."""
    group: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        if group and (rows + batch.num_rows > _GROUP_ROWS_MAX or size + batch.nbytes > _GROUP_BYTES_MAX):
            yield group
            group, rows, size = [], 0, 0
        group.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
    if group:
        yield group


# -- whole logs ------------------------------------------------------------------------------------------------


def _archive_lines(fields: Sequence[Field], rows: Sequence[Row]) -> bytes:
    return b"".join(archive.line_of(row, row[archive.FEEDBACK]) + b"\n" for row in rows)


_ARCHIVE_ARROW = {
    "FixedString(16)": pa.string(), "DateTime64(3, 'UTC')": pa.timestamp("ms", tz="UTC"), "UInt32": pa.uint32(),
    "UInt8": pa.bool_(), "Nullable(Int32)": pa.int32(), "Nullable(Float64)": pa.float64(), "Nullable(UInt32)": pa.uint32(),
    "Nullable(UInt8)": pa.bool_(), "Nullable(Int16)": pa.int16(), "LowCardinality(String)": pa.string(), "String": pa.string(),
    "Map(LowCardinality(String), String)": pa.map_(pa.string(), pa.string()),
    "Array(LowCardinality(String))": pa.list_(pa.string()),
}  # fmt: skip
_ARCHIVE_SCHEMA = pa.schema(
    [*((column.name, _ARCHIVE_ARROW[column.type]) for column in archive.ARCHIVED), (archive.FEEDBACK, pa.string())]
)


def _archive_arrow(fields: Sequence[Field], rows: Sequence[Row]) -> bytes:
    """Every column; JSON as text, null where there is none."""
    made = [dict(archive.members(row)) | {archive.FEEDBACK: _json_text(row[archive.FEEDBACK])} for row in rows]
    columns = [_archive_column(field, [row[field.name] for row in made]) for field in _ARCHIVE_SCHEMA]
    return arrow_chunk(pa.RecordBatch.from_arrays(columns, schema=_ARCHIVE_SCHEMA))


def _json_text(value: list[Any]) -> bytes:
    return jsons.encode(value) if value else b""


def _archive_column(field: pa.Field, values: list[Any]) -> pa.Array:
    if field.name in archive.JSON_COLUMNS or field.name == archive.FEEDBACK:
        values = [text.decode() if text else None for text in values]
    elif pa.types.is_timestamp(field.type):
        values = [parse_time_ms(text) for text in values]
        return pa.array(values, pa.int64()).cast(field.type)
    elif pa.types.is_map(field.type):
        values = [list(value.items()) for value in values]
    elif pa.types.is_boolean(field.type):
        values = [None if value is None else bool(value) for value in values]
    return pa.array(values, field.type)


def _archive_arrow_head(fields: Sequence[Field]) -> bytes:
    return _archive_arrow(fields, [])


def archive_lines(path: Path) -> Iterator[bytes]:
    """The whole logs of a Parquet file, as lines (`schema.archive`).

    raises  ValueError when it holds none
    """
    with parquet.ParquetFile(path) as file:
        missing = {"id", "created_at", "received_at", "source_shape"} - set(file.schema_arrow.names)
        if missing:
            raise ValueError(f"it has no column {min(missing)}: whole logs are exported with format portlog-parquet")
        for batch in file.iter_batches(batch_size=_READ_ROWS):
            for record in batch.to_pylist():
                yield _archive_line(record)


_READ_ROWS = 256


def _archive_line(record: dict[str, Any]) -> bytes:
    values: dict[str, Any] = {archive.MARK: archive.VERSION}
    for field in _ARCHIVE_SCHEMA:
        value = record.get(field.name)
        if value is None or value == []:
            continue
        if field.name in archive.JSON_COLUMNS or field.name == archive.FEEDBACK:
            values[field.name] = orjson.Fragment(value)
        elif pa.types.is_timestamp(field.type):
            values[field.name] = iso(round(value.timestamp() * 1000))
        elif pa.types.is_map(field.type):
            values[field.name] = dict(value)
        else:
            values[field.name] = int(value) if isinstance(value, bool) else value
    return orjson.dumps(values)


FORMATS: dict[str, Format] = {
    format_.name: format_
    for format_ in (
        Format("jsonl", "jsonl", "application/x-ndjson", _no_head, _lines),
        Format("csv", "csv", "text/csv; charset=utf-8", _csv_head, _csv),
        Format("parquet", "parquet", "application/vnd.apache.parquet", _arrow_head, _arrow, to_parquet, packed=True),
        Format("portlog", "portlog.jsonl", "application/x-ndjson", _no_head, _archive_lines, complete=True),
        Format("portlog-parquet", "portlog.parquet", "application/vnd.apache.parquet", _archive_arrow_head,
               _archive_arrow, to_parquet, complete=True, packed=True),
    )
}
"""By their names."""
