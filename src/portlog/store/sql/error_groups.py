"""Errors by fingerprint: one scan of the errors of the range, and of those before it for when each kind was first seen."""

from __future__ import annotations

from typing import Any

from portlog.derive.fingerprint import BLANK, DIGEST_BYTES, RUN, SEPARATOR, VARIABLE
from portlog.store.sql.filters import asked, condition
from portlog.store.sql.parts import Binder, Statement

_MODELS_MAX = 20
_STATUS = f"toInt32(assumeNotNull({asked('status')}))"

ERROR_COLUMNS: dict[str, str] = {
    "fingerprint": f"lower(hex(substring(SHA256(arrayStringConcat([provider, toString(code), error_type, blanked], "
                   f"'\\x{ord(SEPARATOR):02x}')), 1, {DIGEST_BYTES})))",
    "provider": "provider",
    "status": "code",
    "error_type": "error_type",
    "message": "blanked",
    "count": "errors",
    "first_seen": "first_ms",
    "last_seen": "last_ms",
    "users": "users",
    "models": "arraySort(models)",
    "example_id": "example.1",
    "example_message": "example.2",
    "sparkline": "slots",
    "groups": "count() OVER ()",
    "total": "sum(errors) OVER ()",
}  # fmt: skip
"""What a row of `error_groups` has, and how it is read off the inner question."""

_ORDERS = {"count": "errors", "first_seen": "first_ms", "last_seen": "last_ms"}


def error_groups(question: Any) -> Statement:
    """One page of error groups: ERROR_COLUMNS, of kinds that occurred in the range."""
    binder = Binder()
    began = binder.moment(question.range.from_ms)
    within = f"created_at >= {began}"
    slot = (
        f"toUInt8(intDiv((toUnixTimestamp64Milli(created_at) - {binder.bind(question.range.from_ms, 'Int64')}) "
        f"* {int(question.slots)}, {int(question.range.length_ms)}))"
    )
    inner = (
        f"SELECT provider, {_STATUS} AS code, error_type, {blanked('error_message', binder)} AS blanked, "
        f"countIf({within}) AS errors, toUnixTimestamp64Milli(min(created_at)) AS first_ms, "
        f"toUnixTimestamp64Milli(max(created_at)) AS last_ms, uniqExactIf(user, {within} AND user != '') AS users, "
        f"groupUniqArrayIf({_MODELS_MAX})(toString(model), {within} AND model != '') AS models, "
        f"argMax((id, error_message), (created_at, id)) AS example, "
        f"sumMapIf(map({slot}, toUInt64(1)), {within}) AS slots "
        f"FROM logs WHERE {' AND '.join(_errors(question, binder))} "
        "GROUP BY provider, code, error_type, blanked HAVING errors > 0"
    )
    direction = "DESC" if question.descending else "ASC"
    text = (
        f"SELECT {', '.join(ERROR_COLUMNS.values())} FROM ({inner}) "
        f"ORDER BY {_ORDERS[question.order_by]} {direction}, errors DESC, provider, code, error_type, blanked "
        f"LIMIT {int(question.limit)} OFFSET {int(question.offset)}"
    )
    return Statement(text, binder.values)


def error_totals(question: Any) -> Statement:
    """(groups, errors) of the range, where a page holds nothing to read them off."""
    binder = Binder()
    kind = f"(provider, {_STATUS}, error_type, {blanked('error_message', binder)})"
    where = [*_errors(question, binder), f"created_at >= {binder.moment(question.range.from_ms)}"]
    return Statement(f"SELECT uniqExact({kind}), count() FROM logs WHERE {' AND '.join(where)}", binder.values)


def blanked(column: str, binder: Binder) -> str:
    """`derive.fingerprint.blanked` of a column."""
    variable, blank, run = (binder.bind(text, "String") for text in (VARIABLE, BLANK, RUN))
    return f"replaceRegexpAll(replaceRegexpAll({column}, {variable}, {blank}), {run}, {blank})"


def _errors(question: Any, binder: Binder) -> list[str]:
    return [
        f"created_at >= {binder.moment(max(0, question.known_from_ms))}",
        f"created_at < {binder.moment(question.range.to_ms)}",
        "counts = 1",
        "outcome = 'error'",
        f"workspace = {binder.bind(question.workspace, 'String')}",
        f"({condition(question.where, binder)})",
    ]
