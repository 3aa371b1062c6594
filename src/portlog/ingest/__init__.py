"""A log comes in: `Ingest.accept` validates, redacts, appends to the write-ahead log, and answers when it is durable.

Nothing else happens on the request. What is refused was not stored; what was answered with 200 is on disk.
Never imports the store: the write-ahead log is the only seam to the half behind it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from portlog.catalog import Catalog
from portlog.clock import Clock
from portlog.derive import Prices, derive
from portlog.errors import PortlogError
from portlog.schema import archive, jsons
from portlog.schema.feedback import Feedback
from portlog.schema.ids import LogIds, to_text
from portlog.schema.log import CALL_VERSION, Call, Derived, Kept, Log, encode_call
from portlog.schema.secrets import redact
from portlog.senders import exported, otlp, wire
from portlog.senders.shapes import Context
from portlog.senders.table import unfold
from portlog.settings import Settings
from portlog.telemetry import Meters
from portlog.wal import DiskFull, Wal, WalError, WalFull

_HOUR_MS = 3_600_000
_DECODE_ASIDE_BYTES_MIN = 256 * 1024  # larger OTLP requests are decoded on a thread, so that others are answered
_OTLP_GROWTH_MAX = 2  # of an OTLP request against request_bytes_max; what a record of the write-ahead log may hold
_RETRY_BACKLOG_SECONDS, _RETRY_DISK_SECONDS = 2, 30


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a call: the JSON body, and the trace id when the call was one log."""

    body: bytes
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class Export:
    """The answer to an OTLP request: its signal, and what of it was not taken."""

    signal: str
    rejected: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Import:
    """What lines of an export held: the logs, and the feedback on their traces, which is not stored here."""

    logs: list[Log]
    feedback: list[Feedback]


@dataclass(slots=True)
class _Waiter:
    """One call that waits for the disk."""

    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[None]


@dataclass(slots=True)
class _Pending:
    """A call with an Idempotency-Key that is under way: later ones with the same key wait for its reply."""

    body_digest: str
    future: asyncio.Future[Receipt]


