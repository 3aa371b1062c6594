"""Every key that the dashboard promises does what it promises, and none is lost that is pressed before its page is there.

A row of a table: keys, pressed one right after the other, and an expression of the page that comes true; then more of both. A
claim that was true before its keys would prove nothing, so each is of something that they change.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.conftest import Serve
from tests.e2e.program import Server, until
from tests.e2e.test_dashboard import expect, panel, post, pytestmark, rows, sync_api
from tests.e2e.test_dashboard_figures import logs

__all__ = ["pytestmark"]  # skips this module too where there is no browser

Table = tuple[tuple[str, ...], ...]
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
    ("Control+k", "there('dialog[open]')", "Escape", "!there('dialog[open]')"),
    ("/", "at().matches('[role=combobox]')"),
    ("t", "at().matches('input') && at().closest('[role=dialog], [data-radix-popper-content-wrapper]')"),
    *((f"g {key}", f"path().startsWith('/ui/{page}')") for key, page in {
        "t": "traces", "a": "analytics/", "g": "groups/", "f": "feedback", "e": "exports", "k": "keys", "s": "settings/"}.items()),
    ("g t", "path() === '/ui/traces'", "g l", "path() === '/ui/logs'"),
    ("?", "text('dialog[open]').includes('next log')"),
    ("y", "text('[role=status]').includes('ink copied') || text('body').includes('Copying is not allowed')"),
    ("j ArrowRight ArrowRight i", "asked('q')", "Backspace", "!asked('q')"),
)  # fmt: skip
LIST = (
    ("j", "row() === 1"), ("j j", "row() === 2", "k", "row() === 1"),
    ("j ArrowDown ArrowDown", "row() === 3", "ArrowUp", "row() === 2"),
    ("j PageDown", "row() > 5", "PageUp", "row() === 1"), ("j End", "row() === 50", "Home", "row() === 1"),
    ("j ArrowRight", "at().dataset.column === '1'", "ArrowLeft", "at().dataset.column === '0'"),
    ("Enter", "panel() && asked('log')"), ("j j Enter", "panel() && row() === 2"), ("j o", "/^.ui.logs.[0-9a-f-]{36}$/.test(path())"),
    ("j x", "text('main').includes('1 marked')"), ("j J J", "text('main').includes('3 marked')"),
    ("j j j K", "text('main').includes('2 marked')"),
    ("j ArrowRight ArrowRight i", "asked('q').startsWith('model:')"),
    ("j ArrowRight ArrowRight I", "asked('q').startsWith('-model:')"),
    ("j x j x d", "path() === '/ui/diff'"), ("e", "path() === '/ui/exports'"), ("l", "asked('live')", "l", "!asked('live')"),
    ("j", "there('section[aria-label=Facets]')", "\\", "!there('section[aria-label=Facets]')"),
    ("j", "there('[role=slider][aria-label=Histogram]')", "h", "at().matches('[role=slider]')"),
    ("s", "document.querySelector('[role=columnheader][aria-sort]')?.ariaSort === 'ascending'"),
    ("v", "text('body').includes('Save as')"), ("V", "text('dialog[open]').includes('view')"),
)  # fmt: skip
PANEL = (
    *((f"Enter {number}", f"tab() === '{name}'") for number, name in enumerate(
        ("Request", "Response", "Metadata", "Trace", "Feedback", "Raw"), start=2)),
    ("Enter 2", "tab() === 'Request'", "1", "tab() === 'Chat'"),
    ("j Enter", "panel() && row() === 1", "j", "panel() && row() === 2"),
    ("j Enter f", "at().matches('input[type=search]')", "Escape", "at().matches('[role=tabpanel]')"),
    ("j Enter c", "there('[role=menu]')"),
    ("j Enter Shift+ArrowDown", "at().matches('aside input, aside textarea')"),
    ("j Enter Shift+ArrowUp", "tab() === 'Feedback'"),
    ("j Enter", "panel() && row() === 1", "Escape", "!panel() && row() === 1"),
)  # fmt: skip
ROWS = "document.querySelectorAll('[role=row][aria-level]').length"
TRACE = (
    ("ArrowDown", "row() === 2", "ArrowUp", "row() === 1"),
    ("ArrowLeft", "at().ariaExpanded === 'false'", "ArrowRight", "at().ariaExpanded === 'true'"),
    ("ArrowRight", "row() === 2", "ArrowLeft ArrowLeft", "row() === 1"),
    ("Shift+ArrowLeft", f"{ROWS} < 4", "Shift+ArrowRight", f"{ROWS} > 8"),
    ("w", "asked('zoom')", "s", "!asked('zoom')"),
    ("w", "window.before = asked('zoom')", "d", "asked('zoom') !== before", "a", "asked('zoom') === before", "0", "!asked('zoom')"),
    ("ArrowDown f", "asked('zoom')"), ("n", "at().innerText.includes('call 2')"), ("N", "at().innerText.includes('call 2')"),
    ("m", "!there('[class*=critical]')", "m", "there('[class*=critical]')"),
    ("/", "at().matches('input[type=search]')"), ("o", "asked('order') === 'self'"), ("Enter", "panel()"),
)  # fmt: skip
GRAPHS = (
    *((str(number), f"path() === '/ui/analytics/{tab}'") for number, tab in enumerate(
        ("users", "errors", "cache", "feedback"), start=2)),
    ("2", "path() === '/ui/analytics/users'", "1", "path() === '/ui/analytics/overview'"),
    ("b", "asked('by') === 'model'", "b", "asked('by') === 'user'"),
    ("c", "asked('compare') === 'previous'", "c", "!asked('compare')"), ("3 o", "asked('order') === 'first_seen'"),
)  # fmt: skip
GROUPS = (("2", "path() === '/ui/groups/user'"), ("4", "path() === '/ui/groups/provider'"))


@pytest.fixture(scope="module")
def server(serve: Serve) -> Server:
    server = serve()
    post(server, *logs(datetime.now(UTC) - timedelta(minutes=1)))
    return server


def press(page: Any, keys: str) -> None:
    for key in keys.split(" "):
        page.keyboard.press(key)


def hold(page: Any, path: str, table: Table, first: str = "main") -> None:
    """Fails with all rows of the table that do not hold."""
    found = []
    for row in table:
        page.goto("about:blank")  # what was pressed ahead is forgotten with its page
        page.goto(path, wait_until="commit")
        page.locator(first).first.wait_for()
        for keys, claim in zip(row[::2], row[1::2], strict=True):
            press(page, keys)
            try:
                page.wait_for_function(f"() => {{ {ASKED} return {claim} }}")
            except sync_api.Error as error:
                found.append(f"{keys}: {claim}: {str(error).partition(chr(10))[0]}")
                break
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
def test_each_key_does_what_it_promises_however_early_it_is_pressed(page: Any, path: str, table: Table) -> None:
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


def test_what_is_pressed_ahead_is_not_typed_into_a_field(page: Any) -> None:
    """`/` leads to the filter; what follows was pressed before the filter was there, and is no part of its text."""
    held: list[Any] = []
    page.route(re.compile(r"/page-traces-[\w-]+\.js"), lambda route: held.append(route))
    page.goto("/ui/traces", wait_until="commit")
    page.locator("main").wait_for()
    until(lambda: page.wait_for_timeout(10) or held)
    press(page, "/ x")
    for route in held:
        route.continue_()
    expect(page.get_by_role("combobox", name="Filter")).to_be_focused()
    expect(page.get_by_role("combobox", name="Filter")).to_have_value("")
