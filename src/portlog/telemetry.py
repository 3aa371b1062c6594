"""What the program says of itself: METRICS for machines, events for people. Never a body, a header or a key.

An event is a past-tense name and key=value pairs on standard error:
`wal.segment_sealed segment=42 bytes=134217728`. error = a person must act; warning = handled, degraded;
info = the life of the process. There is no line per request: that is a metric.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

LEVELS = ("debug", "info", "warning", "error")
_threshold = LEVELS.index("info")
_lock = threading.Lock()


def set_level(level: str) -> None:
    """Let only events of this level and above through, from now on."""
    global _threshold
    _threshold = LEVELS.index(level)


def event(name: str, /, level: str = "info", **facts: object) -> None:
    """Write one event line to standard error. Values with spaces or control characters are JSON-quoted."""
    if LEVELS.index(level) < _threshold:
        return
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    pairs = " ".join(f"{key}={_quoted(value)}" for key, value in facts.items())
    with _lock:
        print(f"{stamp} {level:<7} {name} {pairs}".rstrip(), file=sys.stderr, flush=True)


def _quoted(value: object) -> str:
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    plain = text.isprintable() and text != "" and not any(c in text for c in ' "=')
    return text if plain else json.dumps(text)


class Throttle:
    """Lets a repeated complaint through once per `seconds`, and says how many were held back."""

    def __init__(self, seconds: float = 10.0) -> None:
        self._seconds, self._next, self._held = seconds, 0.0, 0

    def event(self, name: str, /, level: str = "warning", **facts: object) -> None:
        """As `telemetry.event`, unless it was let through a moment ago."""
        now = time.monotonic()
        if now < self._next:
            self._held += 1
            return
        event(name, level=level, **facts, **({"repeated": self._held} if self._held else {}))
        self._next, self._held = now + self._seconds, 0


@dataclass(frozen=True)
class Metric:
    """One row of METRICS."""

    name: str
    kind: type[Counter] | type[Gauge] | type[Histogram]
    meaning: str
    labels: tuple[str, ...] = ()


METRICS: tuple[Metric, ...] = (
    Metric("portlog_logs_accepted", Counter, "Logs acknowledged with 200, durable in the write-ahead log."),
    Metric("portlog_feedback_accepted", Counter, "Feedback acknowledged with 200, durable in the store."),
    Metric("portlog_calls_refused", Counter, "Calls refused, by error slug.", ("slug",)),
    Metric("portlog_otlp_rejected", Counter, "Spans and log records that partial success reported as rejected.", ("signal",)),
    Metric("portlog_otlp_metrics_dropped", Counter, "OTLP requests with metrics: answered with 200, not stored."),
    Metric("portlog_logs_applied", Counter, "Logs handed on from the write-ahead log to the store."),
    Metric("portlog_logs_replayed_present", Counter,
           "Logs found in the store already while replaying after a restart; not stored again."),
    Metric("portlog_wal_backlog_bytes", Gauge, "Bytes durable in the write-ahead log and not yet in the store."),
    Metric("portlog_wal_durable_seq", Gauge, "Sequence number of the last durable record."),
    Metric("portlog_applied_seq", Gauge, "Sequence number of the last record in the store."),
    Metric("portlog_apply_seconds", Histogram, "Time to derive and insert one batch."),
    Metric("portlog_apply_retries", Counter, "Inserts that the store refused and that were tried again."),
    Metric("portlog_exports_ended", Counter, "Exports that ended, by how.", ("status",)),
    Metric("portlog_export_logs", Counter, "Logs written to files of exports."),
    Metric("portlog_questions", Counter, "Questions answered, by route.", ("route",)),
    Metric("portlog_streams", Gauge, "Streams of live tail that are open."),
    Metric("portlog_question_seconds", Histogram, "Time to answer a question, by route.", ("route",)),
)  # fmt: skip


class Meters:
    """The live instruments of METRICS in one registry; `meters["portlog_applied_seq"].set(7)`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._all: dict[str, Any] = {
            m.name: m.kind(m.name, m.meaning, m.labels, registry=self.registry) for m in METRICS
        }

    def __getitem__(self, name: str) -> Any:
        return self._all[name]
