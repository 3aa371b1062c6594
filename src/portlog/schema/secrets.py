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
        return {k: _member(k, v) for k, v in value.items()}
    if isinstance(value, list):
        return [_without_secrets(v) for v in value]
    return _text_without_secrets("", value) if isinstance(value, str) else value


def _member(key: str, value: Any) -> Any:
    if value and (is_secret_key(key) or key.lower() in _HEADERS):
        return REDACTED
    return _text_without_secrets(key, value) if isinstance(value, str) else _without_secrets(value)


def _text_without_secrets(key: str, text: str) -> str:
    """A text inside a config: a URL, or JSON once more (a plugin's `headers`), or left alone."""
    if text.lstrip().startswith(("{", "[")):
        try:
            value = jsons.decode_any(text.encode())
            clean = _without_secrets(value)
            return text if clean == value else jsons.encode(clean).decode()
        except (msgspec.MsgspecError, RecursionError, ValueError):
            return REDACTED if key.lower().endswith("headers") else text
    return redact_url(text) if "://" in text else text


def is_secret_key(key: str) -> bool:
    """`api_key`, `apiKey`, `aws_secret_access_key`, `accessToken` are; `max_tokens` is not."""
    return _SECRET_KEY.search(key) is not None and _NOT_SECRET_KEY.search(key) is None


def redact_element(element: dict[str, Any], contents: frozenset[str]) -> dict[str, Any]:
    """A foreign element without credentials: in headers, configs and URLs, wherever in it they stand.

    contents  keys of what was said (bodies, messages, metadata): kept as they are, and not looked into
    raises    jsons.TooDeep
    """
    return _clean_object(element, contents, 0)


def _clean(key: str, value: Any, contents: frozenset[str], depth: int) -> Any:
    if key in contents:
        return value
    if isinstance(value, str):
        return _clean_text(key, value)
    if depth > jsons.DEPTH_MAX:
        raise jsons.TooDeep(f"nested deeper than {jsons.DEPTH_MAX} levels")
    if isinstance(value, list):
        return [_clean(key, member, contents, depth + 1) for member in value]
    if isinstance(value, dict):
        if key.lower().endswith("headers"):
            return {name: _header(name, member) for name, member in value.items()}
        return _clean_object(value, contents, depth + 1)
    return value


def _clean_object(value: dict[str, Any], contents: frozenset[str], depth: int) -> dict[str, Any]:
    return {key: _clean(key, member, contents, depth) for key, member in value.items()}


# LiteLLM's proxy describes the key that called it under names of this form: its alias, its owner, its hash.
_ABOUT_A_KEY = "user_api_key_"


def _clean_text(key: str, text: str) -> str:
    name = key.lower()
    if text and is_secret_key(key) and not name.startswith(_ABOUT_A_KEY):
        return REDACTED
    if name.endswith("headers") or name in _CONFIG_HEADERS or name == "kwargs":
        return _text_without_secrets(key, text)
    return redact_url(text) if "://" in text else text


def _header(name: str, value: Any) -> Any:
    if isinstance(value, str):
        return _header_value(name.lower(), value)
    secret = _header_value(name.lower(), "x") == REDACTED or name.lower() in _CONFIG_HEADERS
    return REDACTED if value and secret else value


def redact_url(url: str) -> str:
    """Drop the values of secret query parameters and a password before the host."""
    if "?" in url or "#" in url:
        url = _SECRET_QUERY.sub(rf"\g<1>{REDACTED}", url)
    if "@" in url:
        url = _URL_PASSWORD.sub(rf"\g<1>{REDACTED}\g<2>", url)
    return url


