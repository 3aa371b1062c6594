"""The built dashboard: its own files and nothing else, under one strict policy, wherever a proxy serves it."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from portlog.api import ui
from tests.api.conftest import House

PACKED = gzip.compress(b"plain", mtime=0)
INDEX = '<!doctype html><head><base href="/ui/" /><script src="assets/app-1a2b.js"></script></head>'


@pytest.fixture(autouse=True)
def static(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A built dashboard, and beside it files that are nobody's business."""
    root = tmp_path / "static"
    (root / "assets").mkdir(parents=True)
    (root / "index.html").write_text(INDEX)
    (root / "icon.svg").write_text("<svg/>")
    (root / ".built-from").write_text("hidden")
    (root / "assets" / "app-1a2b.js").write_text("plain")
    (root / "assets" / "app-1a2b.js.br").write_bytes(b"brotli")
    (root / "assets" / "app-1a2b.js.gz").write_bytes(PACKED)
    (tmp_path / "secret.txt").write_text("SECRET")
    (tmp_path / "static-beside").mkdir()
    (tmp_path / "static-beside" / "secret.txt").write_text("SECRET")
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    monkeypatch.setattr(ui, "STATIC", root)
    ui._index.cache_clear()
    yield root
    ui._index.cache_clear()


@pytest.mark.parametrize("path", ["/ui/", "/ui/logs", "/ui/logs/0f5c", "/ui/index.html", "/ui/a/b/c", "/ui/icon", "/ui/logs/"])
def test_every_page_is_the_one_page(house: House, path: str) -> None:
    reply = house.get(path)
    assert (reply.status_code, reply.text) == (200, INDEX)
    assert reply.headers["content-type"].startswith("text/html")
    assert reply.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/ui/", "/ui/assets/app-1a2b.js", "/ui/assets/none.js", "/ui/icon.svg"])
def test_every_answer_has_the_security_headers(house: House, path: str) -> None:
    headers = house.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["style-src"] == policy["base-uri"] == "'self'"
    assert policy["object-src"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"] and "http" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_the_base_of_links_is_where_the_proxy_serves_us(house: House) -> None:
    page = house.variant(root_path="/deep/portlog").get("/deep/portlog/ui/logs").text
    assert page == INDEX.replace('"/ui/"', '"/deep/portlog/ui/"')
    assert house.get("/ui/").text == INDEX


def test_hashed_files_are_kept_for_ever_and_others_asked_for_again(house: House) -> None:
    asset, icon = house.get("/ui/assets/app-1a2b.js"), house.get("/ui/icon.svg")
    assert "immutable" in asset.headers["cache-control"] and "max-age=31536000" in asset.headers["cache-control"]
    assert icon.headers["cache-control"] == "no-cache"
    assert asset.headers["content-type"].startswith("text/javascript") and icon.headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize(
    ("accepted", "encoding", "content"),
    [("gzip, deflate, br", "br", b"brotli"), ("gzip;q=1.0", "gzip", PACKED), ("", None, b"plain"), ("identity", None, b"plain")],
)
def test_a_packed_file_is_sent_to_those_who_take_it(house: House, accepted: str, encoding: str | None, content: bytes) -> None:
    status, headers, body = house.raw("/ui/assets/app-1a2b.js", headers={"accept-encoding": accepted})
    assert (status, headers.get("content-encoding"), body) == (200, encoding, content)
    assert headers["vary"] == "accept-encoding"
    assert headers["content-type"].startswith("text/javascript")


def test_a_missing_asset_is_a_404_and_not_the_page(house: House) -> None:
    """A page served as a script would be cached as one."""
    assert house.get("/ui/assets/old-9z.js").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/ui/../secret.txt", "/ui/../../secret.txt", "/ui/assets/../../secret.txt", "/ui/..%2fsecret.txt", "/ui/%2e%2e/secret.txt",
     "/ui/..\\secret.txt", "/ui/../static-beside/secret.txt", "/ui//etc/passwd", "/ui/./../secret.txt", "/ui/link.txt", "/ui/.built-from",
     "/ui/assets/app-1a2b.js.gz", "/ui/assets", "/ui/assets/", "/ui/secret.txt\0.js", "/ui/\0", "/ui/" + "a" * 300, "/ui/" + "a/" * 3000,
     "/ui/\udcff", "/ui/~root", "/ui/C:\\x", "/ui/é"],
    ids=lambda path: repr(path)[:40],
)  # fmt: skip
def test_nothing_outside_the_built_files_is_ever_sent(house: House, path: str) -> None:
    status, _, body = house.raw(path.encode("utf-8", "replace").decode())
    assert b"SECRET" not in body and b"root:" not in body and b"hidden" not in body and body != PACKED
    assert status in (200, 404)
    assert status == 404 or body == INDEX.encode()


@pytest.mark.parametrize("path", ["/ui/", "/ui/logs", "/ui/assets/app.js"])
def test_without_a_build_the_answer_says_so_in_a_sentence(house: House, static: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr(ui, "STATIC", static / "nowhere")
    reply = house.get(path)
    assert reply.status_code == 503
    assert "The API works as it is" in reply.text
    assert reply.headers["content-type"].startswith("text/plain")
    assert "content-security-policy" in reply.headers
