"""Spans with anything in any place: each is read into a log, whatever attributes, messages inside them or events hold."""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Iterator
from typing import Any

from portlog.derive import derive
from portlog.senders import otlp
from portlog.senders.otlp import merge
from tests.spans import FIXTURES, read

ROUNDS = 1500
ODD: list[Any] = [
    None, 0, -1, 2**63, "", "x", [], {}, [None], [[]], {"a": 1}, "{", "[{}]", "[[{}]]", True, 1.5, "[1]",
    '{"messages":[{"role":"user","content":[{"type":"text"}]}]}', [{"role": "user", "content": 5}], {"type": []}, {"role": {}},
]  # fmt: skip
Path = tuple[Any, ...]


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place inside a value."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield (*path, key)
        yield from paths(member, (*path, key))


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def spoil(value: Any, dice: random.Random) -> None:
    """Put something odd into one place; inside JSON text as often as beside it."""
    places = list(paths(value))
    if not places:
        return
    *way, last = dice.choice(places)
    holder, odd = at(value, tuple(way)), copy.deepcopy(dice.choice(ODD))
    sent = holder[last]
    if isinstance(sent, str) and sent[:1] in ("[", "{") and dice.random() < 0.8:
        try:
            inner = json.loads(sent)
        except ValueError:
            return
        spoil(inner, dice)
        odd = json.dumps(inner)
    holder[last] = odd


def test_no_element_fails_its_reader() -> None:
    seed = int.from_bytes(os.urandom(4), "big")
    dice = random.Random(seed)  # noqa: S311
    files = [file for file in sorted(FIXTURES.glob("*.pb")) if ".metrics." not in file.name]
    elements = [each for file in files for each in otlp.decode(file.read_bytes(), protobuf=True)[1].elements]
    for n in range(ROUNDS):
        element, other = copy.deepcopy(dice.choice(elements)), dice.choice(elements)
        for _ in range(dice.randint(1, 4)):
            spoil(element, dice)
        told = f"seed {seed}, round {n}: {json.dumps(element)[:2000]}"
        try:
            derive(read(element))  # `read` refuses a warning that something was unreadable
            merge(element, other)
            merge(other, element)
        except Exception as error:
            raise AssertionError(told) from error
