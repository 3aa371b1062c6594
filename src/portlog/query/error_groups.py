"""Errors by kind (ux.md 4, the Errors tab): how often, since when, whom and which models they hit, with one example each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portlog.derive.fingerprint import BLANK
from portlog.query.figures import tidy
from portlog.query.filters import Filter
from portlog.query.graph_answers import Scope
from portlog.query.parameters import read_choice, read_whole
from portlog.query.ranges import DAY_MS, Range
from portlog.schema.ids import to_text
from portlog.schema.render import iso
from portlog.store import Store, sql

KNOWN_DAYS = 90
"""How far before the range an error is looked for: what did not occur within these days is new."""
SLOTS = 30  # of a sparkline: equal parts of the range
ORDERS = ("count", "first_seen", "last_seen")
PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, PAGE_MAX = 50, 500, 10**6


@dataclass(frozen=True, slots=True)
class ErrorQuestion:
    """One page of error groups. Read by `store.sql.error_groups`."""

    workspace: str
    where: Filter
    range: Range
    known_from_ms: int
    order_by: str  # of ORDERS
    descending: bool
    limit: int
    offset: int
    slots: int = SLOTS


def read_error_question(parameters: Mapping[str, str], scope: Scope) -> ErrorQuestion:
    """`order_by`, `order_by_type`, `page_size`, `current_page`.

    raises  PortlogError bad-filter naming the parameter
    """
    limit = read_whole(parameters, "page_size", PAGE_SIZE_DEFAULT, 0, PAGE_SIZE_MAX)
    return ErrorQuestion(
        workspace=scope.workspace,
        where=scope.where,
        range=scope.range,
        known_from_ms=scope.range.from_ms - KNOWN_DAYS * DAY_MS,
        order_by=read_choice(parameters, "order_by", ORDERS),
        descending=read_choice(parameters, "order_by_type", ("desc", "asc")) == "desc",
        limit=limit,
        offset=limit * read_whole(parameters, "current_page", 0, 0, PAGE_MAX),
    )


def answer_errors(store: Store, question: ErrorQuestion) -> dict[str, Any]:
    """The list of groups; `total` is how many there are, `errors` how many errors are in them, both over all pages."""
    rows = [dict(zip(sql.ERROR_COLUMNS, row, strict=True)) for row in store.select(sql.error_groups(question))]
    groups, errors = (rows[0]["groups"], rows[0]["total"]) if rows else store.select(sql.error_totals(question))[0]
    return {
        "object": "list",
        "total": int(groups),
        "errors": int(errors),
        "from": question.range.from_ms,
        "to": question.range.to_ms,
        "data": [_shown(row, question) for row in rows],
    }


def _shown(row: Mapping[str, Any], question: ErrorQuestion) -> dict[str, Any]:
    slots = {int(place): int(count) for place, count in row["sparkline"].items()}
    return {
        "fingerprint": row["fingerprint"],
        "provider": row["provider"],
        "status": int(row["status"]),
        "error_type": row["error_type"] or None,
        "message": row["message"],
        "count": int(row["count"]),
        "share": tidy(100 * row["count"] / row["total"]),
        "first_seen": iso(int(row["first_seen"])),
        "last_seen": iso(int(row["last_seen"])),
        "is_new": row["first_seen"] >= question.range.from_ms,
        "users": int(row["users"]),
        "models": list(row["models"]),
        "example_id": to_text(bytes(row["example_id"])),
        "example_message": row["example_message"],
        "q": query_of(row["provider"], int(row["status"]), row["error_type"], row["message"]),
        "sparkline": [slots.get(place, 0) for place in range(question.slots)],
        "object": "error-group",
    }


def query_of(provider: str, status: int, error_type: str, message: str) -> str:
    """A query, in the words of the filter bar, for the logs of a kind; a blank in the message stands for any text."""
    kind = f"error_type:={_quoted(error_type)}" if error_type else "-error_type:*"
    said = f"error_message~/^{_expression(message)}$/" if message else "-error_message:*"
    return f"counts:true outcome:error provider:={_quoted(provider)} status:{status} {kind} {said}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _expression(message: str) -> str:
    """The message as a regular expression between slashes."""
    return ".+".join(re.sub(r"[\\.^$|?*+()\[\]{}/]", r"\\\g<0>", piece) for piece in message.split(BLANK))
