"""Demo data out of the store again."""

from __future__ import annotations

from portlog.applier import Applier
from portlog.applier.joins import Joiner, Plan
from portlog.store import Store, sql
from portlog.store.rows import Version


def remove_demo(applier: Applier, store: Store, workspace: str) -> int:
    """Delete every stored row of the workspace that carries the mark of demo data; how many logs those were.

    What was posted just before is waited for, at most `read_wait_ms`. For any thread but the applier's.

    raises  StoreError, PortlogError: some may be left; called again it removes the rest
    """
    applier.catch_up()

    def plan(joiner: Joiner) -> Plan:
        joiner.forget()  # it remembers spans that are about to go
        found = store.select(sql.demo_versions(workspace))
        return Plan([], [Version(bytes(log_id), revision, created_ms) for log_id, revision, created_ms in found])

    return len({version.id for version in applier.rewrite(plan).gone})
