"""Every page of the dashboard, with a log on it that tries everything: nothing it holds acts, everyone can read the page, and
it fits where there is little room. A breach of the policy, a request that leaves, or an error fails each test (`Watch`)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import WAIT_MS, OpenPage, Serve
from tests.e2e.program import Server
from tests.e2e.test_dashboard import AXE, HOSTILE, axe, chat_log, expect, pytestmark, sync_api

__all__ = ["pytestmark"]  # skips this module too where there is no browser

EVIL = "<img src=x onerror=\"document.title='taken'\">=cmd|'/c calc'!A1\u202e"
PAGES = (
    "logs", "logs?log={a}", "logs?log={a}&tab=request", "logs?log={a}&tab=raw", "logs/{a}?tab=metadata", "traces",
    "traces/evil%2Ftrace", "traces/evil%2Ftrace?span={a}", "traces/evil%2Ftrace?show=list", "traces/evil%2Ftrace?order=self", "analytics/overview?by=model", "analytics/users", "analytics/errors",
    "analytics/cache", "analytics/feedback", "groups/model", "groups/user", "groups/metadata:team", "feedback", "exports?make=1",
    "keys", "settings/general", "settings/retention", "settings/prices", "settings/privacy", "settings/views", "settings/about",
    "diff?a={a}&b={b}", "welcome", "login", "nowhere",
)  # fmt: skip


@pytest.fixture(scope="module")
def server(serve: Serve) -> Server:
    """Logs whose every field is hostile, with feedback, a view, a key and an export of such names."""
    server = serve()
    at = datetime.now(UTC).isoformat()
    made = []
    for number in range(2):
        log = chat_log(f"{HOSTILE} {number}", HOSTILE, trace_id="evil/trace", span_id=f"s{number}", span_name=EVIL, created_at=at)
        log["request"]["body"]["model"] = log["response"]["body"]["model"] = EVIL
        log["request"]["provider"] = EVIL
        log["request"]["headers"] = {"x-evil": EVIL}
        log["request"]["body"]["tools"] = [{"type": "function", "function": {"name": EVIL, "description": HOSTILE}}]
        log["metadata"] = {"_user": EVIL, "_session": EVIL, "team": EVIL, EVIL: HOSTILE}
        if number:
            log["parent_span_id"] = "s0"
            log["response"]["status"] = 500
            log["response"]["body"] = {"error": {"message": HOSTILE, "type": EVIL, "code": EVIL}}
        made.append(log)
    assert server.post(made).status_code == 200
    server.settle()
    for path, body in {
        "/v1/feedback": {"trace_id": "evil/trace", "value": -1, "metadata": {"comment": HOSTILE}},
        "/v1/views": {"name": EVIL, "q": 'user:"<b>"'}, "/v1/api-keys": {"name": EVIL}, "/v1/logs/exports": {"description": EVIL},
    }.items():  # fmt: skip
        assert httpx.post(f"{server.url}{path}", json=body, timeout=30).status_code == 200, path
    return server


@pytest.fixture(scope="module")
def pages(server: Server) -> tuple[str, ...]:
    a, b = (row["id"] for row in server.get("/v1/logs")["data"])
    return tuple(f"/ui/{path.format(a=a, b=b)}" for path in PAGES)


def shown(page: Any, path: str) -> None:
    """Go to a page and wait until all of it is there."""
    page.goto(path)
    page.get_by_role("heading", level=1).first.wait_for(state="attached")
    page.wait_for_load_state("networkidle")
    expect(page.locator("[data-stale=true], [aria-busy=true]")).to_have_count(0)


def acts(page: Any) -> list[str]:
    """What a log has done to a page."""
    main = page.locator("main")
    links = main.locator("a[href]").evaluate_all("all => all.map((each) => each.protocol)")
    found = {
        "title": page.title() == "taken" or "\u202e" in page.title(),
        "elements": main.locator(":is(img, iframe, script, style, object, embed)").count() > 0,
        "links": not set(links) <= {"http:", "https:"},
        "hidden characters": "\u202e" in main.inner_text(),
    }
    return [name for name, is_so in found.items() if is_so]


WIDTH = "Math.max(document.documentElement.scrollWidth, document.querySelector('main').scrollWidth)"


def too_wide(page: Any) -> list[str]:
    """How wide a page stays in 320 pixels, if it is wider: what changes with the room takes a moment to do so."""
    page.set_viewport_size({"width": 320, "height": 640})
    try:
        page.wait_for_function(f"() => {WIDTH} <= 320", timeout=WAIT_MS)
    except sync_api.TimeoutError:
        return [f"{page.evaluate(WIDTH)} pixels"]
    finally:
        page.set_viewport_size({"width": 1440, "height": 900})
    return []


@pytest.mark.skipif(not AXE.exists(), reason="axe-core comes with `npm ci` in ui/")
def test_on_each_page_nothing_acts_all_can_be_read_and_it_fits(open_page: OpenPage, server: Server, pages: tuple[str, ...]) -> None:
    page, _ = open_page(server)
    page.emulate_media(reduced_motion="reduce")
    found = {}
    for path in pages:
        shown(page, path)
        found[path] = [*acts(page), *axe(page), *too_wide(page)]
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Page, view, action or id").wait_for()
    found["commands"] = axe(page)
    assert {path: faults for path, faults in found.items() if faults} == {}
