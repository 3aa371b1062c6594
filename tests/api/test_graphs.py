"""Analytics agree, bucket by bucket, with a recount by pencil from the rows that lists show (contract 9)."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import jsonschema
import pytest

from portlog.query.figures import BY_NAME
from portlog.query.graphs import GRAPHS, Graph, reply_schema
from portlog.query.groups import COLUMNS, DIMENSIONS
from portlog.schema.feedback import Feedback
from portlog.schema.ids import LogIds
from portlog.schema.render import iso
from tests.api import recount
from tests.api.conftest import House, refused
from tests.api.recount import DAY, HOUR, MINUTE, Given
from tests.samples import NOW_MS, chat

SIZE = 420
PRICED = ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5")
MODELS = (("openai", "gpt-4o"), ("openai", "gpt-4o-mini"), ("anthropic", "claude-sonnet-4-5"), ("nobody", "unheard-of"))
STATUSES = (200, 200, 200, 200, 201, 302, 400, 404, 429, 429, 500, 503, 0, 600)
CACHE = ("", "", "HIT", "SEMANTIC HIT", "MISS", "SEMANTIC MISS", "REFRESH", "DISABLED")
OPTIONS = ("", "config", "config.targets[0]", "config.targets[1]", "config.targets[10]", "config.targets[0].targets[2]")
ENVIRONMENTS = ({}, {"_environment": "prod"}, {"_environment": "dev", "team": "search"}, {"team": "ads", "a.b/c": "x"})
IDS = LogIds()


def one(random: Random, number: int) -> dict[str, Any]:
    """A log that counts; every field is missing now and then."""
    provider, model = random.choice(MODELS)
    log = chat(f"question {number}", trace_id=f"graph-{number // 3}",
               created_at=iso(NOW_MS - random.choice((random.randrange(DAY), random.randrange(9 * DAY), 0, DAY, HOUR))))  # fmt: skip
    user = random.choice(({}, {"_user": random.choice(("ann", "Bo", "Zoë", "d e"))}))
    log["metadata"] = {"set": "graphs", "n": number, "span_id": f"graph-span-{number}"} | user | random.choice(ENVIRONMENTS)
    if random.random() < 0.3:
        log["metadata"]["_prompt"] = f"prompt-{number % 3}"
    if random.random() < 0.3:
        log["metadata"]["session_id"] = f"session-{number % 5}"
    log["request"] |= {"provider": provider}
    log["request"]["body"]["model"] = model
    headers = {"x-portkey-cache-status": random.choice(CACHE), "x-portkey-last-used-option-index": random.choice(OPTIONS)}
    if random.random() < 0.4:
        headers["x-portkey-retry-attempt-count"] = str(random.choice((-1, 0, 1, 2, 5)))
    tokens = {"prompt_tokens": random.randrange(5000), "completion_tokens": random.randrange(900)}
    body = {"model": model, "choices": [], "usage": random.choice((tokens, tokens, tokens, ""))}
    log["response"] = {
        "status": random.choice(STATUSES), "headers": {k: v for k, v in headers.items() if v}, "body": body,
        "response_time": random.choice((None, 0, random.randrange(40), random.random() * 5000)),
    }  # fmt: skip
    return log


def uncounted(number: int) -> list[dict[str, Any]]:
    """Spans that are no calls, with usage that would be counted twice."""
    created = {"created_at": iso(NOW_MS - number * MINUTE)}
    return [
        {"span_id": f"graph-chain-{number}", "parent_span_id": "", "span_name": "RunnableSequence",
         "trace_id": f"graph-{number}", "start_time": NOW_MS / 1000 - number * 60, **created,
         "request": {"name": "chain", "input": "{}"}, "response": {"output": "x", "response_time": 7}},
    ]  # fmt: skip


@pytest.fixture(scope="module")
def rows(house: House) -> list[recount.Row]:
    """Hundreds of varied logs stored, and all of them as lists show them."""
    random = Random(11)
    options = {}
    for start in range(0, SIZE, 60):
        logs = [one(random, number) for number in range(start, start + 60)]
        for log, log_id in zip(logs, house.store(logs), strict=True):
            options[log_id] = log["response"]["headers"].get("x-portkey-last-used-option-index", "")
    house.store([span for number in range(20) for span in uncounted(number)])
    pending = {"request": {"json": {"model": "gpt-4o", "messages": [{"role": "user", "content": "?"}]}, "headers": {}},
               "response": {"json": {}, "text": "", "statusCode": None}, "provider": "openai", "requestType": "chatComplete",
               "eventType": "beforeRequestHook", "metadata": {"_user": "waiting"}}  # fmt: skip
    house.store(pending)
    found = listed(house)
    assert len(found) == SIZE + 20 + 1
    assert sum(row["counts"] for row in found) == SIZE, "a recount of everything would pass without the test's point"
    assert len({row["created_at"][:10] for row in found}) == 10, "and so would one of a single bucket"
    return [row | {"option_path": options.get(row["id"], "")} for row in found]


@pytest.fixture(scope="module")
def given(house: House, rows: list[recount.Row]) -> list[Given]:
    """Feedback given later, on some of the traces, twice on some; and on a trace that is not here."""
    random = Random(12)
    found = []
    for trace in [f"graph-{random.randrange(SIZE // 3)}" for _ in range(70)] + ["graph-elsewhere"]:
        found.append(Given(trace, random.randrange(-10, 11), random.choice((1.0, 0.5, 0.1)), NOW_MS - random.randrange(6 * DAY)))
    kept = [
        Feedback(IDS.make(each.at_ms), "default", each.trace_id, each.value, each.weight, b"{}", each.at_ms, each.at_ms)
        for each in found
    ]
    house.run(house.parts.questions.ask(lambda store: store.keep_feedback(kept)))
    return found


def listed(house: House, **filters: Any) -> list[recount.Row]:
    """All rows that a filter leaves, over all pages."""
    found, cursor = [], None
    while True:
        page = house.list(page_size=1000, **filters, **({"cursor": cursor} if cursor else {}))
        found += page["data"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def ask(house: House, path: str, from_ms: int, to_ms: int, **more: Any) -> dict[str, Any]:
    reply = house.get(
        f"/v1/analytics/{path}", time_of_generation_min=iso(from_ms), time_of_generation_max=iso(to_ms), **more
    )
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def inside(rows: list[recount.Row], from_ms: int, to_ms: int) -> list[recount.Row]:
    return [row for row in rows if row["counts"] and from_ms <= recount.ms(row["created_at"]) < to_ms]


def close(found: Any, wanted: Any, place: str = "") -> None:
    """Equal, but for the last digits of fractions."""
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys(), place
        for key in wanted:
            close(found[key], wanted[key], f"{place}.{key}")
    elif isinstance(wanted, list):
        assert len(found) == len(wanted), place
        for number, (one_, other) in enumerate(zip(found, wanted, strict=True)):
            close(one_, other, f"{place}[{number}]")
    elif isinstance(wanted, float):
        assert found == pytest.approx(wanted, rel=1e-9, abs=1e-8), place
    else:
        assert found == wanted, place


RANGES = (
    pytest.param(NOW_MS - 2 * HOUR, NOW_MS, id="minutes"),
    pytest.param(NOW_MS - 11 * HOUR - 1, NOW_MS + 1, id="five minutes"),
    pytest.param(NOW_MS - DAY, NOW_MS, id="hours"),
    pytest.param(NOW_MS - 9 * DAY - 12_345, NOW_MS + 1, id="days"),
    pytest.param(NOW_MS - 200 * DAY, NOW_MS + HOUR, id="weeks"),
)


@pytest.mark.parametrize(("from_ms", "to_ms"), RANGES)
@pytest.mark.parametrize("graph", GRAPHS, ids=lambda graph: graph.path)
def test_a_graph_is_what_a_pencil_makes_of_the_rows(
    house: House, rows: list[recount.Row], given: list[Given], graph: Graph, from_ms: int, to_ms: int
) -> None:
    reply = ask(house, f"graphs/{graph.path}", from_ms, to_ms)
    jsonschema.validate(reply, reply_schema(graph))
    things: list[Any] = inside(rows, from_ms, to_ms)
    if graph.of == "feedback":
        things = [each for each in given if from_ms <= each.at_ms < to_ms]
    if graph.path == "feedbacks/ai-models":
        wanted = {"summary": {}, "data_points": recount.models_rated([row for row in rows if row["counts"]], things)}
    else:
        wanted = recount.graph(graph.path, things, from_ms, to_ms)
    close({key: reply[key] for key in wanted}, wanted)


@pytest.mark.parametrize("offset", [0, 60, -210, 345, 840, -840])
@pytest.mark.parametrize(("from_ms", "to_ms"), RANGES)
def test_buckets_follow_the_clock_of_the_reader(
    house: House, rows: list[recount.Row], from_ms: int, to_ms: int, offset: int
) -> None:
    reply = ask(house, "graphs/requests", from_ms, to_ms, utc_offset_minutes=offset)
    wanted = recount.graph("requests", inside(rows, from_ms, to_ms), from_ms, to_ms, offset)
    close({key: reply[key] for key in wanted}, wanted)
    assert sum(point["total"] for point in reply["data_points"]) == reply["summary"]["total"]


FILTERS: tuple[dict[str, str], ...] = (
    {"status_code": "429,5xx"}, {"ai_org_model": "openai__gpt-4o,nobody__unheard-of"}, {"metadata": '{"team":"search"}'},
    {"metadata": '{"_user":"Zoë"}'}, {"cost_min": "0.1"}, {"cost_max": "1", "total_units_min": "100"},
    {"cache_status": "HIT,semantic hit"}, {"prompt_slug": "prompt-1"}, {"trace_id": "graph-3,graph-4,graph-5"},
    {"prompt_token_max": "900", "completion_token_min": "10"}, {"q": "question"}, {"user": "ann,Bo"}, {"outcome": "error"},
    {"weighted_feedback_min": "0"}, {"span_id": "graph-span-7"}, {"user": "nobody at all"},
)  # fmt: skip


@pytest.mark.parametrize("seed", [*range(6), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(6, 60))])
def test_under_random_filters_too(house: House, rows: list[recount.Row], given: list[Given], seed: int) -> None:
    """The rows are those that the list leaves under the same filters."""
    random = Random(seed)
    filters: dict[str, str] = {}
    for _ in range(random.choice((1, 1, 2))):
        filters |= random.choice(FILTERS)
    if "weighted_feedback_min" in filters and house.get("/v1/logs", **filters).status_code == 400:
        filters = {"user": "ann"}
    options = {row["id"]: row["option_path"] for row in rows}
    left = [row | {"option_path": options[row["id"]]} for row in listed(house, **filters)]
    from_ms, to_ms = NOW_MS - random.choice((DAY, 9 * DAY)), NOW_MS + random.choice((0, 1))
    traces = {row["trace_id"] for row in left}
    for graph in GRAPHS:
        things: list[Any] = inside(left, from_ms, to_ms)
        if graph.of == "feedback":
            things = [each for each in given if from_ms <= each.at_ms < to_ms and each.trace_id in traces]
        reply = ask(house, f"graphs/{graph.path}", from_ms, to_ms, **filters)
        if graph.path == "feedbacks/ai-models":
            wanted = {"summary": {}, "data_points": recount.models_rated([row for row in left if row["counts"]], things)}
        else:
            wanted = recount.graph(graph.path, things, from_ms, to_ms)
        close({key: reply[key] for key in wanted}, wanted, f"{graph.path} under {filters}")


def test_the_summary_of_the_cache(house: House, rows: list[recount.Row]) -> None:
    reply = ask(house, "summary/cache", NOW_MS - DAY, NOW_MS)
    close(reply["summary"], recount.cache_summary(inside(rows, NOW_MS - DAY, NOW_MS)))
    assert reply["object"] == "analytics-summary"
    empty = ask(house, "summary/cache", NOW_MS - 700 * DAY, NOW_MS - 600 * DAY)
    assert set(empty["summary"].values()) == {0}


# -- groups --------------------------------------------------------------------------------------------------------------

ALL_COLUMNS = ",".join(name for name, _, _ in COLUMNS)
SPAN = (NOW_MS - 9 * DAY, NOW_MS + 1)


@pytest.mark.parametrize("name", recount.VALUES)
def test_groups_are_what_a_pencil_makes_of_the_rows(
    house: House, rows: list[recount.Row], given: list[Given], name: str
) -> None:
    reply = ask(house, f"groups/{name}", *SPAN, columns=ALL_COLUMNS, page_size=1000)
    wanted = recount.groups(
        inside(rows, *SPAN), recount.VALUES[name], given, named_only=name in recount.NAMED_ONLY
    )
    found = {row.pop(name): row for row in reply["data"]}
    assert {row.pop("object") for row in found.values()} == {"analytics-group"}
    close(found, wanted)
    assert reply["total"] == len(wanted)
    order = [(-row["requests"], value) for value, row in found.items()]
    assert order == sorted(order)
    twin = house.get(f"/v1/logs/groups/{name}", **{"from": iso(SPAN[0]), "to": iso(SPAN[1])}).json()
    assert [row[name] for row in twin["data"]] == list(found)[:50]


def test_every_dimension_but_the_hidden_ones_is_recounted() -> None:
    """Lists do not show what the rest group by."""
    assert {each.name for each in DIMENSIONS} - recount.VALUES.keys() == {"error_type", "finish_reason"}
    assert {name for name, _, _ in COLUMNS} == recount.columns([NO_ROW], []).keys()


NO_ROW = {"cost": None, "total_units": None, "req_units": None, "res_units": None, "response_time": None, "user": "", "trace_id": "",
          "response_status_code": 200, "cache_status": None, "created_at": "2026-01-01T00:00:00.000Z"}  # fmt: skip


@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_groups_are_in_the_order_that_was_asked_for(
    house: House, rows: list[recount.Row], given: list[Given], direction: str
) -> None:
    for column, _, _ in COLUMNS:
        reply = ask(house, "groups/model", *SPAN, columns=column, order_by=column, order_by_type=direction)
        values = [row[column] for row in reply["data"]]
        assert values == sorted(values, reverse=direction == "desc"), column
        assert len(values) == len(MODELS)
    by_name = [row["model"] for row in ask(house, "groups/model", *SPAN, order_by="model", order_by_type=direction)["data"]]
    assert by_name == sorted(by_name, reverse=direction == "desc")


def test_pages_of_groups_make_up_the_whole(house: House, rows: list[recount.Row]) -> None:
    whole = ask(house, "groups/metadata/n", *SPAN, page_size=1000)
    pages = [ask(house, "groups/metadata/n", *SPAN, page_size=100, current_page=page) for page in range(6)]
    assert [row for page in pages for row in page["data"]] == whole["data"]
    assert {page["total"] for page in pages} == {whole["total"]}
    assert pages[5]["data"] == []
    counted = ask(house, "groups/metadata/n", *SPAN, page_size=0)
    assert (counted["total"], counted["data"]) == (whole["total"], [])
    assert "total" not in ask(house, "groups/metadata/n", *SPAN, include_total="False")


def test_metadata_groups_may_have_dots_and_slashes_in_their_key(
    house: House, rows: list[recount.Row], given: list[Given]
) -> None:
    wanted = recount.groups(inside(rows, *SPAN), lambda row: recount.metadata(row).get("a.b/c", ""), given, named_only=True)
    (row,) = ask(house, "groups/metadata/a.b/c", *SPAN)["data"]
    names = ("requests", "cost", "avg_tokens", "avg_weighted_feedback", "requests_with_feedback", "last_seen")
    close(row, {"metadata_value": "x", "object": "analytics-group"} | {name: wanted["x"][name] for name in names})


def test_the_vendors_groups_have_its_types(house: House, rows: list[recount.Row]) -> None:
    """Numbers of users and models are text there."""
    users = ask(house, "groups/users", *SPAN)
    wanted = recount.groups(inside(rows, *SPAN), lambda row: row["user"], [], named_only=True)
    assert users["total"] == len(users["data"]) == len(wanted)
    for row in users["data"]:
        assert row["requests"] == str(wanted[row["user"]]["requests"])
        assert float(row["cost"]) == pytest.approx(wanted[row["user"]]["cost"])
        assert "e" not in row["cost"]
    models = ask(house, "groups/ai-models", *SPAN, columns="cost")["data"]
    assert [type(row["requests"]) for row in models] == [str] * len(MODELS)
    assert all(isinstance(row["cost"], int | float) for row in models)
    (workspace,) = ask(house, "groups/workspaces", *SPAN)["data"]
    assert (workspace["workspace"], workspace["requests"]) == ("default", len(inside(rows, *SPAN)))


# -- the vendor's schema -----------------------------------------------------------------------------------------------------

SCHEMAS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "fixtures" / "portkey-analytics.json").read_text())
FRACTIONS = {
    f"/analytics/graphs/{g.path}": {part.key for part in (*g.summary, *g.point) if BY_NAME[part.figure].kind == "number"}
    for g in GRAPHS
} | {
    "/analytics/summary/cache": {"avg_latency", "cache_speedup"},
    "/analytics/groups/metadata/{metadataKey}": {"cost", "avg_tokens", "avg_weighted_feedback"},
}  # fmt: skip


def loosened(part: Any, fractions: set[str], key: str = "") -> Any:
    """The vendor's schema, but for one decision (contract 9.3): averages, rates and cents have fractions."""
    if isinstance(part, list):
        return [loosened(each, fractions) for each in part]
    if not isinstance(part, dict):
        return part
    made = {name: loosened(value, fractions, name) for name, value in part.items() if name not in ("description", "example")}
    if made.get("type") == "integer" and key in fractions:
        made["type"] = "number"
    return made


