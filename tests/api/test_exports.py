"""Exports through the application: states, filters, fields and files as contract 7 has them, and what clients do to them."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jsonschema
import pyarrow as pa
import pytest
from pyarrow import parquet

from portlog.exports import pages
from portlog.exports.fields import FIELDS, VENDOR_FIELDS
from portlog.exports.runner import Runner
from portlog.query.filters import AllOf
from portlog.store import Statement, sql
from tests.api.conftest import House, refused
from tests.captures import FIXTURES
from tests.e2e.program import until
from tests.samples import chat

BASE = "/v1/logs/exports"


def runner_of(house: House) -> Runner:
    """What makes the files."""
    runner = house.parts.exports._wake.__self__  # type: ignore[attr-defined]
    assert isinstance(runner, Runner)
    return runner


def create(house: House, body: Any = None, **more: Any) -> str:
    reply = house.call("POST", BASE, body, **more)
    assert reply.status_code == 200, reply.text
    assert reply.json()["object"] == "export"
    job_id: str = reply.json()["id"]
    return job_id


def shown(house: House, job_id: str) -> dict[str, Any]:
    reply = house.get(f"{BASE}/{job_id}")
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def ended(house: House, job_id: str) -> dict[str, Any]:
    """The job once it is no longer in progress."""
    return until(lambda: found if (found := shown(house, job_id))["status"] != "in_progress" else None) or {}


def fetch(house: House, job_id: str, headers: dict[str, str] | None = None) -> httpx.Response:
    """The file by its link."""
    url = urlsplit(house.get(f"{BASE}/{job_id}/download").json()["signed_url"])
    return house.call("GET", f"{url.path}?{url.query}", headers=headers)


def export(house: House, **body: Any) -> bytes:
    """Create, start, wait, download."""
    job_id = create(house, body)
    assert house.call("POST", f"{BASE}/{job_id}/start").json()["object"] == "export"
    found = ended(house, job_id)
    assert found["status"] == "success", found
    reply = fetch(house, job_id)
    assert reply.status_code == 200
    assert int(reply.headers["content-length"]) == len(reply.content) == found["size_bytes"]
    return reply.content


def of_user(user: str, **filters: Any) -> dict[str, Any]:
    return {"user": user, **filters}


def fill(house: House, user: str, count: int = 3, **fields: Any) -> list[str]:
    logs = [chat(f"question {i}", f"answer {i}", metadata={"_user": user, "n": i, "trace_id": f"{user}-{i}"}, **fields) for i in range(count)]
    return house.store(logs)


def lines(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.splitlines()]


# -- the file (7.4) ------------------------------------------------------------------------------------------


def test_a_file_holds_the_vendors_fields_in_the_order_of_time(house: House) -> None:
    ids = fill(house, "whole")
    found = lines(export(house, filters=of_user("whole")))
    assert [log["id"] for log in found] == ids
    assert list(found[0]) == list(VENDOR_FIELDS)
    log = found[1]
    one = house.log(ids[1])
    assert log["request"] == one["request"]["body"] and log["response"] == one["response"]["body"]
    assert log["metadata"] == {"_user": "whole", "n": 1, "trace_id": "whole-1"}
    assert (log["ai_org"], log["ai_model"], log["total_units"]) == ("openai", "gpt-4o-mini-2024-07-18", 16)
    assert (log["is_success"], log["response_status_code"], log["response_time"]) == (True, 200, 412)
    assert (log["cost"], log["cost_currency"]) == (one["metrics"]["cost"], "USD")
    assert (log["mode"], log["config"], log["prompt_slug"]) == (None, None, None)
    assert log["created_at"] == one["created_at"]


def test_fields_come_in_the_order_asked_for_under_their_own_names(house: House) -> None:
    fill(house, "order", 1)
    (log,) = lines(export(house, filters=of_user("order"), requested_data=["total_tokens", "ai_provider", "id", "id", "request.body"]))
    assert list(log) == ["total_units", "ai_org", "id", "request"]


def test_what_was_not_kept_is_null(house: House) -> None:
    house.store(chat(metadata={"_user": "untracked", "_debug": False}))
    (log,) = lines(export(house, filters=of_user("untracked")))
    assert (log["request"], log["response"], log["total_units"]) == (None, None, 16)


def test_more_logs_than_a_chunk_holds_are_all_there_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "CHUNK_ROWS_MAX", 4)
    ids = fill(house, "chunks", 30)
    for gzipped in (False, True):
        content = export(house, filters=of_user("chunks"), gzip=gzipped)
        found = lines(gzip.decompress(content) if gzipped else content)
        assert [log["id"] for log in found] == ids


def test_a_chunk_is_bounded_in_bytes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "CHUNK_BYTES_MAX", 1)
    ids = fill(house, "bytes", 5)
    assert [log["id"] for log in lines(export(house, filters=of_user("bytes")))] == ids


def test_a_chunk_is_read_on_from_its_cursor(house: House) -> None:
    """The engine stops at the limit: what is behind it is not read, so a chunk costs the same wherever it stands."""
    fill(house, "plan", 1)
    reach = pages.Reach("default", AllOf(()), until_ms=2**42)
    store = house.parts.questions._store
    for statement in (sql.export_light(reach, ("model",), pages.START, 10), sql.export_sizes(reach, pages.START, 10)):
        plan = "\n".join(str(row[0]) for row in store.select(Statement(f"EXPLAIN {statement.text}", statement.values)))
        prefix, result = re.search(r"Prefix sort description: (.*)", plan), re.search(r"Result sort description: (.*)", plan)
        assert prefix and result and prefix[1] == result[1], plan


def test_an_export_of_nothing_is_a_file(house: House) -> None:
    nobody = of_user("nobody at all")
    assert export(house, filters=nobody) == b""
    assert gzip.decompress(export(house, filters=nobody, gzip=True)) == b""
    assert export(house, filters=nobody, format="csv", requested_data=["id", "cost"]) == b"id,cost\r\n"
    table = parquet.read_table(io.BytesIO(export(house, filters=nobody, format="parquet")))
    assert (table.num_rows, table.column_names) == (0, list(VENDOR_FIELDS))


def test_csv_has_no_cell_that_a_spreadsheet_runs(house: House) -> None:
    hostile = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "  =1", "\uff1d1", 'a"b,c\nd', "plain"]
    for i, text in enumerate(hostile):
        house.store(chat(metadata={"_user": "csv", "trace_id": text, "n": i}))
    content = export(house, filters=of_user("csv"), format="csv", requested_data=["trace_id", "total_units", "cost", "metadata"])
    found = list(csv.reader(io.StringIO(content.decode(), newline="")))
    assert found[0] == ["trace_id", "total_units", "cost", "metadata"]
    cells = [row[0] for row in found[1:]]
    assert cells == ["'" + text for text in hostile[:8]] + hostile[8:]
    assert all(row[1] == "16" for row in found[1:])
    assert [json.loads(row[3])["n"] for row in found[1:]] == list(range(len(hostile)))
    assert content.count(b"\r\n") == len(hostile) + 1


def test_parquet_has_types(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "CHUNK_ROWS_MAX", 4)
    ids = fill(house, "parquet", 10)
    table = parquet.read_table(io.BytesIO(export(house, filters=of_user("parquet"), format="parquet")))
    assert table.column("id").to_pylist() == ids
    assert table.schema.field("created_at").type == pa.timestamp("ms", tz="UTC")
    assert table.schema.field("total_units").type == pa.int64()
    assert table.schema.field("is_success").type == pa.bool_()
    assert json.loads(table.column("request")[3].as_py())["messages"][0]["content"] == "question 3"
    assert table.column("mode").to_pylist() == [None] * 10


def test_every_field_can_be_exported_in_every_format(house: House) -> None:
    fill(house, "every", 2)
    names = [field.name for field in FIELDS]
    for format_ in ("jsonl", "csv", "parquet"):
        assert export(house, filters=of_user("every"), requested_data=names, format=format_)


# -- which logs (7.3) ----------------------------------------------------------------------------------------------


def found_with(house: House, filters: dict[str, Any], **body: Any) -> list[int]:
    """The numbers of the logs that an export holds."""
    return [log["metadata"]["n"] for log in lines(export(house, filters=filters, requested_data=["metadata"], **body))]


def test_pages_are_walked_from_zero(house: House) -> None:
    fill(house, "paged", 7)
    pages_ = [found_with(house, of_user("paged", page_size=3, current_page=page)) for page in range(4)]
    assert pages_ == [[0, 1, 2], [3, 4, 5], [6], []]


def test_a_page_says_how_many_logs_it_will_have(house: House) -> None:
    fill(house, "records", 7)
    job_id = create(house, {"filters": of_user("records", page_size="3", current_page=2)})
    found = shown(house, job_id)
    assert (found["total"], found["total_records"], found["rows_done"]) == (7, 1, 0)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"ai_model": "gpt-4o-mini*"}, [0, 1, 2]),
        ({"ai_model": ["gpt-4o-mini-2024-07-18", "other"]}, [0, 1, 2]),
        ({"ai_org_model": "openai__gpt-4o-mini-2024-07-18, anthropic__claude-2.1"}, [0, 1, 2]),
        ({"metadata": {"n": 1}}, [1]),
        ({"metadata": '{"n": 1}'}, [1]),
        ({"status_code": 200}, [0, 1, 2]),
        ({"total_units_min": 17}, []),
        ({"trace_id": "filters-0, filters-2"}, [0, 2]),
        ({"created_at": {"gte": "2000-01-01", "lte": "2999-01-01"}}, [0, 1, 2]),
        ({"created_at": {"lt": "2000-01-01"}}, []),
        ({"time_of_generation_min": "2000-01-01", "time_of_generation_max": "2999-01-01"}, [0, 1, 2]),
        ({"ai_model": "", "trace_id": None, "cost_min": ""}, [0, 1, 2]),
        ({"q": "question"}, [0, 1, 2]),
    ],
    ids=str,
)
def test_filters_choose(house: House, filters: dict[str, Any], expected: list[int]) -> None:
    if house.list(user="filters")["total"] == 0:
        fill(house, "filters")
    assert found_with(house, of_user("filters", **filters)) == expected


def test_the_language_of_the_dashboard_chooses(house: House) -> None:
    fill(house, "language", 3)
    assert found_with(house, of_user("language"), q='"answer 2"') == [2]


@pytest.mark.parametrize(
    ("filters", "path"),
    [
        ({"ai_models": "x"}, "filters.ai_models"),
        ({"created_at": {"from": "2026-01-01"}}, "filters.created_at"),
        ({"created_at": {"gte": "yesterday"}}, "filters.created_at.gte"),
        ({"page_size": 0}, "filters.page_size"),
        ({"current_page": -1}, "filters.current_page"),
        ({"cost_min": [{}]}, "filters.cost_min"),
        ({"trace_id": True}, "filters.trace_id"),
    ],
    ids=str,
)
def test_a_wrong_filter_is_named(house: House, filters: dict[str, Any], path: str) -> None:
    refused(house.call("POST", BASE, {"filters": filters}), 400, "bad-filter", path)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ([], ""), ({"filters": []}, "filters"), ({"requested_data": ["id", "adress"]}, "requested_data[1]"),
        ({"requested_data": "id"}, "requested_data"), ({"format": "xls"}, "format"), ({"gzip": "yes"}, "gzip"),
        ({"gzip": True, "format": "parquet"}, "gzip"), ({"description": 7}, "description"),
    ],
    ids=str,
)  # fmt: skip
def test_a_wrong_member_is_named(house: House, body: Any, path: str) -> None:
    refused(house.call("POST", BASE, body), 400, "request-validation", path)


def test_a_preview_counts_and_shows_three(house: House) -> None:
    ids = fill(house, "preview", 5)
    reply = house.call("POST", f"{BASE}/preview", {"filters": of_user("preview"), "requested_data": ["id", "created_at"]}).json()
    assert (reply["total"], reply["total_records"], [row["id"] for row in reply["rows"]]) == (5, 5, ids[:3])
    assert reply["rows"][0]["created_at"].endswith("Z")


def test_an_export_reaches_logs_acknowledged_before_its_start(house: House) -> None:
    job_id = create(house, {"filters": of_user("late"), "requested_data": ["metadata"]})
    assert shown(house, job_id)["total"] == 0
    fill(house, "late", 2)
    house.call("POST", f"{BASE}/{job_id}/start")
    found = ended(house, job_id)
    assert (found["total"], found["total_records"], found["rows_done"]) == (2, 2, 2)


# -- states (7.2) ----------------------------------------------------------------------------------------------------


def test_nothing_has_to_be_said_to_make_an_export(house: House) -> None:
    """The Node SDK drops arguments in snake_case: both members may be missing, and start and cancel have no body."""
    for body in (None, {}, {"filters": None, "requested_data": None}, b"", {"requested_data": []}):
        found = shown(house, create(house, body))
        assert (found["filters"], found["requested_data"], found["status"]) == ({}, list(VENDOR_FIELDS), "draft")


def test_states_allow_what_the_contract_says(house: House) -> None:
    job_id = create(house, {"filters": of_user("states")})
    for method, path in (("POST", "cancel"), ("GET", "download")):
        assert "draft" in refused(house.call(method, f"{BASE}/{job_id}/{path}"), 409, "export-state")
    assert house.call("POST", f"{BASE}/{job_id}/start", {"export_id": job_id}).status_code == 200
    assert ended(house, job_id)["status"] == "success"
    for method, path in (("POST", "start"), ("POST", "cancel")):
        refused(house.call(method, f"{BASE}/{job_id}/{path}"), 409, "export-state")


@pytest.fixture
def held(house: House) -> Any:
    """Nothing is made while this is there: jobs stay in progress."""
    runner = runner_of(house)
    step, runner.step = runner.step, lambda job: runner._stop.wait(0.01)  # type: ignore[method-assign, assignment]
    yield
    runner.step = step  # type: ignore[method-assign]


def test_what_is_in_progress_is_neither_changed_nor_deleted_and_can_be_cancelled(house: House, held: None) -> None:
    job_id = create(house, {"filters": of_user("cancelled")})
    house.call("POST", f"{BASE}/{job_id}/start")
    assert shown(house, job_id)["status"] == "in_progress"
    for method, path in (("POST", "/start"), ("PUT", ""), ("DELETE", ""), ("GET", "/download")):
        refused(house.call(method, f"{BASE}/{job_id}{path}"), 409, "export-state")
    assert house.call("POST", f"{BASE}/{job_id}/cancel").json()["object"] == "export"
    assert shown(house, job_id)["status"] == "stopped"
    assert house.call("POST", f"{BASE}/{job_id}/start").status_code == 200
    assert house.call("POST", f"{BASE}/{job_id}/cancel", b"no JSON").status_code == 200


def test_a_cancelled_export_ends_within_its_chunk_and_can_be_made_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "CHUNK_ROWS_MAX", 1)
    fill(house, "midway", 4)
    job_id = create(house, {"filters": of_user("midway"), "requested_data": ["id"]})
    runner = runner_of(house)
    write, calls = runner._write, []

    def cancelling(job: Any, *rest: Any) -> Any:
        calls.append(job.rows_done)
        if len(calls) == 2:
            house.parts.exports.cancel(runner.rows.find(job.id))  # type: ignore[arg-type]
        return write(job, *rest)

    monkeypatch.setattr(runner, "_write", cancelling)
    house.call("POST", f"{BASE}/{job_id}/start")
    found = ended(house, job_id)
    assert (found["status"], found["rows_done"]) == ("stopped", 1)
    until(lambda: not list(house.parts.exports._folder.path.glob(f"{job_id}.*")))
    assert calls == [0, 1]
    monkeypatch.undo()
    house.call("POST", f"{BASE}/{job_id}/start")
    assert (ended(house, job_id)["status"], len(lines(fetch(house, job_id).content))) == ("success", 4)


def test_an_update_makes_a_draft_of_what_is_asked_now(house: House) -> None:
    fill(house, "updated", 3)
    job_id = create(house, {"filters": of_user("nobody"), "requested_data": ["id"], "description": "weekly", "workspace_id": "ws-1"})
    house.call("POST", f"{BASE}/{job_id}/start")
    ended(house, job_id)
    link = house.get(f"{BASE}/{job_id}/download").json()["url"]
    reply = house.call("PUT", f"{BASE}/{job_id}", {"export_id": job_id, "filters": of_user("updated")})
    assert reply.json() == {"id": job_id, "total": 3, "object": "export"}
    found = shown(house, job_id)
    assert (found["status"], found["filters"], found["requested_data"]) == ("draft", of_user("updated"), ["id"])
    assert (found["description"], found["workspace_id"], found["size_bytes"]) == ("weekly", "ws-1", None)
    refused(house.get(link.partition("127.0.0.1")[2]), 404, "not-found")


def test_a_deleted_export_and_its_file_are_gone(house: House) -> None:
    job_id = create(house, {"filters": of_user("gone")})
    house.call("POST", f"{BASE}/{job_id}/start")
    ended(house, job_id)
    assert house.call("DELETE", f"{BASE}/{job_id}").status_code == 200
    refused(house.get(f"{BASE}/{job_id}"), 404, "not-found")
    assert list(house.parts.exports._folder.path.glob(f"{job_id}.*")) == []


@pytest.mark.parametrize("path", ["", "/start", "/cancel", "/download"])
def test_an_id_that_the_node_sdk_made_up_is_explained(house: House, path: str) -> None:
    """A positional call, as the vendor's product pages show it."""
    method = "GET" if path in ("", "/download") else "POST"
    assert "without an id" in refused(house.call(method, f"{BASE}/undefined{path}"), 404, "not-found")
    assert "without an id" not in refused(house.call(method, f"{BASE}/5d0f2c1e-8d7b-4c55-9c11-0a6f6b1d2e3f{path}"), 404, "not-found")


