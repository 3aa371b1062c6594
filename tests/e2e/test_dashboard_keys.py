"""Every key that the dashboard promises does what it promises, and none is lost that is pressed before its page is there.

A row of a table: the keys, pressed one right after the other, and an expression of the page that comes true.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.browser import watched
from tests.e2e.program import Server
from tests.e2e.test_dashboard import expect, panel, post, pytestmark, rows
from tests.e2e.test_dashboard_figures import logs

__all__ = ["pytestmark"]  # skips this module too where there is no browser

# What rows of the tables ask.
ASKED = """
const path = () => location.pathname;
const asked = (name) => new URLSearchParams(location.search).get(name) ?? '';
const at = () => document.activeElement;
const row = () => Number(at().closest('[role=row]')?.ariaRowIndex ?? 0) - 1;
const text = (selector) => document.querySelector(selector)?.innerText ?? '';
const there = (selector) => document.querySelector(selector) !== null;
const panel = () => there('aside[aria-label=Log]');
const tab = () => text('[role=tab][aria-selected=true]');
"""
ANYWHERE = (
    ("Control+k", "there('dialog[open]')"),
    ("/", "at().matches('[role=combobox]')"),
    ("t", "at().matches('input') && at().closest('[role=dialog], [data-radix-popper-content-wrapper]')"),
    *((f"g {key}", f"path().startsWith('/ui/{page}')") for key, page in {
        "l": "logs", "t": "traces", "a": "analytics/", "g": "groups/", "f": "feedback", "e": "exports", "k": "keys",
        "s": "settings/"}.items()),
    ("?", "text('dialog[open]').includes('next log')"),
    ("Control+k Escape", "!there('dialog[open]')"),
    ("j i Backspace", "asked('q') === ''"),
)  # fmt: skip
LIST = (
    ("j", "row() === 1"), ("j j", "row() === 2"), ("j ArrowDown ArrowDown ArrowUp k", "row() === 1"),
    ("j PageDown", "row() > 5"), ("j PageDown PageUp", "row() === 1"), ("j End", "row() === 50"), ("j End Home", "row() === 1"),
    ("j ArrowRight", "at().dataset.column === '1'"), ("j ArrowRight ArrowLeft", "at().dataset.column === '0'"),
    ("Enter", "panel() && asked('log')"), ("j j Enter", "panel() && row() === 2"), ("j o", "/^.ui.logs.[0-9a-f-]{36}$/.test(path())"),
    ("j x", "text('main').includes('1 marked')"), ("j J J", "text('main').includes('3 marked')"),
    ("j j j K", "text('main').includes('2 marked')"),
    ("j ArrowRight ArrowRight i", "asked('q').startsWith('model:')"),
    ("j ArrowRight ArrowRight I", "asked('q').startsWith('-model:')"),
    ("j x j x d", "path() === '/ui/diff'"), ("e", "path() === '/ui/exports'"),
    ("l", "there('button[aria-pressed=true]') && asked('live') !== ''"),
    ("\\", "!there('aside[aria-label=Filters], [aria-label=Facets]')"),
    ("s", "document.querySelector('[role=columnheader][aria-sort]')?.ariaSort === 'ascending'"),
    ("v", "text('body').includes('Save as')"), ("V", "text('dialog[open]').includes('view')"),
)  # fmt: skip
PANEL = (
    *((f"Enter {number}", f"tab() === '{name}'") for number, name in enumerate(
        ("Chat", "Request", "Response", "Metadata", "Trace", "Feedback", "Raw"), start=1)),
    ("j Enter j", "panel() && row() === 2 && asked('log') !== ''"),
    ("j Enter f", "at().matches('input[type=search]')"),
    ("j Enter c", "there('[role=menu]')"),
    ("j Enter Shift+ArrowDown", "at().matches('aside input, aside textarea')"),
    ("j Enter Shift+ArrowUp", "tab() === 'Feedback'"),
)  # fmt: skip
TRACE = (
    ("ArrowDown", "row() === 2"), ("ArrowDown ArrowUp", "row() === 1"),
    ("ArrowLeft", "at().ariaExpanded === 'false'"), ("ArrowLeft ArrowRight", "at().ariaExpanded === 'true'"),
    ("ArrowRight", "row() === 2"), ("ArrowDown ArrowLeft ArrowLeft", "row() === 1"),
    ("Shift+ArrowLeft", "document.querySelectorAll('[role=row][aria-level]').length < 4"),
    ("Shift+ArrowLeft Shift+ArrowRight", "document.querySelectorAll('[role=row][aria-level]').length > 8"),
    ("w", "asked('zoom') !== ''"), ("w s", "asked('zoom') === ''"), ("w d", "asked('zoom') !== ''"),
    ("w a 0", "asked('zoom') === ''"), ("ArrowDown f", "asked('zoom') !== ''"),
    ("n", "at().innerText.includes('call 2')"), ("N", "at().innerText.includes('call 2')"),
    ("/", "at().matches('input[type=search]')"), ("o", "asked('order') === 'self'"), ("Enter", "panel()"),
)  # fmt: skip
GRAPHS = (
    *((str(number), f"path() === '/ui/analytics/{tab}'") for number, tab in enumerate(
        ("overview", "users", "errors", "cache", "feedback"), start=1)),
    ("b", "asked('by') === 'model'"), ("b b", "asked('by') === 'user'"), ("c", "asked('compare') === 'previous'"),
    ("3 o", "asked('order') === 'first_seen'"),
)  # fmt: skip
GROUPS = (("2", "path() === '/ui/groups/user'"), ("4", "path() === '/ui/groups/provider'"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("keys") / "data", {})
    post(server, *logs(datetime.now(UTC) - timedelta(minutes=1)))
    yield server
    server.kill()


@pytest.fixture
def page(browser: Any, server: Server) -> Iterator[Any]:
    with watched(browser, server) as (page, _):
        yield page


def press(page: Any, keys: str) -> None:
    for key in keys.split(" "):
        page.keyboard.press(key)


def hold(page: Any, path: str, table: tuple[tuple[str, str], ...], first: str = "main") -> None:
    """Fails with all rows of the table that do not hold."""
    found = []
    for keys, claim in table:
        page.goto("about:blank")  # what was pressed ahead is forgotten with its page
        page.goto(path, wait_until="commit")
        page.locator(first).first.wait_for()
        press(page, keys)
        try:
            page.wait_for_function(f"() => {{ {ASKED} return {claim} }}")
        except Exception as error:  # noqa: BLE001 - whatever it was, the row says which
            found.append(f"{keys}: {claim}: {str(error).partition(chr(10))[0]}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("path", "table"),
    [
        pytest.param("/ui/logs", ANYWHERE, id="anywhere"),
        pytest.param("/ui/logs", LIST, id="list"),
        pytest.param("/ui/logs", PANEL, id="panel"),
        pytest.param("/ui/analytics/overview", GRAPHS, id="graphs"),
        pytest.param("/ui/groups/model", GROUPS, id="groups"),
    ],
)
def test_each_key_does_what_it_promises_however_early_it_is_pressed(page: Any, path: str, table: tuple[tuple[str, str], ...]) -> None:
    """Pressed as soon as the frame of the page is there: before the page's code, and before its rows."""
    hold(page, path, table)


