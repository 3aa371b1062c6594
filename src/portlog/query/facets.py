"""Facets: the values that the logs of a query have, with counts, so that a click can narrow it down or turn it round.

The counts of a field ignore the query's own filters on that field: the alternatives to what is chosen stay visible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portlog.query.filters import Filter, read_filter, refuse
from portlog.query.language.fields import BY_NAME_OR_ALIAS, CACHE_WORDS, FIELDS, nearest
from portlog.query.parameters import read_whole
from portlog.schema.columns import BY_NAME
from portlog.store import Store
from portlog.store.sql import facets as sql

DEFAULT = ("status", "model", "provider", "user", "cache", "env", "key", "metadata")
LIMIT_DEFAULT, LIMIT_MAX = 8, 100
FIELDS_MAX = 30
_METADATA = "metadata."
_KEYS_MAX = 6
_KEYS_LOGS_MAX = 2_000  # the newest logs, from which the keys of the metadata are chosen: their maps are read whole
# A key whose values are nearly all different names single logs: counting them says nothing.
_UNIQUE_LOGS_MIN, _UNIQUE_SHARE = 50, 0.5

_TYPES = frozenset(("text", "choice", "status", "exact", "list", "boolean"))
COUNTABLE = tuple(
    field.name
    for field in FIELDS
    if field.type in _TYPES and field.column and not BY_NAME[field.column].heavy and field.name != "http_status"
)
"""Names of fields that have facets; `metadata.<key>` has them too. (`http_status` is not told apart from `status`.)"""

_BOOLEANS = frozenset(field.name for field in FIELDS if field.type == "boolean")
_CACHE = {value: word for word, values in CACHE_WORDS.items() for value in values}


@dataclass(frozen=True, slots=True)
class FacetsQuestion:
    """The facets of `fields` over the logs of a query.

    parameters  the query, read once for each field without that field's own filters
    """

    workspace: str
    fields: tuple[str, ...]
    limit: int
    search: str
    parameters: Mapping[str, str]
    now_ms: int

    def where(self, leave_out: str = "") -> Filter:
        """The query's filter, without those of one field."""
        return read_filter(self.parameters, now_ms=self.now_ms, leave_out=leave_out)


def read_facets(parameters: Mapping[str, str], workspace: str, now_ms: int) -> FacetsQuestion:
    """raises  PortlogError bad-filter"""
    fields = tuple(dict.fromkeys(name.strip() for name in parameters.get("fields", "").split(",") if name.strip()))
    if len(fields) > FIELDS_MAX:
        raise refuse("fields", f"takes at most {FIELDS_MAX} names, not {len(fields)}")
    for name in fields:
        _check(name)
    search = parameters.get("search", "")
    if search and (len(fields) != 1 or fields == ("metadata",)):
        raise refuse("search", "goes with one field in `fields`")
    limit = read_whole(parameters, "limit", LIMIT_DEFAULT, 1, LIMIT_MAX)
    question = FacetsQuestion(workspace, fields or DEFAULT, limit, search, parameters, now_ms)
    question.where()  # what is wrong with the query is said here, before it waits for a thread
    return question


def _check(name: str) -> None:
    if name in COUNTABLE or name == "metadata" or (name.startswith(_METADATA) and name != _METADATA):
        return
    if field := BY_NAME_OR_ALIAS.get(name):
        better = f"; its name is {field.name}" if field.name in COUNTABLE else ""
        raise refuse("fields", f"names {name}, which has no facets{better}")
    near = nearest(name, (*COUNTABLE, "metadata"))
    raise refuse("fields", f"names no field {name[:80]!r}{f'; did you mean {near}?' if near else ''}")


def answer_facets(store: Store, question: FacetsQuestion) -> dict[str, Any]:
    """Reply `log-facets`: for each field its most frequent values, in the order of the fields."""
    fields = [name for field in question.fields for name in _expanded(store, question, field)]
    found: dict[str, list[tuple[str, int]]] = {name: [] for name in fields}
    for where, names in _scans(question, fields):
        counted = [_facet(name) for name in names]
        statement = sql.facets(question.workspace, where, counted, limit=_asked_of_store(names, question), search=question.search)
        for number, value, count in store.select(statement):
            found[names[int(number)]].append((str(value), int(count)))
    return {"object": "log-facets", "facets": [_reply(name, found[name], question) for name in found]}


def _expanded(store: Store, question: FacetsQuestion, field: str) -> Sequence[str]:
    """The field; for `metadata` those of its keys that most of the newest logs have."""
    if field != "metadata":
        return (field,)
    rows = store.select(sql.metadata_keys(question.workspace, question.where(), logs_max=_KEYS_LOGS_MAX))
    keys = [str(key) for key, logs, values in rows if not str(key).startswith("_") and not _names_logs(logs, values)]
    return [_METADATA + key for key in keys[:_KEYS_MAX]]


def _names_logs(logs: int, values: int) -> bool:
    return logs >= _UNIQUE_LOGS_MIN and values > _UNIQUE_SHARE * logs


def _scans(question: FacetsQuestion, fields: Sequence[str]) -> list[tuple[Filter, list[str]]]:
    """Fields that share a filter are counted together; lists, whose logs are many rows, alone."""
    scans: list[tuple[Filter, list[str]]] = []
    for name in fields:
        where = question.where(leave_out=name)
        shared = next((s for s in scans if s[0] == where and not _facet(s[1][0]).is_array), None)
        if shared is None or _facet(name).is_array:
            scans.append((where, [name]))
        else:
            shared[1].append(name)
    return scans


def _facet(name: str) -> sql.Facet:
    if name.startswith(_METADATA):
        return sql.Facet("metadata", name.removeprefix(_METADATA))
    field = BY_NAME_OR_ALIAS[name]
    return sql.Facet(field.column, field.key)


def _asked_of_store(names: Sequence[str], question: FacetsQuestion) -> int:
    """One more than is shown, so that one sees whether there are more; of cache all, since words stand for several."""
    return LIMIT_MAX + 1 if "cache" in names else question.limit + 1


def _reply(name: str, values: list[tuple[str, int]], question: FacetsQuestion) -> dict[str, Any]:
    if name == "cache":
        values = _in_words(values)
    if name in _BOOLEANS:
        values = [("true" if value == "1" else "false", count) for value, count in values]
    return {
        "field": name,
        "values": [{"value": value, "count": count} for value, count in values[: question.limit]],
        "has_more": len(values) > question.limit,
    }


def _in_words(values: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Statuses of the gateway's cache under the words that queries have for them."""
    words: dict[str, int] = {}
    for value, count in values:
        word = _CACHE.get(value.upper(), value)
        words[word] = words.get(word, 0) + count
    return sorted(words.items(), key=lambda item: (-item[1], item[0]))
