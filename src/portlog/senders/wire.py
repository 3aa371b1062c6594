"""Portkey's spelling of a log, coming in: the bodies of `POST /v1/logs` to `Log`s (contract 2 to 4).

`parse` accepts what real clients send, fills the documented defaults and says what it assumed (decision B1);
`strict` refuses instead. A call is taken whole or refused whole. Nothing else in the program knows these names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from portlog.errors import PortlogError
from portlog.schema import jsons, providers
from portlog.schema.ids import LogIds, named, new_span_id, new_trace_id
from portlog.schema.log import Log, Warning_
from portlog.schema.values import (
    METADATA_INDEX_CHARS_MAX,
    as_text,
    clamp_ms,
    first,
    is_plausible_ms,
    kind_of,
    metadata_index,
    number,
    parent_of,
    parse_time_ms,
    path_of,
    shown,
)
from portlog.senders.parts import baggage, session_of, traceparent
from portlog.senders.shapes import Context, Element, Shape
from portlog.senders.table import shape_of

_PROBLEMS_MAX = 20  # as many faults as a refusal lists
_INT32 = 2**31


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one call."""

    logs_max: int


def context_of(headers: Mapping[str, str], context: Context) -> Context:
    """Add to `context` what the request headers give. `headers` has lower-case names."""
    trace_id, parent = headers.get("x-portkey-trace-id", ""), headers.get("x-portkey-parent-span-id", "")
    w3c_trace_id, w3c_parent = traceparent(headers.get("traceparent", ""))
    trace_id, parent = trace_id or w3c_trace_id, parent or w3c_parent
    metadata, warnings = _header_metadata(headers)
    return Context(
        received_ms=context.received_ms,
        workspace=context.workspace,
        api_key_id=context.api_key_id,
        strict=context.strict or headers.get("x-log-validation", "").strip().lower() == "strict",
        tracked=context.tracked and headers.get("x-portkey-debug", "").strip().lower() != "false",
        trace_id=trace_id,
        span_id=headers.get("x-portkey-span-id", ""),
        parent_span_id=parent,
        span_name=headers.get("x-portkey-span-name", ""),
        metadata=metadata,
        provider=headers.get("x-portkey-provider", ""),
        virtual_key=headers.get("x-portkey-virtual-key", ""),
        config=headers.get("x-portkey-config", ""),
        sdk_version=headers.get("x-portkey-package-version", ""),
        runtime=headers.get("x-portkey-runtime", ""),
        runtime_version=headers.get("x-portkey-runtime-version", ""),
        warnings=warnings,
    )


def _header_metadata(headers: Mapping[str, str]) -> tuple[dict[str, Any], tuple[Warning_, ...]]:
    """Metadata of `baggage`, then `x-portkey-metadata` over it; an unreadable header is a warning."""
    metadata: dict[str, Any] = {**baggage(headers.get("baggage", ""))}
    text = headers.get("x-portkey-metadata", "")
    if not text:
        return metadata, ()
    try:
        sent = jsons.decode(text.encode())
    except PortlogError:
        sent = None
    if not isinstance(sent, dict):
        return metadata, (Warning_("header:x-portkey-metadata", "unreadable", "not a JSON object; ignored"),)
    return metadata | sent, ()


# -- the forms of a body (contract 2.4) ------------------------------------------------------------------


def parse(body: bytes, context: Context, limits: Limits, ids: LogIds) -> list[Log]:
    """Read a body of any documented form into logs, in the order sent.

    body     UTF-8 JSON: one log, an array, an object keyed "0".."n-1", or one object per line
    raises   PortlogError malformed-json, request-validation or too-large, naming the path
    """
    texts, indexed = split(body.removeprefix(b"\xef\xbb\xbf").strip())
    if len(texts) > limits.logs_max:
        raise PortlogError(
            "too-large",
            f"the body holds {len(texts)} logs, more than request_logs_max = {limits.logs_max}",
        )
    reader = _Reader(context, limits, ids, single=len(texts) == 1)
    logs = [reader.read(text, f"[{i}]" if indexed else "") for i, text in enumerate(texts)]
    reader.refuse_problems()
    return logs  # type: ignore[return-value]  # a None is a problem, and problems were refused


