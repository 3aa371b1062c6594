"""What real clients sent goes in over HTTP as it was captured, and comes out as was written down by hand."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from itertools import pairwise
from types import ModuleType
from typing import Any

import httpx
import pytest

from tests import captures
from tests.api.conftest import House
from tests.captures import CAPTURED_MS, FIXTURES, Group, Result
from tests.house.repository import ROOT

GROUPS = captures.groups()
EXPORTS = list(captures.exports())


@pytest.fixture(scope="module")
def results(house: House) -> dict[str, Result]:
    """Every capture, posted once."""
    house.clock.ms = CAPTURED_MS

    def call(method: str, path: str, body: Any, headers: Mapping[str, str]) -> httpx.Response:
        house.clock.advance(0.1)
        return house.call(method, path, body, dict(headers))

    return {result.group.name: result for result in captures.measure_all(call)}


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_a_clients_logs_come_out_right(results: dict[str, Result], group: Group) -> None:
    result = results[group.name]
    assert result.wrong == []
    assert result.right or not group.logs


@pytest.mark.parametrize("name", EXPORTS)
def test_an_exporters_spans_come_out_right(results: dict[str, Result], name: str) -> None:
    assert results[name].wrong == []
    assert results[name].right > 5


def test_every_capture_is_posted() -> None:
    posted = {post.rpartition("/")[2] for group in GROUPS for post in group.posts}
    held = {path.stem for path in (FIXTURES / "clients").glob("*.json")} | {"log-stream"}
    assert held - {"expected"} == posted


def test_every_exception_from_what_was_written_down_is_needed(results: dict[str, Result]) -> None:
    """An exception that is not met any more is given up."""
    truth = captures.exports()
    for (name, kind, field), (value, why) in captures.OTLP_ISSUES.items():
        assert why and any(call[field] != value for call in truth[name]["calls"] if call["kind"] == kind)


# -- the traces that they make ---------------------------------------------------------------------------------------------

# Trace: what is noted of it, and why. Of all other traces nothing is.
NOTED: dict[str, tuple[set[str], str]] = {
    "gw-tr-1": ({"same-span-id", "no-time", "no-answer"}, "hooks say no times, repeat the caller's span id, and do not see every answer"),
    "tr-hdr-1": ({"missing-parent"}, "one log with a parent in the client's headers"),
    "tr-n3": ({"no-time"}, "logs of the SDK have no time"),
    "tr-b": ({"no-time"}, "likewise"),
    "tr-l": ({"no-time"}, "likewise"),
    "li-rag": ({"missing-parent"}, "LlamaIndex posts the steps of its synthesis, and not the synthesis itself"),
    "lc-error": ({"missing-parent"}, "LangChain posts what a failed run had finished with the next run"),
}


@pytest.fixture(scope="module")
def trees(results: dict[str, Result], house: House) -> dict[str, dict[str, Any]]:
    """Every trace that the captures made."""
    rows = house.get("/v1/traces", page_size=500).json()["data"]
    return {row["trace_id"]: house.get(f"/v1/traces/{row['trace_id']}").json() | {"row": row} for row in rows}


def test_every_span_has_one_place_in_one_trace(trees: dict[str, dict[str, Any]], house: House) -> None:
    ids = [span["id"] for tree in trees.values() for span in tree["spans"] if not span.get("placeholder")]
    assert len(ids) == len(set(ids)) == house.count() > 250
    for tree in trees.values():
        depths = [-1, *(span["depth"] for span in tree["spans"])]
        assert all(depth <= above + 1 for above, depth in pairwise(depths))


def test_the_traces_of_clients_are_tidy_but_for_what_is_known_of_them(trees: dict[str, dict[str, Any]]) -> None:
    noted = {trace_id: {note["code"] for note in tree["notes"]} for trace_id, tree in trees.items() if tree["notes"]}
    assert noted == {trace_id: codes for trace_id, (codes, _) in NOTED.items()}


def test_a_row_of_the_list_says_what_its_trace_says(trees: dict[str, dict[str, Any]]) -> None:
    for tree in trees.values():
        row = tree["row"]
        assert {name: row[name] for name in tree["totals"]} == tree["totals"]
        for name in ("name", "root_kind", "user", "session", "started_at", "ended_at", "duration_ms"):
            assert row[name] == tree[name], (row["trace_id"], name)


@pytest.mark.parametrize("name", EXPORTS)
def test_an_exporters_spans_stand_below_the_parents_that_were_written_down(trees: dict[str, dict[str, Any]], name: str) -> None:
    wanted = captures.exports()[name]["parents"]
    found = {span["span_id"]: span.get("parent_span_id") for tree in trees.values() for span in tree["spans"] if span.get("span_id") in wanted}
    assert found == wanted
    several = {tree["trace_id"] for tree in trees.values() if any(span.get("span_id") in wanted for span in tree["spans"])}
    assert len(several) == captures.exports()[name]["traces"]


def test_the_critical_path_of_every_export_leads_from_its_root_to_a_span_without_children(trees: dict[str, dict[str, Any]]) -> None:
    for tree in trees.values():
        path = [span for span in tree["spans"] if span.get("on_critical_path")]
        assert path and path[0]["depth"] == 0, tree["trace_id"]
        assert all(0 <= span.get("self_ms", 0) <= span.get("duration_ms", 0) for span in tree["spans"])


# -- what is said of them ----------------------------------------------------------------------------------------------


def test_a_wrong_field_is_seen(results: dict[str, Result], house: House) -> None:
    """A canary: an expectation that is not met is told, with both values."""
    (log,) = next(group for group in GROUPS if group.name == "lc-chat-simple").logs
    group = Group("canary", ("lc-chat-simple",), ({**log, "input_tokens": 22},))
    result = captures.measure(group, lambda *call: house.call(*call[:3], dict(call[3])))
    assert result.wrong == ["log 0: input_tokens: 21, not 22"]


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("gen_clients", ROOT / "tools" / "gen_clients.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_says_what_was_measured(results: dict[str, Result]) -> None:
    """When it does not: `python tools/gen_clients.py`."""
    module = tool()
    assert module.PAGE.read_text(encoding="utf-8") == module.page(results.values())
