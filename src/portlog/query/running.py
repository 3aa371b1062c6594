"""Questions that are not answered yet, and how far the engine is with each: for whoever waits."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from portlog.store import Progress


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and what."""

    workspace: str
    path: str  # of the call: "/v1/logs"
    name: str  # by which the caller knows its own questions, or ""


ASKER: ContextVar[Asker | None] = ContextVar("asker", default=None)
"""Of the call that is served: set where it comes in, read where its question begins."""


@dataclass(frozen=True, slots=True)
class Running:
    """A question that was asked and is not answered; it may wait for a thread still."""

    asker: Asker
    began_s: float = field(default_factory=time.monotonic)

    def shown(self, progress: Progress | None) -> dict[str, Any]:
        """As the API shows it; rows are those of the statement that runs, null while none does."""
        return {
            "object": "question",
            "path": self.asker.path,
            "asked_by": self.asker.name or None,
            "elapsed_ms": round((time.monotonic() - self.began_s) * 1000),
            "rows_read": progress.rows_read if progress else None,
            "rows_to_read": progress.rows_to_read if progress else None,
        }
