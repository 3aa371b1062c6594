"""Journeys on the list of logs in a real browser: filter bar, histogram, facets, columns, marks, views.

One server and its logs for the whole module; each journey has a page of its own and leaves the logs as they are.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.conftest import Serve
from tests.e2e.program import Server
from tests.e2e.test_dashboard import (
    AXE,
    axe,
    chat_log,
    expect,
    filter_field,
    panel,
    post,
    pytestmark,
    rows,
)

__all__ = ["pytestmark"]  # skips this module too where there is no browser

MODELS = ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5")
USERS = ("alice", "bob", "carol")
BUSY = {"status": 429, "headers": {}, "response_time": 90, "body": {"error": {"message": "Slow down."}}}


def some_log(number: int, now: datetime) -> dict[str, Any]:
    """One of 60 logs over five hours: every tenth refused."""
    log = chat_log(f"question {number}", f"answer {number}")
    log["created_at"] = (now - timedelta(minutes=5 * number)).isoformat()
    log["request"]["body"]["model"] = log["response"]["body"]["model"] = MODELS[number % 3]
    log["metadata"] = {"_user": USERS[number % 3], "environment": "staging" if number % 4 == 0 else "production"}
    if number % 10 == 0:
        log["response"] = BUSY
    return log


@pytest.fixture(scope="module")
def server(serve: Serve) -> Server:
    server = serve()
    now = datetime.now(UTC) - timedelta(minutes=1)
    post(server, *[some_log(number, now) for number in range(60)])
    return server


@pytest.fixture
def page(page: Any) -> Any:
    """The list with its 60 logs."""
    page.goto("/ui/logs")
    expect(counted(page, 60)).to_be_visible()
    expect(rows(page).first).to_be_visible()
    return page


def counted(page: Any, count: int) -> Any:
    """The total above the list."""
    return page.get_by_text(f"{count} log{'' if count == 1 else 's'}", exact=True)


def facet(page: Any, name: str) -> Any:
    return page.get_by_role("region", name=name, exact=True)


def value(place: Any, text: str) -> Any:
    """The value of a facet, by its text and whatever its count is; once the facets stand still."""
    expect(place.page.locator("section[data-stale=true]")).to_have_count(0)
    return place.get_by_role("button", name=re.compile(rf"^{text} "))


def test_facets_cells_and_the_bar_edit_one_query(page: Any) -> None:
    facet(page, "Model").get_by_role("button", name="gpt-4o 20").click()
    expect(filter_field(page)).to_have_value("model:gpt-4o")
    expect(counted(page, 20)).to_be_visible()
    # Its own filter does not count: the others can still be added.
    value(facet(page, "Model"), "gpt-4o-mini").click(modifiers=["Control"])
    expect(filter_field(page)).to_have_value("model:gpt-4o,gpt-4o-mini")
    expect(counted(page, 40)).to_be_visible()
    value(facet(page, "environment"), "staging").click(modifiers=["Alt"])
    expect(filter_field(page)).to_have_value("model:gpt-4o,gpt-4o-mini -metadata.environment:staging")
    expect(counted(page, 30)).to_be_visible()
    page.get_by_role("gridcell", name="bob").first.focus()
    page.keyboard.press("Shift+I")
    expect(filter_field(page)).to_have_value("model:gpt-4o,gpt-4o-mini -metadata.environment:staging -user:bob")
    expect(counted(page, 15)).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.press("Control+Backspace")
    expect(counted(page, 30)).to_be_visible()
    value(facet(page, "Status"), "4xx").focus()
    page.keyboard.press("Space")
    expect(filter_field(page)).to_have_value("model:gpt-4o,gpt-4o-mini -metadata.environment:staging status:4xx")
    facet(page, "Model").get_by_role("button", name="Any").click()
    expect(filter_field(page)).to_have_value("-metadata.environment:staging status:4xx")
    page.go_back()
    page.go_back()
    expect(counted(page, 30)).to_be_visible()


def test_typing_is_completed_and_never_interrupted(page: Any) -> None:
    page.keyboard.press("/")
    page.keyboard.type("prov")
    options = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(options.first).to_contain_text("provider")
    page.keyboard.press("Tab")
    expect(filter_field(page)).to_have_value("provider:")
    expect(options.first).to_contain_text("openai")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(filter_field(page)).to_have_value("provider:openai")
    page.keyboard.type(" user:al")
    expect(options.first).to_contain_text("alice")
    page.keyboard.type("ice sort:+latency")
    page.keyboard.press("Enter")
    expect(counted(page, 20)).to_be_visible()
    expect(page.locator("[role=gridcell]:focus")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Latency")).to_have_attribute("aria-sort", "ascending")
    page.keyboard.press("/")
    page.keyboard.type(" garbage:")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(filter_field(page)).to_have_value("provider:openai user:alice sort:+latency")
    page.get_by_role("button", name="Clear the filter").click()
    expect(counted(page, 60)).to_be_visible()
    page.keyboard.press("ArrowUp")
    expect(options).to_have_text(["provider:openai user:alice sort:+latency"])
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(counted(page, 20)).to_be_visible()


def test_the_histogram_zooms_by_keys_and_mouse_and_backspace_undoes(page: Any) -> None:
    bars = page.get_by_role("slider", name="Histogram")
    bars.focus()
    page.keyboard.press("Home")
    expect(bars).to_have_attribute("aria-valuenow", "0")
    page.keyboard.press("End")
    assert bars.get_attribute("aria-valuenow") == bars.get_attribute("aria-valuemax")
    expect(bars).to_have_attribute("aria-valuetext", re.compile(r"\d+ ok · \d+ errors?"))
    for _ in range(3):
        page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"from=2\d{3}-.+&to=2"))
    expect(counted(page, 60)).to_have_count(0)
    expect(rows(page).first).to_be_visible()
    page.keyboard.press("Backspace")
    expect(counted(page, 60)).to_be_visible()
    box = bars.bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 10)
    page.mouse.up()
    expect(page.get_by_role("heading", name="No logs match")).to_be_visible()
    page.get_by_role("button", name="All time: 60 logs").click()
    expect(counted(page, 60)).to_be_visible()


def test_a_range_is_typed_and_said_before_it_is_taken(page: Any) -> None:
    page.keyboard.press("t")
    page.keyboard.type("soon")
    page.keyboard.press("Enter")
    expect(page.get_by_text("“soon” is not a time.")).to_be_visible()
    field = page.get_by_role("textbox", name="Time range")
    field.fill("2h")
    expect(page.get_by_text("Last 2h")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"from=-2h$"))
    expect(counted(page, 24)).to_be_visible()
    page.get_by_role("link", name="Traces").click()
    expect(page).to_have_url(re.compile(r"/ui/traces\?from=-2h$"))


def test_columns_are_chosen_and_the_link_has_them(page: Any) -> None:
    page.get_by_role("button", name="Columns").click()
    menu = page.get_by_role("dialog", name="Columns")
    menu.get_by_role("button", name="Hide Model").click()
    menu.get_by_role("button", name="environment").click()
    menu.get_by_role("button", name="environment: to the left").click()
    menu.get_by_label("Width of User").fill("200")
    page.keyboard.press("Escape")
    headers = page.get_by_role("columnheader")
    expect(headers.nth(6)).to_have_text("environment")
    expect(page.get_by_role("columnheader", name="Model")).to_have_count(0)
    expect(page.get_by_role("gridcell", name="staging").first).to_be_visible()
    page.reload()
    expect(headers.nth(6)).to_have_text("environment")
    assert page.get_by_role("columnheader", name="User").bounding_box()["width"] == 200


def test_marks_lead_to_the_comparison(page: Any) -> None:
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_text("2 marked")).to_be_visible()
    page.keyboard.press("Shift+J")
    expect(page.get_by_text("3 marked")).to_be_visible()
    page.keyboard.press("x")
    expect(page.get_by_text("2 marked")).to_be_visible()
    page.get_by_role("button", name="Clear", exact=True).click()
    rows(page).nth(1).click(modifiers=["Control"])
    rows(page).nth(4).click(modifiers=["Shift"])
    expect(page.get_by_text("4 marked")).to_be_visible()
    for number in (2, 3):
        rows(page).nth(number).click(modifiers=["Control"])
    expect(page.get_by_text("2 marked")).to_be_visible()
    page.keyboard.press("d")
    expect(page).to_have_url(re.compile(r"/ui/diff\?a=[\w-]+&b=[\w-]+$"))


def test_a_view_is_saved_changed_and_opened_by_name(page: Any) -> None:
    filter_field(page).fill("status:429")
    page.keyboard.press("Enter")
    expect(counted(page, 6)).to_be_visible()
    page.keyboard.press("Shift+V")
    page.get_by_role("dialog", name="Save as a view").get_by_label("Name").fill("Refused")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Refused")).to_be_visible()
    page.get_by_role("columnheader", name="Latency").get_by_role("button").click()
    expect(page.get_by_text("edited")).to_be_visible()
    page.get_by_role("button", name="Revert").click()
    expect(page.get_by_text("edited")).to_have_count(0)
    page.get_by_role("button", name="Refused").click()
    page.get_by_role("button", name="Pin to the sidebar").click()
    pinned = page.get_by_role("navigation", name="Pinned views")
    expect(pinned.get_by_role("link", name="Refused")).to_be_visible()
    page.goto("/ui/logs")
    expect(counted(page, 60)).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("view ref")
    expect(page.get_by_role("option", name="view Refused")).to_be_visible()
    page.keyboard.press("Tab")
    expect(counted(page, 6)).to_be_visible()
    page.keyboard.press("v")
    page.get_by_role("button", name="Delete Refused").click()
    page.get_by_role("button", name="Delete?").click()
    expect(pinned).to_have_count(0)


def test_what_was_searched_for_is_marked(page: Any) -> None:
    filter_field(page).fill('"question 17"')
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(1)
    expect(rows(page).locator("mark").first).to_be_visible()
    marked = "".join(rows(page).locator("mark").all_inner_texts())
    assert "question" in marked and "17" in marked


def test_keys_are_listed_changed_and_switched_off(page: Any) -> None:
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard")
    keys.get_by_role("button", name="/: filter. Change the key").click()
    page.keyboard.press("#")
    page.keyboard.press("Escape")
    page.keyboard.press("#")
    expect(filter_field(page)).to_be_focused()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keyboard").click()
    keys.get_by_label("Single keys work").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("#")
    expect(filter_field(page)).not_to_be_focused()


def press_all(page: Any, *chords: str) -> None:
    """Key chords as a person types them; what is no name of a key is typed."""
    for chord in chords:
        if re.fullmatch(r"[a-zA-Z/.]|Enter|Shift\+[A-Z]", chord):
            page.keyboard.press(chord)
        else:
            page.keyboard.type(chord)


@pytest.mark.parametrize(
    ("chords", "outcome"),
    [
        (["t", "4h", "Enter", "/", "user:alice sort:cost", "Enter", "Enter"], r"q=user%3Aalice\+sort%3Acost.*&log="),
        (["/", "is:error", "Enter", "Enter"], r"q=is%3Aerror&log="),
        (["/", "-metadata.environment:staging", "Enter", "l"], r"q=-metadata.environment%3Astaging&live=1$"),
        (["/", 'res:"answer 13"', "Enter", "Enter"], r"q=res%3A%22answer\+13%22&log="),
    ],
)
def test_tasks_take_no_more_steps_than_promised(page: Any, chords: list[str], outcome: str) -> None:
    """Tasks 1, 2, 7 and 8 of ux.md, section 11, by the keyboard alone."""
    for chord in chords:
        if chord == "Enter" and page.evaluate("document.activeElement === document.body"):
            expect(page.locator("[role=gridcell]:focus")).to_be_visible()
        press_all(page, chord)
    expect(page).to_have_url(re.compile(outcome))


def test_what_is_slow_says_so_and_can_be_stopped(page: Any) -> None:
    page.route("**/v1/logs?*", lambda route: None)
    page.keyboard.press("r")
    expect(page.get_by_text(re.compile(r"Still looking, \d s"))).to_be_visible()
    expect(page.get_by_role("button", name="Narrow to last hour")).to_be_visible()
    expect(rows(page)).not_to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_text("Still looking")).to_have_count(0)
    page.unroute("**/v1/logs?*")
    page.get_by_role("button", name="Load", exact=True).click()
    expect(page.get_by_text("Loading was stopped.")).to_have_count(0)
    expect(rows(page)).not_to_have_count(0)


@pytest.mark.parametrize("width", [320, 390, 1024])
def test_it_fits_where_there_is_little_room(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    wide = "() => document.documentElement.scrollWidth > innerWidth || document.querySelector('main').scrollWidth > innerWidth"
    expect(rows(page).first).to_be_visible()
    assert not page.evaluate(wide)
    if width < 900:
        page.get_by_role("button", name="Facets").click()
        sheet = page.get_by_role("dialog", name="Facets")
        value(sheet, "alice").click()
        page.keyboard.press("Escape")
        expect(counted(page, 20)).to_be_visible()
    rows(page).first.click()
    expect(panel(page)).to_be_visible()
    assert not page.evaluate(wide)
    if AXE.exists():
        assert axe(page) == []


@pytest.mark.skipif(not AXE.exists(), reason="axe-core comes with `npm ci` in ui/")
def test_axe_finds_nothing_in_what_opens(page: Any) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.get_by_role("button", name="Columns").click()
    assert axe(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("v")
    assert axe(page) == []
    page.keyboard.press("Escape")
    filter_field(page).fill("model:")
    expect(page.get_by_role("listbox", name="Suggestions")).to_be_visible()
    assert axe(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert axe(page) == []
