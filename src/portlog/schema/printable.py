"""Text that others wrote, made fit to be shown to a person: what moves, colours, hides or turns around is spelt out.

A log holds whatever a model or a user said. On a terminal that may be escape sequences, on any screen characters that
turn the direction of writing; in a row of a table a line end is enough.
"""

from __future__ import annotations

import re

# Controls but tab and line end; DEL and C1; line and paragraph separators; all that formats without being seen (soft hyphen, zero
# width, directions, byte order mark, interlinear, tags, variation supplements) but the joiners of emoji and scripts; surrogates.
_HOSTILE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_IN_A_LINE = {"\n": "⏎", "\t": " "}


def printable(text: str) -> str:
    """The text with every such character as its code, `\\x1b` or `\\u202e`; tabs and line ends stay."""
    return _HOSTILE.sub(lambda match: _spelt(match[0]), text)


def in_a_line(text: str, chars_max: int = 0) -> str:
    """As `printable`, on one line, and cut to so many characters when it is longer."""
    text = printable(text[: 4 * chars_max] if chars_max else text)
    for end, shown in _IN_A_LINE.items():
        text = text.replace(end, shown)
    return f"{text[: chars_max - 1]}…" if chars_max and len(text) > chars_max else text


def _spelt(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65_536 else f"\\U{code:08x}"
