"""The work of `portlog import`: files of any of the forms into batches of lines, and batches into a server or a directory."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from rich.progress import Progress, TaskID

from portlog.cli.exports import progress
from portlog.cli.parts import fail
from portlog.errors import PortlogError, StartError
from portlog.remote import Refused, Remote
from portlog.settings import Settings

_BATCH_LINES, _BATCH_BYTES = 500, 4 * 1024 * 1024
_LINE_BYTES_MAX = 256 * 1024 * 1024
_WAIT_SECONDS = 0.5


@dataclass
class Counted:
    """What an import came to."""

    logs: int = 0
    new: int = 0  # not stored before, in this or a later revision


Target = Callable[[bytes], int]
"""Takes lines, returns how many of them are new; raises Refused, which names a line as `[index]`."""


def remote_target(remote: Remote) -> Target:
    """A running server."""
    return lambda lines: int(remote.call("POST", "/logs/import", lines=lines)["new"])


def local_target(settings: Settings, stack: contextlib.ExitStack) -> Target:
    """A data directory, which this process opens and `stack` closes."""
    from portlog.api.imports import store_lines
    from portlog.server import opened

    try:
        app = stack.enter_context(opened(settings))
    except StartError as error:
        if "in use" in str(error):
            fail(f"{error}; if that is a server, name it with --server, such as --server http://127.0.0.1:{settings.port or 8790}")
        raise
    runner = stack.enter_context(asyncio.Runner())

    async def store(lines: bytes) -> int:
        while True:
            try:
                return int((await store_lines(app.parts, lines, "default"))["new"])
            except PortlogError as error:
                if error.kind.slug != "overloaded":
                    raise Refused(error.message, error.path) from None
            await asyncio.sleep(_WAIT_SECONDS)

    return lambda lines: runner.run(store(lines))


# -- files -----------------------------------------------------------------------------------------------------


def import_files(files: list[Path], target: Target) -> Counted:
    """Store every line of the files; end the program with a sentence at the first that cannot be read."""
    counted = Counted()
    sizes = [file.stat().st_size if file.is_file() else 0 for file in files]
    with progress("{task.percentage:>3.0f} %") as bar:
        task = bar.add_task("importing", total=max(1, sum(sizes)))
        for file, size in zip(files, sizes, strict=True):
            done = bar.tasks[task].completed
            for batch in _batches(_lines(file, bar, task)):
                counted.new += _store(file, batch, target)
                counted.logs += len(batch)
            bar.update(task, completed=done + size)
    return counted


_Line = tuple[int, bytes]  # its number in the file, from 1, and its text


def _batches(lines: Iterator[_Line]) -> Iterator[list[_Line]]:
    batch: list[_Line] = []
    size = 0
    for line in lines:
        if batch and (len(batch) >= _BATCH_LINES or size + len(line[1]) > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line[1])
    if batch:
        yield batch


def _store(file: Path, batch: list[_Line], target: Target) -> int:
    try:
        return target(b"\n".join(text for _, text in batch))
    except Refused as error:
        found = re.match(r"\[(\d+)\]", error.path)
        if found is None or int(found[1]) >= len(batch):
            fail(f"{file}, lines {batch[0][0]} to {batch[-1][0]}: {error}")
        said = str(error).removeprefix(found[0]).removeprefix(":").lstrip(". ")
        fail(f"{file}, line {batch[int(found[1])][0]}: {said}. The lines before it may be stored; importing again is safe")


def _lines(file: Path, bar: Progress, task: TaskID) -> Iterator[_Line]:
    """The lines of a file that are not empty, whatever form it has."""
    try:
        if str(file) == "-":
            yield from _numbered(sys.stdin.buffer, file)
            return
        with file.open("rb") as source:
            head = source.read(4)
            source.seek(0)
            if head == b"PAR1":
                yield from _of_parquet(file)
            elif head[:2] == b"\x1f\x8b":
                with gzip.GzipFile(fileobj=source) as unpacked:
                    yield from _told(_numbered(unpacked, file), source, bar, task)  # type: ignore[arg-type]
            else:
                yield from _told(_numbered(source, file), source, bar, task)
    except (OSError, EOFError) as error:
        fail(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}")


def _of_parquet(file: Path) -> Iterator[_Line]:
    from portlog.exports.formats import archive_lines

    try:
        yield from enumerate(archive_lines(file), 1)
    except ValueError as error:
        fail(f"{file} cannot be imported: {error}")


def _numbered(source: BinaryIO, file: Path) -> Iterator[_Line]:
    number = 0
    while line := source.readline(_LINE_BYTES_MAX):
        number += 1
        if len(line) >= _LINE_BYTES_MAX:
            fail(f"{file}, line {number}: it is longer than {_LINE_BYTES_MAX} bytes")
        if text := line.removeprefix(b"\xef\xbb\xbf").strip():
            yield number, text


def _told(lines: Iterator[_Line], source: Any, bar: Progress, task: TaskID) -> Iterator[_Line]:
    """The same lines; how far the file is read is shown."""
    began = bar.tasks[task].completed
    for line in lines:
        bar.update(task, completed=began + source.tell())
        yield line
