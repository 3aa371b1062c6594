"""Portkey's spelling of a log, coming in: the bodies of `POST /v1/logs` to `Log`s (contract 2 to 4).

`parse` accepts what real clients send, fills the documented defaults and says what it assumed (decision B1);
`strict` refuses instead. A call is taken whole or refused whole. Nothing else in the program knows these names.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import msgspec
import orjson

from portlog.errors import PortlogError
from portlog.schema import jsons, providers
from portlog.schema.ids import LogIds, new_span_id, new_trace_id
from portlog.schema.log import Log, Warning_

METADATA_INDEX_CHARS_MAX = 128  # contract 4.3
_PROBLEMS_MAX = 20  # as many faults as a refusal lists
_CREATED_PAST_DAYS, _CREATED_FUTURE_DAYS = 3660, 1
_DAY_MS = 86_400_000
_INT32 = 2**31


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one call."""

    logs_max: int


@dataclass(frozen=True, slots=True)
class Context:
    """What the HTTP call itself says of the logs in its body (contract 1.4, 4.2)."""

    received_ms: int
    workspace: str = "default"
    api_key_id: str = ""
    strict: bool = False
    tracked: bool = True
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str = ""
    span_name: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    provider: str = ""
    virtual_key: str = ""
    config: str = ""
    sdk_version: str = ""
    runtime: str = ""
    runtime_version: str = ""
    warnings: Sequence[Warning_] = ()


_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")


def context_of(headers: Mapping[str, str], context: Context) -> Context:
    """Add to `context` what the request headers give. `headers` has lower-case names."""
    trace_id, parent = headers.get("x-portkey-trace-id", ""), headers.get("x-portkey-parent-span-id", "")
    match = _TRACEPARENT.fullmatch(headers.get("traceparent", "").strip().lower())
    if match and set(match[1]) != {"0"} and set(match[2]) != {"0"}:
        trace_id, parent = trace_id or match[1], parent or match[2]
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
    metadata: dict[str, Any] = {}
    for member in headers.get("baggage", "").split(","):
        key, found, value = member.partition(";")[0].partition("=")
        if found and key.strip():
            metadata[unquote(key.strip())] = unquote(value.strip())
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
    raises   PortlogError malformed-json, request-validation, unsupported-shape or too-large, naming the path
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
            raise PortlogError("request-validation", f"the body must be a log or an array of logs, not {_kind(value)}")
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


# -- the shapes of an element (contract 3) -----------------------------------------------------------------

_Element = dict[str, Any]


def _is_otel_span_log(e: _Element) -> bool:
    metadata = e.get("metadata")
    return isinstance(metadata, dict) and metadata.get("_logType") == "opentelemetry"


def _is_gateway_hook(e: _Element) -> bool:
    request = e.get("request")
    return (
        isinstance(request, dict)
        and ("json" in request or "text" in request)
        and not request.get("url")
        and ("requestType" in e or "provider" in e)
    )


# First match wins; `plain` is last. Shapes other than plain are recognised so that they can be named.
SHAPES: tuple[tuple[str, Callable[[_Element], bool]], ...] = (
    ("litellm", lambda e: "litellm_call_id" in e or ("call_type" in e and "response_cost" in e)),
    ("span", lambda e: "span_id" in e and ("request" in e or "response" in e)),
    ("otel-span-log", _is_otel_span_log),
    ("gateway-hook", _is_gateway_hook),
    ("otlp", lambda e: "resourceSpans" in e or "resourceLogs" in e),
    ("plain", lambda e: "request" in e or "response" in e),
)  # fmt: skip

_SHAPE_NAMES = {
    "litellm": "a litellm payload",
    "span": "a callback handler's span",
    "otel-span-log": "a span of the Python SDK's OpenTelemetry exporter",
    "gateway-hook": "a post of a gateway hook",
    "otlp": "an OTLP message",
}


def shape_of(element: _Element) -> str:
    """The name of the shape of one element, or "" if it is none."""
    for name, recognises in SHAPES:
        if recognises(element):
            return name
    return ""


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
            raise _Refused("", f"must be an object, not {_kind(element)}")
        shape = shape_of(element)
        if not shape:
            raise _Refused("", "is not a log: it has neither `request` nor `response`")
        if shape != "plain":
            raise PortlogError(
                "unsupported-shape",
                f"{prefix or 'the body'} is {_SHAPE_NAMES[shape]}, which this release does not read yet; "
                "nothing of this call was stored",
                path=prefix,
            )
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
            organisation_id=_first(merged, "organisation_id", "_organisation", "organization"),
            trace_id=_first(element, "trace_id")
            or _first(metadata, "trace_id", "traceId", "traceID")
            or context.trace_id
            or new_trace_id(),
            span_id=_first(element, "span_id")
            or _first(metadata, "span_id", "spanId")
            or (context.span_id if self._single else "")
            or new_span_id(),
            parent_span_id=_parent(
                _first(element, "parent_span_id")
                or _first(metadata, "parent_span_id", "parentSpanId")
                or context.parent_span_id
            ),
            span_name=_first(element, "span_name")
            or _first(metadata, "span_name", "spanName")
            or context.span_name
            or f"{method} {_path(url)}",
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
        name = providers.normal(_first(metadata, "provider") or _provider_of_headers(request.get("headers")))
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
            raise _Refused(path, f"must be an object, not {_kind(sent)}")
        return {name: value if type(value) is str else as_text(value) for name, value in sent.items()}

    def _response_ms(self, response: _Element, warnings: list[Warning_]) -> float | None:
        for key in ("response_time", "time"):
            sent = response.get(key)
            if sent is None or sent == "":
                continue
            number = _number(sent)
            if number is None or number < 0:
                raise _Refused(f"response.{key}", f"must be a number of ms, 0 or more, not {_shown(sent)}")
            return number
        self._missing("response.response_time", "defaulted", "null", warnings)
        return None

    def _created_ms(self, element: _Element) -> int:
        sent = element.get("created_at")
        if sent is None or sent == "":
            return self._context.received_ms
        created = parse_time_ms(sent) if isinstance(sent, str) else None
        if created is None:
            raise _Refused("created_at", f"must be an ISO 8601 time, not {_shown(sent)}")
        age_ms = self._context.received_ms - created
        if age_ms > _CREATED_PAST_DAYS * _DAY_MS or age_ms < -_CREATED_FUTURE_DAYS * _DAY_MS or created < 0:
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
    raise _Refused(key, "is required" if value is None else f"must be an object, not {_kind(value)}")


