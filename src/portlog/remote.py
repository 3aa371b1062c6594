"""A running server, as commands speak to it: JSON calls with a key, and files."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from portlog.errors import StartError
from portlog.pull import Address
from portlog.schema import jsons

_SECONDS = 120.0
_WAIT_SECONDS_MIN, _WAIT_SECONDS_MAX = 0.5, 30.0
_TRIES_MAX = 20


class Refused(Exception):
    """The server's refusal of a call. `path` is what of the call it names."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path


class Remote:
    """A server at a base address, with or without `/v1`."""

    def __init__(self, base: str, key: str = "") -> None:
        """raises  StartError when `base` is no address"""
        self._base, self._key = base, key
        self._pause = threading.Event()  # never set: to wait on
        Address(base, "/v1")

    def call(self, method: str, path: str, body: Any = None, *, lines: bytes | None = None) -> Any:
        """The JSON answer of a route under `/v1`; of one that is busy, once it is not.

        body    sent as JSON; `lines` are sent as they are
        raises  Refused; StartError when no server answers there, or the key is not the right one
        """
        content = lines if lines is not None else None if body is None else jsons.encode(body)
        waited = 0.0
        for _ in range(_TRIES_MAX):
            status, answer, asked = self._once(method, path, content)
            if status == 200:
                return answer
            message = _message(answer, status)
            if status in (401, 403):
                raise StartError(f"{self._base} refuses the key: {message}. Name one with --key")
            if status not in (429, 503):
                raise Refused(message, _path(answer))
            waited = max(min(max(waited * 2, _WAIT_SECONDS_MIN), _WAIT_SECONDS_MAX), asked)
            self._pause.wait(waited)
        raise StartError(f"{self._base} is busy: {message}")

    def _once(self, method: str, path: str, content: bytes | None) -> tuple[int, Any, float]:
        """(status, JSON of the answer or None, seconds that the server asks to wait)."""
        address = Address(self._base, f"/v1{path}")
        connection = address.connect(_SECONDS)
        headers = {"x-portkey-api-key": self._key} if self._key else {}
        try:
            connection.request(method, address.path, content, headers)
            reply = connection.getresponse()
            answer = reply.read()
        except (OSError, http.client.HTTPException) as error:
            raise StartError(
                f"no Portlog server answers at {self._base}: {error}. Start one, or name another with --server"
            ) from None
        finally:
            connection.close()
        asked = reply.headers.get("retry-after", "")
        return reply.status, _decoded(answer), float(asked) if asked.isdigit() else 0.0

    @contextmanager
    def fetch(self, url: str) -> Iterator[http.client.HTTPResponse]:
        """The file at a link that this server gave, which is asked for where the server is, whatever the link calls it."""
        target = urlsplit(url)
        address = Address(self._base, "/v1")
        connection = address.connect(_SECONDS)
        try:
            below = address.path.removesuffix("/v1")
            connection.request("GET", f"{below}{target.path[target.path.index('/v1/') :]}?{target.query}")
            reply = connection.getresponse()
            if reply.status != 200:
                raise Refused(_message(_decoded(reply.read()), reply.status))
            yield reply
        finally:
            connection.close()


def _decoded(answer: bytes) -> Any:
    try:
        return jsons.decode_any(answer)
    except ValueError:
        return None


def _message(answer: Any, status: int) -> str:
    message = answer.get("message") if isinstance(answer, Mapping) else None
    return str(message)[:500] if message else f"HTTP {status}"


def _path(answer: Any) -> str:
    error = answer.get("error") if isinstance(answer, Mapping) else None
    return str(error.get("param") or "") if isinstance(error, Mapping) else ""
