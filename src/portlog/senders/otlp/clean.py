"""Secrets in attributes: replaced by name while a span is decoded, before anything is written (contract 11.4).

Instrumentations copy request headers, client options and URLs into attributes. What is recognised: names of
credential headers and of keys; JSON text of headers and parameters that names one; URLs with a password or a
signed query. Contents of messages are not looked at: they are what is logged.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from portlog.schema import jsons
from portlog.schema.secrets import REDACTED, is_secret_key, redact_config, redact_headers, redact_url

Cleaner = Callable[[Any], Any]

# A name whose last part ends like this holds a credential; `gen_ai.usage.details.cache_read_tokens` does not.
_SECRET_END = re.compile(
    r"(?:(?:api|access|private|secret)[_-]?key|secret|passw(?:or)?d|credentials?|authorization|token|service_?account)$"
)
_PARAMETERS_END = re.compile(r"(?:headers|parameters|params|config|options|settings|kwargs)$")
_REQUEST_NAMES = frozenset(("input.value", "langfuse.observation.input", "traceloop.entity.input", "request_data"))
_URL_END = re.compile(r"(?:url|uri|target|endpoint|base|full)$")
_SUSPECT = re.compile(r"(?:api|access|private)[_-]?key|secret|passw|credential|authorization|token['\"]", re.I)
_SUSPECT_MEMBER = re.compile(r'"[\w-]*(?:key|headers|authorization|secret|token|password)"\s*:', re.I)


@lru_cache(maxsize=4096)
def cleaner_of(key: str) -> Cleaner | None:
    """What has to look at the value of an attribute of this name; None for nearly all of them."""
    last = key.rpartition(".")[2].lower()
    header = last.replace("_", "-")
    if _SECRET_END.search(last) or redact_headers({header: "x"})[header] == REDACTED:
        return _whole
    if key in _REQUEST_NAMES:
        return _request
    if last == "query":
        return _query
    if _URL_END.search(last):
        return _url
    if _PARAMETERS_END.search(last):
        return _parameters
    return None


def _whole(value: Any) -> Any:
    """A number is a count or a limit, never a credential."""
    if isinstance(value, str):
        return REDACTED if value and value != "None" else value
    if isinstance(value, list):
        return [_whole(member) for member in value]
    if isinstance(value, dict):
        return {name: _whole(member) for name, member in value.items()}
    return value


def _url(value: Any) -> Any:
    return redact_url(value) if isinstance(value, str) else value


def _query(value: Any) -> Any:
    return redact_url("?" + value)[1:] if isinstance(value, str) else value


def _parameters(value: Any) -> Any:
    """Headers and options, as a map or as JSON text; text that looks like them, holds a secret and is no JSON goes whole."""
    if isinstance(value, str):
        return redact_config(value) if _SUSPECT.search(value) else value
    return without_secrets(value)


def without_secrets(value: Any) -> Any:
    """A map without the values of members that hold secrets, at any depth."""
    if isinstance(value, dict):
        return {
            name: _whole(member) if _SECRET_END.search(name.lower()) or is_secret_key(name) else without_secrets(member)
            for name, member in value.items()
        }
    if isinstance(value, list):
        return [without_secrets(member) for member in value]
    return value


def _request(value: Any) -> Any:
    """The JSON text of a whole call: credentials among its own members, not in its messages."""
    if not isinstance(value, str) or value[:1] != "{" or not _SUSPECT_MEMBER.search(value):
        return value
    try:
        call = jsons.decode_any(value.encode())
        clean = {name: _member(name, member) for name, member in call.items()}
        return value if clean == call else jsons.encode(clean).decode()
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return value


def _member(name: str, member: Any) -> Any:
    low = name.lower()
    if _SECRET_END.search(low):
        return _whole(member)
    if low.endswith(("headers", "kwargs", "litellm_params")):
        return without_secrets(member)
    return member
