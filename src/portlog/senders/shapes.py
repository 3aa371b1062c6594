"""What a shape is: a form other than the plain log in which real clients post (contract 3). `table` lists them.

A shape is read in two steps. On the request `open` takes out only what the reply and the write-ahead log need
(identity, time) and replaces secrets: the element itself is stored raw. Behind the log `unfold` fills in all the
rest; it is pure and total, so that a later release can read the same raw element better (`portlog reprocess`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portlog.schema.log import Log, Warning_

Element = dict[str, Any]


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


@dataclass(frozen=True, slots=True)
class Opened:
    """What is taken out of an element on the request."""

    raw: Element  # the element as it goes to disk: secrets replaced, nothing else changed
    created_ms: float | None = None  # when the call began; None: when it was received
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str = ""
    span_name: str = ""
    tracked: bool = True
    join_key: str = ""  # of shapes that join as a pair


@dataclass(frozen=True, slots=True)
class Shape:
    """One sender's form."""

    name: str  # as `source_shape` shows it
    title: str
    recognises: Callable[[Element], bool]
    open: Callable[[Element, Context], Opened]  # may not fail on any JSON object that it recognises
    unfold: Callable[[Log, Element], Log]  # fill in the log from its raw element; total
    joins: str = ""  # "": never; "span": by trace and span id, for ever; "pair": by join_key, one of each half
    merge: Callable[[Element, Element], Element | None] | None = None
    """Two raw elements of one log, the older first, into one; None when they cannot be of one log.
    Idempotent: an element merged with a part of itself is itself."""
