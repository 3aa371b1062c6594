"""The few mutable rows: keys are digests at rest, revocation is seen, sessions end, first replies are kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from portlog.catalog import ALL_SCOPES, Catalog, Reply, View
from portlog.catalog.layout import LAYOUT
from portlog.clock import FakeClock
from portlog.errors import PortlogError, StartError
from portlog.schema.prices import Book, Discount, OwnPrice

DAY = 86_400


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalog.sqlite"


@pytest.fixture
def catalog(path: Path, clock: FakeClock) -> Iterator[Catalog]:
    """The server's connection."""
    catalog = Catalog(path, clock)
    yield catalog
    catalog.close()


@pytest.fixture
def other(path: Path, catalog: Catalog, clock: FakeClock) -> Iterator[Catalog]:
    """The command line's connection to the same file."""
    other = Catalog(path, clock)
    yield other
    other.close()


def test_a_key_is_found_by_its_text_alone(catalog: Catalog) -> None:
    text, key = catalog.create_key("ci", ("logs.write", "logs.view", "logs.write"))
    assert catalog.find_key(text) == key
    assert (key.name, key.workspace, key.scopes, key.revoked_ms) == ("ci", "default", ("logs.view", "logs.write"), None)
    assert text.startswith("pl-") and len(text) > 40
    for wrong in ("", text[:-1], text + "x", text.upper(), key.id, key.hint):
        assert catalog.find_key(wrong) is None


def test_neither_keys_nor_session_tokens_are_anywhere_in_the_files(catalog: Catalog, path: Path) -> None:
    text, key = catalog.create_key("ci", ALL_SCOPES)
    token = catalog.create_session(key)
    files = [file for file in path.parent.iterdir() if file.is_file()]
    assert key.id.encode() in b"".join(file.read_bytes() for file in files), "the row itself is there"
    for file in files:
        held = file.read_bytes()
        for secret in (text, text[8:], token):
            assert secret.encode() not in held, file


def test_the_hint_tells_keys_apart_and_gives_nothing_away(catalog: Catalog) -> None:
    text, key = catalog.create_key("ci", ALL_SCOPES)
    assert key.hint == text[:7] + "…"


@pytest.mark.parametrize(("scopes", "named"), [((), "none given"), (("logs.erase",), "logs.erase"), (("logs.view", "x"), "x")])
def test_an_unknown_scope_is_refused_and_named(catalog: Catalog, scopes: tuple[str, ...], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        catalog.create_key("ci", scopes)
    assert catalog.keys() == []


def test_an_unknown_workspace_is_refused(catalog: Catalog) -> None:
    with pytest.raises(ValueError, match="no workspace 'elsewhere'"):
        catalog.create_key("ci", ALL_SCOPES, "elsewhere")
    assert not catalog.has_keys()


def test_a_key_made_by_another_process_is_seen_within_a_second(catalog: Catalog, other: Catalog, clock: FakeClock) -> None:
    assert not catalog.has_keys()
    text, key = other.create_key("ci", ALL_SCOPES)
    clock.advance(1)
    assert catalog.find_key(text) == key
    assert catalog.has_keys()


def test_a_key_revoked_by_another_process_is_dead_within_a_second(catalog: Catalog, other: Catalog, clock: FakeClock) -> None:
    text, key = catalog.create_key("ci", ALL_SCOPES)
    keep, _ = catalog.create_key("keep", ALL_SCOPES)
    token = catalog.create_session(key)
    assert catalog.find_key(text) == key
    revoked = other.revoke_key("ci")
    assert revoked is not None and revoked.id == key.id
    clock.advance(1)
    assert catalog.find_key(text) is None
    assert catalog.find_key(keep) is not None
    assert catalog.find_session(token) is None, "its sessions end with it"


def test_a_key_revoked_by_ourselves_is_dead_at_once(catalog: Catalog) -> None:
    text, key = catalog.create_key("ci", ALL_SCOPES)
    assert catalog.find_key(text) == key
    assert catalog.revoke_key(key.id) is not None
    assert catalog.find_key(text) is None
    assert not catalog.has_keys()


def test_a_key_is_revoked_once(catalog: Catalog, clock: FakeClock) -> None:
    _, key = catalog.create_key("ci", ALL_SCOPES)
    clock.advance(5)
    assert catalog.revoke_key("ci") is not None
    assert catalog.revoke_key("ci") is None
    assert catalog.revoke_key("never was") is None
    (row,) = catalog.keys()
    assert row.revoked_ms == key.created_ms + 5000


def test_keys_are_listed_oldest_first_and_survive_a_restart(catalog: Catalog, path: Path, clock: FakeClock) -> None:
    texts = []
    for name in ("a", "b", "c"):
        texts.append(catalog.create_key(name, ALL_SCOPES)[0])
        clock.advance(1)
    catalog.close()
    again = Catalog(path, clock)
    kept = again.keys()
    assert [key.name for key in kept] == ["a", "b", "c"]
    assert all(again.find_key(text) for text in texts)
    again.close()


def test_a_session_stands_for_its_key_for_a_week(catalog: Catalog, clock: FakeClock) -> None:
    _, key = catalog.create_key("ci", ("logs.list",))
    token = catalog.create_session(key)
    assert catalog.find_session(token) == key
    clock.advance(7 * DAY - 1)
    assert catalog.find_session(token) == key
    clock.advance(1)
    assert catalog.find_session(token) is None


def test_a_session_ends_when_it_is_ended_and_no_other_with_it(catalog: Catalog) -> None:
    _, key = catalog.create_key("ci", ALL_SCOPES)
    one, two = catalog.create_session(key), catalog.create_session(key)
    catalog.end_session(one)
    catalog.end_session("never was")
    assert catalog.find_session(one) is None
    assert catalog.find_session(two) == key
    assert catalog.find_session("") is None


def test_the_first_reply_to_a_key_is_kept_until_it_is_old(catalog: Catalog) -> None:
    first, second = Reply("k", "body", b"{1}", 1000), Reply("k", "other", b"{2}", 2000)
    catalog.keep_replies([first, Reply("l", "b", b"{}", 1500)], 0)
    catalog.keep_replies([second], 0)
    assert catalog.find_reply("k", 0) == first
    assert catalog.find_reply("k", 1000) == first
    assert catalog.find_reply("k", 1001) is None
    assert catalog.find_reply("never was", 0) is None
    catalog.keep_replies([], 1200)
    assert catalog.find_reply("k", 0) is None
    assert catalog.find_reply("l", 0) is not None


def test_a_sound_file_passes_its_check(catalog: Catalog) -> None:
    assert catalog.check() == "ok"


def test_a_file_that_is_no_catalogue_is_told_with_the_remedy(path: Path, clock: FakeClock) -> None:
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StartError, match=r"catalog\.sqlite cannot be opened.*backup"):
        Catalog(path, clock)


