"""`GET /v1/logs/facets`: values and their counts, counted again from the rows that lists show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from tests.api.conftest import House, refused
from tests.api.queries import Row, metadata, picks, random_query, store_all
from tests.samples import chat

_WORDS = {"HIT": "hit", "SEMANTIC HIT": "semantic", "MISS": "miss", "SEMANTIC MISS": "miss", "REFRESH": "refreshed", "DISABLED": "disabled"}

VALUES: dict[str, Callable[[Row], Any]] = {
    "status": lambda r: r["response_status_code"],
    "model": lambda r: r["ai_model"],
    "provider": lambda r: r["ai_org"],
    "user": lambda r: r["user"],
    "cache": lambda r: _WORDS.get(r["cache_status"] or ""),
    "env": lambda r: metadata(r).get("_environment"),
    "kind": lambda r: r["kind"],
    "counts": lambda r: str(r["counts"]).lower(),
    "metadata.tier": lambda r: metadata(r).get("tier"),
    "metadata.region": lambda r: metadata(r).get("region"),
    "metadata.my key": lambda r: metadata(r).get("my key"),
}


@pytest.fixture(scope="module")
def rows(house: House) -> list[Row]:
    """Every log of the house."""
    return store_all(house)


def facets(house: House, **parameters: Any) -> dict[str, dict[str, Any]]:
    reply = house.get("/v1/logs/facets", **parameters)
    assert reply.status_code == 200, reply.text
    assert reply.json()["object"] == "log-facets"
    return {facet["field"]: facet for facet in reply.json()["facets"]}


def recounted(field: str, rows: list[Row]) -> list[dict[str, Any]]:
    """Values of a field with counts, the most frequent first, equal ones in order of the alphabet."""
    counts = Counter(str(value) for row in rows if (value := VALUES[field](row)) not in (None, ""))
    return [{"value": value, "count": count} for value, count in sorted(counts.items(), key=lambda item: (-item[1], item[0].encode()))]


@pytest.mark.parametrize("seed", range(60))
def test_a_facet_counts_what_the_rest_of_the_query_matches(house: House, rows: list[Row], seed: int) -> None:
    """The filters of a field are left out of its own counts, those of all other fields are kept."""
    random = Random(seed)
    query = random_query(random)
    fields = random.sample(list(VALUES), random.choice((1, 4, len(VALUES))))
    limit = random.choice((1, 2, 8, 100))
    found = facets(house, q=" ".join(text for text, _, _ in query), fields=",".join(fields), limit=limit)
    assert list(found) == fields
    for field in fields:
        wanted = recounted(field, [row for row in rows if picks(query, row, without=field)])
        assert found[field]["values"] == wanted[:limit], field
        assert found[field]["has_more"] is (len(wanted) > limit)


def test_a_count_is_the_total_of_the_list_that_a_click_leads_to(house: House, rows: list[Row]) -> None:
    found = facets(house, q="latency:>250 -user:bob", fields="model,user,status,cache,env,metadata.tier", limit=100)
    for field, facet in found.items():
        rest = "latency:>250" if field == "user" else "latency:>250 -user:bob"
        for value in facet["values"]:
            text = value["value"] if field == "cache" else f'"{value["value"]}"' if field != "status" else value["value"]
            assert house.list(q=f"{rest} {field}:{text}", page_size=1)["total"] == value["count"], (field, value)


def test_without_fields_there_are_those_of_the_side_bar_and_the_metadata_that_most_logs_have(house: House, rows: list[Row]) -> None:
    found = facets(house)
    assert list(found)[:7] == ["status", "model", "provider", "user", "cache", "env", "key"]
    assert list(found)[7:9] == ["metadata.tier", "metadata.region"]
    assert not {"metadata.no", "metadata._user"} & set(found), "numbers of single logs, and keys that are fields already"
    assert found["metadata.tier"]["values"] == recounted("metadata.tier", rows)


def test_a_search_finds_values_by_any_part_in_any_case(house: House, rows: list[Row]) -> None:
    found = facets(house, fields="model", search="GPT", limit=1)["model"]
    gpts = [value for value in recounted("model", rows) if "gpt" in value["value"]]
    assert len(gpts) == 2
    assert (found["values"], found["has_more"]) == (gpts[:1], True)
    assert facets(house, fields="user", search="%")["user"]["values"] == [v for v in recounted("user", rows) if "%" in v["value"]]
    assert facets(house, fields="user", search="nobody")["user"]["values"] == []
    assert [v["value"] for v in facets(house, fields="metadata.region", search="prod")["metadata.region"]["values"]] == ["prod-1"]


def test_a_list_counts_each_log_once_a_value(house: House) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
    logs = [chat(metadata={"set": "tools"}) for _ in range(3)]
    for log in logs[:2]:
        log["response"]["body"]["choices"][0]["message"]["tool_calls"] = [call, call]
    house.store(logs)
    found = facets(house, q="metadata.set:tools", fields="tool,model")
    assert found["tool"]["values"] == [{"value": "look_up", "count": 2}]
    assert found["model"]["values"][0]["count"] == 3


def test_keys_of_any_spelling_have_facets(house: House) -> None:
    keys = ["a.b", "my key", "quote'", "back`tick", 'double"', "日本", "x" * 60, "%s", "{p0:String}"]
    house.store([chat(metadata={"set": "keys", **dict.fromkeys(keys, "v1")}), chat(metadata={"set": "keys", keys[0]: "v2"})])
    for key in keys:
        found = facets(house, q="metadata.set:keys", fields=f"metadata.{key}")
        assert {"value": "v1", "count": 1} in found[f"metadata.{key}"]["values"], key


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"fields": "modle"}, "did you mean model"),
        ({"fields": "ai_model"}, "ai_model"),
        ({"fields": "cost"}, "no facets"),
        ({"fields": "http_status"}, "no facets"),
        ({"fields": "request_body"}, "no facets"),
        ({"fields": "status_code"}, "its name is status"),
        ({"fields": "metadata."}, "metadata."),
        ({"fields": ",".join(f"metadata.k{n}" for n in range(31))}, "at most 30"),
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"q": "modle:x"}, "modle"),
    ],
)
def test_a_wrong_parameter_is_a_400_that_names_it(house: House, parameters: dict[str, str], says: str) -> None:
    (name,) = parameters
    message = refused(house.get("/v1/logs/facets", **parameters), 400, "bad-filter", name if name != "q" else None)
    assert says in message


def test_a_search_goes_with_one_field(house: House) -> None:
    for fields in ("model,user", "metadata", ""):
        refused(house.get("/v1/logs/facets", fields=fields, search="x"), 400, "bad-filter", "search")
