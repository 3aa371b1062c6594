"""VIEWS: what free SQL may read, each a table of columns; made anew at every start in a database of their own.

Their names are those of tables of ours, so they live in `ask`, where a question's connection stands. What they
read is cut to the asker's workspace by the connection (`confine`), whatever the question says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portlog.schema.columns import BY_NAME, LIGHT
from portlog.store.sql.parts import Statement

DATABASE = "ask"


@dataclass(frozen=True)
class ViewColumn:
    """One column of a view."""

    name: str
    type: str  # the engine's type, as the view has it
    meaning: str
    source: str  # SQL over the table
    unit: str = ""


@dataclass(frozen=True)
class View:
    """One documented view."""

    name: str
    meaning: str
    table: str  # FROM
    columns: tuple[ViewColumn, ...]


_ID = "UUIDNumToString(id)"
_NAMES = {"response_ms": "latency_ms"}  # where the language has another word
_LEFT_OUT = frozenset(("wal_seq", "workspace"))
_OTHERWISE = {
    "id": ("String", _ID),
    "stream": ("Nullable(Bool)", "CAST(stream, 'Nullable(Bool)')"),
    "tracked": ("Bool", "CAST(tracked, 'Bool')"),
}


def _as_stored(name: str, *, called: str = "") -> ViewColumn:
    column = BY_NAME[name]
    type_, source = _OTHERWISE.get(name, (column.type, f"`{name}`"))
    return ViewColumn(called or _NAMES.get(name, name), type_, column.meaning, source, column.unit)


def _half(number: int) -> str:
    """Texts of request (1) or response (2) out of `text`, one a line (`schema.texts`)."""
    return f"replaceAll(splitByChar('\\x1e', text)[{number}], '\\x1f', '\\n')"


VIEWS: tuple[View, ...] = (
    View(
        "logs", "One row a log, without bodies. Model calls, counted once each, have `counts = 1`.", "default.logs",
        tuple(_as_stored(column.name) for column in LIGHT if column.name not in _LEFT_OUT),
    ),
    View(
        "bodies", "One row a log: what was said. Heavy: name the columns, and a range of `created_at`.", "default.logs",
        (
            _as_stored("id"),
            _as_stored("created_at"),
            ViewColumn("request_text", "String", "Texts of the request, each beginning a line.", _half(1)),
            ViewColumn("response_text", "String", "Texts of the answer, each beginning a line.", _half(2)),
            ViewColumn("words", "String", "Both, folded as full text is; `hasAllTokens(words, 'a b')` asks the text index.",
                       "words"),
            _as_stored("request_body", called="request_shape"),
            _as_stored("response_body", called="response_shape"),
            _as_stored("request_headers"),
            _as_stored("response_headers"),
            _as_stored("metadata_raw", called="metadata_json"),
            _as_stored("raw"),
            _as_stored("warnings"),
        ),
    ),
    View(
        "feedback", "One row a feedback, as it is now.", "default.feedback FINAL",
        (
            ViewColumn("id", "String", "Id of the feedback.", _ID),
            ViewColumn("trace_id", "String", "Trace that it is on.", "trace_id"),
            ViewColumn("value", "Int8", "Value, -10 to 10.", "value"),
            ViewColumn("weight", "Float64", "Weight, 0 to 1.", "weight"),
            ViewColumn("weighted", "Float64", "Value times weight.", "value * weight"),
            ViewColumn("metadata", "Map(LowCardinality(String), String)", "Metadata.", "metadata"),
            ViewColumn("created_at", "DateTime64(3, 'UTC')", "When it was given.", "created_at", "ms"),
            ViewColumn("updated_at", "DateTime64(3, 'UTC')", "When it was changed last.", "updated_at", "ms"),
        ),
    ),
    View(
        "metadata", "One row a key of a log's metadata.",
        "default.logs ARRAY JOIN mapKeys(metadata) AS one_key, mapValues(metadata) AS one_value",
        (
            _as_stored("id"),
            _as_stored("created_at"),
            ViewColumn("key", "String", "Key.", "one_key"),
            ViewColumn("value", "String", "Value, as text of at most 128 characters.", "one_value"),
        ),
    ),
)  # fmt: skip

BY_VIEW: Mapping[str, View] = {view.name: view for view in VIEWS}


def make_views() -> tuple[str, ...]:
    """Statements that make all views as this release has them."""
    return (f"CREATE DATABASE IF NOT EXISTS {DATABASE}", *map(_make, VIEWS))


def _make(view: View) -> str:
    columns = ", ".join(f"{column.source} AS `{column.name}`" for column in view.columns)
    return f"CREATE OR REPLACE VIEW {DATABASE}.{view.name} AS SELECT {columns} FROM {view.table}"


_TABLES = ("logs", "feedback")


def table_filters(workspace: str) -> Mapping[str, str]:
    """By table, the condition that cuts it to a workspace. The name goes as hex: no character of it is SQL."""
    return {f"default.{table}": f"workspace = unhex('{workspace.encode().hex()}')" for table in _TABLES}


def confine(workspace: str, settings: Mapping[str, str | int | float]) -> tuple[str, ...]:
    """Statements that cut a connection down for one question, in order; the last cannot be undone.

    settings  by name; texts are our own, without quotes
    """
    filters = ", ".join(f"'{table}': '{_quoted(text)}'" for table, text in table_filters(workspace).items())
    values = ", ".join(f"{name} = {value!r}" for name, value in settings.items())
    return (f"USE {DATABASE}", f"SET additional_table_filters = {{{filters}}}", f"SET {values}", "SET readonly = 1")


def _quoted(text: str) -> str:
    return text.replace("'", "\\'")


CONFINED = Statement(
    "SELECT getSetting('additional_table_filters'), getSetting('readonly'), currentDatabase()", {}
)
"""What `confine` has made of the connection: (filters by table, 1, DATABASE)."""