_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def split(body: bytes) -> tuple[list[bytes], bool]:
    """The JSON texts of a body's elements, not decoded yet, and whether their paths carry an index."""
    try:
        if body[:1] == b"[":
            return list(map(bytes, _decode_list(body))), True
        if body[:1] != b"{":
            value = jsons.decode(body)
            raise PortlogError("request-validation", f"the body must be a log or an array of logs, not {kind_of(value)}")
        members = _decode_object(body) if _INDEX_KEYED.match(body) else {}
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise jsons.refusal(body, "", str(error)) from None
    if members and all(key == str(i) and bytes(text)[:1] == b"{" for i, (key, text) in enumerate(members.items())):
        jsons.refuse_duplicate_keys(body, msgspec.json.encode(members))
        return list(map(bytes, members.values())), True
    lines = []
    if b"\n" in body and _SEVERAL_OBJECTS.search(body):
        lines = [line for line in body.split(b"\n") if line.strip()]
    if len(lines) > 1 and _is_object(lines[0]):
        return [line.strip() for line in lines], True
    return [body], False


# The Node SDK turns an array into an object with the keys "0", "1", … (contract 2.4).
_INDEX_KEYED = re.compile(rb'\{\s*"0"\s*:')
# NDJSON, or an object printed over several lines: told apart by decoding the first line.
_SEVERAL_OBJECTS = re.compile(rb"\}[ \t\r]*\n[ \t\r\n]*\{")


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(jsons.decode_any(line), dict)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError):
        return False


_Element = dict[str, Any]


class _Refused(Exception):
    """One hard fault of one element; `_Reader` collects them."""

    def __init__(self, path: str, problem: str) -> None:
        self.path, self.problem = path, problem


