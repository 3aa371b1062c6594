"""`portlog prices`: what a person types, what is printed, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from portlog import cli


class Shell:
    """The command line on a data directory of its own."""

    def __init__(self, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._data, self._capsys = data, capsys

    def __call__(self, *words: str) -> tuple[int, str, str]:
        """(status, what was printed, what was said beside it)"""
        status = 0
        try:
            cli.app(["prices", *words, "--data", str(self._data)])
        except SystemExit as end:
            status = int(end.code or 0)
        out, err = self._capsys.readouterr()
        return status, out, err

    def json(self, *words: str) -> Any:
        status, out, err = self(*words, "--json")
        assert status == 0, err
        return json.loads(out)


@pytest.fixture
def prices(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path / "data", capsys)


def test_what_is_set_is_listed_and_removed(prices: Shell) -> None:
    assert "no prices of your own" in prices("list")[1]
    price = prices.json("set", "gpt-4o*", "--input", "1", "--output", "2.5", "--cache-read", "0.1", "--provider", "openai", "--since", "2026-01-01")
    discount = prices.json("discount", "12.5", "--model", "claude*")
    assert price["parts"] == {"input": 1, "output": 2.5, "cache_read": 0.1} and discount["percent"] == 12.5
    assert prices.json("list") == [price, discount]
    table = prices("list")[1]
    assert "gpt-4o*" in table and "12.5 % off" in table and price["id"] in table
    assert prices.json("remove", price["id"]) == price
    assert prices.json("list") == [discount]


def test_show_says_the_price_and_its_reason(prices: Shell) -> None:
    shown = prices.json("show", "gpt-4o", "--provider", "openai")
    assert {"what": "input", "usd_per_million": 2.5, "above_input_tokens": 0} in shown["prices"]
    assert shown["source"] == "genai-prices" and "gpt 4o" in shown["reason"]
    assert prices.json("show", "o3", "--on", "2025-06-09")["prices"][0]["usd_per_million"] == 10
    assert "272,000 input tokens" in prices("show", "gpt-5.4", "--tier", "flex")[1]
    prices("discount", "50")
    assert prices.json("show", "gpt-4o", "--provider", "openai")["prices"][0]["usd_per_million"] == 1.25
    prices("set", "gpt-4o", "--request", "0.01")
    assert prices.json("show", "gpt-4o")["source"] == "own"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "nonsense"], "no model"), (["show", "gpt-4o", "--provider", "acme"], "no price table"),
        (["show", "gpt-4o", "--on", "soon"], "2026-11-01"), (["set", "x", "--input", "1"], "both input and output"),
        (["set", "x", "--input", "1,5", "--output", "1"], "no number"), (["set", "", "--request", "1"], "name of a model"),
        (["set", "x", "--request", "1", "--since", "2026-13-01"], "YYYY-MM-DD"), (["discount", "0"], "more than 0"),
        (["discount", "much"], "no number"), (["remove", "zz"], "prices list"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_in_a_sentence(words: list[str], said: str, prices: Shell) -> None:
    status, out, err = prices(*words)
    assert (status, out) == (2, "") and err.startswith("portlog: ") and said in err


def test_a_missing_price_is_json_too(prices: Shell) -> None:
    status, out, _ = prices("show", "nonsense", "--json")
    assert status == 1 and json.loads(out)["source"] == "unknown-model"
