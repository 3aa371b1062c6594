"""Query parameters of any kind: whole numbers and choices, read or refused by name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from portlog.errors import PortlogError


def refuse(name: str, problem: str) -> PortlogError:
    """Return the refusal of a query parameter."""
    return PortlogError("bad-filter", f"{name} {problem}", path=name)


def read_whole(parameters: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    """A whole number from `low` to `high`, `default` where it is left out.

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


OFFSET_MINUTES_MAX = 14 * 60


def read_offset(parameters: Mapping[str, str]) -> int:
    """`utc_offset_minutes`, east of Greenwich positive; 0 when left out.

    raises  PortlogError bad-filter
    """
    text = parameters.get("utc_offset_minutes", "").strip() or "0"
    # An unencoded + arrives as a space, which is stripped.
    if not re.fullmatch(r"[+-]?[0-9]{1,3}", text) or abs(int(text)) > OFFSET_MINUTES_MAX:
        limit = OFFSET_MINUTES_MAX
        raise refuse("utc_offset_minutes", f"must be a whole number from -{limit} to {limit}, not {text!r}")
    return int(text)
