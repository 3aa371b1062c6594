"""Portkey's spelling of feedback, coming in (contract 8): what is given anew, and what is changed.

Takes what both SDKs really send: arrays, the Node SDK's objects keyed "0", "1", …, and `traceID` in four spellings. A call is
taken whole or refused whole, each fault with its path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portlog.errors import PortlogError
from portlog.schema import jsons
from portlog.schema.feedback import VALUE_MAX, VALUE_MIN, WEIGHT_DEFAULT, WEIGHT_MAX, WEIGHT_MIN
from portlog.schema.ids import from_text
from portlog.schema.values import first, kind_of, shown

TRACE_KEYS = ("trace_id", "traceId", "traceID", "trace-id")
_SPAN_KEYS, _LOG_KEYS = ("span_id", "spanId", "spanID", "span-id"), ("log_id", "logId", "logID", "log-id")
_ID_KEYS = ("feedback_id", "feedbackId", "feedbackID", "id")
ID_CHARS_MAX, METADATA_BYTES_MAX = 512, 65_536
_PROBLEMS_MAX = 20  # as many faults as a refusal lists


@dataclass(frozen=True, slots=True)
class Given:
    """One feedback as it was sent; `trace_id` is "" where only a log was named."""

    trace_id: str
    span_id: str
    log_id: bytes | None
    value: int
    weight: float
    metadata: bytes  # JSON object


@dataclass(frozen=True, slots=True)
class Change:
    """What an update changes; None leaves a value as it is."""

    value: int | None = None
    weight: float | None = None
    metadata: bytes | None = None


def read_given(body: bytes, given_max: int) -> list[Given]:
    """Feedback of a body in any documented form, in the order sent.

    raises  PortlogError malformed-json, request-validation, too-large
    """
    elements, indexed = _elements(jsons.decode(body))
    if len(elements) > given_max:
        raise PortlogError(
            "too-large", f"the body holds {len(elements)} feedbacks, more than request_logs_max = {given_max}"
        )
    faults: list[tuple[str, str]] = []
    given = [_Reader(each, f"[{i}]" if indexed else "", faults).given() for i, each in enumerate(elements)]
    _refuse(faults)
    return given


def read_change(body: bytes) -> tuple[str, Change]:
    """The id that an update's body names, "" if none, and what it changes.

    raises  PortlogError malformed-json, request-validation
    """
    sent = jsons.decode(body) if body.strip() else {}
    if not isinstance(sent, dict):
        raise PortlogError("request-validation", f"the body must be an object, not {kind_of(sent)}")
    faults: list[tuple[str, str]] = []
    change = _Reader(sent, "", faults).change()
    _refuse(faults)
    return first(sent, *_ID_KEYS), change


def _elements(sent: Any) -> tuple[Sequence[Any], bool]:
    """The feedbacks of a body, and whether their paths carry an index."""
    if isinstance(sent, list):
        return sent, True
    if not isinstance(sent, dict):
        raise PortlogError("request-validation", f"the body must be a feedback or an array of them, not {kind_of(sent)}")
    if sent and all(key == str(i) for i, key in enumerate(sent)):  # the Node SDK's array
        return list(sent.values()), True
    return [sent], False


def _refuse(faults: list[tuple[str, str]]) -> None:
    if faults:
        path, problem = faults[0]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise PortlogError(
            "request-validation", f"{path} {problem}{more}".lstrip(), path=path, problems=faults[:_PROBLEMS_MAX]
        )


class _Reader:
    """Reads one element; what is wrong with it goes to `faults`, with its path."""

    def __init__(self, sent: Any, prefix: str, faults: list[tuple[str, str]]) -> None:
        self._prefix, self._faults = prefix, faults
        self._is_object = isinstance(sent, dict)
        self._sent: Mapping[str, Any] = sent if self._is_object else {}
        if not self._is_object:
            self._faults.append((prefix, f"must be an object, not {kind_of(sent)}"))

    def given(self) -> Given:
        """A new feedback; only right if there were no faults."""
        if not self._is_object:
            return Given("", "", None, 0, WEIGHT_DEFAULT, b"{}")
        trace_id, span_id, log_id = self._text(*TRACE_KEYS), self._text(*_SPAN_KEYS), self._log_id()
        if not trace_id and (span_id or not log_id):
            self._fault("trace_id", "is required")
        value = self._value()
        if value is None and self._sent.get("value") is None:
            self._fault("value", "is required")
        weight, metadata = self._weight(), self._metadata()
        return Given(
            trace_id, span_id, log_id, value or 0, WEIGHT_DEFAULT if weight is None else weight, metadata or b"{}"
        )

    def change(self) -> Change:
        """What is changed; only right if there were no faults."""
        return Change(self._value(), self._weight(), self._metadata())

    def _fault(self, name: str, problem: str) -> None:
        self._faults.append((jsons.join(self._prefix, name), problem))

    def _text(self, *names: str) -> str:
        text = first(self._sent, *names)
        if len(text) > ID_CHARS_MAX:
            self._fault(names[0], f"is longer than {ID_CHARS_MAX} characters")
        elif not text and (wrong := next((n for n in names if isinstance(self._sent.get(n), list | dict | bool)), "")):
            self._fault(wrong, f"must be a string, not {kind_of(self._sent[wrong])}")
        return text

    def _log_id(self) -> bytes | None:
        text = self._text(*_LOG_KEYS)
        log_id = from_text(text) if text else None
        if text and log_id is None:
            self._fault("log_id", f"must be the id of a log, a UUID, not {shown(text)}")
        return log_id

    def _value(self) -> int | None:
        sent = self._sent.get("value")
        if sent is None:
            return None
        whole = isinstance(sent, int | float) and not isinstance(sent, bool) and sent == sent // 1
        if not whole or not VALUE_MIN <= sent <= VALUE_MAX:
            self._fault("value", f"must be a whole number from {VALUE_MIN} to {VALUE_MAX}, not {shown(sent)}")
            return None
        return int(sent)

    def _weight(self) -> float | None:
        sent = self._sent.get("weight")
        if sent is None:
            return None
        if isinstance(sent, bool) or not isinstance(sent, int | float) or not WEIGHT_MIN <= sent <= WEIGHT_MAX:
            self._fault("weight", f"must be a number from {WEIGHT_MIN:g} to {WEIGHT_MAX:g}, not {shown(sent)}")
            return None
        return float(sent)

    def _metadata(self) -> bytes | None:
        sent = self._sent.get("metadata")
        if isinstance(sent, str):  # one page of the vendor's documents writes it as JSON text
            sent = self._from_text(sent)
        if sent is None:
            return None
        if not isinstance(sent, dict):
            self._fault("metadata", f"must be an object, or one as JSON text, not {kind_of(sent)}")
            return None
        text = jsons.encode(sent)
        if len(text) > METADATA_BYTES_MAX:
            self._fault("metadata", f"is larger than {METADATA_BYTES_MAX} bytes")
        return text

    def _from_text(self, text: str) -> Any:
        if not text.strip():
            return None
        try:
            return jsons.decode(text.encode())
        except PortlogError:
            return text  # refused as the string that it is
