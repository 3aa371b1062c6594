"""Explanations: total, complete, honest about what has changed. tests/api/test_explain.py asks them of real logs."""

from __future__ import annotations

import json
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given

from portlog.applier import row_of
from portlog.derive.cost import Prices
from portlog.derive.explain import EXPLAINED, explanation
from portlog.ingest import Ingest
from portlog.schema.columns import BY_NAME, COLUMNS, Links, Row
from portlog.schema.log import Derived, Log
from portlog.schema.prices import Book, OwnPrice
from tests.samples import chat, json_values, minimal, parse_one

PRICES = Prices()


def stored(row: Row) -> dict[str, Any]:
    """A row as a store gives it back: text for bytes, 0 and 1 for booleans, a dict for a map."""
    found: dict[str, Any] = {}
    for column in COLUMNS:
        value = column.source(row)
        if column.type.startswith("Map"):
            value = dict(value)
        elif isinstance(value, bytes) and column.name != "id":
            value = value.decode()
        found[column.name] = int(value) if isinstance(value, bool) else value
    return found


def explain(log: Log, prices: Prices = PRICES, *, links: Links = Links(), stored_with: Prices | None = None) -> dict[str, Any]:  # noqa: B008
    row = row_of(1, log, stored_with or prices)
    row = Row(**{name: getattr(row, name) for name in Row.__dataclass_fields__ if name != "links"}, links=links)
    return explanation(stored(row), [], prices)


def values(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {value["name"]: value for value in found["values"]}


def test_every_derived_value_is_explained_by_a_column_of_its_name() -> None:
    names = [explained.name for explained in EXPLAINED]
    assert len(set(names)) == len(names) and set(names) <= BY_NAME.keys()
    derived = {name for name in Derived.__struct_fields__ if name != "by"}
    assert derived - set(names) == set()
    assert {"provider", "status", "response_ms", "counts", "user", "session"} <= set(names)
    assert all(explained.rule.endswith(".") for explained in EXPLAINED)


@given(json_values, json_values)
def test_any_bodies_are_explained(request: Any, response: Any) -> None:
    log = parse_one(minimal(request={"url": "u", "body": request}, response={"body": response}))
    found = explain(log)
    assert found["matches"] is True, [value for value in found["values"] if not value["matches"]]
    assert all(value["rule"].endswith(".") for value in found["values"])


def test_what_changed_since_is_said_with_both_values() -> None:
    dearer = Prices(Book(1, (OwnPrice("p", "", "gpt-4o-mini", {"input": Decimal(1), "output": Decimal(1)}),)))
    found = explain(parse_one(chat()), dearer, stored_with=PRICES)
    cost = values(found)["cost_usd"]
    assert found["matches"] is False and not cost["matches"]
    assert (cost["shown"], cost["value"]) == (0.0000033, 0.000016)
    assert found["derived_by"] in found["note"] and found["derived_by_now"] in found["note"] and "portlog reprocess" in found["note"]
    assert values(found)["input_tokens"]["matches"] is True


def test_an_altered_row_does_not_match() -> None:
    """The canary: a number that the bodies do not say is seen."""
    row = stored(row_of(1, parse_one(chat()), PRICES))
    for name in ("input_tokens", "model", "outcome", "cost_usd", "preview", "finish_reason", "total_tokens"):
        wrong = row | {name: "x" if isinstance(row[name], str) else (row[name] or 0) + 1}
        found = explanation(wrong, [], PRICES)
        assert found["matches"] is False and not values(found)[name]["matches"], name


def test_under_do_not_track_nothing_is_computed_again() -> None:
    keeper = cast(Ingest, SimpleNamespace(_prices=PRICES))
    log = Ingest._prepare(keeper, msgspec.structs.replace(parse_one(chat()), tracked=False))
    found = explain(log)
    assert found["matches"] is True and "do-not-track" in found["note"]
    assert {value["rule"] for value in found["values"]} == {"Not kept under do-not-track: as it was derived when the log came in."}
    assert found["cost"]["usd"] == 0.0000033 and found["cost"]["parts"] == [] and "do-not-track" in found["cost"]["reason"]


def test_a_second_sight_has_no_numbers_and_names_the_first() -> None:
    log = parse_one(chat())
    row = row_of(1, log, PRICES)
    without = msgspec.structs.replace(
        row.derived, input_tokens=None, output_tokens=None, total_tokens=None, cost_usd=None, input_cost_usd=None, output_cost_usd=None, cost_source=""
    )
    hidden = Row(seq=1, log=log, derived=without, request_shape=row.request_shape, response_shape=row.response_shape,
                 text=row.text, links=Links(duplicate_of="t1/s1"))  # fmt: skip
    found = explanation(stored(hidden), [], PRICES)
    assert found["matches"] is True, [value for value in found["values"] if not value["matches"]]
    for name in ("input_tokens", "total_tokens", "cost_usd", "counts"):
        assert "t1/s1" in values(found)[name]["rule"]
    assert values(found)["counts"]["value"] is False and "t1/s1" in found["cost"]["reason"]


def test_a_user_of_another_span_is_named() -> None:
    found = values(explain(parse_one(chat()), links=Links(user="u9", user_from="s9", session="c9", session_from="s8")))
    assert (found["user"]["value"], found["session"]["value"]) == ("u9", "c9")
    assert "span s9" in found["user"]["rule"] and "span s8" in found["session"]["rule"]


@pytest.mark.parametrize(
    ("sent", "value", "place"),
    [
        ({"request": True, "response": None}, True, "request.body.stream"),
        ({"request": None, "response": False}, False, "response.streamingMode"),
        ({"request": True, "response": False}, False, "response.streamingMode"),
    ],
)
def test_who_said_that_it_streamed(sent: dict[str, Any], value: bool, place: str) -> None:
    log = chat()
    log["request"]["body"]["stream"], log["response"]["streamingMode"] = sent["request"], sent["response"]
    found = values(explain(parse_one(log)))["stream"]
    assert found["value"] is value
    assert found["places"] == [place]


def test_an_answer_that_is_a_stream_says_so_itself() -> None:
    """The row has `stream` from the body: no field beside it is named that was never sent."""
    chunk = {"id": "c", "object": "chat.completion.chunk", "model": "gpt-4o", "choices": [{"index": 0, "delta": {"content": "Hi"}}]}
    log = chat()
    log["response"]["body"] = f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n"
    found = values(explain(parse_one(log)))["stream"]
    assert (found["value"], found["places"]) == (True, ["response.body"])
