"""What real clients sent goes in over HTTP as it was captured, and comes out as was written down by hand."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
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
