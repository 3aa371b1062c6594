"""JSON that can be stored and given back: decoded strictly, and when it is refused, the path says where.

Stricter than most parsers, since what is stored must read back equal: a duplicate key, a lone surrogate,
NaN or Infinity, invalid UTF-8 and nesting beyond a bound are refused (RFC 8259 sections 4, 6, 8; RFC 7493).
The fast way is msgspec; only what it refuses, or what does not encode back to the same bytes, is walked by the
slow scanner below, which knows the path of every byte.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import orjson

from portlog.errors import PortlogError

decode_any = msgspec.json.Decoder().decode
DEPTH_MAX = 254  # levels of nesting that `encode` takes; orjson's own bound, checked as it goes

_encode_any = msgspec.json.Encoder().encode
_DECODE_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError)


class TooDeep(ValueError):
    """A value nests objects and arrays more than DEPTH_MAX levels deep."""


def encode(value: Any) -> bytes:
    """Minified JSON text. `orjson.Fragment`s in it are copied as they are.

    raises  TooDeep; TypeError for a Fragment beside an integer beyond 64 bits
    """
    try:
        return orjson.dumps(value)
    except TypeError as error:
        if "limit" in str(error) or deeper_than(value, DEPTH_MAX):
            raise TooDeep(f"nested deeper than {DEPTH_MAX} levels") from None
        return _encode_any(value)  # integers beyond 64 bits


def encode_around(value: Any) -> bytes:
    """As `encode`, of an answer that holds stored parts, which may be DEPTH_MAX levels deep themselves."""
    try:
        return encode(value)
    except TooDeep:
        return _encode_any(value)


def written(value: Any) -> orjson.Fragment:
    """A part of an answer that is written already: for msgspec's structs, which `encode` does not know."""
    return orjson.Fragment(_encode_any(value))


def decode(body: bytes, *, prefix: str = "") -> Any:
    """Decode one JSON value strictly.

    prefix  path of the value inside a larger body, such as `[2]`
    raises  PortlogError malformed-json, its path pointing into the value
    """
    value = decode_loosely(body, prefix=prefix)
    try:
        encoded = encode(value)
    except TooDeep as error:
        raise refusal(body, prefix, str(error)) from None
    refuse_duplicate_keys(body, encoded, prefix=prefix)
    return value


def decode_loosely(body: bytes, *, prefix: str = "") -> Any:
    """As `decode`, but of a key that occurs twice the last value wins: for callers that check that themselves."""
    try:
        return decode_any(body)
    except _DECODE_ERRORS as error:
        raise refusal(body, prefix, str(error)) from None


def refuse_duplicate_keys(body: bytes, encoded: bytes, *, prefix: str = "") -> None:
    """Raise PortlogError malformed-json if a key occurs twice in an object.

    body     JSON text, decoded before without error
    encoded  what was decoded, encoded again: equal to `body`, but for its spelling, unless a key was lost
    """
    found = False

    def look(pairs: list[tuple[str, Any]]) -> None:
        nonlocal found
        found = found or len({key for key, _ in pairs}) != len(pairs)

    try:
        if body == encoded or msgspec.json.format(body, indent=-1) == encoded:
            return
        json.loads(body, object_pairs_hook=look, parse_int=_ignore)
    except RecursionError:
        raise refusal(body, prefix, "nested too deep") from None
    if found:
        raise refusal(body, prefix, "a key occurs twice in an object")


def _ignore(_: str) -> None:
    return None


def deeper_than(value: Any, levels: int) -> bool:
    """True if `value` nests objects and arrays more than `levels` deep; breadth first, so no recursion."""
    level = [value] if type(value) in (dict, list) else []
    for _ in range(levels):
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node)
            if type(child) in (dict, list)
        ]
        if not level:
            return False
    return bool(level)


def refusal(body: bytes, prefix: str, fallback: str) -> PortlogError:
    """The refusal of a faulty text, its path found by `diagnose`, or else with the fast decoder's words."""
    path, problem = diagnose(body) or ("", fallback)
    full = join(prefix, path)
    where = f"{full}: " if full else ""
    return PortlogError("malformed-json", f"{where}{problem}", path=full)


def join(prefix: str, path: str) -> str:
    """`[2]` and `request.url` make `[2].request.url`."""
    return f"{prefix}{'.' if prefix and path and not path.startswith('[') else ''}{path}"


# -- the slow scanner ---------------------------------------------------------------------------------

_SPACE = re.compile(rb"[ \t\r\n]*+")
_STRING = re.compile(rb'"((?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+)"')
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?")
_WORD = re.compile(rb"true|false|null")
_NOT_JSON_WORD = re.compile(rb"-?(?:NaN|Infinity|nan|inf|undefined|None|True|False)")
_SURROGATE = re.compile(rb"\\\\|\\u([dD][89abAB][0-9a-fA-F]{2})(\\u[dD][c-fC-F][0-9a-fA-F]{2})?|\\u([dD][c-fC-F]..)")
_DEPTH_SHOWN = 12
_WALK_STEPS_MAX = 50_000  # the walk is slow: a fault further in is reported by its byte alone


class _Problem(Exception):
    pass


