"""Twenty things that people come for, each in no more steps than promised: a step is a key chord, a click, or a typed text.

The tasks and their numbers are those of the usability tests. Each begins on the list of the last 24 hours of a full store
(tools/demo.py) and asserts what was looked for. All are done by keys alone; what is dragged is done with the mouse too.
The slow form does them in a window of 320 pixels, as one at four times the size has. TASKS_DATA names a data directory to
do them over, for example of bench/fill.py --recent, and BROWSER_WAIT_MS how long a page may keep one waiting.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.browser import watched
from tests.e2e.conftest import Serve, StartServer
from tests.e2e.program import Server, until
from tests.e2e.test_dashboard import (
    expect,
    filter_field,
    panel,
    pytestmark,
    rows,
)
from tools import demo

__all__ = ["pytestmark"]  # skips this module too where there is no browser

TABS_MAX = 90
FOCUSED_CELL = "[role=gridcell]:focus"


class Steps:
    """What a person does on a page, counted."""

    def __init__(self, page: Any) -> None:
        self.page, self.count = page, 0

    def keys(self, *chords: str) -> None:
        """Key chords ("g a" is one), or texts that are typed: what is no name of a key."""
        for chord in chords:
            self.count += 1
            if re.fullmatch(r"g [a-z]", chord):
                self.page.keyboard.type(chord.replace(" ", ""))
            elif re.fullmatch(r"\S|(Shift|Control)\+\w+|Enter|Escape|Space|Tab|Arrow\w+", chord):
                self.page.keyboard.press(chord)
            else:
                self.page.keyboard.type(chord)

    def tab_to(self, target: Any) -> None:
        """Move the focus by Tab. How far that is tells how a page is laid out, not how many steps a task takes."""
        expect(target).to_be_visible()
        for _ in range(TABS_MAX):
            if target.evaluate("each => each === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        pytest.fail(f"{target} is not reached by {TABS_MAX} Tabs")

    def type_time(self, text: str) -> None:
        """`t`, a time, Enter."""
        self.keys("t")
        expect(self.page.locator("input:focus")).to_be_visible()
        self.keys(text, "Enter")


@pytest.fixture(scope="module", params=[pytest.param((1440, 900), id="wide"), pytest.param((320, 640), id="narrow", marks=pytest.mark.slow)])
def window(request: pytest.FixtureRequest) -> dict[str, int]:
    width, height = request.param
    return {"width": width, "height": height}


@pytest.fixture(scope="module")
def server(serve: Serve, window: dict[str, int]) -> Iterator[Server]:
    """Each window has its own: what was given and saved would be there twice."""
    own = os.environ.get("TASKS_DATA")
    server = Server(Path(own), {}) if own else serve()
    now = datetime.now(UTC)
    demo.fill(server.url, count=1_000, readable=300, forms=False, now=now)
    noon = now.replace(hour=0, minute=0) - timedelta(hours=12)
    dear = demo.chat("Compare all our tents.", "word " * 40_000, _user="alice", created_at=noon.isoformat())
    assert server.post([dear]).status_code == 200
    server.settle()
    yield server
    server.kill()


Open = Callable[[str], Steps]


@pytest.fixture
def opened(browser: Any, server: Server, window: dict[str, int]) -> Iterator[Open]:
    """Opens a page of the full store."""
    with watched(browser, server, viewport=window, timezone_id="UTC", permissions=["clipboard-read", "clipboard-write"]) as (page, _):

        def opened(path: str) -> Steps:
            page.goto(path)
            return Steps(page)

        yield opened


@pytest.fixture
def steps(opened: Open) -> Steps:
    """The list of the last 24 hours."""
    made = opened("/ui/logs")
    expect(rows(made.page).first).to_be_visible()
    return made


def copied(page: Any) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def open_shown(opened: Open, name: str) -> Steps:
    """The list of one log of the demo."""
    steps = opened(f"/ui/logs?q=trace:shown-{name}")
    expect(rows(steps.page)).to_have_count(1)
    return steps


def test_1_the_dearest_request_of_yesterday(steps: Steps) -> None:
    steps.keys("t", "yesterday", "Enter", "/", "user:alice sort:cost", "Enter", "Enter")
    expect(panel(steps.page).get_by_text("Compare all our tents.")).to_be_visible()
    assert steps.count <= 7


def test_2_why_the_last_failed_call_failed(steps: Steps, server: Server) -> None:
    steps.keys("/", "is:error", "Enter", "Enter")
    expect(panel(steps.page).get_by_text("Rate limit reached for gpt-4o").first).to_be_visible()
    assert steps.count <= 4


def test_3_the_log_whose_id_was_sent(steps: Steps, server: Server) -> None:
    log_id = server.get("/v1/logs", trace_id="shown-tools")["data"][0]["id"]
    steps.keys("Control+k")
    expect(steps.page.get_by_role("dialog")).to_be_visible()
    steps.keys(log_id)
    expect(steps.page.get_by_role("option").first).to_be_visible()
    steps.keys("Enter")
    expect(steps.page).to_have_url(re.compile(log_id))
    assert steps.count <= 3


def test_4_a_link_to_this_view(opened: Open) -> None:
    steps = opened("/ui/logs?q=is:error&from=-7d")
    expect(rows(steps.page).first).to_be_visible()
    steps.keys("y")
    until(lambda: "/ui/logs?" in copied(steps.page))
    assert copied(steps.page) == steps.page.url
    assert steps.count <= 1


def test_5_refusals_of_this_week_by_user(steps: Steps, server: Server) -> None:
    steps.keys("t", "7d", "Enter", "/", "status:429 model:gpt-4o*", "Enter")
    expect(filter_field(steps.page)).not_to_be_focused()
    steps.keys("g g", "2")
    expect(steps.page).to_have_url(re.compile(r"/ui/groups/user\?q=status%3A429"))
    told = server.get("/v1/logs/groups/user", q="status:429 model:gpt-4o*", **{"from": "-7d"})
    for row in told["data"]:
        expect(steps.page.get_by_role("link", name=row["user"], exact=True)).to_be_visible()
    assert steps.count <= 8


def test_6_what_came_before_the_spike(steps: Steps) -> None:
    expect(steps.page.get_by_role("slider", name="Histogram")).to_be_visible()
    steps.keys("h", "ArrowLeft", *["Shift+ArrowLeft"] * 5, "Enter")
    expect(steps.page).to_have_url(re.compile(r"from=\d{4}-.*to=\d{4}-"))
    expect(rows(steps.page).first).to_be_visible()
    steps.keys("s")
    expect(steps.page.get_by_role("columnheader", name="Time")).to_have_attribute("aria-sort", "ascending")


def test_6_by_mouse(steps: Steps) -> None:
    box = steps.page.get_by_role("slider", name="Histogram").bounding_box()
    steps.page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 10)
    steps.page.mouse.down()
    steps.page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 10, steps=3)
    steps.page.mouse.up()
    steps.count += 1
    expect(steps.page).to_have_url(re.compile(r"from=\d{4}-.*to=\d{4}-"))
    steps.page.get_by_role("columnheader", name="Time").get_by_role("button").click()
    steps.count += 1
    expect(steps.page.get_by_role("columnheader", name="Time")).to_have_attribute("aria-sort", "ascending")
    assert steps.count <= 2


def test_7_production_live(steps: Steps, server: Server) -> None:
    steps.keys("/", "-metadata.environment:staging", "Enter")
    expect(steps.page.locator(FOCUSED_CELL)).to_be_visible()
    steps.keys("l")
    expect(steps.page.get_by_role("button", name="Live")).to_have_attribute("aria-pressed", "true")
    assert steps.count <= 4


def test_8_the_answer_that_holds_an_order(steps: Steps) -> None:
    steps.keys("/", 'res:"order 48213"', "Enter")
    expect(steps.page).to_have_url(re.compile("q=res"))
    steps.keys("Enter")
    expect(panel(steps.page).get_by_text("48213").first).to_be_visible()
    assert steps.count <= 4


def test_9_the_tool_call_that_made_the_agent_loop(opened: Open) -> None:
    steps = opened(f"/ui/logs?q=trace:{demo.AGENT_TRACE} span:000000000000000a&from=-24h")
    expect(rows(steps.page)).to_have_count(1)
    steps.keys("Enter", "5")
    expect(steps.page.locator("a:focus")).to_be_visible()
    steps.keys("Enter")
    expect(steps.page.get_by_role("treegrid")).to_be_visible()
    steps.keys("n")
    expect(steps.page.locator("[role=row]:focus-within, [role=row]:focus")).to_contain_text("change_address")
    assert steps.count <= 4


def test_10_the_slowest_span_and_its_share(opened: Open) -> None:
    steps = opened("/ui/traces?q=session:chat-48213")
    expect(steps.page.get_by_text("invoke_agent checkout-agent").first).to_be_visible()
    steps.keys("Enter", "o")
    focused = steps.page.locator("[role=row]:focus")
    expect(focused).to_contain_text("claude-sonnet-4-5")
    expect(focused).to_contain_text("20 %")  # 2.4 s of 11.8 s
    steps.keys("Enter")
    expect(panel(steps.page)).to_be_visible()
    assert steps.count <= 3


def test_11_the_request_from_a_terminal(opened: Open) -> None:
    steps = open_shown(opened, "tools")
    steps.page.keyboard.press("Enter")
    expect(panel(steps.page).get_by_text("with DHL")).to_be_visible()
    steps.keys("c")
    expect(steps.page.get_by_role("menu", name="Copy as")).to_be_visible()
    steps.keys("curl", "Enter")
    until(lambda: copied(steps.page).startswith("curl"))
    assert "https://api.openai.com/v1/chat/completions" in copied(steps.page)
    assert steps.count <= 3


def test_12_what_changed_between_two_runs(steps: Steps) -> None:
    steps.page.keyboard.press("j")
    steps.keys("x", "j", "x", "d")
    expect(steps.page).to_have_url(re.compile(r"/ui/diff\?a=[\w-]+&b=[\w-]+$"))
    expect(steps.page.get_by_role("region", name="Figures")).to_be_visible()
    assert steps.count <= 4


def test_13_cost_of_each_model_this_month(steps: Steps) -> None:
    steps.keys("g a")
    steps.type_time("month")
    steps.keys("b")
    expect(steps.page).to_have_url(re.compile(r"/ui/analytics/overview\?from=.*by=model"))
    expect(steps.page.locator("canvas").first).to_be_visible()
    expect(steps.page.get_by_text("A gpt-4o").first).to_be_visible()
    assert steps.count <= 6


def test_14_latency_before_and_after_a_release(steps: Steps) -> None:
    steps.keys("g a")
    steps.type_time("Tue..")
    steps.keys("c")
    expect(steps.page).to_have_url(re.compile("compare=previous"))
    expect(steps.page.get_by_role("heading", name="Latency").or_(steps.page.get_by_text("Latency")).first).to_be_visible()
    assert steps.count <= 5


def test_15_the_newest_kind_of_error(steps: Steps) -> None:
    steps.keys("g a", "3")
    expect(steps.page.get_by_role("region", name="Errors by kind")).to_be_visible()
    steps.keys("o")
    expect(steps.page).to_have_url(re.compile("order=first_seen"))
    assert steps.count <= 3


def test_16_what_the_cache_saved(steps: Steps) -> None:
    steps.keys("g a", "4")
    expect(steps.page.get_by_text(re.compile("saved", re.I)).first).to_be_visible()
    assert steps.count <= 2


def test_17_the_filter_for_the_team(opened: Open, server: Server) -> None:
    steps = opened("/ui/logs?q=is:error")
    expect(rows(steps.page).first).to_be_visible()
    steps.keys("Shift+V")
    expect(steps.page.get_by_role("dialog", name="Save as a view")).to_be_visible()
    steps.keys("What failed", "Enter")
    expect(steps.page.get_by_role("button", name="What failed")).to_be_visible()
    assert [view["q"] for view in server.get("/v1/views")["data"]] == ["is:error"]
    assert steps.count <= 3


def test_18_these_logs_as_csv_without_bodies(steps: Steps) -> None:
    steps.keys("e")
    form = steps.page.get_by_role("form", name="New export")
    # Bodies may be chosen by default; each that is takes a click.
    for name in ("request", "response"):
        box = form.get_by_label(name, exact=True)
        expect(box).to_be_visible()
        if box.is_checked():
            steps.tab_to(box)
            steps.keys("Space")
    csv = form.get_by_label("CSV")
    steps.tab_to(form.get_by_role("radio", checked=True).first)
    steps.keys("ArrowRight")
    expect(csv).to_be_checked()
    steps.tab_to(form.get_by_role("button", name="Start"))
    steps.keys("Enter")
    download = steps.page.get_by_role("link", name="Download").or_(steps.page.get_by_role("button", name="Download")).first
    expect(download).to_be_visible()
    steps.tab_to(download)
    with steps.page.expect_download() as file:
        steps.keys("Enter")
    head = file.value.path().read_bytes()[:2000]
    assert b"," in head and b"choices" not in head
    assert steps.count <= 6


def test_19_a_bad_answer_with_a_comment(opened: Open, server: Server) -> None:
    steps = open_shown(opened, "image")
    steps.keys("Enter")
    expect(panel(steps.page).get_by_text("sheltered")).to_be_visible()
    steps.keys("Shift+ArrowDown")
    expect(steps.page.get_by_label("Comment")).to_be_focused()
    steps.keys("It floods there.", "Enter")
    expect(panel(steps.page).get_by_text("Stored.")).to_be_visible()
    (given,) = server.get("/v1/feedback", trace_id="shown-image")["data"]
    assert (given["value"], given["metadata"]["comment"]) == (-1, "It floods there.")
    assert steps.count <= 4


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("bash")), reason="the snippet is of curl")
def test_20_the_first_log_of_a_fresh_install(browser: Any, start_server: StartServer) -> None:
    server = start_server()
    context = browser.new_context(base_url=server.url, permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto("/ui/")
    steps = Steps(page)
    steps.tab_to(page.get_by_role("button", name=re.compile("Copy curl")))
    steps.keys("Enter")
    until(lambda: copied(page).startswith("curl"))
    steps.count += 1  # it is run in a terminal
    subprocess.run(["bash", "-c", copied(page)], check=True, capture_output=True)
    expect(page.get_by_text("First log received")).to_be_visible()
    assert steps.count <= 2
    context.close()
