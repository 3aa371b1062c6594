"""What lies in the repository: nothing of the machine it was written on, nothing large, nothing broken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.repository import ROOT, text_of, tracked

BYTES_MAX = 1024 * 1024

# Put together here, so that this file does not hold what it forbids.
_HOMES = ("work", "root", "home", "tmp", "Users", "var/folders")
MACHINE_PATH = re.compile(rf"(?<![\w.$}}~-])/(?:{'|'.join(_HOMES)})/[\w.]")
REGISTRY = re.compile("|".join((r"pypi\." + "org", "python" + "hosted", r"registry\." + "npmjs", r"deb\." + "debian")), re.I)

TEXTS = [path for path in tracked() if text_of(path) is not None]


def faults(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in TEXTS
        for number, line in enumerate((text_of(path) or "").splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    assert faults(MACHINE_PATH) == []


def test_no_file_names_a_registry() -> None:
    """Whoever installs may use a mirror; the clients know where."""
    assert faults(REGISTRY) == []


def test_the_alarms_ring() -> None:
    """Canaries."""
    assert MACHINE_PATH.search("in " + "/wor" + "k/main/src")
    assert MACHINE_PATH.search('"' + "/tm" + 'p/x"')
    assert not MACHINE_PATH.search("docs/root/x, $HOME/work/x, portlog/home/x")
    assert REGISTRY.search("https://" + "pypi" + ".org/simple")


def test_no_file_is_large() -> None:
    sizes = {str(path.relative_to(ROOT)): path.stat().st_size for path in tracked()}
    assert {name: size for name, size in sizes.items() if size > BYTES_MAX} == {}


def test_texts_end_their_lines_with_lf() -> None:
    """Fingerprints of sources agree on every machine only if the bytes do."""
    ill = [path.relative_to(ROOT) for path in TEXTS if b"\r" in path.read_bytes()]
    assert ill == []


def test_texts_end_with_a_line_end() -> None:
    """But for what others wrote: fixtures are kept byte for byte."""
    ours = [path for path in TEXTS if "fixtures" not in path.parts]
    ill = [path.relative_to(ROOT) for path in ours if (text_of(path) or "\n")[-1] != "\n"]
    assert ill == []


# -- links -------------------------------------------------------------------------------------------------

PAGES = [path for path in tracked() if path.suffix == ".md"]
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)|<img[^>]* src=\"([^\"]+)\"")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def links(text: str) -> Iterator[str]:
    """Every link of a page that is not to another host."""
    for match in _LINK.finditer(_FENCE.sub("", text)):
        target = next(group for group in match.groups() if group)
        if not re.match(r"[a-z]+:", target):
            yield target


def anchors(text: str) -> set[str]:
    """The names that a page's headings can be linked by, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    broken = []
    for link in links(text):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            broken.append(link)
    assert broken == []