@pytest.mark.parametrize("path", SCHEMAS)
def test_replies_have_the_vendors_schema(house: House, rows: list[recount.Row], given: list[Given], path: str) -> None:
    reply = ask(house, path.removeprefix("/analytics/").replace("{metadataKey}", "team"), *SPAN)
    schema = loosened(SCHEMAS[path], FRACTIONS.get(path, set()))
    jsonschema.validate(reply, schema, format_checker=jsonschema.FormatChecker())
    properties = SCHEMAS[path]["properties"]
    for part in (properties.get("summary", {}), properties.get("data_points", properties.get("data", {})).get("items", {})):
        # What is not required is there all the same.
        shown_parts = [reply["summary"]] if part is properties.get("summary") else reply.get("data_points", reply.get("data", []))
        assert all(part.get("properties", {}).keys() <= each.keys() for each in shown_parts)


def test_every_graph_of_the_vendor_is_there() -> None:
    paths = {path.removeprefix("/analytics/graphs/") for path in SCHEMAS if "/graphs/" in path}
    assert paths == {graph.path for graph in GRAPHS}


# -- splits and comparisons ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("split_by", ["model", "user", "metadata.n"])
@pytest.mark.parametrize("graph", [g for g in GRAPHS if g.of == "logs"], ids=lambda graph: graph.path)
def test_a_split_is_the_graph_of_each_value(house: House, rows: list[recount.Row], graph: Graph, split_by: str) -> None:
    key = split_by.removeprefix("metadata.")
    value = recount.VALUES.get(split_by) or (lambda row: recount.metadata(row).get(key, ""))
    reply = ask(house, f"graphs/{graph.path}", *SPAN, split_by=split_by)
    series = reply["series"]
    among = [row for row in inside(rows, *SPAN) if concerns(graph, row)]
    counted: dict[str, int] = {}
    for row in among:
        counted[value(row)] = counted.get(value(row), 0) + 1
    top = sorted(counted, key=lambda each: (-counted[each], each))[:8]
    assert [each["key"] for each in series] == top + [None] * (len(counted) > 8)
    for each in series:
        those = [row for row in among if (value(row) not in top if each.get("other") else value(row) == each["key"])]
        wanted = recount.graph(graph.path, those, *SPAN)
        close({name: each[name] for name in wanted}, wanted, f"{graph.path} of {each['key']}")