class _Reader:
    """Reads the elements of one call; gathers faults so that a refusal can list them."""

    def __init__(self, context: Context, limits: Limits, ids: LogIds, *, single: bool) -> None:
        self._context, self._limits, self._ids, self._single = context, limits, ids, single
        self._problems: list[tuple[str, str]] = []

    def read(self, text: bytes, prefix: str) -> Log | None:
        """Read one element; None when it has a fault, which is kept for `refuse_problems`."""
        element = jsons.decode_loosely(text, prefix=prefix)
        try:
            log = self._read(element, prefix) if len(self._problems) < _PROBLEMS_MAX else None
            # The bodies are encoded by now and stand in the element as text, so this costs little more than a copy.
            jsons.refuse_duplicate_keys(text, _encode_again(element, text), prefix=prefix)
            return log
        except jsons.TooDeep as error:
            self._problems.append((prefix, f"is {error}"))
        except _Refused as refused:
            self._problems.append((jsons.join(prefix, refused.path), refused.problem))
        return None

    def refuse_problems(self) -> None:
        if self._problems:
            path, problem = self._problems[0]
            raise PortlogError(
                "request-validation", f"{path or 'the body'} {problem}", path=path, problems=self._problems
            )

    def _read(self, element: Any, prefix: str) -> Log:
        if not isinstance(element, dict):
            raise _Refused("", f"must be an object, not {kind_of(element)}")
        shape = shape_of(element)
        if shape is not None:
            return envelope(element, shape, self._context, self._ids, single=self._single)
        if "request" not in element and "response" not in element:
            raise _Refused("", "is not a log: it has neither `request` nor `response`")
        return self._plain(element)

    def _plain(self, element: _Element) -> Log:
        context, warnings = self._context, list(self._context.warnings)
        request = _object(element, "request")
        response = _object(element, "response")
        metadata = _optional_object(element, "metadata", "metadata")
        url = _text(request, "url", "request.url")
        if not url:
            raise _Refused("request.url", "is required")
        if "body" not in request:
            raise _Refused("request.body", "is required; null is a value")
        status = _status(response)
        if "body" not in response:
            if status not in (204, 304) and status < 400:
                raise _Refused("response.body", "is required; null is a value")
            warnings.append(Warning_("response.body", "defaulted", "null"))
        provider = self._provider(request, metadata, url, warnings)
        request_headers = self._headers(request, "request.headers", warnings)
        response_headers = self._headers(response, "response.headers", warnings)
        response_ms = self._response_ms(response, warnings)
        created_ms = self._created_ms(element)
        merged = {**context.metadata, **metadata} if context.metadata else metadata
        index = metadata_index(merged)
        body = request["body"]
        user = _user(index, body)
        method = (_text(request, "method", "request.method") or "POST").upper()
        keep = context.tracked and metadata.get("_debug") is not False
        return Log(
            id=self._ids.make(created_ms),
            created_ms=created_ms,
            received_ms=context.received_ms,
            workspace=context.workspace,
            api_key_id=context.api_key_id,
            shape="plain",
            organisation_id=first(merged, "organisation_id", "_organisation", "organization"),
            trace_id=first(element, "trace_id")
            or first(metadata, "trace_id", "traceId", "traceID")
            or context.trace_id
            or new_trace_id(),
            span_id=first(element, "span_id")
            or first(metadata, "span_id", "spanId")
            or (context.span_id if self._single else "")
            or new_span_id(),
            parent_span_id=parent_of(
                first(element, "parent_span_id")
                or first(metadata, "parent_span_id", "parentSpanId")
                or context.parent_span_id
            ),
            span_name=first(element, "span_name")
            or first(metadata, "span_name", "spanName")
            or context.span_name
            or f"{method} {path_of(url)}",
            request_url=url,
            request_method=method,
            provider=provider,
            request_headers=request_headers,
            request_body=self._body(request, "request.body"),
            request_rest=self._rest(request, _REQUEST_KEYS, "request"),
            status=status,
            response_ms=response_ms,
            response_headers=response_headers,
            response_body=self._body(response, "response.body"),
            response_rest=self._rest(response, _RESPONSE_KEYS, "response"),
            metadata=self._json(merged, "metadata") if merged else b"{}",
            metadata_index=index,
            rest=self._rest(element, _ELEMENT_KEYS, ""),
            user=user,
            session=session_of(merged),
            stream=_stream(response),
            virtual_key=context.virtual_key,
            config=context.config,
            sdk_version=context.sdk_version,
            runtime=context.runtime,
            runtime_version=context.runtime_version,
            tracked=keep,
            warnings=warnings,
        )

    def _missing(self, path: str, code: str, value: str, warnings: list[Warning_]) -> None:
        """A requirement of the seed alone is not met: warn, or refuse in strict mode (B1.2, B1.3)."""
        if self._context.strict:
            raise _Refused(path, "is required in strict mode")
        warnings.append(Warning_(path, code, value))

    def _provider(self, request: _Element, metadata: _Element, url: str, warnings: list[Warning_]) -> str:
        """Infer the provider; the order is contract 2.3."""
        name = providers.normal(_text(request, "provider", "request.provider"))
        if name:
            return name
        name = providers.normal(first(metadata, "provider") or _provider_of_headers(request.get("headers")))
        if name:
            warnings.append(Warning_("request.provider", "inferred", name))
            return name
        name = providers.normal(self._context.provider) or providers.of_url(url) or "unknown"
        self._missing("request.provider", "inferred", name, warnings)
        return name

    def _headers(self, part: _Element, path: str, warnings: list[Warning_]) -> dict[str, str]:
        sent = part.get("headers")
        if sent is None or sent == "":
            self._missing(path, "defaulted", "{}", warnings)
            return {}
        if not isinstance(sent, dict):
            raise _Refused(path, f"must be an object, not {kind_of(sent)}")
        return {name: value if type(value) is str else as_text(value) for name, value in sent.items()}

    def _response_ms(self, response: _Element, warnings: list[Warning_]) -> float | None:
        for key in ("response_time", "time"):
            sent = response.get(key)
            if sent is None or sent == "":
                continue
            ms = number(sent)
            if ms is None or ms < 0:
                raise _Refused(f"response.{key}", f"must be a number of ms, 0 or more, not {shown(sent)}")
            return ms
        self._missing("response.response_time", "defaulted", "null", warnings)
        return None

    def _created_ms(self, element: _Element) -> int:
        sent = element.get("created_at")
        if sent is None or sent == "":
            return self._context.received_ms
        created = parse_time_ms(sent) if isinstance(sent, str) else None
        if created is None:
            raise _Refused("created_at", f"must be an ISO 8601 time, not {shown(sent)}")
        if not is_plausible_ms(created, self._context.received_ms):
            raise _Refused("created_at", "must be within the last ten years and at most a day ahead")
        return created

    def _body(self, part: _Element, path: str) -> bytes:
        """Minified JSON text of a part's body, which takes the decoded body's place in the part."""
        text = self._json(part.get("body"), path)
        if "body" in part:
            part["body"] = orjson.Fragment(text)
        return text

    def _rest(self, part: _Element, known: frozenset[str], path: str) -> bytes:
        """What no field of ours holds, as a JSON object: unknown keys are kept, never refused."""
        if part.keys() <= known:
            return b""
        return self._json({key: value for key, value in part.items() if key not in known}, path)

    def _json(self, value: Any, path: str) -> bytes:
        """Minified JSON text; refuses what is nested too deep."""
        try:
            return jsons.encode(value)
        except jsons.TooDeep as error:
            raise _Refused(path, f"is {error}") from None


