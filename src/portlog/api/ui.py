"""The built dashboard under `/ui/`: hashed files for ever, `index.html` for every page, one strict policy.

A log's content is attacker text; the policy lets the page load and run nothing but our own files.
"""

from __future__ import annotations

import mimetypes
from functools import lru_cache
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from portlog.api.parts import parts_of

STATIC = Path(__file__).resolve().parent.parent / "static"

SECURITY_HEADERS = {
    "content-security-policy": "default-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' data: blob:; worker-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
_BASE = '<base href="/ui/" />'
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_NOT_BUILT = (
    "The dashboard is not part of this installation: it was installed with PORTLOG_SKIP_UI=1, or from a tree "
    "where the build was skipped. Install again without it. The API works as it is.\n"
)


async def to_ui(request: Request) -> Response:
    """`GET /` goes to the dashboard."""
    return RedirectResponse(f"{parts_of(request).settings.root_path}/ui/")


async def ui(request: Request) -> Response:
    """`GET /ui/…`: a built file if there is one of that name, else the page."""
    path = request.path_params.get("path", "")
    if file := _file(path):
        return _send(request, file)
    if not (STATIC / "index.html").is_file():
        return PlainTextResponse(_NOT_BUILT, 503, headers=SECURITY_HEADERS)
    if path.startswith("assets/"):
        return PlainTextResponse("no such file\n", 404, headers=SECURITY_HEADERS)
    return Response(
        _index(parts_of(request).settings.root_path),
        media_type="text/html",
        headers=SECURITY_HEADERS | {"cache-control": "no-cache"},
    )


def _file(path: str) -> Path | None:
    """The built file at `path`, never one outside the folder, never a hidden or pre-compressed one."""
    if not path or path == "index.html" or path.endswith((".br", ".gz")):
        return None
    hidden = any(part.startswith(".") for part in Path(path).parts)
    try:
        file = (STATIC / path).resolve()
        return file if file.is_relative_to(STATIC) and file.is_file() and not hidden else None
    except (OSError, ValueError):  # a name that no file system takes: too long, or with a NUL
        return None


def _send(request: Request, file: Path) -> Response:
    headers = dict(SECURITY_HEADERS)
    hashed = file.parent.name == "assets"
    headers["cache-control"] = "public, max-age=31536000, immutable" if hashed else "no-cache"
    headers["vary"] = "accept-encoding"
    accepted = {item.partition(";")[0].strip() for item in request.headers.get("accept-encoding", "").split(",")}
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    for encoding, suffix in _ENCODINGS:
        packed = file.with_name(file.name + suffix)
        if encoding in accepted and packed.is_file():
            headers["content-encoding"] = encoding
            return Response(packed.read_bytes(), media_type=media_type, headers=headers)
    return Response(file.read_bytes(), media_type=media_type, headers=headers)


@lru_cache(maxsize=1)
def _index(root_path: str) -> bytes:
    """The page, with the base of its links set to where a proxy serves us."""
    html = (STATIC / "index.html").read_text(encoding="utf-8")
    assert html.count(_BASE) == 1, f"the built index.html must hold {_BASE} once"
    return html.replace(_BASE, f'<base href="{escape(root_path)}/ui/" />').encode()
