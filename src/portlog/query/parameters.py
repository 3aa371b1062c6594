"""Query parameters that are no filters: whole numbers and choices, read or refused by name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from portlog.query.filters import refuse


def read_whole(parameters: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    """A whole number from `low` to `high`.

    raises  PortlogError bad-filter
    """
    text = parameters.get(name, "").strip()
    if not text:
        return default
    if not re.fullmatch(r"-?[0-9]{1,18}", text) or not low <= int(text) <= high:
        raise refuse(name, f"must be a whole number from {low} to {high}, not {text[:80]!r}")
    return int(text)


def read_choice(parameters: Mapping[str, str], name: str, choices: tuple[str, ...], default: str = "") -> str:
    """One of `choices`, in any case; the first when left out and no default is named.

    raises  PortlogError bad-filter
    """
    text = parameters.get(name, "").strip().lower() or default or choices[0]
    if text not in choices:
        raise refuse(name, f"must be one of {', '.join(choices)}, not {text[:80]!r}")
    return text
