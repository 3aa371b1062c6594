"""API keys through the API: the text once, no scope that the maker lacks, revoked at once, when and how often used."""

from __future__ import annotations

from typing import Any

import pytest

from portlog.catalog import ALL_SCOPES
from tests.api.conftest import House, refused
from tests.samples import chat


@pytest.fixture(scope="module")
def locked(house: House) -> House:
    """The same program with `--auth on`."""
    return house.variant(auth="on")


@pytest.fixture(scope="module")
def admin(house: House) -> dict[str, str]:
    """A key with all scopes, made on the command line."""
    return header(house.parts.catalog.create_key("admin", ALL_SCOPES)[0])


def header(text: str) -> dict[str, str]:
    return {"x-portkey-api-key": text}


def made(locked: House, maker: dict[str, str], **fields: Any) -> dict[str, Any]:
    reply = locked.call("POST", "/v1/api-keys", {"name": "ci"} | fields, maker)
    assert reply.status_code == 200, reply.text
    assert reply.headers["cache-control"] == "no-store"
    key: dict[str, Any] = reply.json()
    return key


def listed(locked: House, caller: dict[str, str], key_id: str) -> dict[str, Any]:
    reply = locked.get("/v1/api-keys", caller)
    assert reply.status_code == 200, reply.text
    (key,) = [each for each in reply.json()["data"] if each["id"] == key_id]
    return dict(key)


def test_a_keys_text_is_in_the_reply_that_made_it_and_nowhere_else(locked: House, admin: dict[str, str]) -> None:
    key = made(locked, admin, name="ci \u202e", scopes=["logs.write"])
    assert (key["name"], key["scopes"], key["workspace"], key["revoked_at"]) == ("ci \u202e", ["logs.write"], "default", None)
    assert key["key"].startswith(key["hint"][:-1])
    assert locked.post(chat(), header(key["key"])).status_code == 200
    refused(locked.get("/v1/logs", header(key["key"])), 403, "scope-missing")
    reply = locked.get("/v1/api-keys", admin)
    assert key["key"] not in reply.text and key["key"][8:] not in reply.text
    assert "key" not in listed(locked, admin, key["id"])


def test_without_scopes_a_key_has_those_of_its_maker(locked: House, admin: dict[str, str]) -> None:
    assert set(made(locked, admin)["scopes"]) == set(ALL_SCOPES)
    some = made(locked, admin, scopes=["keys.manage", "logs.view"])
    assert made(locked, header(some["key"]))["scopes"] == ["keys.manage", "logs.view"]


def test_a_key_gives_no_scope_that_it_lacks(locked: House, admin: dict[str, str]) -> None:
    some = header(made(locked, admin, scopes=["keys.manage", "logs.view"])["key"])
    message = refused(locked.call("POST", "/v1/api-keys", {"name": "x", "scopes": ["logs.view", "logs.write"]}, some), 403, "scope-missing")
    assert "logs.write" in message
    none = header(made(locked, admin, scopes=["logs.write", "settings.manage"])["key"])
    for method, path in (("GET", "/v1/api-keys"), ("POST", "/v1/api-keys"), ("DELETE", "/v1/api-keys/x")):
        refused(locked.call(method, path, {"name": "x"} if method == "POST" else None, none), 403, "scope-missing")


def test_a_session_of_the_dashboard_may_what_its_key_may(locked: House, admin: dict[str, str]) -> None:
    some = made(locked, admin, scopes=["keys.manage"])
    cookie = locked.call("POST", "/v1/session", {"key": some["key"]}).headers["set-cookie"].partition(";")[0]
    assert made(locked, {"cookie": cookie})["scopes"] == ["keys.manage"]
    refused(locked.call("POST", "/v1/api-keys", {"name": "x", "scopes": ["logs.view"]}, {"cookie": cookie}), 403, "scope-missing")


def test_a_revoked_key_opens_nothing_and_stays_in_the_list(locked: House, admin: dict[str, str]) -> None:
    key = made(locked, admin)
    reply = locked.call("DELETE", f"/v1/api-keys/{key['id']}", headers=admin)
    assert reply.status_code == 200 and reply.json()["revoked_at"]
    refused(locked.post(chat(), header(key["key"])), 401, "key-unknown")
    assert listed(locked, admin, key["id"])["revoked_at"] == reply.json()["revoked_at"]
    refused(locked.call("DELETE", f"/v1/api-keys/{key['id']}", headers=admin), 404, "not-found")
    refused(locked.call("DELETE", "/v1/api-keys/ci", headers=admin), 404, "not-found")  # by id, not by name


def test_the_last_use_and_the_calls_of_a_day_are_told(locked: House, house: House, admin: dict[str, str]) -> None:
    key = made(locked, admin)
    assert (listed(locked, admin, key["id"])["last_used_at"], listed(locked, admin, key["id"])["calls_24h"]) == (None, 0)
    locked.store([chat(), chat()], header(key["key"]))
    house.clock.advance(7200)
    locked.store(chat(), header(key["key"]))
    told = listed(locked, admin, key["id"])
    assert (told["last_used_at"] > told["created_at"], told["calls_24h"]) == (True, 3)
    house.clock.advance(86_400 - 3600)
    assert listed(locked, admin, key["id"])["calls_24h"] == 1
    house.clock.advance(7200)
    assert listed(locked, admin, key["id"])["calls_24h"] == 0


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"name": ""}, "name"), ({"name": "x" * 101}, "name"), ({"name": None}, "name"), ({"scopes": []}, "scopes"),
        ({"scopes": "logs.view"}, "scopes"), ({"scopes": ["logs.view", "logs.erase"]}, "scopes[1]"), ({"scopes": [1]}, "scopes[0]"),
        ({"workspace": "elsewhere"}, "workspace"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_what_is_wrong_is_named_and_makes_no_key(locked: House, admin: dict[str, str], fields: dict[str, Any], path: str) -> None:
    before = locked.get("/v1/api-keys", admin).json()["total"]
    refused(locked.call("POST", "/v1/api-keys", {"name": "ci"} | fields, admin), 400, "request-validation", path)
    assert locked.get("/v1/api-keys", admin).json()["total"] == before


def test_without_keys_everyone_on_this_machine_may_make_one(house: House) -> None:
    """The dashboard of a fresh install makes its first key so."""
    assert set(made(house, {})["scopes"]) == set(ALL_SCOPES)
