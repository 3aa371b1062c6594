"""Posts every capture of a real client to the program and writes what came out into docs/reference/clients.md, in place.

    python tools/gen_clients.py          rewrite the page's tables if they are stale
    python tools/gen_clients.py --check  name the page if it is stale, change nothing; status 1 then, or if a field is wrong

What stands between `<!-- measured: NAME -->` and `<!-- end measured -->` is measured: each request goes in over HTTP as it
was captured, and each field of each log is compared with what was written down by hand (tests/captures.py).
tests/api/test_clients.py does the same with every run of the tests, and fails while the page is stale.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

import httpx  # noqa: E402 - after the path, like all of ours

from portlog.clock import FakeClock  # noqa: E402
from portlog.server import opened  # noqa: E402
from portlog.settings import load  # noqa: E402
from tests import captures  # noqa: E402
from tests.captures import Result  # noqa: E402

PAGE = ROOT / "docs" / "reference" / "clients.md"
BLOCK = re.compile(r"(<!-- measured: (\w+) -->\n).*?(<!-- end measured -->)", re.DOTALL)


def main(words: Sequence[str]) -> int:
    results = measure()
    wrong = [f"{result.group.name}: {fault}" for result in results for fault in result.wrong]
    print("\n".join(wrong), end="\n" if wrong else "")
    text, old = page(results), PAGE.read_text(encoding="utf-8")
    if text != old:
        print(f"{'stale' if '--check' in words else 'written'}: {PAGE.relative_to(ROOT)}")
        if "--check" not in words:
            PAGE.write_text(text, encoding="utf-8")
    return 1 if wrong or (text != old and "--check" in words) else 0


def measure() -> list[Result]:
    """Every capture, posted to a program of its own."""
    clock = FakeClock(captures.CAPTURED_MS)
    with tempfile.TemporaryDirectory() as place, asyncio.Runner() as runner:
        settings = load({"data": Path(place) / "data", "apply_interval_ms": 0, "read_wait_ms": 60_000}, {})
        with opened(settings, clock) as application:

            async def ask(method: str, path: str, body: Any, headers: Mapping[str, str]) -> httpx.Response:
                transport = httpx.ASGITransport(app=application)
                async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                    return await client.request(method, path, content=body, headers=dict(headers))

            def call(method: str, path: str, body: Any, headers: Mapping[str, str]) -> httpx.Response:
                clock.advance(0.1)
                return runner.run(ask(method, path, body, headers))

            return captures.measure_all(call)


def page(results: Iterable[Result]) -> str:
    """The page as it should be."""
    found = list(results)
    blocks = {
        "clients": table([r for r in found if not r.exported]),
        "exporters": table([r for r in found if r.exported]),
        "sums": sums(found),
    }
    return BLOCK.sub(lambda match: f"{match[1]}{blocks[match[2]]}{match[3]}", PAGE.read_text(encoding="utf-8"))


def sums(results: Sequence[Result]) -> str:
    requests = sum(result.requests for result in results)
    right, wrong = sum(r.right for r in results), sum(len(r.wrong) for r in results)
    return f"{len(results)} captures, {requests} requests; {right} fields right, {wrong} wrong.\n"


def table(results: Sequence[Result]) -> str:
    """One line a sender and version, in the order in which they first occur."""
    lines: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        lines.setdefault((result.sender, result.version), []).append(result)
    head = "| sender | version | posts to | captures | right | wrong | not sent |\n|---|---|---|---|---|---|---|\n"
    return head + "".join(_line(*sender, group) for sender, group in lines.items())


def _line(sender: str, version: str, results: Sequence[Result]) -> str:
    paths = ", ".join(f"`{path}`" for path in sorted({result.path for result in results}))
    figures = (
        len(results), sum(r.right for r in results), sum(len(r.wrong) for r in results), sum(r.absent for r in results)
    )  # fmt: skip
    return f"| {sender} | {version} | {paths} | " + " | ".join(map(str, figures)) + " |\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
