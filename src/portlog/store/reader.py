"""A connection that can do nothing but read its workspace's views: one question in free SQL goes over it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError

from portlog.errors import PortlogError
from portlog.schema import jsons
from portlog.store.sql import Statement, views

BODY_BYTES_MAX = 128 * 1024 * 1024
TOO_LARGE = "has a result of too many bytes: select fewer or shorter columns, or set a smaller LIMIT"


@dataclass(frozen=True)
class Answer:
    """What the engine answered: values as JSON has them, times in ISO 8601."""

    columns: Sequence[Mapping[str, str]]  # name and type
    rows: Sequence[Sequence[Any]]
    rows_read: int
    bytes_read: int


class Reader:
    """Reads over one connection, which its maker closes. Used by one thread."""

    def __init__(self, client: Any, running: Callable[[], AbstractContextManager[object]]) -> None:
        """running  stands around each statement; raises what was meant by the engine's refusal"""
        self._client, self._running = client, running

    def confine(self, workspace: str, settings: Mapping[str, str | int | float]) -> None:
        """Cut the connection down to a workspace and these limits, for ever, and make sure that it is."""
        with self._running():
            for statement in views.confine(workspace, settings):
                self._client.command(statement)
            [found] = self._client.query(views.CONFINED.text).result_rows
        if found != (dict(views.table_filters(workspace)), 1, views.DATABASE):
            raise PortlogError("store-unavailable", "the engine did not take the bounds of a question in SQL")

    def select(self, statement: Statement) -> list[tuple[Any, ...]]:
        """Answer a statement of ours.

        raises  PortlogError bad-sql in the engine's words, query-limit; Cancelled
        """
        with self._running():
            return list(self._client.query(statement.text, parameters=statement.values).result_rows)

    def answer(self, text: str) -> Answer:
        """Answer one SELECT, which has been looked at: the connection alone does not keep it from files.

        raises  as `select`
        """
        with self._running():
            body = self._client.raw_query(text, fmt="JSONCompact")
        if len(body) > BODY_BYTES_MAX:  # what is the same in every row counts once for the engine, and comes many times
            raise PortlogError("query-limit", f"the question {TOO_LARGE}")
        reply = jsons.decode_any(body)
        read = reply["statistics"]
        return Answer(reply["meta"], reply["data"], read["rows_read"], read["bytes_read"])


_SCOPE = re.compile(r":? In scope .*", re.DOTALL)
_HEAD = re.compile(r"^(?:Code: \d+\. )?(?:DB::Exception: )+")
_CHARS_MAX = 600


def refusal(error: ClickHouseError | RuntimeError, directory: str) -> PortlogError:
    """What the engine said of a question in free SQL, without where anything lies on this machine.

    directory  of the store; no word of the engine's that names it goes out
    """
    said = _HEAD.sub("", _SCOPE.sub("", str(error))).partition("\n")[0].replace(directory, "…")
    return PortlogError("bad-sql", f"sql: {said[:_CHARS_MAX]}", path="sql")
