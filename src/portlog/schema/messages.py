"""The normal form of a conversation: what went in, what came out, in any provider's spelling.

One form for search, dashboard, exports and costs. It is derived, never stored: the bodies stay as they were sent,
and binary parts are not copied but pointed at (`ref`, RFC 6901, into the request or response body).
"""

from __future__ import annotations

from typing import Any

import msgspec

PART_TYPES = (
    "text", "reasoning", "refusal", "image", "audio", "video", "file", "tool_call", "tool_result", "citation", "embedding",
    "other",
)  # fmt: skip
ROLES = ("system", "developer", "user", "assistant", "tool")  # others are kept as sent


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """One piece of a message. Which fields are filled depends on `type`."""

    type: str  # PART_TYPES
    text: str = ""  # text, reasoning, refusal; transcript of audio; a tool's result where it is text; what a citation quotes
    id: str = ""  # of a tool call; of the call that a tool_result answers
    name: str = ""  # of the tool, of the file, of what is cited
    arguments: Any = None  # of a tool call: decoded where it is JSON, else the text as sent
    value: Any = None  # a tool's result that is no text; an embedding's {dimensions, norm, first}; a part of type "other"
    media_type: str = ""
    url: str = ""  # an http(s) URL of the media or of what is cited; never a data URL
    ref: str = ""  # JSON pointer to inline data, with "request" or "response" as its first step


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """One turn."""

    role: str
    parts: list[Part] = []
    name: str = ""
    finish_reason: str = ""  # of an answer


class Tool(msgspec.Struct, frozen=True, omit_defaults=True):
    """A tool that the model was offered."""

    name: str
    description: str = ""
    parameters: Any = None  # JSON Schema


class Conversation(msgspec.Struct, frozen=True):
    """What a call said and was told. Several choices are several output messages."""

    input: list[Message] = []
    output: list[Message] = []
    tools: list[Tool] = []
