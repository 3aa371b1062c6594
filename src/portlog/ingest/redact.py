"""What must not be kept: credentials in headers, in configs and in URLs, replaced before anything is written.

Contract 11.4. Names are matched without case. Header values are replaced whole; a JSON config keeps its
form and loses the values of keys that hold secrets.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from portlog.schema import jsons
from portlog.schema.log import Log

REDACTED = "[REDACTED]"

# Whole header names, then endings that senders build their own from (`x-amz-security-token`).
_HEADERS = frozenset(
    ("authorization", "proxy-authorization", "x-api-key", "api-key", "x-goog-api-key", "x-portkey-api-key",
     "cookie", "set-cookie")
)  # fmt: skip
_HEADER_ENDINGS = ("-api-key", "-apikey", "-token", "-secret", "-password", "-authorization", "-credential")
_CONFIG_HEADERS = frozenset(("x-portkey-config", "x-portkey-provider-options"))

_SECRET_KEY = re.compile(
    r"(api|access|private)[_-]?key|secret|passw(or)?d|credential|authorization|service_?account|tokens?$", re.I
)
_NOT_SECRET_KEY = re.compile(r"(max|min|total|prompt|completion|input|output|stop|count)_?(completion_)?tokens?$", re.I)

_SECRET_QUERY = re.compile(
    r"([?&;#](?:key|api[_-]?key|token|access[_-]?token|sig|signature|x-amz-signature|x-amz-credential"
    r"|x-amz-security-token)=)[^&#;]+",
    re.I,
)
_URL_PASSWORD = re.compile(r"(://[^/?#:@]*:)[^/?#@]+(@)")


def redact(log: Log) -> Log:
    """Return `log` without credentials; the same object when it held none."""
    changed: dict[str, Any] = {}
    for name in ("request_headers", "response_headers"):
        headers = getattr(log, name)
        clean = redact_headers(headers)
        if clean is not headers:
            changed[name] = clean
    url = redact_url(log.request_url)
    if url != log.request_url:
        changed["request_url"] = url
    config = redact_config(log.config)
    if config != log.config:
        changed["config"] = config
    return msgspec.structs.replace(log, **changed) if changed else log


def redact_headers(headers: dict[str, str]) -> dict[str, str]:
    """The same dict when nothing in it is secret."""
    clean = headers
    for name, value in headers.items():
        replaced = _header_value(name.lower(), value)
        if replaced is not value:
            clean = dict(headers) if clean is headers else clean
            clean[name] = replaced
    return clean


def _header_value(name: str, value: str) -> str:
    if name in _HEADERS or name.endswith(_HEADER_ENDINGS):
        return REDACTED if value else value
    if name in _CONFIG_HEADERS:
        return redact_config(value)
    return value


def redact_config(text: str) -> str:
    """A config is a slug, kept as it is, or JSON, whose secret values are replaced at any depth."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        return jsons.encode(_without_secrets(jsons.decode_any(text.encode()))).decode()
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return REDACTED  # looks like a config with secrets, and cannot be read


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: REDACTED if is_secret_key(k) and v else _without_secrets(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_without_secrets(v) for v in value]
    return value


def is_secret_key(key: str) -> bool:
    """`api_key`, `apiKey`, `aws_secret_access_key`, `accessToken` are; `max_tokens` is not."""
    return _SECRET_KEY.search(key) is not None and _NOT_SECRET_KEY.search(key) is None


def redact_url(url: str) -> str:
    """Drop the values of secret query parameters and a password before the host."""
    if "?" in url or "#" in url:
        url = _SECRET_QUERY.sub(rf"\g<1>{REDACTED}", url)
    if "@" in url:
        url = _URL_PASSWORD.sub(rf"\g<1>{REDACTED}\g<2>", url)
    return url


