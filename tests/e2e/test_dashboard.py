"""Journeys through the dashboard in a real browser, found by role and text as a person finds them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.browser import CHROMIUM
from tests.e2e.conftest import OpenPage, StartServer
from tests.e2e.program import Server, portlog, until

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is in the dev group")
Page = sync_api.Page
expect = sync_api.expect

ROOT = Path(__file__).parents[2]
AXE = ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH"),
    pytest.mark.skipif(
        not (ROOT / "src" / "portlog" / "static" / "index.html").exists(),
        reason="no built dashboard: run `npm run build` in ui/",
    ),
]


def chat_log(question: Any, answer: str, **fields: Any) -> dict[str, Any]:
    return {
        "request": {
            "url": "https://api.openai.com/v1/chat/completions",
            "provider": "openai",
            "headers": {"content-type": "application/json"},
            "body": {"model": "gpt-4o", "messages": [{"role": "user", "content": question}]},
        },
        "response": {
            "status": 200,
            "headers": {},
            "body": {
                "model": "gpt-4o",
                "choices": [{"message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13},
            },
            "response_time": 812,
        },
        "metadata": {"_user": "alice", "environment": "production"},
        **fields,
    }


def post(server: Server, *logs: dict[str, Any]) -> None:
    reply = server.post(list(logs))
    assert reply.status_code == 200, reply.text


def rows(page: Any) -> Any:
    """The rows of the list, without its header."""
    return page.get_by_role("grid", name="Logs").locator("[role=row][aria-rowindex]:not([aria-rowindex='1'])")


def filter_field(page: Any) -> Any:
    return page.get_by_role("combobox", name="Filter")


def panel(page: Any) -> Any:
    return page.get_by_role("complementary", name="Log")


def test_a_log_is_found_opened_and_read(page: Any, server: Server) -> None:
    post(server, chat_log("What is the tallest tent?", "The **Ridge 9** is."))
    page.goto("/ui/")
    expect(page).to_have_url(f"{server.url}/ui/logs")
    page.get_by_role("gridcell", name="What is the tallest tent?").click()
    expect(panel(page).get_by_text("Ridge 9")).to_be_visible()
    expect(panel(page).locator("strong")).to_have_text("Ridge 9")
    expect(panel(page).get_by_text("13 tokens")).to_be_visible()
    panel(page).get_by_role("tab", name="Request").click()
    expect(panel(page).get_by_role("tree", name="Body of the request")).to_be_visible()
    page.keyboard.press("4")
    expect(panel(page).get_by_role("table", name="Metadata")).to_contain_text("production")
    panel(page).get_by_role("link", name="Open as a page").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Log")
    page.reload()
    expect(page.get_by_role("table", name="Metadata")).to_contain_text("production")


def test_the_keyboard_alone_is_enough(page: Any, server: Server) -> None:
    post(server, *[chat_log(f"question {number}", f"answer {number}") for number in range(40)])
    page.goto("/ui/logs")
    expect(rows(page).first).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator("[role=gridcell]:focus")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(panel(page)).to_be_visible()
    first_url = page.url
    page.keyboard.press("j")
    expect(page).not_to_have_url(first_url)
    page.keyboard.press("Escape")
    expect(panel(page)).to_have_count(0)
    expect(page.locator("[role=row]:focus-within")).to_have_attribute("aria-rowindex", "4")
    page.keyboard.press("End")
    expect(page.locator("[role=row]:focus-within")).to_have_attribute("aria-rowindex", "41")
    page.keyboard.press("/")
    page.keyboard.type('"question 7"')
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(1)
    page.keyboard.press("t")
    expect(page.get_by_role("dialog", name="Time range")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Last 24 hours")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()


def test_what_is_unknown_is_not_shown_as_a_number(page: Any, server: Server) -> None:
    log = chat_log("no usage", "hi")
    del log["response"]["body"]["usage"], log["response"]["response_time"]
    log["response"]["status"] = 0
    post(server, log)
    page.goto("/ui/logs")
    rows(page).first.click()
    expect(panel(page).get_by_text("hi", exact=True)).to_be_visible()
    for place in (rows(page).first, panel(page)):
        assert not set(place.inner_text().split()) & {"NaN", "$NaN", "null", "undefined", "tokens", "ms"}


def test_filters_live_in_the_url(page: Any, server: Server) -> None:
    refused = {
        "status": 429,
        "headers": {},
        "response_time": 90,
        "body": {"error": {"message": "Slow down."}},
    }
    post(
        server,
        chat_log("the heliotrope order", "fine"),
        chat_log("another", "heliotrope as well"),
        chat_log("nothing here", "nothing there"),
        chat_log("too fast", "", response=refused),
    )
    page.goto("/ui/logs?q=heliotrope")
    expect(rows(page)).to_have_count(2)
    expect(filter_field(page)).to_have_value("heliotrope")
    page.goto("/ui/logs?q=status:4xx")
    expect(rows(page)).to_have_count(1)
    rows(page).first.click()
    expect(panel(page).get_by_text("Slow down.").first).to_be_visible()
    page.get_by_role("button", name="Clear the filter").click()
    expect(rows(page)).to_have_count(4)
    page.go_back()
    expect(rows(page)).to_have_count(1)
    filter_field(page).fill("status:4xx metadata.environment:staging")
    expect(rows(page)).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="No logs match")).to_be_visible()
    page.get_by_role("button", name="Without metadata.environment:staging: 1 log").click()
    expect(rows(page)).to_have_count(1)
    expect(filter_field(page)).to_have_value("status:4xx")


def test_what_cannot_be_used_is_said_and_not_guessed(open_page: OpenPage, server: Server) -> None:
    post(server, chat_log("hello", "hi"))
    page, watch = open_page(server)
    watch.expected = "400"
    page.goto("/ui/logs?q=mdole:x&from=yesterday")
    expect(page.get_by_text("No field `mdole`. Did you mean `model`?")).to_be_visible()
    expect(page.get_by_text("“yesterday” is not a time.")).to_be_visible()
    expect(rows(page)).to_have_count(0)
    page.goto("/ui/logs")
    expect(rows(page)).to_have_count(1)
    filter_field(page).fill("mdole:gpt-4o")
    page.keyboard.press("Enter")
    expect(filter_field(page)).to_be_focused()
    expect(rows(page)).to_have_count(1)
    assert "mdole" not in page.url
    page.get_by_role("button", name="Use model").click()
    expect(filter_field(page)).to_have_value("model:gpt-4o")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{server.url}/ui/logs?q=model%3Agpt-4o")
    page.goto("/ui/logs?q=model~/(a/")
    expect(page.get_by_text("The regular expression cannot be read")).to_be_visible()


def test_a_refused_question_is_told_once_in_whatever_order_its_parts_answer(open_page: OpenPage, server: Server) -> None:
    """At the filter, and not in the boxes of totals and facets, which were not at fault."""
    page, watch = open_page(server)
    watch.expected = "400"
    held: list[Any] = []
    page.route(re.compile(r"/v1/logs\?"), lambda route: held.append(route))
    with page.expect_response(re.compile("logs/stats")), page.expect_response(re.compile("logs/facets")):
        page.goto("/ui/logs?q=model~/(a/", wait_until="commit")
    until(lambda: held)
    page.wait_for_timeout(300)
    expect(page.get_by_text("could not be")).to_have_count(0)
    for route in held:
        route.continue_()
    expect(page.get_by_role("alert")).to_contain_text("The regular expression cannot be read")
    expect(page.get_by_text("could not be")).to_have_count(0)


def test_live_shows_new_logs_and_never_moves_the_row_one_looks_at(page: Any, server: Server) -> None:
    post(server, chat_log("the first", "one"))
    page.goto("/ui/logs")
    expect(rows(page)).to_have_count(1)
    page.keyboard.press("l")
    expect(page.get_by_role("button", name="Live")).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(f"{server.url}/ui/logs?live=1")
    post(server, chat_log("the second", "two"))
    expect(rows(page)).to_have_count(2)
    rows(page).first.click()
    post(server, chat_log("the third", "three"))
    page.get_by_role("button", name="1 new").click()
    expect(rows(page)).to_have_count(3)
    expect(page.get_by_text("3 logs")).to_be_visible()


def test_the_welcome_page_turns_by_itself(page: Any, server: Server) -> None:
    page.goto("/ui/")
    expect(page).to_have_url(f"{server.url}/ui/welcome")
    expect(page.get_by_text("Listening…")).to_be_visible()
    expect(page.get_by_role("region", name="curl snippet")).to_contain_text(f"curl {server.url}/v1/logs")
    page.get_by_role("button", name="Send a test log").click()
    expect(page.get_by_text("First log received")).to_be_visible()
    page.get_by_role("link", name="open it").click()
    expect(panel(page).get_by_text("Hello, Portlog!")).to_be_visible()


def test_a_key_opens_the_door_and_leads_back(
    open_page: OpenPage, start_server: StartServer, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    key = portlog("keys", "create", "e2e", "--data", data, cwd=tmp_path).stdout.strip()
    server = start_server(data=data, auth="on")
    assert server.post(chat_log("hello", "hi"), **{"x-portkey-api-key": key}).status_code == 200
    page, watch = open_page(server)
    watch.expected = "401"
    page.goto("/ui/logs?user=alice&from=-1h")
    page.get_by_label("API key").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("This key is not known.")).to_be_visible()
    page.get_by_label("API key").fill(key)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{server.url}/ui/logs?user=alice&from=-1h")
    expect(rows(page)).to_have_count(1)
    assert key not in page.evaluate("JSON.stringify(localStorage) + document.cookie")
    page.goto("/ui/welcome")
    expect(page.get_by_role("region", name="curl snippet")).to_contain_text("x-portkey-api-key: YOUR_API_KEY")
    page.get_by_role("button", name="Send a test log").click()
    expect(page.get_by_text("Log received")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("API key")).to_be_visible()
    page.goto("/ui/logs")
    expect(page.get_by_label("API key")).to_be_visible()


def test_it_lives_behind_a_path_prefix(open_page: OpenPage, start_server: StartServer) -> None:
    server = start_server(root_path="/tools/portlog")
    assert server.url.endswith("/tools/portlog")
    post(server, chat_log("hello", "hi"))
    page, _ = open_page(server)
    page.goto(f"{server.url}/ui/logs?q=hello")
    rows(page).first.click()
    expect(panel(page).get_by_text("hi", exact=True)).to_be_visible()
    page.get_by_role("link", name="Send logs").click()
    expect(page).to_have_url(f"{server.url}/ui/welcome")
    expect(page.get_by_role("region", name="curl snippet")).to_contain_text(f"curl {server.url}/v1/logs")


def test_a_failure_stays_in_its_box_and_ends_by_itself(open_page: OpenPage, server: Server) -> None:
    post(server, chat_log("hello", "hi"))
    page, watch = open_page(server)
    watch.expected = "503"
    busy = {"status": 503, "headers": {"Retry-After": "2"}, "json": {"message": "Too much at once."}}
    page.route("**/v1/logs?*", lambda route: route.fulfill(**busy))
    page.goto("/ui/logs")
    expect(page.get_by_text("The logs could not be loaded.")).to_be_visible()
    # The rest of the page is there all the same.
    expect(page.get_by_text("1 log", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="Model")).to_contain_text("gpt-4o")
    page.get_by_text("Details").click()
    expect(page.get_by_text("Status 503. Too much at once.")).to_be_visible()
    page.unroute("**/v1/logs?*")
    expect(rows(page)).to_have_count(1)
    watch.expected = "ERR_INTERNET_DISCONNECTED"
    page.context.set_offline(True)
    expect(page.get_by_text("You are offline.")).to_be_visible()
    expect(rows(page)).to_have_count(1)
    page.context.set_offline(False)
    expect(page.get_by_text("You are offline.")).to_have_count(0)
    watch.expected = "404"
    page.goto("/ui/logs/no-such-log")
    expect(page.get_by_text("This log was not found, or it is past its retention.")).to_be_visible()


def test_dark_is_kept_and_set_before_the_first_paint(page: Any, server: Server) -> None:
    post(server, chat_log("hello", "hi"))
    page.goto("/ui/logs")
    body = page.locator("body")
    expect(body).to_have_css("background-color", "rgb(251, 250, 247)")
    page.get_by_role("button", name="Dark theme").click()
    expect(body).to_have_css("background-color", "rgb(18, 20, 19)")
    page.reload(wait_until="commit")
    page.wait_for_selector("body", state="attached")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


@pytest.mark.skipif(not AXE.exists(), reason="axe-core comes with `npm ci` in ui/")
def test_axe_finds_nothing(open_page: OpenPage, server: Server) -> None:
    page, watch = open_page(server)
    watch.expected = "400"
    refused = {"status": 500, "headers": {}, "response_time": 90, "body": {"error": {"message": "Broken."}}}
    post(server, chat_log("`code`\n\n```py\nreturn 1 # why\n```", "hi"), chat_log("x", "", response=refused))
    page.emulate_media(reduced_motion="reduce")
    page.goto("/ui/welcome")
    expect(page.get_by_role("region", name="curl snippet")).to_be_visible()
    assert axe(page) == []
    page.goto("/ui/logs?q=nowhere")
    expect(page.get_by_text("Without nowhere")).to_be_visible()
    assert axe(page) == []
    page.goto("/ui/logs?q=status:abc")
    expect(page.get_by_text("is not a status")).to_be_visible()
    assert axe(page) == []
    page.goto("/ui/logs")
    expect(rows(page)).to_have_count(2)
    assert axe(page) == []
    for row in rows(page).all():
        row.click()
        for tab in ("Chat", "Request", "Response", "Metadata"):
            panel(page).get_by_role("tab", name=tab).click()
            expect(panel(page).get_by_text("Loading…")).to_have_count(0)
            assert axe(page) == [], tab
    page.keyboard.press("t")
    expect(page.get_by_role("dialog", name="Time range")).to_be_visible()
    assert axe(page) == []
    panel(page).get_by_role("link", name="Open as a page").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Log")
    assert axe(page) == []


@pytest.mark.skipif(not AXE.exists(), reason="axe-core comes with `npm ci` in ui/")
def test_axe_would_find_something(page: Any, server: Server) -> None:
    """The alarm rings when there is reason to."""
    page.goto("/ui/welcome")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert [each.split(":")[0] for each in axe(page)] == ["button-name"]
    page.evaluate("document.querySelector('html').style.setProperty('--text', '#555')")
    assert any(fault.startswith("dark color-contrast") for fault in axe(page))


def axe(page: Any) -> list[str]:
    """What axe finds against WCAG 2.2 AA: all of it in light colours, and in dark ones what colours can do wrong."""
    # It goes in by the debugger, which the policy does not bind.
    page.evaluate(AXE.read_text())
    found = axe_finds(page, ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    page.emulate_media(color_scheme="dark")
    found += [f"dark {fault}" for fault in axe_finds(page, {"type": "rule", "values": ["color-contrast", "link-in-text-block"]})]
    page.emulate_media(color_scheme="light")
    return found


def axe_finds(page: Any, rules: Any) -> list[str]:
    # What fades in or out has other colours on the way.
    page.evaluate(
        """Promise.all(document.getAnimations()
            .filter(({ effect }) => effect.getComputedTiming().endTime < 10_000)  // a bar that says "loading" never ends
            .map(({ finished }) => finished.catch(() => undefined)))"""
    )
    found = page.evaluate("rules => axe.run(document, { runOnly: rules, resultTypes: ['violations'] })", rules)
    return [f"{each['id']}: {[node['html'] for node in each['nodes']]}" for each in found["violations"]]


HOSTILE = """<script>document.title = "taken"</script>
<img src="https://evil.example/pixel.png" onerror="document.title = 'taken'">
<svg onload="document.title = 'taken'"><circle r="9"/></svg>
<iframe src="https://evil.example/"></iframe> <style>body { display: none }</style>