def _optional_object(element: _Element, key: str, path: str) -> _Element:
    value = element.get(key)
    if value is None or value == "":
        return {}
    if isinstance(value, dict):
        return value
    raise _Refused(path, f"must be an object, not {_kind(value)}")


def _text(part: _Element, key: str, path: str) -> str:
    value = part.get(key)
    if type(value) is str:
        return value
    if value is None:
        return ""
    raise _Refused(path, f"must be a string, not {_kind(value)}")


def _status(response: _Element) -> int:
    """200 when absent; kept as sent when outside 100-599, 0 too (contract 2.2 row 9)."""
    sent = response.get("status")
    if sent is None or sent == "":
        return 200
    if type(sent) is int:
        number: float | None = sent
    else:
        number = _number(sent)
    if number is None or number != int(number) or abs(number) >= _INT32:
        raise _Refused("response.status", f"must be an integer, not {_shown(sent)}")
    return int(number)


def _stream(response: _Element) -> bool | None:
    sent = response.get("streamingMode")
    if sent is None or sent == "" or isinstance(sent, bool):
        return sent or None if sent == "" else sent
    if isinstance(sent, int | str) and str(sent).lower() in ("0", "1", "true", "false"):
        return str(sent).lower() in ("1", "true")
    raise _Refused("response.streamingMode", f"must be a boolean, not {_shown(sent)}")


def _number(sent: Any) -> float | None:
    """A finite number of a JSON number or of a numeric string such as `"0035"`; else None."""
    if isinstance(sent, bool) or not isinstance(sent, int | float | str):
        return None
    try:
        number = float(sent)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _first(part: Mapping[str, Any], *keys: str) -> str:
    """The first non-empty of `keys`, as text; numbers become decimal text, other values are passed over."""
    for key in keys:
        value = part.get(key)
        if type(value) is str:
            if value:
                return value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            return as_text(value)
    return ""


def _provider_of_headers(headers: Any) -> str:
    """What the logged request's own headers say, in any case; handlers put it there (contract 2.3)."""
    if not isinstance(headers, dict):
        return ""
    return _first({name.lower(): value for name, value in headers.items()}, "provider", "x-portkey-provider")


_NO_PARENT = frozenset(("", "None", "null", "root"))


def _parent(sent: str) -> str:
    return "" if sent in _NO_PARENT else sent


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


# Trace identity and the senders' own bookkeeping: lifted out of the index, kept in the raw metadata.
_LIFTED = frozenset(
    ("trace_id", "traceId", "traceID", "span_id", "spanId", "parent_span_id", "parentSpanId", "span_name",
     "spanName", "startTime", "endTime", "_logType", "_debug")
)  # fmt: skip


def metadata_index(metadata: Mapping[str, Any]) -> dict[str, str]:
    """What filters and groups see of metadata: each value's text, cut to 128 characters; nulls left out."""
    return {
        key: (value if type(value) is str else as_text(value))[:METADATA_INDEX_CHARS_MAX]
        for key, value in metadata.items()
        if value is not None and key not in _LIFTED
    }


def as_text(value: Any) -> str:
    """The text form of a JSON value: strings as they are, the rest as JSON."""
    return value if isinstance(value, str) else jsons.encode(value).decode()


# RFC 3986, appendix B: takes any text apart, so that no query or password of an odd URL becomes a span's name.
_URL_PATH = re.compile(r"(?:[^:/?#]+:)?(?://[^/?#]*)?([^?#]*)")


def _path(url: str) -> str:
    match = _URL_PATH.match(url)
    return (match and match[1]) or "/"


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _shown(value: Any) -> str:
    """A value in an error message: short, and never a whole body."""
    text = as_text(value) if not isinstance(value, str) else f'"{value}"'
    return text if len(text) <= 40 else text[:39] + "…"


_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9}))?)?\s*(Z|z|[+\- ]\d{2}:?\d{2})?"
)


def parse_time_ms(text: str) -> int | None:
    """ISO 8601 to ms since the epoch; UTC when no offset is named; None if it is no time.

    An unencoded `+` in a query arrives as a space before the offset: accepted (contract 9.2).
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    day, clock, fraction, offset = match.groups()
    offset = "+00:00" if offset is None or offset in "Zz" else offset.replace(" ", "+")
    try:
        moment = datetime.fromisoformat(f"{day}T{clock or '00:00'}{offset}")
    except ValueError:
        return None
    millis = int((fraction or "0").ljust(3, "0")[:3])
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1000 + millis


def is_bare_date(text: str) -> bool:
    """A date without a time: as an upper bound it means the end of that day (contract 11.1)."""
    return re.fullmatch(r"\d{4}-\d{2}-\d{2}", text.strip()) is not None
