"""Lines of exports with Portkey's fields, the vendor's or ours, coming in again (contract 7.4). Only imports bring them.

A line has no headers, and bodies and URL only where they were asked for; what it counts and prices is taken as stated.
The id is that of the line where it is one of ours, else made of it, so that a line is one log however often it comes.
"""

from __future__ import annotations

import msgspec

from portlog.errors import PortlogError
from portlog.schema import jsons, providers
from portlog.schema.ids import created_ms_of, from_text, named
from portlog.schema.log import Log, Stated
from portlog.schema.secrets import redact_element
from portlog.schema.values import first, number, parse_time_ms, path_of
from portlog.senders.parts import body, mapping, metadata_fields, milliseconds, status_of
from portlog.senders.shapes import Context, Element, Opened, Shape

_ALIASES = {
    "ai_provider": "ai_org", "request_tokens": "req_units", "response_tokens": "res_units", "total_tokens": "total_units",
    "status_code": "response_status_code", "request.body": "request", "response.body": "response",
}  # fmt: skip
_CONTENTS = frozenset(("request", "response", "metadata"))
_TELLING = frozenset(("request", "response", "ai_model", "ai_org", "trace_id", "is_success"))
_PART = frozenset(("body", "headers", "url", "method", "status", "response_time"))


def element_of(text: bytes, path: str = "") -> Element:
    """The element of a line.

    raises  PortlogError malformed-json, request-validation
    """
    line = jsons.decode(text, prefix=path)
    if not isinstance(line, dict):
        raise PortlogError("request-validation", f"{path or 'the line'} must be an object", path=path)
    line = {_ALIASES.get(name, name): value for name, value in line.items()}
    created = line.get("created_at")
    if not _TELLING & line.keys() or not isinstance(created, str) or parse_time_ms(created) is None:
        problem = "is no line of an export: neither a whole log of Portlog's nor Portkey's fields with a created_at"
        raise PortlogError("request-validation", f"{path or 'the line'} {problem}", path=path)
    return line


def id_of(element: Element, log: Log) -> bytes:
    """The id that the line's log always has."""
    sent = first(element, "id")
    own = from_text(sent) if sent else None
    if own is not None and own[6] >> 4 == 7 and created_ms_of(own) == log.created_ms:
        return own
    return named(log.created_ms, log.workspace, "portkey-export", sent or body(element).decode())


def _open(element: Element, context: Context) -> Opened:
    created = element.get("created_at")
    return Opened(
        raw=redact_element(element, _CONTENTS),
        created_ms=parse_time_ms(created) if isinstance(created, str) else None,
        trace_id=first(element, "trace_id"),
        span_id=first(element, "span_id"),
        parent_span_id=first(element, "parent_span_id"),
        span_name=first(element, "span_name"),
    )


def _unfold(log: Log, element: Element) -> Log:
    url = first(element, "request_url")
    request, response = _body(element, "request"), _body(element, "response")
    metadata = mapping(element.get("metadata"))
    if (prompt := first(element, "prompt_slug")) and "_prompt" not in metadata:
        metadata = metadata | {"_prompt": prompt}
    return msgspec.structs.replace(
        log,
        span_name=log.span_name or (f"POST {path_of(url)}" if url else "export"),
        request_url=url,
        request_method="POST",
        provider=providers.normal(first(element, "ai_org")) or providers.of_url(url) or "unknown",
        request_body=request,
        response_body=response,
        status=status_of(element.get("response_status_code")),
        response_ms=milliseconds(element.get("response_time")),
        outcome=_outcome(element),
        config=log.config or first(element, "config"),
        stated=_stated(element),
        **metadata_fields(log, metadata, user=first(element, "user"), session=first(element, "session")),
    )


def _body(element: Element, name: str) -> bytes:
    """The body that a line has under `request` or `response`, bare or in an object; nothing where it is null."""
    value = element.get(name)
    if isinstance(value, dict) and "body" in value and value.keys() <= _PART:
        value = value["body"]
    return b"" if value is None else body(value)


def _outcome(element: Element) -> str:
    """Only where no status says it."""
    if status_of(element.get("response_status_code")) is not None or not isinstance(element.get("is_success"), bool):
        return ""
    return "success" if element["is_success"] else "error"


_STATED = {"ai_model": "model", "req_units": "input_tokens", "res_units": "output_tokens"}


def _stated(element: Element) -> dict[str, Stated]:
    stated = {what: Stated(element[name], name) for name, what in _STATED.items() if element.get(name) not in (None, "", 0)}
    if cents := number(element.get("cost")):  # 0 cents is how the vendor says that it has no price
        stated["cost_usd"] = Stated(cents / 100, "cost")
    return stated


SHAPE = Shape(
    name="portkey-export", title="line of an export", recognises=lambda element: False, open=_open, unfold=_unfold
)
