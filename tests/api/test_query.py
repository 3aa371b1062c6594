"""`POST /v1/query`: one SELECT over the views, for keys that may see bodies and figures; the documented examples run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from portlog.catalog import ALL_SCOPES
from portlog.query.free import CHARS_MAX, ROWS_MAX
from tests.api.conftest import House, refused
from tests.samples import chat

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "sql.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)


def query(house: House, text: Any, headers: dict[str, str] | None = None, **more: Any) -> Any:
    return house.call("POST", "/v1/query", {"sql": text, **more}, headers)


def answer(house: House, text: str, **more: Any) -> dict[str, Any]:
    reply = query(house, text, **more)
    assert reply.status_code == 200, reply.text
    body: dict[str, Any] = reply.json()
    return body


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_examples_of_the_page_run(house: House, text: str) -> None:
    house.store(chat("what is the refund policy?"))
    assert answer(house, text)["columns"]


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 5


def test_what_was_acknowledged_is_counted(house: House) -> None:
    ids = house.store([chat(metadata={"_user": "sql-user"}) for _ in range(3)])
    reply = answer(house, "SELECT id, model, created_at FROM logs WHERE user = 'sql-user' ORDER BY id")
    assert [row[0] for row in reply["rows"]] == sorted(ids)
    assert [column["name"] for column in reply["columns"]] == ["id", "model", "created_at"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", reply["rows"][0][2])
    assert (reply["object"], reply["row_count"], reply["truncated"]) == ("query-result", 3, False)
    assert reply["elapsed_ms"] > 0 and reply["rows_read"] >= 3 and reply["bytes_read"] > 0


def test_a_limit_cuts_and_says_so(house: House) -> None:
    reply = answer(house, "SELECT number FROM numbers(100)", limit=7)
    assert (reply["row_count"], reply["truncated"]) == (7, True)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "sql"),
        ({"sql": ""}, "sql"),
        ({"sql": " \n"}, "sql"),
        ({"sql": ["SELECT 1"]}, "sql"),
        ({"sql": "SELECT '" + "x" * CHARS_MAX + "'"}, "sql"),
        ({"sql": "SELECT 1", "limit": 0}, "limit"),
        ({"sql": "SELECT 1", "limit": ROWS_MAX + 1}, "limit"),
        ({"sql": "SELECT 1", "limit": "5"}, "limit"),
        ({"sql": "SELECT 1", "limit": True}, "limit"),
        ({"sql": "DROP TABLE logs"}, "sql"),
        ({"sql": "SELECT * FROM default.logs"}, "sql"),
        ({"sql": "SELECT file('/etc/passwd')"}, "sql"),
        ({"sql": "SELECT nope FROM logs"}, "sql"),
    ],
)
def test_what_cannot_be_asked_is_refused(house: House, body: dict[str, Any], path: str) -> None:
    refused(house.call("POST", "/v1/query", body), 400, "bad-sql", path)


def test_a_question_is_bounded_by_its_timeout(house: House) -> None:
    endless = "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1"
    reply = house.call("POST", "/v1/query", {"sql": endless}, params={"timeout_ms": "50"})
    refused(reply, 400, "query-limit", "timeout_ms")


def test_a_key_needs_both_scopes(house: House) -> None:
    keyed = house.variant(auth="on")
    for scopes, status in (
        (("logs.view", "analytics.view"), 200),
        (("logs.view",), 403),
        (("analytics.view",), 403),
        (tuple(scope for scope in ALL_SCOPES if scope not in ("logs.view", "analytics.view")), 403),
    ):
        text, _ = house.parts.catalog.create_key("sql", scopes)
        reply = query(keyed, "SELECT 1", {"x-portkey-api-key": text})
        assert reply.status_code == status, scopes
        if status == 403:
            refused(reply, 403, "scope-missing")
    refused(query(keyed, "SELECT 1"), 401, "key-required")


def test_the_views_are_told_to_programs(house: House) -> None:
    reply = house.get("/v1/query/views").json()
    assert [view["name"] for view in reply["data"]] == ["logs", "bodies", "feedback", "metadata"]
    for view in reply["data"]:
        columns = answer(house, f"SELECT * FROM {view['name']} LIMIT 0")["columns"]
        assert [column["name"] for column in columns] == [column["name"] for column in view["columns"]]
