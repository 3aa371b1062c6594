"""What the engine is asked about a question in free SQL, before it is asked the question."""

from __future__ import annotations

from collections.abc import Iterable

from portlog.store.sql.parts import Binder, Statement


def read_as(text: str) -> Statement:
    """How the engine's own parser reads a statement: canonical text, made from its tree alone, and the tree of that text
    as JSON. Nothing is executed, and the text is a value. One row.

    What the JSON of a tree cannot show is lost on the way, so it is not in the text either: whoever looks at the tree
    and runs the text runs what was looked at.
    """
    binder = Binder()
    canonical = f"formatQueryFromJSON(parseQueryToJSON({binder.bind(text, 'String')})) AS canonical"
    return Statement(f"SELECT {canonical}, parseQueryToJSON(canonical)", binder.values)


def known(functions: Iterable[str], databases: Iterable[str]) -> Statement:
    """Which of these names the engine knows: rows (`function` or `database`, name)."""
    binder = Binder()
    names = binder.bind(sorted(functions), "Array(String)")
    heads = binder.bind(sorted(databases), "Array(String)")
    return Statement(
        f"SELECT 'function', arrayJoin({names}) AS name WHERE name IN (SELECT name FROM system.functions)"
        " OR lower(name) IN (SELECT lower(name) FROM system.functions WHERE case_insensitive)"
        f" UNION ALL SELECT 'database', name FROM system.databases WHERE has({heads}, name)",
        binder.values,
    )
