"""Exports: logs as files, made in the background (contract 7). `Exports` is what the doors ask; `runner` makes the files.

A job is a draft until it is started, then in progress until its file is there (success), or cannot be made (failed), or
somebody has cancelled it (stopped). Failed and stopped ones may be started again, and begin anew.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from portlog.catalog.exports import ExportJob, ExportRows
from portlog.errors import PortlogError
from portlog.exports import pages
from portlog.exports.fields import columns_of, fields_named
from portlog.exports.files import LINK_MS, Folder, is_signed, sign
from portlog.exports.formats import FORMATS, Format, shown
from portlog.exports.orders import Order, order_of, page_of, select
from portlog.exports.pages import Cursor, Reach
from portlog.exports.runner import AFRESH
from portlog.schema import archive, jsons
from portlog.schema.render import iso
from portlog.store import Store

_PREVIEW_ROWS = 3


@dataclass(frozen=True)
class Link:
    """A signed link to a file: who has it may fetch the file until it expires."""

    expires_ms: int
    signature: str


@dataclass(frozen=True)
class Download:
    """A finished file, and what it is called when it is fetched."""

    path: Path
    format: Format
    name: str


class Exports:
    """What can be done with the jobs of a workspace. Files are made by the runner's thread."""

    def __init__(
        self, *, rows: ExportRows, folder: Folder, secret: bytes, denied: Sequence[str], now_ms: Callable[[], int],
        wake: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        """secret  signs links
        denied  names of fields that may not be exported
        wake    tells the runner that there may be a job; it looks by itself every second"""
        self._rows, self._folder, self._secret = rows, folder, secret
        self._now_ms, self._wake = now_ms, wake
        self.denied = tuple(denied)

    def find(self, workspace: str, job_id: str) -> ExportJob:
        """The job of this id.

        raises  PortlogError not-found
        """
        job = self._rows.find(job_id)
        if job is None or job.workspace != workspace or job.schedule:
            hint = ""
            if job_id in ("undefined", "null", "None"):
                hint = "; the client called it without an id: the Node SDK takes it as {exportId: …}, the Python SDK as export_id=…"
            raise PortlogError("not-found", f"no export {job_id[:80]!r}{hint}", path="id")
        return job

    def list(self, workspace: str, workspace_id: str = "") -> list[ExportJob]:
        """The jobs of a workspace, the newest first; with `workspace_id`, those that were made under that name of it."""
        jobs = self._rows.of_workspace(workspace)
        return [job for job in jobs if workspace_id in ("", workspace, job.workspace_id)]

    def create(self, workspace: str, created_by: str, order: Order, total: int) -> ExportJob:
        """Keep a new draft. `total` is how many logs match now."""
        now = self._now_ms()
        job = ExportJob(
            id=str(uuid.uuid4()), workspace=workspace, created_by=created_by, status="draft", total=total,
            created_ms=now, updated_ms=now, **_asked(order, workspace),
        )  # fmt: skip
        self._rows.create(job)
        return job

    def change(self, job: ExportJob, order: Order, total: int) -> ExportJob:
        """Ask for something else: the job is a draft again, and what file it had is deleted.

        raises  PortlogError export-state while it is in progress
        """
        changed = replace(
            job, **_asked(order, job.workspace), **AFRESH, status="draft", total=total, error="", expires_ms=0,
            size_bytes=0, updated_ms=self._now_ms(),
        )  # fmt: skip
        self._move(job, changed, ("draft", "success", "failed", "stopped"), "changed")
        self._folder.remove(job.id)
        return changed

    def start(self, job: ExportJob) -> ExportJob:
        """Let the file be made, from the beginning.

        raises  PortlogError export-state when it is in progress or its file is there; field-denied
        """
        order = order_of(job)
        denied = [name for name in order.requested if name in self.denied]
        if denied or (self.denied and FORMATS[order.format].complete):
            raise PortlogError("field-denied", f"{', '.join(denied or self.denied)} may not be exported here any more")
        allowed: tuple[str, ...] = ("draft", "failed", "stopped")
        if job.status == "success" and job.expires_ms <= self._now_ms():
            allowed += ("success",)  # its file is gone
        now = self._now_ms()
        started = replace(
            job, **AFRESH, status="in_progress", run=job.run + 1, until_ms=now, error="", expires_ms=0, size_bytes=0,
            updated_ms=now,
        )  # fmt: skip
        self._move(job, started, allowed, "started")
        self._wake()
        return started

    def cancel(self, job: ExportJob) -> ExportJob:
        """Stop a job that is in progress; what is written of its file is deleted.

        raises  PortlogError export-state otherwise
        """
        stopped = replace(job, status="stopped", updated_ms=self._now_ms())
        self._move(job, stopped, ("in_progress",), "cancelled")
        self._wake()
        return stopped

    def delete(self, job: ExportJob) -> None:
        """Forget a job and delete its file.

        raises  PortlogError export-state while it is in progress
        """
        if job.status == "in_progress":
            raise _wrong_state(job, "deleted")
        self._rows.delete(job.id)
        self._folder.remove(job.id)

    def _move(self, job: ExportJob, to: ExportJob, allowed: Sequence[str], what: str) -> None:
        if job.status not in allowed or not self._rows.save(to, when=allowed, run=job.run):
            raise _wrong_state(self._rows.find(job.id) or job, what)

    # -- files -----------------------------------------------------------------------------------------------------

    def link(self, job: ExportJob) -> Link:
        """A link to the finished file.

        raises  PortlogError export-state when there is none
        """
        now = self._now_ms()
        if job.status != "success" or job.expires_ms <= now:
            raise _wrong_state(job, "downloaded")
        expires = min(now + LINK_MS, job.expires_ms)
        return Link(expires, sign(self._secret, job.id, job.run, expires))

    def file(self, job: ExportJob) -> Path:
        """The finished file of a job."""
        return self._folder.file(job.id, FORMATS[job.format], gzipped=bool(job.gzip))

    def open(self, job_id: str, expires: str, signature: str) -> Download:
        """The file that a link leads to.

        raises  PortlogError link-refused when the link is not ours, or over; not-found when the file is gone
        """
        expires_ms = int(expires) if expires.isascii() and expires.isdigit() and len(expires) < 16 else 0
        job = self._rows.find(job_id)
        run = job.run if job else 0
        if not is_signed(self._secret, job_id, run, expires_ms, signature) or job is None:
            raise PortlogError("link-refused", "the link is not one that this server gave for this file")
        if expires_ms < self._now_ms():
            raise PortlogError("link-refused", f"the link was good until {iso(expires_ms)}")
        path = self.file(job)
        if job.status != "success" or not path.is_file():
            raise PortlogError("not-found", f"the file of export {job.id} has been deleted", path="id")
        extension = path.name.partition(".")[2]
        name = f"portlog-{iso(job.until_ms)[:10]}-{job.id[:8]}.{extension}"
        return Download(path, FORMATS[job.format], name)

    # -- for a thread of questions -----------------------------------------------------------------------------------

    def count(self, store: Store, workspace: str, order: Order) -> int:
        """How many logs match an order now, over all its pages."""
        return pages.total(store, Reach(workspace, select(order, now_ms=self._now_ms()).where))

    def preview(self, store: Store, workspace: str, order: Order) -> dict[str, Any]:
        """How many logs match, and the first of the file as JSON has them."""
        selection = select(order, now_ms=self._now_ms())
        reach = Reach(workspace, selection.where)
        found = pages.total(store, reach)
        cursor = pages.begin(store, reach, selection.offset)
        limit = min(_PREVIEW_ROWS, selection.limit)
        return {
            "object": "export-preview",
            "total": found,
            "total_records": records(found, selection.offset, selection.limit),
            "rows": _shown(store, reach, order, cursor, limit) if cursor else [],
        }


def _shown(store: Store, reach: Reach, order: Order, cursor: Cursor, limit: int) -> list[dict[str, Any]]:
    if FORMATS[order.format].complete:
        rows = pages.read(store, reach, archive.NEEDED, cursor, limit).rows
        rows = pages.with_feedback(store, reach.workspace, rows)
        return [jsons.decode_any(archive.line_of(row, row[archive.FEEDBACK])) for row in rows]
    fields = fields_named(order.requested)
    return [shown(fields, row) for row in pages.read(store, reach, columns_of(fields), cursor, limit).rows]


def records(total: int, offset: int, limit: int) -> int:
    """How many logs a file will hold."""
    return max(0, min(total - offset, limit))


def item(job: ExportJob) -> dict[str, Any]:
    """A job as the API shows it: ExportItem, and ours behind it."""
    order = order_of(job)
    if job.status == "success":
        expected = job.rows_done
    else:
        limit, offset = page_of(order)
        expected = records(job.total, offset, limit)
    return {
        "id": job.id,
        "organisation_id": job.workspace,
        "filters": order.filters,
        "requested_data": list(order.requested),
        "status": job.status,
        "description": job.description,
        "created_at": iso(job.created_ms),
        "last_updated_at": iso(job.updated_ms),
        "created_by": job.created_by,
        "workspace_id": job.workspace_id,
        "object": "export",
        "total": job.total,
        "total_records": expected,
        "rows_done": job.rows_done,
        "format": job.format,
        "gzip": order.gzip,
        "q": job.q,
        "size_bytes": job.size_bytes if job.status == "success" else None,
        "expires_at": iso(job.expires_ms) if job.expires_ms else None,
        "error": job.error or None,
    }


def _asked(order: Order, workspace: str) -> dict[str, Any]:
    return {
        "workspace_id": order.workspace_id or workspace,
        "description": order.description,
        "filters": jsons.encode(order.filters).decode(),
        "q": order.q,
        "requested": jsons.encode(list(order.requested)).decode(),
        "format": order.format,
        "gzip": int(order.gzip),
    }


_HOW = {
    "draft": "it is a draft; start it first",
    "in_progress": "it is in progress; wait for it or cancel it",
    "success": "its file is there; download it, or update it first",
    "failed": "it failed; start it again",
    "stopped": "it was cancelled; start it again",
}


def _wrong_state(job: ExportJob, what: str) -> PortlogError:
    how = _HOW[job.status]
    if job.status == "success" and what == "downloaded":
        how = "its file was deleted when its time was over; start it again"
    return PortlogError("export-state", f"export {job.id} cannot be {what}: {how}", path="id")
