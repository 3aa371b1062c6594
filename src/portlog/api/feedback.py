"""`/v1/feedback`: give, change, delete, list (contract 8)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from portlog.api.auth import Caller
from portlog.api.body import read_body
from portlog.api.logs import parameters_of
from portlog.api.parts import Parts, caller_of, parts_of
from portlog.api.reply import json_reply
from portlog.errors import PortlogError
from portlog.feedback.once import give_once
from portlog.query import feedback as questions
from portlog.schema.feedback import NO_LOG, Feedback
from portlog.schema.ids import from_text, to_text
from portlog.senders.feedback import Given, read_change, read_given

_CHANGE_BYTES_MAX = 256 * 1024
_DECODE_ASIDE_BYTES_MIN = 256 * 1024  # larger bodies are read on another thread: the loop serves others
_NO_ID = ("undefined", "null", "None", "NaN", "")  # what clients write where they have no id


async def give(request: Request) -> Response:
    """`POST /v1/feedback`: one feedback or many, on traces that need not be stored yet; ids in the order of the input."""
    parts, caller = parts_of(request), caller_of(request)
    body = await read_body(request.headers, request.receive, parts.settings.request_bytes_max)
    if len(body) > _DECODE_ASIDE_BYTES_MIN:
        given = await asyncio.to_thread(read_given, body, parts.settings.request_logs_max)
    else:
        given = read_given(body, parts.settings.request_logs_max)
    made = await _made(parts, caller, given)
    if key := request.headers.get("idempotency-key", ""):
        ids = await give_once(
            parts.feedback, parts.catalog, made, key=f"{caller.workspace}\0{caller.api_key_id}\0{key}", body=body,
            now_ms=parts.now_ms(), keep_hours=parts.settings.idempotency_keep_hours,
        )  # fmt: skip
    else:
        await parts.feedback.give(made)
        ids = [feedback.id for feedback in made]
    return _saved("Feedback successfully saved", ids)


async def _made(parts: Parts, caller: Caller, given: Sequence[Given]) -> list[Feedback]:
    """Feedback to be stored, all of one time. Where only a log is named, its trace is looked for."""
    now_ms = parts.now_ms()
    lone = [(at, each.log_id) for at, each in enumerate(given) if each.log_id and not each.trace_id]
    traces = {}
    if lone:
        log_ids = list({log_id for _, log_id in lone})
        traces = await parts.questions.ask(lambda store: questions.traces_of_logs(store, caller.workspace, log_ids))
    for at, log_id in lone:
        if not traces.get(log_id):
            path = f"[{at}].log_id" if len(given) > 1 else "log_id"
            raise PortlogError("not-found", f"{path}: no log {to_text(log_id)}; name its trace_id, or store it first", path=path)
    return [
        Feedback(
            id=parts.feedback.ids.make(now_ms), workspace=caller.workspace,
            trace_id=each.trace_id or traces[each.log_id or NO_LOG], value=each.value, weight=each.weight,
            metadata=each.metadata, created_ms=now_ms, updated_ms=now_ms, span_id=each.span_id,
            log_id=each.log_id or NO_LOG, api_key_id=caller.api_key_id,
        )
        for each in given
    ]  # fmt: skip


async def change(request: Request) -> Response:
    """`PUT /v1/feedback/{id}`, and POST, as the vendor's own sample has it: what is left out stays as it is."""
    parts, text = parts_of(request), request.path_params["id"]
    named, wanted = read_change(await read_body(request.headers, request.receive, _CHANGE_BYTES_MAX))
    if text in _NO_ID:  # the Node SDK, when the id is not spelled feedbackID
        text = named or text
    feedback_id = from_text(text)
    if not feedback_id or not await parts.feedback.change(caller_of(request).workspace, feedback_id, wanted):
        raise _no_feedback(text)
    return _saved("Feedback successfully updated", [feedback_id])


async def remove(request: Request) -> Response:
    """`DELETE /v1/feedback/{id}`: it counts no more."""
    text = request.path_params["id"]
    feedback_id = from_text(text)
    if not feedback_id or not await parts_of(request).feedback.remove(caller_of(request).workspace, feedback_id):
        raise _no_feedback(text)
    return _saved("Feedback successfully deleted", [feedback_id])


async def list_feedback(request: Request) -> Response:
    """`GET /v1/feedback`: the newest first, of a trace, a time, or all."""
    question = questions.read_question(
        parameters_of(request), caller_of(request).workspace, now_ms=parts_of(request).now_ms()
    )
    return json_reply(await parts_of(request).questions.ask(lambda store: questions.page(store, question)))


def _saved(message: str, ids: Sequence[bytes]) -> Response:
    texts = list(map(to_text, ids))
    # `feedback_id` is the name in the Node SDK's own types.
    return json_reply({"status": "success", "message": message, "feedback_ids": texts, "feedback_id": texts})


def _no_feedback(text: str) -> PortlogError:
    hint = "; the client called it without an id" if text in _NO_ID else ""
    return PortlogError("not-found", f"no feedback {text[:80]!r}: never given here, or deleted{hint}", path="id")