class Ingest:
    """Takes in the logs of calls; see the module's promise."""

    def __init__(
        self,
        *,
        settings: Settings,
        wal: Wal,
        catalog: Catalog,
        clock: Clock,
        meters: Meters,
        prices: Prices | None = None,
    ) -> None:
        """prices  what the cost of logs without bodies is computed with: later there is nothing to compute it from"""
        self._settings, self._wal, self._catalog, self._clock = settings, wal, catalog, clock
        self._prices = prices
        self._limits = wire.Limits(settings.request_logs_max)
        self._strict = settings.validation == "strict"
        self._keep_bodies = settings.bodies == "full"
        self._ids = LogIds()
        self._meters, self._accepted = meters, meters["portlog_logs_accepted"]
        self._pending: dict[str, _Pending] = {}
        self._unapplied: dict[str, Call] = {}

    async def accept(
        self, body: bytes, headers: Mapping[str, str], *, workspace: str, api_key_id: str
    ) -> Receipt:
        """Store the logs of one call, all or none, and return once they are durable.

        body      unpacked, in any form of contract 2.4
        headers   of the call, lower-case names
        raises    PortlogError: malformed or invalid input, overloaded, disk-full; then nothing was stored
        """
        key = headers.get("idempotency-key", "")
        if not key:
            return await self._store(body, headers, workspace, api_key_id)
        digest = _digest(f"{workspace}\0{api_key_id}\0{key}".encode())
        return await self._once(digest, body, headers, workspace, api_key_id)

    async def _store(
        self,
        body: bytes,
        headers: Mapping[str, str],
        workspace: str,
        api_key_id: str,
        idempotency: str = "",
        body_digest: str = "",
    ) -> Receipt:
        context = self._context(headers, workspace, api_key_id)
        logs = [self._prepare(log) for log in wire.parse(body, context, self._limits, self._ids)]
        receipt = _receipt(logs)
        if logs:
            call = Call(
                version=CALL_VERSION,
                logs=logs,
                received_ms=context.received_ms,
                idempotency=idempotency,
                body_digest=body_digest,
                reply=receipt.body if idempotency else b"",
            )
            if idempotency:
                self._unapplied[idempotency] = call
            await self._append(encode_call(call))
            self._accepted.inc(len(logs))
        return receipt

    async def accept_otlp(
        self, body: bytes, headers: Mapping[str, str], *, protobuf: bool, signal: str, workspace: str, api_key_id: str
    ) -> Export:
        """Store the spans or log records of one OTLP request, and return once they are durable.

        What is wrong with single elements is counted, not raised. The same request again changes nothing.

        signal    one of `decode.SIGNALS`; "" reads it out of the body
        raises    PortlogError: no OTLP request, too large, overloaded, disk-full; then nothing was stored
        """
        context = replace(
            self._context(headers, workspace, api_key_id),
            trace_id="", span_id="", parent_span_id="", span_name="",  # of the exporter's own call
        )  # fmt: skip
        if len(body) > _DECODE_ASIDE_BYTES_MIN:
            export, logs = await asyncio.to_thread(self._read_otlp, body, context, protobuf, signal)
        else:
            export, logs = self._read_otlp(body, context, protobuf, signal)
        if logs:
            await self._append(encode_call(Call(version=CALL_VERSION, logs=logs, received_ms=context.received_ms)))
            self._accepted.inc(len(logs))
        if export.rejected:
            self._meters["portlog_otlp_rejected"].labels(export.signal).inc(export.rejected)
        if export.signal == "metrics":
            self._meters["portlog_otlp_metrics_dropped"].inc()
        return export

    async def read_import(self, body: bytes, *, workspace: str) -> Import:
        """The logs of lines of an export; they will go into `workspace`.

        A line that comes again is one log: it keeps its id, or is given one that is made of it.

        body      lines of whole logs (`schema.archive`), or with Portkey's fields, or both
        raises    PortlogError: a line that cannot be read, named by its index; too-large
        """
        return await asyncio.to_thread(self._read_import, body, workspace)

    async def store_import(self, imported: Import) -> None:
        """Store the logs that were read, all or none, and return once they are durable.

        raises    PortlogError overloaded, disk-full, too-large; then nothing was stored
        """
        if imported.logs:
            received_ms = self._clock.now_ms()
            await self._append(encode_call(Call(version=CALL_VERSION, logs=imported.logs, received_ms=received_ms)))
            self._accepted.inc(len(imported.logs))

    def _read_import(self, body: bytes, workspace: str) -> Import:
        lines = [line for line in body.split(b"\n") if line.strip()]
        if len(lines) > self._limits.logs_max:
            raise PortlogError(
                "too-large", f"the body holds {len(lines)} lines, more than request_logs_max = {self._limits.logs_max}"
            )
        imported = Import([], [])
        context = Context(received_ms=self._clock.now_ms(), workspace=workspace, tracked=self._keep_bodies)
        for i, line in enumerate(lines):
            if archive.is_line(line):
                log, feedback = archive.read_line(line, f"[{i}]", workspace)
                imported.logs.append(self._prepare_kept(log))
                imported.feedback.extend(feedback)
            else:
                element = exported.element_of(line, f"[{i}]")
                log = wire.envelope(element, exported.SHAPE, context, self._ids)
                log = msgspec.structs.replace(log, id=exported.id_of(element, log), kept=Kept())
                imported.logs.append(self._prepare(log))
        return imported

    def _prepare_kept(self, log: Log) -> Log:
        """As `_prepare`, of a log that was derived before: what is not kept here goes, what was derived stays."""
        log = redact(log)
        if log.tracked and self._keep_bodies:
            return log
        assert log.derived is not None, "whole logs bring what was derived"
        return _without_contents(log, log.derived)

    def _read_otlp(self, body: bytes, context: Context, protobuf: bool, signal: str) -> tuple[Export, list[Log]]:
        signal, batch = otlp.decode(
            body, protobuf=protobuf, signal=signal, elements_max=self._settings.request_logs_max
        )
        logs: list[Log] = []
        size, size_max = 0, _OTLP_GROWTH_MAX * self._settings.request_bytes_max
        for element in batch.elements:
            log = self._prepare(wire.envelope(element, otlp.SHAPE, context, self._ids))
            size += len(log.raw)
            if size > size_max:  # every span is kept with its resource: a large one many times is refused in time
                raise PortlogError("too-large", f"spans and their resources are larger than {size_max} bytes")
            logs.append(log)
        return Export(signal, batch.rejected, batch.problem), logs

    def _context(self, headers: Mapping[str, str], workspace: str, api_key_id: str) -> Context:
        """What a call says of all its logs."""
        return wire.context_of(
            headers,
            Context(
                received_ms=self._clock.now_ms(),
                workspace=workspace,
                api_key_id=api_key_id,
                strict=self._strict,
                tracked=self._keep_bodies,
            ),
        )

    def _prepare(self, log: Log) -> Log:
        """Take away what must not reach the disk: secrets always, bodies and headers under do-not-track."""
        log = redact(log)
        if log.tracked:
            return log
        log = unfold(log)
        return _without_contents(log, derive(log, self._prices))

    async def _append(self, record: bytes) -> None:
        loop = asyncio.get_running_loop()
        waiter = _Waiter(loop, loop.create_future())
        try:
            self._wal.append(record, waiter)
        except ValueError as error:
            raise PortlogError("too-large", f"the call is too large to be stored: {error}") from None
        except WalError as error:
            raise refusal_of(error) from None
        await asyncio.shield(waiter.future)  # the record is on its way: a client that leaves cannot recall it

    # -- Idempotency-Key -------------------------------------------------------------------------------------

    async def _once(
        self, digest: str, body: bytes, headers: Mapping[str, str], workspace: str, api_key_id: str
    ) -> Receipt:
        """Store the first call with this key; give every later one the same reply (decision R2)."""
        body_digest = _digest(body)
        if pending := self._pending.get(digest):
            _refuse_other_body(pending.body_digest, body_digest)
            return await asyncio.shield(pending.future)
        if earlier := self._earlier(digest):
            _refuse_other_body(earlier[0], body_digest)
            return _receipt_again(earlier[1])
        future: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._pending[digest] = _Pending(body_digest, future)
        try:
            receipt = await self._store(body, headers, workspace, api_key_id, digest, body_digest)
        except BaseException as error:
            self._unapplied.pop(digest, None)
            if not future.cancelled():
                future.set_exception(error if isinstance(error, Exception) else PortlogError("stopping", "stopped"))
                future.exception()  # marked as seen: there may be nobody else waiting
            raise
        finally:
            del self._pending[digest]
        future.set_result(receipt)
        return receipt

    def _earlier(self, digest: str) -> tuple[str, bytes] | None:
        """Body digest and reply of an earlier call: not yet applied, or in the catalogue."""
        if call := self._unapplied.get(digest):
            return call.body_digest, call.reply
        oldest = self._clock.now_ms() - self._settings.idempotency_keep_hours * _HOUR_MS
        reply = self._catalog.find_reply(digest, oldest)
        return (reply.body_digest, reply.reply) if reply else None

    def remember(self, call: Call) -> None:
        """Take up a call found in the write-ahead log at start, before it is applied."""
        if call.idempotency:
            self._unapplied[call.idempotency] = call

    def forget(self, call: Call) -> None:
        """The applier has put the call's reply into the catalogue."""
        if call.idempotency:
            self._unapplied.pop(call.idempotency, None)


