"""What feedback counts, and the filter that asks for it."""

from __future__ import annotations

from typing import Any

from portlog.store.sql.parts import Binder

LIVE = "(SELECT *, value * weight AS weighted FROM feedback FINAL)"
"""The feedback that counts, for FROM: the highest revision of each id, none that was deleted.

Besides the table's columns it has `weighted`, value x weight. One row is one feedback; a trace may have many.
"""


def rated(node: Any, binder: Binder) -> str:
    """The filter `Rated`: the average weighted feedback on the log's trace is in the range, or there is any."""
    tests = []
    if node.low is not None:
        tests.append(f"avg(weighted) >= {binder.bind(float(node.low), 'Float64')}")
    if node.high is not None:
        tests.append(f"avg(weighted) <= {binder.bind(float(node.high), 'Float64')}")
    having = f" HAVING {' AND '.join(tests)}" if tests else ""
    return f"(workspace, trace_id) IN (SELECT workspace, trace_id FROM {LIVE} GROUP BY workspace, trace_id{having})"
