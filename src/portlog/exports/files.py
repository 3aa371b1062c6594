"""Files of exports in the data directory: made beside their place, synced, renamed; and links that let one be fetched.

    <id>.part          chunks so far; cut back to the last kept end before more is written
    <id>.jsonl         the finished file, or .csv, .parquet, with .gz.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
from collections.abc import Iterable
from pathlib import Path

from portlog.exports.formats import Format, file_extension

LINK_MS = 3_600_000  # how long a signed link is good for


class Folder:
    """The directory of the finished and unfinished files."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def part(self, job_id: str) -> Path:
        """The unfinished file."""
        return self.path / f"{job_id}.part"

    def file(self, job_id: str, format_: Format, *, gzipped: bool) -> Path:
        """The finished file."""
        return self.path / f"{job_id}.{file_extension(format_, gzipped=gzipped)}"

    def append(self, job_id: str, offset: int, chunk: bytes) -> int:
        """Write a chunk at `offset`, drop what may stand behind, sync; return the new end.

        raises  FileNotFoundError when the file is not there or shorter: begin anew; OSError when the disk is full
        """
        part = self.part(job_id)
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC if offset == 0 else os.O_RDWR
        with os.fdopen(os.open(part, flags, 0o600), "r+b", buffering=0) as file:
            if file.seek(0, os.SEEK_END) < offset:
                raise FileNotFoundError(f"{part} is shorter than {offset} bytes")
            file.truncate(offset)
            file.seek(offset)
            rest = memoryview(chunk)
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        return offset + len(chunk)

    def finish(self, job_id: str, format_: Format, *, gzipped: bool) -> int:
        """Give the finished file its place; return its size. May be done again after a crash."""
        part, file = self.part(job_id), self.file(job_id, format_, gzipped=gzipped)
        if format_.finish is not None:
            made = part.with_suffix(".new")
            format_.finish(part, made)
            os.replace(made, file)
        else:
            os.replace(part, file)
        file.chmod(0o600)
        self._sync()
        return file.stat().st_size

    def drop_part(self, job_id: str) -> None:
        """Delete the chunks of a file that is finished and noted as such."""
        self.part(job_id).unlink(missing_ok=True)

    def unfinish(self, job_id: str, format_: Format, *, gzipped: bool) -> None:
        """After a crash between the rename and the note of it: the file is unfinished again."""
        part, file = self.part(job_id), self.file(job_id, format_, gzipped=gzipped)
        if format_.finish is None and not part.exists() and file.exists():
            os.replace(file, part)

    def remove(self, job_id: str) -> None:
        """Delete every file of a job."""
        for path in self.path.glob(f"{job_id}.*"):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()

    def sweep(self, known: Iterable[str]) -> None:
        """Delete the files of jobs that are not among `known`."""
        ids = set(known)
        for path in self.path.iterdir():
            if path.name.partition(".")[0] not in ids:
                with contextlib.suppress(FileNotFoundError):
                    path.unlink()

    def _sync(self) -> None:
        handle = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sign(secret: bytes, job_id: str, run: int, expires_ms: int) -> str:
    """The signature of a link to the file that run number `run` of a job has made."""
    return hmac.new(secret, f"export\n{job_id}\n{run}\n{expires_ms}".encode(), hashlib.sha256).hexdigest()


def is_signed(secret: bytes, job_id: str, run: int, expires_ms: int, signature: str) -> bool:
    """Whether that is the signature; takes the same time wherever it differs."""
    return hmac.compare_digest(sign(secret, job_id, run, expires_ms).encode(), signature.encode())
