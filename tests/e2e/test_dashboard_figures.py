"""Journeys over traces, analytics and groups in a real browser: what they show is what the API says, and leads to its logs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.conftest import Serve
from tests.e2e.program import Server
from tests.e2e.test_dashboard import (
    chat_log,
    expect,
    post,
    pytestmark,
)

__all__ = ["pytestmark"]  # skips this module too where there is no browser

MODELS = ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5")
LIMITED = {"message": "Rate limit reached for gpt-4o", "type": "rate_limit_error"}


def span(number: int, parent: str, name: str, start_s: float, seconds: float, began: datetime, **more: Any) -> dict[str, Any]:
    log = chat_log(f"question {number}", f"answer {number}")
    log["created_at"] = (began + timedelta(seconds=start_s)).isoformat(timespec="milliseconds")
    log["response"]["response_time"] = seconds * 1000
    log["metadata"] = {"trace_id": "tr-agent", "span_id": f"s{number}", "parent_span_id": parent, "span_name": name}
    return log | more


def logs(now: datetime) -> Iterator[dict[str, Any]]:
    """A trace of an agent with an error and an orphan, and 40 calls of three models over four hours."""
    began = now - timedelta(hours=5)
    yield span(0, "", "checkout-agent", 0, 10, began)
    for step in range(4):
        yield span(10 * step + 1, "s0", f"step {step}", 2.5 * step, 2, began)
        refused = {"response": {"status": 429, "headers": {}, "response_time": 1500, "body": {"error": LIMITED}}} if step == 2 else {}
        yield span(10 * step + 2, f"s{10 * step + 1}", f"call {step}", 2.5 * step + 0.1, 1.5, began, **refused)
    yield span(99, "gone", "late step", 4, 0.5, began)
    for number in range(40):
        log = chat_log(f"plain {number}", "fine")
        log["created_at"] = (now - timedelta(minutes=6 * number)).isoformat(timespec="milliseconds")
        log["request"]["body"]["model"] = log["response"]["body"]["model"] = MODELS[number % 3]
        log["metadata"] = {"_user": f"user {number % 4}"}
        if number % 5 == 0:
            log["response"] = {"status": 500, "headers": {}, "response_time": 50, "body": {"error": {"message": f"bad id {number}"}}}
        yield log


@pytest.fixture(scope="module")
def server(serve: Serve) -> Server:
    server = serve()
    post(server, *logs(datetime.now(UTC) - timedelta(minutes=1)))
    return server


def spans(page: Any) -> Any:
    return page.get_by_role("treegrid", name="Spans").locator("[data-index]")


def current(page: Any) -> Any:
    return page.locator("[role=row]:focus")


def open_trace(page: Any) -> None:
    page.goto("/ui/traces/tr-agent")
    expect(spans(page).first).to_be_visible()


# -- traces ----------------------------------------------------------------------------------------------------


def test_from_the_list_to_the_error_of_a_trace_by_keyboard(page: Any) -> None:
    page.goto("/ui/traces?q=trace:tr-agent")
    expect(page.get_by_role("grid", name="Traces").get_by_text("checkout-agent")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(spans(page)).to_have_count(11)  # ten, and the place of the parent that never came
    page.keyboard.press("n")
    expect(current(page)).to_contain_text("call 2")
    expect(current(page)).to_contain_text("error")
    page.keyboard.press("Enter")
    panel = page.get_by_role("complementary", name="Log")
    expect(panel.get_by_text("Rate limit reached for gpt-4o").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(current(page)).to_contain_text("call 2")


def test_the_tree_says_what_is_odd_and_how_deep_each_span_stands(page: Any) -> None:
    open_trace(page)
    expect(page.get_by_role("list", name="Notes")).to_contain_text("below a parent that was not received")
    levels = [row.get_attribute("aria-level") for row in spans(page).all()]
    assert levels == ["1", *["2", "3"] * 4, "1", "2"]
    expect(spans(page).nth(9)).to_contain_text("parent not received")
    expect(page.get_by_text("10 spans").first).to_be_visible()


def test_rows_close_and_open_and_zoom_is_in_the_url(page: Any) -> None:
    open_trace(page)
    spans(page).nth(1).focus()
    page.keyboard.press("ArrowLeft")
    expect(spans(page)).to_have_count(10)
    page.keyboard.press("ArrowLeft")
    expect(current(page)).to_contain_text("checkout-agent")
    page.keyboard.press("Shift+ArrowRight")
    expect(spans(page)).to_have_count(11)
    page.keyboard.press("w")
    expect(page).to_have_url(re.compile(r"zoom=2500\.\.7500"))
    page.keyboard.press("0")
    expect(page).not_to_have_url(re.compile("zoom="))


def test_the_slowest_span_by_its_own_time_and_its_share(page: Any) -> None:
    open_trace(page)
    page.get_by_role("button", name="List", exact=True).click()
    page.get_by_role("button", name="Self time").click()
    expect(page.get_by_role("columnheader", name="Self time")).to_have_attribute("aria-sort", "descending")
    first = page.get_by_role("grid", name="Spans").locator("[data-row]").first
    expect(first).to_contain_text("checkout-agent")
    expect(first).to_contain_text("20 %")  # 10 s, of which four steps took 2 s each


def test_a_sorted_waterfall_stands_flat_in_the_url_and_goes_back_to_the_tree(page: Any) -> None:
    open_trace(page)
    page.get_by_role("button", name="Duration").press("Enter")
    expect(page.get_by_role("columnheader", name="Duration")).to_have_attribute("aria-sort", "descending")
    expect(current(page)).to_contain_text("checkout-agent")
    page.keyboard.press("ArrowDown")
    expect(current(page)).to_contain_text("step 0")
    expect(spans(page)).to_have_count(10)  # the place of the parent that never came took no time
    assert {row.get_attribute("aria-level") for row in spans(page).all()} == {"1"}
    expect(page).to_have_url(re.compile(r"order=duration.*span=1"))
    page.reload()
    expect(spans(page)).to_have_count(10)
    page.get_by_role("button", name="back to the tree").press("Enter")
    expect(spans(page)).to_have_count(11)
    expect(current(page)).to_contain_text("step 0")
    expect(page).not_to_have_url(re.compile("order="))


def test_the_panel_of_a_span_has_the_keys_of_its_tabs(page: Any) -> None:
    open_trace(page)
    spans(page).nth(1).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("4")
    expect(page.get_by_role("tab", name="Metadata")).to_have_attribute("aria-selected", "true")


def test_the_key_of_the_tab_leads_to_the_trace_of_each_log_and_takes_no_focus_from_the_list(page: Any) -> None:
    page.goto("/ui/logs?q=trace:tr-agent&from=-24h")
    expect(page.get_by_role("grid").get_by_text("question 0")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.keyboard.press("5")
    link = page.get_by_role("link", name="Open the trace")
    expect(link).to_be_focused()
    before = page.url
    page.keyboard.press("j")
    expect(page).not_to_have_url(before)
    expect(link).to_be_focused()
    page.get_by_role("grid").get_by_text("question 0").click()
    expect(page.get_by_role("complementary", name="Log").locator("[aria-current=true]")).to_contain_text("checkout-agent")
    expect(page.locator("[role=gridcell]:focus")).to_be_visible()


def test_finding_dims_the_rest_and_only_errors_leaves_the_tree_whole(page: Any) -> None:
    open_trace(page)
    page.get_by_label("only errors").check()
    expect(page.get_by_text("1 found")).to_be_visible()
    expect(spans(page)).to_have_count(11)
    expect(page.locator("[data-index][data-dim=true]")).to_have_count(10)
    page.get_by_label("only errors").uncheck()
    page.keyboard.press("/")
    page.keyboard.type("step 3")
    page.keyboard.press("Enter")
    expect(current(page)).to_contain_text("step 3")


def test_the_thread_shows_each_call_once(page: Any) -> None:
    page.goto("/ui/traces/tr-agent?show=thread")
    thread = page.get_by_role("region", name="Thread")
    expect(thread.get_by_text("question 31")).to_be_visible()
    expect(thread.get_by_text("question 0", exact=True)).to_have_count(1)


# -- analytics ---------------------------------------------------------------------------------------------------


def graph(page: Any, name: str) -> Any:
    return page.get_by_role("region", name=name, exact=True)


def test_graphs_show_what_the_api_says(page: Any, server: Server) -> None:
    page.goto("/ui/analytics/overview")
    requests = server.get("/v1/analytics/graphs/requests", **{"from": "-24h"})["summary"]["total"]
    expect(graph(page, "Requests")).to_contain_text(str(requests))
    expect(page.locator(".u-over")).to_have_count(6)
    graph(page, "Requests").get_by_role("button", name="Table").click()
    table = graph(page, "Requests").get_by_role("table")
    counts = [int(cell.inner_text()) for cell in table.locator("td").all()]
    assert sum(counts) == requests


def test_a_point_leads_to_the_logs_of_its_bucket(page: Any) -> None:
    page.goto("/ui/analytics/overview")
    plot = graph(page, "Requests").get_by_role("img")
    expect(page.locator(".u-over")).to_have_count(6)
    plot.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/ui/logs\?.*from=.*&to="))


def test_a_point_of_a_line_leads_to_the_logs_that_it_counts(page: Any) -> None:
    page.goto("/ui/analytics/overview?from=-24h&by=model")
    expect(page.locator(".u-over")).to_have_count(6)
    card = graph(page, "Requests")
    card.get_by_role("img").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/ui/logs\?q=model%3A[^&]+&from="))
    page.goto("/ui/analytics/overview?from=-24h")
    card = graph(page, "Errors by status")
    expect(card.get_by_role("button", name="429")).to_be_visible()
    card.get_by_role("img").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/ui/logs\?q=is%3Aerror\+status%3A429&from="))


def test_lines_are_hidden_by_click_and_key_and_a_graph_says_its_bucket(page: Any) -> None:
    page.goto("/ui/analytics/overview?from=-24h")
    expect(page.locator(".u-over")).to_have_count(6)
    card = graph(page, "Latency")
    expect(card.get_by_text(re.compile(r"^1 h, UTC"))).to_be_visible()
    line = card.get_by_role("button", name="p50")
    line.click()
    expect(line).to_have_attribute("aria-pressed", "false")
    card.get_by_role("img").focus()
    page.keyboard.press("s")
    expect(line).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("T")
    expect(card.get_by_role("table")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog").get_by_text("hide or show the line")).to_be_visible()


def test_the_table_below_the_graphs_is_ordered_by_any_column(page: Any, server: Server) -> None:
    page.goto("/ui/analytics/overview")
    models = page.get_by_role("region", name="Models")
    models.get_by_role("button", name="Error rate").click()
    expect(page).to_have_url(re.compile("top=error_rate"))
    asked = {"from": "-24h", "columns": "error_rate", "order_by": "error_rate"}
    worst = server.get("/v1/analytics/groups/model", **asked)["data"]
    expect(models.get_by_role("rowheader").first).to_have_text(worst[0]["model"])
    models.get_by_role("button", name="Error rate").click()
    expect(models.get_by_role("columnheader", name="Error rate")).to_have_attribute("aria-sort", "ascending")
    expect(models.get_by_role("rowheader").first).to_have_text(worst[-1]["model"])


def test_splitting_and_comparing_are_in_the_url(page: Any) -> None:
    page.goto("/ui/analytics/overview")
    page.get_by_label("Split by").select_option("model")
    expect(graph(page, "Requests").get_by_text("gpt-4o-mini")).to_be_visible()
    expect(page).to_have_url(re.compile("by=model"))
    page.get_by_label("Split by").select_option("")
    page.get_by_label("Compare with the period before").check()
    expect(graph(page, "Requests").get_by_text("requests before")).to_be_visible()


def test_errors_are_grouped_by_kind_and_lead_to_their_logs(page: Any) -> None:
    page.goto("/ui/analytics/errors")
    kinds = page.get_by_role("region", name="Errors by kind")
    link = kinds.get_by_role("link", name=re.compile("bad id"))
    expect(kinds.get_by_role("row", name=re.compile("bad id"))).to_contain_text("8 (")
    link.click()
    expect(page.get_by_text("8 logs", exact=True)).to_be_visible()


def test_groups_are_ordered_by_any_column_and_lead_to_their_logs(page: Any, server: Server) -> None:
    page.goto("/ui/groups/user")
    expect(page.get_by_role("rowheader", name="user 1")).to_be_visible()
    page.get_by_role("button", name="Errors", exact=True).click()
    expect(page).to_have_url(re.compile("order=error_count"))
    wanted = server.get("/v1/analytics/groups/user", **{"from": "-24h", "columns": "error_count", "order_by": "error_count"})["data"][0]
    expect(page.get_by_role("rowheader").first).to_have_text(wanted["user"])
    page.get_by_label(re.compile("^By")).select_option("model")
    page.get_by_role("link", name="claude-sonnet-4-5").click()
    expect(page).to_have_url(re.compile("/ui/logs.*model%3Aclaude-sonnet-4-5"))
