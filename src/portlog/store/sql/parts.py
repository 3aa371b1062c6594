"""What all SQL is made of: a statement with its values, places for them, names of columns, bounds of time, ids."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from portlog.schema.columns import BY_NAME, COLUMNS, LIGHT

_TEXTS = re.compile(r"\b(?:text|words|response_words|error_words)\b")
_TEXTS_BLOCK_ROWS = 1024


@dataclass(frozen=True)
class Statement:
    """SQL with `{p0:Type}` places, and the values for them by name.

    few  it finds few rows, wherever they are: the engine reads all it must at once, not in order until it has enough
    """

    text: str
    values: dict[str, Any]
    few: bool = False

    @property
    def settings(self) -> dict[str, int]:
        """The engine's settings that it needs besides its limits: whole texts are read in small blocks, else a block of
        them, and each step of folding it, takes more memory than a question may; few rows are not read in order."""
        blocks = {"max_block_size": _TEXTS_BLOCK_ROWS} if _TEXTS.search(self.text) else {}
        return blocks | ({"optimize_read_in_order": 0} if self.few else {})


class Binder:
    """Hands out places for values.

    keyed  whether the table has a column for each key of the metadata, as logs have and feedback has not
    """

    def __init__(self, *, keyed: bool = True) -> None:
        self.values: dict[str, Any] = {}
        self.keyed = keyed

    def bind(self, value: Any, type_: str) -> str:
        """Keep a value and return its place in the text."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"{{{name}:{type_}}}"

    def moment(self, ms: int) -> str:
        """Bind ms since the epoch as a time."""
        return f"fromUnixTimestamp64Milli({self.bind(int(ms), 'Int64')}, 'UTC')"

    def log_id(self, log_id: bytes) -> str:
        """Bind the 16 bytes of a log's id."""
        return f"toFixedString(unhex({self.bind(log_id.hex(), 'String')}), 16)"



def quoted(column: str) -> str:
    """Return a column's name as SQL; it must be one of COLUMNS."""
    assert column in BY_NAME, column
    return f"`{column}`"


def selected(names: tuple[str, ...]) -> str:
    """Columns as a reader gets them: times as ms since the epoch."""
    return ", ".join(
        f"toUnixTimestamp64Milli({quoted(name)})" if BY_NAME[name].type.startswith("DateTime64") else quoted(name)
        for name in names
    )


# A key whose path in `metadata_keys` is spelt as it stands: names and dots.
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


def marked_value(key: str) -> str | None:
    """As `metadata_value` with a mark before it, null where there is none; None if the key has no column of its own."""
    return f"metadata_keys.`{key}`.:String" if _PLAIN_KEY.fullmatch(key) else None


def metadata_value(key: str, binder: Binder) -> str:
    """The text under a key of the metadata's index, "" where there is none.

    A plain key is read as a column of its own, any other out of the map, which is read whole.
    """
    if binder.keyed and (marked := marked_value(key)):
        return unmarked(marked)
    return f"metadata[{binder.bind(key, 'String')}]"


def unmarked(marked: str) -> str:
    """The value of what `marked_value` gave."""
    return f"ifNull(substring({marked}, 2), '')"


def metadata_equals(key: str, value: str, binder: Binder) -> str:
    """Whether the metadata's index has this key with this text."""
    if value and binder.keyed and (marked := marked_value(key)):
        return f"ifNull({marked} = {binder.bind('=' + value, 'String')}, 0)"
    place = binder.bind(key, "String")
    return f"(mapContains(metadata, {place}) AND metadata[{place}] = {binder.bind(value, 'String')})"


LIGHT_NAMES = tuple(column.name for column in LIGHT)
ALL_NAMES = tuple(column.name for column in COLUMNS)


def between_moments(from_ms: int, to_ms: int, binder: Binder) -> str:
    """Created in [from_ms, to_ms]."""
    return f"created_at >= {binder.moment(max(0, from_ms))} AND created_at <= {binder.moment(to_ms)}"


def id_set(ids: Iterable[bytes], binder: Binder) -> str:
    """Ids of logs, for IN."""
    hexed = binder.bind([log_id.hex() for log_id in ids], "Array(String)")
    return f"(SELECT toFixedString(unhex(arrayJoin({hexed})), 16))"
