"""Journeys through feedback, exports, keys, settings, commands and the welcome page, against the real server."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.conftest import OpenPage, StartServer
from tests.e2e.program import Server, environment
from tests.e2e.test_dashboard import chat_log, expect, pytestmark

__all__ = ["pytestmark"]


def make(server: Server, path: str, body: Any) -> Any:
    reply = httpx.post(f"{server.url}{path}", json=body, timeout=30)
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_an_export_without_bodies_takes_six_steps_from_the_list(page: Any, server: Server) -> None:
    make(server, "/v1/logs", [chat_log(f"question {n}", "answer") for n in range(5)])
    page.goto("/ui/logs")
    expect(page.get_by_role("row").nth(1)).to_be_visible()
    page.keyboard.press("e")
    form = page.get_by_role("form", name="New export")
    form.get_by_label("request", exact=True).uncheck()
    form.get_by_label("response", exact=True).uncheck()
    form.get_by_label("CSV").check()
    expect(form.get_by_text("5 logs will be in the file.")).to_be_visible()
    form.get_by_role("button", name="Start").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert len(lines) == 6
    assert {"request", "response"}.isdisjoint(lines[0].split(","))
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete it?").click()
    expect(page.get_by_text("No exports yet.")).to_be_visible()


def test_denied_fields_are_shown_with_the_reason(open_page: OpenPage, start_server: StartServer) -> None:
    page, _ = open_page(start_server(export_denied_fields="request"))
    page.goto("/ui/exports?make=1")
    expect(page.get_by_label("request", exact=True)).to_be_disabled()
    expect(page.get_by_text("export_denied_fields")).to_be_visible()


def test_a_key_is_shown_once_and_revoked_by_its_name(page: Any) -> None:
    page.goto("/ui/keys")
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Name").fill("ci")
    page.get_by_role("button", name="Make the key").click()
    text = page.get_by_role("region", name="The new key").locator("code").first.inner_text()
    assert text.startswith("pl-")
    page.get_by_role("button", name="I have it").click()
    expect(page.get_by_role("row", name=re.compile("ci"))).to_be_visible()
    assert text not in page.content()
    page.get_by_role("button", name="Revoke ci").click()
    dialog = page.get_by_role("dialog", name="Revoke a key")
    dialog.get_by_label("Type its name").fill("other")
    expect(dialog.get_by_role("button", name="Revoke", exact=True)).to_be_disabled()
    dialog.get_by_label("Type its name").fill("ci")
    dialog.get_by_role("button", name="Revoke", exact=True).click()
    expect(page.get_by_text(re.compile("^revoked "))).to_be_visible()


def test_feedback_is_given_found_by_trace_and_deleted(page: Any, server: Server) -> None:
    make(server, "/v1/feedback", {"trace_id": "other", "value": 5})
    page.goto("/ui/feedback")
    page.get_by_role("button", name="Give feedback").click()
    form = page.get_by_role("form", name="Give feedback")
    form.get_by_label("Trace").fill("tr-1")
    form.get_by_label("Rating").fill("-3")
    form.get_by_label("Comment").fill("<b>wrong</b>")
    form.get_by_role("button", name="Give feedback").click()
    expect(page.get_by_role("cell", name="<b>wrong</b>")).to_be_visible()
    page.get_by_role("searchbox", name="Trace").fill("tr-1")
    expect(page.get_by_role("link", name="other")).to_have_count(0)
    expect(page).to_have_url(re.compile("filter=tr-1"))
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete it?").click()
    expect(page.get_by_text("Nobody has rated this trace.")).to_be_visible()
    assert [each["trace_id"] for each in server.get("/v1/feedback")["data"]] == ["other"]


def test_settings_say_their_source_and_own_prices_are_set_and_removed(page: Any, server: Server) -> None:
    page.goto("/ui/settings")
    expect(page.get_by_role("row", name=re.compile("^port .*changed flag"))).to_be_visible()
    page.get_by_role("navigation", name="Settings").get_by_role("link", name="Prices").click()
    page.get_by_label("Model").fill("our-*")
    page.get_by_label("Input", exact=True).fill("0.4")
    page.get_by_label("Output").fill("0.5")
    page.get_by_role("button", name="Set the price").click()
    expect(page.get_by_role("cell", name="input $0.4 · output $0.5")).to_be_visible()
    page.get_by_label("Again since").fill("2026-01-01")
    page.get_by_role("button", name="Derive again").click()
    expect(page.get_by_role("cell", name="done", exact=True)).to_be_visible()
    page.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_role("button", name="Remove it?").click()
    expect(page.get_by_text("No prices of your own")).to_be_visible()
    assert server.get("/v1/prices")["data"] == []


def test_a_pasted_id_opens_its_log_in_three_steps(page: Any, server: Server) -> None:
    log_id = make(server, "/v1/logs", chat_log("the one that was sent", "found"))["ids"][0]
    page.goto("/ui/settings")
    expect(page.get_by_role("heading", name="Settings: General")).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Page, view, action or id").fill(log_id)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/ui/logs/{log_id}"))
    expect(page.get_by_text("the one that was sent").first).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("go feed")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Feedback")).to_be_visible()


def test_demo_data_comes_and_goes_with_a_click_each(page: Any, server: Server) -> None:
    kept = make(server, "/v1/logs", chat_log("mine", "kept"))["ids"]
    page.goto("/ui/welcome")
    page.get_by_role("button", name="Add demo data").click()
    expect(page.get_by_role("button", name="Remove the demo data")).to_be_visible()
    assert server.get("/v1/logs", include_total="true")["total"] > 300
    page.get_by_role("button", name="Remove the demo data").click()
    expect(page.get_by_role("button", name="Add demo data")).to_be_visible()
    assert [row["id"] for row in server.get("/v1/logs")["data"]] == kept


def test_with_keys_one_comes_back_to_the_page_and_learns_what_scope_is_missing(
    open_page: OpenPage, start_server: StartServer, tmp_path: Path
) -> None:
    data = tmp_path / "keyed"
    made = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "portlog", "keys", "create", "reader", "--scope", "logs.list", "--data", str(data)],
        env=environment(), capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    key = re.search(r"pl-\S+", made.stdout)
    assert key, made.stdout
    page, watch = open_page(start_server(data=data, auth="on"))
    watch.expected = "Failed to load resource"
    page.goto("/ui/exports?q=status%3A500")
    page.get_by_label("API key").fill(key[0])
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/ui/exports\?q=status%3A500$"))
    expect(page.get_by_text("logs.export").first).to_be_visible()
