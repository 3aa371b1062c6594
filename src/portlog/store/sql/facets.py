"""Which values the logs of a filter have, and how many of each: one scan for all fields that are asked under one filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from portlog.schema.columns import BY_NAME
from portlog.store.sql.filters import asked, condition
from portlog.store.sql.parts import Binder, Statement, marked_value, metadata_value, unmarked


@dataclass(frozen=True, slots=True)
class Facet:
    """What is counted: the values of a column, or of one key of the metadata."""

    column: str
    key: str = ""

    @property
    def is_array(self) -> bool:
        """Whether a log has several values, each counted once."""
        return BY_NAME[self.column].type.startswith("Array")


def facets(
    workspace: str, where: Any, counted: Sequence[Facet], *, limit: int, search: str = ""
) -> Statement:
    """Rows (number of the facet, value, count), the `limit` most frequent values of each; nothing for no value.

    search    only values that contain it, in any case
    """
    assert counted, "something is counted"
    if counted[0].is_array:
        assert len(counted) == 1, "an array is counted alone: its logs are many rows"
    binder = Binder()
    scope = f"workspace = {binder.bind(workspace, 'String')} AND ({condition(where, binder)})"
    names = [f"v{number}" for number in range(len(counted))]
    read, told = zip(*(_value(facet, name, binder) for facet, name in zip(counted, names, strict=True)), strict=True)
    # Which set a row is of: of the bits of `grouping` that of its own value is not set.
    number = " ".join(f"WHEN bitTest(mask, {len(names) - 1 - place}) = 0 THEN {place}" for place in range(len(names)))
    wanted = f"positionCaseInsensitiveUTF8(value, {binder.bind(search, 'String')}) > 0" if search else "value != ''"
    text = (
        f"SELECT CASE {number} END AS facet, [{', '.join(told)}][facet + 1] AS value, n FROM ("
        f"SELECT {', '.join(names)}, grouping({', '.join(names)}) AS mask, count() AS n "
        f"FROM (SELECT {', '.join(read)} FROM logs WHERE {scope}) "
        f"GROUP BY GROUPING SETS ({', '.join(f'({name})' for name in names)})"
        # Not the bare condition: the engine would move it before the groups, and test every log.
        f") WHERE if(n = 0, 0, {wanted}) ORDER BY facet, n DESC, value LIMIT {int(limit)} BY facet"
    )
    return Statement(text, binder.values)


def _value(facet: Facet, name: str, binder: Binder) -> tuple[str, str]:
    """What is read and grouped by under this name, as cheap as it is; and its text, made of each group only."""
    if facet.key:
        if marked := marked_value(facet.key):
            return f"{marked} AS {name}", unmarked(name)
        return f"{metadata_value(facet.key, binder)} AS {name}", name
    if facet.is_array:
        return f"arrayJoin(arrayDistinct({asked(facet.column)})) AS {name}", f"toString({name})"
    return f"{asked(facet.column)} AS {name}", f"ifNull(toString({name}), '')"


def metadata_keys(workspace: str, where: Any, *, logs_max: int) -> Statement:
    """Rows (key, logs that have it, different values) of the newest `logs_max` logs, the most frequent key first."""
    binder = Binder()
    scope = f"workspace = {binder.bind(workspace, 'String')} AND ({condition(where, binder)})"
    text = (
        "SELECT pair.1 AS key, count() AS n, uniqExact(pair.2) FROM ("
        f"SELECT metadata FROM logs WHERE {scope} ORDER BY created_at DESC LIMIT {int(logs_max)}"
        ") ARRAY JOIN metadata AS pair GROUP BY key ORDER BY n DESC, key LIMIT 100"
    )
    return Statement(text, binder.values)
