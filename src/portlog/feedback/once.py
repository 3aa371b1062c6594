"""`Idempotency-Key` of posted feedback: the same key again stores nothing more and gets the first reply.

The reply, which holds the ids, is kept before the feedback is stored. So whoever comes again, after a crash too, stores
feedback with the same ids, and the store takes two rows of one id and revision for one.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace

from portlog.catalog import Catalog, Reply
from portlog.errors import PortlogError
from portlog.feedback import FeedbackWriter
from portlog.schema.feedback import Feedback
from portlog.schema.ids import created_ms_of

_HOUR_MS = 3_600_000


async def give_once(
    writer: FeedbackWriter, catalog: Catalog, given: Sequence[Feedback], *, key: str, body: bytes, now_ms: int, keep_hours: int
) -> list[bytes]:
    """Store new feedback under a key that its owner chose, and return the ids that it has, from now or before.

    raises  PortlogError idempotency-mismatch, or as `FeedbackWriter.give`
    """
    name = hashlib.sha256(f"feedback\0{key}".encode()).hexdigest()
    ids = b"".join(feedback.id for feedback in given)
    ours = Reply(name, hashlib.sha256(body).hexdigest(), ids, now_ms)
    first = await asyncio.to_thread(_first_of, catalog, ours, now_ms - keep_hours * _HOUR_MS)
    if first.body_digest != ours.body_digest:
        raise PortlogError("idempotency-mismatch", "this Idempotency-Key came with a different body before")
    kept = [first.reply[i : i + 16] for i in range(0, len(first.reply), 16)]
    again = zip(given, kept, strict=True)
    await writer.give([replace(f, id=i, created_ms=created_ms_of(i), updated_ms=created_ms_of(i)) for f, i in again])
    return kept


def _first_of(catalog: Catalog, ours: Reply, oldest_ms: int) -> Reply:
    """The first reply to this key: an earlier one, or ours from now on."""
    if earlier := catalog.find_reply(ours.idempotency, oldest_ms):
        return earlier
    catalog.keep_replies([ours], oldest_ms)
    return catalog.find_reply(ours.idempotency, oldest_ms) or ours
