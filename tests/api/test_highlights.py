"""Highlights in `GET /v1/logs`: of the rows of the page, where the query has words, from the bodies as they are stored."""

from __future__ import annotations

from typing import Any

import pytest

from portlog.store.sql.highlights import HALF_BYTES_MAX
from tests.api.conftest import House
from tests.samples import chat


def rows(house: House, q: str, **parameters: Any) -> list[dict[str, Any]]:
    return list(house.list(q=f"metadata.set:marks {q}", **parameters)["data"])


def log(text: str, answer: str, **fields: Any) -> dict[str, Any]:
    return chat(text, answer, metadata={"set": "marks"}, **fields)


@pytest.fixture(scope="module", autouse=True)
def the_set(house: House) -> None:
    refused = log("Was kostet “Käse”?", "", trace_id="refused")
    refused["response"] |= {"status": 429, "body": {"error": {"type": "rate_limit_error", "message": "Limit für Käse erreicht"}}}
    big = "viel " * (HALF_BYTES_MAX // 5)
    house.store([log("Wo gibt es Käse?", "KÄSE gibt es in 天津的市场。", trace_id="plain"), refused,
                 log(f"anfang {big} mitte {big} ende", "gut", trace_id="big")])  # fmt: skip


def test_rows_of_a_query_with_words_show_what_matched(house: House) -> None:
    (row,) = rows(house, "kase 市场")
    assert row["highlights"] == [
        {"part": "request", "text": "Wo gibt es Käse?", "marks": [[11, 15]]},
        {"part": "response", "text": "KÄSE gibt es in 天津的市场。", "marks": [[0, 4], [19, 21]]},
    ]


def test_parts_are_highlighted_by_themselves(house: House) -> None:
    (row,) = rows(house, 'err:"für käse" req:kostet')
    assert row["highlights"] == [
        {"part": "request", "text": "Was kostet “Käse”?", "marks": [[4, 10]]},
        {"part": "error", "text": "Limit für Käse erreicht", "marks": [[6, 14]]},
    ]
    assert [part["part"] for part in rows(house, "err:rate_limit")[0]["highlights"]] == ["error"]


def test_a_query_without_words_has_no_highlights(house: House) -> None:
    assert all("highlights" not in row for row in rows(house, "status:200"))
    assert all("highlights" not in row for row in rows(house, "-zeppelin"))
    assert [row["highlights"] for row in rows(house, "käse OR status:200") if row["trace_id"] == "big"] == [[]]


def test_of_a_long_text_both_ends_are_looked_into(house: House) -> None:
    (row,) = rows(house, "anfang ende")
    assert [part["text"][slice(*part["marks"][0])] for part in row["highlights"]] == ["anfang", "ende"]
    (row,) = rows(house, "mitte")
    assert row["highlights"] == []


def test_marks_count_code_points_in_any_order_of_rows(house: House) -> None:
    for parameters in ({"order_by": "created_at", "order_by_type": "asc"}, {"page_size": 1}):
        for row in rows(house, "käse*", **parameters):
            for part in row["highlights"]:
                assert {part["text"][start:end].lower() for start, end in part["marks"]} == {"käse"}
