"""What feedback is: a value from -10 to 10 with a weight, on a trace or on one log of it (contract 8). And as replies show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portlog.schema import jsons
from portlog.schema.ids import to_text
from portlog.schema.render import iso
from portlog.schema.values import as_text, metadata_index

VALUE_MIN, VALUE_MAX = -10, 10
WEIGHT_MIN, WEIGHT_MAX, WEIGHT_DEFAULT = 0.0, 1.0, 1.0
NO_LOG = bytes(16)


@dataclass(frozen=True, slots=True)
class Feedback:
    """One revision of one feedback; of two revisions with one id the higher is the feedback."""

    id: bytes  # UUIDv7; its time is created_ms
    workspace: str
    trace_id: str
    value: int
    weight: float
    metadata: bytes  # JSON object
    created_ms: int
    updated_ms: int
    span_id: str = ""  # of the one span that is meant; "" is the whole trace
    log_id: bytes = NO_LOG  # of the one log that is meant
    api_key_id: str = ""  # of who gave it
    revision: int = 0
    deleted: bool = False

    @property
    def weighted(self) -> float:
        """Value x weight, as the vendor has it."""
        return self.value * self.weight

    @property
    def metadata_index(self) -> dict[str, str]:
        """What filters and groups see of its metadata."""
        return metadata_index(jsons.decode_any(self.metadata)) if self.metadata else {}


def shown(feedback: Feedback) -> dict[str, Any]:
    """Feedback as the API shows it; what is unknown is null."""
    metadata = jsons.decode_any(feedback.metadata) if feedback.metadata else {}
    user = metadata.get("_user")
    return {
        "object": "feedback",
        "id": to_text(feedback.id),
        "trace_id": feedback.trace_id,
        "span_id": feedback.span_id or None,
        "log_id": None if feedback.log_id == NO_LOG else to_text(feedback.log_id),
        "value": feedback.value,
        "weight": feedback.weight,
        "weighted_feedback": feedback.weighted,
        "metadata": metadata,
        "user": None if user is None else as_text(user),
        "created_at": iso(feedback.created_ms),
        "updated_at": iso(feedback.updated_ms),
        "api_key_id": feedback.api_key_id or None,
    }