def test_a_catalogue_of_a_newer_release_is_left_alone(catalog: Catalog, path: Path, clock: FakeClock) -> None:
    catalog.close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StartError, match="newer release"):
        Catalog(path, clock)


# -- own prices and discounts ----------------------------------------------------------------------------------


def own(model: str = "gpt-4o", since: str = "", **parts: str) -> OwnPrice:
    return OwnPrice("", "openai", model, {"input": Decimal("1.5"), "output": Decimal(6)} | {p: Decimal(v) for p, v in parts.items()}, since)


def test_prices_and_discounts_come_back_as_they_were_set(catalog: Catalog, path: Path, clock: FakeClock) -> None:
    price = catalog.set_price(own(since="2026-01-01", cache_read="0.000000000001"))
    discount = catalog.set_discount(Discount("", Decimal("12.50"), "openai", "gpt-*", "2026-01-01", "2026-12-31"))
    assert price.id and discount.id and price.id != discount.id
    again = Catalog(path, clock)
    assert again.price_book() == catalog.price_book() == Book(2, (price,), (discount,))
    again.close()


def test_a_price_takes_the_place_of_one_of_the_same_model_and_day(catalog: Catalog) -> None:
    catalog.set_price(own())
    later = catalog.set_price(own(since="2026-06-01"))
    new = catalog.set_price(own(input="2"))
    book = catalog.price_book()
    assert later in book.prices and new in book.prices and (len(book.prices), book.version) == (2, 3)


def test_changed_prices_are_seen_by_another_connection_within_a_second(catalog: Catalog, other: Catalog, clock: FakeClock) -> None:
    assert catalog.price_book() == Book()
    price = other.set_price(own())
    assert catalog.price_book() == Book(), "from memory"
    clock.seconds += 1
    book = catalog.price_book()
    assert book.prices == (price,)
    clock.seconds += 1
    assert catalog.price_book() is book, "read again only when it has changed"
    assert other.remove_price(price.id) == price
    clock.seconds += 1
    assert catalog.price_book() == Book(2)


def test_what_is_not_there_cannot_be_removed(catalog: Catalog) -> None:
    assert catalog.remove_price("nothing") is None and catalog.price_book().version == 0


# -- last use of keys ------------------------------------------------------------------------------------------


def last_used(catalog: Catalog) -> list[int | None]:
    rows = catalog.keys()
    return [key.last_used_ms for key in rows]


def test_the_last_use_of_a_key_is_known_at_once(catalog: Catalog, clock: FakeClock) -> None:
    text, key = catalog.create_key("ci", ALL_SCOPES)
    clock.advance(1)
    catalog.create_key("idle", ALL_SCOPES)
    assert last_used(catalog) == [None, None]
    catalog.find_key("wrong")
    for seconds in (0, 5, 300):
        clock.advance(seconds)
        catalog.find_key(text)
        assert last_used(catalog) == [clock.ms, None]
    token = catalog.create_session(key)
    clock.advance(10)
    catalog.find_session(token)
    assert last_used(catalog) == [clock.ms, None]