def concerns(graph: Graph, row: recount.Row) -> bool:
    """Whether a request can change a graph's figures."""
    retried, fallen = recount.rescued([row])
    tests = {"": True, "errors": bool(recount.failed([row])), "hits": bool(recount.hits([row])), "rescued": bool(retried or fallen)}
    return tests[graph.among]


def test_a_split_of_feedback_is_by_the_requests_of_its_trace(
    house: House, rows: list[recount.Row], given: list[Given]
) -> None:
    reply = ask(house, "graphs/feedbacks", *SPAN, split_by="model")
    counted = [row for row in rows if row["counts"]]
    now = [each for each in given if SPAN[0] <= each.at_ms < SPAN[1]]
    wanted = {point["ai_model"]: point["total"] for point in recount.models_rated(counted, now)}
    assert {each["key"]: each["summary"]["total"] for each in reply["series"]} == wanted
    assert reply["summary"]["total"] == len(now), "each feedback once, however many models its trace has"


@pytest.mark.parametrize("graph", GRAPHS, ids=lambda graph: graph.path)
def test_the_previous_range_stands_beside_this_one(
    house: House, rows: list[recount.Row], given: list[Given], graph: Graph
) -> None:
    to_ms = NOW_MS - NOW_MS % HOUR
    from_ms = to_ms - DAY
    reply = ask(house, f"graphs/{graph.path}", from_ms, to_ms, compare="previous")
    alone = ask(house, f"graphs/{graph.path}", from_ms - DAY, from_ms)
    close(reply["previous"], {key: alone[key] for key in ("summary", "data_points", "from", "to")})
    if graph.by == "time":
        assert len(reply["previous"]["data_points"]) == len(reply["data_points"])


