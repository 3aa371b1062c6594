"""Every module says what it promises; public names say what their signature cannot."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "portlog"
SOURCES = sorted(PACKAGE.rglob("*.py"))
SHARE_MIN = 0.9  # the rest are names whose signature says it all
_DOCUMENTABLE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def named(file: Path) -> str:
    return str(file.relative_to(ROOT))


def public_names(node: ast.Module | ast.ClassDef, prefix: str) -> Iterator[tuple[str, bool]]:
    """(name, whether it is documented) of public functions and classes, and of public methods of public classes."""
    for child in node.body:
        if not isinstance(child, _DOCUMENTABLE) or child.name.startswith("_"):
            continue
        yield f"{prefix}{child.name}", ast.get_docstring(child) is not None
        if isinstance(child, ast.ClassDef):
            yield from public_names(child, f"{prefix}{child.name}.")


@pytest.mark.parametrize("file", SOURCES, ids=named)
def test_a_module_opens_with_its_promise(file: Path) -> None:
    """In a sentence: it ends with a full stop, and it is not a placeholder."""
    text = ast.get_docstring(ast.parse(file.read_text()))
    assert text, f"{named(file)} has no docstring"
    assert len(text.split()) >= 3
    assert text.rstrip().endswith(".")


def room_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0]


def test_public_names_are_documented() -> None:
    """A method also counts as documented where its room documents another of its name: a protocol and who keeps it."""
    names = [
        (file, name, documented)
        for file in SOURCES
        for name, documented in public_names(ast.parse(file.read_text()), "")
    ]
    told = {(room_of(file), name.rpartition(".")[2]) for file, name, documented in names if documented and "." in name}
    bare = [
        f"{named(file)}: {name}"
        for file, name, documented in names
        if not documented and (room_of(file), name.rpartition(".")[2]) not in told
    ]
    assert len(bare) <= (1 - SHARE_MIN) * len(names), "\n".join([f"{len(bare)} of {len(names)} have none:", *bare])


@pytest.mark.parametrize(
    "file", sorted((ROOT / "tests").rglob("test_*.py")), ids=lambda file: str(file.relative_to(ROOT / "tests"))
)
def test_a_test_file_says_what_it_claims(file: Path) -> None:
    assert ast.get_docstring(ast.parse(file.read_text())), f"{named(file)} has no docstring"
