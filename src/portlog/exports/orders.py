"""What a caller asks to export: the body of a create or an update, read tolerantly where clients differ (contract 7.1, 7.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portlog.catalog.exports import ExportJob
from portlog.errors import PortlogError
from portlog.exports.fields import read_requested
from portlog.exports.formats import FORMATS
from portlog.query.filters import PARAMETERS, AllOf, Between, Filter, read_filter, refuse
from portlog.schema import jsons
from portlog.schema.values import as_text, is_bare_date, kind_of, number, parse_time_ms

LOGS_DEFAULT = 50_000  # contract 7.3: the vendor's maximum; more is exported where more is asked for
LOGS_MAX = 10**12
_DAY_MS = 86_400_000
_TEXT_CHARS_MAX = 4_000
_FILTERS = frozenset(parameter.name for parameter in PARAMETERS)
_PAGE = ("page_size", "current_page")


@dataclass(frozen=True)
class Order:
    """What is to be exported, and how."""

    filters: dict[str, Any]  # as sent
    q: str
    requested: tuple[str, ...]  # names of fields; none of a complete format
    format: str
    gzip: bool
    description: str
    workspace_id: str


@dataclass(frozen=True)
class Selection:
    """Which logs: those that match, in the order of time, `limit` of them behind the first `offset`."""

    where: Filter
    limit: int
    offset: int


def read_order(sent: Any, denied: Sequence[str], earlier: Order | None = None) -> Order:
    """Read a body. What it leaves out is as in `earlier`, the order that it changes; else the default.

    raises  PortlogError request-validation, bad-filter, field-denied, naming the member
    """
    if sent is None:
        sent = {}
    if not isinstance(sent, dict):
        raise PortlogError("request-validation", f"the body must be an object, not {kind_of(sent)}", path="")
    was = earlier or Order({}, "", (), "jsonl", False, "", "")
    format_ = _text(sent, "format").lower() or was.format
    if format_ not in FORMATS:
        raise PortlogError(
            "request-validation", f"format must be one of {', '.join(FORMATS)}, not {format_[:40]!r}", path="format"
        )
    gzip = _bool(sent, "gzip", was.gzip)
    if gzip and FORMATS[format_].packed:
        raise PortlogError("request-validation", f"gzip is not for format {format_}, which is packed itself", path="gzip")
    filters, q = _filters(sent, was)
    return Order(
        filters=filters,
        q=q,
        requested=_requested(sent, format_, denied, was),
        format=format_,
        gzip=gzip,
        description=_text(sent, "description") or was.description,
        workspace_id=_text(sent, "workspace_id") or was.workspace_id,
    )


def order_of(job: ExportJob) -> Order:
    """The order that a job was made of."""
    return Order(
        filters=jsons.decode_any(job.filters.encode()), q=job.q, requested=tuple(jsons.decode_any(job.requested.encode())),
        format=job.format, gzip=bool(job.gzip), description=job.description, workspace_id=job.workspace_id,
    )  # fmt: skip


def _requested(sent: Mapping[str, Any], format_: str, denied: Sequence[str], was: Order) -> tuple[str, ...]:
    asked = sent.get("requested_data")
    if FORMATS[format_].complete:
        if denied:
            raise PortlogError(
                "field-denied", f"format {format_} holds whole logs, and {', '.join(denied)} may not be exported here",
                path="format",
            )  # fmt: skip
        return ()
    if asked in (None, "", []) and was.requested:
        asked = list(was.requested)
    return read_requested(asked, denied)


def _filters(sent: Mapping[str, Any], was: Order) -> tuple[dict[str, Any], str]:
    filters = sent.get("filters")
    if filters is None:
        filters = was.filters
    if not isinstance(filters, dict):
        raise PortlogError("request-validation", f"filters must be an object, not {kind_of(filters)}", path="filters")
    q = _text(sent, "q") if "q" in sent else was.q
    if filters.get("q") and q:
        raise PortlogError("request-validation", "q stands in the body and in filters; say it once", path="filters.q")
    return filters, q


def _text(sent: Mapping[str, Any], name: str) -> str:
    value = sent.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _TEXT_CHARS_MAX:
        raise PortlogError("request-validation", f"{name} must be a text of at most {_TEXT_CHARS_MAX} characters", path=name)
    return value


def _bool(sent: Mapping[str, Any], name: str, default: bool) -> bool:
    value = sent.get(name)
    if value is None or value == "":
        return default
    if not isinstance(value, bool):
        raise PortlogError("request-validation", f"{name} must be true or false, not {kind_of(value)}", path=name)
    return value


# -- filters -----------------------------------------------------------------------------------------------


def select(order: Order, *, now_ms: int) -> Selection:
    """The logs that an order names; relative times of `q` are counted from `now_ms`.

    raises  PortlogError bad-filter, naming the filter
    """
    parts: list[Filter] = []
    parameters: dict[str, str] = {"q": order.q} if order.q.strip() else {}
    limit, offset = page_of(order)
    for name, value in order.filters.items():
        if _is_left_out(value) or name in _PAGE:
            continue
        if name == "created_at":
            parts.append(_created_at(value))
        elif name in _FILTERS:
            parameters[name] = _parameter(name, value)
        else:
            known = ", ".join(sorted({*_FILTERS, *_PAGE, "created_at"}))
            raise refuse(f"filters.{name[:60]}", f"is no filter; there are {known}")
    return Selection(AllOf((*parts, read_filter(parameters, now_ms=now_ms))), limit, offset)


def page_of(order: Order) -> tuple[int, int]:
    """How many logs an order takes, and behind how many.

    raises  PortlogError bad-filter
    """
    size, page = order.filters.get("page_size"), order.filters.get("current_page")
    limit = LOGS_DEFAULT if _is_left_out(size) else _whole("page_size", size, 1, LOGS_MAX)
    return limit, limit * (0 if _is_left_out(page) else _whole("current_page", page, 0, LOGS_MAX))


def _is_left_out(value: Any) -> bool:
    return value is None or value == "" or value == []


def _parameter(name: str, value: Any) -> str:
    """A filter's value as the query parameter of its name has it."""
    if name == "metadata" and isinstance(value, dict):
        return jsons.encode(value).decode()
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        return ",".join(as_text(item) for item in value)
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return as_text(value)
    raise refuse(f"filters.{name}", f"must be a text or a number, not {kind_of(value)}")


