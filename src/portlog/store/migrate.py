"""Numbered migrations: hand-written SQL, frozen once released, forward only."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources

from portlog.errors import StartError

_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


@dataclass(frozen=True)
class Migration:
    """One numbered step of the store's layout."""

    number: int
    name: str
    statements: tuple[str, ...]


def migrations() -> tuple[Migration, ...]:
    """All migrations of this release, in order, numbered from 1 without gaps."""
    found = sorted(_read())
    numbers = [number for number, _, _ in found]
    assert numbers == list(range(1, len(found) + 1)), f"migrations have gaps: {numbers}"
    return tuple(Migration(number, name, _statements(text)) for number, name, text in found)


def _read() -> Iterator[tuple[int, str, str]]:
    for file in (resources.files("portlog.store") / "migrations").iterdir():
        if match := _NAME.fullmatch(file.name):
            yield int(match[1]), file.name, file.read_text(encoding="utf-8")


def _statements(text: str) -> tuple[str, ...]:
    """Statements are separated by a line that is a lone semicolon."""
    return tuple(part.strip() for part in re.split(r"^;$", text, flags=re.MULTILINE) if part.strip())


def run(done: int, execute: Callable[[str], object], record: Callable[[Migration], object]) -> int:
    """Run every migration after number `done`; return how many ran.

    raises  StartError when the data is of a newer release
    """
    all_ = migrations()
    if done > len(all_):
        raise StartError(
            f"the store is at migration {done}, this release knows {len(all_)}: it was written by a newer release; "
            "start that one, or restore a backup made with this one"
        )
    for migration in all_[done:]:
        for statement in migration.statements:
            execute(statement)
        record(migration)
    return len(all_) - done