![pixel](https://evil.example/pixel.png) [here](javascript:document.title='taken') [bank](https://evil.example/login)

| a |
|:-:|
| b |

user\u202enimda zero\u200bwidth"""


def test_a_hostile_log_cannot_act(page: Any, server: Server) -> None:
    content = [
        {"type": "text", "text": HOSTILE},
        {"type": "image_url", "image_url": {"url": "https://evil.example/cat.png"}},
        {
            "type": "image_url",
            "image_url": {"url": "data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+"},
        },
        {"type": "image_url", "image_url": {"url": "javascript:document.title='taken'"}},
    ]
    log = chat_log(content, HOSTILE)
    log["metadata"] = {"_user": "<b>eve</b>\u202e", "<img src=x onerror=alert(1)>": HOSTILE[:100]}
    log["request"]["headers"] = {"x-evil": "<script>1</script>"}
    post(server, log)
    page.goto("/ui/logs")
    rows(page).first.click()
    expect(panel(page).get_by_text("⟨U+202E⟩").first).to_be_visible()
    expect(panel(page).get_by_text("⟨U+200B⟩").first).to_be_visible()
    load = panel(page).get_by_role("link", name="Load from evil.example").first
    expect(load).to_have_attribute("rel", "noopener noreferrer")
    links = panel(page).locator("a[href]").evaluate_all("all => all.map((each) => each.protocol)")
    assert set(links) <= {"http:", "https:"}
    assert panel(page).locator("img, svg circle, iframe, style, script").count() == 0
    for tab in ("Request", "Response", "Metadata"):
        panel(page).get_by_role("tab", name=tab).click()
        page.wait_for_timeout(200)
        assert panel(page).locator("img, iframe, script").count() == 0
    assert "taken" not in page.title()
