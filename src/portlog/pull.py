"""`portlog pull gateway`: reads the log stream of an open-source gateway and stores what it says in a Portlog server.

A gateway keeps nothing of its stream: what it sends while nobody listens is gone. So the puller stays connected, comes
back when it is cut off, and holds an event until the server has it. Each event is posted under a key of its own
content, and remembered, so that an event that is seen twice is stored once, also across restarts.
"""

from __future__ import annotations

import hashlib
import http.client
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from portlog.errors import PortlogError, StartError
from portlog.schema import jsons
from portlog.schema.secrets import redact_element, redact_url
from portlog.senders.gateway import STREAM_CONTENTS, tries_of

_SILENCE_SECONDS = 35.0  # a gateway's heart beats every 10 seconds
_POST_SECONDS = 15.0
_WAIT_SECONDS_MIN, _WAIT_SECONDS_MAX = 0.5, 30.0
_REMEMBERED_MAX = 10_000
_LINE_BYTES_MAX = 32 * 1024 * 1024  # as large as a call may be by default

Say = Callable[[str], None]


@dataclass
class Pulled:
    """What a run has done so far."""

    logs: int = 0
    events: int = 0
    repeated: int = 0  # seen before
    lost: int = 0  # unreadable, or refused by the server


class _Cut(Exception):
    """The stream, or a post, came to no end; worth another try."""


class _TimeUp(Exception):
    pass


@dataclass
class GatewayPull:
    """One run.

    url, to       base addresses of the gateway and of the Portlog server, with or without `/v1`
    key           of the Portlog server; "" when it asks for none
    headers       further headers for the gateway, which may ask for a token
    once          end when the stream ends, instead of connecting again
    seconds       end after so long; None: never
    say           is told in a sentence what happens, for a person
    """

    url: str
    to: str
    key: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    once: bool = False
    seconds: float | None = None
    say: Say = lambda text: None
    pulled: Pulled = field(default_factory=Pulled)

    def __post_init__(self) -> None:
        self._stream = Address(self.url, "/log/stream")
        self._store = Address(self.to, "/v1/logs")
        self._until = None if self.seconds is None else monotonic() + self.seconds
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._stopped = threading.Event()

    def run(self) -> Pulled:
        """Pull until the stream ends (`once`), the time is up, or for ever.

        raises  StartError for what trying again does not mend; KeyboardInterrupt is left to the caller
        """
        waited = 0.0
        try:
            while True:
                try:
                    for event, data in self._events():
                        waited = 0.0
                        if event == "log":
                            self._take(data)
                    reason = "the stream ended"
                    if self.once:
                        break
                except (OSError, http.client.HTTPException, _Cut) as error:
                    reason = str(error) or type(error).__name__
                    if self.once:
                        raise StartError(f"{self._stream.shown}: {reason}") from None
                waited = min(max(waited * 2, _WAIT_SECONDS_MIN), _WAIT_SECONDS_MAX)
                self.say(f"{self._stream.shown}: {reason}; trying again in {waited:g} s")
                self._wait(waited)
        except _TimeUp:
            pass
        return self.pulled

    def stop(self) -> None:
        """End the run with KeyboardInterrupt at the next event or silence, should the one raised now get lost."""
        self._stopped.set()

    def _left(self, seconds: float) -> float:
        """So many seconds, or what is left of the run."""
        if self._stopped.is_set():
            raise KeyboardInterrupt
        if self._until is None:
            return seconds
        left = self._until - monotonic()
        if left <= 0:
            raise _TimeUp
        return min(seconds, left)

    def _wait(self, seconds: float) -> None:
        self._stopped.wait(self._left(seconds))
        self._left(0)

    # -- the stream --------------------------------------------------------------------------------------------

    def _events(self) -> Iterator[tuple[str, str]]:
        """(event, data) of one connection, as the gateway sends them."""
        connection = self._stream.connect(self._left(_SILENCE_SECONDS))
        try:
            connection.request("GET", self._stream.path, headers={"accept": "text/event-stream", **self.headers})
            reply = connection.getresponse()
            self._refuse_wrong_stream(reply)
            self.say(f"reading {self._stream.shown}")
            for event in events_of(_lines(reply)):
                yield event
                if connection.sock is not None:
                    connection.sock.settimeout(self._left(_SILENCE_SECONDS))
        except TimeoutError:
            self._left(0)
            raise _Cut(f"silent for {_SILENCE_SECONDS:g} s") from None
        finally:
            connection.close()

    def _refuse_wrong_stream(self, reply: http.client.HTTPResponse) -> None:
        kind = reply.headers.get_content_type()
        if reply.status in (401, 403):
            raise StartError(
                f"{self._stream.shown} asks for a token (HTTP {reply.status}); pass it with --header 'NAME: VALUE'"
            )
        if reply.status >= 500 or reply.status == 429:
            raise _Cut(f"HTTP {reply.status}")
        if reply.status != 200 or kind != "text/event-stream":
            raise StartError(
                f"{self._stream.shown} is no log stream (HTTP {reply.status}, {kind}); name the address of the gateway "
                "itself, such as http://127.0.0.1:8787. A gateway that runs headless has none"
            )

    # -- one event -----------------------------------------------------------------------------------------------

    def _take(self, data: str) -> None:
        self.pulled.events += 1
        digest = hashlib.sha256(data.encode("utf-8", "surrogatepass")).hexdigest()
        if digest in self._seen:
            self.pulled.repeated += 1
            return
        try:
            event = jsons.decode(data.encode("utf-8", "surrogatepass"))
            elements = tries_of(event) if isinstance(event, dict) else []
            body = jsons.encode([redact_element(element, STREAM_CONTENTS) for element in elements])
        except (PortlogError, ValueError) as error:
            elements, body = [], b""
            self.say(f"an event was left out: {error}")
        if not elements:
            self.pulled.lost += 1
        elif self._post(body, digest):
            self.pulled.logs += len(elements)
        self._seen[digest] = None
        while len(self._seen) > _REMEMBERED_MAX:
            self._seen.popitem(last=False)

    def _post(self, body: bytes, digest: str) -> bool:
        """Post until the server has answered; whether it took the event."""
        headers = {"content-type": "application/json", "idempotency-key": f"gateway-stream-{digest}"}
        if self.key:
            headers["x-portkey-api-key"] = self.key
        waited = 0.0
        while True:
            try:
                status, said, pause = self._try_to_post(body, headers)
            except (OSError, http.client.HTTPException) as error:
                status, said, pause = 0, str(error) or type(error).__name__, 0.0
            if status == 200:
                return True
            if status == 409:  # stored before, by a release that spelled it otherwise
                self.pulled.repeated += 1
                return False
            if status in (401, 403, 404, 405):
                raise StartError(f"{self._store.shown} takes no logs (HTTP {status}): {said}")
            if 400 <= status < 500 and status not in (408, 429):
                self.pulled.lost += 1
                self.say(f"an event was refused by {self._store.shown} (HTTP {status}): {said}")
                return False
            waited = max(min(max(waited * 2, _WAIT_SECONDS_MIN), _WAIT_SECONDS_MAX), pause)
            self.say(f"{self._store.shown}: {said or status}; sending again in {waited:g} s")
            self._wait(waited)

    def _try_to_post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str, float]:
        """(status, message, seconds that the server asks to wait)."""
        connection = self._store.connect(self._left(_POST_SECONDS))
        try:
            connection.request("POST", self._store.path, body, dict(headers))
            reply = connection.getresponse()
            answer = reply.read(1_000_000)
        finally:
            connection.close()
        asked = reply.headers.get("retry-after", "")
        return reply.status, _message(answer), float(asked) if asked.isdigit() else 0.0