def test_the_last_use_is_written_once_a_minute_and_at_the_end(catalog: Catalog, other: Catalog, path: Path, clock: FakeClock) -> None:
    text, _ = catalog.create_key("ci", ALL_SCOPES)
    began = clock.ms
    for _ in range(59):
        catalog.find_key(text)
        clock.advance(1)
    assert last_used(other) == [began]
    clock.advance(1)
    catalog.find_key(text)
    assert last_used(other) == [began + 60_000]
    clock.advance(1)
    catalog.find_key(text)
    catalog.close()
    assert last_used(other) == [began + 61_000]


def test_a_key_is_found_while_another_process_writes(catalog: Catalog, other: Catalog, path: Path, clock: FakeClock) -> None:
    """Writing its use gives way; the next use tries again."""
    text, _ = catalog.create_key("ci", ALL_SCOPES)
    with other._transaction():
        assert catalog.find_key(text) is not None
    assert last_used(other) == [None]
    assert catalog.find_key(text) is not None
    assert last_used(other) == [clock.ms]


def test_a_catalogue_of_layout_three_is_brought_to_this_one(path: Path, clock: FakeClock) -> None:
    """Its keys keep their scopes."""
    with sqlite3.connect(path) as db:
        for step in LAYOUT[:3]:
            db.executescript(step)
        db.execute("INSERT INTO workspaces VALUES ('default', 'Default', 1)")
        db.execute("INSERT INTO api_keys VALUES ('k', x'00', 'old', 'pl-…', 'default', '[\"logs.view\"]', 1, NULL)")
        db.execute("PRAGMA user_version = 3")
    db.close()
    catalog = Catalog(path, clock)
    (key,) = catalog.keys()
    assert (key.name, key.scopes, key.last_used_ms) == ("old", ("logs.view",), None)
    assert catalog.views.of_workspace("default") == []
    catalog.close()


# -- saved views -----------------------------------------------------------------------------------------------


def view(name: str, pinned: bool = False, workspace: str = "default", **fields: object) -> View:
    made = View(f"{workspace}-{name}", workspace, name, "logs", 'model:"é" -is:ok', "-24h", "", ("time", "metadata.a b"), pinned, 1, 2)
    return replace(made, **fields)  # type: ignore[arg-type]


def test_views_come_back_as_they_were_saved_by_name(catalog: Catalog) -> None:
    kept = [view("b", pinned=True), view("a", columns=None), view("c", columns=())]
    for each in kept:
        catalog.views.save(each)
    catalog.views.save(view("b", workspace="other"))
    assert catalog.views.of_workspace("default") == sorted(kept, key=lambda each: each.name)
    assert catalog.views.find("default", "default-a") == kept[1]
    assert catalog.views.find("other", "default-a") is None
    changed = replace(kept[0], name="z", q="", pinned=False, updated_ms=9)
    catalog.views.save(changed)
    assert catalog.views.find("default", "default-b") == changed
    assert catalog.views.delete("other", "default-b") is None
    assert catalog.views.delete("default", "default-b") == changed
    assert catalog.views.delete("default", "default-b") is None


def conflict(catalog: Catalog, view: View) -> str:
    before = catalog.views.of_workspace("default")
    with pytest.raises(PortlogError) as refusal:
        catalog.views.save(view)
    assert refusal.value.kind.slug == "conflict"
    assert catalog.views.of_workspace("default") == before
    return refusal.value.path


def test_a_name_is_taken_once_in_a_workspace(catalog: Catalog) -> None:
    catalog.views.save(view("a"))
    assert conflict(catalog, view("a", id="another")) == "name"
    catalog.views.save(view("b"))
    assert conflict(catalog, replace(view("b"), name="a")) == "name"
    catalog.views.save(view("a", q="x"))  # itself


def test_eight_views_are_pinned_and_no_more(catalog: Catalog) -> None:
    for number in range(8):
        catalog.views.save(view(str(number), pinned=True))
    catalog.views.save(view("3", pinned=True, q="x"))
    assert conflict(catalog, view("eight", pinned=True)) == "pinned"
    catalog.views.save(view("eight"))
    assert conflict(catalog, view("eight", pinned=True)) == "pinned"
    catalog.views.save(view("0"))
    catalog.views.save(view("eight", pinned=True))


def test_a_workspace_has_a_bound_of_views(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portlog.catalog.views.VIEWS_MAX", 2)
    catalog.views.save(view("a"))
    catalog.views.save(view("b"))
    assert conflict(catalog, view("c")) == ""
    catalog.views.save(view("c", workspace="other"))
