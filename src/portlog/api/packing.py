"""Replies packed with gzip, for whoever asks (contract 11.8). One place for every reply of JSON; streams and files pass.

`POST /v1/logs` and OTLP are answered before any routing and never come here: their replies are small.
"""

from __future__ import annotations

import asyncio
import zlib

from starlette.responses import Response

BYTES_MIN = 1_024  # a smaller reply fits into one packet either way
_INLINE_BYTES_MAX = 65_536  # about a millisecond; more is packed on another thread, since others wait for this one
_LEVEL = 5  # of JSON, a tenth larger than level 9 in a third of the time
_GZIP = 16 + zlib.MAX_WBITS


async def packed(reply: Response, accepted: str) -> Response:
    """The same reply, its body packed where that is worth it and `accepted`, the request's `accept-encoding`, allows it.

    A strong ETag becomes a weak one: the bytes differ, what they mean does not (RFC 9110 8.8.1).
    """
    if type(reply) is not Response or reply.media_type != "application/json" or "content-encoding" in reply.headers:
        return reply
    body = bytes(reply.body)
    if len(body) < BYTES_MIN:
        return reply
    reply.headers.add_vary_header("accept-encoding")
    if not takes_gzip(accepted):
        return reply
    if len(body) <= _INLINE_BYTES_MAX:
        reply.body = gzip(body)
    else:
        reply.body = await asyncio.get_running_loop().run_in_executor(None, gzip, body)
    reply.headers["content-encoding"] = "gzip"
    reply.headers["content-length"] = str(len(reply.body))
    etag = reply.headers.get("etag", "")
    if etag.startswith('"'):
        reply.headers["etag"] = f"W/{etag}"
    return reply


def gzip(body: bytes) -> bytes:
    """Pack; without a time in its header, so that equal bodies give equal bytes."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    return packer.compress(body) + packer.flush()


def takes_gzip(accepted: str) -> bool:
    """Whether `accept-encoding` allows gzip by its name or by `*` (RFC 9110 12.5.3); without the header nobody asked."""
    weights: dict[str, float] = {}
    for item in accepted.lower().split(","):
        name, _, parameter = item.partition(";")
        weights[name.strip()] = _weight(parameter)
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