def test_a_full_disk_fails_the_export_and_says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(house, "full", 2)
    job_id = create(house, {"filters": of_user("full")})
    folder = house.parts.exports._folder

    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder, "append", full)
    house.call("POST", f"{BASE}/{job_id}/start")
    found = ended(house, job_id)
    assert (found["status"], found["error"]) == ("failed", "the data directory's disk is full; free space, then start the export again")
    refused(house.get(f"{BASE}/{job_id}/download"), 409, "export-state")
    monkeypatch.undo()
    house.call("POST", f"{BASE}/{job_id}/start")
    found = ended(house, job_id)
    assert (found["status"], found["error"], found["rows_done"]) == ("success", None, 2)


def test_an_export_leaves_room_for_logs(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    import dataclasses

    runner = runner_of(house)
    monkeypatch.setattr(runner, "_around", dataclasses.replace(runner._around, disk_free_bytes_min=2**60))
    job_id = create(house, {})
    house.call("POST", f"{BASE}/{job_id}/start")
    assert "disk is full" in ended(house, job_id)["error"]


def test_a_filter_that_is_too_dear_fails_the_export(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from portlog.errors import PortlogError

    def dear(*_: Any) -> Any:
        raise PortlogError("query-limit", "the question needs more memory than query_memory_bytes_max")

    monkeypatch.setattr(pages, "read", dear)
    job_id = create(house, {})
    house.call("POST", f"{BASE}/{job_id}/start")
    assert ended(house, job_id)["error"] == "the question needs more memory than query_memory_bytes_max"


# -- lists, links, keys, fields ----------------------------------------------------------------------------------------


def json_schema(value: Any) -> Any:
    """The vendor's schema as JSON Schema."""
    if isinstance(value, list):
        return [json_schema(member) for member in value]
    if not isinstance(value, dict):
        return value.replace("#/components/schemas/", "#/$defs/") if isinstance(value, str) else value
    return {key: json_schema(member) for key, member in value.items()}


VENDOR = json_schema(json.loads((FIXTURES / "portkey-exports.json").read_text()))


def valid(name: str, value: Any) -> None:
    jsonschema.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": VENDOR}).validate(value)


def test_replies_are_valid_by_the_vendors_schema(house: House) -> None:
    filters = {"time_of_generation_min": "2026-10-20", "ai_model": "gpt*", "page_size": 10}
    body = {"filters": filters, "requested_data": list(VENDOR_FIELDS), "workspace_id": "ws-schema"}
    created = house.call("POST", BASE, body).json()
    valid("UpdateExportResponse", created)
    path = f"{BASE}/{created['id']}"
    valid("UpdateExportResponse", house.call("PUT", path, body).json())
    valid("ExportItem", house.get(path).json())
    valid("ExportTaskResponse", house.call("POST", f"{path}/start").json())
    ended(house, created["id"])
    valid("ExportItem", house.get(path).json())
    valid("DownloadLogsResponse", house.get(f"{path}/download").json())
    valid("ExportListResponse", house.get(BASE, workspace_id="ws-schema").json())
    assert json_schema("#/components/schemas/X") == "#/$defs/X"


def test_the_schemas_alarm_rings(house: House) -> None:
    found = shown(house, create(house))
    for broken in ({**found, "status": "failure"}, {k: v for k, v in found.items() if k != "created_by"}):
        with pytest.raises(jsonschema.ValidationError):
            valid("ExportItem", broken)


def test_lists_are_newest_first_and_of_a_workspace(house: House) -> None:
    first = create(house, {"workspace_id": "ws-list"})
    house.clock.advance(1)
    second = create(house, {"workspace_id": "ws-list"})
    for path in (f"{BASE}?workspace_id=ws-list", "/logs/exports/?workspace_id=ws-list"):
        reply = house.get(path).json()
        assert (reply["object"], reply["total"], [job["id"] for job in reply["data"]]) == ("list", 2, [second, first])
    assert house.get(f"{BASE}?").json()["total"] >= 2, "the Python SDK sends a bare question mark"
    assert house.get(f"{BASE}?workspace_id=other").json()["data"] == []


def made(house: House, **body: Any) -> str:
    job_id = create(house, body)
    house.call("POST", f"{BASE}/{job_id}/start")
    ended(house, job_id)
    return job_id


def test_a_link_is_absolute_and_needs_no_key(house: House) -> None:
    job_id = made(house, filters=of_user("linked"))
    reply = house.get(f"{BASE}/{job_id}/download", headers={"host": "127.0.0.1:8790"}).json()
    assert reply["signed_url"] == reply["url"] and reply["url"].startswith(f"http://127.0.0.1:8790{BASE}/{job_id}/file?")
    under = house.variant(root_path="/portlog", host="0.0.0.0", auth="off")
    assert under.get(f"/portlog{BASE}/{job_id}/download").json()["url"].startswith(f"http://127.0.0.1/portlog{BASE}/{job_id}/file?")
    url = urlsplit(reply["url"])
    guarded = house.variant(auth="on")
    refused(guarded.get(f"{BASE}/{job_id}"), 401, "key-required")
    assert guarded.get(f"{url.path}?{url.query}").status_code == 200


def test_a_file_is_no_page(house: House) -> None:
    fill(house, "page", 1)
    reply = fetch(house, made(house, filters=of_user("page")))
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["content-type"] == "application/x-ndjson"
    assert reply.headers["content-disposition"].startswith('attachment; filename="portlog-')
    assert "sandbox" in reply.headers["content-security-policy"]


def test_a_part_of_a_file_can_be_fetched(house: House) -> None:
    fill(house, "range", 3)
    job_id = made(house, filters=of_user("range"))
    whole = fetch(house, job_id).content
    part = fetch(house, job_id, {"range": "bytes=10-19"})
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, whole[10:20], f"bytes 10-19/{len(whole)}")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda query: query | {"signature": "0" * 64},
        lambda query: query | {"expires": str(int(query["expires"]) + 1)},
        lambda query: {"expires": query["expires"]},
        lambda query: {"signature": query["signature"]},
        lambda query: query | {"expires": "\u0661"},
        lambda query: query | {"signature": "\u00e9"},
        lambda query: {},
    ],
)
def test_a_spoilt_link_is_refused(house: House, spoil: Callable[[dict[str, str]], dict[str, str]]) -> None:
    job_id = made(house, filters=of_user("spoilt"))
    url = urlsplit(house.get(f"{BASE}/{job_id}/download").json()["url"])
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    refused(house.get(url.path, **spoil(query)), 403, "link-refused")
    refused(house.get(f"{BASE}/{create(house)}/file", **query), 403, "link-refused")


