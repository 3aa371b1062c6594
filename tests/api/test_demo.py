"""Demo data comes with one call and goes with one; what is not marked as demo data stays."""

from __future__ import annotations

from portlog.demo import LOGS
from tests.api.conftest import House

MARK = '{"_demo":"true"}'
DAY_MS = 86_400_000


def _log(trace_id: str, **metadata: str) -> dict[str, object]:
    return {
        "request": {"url": "https://api.openai.com/v1/chat/completions", "provider": "openai", "headers": {},
                    "body": {"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}]}},
        "response": {"status": 200, "headers": {}, "response_time": 5,
                     "body": {"choices": [{"message": {"role": "assistant", "content": "hi"}}]}},
        "metadata": {"trace_id": trace_id, **metadata},
    }  # fmt: skip


def test_demo_data_is_varied_and_of_the_last_day(house: House) -> None:
    reply = house.call("POST", "/v1/demo")
    assert (reply.status_code, reply.json()["count"]) == (200, LOGS)
    page = house.list(metadata=MARK, page_size=500, include_total="true")
    rows = page["data"]
    assert page["total"] == LOGS
    assert len({row["ai_model"] for row in rows}) > 4
    assert any((row["response_status_code"] or 0) >= 400 for row in rows)
    recent = house.list(metadata=MARK, page_size=1, include_total="true", q="time:>=-24h")
    assert recent["total"] == LOGS
    traces = house.get("/v1/traces", q="metadata._demo:true", include_total="true").json()
    assert any(row["spans"] == 3 for row in traces["data"])
    assert len(house.get("/v1/feedback", metadata=MARK).json()["data"]) == LOGS // 12


def test_removing_it_takes_every_demo_log_and_no_other(house: House) -> None:
    own = house.store([_log("own-1"), _log("demo-0000"), _log("own-2", _demo="false")])
    house.call("POST", "/v1/feedback", {"trace_id": "demo-0000", "value": 3})
    house.call("POST", "/v1/demo")
    removed = house.call("DELETE", "/v1/demo")
    assert removed.status_code == 200
    assert removed.json()["count"] >= LOGS
    assert house.list(metadata=MARK, include_total="true")["total"] == 0
    assert house.get("/v1/feedback", metadata=MARK).json()["data"] == []
    assert {house.log(log_id)["_id"] for log_id in own} == set(own)
    assert [each["value"] for each in house.get("/v1/feedback", trace_id="demo-0000").json()["data"]] == [3]
    assert house.call("DELETE", "/v1/demo").json()["count"] == 0