def test_points_of_an_odd_range_stand_beside_each_other_too(house: House, rows: list[recount.Row]) -> None:
    length = 13 * HOUR + 17 * MINUTE + 5
    reply = ask(house, "graphs/requests", NOW_MS - length, NOW_MS, compare="previous")
    now, before = reply["data_points"], reply["previous"]["data_points"]
    assert [recount.ms(a["timestamp"]) - recount.ms(b["timestamp"]) for a, b in zip(now, before, strict=True)] == [length] * len(now)
    assert sum(point["total"] for point in before) == len(inside(rows, NOW_MS - 2 * length, NOW_MS - length))


# -- parameters ----------------------------------------------------------------------------------------------------------


def test_without_a_range_it_is_the_last_day(house: House, rows: list[recount.Row]) -> None:
    reply = house.get("/v1/analytics/graphs/requests").json()
    now = house.clock.now_ms()
    assert (reply["from"], reply["to"], reply["bucket_ms"]) == (now - DAY, now, HOUR)
    relative = house.get("/v1/analytics/graphs/requests", **{"from": "-24h", "to": "now"}).json()
    assert relative == reply
    since = house.get("/v1/analytics/graphs/requests", time_of_generation_min=iso(now - HOUR)).json()
    assert (since["from"], since["to"]) == (now - HOUR, now)
    until = house.get("/v1/analytics/graphs/requests", time_of_generation_max="2026-11-10").json()
    assert (iso(until["from"]), iso(until["to"])) == ("2026-11-10T00:00:00.000Z", "2026-11-11T00:00:00.000Z")