def test_links_and_files_are_over_when_their_time_is(house: House) -> None:
    job_id = made(house, filters=of_user("old"))
    url = urlsplit(house.get(f"{BASE}/{job_id}/download").json()["url"])
    house.clock.advance(3601)
    assert "good until" in refused(house.get(f"{url.path}?{url.query}"), 403, "link-refused")
    assert fetch(house, job_id).status_code == 200
    house.clock.advance(168 * 3600)
    refused(house.get(f"{BASE}/{job_id}/download"), 409, "export-state")
    runner_of(house).expire()
    assert list(house.parts.exports._folder.path.glob(f"{job_id}.*")) == []
    found = shown(house, job_id)
    assert (found["status"], found["expires_at"]) == ("success", None)
    assert house.call("POST", f"{BASE}/{job_id}/start").status_code == 200, "it may be made again"
    assert ended(house, job_id)["status"] == "success"


def test_an_export_needs_its_scope_and_its_workspace(house: House) -> None:
    guarded = house.variant(auth="on")
    text, key = house.parts.catalog.create_key("exporter", ("logs.export",))
    other, _ = house.parts.catalog.create_key("reader", ("logs.list", "logs.view"))
    reply = guarded.call("POST", BASE, {}, {"x-portkey-api-key": text})
    assert guarded.get(f"{BASE}/{reply.json()['id']}", {"x-portkey-api-key": text}).json()["created_by"] == key.id
    for method, path in (("POST", BASE), ("GET", BASE), ("GET", f"{BASE}/{reply.json()['id']}"), ("POST", f"{BASE}/preview")):
        refused(guarded.call(method, path, headers={"x-portkey-api-key": other}), 403, "scope-missing")


def test_denied_fields_are_said_and_refused(house: House) -> None:
    exports = house.parts.exports
    exports.denied = ("request", "response")
    try:
        reply = house.get(f"{BASE}/field-restrictions", workspace_id="ws-1").json()
        assert (reply["workspace_id"], reply["denied_fields"]) == ("ws-1", ["request", "response"])
        assert not {"request", "response"} & set(reply["allowed_fields"])
        for name in ("request", "response.body"):
            refused(house.call("POST", BASE, {"requested_data": ["id", name]}), 400, "field-denied")
        assert "request" not in shown(house, create(house))["requested_data"]
        exports.denied = ()
        job_id = create(house, {"requested_data": ["request"]})
        exports.denied = ("request",)
        refused(house.call("POST", f"{BASE}/{job_id}/start"), 400, "field-denied")
    finally:
        exports.denied = ()


def test_a_setting_that_denies_what_is_no_field_is_refused() -> None:
    from portlog.exports.fields import denied_fields

    assert denied_fields("response.body, request ,status_code") == ("request", "response", "response_status_code")
    with pytest.raises(ValueError, match="'bodies', which is no field"):
        denied_fields("bodies")
