"""What the dashboard shows when there is nothing, nothing yet, or something wrong: ux.md's table of states, row by row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.browser import watched
from tests.e2e.conftest import Serve, StartServer
from tests.e2e.program import Server
from tests.e2e.test_dashboard import (
    chat_log,
    expect,
    filter_field,
    post,
    pytestmark,
    rows,
)

__all__ = ["pytestmark"]  # skips this module too where there is no browser

REFUSED = {"message": "q: too deep.", "error": {"param": "q"}, "data": {"errors": [{"start": 0, "end": 5, "message": "Too deep."}]}}


@pytest.fixture(scope="module")
def server(serve: Serve) -> Server:
    server = serve()
    post(server, chat_log("hello", "hi"), chat_log("bye", "so long", metadata={"_user": "bob", "trace_id": "t1"}))
    return server


@pytest.fixture
def page(browser: Any, server: Server) -> Iterator[Any]:
    """An empty page; requests may fail here, but nothing else may go wrong."""
    with watched(browser, server) as (page, watch):
        watch.expected = "Failed to load resource"
        yield page


def answer(page: Any, address: str, status: int, body: dict[str, Any], **headers: str) -> None:
    page.route(address, lambda route: route.fulfill(status=status, json=body, headers=headers))


# -- no match --------------------------------------------------------------------------------------------------


def test_the_clause_that_empties_the_list_is_named_and_goes_by_a_click(page: Any) -> None:
    page.goto("/ui/logs?q=user%3Abob+model%3Anone")
    expect(page.get_by_role("heading", name="No logs match")).to_be_visible()
    expect(page.get_by_role("button", name="Without user:bob")).to_have_count(0)
    page.get_by_role("button", name="Without model:none: 1 log").click()
    expect(rows(page)).to_have_count(1)


def test_what_would_help_is_not_denied_when_it_could_not_be_counted(page: Any) -> None:
    counting = re.compile(r"/v1/logs\?.*include_total=true")
    answer(page, counting, 500, {"message": "Broken."})
    page.goto("/ui/logs?q=user%3Abob+model%3Anone")
    expect(page.get_by_text("What would help could not be counted.")).to_be_visible()
    expect(page.get_by_text("No single filter is to blame")).to_have_count(0)
    page.unroute(counting)
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("button", name="Without model:none: 1 log")).to_be_visible()


# -- loading, slow ---------------------------------------------------------------------------------------------


def test_old_rows_stay_dimmed_under_a_bar_until_the_new_ones_come(page: Any) -> None:
    page.goto("/ui/logs")
    expect(rows(page)).to_have_count(2)
    held: list[Any] = []
    page.route("**/v1/logs?*", lambda route: held.append(route))
    filter_field(page).fill("user:bob")
    page.keyboard.press("Enter")
    expect(page.locator("[data-stale=true]").filter(has=page.get_by_role("grid", name="Logs"))).to_have_count(1)
    expect(page.locator("[data-on=true]")).to_have_count(1)
    expect(rows(page)).to_have_count(2)
    held[0].continue_()
    expect(rows(page)).to_have_count(1)
    expect(page.locator("[data-on=true]")).to_have_count(0)


@pytest.mark.parametrize(("path", "address", "found", "asked"), [
    ("logs", "**/v1/logs?*", "bye", "/v1/logs"),
    ("traces", "**/v1/traces?*", "bye", "/v1/traces"),
    ("groups/model", "**/v1/analytics/groups/**", "gpt-4o", "/v1/analytics/groups/model"),
    ("groups/metadata%3A_user", "**/v1/analytics/groups/**", "bob", "/v1/analytics/groups/metadata._user"),
])  # fmt: skip
def test_any_slow_page_says_so_and_how_far_it_is_and_escape_stops_it(page: Any, path: str, address: str, found: str, asked: str) -> None:
    page.route(address, lambda route: None)
    others = [{"path": asked, "rows_read": None}, {"path": "/v1/logs/stats", "rows_read": 1, "rows_to_read": None}]
    ours = {"path": asked, "rows_read": 3_145_728, "rows_to_read": 8_700_000}
    answer(page, "**/v1/questions?asked_by=*", 200, {"data": [others[1], ours]})
    page.goto(f"/ui/{path}")
    expect(page.get_by_text(re.compile(r"Still looking, \d s, 3,145,728 of 8,700,000 rows read\. Esc stops\."))).to_be_visible()
    answer(page, "**/v1/questions?asked_by=*", 200, {"data": others})
    expect(page.get_by_text(re.compile(r"Still looking, \d s\. Esc stops\."))).to_be_visible()
    expect(page.get_by_role("button", name="Narrow to last hour")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Loading was stopped.")).to_be_visible()
    page.unroute(address)
    page.get_by_role("button", name="Load", exact=True).click()
    expect(page.get_by_text(found).first).to_be_visible()


# -- partial, error --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("address", "sentence", "others"), [
    ("**/v1/logs?*", "The logs could not be loaded.", ["totals", "facets"]),
    ("**/v1/logs/stats?*", "The totals could not be loaded.", ["rows", "facets"]),
    ("**/v1/logs/facets?*", "The values could not be counted.", ["rows", "totals"]),
])  # fmt: skip
def test_parts_fail_separately_each_in_its_own_box(page: Any, address: str, sentence: str, others: list[str]) -> None:
    answer(page, address, 500, {"message": "Broken."}, **{"x-portkey-request-id": "r-17"})
    page.goto("/ui/logs")
    parts = {
        "rows": rows(page).first,
        "totals": page.get_by_text("2 logs", exact=True),
        "facets": page.get_by_role("region", name="Model"),
    }
    box = page.get_by_role("alert").filter(has_text=sentence)
    expect(box).to_be_visible()
    for name, part in parts.items():
        expect(part).to_be_visible() if name in others else expect(part).to_have_count(0)
    box.get_by_text("Details").click()
    expect(box.get_by_text("Status 500. Broken. Request r-17.")).to_be_visible()
    page.unroute(address)
    box.get_by_role("button", name="Retry").click()
    expect(box).to_have_count(0)
    expect(rows(page).first).to_be_visible()


def test_a_word_that_the_server_refuses_is_marked_and_the_rows_stay(page: Any) -> None:
    page.goto("/ui/logs")
    expect(rows(page)).to_have_count(2)
    answer(page, re.compile(r"/v1/.*[?&]q="), 400, REFUSED)
    filter_field(page).fill("hello there")
    page.keyboard.press("Enter")
    # Each part is told for itself, until the list is told too.
    expect(page.get_by_text("Too deep.")).to_have_count(1)
    expect(page.get_by_text("could not be")).to_have_count(0)
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_text("could not be")).to_have_count(0)


@pytest.mark.parametrize("path", ["analytics/overview", "groups/model", "traces"])
def test_a_refused_question_is_told_at_the_bar_of_every_page(page: Any, path: str) -> None:
    answer(page, re.compile(r"/v1/.*[?&]q="), 400, REFUSED)
    page.goto(f"/ui/{path}?q=hello")
    # A page of graphs asks a dozen questions, and each is refused first.
    expect(page.get_by_text("Too deep.")).to_have_count(1)
    expect(page.get_by_text("could not be")).to_have_count(0)


def test_who_loses_the_key_while_saving_signs_in_and_is_back(page: Any) -> None:
    page.goto("/ui/logs?q=hello")
    expect(rows(page)).to_have_count(1)
    page.route("**/v1/views", lambda route: route.fulfill(status=401, json={"message": "No key."}))
    page.keyboard.press("Shift+V")
    page.get_by_role("dialog").get_by_label("Name").fill("Greetings")
    page.keyboard.press("Enter")
    expect(page.get_by_label("API key")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/ui/login\?next=%2Flogs%3Fq%3Dhello$"))


def test_a_missing_right_is_named(page: Any) -> None:
    answer(page, "**/v1/logs?*", 403, {"message": "This key lacks the scope logs.list."})
    page.goto("/ui/logs")
    box = page.get_by_role("alert").filter(has_text="The logs could not be loaded.")
    expect(box.get_by_text("This key lacks the scope logs.list.", exact=True)).to_be_visible()


# -- live ------------------------------------------------------------------------------------------------------


def test_after_a_restart_live_goes_on_and_nothing_is_missed(
    browser: Any, start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server(data=tmp_path / "live")
    post(server, chat_log("before", "1"))
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{server.url}/ui/logs?live=1")
    expect(page.get_by_role("button", name="Live", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(rows(page)).to_have_count(1)
    port = server.url.rsplit(":", 1)[1]
    server.stop()
    expect(page.get_by_role("button", name=re.compile(r"Reconnecting since \d\d:\d\d:\d\d"))).to_be_visible()
    again = start_server(data=tmp_path / "live", port=port)
    post(again, *[chat_log(f"meanwhile {number}", "2") for number in range(3)])
    expect(rows(page)).to_have_count(4)
    expect(page.get_by_role("button", name="Live", exact=True)).to_be_visible()
    context.close()


def test_facets_are_counted_again_while_live(page: Any, server: Server) -> None:
    page.clock.install()
    page.goto("/ui/logs?live=1&q=model%3Anew-one")
    expect(page.get_by_role("button", name="Live", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="Model")).to_contain_text("new-one")
    expect(page.get_by_role("region", name="User")).to_have_count(0)
    log = chat_log("hello", "hi", metadata={"_user": "late"})
    log["response"]["body"]["model"] = "new-one"
    post(server, log)
    server.settle()
    page.clock.fast_forward(10_500)
    expect(page.get_by_role("region", name="User")).to_contain_text("late")


# -- stale, views ----------------------------------------------------------------------------------------------


def test_another_version_of_the_server_is_told_and_nothing_reloads_by_itself(page: Any) -> None:
    page.goto("/ui/logs?q=hello")
    expect(rows(page).first).to_be_visible()
    answer(page, "**/v1/about", 200, {"version": "99.0", "logs": 2, "auth": "off", "session": False})
    page.evaluate("document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))")
    expect(page.get_by_text("The server is now version 99.0.")).to_be_visible()
    expect(rows(page).first).to_be_visible()
    page.unroute("**/v1/about")
    page.get_by_role("button", name="Reload for the new version").click()
    expect(page.get_by_text("The server is now version")).to_have_count(0)
    expect(rows(page).first).to_be_visible()


def test_a_page_whose_code_is_gone_says_so_and_the_others_stay(page: Any) -> None:
    code = "**/assets/page-traces-*.js"
    page.route(code, lambda route: route.fulfill(status=404))
    page.goto("/ui/logs?q=hello")
    expect(rows(page).first).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page.get_by_role("alert")).to_contain_text("This page could not be loaded.")
    expect(page.get_by_role("button", name="Reload the dashboard")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("l")
    expect(rows(page).first).to_be_visible()
    page.get_by_role("link", name="Traces").click()
    page.unroute(code)
    page.get_by_role("alert").get_by_role("button", name="Retry").click()
    expect(page.get_by_role("grid", name="Traces")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_one_begins_with_one_view(page: Any) -> None:
    for name in ("First", "Second"):
        page.goto(f"/ui/logs?q={name}")
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_role("dialog").get_by_label("Name").fill(name)
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()
    page.keyboard.press("v")
    page.get_by_role("button", name="Begin with this view").first.click()
    page.get_by_role("button", name="Begin with this view").click()
    expect(page.get_by_role("button", name="Begin without this view")).to_have_count(1)
    page.goto("/ui/")
    expect(page).to_have_url(re.compile(r"/ui/logs\?q=(First|Second)&view="))


def test_what_is_not_there_yet_is_said(page: Any) -> None:
    for path, sentence in (
        ("settings/retention", "Rules that delete logs by age are not there yet."),
        ("settings/privacy", "Rules that mask names, addresses or numbers in bodies are not there yet."),
        ("login", "Signing in with a password is not there yet"),
    ):
        page.goto(f"/ui/{path}")
        expect(page.get_by_text(sentence)).to_be_visible()


def test_a_trace_is_opened_whatever_its_id(page: Any, server: Server) -> None:
    post(server, chat_log("odd", "indeed", metadata={"trace_id": "50%25 off/é?#&"}))
    server.settle()
    page.goto("/ui/traces?q=odd")
    page.get_by_role("grid", name="Traces").get_by_role("row").nth(1).get_by_role("gridcell").first.click()
    expect(page.get_by_role("treegrid", name="Spans").get_by_role("row")).to_have_count(2)


# -- sessions --------------------------------------------------------------------------------------------------


def test_a_session_is_found_from_its_log_its_trace_and_its_group(browser: Any, start_server: StartServer) -> None:
    server = start_server()
    post(server, chat_log("one", "1", metadata={"session_id": "s 1", "trace_id": "ta"}))
    post(server, chat_log("two", "2", metadata={"session_id": "s 1", "trace_id": "tb"}), chat_log("three", "3"))
    server.settle()
    context = browser.new_context(base_url=server.url, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto("/ui/traces")
    page.get_by_role("link", name="session").first.click()
    expect(page).to_have_url(re.compile(r"/ui/logs\?q=session%3A%22s\+1%22&from=all"))
    expect(rows(page)).to_have_count(2)
    page.goto("/ui/groups/session")
    page.get_by_role("link", name="s 1").click()
    expect(rows(page)).to_have_count(2)
    page.goto("/ui/logs?q=one")
    rows(page).first.click()
    page.keyboard.press("4")
    page.get_by_role("button", name="Filter for Session", exact=True).click()
    expect(page).to_have_url(re.compile("session%3A%22s"))
    page.get_by_role("button", name="Filter out Kind").click()
    expect(page.get_by_role("heading", name="No logs match")).to_be_visible()
    context.close()
