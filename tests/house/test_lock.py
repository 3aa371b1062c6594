"""The locks in requirements/ pin all that pyproject.toml asks for, and say nothing of where it came from."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.house.repository import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GROUPS = PROJECT["dependency-groups"]
LOCKS = {"dev.txt": PROJECT["project"]["dependencies"] + GROUPS["dev"], "senders.txt": GROUPS["senders"]}

pytestmark = pytest.mark.parametrize("name", LOCKS)


def lock(name: str) -> str:
    return (ROOT / "requirements" / name).read_text(encoding="utf-8")


def entries(name: str) -> list[str]:
    whole = re.split(r"\n(?=\S)", lock(name).replace("\\\n", " "))
    return [entry for entry in whole if not entry.startswith("#")]


def version_of(requirement: Requirement) -> Version:
    (pin,) = requirement.specifier
    assert pin.operator == "=="
    return Version(pin.version)


def test_what_is_asked_for_is_pinned_within_its_range(name: str) -> None:
    """After a change to pyproject.toml: `python3 dev.py lock`."""
    pins = [Requirement(entry.partition(" --hash")[0].strip()) for entry in entries(name)]
    pinned = {canonicalize_name(pin.name): pin for pin in pins}
    wrong = []
    for asked in map(Requirement, LOCKS[name]):
        pin = pinned.get(canonicalize_name(asked.name))
        if pin is None or not asked.specifier.contains(version_of(pin)):
            wrong.append(f"{asked} is pinned as {pin}")
    assert wrong == []


def test_every_pin_has_a_hash(name: str) -> None:
    assert [entry.split()[0] for entry in entries(name) if "--hash=sha256:" not in entry] == []


def test_the_lock_names_no_host_and_no_path(name: str) -> None:
    assert re.findall(r"\S*://\S*|^\s*/\S*|\S*file:\S*|--(?:index|find|extra|trusted)\S*", lock(name), re.MULTILINE) == []