def test_a_plus_that_was_not_encoded_is_understood(house: House, rows: list[recount.Row]) -> None:
    reply = house.call("GET", "/v1/analytics/graphs/requests?time_of_generation_min=2026-11-17T00:00:00+05:30&to=2026-11-18")
    assert iso(reply.json()["from"]) == "2026-11-16T18:30:00.000Z"


def test_a_longest_range_is_still_a_reply(house: House, rows: list[recount.Row]) -> None:
    reply = house.get("/v1/analytics/graphs/requests", **{"from": "0001-01-01", "to": "2200-01-01"}).json()
    assert len(reply["data_points"]) <= 1001
    assert reply["summary"]["total"] == SIZE
    assert reply["bucket_ms"] % (7 * DAY) == 0


def test_the_workspace_of_the_key_is_the_one(house: House, rows: list[recount.Row]) -> None:
    """The vendor says of its keys of a workspace that the slug is not looked at; SDK calls must send one."""
    reply = ask(house, "graphs/requests", *SPAN, workspace_slug="ws-shared-1234")
    assert reply["summary"]["total"] == len(inside(rows, *SPAN))


@pytest.mark.parametrize(
    ("path", "parameters", "wrong"),
    [
        ("graphs/cost", {"time_of_generation_min": "yesterday-ish"}, "time_of_generation_min"),
        ("graphs/cost", {"from": "2026-11-20", "to": "2026-11-19"}, "from"),
        ("graphs/cost", {"from": "2300-01-01"}, "from"),
        ("graphs/cost", {"utc_offset_minutes": "900"}, "utc_offset_minutes"),
        ("graphs/cost", {"split_by": "mood"}, "split_by"),
        ("graphs/cost", {"split_by": "metadata."}, "split_by"),
        ("graphs/cost", {"compare": "next"}, "compare"),
        ("graphs/cost", {"status_code": "many"}, "status_code"),
        ("groups/model", {"columns": "cost,mood"}, "columns"),
        ("groups/model", {"order_by": "mood"}, "order_by"),
        ("groups/model", {"order_by_type": "up"}, "order_by_type"),
        ("groups/model", {"page_size": "1001"}, "page_size"),
        ("groups/model", {"current_page": "-1"}, "current_page"),
        ("groups/model", {"include_total": "maybe"}, "include_total"),
        ("groups/mood", {}, "groupBy"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(house: House, path: str, parameters: dict[str, str], wrong: str) -> None:
    refused(house.get(f"/v1/analytics/{path}", **parameters), 400, "bad-filter", wrong)


def test_unknown_parameters_are_passed_over(house: House, rows: list[recount.Row]) -> None:
    plain = ask(house, "graphs/cost", *SPAN)
    assert ask(house, "graphs/cost", *SPAN, mood="good", page_size="7", order_by="x", columns="y") == plain


def test_values_are_never_sql(house: House, rows: list[recount.Row]) -> None:
    for hostile in ("metadata.'); DROP TABLE logs; --", "metadata.a'b\\", "metadata.{p0:String}", "metadata.%s"):
        reply = ask(house, "graphs/requests", *SPAN, split_by=hostile)
        assert [each["key"] for each in reply["series"]] == [""]
    assert ask(house, "groups/metadata/x' OR 1=1 --", *SPAN)["data"] == []


def test_json_has_no_fraction_where_there_is_none(house: House, rows: list[recount.Row]) -> None:
    text = house.get("/v1/analytics/graphs/latency", **{"from": iso(SPAN[0]), "to": iso(SPAN[1])}).text
    assert ".0," not in text
    assert ".0}" not in text
    assert json.loads(text)["data_points"]


NAMES = (
    "from", "to", "time_of_generation_min", "utc_offset_minutes", "split_by", "compare", "columns", "order_by", "order_by_type",
    "page_size", "current_page", "include_total", "q", "metadata", "status_code", "ai_org_model", "cost_min", "trace_id", "user",
    "weighted_feedback_max",
)  # fmt: skip
VALUES = (
    "", "0", "1", "-1", "1e400", "nan", "-24h", "now", "2026-11-18", "1970-01-01", "9999-12-31T23:59:59Z", "true", "previous", "asc",
    "model", "user", "metadata.a.b/c", "metadata.\0", "metadata.`", "metadata.x y", "cost,users", "value", "a__b", '{"a":1}', '{"a":{"b":[]}}',
    "*", "%", "'", '"', "\\", "{p0:String}", "model:x", "a OR b", "é😀\u202e", "x" * 900, "999999999", "-840", "429", "5xx",
)  # fmt: skip


@pytest.mark.parametrize("seed", [*range(2), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 40))])
def test_whatever_is_asked_is_answered_or_refused(house: House, rows: list[recount.Row], seed: int) -> None:
    random = Random(seed)
    paths = [f"graphs/{g.path}" for g in GRAPHS] + ["summary/cache", "errors", "groups/users", "groups/metadata/team", "groups/session"]
    for _ in range(60):
        path = random.choice(paths)
        parameters = {name: random.choice(VALUES) for name in random.sample(NAMES, random.randrange(4))}
        reply = house.get(f"/v1/analytics/{path}", **parameters)
        assert reply.status_code in (200, 400), (path, parameters, reply.text)
        assert isinstance(reply.json(), dict)
