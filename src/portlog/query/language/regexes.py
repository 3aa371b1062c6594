"""Whether the engine will take a regular expression: RE2's syntax, said before anything is asked of the store.

RE2 matches in linear time and has no look-around and no back references. What it lacks is told with its place; the last word
has RE2 itself, which Arrow carries.
"""

from __future__ import annotations

import re
import warnings

import pyarrow
import pyarrow.compute

from portlog.query.language.syntax import Mistake, Value

# An escape, a class (to the end where nothing closes it: one pass, whatever is typed), or a group that RE2 lacks.
_ESCAPE_OR_GROUP = re.compile(r"(?s)\\(.)|(\[\^?\]?(?:[^\]\\]|\\.)*\]?)|\(\?(<?[=!]|P=|P>|>|\(|#|R|[0-9&])")
_LACKS = {"=": "look-ahead", "!": "look-ahead", "<=": "look-behind", "<!": "look-behind", "P=": "references to groups"}


def check(value: Value, query: str) -> None:
    """Refuse what RE2 cannot match.

    value   the expression, and where in `query` it stands with its slashes
    raises  Mistake
    """
    for match in _ESCAPE_OR_GROUP.finditer(value.text):
        lacks = _lacking(match)
        if lacks:
            start = _place(value, query, match.start())
            raise Mistake(f"Regular expressions have no {lacks} here.", start, start + len(match[0]))
    try:
        pyarrow.compute.match_substring_regex(pyarrow.array([""]), value.text)
    except (pyarrow.ArrowInvalid, UnicodeEncodeError) as error:
        raise _unreadable(value, query, error) from None


def _lacking(match: re.Match[str]) -> str:
    escaped, _, group = match.groups()
    if escaped is not None:
        return "references to groups" if escaped in "123456789" else ""
    return _LACKS.get(group, f"`(?{group}`") if group is not None else ""


def _place(value: Value, query: str, at: int) -> int:
    """Where the expression's character `at` stands in the query: `\\/` is two characters there and one here."""
    place = value.start + 1
    for _ in range(at):
        place += 2 if query.startswith("\\/", place) else 1
    return place


def _unreadable(value: Value, query: str, error: Exception) -> Mistake:
    """RE2 says what, and Python's parser, where it agrees that there is something, says where."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of what Python may read otherwise one day
            re.compile(value.text)
    except re.error as reason:
        start = _place(value, query, min(reason.pos or 0, len(value.text) - 1))
        return Mistake(f"The regular expression cannot be read: {reason.msg}.", start, start + 1)
    except (RecursionError, OverflowError):
        pass
    said = str(error).partition(": ")[2] or "it is no text"
    return Mistake(f"The regular expression cannot be used: {said}.", value.start, value.end)
