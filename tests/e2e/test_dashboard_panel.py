"""Every log that a client was ever seen to send opens in every tab of the panel, and nothing in one acts on its reader.

One server and one browser for the module.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests import captures
from tests.e2e.conftest import Serve
from tests.e2e.program import Server
from tests.e2e.test_dashboard import (
    axe,
    chat_log,
    expect,
    panel,
    post,
    pytestmark,
    rows,
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
def server(serve: Serve) -> Server:
    return serve()


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
    open_newest(page)
    for number, tab in enumerate(TABS, start=1):
        page.keyboard.press(str(number))
        expect(panel(page).get_by_text("Loading…")).to_have_count(0)
        assert axe(page) == [], tab


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


def field(page: Any) -> Any:
    return panel(page).get_by_role("searchbox", name="Find in this log")


def test_a_text_is_found_in_the_tab_shown(page: Any, server: Server) -> None:
    """Marked where it stands, counted, gone through by Enter and n; the link says it."""
    lines = "\n".join(f"line {number}" + (" Needle." if number % 50 == 0 else "") for number in range(1, 201))
    post(server, chat_log(lines, "**Nee**dle in bold"))
    open_newest(page)
    page.keyboard.press("f")
    field(page).fill("needle")
    expect(panel(page).get_by_role("status")).to_have_text("5 found")
    page.keyboard.press("Enter")
    expect(panel(page).get_by_role("status")).to_have_text("1 of 5")
    assert page.evaluate("[...CSS.highlights.get('found-now')].map(String)") == ["Needle"]
    page.keyboard.press("Shift+Enter")
    expect(panel(page).get_by_role("status")).to_have_text("5 of 5")
    expect(panel(page).get_by_text("in bold")).to_be_in_viewport()
    assert axe(page) == []
    page.reload()
    expect(panel(page).get_by_role("status")).to_have_text("5 found")
    page.keyboard.press("n")
    expect(panel(page).get_by_role("status")).to_have_text("1 of 5")
    panel(page).get_by_role("button", name="Stop finding").click()
    expect(field(page)).to_have_count(0)
    assert "find=" not in page.url


def test_find_has_a_button_too(page: Any, server: Server) -> None:
    post(server, chat_log("Who?", "Me"))
    open_newest(page)
    panel(page).get_by_role("button", name="Find in this log").click()
    expect(field(page)).to_be_focused()


def test_sources_of_an_answer_say_where_they_lead(page: Any, server: Server) -> None:
    log = chat_log("Which tents?", "Two fit.")
    log["response"]["body"]["choices"][0]["message"]["annotations"] = [
        {"type": "url_citation", "url_citation": {"url": "https://example.com/tents", "title": "All tents"}},
        {"type": "url_citation", "url_citation": {"url": "javascript:alert(1)", "title": HOSTILE}},
    ]
    post(server, log)
    open_newest(page)
    sources = panel(page).get_by_role("list", name="Sources").get_by_role("listitem")
    expect(sources).to_have_count(2)
    expect(sources.first).to_contain_text("All tents (example.com)")
    assert sources.first.get_by_role("link").get_attribute("href") == "https://example.com/tents"
    expect(sources.last.get_by_role("link")).to_have_count(0)


def test_what_a_tool_takes_is_told_in_words(page: Any, server: Server) -> None:
    properties = {"city": {"type": "string", "description": "Where it rains"}, "days": {"type": "integer"}}
    log = chat_log("Rain?", "Yes.")
    schema = {"type": "object", "properties": properties, "required": ["city"]}
    log["request"]["body"]["tools"] = [{"type": "function", "function": {"name": "weather", "parameters": schema}}]
    post(server, log)
    open_newest(page)
    panel(page).get_by_text("1 tool offered").click()
    panel(page).get_by_role("group").get_by_text("weather", exact=True).click()
    parameters = panel(page).get_by_label("Parameters of weather")
    expect(parameters).to_contain_text("city string")
    expect(parameters).to_contain_text("Where it rains")
    expect(parameters).to_contain_text("days integer, optional")
    assert axe(page) == []


def test_pauses_of_a_stream_are_told(page: Any, server: Server) -> None:
    """Traceloop marks each chunk by an event."""
    now = time.time_ns()
    seconds = (0.4, 0.5, 2.0, 2.1)
    marks = [{"name": "gen_ai.content.completion.chunk", "timeUnixNano": str(now + int(s * 1e9))} for s in seconds]
    attributes = {"gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o", "gen_ai.operation.name": "chat",
                  "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "Slowly?",
                  "gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": "Yes."}  # fmt: skip
    span = {
        "traceId": "5" * 32, "spanId": "6" * 16, "name": "openai.chat", "kind": 3,
        "startTimeUnixNano": str(now), "endTimeUnixNano": str(now + 2_200_000_000), "events": marks,
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()],
    }  # fmt: skip
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    assert httpx.post(f"{server.url}/v1/traces", json=body, timeout=60).status_code == 200
    server.settle()
    open_newest(page)
    expect(panel(page).get_by_label("Stream", exact=True)).to_contain_text("paused 1.50 s at 500 ms")


def test_a_find_deep_in_a_body_is_shown(page: Any, server: Server) -> None:
    """The tree opens the way to it; its own search leaves only what was found."""
    log = chat_log("deep", "answer")
    log["request"]["body"]["tools"] = [
        {"type": "function", "function": {"name": f"tool_{number}", "parameters": {"deep": {"deeper": f"v{number}"}}}}
        for number in range(400)
    ]
    post(server, log)
    open_newest(page)
    page.keyboard.press("2")
    tree = panel(page).get_by_role("tree", name="Body of the request")
    expect(tree).to_be_visible()
    page.keyboard.press("f")
    field(page).fill("v399")
    page.keyboard.press("Enter")
    expect(panel(page).get_by_role("status").first).to_have_text("1 of 1")
    expect(tree.get_by_role("treeitem").filter(has_text="v399")).to_be_in_viewport()
    page.keyboard.press("Escape")
    panel(page).get_by_role("searchbox", name="Search: Body of the request").fill("tool_77")
    expect(tree.get_by_role("treeitem")).to_have_count(5)
    assert axe(page) == []


def test_a_big_log_is_read_beside_the_page(page: Any, server: Server) -> None:
    """Read in a worker, drawn a window at a time."""
    lines = [f"fact {number}: " + "x" * 80 for number in range(20_000)]
    post(server, chat_log("big", "\n".join(lines)))
    open_newest(page)
    expect(panel(page).get_by_text("fact 1:")).to_be_visible()
    assert len(page.workers) == 1
    page.keyboard.press("3")
    panel(page).get_by_role("button", name="Raw").click()
    text = panel(page).get_by_role("region", name="Raw response body")
    expect(text).to_contain_text("fact 0")
    page.keyboard.press("f")
    field(page).fill("fact 19999")
    page.keyboard.press("Enter")
    expect(panel(page).get_by_role("status")).to_have_text("1 of 1")
    expect(text.get_by_text("fact 19999")).to_be_in_viewport()
    assert text.locator("> div > div").count() < 150


# What makes a log another one to open: of a form not seen before, or of a sender.
FORMS = ("kind", "ai_org", "outcome")
SENT = (*FORMS, "http_status", "span_name")


def one_of_each(server: Server, fields: tuple[str, ...]) -> list[str]:
    """Ids of logs, one of each combination of `fields` that any client sent."""
    server.settle()
    listed = httpx.get(f"{server.url}/v1/logs?page_size=1000", timeout=60).json()["data"]
    return list({tuple(row[field] for field in fields): row["id"] for row in listed}.values())


# The router's own way, without loading the page anew.
GO_TO = "path => { history.pushState(null, '', path); dispatchEvent(new PopStateEvent('popstate')) }"
# Presses each key once the tab before it is drawn; a tab that came to nothing has no text.
PRESS_ALL = """async () => {
  const drawn = () => {
    const tab = document.querySelector('[role=tabpanel]');
    return tab && tab.innerText && !tab.innerText.includes('Loading…');
  };
  for (const key of ['1', '2', '3', '4', '5', '6', '7']) {
    document.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    const end = performance.now() + 20_000;
    do await new Promise((done) => setTimeout(done, 5));
    while (performance.now() < end && !(drawn() && selected() === key));
    if (!drawn() || selected() !== key) return `tab ${key}`;
  }
  return null;
  function selected() {
    return String([...document.querySelectorAll('[role=tab]')].findIndex((tab) => tab.ariaSelected === 'true') + 1);
  }
}"""


@pytest.mark.parametrize("fields", [pytest.param(FORMS, id="forms"), pytest.param(SENT, id="sent", marks=pytest.mark.slow)])
def test_logs_of_every_client_open_in_every_tab(page: Any, server: Server, fields: tuple[str, ...]) -> None:
    """Whatever the body's form: no error in the console, no breach of the policy (the page's own check)."""
    send_all(server)
    page.goto("/ui/logs?from=all")
    for log_id in one_of_each(server, fields):
        page.evaluate(GO_TO, f"/ui/logs/{quote(log_id, safe='')}")
        expect(page.get_by_role("heading", level=1, name=f"Log {log_id}")).to_have_count(1)
        assert page.evaluate(PRESS_ALL) is None, log_id
