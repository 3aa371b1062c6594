"""Questions in SQL, over the documented views of one workspace: read, looked at, answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Protocol

from portlog.errors import PortlogError
from portlog.query.free.tree import ONLY_SELECT, bad, look
from portlog.schema import jsons
from portlog.store import Reader, Store, sql

ROWS_DEFAULT = 1_000
ROWS_MAX = 10_000
CHARS_MAX = 50_000
RESULT_BYTES_MAX = 64 * 1024 * 1024
REPLY_BYTES_MAX = 16 * 1024 * 1024  # of the rows of a reply; the rest is left out


class Sent(Protocol):
    """The members of a body; None where one was left out."""

    def get(self, name: str, /) -> Any: ...


@dataclass(frozen=True)
class SqlQuestion:
    """One question in SQL."""

    workspace: str
    text: str
    rows_max: int


def read_sql(sent: Sent, workspace: str) -> SqlQuestion:
    """The question of a body: `sql` and perhaps `limit`.

    raises  PortlogError bad-sql
    """
    text, limit = sent.get("sql"), sent.get("limit")
    if not isinstance(text, str) or not text.strip():
        raise bad("must be a text such as \"SELECT model, count() FROM logs GROUP BY model\"")
    if len(text) > CHARS_MAX:
        raise bad(f"is longer than {CHARS_MAX} characters")
    if limit is not None and (type(limit) is not int or not 1 <= limit <= ROWS_MAX):
        raise PortlogError("bad-sql", f"limit must be a whole number from 1 to {ROWS_MAX}", path="limit")
    return SqlQuestion(workspace, text, limit or ROWS_DEFAULT)


def answer_sql(store: Store, question: SqlQuestion) -> dict[str, Any]:
    """The reply: columns, rows as arrays, and what it took.

    `truncated` says that there are more rows than these.
    raises  PortlogError bad-sql, query-limit, busy
    """
    began = perf_counter()
    with store.reader(question.workspace, rows_max=question.rows_max + 1, bytes_max=RESULT_BYTES_MAX) as reader:
        answer = reader.answer(_canonical(reader, question.text))
    rows = _within(answer.rows[: question.rows_max])
    return {
        "object": "query-result",
        "columns": list(answer.columns),
        "rows": rows,
        "row_count": len(rows),
        "truncated": len(rows) < len(answer.rows),
        "elapsed_ms": round((perf_counter() - began) * 1000, 1),
        "rows_read": answer.rows_read,
        "bytes_read": answer.bytes_read,
    }


def views() -> list[dict[str, Any]]:
    """What can be read, for programs."""
    return [
        {
            "name": view.name,
            "meaning": view.meaning,
            "columns": [
                {"name": c.name, "type": c.type, "unit": c.unit, "meaning": c.meaning} for c in view.columns
            ],
        }
        for view in sql.VIEWS
    ]


def _canonical(reader: Reader, text: str) -> str:
    """The question as text that was made from what was looked at, and from nothing else.

    raises  PortlogError bad-sql
    """
    if "\0" in text:
        raise bad("holds a zero character")
    try:
        [(canonical, tree)] = reader.select(sql.read_as(text))
    except PortlogError as error:
        if "parseQueryToJSON" in error.message:  # a statement that its trees cannot show
            raise bad(ONLY_SELECT) from None
        raise
    used = look(jsons.decode_any(tree))
    if not used.bare and not used.heads:
        return str(canonical)
    for kind, name in reader.select(sql.known(used.bare, used.heads)):
        if kind == "database":
            raise bad(f"{name!r} is a database of the engine's: name views and columns without one, and tables otherwise")
        raise bad(f"{name!r} is a function of the engine's that is not allowed: give what you mean another name")
    return str(canonical)


def _within(rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """The first rows, as many as a reply may hold."""
    kept, left = [], REPLY_BYTES_MAX
    for row in rows:
        left -= len(jsons.encode_around(row))
        if left < 0:
            break
        kept.append(row)
    return kept
