"""requirements/dev.txt pins all that pyproject.toml asks for, and says nothing of where it came from."""

from __future__ import annotations

import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.house.repository import ROOT

LOCK = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ASKED = [Requirement(text) for text in PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"]]
ENTRIES = [entry for entry in re.split(r"\n(?=\S)", LOCK.replace("\\\n", " ")) if not entry.startswith("#")]
PINNED = {
    canonicalize_name(requirement.name): requirement
    for requirement in (Requirement(entry.partition(" --hash")[0].strip()) for entry in ENTRIES)
}


def version_of(requirement: Requirement) -> Version:
    (pin,) = requirement.specifier
    assert pin.operator == "=="
    return Version(pin.version)


def test_what_is_asked_for_is_pinned_within_its_range() -> None:
    """After a change to pyproject.toml: `python3 dev.py lock`."""
    wrong = []
    for asked in ASKED:
        pinned = PINNED.get(canonicalize_name(asked.name))
        if pinned is None or not asked.specifier.contains(version_of(pinned)):
            wrong.append(f"{asked} is pinned as {pinned}")
    assert wrong == []


def test_every_pin_has_a_hash() -> None:
    assert [entry.split()[0] for entry in ENTRIES if "--hash=sha256:" not in entry] == []


def test_the_lock_names_no_host_and_no_path() -> None:
    assert re.findall(r"\S*://\S*|^\s*/\S*|\S*file:\S*|--(?:index|find|extra|trusted)\S*", LOCK, re.MULTILINE) == []
