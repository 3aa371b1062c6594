"""Places that scheduled exports go to: a directory, or an S3-compatible store. A file put there again takes its own place.

What a bucket needs besides its name (credentials, region, endpoint) comes from the environment, by the names that AWS's own
programs read; nothing of it is kept here.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol


class PlaceError(Exception):
    """A place that is none, or that did not take a file; the message says what and how to go on."""


class Place(Protocol):
    """Where files go."""

    def put(self, file: Path, name: str) -> None:
        """Store a file under a name with slashes: whole or not at all.

        raises  PlaceError
        """


def place_of(text: str) -> Place:
    """The place that a text names: `s3://bucket/prefix`, or an absolute path.

    raises  PlaceError
    """
    scheme, found, rest = text.partition("://")
    if not found:
        if not Path(text).is_absolute():
            raise PlaceError(f"{text!r} is no place; name a directory by its absolute path, or s3://BUCKET/PREFIX")
        return Directory(Path(text))
    if scheme != "s3" or not rest.strip("/"):
        raise PlaceError(f"{text!r} is no place; it must be a directory or s3://BUCKET/PREFIX")
    if find_spec("obstore") is None:
        raise PlaceError("for s3:// the package obstore is needed: pip install 'portlog[s3]'")
    return Bucket(text.rstrip("/"))


class Directory:
    """A directory of this machine, made when it is not there."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def put(self, file: Path, name: str) -> None:
        target = self._path / name
        unfinished = target.with_name(f".{target.name}.part")
        try:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with file.open("rb") as source, unfinished.open("wb") as sink:
                shutil.copyfileobj(source, sink, 1024 * 1024)
                sink.flush()
                os.fsync(sink.fileno())
            unfinished.chmod(0o600)
            os.replace(unfinished, target)
            _sync(target.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise PlaceError(f"{target} cannot be written: {error.strerror or error}") from error


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Bucket:
    """A bucket of an S3-compatible store, and a prefix in it. Large files go in parts and are there when all are."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._store: Any = None

    def put(self, file: Path, name: str) -> None:
        import obstore
        from obstore.exceptions import BaseError
        from obstore.store import from_url

        try:
            if self._store is None:
                self._store = from_url(self._url)
            obstore.put(self._store, name, file)
        except (BaseError, OSError, ValueError) as error:
            said = str(error).partition("\n")[0][:300]
            raise PlaceError(f"{self._url}/{name} was not taken: {said}") from error