def _message(answer: bytes) -> str:
    try:
        value: Any = jsons.decode_any(answer)
        return str(value["message"])[:300]
    except Exception:  # noqa: BLE001 - whatever stands at that address may answer anything
        return ""


class Address:
    """Where something is asked for: host, port and path of a base address, `/v1` or the path itself tolerated."""

    def __init__(self, base: str, path: str) -> None:
        parts = urlsplit(base if "://" in base else f"http://{base}")
        try:
            self._host, self._port = parts.hostname or "", parts.port
        except ValueError:
            self._host, self._port = "", None
        if parts.scheme not in ("http", "https") or not self._host:
            raise StartError(f"{base!r} is no address; write it as http://HOST:PORT")
        self._secure = parts.scheme == "https"
        below = parts.path.rstrip("/").removesuffix(path).removesuffix("/v1")
        self.path = f"{below}{path}" + (f"?{parts.query}" if parts.query else "")
        self.shown = redact_url(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{self.path}")

    def connect(self, seconds: float) -> http.client.HTTPConnection:
        """A connection, made with the first request; it waits so long for each answer and each piece of one."""
        if self._secure:
            return http.client.HTTPSConnection(self._host, self._port, timeout=seconds)
        return http.client.HTTPConnection(self._host, self._port, timeout=seconds)


# -- server-sent events --------------------------------------------------------------------------------------------


def _lines(reply: http.client.HTTPResponse) -> Iterator[str]:
    while line := reply.readline(_LINE_BYTES_MAX):
        if len(line) >= _LINE_BYTES_MAX and not line.endswith(b"\n"):
            raise _Cut(f"a line of more than {_LINE_BYTES_MAX} bytes")
        yield from (text.decode("utf-8", "replace") for text in line.splitlines() or [b""])


def events_of(lines: Iterator[str]) -> Iterator[tuple[str, str]]:
    """(event, data) of each event of a stream of lines; what is not ended by an empty line is no event.

    As HTML's "server-sent events" has it: comments and unknown fields are passed over, `data` lines are joined.
    """
    name, data = "", list[str]()
    for line in lines:
        if line == "":
            if data:
                yield name or "message", "\n".join(data)
            name, data = "", list[str]()
            continue
        label, _, value = line.removeprefix("\ufeff").partition(":")
        value = value.removeprefix(" ")
        if label == "event":
            name = value
        elif label == "data":
            data.append(value)
