"""One element as the mapping sees it: attributes, events and times of a span, with empty and scrubbed values absent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from portlog.schema import jsons
from portlog.senders.shapes import Element

Record = dict[str, Any]
DETAILS = "gen_ai.client.inference.operation.details"
_SCRUBBED = "[Scrubbed due to"  # Logfire's mark for a value that it took out (otel.md 9)
_JSON_LEVELS_MAX = 100  # of JSON inside an attribute: below what a body may nest, which gets some levels more


class Facts:
    """What one element says. `attributes` are the span's, over those of its details event (the span wins, otel.md 9)."""

    __slots__ = ("_decoded", "_roots", "attributes", "events", "resource", "scope", "scope_name", "span")

    def __init__(self, element: Element) -> None:
        self.span = _object(element.get("span"))
        self.resource = _object(_object(element.get("resource")).get("attributes"))
        self.scope = _object(element.get("scope"))
        name = self.scope.get("name")
        self.scope_name: str = name if isinstance(name, str) else ""
        own = _object(self.span.get("attributes"))
        self.events = [*_objects(self.span.get("events")), *_objects(element.get("logs"))]
        details = [_object(event.get("attributes")) for event in self.events if event_name(event) == DETAILS]
        self.attributes: dict[str, Any] = own
        if details:
            self.attributes = {k: v for more in details for k, v in more.items()} | own
        elif not self.span and self.events:
            self.attributes = {k: v for event in self.events for k, v in _object(event.get("attributes")).items()}
        self._decoded: dict[str, Any] = {}
        self._roots: dict[str, list[str]] | None = None

    def get(self, key: str) -> Any:
        """An attribute's value; None where it is absent, empty, or scrubbed."""
        value = self.attributes.get(key)
        if value is None or value == "" or value == []:
            return None
        if isinstance(value, str) and value.startswith(_SCRUBBED):
            return None
        return value

    def text(self, key: str) -> str:
        """As `get`, of a text; "" for anything else."""
        value = self.get(key)
        return value if isinstance(value, str) else ""

    def json(self, key: str) -> Any:
        """An attribute that is JSON text, decoded; the text itself where it is none; None where it is absent."""
        if key in self._decoded:
            return self._decoded[key]
        value = self.get(key)
        if isinstance(value, str):
            value = parsed(value)
        self._decoded[key] = value
        return value

    def at(self, key: str, *steps: str) -> Any:
        """What stands in the JSON of an attribute at these steps; None where there is nothing."""
        value = self.json(key)
        for step in steps:
            value = value.get(step) if isinstance(value, dict) else None
        return value

    @property
    def roots(self) -> dict[str, list[str]]:
        """The attributes by their first two steps, such as `gen_ai.prompt`."""
        if self._roots is None:
            self._roots = {}
            for key in self.attributes:
                self._roots.setdefault(root_of(key), []).append(key)
        return self._roots

    def indexed(self, prefix: str) -> list[tuple[int, dict[str, Any]]]:
        """`prefix.N.rest` attributes as (N, {rest: value}), by N; numbers may be missing (otel.md 3)."""
        start = prefix + "."
        groups: dict[int, dict[str, Any]] = {}
        for key in self.roots.get(root_of(start), ()):
            if key.startswith(start):
                number, _, rest = key[len(start) :].partition(".")
                if number.isdecimal() and len(number) < 7:
                    groups.setdefault(int(number), {})[rest] = self.attributes[key]
        return sorted(groups.items())

    def under(self, prefix: str) -> dict[str, Any]:
        """Attributes that start with `prefix`, without it."""
        keys, size = self.roots.get(root_of(prefix), ()), len(prefix)
        return {key[size:]: self.attributes[key] for key in keys if key.startswith(prefix) and len(key) > size}

    def span_events(self, name: str) -> Iterator[Record]:
        """Attributes of the span events and log records of this name, in order of time."""
        return (_object(event.get("attributes")) for event in self.events if event_name(event) == name)

    @property
    def began_nano(self) -> int:
        return _nano(self.span.get("startTimeUnixNano"))

    @property
    def ended_nano(self) -> int:
        return _nano(self.span.get("endTimeUnixNano"))


def root_of(key: str) -> str:
    """The first two steps of a name, or all of a shorter one."""
    first = key.find(".")
    second = key.find(".", first + 1) if first >= 0 else -1
    return key[:second] if second >= 0 else key


def event_name(event: Record) -> str:
    """The name of a span event or log record; older SDKs send a record's as an attribute."""
    attributes = _object(event.get("attributes"))
    name = event.get("eventName") or event.get("name") or attributes.get("event.name") or attributes.get("event_name")
    return name if isinstance(name, str) else ""


def sub(fields: dict[str, Any], prefix: str) -> list[tuple[int, dict[str, Any]]]:
    """As `Facts.indexed`, within the fields of one index: `tool_calls.0.id` under `tool_calls`."""
    start = prefix + "."
    groups: dict[int, dict[str, Any]] = {}
    for key, value in fields.items():
        if key.startswith(start):
            number, _, rest = key[len(start) :].partition(".")
            if number.isdecimal() and len(number) < 7:
                groups.setdefault(int(number), {})[rest] = value
    return sorted(groups.items())


_JSON_STARTS = frozenset('{["-0123456789tfn')


def parsed(text: str) -> Any:
    """The value of JSON text; the text itself where it is none, or nests too deep to be put into a body."""
    head = text.lstrip()[:1]
    if head not in _JSON_STARTS:
        return text
    try:
        value = jsons.decode_any(text.encode("utf-8", "surrogatepass"))
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError):
        return text
    if text.count("[") + text.count("{") > _JSON_LEVELS_MAX and jsons.deeper_than(value, _JSON_LEVELS_MAX):
        return text
    return value


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [member for member in value if isinstance(member, dict)] if isinstance(value, list) else []


def _nano(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0