def diagnose(body: bytes) -> tuple[str, str] | None:
    """Walk JSON text and return (path, what is wrong) of its first fault, or None if none is near.

    The path is like `[2].request.body.messages[0].content`; faults are named with their byte offset.
    """
    stack: list[_Frame] = []
    try:
        for _ in itertools.islice(_walk(body, stack), _WALK_STEPS_MAX):
            pass
    except _Problem as problem:
        shown = stack if len(stack) <= _DEPTH_SHOWN else stack[:_DEPTH_SHOWN]
        more = "" if shown is stack else "…"
        return "".join(frame.step() for frame in shown).removeprefix(".") + more, str(problem)
    return None


class _Frame:
    """One open object or array: where we are in it."""

    __slots__ = ("count", "is_object", "key", "keys")

    def __init__(self, is_object: bool) -> None:
        self.is_object, self.key, self.count = is_object, "", 0
        self.keys: set[bytes] = set()

    def step(self) -> str:
        if not self.is_object:
            return f"[{self.count}]"
        return f".{self.key}" if self.key else ""


def _walk(body: bytes, stack: list[_Frame], depth_max: int = DEPTH_MAX) -> Iterator[None]:
    """One step per value; raises _Problem with `stack` standing at the fault."""
    at = _value(body, _skip(body, 0), stack)
    while stack:
        yield
        frame = stack[-1]
        at = _skip(body, at)
        char = body[at : at + 1]
        closer = b"}" if frame.is_object else b"]"
        if char == closer:
            stack.pop()
            at += 1
            _close(stack)
            continue
        if frame.count or frame.key:
            if char != b",":
                raise _Problem(_unexpected(body, at, f"expected , or {closer.decode()}"))
            at = _skip(body, at + 1)
        if frame.is_object:
            at = _key(body, at, frame)
        if len(stack) > depth_max:
            raise _Problem(f"nested deeper than {depth_max} levels (byte {at})")
        at = _value(body, at, stack)
    if _skip(body, at) != len(body):
        raise _Problem(_unexpected(body, _skip(body, at), "expected the end"))


def _skip(body: bytes, at: int) -> int:
    match = _SPACE.match(body, at)
    assert match is not None
    return match.end()


def _key(body: bytes, at: int, frame: _Frame) -> int:
    match = _STRING.match(body, at)
    if match is None:
        raise _Problem(_bad_string(body, at) if body[at : at + 1] == b'"' else _unexpected(body, at, "expected a key"))
    frame.key = _text(match[1], at)
    canonical = frame.key.encode()
    if canonical in frame.keys:
        raise _Problem(f"the key occurs twice in this object (byte {at})")
    frame.keys.add(canonical)
    at = _skip(body, match.end())
    if body[at : at + 1] != b":":
        raise _Problem(_unexpected(body, at, "expected :"))
    return _skip(body, at + 1)


def _value(body: bytes, at: int, stack: list[_Frame]) -> int:
    """Consume a scalar, or open an object or array; return the offset after it."""
    char = body[at : at + 1]
    if char in (b"{", b"["):
        stack.append(_Frame(char == b"{"))
        return at + 1
    if char == b'"':
        match = _STRING.match(body, at)
        if match is None:
            raise _Problem(_bad_string(body, at))
        _text(match[1], at)
    else:
        match = _WORD.match(body, at) or _NUMBER.match(body, at)
        if match is None:
            raise _Problem(_bad_word(body, at))
        if match[0][-1:].isdigit() and abs(float(match[0])) == float("inf"):
            raise _Problem(f"the number is outside the range of a 64-bit float (byte {at})")
    _close(stack)
    return match.end()


def _close(stack: list[_Frame]) -> None:
    """A value of the innermost frame is complete."""
    if stack:
        stack[-1].count += 1


def _text(raw: bytes, at: int) -> str:
    """Decode the inside of a JSON string; refuse invalid UTF-8 and lone surrogates."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _Problem(f"invalid UTF-8 (byte {at + 1 + error.start})") from None
    if b"\\u" in raw:
        for match in _SURROGATE.finditer(raw):
            if (match[1] and not match[2]) or match[3]:
                raise _Problem(f"a lone surrogate escape, which is no character (byte {at + 1 + match.start()})")
    return str(json.loads(b'"' + raw + b'"'))


def _bad_string(body: bytes, at: int) -> str:
    end = re.compile(rb'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+').match(body, at)
    assert end is not None
    stop = end.end()
    if stop >= len(body):
        return f"the text ends inside a string (byte {stop})"
    if body[stop] < 0x20:
        return f"a control character stands unescaped in a string (byte {stop})"
    return f"an unknown escape in a string (byte {stop})"


def _bad_word(body: bytes, at: int) -> str:
    match = _NOT_JSON_WORD.match(body, at)
    if match:
        return f"{match[0].decode()} is not JSON (byte {at})"
    return _unexpected(body, at, "expected a value")


def _unexpected(body: bytes, at: int, expected: str) -> str:
    if at >= len(body):
        return f"the text ends where it goes on: {expected} (byte {at})"
    return f"{expected}, found {body[at : at + 1].decode('latin-1')!r} (byte {at})"