def test_each_key_of_a_trace_does_what_it_promises(page: Any) -> None:
    hold(page, "/ui/traces/tr-agent", TRACE, "[role=row][aria-level]")


def test_keys_pressed_before_the_rows_are_there_wait_for_them(page: Any) -> None:
    held: list[Any] | None = []
    page.route(re.compile(r"/v1/logs\?"), lambda route: route.continue_() if held is None else held.append(route))
    page.goto("/ui/logs?from=all", wait_until="commit")
    page.locator("[aria-label='Loading logs']").wait_for()
    press(page, "j j Enter 4")
    expect(panel(page)).to_have_count(0)
    asked, held = held, None
    for route in asked:
        route.continue_()
    expect(panel(page).get_by_role("tab", name="Metadata")).to_have_attribute("aria-selected", "true")
    expect(rows(page).nth(1)).to_have_attribute("aria-selected", "true")


def test_escape_leads_back_to_the_row(page: Any) -> None:
    page.goto("/ui/logs")
    rows(page).nth(1).click()
    expect(panel(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel(page)).to_have_count(0)
    expect(rows(page).nth(1).locator("[role=gridcell]:focus")).to_have_count(1)


def test_what_is_pressed_ahead_is_not_typed_into_a_field(page: Any) -> None:
    """`/` leads to the filter; what follows was meant for it and comes too late to be a text."""
    page.goto("/ui/traces", wait_until="commit")
    page.locator("main").wait_for()
    press(page, "/ x")
    expect(page.get_by_role("combobox", name="Filter")).to_be_focused()
    expect(page.get_by_role("combobox", name="Filter")).to_have_value(re.compile("^x?$"))
