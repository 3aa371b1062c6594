"""Any log that can be stored leaves as a line and comes back with every column as it was; no cell of a CSV is a formula."""

from __future__ import annotations

import csv
import io
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from portlog.applier import read_row
from portlog.exports.fields import fields_named
from portlog.exports.formats import csv_cell
from portlog.schema import archive
from portlog.schema.columns import COLUMNS, Row
from portlog.senders.table import unfold
from tests.samples import json_values, marked_texts, parse_one, texts

_names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
_objects = st.dictionaries(_names, json_values, max_size=3)
_headers = st.dictionaries(_names, texts, max_size=3)

elements = st.fixed_dictionaries(
    {
        "request": st.fixed_dictionaries(
            {"url": _names, "body": json_values}, optional={"headers": _headers, "provider": texts, "method": texts, "more": json_values}
        ),
        "response": st.fixed_dictionaries(
            {"body": json_values}, optional={"headers": _headers, "status": st.integers(0, 600), "response_time": st.floats(0, 1e6), "more": json_values}
        ),
    },
    optional={"metadata": _objects, "trace_id": texts, "span_name": texts, "rest": json_values},
)


def stored(row: Row) -> dict[str, Any]:
    """The row as the store gives it back."""
    values = {column.name: column.source(row) for column in COLUMNS}
    return values | {"metadata": dict(values["metadata"]), "tracked": int(values["tracked"]), "counts": int(values["counts"])}


def plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: bytes(value).decode("utf-8") if isinstance(value, bytes) and name != "id" else value for name, value in values.items()}


@given(elements, st.booleans())
def test_a_log_comes_back_as_it_was(element: dict[str, Any], tracked: bool) -> None:
    log = parse_one(element, {} if tracked else {"x-portkey-debug": "false"})
    before = stored(read_row(7, unfold(log), None))
    line = archive.line_of(before)
    assert archive.is_line(line) and b"\n" not in line
    again, feedback = archive.read_line(line)
    assert (plain(stored(read_row(7, again, None))), feedback) == (plain(before), [])
    assert archive.line_of(stored(read_row(7, again, None))) == line


@given(marked_texts | texts | st.text("=+-@\t\r\n\"', a\uff1d\0", max_size=6))
def test_no_text_is_a_formula_and_each_can_be_read(text: str) -> None:
    (field,) = fields_named(["trace_id"])
    cell = csv_cell(field, text)
    ((found,),) = csv.reader(io.StringIO(f"{cell}\r\n", newline="")) if text else (("",),)
    assert found in (text, f"'{text}")
    assert found.lstrip(" \t\r\n\v\f")[:1] not in tuple("=+-@\uff1d\uff0b\uff0d\uff20")