def _without_contents(log: Log, derived: Derived) -> Log:
    """The log as do-not-track has it: neither bodies nor headers, and no text derived from them."""
    return msgspec.structs.replace(
        log,
        tracked=False,
        derived=msgspec.structs.replace(derived, preview="", response_preview="", error_message=""),
        request_headers={},
        response_headers={},
        request_body=b"",
        response_body=b"",
        request_rest=b"",
        response_rest=b"",
        rest=b"",
        raw=b"",
        stated={},
    )


def on_durable(waiters: list[Any], first_seq: int) -> None:
    """For `Wal.open`: wake the calls of one group; from the log's writer thread, one hop per event loop."""
    _resolve(waiters, None)


def on_refused(waiters: list[Any], error: Exception) -> None:
    """For `Wal.open`: tell the calls of one group that nothing of them was kept."""
    _resolve(waiters, refusal_of(error))


def _resolve(waiters: list[_Waiter], error: Exception | None) -> None:
    loops: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for waiter in waiters:
        loops.setdefault(waiter.loop, []).append(waiter.future)
    for loop, futures in loops.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, futures, error)


def _settle(futures: list[asyncio.Future[None]], error: Exception | None) -> None:
    for future in futures:
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)


def refusal_of(error: Exception) -> PortlogError:
    """What the caller is told when the write-ahead log takes nothing."""
    if isinstance(error, WalFull):
        return PortlogError(
            "overloaded",
            "logs arrive faster than the store takes them; nothing of this call was stored",
            retry_after_seconds=_RETRY_BACKLOG_SECONDS,
        )
    if isinstance(error, DiskFull):
        return PortlogError(
            "disk-full",
            "the data directory's disk is full; nothing of this call was stored",
            retry_after_seconds=_RETRY_DISK_SECONDS,
        )
    return PortlogError("stopping", "the disk failed and the server stops", retry_after_seconds=_RETRY_DISK_SECONDS)


def _refuse_other_body(first: str, second: str) -> None:
    if first != second:
        raise PortlogError("idempotency-mismatch", "this Idempotency-Key came with a different body before")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _receipt_again(body: bytes) -> Receipt:
    """The receipt of which `body` was kept: also its trace id, which a reply to a single log names."""
    trace_ids = jsons.decode_any(body)["trace_ids"]
    return Receipt(body, trace_ids[0] if len(trace_ids) == 1 else "")


def _receipt(logs: list[Log]) -> Receipt:
    """Reply R1 of the contract: never empty, never an array."""
    warnings = [
        {"index": i, "path": w.path, "code": w.code, **({"value": w.value} if w.value else {})}
        for i, log in enumerate(logs)
        for w in log.warnings
    ]
    count = len(logs)
    body = {
        "status": "success",
        "success": True,
        "message": f"{count} log{'' if count == 1 else 's'} stored",
        "count": count,
        "ids": [to_text(log.id) for log in logs],
        "trace_ids": [log.trace_id for log in logs],
        "warnings": warnings,
        "verdict": True,  # a gateway's webhook plugin lets the call pass (contract 3.3)
    }
    return Receipt(jsons.encode(body), logs[0].trace_id if count == 1 else "")
