"""`/v1/demo`: demo data with one call, and away with one."""

from __future__ import annotations

import asyncio
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from portlog.api.parts import caller_of, parts_of
from portlog.api.reply import json_reply
from portlog.demo import MARK, demo_feedback, demo_logs
from portlog.query import feedback as feedback_questions
from portlog.schema import jsons
from portlog.schema.feedback import Feedback
from portlog.schema.ids import from_text

_FEEDBACK_MAX = 100  # of a page when it is looked for; there is less of it


async def make(request: Request) -> Response:
    """`POST /v1/demo`: some hundred varied logs of the last 24 hours and feedback on them; durable when it answers."""
    parts, caller = parts_of(request), caller_of(request)
    now_ms = parts.now_ms()
    logs = demo_logs(now_ms)
    await parts.ingest.accept(jsons.encode(logs), {}, workspace=caller.workspace, api_key_id=caller.api_key_id)
    await parts.feedback.give(
        [
            Feedback(
                id=parts.feedback.ids.make(now_ms), workspace=caller.workspace, trace_id=trace_id, value=value, weight=1.0,
                metadata=jsons.encode(MARK | ({"comment": comment} if comment else {})), created_ms=now_ms,
                updated_ms=now_ms, api_key_id=caller.api_key_id,
            )
            for trace_id, value, comment in demo_feedback()
        ]
    )  # fmt: skip
    return json_reply({"status": "success", "message": f"{len(logs)} demo logs stored", "count": len(logs), "object": "demo"})


async def remove(request: Request) -> Response:
    """`DELETE /v1/demo`: every log and feedback of the workspace that is marked as demo data, and nothing else."""
    parts, workspace = parts_of(request), caller_of(request).workspace
    count = await asyncio.to_thread(parts.remove_demo, workspace)
    wanted = {"metadata": jsons.encode(MARK).decode(), "page_size": str(_FEEDBACK_MAX)}
    while True:
        question = feedback_questions.read_question(wanted, workspace, now_ms=parts.now_ms())
        found = (await parts.questions.ask(partial(feedback_questions.page, question=question)))["data"]
        if not found:
            break
        for each in found:
            if feedback_id := from_text(each["id"]):
                await parts.feedback.remove(workspace, feedback_id)
    return json_reply({"status": "success", "message": f"{count} demo logs removed", "count": count, "object": "demo"})
