"""The generated parts of docs/ are what the tables say now; each table is shown somewhere, each page can be reached."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from tests.house.repository import ROOT

DOCS = ROOT / "docs"


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("gen_docs", ROOT / "tools" / "gen_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATOR = generator()
PAGES = dict(GENERATOR.pages())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_a_page_says_what_the_tables_say(page: Path) -> None:
    """After a change to a table: `python3 dev.py docs`."""
    assert page.read_text(encoding="utf-8") == PAGES[page]


def test_every_table_is_shown_once() -> None:
    shown = [match[2] for page in PAGES for match in GENERATOR.BLOCK.finditer(page.read_text(encoding="utf-8"))]
    assert sorted(shown) == sorted(GENERATOR.BLOCKS)


def test_settings_that_pages_name_exist() -> None:
    """In prose a setting is a word in backquotes that ends like one."""
    named = re.compile(r"`(?:PORTLOG_)?([a-z]+(?:_[a-z]+)*_(?:max|min|ms|hours|threads|hosts|path|level))(?: ?=[^`]*)?`", re.I)
    columns = {column.name for column in GENERATOR.COLUMNS} | {p.name for p in GENERATOR.PARAMETERS}
    known = {setting.name for setting in GENERATOR.SETTINGS} | columns | {"weighted_feedback_min", "weighted_feedback_max"}
    known |= {"bucket_ms", "start_ms", "duration_ms", "self_ms", "on_critical_path", "timeout_ms", "behind_ms", "latency_ms"}  # of replies and questions
    for page in [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]:
        unknown = {name.lower() for name in named.findall(page.read_text(encoding="utf-8"))} - known
        assert unknown == set(), page


def test_every_dependency_has_its_line() -> None:
    """What would we write without it? docs/internals/dependencies.md answers for each run-time dependency."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    told = set(re.findall(r"^\| `([\w.-]+)`", (DOCS / "internals" / "dependencies.md").read_text(), re.MULTILINE))
    assert {re.split(r"[\[<>=!~ ]", text)[0] for text in project["project"]["dependencies"]} == told


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        for link in re.findall(r"\]\(([^)#:]+\.md)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            waiting.append((page.parent / link).resolve())
    assert {str(page.relative_to(ROOT)) for page in DOCS.rglob("*.md")} - {str(p.relative_to(ROOT)) for p in reached} == set()


def test_pictures_are_shown_and_made_by_the_tool() -> None:
    """Every picture that a page shows is there (as every link, in test_files), every one that is there is shown, and
    tools/screenshots.py can make each of them anew."""
    there = {path.name for path in (DOCS / "images").glob("*.png")}
    pages = [ROOT / "README.md", *DOCS.rglob("*.md")]
    shown = {name for page in pages for name in re.findall(r"!\[[^\]]+\]\([\w./]*images/([\w-]+\.png)\)", page.read_text())}
    assert shown == there
    source = (ROOT / "tools" / "screenshots.py").read_text(encoding="utf-8")
    forms = re.findall(r'"(\w+)": with_', (ROOT / "tools" / "demo.py").read_text(encoding="utf-8"))
    tabs = re.findall(r'"(\w+)"', source[source.index("for tab in (") :].partition(")")[0])
    named = {*re.findall(r'Shot\("([\w-]+)"', source), *(f"panel-{name}" for name in forms + tabs)}
    assert {f"dashboard-{name}.png" for name in named} == there


def test_pictures_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in (DOCS / "images").glob("*.png")}
    assert {name: size for name, size in sizes.items() if size > 150_000} == {}
