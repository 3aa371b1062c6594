"""The dashboard's lock file can be installed anywhere, and what is built stays within its budgets."""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
UI = ROOT / "ui"
STATIC = ROOT / "src" / "portlog" / "static"
KB = 1024

# Gzip sizes: ux.md, section 9.
FIRST_JS_BYTES_MAX = 180 * KB
FIRST_CSS_BYTES_MAX = 20 * KB
FIRST_BYTES_MAX = 200 * KB
ROUTE_BYTES_MAX = 60 * KB
GRAPHS_BYTES_MAX = 40 * KB

needs_build = pytest.mark.skipif(
    not (STATIC / "index.html").exists(), reason="no built dashboard: run `npm run build` in ui/"
)


def lock() -> dict[str, dict[str, object]]:
    packages: dict[str, dict[str, object]] = json.loads((UI / "package-lock.json").read_text())["packages"]
    return packages


def test_the_lock_names_no_registry() -> None:
    """Whoever installs may use another registry than whoever locked."""
    assert [path for path, entry in lock().items() if "resolved" in entry] == []


def test_the_lock_holds_every_optional_dependency() -> None:
    """npm drops what a registry lacks without a word, and then `npm ci` dies elsewhere."""
    packages = lock()
    names = {path.rsplit("node_modules/", 1)[-1] for path in packages}
    missing = [
        (path, name)
        for path, entry in packages.items()
        for name in entry.get("optionalDependencies") or {}  # type: ignore[attr-defined]
        if name not in names
    ]
    assert missing == []


def test_versions_are_exact() -> None:
    package = json.loads((UI / "package.json").read_text())
    versions = {**package["dependencies"], **package["devDependencies"]}
    assert [name for name, version in versions.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def gzip_bytes(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9))


def first_load() -> list[Path]:
    """What index.html asks for by itself: scripts, modules to preload, styles."""
    html = (STATIC / "index.html").read_text()
    return [STATIC / path for path in re.findall(r'(?:src|href)="\./(assets/[^"]+\.(?:js|css))"', html)]


def imported_by(script: Path) -> set[Path]:
    """A script and every script it imports at once, not those it may load later."""
    found = {script}
    text = script.read_text()
    for name in re.findall(r'(?:from|import)\s*"\./([^"]+\.js)"', text):
        if script.with_name(name) not in found:
            found |= imported_by(script.with_name(name))
    return found


def scripts_loaded_first() -> set[Path]:
    return {each for path in first_load() if path.suffix == ".js" for each in imported_by(path)}


def script_of(name: str) -> Path:
    (path,) = (STATIC / "assets").glob(f"{name}-????????.js")
    return path


@needs_build
def test_the_first_load_is_within_its_budget() -> None:
    styles = {path for path in first_load() if path.suffix == ".css"}
    files = scripts_loaded_first() | styles
    js = sum(gzip_bytes(path) for path in files if path.suffix == ".js")
    css = sum(gzip_bytes(path) for path in files if path.suffix == ".css")
    assert js > 0
    assert css > 0
    assert js <= FIRST_JS_BYTES_MAX
    assert css <= FIRST_CSS_BYTES_MAX
    assert js + css <= FIRST_BYTES_MAX


@needs_build
@pytest.mark.parametrize("page", sorted(path.stem for path in (UI / "src" / "pages").glob("*.tsx")))
def test_each_page_is_within_its_budget(page: str) -> None:
    """Counted with all it brings along that the first load did not."""
    scripts = imported_by(script_of(f"page-{page}")) - scripts_loaded_first()
    assert sum(gzip_bytes(path) for path in scripts) <= ROUTE_BYTES_MAX


@needs_build
def test_chat_and_markdown_together_are_within_their_budget() -> None:
    """They come with a log, onto the page that shows it."""
    there = scripts_loaded_first() | imported_by(script_of("page-log"))
    scripts = (imported_by(script_of("ChatTab")) | imported_by(script_of("Markdown"))) - there
    assert sum(gzip_bytes(path) for path in scripts) <= ROUTE_BYTES_MAX


@needs_build
def test_graphs_are_within_their_budget() -> None:
    scripts = imported_by(script_of("Chart")) - scripts_loaded_first()
    assert sum(gzip_bytes(path) for path in scripts) <= GRAPHS_BYTES_MAX


@needs_build
def test_the_page_can_move_and_obeys_the_policy() -> None:
    html = (STATIC / "index.html").read_text()
    # The server replaces exactly this text for its path prefix.
    assert html.count('<base href="/ui/" />') == 1
    # Scripts and styles come from files only, and by paths relative to the base.
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == []
    assert "<style" not in html
    assert re.findall(r'\bstyle="', html) == []
    assert re.findall(r'(?:src|href)="(?!\./|/ui/")', html) == []


@needs_build
def test_assets_are_hashed_and_compressed() -> None:
    for path in (STATIC / "assets").iterdir():
        if path.suffix in {".gz", ".br"}:
            continue
        assert re.fullmatch(r"[\w.-]+-[\w-]{8}\.(js|css|svg)", path.name), path.name
        assert path.with_name(path.name + ".gz").exists()
        assert path.with_name(path.name + ".br").exists()
        assert gzip.decompress(path.with_name(path.name + ".gz").read_bytes()) == path.read_bytes()


def hook() -> ModuleType:
    pytest.importorskip("hatchling", reason="hatchling is a build dependency")
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_fingerprint_is_of_contents(tmp_path: Path) -> None:
    """Times and what is no source do not matter; a name or a byte does."""
    build = hook()
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.ts").write_text("1")
    before = build.fingerprint(tmp_path)
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "b.js").write_text("2")
    (tmp_path / "src" / "a.ts").touch()
    assert build.fingerprint(tmp_path) == before
    (tmp_path / "src" / "a.ts").rename(tmp_path / "src" / "b.ts")
    renamed = build.fingerprint(tmp_path)
    (tmp_path / "src" / "b.ts").write_text("3")
    assert len({before, renamed, build.fingerprint(tmp_path)}) == 3
