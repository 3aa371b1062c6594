"""What makes two errors the same: provider, status, code or type, and the message without what differs from call to call.

The patterns are of the kind that Python's `re` (ASCII) and RE2 read alike, so that the engine blanks as this module does
(`store.sql.error_groups`); a test holds the two together. One pass of one pattern: the engine reads hundreds of thousands.
"""

from __future__ import annotations

import hashlib
import re

_DIGITED = "[A-Za-z0-9_-]*[0-9][A-Za-z0-9_-]*"

VARIABLE = "|".join(
    (
        r"[A-Za-z][A-Za-z0-9+.-]*://[^ \"'`<>()\[\]{},]+",  # a URL
        r"[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",  # an address
        r'"[^"]*"?',  # quoted text; a message that was cut may have lost the second quote
        r"`[^`]*`?",
        r"\B'[^']*'?",  # the apostrophe of a word opens nothing
        rf"{_DIGITED}(?:[.,:/+]{_DIGITED})*",  # words with a digit: numbers, times, ids, names of models
        r"\b[A-Fa-f0-9]{8,}\b",  # hex without one
    )
)
"""What is blanked."""
BLANK = "…"
RUN = f"{BLANK}(?:[ ,;]+{BLANK})+"
"""A list of blanks, which becomes one: how long it is says nothing."""

_VARIABLE, _RUN = re.compile(VARIABLE, re.ASCII), re.compile(RUN)
SEPARATOR = "\x1f"
DIGEST_BYTES = 8


def blanked(message: str) -> str:
    """An error's message, one line, without quoted text, URLs, addresses, ids and numbers."""
    return _RUN.sub(BLANK, _VARIABLE.sub(BLANK, message))


def fingerprint(provider: str, status: int, error_type: str, message: str) -> str:
    """16 hex digits that are the same for errors of one kind; `message` is blanked here."""
    parts = SEPARATOR.join((provider, str(status), error_type, blanked(message)))
    return hashlib.sha256(parts.encode()).digest()[:DIGEST_BYTES].hex()