def _whole(name: str, value: Any, low: int, high: int) -> int:
    found = number(value)
    if found is None or found != int(found) or not low <= found <= high:
        raise refuse(f"filters.{name}", f"must be a whole number of at least {low}")
    return int(found)


_BOUNDS = ("gte", "gt", "lte", "lt")


def _created_at(value: Any) -> Filter:
    """`{"gte": time, "lte": time}`, the form of the vendor's product pages; a bare date as an upper bound is that day's end."""
    path = "filters.created_at"
    if not isinstance(value, dict) or not set(value) <= set(_BOUNDS):
        raise refuse(path, f"must be an object with {', '.join(_BOUNDS)}")
    parts: list[Filter] = []
    for bound, sent in value.items():
        moment = parse_time_ms(sent) if isinstance(sent, str) else None
        if moment is None:
            raise refuse(f"{path}.{bound}", "must be an ISO 8601 time such as 2026-11-20T18:00:00Z")
        whole_day = is_bare_date(sent)
        if bound in ("gte", "gt"):
            low = moment + ((_DAY_MS if whole_day else 1) if bound == "gt" else 0)
            parts.append(Between("created_at", low, None))
        elif bound == "lte":
            parts.append(Between("created_at", None, moment + (_DAY_MS if whole_day else 1), closed=False))
        else:
            parts.append(Between("created_at", None, moment, closed=False))
    return AllOf(tuple(parts))
