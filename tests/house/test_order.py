"""The rooms stand in a line: a room imports only rooms that come before it, so a circle cannot be written."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "portlog"

# docs/internals/architecture.md says what each is for.
ORDER = (
    "clock", "errors", "settings", "telemetry",  # ground
    "schema", "senders", "derive", "demo",  # words
    "wal", "store", "catalog",  # machines
    "query", "exports", "ingest", "feedback", "applier",  # work
    "api",  # doors
    "server", "check", "pull", "remote", "mcp", "cli", "__main__",  # keys
)  # fmt: skip

SOURCES = sorted(PACKAGE.rglob("*.py"))


def room_of(file: Path) -> str:
    """`store/embedded.py` stands in the room `store`; the package's own `__init__` in none."""
    top = file.relative_to(PACKAGE).parts[0]
    return "" if top == "__init__.py" else top.removesuffix(".py")


def rooms_imported(tree: ast.AST, file: Path) -> Iterator[tuple[int, str]]:
    """(line, room) of every import of ours, those inside functions and for type checkers too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: imports are absolute"
            # `from portlog import api` names a room; `from portlog import __version__` does not.
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            top, _, rest = name.partition(".")
            room = rest.partition(".")[0]
            if top == "portlog" and room in ORDER:
                yield node.lineno, room


def violations(source: str, file: Path) -> list[str]:
    room = room_of(file)
    place = ORDER.index(room)
    return [
        f"{file.relative_to(PACKAGE)}:{line} imports {other}, which comes after {room}"
        for line, other in rooms_imported(ast.parse(source), file)
        if ORDER.index(other) > place
    ]


def test_every_module_stands_in_a_room() -> None:
    """A new room is given its place in ORDER, and a place whose room is gone is given up."""
    assert {room_of(file) for file in SOURCES} - {""} == set(ORDER)


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_room_imports_only_rooms_before_it(file: Path) -> None:
    if not room_of(file):
        assert list(rooms_imported(ast.parse(file.read_text()), file)) == []
        return
    assert violations(file.read_text(), file) == []


def test_settings_import_nothing_of_ours() -> None:
    assert list(rooms_imported(ast.parse((PACKAGE / "settings.py").read_text()), PACKAGE)) == []


def test_ingest_never_imports_the_store() -> None:
    """The write-ahead log is the only seam between the two halves: they may become two processes."""
    for file in sorted((PACKAGE / "ingest").rglob("*.py")):
        assert "store" not in {room for _, room in rooms_imported(ast.parse(file.read_text()), file)}, file


def test_the_write_ahead_log_knows_no_logs() -> None:
    for file in sorted((PACKAGE / "wal").rglob("*.py")):
        assert {room for _, room in rooms_imported(ast.parse(file.read_text()), file)} <= {"wal"}, file


@pytest.mark.parametrize(
    "line",
    [
        "from portlog.cli import main",
        "import portlog.server",
        "from portlog import api",
        "def f():\n    from portlog.query import filters",
        "if TYPE_CHECKING:\n    from portlog.ingest import Ingest",
    ],
)
def test_the_alarm_rings(line: str) -> None:
    """A canary: each way of importing a later room is seen."""
    assert len(violations(line, PACKAGE / "store" / "embedded.py")) == 1
