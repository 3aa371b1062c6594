"""A log comes back out of its row as it went in: through the encoder, `restore.log_of`, and `unfold`."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given

from portlog.applier import row_of
from portlog.derive import derive
from portlog.ingest import Ingest
from portlog.schema import jsons
from portlog.schema.columns import COLUMNS, Links, Row
from portlog.schema.log import Derived, Log, Warning_
from portlog.schema.restore import derived_of, log_of
from portlog.senders.table import unfold
from tests.samples import SEED_SAMPLE, chat, json_values, minimal, parse, parse_one

CAPTURES = {file.stem: json.loads(file.read_text()) for file in sorted((Path(__file__).parents[1] / "fixtures" / "clients").glob("*.json"))}
CALLS = {
    name: capture["request"]
    for name, capture in CAPTURES.items()
    if "request" in capture and capture["request"]["path"].rstrip("/").endswith("/logs") and "body" in capture["request"]
}


def stored(row: Row) -> dict[str, Any]:
    """A row as a store gives it back: text for bytes, 0 and 1 for booleans, a dict for a map."""
    return {column.name: _stored(column.type, column.source(row)) for column in COLUMNS}


def _stored(type_: str, value: Any) -> Any:
    if type_.startswith("Map"):
        return dict(value)
    if isinstance(value, bytes) and not type_.startswith("FixedString"):
        return value.decode()
    return int(value) if isinstance(value, bool) else value


def same(log: Log, back: Log) -> None:
    """Equal once unfolded; bodies as JSON values."""
    log, back = unfold(log), unfold(back)
    for name in Log.__struct_fields__:
        before, after = getattr(log, name), getattr(back, name)
        if name in ("request_body", "response_body", "metadata"):
            before, after = (jsons.decode_any(text) if text else None for text in (before, after))
        assert after == before, name


def as_kept(log: Log) -> Log:
    """What ingest writes to the write-ahead log."""
    return Ingest._prepare(cast(Ingest, SimpleNamespace(_prices=None)), log)


def round_trip(log: Log) -> Log:
    return log_of(stored(row_of(7, log)))


@pytest.mark.parametrize("sent", [SEED_SAMPLE, chat(), minimal(), chat("hé\n\x01\x02", "", metadata={"_user": "ü", "n": 1, "o": {"a": [1.0]}})])
def test_a_plain_log_comes_back(sent: dict[str, Any]) -> None:
    log = parse_one(sent)
    same(log, round_trip(log))
    assert row_of(7, log).derived == derive(round_trip(log))


def test_what_stands_beside_the_known_keys_comes_back() -> None:
    sent = chat(other=[1], metadata={"_debug": True})
    sent["request"]["params"], sent["response"]["streamingMode"], sent["response"]["more"] = {"a": 1}, True, None
    log = parse_one(sent, {"x-portkey-metadata": "{no", "x-portkey-config": "pc-1", "x-portkey-virtual-key": "v"})
    assert log.warnings and log.stream
    same(log, round_trip(log))


@pytest.mark.parametrize("asked", [True, False, None])
@pytest.mark.parametrize("mode", [True, False, None])
def test_stream_is_derived_again_as_it_was(asked: bool | None, mode: bool | None) -> None:
    sent = chat()
    sent["request"]["body"]["stream"], sent["response"]["streamingMode"] = asked, mode
    log = parse_one(sent)
    assert derive(round_trip(log)).stream == derive(log).stream


@given(json_values, json_values)
def test_any_bodies_come_back(request: Any, response: Any) -> None:
    log = parse_one(minimal(request={"url": "u", "body": request}, response={"body": response}))
    same(log, round_trip(log))


def test_under_do_not_track_the_derived_values_are_carried() -> None:
    log = parse_one(chat())
    bare = as_kept(msgspec.structs.replace(log, tracked=False))
    back = round_trip(bare)
    same(bare, back)
    assert back.derived is not None and back.derived.input_tokens == 14
    assert derive(back) == back.derived == bare.derived


def test_every_derived_field_has_its_column() -> None:
    derived = Derived(
        model="m", input_tokens=1, output_tokens=2, total_tokens=3, stream=False, tools=["a"], has=["tools"], tags=["t"],
        cost_usd=0.5, cost_source="own", by="rules 1", kind="embedding", outcome="pending", retry_count=-1,
    )  # fmt: skip
    row = stored(msgspec_row(parse_one(chat()), derived))
    assert derived_of(row) == derived


def msgspec_row(log: Log, derived: Derived) -> Row:
    return Row(seq=1, log=log, derived=derived, request_shape=b"null", response_shape=b"null", text="")


def test_a_user_of_another_span_is_not_the_logs_own() -> None:
    log = parse_one(chat())
    row = msgspec_row(log, derive(log))
    links = Links(user="u1", user_from="s1", session="c1", session_from="s2")
    back = log_of(stored(Row(**{name: getattr(row, name) for name in Row.__dataclass_fields__ if name != "links"}, links=links)))
    assert (back.user, back.session) == ("", "")
    mine = msgspec.structs.replace(log, user="me", session="mine")
    back = log_of(stored(msgspec_row(mine, derive(mine))))
    assert (back.user, back.session) == ("me", "mine")


def test_a_foreign_log_keeps_its_envelope_and_is_read_again() -> None:
    """What an earlier `unfold` filled in is dropped; warnings of the call stay, the reader's own come again."""
    log = msgspec.structs.replace(
        parse_one(chat()), shape="some-sender", raw=b'{"a":1}', join_key="k", status=429, user="u", session="s",
        warnings=[Warning_("header:x-portkey-metadata", "unreadable"), Warning_("", "unreadable", "once")],
    )  # fmt: skip
    back = log_of(stored(msgspec_row(log, derive(log))))
    assert (back.raw, back.join_key, back.shape, back.span_id) == (log.raw, "k", "some-sender", log.span_id)
    assert (back.status, back.user, back.session, back.request_body, back.request_url) == (None, "", "", b"", "")
    assert back.warnings == log.warnings[:1]


@pytest.mark.parametrize("name", CALLS)
def test_what_real_clients_posted_comes_back(name: str) -> None:
    call = CALLS[name]
    headers = {header.lower(): value for header, value in call["headers"].items()}
    for log in parse(json.dumps(call["body"]).encode(), headers):
        log = as_kept(log)
        same(log, round_trip(log))
        assert row_of(7, round_trip(log)).derived == row_of(7, log).derived
