"""Every log that a client was ever seen to send opens in every tab of the panel, and nothing in one acts on its reader.

One server and one browser for the module.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests import captures
from tests.e2e.program import Server
from tests.e2e.test_dashboard import (
    CHROMIUM,
    FLAGS,
    Watch,
    axe,
    chat_log,
    expect,
    panel,
    post,
    pytestmark,
    rows,
    sync_api,
)

__all__ = ["pytestmark"]  # skips this module too where there is no browser

TABS = ("Chat", "Request", "Response", "Metadata", "Trace", "Feedback", "Raw")
HOSTILE = (
    "a\u202eb\u200bc <svg onload=alert(1)> <img src=x onerror=alert(1)> "
    "[go](javascript:alert(1)) ![pixel](https://evil.example/p.png)"
)


def send_all(server: Server) -> None:
    """Every capture, once."""
    with httpx.Client(base_url=server.url, timeout=60) as client:
        requests = [
            *(r for group in captures.groups() for name in group.posts for r in captures.requests_of(name)),
            *(r for name, truth in captures.exports().items() for r in captures.export_requests(name, truth["sent"])),
        ]
        for method, path, body, headers in requests:
            reply = client.request(method, path, content=body, headers=own(headers))
            assert reply.status_code == 200, (path, reply.text[:300])


def own(headers: dict[str, str]) -> dict[str, str]:
    """Without those that the connection makes."""
    return {name: value for name, value in headers.items() if name not in ("host", "connection", "transfer-encoding")}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("panel") / "data", {})
    yield server
    server.kill()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any, server: Server) -> Iterator[Any]:
    context = browser.new_context(base_url=server.url, viewport={"width": 1440, "height": 900}, color_scheme="light")
    page = context.new_page()
    watch = Watch(page, server.url)
    yield page
    context.close()
    assert watch.faults == []


def open_newest(page: Any) -> None:
    page.goto("/ui/logs?from=all")
    rows(page).first.click()
    expect(panel(page).get_by_role("tab", name="Chat")).to_be_visible()


def test_a_hostile_log_acts_in_no_tab(page: Any, server: Server) -> None:
    picture = {"type": "image_url", "image_url": {"url": "https://evil.example/p.png"}}
    log = chat_log([{"type": "text", "text": HOSTILE}, picture], HOSTILE)
    log["metadata"] = {"_user": "<b>eve</b>\u202e", "trace_id": "<i>\u202e", "<img src=x>": HOSTILE[:100]}
    log["request"]["headers"] = {"x-evil": "<script>1</script>"}
    post(server, log)
    open_newest(page)
    for number in range(1, 8):
        page.keyboard.press(str(number))
        expect(panel(page).get_by_text("Loading…")).to_have_count(0)
        assert panel(page).locator("img, iframe, script, svg[onload]").count() == 0
        links = panel(page).locator("a[href]").evaluate_all("all => all.map((each) => each.protocol)")
        assert set(links) <= {"http:", "https:"}


def test_each_tab_can_be_read_by_everyone(page: Any, server: Server) -> None:
    post(server, chat_log("Where is my order?", "It is on its way."))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        open_newest(page)
        for number, tab in enumerate(TABS, start=1):
            page.keyboard.press(str(number))
            expect(panel(page).get_by_text("Loading…")).to_have_count(0)
            assert axe(page) == [], (scheme, tab)


def test_a_bad_answer_is_marked_by_keys_alone(page: Any, server: Server) -> None:
    """ux.md 11, task 19: open, Shift+↓, text, Enter."""
    post(server, chat_log("Rate me", "badly"))
    open_newest(page)
    page.keyboard.press("Shift+ArrowDown")
    expect(panel(page).get_by_label("Comment")).to_be_focused()
    page.keyboard.type("wrong order")
    page.keyboard.press("Enter")
    expect(panel(page).get_by_role("listitem").filter(has_text="wrong order")).to_contain_text("-1")


def test_two_marked_logs_are_compared(page: Any, server: Server) -> None:
    """ux.md 11, task 12: x, j, x, d."""
    post(server, chat_log("Who?", "It was sent on Monday"), chat_log("Who?", "It was sent on Friday"))
    page.goto("/ui/logs?from=all")
    rows(page).first.click()
    page.keyboard.press("Escape")
    for key in ("x", "j", "x", "d"):
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="Compare")).to_be_visible()
    assert {page.locator("del").inner_text(), page.locator("ins").inner_text()} == {"Monday", "Friday"}
    assert axe(page) == []


def one_of_each(server: Server) -> list[str]:
    """Ids of logs, one of each kind, provider, status and span name that any client sent."""
    listed = httpx.get(f"{server.url}/v1/logs?page_size=1000", timeout=60).json()["data"]
    found = {(row["kind"], row["ai_org"], row["http_status"], row["span_name"]): row["id"] for row in listed}
    return list(found.values())


GO_TO = "id => { history.pushState(null, '', `/ui/logs?from=all&log=${id}`) }"


@pytest.mark.slow
def test_logs_of_every_client_open_in_every_tab(page: Any, server: Server) -> None:
    """Whatever the body's form: no error in the console, no breach of the policy (the page's own check)."""
    send_all(server)
    open_newest(page)
    for log_id in one_of_each(server):
        page.evaluate(GO_TO, log_id)
        expect(panel(page).get_by_text(log_id)).to_be_visible()
        for number in range(2, 8):
            page.keyboard.press(str(number))
        expect(panel(page).get_by_role("tab", name="Raw")).to_have_attribute("aria-selected", "true")
