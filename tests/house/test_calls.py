"""Calls that the house forbids, each with its reason and the rooms that may."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "portlog"
SOURCES = sorted(PACKAGE.rglob("*.py"))


class Ban(NamedTuple):
    """`names` are dotted, as they are written or imported; a leading dot is an attribute of anything."""

    names: tuple[str, ...]
    reason: str
    allowed: tuple[str, ...] = ()  # files, and folders with a slash at the end


BANS = (
    Ban(("time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.sleep",
         "datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
        "tests move the clock: ask the Clock that was passed in",
        ("clock.py", "telemetry.py")),
    Ban(("os.environ", "os.getenv", "os.environb"), "settings are read once and passed on", ("settings.py",)),
    Ban(("print",), "events go through telemetry, answers to a person through the command line",
        ("cli/", "telemetry.py")),
    Ban((".send_insert",), "it reports success for rows that a full disk did not take"),
    Ban(("os.fork", "os.forkpty", "multiprocessing"), "a forked child that touches the engine hangs"),
    Ban(("eval", "exec", "compile", "__import__", "pickle", "marshal", "shelve", "os.system"),
        "what was logged must never become code"),
    Ban(("logging", "warnings.warn"), "our own events go through telemetry"),
    Ban(("random",), "keys and tokens must not be guessable: os.urandom or secrets",
        ("schema/ids.py",)),  # a log's id is unique, not secret
)  # fmt: skip


def dotted(node: ast.expr) -> str:
    """`a.b.c` of an expression; an unnamed start is left out: `f().b` gives `.b`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def names_used(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of every name that is loaded or imported; `from os import environ` gives `os.environ`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield node.lineno, dotted(node)
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, str(node.module)
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def is_banned(name: str, ban: str) -> bool:
    """`datetime.datetime.now` is `datetime.now`; `self.print` is not `print`."""
    if ban.startswith("."):
        return name.endswith(ban)
    return name == ban or ("." in ban and name.endswith(f".{ban}"))


def offences(source: str, file: str) -> list[str]:
    return [
        f"{file}:{line} uses {name}: {ban.reason}"
        for line, name in names_used(ast.parse(source))
        for ban in BANS
        if not file.startswith(ban.allowed or ("-",)) and any(is_banned(name, each) for each in ban.names)
    ]


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_forbidden_calls_are_not_made(file: Path) -> None:
    assert offences(file.read_text(), str(file.relative_to(PACKAGE))) == []


@pytest.mark.parametrize(
    "line",
    [
        "import time\ntime.time()",
        "from time import time_ns",
        "datetime.datetime.now()",
        "from os import environ",
        "os.environ['HOME']",
        "print('a log')",
        "client.query().send_insert(rows)",
        "os.fork()",
        "import multiprocessing",
        "eval('1')",
        "from random import choice",
    ],
)
def test_the_alarm_rings(line: str) -> None:
    """A canary: each kind of offence is seen."""
    assert offences(line, "store/embedded.py") != []


def test_like_named_things_are_let_be() -> None:
    assert offences("console.print(x); self._clock.now_ms(); random_u32(); SIGNATURE = re.compile('a')", "cli/serve.py") == []