def envelope(element: Element, shape: Shape, context: Context, ids: LogIds, *, single: bool = False) -> Log:
    """Another sender's element as it goes to disk; what is in it is read behind the write-ahead log (`unfold`).

    single  the element is alone in its call: ids that the call itself names are its own
    raises  jsons.TooDeep
    """
    opened = shape.open(element, context)
    began_ms = clamp_ms(opened.created_ms, context.received_ms)
    created_ms = int(began_ms)
    trace_id = opened.trace_id or context.trace_id or new_trace_id()
    span_id = opened.span_id or (context.span_id if single else "") or new_span_id()
    return Log(
        id=named(began_ms, context.workspace, trace_id, span_id)
        if shape.joins == "span"
        else ids.make(created_ms),
        created_ms=created_ms,
        received_ms=context.received_ms,
        workspace=context.workspace,
        api_key_id=context.api_key_id,
        shape=shape.name,
        organisation_id="",
        trace_id=trace_id,
        span_id=span_id,
        parent_span_id=parent_of(opened.parent_span_id or context.parent_span_id),
        span_name=opened.span_name or context.span_name,
        request_url="",
        request_method="",
        provider=context.provider,
        request_headers={},
        request_body=b"",
        request_rest=b"",
        status=None,
        response_ms=None,
        response_headers={},
        response_body=b"",
        response_rest=b"",
        metadata=jsons.encode(context.metadata) if context.metadata else b"{}",
        metadata_index={},
        rest=b"",
        user="",
        stream=None,
        virtual_key=context.virtual_key,
        config=context.config,
        sdk_version=context.sdk_version,
        runtime=context.runtime,
        runtime_version=context.runtime_version,
        tracked=context.tracked and opened.tracked,
        warnings=list(context.warnings),
        raw=jsons.encode(opened.raw),
        join_key=opened.join_key,
    )


def _encode_again(element: _Element, text: bytes) -> bytes:
    try:
        return jsons.encode(element)
    except TypeError:  # integers beyond 64 bits beside the bodies' text
        return jsons.encode(jsons.decode_any(text))


_ELEMENT_KEYS = frozenset(
    ("request", "response", "metadata", "created_at", "trace_id", "span_id", "parent_span_id", "span_name")
)
_REQUEST_KEYS = frozenset(("url", "provider", "headers", "method", "body"))
_RESPONSE_KEYS = frozenset(("status", "headers", "body", "response_time", "time", "streamingMode"))


def _object(element: _Element, key: str) -> _Element:
    value = element.get(key)
    if isinstance(value, dict):
        return value
    raise _Refused(key, "is required" if value is None else f"must be an object, not {kind_of(value)}")


def _optional_object(element: _Element, key: str, path: str) -> _Element:
    value = element.get(key)
    if value is None or value == "":
        return {}
    if isinstance(value, dict):
        return value
    raise _Refused(path, f"must be an object, not {kind_of(value)}")


def _text(part: _Element, key: str, path: str) -> str:
    value = part.get(key)
    if type(value) is str:
        return value
    if value is None:
        return ""
    raise _Refused(path, f"must be a string, not {kind_of(value)}")


def _status(response: _Element) -> int:
    """200 when absent; kept as sent when outside 100-599, 0 too (contract 2.2 row 9)."""
    sent = response.get("status")
    if sent is None or sent == "":
        return 200
    if type(sent) is int:
        status: float | None = sent
    else:
        status = number(sent)
    if status is None or status != int(status) or abs(status) >= _INT32:
        raise _Refused("response.status", f"must be an integer, not {shown(sent)}")
    return int(status)


def _stream(response: _Element) -> bool | None:
    sent = response.get("streamingMode")
    if sent is None or sent == "" or isinstance(sent, bool):
        return sent or None if sent == "" else sent
    if isinstance(sent, int | str) and str(sent).lower() in ("0", "1", "true", "false"):
        return str(sent).lower() in ("1", "true")
    raise _Refused("response.streamingMode", f"must be a boolean, not {shown(sent)}")


def _provider_of_headers(headers: Any) -> str:
    """What the logged request's own headers say, in any case; handlers put it there (contract 2.3)."""
    if not isinstance(headers, dict):
        return ""
    return first({name.lower(): value for name, value in headers.items()}, "provider", "x-portkey-provider")


def _user(index: dict[str, str], request_body: Any) -> str:
    """`_user`, else metadata `user` or `user_id`, else `user` of the request body, which then becomes `_user`."""
    user = index.get("_user") or index.get("user") or index.get("user_id")
    if user:
        return user
    sent = request_body.get("user") if isinstance(request_body, dict) else None
    if type(sent) is not str or not sent:
        return ""
    index["_user"] = sent[:METADATA_INDEX_CHARS_MAX]
    return index["_user"]


