"""The files that git holds or would take, for tests that look at all of them."""

from __future__ import annotations

import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
_NOT_OURS = {".git", ".venv", ".venv-senders", "node_modules", "__pycache__", "dist", "build", ".pytest_cache", ".mypy_cache",
             ".ruff_cache", ".hypothesis", "static", "portlog-data"}  # fmt: skip


@lru_cache(maxsize=1)
def tracked() -> tuple[Path, ...]:
    """Tracked files, and new ones that are not ignored; in an unpacked archive, all but what tools leave behind."""
    if (ROOT / ".git").exists() and (git := shutil.which("git")):
        command = [git, "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own words
        found = [ROOT / name for name in listed.split("\0") if name]
    else:
        found = [path for path in ROOT.rglob("*") if not _NOT_OURS.intersection(path.relative_to(ROOT).parts)]
    return tuple(sorted(path for path in found if path.is_file()))


def text_of(path: Path) -> str | None:
    """The text of a file, or None when it is none (a picture)."""
    content = path.read_bytes()
    if b"\0" in content:
        return None
    return content.decode("utf-8")
